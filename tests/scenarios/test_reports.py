#!/usr/bin/python3
"""Reports in the real daemon, filled from the ledger: of a concern, of a day, of a month, as pages,
text and a workbook; and who may read what of whom in the tree of units.
"""
import html
import io
import json
import os
import re
import urllib.request
import xml.etree.ElementTree as ET
import zipfile

import harness as h
import material as m

REPLY = "https://www.example.gov.cn/hf/1.html"
PASSWORD = "correct horse battery"
TREE = {**h.UNITS, "units": h.UNITS["units"] + [
    {"id": "labour-west", "name": {"zh": "人社所西站"}, "parent": "labour"}]}


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], units=TREE, **more)
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    return site, daemon, {c["topic"]["id"]: c["id"] for c in daemon.concerns()}


def ok(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def clean(text):
    for canary in (*m.WAGES, *m.FLU, *m.FOOD, "site.example"):
        assert canary not in text, canary


def test_first_follow_and_last_report():
    with h.World() as world:
        _, daemon, ids = town(world)
        concern = ids["wage-arrears"]
        first = ok(daemon.cli("report", concern))
        assert "的初报" in first and "人社所" in first and "编号：" + concern in first
        assert re.search(r"发现时间：\d{4}-\d\d-\d\d \d\d:\d\d", first) and "派单" in first
        assert daemon.cli("report", concern, "--kind", "final").returncode != 0
        assert daemon.cli("report", concern, "--kind", "best").returncode != 0
        assert daemon.cli("report", "c999").returncode != 0
        ok(daemon.cli("accept", concern))
        follow = ok(daemon.cli("report", concern, "--kind", "follow"))
        assert "的续报" in follow and "签收" in follow and "办理中" in follow
        ok(daemon.cli("answer", concern, "--url", REPLY))
        final = ok(daemon.cli("report", concern))
        assert "的终报" in final and REPLY in final and "公开答复" in final and "按期答复" in final
        page = ok(daemon.cli("report", concern, "--html"))
        assert page.startswith("<!DOCTYPE html>") and "<script" not in page
        for text in (first, follow, final, page):
            clean(text)


def test_a_merge_that_makes_it_an_emergency_is_a_step():
    with h.World() as world:
        _, daemon, ids = town(world)
        concern, grave = ids["wage-arrears"], ids["food-drug-safety"]
        assert "归并" not in ok(daemon.cli("report", concern))
        ok(daemon.cli("assess", grave, "--grade", "major", "--emergency", "yes", "--note", "核实"))
        ok(daemon.cli("merge", grave, "--into", concern, "--note", "同一处"))
        view = daemon.get("/api/v1/concerns/" + concern)
        assert view["grade"] == "major", view["grade"]
        for kind in ("first", "follow"):
            told = ok(daemon.cli("report", concern, "--kind", kind))
            assert re.search(rf"归并（人工，来自 {grave}；级别：重大.*突发事件）", told), told
        english = daemon.request("GET", f"/reports/{concern}?lang=en&format=text")[1].decode()
        assert re.search(rf"joined \(by hand, from {grave}; grade: major.*emergency\)", english), english


def test_the_day_on_one_page():
    with h.World() as world:
        _, daemon, ids = town(world, demonstration={"rate": 3600})
        ok(daemon.cli("answer", ids["epidemic"], "--url", REPLY))
        told = {topic: daemon.get("/api/v1/concerns/" + concern) for topic, concern in ids.items()}

        def day_of(time):
            """The clock runs an hour a second: the day that holds it ends at the next 08:00."""
            return (h.datetime.datetime.fromisoformat(time) + h.datetime.timedelta(hours=16)).date()
        days = {topic: day_of(c["opened"]) for topic, c in told.items()}
        answered = day_of(told["epidemic"]["answered"])
        h.wait_for(lambda: daemon.status()["now"][:13] > f"{answered}T08", limit=60, what="the morning")
        last = re.search("每日信息参阅（(.*?)）", ok(daemon.cli("brief"))).group(1)
        assert str(answered) <= last <= daemon.status()["now"][:10], (answered, last)
        for day in {*days.values(), answered}:
            brief = ok(daemon.cli("brief", "--day", str(day)))
            opened, replies = list(days.values()).count(day), int(day == answered)
            assert f"新提出 {opened} 件" in brief and f"答复 {replies} 件，其中超期 0 件" in brief, brief
            if day == days["wage-arrears"]:
                assert re.search(r"拖欠工资 \| 1 \| 0 \| 0", brief), brief
        other = ok(daemon.cli("brief", "--day", "2001-01-01"))
        assert "新提出 0 件" in other
        assert daemon.cli("brief", "--day", "yesterday").returncode != 0
        h.wait_for(lambda: ids["wage-arrears"] in ok(daemon.cli("brief")), limit=90,
                   what="the overdue one")
        clean(brief + ok(daemon.cli("brief", "--html")))


def test_one_goes_from_day_to_day_and_month_to_month():
    with h.World() as world:
        _, daemon, _ = town(world, demonstration={"rate": 1})
        daemon.counted()

        def page(path):
            status, body = daemon.request("GET", path)
            assert status == 200, (path, status, body)
            text = body.decode()
            return (re.search(r"每日信息参阅（([\d-]+)）", text).group(1), "截至目前" in text,
                    {word: "/reports/" + html.unescape(href).removeprefix("../reports/") for href, word in
                     re.findall(r'<a href="([^"]+)">(前一天|后一天)（', text)})
        last, running, links = page("/reports/daily")
        assert not running and set(links) == {"前一天", "后一天"}, links
        today, running, ahead = page(links["后一天"])
        assert running and set(ahead) == {"前一天"}, "there is a day after the one that runs"
        before, _, _ = page(links["前一天"])
        day = h.datetime.timedelta(days=1)
        dates = [h.datetime.date.fromisoformat(d) for d in (before, last, today)]
        assert dates[1] - dates[0] == day == dates[2] - dates[1], dates
        assert page(ahead["前一天"])[0] == last
        month = daemon.status()["now"][:7]

        def months(of):
            status, body = daemon.request("GET", "/reports/month/" + of)
            assert status == 200 and f"{of} 月度通报" in body.decode(), (of, status)
            return re.findall(r'href="../../reports/month/([\d-]+)">(?!月)', body.decode())
        earlier, = months(month)
        assert earlier < month and months(earlier)[-1] == month and len(months(earlier)) == 2
        ended, running = (daemon.request("GET", "/reports/month/" + m)[1].decode() for m in (earlier, month))
        assert "本月至今" in running and "本月至今" not in ended
        for plain in (ok(daemon.cli("brief")), ok(daemon.cli("brief", "--day", last))):
            assert "前一天" not in plain


def test_what_has_not_begun_has_no_report():
    with h.World() as world:
        _, daemon, _ = town(world, demonstration={"rate": 1})
        daemon.counted()
        today = h.datetime.date.fromisoformat(daemon.status()["now"][:10])
        nextm = f"{today.replace(day=1) + h.datetime.timedelta(days=31):%Y-%m}"
        later = today + h.datetime.timedelta(days=2)
        begins = later - h.datetime.timedelta(days=1)
        for path, first in ((f"/reports/month/{nextm}", f"{nextm}-01"), (f"/ledger/month/{nextm}", f"{nextm}-01"),
                            (f"/api/v1/mending/{nextm}", f"{nextm}-01"), ("/reports/month/9999-12", "9999-12-01"),
                            (f"/reports/daily?day={later}", f"{begins} 08:00")):
            status, body = daemon.request("GET", path)
            problem = json.loads(body)
            assert status == 404 and problem["status"] == 404, (path, status, body)
            assert first in problem["detail"] and "there will be a" in problem["detail"], (path, problem)
        for path in (f"/ledger/month/{nextm}", f"/reports/month/{nextm}"):
            status, body = daemon.request("GET", path, headers={"Accept": "text/html"})
            assert status == 404 and f"{nextm}-01 起才有" in body.decode(), (path, status, body)
        book = os.path.join(world.base, "none.xlsx")
        for words in (["report", "month", nextm], ["report", "month", nextm, "--xlsx", book],
                      ["brief", "--day", str(later)]):
            done = daemon.cli(*words)
            assert done.returncode == 66 and "there will be a" in done.stderr and not done.stdout, (words, done)
        assert not os.path.exists(book)


def sheet_names(path):
    with zipfile.ZipFile(path) as z:
        space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
        book = ET.fromstring(z.read("xl/workbook.xml"))
        return ([s.get("name") for s in book.findall(".//x:sheet", space)],
                z.read("xl/sharedStrings.xml").decode())


def test_the_month_by_unit_and_what_is_to_mend():
    with h.World() as world:
        _, daemon, ids = town(world)
        ok(daemon.cli("answer", ids["wage-arrears"], "--url", REPLY))
        ok(daemon.cli("reopen", ids["wage-arrears"], "--note", "未解决"))
        ok(daemon.cli("answer", ids["epidemic"], "--url", REPLY))
        ok(daemon.cli("reopen", ids["epidemic"], "--note", "未解决"))
        ok(daemon.cli("answer", ids["epidemic"], "--url", REPLY))
        daemon.counted()
        month = json.loads(daemon.request("GET", "/api/v1/statistics?month=each")[1])["rows"][-1]["month"]
        mending = daemon.get("/api/v1/mending/" + month)
        assert {i["concern"]: i["mended"] for i in mending["items"]} == \
            {ids["wage-arrears"]: False, ids["epidemic"]: True} and mending["open"] == 1
        assert all(i["faults"] == ["reopened"] for i in mending["items"])
        text = ok(daemon.cli("report", "month", month))
        rows = [line.split(" | ") for line in text.splitlines() if " | " in line]
        heads = {len(r) for r in rows if r[0] in ("单位", "编号")}
        assert len(heads) == 2 and all(len(r) in heads for r in rows), rows
        assert "共 2 件，其中 1 件整改中。" in text and "（n=" in text and "原定时限内答复" in text
        page = ok(daemon.cli("report", "month", month, "--html"))
        assert "整改中" in page and page.count("<table") == 2
        assert f"reports/month/{month}?lang=en" in page and "超期未答复" in page
        book = os.path.join(world.base, "month.xlsx")
        ok(daemon.cli("report", "month", month, "--xlsx", book))
        names, strings = sheet_names(book)
        assert names == ["单位", "整改", "往月未整改", "事项", "怎么算的"] and "人社所" in strings
        assert "重开或退回" in strings and "整改中" in strings
        for told in (text, page, strings):
            clean(told)
        assert daemon.get("/api/v1/mending/2001-01")["items"] == []
        for wrong in ("2026-13", "x"):
            assert daemon.cli("report", "month", wrong).returncode != 0
        assert daemon.cli("report", "month", month, "--xlsx", "/nowhere/x.xlsx").returncode != 0


MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(daemon, path, name):
    """The sheets of a report that is fetched as a file: {name: rows of cells}."""
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.http_port}{path}") as got:
        assert got.headers["Content-Type"] == MIME
        assert got.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        book = zipfile.ZipFile(io.BytesIO(got.read()))
    assert book.testzip() is None
    x = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    strings = ["".join(t.text or "" for t in s.iter(x + "t"))
               for s in ET.fromstring(book.read("xl/sharedStrings.xml"))]

    def value(cell):
        text = cell.findtext(x + "v")
        return text and (strings[int(text)] if cell.get("t") == "s" else float(text))

    def values(row):  # an empty cell is none
        at = {ord(c.get("r").rstrip("0123456789")[-1]) - 65: value(c) for c in row
              if len(c.get("r").rstrip("0123456789")) == 1}
        return [at.get(i) for i in range(max(at, default=-1) + 1)]
    names = [s.get("name") for s in ET.fromstring(book.read("xl/workbook.xml")).iter(x + "sheet")]
    return {name: [values(row) for row in
                   ET.fromstring(book.read(f"xl/worksheets/sheet{i}.xml")).iter(x + "row")]
            for i, name in enumerate(names, 1)}


