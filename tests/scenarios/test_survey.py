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
    return re.search(r'name="token" value="([0-9a-f]+)"', page.decode()).group(1)


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
        assert "解决了吗" in page and f"../ledger/{concern}" in page and REPLY not in page
        assert not re.search(r"<(script|img|iframe|style)|https?://", page)
        for wrong in ("", "0" * 48, token(daemon, other), given[:-1]):
            assert say(daemon, concern, "no", wrong)[0] == 422, wrong
        assert say(daemon, concern, "no", given, {"Sec-Fetch-Site": "cross-site"})[0] == 422
        assert say(daemon, concern, "maybe", given)[0] == 422
        assert say(daemon, "c999", "no", given)[0] == 404
        assert say(daemon, concern, "no" * 300, given)[0] == 413
        assert view(daemon, concern)["survey"] == {"solved": 0, "not_yet": 0}
        for solved in ("yes", "yes", "no"):
            assert say(daemon, concern, solved, token(daemon, concern), tcp=solved == "yes")[0] == 303
        daemon.kill()
        daemon.start()
        assert view(daemon, concern)["survey"] == {"solved": 2, "not_yet": 1}
        assert "是 2，还没有 1" in daemon.cli("concerns", "show", concern).stdout
        assert say(daemon, concern, "no", given)[0] == 303
        assert view(daemon, concern)["state"] == "closed"
        assert say(daemon, concern, "no", token(daemon, concern))[0] == 303
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


def test_a_form_counts_once():
    with h.World() as world:
        daemon, concern, other = town(world)
        for c in (concern, other):
            assert daemon.cli("answer", c, "--url", REPLY).returncode == 0
        given = token(daemon, concern)
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        for _ in range(5): # a page that is loaded again, or a button pressed twice
            connection.request("POST", f"/survey/{concern}?lang=en", f"token={given}&solved=no", FORM)
            answer = connection.getresponse()
            told = answer.read()
            assert answer.status == 303, (answer.status, told)
            assert not answer.getheader("Set-Cookie")
            to = answer.getheader("Location")
            assert to == f"/survey/{concern}?done=1&lang=en", to
        connection.close()
        status, page = daemon.request("GET", to, tcp=True)
        page = page.decode()
        assert status == 200 and "Counted, thank you" in page and "<form" not in page, page
        assert view(daemon, concern)["survey"] == {"solved": 0, "not_yet": 1}
        assert view(daemon, concern)["state"] == "closed"
        # two people's forms are two
        first, second = token(daemon, other), token(daemon, other)
        assert [say(daemon, other, "yes", t)[0] for t in (first, second, first)] == [303] * 3
        assert view(daemon, other)["survey"]["solved"] == 2


def test_an_hour_takes_so_many():
    with h.World() as world:
        daemon, concern, _ = town(world, demonstration={"rate": 1})
        assert daemon.cli("answer", concern, "--url", REPLY).returncode == 0
        given, said = token(daemon, concern), []
        for _ in range(70): # an hour may end in between
            said.append(say(daemon, concern, "yes", token(daemon, concern))[0])
        assert 30 <= said.count(303) <= 60 and said.count(429) == 70 - said.count(303), said
        assert view(daemon, concern)["survey"]["solved"] == said.count(303)
        # what could not be counted may be sent again, within the hour that was used up
        again = [say(daemon, concern, "yes", given)[0] for _ in range(2)]
        if said.count(303) == 30 and said[-1] == 429:
            assert again == [429] * 2, (said, again)
        # Other commands are open at the socket alone.
        status, _ = daemon.request("POST", f"/api/v1/concerns/{concern}/reopen", "{}", tcp=True)
        assert status in (401, 403), status


def test_who_is_refused_reads_why_on_a_page():
    """A form of the public's comes from a browser, which shows a problem document as it stands."""
    browser = {**FORM, "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    def send(path, body, head=None):
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        try:
            connection.request("POST", path, body, head or browser)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    with h.World() as world:
        daemon, concern, _ = town(world, demonstration={"rate": 1})
        assert daemon.cli("answer", concern, "--url", REPLY).returncode == 0
        given, own = token(daemon, concern), "/survey/" + concern
        cases = [(own, f"token={'0' * 48}&solved=no", 422, "表单已过期"),
                 (own, f"token={given}&solved=maybe", 422, "yes 或 no"),
                 (f"/correct/{concern}", "token=1&wish=keep", 422, "表单已过期"),
                 (own, "token=" + "0" * 5000, 413, "内容过大"),
                 ("/survey/c999", f"token={given}&solved=no", 404, "没有这一页")]
        for path, body, want, word in cases:
            for query in ("", "?lang=en&type=large"):
                status, told, page = send(path + query, body)
                assert status == want and told["Content-Type"].startswith("text/html"), (path, page)
                assert told["Cache-Control"] == "no-store" and not told["Set-Cookie"], path
                assert not told["Retry-After"] and "<script" not in page, path
                back = f'href="{path}{query.replace("&", "&amp;")}">' + (
                    "Back to the page" if query else "回到那一页")
                assert (back in page) == (want != 404), (path, want, page)
                assert ('<body class="large"' in page) == bool(query), page
                main = page.split("<main")[1].split("</main>")[0]
                chinese = re.search("[\u4e00-\u9fff]", main)
                assert (word in main and 'role="alert"' in main) if not query else not chinese, main
            status, told, page = send(path, body, FORM)
            assert status == want and h.json.loads(page)["status"] == want, (path, page)
            assert told["Content-Type"].startswith("application/problem+json"), path

        def again():
            status, told, page = send(own, f"token={token(daemon, concern)}&solved=yes")
            assert status in (303, 429), (status, page)
            return status == 429 and (told, page)
        # an hour may end in between
        told, page = next(full for full in (again() for _ in range(70)) if full)
        assert 1 <= int(told["Retry-After"]) <= 3600 and told["Cache-Control"] == "no-store", told
        assert re.search("请等 [0-9]+ (分钟|秒)再试", page) and f'href="{own}">' in page, page
        status, told, page = send(own, f"token={token(daemon, concern)}&solved=yes", FORM)
        if status == 429:
            assert 1 <= int(told["Retry-After"]) <= 3600, told
            assert h.json.loads(page)["code"] == "again", page


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
