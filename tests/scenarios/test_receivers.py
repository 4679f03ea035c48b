#!/usr/bin/python3
"""Fifty receivers of one unit, a fifth of them flapping, paused, slow or behind a dead cable: what
the others notice of it, and that nobody loses or reorders anything.
"""
import contextlib
import errno
import os
import select
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import faults
import harness as h
import material as m
import zmq
from test_bus import Receiver, read

HEALTHY, FLAPPING, SLOW, CABLED, PAUSED = 40, 3, 3, 2, 2
WARM, ROUNDS = 10, 90


class Cable:
    """A TCP proxy that can fall silent without closing."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.pairs, self.mute, self.over = {}, False, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over:
            watched = [] if self.mute else [self.listener, *self.pairs]
            for s in select.select(watched, [], [], 0.02)[0]:
                if s is self.listener:
                    near = s.accept()[0]
                    far = socket.create_connection(self.target)
                    self.pairs[near], self.pairs[far] = far, near
                elif s in self.pairs:
                    self.move(s)

    def move(self, s):
        try:
            data = s.recv(65536)
            if data:
                self.pairs[s].sendall(data)
                return
        except OSError:
            pass
        other = self.pairs.pop(s)
        self.pairs.pop(other, None)
        s.close()
        other.close()

    def cut(self):
        for s in list(self.pairs):
            s.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.over = True
        self.thread.join()
        for s in [self.listener, *self.pairs]:
            s.close()


class Desks:
    """Receivers of labour in this process, and two more in processes of their own."""

    def __init__(self, world, daemon):
        self.world, self.daemon = world, daemon
        stem = os.path.join(daemon.keys, "units", "labour")
        self.keys = (read(os.path.join(daemon.keys, "server.public")), read(stem + ".public"),
                     read(stem + ".secret"))
        self.arrived = {}  # name -> {unitseq: when}
        self.acked = {}
        host, port = daemon.bus_units[6:].rsplit(":", 1)
        self.cable = world.add(Cable((host, int(port))))
        self.healthy = [self.make(f"healthy-{i}") for i in range(HEALTHY)]
        self.flapping, self.slow, self.cabled, self.paused = [], [], [], []

    def make(self, name, endpoint=None):
        r = Receiver(endpoint or self.daemon.bus_units, *self.keys, name)
        self.world.callback(r.close)
        r.hello()
        r.until("welcome")
        return r

    def add_trouble(self):
        self.flapping = [self.make(f"flapping-{i}") for i in range(FLAPPING)]
        self.slow = [self.make(f"slow-{i}") for i in range(SLOW)]
        self.cabled = [self.make(f"cabled-{i}", self.cable.endpoint) for i in range(CABLED)]
        for i in range(PAUSED):
            child = subprocess.Popen(
                [h.program("huiying"), "listen", "--unit", "labour", "--receiver", f"paused-{i}",
                 "--keys", self.daemon.keys], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=dict(os.environ, HUIYING_SOCKET=self.daemon.socket))
            self.world.callback(child.wait)
            self.world.callback(child.kill)
            assert child.stdout.readline(), "a listener without events"
            child.send_signal(signal.SIGSTOP)
            self.paused.append(child)
        self.cable.mute = True

    def flap(self):
        for i, r in enumerate(self.flapping):
            r.close()
            again = Receiver(self.daemon.bus_units, *self.keys, r.name)
            self.world.callback(again.close)
            again.epoch, again.last, again.events = r.epoch, r.last, r.events
            again.hello()
            self.flapping[i] = again

    def turn(self):
        poller = zmq.Poller()
        for r in self.healthy:
            poller.register(r.s, zmq.POLLIN)
        ready = dict(poller.poll(5))
        for r in self.healthy:
            if r.s in ready or time.monotonic() - r.said > r.beat:
                r.turn(0)


def drive(desks, driver, concerns, trouble):
    """Accept one concern after the other: how long until each healthy desk has the event, and until
    the driver's own acknowledgement of it is durable."""
    delivered, durable = [], []
    for n, concern in enumerate(concerns):
        if trouble and n % 5 == 0:
            desks.flap()
        if trouble and n % 10 == 0:
            for r in desks.slow:
                r.turn(0)
        began = time.monotonic()
        driver.say(op="command", key=f"k-{concern}", act="accept", concern=concern)
        target, missing = None, set(desks.healthy)
        done = False
        while missing or not done:
            desks.turn()
            driver.turn(0)
            now = time.monotonic()
            assert now - began < 60, (concern, len(missing), done)
            if target is None:
                target = next((e["unitseq"] for e in reversed(driver.events) if
                               h.kind_of(e) == "accepted" and e["data"]["concern"] == concern), None)
            for r in [r for r in missing if target and r.last >= target]:
                missing.remove(r)
                delivered.append(now - began)
            if target and not done and driver.acked >= target:
                done = True
                durable.append(now - began)
    return delivered, durable


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def everything(r):
    """In order, each once, from the first to the last."""
    got = [e["unitseq"] for e in r.events]
    return got == list(range(1, len(got) + 1)) and got


