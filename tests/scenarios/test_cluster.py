#!/usr/bin/python3
"""Several daemons on one Redis: one leads the ledger, the others follow it, and take over."""
import json
import os
import signal

import harness as h
import material as m
import redis_server

LEASE = "1s"


class Town:
    """Daemons n1, n2, … that share a Redis, each with a folder and ports of its own."""

    def __init__(self, world, site, count, sources):
        self.redis = world.add(redis_server.Redis(world.folder))
        self.redis.start()
        self.daemons = []
        for i in range(1, count + 1):
            folder = os.path.join(world.folder, f"n{i}")
            os.makedirs(folder)
            daemon = h.Daemon(folder, sources, store=self.redis.address, cache=".",
                              cluster={"node": f"n{i}", "lease": LEASE})
            world.callback(daemon.sweep)
            self.daemons.append(daemon)

    def start(self):
        for daemon in self.daemons:
            daemon.start()

    def leader(self, among=None):
        """The one that all of them name, once they agree."""
        among = among or self.daemons

        def agreed():
            parts = [part(d) for d in among]
            if None in parts or len({p["leader"] for p in parts}) != 1:
                return None
            leads = [d for d, p in zip(among, parts) if p["leads"]]
            return leads[0] if len(leads) == 1 else None
        return h.wait_for(agreed, 60, "one leader")


def part(daemon):
    try:
        status, body = daemon.request("GET", "/api/v1/status")
    except OSError:
        return None
    return json.loads(body)["cluster"] if status == 200 else None


def heads(daemons):
    return [d.status()["head"] for d in daemons]


def test_one_leads_others_follow():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(10)]))
        town = Town(world, site, 3, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        followers = [d for d in town.daemons if d is not leader]
        h.wait_for(lambda: all(len(d.concerns()) == 10 for d in town.daemons), 30, "concerns")
        # What is asked of a follower is answered by where the leader is.
        concern = leader.concerns()[0]["id"]
        refused = followers[0].cli("accept", concern)
        assert refused.returncode == 75, refused
        assert part(leader)["node"] in refused.stderr, refused
        assert leader.cli("accept", concern).returncode == 0
        h.wait_for(lambda: len(set(heads(town.daemons))) == 1, 30, "followers to follow")
        told = [d.cli("listen", "--since", "0", "--once", str(leader.status()["head"])).stdout
                for d in town.daemons]
        assert told[0] == told[1] == told[2] and told[0].count("\n") == leader.status()["head"]
        # A clean stop hands over at once; a kill after a lease.
        assert leader.stop() == 0
        second = town.leader(followers)
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(15)]))
        h.wait_for(lambda: all(len(d.concerns()) == 15 for d in followers), 30, "more concerns")
        leader.start()
        assert town.leader() is second
        second.kill()
        rest = [d for d in town.daemons if d is not second]
        town.leader(rest)
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(20)]))
        h.wait_for(lambda: all(len(d.concerns()) == 20 for d in rest), 30, "more concerns")


def test_paused_leader_changes_nothing():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(3)]))
        town = Town(world, site, 2, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        other = next(d for d in town.daemons if d is not leader)
        h.wait_for(lambda: len(leader.concerns()) == 3, 30, "concerns")
        leader.child.send_signal(signal.SIGSTOP)
        try:
            town.leader([other])
            site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(8)]))
            h.wait_for(lambda: len(other.concerns()) == 8, 30, "concerns of the new leader")
        finally:
            leader.child.send_signal(signal.SIGCONT)
        assert town.leader() is other
        h.wait_for(lambda: len(leader.concerns()) == 8, 30, "the old leader to follow")
        checked = h.cli("store", "check", town.redis.address)
        assert checked.returncode == 0, checked
        seqs = [e["seq"] for e in h.json_lines(
            leader.cli("listen", "--since", "0", "--once", str(other.status()["head"])).stdout)]
        assert [int(s) for s in seqs] == list(range(1, len(seqs) + 1)), seqs


if __name__ == "__main__":
    h.main(globals())
