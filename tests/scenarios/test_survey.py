#!/usr/bin/python3
"""回访 in the real daemon: anybody may say whether a reply solved the matter, nothing is kept of who
does, and enough of 还没有 reopen the concern by themselves.
"""
import re

import harness as h
import material as m

REPLY = "https://www.example.gov.cn/hf/1.html"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], **more)
    h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
    ids = {c["topic"]["id"]: c["id"] for c in daemon.concerns()}
    return daemon, ids["wage-arrears"], ids["epidemic"]


def view(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)


def token(daemon, concern):
    status, page = daemon.request("GET", "/survey/" + concern, tcp=True)
    assert status == 200, page
    return re.search(r'name="token" value="([0-9a-f]{32})"', page.decode()).group(1)


def say(daemon, concern, solved, given, headers=None, tcp=True):
    return daemon.request("POST", "/survey/" + concern, f"token={given}&solved={solved}", tcp=tcp,
                          headers={**FORM, **(headers or {})})


def test_enough_of_not_yet_reopen():
    with h.World() as world:
        daemon, concern, other = town(world)
        page = daemon.request("GET", "/survey/" + concern, tcp=True)[1].decode()
        assert "<form" not in page, "there is no reply yet"
        for c in (concern, other):
            assert daemon.cli("answer", c, "--url", REPLY).returncode == 0
        given = token(daemon, concern)
        page = daemon.request("GET", "/survey/" + concern, tcp=True)[1].decode()
        assert "解决了吗" in page and REPLY in page
        assert not re.search(r"<(script|img|iframe|style|link)|[Cc]ookie", page)
        for wrong in ("", "0" * 32, token(daemon, other), given[:-1]):
            assert say(daemon, concern, "no", wrong)[0] == 422, wrong
        assert say(daemon, concern, "no", given, {"Sec-Fetch-Site": "cross-site"})[0] == 422
        assert say(daemon, concern, "maybe", given)[0] == 422
        assert say(daemon, "c999", "no", given)[0] == 404
        assert say(daemon, concern, "no" * 300, given)[0] == 413
        assert view(daemon, concern)["survey"] == {"solved": 0, "not_yet": 0}
        for solved in ("yes", "yes", "no"):
            assert say(daemon, concern, solved, given, tcp=solved == "yes")[0] == 200
        daemon.kill()
        daemon.start()
        assert view(daemon, concern)["survey"] == {"solved": 2, "not_yet": 1}
        assert "是 2，还没有 1" in daemon.cli("concerns", "show", concern).stdout
        assert say(daemon, concern, "no", given)[0] == 200
        assert view(daemon, concern)["state"] == "closed"
        assert say(daemon, concern, "no", given)[0] == 200
        shown = view(daemon, concern)
        assert shown["round"] == 2 and shown["state"] == "open" and not shown["reply_url"]
        events = {h.kind_of(e): e["data"] for e in shown["events"]}
        assert (events["surveyed"]["before"], events["surveyed"]["after"]) == (3, 2)
        assert events["reopened"]["code"] == "survey" and "by" not in events["reopened"]
        assert daemon.status()["store"]["reopened"] == {"hand": 0, "survey": 1, "posts": 0}
        assert say(daemon, concern, "no", given)[0] in (409, 422), "of the round before"
        daemon.stop()
        checked = h.cli("store", "check", daemon.db)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        # No address, agent or form of anybody is in what the daemon wrote.
        for name, content in daemon.produced():
            assert given.encode() not in content and b"Sec-Fetch" not in content, name


def test_an_hour_takes_so_many():
    with h.World() as world:
        daemon, concern, _ = town(world, demonstration={"rate": 1})
        assert daemon.cli("answer", concern, "--url", REPLY).returncode == 0
        given, said = token(daemon, concern), []
        for _ in range(70): # an hour may end in between
            said.append(say(daemon, concern, "yes", given)[0])
        assert 30 <= said.count(200) <= 60 and said.count(429) == 70 - said.count(200), said
        assert view(daemon, concern)["survey"]["solved"] == said.count(200)
        # Other commands are open at the socket alone.
        status, _ = daemon.request("POST", f"/api/v1/concerns/{concern}/reopen", "{}", tcp=True)
        assert status in (401, 403), status


def undated(items):
    """The daemon's clock runs ahead: what says no date is of when it was found."""
    return re.sub("<pubDate>[^<]*</pubDate>", "", m.rss(items))


def test_later_posts_reopen():
    with h.World() as world:
        one, two = world.site(), world.site("127.0.0.2")
        one.set("/rss", m.rss([("1", *m.WAGES)]))
        two.set("/rss", m.rss([("9", *m.OTHER)]))
        daemon = world.daemon([h.source(one, "one", "/rss"), h.source(two, "two", "/rss")])
        concern = h.wait_for(daemon.concerns, what="the concern")[0]["id"]
        h.wait_for(lambda: two.hits("/rss")[0], what="the other feed")
        assert daemon.cli("answer", concern, "--url", REPLY).returncode == 0
        one.set("/rss", undated([("1", *m.WAGES), ("2", *m.AGAIN[0]), ("3", *m.AGAIN[1])]))
        beside = h.wait_for(lambda: [c for c in daemon.concerns() if c["related"] == concern and
                                     c["items"] == 2], 60, "two more items")
        assert [c["state"] for c in beside] == ["open"], "new complaints wait without a clock"
        assert view(daemon, concern)["state"] == "closed", "of one source"
        two.set("/rss", undated([("9", *m.OTHER), ("4", *m.AGAIN[2])]))
        h.wait_for(lambda: view(daemon, concern)["round"] == 2, 60, "its being reopened")
        told = [e["data"] for e in view(daemon, concern)["events"] if h.kind_of(e) == "reopened"]
        assert [(d["code"], d["before"], d["after"]) for d in told] == [("posts", 2, 3)]
        assert daemon.status()["store"]["reopened"]["posts"] == 1
        # Both are open now: the desk puts them together, with the earlier due time of both.
        assert [d["other"] for d in told] == [beside[0]["id"]], told
        dues = [view(daemon, c)["due"] for c in (concern, beside[0]["id"])]
        printed = daemon.cli("concerns", "show", beside[0]["id"]).stdout
        assert re.search(f"^再次反映 +{concern}$", printed, re.M), printed
        assert daemon.cli("merge", beside[0]["id"], "--into", concern).returncode == 0
        whole = view(daemon, concern)
        assert (whole["state"], whole["round"], whole["items"]) == ("open", 2, 4), whole
        assert whole["due"] == min(dues), (whole["due"], dues)


if __name__ == "__main__":
    h.main(globals())
