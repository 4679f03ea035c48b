#!/usr/bin/python3
"""朗读, the large pointer and the line to read along, in a real browser. Headless browsers have no
voice: where one is needed, the browser's own edge, speechSynthesis, is a recorder that says when a
sentence ended.
"""
import json

import axe
import office as o
from office import h, m

office = o.Office([("1", *m.WAGES), ("2", *m.FLU)])

VOICES = """
window.spoken = [];
class Utterance { constructor(text) { this.text = text; } }
const voices = %s;
Object.defineProperty(window, 'SpeechSynthesisUtterance', {value: Utterance});
Object.defineProperty(window, 'speechSynthesis', {value: {
    getVoices: () => voices, addEventListener() {},
    speak(u) { window.now = u; window.spoken.push({text: u.text, rate: u.rate, voice: u.voice.name}); },
    cancel() { const u = window.now; window.now = null; if (u) u.onerror({error: 'canceled'}); },
}});"""
OWN = {"name": "own", "lang": "zh-CN", "localService": True}
CANTONESE = {"name": "hk", "lang": "zh_HK", "localService": True}
ENGLISH = {"name": "en", "lang": "en-US", "localService": True}
FAR = {"name": "far", "lang": "zh-CN", "localService": False}


class Voices:
    """What the pages that are opened within find the browser to have."""

    def __init__(self, *voices):
        self.script = VOICES % json.dumps(voices)

    def __enter__(self):
        self.id = office.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": self.script})["identifier"]

    def __exit__(self, *_):
        office.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument",
                                      {"identifier": self.id})


def spoken(v):
    return v.run("return window.spoken")


def next_sentence(v):
    v.run("const u = window.now; window.now = null; u.onend({})")


def marked(v):
    return v.run("const h = CSS.highlights.get('being-read'); return h ? [...h].map(String) : []")


def opened():
    v = office.open()
    return v, v.concern("wage-arrears")["id"]


def test_a_page_is_read_sentence_by_sentence():
    v, concern = opened()
    with Voices(CANTONESE, OWN, FAR):
        v.go("/ledger/" + concern)
        v.wait(".speaker-main")
        assert v.text(".speaker button") == ["朗读本页"] and spoken(v) == []
        v.run("document.querySelector('.speaker-main').focus()")
        v.type(o.Keys.ENTER)
        h.wait_for(lambda: len(spoken(v)) == 1, 5, "the first sentence")
        assert spoken(v)[0] == {"text": v.text("h1")[0], "rate": 1, "voice": "own"}, spoken(v)
        assert v.text(".speaker button") == ["暂停", "停止"]
        assert marked(v) == v.text("h1") and len(v.find("h1.being-read")) == 1
        next_sentence(v)
        second = spoken(v)[1]["text"]
        assert second != spoken(v)[0]["text"] and second.endswith(marked(v)[0].strip()), second
        v.picture("aloud-zh-1366")
        v.click(".speaker-main")  # pause
        assert v.run("return window.now") is None and v.text(".speaker button") == ["继续朗读", "停止"]
        v.click(".speaker-main")
        assert [s["text"] for s in spoken(v)][1:] == [second, second]
        v.run("const s = document.querySelector('.speaker select'); s.value = '1.4';"
              "s.dispatchEvent(new Event('change'))")
        assert spoken(v)[-1] == {"text": second, "rate": 1.4, "voice": "own"}, spoken(v)[-1]
        while v.run("return Boolean(window.now)"):
            next_sentence(v)
        said = "".join(s["text"] for s in spoken(v))
        for fact in v.text("main dd, main h2, main li"):
            for line in filter(None, (p.strip() for p in fact.split("\n"))):
                assert line.split("。")[0] in said, (line, said)
        assert v.text(".speaker button") == ["朗读本页"] and not v.find(".being-read")
        assert marked(v) == []


def test_a_cell_says_its_heading():
    v, concern = opened()
    with Voices(OWN):
        v.go("/ledger")
        v.click(".speaker-main")
        while v.run("return Boolean(window.now)"):
            next_sentence(v)
        said = [s["text"] for s in spoken(v)]
        row = v.run("""const r = document.querySelector('tbody a[href*="' + arguments[0] + '"]').closest('tr');
            const heads = r.closest('table').tHead.rows[0].cells;
            return [...r.querySelectorAll('td')].map((c) => [heads[c.cellIndex].innerText, c.textContent.trim()]);""",
                    concern)
        for head, text in row:
            if text and any(ch.isalnum() for ch in text):
                assert any(s.startswith(f"{head}：") and s[len(head) + 1:] in " ".join(text.split())
                           for s in said), (head, text, said)


