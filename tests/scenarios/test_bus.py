#!/usr/bin/python3
"""The bus of a running daemon, as huiying-bus(7) tells a stranger to speak it: keys that come and go,
units that fall silent, commands under a key, snapshots, receivers that know that they are stale.
"""
import datetime
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

import harness as h
import material as m
import zmq
from zmq.utils.monitor import recv_monitor_message

QUICK = {"silent": "1s", "grace": "2s", "canary": "1h", "snapshot_after": 3}


class Receiver:
    """Written from the page alone: credit, acks, heartbeats, canaries, a place of its own."""

    def __init__(self, endpoint, server, public, secret, name="desk-1"):
        self.s = zmq.Context.instance().socket(zmq.DEALER)
        self.s.linger = 0
        self.s.curve_serverkey, self.s.curve_publickey, self.s.curve_secretkey = (server, public,
                                                                                  secret)
        self.s.connect(endpoint)
        self.name, self.heard, self.said, self.beat = name, [], 0, 3
        self.events, self.concerns, self.epoch, self.last, self.acked = [], {}, "", 0, 0

    def say(self, **message):
        self.s.send(json.dumps(message).encode())
        self.said = time.monotonic()

    def hello(self, credit=50):
        self.say(op="hello", receiver=self.name, epoch=self.epoch, last=self.last, credit=credit)

    def turn(self, wait=50):
        if time.monotonic() - self.said >= self.beat:
            self.say(op="ping")
        while self.s.poll(wait):
            self.take(json.loads(self.s.recv()))
            wait = 0

    def take(self, message):
        self.heard.append(message)
        op = message["op"]
        if op == "welcome":
            self.epoch, self.last = message["epoch"], message["resume"]
            self.beat = message["heartbeat"] / 1000
        elif op == "event":
            event = message["event"]
            assert event["unitseq"] == self.last + 1, (event, self.last)
            self.last = event["unitseq"]
            self.events.append(event)
            self.say(op="ack", unitseq=self.last)
            self.say(op="credit", add=1)
        elif op == "pong" and not message["live"]:
            self.hello()
        elif op == "acked":
            self.acked = message["unitseq"]
        elif op == "canary":
            self.say(op="canary", number=message["number"])
        elif op == "concern":
            self.concerns[message["concern"]["concern"]] = message["concern"]
            self.say(op="credit", add=1)
        elif op == "snapshot-end":
            self.last = message.get("unitseq", 0)

    def until(self, op, **members):
        def there():
            self.turn()
            return [x for x in self.heard if x["op"] == op and
                    all(x.get(k) == v for k, v in members.items())]
        return h.wait_for(there, 30, f"{op} {members}")[-1]

    def saw(self, kind, unit):
        def there():
            self.turn()
            return [e for e in self.events if e["type"] == "huiying.unit." + kind and
                    e["data"]["unit"] == unit]
        return h.wait_for(there, 30, f"{unit} {kind}")

    def close(self):
        self.s.close(0)


def read(path):
    with open(path, "rb") as f:
        return f.read().strip()


def receiver(world, daemon, unit, name="desk-1"):
    stem = os.path.join(daemon.keys, "units", unit)
    return world.add(Receiver(daemon.bus_units, read(os.path.join(daemon.keys, "server.public")),
                              read(stem + ".public"), read(stem + ".secret"), name))


def town(world, items=(("w1", *m.WAGES),), **bus):
    site = world.site()
    site.set("/rss", m.rss(items))
    daemon = world.daemon([h.source(site, "rss", "/rss")], bus={"grace": "1h", **bus})
    h.wait_for(lambda: daemon.concerns(), what="a concern")
    return site, daemon


def watch(socket):
    return socket.get_monitor_socket(zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH |
                                     zmq.EVENT_HANDSHAKE_SUCCEEDED)


