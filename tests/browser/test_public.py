#!/usr/bin/python3
"""What the public sees, in a real browser on a live daemon without a script: the ledger, a matter,
the month's report on screen, on a phone and on paper. Pictures go to the build's screenshots/.
"""
import base64
import json
import os
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
        entries = self.driver.get_log("browser")
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
    v.find("form.filters button")[0].click()
    h.wait_for(lambda: len(v.find("tbody tr")) == 1, 10, "the one that fits")
    assert "topic=epidemic" in v.driver.current_url
    v.find("tbody a")[0].click()
    assert "/ledger/c" in v.driver.current_url and v.text("main h2") == ["办理经过"]


def test_english_and_large_type_go_along():
    v = view.open()
    v.read("/ledger?lang=en")
    assert v.text("h1") == ["Public ledger"] and v.text(".tile dt")[0] == "raised"
    small = v.find("h1")[0].size["height"]
    v.find(".switches a")[1].click()
    assert "lang=en" in v.driver.current_url and "type=large" in v.driver.current_url
    assert v.find("h1")[0].size["height"] > small * 1.3
    v.find("nav ul a")[1].click()
    assert "lang=en" in v.driver.current_url and "type=large" in v.driver.current_url
    assert v.text("h1")[0].startswith("Report of"), v.text("h1")
    v.find(".switches a")[0].click()
    assert "月报" in v.text("h1")[0] and "type=large" in v.driver.current_url


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
    month = json.loads(v.daemon.request("GET", "/api/v1/statistics?month=each")[1])["rows"][-1]
    for path in ("/ledger", f"/ledger/{v.first}", f"/ledger/month/{month['month']}", "/ledger/rules",
                 "/ledger/sources", "/privacy", "/overview", "/login"):
        v.read(path + "?type=large")
        v.scripted(True)
        found = v.driver.execute_script(SMALL)
        v.scripted(False)
        assert not found, (path, found)
    v.driver.delete_all_cookies()  # of the log-in's form


def test_pictures_fit():
    v = view.open()
    month = json.loads(v.daemon.request("GET", "/api/v1/statistics?month=each")[1])["rows"][-1]
    pages = {"ledger": "/ledger", "ledger-concern": f"/ledger/{v.first}",
             "ledger-month": f"/ledger/month/{month['month']}", "ledger-rules": "/ledger/rules",
             "ledger-sources": "/ledger/sources", "privacy": "/privacy"}
    for name, path in pages.items():
        assert not v.shoot(name, path), name
        faults = v.shoot(name + "-phone", path, browser.PHONE)
        # A wide table scrolls within its frame.
        assert not [f for f in faults if f.startswith("page")], (name, faults)
    assert not v.shoot("ledger-large", "/ledger?type=large")


def test_the_overview_shows_hours_places_and_units():
    v = view.open()
    v.site.set("/rss", m.rss([(str(n), *m.numbered(m.WAGES, n)) for n in range(100, 106)]))
    h.wait_for(lambda: len(v.daemon.concerns()) == 46, 60, "six more")
    h.wait_for(v.counted, 30, "the count")
    v.read("/overview")
    assert v.text(".hours tbody th") == ["拖欠工资"]
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


def test_the_report_prints():
    v = view.open()
    month = json.loads(v.daemon.request("GET", "/api/v1/statistics?month=each")[1])["rows"][-1]
    v.read(f"/ledger/month/{month['month']}")
    printed = v.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    content = base64.b64decode(printed["data"])
    assert content.startswith(b"%PDF-") and len(content) > 10000
    with open(os.path.join(PICTURES, "ledger-month.pdf"), "wb") as f:
        f.write(content)


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
