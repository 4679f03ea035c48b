#!/usr/bin/python3
"""Rows "cluster": what 1, 2 and 3 daemons on one Redis get through when all of their feeds bring
news at once, and what an item costs Redis.

  bench_cluster.py [ITEMS]

Feeds of a host each on loopback, one item in a hundred with a concern of its own. The clock runs
from the moment at which the news are there until the leader counts all of it; an interval between
polls, 3 s, is in that. CPU is user and system: of Redis, of the leader, of those that follow, each
with its workers. All share this machine's cores with the feeds' server: with fewer cores than
processes that work, more daemons only share them. Redis runs with appendfsync always.
"""
import json
import os
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenarios"))
import harness as h
import material as m
import redis_server
import test_cluster

ITEMS = int(sys.argv[1]) if len(sys.argv) > 1 else 30000
FEEDS, MATCHING, DAEMONS = 48, 100, (1, 2, 3)
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


def cpu_us(*roots):
    """Of these processes and their children, as they are now."""
    spent, parents = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(name)] = int(fields[1])
        spent[int(name)] = (int(fields[11]) + int(fields[12])) * TICK_US
    return sum(us for pid, us in spent.items() if pid in roots or parents[pid] in roots)


def publish(boards, each):
    for number, board in enumerate(boards):
        items = []
        for i in range(each):
            post = number * each + i
            matter = m.WAGES if post % MATCHING == 0 else m.OTHER
            items.append((f"p{post}", *m.numbered(matter, post)))
        board.set("/a", m.rss(items))


def stored(daemon):
    try:
        return daemon.status(60)["store"]["items"]
    except (OSError, KeyError, AssertionError, h.http.client.HTTPException):
        return 0


def measure(count):
    with h.World() as world:
        boards = [world.add(h.Site(f"127.0.1.{i + 1}")) for i in range(FEEDS)]
        each = ITEMS // FEEDS
        for board in boards:
            board.set("/a", m.rss([]))
        sources = [h.source(b, f"s{i}", "/a", interval="60s", interval_least="60s",
                            interval_most="60s") for i, b in enumerate(boards)]
        town = test_cluster.Town(world, count, sources)
        town.start()
        leader = town.leader()
        h.wait_for(lambda: test_cluster.part(leader)["machines"] == count, 60, "machines")
        h.wait_for(lambda: all(sum(b.hits("/a")) for b in boards), 60, "first polls")
        others = [d.child.pid for d in town.daemons if d is not leader]
        parts = [town.redis.child.pid], [leader.child.pid], others
        before, begun = [cpu_us(*p) for p in parts], time.monotonic()
        publish(boards, each)
        h.wait_for(lambda: stored(leader) >= FEEDS * each, 600, "items")
        took = time.monotonic() - begun
        spent = [(cpu_us(*p) - b) / (FEEDS * each) for p, b in zip(parts, before)]
        assert stored(leader) == FEEDS * each
        return {"items": FEEDS * each, "items_s": round(FEEDS * each / took),
                "redis_cpu_us_item": round(spent[0], 1), "leader_cpu_us_item": round(spent[1], 1),
                "followers_cpu_us_item": round(spent[2], 1)}


def main():
    alone = None
    for count in DAEMONS:
        row = measure(count)
        alone = alone or row
        row["ratio_to_one"] = {
            "items_s": round(row["items_s"] / alone["items_s"], 2),
            "redis_cpu": round(row["redis_cpu_us_item"] / alone["redis_cpu_us_item"], 2),
            "leader_cpu": round(row["leader_cpu_us_item"] / alone["leader_cpu_us_item"], 2)}
        print(json.dumps({"row": f"cluster: {count} daemons on one Redis",
                          "cores": os.cpu_count(), **row}), flush=True)


if __name__ == "__main__":
    main()