def await_event(monitor, event):
    def there():
        return monitor.poll(50) and recv_monitor_message(monitor)["event"] == event
    h.wait_for(there, 60, f"socket event {event}")


def test_a_key_that_begins_with_a_hyphen():
    """One in 85 does: it is a key, not an option."""
    with h.World() as world:
        _, daemon = town(world)
        public = next(k for k, _ in iter(zmq.curve_keypair, None)
                      if k[:1] == b"-" and k[1:2] != b"-").decode()
        done = daemon.cli("units", "enrol", "health", public)
        assert done.returncode == 0, done.stderr
        assert daemon.cli("units", "revoke", "health").returncode == 0
        done = daemon.cli("keys", "enrol", "--role", "dashboard", "hall", public)
        assert done.returncode == 0, done.stderr
        listed = h.json_lines(daemon.cli("keys", "list", "--json").stdout)
        assert {"role": "dashboard", "name": "hall", "key": public} in listed, listed


def test_a_last_option_lacks_its_value():
    with h.World() as world, tempfile.TemporaryDirectory() as elsewhere:
        public = zmq.curve_keypair()[0].decode().replace("-", "+")
        for key in (public, "-" + public[1:]):
            done = subprocess.run([h.program("huiying"), "units", "enrol", "health", key, "--keys"],
                                  cwd=elsewhere, stdin=subprocess.DEVNULL, capture_output=True,
                                  env=dict(os.environ, HUIYING_SOCKET=world.folder), check=False)
            assert done.returncode == 64 and os.listdir(elsewhere) == [], (key, done)


