#!/usr/bin/python3
"""What a viewer sees: the example town's page in a real browser, from the first concern to the
published reply. Pictures go to the build's screenshots/ folder.
"""
import json
import os
import sys
import time
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "scenarios"))
import axe  # noqa: E402
import harness as h  # noqa: E402
import test_demo as demo  # noqa: E402

from seat import Seat  # noqa: E402

RATE = 240  # the units' acts take real seconds; the deadlines come four times as soon
DESK, PHONE = (1366, 768), (390, 844)
MARKUP = '<img src=x onerror="window.ran=1"><script>window.ran=2</script>'
NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
FEED = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:t</id>
<updated>{NOW}</updated>
<entry><id>urn:t:1</id><updated>{NOW}</updated>
<link href="http://127.0.0.1/a"/>
<title type="text">工地拖欠工资 {escape(MARKUP)}</title>
<content type="text">我们在南坪村的工地干了三个月，老板拖欠工资不给，求助！{escape(MARKUP)}</content>
</entry></feed>
"""


class Viewer(Seat):
    """One browser on one town; made when the first test needs it."""

    def __init__(self):
        self.world = None

    def open(self):
        self.need_browser()
        if self.world:
            return self
        self.world = h.World()
        site = self.world.site("127.0.0.2")
        site.set("/markup.xml", FEED, mime="application/atom+xml")
        # What the tests accept, and look at before, is not accepted by its unit meanwhile.
        daemon, address = demo.town(self.world, still=["health"])
        daemon.settings["allow"] = ["127.0.0.0/8"]
        daemon.settings["demonstration"] = {"rate": RATE}
        daemon.settings["sources"].append(
            {**h.source(site, "markup", "/markup.xml", kind="board"), "name": "试验", "kind": "news"})
        daemon.write_config()
        daemon.start()
        demo.launch(self.world, "units.py", "--config", daemon.config, "--keys", daemon.keys,
                    "--site", address)
        self.daemon, self.address = daemon, address
        self.origin = f"http://127.0.0.1:{daemon.http_port}"
        self.stream = self.world.add(h.Stream(daemon))
        self.driver = self.browser()
        self.size(*DESK)
        self.driver.get("about:blank")
        self.driver.get_log("performance")  # of the browser's own first page
        self.driver.get(self.origin + "/")
        self.run("window.mark = 'not reloaded'")
        return self

    def text(self, selector):
        """All in one go: a list may be made anew between two of its rows."""
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map((e) => e.getClientRects().length ? e.innerText.trim() : '')", selector)

    def row(self, concern):
        """The texts of one open concern on the page, or None; read in one go, for it may move."""
        return self.run("""
            const li = document.querySelector(`.concern[data-id="${arguments[0]}"]`);
            if (!li) return null;
            const t = (s) => [...li.querySelectorAll(s)].filter((e) => e.offsetParent)
                .map((e) => e.innerText).join(' ');
            return {topic: t('.topic'), state: t('.chip'), left: t('.left'), urged: t('.urged'),
                    unit: t('.unit'), place: t('.place'), tone: li.dataset.tone};""", concern)

    def concern(self, topic, limit=h.PATIENCE, **query):
        def wanted():
            for c in self.daemon.concerns(topic=topic, **query):
                if all(m["source"]["id"] != "markup" for m in self.mentions(c["id"])):
                    return c
            return None
        return h.wait_for(wanted, limit, f"a concern of {topic}")

    def mentions(self, ident):
        return self.daemon.get(f"/api/v1/concerns/{ident}")["mentions"]


view = Viewer()


def test_open_concerns_are_listed_and_tick():
    v = view.open()
    concern = v.concern("epidemic")
    row = h.wait_for(lambda: v.row(concern["id"]), 5, "its row")
    assert row["topic"] == concern["topic"]["name"] == "疫情防控", row
    assert row["unit"] == concern["unit"]["name"] and row["state"].startswith("待签收"), row
    assert row["place"] == concern["region"]["name"] and row["place"].startswith("青石镇"), row
    before = row["left"]
    h.wait_for(lambda: v.row(concern["id"])["left"] != before, 2, "the countdown to tick")
    later = v.row(concern["id"])["left"]
    assert all(len(x) >= 8 and x[-3] == ":" for x in (before, later)), (before, later)
    assert v.text("h1") == ["回应 青石镇"], v.text("h1")


def test_the_demonstration_clock_is_named():
    v = view.open()
    assert v.text("#rate") == [f"演示时钟 ×{RATE}"], v.text("#rate")
    shown = v.text("#now")[0]
    h.wait_for(lambda: v.text("#now")[0] != shown, 2, "the clock to run")


def test_an_event_shows_as_soon_as_it_is_committed():
    """No reload: the mark set when the page was opened is still there. How soon is a figure, not a
    promise: the command waits for this machine's disk, and the page for its browser."""
    v = view.open()
    concern = v.concern("epidemic", state="open")
    h.wait_for(lambda: v.row(concern["id"]), 5, "its row")
    v.run("""
        window.seen = null;
        new MutationObserver(() => {
            const li = document.querySelector('#events li[data-type="huiying.concern.accepted"]' +
                                              `[data-concern="${window.wanted}"]`);
            if (li && !window.seen) window.seen = Date.now();
        }).observe(document.getElementById('events'), {childList: true, subtree: true});
        window.wanted = arguments[0];""", concern["id"])
    asked = time.time()
    status, body = v.daemon.request("POST", f"/api/v1/concerns/{concern['id']}/accept", b"{}",
                                    headers={"Content-Type": "application/json"})
    assert status == 200, body
    committed = time.time()
    seen = h.wait_for(lambda: v.run("return window.seen"), 5, "the event on the page")
    h.figure(event_on_page_ms=round(seen - asked * 1000),
             command_ms=round((committed - asked) * 1000))
    row = h.wait_for(lambda: (r := v.row(concern["id"])) and "待签收" not in r["state"] and r, 3,
                     "its state to change")
    assert "办理中" in row["state"], row
    assert v.run("return window.mark") == "not reloaded"


