#!/usr/bin/python3
"""Rows "api": what the daemon answers under wrk for each second of its own CPU time, over a ledger
of so many items with so many open concerns.

  bench_api.py [ITEMS [CONCERNS [ANSWERED]]]

With so many older concerns that are answered.

All on loopback. The CPU is the daemon's whole, user and system, every thread; wrk's is not in it.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenarios"))
import harness as h
import material as m

ITEMS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
CONCERNS = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
ANSWERED = int(sys.argv[3]) if len(sys.argv) > 3 else 0
SECONDS, REACH, SCRAPES, ASKED = 8, 5000, 40, 50
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def wrk(daemon, path, *more, seconds=SECONDS, connections=16):
    """One run: what wrk says, and the daemon's CPU over it."""
    before = daemon.cpu_ms()
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *more,
                          f"http://localhost:{daemon.http_port}{path}"],
                         capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    cpu = (daemon.cpu_ms() - before) / 1000
    done, taken = re.search(r"(\d+) requests in ([\d.]+)s", out).groups()
    late = {p: round(float(n) * UNITS[u], 2)
            for p, n, u in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)$", out, re.M)}
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    failed = re.search(r"Socket errors: (.*)", out)
    return {"requests": int(done), "per_s": round(int(done) / float(taken)),
            "per_core_s": round(int(done) / cpu), "daemon_cpu_s": round(cpu, 2),
            "p50_ms": late.get("50"), "p99_ms": late.get("99"),
            "refused": int(refused.group(1)) if refused else 0,
            "socket_errors": failed.group(1) if failed else None}


def row(name, **values):
    print(json.dumps({"row": name, **values}, ensure_ascii=False), flush=True)


def settle(daemon):
    """Until it rests: what lags behind the ledger has been done."""
    last = [daemon.cpu_ms(), time.monotonic()]

    def rests():
        if time.monotonic() - last[1] < 2:
            return False
        spent = daemon.cpu_ms() - last[0]
        last[:] = [daemon.cpu_ms(), time.monotonic()]
        return spent < 60
    h.wait_for(rests, 900, "the daemon to rest")


class Acts:
    """A concern after the other is accepted, some a second, until it is closed."""

    def __init__(self, daemon, each):
        self.daemon, self.each, self.done, self.stop = daemon, each, 0, threading.Event()
        self.wanted = iter(daemon.concerns(state="open", order="newest"))
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stop.wait(self.each):
            concern = next(self.wanted)
            self.done += self.daemon.request("POST", f"/api/v1/concerns/{concern['id']}/accept",
                                             json.dumps({"unit": concern["unit"]["id"]}),
                                             headers={"Content-Type": "application/json"})[0] == 200

    def close(self):
        self.stop.set()
        self.thread.join()


def lists(daemon):
    path = "/api/v1/concerns?limit=50"
    length = len(daemon.request("GET", path, tcp=True)[1])
    status = daemon.status()["store"]
    known = {"items": status["items"], "open": status["open"], "body_bytes": length}
    gzip = ["-H", "Accept-Encoding: gzip"]
    reach = {"per_core_s": REACH}
    row("api: concerns, a page of 50", **known, **wrk(daemon, path), reach=reach)
    row("api: concerns, a page of 50, as gzip", **known, **wrk(daemon, path, *gzip), reach=reach)
    acts = Acts(daemon, 0.1)
    try:
        got = wrk(daemon, path)
    finally:
        acts.close()
    row("api: concerns, a page of 50, while units act", acts=acts.done, **known, **got, reach=reach)


def pages(daemon):
    """Pages that are made of the whole ledger: how long one holds the thread that makes it."""
    now = daemon.status()
    month, events = now["now"][:7], {"events": now["head"], "open": now["store"]["open"]}
    for name, path in (("the overview", "/overview"), ("the day's report", "/reports/daily"),
                       ("the month's report", f"/reports/month/{month}"),
                       ("the public list", "/ledger?state=closed"), ("metrics", "/metrics")):
        row(f"api: {name}", **events, **wrk(daemon, path, seconds=2, connections=1),
            reach={"p99_ms": 50})