def test_keys_come_and_go_without_a_restart():
    with h.World() as world, tempfile.TemporaryDirectory() as elsewhere:
        _, daemon = town(world)
        server = read(os.path.join(daemon.keys, "server.public"))
        # The unit makes its pair at home, and gives away the public half.
        done = h.cli("units", "keygen", "labour", "--keys", elsewhere)
        assert done.returncode == 0, done.stderr
        stem = os.path.join(elsewhere, "units", "labour")
        done = daemon.cli("units", "enrol", "labour", stem + ".public")
        assert done.returncode == 0, done.stderr
        assert not os.path.exists(os.path.join(daemon.keys, "units", "labour.secret"))
        desk = world.add(Receiver(daemon.bus_units, server, read(stem + ".public"),
                                  read(stem + ".secret")))
        monitor = watch(desk.s)
        desk.hello()
        assert desk.until("welcome")["unit"] == "labour"
        public, secret = zmq.curve_keypair()
        done = daemon.cli("keys", "enrol", "--role", "dashboard", "hall", public.decode())
        assert done.returncode == 0, done.stderr
        listed = h.json_lines(daemon.cli("keys", "list", "--json").stdout)
        assert {"role": "dashboard", "name": "hall", "key": public.decode()} in listed, listed
        hall = zmq.Context.instance().socket(zmq.SUB)
        world.callback(hall.close, 0)
        hall.curve_serverkey, hall.curve_publickey, hall.curve_secretkey = server, public, secret
        hall.subscribe(b"head")
        hall.connect(daemon.bus_pub)
        assert hall.poll(1000 * h.PATIENCE), "the dashboard hears nothing"
        hall_monitor = watch(hall)
        # What it must not do.
        for wrong in (("units", "enrol", "nobody", public.decode()),
                      ("units", "enrol", "health", public.decode()),  # the dashboard's
                      ("units", "enrol", "health", "x" * 39 + " "),
                      ("units", "revoke", "nobody")):
            done = daemon.cli(*wrong)
            assert done.returncode not in (0, 70), (wrong, done)
        # Both live sessions end, and their keys open no other.
        assert daemon.cli("units", "revoke", "labour").returncode == 0
        await_event(monitor, zmq.EVENT_DISCONNECTED)
        await_event(monitor, zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        assert daemon.cli("keys", "revoke", "--role", "dashboard", "hall").returncode == 0
        await_event(hall_monitor, zmq.EVENT_DISCONNECTED)
        await_event(hall_monitor, zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        names = [(k["role"], k["name"])
                 for k in h.json_lines(daemon.cli("keys", "list", "--json").stdout)]
        assert ("unit", "labour") not in names and ("dashboard", "hall") not in names, names


def test_a_key_file_that_is_removed_by_hand_is_revoked():
    with h.World() as world:
        _, daemon = town(world)
        desk = receiver(world, daemon, "labour")
        desk.hello()
        desk.until("welcome")
        monitor = watch(desk.s)
        done = daemon.cli("units", "revoke", "labour", "--keys", daemon.keys)
        assert done.returncode == 0, done.stderr
        await_event(monitor, zmq.EVENT_DISCONNECTED)
        await_event(monitor, zmq.EVENT_HANDSHAKE_FAILED_AUTH)


def lines_told(daemon):
    done = daemon.cli("listen", "--since", "0", "--once", str(daemon.status()["head"]))
    return [(h.kind_of(e), e["data"]["unit"]) for e in h.json_lines(done.stdout)
            if e["type"].startswith("huiying.unit.")]


def listener(world, daemon, unit, name):
    """A receiver of ours, as a duty desk runs it."""
    child = subprocess.Popen(
        [h.program("huiying"), "listen", "--unit", unit, "--receiver", name],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ, HUIYING_SOCKET=daemon.socket, HUIYING_KEYS=daemon.keys))
    world.callback(child.wait)
    world.callback(child.kill)
    return child


def test_who_does_not_come_back_is_told_within_ten_seconds():
    """Of the start, with the times that are usual; whoever does come back is not."""
    desks, down = 10, 5  # seconds: those who try again pause for longest by then
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("w1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")], bus={"canary": "1h"},
                              demonstration={"rate": 1})
        for i in range(desks):
            listener(world, daemon, "labour", f"desk-{i}")
        gone = listener(world, daemon, "health", "desk")
        h.wait_for(lambda: daemon.status()["bus"]["receivers"] == desks + 1, what="the receivers")
        assert not {("offline", "health"), ("offline", "labour")} & set(lines_told(daemon))
        daemon.kill()
        gone.kill()
        before = time.monotonic()
        h.wait_for(lambda: time.monotonic() - before >= down, down + 5, "a while without a daemon")
        daemon.start()
        served, began = time.time(), time.monotonic()
        h.wait_for(lambda: daemon.status()["bus"]["receivers"] == desks, what="the receivers again")
        back, shares = time.monotonic() - began, [h.share()]
        h.wait_for(lambda: shares.append(h.share()) or ("offline", "health") in lines_told(daemon),
                   what="the one that is gone")
        told = [e for e in h.json_lines(daemon.cli("listen", "--since", "0", "--once",
                                                   str(daemon.status()["head"])).stdout)
                if e["type"] == "huiying.unit.offline" and e["data"]["unit"] == "health"]
        after = datetime.datetime.fromisoformat(told[-1]["time"]).timestamp() - served
        h.figure(receivers=desks, all_back_s=round(back, 2), offline_told_s=round(after, 2))
        assert len(told) == 1 and after * min(shares) <= 10, (after, shares, told)
        assert ("offline", "labour") not in lines_told(daemon)


def test_a_silent_unit_is_told_once_through_restarts():
    with h.World() as world:
        _, daemon = town(world, **QUICK)
        office = receiver(world, daemon, "office")
        office.hello()
        office.until("welcome")
        for unit in ("labour", "health"):
            office.saw("offline", unit)  # they never came
        labour = receiver(world, daemon, "labour")
        labour.hello()
        labour.until("welcome")
        office.saw("online", "labour")
        daemon.kill()
        daemon.start()
        h.wait_for(lambda: office.turn() or daemon.status()["bus"]["units_offline"] >= 4,
                   what="the silent ones are known again")
        labour.close()
        again = receiver(world, daemon, "labour", "desk-2")
        again.hello()
        again.until("welcome")
        h.wait_for(lambda: again.turn() or lines_told(daemon)[-1] == ("online", "labour"),
                   what="labour is back")
        told = lines_told(daemon)
        assert told.count(("offline", "health")) == 1, told
        for unit in {u for _, u in told}:  # never twice the same
            kinds = [k for k, u in told if u == unit]
            assert kinds == ["offline", "online"] * (len(kinds) // 2) + ["offline"] * (
                len(kinds) % 2), (unit, kinds)


