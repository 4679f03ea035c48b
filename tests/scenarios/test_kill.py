#!/usr/bin/python3
"""SIGKILL at random moments under load; after every restart the daemon goes on. At the end each
receiver that de-duplicates by (epoch, seq) holds every alert exactly once.
"""
import os
import random
import threading
import time

import harness as h
import material as m

KILLS = 200 if h.LONG else 100
SOURCES = 3
UNITS = [unit["id"] for unit in h.UNITS["units"]]
MATTERS = [m.WAGES, m.FLU, m.FOOD]


class Load(threading.Thread):
    """Sites that grow all the time: each post is a matter of its own."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.done = site, threading.Event()
        self.posts = [[] for _ in range(SOURCES)]
        self.count = 0

    def publish(self):
        which = self.count % SOURCES
        pair = m.numbered(MATTERS[self.count // SOURCES % len(MATTERS)], self.count)
        self.posts[which].append((f"p{self.count}", *pair))
        self.count += 1
        self.site.set(f"/s{which}", m.json_feed(self.posts[which][::-1]), "application/feed+json")

    def run(self):
        while not self.done.wait(0.15):
            self.publish()


class Receiver:
    """A duty desk: says hello again after each start, acks what it has, keeps each alert once."""

    def __init__(self, daemon, unit):
        self.bus = h.Bus(daemon, unit)
        self.unit = unit
        self.alerts = {}
        self.repeats = 0
        self.taken = 0

    def pump(self):
        self.bus.pump(0)
        for event in self.bus.events[self.taken:]:
            key = event["epoch"], int(event["seq"])
            if key in self.alerts:
                self.repeats += 1
                assert self.alerts[key] == event["unitseq"], event
            self.alerts[key] = event["unitseq"]
        self.taken = len(self.bus.events)

    def missing(self, head):
        return set(range(1, head + 1)) - set(self.alerts.values())


def settle(daemon, load, receivers):
    """Everything published is stored, and every unit's events have come."""
    h.wait_for(lambda: daemon.status()["store"]["items"] >= load.count, 60,
               f"{load.count} items, of which {daemon.status()['store']['items']} are stored")

    def arrived():
        heads = {u["id"]: u["head"] for u in daemon.get("/api/v1/units")["items"]}
        for receiver in receivers:
            receiver.pump()
        return all(not r.missing(heads[r.unit]) for r in receivers)
    h.wait_for(arrived, 60, "every unit's events")


def nothing_lost(world, daemon, load, receivers, **figures):
    """The ledger has no gap, and every unit holds each of its alerts once."""
    head = daemon.status()["head"]
    stream = world.add(h.Stream(daemon))
    h.wait_for(lambda: stream.ids and stream.ids[-1] >= head, 30, "the whole ledger")
    ledger = [int(e["seq"]) for e in stream.events]
    assert ledger == list(range(1, len(ledger) + 1)), "a gap or a repeat in the ledger"
    assert len({e["epoch"] for e in stream.events}) == 1
    concerns = {}
    for event in stream.events:
        if h.kind_of(event) == "opened":
            concern = event["data"]["concern"]
            assert concern not in concerns, f"{concern} opened twice"
            concerns[concern] = event["data"]["unit"]
    told = {}
    for receiver in receivers:
        seqs = sorted(receiver.alerts.values())
        assert seqs == list(range(1, len(seqs) + 1)), f"{receiver.unit}: {seqs[:20]}"
        for event in receiver.bus.events:
            if h.kind_of(event) == "dispatched":
                told.setdefault(event["data"]["concern"], set()).add(receiver.unit)
    lost = [c for c, unit in concerns.items() if unit not in told.get(c, ())]
    assert not lost, f"{len(lost)} concerns never reached their unit: {lost[:5]}"
    stored = daemon.status()["store"]["items"]
    assert stored == load.count, f"{stored} stored of {load.count} published"
    joined = sum(1 for e in stream.events if h.kind_of(e) == "joined")
    assert len(concerns) + joined == load.count, (len(concerns), joined, load.count)
    h.figure(**figures, published=load.count, concerns=len(concerns), joined=joined, events=head,
             alerts=sum(len(r.alerts) for r in receivers), lost=0,
             repeats_removed=sum(r.repeats for r in receivers))


def test_kill():
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    h.figure(seed=seed, kills=KILLS)
    with h.World() as world:
        site = world.site()
        load = Load(site)
        for _ in range(SOURCES):
            load.publish()
        daemon = world.daemon([h.source(site, f"s{i}", f"/s{i}") for i in range(SOURCES)], False,
                              demonstration={"rate": 40})
        world.callback(load.done.set)
        daemon.start()
        receivers = [Receiver(daemon, u) for u in UNITS]
        for receiver in receivers:
            world.callback(receiver.bus.close)
        load.start()
        starts = []
        for turn in range(KILLS):
            for receiver in receivers:
                receiver.bus.hello()
            until = time.monotonic() + chance.choice([0.05, 0.3, 0.8, 1.6]) * chance.random()
            while time.monotonic() < until:
                for receiver in receivers:
                    receiver.pump()
                seen = [e["data"]["concern"] for e in receivers[0].bus.events[-5:]
                        if "concern" in e["data"]]
                if chance.random() < 0.2 and seen:
                    concern = seen[-1]
                    receivers[0].bus.send(op="command", key=f"k{turn}", act="accept", concern=concern)
                time.sleep(0.005)
            daemon.kill()
            starts.append(daemon.start())
        load.done.set()
        load.join()
        for receiver in receivers:
            receiver.bus.hello()
        settle(daemon, load, receivers)
        nothing_lost(world, daemon, load, receivers, kills=KILLS,
                     slowest_start=f"{max(starts) * 1000:.0f}ms")


if __name__ == "__main__":
    h.main(globals())
