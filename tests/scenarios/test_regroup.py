#!/usr/bin/python3
"""Operators merge, split and move items with the real daemon: items, due times and what comes later
follow, the units concerned hear of it, a restart changes nothing, and what was merged can be split
off again.
"""
import json

import harness as h
import material as m


def view(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)


def done(daemon, *args):
    run = daemon.cli(*args)
    assert run.returncode == 0, (args, run.stdout, run.stderr)


def refused(daemon, says, *args):
    run = daemon.cli(*args)
    assert run.returncode and says in run.stderr, (args, run.stderr)


def items_of(daemon, concern):
    return {i["title"]: i["id"] for i in view(daemon, concern)["mentions"]}


def town(world):
    """Three matters in villages of their own; the first is told of by a second site, too."""
    first, second = world.site(), world.site()
    posts = {n: m.numbered(m.WAGES, n) for n in (101, 202, 303)}
    first.set("/rss", m.rss([(str(n), *post) for n, post in posts.items()]))
    second.set("/rss", m.rss([]))
    daemon = world.daemon([h.source(first, "first", "/rss"), h.source(second, "second", "/rss")])
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    ids = {n: next(c["id"] for c in daemon.concerns() if post[0] in items_of(daemon, c["id"]))
           for n, post in posts.items()}
    return daemon, ids, posts, second


def test_an_operator_groups_and_decides_nothing():
    with h.World() as world:
        daemon, ids, _, _ = town(world)
        made = daemon.cli("accounts", "add", "ops", "--role", "operator",
                          stdin="三号楼 duty officer\n")
        assert made.returncode == 0, made.stderr
        token = daemon.cli("accounts", "token", "ops").stdout.strip()

        def asked(verb, **body):
            return daemon.request("POST", f"/api/v1/concerns/{ids[101]}/{verb}", json.dumps(body),
                                  tcp=True, headers={"Authorization": "Bearer " + token,
                                                     "Content-Type": "application/json"})

        assert asked("assess", grade="major", note="核实")[0] == 403
        assert asked("merge", other=ids[202], unit="labour")[0] == 403
        status, told = asked("merge", other=ids[202])
        assert status == 200, told
        assert view(daemon, ids[101])["merged"] == ids[202]
        assert view(daemon, ids[202])["items"] == 2


def test_merged_and_split_off_again():
    with h.World() as world:
        daemon, ids, posts, second = town(world)
        one, two = ids[101], ids[202]
        own = view(daemon, one)["due"]
        due = min(own, view(daemon, two)["due"])
        refused(daemon, "协调单位", "merge", one, "--into", two, "--unit", "labour")
        refused(daemon, "other", "merge", one, "--into", one)
        done(daemon, "merge", one, "--into", two, "--note", "同一处工地")
        gone, both = view(daemon, one), view(daemon, two)
        assert (gone["state"], gone["outcome"], gone["merged"]) == ("closed", "merged", two), gone
        assert both["items"] == 2 and both["due"] == due, both
        assert set(items_of(daemon, two)) == {posts[101][0], posts[202][0]}
        assert not items_of(daemon, one)
        refused(daemon, "并入", "reopen", one, "--note", "再办")

        # what is told elsewhere of the merged one is a matter of the other, also after a restart
        assert daemon.stop() == 0
        daemon.start()
        second.set("/rss", m.rss([("a", *posts[101])]))
        done(daemon, "feeds", "poll", "second")
        h.wait_for(lambda: view(daemon, two)["items"] == 3, what="the copy")
        items = [i["id"] for i in view(daemon, two)["mentions"] if i["title"] == posts[101][0]]
        assert len(items) == 2
        refused(daemon, "留一个", "split", two, "--items",
                ",".join(i["id"] for i in view(daemon, two)["mentions"]))
        refused(daemon, "不属于", "split", two, "--items", f"{items[0]},{items[0]}")
        done(daemon, "split", two, "--items", ",".join(items))
        assert set(items_of(daemon, two)) == {posts[202][0]}
        new = next(c["id"] for c in daemon.concerns() if c["id"] not in ids.values())
        shown = view(daemon, new)
        assert (shown["items"], shown["sources"], shown["due"]) == (2, 2, own), shown
        assert shown["state"] == "open" and shown["unit"]["id"] == "labour"

        # and to the third
        done(daemon, "move", new, "--items", items[0], "--into", ids[303])
        assert view(daemon, ids[303])["items"] == 2 and view(daemon, new)["items"] == 1

        unit = world.add(h.Bus(daemon, "labour"))
        unit.hello()

        def heard():
            unit.pump()
            return [(h.kind_of(e), e["data"]["concern"], e["data"].get("other"))
                    for e in unit.events if "other" in e["data"]]
        h.wait_for(lambda: len(heard()) == 6, what="what the unit hears")
        assert heard() == [("merged", one, two), ("joined", two, one), ("split", two, new),
                           ("opened", new, two), ("moved", new, ids[303]),
                           ("joined", ids[303], new)], heard()
        # What a unit has accepted is accepted still when its merge is undone.
        done(daemon, "accept", ids[303])
        face = next(i["id"] for i in view(daemon, ids[303])["mentions"] if i["id"] != items[0])
        done(daemon, "merge", ids[303], "--into", two)
        done(daemon, "split", two, "--items", f"{face},{items[0]}")
        accepted = [c["id"] for c in daemon.concerns() if c["state"] == "accepted"]
        assert len(accepted) == 1 and accepted[0] not in ids.values(), accepted
        assert daemon.stop() == 0
        run = daemon.cli("store", "check", daemon.db)
        assert run.returncode == 0, (run.stdout, run.stderr)


if __name__ == "__main__":
    h.main(globals())
