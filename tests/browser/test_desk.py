#!/usr/bin/python3
"""Logging in and the duty desk, as a duty officer uses them, in a real browser."""
import time

import office as o
from office import h, m

ITEMS = [("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)]
office = o.Office(ITEMS)


def rows(view):
    return view.run("return [...document.querySelectorAll('#list > li')].map((li) => li.dataset.id)")


def desk(view, name="zhang", query=""):
    """The desk with all that is open on it."""
    if any(name in who for who in view.text(".who")) and view.driver.get_cookies():
        view.go("/desk.html" + query)
    else:
        view.log_in(name, "/desk.html" + query)
    view.there("#list[data-ready]")
    h.wait_for(lambda: view.text(".link") == ["实时"], 10, "the stream")
    return view


def test_who_is_not_logged_in_is_led_to_the_log_in_and_back():
    v = office.open()
    v.go("/desk.html?state=open")
    h.wait_for(lambda: v.path() == "/login.html?next=%2Fdesk.html%3Fstate%3Dopen", 10, "the log-in")
    v.wait("#login[data-ready]")
    v.fits("login-zh")
    form = v.find("#login")[0]
    form.find_element(o.By.NAME, "account").send_keys("zhang")
    form.find_element(o.By.NAME, "password").send_keys("wrong" + o.Keys.ENTER)
    h.wait_for(lambda: "账号或密码不对" in v.text("#wrong")[0], 20, "the refusal")
    assert "(" not in v.text("#wrong")[0], v.text("#wrong")
    form.find_element(o.By.NAME, "password").send_keys(o.PASSWORD + o.Keys.ENTER)
    h.wait_for(lambda: v.path() == "/desk.html?state=open", 20, "the desk")
    v.there("#list[data-ready]")
    assert v.text(".who") == ["zhang · 协调"], v.text(".who")
    # a link must not lead through us to somebody else
    for evil in ("https://evil.example/", "//evil.example/", "/login.html", "javascript:alert(1)"):
        v.go("/login.html?next=" + evil)
        h.wait_for(lambda: v.path() == "/desk.html", 10, "home from " + evil)


def test_who_runs_no_script_logs_in_and_reads():
    v = office.open()
    v.nobody()
    css = lambda selector: v.driver.find_elements(o.By.CSS_SELECTOR, selector)  # noqa: E731
    v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        v.go("/login.html")
        css("noscript a, .notice a")[0].click()
        h.wait_for(lambda: css("input[name=password]"), 10, "the plain form")
        v.picture("login-plain-zh")
        css("input[name=account]")[0].send_keys("zhang")
        css("input[name=password]")[0].send_keys(o.PASSWORD + o.Keys.ENTER)
        h.wait_for(lambda: css("main li a"), 20, "what may be read")
        css("main li a")[0].click()
        h.wait_for(lambda: "overview" in v.driver.current_url and css("table"), 10, "the overview")
        v.go("/login")
        css("main form button")[0].click()
        h.wait_for(lambda: css("input[name=password]"), 10, "the form again")
    finally:
        v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_session_that_ended_leads_back():
    v = desk(office.open())
    v.there("#list [data-act=remind]")
    v.driver.delete_all_cookies()
    # An event may have led away before the press does.
    v.run("document.querySelector('#list [data-act=remind]')?.click()")
    h.wait_for(lambda: v.path().startswith("/login.html?next=%2Fdesk.html"), 10, "the log-in")


def test_what_is_open_is_listed_by_urgency():
    v = desk(office.open())
    h.wait_for(lambda: len(rows(v)) == 3, 10, "three rows")
    told = {c["id"]: c for c in v.daemon.concerns(state="open")}
    majors = {"major", "grave"}
    order = sorted(told.values(), key=lambda c: (
        c["grade"] not in majors and c["proposed"] not in majors, c["next"]["due"], c["id"]))
    assert rows(v) == [c["id"] for c in order], (rows(v), order)
    row = v.run("""const li = document.querySelector(`#list > [data-id="${arguments[0]}"]`);
        const t = (s) => li.querySelector(s)?.textContent;
        return {topic: t('.topic'), left: t('.left'), unit: t('.unit'), chip: t('.chip'),
                heat: t('.heat .aside'), hidden: li.querySelector('.left').getAttribute('aria-hidden')};""",
                order[0]["id"])
    first = order[0]
    assert row["topic"] == first["topic"]["name"] and row["unit"] == first["unit"]["name"], row
    assert row["chip"] == first["state_zh"] and row["hidden"] == "true", row
    said = h.wait_for(lambda: v.text("#list .headline") if all(v.text("#list .headline")) else None,
                      5, "what each is about")
    about = {"wage-arrears": m.WAGES, "epidemic": m.FLU, "food-drug-safety": m.FOOD}
    assert said == [about[c["topic"]["id"]][0] for c in order], said
    assert row["heat"] == "近 48 小时到达 1 条", row
    before = v.text("#list .left")
    h.wait_for(lambda: v.text("#list .left") != before, 3, "the countdowns to run")
    assert v.text("#n-open") == ["3"] and v.text("#n-overdue") == ["0"]
    v.fits("desk-work-zh")


def test_filters_are_kept_in_the_address():
    v = desk(office.open())
    h.wait_for(lambda: len(rows(v)) == 3, 10, "three rows")
    wanted = v.concern("wage-arrears")["id"]
    v.run("const s = document.querySelector('#filters [name=topic]'); s.value = 'wage-arrears';"
          "s.dispatchEvent(new Event('change'))")
    h.wait_for(lambda: rows(v) == [wanted], 5, "the one of the topic")
    assert v.path() == "/desk.html?topic=wage-arrears", v.path()
    v.driver.refresh()
    v.there("#list[data-ready]")
    h.wait_for(lambda: rows(v) == [wanted], 10, "the same after a reload")
    h.wait_for(lambda: v.run("return document.querySelector('#filters [name=topic]').value") ==
               "wage-arrears", what="the filter's own field, once its choices are there")
    v.click("#filters button")
    h.wait_for(lambda: len(rows(v)) == 3, 5, "all again")
    assert v.path() == "/desk.html", v.path()


def test_an_event_is_on_screen_soon_after_its_commit():
    v = desk(office.open())
    concern = v.concern("wage-arrears")["id"]
    h.wait_for(lambda: concern in rows(v), 10, "its row")
    v.run("""window.mark = 1; window.seen = {};
        new MutationObserver(() => {
            const line = document.querySelector(`#events [data-type="huiying.concern.accepted"]` +
                                                `[data-concern="${arguments[0]}"]`);
            if (line) window.seen.line ??= Date.now();
            if (document.querySelector(`#list > [data-id="${arguments[0]}"] .state-accepted`))
                window.seen.row ??= Date.now();
        }).observe(document.getElementById('main'), {childList: true, subtree: true});""", concern)
    asked = time.time()
    status, answer = v.as_person("li", "POST", f"/api/v1/concerns/{concern}/accept", {})
    assert status == 200, answer
    committed = time.time()
    h.wait_for(lambda: len(v.run("return window.seen")) == 2, 5, "the event and its row")
    seen = v.run("return window.seen")
    h.figure(event_on_screen_ms=round(seen["line"] - asked * 1000),
             row_on_screen_ms=round(seen["row"] - asked * 1000),
             command_ms=round((committed - asked) * 1000))
    assert v.run("return window.mark") == 1


# The answers to the first two questions about a concern: the first one lies about for a while, until
# after the second, where that is asked; or the first is a refusal, of a daemon that is busy.
LATE = """let asked = 0, second;
    const real = window.fetch, after = new Promise((go) => { second = go; });
    const pause = (ms) => new Promise((go) => setTimeout(go, ms));
    window.fetch = async (path, ...more) => {
        const turn = String(path).endsWith('/concerns/' + wanted) ? ++asked : 0, answer = await real(path, ...more);
        if (turn === 2) setTimeout(second, 300);
        if (turn !== 1) return answer;
        await Promise.race([after, pause(2000)]);
        setTimeout(() => { window.over = true; }, 300);
        return answer;
    };"""
REFUSED = """let asked = 0;
    const real = window.fetch;
    window.fetch = async (path, ...more) => {
        if (!String(path).endsWith('/concerns/' + wanted) || asked++) return real(path, ...more);
        window.over = true;
        return new Response('{}', {status: 503});
    };"""


def test_a_row_is_as_the_concern_is_whatever_became_of_an_answer():
    v = desk(office.open())
    concern = v.concern("epidemic")["id"]
    h.wait_for(lambda: concern in rows(v), 10, "its row")
    chip = f'#list > [data-id="{concern}"] .grade'
    for trick, grades in ((LATE, ("larger", "ordinary")), (REFUSED, ("larger",))):
        v.run("const wanted = arguments[0]; window.over = false;" + trick, concern)
        for grade in grades:
            done = v.daemon.cli("assess", concern, "--grade", grade, "--note", "研判")
            assert done.returncode == 0, done.stderr
        h.wait_for(lambda: v.run("return window.over"), what="the late answer")
        want = [] if grades[-1] == "ordinary" else ["较大"]
        h.wait_for(lambda: v.text(chip) == want, what=f"{want}, not {v.text(chip)}")
        v.driver.refresh()
        v.there("#list[data-ready]")
        h.wait_for(lambda: v.text(".link") == ["实时"], 10, "the stream")
    assert v.complaints() == []


def test_one_key_accepts_transfers_and_reminds():
    v = desk(office.open())
    food = v.concern("food-drug-safety")["id"]
    h.wait_for(lambda: food in rows(v), 10, "its row")
    v.run("document.querySelector(`#list > [data-id=\"${arguments[0]}\"] .topic`).focus()", food)
    v.type("a")  # in the unit's place: the desk says that it confirmed it
    v.wait("dialog[open]")
    assert "代「市场监管所」签收" in v.text("dialog[open]")[0], v.text("dialog[open]")
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.daemon.get(f"/api/v1/concerns/{food}")["state"] == "accepted", 5, "签收")
    h.wait_for(lambda: not v.find("dialog[open]"), 5, "the form to go")
    h.wait_for(lambda: v.find(f'#list > [data-id="{food}"] .state-accepted'), 5, "its row anew")
    v.run("document.querySelector(`#list > [data-id=\"${arguments[0]}\"] .topic`).focus()", food)
    v.type("r")
    h.wait_for(lambda: "huiying.concern.reminded" in
               [e["type"] for e in v.daemon.get(f"/api/v1/concerns/{food}")["events"]], 5, "催办")
    v.run("document.querySelector(`#list > [data-id=\"${arguments[0]}\"] .topic`).focus()", food)
    v.type("t")
    v.wait("dialog[open]")
    v.picture("desk-transfer-zh-1366")
    v.run("document.querySelector('dialog[open] select').value = 'health'")
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.daemon.get(f"/api/v1/concerns/{food}")["unit"]["id"] == "health", 5, "改派")
    h.wait_for(lambda: v.text(f'#list > [data-id="{food}"] .unit') == ["卫健办"], 5, "the unit's name")
    # what the ledger refuses is said, and nothing is changed
    v.run("document.querySelector(`#list > [data-id=\"${arguments[0]}\"] .topic`).focus()", food)
    v.type("jk")
    assert v.run("return document.activeElement.closest('li').dataset.id")