def test_each_report_is_a_workbook_too():
    """What its page shows and no more; each page leads to it, with what was asked for."""
    with h.World() as world:
        _, daemon, ids = town(world)
        concern = ids["wage-arrears"]
        ok(daemon.cli("answer", concern, "--url", REPLY))
        ok(daemon.cli("reopen", concern, "--note", "未解决"))
        ok(daemon.cli("answer", concern, "--url", REPLY))
        daemon.counted()
        now = daemon.status()["now"]
        day = (h.datetime.datetime.fromisoformat(now) + h.datetime.timedelta(hours=16)).date()
        books = {}
        for path, name in ((f"/reports/month/{now[:7]}?", f"month-{now[:7]}"),
                           (f"/reports/daily?day={day}&amp;", "daily"),
                           *((f"/reports/{concern}?kind={k}&amp;", concern)
                             for k in ("first", "follow", "final"))):
            page = daemon.request("GET", path.replace("&amp;", ""))[1].decode()
            link = f"{path}format=xlsx".split("/")[-1]
            assert f'{link}"' in page, (link, page)
            books[path] = book = workbook(daemon, path.replace("&amp;", "&") + "format=xlsx", name + ".xlsx")
            plain = html.unescape(re.sub("<[^>]*>", " ", page))
            words = [c for rows in book.values() for row in rows for c in row if isinstance(c, str)]
            for word in words:
                clean(word)
            missing = [w for w in words if not all(part in plain for part in re.split("[（）]| \\(", w))]
            assert not [w for w in missing if w not in ("概要", "n")], missing
        month = next(b for p, b in books.items() if "month" in p)
        assert list(month) == ["概要", "按单位", "整改", "往月未整改", "怎么算的"], list(month)
        heads, *rows = month["按单位"]
        labour = dict(zip(heads, next(r for r in rows if r[0] == "人社所")))
        assert labour["提出"] == 1.0 and labour["按期答复率"] == 1.0, labour
        assert month["整改"][1][0] == concern and "共 1 件，其中 0 件整改中。" in month["整改"][-1]
        day = next(b for p, b in books.items() if "daily" in p)
        assert ["新提出", 3.0, "件"] in day["概要"] and ["拖欠工资", 1.0, 0.0, 2.0] in day["按事项"], day
        final = next(b for p, b in books.items() if "final" in p)
        assert ["公开答复", REPLY] in final["办理结果"] and ["编号", concern] in final["概要"], final
        assert daemon.request("GET", "/reports/daily?format=docx")[0] == 400


