#!/usr/bin/python3
"""Hundreds of hostile bodies, each through `huiying parse` and through the daemon: each ends as it
is named to end, none costs a worker or another feed, and nothing of what they hide comes out.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

import harness as h
import material as m

sys.path.insert(0, os.path.join(h.ROOT, "tests", "helpers"))
import hostile  # noqa: E402

ATTEMPTS = [b"root:x:0:", hostile.SECRET.encode(), b"in-the-environment"]


def ends(body):
    return body.end if isinstance(body.end, tuple) else (body.end,)


def leaks(data):
    return [a.decode() for a in ATTEMPTS if a in data]


def parse(body, folder):
    """(end, items, output) of `huiying parse`."""
    path = os.path.join(folder, "body")
    with open(path, "wb") as f:
        f.write(body.body)
    done = subprocess.run([h.program("huiying"), "parse", "--type", body.mime, path], check=False,
                          capture_output=True, timeout=120, env={"LC_ALL": "C.UTF-8"})
    out = done.stdout + done.stderr
    if done.returncode == 65:
        assert b": " in done.stderr, done.stderr
        return hostile.REFUSED, 0, out
    assert done.returncode == 0, (done.returncode, done.stderr[:300])
    read = json.loads(done.stdout)
    problems = read["_huiying"]["problems"]
    # Static text, Chinese first, English behind: nothing of the input is quoted.
    assert all(re.fullmatch(r"[^()]*[\u4e00-\u9fff][^()]* \([ -~]+\)", p["text"]) and
               len(p["text"]) < 160 for p in problems), problems[:3]
    return hostile.FAULTS if problems else hostile.CLEAN, len(read["items"]), out


def test_parse_ends_as_named():
    wrong, found = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for body in hostile.corpus():
            if body.board:
                continue
            try:
                end, items, out = parse(body, folder)
            except (AssertionError, ValueError, subprocess.TimeoutExpired) as why:
                wrong.append(f"{body.name}: {str(why)[:200]}")
                continue
            found[end] += 1
            if end not in ends(body) or not body.items[0] <= items <= body.items[1]:
                wrong.append(f"{body.name}: {end}, {items} items")
            wrong += [f"{body.name}: {leak} came out" for leak in leaks(out)]
    assert not wrong, f"{len(wrong)}: " + "; ".join(wrong)
    h.figure(parsed=sum(found.values()), **found)


def test_extract_survives():
    """The same bodies as pages to be read for their main text."""
    wrong, found = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "body")
        for body in hostile.corpus():
            with open(path, "wb") as f:
                f.write(body.body)
            done = subprocess.run([h.program("huiying"), "extract", path], check=False, timeout=120,
                                  capture_output=True, env={"LC_ALL": "C.UTF-8"})
            found[done.returncode] += 1
            if done.returncode not in (0, 65):
                wrong.append(f"{body.name}: {done.returncode} {done.stderr[:200]}")
            wrong += [f"{body.name}: {leak} came out" for leak in leaks(done.stdout + done.stderr)
                      if leak != hostile.SECRET]
    assert not wrong, f"{len(wrong)}: " + "; ".join(wrong)
    h.figure(extracted=found[0], refused=found[65])


def told(source):
    """How the daemon says that a body ended."""
    if source["quarantine_reason"]:
        return "quarantined: " + source["quarantine_reason"]
    problem = source["problem"] or ""
    if source["last_outcome"] not in ("body", "unchanged"):
        return f"{source['last_outcome']}: {problem}"
    return (hostile.REFUSED if "(not a feed" in problem else hostile.FAULTS if "faults" in problem
            else problem or hostile.CLEAN)


def test_daemon_ends_as_named():
    bodies = {f"h{i}": body for i, body in enumerate(hostile.corpus())}
    assert len(bodies) >= 200 and len({b.name for b in bodies.values()}) == len(bodies)
    with h.World() as world:
        site, good = world.site(), world.site("127.0.0.2")
        good.set("/good", m.rss([("g", *m.OTHER)]))
        sources = [h.source(good, "good", "/good")]
        for ident, body in bodies.items():
            site.set(f"/{ident}", body.body, body.mime)
            board = {"kind": "board", "select": m.BOARD} if body.board else {}
            sources.append({**h.source(site, ident, f"/{ident}", **board), "interval": "7d"})
        daemon = world.daemon(sources, workers=2)
        seen = {}

        def all_told():
            seen.update((s["id"], s) for s in daemon.sources())
            return all(seen[i]["polls"] for i in bodies)
        h.wait_for(all_told, 150, "every hostile poll")
        # What is committed after them was said after them: their ends are known by then.
        polls = seen["good"]["polls"]
        good.set("/good", m.rss([("n", *m.numbered(m.WAGES, 5))]))
        h.wait_for(daemon.concerns, 60, "the good source's item")
        all_told()
        wrong = []
        for ident, body in bodies.items():
            end = told(seen[ident])
            if end not in ends(body):
                wrong.append(f"{body.name}: {end}")
        assert not wrong, f"{len(wrong)}: " + "; ".join(wrong)
        assert seen["good"]["failures"] == 0 and seen["good"]["polls"] > polls > 1, seen["good"]
        status = daemon.status()
        assert status["workers"]["killed"] == 0, status
        found = [f"{leak} in {name}" for name, data in daemon.produced() for leak in leaks(data)
                 if not name.startswith("keys")]
        assert not found, found
        h.figure(hostile=len(bodies), good_polls=seen["good"]["polls"],
                 items=status["store"]["items"])


def test_daemon_does_not_read_itself():
    """An allow list that holds its own addresses does not open its own services."""
    with h.World() as world:
        daemon = world.daemon([], start=False)
        ports = {"http": daemon.http_port, "pub": daemon.bus_pub.rsplit(":", 1)[1],
                 "units": daemon.bus_units.rsplit(":", 1)[1]}
        daemon.settings["sources"] = [
            {"id": name, "name": name, "url": f"http://127.0.0.1:{port}/feed", "kind": "news",
             "interval": h.POLL} for name, port in ports.items()]
        daemon.write_config()
        daemon.start()
        for name in ports:
            h.wait_for(lambda name=name: daemon.source(name)["polls"], what="a poll")
            source = daemon.source(name)
            assert source["last_outcome"] == "refused" and "public" in source["problem"], source


if __name__ == "__main__":
    h.main(globals())