def test_single_keys_can_be_switched_off():
    v = desk(office.open())
    flu = v.concern("epidemic")["id"]
    h.wait_for(lambda: flu in rows(v), 10, "its row")
    v.click("#keys")
    assert v.text("#keys") == ["单键命令：关"]
    v.run("document.querySelector(`#list > [data-id=\"${arguments[0]}\"] .topic`).focus()", flu)
    v.type("at")
    v.driver.refresh()
    v.there("#list[data-ready]")
    assert v.text("#keys") == ["单键命令：关"], "not remembered"
    assert not v.find("dialog[open]")
    v.click("#keys")
    h.wait_for(lambda: flu in rows(v), 10, "its row")
    v.run("document.querySelector(`#list > [data-id=\"${arguments[0]}\"] .topic`).focus()", flu)
    v.type("t")
    v.wait("dialog[open]")
    v.click("dialog[open] .quiet")


def test_a_new_major_concern_rings_only_where_it_may():
    v = desk(office.open())
    flu = v.concern("epidemic")["id"]
    h.wait_for(lambda: flu in rows(v), 10, "its row")
    v.run("""window.rung = 0;
        const real = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () { window.rung++; return real.call(this); };""")
    food = v.concern("food-drug-safety")["id"]

    def grade(concern, value):
        status, answer = v.as_person("zhang", "POST", f"/api/v1/concerns/{concern}/assess",
                                     {"grade": value, "note": "研判"})
        assert status == 200, answer
    grade(food, "major")
    h.wait_for(lambda: v.driver.title.startswith("("), 5, "the badge")
    assert v.run("return window.rung") == 0
    assert any("新的重大事项" in t for t in v.text(".told")), v.text(".told.seen")
    h.wait_for(lambda: rows(v)[0] == food, 5, "it to be the first")
    v.picture("desk-major-zh-1366")
    v.click("#sound")
    h.wait_for(lambda: v.run("return window.rung") == 2, 5, "the sound of the switch")
    assert not v.driver.title.startswith("("), v.driver.title
    grade(food, "ordinary")
    h.wait_for(lambda: not v.find(f'#list > [data-id="{food}"] .grade'), 5, "the lower grade")
    grade(food, "grave")
    h.wait_for(lambda: v.run("return window.rung") == 4, 5, "the ringing")


