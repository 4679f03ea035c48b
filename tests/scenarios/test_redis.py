#!/usr/bin/python3
"""The daemon on Redis: killed, its Redis killed, both at once, Redis paused, full and made a replica
for a moment. What was acked is not lost, nothing is told twice, and it goes on by itself.
"""
import contextlib
import json
import os
import random
import re
import signal
import time

import harness as h
import material as m
import redis_server
import test_kill

FAULTS = 100 if h.LONG else 24


def stalled(daemon):
    """By its status, which it can tell of even when the store cannot be asked."""
    status, body = daemon.request("GET", "/api/v1/status")
    assert status in (200, 503), (status, body)
    return status == 503 or json.loads(body)["ledger"]["stalled"]


def kill_daemon(daemon, redis):
    daemon.kill()
    daemon.start()


def kill_redis(daemon, redis):
    redis.kill()
    h.wait_for(lambda: daemon.status()["store"]["state"] == "away", 30, "the store to be away")
    assert daemon.status()["head"] is None
    h.wait_for(lambda: stalled(daemon), 30, "the ledger to say that it is stalled")
    redis.start()


def kill_both(daemon, redis):
    redis.kill()
    daemon.kill()
    redis.start()
    daemon.start()


def pause_redis(daemon, redis):
    redis.signal(signal.SIGSTOP)
    time.sleep(0.3)  # a stretch in which nothing answers, not a wait for anything
    redis.signal(signal.SIGCONT)


def fill_redis(daemon, redis):
    redis.say("CONFIG", "SET", "maxmemory", "1")
    h.wait_for(lambda: stalled(daemon), 30, "the ledger to say that it is stalled")
    redis.say("CONFIG", "SET", "maxmemory", "0")


def demote_redis(daemon, redis):
    redis.say("REPLICAOF", "127.0.0.1", "1")
    h.wait_for(lambda: stalled(daemon), 30, "the ledger to say that it is stalled")
    redis.say("REPLICAOF", "NO", "ONE")


KINDS = [kill_daemon, kill_redis, kill_both, pause_redis, fill_redis, demote_redis]


def test_faults():
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    h.figure(seed=seed, faults=FAULTS)
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        load = test_kill.Load(site)
        for _ in range(test_kill.SOURCES):
            load.publish()
        daemon = world.daemon([h.source(site, f"s{i}", f"/s{i}") for i in range(test_kill.SOURCES)],
                              False, store=redis.address, cache=".", demonstration={"rate": 40})
        world.callback(load.done.set)
        daemon.start()
        receivers = [test_kill.Receiver(daemon, u) for u in test_kill.UNITS]
        for receiver in receivers:
            world.callback(receiver.bus.close)
        load.start()
        for turn in range(FAULTS):
            for receiver in receivers:
                receiver.bus.hello()
            until = time.monotonic() + 0.4 * chance.random()
            while time.monotonic() < until:
                for receiver in receivers:
                    receiver.pump()
                time.sleep(0.005)
            KINDS[turn % len(KINDS)](daemon, redis)
        load.done.set()
        load.join()
        for receiver in receivers:
            receiver.bus.hello()
        test_kill.settle(daemon, load, receivers)
        test_kill.nothing_lost(world, daemon, load, receivers, faults=FAULTS)


