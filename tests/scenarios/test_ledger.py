#!/usr/bin/python3
"""回应公示 and the statistics in the real daemon: what anybody may read, composed and coarsened; no
post, no person, no script; counts that a restart makes anew from the ledger.
"""
import csv
import io
import json
import os
import re
import xml.etree.ElementTree as ET

import harness as h
import material as m

REPLY = "https://www.example.gov.cn/hf/1.html"
CANARY = "canarylink7391"
TITLE, TEXT = "金丝雀标题河西工地拖欠工资", "金丝雀正文：老板拖欠工资已经半年，求助，请帮我们讨薪。"
PAGES = ("/ledger", "/ledger.atom", "/ledger.csv", "/ledger.json", "/ledger/rules",
         "/ledger/sources", "/privacy")


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss([(CANARY, TITLE, TEXT), ("2", *m.FLU), ("3", *m.FOOD)]))
    daemon = world.daemon([h.source(site, "rss", "/rss", region="350199")], **more)
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    return site, daemon, {c["topic"]["id"]: c["id"] for c in daemon.concerns()}


def page(daemon, path, status=200):
    """As anybody gets it."""
    got, body = daemon.request("GET", path, tcp=True)
    assert got == status, (path, got, body[:300])
    return body.decode()


def statistics(daemon, **query):
    return daemon.counted("?" + "&".join(f"{k}={v}" for k, v in query.items()))


def rows(daemon, **query):
    return {r["key"]: r for r in statistics(daemon, **query)["rows"]}