def test_markup_in_a_title_is_text():
    v = view.open()

    def planted():
        return next((c["id"] for c in v.daemon.concerns(topic="wage-arrears")
                     if any(m["source"]["id"] == "markup" for m in v.mentions(c["id"]))), None)
    ident = h.wait_for(planted, 30, "the planted item")
    assert "<img src=x onerror" in v.mentions(ident)[0]["title"], v.mentions(ident)
    h.wait_for(lambda: v.row(ident), 5, "its row")
    v.run("document.querySelector(`.concern[data-id=\"${arguments[0]}\"] .topic`).click()", ident)
    title = h.wait_for(lambda: v.text("#detail .mentions .title"), 5, "the detail")
    assert "<img src=x onerror=" in title[0] and "<script>" in title[0], title
    assert "<img src=x" in v.text("#detail .mentions .excerpt")[0]
    assert not v.find("#detail img, #detail script, main img")
    v.picture("detail-zh-1366")
    v.size(*PHONE)
    assert v.overflow() == [], v.overflow()
    v.picture("detail-zh-390")
    v.size(*DESK)
    v.run("document.getElementById('detail').close()")
    time_to_run = time.monotonic() + 0.5
    h.wait_for(lambda: time.monotonic() > time_to_run, 2)
    assert v.run("return window.ran ?? null") is None


def test_the_address_of_an_alert_opens_its_concern():
    v = view.open()
    for topic in ("epidemic", "wage-arrears"):
        ident = v.concern(topic)["id"]
        v.run("location.hash = arguments[0]", ident)
        h.wait_for(lambda: any(t.startswith(ident + " ") for t in v.text("#detail[open] #detail-sub")),
                   5, "the detail of " + ident)
    v.run("location.hash = '#elsewhere'")
    h.wait_for(lambda: not v.find("#detail[open]"), 5, "the detail to close")
    v.run("history.replaceState(null, '', '/')")


