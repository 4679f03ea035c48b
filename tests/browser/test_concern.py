#!/usr/bin/python3
"""One concern's page, a unit's in-box and the handover, as a unit and the desk use them."""
import glob
import os

import yaml

import office as o
from office import h, m

MARKUP = ('<img src=x onerror="window.ran=1"><script>window.ran=2</script>'
          '"><svg onload=window.ran=3>javascript:alert(1)</title></textarea>')
ITEMS = [("1", m.WAGES[0] + MARKUP, m.WAGES[1] + MARKUP), ("2", *m.FLU), ("3", *m.FOOD),
         ("4", *m.numbered(m.FLU, 7))]
REPLY = "https://example.gov.cn/replies/1.html"
# The last event that the page has taken.
TAKEN = """
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (type, take) {
  return listen.call(this, type, (e) => { take(e); window.taken = type; });
};
"""
office = o.Office(ITEMS)


def opened(view, ident, name="zhang"):
    if any(name in who for who in view.text(".who")) and view.driver.get_cookies():
        view.go("/concern.html#" + ident)
        view.driver.refresh()
    else:
        view.log_in(name, "/concern.html%23" + ident)
    view.wait(f'#concern[data-ready="{ident}"]')
    return view


def test_where_it_was_raised_and_why():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    opened(v, wages)
    h.wait_for(lambda: v.text("#raised .reason.given"), 10, "why it is of the topic")
    assert v.text("#raised .reason.given")[0].startswith("拖欠工资 归入 · 得分"), v.text("#raised .reason")
    marks = v.text("#raised mark.counts")
    assert "拖欠工资" in marks, marks
    title, text = v.text("#raised .title")[0], v.text("#raised .excerpt")[0]
    assert title == m.WAGES[0] + MARKUP, title
    assert text.startswith(m.WAGES[1]) and "<img src=x" in text, text
    assert not v.find("#raised img, #raised script, #raised svg")
    v.picture("concern-zh-1366", whole=True)
    v.size(*o.WIDE)
    v.fits("concern-zh")


def test_a_duty_is_told_by_its_name():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    opened(v, wages)
    line = v.text("#route > p")
    assert "归口「劳动保障」职责" in line[0], line
    v.click("#language")
    try:
        h.wait_for(lambda: "the duty “labour” of" in v.text("#route > p")[0], 5, "English")
    finally:
        v.click("#language")
    shipped = {yaml.safe_load(open(path, encoding="utf-8"))["unit"]
               for path in glob.glob(os.path.join(h.ROOT, "rules/topics/*.yaml"))}
    unnamed = v.driver.execute_async_script("""
        const [ids, done] = arguments;
        import('/js/parts/roles.js').then((m) => done(ids.filter((id) => m.roleName(id) === id)));
        """, sorted(shipped))
    assert len(shipped) > 10 and unnamed == [], unnamed


def test_the_request_is_corrected_by_one_key():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]

    def asked():
        return v.daemon.get("/api/v1/concerns/" + wages)["request"]

    opened(v, wages)
    before = asked()
    assert v.find(f'.requests [data-request={before}][aria-pressed=true]'), before
    for key, request in (("7", "report"), ("3", "enquiry")):
        v.type(key)
        h.wait_for(lambda want=request: asked() == want, 5, request)
        v.there(f".requests [data-request={request}][aria-pressed=true]")
        assert len(v.find(".requests [aria-pressed=true]")) == 1
    assert "咨询" in v.text(".concern-head .sub")[0], v.text(".concern-head .sub")
    v.click(f".requests [data-request={before}]")
    h.wait_for(lambda: asked() == before, 5, before)
    opened(v, wages, "li")
    assert not v.find(".requests")


def reminded(view, ident):
    """A step that is taken elsewhere; the number of those there are."""
    status, told = view.as_person("zhang", "POST", f"/api/v1/concerns/{ident}/remind", {})
    assert status == 200, told
    events = view.daemon.get("/api/v1/concerns/" + ident)["events"]
    return sum(e["type"].endswith(".reminded") for e in events)


def shown_reminders(view):
    return len(view.find("#history [data-type$='.reminded']"))


