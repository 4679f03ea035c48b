#!/usr/bin/python3
"""The daemon on Redis: killed, its Redis killed, both at once, Redis paused, full and made a replica
for a moment. What was acked is not lost, nothing is told twice, and it goes on by itself.
"""
import json
import os
import random
import signal
import time

import harness as h
import redis_server
import test_kill

FAULTS = 100 if h.LONG else 24


def stalled(daemon):
    """By its status, or because the store cannot be asked."""
    status, body = daemon.request("GET", "/api/v1/status")
    assert status in (200, 503), (status, body)
    return status == 503 or json.loads(body)["ledger"]["stalled"]


def kill_daemon(daemon, redis):
    daemon.kill()
    daemon.start()


def kill_redis(daemon, redis):
    redis.kill()
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


if __name__ == "__main__":
    h.main(globals())