def test_a_command_is_done_once_under_its_key():
    with h.World() as world:
        _, daemon = town(world)
        labour = receiver(world, daemon, "labour")
        labour.hello()
        concern = h.wait_for(lambda: labour.turn() or labour.events, what="an event")[0]["data"][
            "concern"]
        labour.say(op="command", key="k1", act="accept", concern=concern)
        first = labour.until("result", key="k1")
        assert first["status"] == "ok" and first["seq"], first
        daemon.kill()
        daemon.start()
        labour.close()
        labour = receiver(world, daemon, "labour")
        labour.hello()
        labour.until("welcome")
        labour.say(op="command", key="k1", act="accept", concern=concern)
        assert labour.until("result", key="k1") == first
        # The same words under another unit's name are another key, and not its concern.
        health = receiver(world, daemon, "health")
        health.hello()
        health.until("welcome")
        health.say(op="command", key="k1", act="accept", concern=concern)
        assert health.until("result", key="k1")["status"] == "refused"
        kinds = [h.kind_of(e) for e in daemon_events(daemon) if e["data"].get("concern") == concern]
        assert kinds.count("accepted") == 1, kinds


def daemon_events(daemon):
    done = daemon.cli("listen", "--since", "0", "--once", str(daemon.status()["head"]))
    return h.json_lines(done.stdout)


def test_snapshot_then_live():
    with h.World() as world:
        items = [(f"w{i}", *m.numbered(m.WAGES, 40 + i)) for i in range(6)]
        site, daemon = town(world, [*items, ("f1", *m.FLU)], snapshot_after=3)
        h.wait_for(lambda: len(daemon.concerns()) >= 3, what="concerns")
        h.wait_for(lambda: daemon.status()["store"]["items"] >= 7, what="all items")
        mine = {c["id"] for c in daemon.concerns() if c["unit"]["id"] == "labour"}
        labour = receiver(world, daemon, "labour")
        labour.hello(credit=0)
        assert labour.until("welcome")["snapshot"] is True
        labour.say(op="snapshot")
        labour.say(op="credit", add=2)
        end = labour.until("snapshot-end")
        assert set(labour.concerns) == mine and end["count"] == len(mine), (labour.concerns, mine)
        assert all(c["item"]["title"] and c["due"] for c in labour.concerns.values())
        site.set("/rss", m.rss([("w99", *m.numbered(m.WAGES, 99))]))
        h.wait_for(lambda: labour.turn() or labour.events, what="what came after the snapshot")
        assert labour.events[0]["unitseq"] == end["unitseq"] + 1


def test_a_snapshot_holds_what_a_unit_assists_in():
    with h.World() as world:
        _, daemon = town(world, [("w1", *m.WAGES), ("f1", *m.FLU)])
        h.wait_for(lambda: len(daemon.concerns()) >= 2, what="concerns")
        led = {u: {c["id"] for c in daemon.concerns() if c["unit"]["id"] == u}
               for u in ("labour", "health")}
        asked = min(led["labour"])
        assert daemon.cli("assist", asked, "--to", "health").returncode == 0

        def snapshot(unit):
            desk = receiver(world, daemon, unit)
            desk.hello()
            desk.until("welcome")
            desk.say(op="snapshot")
            assert desk.until("snapshot-end")["count"] == len(desk.concerns)
            return desk.concerns
        assert set(snapshot("labour")) == led["labour"]
        seen = snapshot("health")
        assert set(seen) == led["health"] | {asked}, (seen, asked)
        assert seen[asked]["unit"] == "labour" and seen[asked]["item"]["title"]