def chinese(text, but):
    for name in sorted(but, key=len, reverse=True):
        text = text.replace(name, "")
    return re.findall("[^\\n>]*[一-鿿（）：，。][^\\n<]*", text)


def test_each_report_speaks_english_too():
    """Its frame, headings, columns, formulas and notes, by the switch that other pages have: of
    Chinese nothing is left but names."""
    with h.World() as world:
        _, daemon, ids = town(world, operator={"name": "Town office", "contact": "mailto:a@example.org"})
        concern = ids["wage-arrears"]
        ok(daemon.cli("assist", concern, "--to", "health"))
        ok(daemon.cli("answer", concern, "--url", REPLY))
        ok(daemon.cli("reopen", concern, "--note", "未解决"))
        ok(daemon.cli("answer", concern, "--url", REPLY))
        ok(daemon.cli("assess", ids["epidemic"], "--grade", "major", "--note", "三人"))
        daemon.counted()
        names = {"中文", "试验镇"} | {u["name"] for u in daemon.get("/api/v1/units")["items"]}
        now = daemon.status()["now"]
        day = (h.datetime.datetime.fromisoformat(now) + h.datetime.timedelta(hours=16)).date()
        said = {f"/reports/month/{now[:7]}?": "Report of the month", f"/reports/daily?day={day}&": "The day's brief",
                **{f"/reports/{concern}?kind={k}&": t for k, t in (
                    ("first", "First report"), ("follow", "Follow-up report"), ("final", "Final report"))},
                f"/reports/{ids['epidemic']}?": "First report"}
        for path, title in said.items():
            page = html.unescape(daemon.request("GET", path + "lang=en")[1].decode())
            assert f"<h1>{title}" in page and '<html lang="en"' in page, page
            assert "中文</a>" in page and "lang=zh" in page, page
            assert not chinese(page, names), (path, chinese(page, names))
            text = daemon.request("GET", path + "lang=en&format=text")[1].decode()
            assert text.startswith(title) and not chinese(text, names), text
            book = workbook(daemon, path + "lang=en&format=xlsx", re.search("reports/(.*)[?]", path)[1]
                            .replace("/", "-") + ".xlsx")
            assert "Summary" in book and not chinese(json.dumps(book, ensure_ascii=False), names), book
            assert "<h1>" + title not in daemon.request("GET", path)[1].decode()


