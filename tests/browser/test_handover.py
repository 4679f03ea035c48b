#!/usr/bin/python3
"""The handover where the clock runs fast: what is overdue stands above what is due, and rows say what they are about."""
import axe
import office as o
from office import h, m

PHONE = "13912345678"
office = o.Office([("1", *m.WAGES), ("2", m.FLU[0] + PHONE, m.FLU[1]), ("3", *m.FOOD)],
                  demonstration={"rate": 60})


def rows(view, table):
    return view.run(f"return [...document.querySelectorAll('#{table} tbody tr')].map((r) => "
                    "[...r.cells].map((c) => c.innerText))")


def test_what_is_overdue_stands_first_and_is_marked():
    v = office.open()
    flu, wages, food = (v.concern(t)["id"] for t in ("epidemic", "wage-arrears", "food-drug-safety"))
    for ident in (wages, food):
        done = v.daemon.cli("accept", ident)
        assert done.returncode == 0, done.stderr
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + flu)["next"]["seconds_left"] < 0, 200, "one that is late")
    v.log_in("zhang", "/handover.html")
    v.wait("#sheet[data-ready]")
    assert v.text("#sheet h2")[0] == "已超期（1）", v.text("#sheet h2")
    late = rows(v, "late")
    assert [r[1] for r in late] == [flu] and "超期 " in late[0][0], late
    due = rows(v, "due")
    assert flu not in [r[1] for r in due] and not any("超期" in r[0] for r in due), due
    # what it is about, masked
    assert m.FLU[0] in late[0][2] and PHONE not in late[0][2], late
    assert any(m.WAGES[0] in r[3] for r in rows(v, "done")), rows(v, "done")
    v.fits("handover-late-zh")
    v.size(*o.PHONE)
    assert v.run("return [...document.querySelectorAll('main .scrolls')].every((e) => e.scrollWidth <= e.clientWidth)")
    v.size(*o.WIDE)
    v.click("#language")
    try:
        h.wait_for(lambda: v.text("#sheet h2")[0].startswith("Overdue"), 5, "English")
        assert "overdue by" in rows(v, "late")[0][0]
        v.fits("handover-late-en")
    finally:
        v.click("#language")


def test_a_slow_line_leaves_nothing_out():
    v = office.open()
    v.log_in("zhang", "/handover.html")
    v.wait("#sheet[data-ready]")
    whole = rows(v, "done")
    assert len(whole) >= 5, whole
    span = v.text("#span")
    v.driver.execute_cdp_cmd("Network.enable", {})
    slow = {"offline": False, "latency": 900, "downloadThroughput": 3000, "uploadThroughput": -1}
    v.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    try:
        v.run("const s = document.getElementById('hours'); s.value = '24'; s.dispatchEvent(new Event('change'))")
        h.wait_for(lambda: v.text("#span") != span, what="the longer shift")
        assert all(row in rows(v, "done") for row in whole), (whole, rows(v, "done"))
    finally:
        slow.update(latency=0, downloadThroughput=-1)
        v.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)


def test_the_wall_is_for_visitors():
    v = office.open()
    v.log_in("zhang", "/wall.html")
    h.wait_for(lambda: len(v.find("#list > tr")) == 3, 10, "three rows")
    shown = v.run("return document.body.innerText")
    assert not any(title[0] in shown for title in (m.WAGES, m.FLU, m.FOOD)), shown
    asked = v.run("return performance.getEntriesByType('resource').map((r) => r.name)")
    assert asked and not any("headlines" in a for a in asked), asked
    v.fits("wall-late-zh")
    v.size(*o.PHONE)
    try:  # what may scroll in itself does not have to
        assert v.find("main .scrolls")
        assert v.run("return [...document.querySelectorAll('main .scrolls')].filter((e) => e.scrollWidth > e.clientWidth).length") == 0
    finally:
        v.size(*o.WIDE)


def test_the_head_is_one_line_in_english_too():
    v = office.open()
    for person, pages in (("zhang", ("desk", "inbox", "handover", "workbench", "sources", "wall")), ("li", ("inbox", "handover"))):
        v.log_in(person, f"/{pages[0]}.html")
        for page in pages:
            v.go(f"/{page}.html")
            # the widest is with a demonstration's clock, on the pages that tell the time
            v.wait(".bar-top .who" if page in ("workbench", "sources") else ".bar-top .rate")
            if v.run("return document.documentElement.lang") != "en":
                v.click("#language")
            height = v.run("return document.querySelector('.bar-top').getBoundingClientRect().height")
            assert height < 60, (person, page, height)
            v.fits(f"{page}-{person}-en")
    v.click("#language")


