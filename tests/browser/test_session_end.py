#!/usr/bin/python3
"""The end of a session as who works sees it: told before, put off by one key, and what was typed is
there again after the next log-in. The daemon's clocks are turned, both of them.
"""
import os
import tempfile
import time
import unittest.mock

import axe
import office as o
from office import h, m

REPLY = "http://site.example/reply"
TEXT = "施工方未按承诺支付，群众再次反映，请重办"
HOURS = 12 * 3600


class Turned(o.Office):
    """An office whose daemon lives by a clock of ours; the browser does not."""

    def open(self):
        self.need_browser()
        if self.world:
            return self
        if not os.path.exists(h.FAKETIME):
            raise h.Skip("faketime is not installed")
        self.folder = tempfile.TemporaryDirectory()
        self.clock, self.passed = h.Clock(self.folder.name), 0
        self.true = dict(os.environ)
        with self.clock.faked(), unittest.mock.patch.dict(os.environ, FAKETIME_DONT_FAKE_MONOTONIC="0"):
            super().open()
        # Closed ones have no deadline that would wake a page up.
        self.closed = {t: self.concern(t)["id"] for t in ("wage-arrears", "epidemic")}
        for concern in self.closed.values():
            done = self.daemon.cli("answer", concern, "--url", REPLY)
            assert done.returncode == 0, done.stderr
        return self

    def browser(self):
        with unittest.mock.patch.dict(os.environ, self.true, clear=True):
            return super().browser()

    def close(self):
        super().close()
        if self.world:
            self.folder.cleanup()

    def turn(self, seconds):
        self.passed += seconds
        self.clock.shift(f"+{self.passed}s")

    def seen_again(self):
        """The tab comes to the front, when a page looks how long it has."""
        self.run("document.dispatchEvent(new Event('visibilitychange'))")

    def end(self):
        """The session ends unused, and the page leads to the log-in."""
        self.turn(1801)
        self.seen_again()
        h.wait_for(lambda: self.path().startswith("/login.html"), 10, "the log-in")

    def ends(self):
        """(seconds until it ends unused, in any case); asking is no use."""
        who = self.driver.execute_async_script(
            "const done = arguments[0]; fetch('/api/v1/session', {cache: 'no-store'}).then((r) => r.json()).then(done)")
        return who["ends_in"], who["limit_in"]

    def use(self):
        self.driver.execute_async_script(
            "const done = arguments[0]; fetch('/api/v1/status').then((r) => r.text()).then(() => done(1))")

    def at(self, topic, name="zhang"):
        self.log_in(name, "/concern.html%23" + self.closed[topic])
        self.there(f"#concern[data-ready={self.closed[topic]}]")
        return self

    def type_a_reason(self):
        self.click("#acts [data-act=reopen]", 30)
        self.wait("dialog[open] textarea").send_keys(TEXT)

    def log_in_again(self, name="zhang"):
        form = self.wait("#login[data-ready]")
        form.find_element(o.By.NAME, "account").send_keys(name)
        form.find_element(o.By.NAME, "password").send_keys(o.PASSWORD + o.Keys.ENTER)
        h.wait_for(lambda: not self.path().startswith("/login.html"), 20, "to be let in")


office = Turned([("1", *m.WAGES), ("2", *m.FLU)])


class Spent:
    """Bounds of what of a time is left after what the test itself took, whole seconds both."""

    def __init__(self):
        self.began = time.monotonic()

    def left(self, of, value):
        return of - 3 - (time.monotonic() - self.began) <= value <= of


def test_asking_when_it_ends_is_no_use_of_it():
    v, since_log_in = office.open(), Spent()
    v.at("epidemic")
    v.go("/workbench.html")
    v.there("#edit[data-state=checked]")
    first, since_first = v.ends(), Spent()
    assert since_log_in.left(1800, first[0]) and since_log_in.left(HOURS, first[1]), first
    v.turn(600)
    then = v.ends()
    assert since_first.left(first[0] - 598, then[0]), (first, then)
    assert since_first.left(first[1] - 598, then[1]), (first, then)
    since_use = Spent()
    v.use()
    assert since_use.left(1800, v.ends()[0]) and v.ends()[1] <= then[1], v.ends()