def test_no_item_of_a_month_is_left_out_and_none_is_left_behind():
    """More than one page of the store was missed in a month; one is mended in it, one in the next."""
    items = 1060  # some of which are of one concern
    with h.World() as world:
        clock = h.Clock(world.base)
        now = h.datetime.datetime.now(h.datetime.timezone.utc)
        first = (now.replace(day=1) + h.datetime.timedelta(days=32)).replace(day=4)
        away = (first - now).days
        clock.shift(f"+{away}d")
        site = world.site()
        site.set("/rss", m.rss([(str(n), *m.numbered(m.WAGES, n)) for n in range(items)]))
        with clock.faked():
            daemon = world.daemon([h.source(site, "rss", "/rss", since="90d")], units=TREE,
                                  demonstration={"rate": 1})
        many = h.wait_for(lambda: (s := daemon.status()["store"])["items"] == items and s["open"],
                          120, "all of them")
        assert many > 1000, many
        one, two, three = (c["id"] for c in daemon.concerns(order="due", limit=3))  # of equals the oldest
        month, nextm = f"{first:%Y-%m}", f"{first + h.datetime.timedelta(days=31):%Y-%m}"
        later = f"{first + h.datetime.timedelta(days=62):%Y-%m}"
        clock.shift(f"+{away + 20}d")
        ok(daemon.cli("answer", one, "--url", REPLY))
        clock.shift(f"+{away + 31}d")
        ok(daemon.cli("answer", two, "--url", REPLY))

        def told(of):
            return daemon.get("/api/v1/mending/" + of)
        here = told(month)
        assert len({i["concern"] for i in here["items"]}) == many == len(here["items"])
        assert here["open"] == many - 2 and not here["carried"] and not here["carried_open"]
        then = told(nextm)
        carried = {i["concern"]: i["mended"] for i in then["carried"]}
        assert not then["items"] and then["carried_open"] == many - 2 == len(carried) - 1
        assert carried[two] and one not in carried and not carried[three]
        assert daemon.request("GET", "/api/v1/mending/" + later)[0] == 404, "of a month to come"
        daemon.counted()
        text = ok(daemon.cli("report", "month", month))
        assert f"共 {many} 件，其中 {many - 2} 件整改中。" in text and f"\n{one} | " in text
        text = ok(daemon.cli("report", "month", nextm)).split("往月未整改")[1]
        assert f"共 {many - 1} 件，其中 {many - 2} 件整改中。" in text and f"\n{three} | " in text
        clock.shift(f"+{away + 62}d")
        assert two not in {i["concern"] for i in told(later)["carried"]}