def test_what_happens_behind_a_form_is_shown_when_it_is_closed():
    v = office.open()
    flu = v.concern("epidemic")["id"]
    script = v.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TAKEN})
    try:
        opened(v, flu)
    finally:
        v.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    v.click("#acts [data-act=assess]")
    v.there("dialog[open]")
    there = reminded(v, flu)
    h.wait_for(lambda: "reminded" in v.run("return window.taken || ''"), 10, "the page to hear of it")
    v.click("dialog[open] .quiet")
    h.wait_for(lambda: shown_reminders(v) == there, 10, "the step that was taken meanwhile")


def test_a_page_that_cannot_be_read_keeps_what_it_shows_and_asks_again():
    v = office.open()
    flu = v.concern("epidemic")["id"]
    opened(v, flu)
    v.run("const real = window.fetch; window.fetch = (...of) => real(...of).catch((problem) => {"
          "window.refused = (window.refused || 0) + 1; throw problem; });")
    v.driver.execute_cdp_cmd("Network.enable", {})
    v.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/similar"]})
    try:
        there = reminded(v, flu)
        h.wait_for(lambda: v.run("return window.refused || 0") >= 2, 10, "two refusals")
        assert v.find("#history") and not v.find("#concern .notice")
    finally:
        v.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    h.wait_for(lambda: shown_reminders(v) == there, 10, "the step, once it can be read")


def test_its_time_is_drawn_on_one_axis():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    opened(v, wages)
    told = v.daemon.get("/api/v1/concerns/" + wages)
    v.wait(".timeline .track")
    drawn = v.run("return [...document.querySelectorAll('.timeline .track')].map((r) => "
                  "[+r.getAttribute('x'), +r.getAttribute('width')])")
    assert len(drawn) == len([k for k in told["clocks"] if k["act"] != "none"]), (drawn, told["clocks"])
    assert v.run("return document.querySelectorAll('.timeline .dot').length") >= 1
    assert len(v.text("#axis .deadlines li")) == len(drawn)
    basis = {r["rule"]: r["basis"] for r in v.daemon.get("/api/v1/deadlines")["items"]}
    assert v.text("#axis .basis") == ["依据：" + basis[k["rule"]] for k in told["clocks"]
                                      if k["act"] != "none"], v.text("#axis .basis")
    assert "归口「劳动保障」职责，由 人社所 承办。" in " ".join(v.text("#route")), v.text("#route")


def test_an_operator_may_merge():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    opened(v, wages, "ops")
    assert v.text("#acts button") == ["并单"], v.text("#acts button")
    v.click("#acts [data-act=merge]")
    v.wait(".act-form input[pattern]").send_keys("c99999")
    v.click(".act-form .act-go")
    h.wait_for(lambda: "没有另一件" in "".join(v.text(".act-form .wrong")), 5, "the refusal")


def test_criteria_of_the_chosen_grade_are_ticked():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    grades = v.daemon.get("/api/v1/concerns/" + wages)["grades"]
    opened(v, wages)
    v.click("#acts [data-act=assess]")
    v.there(".act-form select")
    for grade in ("larger", "ordinary"):
        v.run("const s = document.querySelector('.act-form select'); s.value = arguments[0];"
              "s.dispatchEvent(new Event('change'));", grade)
        boxes = v.text(".act-form .choose label")
        assert len(boxes) == len(grades[grade]), (grade, boxes)
        assert all(k["text"] in b for k, b in zip(grades[grade], boxes)), (grade, boxes)
    v.click(".act-form .choose input[value='1']")
    said = v.run("return [...document.querySelectorAll('.act-form [data-kind=emergency] option')].map((o) => o.text)")
    assert said == ["不改（否）", "是", "否"], said  # 拖欠工资 is none by itself
    v.run("document.querySelector('.act-form [data-kind=emergency]').value = 'yes'")
    v.wait(".act-form textarea").send_keys("一处工地")
    v.click(".act-form .act-go")
    line = v.wait("#history [data-type$='.assessed']")
    assert grades["ordinary"][0]["text"] in line.text, line.text
    events = v.daemon.get("/api/v1/concerns/" + wages)["events"]
    told = [e["data"] for e in events if e["type"].endswith(".assessed")]
    assert [(d["criteria"], d["emergency"]) for d in told] == [([1], True)], told
    assert "突发事件" in line.text, line.text


