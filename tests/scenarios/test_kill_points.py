#!/usr/bin/python3
"""SIGKILL at every point of a commit: the daemon ends itself at a chosen write or sync of the
ledger's files, before it, after it, or with half of a write done. Receivers stay, and at the end
each that de-duplicates by (epoch, seq) holds every alert exactly once, in order.

HUIYING_KILLS=N takes N kills; HUIYING_KILL_RECORD=FILE appends a line of JSON for each run.
"""
import json
import os
import random
import subprocess
import time

import faults
import harness as h
import material as m

KILLS = int(os.environ.get("HUIYING_KILLS", 1500 if h.LONG else 150))
RECORD = os.environ.get("HUIYING_KILL_RECORD")
SOURCES = 2
SETTLE_EVERY = 100   # kills; what was published then must have arrived
POSTS = 4            # a life
POINTS = 48          # calls of a life that it may end at
LIFE = 1.0           # seconds after which a life that did not reach its point is ended from outside
UNITS = ["labour", "health", "office"]
MATTERS = [m.WAGES, m.FLU]


class Load:
    """Pages that grow by some posts a life, each a matter of its own."""

    def __init__(self, site):
        self.site, self.count = site, 0
        self.posts = [[] for _ in range(SOURCES)]

    def publish(self, n):
        for _ in range(n):
            pair = m.numbered(MATTERS[self.count // SOURCES % 2], self.count)
            self.posts[self.count % SOURCES].append((f"p{self.count}", *pair))
            self.count += 1
        for which, posts in enumerate(self.posts):
            self.site.set(f"/s{which}", m.json_feed(posts[:-1 - 2 * SETTLE_EVERY * POSTS:-1]),
                          "application/feed+json")


class Receiver:
    """A duty desk: says hello after each start, acks what it has, keeps each alert once."""

    def __init__(self, daemon, unit):
        self.bus, self.unit = h.Bus(daemon, unit), unit
        self.alerts = {}
        self.told = set()  # concerns that were dispatched to it
        self.last = 0
        self.repeats = 0

    def pump(self):
        self.bus.pump(0)
        for event in self.bus.events:
            key, unitseq = (event["epoch"], int(event["seq"])), int(event["unitseq"])
            if key in self.alerts:
                self.repeats += 1
                assert self.alerts[key] == unitseq, event
                continue
            assert unitseq == self.last + 1, f"{self.unit}: {unitseq} after {self.last}"
            self.last = unitseq
            self.alerts[key] = unitseq
            if h.kind_of(event) == "dispatched":
                self.told.add(event["data"]["concern"])
        self.bus.events.clear()
        self.bus.frames.clear()


class Town:
    def __init__(self, world, seed):
        self.chance = random.Random(seed)
        site = world.site()
        self.load = Load(site)
        self.load.publish(POSTS)
        self.faults = faults.Faults(world.folder)
        self.daemon = world.daemon([h.source(site, f"s{i}", f"/s{i}") for i in range(SOURCES)],
                                   False, demonstration={"rate": 60},
                                   rules=os.path.join(h.ROOT, "tests", "data", "town-rules"))
        self.daemon.start()  # makes its key
        self.daemon.kill()
        self.receivers = [Receiver(self.daemon, unit) for unit in UNITS]
        for receiver in self.receivers:
            world.callback(receiver.bus.close)
        self.points = {}
        self.outside = 0
        self.concern = None

    def hello(self):
        for receiver in self.receivers:
            receiver.bus.hello()

    def pump(self):
        for receiver in self.receivers:
            receiver.pump()

    def start(self):
        """Without waiting for anything: it may die before it answers."""
        with open(self.daemon.log, "ab") as log, self.faults.given():
            command = [h.program("huiyingd"), "--config", self.daemon.config]
            self.daemon.child = subprocess.Popen(command, stdout=log, stderr=log,
                                                 stdin=subprocess.DEVNULL, start_new_session=True)
        self.hello()

    def one_life(self, turn):
        self.load.publish(POSTS)
        point = 1 + turn * 7 % POINTS, turn // POINTS % 3
        self.faults.calls, self.faults.kill_how, self.faults.kill_at = 0, point[1], point[0]
        self.start()
        end = time.monotonic() + LIFE
        while self.daemon.child.poll() is None:
            self.pump()
            told = self.receivers[0].told
            if told and self.chance.random() < 0.05:
                self.receivers[0].bus.send(op="command", key=f"k{turn}", act="accept",
                                           concern=self.chance.choice(sorted(told)[-20:]))
            if time.monotonic() > end:
                self.daemon.child.kill()
                self.daemon.child.wait()
                self.outside += 1
                return
            time.sleep(0.002)
        assert self.daemon.child.returncode == -9, self.daemon.log_tail()
        self.points[point] = self.points.get(point, 0) + 1

    def settle(self):
        """A life without a fault, in which everything arrives."""
        self.faults.kill_at = 0
        with self.faults.given():
            self.daemon.start()
        self.hello()
        h.wait_for(lambda: self.daemon.status()["store"]["items"] >= self.load.count, 60,
                   f"{self.load.count} items")

        def arrived():
            self.pump()
            heads = {u["id"]: u["head"] for u in self.daemon.get("/api/v1/units")["items"]}
            return all(r.last >= heads[r.unit] for r in self.receivers)
        h.wait_for(arrived, 60, "every unit's events")

    def verify(self):
        status = self.daemon.status()
        assert status["store"]["items"] == self.load.count, status["store"]
        stream = h.Stream(self.daemon)
        h.wait_for(lambda: stream.ids and stream.ids[-1] >= status["head"], 60, "the whole ledger")
        stream.close()
        assert [int(e["seq"]) for e in stream.events] == list(range(1, len(stream.events) + 1))
        assert len({e["epoch"] for e in stream.events}) == 1
        opened = {}
        for event in stream.events:
            if h.kind_of(event) == "opened":
                assert event["data"]["concern"] not in opened, "opened twice"
                opened[event["data"]["concern"]] = event["data"]["unit"]
        told = {r.unit: r.told for r in self.receivers}
        lost = [c for c, unit in opened.items() if c not in told.get(unit, ())]
        assert not lost, f"{len(lost)} concerns never reached their unit: {lost[:5]}"
        joined = sum(h.kind_of(e) == "joined" for e in stream.events)
        assert len(opened) + joined == self.load.count, (len(opened), joined, self.load.count)
        return len(stream.events), len(opened)


def test_kill_at_every_point():
    seed = int.from_bytes(os.urandom(4), "big")
    h.figure(seed=seed, kills=KILLS)
    began = time.monotonic()
    with h.World() as world:
        town = Town(world, seed)
        for turn in range(KILLS):
            town.one_life(turn)
            if turn % SETTLE_EVERY == SETTLE_EVERY - 1:
                town.settle()
                town.daemon.kill()
        took = time.monotonic() - began
        town.settle()
        events, concerns = town.verify()
        assert town.daemon.stop() == 0
        done = h.cli("store", "check", town.daemon.db)
        assert done.returncode == 0, done.stderr
        run = {"seed": seed, "kills": KILLS, "at_points": sum(town.points.values()),
               "points": len(town.points), "published": town.load.count, "concerns": concerns,
               "events": events, "alerts": sum(len(r.alerts) for r in town.receivers), "lost": 0,
               "shown_twice": 0, "repeats_removed": sum(r.repeats for r in town.receivers),
               "per_kill": f"{took / KILLS:.2f}s"}
        h.figure(**run)
        if RECORD:
            with open(RECORD, "a", encoding="ascii") as f:
                f.write(json.dumps(run) + "\n")


if __name__ == "__main__":
    h.main(globals())