TABLE = """\ufeff编号,名称,职责,上级,备注
office,"某镇, 党政办",,,"两行
备注"
labour,人社所,labour; social-insurance,office,
health,卫健办,health,office,
"""


def test_units_come_from_a_table():
    made = h.cli("units", "import", stdin=TABLE)
    units = h.yaml.safe_load(ok(made))
    assert units["coordinator"] == "office" and len(units["units"]) == 3
    assert units["units"][0] == {"id": "office", "name": {"zh": "某镇, 党政办"}}
    assert units["units"][1]["roles"] == ["labour", "social-insurance"]
    assert units["units"][1]["parent"] == "office"
    wrong = {TABLE.replace("health,卫健办,health,office", "health,卫健办,health,moon"): "<stdin>:5:",
             TABLE.replace("labour,人社所", "Labour,人社所"): "<stdin>:4:",
             TABLE.replace("health,卫健办", "labour,卫健办"): "<stdin>:5:",
             TABLE.replace("编号,名称", "甲,乙"): "<stdin>:1:"}
    for table, where in wrong.items():
        done = h.cli("units", "import", stdin=table)
        assert done.returncode == 65 and where in done.stderr, done.stderr
        assert not done.stdout
    twice = h.cli("units", "import", stdin="编号,名称\na,甲\nb,乙\na,丙\n")
    assert "<stdin>:4: 编号 “a” 重复，已在第 2 行" in twice.stderr, twice.stderr
    endless = h.cli("units", "import", stdin='编号,名称\na,甲\nb,"乙\nc,丙\n')
    assert endless.returncode == 65 and "<stdin>:3: 引号" in endless.stderr, endless
    assert h.cli("units", "import", "--coordinator", "health", stdin=TABLE).stdout.startswith(
        "coordinator: health\n")


