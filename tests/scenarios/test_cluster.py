#!/usr/bin/python3
"""Several daemons on one Redis: one leads the ledger, the others follow it, and take over; each
feed is polled by one of them.
"""
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

import harness as h
import material as m
import redis_server

LEASE = "3s"
INTERVAL_S = 60 / h.RATE  # real, of a source that is polled every minute
FAULTS = 100 if h.LONG else 8


class Town:
    """Daemons n1, n2, … that share a Redis, each with a folder and ports of its own."""

    def __init__(self, world, count, sources, address=None, **cluster):
        if not address:
            self.redis = world.add(redis_server.Redis(world.folder))
            self.redis.start()
        self.daemons = []
        for i in range(1, count + 1):
            folder = os.path.join(world.folder, f"n{i}")
            os.makedirs(folder)
            daemon = h.Daemon(folder, sources, store=address or self.redis.address, cache=".",
                              cluster={"node": f"n{i}", "lease": LEASE, **cluster},
                              operator={"name": "试验", "contact": f"mailto:n{i}@example.org"})
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
        return h.wait_for(agreed, 180, "one leader")


class Board(h.Site):
    """A feed of its own domain, which notes who polled it when."""

    stalls = h.Stalls()

    def __init__(self, index):
        super().__init__()
        self.index = index
        self.posts = 0
        self.polls = []

    def serve(self, request):
        if request.path == "/a":
            who = request.headers.get("User-Agent").split("mailto:")[1].split("@")[0]
            with self.lock:
                self.polls.append((time.monotonic(), who))
        super().serve(request)

    def publish(self, numbers):
        items = [(f"p{n}", *m.numbered(m.WAGES, n)) for n in numbers]
        self.set("/a", m.rss(items))

    def source(self):
        return h.source(self, f"s{self.index}", "/a", interval="60s", interval_least="60s",
                        interval_most="60s")

    def early(self, since=0):
        """Gaps that are shorter than an interval with its jitter allows."""
        with self.lock:
            times = [t for t, _ in self.polls if t >= since]
        return sum(b - a + self.stalls.late(a) < 0.9 * INTERVAL_S
                   for a, b in zip(times, times[1:]))

    def polled(self, since):
        with self.lock:
            return {who for t, who in self.polls if t >= since}


def part(daemon):
    try:
        status, body = daemon.request("GET", "/api/v1/status")
    except OSError:
        return None
    return json.loads(body)["cluster"] if status == 200 else None


def heads(daemons):
    return [d.status()["head"] for d in daemons]


def open_at(daemon, **query):
    """None while its house makes way for another one: for waiting."""
    with contextlib.suppress(OSError, h.http.client.HTTPException):
        return daemon.concerns(**query)
    return []


def test_one_leads_others_follow():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(10)]))
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        followers = [d for d in town.daemons if d is not leader]
        h.wait_for(lambda: all(len(open_at(d)) == 10 for d in town.daemons), 30, "concerns")
        assert leader.cli("accept", leader.concerns()[0]["id"]).returncode == 0
        h.wait_for(lambda: len(set(heads(town.daemons))) == 1, 30, "followers to follow")
        head = leader.status()["head"]
        told = [d.cli("listen", "--since", "0", "--once", str(head)).stdout for d in town.daemons]
        assert told[0] == told[1] == told[2] and told[0].count("\n") == head
        # A clean stop hands over at once; a kill after a lease.
        assert leader.stop() == 0
        second = town.leader(followers)
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(15)]))
        h.wait_for(lambda: all(len(open_at(d)) == 15 for d in followers), 30, "more concerns")
        leader.start()
        assert town.leader() is second
        second.kill()
        rest = [d for d in town.daemons if d is not second]
        town.leader(rest)
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(20)]))
        h.wait_for(lambda: all(len(open_at(d)) == 20 for d in rest), 30, "more concerns")


PASSWORD = "three bridges, one river"