def test_it_is_handed_to_listed_bodies_by_name():
    v = office.open()
    opened(v, v.concern("wage-arrears")["id"])
    v.click("#acts [data-act=hand-out]")
    v.there("[data-kind=channel]")
    offered = v.run("return [...document.querySelectorAll('[data-kind=channel] option')]"
                    ".map((o) => [o.text, o.value])")
    assert offered == [["供电公司", h.CHANNEL]], offered


def test_it_is_answered_with_a_published_address():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    opened(v, wages, "li")
    assert v.text("#acts button")[0] == "签收", v.text("#acts button")
    assert not {"研判", "并单", "改派"} & set(v.text("#acts button")), v.text("#acts button")
    v.click("#acts [data-act=accept]")
    h.wait_for(lambda: "办理中" in v.text("#concern .chip"), 5, "签收")
    v.click("#acts [data-act=answer]")
    v.wait("dialog[open]")
    v.find("dialog[open] input[type=url]")[0].send_keys("ftp://x.example/1")
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.text("dialog[open] .wrong")[0], 5, "the refusal")
    assert v.daemon.get("/api/v1/concerns/" + wages)["state"] == "accepted"
    field = v.find("dialog[open] input[type=url]")[0]
    field.clear()
    field.send_keys(REPLY)
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + wages)["state"] == "closed", 5, "the answer")
    h.wait_for(lambda: "已答复" in v.text("#concern .chip"), 5, "the page to say so")
    link = v.run("const a = document.querySelector('#reply a.outside'); return [a.href, a.rel, a.target]")
    assert link == [REPLY, "noopener noreferrer", "_blank"], link
    assert "按期" in v.text("#reply")[0], v.text("#reply")


def test_items_are_split_off_and_merged_again():
    v = office.open()
    flu = v.concern("epidemic")
    if flu["items"] < 2:  # two concerns: one goes into the other first
        other = next(c for c in v.daemon.concerns(topic="epidemic") if c["id"] != flu["id"])
        opened(v, other["id"])
        v.click("#acts [data-act=merge]")
        v.wait("dialog[open]")
        v.find("dialog[open] input")[0].send_keys(flu["id"])
        v.click("dialog[open] .act-go")
        h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + other["id"])["merged"] == flu["id"], 5, "并单")
        h.wait_for(lambda: flu["id"] in " ".join(v.text("#reply")), 5, "where it went")
    opened(v, flu["id"])
    before = v.daemon.get("/api/v1/concerns/" + flu["id"])["items"]
    v.click("#acts [data-act=split]")
    v.wait("dialog[open]")
    v.picture("concern-split-zh-1366")
    v.find("dialog[open] input[type=checkbox]")[0].click()
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + flu["id"])["items"] == before - 1, 5, "拆分")
    h.wait_for(lambda: "拆分" in " ".join(v.text("#history")), 5, "the step on the page")
    h.wait_for(lambda: v.text("#similar a"), 5, "the one that was split off")


def test_accepted_from_a_phone_in_two_taps():
    """The first opens the notification's link, the second is 签收."""
    v = office.open()
    food = v.concern("food-drug-safety")["id"]
    done = v.daemon.cli("accounts", "add", "wu", "--role", "unit", "--unit", "market",
                        stdin=o.PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    v.size(*o.PHONE)
    v.log_in("wu", "/inbox.html")
    v.there("#list[data-ready]")
    h.wait_for(lambda: v.text("#tab-accept .n") == ["1"], 10, "the one that waits")
    v.picture("inbox-zh-390")
    assert v.overflow() == [], v.overflow()
    v.go("/#" + food)  # what bridges send
    v.wait(f'#concern[data-ready="{food}"]')
    box = v.run("const b = document.querySelector('#acts .first').getBoundingClientRect();"
                "return [b.top, b.bottom, b.width, b.height, innerHeight]")
    assert 0 <= box[0] and box[1] <= box[4] and box[2] >= 44 and box[3] >= 44, box
    v.picture("concern-accept-zh-390")
    v.find("#acts .first")[0].click()
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + food)["state"] == "accepted", 5, "签收")
    v.size(*o.WIDE)