def test_english():
    v = view.open()
    v.find("#language")[0].click()
    try:
        assert v.text("#open-title") == ["Open concerns"], v.text("#open-title")
        assert v.run("return document.documentElement.lang") == "en"
        assert "Wage arrears" in " ".join(v.text(".concern .topic")), v.text(".concern .topic")
        assert v.text("#rate") == [f"Demonstration clock ×{RATE}"], v.text("#rate")
        for size in (DESK, PHONE):
            v.size(*size)
            assert v.overflow() == [], (size, v.overflow())
            v.picture(f"desk-en-{size[0]}", whole=size == PHONE)
            v.size(*DESK)
    finally:
        v.find("#language")[0].click()
    assert v.run("return document.documentElement.lang") == "zh-CN"
    assert v.text("#open-title") == ["未办结的关切"]


def test_an_overdue_concern_shows_the_urging():
    v = view.open()
    concern = v.concern("food-drug-safety")
    h.wait_for(lambda: (r := v.row(concern["id"])) and r["urged"], 90, "督办 on the page")
    row = v.row(concern["id"])
    assert row["urged"] == "督办" and row["left"].startswith("+") and row["tone"] == "bad", row
    h.wait_for(lambda: v.text("#n-overdue")[0] != "0", 5, "the count of overdue ones")
    assert "督办" in " ".join(v.text("#events .kind")), v.text("#events .kind")
    assert v.driver.title.startswith("("), v.driver.title


def test_an_answered_concern_links_to_its_reply():
    v = view.open()
    h.wait_for(lambda: v.find("#closed-list a"), 90, "an answered concern")
    links = v.run("return [...document.querySelectorAll('#closed-list a')].map((a) => "
                  "[a.href, a.textContent, a.rel, a.offsetParent !== null])")
    closed = {c["reply_url"] for c in v.daemon.concerns(state="closed")}
    for href, text, rel, shown in links:
        assert href in closed and href.startswith(v.address), (href, closed)
        assert text == "查看公开答复" and "noopener" in rel and "noreferrer" in rel and shown, text


def test_nothing_overflows():
    v = view.open()
    for name, size in (("desk-zh-1366", DESK), ("desk-zh-390", PHONE)):
        v.size(*size)
        assert v.overflow() == [], (size, v.overflow())
        v.picture(name, whole=size == PHONE)
    v.size(*DESK)
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    v.picture("desk-zh-1366-dark")
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_it_keeps_nobody_out():
    """The list and a concern's detail, by day, by night, on a phone and in English."""
    source = axe.script()
    v = view.open()
    ident = v.concern("wage-arrears")["id"]
    found = []
    looks = [("light", DESK, False), ("dark", DESK, False), ("light", PHONE, False), ("light", DESK, True)]
    for scheme, size, english in looks:
        v.size(*size)
        v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        if english:
            v.find("#language")[0].click()
        found += [(scheme, size, english, one) for one in axe.violations(v, source)]
        v.run("location.hash = arguments[0]", ident)
        h.wait_for(lambda: v.find("#detail[open] .mentions li"), 5, "its detail")
        found += [(scheme, size, english, "detail", one) for one in axe.violations(v, source)]
        v.run("document.getElementById('detail').close(); history.replaceState(null, '', '/')")
    v.find("#language")[0].click()
    v.size(*DESK)
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    h.figure(looked_at=2 * len(looks), violations=len(found))
    assert not found, "\n".join(map(str, found))


def test_quiet_and_alone():
    """No console message, no request elsewhere; nothing is kept in the browser but how the page is
    shown. Runs last."""
    v = view.open()
    told = v.console()
    assert not told, told
    asked, set_cookies = [], []
    for entry in v.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
        elif message["method"] == "Network.responseReceivedExtraInfo":
            set_cookies += [k for k in message["params"]["headers"] if k.lower() == "set-cookie"]
    assert len(asked) > 5, asked
    outside = [u for u in asked if not u.startswith((v.origin + "/", "data:"))]
    assert not outside and not set_cookies, (outside, set_cookies)
    assert v.driver.get_cookies() == []
    kept = v.run("return [{...localStorage}, sessionStorage.length]")
    assert kept[1] == 0 and set(kept[0]) <= {"huiying.shown"}, kept
    shown = json.loads(kept[0].get("huiying.shown", "{}"))
    assert shown in ({}, {"lang": "zh", "large": False, "keys": True}), shown
    assert v.run("return window.mark") == "not reloaded"
    h.figure(requests=len(asked))


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        view.close()