def ok(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_first_event_takes_no_page_away():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        assert statistics(daemon)["rows"] == []
        site.set("/rss", m.rss([("1", *m.WAGES)]))

        def counted():
            assert "近 24 小时" in page(daemon, "/overview")
            told = daemon.get("/api/v1/statistics")
            return [r["counts"]["opened"] for r in told["rows"]] == [1]
        h.wait_for(counted, what="the first concern to be counted")


def test_counts_follow_the_ledger_and_survive_a_restart():
    with h.World() as world:
        _, daemon, ids = town(world)
        wages, flu, food = (ids[t] for t in ("wage-arrears", "epidemic", "food-drug-safety"))
        ok(daemon.cli("accept", wages))
        ok(daemon.cli("answer", wages, "--url", REPLY))
        ok(daemon.cli("decline", flu, "--unit", "health", "--note", "不属于本单位"))
        ok(daemon.cli("reassign", flu, "--to", "county"))
        ok(daemon.cli("dismiss", food, "--code", "advertisement"))
        for solved in ("yes", "no", "yes"):
            token = re.search(r'name="token" value="(\w+)"', page(daemon, "/survey/" + wages)).group(1)
            status, _ = daemon.request("POST", "/survey/" + wages, f"token={token}&solved={solved}",
                                       headers={"Content-Type": "application/x-www-form-urlencoded"})
            assert status == 303
        h.wait_for(lambda: rows(daemon)[""]["counts"]["not_yet"] == 1, what="the survey")
        units, whole = rows(daemon, by="unit"), rows(daemon)[""]
        assert whole["counts"]["opened"] == 3 and whole["counts"]["open"] == 1
        assert whole["counts"]["advertisement"] == 1 and whole["counts"]["full"] == 1
        assert whole["rates"]["solved"] == {"rate": 0.667, "n": 3}
        assert whole["rates"]["answered_in_time"] == {"rate": 1.0, "n": 1}
        assert whole["median_answer"]["n"] == 1 and whole["rank"] is None
        assert units["health"]["rates"]["declined"] == {"rate": 1.0, "n": 1}
        assert units["health"]["counts"]["opened"] == 0 and units["county"]["counts"]["opened"] == 1
        assert units["labour"]["name"] == "人社所" and units["labour"]["counts"]["answered"] == 1
        topics = rows(daemon, by="topic")
        assert topics["wage-arrears"]["rates"]["accepted_in_time"] == {"rate": 1.0, "n": 1}
        assert list(rows(daemon, by="region")) == ["350199"]
        months = statistics(daemon, month="each")["rows"]
        assert sum(r["counts"]["opened"] for r in months) == 3
        this = months[-1]["month"]
        assert rows(daemon, by="unit", month=this)["labour"]["counts"] == units["labour"]["counts"]
        assert statistics(daemon, by="unit", month="2001-01")["rows"] == []
        ok(daemon.cli("reopen", wages, "--note", "未解决"))
        before = [statistics(daemon, by=by)["rows"] for by in ("all", "unit", "topic", "region")]
        assert before[0][0]["counts"]["reopened"] == 1 and before[0][0]["counts"]["open"] == 2
        daemon.kill()
        daemon.start()
        after = [statistics(daemon, by=by)["rows"] for by in ("all", "unit", "topic", "region")]
        assert after == before, "counted step by step, and all at once"


def test_overdue_is_counted_by_the_original_due_time():
    with h.World() as world:
        _, daemon, ids = town(world, demonstration={"rate": 3600})
        h.wait_for(lambda: rows(daemon, by="unit").get("labour", {}).get("counts", {})
                   .get("overdue") == 1, limit=120, what="an overdue reply")
        labour = rows(daemon, by="unit")["labour"]
        assert labour["rates"]["answered_in_time"] == {"rate": 0.0, "n": 1}
        ok(daemon.cli("answer", ids["wage-arrears"], "--url", REPLY))
        labour = rows(daemon, by="unit")["labour"]
        assert labour["counts"]["overdue"] == 0
        assert labour["rates"]["answered_in_time"] == {"rate": 0.0, "n": 1}
        assert "超期答复" in page(daemon, "/ledger/" + ids["wage-arrears"])


def test_wrong_questions():
    with h.World() as world:
        _, daemon, _ = town(world)
        for wrong in ("/api/v1/statistics?by=person", "/api/v1/statistics?month=11",
                      "/api/v1/statistics?month=2026-13", "/api/v1/statistics?key=%21",
                      "/ledger?topic=%3Cscript%3E", "/ledger?state=x", "/ledger?month=x",
                      "/ledger?cursor=x", "/ledger.csv?limit=1001", "/ledger/sources?from=x"):
            status, body = daemon.request("GET", wrong, tcp=True)
            assert status == 400 and b"script" not in body, (wrong, status)
        for gone in ("/ledger/c999", "/ledger/month/2026-13", "/ledger/month/x", "/ledger/x"):
            assert daemon.request("GET", gone, tcp=True)[0] == 404, gone


def check_html(text):
    """Nothing that runs but what reads aloud, is fetched from elsewhere, or says who looks."""
    own = '<script type="module" src="(../)*js/ledger.js"></script>'.replace(".", r"\.")
    text = re.sub(own, "", text)
    assert not re.search(r"<(script|img|iframe|style|object|embed)|\son\w+=|style=|[Cc]ookie=", text)
    links = re.findall(r'(?:href|src|action)="([^"]*)"', text)
    away = [u for u in links if re.match(r"\w+:", u)]
    assert all(u == REPLY for u in away), away
    assert text.count("<h1>") == 1 and "<main" in text and "lang=" in text


def test_no_post_is_in_the_open():
    with h.World() as world:
        _, daemon, ids = town(world)
        for concern in ids.values():
            ok(daemon.cli("answer", concern, "--url", REPLY, "--note", "金丝雀附言"))
        statistics(daemon)
        month = statistics(daemon, month="each")["rows"][-1]["month"]
        paths = [*PAGES, f"/ledger/month/{month}", *(f"/ledger/{c}" for c in ids.values())]
        paths += [p + ("&" if "?" in p else "?") + q for p in paths
                  for q in ("lang=en", "type=large", "lang=en&type=large")]
        paths += ["/api/v1/statistics?by=region", "/ledger?state=closed&topic=wage-arrears"]
        for path in paths:
            text = page(daemon, path)
            for canary in ("金丝雀", CANARY, "site.example", "河西工地", *m.FLU, *m.FOOD):
                assert canary not in text, (path, canary)
            if "html" in text[:20]:
                check_html(text)
        for path in PAGES:
            connection = daemon_headers(daemon, path)
            assert "Set-Cookie" not in connection
            policy = connection["Content-Security-Policy"]
            assert "unsafe" not in policy and "default-src 'none'" in policy, (path, policy)
            if "." not in path:  # a page's script asks for nothing
                assert "connect-src" not in policy and "script-src 'self';" in policy, (path, policy)


def daemon_headers(daemon, path):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return dict(answer.getheaders())


def test_a_reply_under_the_post_is_not_linked():
    with h.World() as world:
        _, daemon, ids = town(world)
        concern = ids["wage-arrears"]
        own = daemon.get("/api/v1/concerns/" + concern)["mentions"][0]["link"]
        assert CANARY in own
        ok(daemon.cli("answer", concern, "--url", own + "#reply"))
        text = page(daemon, "/ledger/" + concern)
        assert CANARY not in text and "不链接到来帖" in text
        ok(daemon.cli("reopen", concern, "--note", "未解决"))
        ok(daemon.cli("answer", concern, "--url", REPLY))
        text = page(daemon, "/ledger/" + concern)
        assert REPLY in text and f"../survey/{concern}" in text
        assert re.search(r"轮次</dt><dd>2", text) and "重开" in text


STREET = {
    "wage-arrears": ("米市巷街道工地拖欠工资半年",
                     "我们在杭州市拱墅区米市巷街道干活，老板拖欠工资已经半年，求助，请帮我们讨薪。"),
    "epidemic": ("米市巷街道小学好多孩子发烧",
                 "杭州市拱墅区米市巷街道小学里很多孩子发热呕吐，是不是流感疫情，请卫生部门来查一查。"),
}


def street(world, topic, sources):
    """The page of a matter that so many sources raise in one street."""
    site = world.site()
    for n in range(sources):
        site.set(f"/{n}", m.rss([(f"street{n}", *STREET[topic])]))
    daemon = world.daemon([h.source(site, f"s{n}", f"/{n}") for n in range(sources)], home="330105")
    concern = h.wait_for(lambda: [c for c in daemon.concerns() if c["items"] == sources],
                         what=f"{sources} items")[0]
    assert concern["region"]["code"] == "330105001" and concern["topic"]["id"] == topic
    return daemon, page(daemon, "/ledger/" + concern["id"])


def test_the_place_is_told_by_how_many_and_what():
    """A street is named when three have raised the matter there, and never for health."""
    with h.World() as world:
        _, text = street(world, "wage-arrears", 3)
        assert "米市巷" in text
    with h.World() as world:
        _, text = street(world, "epidemic", 3)
        assert "米市巷" not in text and "拱墅区" in text
    with h.World() as world:
        daemon, text = street(world, "wage-arrears", 2)
        assert "米市巷" not in text and "拱墅区" in text
        for path in ("/ledger", "/ledger.json", "/ledger.csv", "/ledger.atom"):
            text = page(daemon, path)
            assert "米市巷" not in text and "拱墅区" in text, path
        assert list(rows(daemon, by="region")) == ["330105"]
        assert list(rows(daemon, by="place")) == ["330105001"]


def headers_of(daemon, path):
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        # The page tells the time, which may be another one by the next request.
        return {k: v for k, v in answer.getheaders()
                if k not in ("Date", "ETag", "Content-Length")}
    finally:
        connection.close()


def test_a_page_that_is_kept_comes_with_the_same_headers():
    """Its policy among them: a page whose script the policy forbids is not read aloud."""
    with h.World() as world:
        daemon = world.daemon([h.source(world.site(), "rss", "/rss")])
        month = daemon.status()["now"][:7]
        for path in ("/ledger", f"/ledger/month/{month}", "/ledger.csv", "/ledger.json"):
            made = headers_of(daemon, path)
            assert [headers_of(daemon, path) for _ in range(3)] == [made] * 3, path
            assert "script-src 'self'" in made["Content-Security-Policy"], made


def test_lists_page_filter_and_agree():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([(str(n), *m.numbered(m.WAGES, n)) for n in range(60)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        h.wait_for(lambda: len(daemon.concerns()) == 60, what="sixty concerns")
        answered = [c["id"] for c in daemon.concerns()][:5]
        for concern in answered:
            ok(daemon.cli("answer", concern, "--url", REPLY))
        seen, path = [], "/ledger"
        while path:
            text = page(daemon, path)
            seen += re.findall(r"<td><a href=\"ledger/(c\d+)\"", text)
            more = re.search(r'href="(ledger\?[^"]*cursor=[^"]*)"', text)
            path = "/" + more.group(1).replace("&amp;", "&") if more else None
        assert len(seen) == 60 == len(set(seen))
        closed = json.loads(page(daemon, "/ledger.json?state=closed"))["items"]
        assert {c["id"] for c in closed} == set(answered)
        assert all(c["timing"] == "in-time" and c["outcome"] == "answered" for c in closed)
        month = closed[0]["opened"][:7]
        table = list(csv.reader(io.StringIO(page(daemon, f"/ledger.csv?month={month}")
                                            .lstrip("\ufeff"))))
        assert len(table) == 61 and table[0][0] == "编号" and len(set(map(len, table))) == 1
        assert len(list(csv.reader(io.StringIO(page(daemon, "/ledger.csv?month=2001-01"))))) == 1
        parts, path = [], f"/ledger.csv?month={month}&limit=14"
        while path:
            more = re.fullmatch(r'<([^>]*)>; rel="next"', headers_of(daemon, path).get("Link", ""))
            part = list(csv.reader(io.StringIO(page(daemon, path).lstrip("\ufeff"))))
            assert part[0] == table[0] and len(part) == (15 if more else 5), (path, part)
            parts, path = parts + part[1:], more and "/" + more[1]
        assert parts == table[1:], (len(parts), len(table))
        assert json.loads(page(daemon, "/ledger.json?state=overdue"))["items"] == []
        assert json.loads(page(daemon, "/ledger.json?unit=health"))["items"] == []
        first = json.loads(page(daemon, "/ledger.json?limit=7&unit=labour"))
        rest = json.loads(page(daemon, f"/ledger.json?unit=labour&cursor={first['next_cursor']}"))
        assert len(first["items"]) == 7 and len(rest["items"]) == 53
        feed = ET.fromstring(page(daemon, "/ledger.atom").encode())
        entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
        assert len(entries) == 50
        ids = [e.find("{http://www.w3.org/2005/Atom}id").text for e in entries]
        assert len(set(ids)) == 50
        # what is chosen is another feed, and says which
        atom, told = "{http://www.w3.org/2005/Atom}", set()
        for asked, name in (("", "回应公示"), ("?unit=labour", "人社所"), ("?state=closed", "已办结"),
                            ("?topic=wage-arrears&unit=labour", "拖欠工资 · 人社所"),
                            (f"?month={month}", month)):
            feed = ET.fromstring(page(daemon, "/ledger.atom" + asked).encode())
            own = feed.find(atom + "link").get("href")
            assert own.endswith("/ledger.atom" + asked), own
            assert feed.find(atom + "title").text.endswith(name), name
            told.add((feed.find(atom + "id").text, own))
        assert len({i for i, _ in told}) == len(told) == 5, told


def entries_of(text):
    return [e.find("{http://www.w3.org/2005/Atom}id").text.rsplit(":", 1)[1]
            for e in ET.fromstring(text.encode()).findall("{http://www.w3.org/2005/Atom}entry")]


def test_the_overdue_of_a_month_fill_its_pages():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        clock, site = h.Clock(world.base), world.site()

        def posts(n):
            """They say no date: each is of when it was found."""
            site.set("/rss", re.sub("<pubDate>[^<]*</pubDate>", "", m.rss(
                [(str(i), *m.numbered(m.WAGES, i)) for i in range(n)])))
            return n

        first = posts(6)
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, demonstration={"rate": 1})
        with clock.faked():
            daemon.start()
        h.wait_for(lambda: len(daemon.concerns()) == first, what="those of one month")
        clock.shift("+32d")
        h.wait_for(lambda: site.hits("/rss")[1], what="a poll of the next month")
        both = posts(10)
        clock.shift("+33d")  # another poll, which no thread can time in the month before
        h.wait_for(lambda: len(daemon.concerns()) == both, what="those of another")
        clock.shift("+95d")

        def overdue(**query):
            asked = "&".join(f"{k}={v}" for k, v in query.items())
            return json.loads(page(daemon, "/ledger.json?state=overdue&" + asked))

        items = h.wait_for(lambda: (lambda all_of: len(all_of) == both and all_of)(
            overdue()["items"]), what="all to be overdue")
        months = sorted({i["opened"][:7] for i in items})
        wanted = {i["id"] for i in items if i["opened"][:7] == months[-1]}
        assert len(months) == 2 and len(wanted) == both - first, items
        # the six before them, which were due earlier, take no place on their pages
        one = overdue(month=months[-1], limit=3)
        page(daemon, "/ledger.json?cursor=" + one["next_cursor"], 400)  # the newest come first there
        two = overdue(month=months[-1], limit=3, cursor=one["next_cursor"])
        assert [len(one["items"]), len(two["items"])] == [3, 1] and not two["next_cursor"], (one, two)
        assert {i["id"] for i in one["items"] + two["items"]} == wanted
        asked = f"?state=overdue&month={months[-1]}&limit=3"
        assert page(daemon, "/ledger" + asked).count('<td><a href="ledger/c') == 3
        assert page(daemon, "/ledger.csv" + asked).count("\r\n") == 4
        assert len(entries_of(page(daemon, "/ledger.atom" + asked))) == 3
        assert len(overdue(month=months[0], limit=200)["items"]) == first


def test_what_the_privacy_page_says_is_configured():
    with h.World() as world:
        _, daemon, _ = town(world, retention={"unmatched": "3d", "matched": "40d"})
        text = page(daemon, "/privacy")
        assert "3 天 0 小时" in text and "40 天 0 小时" in text
        assert "列表写明年月日、无人评定或抹去的条目" in text and "400 天 0 小时" in text
        assert "mailto:test@example.org" in text and "试验" in text
        assert daemon.get("/api/v1/rules")["version"] in text
        rules = page(daemon, "/ledger/rules")
        assert "拖欠" in rules and "人社所" in rules and "ordinary-48h" in rules


if __name__ == "__main__":
    h.main(globals())