def test_two_minutes_before_one_key_puts_it_off():
    v = office.open().at("wage-arrears")
    v.type_a_reason()
    v.turn(v.ends()[0] - 115)
    assert not v.find("[role=alertdialog]")
    v.seen_again()
    box = v.wait("[role=alertdialog]")
    told = v.run("""const d = arguments[0], by = (n) => document.getElementById(d.getAttribute(n)).textContent;
        return {modal: d.matches(':modal'), title: by('aria-labelledby'), text: by('aria-describedby'),
                ticking: d.querySelector('.left').getAttribute('aria-hidden'),
                focus: document.activeElement.textContent};""", box)
    assert told["modal"] and told["title"] == "登录快到期了" and told["ticking"] == "true", told
    assert told["focus"] == "继续登录" and "两分钟" in told["text"], told
    v.fits("session-end-zh")
    shown = v.text(".ending .left")
    h.wait_for(lambda: v.text(".ending .left") != shown, 3, "it to count down")
    found = axe.violations(v, axe.script())
    assert not found, found
    v.type(o.Keys.ENTER)
    h.wait_for(lambda: not v.find("[role=alertdialog]"), 10, "it to go")
    assert v.ends()[0] > 1700, v.ends()
    assert v.run("return document.activeElement.value") == TEXT


def test_another_tab_puts_it_off_for_all():
    v = office.open().at("wage-arrears")
    v.turn(v.ends()[0] - 115)
    v.seen_again()
    v.wait("[role=alertdialog]")
    v.use()
    v.seen_again()
    h.wait_for(lambda: not v.find("[role=alertdialog]"), 10, "it to go by itself")


def test_what_was_typed_is_there_after_the_next_log_in():
    v = office.open().at("wage-arrears")
    v.type_a_reason()
    v.end()
    h.wait_for(lambda: v.text("#ended") == ["登录已到期，请重新登录。没有提交的文字留在本标签页，登录后放回。"],
               5, "the page to say so")
    v.fits("session-ended-zh")
    assert not axe.violations(v, axe.script())
    v.log_in_again()
    h.wait_for(lambda: v.find("dialog[open] textarea") and
               v.run("return document.querySelector('dialog[open] textarea').value") == TEXT, 10, "the text")
    assert v.path() == "/concern.html#" + v.closed["wage-arrears"]
    assert v.run("return sessionStorage.length") == 0
    # pressed too late: the same
    v.turn(1801)
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.path().startswith("/login.html"), 10, "the log-in")
    v.log_in_again()
    v.wait("dialog[open] textarea")
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + v.closed["wage-arrears"])["state"] != "closed",
               10, "what was typed to be sent")
    notes = v.daemon.get("/api/v1/concerns/" + v.closed["wage-arrears"])["notes"]
    assert TEXT in [n["text"] for n in notes], notes
    done = v.daemon.cli("answer", v.closed["wage-arrears"], "--url", REPLY)
    assert done.returncode == 0, done.stderr


