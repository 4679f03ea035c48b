#!/usr/bin/python3
"""What the public sees, in a real browser on a live daemon without a script: the ledger, a matter,
the month's report on screen, on a phone and on paper. Pictures go to the build's screenshots/.
"""
import base64
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_page as browser  # noqa: E402
import harness as h  # noqa: E402
import material as m  # noqa: E402
from seat import PICTURES  # noqa: E402

REPLY = "https://www.example.gov.cn/hf/1.html"


class Reader(browser.Viewer):
    """A browser that runs no script, on a town in which a good deal was raised."""

    def open(self):
        self.need_browser()
        if self.world:
            return self
        self.world = h.World()
        site = self.site = self.world.site()
        site.set("/rss", m.rss([("flu", *m.FLU), ("food", *m.FOOD)] +
                               [(str(n), *m.numbered(m.WAGES, n)) for n in range(38)]))
        self.daemon = self.world.daemon([h.source(site, "rss", "/rss")],
                                        demonstration={"rate": 3600}, place="试验镇")
        concerns = h.wait_for(lambda: len(c := self.daemon.concerns()) == 40 and c, 60,
                              "40 concerns")
        concerns.sort(key=lambda c: int(c["id"][1:]))
        for n, concern in enumerate(concerns):
            if n % 5 < 3:
                self.act("accept", concern["id"])
            if n % 5 < 2:
                self.act("answer", concern["id"], "--url", REPLY)
        self.act("reopen", concerns[0]["id"], "--note", "未解决")
        self.first, self.second = concerns[0]["id"], concerns[1]["id"]
        self.month = concerns[0]["opened"][:7]  # another one may begin meanwhile: it has nothing yet
        h.wait_for(lambda: self.daemon.get("/api/v1/statistics")["rows"][0]["counts"]["overdue"] > 9,
                   60, "something overdue")
        self.origin = f"http://127.0.0.1:{self.daemon.http_port}"
        self.driver = self.browser()
        self.size(*browser.DESK)
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        return self

    def act(self, *args):
        done = self.daemon.cli(*args)
        assert done.returncode == 0, (args, done.stderr)

    def counted(self):
        return self.daemon.get("/api/v1/statistics")["rows"][0]["counts"]["opened"] == \
            len(self.daemon.concerns())

    def read(self, path, width=None):
        self.size(*(width or browser.DESK))
        self.driver.get(self.origin + path)
        entries = self.console()
        assert not entries, entries

    def scripted(self, on):
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def shoot(self, name, path, width=None):
        self.read(path, width)
        self.scripted(True)
        faults = self.overflow()
        self.picture(name, whole=True)
        self.scripted(False)
        return [f for f in faults if ".wide" not in f]


view = Reader()


def test_the_list_is_filtered_without_a_script():
    v = view.open()
    v.read("/ledger")
    assert len(v.find("tbody tr")) == 40
    tiles = v.text(".tile dd")
    assert tiles[0] == "40" and "n=" in tiles[3], tiles
    options = {o.get_attribute("value"): o for o in v.find("select[name=topic] option")}
    options["epidemic"].click()
    v.follow(v.find("form.filters button")[0])
    assert "topic=epidemic" in v.driver.current_url and len(v.find("tbody tr")) == 1
    v.follow(v.find("tbody a")[0])
    assert "/ledger/c" in v.driver.current_url and v.text("main h2") == ["办理经过"]


def test_english_and_large_type_go_along():
    v = view.open()
    v.read("/ledger?lang=en")
    assert v.text("h1") == ["Public ledger"] and v.text(".tile dt")[0] == "raised"
    small = v.find("h1")[0].size["height"]
    v.follow(v.find(".switches a")[1])
    assert "lang=en" in v.driver.current_url and "type=large" in v.driver.current_url
    assert v.find("h1")[0].size["height"] > small * 1.3
    v.follow(v.find("nav ul a")[1])
    assert "lang=en" in v.driver.current_url and "type=large" in v.driver.current_url
    assert v.text("h1")[0].startswith("Report of"), v.text("h1")
    v.follow(v.find(".switches a")[0])
    assert "月报" in v.text("h1")[0] and "type=large" in v.driver.current_url


def test_forms_speak_both_languages_and_lead_back():
    v = view.open()
    for path, zh, en in ((f"/correct/{v.first}", "更正与删除", "Correction and deletion"),
                         (f"/survey/{v.second}", "回访", "Survey")):
        v.read(path)
        assert v.text("h1")[0].startswith(zh) and "(" not in v.find("main")[0].text, v.text("main")
        v.follow(v.find(".switches a")[0])
        assert v.text("h1")[0].startswith(en), v.text("h1")
        words = v.find("main")[0].text.replace(v.text("h1")[0], "")
        assert not any("一" <= c <= "鿿" for c in words), words
        v.follow(v.find("main form button")[0])
        assert v.text("main [role=status]"), v.text("main")
        assert v.driver.current_url.endswith(path + "?done=1&lang=en"), v.driver.current_url
        assert not v.shoot(path.split("/")[1], path)
        v.shoot(path.split("/")[1] + "-phone", path, browser.PHONE)
    v.read(f"/survey/{v.second}")
    v.follow(v.find("main p a")[0])
    assert v.driver.current_url.endswith(f"/ledger/{v.second}"), v.driver.current_url