def test_an_act_whose_store_went_away():
    """It is told as what it is, not known to be done, and can be done later under its key: nothing
    of it is left in what the daemon holds in memory."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([("w", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".")
        h.wait_for(daemon.concerns, what="a concern")

        def accept(key):
            return daemon.request("POST", "/api/v1/concerns/c1/accept", "{}",
                                  headers={"Content-Type": "application/json",
                                           "Idempotency-Key": key})
        unknown = False
        for _ in range(10):  # a poll of its own may find it gone before the act does
            redis.kill()
            status, body = accept("k-1")
            assert status == 503, (status, body)
            unknown = "不知是否已办" in json.loads(body)["detail"]
            if unknown:
                break
            redis.start()
            h.wait_for(lambda: not stalled(daemon), what="the ledger to go on")
        assert unknown, body
        h.wait_for(lambda: stalled(daemon), what="the ledger to say that it is stalled")
        status, body = accept("k-2")  # never sent
        assert status == 503 and "不知是否" not in json.loads(body)["detail"], (status, body)
        redis.start()
        h.wait_for(lambda: not stalled(daemon), what="the ledger to go on")
        status, body = accept("k-1")
        assert status == 200, (status, body)
        status, again = accept("k-1")
        assert (status, json.loads(again)) == (200, json.loads(body))
        acts = [e["type"] for e in ledger(daemon)]
        assert acts.count("huiying.concern.accepted") == 1, acts


def test_a_backlog_goes_in_pieces():
    """What waited while nothing could be written is not one transaction: Redis answers others in
    between."""
    sources, each, piece = 12, 100, 128
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        for i in range(sources):
            site.set(f"/s{i}", m.rss([]))
        daemon = world.daemon([h.source(site, f"s{i}", f"/s{i}") for i in range(sources)],
                              store=redis.address, cache=".")
        redis.say("CONFIG", "SET", "maxmemory", "1")

        def asked():
            return [all_hits - unchanged for all_hits, unchanged in
                    (site.hits(f"/s{i}") for i in range(sources))]
        old = asked()
        for i in range(sources):
            site.set(f"/s{i}", m.rss([(f"s{i}-{k}", f"{m.OTHER[0]}{i}-{k}", m.OTHER[1])
                                      for k in range(each)]))
        h.wait_for(lambda: all(a > b for a, b in zip(asked(), old)), 60, "news of each")
        h.wait_for(lambda: stalled(daemon), 30, "the ledger to say that it is stalled")
        before = daemon.status()["ledger"]["commits"]
        redis.say("CONFIG", "SET", "maxmemory", "0")
        h.wait_for(lambda: daemon.status()["ledger"]["items"] == sources * each, 60, "all items")
        commits = daemon.status()["ledger"]["commits"] - before
        h.figure(items=sources * each, commits=commits)
        assert commits >= sources * each // (piece + each), commits


def test_what_redis_refuses_is_told_once():
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([]))
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".")
        for turn in (1, 2):
            redis.say("CONFIG", "SET", "maxmemory", "1")
            site.set("/a", m.rss([(f"p{turn}", *m.numbered(m.WAGES, turn))]))
            before = daemon.status()["ledger"]["failed_commits"]
            h.wait_for(lambda: daemon.status()["ledger"]["failed_commits"] >= before + 15, 30,
                       "many tries")
            lines = [line for line in daemon.log_tail(5000).split("\n") if "reply=OOM" in line]
            assert turn <= len(lines) <= 4 * turn, lines  # a line for each thread and what it asks
            redis.say("CONFIG", "SET", "maxmemory", "0")
            h.wait_for(lambda: len(daemon.concerns()) == turn, 30, "the concern")


def refused(daemon, why):
    try:
        daemon.start()
    except AssertionError as said:
        assert why in str(said), said
    else:
        raise AssertionError("it started")


def test_who_finds_the_store_taken_is_told_by_whom():
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([]))
        sources = [h.source(site, "a", "/a")]
        daemon = world.daemon(sources, store=redis.address, cache=".")

        def other(name, **more):
            folder = os.path.join(world.folder, name)
            os.mkdir(folder)
            out = h.Daemon(folder, sources, store=redis.address, cache=".", **more)
            world.callback(out.sweep)
            return out
        refused(other("plain"), "another huiyingd has this store")
        # One of several takes nothing from who is alone.
        machine = other("machine", cluster={"node": "n1", "lease": "1s"})
        refused(machine, "another huiyingd has this store")
        site.set("/a", m.rss([("p1", *m.numbered(m.WAGES, 1))]))
        h.wait_for(lambda: len(daemon.concerns()) == 1, 30, "the concern")
        daemon.stop()
        machine.start()
        machine.stop()
        os.remove(os.path.join(machine.folder, "spool.db"))
        os.mkdir(os.path.join(machine.folder, "spool.db"))
        refused(machine, "spool.db errno=EISDIR")


def test_what_keeps_nothing():
    """A Redis that would forget is refused, with the line to set."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        daemon = world.daemon([h.source(site, "a", "/a")], False, store=redis.address, cache=".")
        redis.say("CONFIG", "SET", "appendonly", "no")
        try:
            daemon.start()
        except AssertionError as why:
            assert "CONFIG SET appendonly yes" in str(why), why
        else:
            raise AssertionError("it started")
        redis.say("CONFIG", "SET", "appendonly", "yes")
        daemon.start()


def ledger(daemon):
    head = daemon.status()["head"]
    return h.json_lines(daemon.cli("listen", "--since", "0", "--once", str(head)).stdout)


def move(source, target, *options, status=0):
    done = h.cli("store", "migrate", source, target, "--json", *options)
    assert done.returncode == status, done
    return json.loads(done.stdout)["counts"] if not status else done.stderr


def move_shown(source, target, *options):
    """With a bar that goes to its end."""
    shown = h.on_a_terminal("store", "migrate", source, target, *options)
    done = [int(n) for n in re.findall(r"搬迁 migrate \[[#.]{30}\] +(\d+)%", shown)]
    assert done and done == sorted(done) and done[-1] == 100, shown