def test_escape_and_leaving_stop_it():
    v, concern = opened()
    with Voices(OWN):
        v.go("/ledger/" + concern)
        v.click(".speaker-main")
        v.type(o.Keys.ESCAPE)
        assert v.run("return window.now") is None and v.text(".speaker button") == ["朗读本页"]
        v.click(".speaker-main")
        v.click(".speaker-stop")
        assert v.run("return document.activeElement.className") == "speaker-main"
        v.click(".speaker-main")
        v.run("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        assert v.run("return window.now") is None
        v.click(".speaker-main")
        v.run("window.now.onerror({error: 'synthesis-failed'})")
        assert "朗读中断" in v.text(".speaker-note")[0], v.text(".speaker-note")


def test_without_a_voice_of_its_own_the_page_says_why():
    v, concern = opened()
    for voices in ((), (FAR,), (ENGLISH,)):
        with Voices(*voices):
            v.go("/ledger/" + concern)
            v.wait(".speaker-note")
            assert v.text(".speaker button") == [], v.text(".speaker button")
            assert v.text(".speaker-note")[0].startswith("不能朗读：这个浏览器没有"), v.text(".speaker-note")
    with Voices(FAR, ENGLISH):
        v.go(f"/ledger/{concern}?lang=en")
        v.wait(".speaker-main")
        assert v.text(".speaker button") == ["Read this page aloud"]
    v.go("/ledger/" + concern)  # as this browser is
    v.wait(".speaker-note")
    assert v.text(".speaker button") == []


def test_the_pages_of_forms_and_without_a_script_have_none():
    v, concern = opened()
    for path in ("/login", f"/correct/{concern}", f"/survey/{concern}"):
        v.go(path)
        assert v.find("h1") and not v.run("return document.scripts.length"), path
    v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        v.go("/ledger/" + concern)
        whole = v.find("main")[0].text
    finally:
        v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    v.go("/ledger/" + concern)
    note = v.wait(".speaker-note").text
    assert whole and "\n".join(v.find("main")[0].text.replace(note, "").split("\n\n")) \
        .replace("\n", "") == whole.replace("\n", "")


def test_large_type_has_a_large_pointer_and_a_line():
    v, concern = opened()
    with Voices(OWN):
        v.go("/ledger/" + concern)
        v.wait(".speaker-main")
        assert "pointer" not in v.run("return getComputedStyle(document.body).cursor")
        assert v.text(".guide-switch") == []
        v.go(f"/ledger/{concern}?type=large")
        v.wait(".speaker-main")
        for selector, file in (("body", "/pointer.svg"), ("a", "/pointer-hand.svg")):
            cursor = v.run("return getComputedStyle(document.querySelector(arguments[0])).cursor", selector)
            assert file in cursor, cursor
            status, picture = v.daemon.request("GET", file, tcp=True)
            assert status == 200 and b'width="64" height="64"' in picture, (status, picture)
        size = v.run("return parseFloat(getComputedStyle(document.querySelector('.speaker-main')).fontSize)")
        assert size >= 24, size
        v.click(".guide-switch")
        v.find(".guide-switch")[0].send_keys(o.Keys.TAB)
        at = v.run("const a = document.activeElement.getBoundingClientRect();"
                   "return document.querySelector('.guide').getBoundingClientRect().top - a.bottom")
        assert 0 <= at < 10, at
        v.click(".speaker-main")
        v.picture("aloud-large-zh-1366")
        assert v.overflow() == [], v.overflow()
        v.size(*o.PHONE)
        assert not [f for f in v.overflow() if f.startswith("page")], v.overflow()
        v.picture("aloud-large-zh-390")
        v.size(*o.WIDE)


def test_a_published_reply_is_read():
    v, _ = opened()
    concern = v.concern("epidemic")["id"]
    assert v.as_person("sun", "POST", f"/api/v1/concerns/{concern}/accept", {})[0] == 200
    status, told = v.as_person("sun", "POST", f"/api/v1/concerns/{concern}/draft",
                               {"text": "经核查，情况属实。学校已停课消毒！"})
    assert status == 200, told
    status, told = v.as_person("zhang", "POST", f"/api/v1/concerns/{concern}/approve",
                               {"draft": v.daemon.get(f"/api/v1/concerns/{concern}")["draft"]["seq"]})
    assert status == 200, told
    page = v.daemon.get(f"/api/v1/concerns/{concern}")["reply_url"]
    with Voices(OWN):
        v.go(page[page.index("/replies/"):])
        v.click(".speaker-main")
        while v.run("return Boolean(window.now)"):
            next_sentence(v)
        said = [s["text"] for s in spoken(v)]
        assert {"经核查，情况属实。", "学校已停课消毒！"} <= set(said), said
        v.picture("aloud-reply-zh-1366")
        assert not axe.violations(v, axe.script())


def test_a_concerns_own_page_is_read_too():
    v, concern = opened()
    with Voices(OWN, ENGLISH):
        v.log_in("zhang", "/concern.html%23" + concern)
        v.there(f"#concern[data-ready={concern}]")
        v.click(".speaker-main")
        assert spoken(v)[0]["text"] == v.run("return document.querySelector('#concern h1').textContent")
        next_sentence(v)
        assert marked(v)[0].strip() == spoken(v)[1]["text"]
        v.picture("aloud-concern-zh-1366")
        v.click("#language")
        h.wait_for(lambda: v.text(".speaker button") == ["Read this page aloud"], 5, "English")
        v.click(".speaker-main")
        assert spoken(v)[-1]["voice"] == "en"
        v.click("#language")
        h.wait_for(lambda: v.text(".speaker button") == ["朗读本页"], 5, "Chinese")


def test_it_keeps_nobody_out_and_asks_nobody():
    source = axe.script()
    v, concern = opened()
    v.driver.get_log("performance")
    with Voices(OWN):
        for query in ("", "?type=large", "?lang=en"):
            for scheme in ("light", "dark"):
                v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                    "features": [{"name": "prefers-color-scheme", "value": scheme}]})
                v.go(f"/ledger/{concern}{query}")
                if "lang" not in query:
                    v.click(".speaker-main")
                else:
                    v.wait(".speaker-note")
                found = axe.violations(v, source)
                assert not found, (query, scheme, found)
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    asked = [json.loads(e["message"])["message"] for e in v.driver.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in asked if e["method"] == "Network.requestWillBeSent"]
    assert asked and all(u.startswith((v.origin + "/", "data:")) for u in asked), asked
    told = v.complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