def log_in(daemon, account):
    """Headers of a session at this daemon."""
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/session", headers={"Content-Type": "application/json"},
                           body=json.dumps({"account": account, "password": PASSWORD}))
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, (answer.status, body)
        return {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": body["csrf"],
                "Content-Type": "application/json"}


def test_any_machine_takes_commands():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(4)]))
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        one, other = [d for d in town.daemons if d is not leader]
        h.wait_for(lambda: all(len(open_at(d)) == 4 for d in town.daemons), 30, "concerns")
        concerns = [c["id"] for c in leader.concerns()]

        # At a machine's own socket; what the leader refuses is refused with its reason.
        assert one.cli("accept", concerns[0]).returncode == 0
        again = [d.cli("accept", concerns[0]) for d in (one, leader)]
        assert again[0].returncode == again[1].returncode == 0, again
        assert again[0].stdout == again[1].stdout, again
        noted = one.cli("decline", concerns[1], "--note", "请联系删帖并封号")
        assert noted.returncode not in (0, 75), noted
        assert noted.stderr == leader.cli("decline", concerns[1], "--note",
                                          "请联系删帖并封号").stderr

        # A person logs in at any machine, and the trail tells who did what.
        added = one.cli("accounts", "add", "li", "--role", "coordinator", stdin=PASSWORD + "\n")
        assert added.returncode == 0, added
        head = log_in(other, "li")

        def accept(daemon, concern, headers, **more):
            return daemon.request("POST", f"/api/v1/concerns/{concern}/accept", "{}",
                                  tcp=True, headers={**headers, **more})
        key = {"Idempotency-Key": "k-1"}
        first = accept(other, concerns[2], head, **key)
        assert first[0] == 200, first
        events = leader.status()["head"]
        assert accept(other, concerns[2], head, **key) == first
        assert accept(leader, concerns[2], log_in(leader, "li"), **key) == first
        assert leader.status()["head"] == events
        trail = json.loads(other.request("GET", "/api/v1/audit?limit=100")[1])["items"]
        acts = [r["act"] for r in trail if r["who"] == "li"]
        assert acts.count("login") == 2 and acts.count("concern.accept") == 1, acts

        # The leader sleeps: nothing is known, until the next one does what has the same key, once.
        key = {"Idempotency-Key": "k-2"}
        head = log_in(one, "li")
        leader.child.send_signal(signal.SIGSTOP)
        try:
            with contextlib.suppress(OSError, h.http.client.HTTPException):
                status, body = accept(one, concerns[3], head, **key)
                assert status in (200, 503), (status, body)
            second = town.leader([one, other])
        finally:
            leader.child.send_signal(signal.SIGCONT)
        follower = one if second is other else other
        done = accept(follower, concerns[3], log_in(follower, "li"), **key)
        assert done[0] == 200, done
        told = h.json_lines(follower.cli("listen", "--since", "0", "--once",
                                         str(second.status()["head"])).stdout)
        accepted = [e for e in told if e["type"] == "huiying.concern.accepted"
                    and e["data"]["concern"] == concerns[3]]
        assert len(accepted) == 1, accepted


def test_paused_leader_changes_nothing():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(3)]))
        town = Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        other = next(d for d in town.daemons if d is not leader)
        h.wait_for(lambda: len(open_at(leader)) == 3, 30, "concerns")
        leader.child.send_signal(signal.SIGSTOP)
        try:
            town.leader([other])
            site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(8)]))
            h.wait_for(lambda: len(open_at(other)) == 8, 30, "concerns of the new leader")
        finally:
            leader.child.send_signal(signal.SIGCONT)
        assert town.leader() is other
        h.wait_for(lambda: len(open_at(leader)) == 8, 30, "the old leader to follow")
        checked = h.cli("store", "check", town.redis.address)
        assert checked.returncode == 0, checked
        seqs = [e["seq"] for e in h.json_lines(
            leader.cli("listen", "--since", "0", "--once", str(other.status()["head"])).stdout)]
        assert [int(s) for s in seqs] == list(range(1, len(seqs) + 1)), seqs