def test_moved_and_back():
    """A town moves from its file to Redis and back, with all that its receivers know of it."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(20)]))
        daemon = world.daemon([h.source(site, "a", "/a")])
        h.wait_for(lambda: len(daemon.concerns()) == 20, what="concerns")
        assert daemon.cli("accept", daemon.concerns()[0]["id"]).returncode == 0
        before, epoch = ledger(daemon), daemon.status()["epoch"]
        assert "a daemon has it open" in move(daemon.db, redis.address, status=75)
        daemon.stop()
        counts = move(daemon.db, redis.address)
        assert counts["concerns"] == counts["items"] == 20 and counts["events"] == len(before), counts
        assert "is not replaced" in move(daemon.db, redis.address, status=73)
        move_shown(daemon.db, redis.address, "--replace")
        checked = h.cli("store", "check", redis.address)
        assert checked.returncode == 0 and "没有问题" in checked.stdout, checked

        daemon.settings.update(store=redis.address, cache=".")
        daemon.write_config()
        daemon.start()
        assert daemon.status()["epoch"] == epoch
        assert ledger(daemon)[:len(before)] == before
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(25)]))
        h.wait_for(lambda: len(daemon.concerns()) == 25, what="more concerns")
        checked = h.cli("store", "check", redis.address)  # while the daemon runs
        assert checked.returncode == 0, checked
        after = ledger(daemon)
        daemon.stop()

        target = os.path.join(world.folder, "back.db")
        counts = move(redis.address, target)
        assert counts["items"] == 25, counts
        move_shown(redis.address, target, "--replace")
        checked = h.cli("store", "check", target)
        assert checked.returncode == 0 and "没有问题" in checked.stdout, checked
        daemon.settings.update(store="sqlite:back.db")
        daemon.write_config()
        daemon.start()
        assert ledger(daemon)[:len(after)] == after
        assert daemon.status()["epoch"] == epoch
        h.figure(events=len(after), items=25)


def test_backup_and_restore():
    """A backup of a store in Redis is a file; put back, the ledger is the same in a new epoch."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(5)]))
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".")
        h.wait_for(lambda: len(daemon.concerns()) == 5, what="concerns")
        before, epoch = ledger(daemon), daemon.status()["epoch"]
        target, store = os.path.join(world.folder, "saved.db"), ("--store", redis.address)
        daemon.stop()
        saved = h.cli("store", "backup", target, *store, "--json")
        assert saved.returncode == 0, saved
        assert json.loads(saved.stdout)["counts"]["concerns"] == 5, saved
        assert [f for f in os.listdir(world.folder) if f.startswith("saved")] == ["saved.db"]
        assert os.stat(target).st_mode & 0o777 == 0o600
        assert h.cli("store", "check", target).returncode == 0
        assert h.cli("store", "backup", target, *store).returncode == 73
        held = h.cli("store", "restore", target, *store)
        assert held.returncode == 73 and "--replace" in held.stderr, held
        damaged = os.path.join(world.folder, "damaged.db")
        with open(damaged, "wb") as f:
            f.write(b"nothing of the kind" * 1000)
        assert h.cli("store", "restore", damaged, *store, "--replace").returncode == 65
        assert h.cli("store", "check", redis.address).returncode == 0  # as it was

        with open(target, "rb") as f:
            kept = f.read()
        done = h.cli("store", "restore", target, *store, "--replace", "--json")
        assert done.returncode == 0, done
        with open(target, "rb") as f:
            assert f.read() == kept
        left = [f for f in os.listdir(world.folder) if f.startswith("saved")]
        assert left == ["saved.db"], left
        daemon.start()
        assert daemon.status()["epoch"] == json.loads(done.stdout)["epoch"] != epoch
        again = [{k: v for k, v in e.items() if k not in ("epoch", "source", "id")}
                 for e in ledger(daemon)[:len(before)]]
        assert again == [{k: v for k, v in e.items() if k not in ("epoch", "source", "id")}
                         for e in before]


def test_redacted_words_leave_the_file():
    """Redis forgets redacted words at once, and its append-only file soon after; not with the next
    hour's expiry."""
    canary = "灯笼椒金丝雀"

    def in_file():
        for folder, _, names in os.walk(redis.folder):
            for name in names:
                with contextlib.suppress(OSError), open(os.path.join(folder, name), "rb") as f:
                    if canary.encode() in f.read():
                        return True
        return False

    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        title, text = m.numbered(m.WAGES, 3)
        site.set("/a", m.rss([("p0", title, text + canary)]))
        # An hour of its clock is longer than what is waited for.
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".",
                              demonstration={"rate": 1})
        concern = h.wait_for(daemon.concerns, 30, "the concern")[0]
        item = daemon.get(f"/api/v1/concerns/{concern['id']}")["mentions"][0]["id"]
        assert in_file()
        assert daemon.cli("items", "redact", item).returncode == 0
        h.wait_for(lambda: not in_file(), 30, "the words to leave the file")


def test_damage_is_told():
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(3)]))
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".")
        h.wait_for(lambda: len(daemon.concerns()) == 3, what="concerns")
        daemon.stop()
        assert redis.say("XDEL", "{huiying}:events", "2-0") == b":1"
        checked = h.cli("store", "check", redis.address)
        assert checked.returncode == 65 and "events" in checked.stderr, checked
        move(redis.address, os.path.join(world.folder, "new.db"), status=65)
        assert not os.path.exists(os.path.join(world.folder, "new.db"))
        assert h.cli("store", "check", redis.address + "?nobody").returncode == 66


if __name__ == "__main__":
    h.main(globals())
