#!/usr/bin/python3
"""A store in Redis is backed up while its daemons run: what the copy holds, what the town notices
of it, and what is left when it cannot be made or is killed.
"""
import contextlib
import glob
import itertools
import json
import os
import signal
import subprocess
import threading
import time

import harness as h
import material as m
import redis_server
import test_cluster

DAEMONS = 3
BOARDS = 4
KILLS = 12 if h.LONG else 4


class Load:
    """New items on every board, until it is closed."""

    def __init__(self, world):
        self.boards = [world.add(test_cluster.Board(i)) for i in range(BOARDS)]
        self.numbers = itertools.count()
        self.done = threading.Event()
        self.publish()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def publish(self):
        for board in self.boards:
            board.publish([next(self.numbers) for _ in range(6)])

    def run(self):
        while not self.done.wait(0.2):
            self.publish()

    def close(self):
        self.done.set()
        self.thread.join()


def accept_all(daemon, concerns, done):
    """One after the other, until that is set."""
    for concern in concerns:
        if done.is_set():
            break
        assert daemon.cli("accept", concern["id"]).returncode == 0


def events_of(daemon, count):
    """The first ones, without what a restore changes."""
    told = h.json_lines(daemon.cli("listen", "--since", "0", "--once", str(count)).stdout)
    return [{k: v for k, v in e.items() if k not in ("epoch", "source", "id")} for e in told]


def restored(world, name, address):
    """A daemon with nothing to poll, on what was restored."""
    folder = os.path.join(world.folder, name)
    os.makedirs(folder)
    daemon = h.Daemon(folder, [], store=address, cache=".")
    world.callback(daemon.sweep)
    daemon.start()
    return daemon


def terms(daemons):
    """How often each found another leader, or began anew with its house."""
    return [open(d.log, encoding="utf-8").read().count("event=cluster.leader") for d in daemons]


def left(folder):
    return os.listdir(folder), [p for p in glob.glob("/proc/[0-9]*/cmdline")
                                if folder.encode() in read(p)]


def read(path):
    with contextlib.suppress(OSError), open(path, "rb") as f:
        return f.read()
    return b""