def test_a_unit_sees_what_it_has_to_do():
    v = office.open()
    v.log_in("wu", "/inbox.html")
    v.there("#list[data-ready]")
    h.wait_for(lambda: v.text("#tab-work .n") == ["1"], 10, "the one in hand")
    assert v.text("h1") == ["承办 市场监管所"], v.text("h1")
    v.click("#tab-work")
    h.wait_for(lambda: len(v.find("#list > li")) == 1, 5, "its row")
    assert v.path().endswith("tab=work"), v.path()
    v.fits("inbox-zh")
    # another unit's is not shown, whatever the address says
    v.go("/concern.html#" + v.concern("epidemic")["id"])
    h.wait_for(lambda: v.text("#concern .notice") == ["这个事项不归本单位。"], 10, "the refusal")
    assert "发烧" not in v.run("return document.body.innerText")
    flu = v.concern("epidemic", state="open")
    v.log_in("sun", "/inbox.html")
    h.wait_for(lambda: v.text("#tab-accept .n") == ["2"], 10, "two that wait")
    status, told = v.as_person("sun", "POST", f"/api/v1/concerns/{flu['id']}/accept", {})
    assert status == 200, told
    h.wait_for(lambda: v.text("#tab-accept .n") == ["1"] and v.text("#tab-work .n") == ["1"], 5,
               "the list to follow")


def test_the_shift_is_handed_over_on_paper():
    v = office.open()
    v.log_in("zhang", "/handover.html")
    v.wait("#sheet[data-ready]")
    told = v.run("return [...document.querySelectorAll('#done tbody tr')].map((r) => "
                 "[...r.cells].map((c) => c.innerText))")
    steps = [row[1] for row in told]
    assert "签收" in steps and "答复" in steps, steps
    due = v.run("return [...document.querySelectorAll('#due tbody tr')].map((r) => r.cells[1].innerText)")
    soon = [c["id"] for c in v.daemon.concerns(state="open") if c["next"]["seconds_left"] < 12 * 3600]
    assert sorted(due) == sorted(soon), (due, soon)
    v.fits("handover-zh")
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not v.find("#print")[0].is_displayed() and v.find("#done")[0].is_displayed()
    v.picture("handover-print-zh")
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_what_raises_a_closed_matter_again_goes_into_it():
    v = office.open()
    first = v.concern("wage-arrears")["id"]
    assert v.daemon.get("/api/v1/concerns/" + first)["outcome"] == "answered"
    v.site.set("/rss", o.atom(ITEMS + [("8", *m.AGAIN[0])]), mime="application/atom+xml")
    beside = h.wait_for(lambda: [c for c in v.daemon.concerns() if c["related"] == first], 30,
                        "the concern beside it")[0]["id"]
    v.log_in("zhang", "/concern.html%23" + first)
    v.wait(f'#concern[data-ready="{first}"]')
    assert v.text("#again li") == [f"其后又有 {beside} · 待签收"], v.text("#again li")
    opened(v, beside)
    assert v.text("#again li") == [f"原事项 {first} · 已答复 并入 {first}"], v.text("#again li")
    v.fits("concern-again-zh")
    v.click("#again button")  # which reopens the closed one: the form asks why
    v.wait("dialog[open]")
    assert v.run("return document.querySelector('dialog[open] input').value") == first
    assert v.find("dialog[open] textarea")
    v.click("dialog[open] .quiet")
    done = v.daemon.cli("reopen", first, "--note", "又有人反映")
    assert done.returncode == 0, done.stderr
    v.go("/desk.html")
    row = f'#list > [data-id="{beside}"]'
    h.wait_for(lambda: v.text(row + " .again") == [f"再次反映 {first}"], 10, "its row")
    h.wait_for(lambda: v.find(f'#list > [data-id="{first}"]'), 10, "the row of the one open again")
    v.fits("desk-again-zh")
    focus = f"""document.querySelector('#list > [data-id="{first}"] .topic').focus()"""
    v.run(focus)
    v.type("m")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + beside)["merged"] == first, 5, "并单")
    h.wait_for(lambda: not v.find(row), 5, "its row to go")
    v.run(focus)
    v.type("m")
    h.wait_for(lambda: any(f"{first} 没有可并的再次反映" in t for t in v.text(".told")), 5, "none is left")


def test_nothing_ran_and_the_console_stays_quiet():
    v = office.open()
    opened(v, v.concern("epidemic")["id"])
    h.wait_for(lambda: v.text("#raised .reason"), 10, "why")
    assert v.run("return window.ran ?? null") is None
    told = v.complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