HEAD = """const bar = document.querySelector('header'), size = parseFloat(getComputedStyle(bar).fontSize);
    const row = bar.querySelector('nav ul'), at = row.querySelector('[aria-current]');
    const box = at && at.getBoundingClientRect();
    return {lines: bar.getBoundingClientRect().height / size, more: row.scrollWidth > row.clientWidth,
        seen: !box || (box.left >= 0 && box.right <= innerWidth + 1)}"""


def test_the_head_is_two_lines_on_a_phone():
    """The menu goes on to the side; where one is, is in sight, and each place can be reached."""
    v = office.open()
    v.log_in("zhang", "/desk.html")
    v.size(*o.PHONE)
    try:
        for path in ("/desk.html", "/handover.html", "/wall.html", "/overview?lang=en",
                     "/reports/daily", "/ledger?lang=en", "/ledger/rules?lang=en"):
            v.go(path)
            v.there("header nav a")
            if path.endswith(".html"):
                v.wait(".bar-top .rate")
                v.click(".menu")
                v.wait(".tools")
                if v.run("return document.documentElement.lang") != "en":
                    v.click("#language")
                v.type(o.Keys.ESCAPE)
                h.wait_for(lambda: not v.find(".tools")[0].is_displayed(), 5, "it is shut")
            told = v.run(HEAD)
            assert told["lines"] < 6 and told["seen"], (path, told)  # two, with what is around them
            last = v.find("header nav a")[-1]
            v.run("arguments[0].focus()", last)
            box = v.run("return arguments[0].getBoundingClientRect().toJSON()", last)
            assert box["left"] >= 0 and box["right"] <= o.PHONE[0], (path, box)
            if path == "/desk.html":
                assert told["more"], told
            v.picture("head-" + path.strip("/").split("?")[0].replace("/", "-").split(".")[0])
            found = axe.violations(v, axe.script())
            assert not found, (path, found)
        v.go("/desk.html")
        v.wait(".menu")
        v.run("document.querySelector('.menu').focus()")
        v.type(o.Keys.ENTER)
        v.wait(".tools #language")
        found = axe.violations(v, axe.script())
        assert not found, found
        v.picture("head-open")
        v.click("#language")
    finally:
        v.size(*o.WIDE)


def english(view, path):
    view.wait(f".places a[href^='{path}']" if view.path().endswith(".html") else "header nav a")
    return view.run("return document.documentElement.lang") == "en"


def test_the_language_chosen_holds_on_each_page():
    """Pages of a script keep it, those without one are told by their address, both ways."""
    v = office.open()
    v.log_in("zhang", "/desk.html")
    v.wait(".bar-top .rate")
    if not english(v, "/overview"):
        v.click("#language")
    for path in ("/overview", "/ledger"):
        v.click(f".places a[href^='{path}']")
        h.wait_for(lambda: v.path().startswith(path), 5, path)
        assert english(v, path) and "lang=en" in v.path(), v.path()
        if path == "/overview":
            v.click("header nav a[href^='desk.html']")
            v.wait(".bar-top .rate")
            assert english(v, path) and v.path() == "/desk.html", v.path()
    v.click("header nav a[href^='ledger/rules']")  # and on among them
    assert english(v, "/ledger/rules")
    # Chosen on a page without a script: the desk has it, and the report of a concern leads back to it.
    v.go("/overview?lang=en&type=large")
    v.click(".switches a[lang='zh-CN']")
    h.wait_for(lambda: not english(v, "/overview"), 5, "Chinese")
    v.click("header nav a[href^='desk.html']")
    v.wait(".bar-top .rate")
    assert not english(v, "/overview") and v.run("return document.documentElement.matches('[data-large]')")
    v.run("localStorage.clear()")
    v.go("/reports/daily?lang=en")
    v.click("header nav a[href*='desk.html']")
    v.wait(".bar-top .rate")
    assert english(v, "/overview") and v.path() == "/desk.html"
    v.run("localStorage.clear()")


def test_the_console_stays_quiet():
    told = office.open().complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