LETTERS = "{huiying}:letters"


def letter_ids(redis):
    lines = (redis.ask("XRANGE", LETTERS, "-", "+") or b"").decode().split("\r\n")
    return [line for line in lines if line.count("-") == 1 and line.replace("-", "").isdigit()]


def added(daemon, site, ident):
    body = json.dumps([{"id": ident, "name": ident, "kind": "news", "interval": "7d",
                        "url": site.url("/" + ident)}])
    status, answer = daemon.request("POST", "/api/v1/sources", body)
    assert status in (200, 201), answer


def there(daemon, ident):
    with contextlib.suppress(OSError, h.http.client.HTTPException):
        return daemon.request("GET", "/api/v1/sources/" + ident)[0]
    return None


def two(world):
    """A town of two machines: it, its site, who leads and who follows."""
    site = world.site()
    town = Town(world, 2, [h.source(site, "a", "/a")])
    town.start()
    leader = town.leader()
    return town, site, leader, next(d for d in town.daemons if d is not leader)


def test_a_letter_of_who_leads_no_longer_takes_no_source_away():
    with h.World() as world:
        town, site, leader, other = two(world)
        added(leader, site, "back")
        h.wait_for(lambda: there(other, "back") == 200, what="the source")
        # that was removed and is there again: what a leader that was paused meanwhile says at last
        said(town.redis, source="back", kind=1, gone=True)
        added(leader, site, "next")
        h.wait_for(lambda: there(other, "next") == 200, what="the letter after it")
        assert there(other, "back") == 200
        # and one that says that it is gone, when it is
        assert leader.cli("feeds", "remove", "back").returncode == 0
        h.wait_for(lambda: there(other, "back") == 404, what="its end")


def said(redis, **letter):
    text = json.dumps(letter, separators=(",", ":"))
    return redis.ask("XADD", LETTERS, "*", "l", f"'{text}'")


def test_letters_of_each_kind_are_heard():
    """What a letter holds beside its kind is that kind's alone: who hears it lives on."""
    with h.World() as world:
        town, site, leader, other = two(world)
        now = int(time.time() * 1000)
        for letter in ({"kind": 2}, {"kind": 3, "until": now + 60000}, {"kind": 4}, {"kind": 5},
                       {"kind": 6, "ttl": 60, "period": 1, "fresh": 1, "newest": now},
                       {"kind": 7, "slot": 1}, {"kind": 7, "slot": -1}, {"kind": 8}, {"kind": -1}):
            assert said(town.redis, source="a", **letter)
        added(leader, site, "next")
        h.wait_for(lambda: there(other, "next") == 200, what="the letter after them")
        assert all(d.child.poll() is None for d in town.daemons)


def test_who_begins_to_lead_says_what_it_shows():
    """The others know of it before it has committed anything itself."""
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([("1", *m.WAGES)]))
        town = Town(world, 1, [h.source(site, "a", "/a")])
        town.start()
        only, redis = town.daemons[0], town.redis
        h.wait_for(lambda: len(only.concerns()) == 1, what="the concern")
        site.close()  # nothing more comes
        assert only.stop() == 0
        head = redis.ask("HGET", "{huiying}:meta", "head").split(b"\r\n")[1]
        redis.ask("HDEL", "{huiying}:meta", "shown")
        only.start()
        h.wait_for(lambda: redis.ask("HGET", "{huiying}:meta", "shown").strip().endswith(b" " + head),
                   what="what it shows")


def test_a_source_that_is_added_anew_is_so_at_all():
    """It was paused; what is known of it where both letters come at once is of the one before."""
    with h.World() as world:
        _, site, leader, other = two(world)
        added(leader, site, "new")
        assert leader.cli("feeds", "pause", "new").returncode == 0
        h.wait_for(lambda: there(other, "new") == 200 and other.source("new")["state"] == "paused",
                   what="the source, paused")
        other.child.send_signal(signal.SIGSTOP)
        try:
            assert leader.cli("feeds", "remove", "new").returncode == 0
            added(leader, site, "new")
        finally:
            other.child.send_signal(signal.SIGCONT)
        assert leader.source("new")["state"] != "paused"
        h.wait_for(lambda: other.source("new")["state"] != "paused", what="the new one at both")


