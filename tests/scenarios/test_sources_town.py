#!/usr/bin/python3
"""Each of several machines shows all sources, whoever polls them."""
import datetime

import harness as h
import material as m
import test_cluster as cluster
import test_nodes as nodes

CHINA = datetime.timezone(datetime.timedelta(hours=8))


def next_polls(daemon):
    return {s["id"]: s["next_poll"] for s in daemon.get("/api/v1/sources?limit=100")["items"]}


# Of all slots: each source, and when it is to be polled.
DUES = ("local t = {} for _, k in ipairs(redis.call('KEYS', '*:schedule:*')) do "
        "for _, v in ipairs(redis.call('ZRANGE', k, 0, -1, 'WITHSCORES')) do t[#t + 1] = v "
        "end end return t")


def kept_dues(redis):
    words = [w for w in redis.ask("EVAL", f'"{DUES}"', "0").decode().split("\r\n")
             if w and w[0] not in "*$"]
    return {s: datetime.datetime.fromtimestamp(int(row) // 1000, CHINA).isoformat()
            for s, row in zip(words[::2], words[1::2])}


def test_each_says_when_all_are_polled_next():
    """Of what another one polls it is what that one told, which may have learnt more since."""
    with h.World() as world:
        sites = [world.add(h.Site(f"127.0.9.{i}")) for i in range(1, 9)]
        for i, site in enumerate(sites):
            site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i))]))
        town = cluster.Town(world, 2, [h.source(s, f"s{i}", "/a", interval="6h")
                                       for i, s in enumerate(sites)])
        town.start()
        h.wait_for(lambda: len(cluster.open_at(town.leader(), limit=100)) == 8, 30, "concerns")
        h.wait_for(lambda: len(nodes.holders(town.redis)) == 2, 30, "slots of each machine")
        h.wait_for(lambda: all(all(next_polls(d).values()) for d in town.daemons), 30,
                   "when each is polled next, at both")
        polls, kept = [next_polls(d) for d in town.daemons], kept_dues(town.redis)
        elsewhere = [{s for s in kept if p[s] == kept[s]} for p in polls]
        assert elsewhere[0] | elsewhere[1] == set(kept) == set(polls[0]), (polls, kept)
        for daemon, shown in zip(town.daemons, polls):
            assert {s: daemon.source(s)["next_poll"] for s in shown} == shown
        assert town.daemons[0].cli("feeds", "pause", "s0").returncode == 0
        h.wait_for(lambda: [next_polls(d)["s0"] for d in town.daemons] == [None, None], 20,
                   "no next poll of a paused one")


if __name__ == "__main__":
    h.main(globals())
