#!/usr/bin/python3
"""What was judged on another machine and could not be committed is given up, with an event."""
import json

import harness as h
import material as m
import test_cluster as c

STREAM = "{huiying}:verdicts"
TAKEN = 5  # times, before it is given up


def entries(redis, key):
    return int(redis.say("XLEN", key)[1:])


def taken_often(redis, source, **more):
    """An entry as a machine that follows left it, and leaders took it in vain."""
    meta = json.dumps({"source": source, "outcome": 0, "status": 200, "at": 0, "late": 0,
                       **more}, separators=(",", ":"))
    assert redis.say("XGROUP", "CREATE", STREAM, "ledger", "0", "MKSTREAM") == b"+OK"
    entry = redis.ask("XADD", STREAM, "*", "m", f"'{meta}'", "v", "x").split(b"\r\n")[1].decode()
    redis.ask("XREADGROUP", "GROUP", "ledger", "leader", "STREAMS", STREAM, ">")
    redis.ask("XCLAIM", STREAM, "ledger", "leader", "0", entry, "RETRYCOUNT", str(TAKEN))


def skipped(daemon):
    told = daemon.cli("listen", "--since", "0", "--once", str(daemon.status()["head"])).stdout
    events = [json.loads(line) for line in told.splitlines()]
    return [(e["subject"], e["data"]) for e in events if e["type"] == "huiying.source.skipped"]


def test_what_is_given_up_is_told():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([("p1", *m.WAGES)]))
        town = c.Town(world, 1, [h.source(site, "a", "/a")])
        taken_often(town.redis, "a")
        daemon = town.daemons[0]
        town.start()
        town.leader()
        h.wait_for(lambda: len(c.open_at(daemon)) == 1, 30, "a concern")
        h.wait_for(lambda: entries(town.redis, STREAM) == 0, 30, "an end of the entry")
        assert skipped(daemon) == [("sources/a", {"source": "a"})], skipped(daemon)
        assert entries(town.redis, "{huiying}:dead") == 1
        assert daemon.stop() == 0
        daemon.start()
        town.leader()
        assert len(skipped(daemon)) == 1 and len(daemon.concerns()) == 1


if __name__ == "__main__":
    h.main(globals())
