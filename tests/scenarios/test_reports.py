#!/usr/bin/python3
"""Reports in the real daemon, filled from the ledger: of a concern, of a day, of a month, as pages,
text and a workbook; and who may read what of whom in the tree of units.
"""
import json
import os
import re
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


def counted(daemon):
    def head():
        status, body = daemon.request("GET", "/api/v1/statistics")
        value = json.loads(body)
        return value if status == 200 and value["head"] >= daemon.status()["head"] else None
    return h.wait_for(head, what="the count")


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


def test_the_day_on_one_page():
    with h.World() as world:
        _, daemon, ids = town(world, demonstration={"rate": 3600})
        ok(daemon.cli("answer", ids["epidemic"], "--url", REPLY))
        found = daemon.get("/api/v1/concerns/" + ids["epidemic"])["opened"]
        # The clock runs an hour a second: the day that holds the morning ends at the next 08:00.
        day = (h.datetime.datetime.fromisoformat(found) + h.datetime.timedelta(hours=16)).date()
        h.wait_for(lambda: daemon.status()["now"][:13] > f"{day}T08", limit=60, what="the morning")
        brief = ok(daemon.cli("brief"))
        assert f"每日信息参阅（{day}）" in brief, brief
        brief = ok(daemon.cli("brief", "--day", str(day)))
        assert "新提出 3 件" in brief and "答复 1 件，其中超期 0 件" in brief, brief
        assert re.search(r"拖欠工资 \| 1 \| 0 \| 0", brief), brief
        other = ok(daemon.cli("brief", "--day", "2001-01-01"))
        assert "新提出 0 件" in other
        assert daemon.cli("brief", "--day", "yesterday").returncode != 0
        h.wait_for(lambda: ids["wage-arrears"] in ok(daemon.cli("brief")), limit=90,
                   what="the overdue one")
        clean(brief + ok(daemon.cli("brief", "--html")))


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
        counted(daemon)
        month = json.loads(daemon.request("GET", "/api/v1/statistics?month=each")[1])["rows"][-1]["month"]
        mending = daemon.get("/api/v1/mending/" + month)
        assert {i["concern"]: i["mended"] for i in mending["items"]} == \
            {ids["wage-arrears"]: False, ids["epidemic"]: True} and mending["open"] == 1
        assert all(i["faults"] == ["reopened"] for i in mending["items"])
        text = ok(daemon.cli("report", "month", month))
        assert "共 2 件，其中 1 件整改中。" in text and "（n=" in text and "原定时限内答复" in text
        page = ok(daemon.cli("report", "month", month, "--html"))
        assert "整改中" in page and page.count("<table") == 2
        book = os.path.join(world.base, "month.xlsx")
        ok(daemon.cli("report", "month", month, "--xlsx", book))
        names, strings = sheet_names(book)
        assert names == ["单位", "整改", "事项", "怎么算的"] and "人社所" in strings
        assert "重开或退回" in strings and "整改中" in strings
        for told in (text, page, strings):
            clean(told)
        assert daemon.get("/api/v1/mending/2001-01")["items"] == []
        for wrong in ("2026-13", "x"):
            assert daemon.cli("report", "month", wrong).returncode != 0
        assert daemon.cli("report", "month", month, "--xlsx", "/nowhere/x.xlsx").returncode != 0


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
    assert h.cli("units", "import", "--coordinator", "health", stdin=TABLE).stdout.startswith(
        "coordinator: health\n")


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