def test_logging_out_without_a_script_forgets_it():
    """Typed, the session ended, logged in again elsewhere, and out by the plain page's form."""
    v = office.open()
    v.run("sessionStorage.clear()")  # what a test before this may have left to be gone on with
    v.at("wage-arrears")
    v.type_a_reason()
    v.end()
    v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    css = lambda selector: v.driver.find_elements(o.By.CSS_SELECTOR, selector)  # noqa: E731
    try:
        v.go("/login?lang=en")
        css("input[name=account]")[0].send_keys("zhang")
        css("input[name=password]")[0].send_keys(o.PASSWORD + o.Keys.ENTER)
        h.wait_for(lambda: css("form[action*=logout] button"), 20, "to be let in")
        css("form[action*=logout] button")[0].click()
        h.wait_for(lambda: css("input[name=password]"), 20, "to be out")
        assert v.driver.current_url.endswith("/login?lang=en"), v.driver.current_url
    finally:
        v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    v.at("wage-arrears")
    v.there("#acts [data-act=reopen]")
    assert not v.find("dialog[open]")
    assert TEXT not in v.run("return JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_nobody_else_gets_it():
    v = office.open().at("epidemic")
    v.type_a_reason()
    v.end()
    v.log_in_again("zhou")
    v.there("#concern[data-ready]")
    h.wait_for(lambda: v.run("return sessionStorage.length") == 0, 10, "it to be dropped")
    assert not v.find("dialog[open]")
    v.at("epidemic").type_a_reason()
    v.run("document.querySelector('dialog[open]').close()")
    v.click(".tools .quiet:last-child")
    h.wait_for(lambda: v.path() == "/login.html", 10, "to be logged out")
    assert v.run("return sessionStorage.length") == 0 and v.text("#ended") == []


def test_nobody_else_gets_it_on_another_page():
    v = office.open().at("epidemic")
    v.type_a_reason()
    v.end()
    v.run("location.replace('/login.html?next=%2Finbox.html&ended=1')")
    h.wait_for(lambda: "inbox" in v.run("return location.search"), 10, "the log-in for another page")
    v.log_in_again("zhou")
    h.wait_for(lambda: v.path() == "/inbox.html", 10, "the in-box")
    h.wait_for(lambda: v.run("return sessionStorage.length") == 0, 10, "it to be dropped")


def test_an_act_that_is_closed_meanwhile_shows_the_text():
    v = office.open().at("epidemic")
    v.type_a_reason()
    v.end()
    done = v.daemon.cli("reopen", v.closed["epidemic"], "--note", "重办")
    assert done.returncode == 0, done.stderr
    v.log_in_again()
    h.wait_for(lambda: v.text("dialog[open] .draft") == [TEXT], 10, "the text to copy")
    done = v.daemon.cli("answer", v.closed["epidemic"], "--url", REPLY)
    assert done.returncode == 0, done.stderr


def test_the_rules_under_edit_are_kept_too():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#edit[data-state=checked]")
    v.run("const a = document.getElementById('edit-text'); a.value += '# 试'; a.dispatchEvent(new Event('input'))")
    v.run("document.querySelector('#try [name=text]').value = '工地欠薪'")
    text, topic = v.run("return [document.getElementById('edit-text').value, document.getElementById('edit-topic').value]")
    v.there("#edit[data-state=checked]")
    v.end()
    v.log_in_again("ops")
    h.wait_for(lambda: v.run("return document.getElementById('edit-text')?.value") == text, 10, "the text")
    assert v.run("return [document.getElementById('edit-topic').value, "
                 "document.querySelector('#try [name=text]').value]") == [topic, "工地欠薪"]


def to_the_limit(v):
    """Used all the time, until it is told that twelve hours are over."""
    v.at("wage-arrears").type_a_reason()
    while v.ends()[1] > 1700:
        v.turn(min(1500, v.ends()[1] - 1600))
        v.use()
    v.turn(v.ends()[1] - 115)
    v.use()
    v.seen_again()
    v.wait("[role=alertdialog]")


def is_back(v):
    v.log_in_again()
    h.wait_for(lambda: v.find("dialog[open] textarea") and
               v.run("return document.querySelector('dialog[open] textarea').value") == TEXT, 10, "the text")


def test_twelve_hours_are_the_end_and_it_says_so():
    v = office.open()
    to_the_limit(v)
    assert "不能再延长" in v.text("#ending-text")[0], v.text("#ending-text")
    assert v.text(".ending button") == ["知道了", "现在重新登录"]
    v.picture("session-limit-zh-1366")
    v.type(o.Keys.ENTER)
    h.wait_for(lambda: not v.find("[role=alertdialog]"), 5, "it to go")
    v.driver.execute_async_script("""const done = arguments[0], real = window.fetch;
        window.fetch = async (...a) => { const r = await real(...a); setTimeout(done, 50, 1); return r; };
        document.dispatchEvent(new Event('visibilitychange'));""")
    assert not v.find("[role=alertdialog]"), "it comes again"
    v.turn(116)
    v.seen_again()
    h.wait_for(lambda: v.path().startswith("/login.html") and v.text("#ended"), 10, "the log-in")
    is_back(v)


def test_at_the_limit_one_may_log_in_again_at_once():
    v = office.open()
    to_the_limit(v)
    v.click(".ending .quiet")
    since_then = Spent()
    h.wait_for(lambda: v.path().startswith("/login.html") and v.text("#ended"), 10, "the log-in")
    is_back(v)
    assert since_then.left(HOURS, v.ends()[1]), v.ends()


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
