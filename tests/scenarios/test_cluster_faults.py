#!/usr/bin/python3
"""Three daemons on a Redis with a replica behind Sentinel, killed, paused and cut off one after the
other, the master of Redis too: what was told stays, and is told once.
"""
import contextlib
import os
import random
import signal
import time

import harness as h
import many_feeds
import material as m
import redis_server
import test_cluster as c
from gate import Gate

FAULTS = 100 if h.LONG else 7
FEEDS = 10000 if h.LONG else 30
INTERVAL_S = 120 if h.LONG else 3


class Pair:
    """A master and its replica, of which the one that was killed comes back as the other's."""

    def __init__(self, world):
        ports = h.free_ports(3)
        first = world.add(redis_server.Redis(world.folder, "first", ports[0]))
        first.start()
        second = world.add(redis_server.Redis(world.folder, "second", ports[1], first))
        second.start()
        self.servers = [first, second]
        self.sentinel = world.add(redis_server.Sentinel(world.folder, ports[2], first))
        self.sentinel.start()
        self.know_replica()

    def know_replica(self):
        master = next(s for s in self.servers if s.port == self.sentinel.master_port())
        h.wait_for(lambda: b"state=online" in (master.ask("INFO", "replication") or b""), 180,
                   "the replica")
        # Sentinel makes no replica the master whose link it saw down: it looks every ten seconds.
        h.wait_for(lambda: b"\r\nok\r\n" in self.replicas(), 180, "the sentinel to know the replica")

    def replicas(self):
        answer = self.sentinel.ask("SENTINEL", "REPLICAS", "town") or b""
        return answer if answer.count(b"s_down") == 0 else b""

    def fail_over(self):
        master = next(s for s in self.servers if s.port == self.sentinel.master_port())
        other = next(s for s in self.servers if s is not master)
        master.kill()
        h.wait_for(lambda: self.sentinel.master_port() == other.port, 180, "the replica's promotion")
        h.wait_for(lambda: b"role:master" in (other.ask("INFO", "replication") or b""), 180,
                   "the new master")
        master.replica_of = other
        master.start()
        self.know_replica()


def shown_by(daemon, head):
    return {int(e["seq"]): (e["id"], e["type"], e["data"]) for e in h.json_lines(
        daemon.cli("listen", "--since", "0", "--once", str(head)).stdout)}


def test_replica_that_was_behind():
    """It takes the master's place without what was committed and shown last: that is put back."""
    with h.World() as world:
        first, second = redis_server.pair(world)
        master = os.path.join(world.folder, "master")
        os.symlink(first.socket, master)
        h.wait_for(lambda: b"state=online" in (first.ask("INFO", "replication") or b""), 60,
                   "the replica")
        site = world.site()

        def publish(count):
            site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(count)]))
        publish(3)
        town = c.Town(world, 2, [h.source(site, "a", "/a")], f"redis+unix:{master}", lease="10s")
        town.start()
        leader = town.leader()
        h.wait_for(lambda: len(c.open_at(leader)) == 3, 60, "concerns")
        head = leader.status()["head"]
        h.wait_for(lambda: second.say("HGET", "{huiying}:meta", "head") and
                   str(head).encode() in second.ask("HGET", "{huiying}:meta", "head"), 30,
                   "the replica to have them")
        second.say("REPLICAOF", "127.0.0.1", "1")
        publish(9)
        h.wait_for(lambda: len(c.open_at(leader)) == 9, 60, "concerns that the replica lacks")
        assert leader.cli("accept", leader.concerns()[0]["id"]).returncode == 0
        site.set("/a", m.rss([]))  # nothing of it can be polled again
        epoch, head = leader.status()["epoch"], leader.status()["head"]
        shown = shown_by(leader, head)
        lacking = head - int(second.ask("HGET", "{huiying}:meta", "head").split(b"\r\n")[1])
        assert lacking > 0
        # The other machine comes first to the new master, and has to leave it to who led.
        leader.child.send_signal(signal.SIGSTOP)
        first.kill()
        second.say("REPLICAOF", "NO", "ONE")
        os.unlink(master)
        os.symlink(second.socket, master)
        h.wait_for(lambda: second.ask("HGET", "{huiying}:meta", "claimed") not in (None, b"$-1\r\n"),
                   60, "the other's beat")
        leader.child.send_signal(signal.SIGCONT)
        assert town.leader() is leader
        h.wait_for(lambda: len(c.open_at(leader)) == 9, 60, "concerns that were put back")
        assert leader.status()["epoch"] == epoch
        again = shown_by(leader, head)
        lost = [s for s, e in shown.items() if again.get(s) != e]
        twice = leader.status()["head"] - head
        h.figure(shown=len(shown), lacking=lacking, lost=len(lost), twice=twice)
        assert not lost and not twice, (lost, twice)
        publish(12)
        h.wait_for(lambda: all(len(c.open_at(d)) == 12 for d in town.daemons), 60, "more concerns")
        checked = h.cli("store", "check", f"redis+unix:{master}")
        assert checked.returncode == 0, checked


