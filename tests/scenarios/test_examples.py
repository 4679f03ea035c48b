#!/usr/bin/python3
"""The receivers under examples/, which know huiying-bus(7) alone, against a real daemon: replay,
acknowledgement, a command, and a daemon that is restarted under them.
"""
import os
import shlex
import subprocess
import sys

import harness as h
import material as m

FOLDER = os.path.join(h.ROOT, "examples")


def build(world):
    out = os.path.join(world.folder, "receiver")
    compiler = shlex.split(os.environ.get("CC", "cc"))
    done = subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", "-o", out,
                           os.path.join(FOLDER, "receiver.c"), "-lzmq", "-ljansson"],
                          capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [out]


def addressed(command, daemon):
    names = ("server.public", "units/labour.public", "units/labour.secret")
    return [*command, daemon.bus_units, *(os.path.join(daemon.keys, name) for name in names)]


def receive(command, daemon, count, *more):
    done = subprocess.run([*addressed(command, daemon), str(count), *more],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return h.json_lines(done.stdout)


def check(world, command):
    site = world.site()
    site.set("/rss", m.rss([(f"w{i}", *m.numbered(m.WAGES, 11 + i)) for i in range(6)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")])
    h.wait_for(lambda: len(daemon.concerns()) == 6, what="six concerns")
    # The first leaves after two; the second goes on behind what is acknowledged.
    first = receive(command, daemon, 2)
    assert [e["unitseq"] for e in first] == [1, 2]
    head = next(u["head"] for u in daemon.get("/api/v1/units")["items"] if u["id"] == "labour")
    rest = receive(command, daemon, head - 2, "accept")
    assert [e["unitseq"] for e in rest] == list(range(3, head + 1)), rest
    opened = {e["data"]["concern"] for e in rest if h.kind_of(e) == "opened"}
    taken = {c["id"] for c in daemon.concerns(state="accepted")}
    assert opened and opened <= taken, (opened, taken)
    # What follows reaches one that waits, through a daemon that is killed and comes back: it greets
    # again though nothing is new, so that its unit is not taken to be offline.
    child = subprocess.Popen([*addressed(command, daemon), "100000"], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
    world.callback(child.wait)
    world.callback(child.kill)
    seen = [h.json_lines(child.stdout.readline())[0]]
    for _ in range(2):
        daemon.kill()
        daemon.start()
        h.wait_for(lambda: daemon.status()["bus"]["receivers"] == 1, 30, "a greeting")
    waiting = daemon.concerns(state="open")[0]["id"]
    assert daemon.cli("accept", waiting).returncode == 0
    while (h.kind_of(seen[-1]), seen[-1]["data"].get("concern")) != ("accepted", waiting):
        seen += h.json_lines(child.stdout.readline())
    numbers = [e["unitseq"] for e in seen]
    assert numbers == list(range(head + 1, head + 1 + len(seen))), (head, numbers)


def test_the_receiver_in_python():
    with h.World() as world:
        check(world, [sys.executable, os.path.join(FOLDER, "receiver.py")])


def test_the_receiver_in_c():
    with h.World() as world:
        check(world, build(world))


def test_neither_is_longer_than_a_page():
    for name in ("receiver.py", "receiver.c"):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
            assert len(f.readlines()) <= 60, name


if __name__ == "__main__":
    h.main(globals())