def test_while_three_daemons_run():
    with h.World() as world:
        load = world.add(Load(world))
        town = test_cluster.Town(world, DAEMONS, [b.source() for b in load.boards], lease="5s")
        town.redis.say("CONFIG", "SET", "repl-backlog-ttl", "1")
        town.redis.say("CONFIG", "SET", "repl-diskless-sync-delay", "2")
        town.start()
        leader = town.leader()
        h.wait_for(lambda: len(test_cluster.open_at(leader, limit=100)) >= 30, 60, "concerns")
        room = os.path.join(world.folder, "tmp")
        os.makedirs(room)
        target = os.path.join(world.folder, "night.db")
        begun, epoch, since = terms(town.daemons), leader.status()["epoch"], time.monotonic()
        before = leader.status()["head"]
        stream = h.Stream(leader, since=before)
        world.callback(stream.close)
        done = threading.Event()
        clerk = threading.Thread(target=accept_all, args=(leader, leader.concerns(limit=100), done))
        clerk.start()
        shown = h.on_a_terminal("store", "backup", target, "--store", town.redis.address,
                                env={"TMPDIR": room}, limit=60)
        done.set()
        clerk.join()
        after = leader.status()["head"]
        assert "备份 backup [##############################] 100%" in shown, shown
        assert before < after, (before, after)
        h.wait_for(lambda: stream.events, 20, "an event")
        assert left(room) == ([], []) and os.stat(target).st_mode & 0o777 == 0o600
        assert [f for f in os.listdir(world.folder) if "part" in f] == []

        # Nobody's place was taken, no replica is waited for, and nothing is begun anew; not even when
        # Redis forgets that it was asked.
        h.wait_for(lambda: town.redis.ask("INFO", "replication").count(b"repl_backlog_active:0"), 30,
                   "Redis to forget")
        head = leader.status()["head"]
        h.wait_for(lambda: leader.status()["head"] > head, 60, "more events")
        if test_cluster.Board.stalls.longest(since) > 5 / 3:  # of the lease's five seconds
            raise h.Skip("the machine stands still: a lease may have ended by that")
        assert town.leader() is leader and leader.status()["epoch"] == epoch
        assert terms(town.daemons) == begun, (terms(town.daemons), begun)
        checked = h.cli("store", "check", town.redis.address, env={"TMPDIR": room})
        assert checked.returncode == 0, checked
        assert left(room) == ([], [])
        assert b"cmdstat_sync:calls=2," in town.redis.ask("INFO", "commandstats")

        counts = json.loads(h.cli("store", "check", target, "--json").stdout)["counts"]
        assert before <= counts["events"] <= after, (before, counts, after)
        other = world.add(redis_server.Redis(world.folder, "other"))
        other.start()
        first = events_of(leader, counts["events"])
        assert [int(e["seq"]) for e in first] == list(range(1, counts["events"] + 1))
        places = [os.path.join(world.folder, "again.db"), other.address, town.redis.address + "?two"]
        for place in places:
            done = h.cli("store", "restore", target, "--store", place, "--json")
            assert done.returncode == 0, done
            done = json.loads(done.stdout)["counts"]
            assert {k: done[k] for k in ("events", "concerns", "items")} == \
                {k: counts[k] for k in ("events", "concerns", "items")}, done
        for name, place in zip(("a", "b", "c"), ["sqlite:" + places[0], *places[1:]]):
            again = restored(world, name, place)
            assert events_of(again, counts["events"]) == first
            again.stop()
        h.figure(events=counts["events"], items=counts["items"], meanwhile=after - before)


def test_of_a_replica():
    """Where there is one, it is asked in its master's place, and Sentinel sees no other replica."""
    with h.World() as world:
        ports = h.free_ports(3)
        first = world.add(redis_server.Redis(world.folder, "first", ports[0]))
        first.start()
        second = world.add(redis_server.Redis(world.folder, "second", ports[1], first))
        second.start()
        sentinel = world.add(redis_server.Sentinel(world.folder, ports[2], first))
        sentinel.start()
        load = world.add(Load(world))
        town = test_cluster.Town(world, 2, [b.source() for b in load.boards], sentinel.address,
                                 replicas=1)
        town.start()
        leader = town.leader()
        h.wait_for(lambda: len(test_cluster.open_at(leader, limit=100)) >= 20, 60, "concerns")
        target = os.path.join(world.folder, "night.db")
        before = leader.status()["head"]
        done = h.cli("store", "backup", target, "--store", sentinel.address, "--json")
        assert done.returncode == 0, done
        assert before <= json.loads(done.stdout)["counts"]["events"], (before, done)
        assert b"cmdstat_sync:calls=1," in second.ask("INFO", "commandstats")
        assert b"cmdstat_sync:" not in first.ask("INFO", "commandstats")
        # The replica is gone: then the master is asked.
        second.kill()
        h.wait_for(lambda: b"connected_slaves:0" in first.ask("INFO", "replication"), 30,
                   "the master to notice")
        os.unlink(target)
        done = h.cli("store", "backup", target, "--store", f"redis://127.0.0.1:{ports[0]}")
        assert done.returncode == 0, done
        assert b"cmdstat_sync:calls=1," in first.ask("INFO", "commandstats")