def test_a_table_in_another_encoding_is_told_as_such():
    with h.World() as world:
        path = os.path.join(world.folder, "units.csv")
        with open(path, "w", encoding="gb18030") as f:
            f.write("id,name\na,A\nb,人社所\n")
        done = h.cli("units", "import", path)
        assert done.returncode == 65 and f"{path}:3: 不是 UTF-8" in done.stderr, done
        done = h.cli("rules", "check", "--config", path)
        assert done.returncode == 78 and f"{path}:3: 不是 UTF-8" in done.stderr, done


def test_a_parent_reads_what_its_children_have():
    with h.World() as world:
        site, daemon, ids = town(world)
        concern = ids["wage-arrears"]
        ok(daemon.cli("hand-on", concern, "--to", "labour-west", "--unit", "labour"))
        heads = {}
        for unit in ("labour", "labour-west", "health"):
            ok(daemon.cli("accounts", "add", unit, "--role", "unit", "--unit", unit,
                          stdin=PASSWORD + "\n"))
            token = ok(daemon.cli("accounts", "token", unit)).strip()
            heads[unit] = {"Authorization": "Bearer " + token}

        def ask(unit, path):
            return daemon.request("GET", path, tcp=True, headers=heads[unit])
        for path in ("/api/v1/concerns/", "/reports/"):
            assert ask("labour-west", path + concern)[0] == 200
            assert ask("labour", path + concern)[0] == 200
            assert ask("health", path + concern)[0] == 403
        assert ask("labour-west", "/api/v1/concerns/" + ids["epidemic"])[0] == 403
        status, body = ask("labour", "/api/v1/concerns?unit=labour-west")
        assert status == 200 and [c["id"] for c in json.loads(body)["items"]] == [concern]
        # all that it may see, each once, page by page, without naming a unit
        site.set("/rss", m.rss([("1", *m.WAGES)] + [(str(n), *m.numbered(m.WAGES, n))
                                                   for n in range(10, 15)]))
        h.wait_for(lambda: len(daemon.concerns()) == 8, what="five more")
        ok(daemon.cli("hand-on", daemon.concerns(unit="labour")[0]["id"], "--to", "labour-west",
                      "--unit", "labour"))
        for order in ("due", "newest"):
            listed, cursor = [], ""
            while cursor is not None:
                page = json.loads(ask("labour", f"/api/v1/concerns?order={order}&limit=2{cursor}")[1])
                assert len(page["items"]) <= 2
                listed += page["items"]
                cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
            got = [c["id"] for c in listed]
            assert len(set(got)) == len(got) == 6 and ids["epidemic"] not in got, got
            times = [c["due" if order == "due" else "opened"] for c in listed]
            assert times == sorted(times, reverse=order == "newest"), times
        west = json.loads(ask("labour-west", "/api/v1/concerns")[1])["items"]
        assert len(west) == 2 and concern in {c["id"] for c in west}, west
        assert ask("labour-west", "/api/v1/concerns?unit=labour")[0] == 403
        assert ask("labour", "/api/v1/concerns?unit=health")[0] == 403
        assert ask("labour", "/reports/daily")[0] == 403
        assert daemon.request("GET", "/reports/" + concern, tcp=True)[0] == 401
        assert daemon.request("GET", "/ledger/" + concern, tcp=True)[0] == 200


if __name__ == "__main__":
    h.main(globals())