def test_a_form_that_is_refused_leads_back():
    v = view.open()
    for query, zh in (("", True), ("?lang=en&type=large", False)):
        own = f"/survey/{v.second}{query}"
        v.read(own)
        v.scripted(True)  # as one that lay open for days
        v.run("document.querySelector('[name=token]').value = '0'.repeat(48)")
        v.scripted(False)
        v.follow(v.find("main form button")[0])
        v.console()  # that the answer was 422
        assert v.driver.current_url.endswith(own), v.driver.current_url
        assert v.text("h1") == ["没有办成" if zh else "Nothing was done"], v.text("h1")
        assert "表单已过期" in v.text("[role=alert]")[0] if zh else \
            "out of date" in v.text("[role=alert]")[0], v.text("main")
        v.scripted(True)
        assert not v.overflow()
        v.picture("refused" if zh else "refused-large")
        v.scripted(False)
        v.follow(v.find("main li a")[0])
        assert v.driver.current_url.endswith(own) and v.find("main form button"), v.text("main")


SMALL = """const seen = new Set();
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n; (n = walk.nextNode());) {
    const e = n.parentElement, style = getComputedStyle(e);
    if (!n.data.trim() || e.closest('svg, select') || !e.getClientRects().length) continue;
    if (parseFloat(style.fontSize) < 24) seen.add(`${e.tagName}.${e.className} ${style.fontSize}`);
    if (e.matches('p, li, td') && parseFloat(style.lineHeight) < 1.3 * parseFloat(style.fontSize))
        seen.add(`${e.tagName} line ${style.lineHeight} of ${style.fontSize}`);
}
return [...seen];"""


def test_large_type_is_large_in_each_corner():
    v = view.open()
    h.wait_for(v.counted, 30, "the count")
    for path in ("/ledger", f"/ledger/{v.first}", f"/ledger/month/{v.month}", "/ledger/rules",
                 "/ledger/sources", "/privacy", "/overview", "/login", f"/correct/{v.first}",
                 f"/survey/{v.second}"):
        v.read(path + "?type=large")
        v.scripted(True)
        found = v.driver.execute_script(SMALL)
        v.scripted(False)
        assert not found, (path, found)
    v.driver.delete_all_cookies()  # of the log-in's form


def test_pictures_fit():
    v = view.open()
    pages = {"ledger": "/ledger", "ledger-concern": f"/ledger/{v.first}",
             "ledger-month": f"/ledger/month/{v.month}", "ledger-rules": "/ledger/rules",
             "ledger-sources": "/ledger/sources", "privacy": "/privacy"}
    for name, path in pages.items():
        assert not v.shoot(name, path), name
        faults = v.shoot(name + "-phone", path, browser.PHONE)
        if name == "ledger":
            v.scripted(True)
            said = v.run("""return [...document.querySelectorAll('tbody tr:first-child td')].map(
                (td) => getComputedStyle(td, '::before').content);""")
            v.scripted(False)
            assert said == ["none"] * 2 + [f'"{n}"' for n in ("提出", "承办单位", "答复时限", "进展",
                                                            "是否按期")], said
        # A wide table scrolls within its frame.
        assert not [f for f in faults if f.startswith("page")], (name, faults)
    assert not v.shoot("ledger-large", "/ledger?type=large")


def lately(v):
    """Six more, and the overview that was read within a day of them: 24 seconds, which a machine that
    does something else may not have the first time."""
    for first in range(100, 200, 6):
        before = {c["id"] for c in v.daemon.concerns()}
        v.site.set("/rss", m.rss([(str(n), *m.numbered(m.WAGES, n)) for n in range(first, first + 6)]))
        more = h.wait_for(lambda: len(new := [c for c in v.daemon.concerns()
                                              if c["id"] not in before]) == 6 and new, 60, "six more")
        h.wait_for(v.counted, 30, "the count")
        v.read("/overview")
        began, now = (h.datetime.datetime.fromisoformat(t) for t in (
            min(c["opened"] for c in more), v.daemon.status()["now"]))
        if now - began < h.datetime.timedelta(hours=23):
            return
        h.wait_for(lambda: h.datetime.datetime.fromisoformat(v.daemon.status()["now"]) - now >
                   h.datetime.timedelta(hours=25), what="a day without any")
    raise AssertionError("a day is too short here")