def test_what_a_leader_commits_as_it_stops_is_told():
    rounds, each, seed = 3, 150, random.randrange(1 << 30)
    chance = random.Random(seed)
    with h.World() as world:
        site = world.site()
        town = Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        for n in range(rounds):
            leader = town.leader()
            go = threading.Event()

            def post(part, daemon=leader, number=n, begun=go):
                for i in range(4):  # of all rounds less than the letters that are kept
                    ids = [f"r{number}-{part}-{i}-{k}" for k in range(each)]
                    body = json.dumps([{"id": ident, "name": "来源", "kind": "news", "interval": "7d",
                                        "url": site.url("/" + ident)} for ident in ids])
                    try:
                        daemon.request("POST", "/api/v1/sources", body)
                    except (OSError, h.http.client.HTTPException):
                        return
                    begun.set()

            posters = [threading.Thread(target=post, args=(part,)) for part in range(4)]
            for poster in posters:
                poster.start()
            assert go.wait(h.PATIENCE)
            time.sleep(chance.random() / 5)  # at any moment, which is what this is about
            assert leader.stop() == 0
            for poster in posters:
                poster.join()
            told = subprocess.run(["redis-cli", "-s", town.redis.socket, "XRANGE", LETTERS, "-", "+"],
                                  capture_output=True, check=True).stdout.decode()
            other = next(d for d in town.daemons if d is not leader)
            town.leader([other])
            kept = [s["id"] for s in other.sources() if s["id"].startswith(f"r{n}-")]
            lost = [i for i in kept if f'"source":"{i}","kind":0' not in told]
            assert not lost, (seed, n, len(kept), sorted(lost)[:3])
            leader.start()


def test_what_a_leader_did_not_live_to_tell_is_known():
    with h.World() as world:
        site = world.site()
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        others = [d for d in town.daemons if d is not leader]
        added(leader, site, "first")
        added(leader, site, "gone")
        h.wait_for(lambda: all(there(d, "gone") == 200 for d in others), what="the first letters")
        others[0].child.send_signal(signal.SIGSTOP)
        try:
            before = letter_ids(town.redis)
            added(leader, site, "untold")
            assert leader.cli("feeds", "remove", "gone").returncode == 0
            h.wait_for(lambda: there(others[1], "gone") == 404, what="letters")
            for ident in set(letter_ids(town.redis)) - set(before):
                town.redis.ask("XDEL", LETTERS, ident)
            leader.kill()
            town.leader(others[1:])
        finally:
            others[0].child.send_signal(signal.SIGCONT)
        h.wait_for(lambda: there(others[0], "untold") == 200, what="what was never told")
        h.wait_for(lambda: there(others[0], "gone") == 404, what="the end that was never told")
        assert there(others[0], "first") == 200 and there(others[0], "a") == 200


def undisturbed(boards):
    """Since when all were polled some times, and nothing stood still for so long that a lease ended."""
    lease = float(LEASE[:-1])
    for _ in range(5):
        begun = time.monotonic() + lease  # by then slots that were too many are given up
        h.wait_for(lambda: all(len([t for t, _ in b.polls if t > begun]) > 3 for b in boards),
                   20 * INTERVAL_S, "polls")
        if Board.stalls.longest(begun - lease) < lease / 3:
            return begun
    raise h.Skip("the machine stands still again and again")