def similar(daemon):
    """The page of a concern asks for it: of some, each once."""
    ids = [c["id"] for order in ("due", "newest") for c in daemon.concerns(order=order, limit=ASKED // 2)]
    took = []
    for ident in ids:
        began = time.monotonic()
        status, body = daemon.request("GET", f"/api/v1/concerns/{ident}/similar")
        took.append((time.monotonic() - began) * 1000)
        assert status == 200 and json.loads(body).get("behind", 0) == 0, body
    took.sort()
    row("api: similar concerns", **{k: daemon.status()["store"][k] for k in ("items", "concerns", "open")},
        asked=len(took), median_ms=round(took[len(took) // 2], 2), worst_ms=round(took[-1], 2),
        **wrk(daemon, f"/api/v1/concerns/{ids[0]}/similar", seconds=2, connections=1),
        reach={"worst_ms": 50})


def scrapes(daemon):
    """Each after a commit: the first one to tell of it."""
    took = []
    wanted = (c for c in daemon.concerns(state="open", order="newest") if c["state"] == "open")
    for _ in range(SCRAPES):
        concern = next(wanted)
        accepted = daemon.request("POST", f"/api/v1/concerns/{concern['id']}/accept",
                                  json.dumps({"unit": concern["unit"]["id"]}),
                                  headers={"Content-Type": "application/json"})
        assert accepted[0] == 200, accepted
        began = time.monotonic()
        assert daemon.request("GET", "/metrics", tcp=True)[0] == 200
        took.append((time.monotonic() - began) * 1000)
    took.sort()
    row("api: metrics, after a commit each", open=daemon.status()["store"]["open"],
        median_ms=round(took[SCRAPES // 2], 2), worst_ms=round(took[-1], 2),
        reach={"worst_ms": 20})


def by_token(daemon):
    """Who asks is looked up each time."""
    for more, given in ((("add", "bench", "--role", "coordinator"), "three bridges, one river\n"),
                        (("token", "bench"), "")):
        done = daemon.cli("accounts", *more, stdin=given)
        assert done.returncode == 0, done.stderr
    head = ["-H", "Authorization: Bearer " + done.stdout.strip()]
    settle(daemon)
    row("api: concerns, a page of 50, by token", **wrk(daemon, "/api/v1/concerns?limit=50", *head),
        reach={"per_core_s": REACH})


def nonsense(world, daemon, site, bus):
    """All that is offered is refused, and every alert is delivered."""
    posts, made = [], 0

    def deliver():
        nonlocal made
        before = daemon.status()["store"]["items"]
        made += 1
        posts.append((f"n{made}", *m.numbered(m.WAGES, made)))
        site.set("/rss", m.rss(posts[-20:]))
        assert daemon.request("POST", "/api/v1/sources/rss/poll")[0] == 200
        h.wait_for(lambda: daemon.status()["store"]["items"] > before, 60, f"post {made}")
        head = next(u["head"] for u in daemon.get("/api/v1/units")["items"] if u["id"] == "labour")
        bus.wait(lambda: bus.events and bus.events[-1]["unitseq"] >= head, 60, f"alert {made}")

    deliver()
    first, alerts = bus.events[-1]["unitseq"], len(bus.events)
    answers = {}  # latencies of answers that come many at once say nothing
    flood = threading.Thread(target=lambda: answers.update(
        wrk(daemon, "/", "-s", os.path.join(ROOT, "tests", "bench", "nonsense.lua"),
            seconds=SECONDS * 2)))
    flood.start()
    while flood.is_alive():
        deliver()
    flood.join()
    came = [e["unitseq"] for e in bus.events[alerts:]]
    lost = bus.events[-1]["unitseq"] - first - len(set(came))
    del answers["p50_ms"], answers["p99_ms"]
    row("api: nonsense while alerts are delivered", alerts=made - 1, lost=lost, **answers,
        reach={"per_s": 10000, "lost": 0})
    assert lost == 0 and answers["refused"] == answers["requests"]


def main():
    if not shutil.which("wrk"):
        raise SystemExit("make bench-api: wrk 未安装 (is missing)")
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([]))
        daemon = world.daemon([h.source(site, "rss", "/rss", region="350199")], start=False,
                              demonstration={"rate": 1})
        began = time.monotonic()
        subprocess.run([h.program("tests/bench/api_ledger"), daemon.config, str(ITEMS),
                        str(CONCERNS), str(ANSWERED)], check=True, stdout=subprocess.DEVNULL)
        print(f"# ledger made in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        daemon.start(limit=120, huiyingd=os.environ.get("BENCH_HUIYINGD"))
        settle(daemon)
        print(f"# rests after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        lists(daemon)
        pages(daemon)
        similar(daemon)
        scrapes(daemon)
        bus = world.add(h.Bus(daemon, "labour"))
        head = next(u["head"] for u in daemon.get("/api/v1/units")["items"] if u["id"] == "labour")
        bus.hello(epoch=daemon.status()["epoch"], last=head)
        nonsense(world, daemon, site, bus)
        by_token(daemon)


if __name__ == "__main__":
    main()