def test_the_overview_shows_hours_places_and_units():
    v = view.open()
    lately(v)
    assert v.text(".hours tbody th") == ["拖欠工资"]
    # what is late with another step is in the desk's count, not here: the page says so
    assert "超期未答复" in v.text(".rates thead th") and "超期" not in v.text("thead th")
    assert "超期未答复" in v.text(".map li")[0]
    assert any("值班台" in t for t in v.text(".formulas dd")), v.text(".formulas dd")
    assert sum(int(t) for t in v.text(".hours td") if t.isdigit()) == 6
    assert v.text(".map strong") and "未办结" in v.text(".map li")[0]
    assert len(v.text(".trend thead th")) == 2 * 7
    whole = next(r for r in json.loads(v.daemon.request("GET", "/api/v1/statistics?by=unit&month=each")[1])
                 ["rows"] if r["key"] == "labour")["rates"]["answered_in_time"]["n"]
    assert whole and any(f"n={whole}" in cell for cell in v.text(".trend td")), v.text(".trend td")
    faults = v.shoot("overview", "/overview")
    assert not faults, faults
    faults = v.shoot("overview-phone", "/overview", browser.PHONE)
    assert not [f for f in faults if f.startswith("page")], faults


def squeezed(text):
    """A line of paper ends where it must."""
    return "".join(text.split())


def on_paper(v, name):
    """The page as it is printed, as one who gets the file reads it."""
    printed = v.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    content = base64.b64decode(printed["data"])
    assert content.startswith(b"%PDF-")
    path = os.path.join(PICTURES, name + ".pdf")
    with open(path, "wb") as f:
        f.write(content)
    done = subprocess.run(["pdftotext", "-layout", path, "-"], stdout=subprocess.PIPE, check=True)
    return squeezed(done.stdout.decode())


def test_the_report_prints():
    v = view.open()
    units = {u["id"]: u["name"] for u in v.daemon.get("/api/v1/units")["items"]}
    for name, path in (("ledger-month", "/ledger/month/"), ("report-month", "/reports/month/")):
        v.read(path + v.month)
        shown = [t for t in v.text(".formulas dt") if t.endswith("率")]
        formulas = v.text(".formulas dd")[:len(shown)]
        text = on_paper(v, name)
        assert v.month in text and units["labour"] in text, text[:500]
        assert len(shown) >= 5 and all(squeezed(t) in text for t in shown + formulas), text
        assert "English" not in text and "大字版" not in text, text


def test_the_day_is_read_at_a_glance():
    """Its figures stand first, as the statistics have them; what there is none of has no table; and
    its rows stand below each other on a phone, where they would be a letter wide, not on paper."""
    v = view.open()
    until = h.datetime.datetime.fromisoformat(v.daemon.get("/api/v1/concerns/" + v.first)["opened"])
    day = (until + h.datetime.timedelta(hours=16)).date()  # ends at the next 08:00
    v.read(f"/reports/daily?day={day}")
    tiles = dict(zip(v.text(".tile dt"), v.text(".tile dd")))
    opened = [h.datetime.datetime.fromisoformat(c["opened"]) for c in v.daemon.concerns()]
    of_day = sum((t + h.datetime.timedelta(hours=16)).date() == day for t in opened)
    assert tiles["新提出"] == f"{of_day} 件" and of_day and len(tiles) == 10, (of_day, tiles)
    assert v.text("main p:not(.noprint, .pager)")[1 if v.find(".demo") else 0].startswith(f"{day - h.datetime.timedelta(days=1)} 08:00 至"), v.text("main p")
    tables = v.run("return [...document.querySelectorAll('main table')].map((t) => t.tBodies[0].rows.length)")
    assert tables and all(tables) and "无。" in v.text("main p"), tables
    look = """const row = document.querySelector('.stacked tbody tr'), due = row.cells[5];
        const all = [...row.cells].map((c) => c.getBoundingClientRect().height);
        return [getComputedStyle(row).display, Math.max(...all), getComputedStyle(due, '::before').content]"""
    for name, size, media, display in (("desk", browser.DESK, "", "table-row"), ("phone", browser.PHONE, "", "block"),
                                       ("paper", (680, 960), "print", "table-row")):
        v.size(*size)
        v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
        shown, tallest, label = v.run(look)
        assert shown == display and tallest < 60, (name, shown, tallest)
        assert ("答复时限" in label) == (name == "phone"), (name, label)
        if not media:
            assert not v.shoot("daily-" + name, f"/reports/daily?day={day}", size)
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    v.read("/reports/month/" + v.month)
    lines = v.run("return [...document.querySelectorAll('.rates thead th')].map((c) => c.getClientRects().length &&"
                  "Math.round(c.clientHeight / parseFloat(getComputedStyle(c).lineHeight)))")
    assert len(lines) > 10 and max(lines) <= 2, lines  # with what is around them


def test_nothing_is_asked_of_others():
    v = view.open()
    v.driver.get_log("performance")
    for path in ("/ledger", f"/ledger/{v.second}", "/privacy"):
        v.read(path)
    asked = []
    for entry in v.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    assert asked and all(u.startswith(v.origin + "/") for u in asked), asked
    assert not v.driver.get_cookies()


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        view.close()