def test_trouble_of_some_harms_no_other():
    with h.World() as world:
        site = world.site()
        items = [(f"w{i}", *m.numbered(m.WAGES, 11 + i)) for i in range(2 * ROUNDS + 40)]
        site.set("/rss", m.rss(items))
        daemon = world.daemon([h.source(site, "rss", "/rss")], bus={"grace": "1h"})
        h.wait_for(lambda: daemon.status()["store"]["items"] >= len(items), 60, "all items")
        concerns = [c["id"] for c in daemon.concerns(state="open", limit=200)
                    if c["unit"]["id"] == "labour"]
        assert len(concerns) >= 2 * ROUNDS + WARM, len(concerns)
        desks = Desks(world, daemon)
        driver = desks.make("driver")
        h.wait_for(lambda: desks.turn() or driver.turn(0) or all(
            r.last == driver.last > 0 for r in desks.healthy), 60, "the replay")
        drive(desks, driver, concerns[:WARM], False)
        quiet, quiet_durable = drive(desks, driver, concerns[WARM:WARM + ROUNDS], False)
        desks.add_trouble()
        trouble, trouble_durable = drive(desks, driver,
                                         concerns[WARM + ROUNDS:WARM + 2 * ROUNDS], True)
        # Everybody comes back, and has everything.
        desks.cable.mute = False
        desks.cable.cut()
        for child in desks.paused:
            child.send_signal(signal.SIGCONT)
        desks.flap()
        for i, r in enumerate(desks.cabled):
            r.close()
            again = Receiver(daemon.bus_units, *desks.keys, r.name)
            again.epoch, again.last, again.events = r.epoch, r.last, r.events
            world.callback(again.close)
            again.hello()
            desks.cabled[i] = again
        all_of_them = desks.healthy + desks.flapping + desks.slow + desks.cabled
        head = max(driver.last, max(r.last for r in desks.healthy))

        def there():
            for r in all_of_them:
                r.turn(0)
            return all(r.last >= head for r in all_of_them)
        try:
            h.wait_for(there, 60, "everybody has everything")
        except AssertionError as why:
            behind = [(r.name, r.last) for r in all_of_them if r.last < head]
            raise AssertionError(f"head {head}, behind {behind}") from why
        assert all(everything(r) for r in all_of_them)
        for child in desks.paused:
            lines = 1
            while lines < head:
                assert child.stdout.readline(), (lines, head)
                lines += 1
        h.figure(receivers=HEALTHY + FLAPPING + SLOW + CABLED + PAUSED, events=head, lost=0,
                 p99_quiet_ms=round(p99(quiet) * 1000, 1),
                 p99_trouble_ms=round(p99(trouble) * 1000, 1),
                 ratio=round(p99(trouble) / p99(quiet), 2),
                 command_to_durable_ack_p50_ms=round(sorted(quiet_durable)[ROUNDS // 2] * 1000, 1),
                 command_to_durable_ack_p99_ms=round(p99(quiet_durable + trouble_durable) * 1000, 1))


def test_one_desk_has_its_ack_soon():
    """From the command, whose commit makes the event, to the durable ack of that event: two commits
    and the way there and back, so more than from the commit to the ack."""
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([(f"w{i}", *m.numbered(m.WAGES, 11 + i)) for i in range(130)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")], bus={"grace": "1h"})
        h.wait_for(lambda: daemon.status()["store"]["items"] >= 130, 60, "all items")
        concerns = [c["id"] for c in daemon.concerns(state="open", limit=200)
                    if c["unit"]["id"] == "labour"][:100]
        stem = os.path.join(daemon.keys, "units", "labour")
        desk = Receiver(daemon.bus_units, read(os.path.join(daemon.keys, "server.public")),
                        read(stem + ".public"), read(stem + ".secret"))
        world.callback(desk.close)
        desk.hello()
        head = desk.until("welcome")["head"]
        h.wait_for(lambda: desk.turn() or desk.acked == desk.last >= head, 60,
                   "the replay to be acknowledged")
        head = desk.last
        committed, durable = [], []
        for concern in concerns:
            began = time.monotonic()
            desk.say(op="command", key=f"k-{concern}", act="accept", concern=concern)
            seen = len(desk.heard)
            result = acked = None
            while not (result and acked):
                desk.turn()
                now = time.monotonic() - began
                assert now < 60, concern
                if not result and any(x["op"] == "result" for x in desk.heard[seen:]):
                    result = now
                if not acked and desk.acked == desk.last > head:
                    acked = now
            head = desk.last
            committed.append(result)
            durable.append(acked)
        h.figure(commands=len(concerns), result_p99_ms=round(p99(committed) * 1000, 1),
                 durable_ack_p50_ms=round(sorted(durable)[50] * 1000, 1),
                 durable_ack_p99_ms=round(p99(durable) * 1000, 1))


GRADES = ["ordinary", "larger", "major", "grave"]


def surge(world):
    """A daemon on whose disk nothing can be written for a while, in which the news of an epidemic
    breaks on all pages: the polls wait, and are taken together once it can."""
    site = world.site()
    grave = (m.FLU[0], m.FLU[1] + "已有死亡病例，几十人住院，疑似聚集性疫情。")
    lists, each = (240, 50) if h.LONG else (40, 50)
    for i in range(lists):
        site.set(f"/{i}", m.rss([]))
    disk = faults.Faults(world.folder)
    daemon = world.daemon([h.source(site, f"rss-{i}", f"/{i}") for i in range(lists)], False,
                          bus={"grace": "1h"})
    with disk.given():
        daemon.start()
    h.wait_for(lambda: daemon.status()["sources"]["waiting"] == 0, 60, "the first polls")
    disk.sync_errno = errno.EIO
    for i in range(lists):
        items = [(f"s{i}-{k}", *m.numbered(grave if i % 4 == 3 else m.FLU, 1000 + i * each + k))
                 for k in range(each)]
        site.set(f"/{i}", m.rss(items))
    h.wait_for(lambda: daemon.status()["ledger"]["failed_commits"] > 20, 60, "a disk that fails")
    disk.sync_errno = 0
    began = time.monotonic()
    h.wait_for(lambda: daemon.status()["store"]["items"] >= lists * each, 120, "all items")
    return daemon, began


def test_a_surge_goes_out_by_grade():
    """What waits together is numbered together: within each transaction (one instant) the polls with
    the graver alerts come before the others, and none is missing."""
    with h.World() as world:
        daemon, began = surge(world)
        stem = os.path.join(daemon.keys, "units", "health")
        desk = Receiver(daemon.bus_units, read(os.path.join(daemon.keys, "server.public")),
                        read(stem + ".public"), read(stem + ".secret"))
        world.callback(desk.close)
        desk.hello()
        head = desk.until("welcome")["head"]
        h.wait_for(lambda: desk.turn() or desk.last >= head, 60, "all alerts")
        seconds = round(time.monotonic() - began, 1)
        opened = [e for e in desk.events if h.kind_of(e) == "opened"]
        told = {e["data"]["concern"] for e in opened}
        assert told >= {c["id"] for c in daemon.concerns(topic="epidemic")}, "an alert is missing"
        instants = {}  # to the millisecond, as the ledger keeps them
        with contextlib.closing(sqlite3.connect(daemon.db)) as db:
            kept = dict(db.execute("SELECT seq, at FROM events"))
        for e in opened:
            instants.setdefault(kept[e["seq"]], []).append(GRADES.index(e["data"]["grade"]))
        mixed = [g for g in instants.values() if len(set(g)) > 1]
        assert mixed, "no two polls waited together"
        assert all(g == sorted(g, reverse=True) for g in instants.values()), mixed[0]
        h.figure(alerts=len(opened), seconds=seconds, transactions=len(instants), of_two_grades=len(mixed))


if __name__ == "__main__":
    h.main(globals())
