#!/usr/bin/python3
"""A full disk: intake stops and says so, serving goes on, stopping is quick, and with room again
everything that waited is taken; nothing accepted is lost.
"""
import contextlib
import os
import subprocess

import harness as h
import material as m

ROOM = 6 << 20


@contextlib.contextmanager
def small_disk(folder):
    disk = os.path.join(folder, "disk")
    os.makedirs(disk, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", disk],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise h.Skip(f"cannot mount a tmpfs: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def fill(path):
    """Take all the room that is left."""
    with open(path, "wb") as f, contextlib.suppress(OSError):
        while f.write(b"x" * 65536):
            f.flush()


def test_a_full_disk():
    with h.World() as world:
        site = world.site()
        first = [("w1", *m.WAGES), ("f1", *m.numbered(m.FOOD, 7))]
        site.set("/a", m.rss(first))
        daemon = world.daemon([h.source(site, "a", "/a")], start=False, store="sqlite:disk/huiying.db")
        with small_disk(daemon.folder) as disk:
            daemon.start()
            try:
                full_disk(daemon, site, first, os.path.join(disk, "filler"))
            finally:
                daemon.stop()


def full_disk(daemon, site, first, filler):
    h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
    before = daemon.status()
    concern = daemon.concerns()[0]["id"]
    fill(filler)
    more = [(f"m{i}", *m.numbered(m.WAGES, 100 + i)) for i in range(40)]
    site.set("/a", m.rss(first + more))
    h.wait_for(lambda: daemon.status()["ledger"]["stalled"], 30, "the ledger to say that it is stalled")
    # Serving goes on, and what was accepted is there.
    assert len(daemon.concerns()) == 2
    assert daemon.status()["head"] == before["head"]
    refused = daemon.cli("accept", concern)
    assert refused.returncode != 0 and refused.stderr.startswith("huiying: "), refused
    assert daemon.stop(limit=10) == 0, "SIGTERM while stalled"
    daemon.start()
    h.wait_for(lambda: daemon.status()["ledger"]["stalled"], 30, "the stall to come again")
    os.unlink(filler)
    # With room again it goes on by itself.
    h.wait_for(lambda: len(daemon.concerns()) >= 42, 60, "what waited")
    after = daemon.status()
    assert not after["ledger"]["stalled"] and after["epoch"] == before["epoch"]
    events = h.json_lines(daemon.cli("listen", "--since", "0", "--once", str(after["head"])).stdout)
    assert [int(e["seq"]) for e in events] == list(range(1, after["head"] + 1))
    opened = [e["data"]["concern"] for e in events if h.kind_of(e) == "opened"]
    assert len(opened) == len(set(opened)) == 42, len(opened)
    assert daemon.cli("accept", concern).returncode == 0
    h.figure(failed_commits=after["ledger"]["failed_commits"], concerns=len(opened))


if __name__ == "__main__":
    h.main(globals())
