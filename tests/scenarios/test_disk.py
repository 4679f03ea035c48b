#!/usr/bin/python3
"""A full disk, and one that answers EIO: intake stops and says so, serving goes on, stopping is
quick, and once the disk is well again everything that waited is taken; nothing accepted is lost.
"""
import contextlib
import errno
import os
import subprocess

import faults
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
    with open(path, "wb", buffering=0) as f, contextlib.suppress(OSError):
        while f.write(b"x" * 65536):
            pass


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
    assert daemon.status()["store"]["items"] == before["store"]["items"]  # the clock may have told
    refused = daemon.cli("accept", concern)
    assert refused.returncode != 0 and refused.stderr.startswith("huiying: "), refused
    assert daemon.stop() == 0, "SIGTERM while stalled"
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


def whole(daemon, count):
    """The ledger from its first event on; each of `count` items opened a concern, once, or joined
    one."""
    head = daemon.status()["head"]
    events = h.json_lines(daemon.cli("listen", "--since", "0", "--once", str(head)).stdout)
    assert [int(e["seq"]) for e in events] == list(range(1, head + 1))
    opened = [e["data"]["concern"] for e in events if h.kind_of(e) == "opened"]
    joined = sum(h.kind_of(e) == "joined" for e in events)
    assert len(opened) == len(set(opened)) == count - joined, (len(opened), joined, count)


def fail_and_recover(daemon, site, disk, posts, field):
    """Twenty more posts while one kind of call fails; then the disk is well again."""
    before, stored = daemon.status(), len(posts)
    setattr(disk, "failed", 0)
    setattr(disk, field, errno.EIO)
    posts += [(f"{field}{i}", *m.numbered(m.WAGES, 100 + stored + i)) for i in range(20)]
    site.set("/a", m.rss(posts))
    h.wait_for(lambda: daemon.status()["ledger"]["stalled"], 30, f"the ledger to stall by {field}")
    assert disk.failed > 0
    assert daemon.status()["store"]["items"] == stored  # a reminder may have come before
    assert len(daemon.concerns()) == min(stored, 200)
    refused = daemon.cli("accept", daemon.concerns()[0]["id"])
    assert refused.returncode != 0 and refused.stderr.startswith("huiying: "), refused
    setattr(disk, field, 0)
    h.wait_for(lambda: daemon.status()["store"]["items"] == len(posts), 60, "what waited")
    after = daemon.status()
    assert not after["ledger"]["stalled"] and after["epoch"] == before["epoch"], after["ledger"]
    whole(daemon, len(posts))
    return after["ledger"]["failed_commits"]


def test_a_disk_that_answers_eio():
    with h.World() as world:
        site = world.site()
        posts = [("w1", *m.WAGES), ("f1", *m.numbered(m.FOOD, 7))]
        site.set("/a", m.rss(posts))
        disk = faults.Faults(world.folder)
        daemon = world.daemon([h.source(site, "a", "/a")], False)
        bus = None
        with disk.given():
            daemon.start()
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
        bus = world.add(h.Bus(daemon, "labour"))
        bus.hello()
        failed = {field: fail_and_recover(daemon, site, disk, posts, field)
                  for field in ("write_errno", "sync_errno")}
        # Each alert came once, in order.
        head = {u["id"]: u["head"] for u in daemon.get("/api/v1/units")["items"]}["labour"]
        bus.wait(lambda: bus.events and int(bus.events[-1]["unitseq"]) >= head, what="all alerts")
        assert [int(e["unitseq"]) for e in bus.events] == list(range(1, len(bus.events) + 1))
        assert daemon.stop() == 0
        assert h.cli("store", "check", daemon.db).returncode == 0
        h.figure(failed_commits=failed, concerns=len(posts))


def test_a_disk_that_cannot_be_read():
    """What is asked for is refused, not made up; the daemon lives, and answers again by itself."""
    with h.World() as world:
        site = world.site()
        posts = [(f"w{i}", *m.numbered(m.WAGES, i)) for i in range(150)]
        site.set("/a", m.rss(posts))
        disk = faults.Faults(world.folder)
        daemon = world.daemon([h.source(site, "a", "/a")], False)
        with disk.given():
            daemon.start()
        h.wait_for(lambda: daemon.status()["store"]["items"] == len(posts), 60, what="the items")
        concern = daemon.concerns()[0]["id"]
        disk.read_errno = errno.EIO
        # The caches hold much: of many pages some have to be read.
        answers = [daemon.request("GET", f"/api/v1/concerns/c{n}")[0] for n in range(1, 400)]
        assert disk.failed > 0 and set(answers) <= {200, 404, 500, 503}, set(answers)
        assert daemon.request("GET", "/index.html")[0] == 200
        more = [(f"x{i}", *m.numbered(m.WAGES, 500 + i)) for i in range(20)]
        site.set("/a", m.rss(posts + more))
        disk.read_errno = 0
        h.wait_for(lambda: daemon.status()["store"]["items"] == len(posts + more), 60, "the rest")
        assert daemon.get("/api/v1/concerns/" + concern)["id"] == concern
        whole(daemon, len(posts + more))
        assert daemon.stop() == 0
        assert h.cli("store", "check", daemon.db).returncode == 0
        h.figure(failed_reads=disk.failed, answers={a: answers.count(a) for a in set(answers)})


if __name__ == "__main__":
    h.main(globals())