def test_killed():
    """At any moment: no server of it lives on, and its folder is gone."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(30)]))
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".")
        h.wait_for(lambda: len(daemon.concerns(limit=100)) == 30, what="concerns")
        room = os.path.join(world.folder, "tmp")
        os.makedirs(room)
        served = 0
        for i in range(KILLS):
            target = os.path.join(world.folder, f"b{i}.db")
            with subprocess.Popen([h.program("huiying"), "store", "backup", target, "--store",
                                   redis.address], env=dict(os.environ, TMPDIR=room),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                h.wait_for(lambda: os.listdir(room), 20, "its folder")
                if i % 2:  # else before its server is there
                    h.wait_for(lambda: left(room)[1] or child.poll() is not None, 20, "its server")
                time.sleep(0.01 * (i // 2))  # another moment each time
                # Its arguments are no more to be seen once it has given itself a title.
                served += bool(left(room)[1])
                child.send_signal(signal.SIGTERM if i % 4 == 3 else signal.SIGKILL)
            h.wait_for(lambda: left(room) == ([], []), 20, "all of it to go")
        assert served, "no server was there when it was killed"
        daemon.stop()
        assert h.cli("store", "check", redis.address).returncode == 0


def test_killed_while_it_writes():
    """What it had written, with words in it, goes with the next backup into that folder; what
    another one is writing stays."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(300)]))
        daemon = world.daemon([h.source(site, "a", "/a")], store=redis.address, cache=".")
        h.wait_for(lambda: b"300" in redis.ask("HGET", "{huiying}:meta", "items"), 60, "items")
        folder = os.path.join(world.folder, "backups")
        os.makedirs(folder)

        def writing(name):
            """(child, its part) that is stopped as it writes; None when it was too fast for us."""
            child = subprocess.Popen(
                [h.program("huiying"), "store", "backup", os.path.join(folder, name), "--store",
                 redis.address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            mine = f"{name}.part-{child.pid}"
            while f"{mine}.lock" not in os.listdir(folder):
                if child.poll() is not None:
                    return None
                time.sleep(0.001)
            child.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if f"{mine}.lock" in os.listdir(folder):
                return child, mine
            child.send_signal(signal.SIGCONT)
            child.wait()
            return None

        def begin(name):
            for _ in range(50):
                if found := writing(name):
                    return found
                os.unlink(os.path.join(folder, name))
            raise AssertionError("it ends before we see it write, again and again")
        living, its = begin("living.db")
        try:
            killed, part = begin("killed.db")
            killed.kill()
            killed.wait()
            assert f"{part}.lock" in os.listdir(folder)
            done = h.cli("store", "backup", os.path.join(folder, "next.db"), "--store",
                         redis.address)
            assert done.returncode == 0, done
            names = os.listdir(folder)
            assert not [n for n in names if n.startswith("killed")], names
            assert f"{its}.lock" in names and "next.db" in names, names
        finally:
            living.send_signal(signal.SIGCONT)
            assert living.wait(60) == 0
        assert sorted(os.listdir(folder)) == ["living.db", "next.db"]
        daemon.stop()


def test_what_is_in_the_way():
    with h.World() as world:
        port = h.free_ports(1)[0]
        redis = world.add(redis_server.Redis(world.folder, port=port))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(3)]))
        address = f"redis://127.0.0.1:{port}/3?town"
        daemon = world.daemon([h.source(site, "a", "/a")], store=address, cache=".")
        h.wait_for(lambda: len(daemon.concerns()) == 3, what="concerns")
        target = os.path.join(world.folder, "saved.db")

        def backup(store=address, status=0, **env):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(target)
            done = h.cli("store", "backup", target, "--store", store, env=env)
            assert done.returncode == status, done
            assert os.path.exists(target) == (not status)
            assert "part" not in "".join(os.listdir(world.folder))
            return done.stderr
        bare = os.path.join(world.folder, "bare")
        os.makedirs(bare)
        backup()  # of a database that is not the first
        assert "apt-get install redis-server" in backup(status=69, PATH=bare)
        assert h.cli("store", "check", address, env={"PATH": bare}).returncode == 0
        for right in ("sync", "replconf"):
            redis.say("ACL", "SETUSER", right, "on", ">pw", "~*", "&*", "+@all", f"-{right}")
            assert "+sync +replconf" in backup(f"redis://{right}:pw@127.0.0.1:{port}/3?town", 77)
        redis.say("ACL", "SETUSER", "least", "on", ">pw", "~*", "&*", "+@all", "-config")
        backup(f"redis://least:pw@127.0.0.1:{port}/3?town")
        redis.say("CONFIG", "SET", "repl-diskless-sync", "no")
        assert "CONFIG SET repl-diskless-sync yes" in backup(status=78)
        assert [f for f in os.listdir(redis.folder) if f.endswith(".rdb")] == []
        backup(f"redis://least:pw@127.0.0.1:{port}/3?town", 78)  # it may not ask how that is set
        redis.say("CONFIG", "SET", "repl-diskless-sync", "yes")
        backup(f"redis://127.0.0.1:{port}/3?elsewhere", 66)
        # A server here that does not take what that one sent.
        with open(os.path.join(bare, "redis-server"), "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\nexit 1\n")
        os.chmod(f.name, 0o755)
        assert "older than that Redis" in backup(status=69, PATH=bare)
        moved = h.cli("store", "migrate", address, os.path.join(world.folder, "moved.db"))
        assert moved.returncode == 75 and "go on in the old place" in moved.stderr, moved
        # With its daemons stopped it needs none of that.
        daemon.stop()
        redis.say("CONFIG", "SET", "repl-diskless-sync", "no")
        backup()
        backup(PATH=bare)