def test_each_feed_is_polled_by_one():
    with h.World() as world:
        boards = [world.add(Board(i)) for i in range(18)]
        for board in boards:
            board.publish([board.index])
        town = Town(world, 3, [b.source() for b in boards])
        town.start()
        leader = town.leader()
        h.wait_for(lambda: part(leader)["machines"] == 3, 30, "three machines")
        h.wait_for(lambda: len(open_at(leader, limit=100)) == len(boards), 60, "concerns")
        # Undisturbed: of each feed one machine's polls alone, an interval apart.
        begun = undisturbed(boards)
        assert [b.polled(begun) for b in boards if len(b.polled(begun)) > 1] == []
        assert sum(b.early(begun) for b in boards) == 0
        pollers = set.union(*(b.polled(begun) for b in boards))
        assert len(pollers) == 3, pollers
        # One that follows is killed: its feeds are polled by the others, and none more than once too
        # often.
        victim = next(d for d in town.daemons if d is not leader)
        gone = part(victim)["node"]
        killed = time.monotonic()
        victim.kill()
        h.wait_for(lambda: all(b.polled(killed) - {gone} for b in boards), 20 * INTERVAL_S,
                   "its feeds to be polled by others")
        assert max(b.early(begun) for b in boards) <= 1
        for board in boards:
            board.publish([board.index, 100 + board.index])
        h.wait_for(lambda: len(open_at(leader, limit=100)) == 2 * len(boards), 60,
                   "concerns from feeds that were taken over")
        # It comes back, and gets a share again; what it never polled itself is no news for that.
        victim.start()
        back = time.monotonic()
        h.wait_for(lambda: any(gone in b.polled(back) for b in boards), 20 * INTERVAL_S,
                   "a share for the one that came back")
        assert len(leader.concerns(limit=100)) == 2 * len(boards)
        h.figure(feeds=len(boards), polls=sum(len(b.polls) for b in boards),
                 early=sum(b.early(begun) for b in boards))


def test_a_domain_has_one_pace():
    """Many feeds of one domain: it is asked by one machine at a time, no faster than the spacing, and
    that holds while machines come and go."""
    spacing_s = 0.4
    with h.World() as world:
        board = world.add(Board(0))
        paths = [f"/{i}" for i in range(6)]
        asked = []

        def answer(request):
            who = request.headers.get("User-Agent").split("mailto:")[1].split("@")[0]
            with board.lock:
                asked.append((time.monotonic(), who))
            body = m.rss([(request.path[1:], *m.numbered(m.WAGES, int(request.path[1:])))]).encode()
            request.send_response(200)
            request.send_header("Content-Type", "application/rss+xml")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        for path in paths:
            board.set(path, "", answer=answer)
        sources = [h.source(board, f"s{p[1:]}", p, interval_most="10s") for p in paths]
        town = Town(world, 3, sources, lease="2s")  # a third of it is longer than the spacing
        for daemon in town.daemons:
            daemon.settings["domain_spacing"] = f"{int(spacing_s * 1000)}ms"
            daemon.write_config()
        town.start()
        town.leader()

        def polled(count, since, but=None):
            with board.lock:
                return sum(t > since and who != but for t, who in asked) >= count
        h.wait_for(lambda: polled(12, 0), 60, "polls")
        for _ in range(2):
            with board.lock:
                who = asked[-1][1]
            gone = next(d for d in town.daemons if d.log.split("/")[-2] == who)
            killed = time.monotonic()
            gone.kill()
            h.wait_for(lambda: polled(8, killed, who), 60, "another one's polls")
            gone.start()
        with board.lock:
            gaps = [b - a + board.stalls.late(a) for (a, _), (b, _) in zip(asked, asked[1:])]
            pollers = {who for _, who in asked}
        h.figure(polls=len(asked), pollers=len(pollers), least_gap_s=round(min(gaps), 3))
        assert len(pollers) > 1 and min(gaps) > 0.9 * spacing_s, (pollers, min(gaps))


class Busy(h.Site):
    """Two feeds of one domain, which asks for ten minutes of patience from when it is told to."""

    def __init__(self):
        super().__init__()
        self.asked, self.busy = [], False
        self.set("/a", m.rss([("a", *m.numbered(m.WAGES, 1))]))
        self.set("/b", m.rss([("b", *m.numbered(m.WAGES, 2))]))

    def serve(self, request):
        with self.lock:
            self.asked.append((request.path, self.busy))
            busy = self.busy
        if not busy:
            super().serve(request)
            return
        request.send_response(429)
        request.send_header("Retry-After", "600")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def polled(self, busy):
        with self.lock:
            return [path for path, when in self.asked if when == busy and path != "/robots.txt"]