def test_a_stale_receiver_says_so():
    with h.World() as world:
        _, daemon = town(world)
        out = os.path.join(daemon.folder, "listen.err")
        with open(out, "wb") as err:
            child = subprocess.Popen(
                [h.program("huiying"), "listen", "--unit", "labour", "--keys", daemon.keys],
                stdout=subprocess.PIPE, stderr=err,
                env=dict(os.environ, HUIYING_SOCKET=daemon.socket))
        world.callback(child.wait)
        world.callback(child.kill)
        assert child.stdout.readline(), "no event"
        os.kill(daemon.child.pid, signal.SIGSTOP)
        try:
            h.wait_for(lambda: b"(stale" in read(out), 60, "the receiver to notice")
        finally:
            os.kill(daemon.child.pid, signal.SIGCONT)
        h.wait_for(lambda: b"heard again" in read(out), 60, "the receiver to recover")
        child.stdout.close()


def counted(daemon, name):
    return daemon.status()["bus"][name]


def test_who_speaks_nonsense_loses_the_line_and_is_counted():
    with h.World() as world:
        site, daemon = town(world)
        good = receiver(world, daemon, "labour")
        good.hello()
        good.until("welcome")
        for number, (frame, oversized) in enumerate(((b"", 0), (b"\xff\xfe{", 0),
                                                     (b"x" * 65 * 1024, 1)), 1):
            bad = receiver(world, daemon, "health", f"bad-{number}")
            monitor = watch(bad.s)
            bad.hello()
            bad.until("welcome")
            bad.s.send(frame)
            await_event(monitor, zmq.EVENT_DISCONNECTED)
            bad.close()
            want = [number, oversized, number]
            names = ("bad_frames", "oversized_frames", "connections_cut")
            h.wait_for(lambda: [counted(daemon, name) for name in names] == want,
                       what=f"{want} of {names}")
        # Another protocol, and nothing at all: connections without a handshake.
        greeted = counted(daemon, "connections") - counted(daemon, "handshakes")
        host, port = daemon.bus_units.removeprefix("tcp://").rsplit(":", 1)
        for text in (b"GET / HTTP/1.1\r\nHost: bus\r\n\r\n", os.urandom(4096)):
            with socket.create_connection((host, int(port)), timeout=h.PATIENCE) as line:
                line.sendall(text)
                try:
                    while line.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        h.wait_for(lambda: counted(daemon, "connections") - counted(daemon, "handshakes") ==
                   greeted + 2, what="both to be counted")
        # Nobody else is harmed.
        before = good.last
        site.set("/rss", m.rss([("2", *m.numbered(m.WAGES, 2)), ("1", *m.WAGES)]))
        h.wait_for(lambda: good.turn() or good.last > before, what="the next alert")


class Deaf(Receiver):
    """It says that it lives, and takes nothing in."""

    def take(self, message):
        self.heard.append(message)
        if message["op"] == "welcome":
            self.beat = message["heartbeat"] / 1000


def test_unanswered_canaries_are_an_alarm():
    with h.World() as world:
        _, daemon = town(world, canary="1s")
        office = receiver(world, daemon, "office")
        office.hello()
        office.until("welcome")
        deaf = receiver(world, daemon, "labour")
        deaf.__class__ = Deaf
        deaf.hello()
        deaf.until("welcome")
        event = h.wait_for(lambda: deaf.turn() or office.saw("offline", "labour"), 30,
                           "the alarm")[-1]
        assert event["data"]["missed"] >= 3, event
        assert not [x for x in office.events if "canary" in json.dumps(x)], "people see none"


if __name__ == "__main__":
    h.main(globals())
