#!/usr/bin/python3
"""What one daemon has for itself, its store in Redis, its folder, its name: another one that comes
upon it is told, and so is the one whose place was taken."""
import contextlib
import os
import signal

import harness as h
import material as m
import redis_server


def daemon_of(world, name, sources=(), **more):
    folder = os.path.join(world.folder, name)
    os.makedirs(folder)
    daemon = h.Daemon(folder, list(sources), **{"cache": ".", **more})
    world.callback(daemon.sweep)
    return daemon


def test_one_whose_store_was_taken_ends():
    """It was cut off while another one took the store: it says so and goes, and what it was asked
    for is not done. Where Redis has lost the store, nobody took it: then it waits."""
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        site = world.site()
        site.set("/a", m.rss([("w", *m.WAGES)]))
        first = daemon_of(world, "first", [h.source(site, "a", "/a")], store=redis.address)
        second = daemon_of(world, "second", store=redis.address)
        first.start()
        h.wait_for(first.concerns, what="a concern")
        first.child.send_signal(signal.SIGSTOP)
        redis.say("CLIENT", "KILL", "TYPE", "normal")
        second.start()
        first.child.send_signal(signal.SIGCONT)
        assert first.cli("accept", first.concerns()[0]["id"]).returncode != 0
        assert first.child.wait(h.PATIENCE) == 69, first.log_tail()
        log = first.log_tail(40)
        assert "event=ledger.fenced" in log and "另一个 huiyingd 已接管这个库" in log, log
        assert second.concerns()[0]["state"] == "open", second.concerns()

        redis.say("FLUSHALL")
        assert second.cli("accept", "c1").returncode != 0
        h.wait_for(lambda: second.log_tail(40).count("event=ledger.stalled"), what="it to notice")
        assert second.child.poll() is None and "ledger.fenced" not in second.log_tail(40)


def test_each_has_a_folder_of_its_own():
    """Whatever their stores: two would write one search index and one timetable."""
    with h.World() as world:
        first = daemon_of(world, "first")
        first.start()
        for name, cache in (("second", first.folder), ("third", "../first")):
            other = daemon_of(world, name, cache=cache)
            with contextlib.suppress(AssertionError):
                other.start()
            assert other.child.poll() == 69, other.log_tail()
            assert "正在用这个文件夹" in other.log_tail() and "/first:" in other.log_tail()
        first.kill()
        other.start()  # who was killed holds nothing
        assert other.stop() == 0
        first.start()


if __name__ == "__main__":
    h.main(globals())