def test_the_next_holder_knows_who_asked_for_patience():
    with h.World() as world:
        site, boards = world.add(Busy()), [world.add(Board(i)) for i in range(12)]
        for board in boards:
            board.publish([10 + board.index])
        pace = {"interval": "60s", "interval_least": "60s", "interval_most": "60s"}
        own = [h.source(site, name, "/" + name, **pace) for name in "ab"]
        town = Town(world, 2, own + [b.source() for b in boards])
        town.start()
        leader = town.leader()
        h.wait_for(lambda: part(leader)["machines"] == 2, 30, "both machines")
        h.wait_for(lambda: len(site.polled(False)) > 4, 60, "polls")
        with site.lock:
            site.busy = True
        h.wait_for(lambda: site.polled(True), 60, "a poll that is refused")
        for _ in range(2):  # whichever holds the domain: both are killed, one after the other
            since = time.monotonic()
            h.wait_for(lambda: all(b.polled(since) for b in boards), 20 * INTERVAL_S, "polls")
            victim = town.leader()
            other = next(d for d in town.daemons if d is not victim)
            killed = time.monotonic()
            victim.kill()
            name = part(other)["node"]

            def taken():
                with contextlib.ExitStack() as locks:
                    for b in boards:
                        locks.enter_context(b.lock)
                    return all(sum(t > killed and who == name for t, who in b.polls) > 3
                               for b in boards)
            h.wait_for(taken, 60, "polls of all that it held, again and again")
            assert len(site.polled(True)) == 1, site.asked
            victim.start()
            h.wait_for(lambda: town.leader() and part(other)["machines"] == 2, 60, "both again")


class Receiver:
    """Follows the events by any daemon that answers, and notes what it was shown."""

    def __init__(self, town, chance):
        self.town, self.chance = town, chance
        self.seen = {}
        self.last = 0

    def pump(self):
        """From one daemon, unless it is not to be had just now."""
        daemon = self.chance.choice(self.town.daemons)
        with contextlib.suppress(OSError, h.http.client.HTTPException):
            status, body = daemon.request("GET", "/api/v1/status", limit=2)
            head = json.loads(body)["head"] if status == 200 else None
            if not head or head <= self.last:
                return
            done = daemon.cli("listen", "--since", str(self.last), "--once",
                              str(head - self.last), limit=20)
            for event in h.json_lines(done.stdout):
                seq = int(event["seq"])
                assert seq not in self.seen, f"{seq} was shown twice"
                assert seq == self.last + 1, (seq, self.last)
                self.seen[seq] = event["id"], event["type"], event["data"]
                self.last = seq


def test_failover_of_redis():
    """The master of Redis is killed: its replica has all that was committed, and takes its place."""
    with h.World() as world:
        ports = h.free_ports(3)
        first = world.add(redis_server.Redis(world.folder, "first", ports[0]))
        first.start()
        second = world.add(redis_server.Redis(world.folder, "second", ports[1], first))
        second.start()
        sentinel = world.add(redis_server.Sentinel(world.folder, ports[2], first))
        sentinel.start()
        boards = [world.add(Board(i)) for i in range(4)]
        for board in boards:
            board.publish([board.index])
        town = Town(world, 2, [b.source() for b in boards], sentinel.address, replicas=1)
        town.start()
        leader = town.leader()
        h.wait_for(lambda: len(open_at(leader)) == 4, 60, "concerns")
        h.wait_for(lambda: b"runid" in (sentinel.ask("SENTINEL", "REPLICAS", "town") or b""), 30,
                   "the sentinel to know the replica")
        epoch, head = leader.status()["epoch"], leader.status()["head"]
        told = leader.cli("listen", "--since", "0", "--once", str(head)).stdout
        first.kill()
        h.wait_for(lambda: sentinel.master_port() == ports[1], 180, "the replica to be master")
        first.replica_of = second
        first.start()  # a commit needs a replica
        for board in boards:
            board.publish([board.index, 100 + board.index])
        leader = town.leader()
        h.wait_for(lambda: len(open_at(leader)) == 8, 180, "more concerns")
        assert leader.status()["epoch"] == epoch
        again = leader.cli("listen", "--since", "0", "--once", str(head)).stdout
        assert again == told
        assert {d.status()["epoch"] for d in town.daemons} == {epoch}