def test_english_and_large_type():
    v = desk(office.open())
    h.wait_for(lambda: len(rows(v)) == 3, 10, "three rows")
    v.click("#language")
    try:
        h.wait_for(lambda: "Wage arrears" in " ".join(v.text("#list .topic")), 5, "English")
        assert v.run("return document.documentElement.lang") == "en"
        assert "to accept" in v.text("#list .act"), v.text("#list .act")
        assert "".join(v.text("#events .kind")).isascii(), v.text("#events .kind")
        v.fits("desk-work-en")
    finally:
        v.click("#language")
    h.wait_for(lambda: "拖欠工资" in v.text("#list .topic"), 5, "Chinese")
    small = v.run("return getComputedStyle(document.querySelector('#list .topic')).fontSize")
    v.click(".tools .quiet")
    large = v.run("return getComputedStyle(document.querySelector('#list .topic')).fontSize")
    assert float(large[:-2]) >= 1.25 * float(small[:-2]), (small, large)
    v.fits("desk-large-zh")
    v.click(".tools .quiet")


def test_the_wall_shows_the_same_large():
    v = office.open()
    v.log_in("zhang", "/wall.html")
    h.wait_for(lambda: len(v.find("#list > tr")) == 3, 10, "three rows")
    size = v.run("return parseFloat(getComputedStyle(document.querySelector('#list .left')).fontSize)")
    assert size >= 24, size
    before = v.text("#list .left")
    h.wait_for(lambda: v.text("#list .left") != before, 3, "the countdowns to run")
    flu = v.concern("epidemic")["id"]
    status, told = v.as_person("sun", "POST", f"/api/v1/concerns/{flu}/accept", {})
    assert status == 200, told
    h.wait_for(lambda: v.find(f'#list > [data-id="{flu}"] .state-accepted'), 5, "the row to follow")
    v.fits("wall-zh")


def test_roles_see_what_is_theirs():
    v = office.open()
    v.log_in("zhou", "/desk.html")
    v.there("#list[data-ready]")
    h.wait_for(lambda: len(rows(v)) == 3, 10, "three rows")
    assert not v.find("#list .acts button"), "an auditor acts"
    assert v.text(".places a") == ["值班台", "总览", "每日信息", "规则管理", "信源",
                                     "公示"], v.text(".places a")
    v.log_in("li", "/desk.html")
    h.wait_for(lambda: v.text("#main .notice") == ["这个账号用不到这一页。"], 10, "the notice")
    v.click(".tools .quiet:last-child")
    h.wait_for(lambda: v.path() == "/login.html", 10, "to be logged out")
    told = v.run("return fetch('/api/v1/session').then((r) => r.json()).then((s) => s.role)")
    assert told == "public", told


def test_the_console_stays_quiet():
    v = desk(office.open())
    told = v.complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
