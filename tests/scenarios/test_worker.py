#!/usr/bin/python3
"""Hostile bodies and dying workers: the worker is replaced, its feed is quarantined with a reason
that is shown, and the other feeds stay on time.
"""
import gzip
import os
import signal
import time

import harness as h
import material as m


def sanitized():
    """A sanitiser owns the address space: there is no memory limit then."""
    with open(h.program("huiying-worker"), "rb") as f:
        return b"__asan_init" in f.read()


SANITIZED = sanitized()


def workers_of(daemon):
    """Process ids of the daemon's huiying-worker children; of none that has ended."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                stat = f.read()
        except OSError:
            continue
        comm, rest = stat[stat.index("(") + 1:].rsplit(")", 1)
        state, parent = rest.split()[:2]
        if state != "Z" and int(parent) == daemon.child.pid and comm.startswith("huiying-worker"):
            found.append(int(name))
    return found


def on_time(daemon, site, path, number, limit=20):
    """A new matter on a good source becomes a concern; seconds it took."""
    before = {c["id"] for c in daemon.concerns()}
    site.set(path, m.rss([(f"n{number}", *m.numbered(m.WAGES, number))]))
    began = time.monotonic()
    h.wait_for(lambda: {c["id"] for c in daemon.concerns()} - before, limit, "the good source's item")
    return time.monotonic() - began


def fell_with_the_body(daemon, site, worker, number):
    """Kill the worker with the victim's next body in its hands; false when it had not got it yet, so
    that the next one read it."""
    items, hits = daemon.status()["store"]["items"], site.hits("/victim")
    os.kill(worker, signal.SIGSTOP)
    site.set("/victim", m.rss([(f"v{number}", *m.numbered(m.WAGES, number))]))
    h.wait_for(lambda: site.hits("/victim")[0] - site.hits("/victim")[1] > hits[0] - hits[1],
               what="the poll")
    os.kill(worker, signal.SIGKILL)
    h.wait_for(lambda: daemon.source("victim")["quarantine_reason"]
               or daemon.status()["store"]["items"] > items, what="the quarantine, or the item")
    return bool(daemon.source("victim")["quarantine_reason"])


def test_dead_worker_is_replaced_and_its_feed_quarantined():
    with h.World() as world:
        site = world.site()
        site.set("/good", m.rss([("g", *m.OTHER)]))
        site.set("/victim", m.rss([("v", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "good", "/good"), h.source(site, "victim", "/victim")])
        h.wait_for(lambda: daemon.status()["store"]["items"] >= 2, what="the first polls")
        for killed in range(1, 11):
            old = workers_of(daemon)
            assert len(old) == 1, old
            if fell_with_the_body(daemon, site, old[0], killed):
                break
        assert daemon.source("victim")["quarantine_until"], daemon.source("victim")
        took = on_time(daemon, site, "/good", 7)
        assert not daemon.source("good")["quarantine_reason"]
        fallen = daemon.status()["workers"]
        assert fallen["live"] == 1 and 1 <= fallen["killed"] <= killed, fallen
        new = workers_of(daemon)
        assert len(new) == 1 and new != old, (old, new)
        h.figure(good_source_after=f"{took:.1f}s", reason=daemon.source("victim")["quarantine_reason"])


def drip(request):
    """Bytes without end, slowly."""
    request.send_response(200)
    request.send_header("Content-Type", "application/rss+xml")
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"<rss>" + b" " * 100)
            time.sleep(0.2)
    except OSError:
        pass


def inflate(request):
    """A few kilobytes that unpack to 256 MB."""
    body = gzip.compress(b"<rss>" + b" " * (256 << 20), 9)
    request.send_response(200)
    request.send_header("Content-Type", "application/rss+xml")
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    try:
        request.wfile.write(body)
    except OSError:
        pass


def hostile_bodies():
    many = " ".join(f'a{i}="v"' for i in range(100000))
    yield "attributes", f"<rss {many}><channel><item {many}><title>x</title></item></channel></rss>"
    entities = "".join(f'<!ENTITY e{i} "{"&e%d;" % (i - 1) * 10}">' for i in range(1, 12))
    yield "entities", (f'<!DOCTYPE rss [<!ENTITY e0 "lol">{entities}]><rss version="2.0"><channel>'
                       "<item><title>&e11;</title></item></channel></rss>")
    yield "file", ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss version="2.0">'
                   "<channel><item><title>&x;</title></item></channel></rss>")
    yield "deep", "<rss><channel>" + "<a>" * 1000000
    yield "deep-json", "[" * 1000000
    yield "noise", os.urandom(1 << 20)
    yield "nul", b"<rss version='2.0'><channel><item><title>\0\0\0</title></item></channel></rss>"
    yield "html", "<table><tr><td>" * 300000
    yield "items", m.rss([(str(i), "题", "文") for i in range(30000)])
    yield "empty", ""


def test_hostile_bodies_leave_others_on_time():
    with h.World() as world:
        site = world.site()
        site.set("/good", m.rss([("g", *m.OTHER)]))
        names = []
        for name, body in hostile_bodies():
            kind = "text/html" if name == "html" else "application/xml"
            site.set(f"/{name}", body, kind)
            names.append(name)
        board = {"html": {"kind": "board", "select": m.BOARD}}
        sources = [h.source(site, n, f"/{n}", **board.get(n, {})) for n in names]
        for host, (name, answer) in enumerate((("drip", drip), ("inflate", inflate)), 2):
            other = world.site(f"127.0.0.{host}")
            other.set(f"/{name}", b"", answer=answer)
            sources.append(h.source(other, name, f"/{name}"))
            names.append(name)
        daemon = world.daemon([h.source(site, "good", "/good")] + sources, workers=2)
        slowest = max(on_time(daemon, site, "/good", 20 + i) for i in range(4))
        instant = {n for n in names if n != "drip"}
        h.wait_for(lambda: all(daemon.source(n)["polls"] for n in instant), 60, "every hostile poll")
        slowest = max(slowest, on_time(daemon, site, "/good", 40))
        status = daemon.status()
        h.wait_for(lambda: daemon.status()["workers"]["live"] == 2, what="both workers")
        assert daemon.child.poll() is None
        for n in ("drip", "inflate", "attributes", "good"):
            seen = daemon.source(n)
            print(f"# {n}: {seen['last_outcome']} {seen['problem']} {seen['quarantine_reason']}")
        with open("/etc/hostname", encoding="utf-8") as f:
            secret = f.read().strip()
        texts = b"".join(d for _, d in daemon.produced())
        assert len(secret) < 6 or secret.encode() not in texts, "a local file was read"
        assert b"in-the-environment" not in texts
        h.figure(hostile=len(names), workers_killed=status["workers"]["killed"],
                 slowest_good=f"{slowest:.1f}s")


def test_workers_are_confined():
    with h.World() as world:
        site = world.site()
        site.set("/good", m.rss([("g", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "good", "/good")])
        h.wait_for(lambda: daemon.status()["store"]["items"] >= 1, what="an item")
        pid = workers_of(daemon)[0]
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", status
        with open(f"/proc/{pid}/limits", encoding="utf-8") as f:
            limits = f.read()
        memory = next(line.split()[3] for line in limits.splitlines() if "address space" in line)
        # 512 MiB for a document, and what the program itself maps.
        assert memory == "unlimited" and SANITIZED or int(memory) <= 640 << 20, limits
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                assert b"in-the-environment" not in f.read()
            files = [os.readlink(f"/proc/{pid}/fd/{n}") for n in os.listdir(f"/proc/{pid}/fd")]
            assert not [f for f in files if f.startswith(world.folder) and f != daemon.log], files
        except PermissionError:  # it is not dumpable, and we are not root
            assert os.getuid() != 0
        workers = workers_of(daemon)
        daemon.kill()
        h.wait_for(lambda: not any(os.path.exists(f"/proc/{p}") for p in workers), 10,
                   "the workers of a killed daemon to end")


if __name__ == "__main__":
    h.main(globals())