def test_an_address_that_leads_nowhere():
    """Each command says what is wrong with it and what is expected, not that a daemon is there."""
    with h.World() as world:
        port = h.free_ports(1)[0]
        redis = world.add(redis_server.Redis(world.folder, port=port))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([("w", *m.WAGES)]))
        there = f"127.0.0.1:{port}/3?town"
        daemon = world.daemon([h.source(site, "a", "/a")], store=f"redis://{there}", cache=".")
        h.wait_for(daemon.concerns, what="a concern")
        saved, other = os.path.join(world.folder, "saved.db"), os.path.join(world.folder, "other.db")
        done = h.cli("store", "backup", saved, "--store", f"redis://{there}")
        assert done.returncode == 0, done
        redis.say("ACL", "SETUSER", "reader", "on", ">pw", "~*", "&*", "+@all", "-@scripting")

        def told(address, status, *words):
            for line in (("check", address), ("backup", other, "--store", address),
                         ("migrate", address, other), ("migrate", saved, address),
                         ("restore", saved, "--store", address, "--replace")):
                done = h.cli("store", *line)
                assert done.returncode == status, (line, done)
                assert all(w in done.stderr for w in words), (line, done)
                assert "服务正在使用" not in done.stderr and "pw" not in done.stderr, (line, done)
                assert not os.path.exists(other), line
        told(f"redis://reader:pwwrong@{there}", 77, "WRONGPASS", "USER:PASSWORD@HOST")
        told(f"redis://reader:pw@{there}", 77, "NOPERM", "lacks a right")
        told(f"redis://:pw@{there}", 77, "it has no password")
        told(f"redis://127.0.0.1:{port}/99?town", 64, "没有这个编号的库", "CONFIG GET databases")
        redis.say("CONFIG", "SET", "requirepass", "pwpw")
        told(f"redis://{there}", 77, "NOAUTH", "要密码")
        done = h.cli("store", "backup", saved, "--store", f"redis://:pwpw@{there}")
        assert done.returncode == 73 and "--replace" not in done.stderr, done
        none = os.path.join(world.folder, "none.db")
        done = h.cli("store", "restore", none, "--store", f"redis://:pwpw@{there}", "--replace")
        assert done.returncode == 66 and "没有此文件" in done.stderr, done
        done = h.cli("store", "check", f"redis://:pwpw@127.0.0.1:{port}/4?town")
        assert done.returncode == 66 and "库号和前缀" in done.stderr, done


if __name__ == "__main__":
    h.main(globals())
