#!/usr/bin/python3
"""Concerns that are like one are found however old they are; while the index of them cannot answer,
the latest are compared, and the answer says so."""
import os
import shutil
import time

import harness as h
import material as m
import redis_server

NEWER = 320  # more than are compared without the index
ONE = [("1", *m.WAGES), ("2", *m.WAGES)]


def similar(daemon, ident, **more):
    return daemon.get(f"/api/v1/concerns/{ident}/similar" + ("?limit=20" if more else ""))


def parted(world, **more):
    """(site, daemon, concern, its twin): one text in two concerns, the older of which the index will
    have to find."""
    site = world.site()
    site.set("/rss", m.rss(ONE))
    daemon = world.daemon([h.source(site, "rss", "/rss", region="350199")], **more)
    first = h.wait_for(lambda: next((c for c in daemon.concerns() if c["items"] == 2), None),
                       what="both items")
    ids = [c["id"] for c in daemon.get("/api/v1/concerns/" + first["id"])["mentions"]]
    done = daemon.cli("split", first["id"], "--items", ids[0])
    assert done.returncode == 0, done.stderr
    twin = next(c["id"] for c in daemon.concerns() if c["id"] != first["id"])
    return site, daemon, first["id"], twin


def add_newer(site, daemon):
    for begin in range(0, NEWER, 80):
        posts = [(str(10 + i), *m.numbered(m.WAGES, 101 * i)) for i in range(begin, begin + 80)]
        site.set("/rss", m.rss(posts))
        assert daemon.request("POST", "/api/v1/sources/rss/poll")[0] == 200
        h.wait_for(lambda: daemon.status()["store"]["items"] == 2 + begin + 80, 120,
                   f"posts behind {begin}")
    assert daemon.status()["store"]["concerns"] > 310, daemon.status()


def caught_up(daemon, ident):
    return h.wait_for(lambda: (page := similar(daemon, ident))["behind"] == 0 and page, 60,
                      "the index")


def figure(daemon, ident, store):
    began = time.monotonic()
    for _ in range(20):
        similar(daemon, ident)
    h.figure(store=store, concerns=daemon.status()["store"]["concerns"],
             ms_each=round(50 * (time.monotonic() - began), 2))


def test_an_old_one_is_found():
    with h.World() as world:
        site, daemon, one, twin = parted(world)
        add_newer(site, daemon)
        page = caught_up(daemon, one)
        told = page["items"]
        assert told[0]["id"] == twin and len(told) == 8, [c["id"] for c in told]
        why = told[0]["likeness"]
        assert why["joins"] and why["copy"] and why["score"] == 100 and why["place"] == "same", why
        assert similar(daemon, twin)["items"][0]["id"] == one
        figure(daemon, one, "SQLite")
        done = daemon.cli("merge", twin, "--into", one)
        assert done.returncode == 0, done.stderr
        assert twin not in [c["id"] for c in similar(daemon, one)["items"]]


def test_without_an_index_it_says_so():
    with h.World() as world:
        site, daemon, one, twin = parted(world)
        assert caught_up(daemon, one)["items"][0]["id"] == twin
        assert daemon.stop() == 0
        path = os.path.join(daemon.folder, "search.db")
        for end in ("-wal", "-shm"):
            if os.path.exists(path + end):
                os.remove(path + end)
        os.remove(path)
        os.mkdir(path)  # it cannot be made again
        daemon.start()
        page = similar(daemon, one)
        assert page["behind"] is None and page["items"][0]["id"] == twin, page
        shutil.rmtree(path)
        assert caught_up(daemon, one)["items"][0]["id"] == twin


def test_erased_ones_are_compared_no_more():
    with h.World() as world:
        _, daemon, one, twin = parted(world)
        assert caught_up(daemon, one)["items"][0]["id"] == twin
        done = daemon.cli("erase", twin, "--code", "asked")
        assert done.returncode == 0, done.stderr
        assert twin not in [c["id"] for c in caught_up(daemon, one)["items"]]


def test_of_a_ledger_in_redis():
    with h.World() as world:
        server = world.add(redis_server.Redis(world.folder))
        server.start()
        site, daemon, one, twin = parted(world, store=server.address, cache=".")
        add_newer(site, daemon)
        told = caught_up(daemon, one)["items"]
        assert told[0]["id"] == twin, [c["id"] for c in told]
        figure(daemon, one, "Redis")


if __name__ == "__main__":
    h.main(globals())