def test_a_reign_that_is_gone():
    """Who led before it comes back and knows nothing of it; a machine that has shown it does."""
    with h.World() as world:
        first, second = redis_server.pair(world)
        master = os.path.join(world.folder, "master")
        os.symlink(first.socket, master)
        site = world.site()

        def publish(count):
            site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(count)]))
        publish(3)
        town = c.Town(world, 3, [h.source(site, "a", "/a")], f"redis+unix:{master}")
        town.start()
        earlier = town.leader()
        others = [d for d in town.daemons if d is not earlier]
        h.wait_for(lambda: len(c.open_at(earlier)) == 3, 60, "concerns")
        epoch, head = earlier.status()["epoch"], earlier.status()["head"]
        h.wait_for(lambda: str(head).encode() in
                   (second.ask("HGET", "{huiying}:meta", "head") or b""), 30, "the replica")
        earlier.kill()
        second.say("REPLICAOF", "127.0.0.1", "1")
        later = town.leader(others)
        witness = next(d for d in others if d is not later)
        publish(9)
        h.wait_for(lambda: all(len(c.open_at(d)) == 9 for d in others), 60, "the others' concerns")
        later.kill()
        assert town.leader([witness]) is witness  # it has beaten since it showed them
        witness.child.send_signal(signal.SIGSTOP)
        first.kill()
        second.say("REPLICAOF", "NO", "ONE")
        os.unlink(master)
        os.symlink(second.socket, master)
        earlier.start(limit=120)
        assert town.leader([earlier]) is earlier
        witness.child.send_signal(signal.SIGCONT)
        h.wait_for(lambda: all(epoch_of(d) not in (None, epoch) for d in (earlier, witness)), 60,
                   "another epoch")
        publish(12)
        h.wait_for(lambda: all(len(c.open_at(d)) == 12 for d in (earlier, witness)), 60,
                   "more concerns")


def epoch_of(daemon):
    with contextlib.suppress(OSError, h.http.client.HTTPException, ValueError, KeyError):
        return daemon.status()["epoch"]
    return None


def cut_for_a_while(gate):
    gate.cut()
    time.sleep(1.5 * float(c.LEASE[:-1]))  # longer than a lease: another one takes over
    gate.mend()


def start_town(world, feeds, pair):
    gates = [world.add(Gate(pair.sentinel)) for _ in range(3)]
    town = c.Town(world, 0, [], pair.sentinel.address)
    for i, gate in enumerate(gates, 1):
        folder = os.path.join(world.folder, f"n{i}")
        os.makedirs(folder)
        daemon = h.Daemon(folder, feeds.sources(), store=gate.address, cache=".",
                          cluster={"node": f"n{i}", "lease": c.LEASE, "replicas": 1})
        world.callback(daemon.sweep)
        town.daemons.append(daemon)
    for daemon in town.daemons:
        daemon.start(limit=120)
    return town, gates


def all_open(town, wanted):
    return len(c.open_at(town.leader(), limit=200)) >= wanted


def test_faults_of_everything():
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    h.figure(seed=seed, faults=FAULTS, feeds=FEEDS, interval_s=INTERVAL_S)
    with h.World() as world:
        pair = Pair(world)
        feeds = world.add(many_feeds.Feeds(FEEDS, INTERVAL_S))
        town, gates = start_town(world, feeds, pair)
        town.leader()
        h.wait_for(lambda: feeds.polled() == FEEDS, 600, "each feed to be polled")
        begun = time.monotonic()
        receiver = c.Receiver(town, chance)
        epoch = town.leader().status()["epoch"]
        anyone = lambda: chance.choice(town.daemons)
        leader_gate = lambda: gates[town.daemons.index(town.leader())]
        kinds = [lambda: c.kill_and_start(anyone()), lambda: c.stop_for_a_while(anyone()),
                 lambda: cut_for_a_while(chance.choice(gates)), pair.fail_over,
                 lambda: c.kill_and_start(town.leader()),
                 lambda: c.stop_for_a_while(town.leader()),
                 lambda: cut_for_a_while(leader_gate())]
        for turn in range(FAULTS):
            feeds.publish(chance.randrange(FEEDS), turn)
            receiver.pump()
            kinds[turn % len(kinds)]()
        spent = (time.monotonic() - begun) / INTERVAL_S
        gaps, early = list(feeds.gaps(begun)), feeds.early(begun)
        h.figure(polls_per_feed_and_interval=round(
            sum(len(feeds.times(i, begun)) for i in range(FEEDS)) / FEEDS / spent, 3),
            intervals=round(spent, 1), early=sum(early), early_of_one_feed=max(early), latest_in_intervals=round(max(gaps), 2),
            over_two=sum(g > 2 for g in gaps))
        # A takeover adds one poll at most, and a fault is two: whoever is back takes his share.
        assert max(early) <= 2 * FAULTS, max(early)
        if h.LONG:
            assert max(gaps) <= 2, max(gaps)
        h.wait_for(lambda: all_open(town, FAULTS), 5 * INTERVAL_S + 60, "every post's concern")
        leader = town.leader()
        head = leader.status()["head"]
        told = shown_by(leader, head)
        assert sorted(told) == list(range(1, head + 1))
        lost = [s for s, e in receiver.seen.items() if told.get(s) != e]
        twice = len(leader.concerns(limit=200)) - FAULTS
        h.figure(events=head, shown=len(receiver.seen), lost=len(lost), twice=twice)
        assert not lost and not twice, (lost, twice)
        assert leader.status()["epoch"] == epoch
        checked = h.cli("store", "check", pair.sentinel.address, limit=120)
        assert checked.returncode == 0, checked


if __name__ == "__main__":
    h.main(globals())