def stop_for_a_while(daemon):
    daemon.child.send_signal(signal.SIGSTOP)
    time.sleep(1.5 * float(LEASE[:-1]))  # longer than a lease: another one takes over
    daemon.child.send_signal(signal.SIGCONT)


def kill_and_start(daemon):
    daemon.kill()
    daemon.start()


def test_a_leader_whose_redis_is_another_opens_it_anew():
    """It was told by a read, after an act whose outcome nobody knew."""
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([("w", *m.WAGES)]))
        town = Town(world, 1, [h.source(site, "a", "/a", interval="6h")])
        town.start()
        daemon = town.daemons[0]
        h.wait_for(lambda: open_at(daemon), 30, "a concern")
        epoch = daemon.status()["epoch"]
        town.redis.kill()
        status, body = daemon.request("POST", "/api/v1/concerns/c1/accept", "{}",
                                      headers={"Content-Type": "application/json"})
        assert status == 503, (status, body)
        shutil.rmtree(os.path.join(town.redis.folder, "appendonlydir"))
        town.redis.start()

        def anew():
            with contextlib.suppress(OSError, h.http.client.HTTPException, ValueError, KeyError):
                now = daemon.status()
                return now["epoch"] != epoch and now["cluster"]["leads"]
            return False
        h.wait_for(anew, 30, "another epoch")


def test_faults():
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    h.figure(seed=seed, faults=FAULTS)
    with h.World() as world:
        boards = [world.add(Board(i)) for i in range(6)]
        posts = {b.index: [b.index] for b in boards}
        for board in boards:
            board.publish(posts[board.index])
        town = Town(world, 3, [b.source() for b in boards])
        town.start()
        receiver = Receiver(town, chance)
        town.leader()
        kinds = [lambda: kill_and_start(chance.choice(town.daemons)),
                 lambda: stop_for_a_while(chance.choice(town.daemons)),
                 lambda: kill_and_start(town.leader()),
                 lambda: stop_for_a_while(town.leader()),
                 lambda: (town.redis.kill(), town.redis.start())]
        for turn in range(FAULTS):
            board = chance.choice(boards)
            posts[board.index].append(100 + turn)
            board.publish(posts[board.index])
            receiver.pump()
            kinds[turn % len(kinds)]()
        leader = town.leader()
        published = sum(len(p) for p in posts.values())
        h.wait_for(lambda: len(open_at(leader, limit=200)) >= published, 90, "every post's concern")
        # Nothing that was shown is void, and nothing was stored twice.
        head = leader.status()["head"]
        h.wait_for(lambda: all(d.status()["head"] >= head for d in town.daemons), 30, "followers")
        told = {int(e["seq"]): (e["id"], e["type"], e["data"]) for e in h.json_lines(
            leader.cli("listen", "--since", "0", "--once", str(head)).stdout)}
        assert sorted(told) == list(range(1, head + 1))
        lost = [s for s, e in receiver.seen.items() if told.get(s) != e]
        assert not lost, lost
        concerns = leader.concerns(limit=200)
        assert len(concerns) == published, (len(concerns), published)
        checked = h.cli("store", "check", town.redis.address)
        assert checked.returncode == 0, checked
        h.figure(published=published, events=head, shown=len(receiver.seen), lost=len(lost))


if __name__ == "__main__":
    h.main(globals())
