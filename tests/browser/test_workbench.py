#!/usr/bin/python3
"""Rules and sources, as an operator uses them."""
import json
import os

import axe
import office as o
from bench import Bench, choose_topic, edited, type_over
from office import h, m

ITEMS = [("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD),
         ("4", "小区楼上漏水", "楼上漏水半年，物业不管，和工地也有关系，希望有人来看看。"),
         ("5", "镇口的旧钟走得不准", "镇口的旧钟走得不准，请问谁来管？")]

office = Bench(ITEMS)


def test_a_text_is_tried():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#review[data-ready]")
    v.find("#try [name=title]")[0].send_keys("老板拖欠工资")
    v.find("#try [name=text]")[0].send_keys("我叫王小明，老板拖欠工资半年，求助讨薪。<b onclick=alert(1)>")
    v.click("#try .act-go")
    h.wait_for(lambda: v.text("#told .reason.given"), 10, "the hits")
    assert v.text("#told .reason.given")[0].startswith("拖欠工资 归入"), v.text("#told .reason")
    assert "讨薪" in v.text("#told mark.counts") and not v.find("#told b")
    assert "王小明" not in v.text("#told")[0] and "<b onclick" in v.text("#told .excerpt")[0]
    v.fits("workbench-zh")


def test_a_topic_is_edited_beside_the_one_in_force():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.wait("#edit[data-state=checked]", 30)
    v.run("const s = document.getElementById('edit-topic'); s.value = 'wage-arrears';"
          "s.dispatchEvent(new Event('change'))")
    force = v.daemon.get("/api/v1/rules/topics/wage-arrears")["text"]
    h.wait_for(lambda: v.run("return document.getElementById('edit-text').value") == force, 10, "its text")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✔ 与在用规则相同"), 20, "its check")
    assert v.text("#edit-same") == ["没有改动。"] and not v.text("#edit-diff")
    assert len(v.find("#edit-lines span")) == len(force.split("\n"))
    type_over(v, "unit: labour", "unit: nobody")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✘ 1 处问题"), 20, "the problem")
    line = force.split("\n").index("unit: labour") + 1
    assert v.text("#edit-problems li button") == [f"第 {line} 行"] or \
        v.text("#edit-problems li button")[0].startswith(f"第 {line} 行 "), v.text("#edit-problems")
    assert v.text("#edit-lines .bad") == [str(line)], v.text("#edit-lines .bad")
    assert v.text("#edit-diff .gone") == ["unit: labour"], v.text("#edit-diff .gone")
    assert v.text("#edit-diff .come") == ["unit: nobody"], v.text("#edit-diff .come")
    v.run("document.getElementById('edit').scrollIntoView()")
    v.picture("workbench-edit-wrong")
    v.click("#edit-problems li button")
    at = force.index("unit: labour")
    assert v.run("const e = document.activeElement; return e.id === 'edit-text' && e.selectionStart") >= at
    type_over(v, "unit: nobody", "unit: labour")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✔ 与在用规则相同"), 20, "the check again")
    type_over(v, "\nany:\n", "\nany:\n  - 紫金葫芦欠薪\n")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✔ 可以装载"), 20, "a good change")
    v.run("document.getElementById('edit').scrollIntoView()")
    v.fits("workbench-edit")
    assert v.daemon.get("/api/v1/rules/topics/wage-arrears")["text"] == force
    v.log_in("zhou", "/workbench.html")
    v.there("#review[data-ready]")
    assert not v.text("#edit"), "an auditor edits"


def measured(v, verb, state="done"):
    v.click(f"#measure [data-verb={verb}].begin")
    h.wait_for(lambda: v.find("#measure[data-state=idle]"), 90, verb)
    told = v.text(f"#measured [data-verb={verb}][data-state={state}]")
    assert told, (v.text("#measure-said"), v.text("#measured"))
    return told[0]


def labelled(v):
    """Posts of a topic that its rules do not know how to find, and others."""
    path = os.path.join(v.world.folder, "labelled.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        for i, (title, label) in enumerate(
                [(f"第{n}个工友说紫金葫芦的事没人管", "wage-arrears") for n in range(9)] +
                [("包工头拖欠工资半年", "wage-arrears")] * 3 + [("公园的花开了", "none")] * 9):
            f.write(json.dumps({"id": str(i), "title": title, "label": label, "source": f"s{i % 3}"},
                               ensure_ascii=False) + "\n")
    return path


def test_a_text_is_measured_before_it_is_saved():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#measure[data-ready]", 30)
    force = choose_topic(v, "wage-arrears")
    assert "规则相同" in measured(v, "backtest")
    type_over(v, "\nany:\n", "\nany:\n  - 旧钟走得不准\n")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✔ 可以装载"), 20, "its check")
    told = measured(v, "backtest")
    assert "新触发 · 1 镇口的旧钟走得不准 无 → 拖欠工资" in " ".join(told.split()), told
    assert "编辑的文本" in told, told
    v.run("document.getElementById('measure').scrollIntoView()")
    v.fits("workbench-backtest")
    # another seat sees the same, and so does this one when it comes back
    v.log_in("zhang", "/workbench.html")
    v.there("#measure[data-ready]", 30)
    assert "镇口的旧钟走得不准" in v.text("#measured [data-verb=backtest]")[0]
    v.log_in("zhou", "/workbench.html")
    v.there("#review[data-ready]")
    assert not v.text("#measure"), "an auditor measures"
    assert v.daemon.get("/api/v1/rules/topics/wage-arrears")["text"] == force


def test_terms_are_suggested_and_put_in_by_hand():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#measure[data-ready]", 30)
    force = choose_topic(v, "wage-arrears")
    v.find("#measure-file")[0].send_keys(labelled(v))
    h.wait_for(lambda: v.find("#measure-marks:enabled"), 5, "the file to be read")
    v.click("#measure-marks")
    told = measured(v, "eval")
    assert "拖欠工资" in told and "紫金葫芦" in told and "漏报最甚" in told, told
    v.run("document.getElementById('measure').scrollIntoView()")
    v.fits("workbench-eval")
    told = measured(v, "suggest")
    assert "紫金葫芦" in told, told
    button = v.find("#measured [data-verb=suggest] .do")[0]
    term = v.text("#measured [data-verb=suggest] .term")[0]
    assert button.accessible_name == f"加入 {term}", button.accessible_name
    v.run("arguments[0].focus()", button)
    v.type(o.Keys.ENTER)
    h.wait_for(lambda: term in edited(v), 5, "the term in the text")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✔ 可以装载"), 20, "its check")
    line = next(i for i, text in enumerate(edited(v).split("\n")) if text.strip().lstrip("- ") == term)
    assert v.text("#edit-diff .come") == [edited(v).split("\n")[line]], v.text("#edit-diff .come")
    assert [text for text in edited(v).split("\n") if text.strip() != f"- {term}"] == force.split("\n")
    assert "已在文本里" in v.text("#measured [data-verb=suggest]")[0]
    v.run("document.getElementById('measure').scrollIntoView()")
    v.fits("workbench-suggest")
    v.run("document.getElementById('edit').scrollIntoView()")
    v.fits("workbench-diff")
    assert v.daemon.get("/api/v1/rules/topics/wage-arrears")["text"] == force, "it was saved"
    # with the term they are found; the keys take it back
    told = measured(v, "eval")
    v.run("document.getElementById('edit-text').focus()")
    webdriver = o.webdriver
    webdriver.ActionChains(v.driver).key_down(o.Keys.CONTROL).send_keys("z").key_up(o.Keys.CONTROL).perform()
    h.wait_for(lambda: edited(v) == force, 5, "the text as it was")


def test_a_files_own_labels_are_mapped():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#measure[data-ready]", 30)
    choose_topic(v, "wage-arrears")
    with open(labelled(v), encoding="utf-8") as f:
        posts = f.read().replace('"wage-arrears"', '"劳动科"').replace('"none"', '"其他"')
    post, label = (os.path.join(v.world.folder, name) for name in ("foreign.jsonl", "map.yaml"))
    with open(post, "w", encoding="utf-8") as f:
        f.write(posts)
    assert v.find("#measure-map:disabled"), "a map without what it is of"
    v.find("#measure-file")[0].send_keys(post)
    h.wait_for(lambda: v.find("#measure-map:enabled"), 5, "the file to be read")
    v.click("#measure-marks")
    told = measured(v, "eval", "failed")
    assert "没有一个对应事项" in told, told
    with open(label, "w", encoding="utf-8") as f:
        f.write("topics:\n  wage-arrears: 劳动科\n  no-such: 其他\n")
    v.find("#measure-map")[0].send_keys(label)
    told = measured(v, "eval", "failed")
    assert "标签对照 第 3 行" in " ".join(told.split()), told
    # a browser tells of another file only
    right = os.path.join(v.world.folder, "right.yaml")
    with open(right, "w", encoding="utf-8") as f:
        f.write("topics:\n  wage-arrears: 劳动科\n")
    v.find("#measure-map")[0].send_keys(right)
    told = measured(v, "eval")
    assert "劳动科" in told and "紫金葫芦" in told, told
    v.run("document.getElementById('measure').scrollIntoView()")
    v.fits("workbench-map")
    assert "紫金葫芦" in measured(v, "suggest")


# [text, what is added (with "- ") or taken out, what comes of it]: as suggest_insert() and
# suggest_remove() have it.
LINES = [
    ["id: x\nany:\n  - a\n\n# more\nall:\n  - b\n", "- c", "id: x\nany:\n  - a\n  - c\n\n# more\nall:\n  - b\n"],
    ["any:\n- a\nall:\n- b\n", "- c", "any:\n- a\n- c\nall:\n- b\n"],
    ["any:\n    - a\n    - within: 3\n      of: [b]\n", "- c", "any:\n    - a\n    - within: 3\n      of: [b]\n    - c\n"],
    ["any:\n  - a", "- c", "any:\n  - a\n  - c\n"],
    ["id: x\n", "- {term: c, weight: 0.5}", "id: x\nany:\n  - {term: c, weight: 0.5}\n"],
    ["id: x", "- c", "id: x\nany:\n  - c\n"],
    ["any: [a]\n", "- c", None],
    ["any:\n  - a # why\n  - b\n", "a", "any:\n  - b\n"],
    ["any:\n  - a\n  - {term: b, weight: 2}\n", "b", "any:\n  - a\n"],
    ["any:\n  - a\n  - 'b'\n  - \"c\"\n", "c", "any:\n  - a\n  - 'b'\n"],
    ["any:\n  - a\nnone:\n  - b\n", "b", None],
    ["any: [a, b]\n", "b", None],
    ["none:\n  - b\n", "b", None],
]


def test_lines_are_put_in_and_taken_out_as_the_program_does():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#review[data-ready]")
    got = v.driver.execute_async_script(
        "const [rows, done] = arguments;"
        "import('/js/parts/term_lines.js').then((m) => done(rows.map(([text, what]) =>"
        " (what.startsWith('- ') ? m.withTerm(text, what) : m.withoutTerm(text, what))?.text ?? null)))", LINES)
    for (text, what, expect), came in zip(LINES, got):
        assert came == expect, (text, what, came)


def jobs(v):
    return v.daemon.get("/api/v1/rules/jobs")["items"]


def test_what_cannot_be_measured_says_why_and_what_runs_is_ended():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#measure[data-ready]", 30)
    choose_topic(v, "wage-arrears")
    type_over(v, "unit: labour", "unit: ")
    told = measured(v, "backtest", "failed")
    assert "没有算成" in told and "第 " in told, told
    v.click("#measured [data-verb=backtest] .problems button")
    at = edited(v).index("unit: ")
    assert v.run("const e = document.activeElement; return e.id === 'edit-text' && e.selectionStart") <= at
    choose_topic(v, "wage-arrears")
    slow = os.path.join(v.world.folder, "slow.jsonl")
    with open(slow, "w", encoding="utf-8") as f:
        for i in range(1500):
            f.write(json.dumps({"id": str(i), "title": "工地", "label": "wage-arrears",
                                "body": "今天天气很好，广场上有人放风筝。" * 70}, ensure_ascii=False) + "\n")
    v.find("#measure-file")[0].send_keys(slow)
    h.wait_for(lambda: v.find("#measure-marks:enabled"), 5, "the file to be read")
    v.click("#measure-marks")
    asked = v.daemon.status()["now"]
    v.click("#measure [data-verb=eval].begin")
    h.wait_for(lambda: v.text("#measuring"), 10, "its progress")
    assert not v.find("#measure .begin:enabled")
    # Shown before its file has arrived: it is there once the daemon has it.
    h.wait_for(lambda: any(j["verb"] == "eval" and j["began"] >= asked for j in jobs(v)), what="the job")
    # loaded anew, the page follows it still
    v.go("/workbench.html")
    v.there("#measure[data-ready]", 30)
    h.wait_for(lambda: v.text("#measuring") or v.text("#measured [data-verb=eval]"), 30, "the job")
    if v.text("#measuring"):
        v.run("document.getElementById('measure').scrollIntoView()")
        v.fits("workbench-measuring")
        if v.text("#measure-cancel"):
            v.run("document.getElementById('measure-cancel').click()")
    h.wait_for(lambda: v.text("#measured [data-verb=eval]"), 60, "its end")


def test_the_measures_keep_nobody_out():
    source = axe.script()
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#measure[data-ready]", 30)
    measured(v, "backtest")
    v.run("document.querySelectorAll('#measured details').forEach((d) => { d.open = true; })")
    assert v.find("#measured table"), "nothing to look at"
    for size in (o.WIDE, o.PHONE):
        v.size(*size)
        found = axe.violations(v, source)
        assert not found, (size, found)
    v.size(*o.WIDE)


def test_rules_are_loaded_and_what_is_wrong_is_told():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#review[data-ready]")
    version = v.daemon.status()["rules"]["version"]
    assert version in v.text("#force")[0], v.text("#force")
    v.click("#load")
    h.wait_for(lambda: any("文件与在用规则相同" in x for x in v.text(".told")), 20, "the outcome")


def test_a_second_person_puts_rules_in_force_or_does_not():
    v = office.open()
    old = v.daemon.status()["rules"]["version"]
    v.rewrite("\nany:\n", "\nany:\n  - 紫金葫芦欠薪\n")
    told = v.loaded_by("ops")
    assert "ops" in told and "须由另一人批准" in told, told
    assert not v.find("#stage [data-act=approve]") and v.daemon.status()["rules"]["version"] == old
    v.log_in("zhang", "/workbench.html")
    v.wait("#stage [data-act=deny]")
    v.click("#stage [data-act=deny]")
    assert v.run("return document.activeElement.name") == "reason" and v.text("#stage")
    v.type("葫芦不是欠薪")
    v.fits("workbench-stage")
    v.click("#stage [data-act=deny]")
    h.wait_for(lambda: v.text("#stage-title") == ["未获批准"], 20, "the denial")
    assert "葫芦不是欠薪" in v.text("#stage")[0] and v.daemon.status()["rules"]["version"] == old
    v.loaded_by("ops")
    v.log_in("zhang", "/workbench.html")
    v.click("#stage [data-act=approve]")
    h.wait_for(lambda: v.daemon.status()["rules"]["version"] != old, 60, "the new rules")
    h.wait_for(lambda: not v.text("#stage"), 10, "nothing to wait")
    assert v.daemon.status()["rules"]["version"] in v.text("#force")[0]
    v.rewrite("\nany:\n  - 紫金葫芦欠薪\n", "\nany:\n")


def test_doubtful_items_are_marked_by_one_key():
    v = office.open()
    v.log_in("zhang", "/workbench.html")
    v.there("#review[data-ready]")
    queue = v.daemon.get("/api/v1/review")["items"]
    if not queue:
        raise h.Skip("nothing is in doubt")
    assert len(v.find("#review > li")) == len(queue)

    def said():
        return v.daemon.get("/api/v1/items/" + queue[0]["id"])["request"]

    key, request = ("3", "enquiry") if said() != "enquiry" else ("7", "report")
    v.type(key)
    h.wait_for(lambda: said() == request, 5, "the corrected request")
    v.there(f"#review > li:first-child [data-request={request}][aria-pressed=true]")
    assert len(v.find("#review > li")) == len(queue)  # it is in doubt as before
    before = len(v.daemon.get("/api/v1/marks")["items"])
    v.type("1")
    h.wait_for(lambda: len(v.daemon.get("/api/v1/marks")["items"]) == before + 1, 5, "the mark")
    mark = v.daemon.get("/api/v1/marks")["items"]
    assert any(k["item"] == queue[0]["id"] and k["value"] == "right" for k in mark), mark


def test_sources_tell_how_they_are():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")
    h.wait_for(lambda: "正常" in v.text("#table [data-id=rss] .chip"), 10, "its state")
    v.click("#table [data-id=rss] [data-act=pause]")
    h.wait_for(lambda: v.daemon.source("rss")["state"] == "paused", 5, "the pause")
    h.wait_for(lambda: "暂停" in v.text("#table [data-id=rss] .chip"), 5, "it on the page")
    v.click("#table [data-id=rss] [data-act=resume]")
    h.wait_for(lambda: v.daemon.source("rss")["state"] == "active", 5, "the resumption")
    h.wait_for(lambda: v.find("#table [data-id=rss] [data-act=pause]"), 5, "the page to follow")
    v.click("#table [data-id=rss] summary")
    h.wait_for(lambda: v.text("#table [data-id=rss] details li"), 5, "its last polls")
    # what happens meanwhile folds nothing up, and leaves the keyboard where it is
    v.run("document.querySelector('#table [data-id=rss] summary').focus()")
    for act, seen in (("pause", "暂停"), ("resume", "正常")):
        assert v.daemon.cli("feeds", act, "rss").returncode == 0
        h.wait_for(lambda: seen in v.text("#table [data-id=rss] .chip"), 5, "it on the page")
        assert v.text("#table [data-id=rss] details li")
        assert v.run("return document.activeElement.localName") == "summary"
    v.fits("sources-zh")
    v.run("const s = document.querySelector('#filters [name=state]'); s.value = 'failing';"
          "s.dispatchEvent(new Event('change'))")
    h.wait_for(lambda: v.text("#empty") == ["没有符合条件的信源。"], 5, "no source that fails")
    assert v.path() == "/sources.html?state=failing"
    v.log_in("li", "/sources.html")
    v.there("#table[data-ready]")
    assert v.find("#table [data-id=rss]") and not v.find("#table .do"), "a unit commands"


def test_a_source_is_tried_beside_its_page():
    v = office.open()
    with open(os.path.join(h.ROOT, "tests", "data", "boards", "mailbox-list.html"), "rb") as f:
        v.site.set("/letters", f.read(), mime="text/html; charset=utf-8")
    with open(os.path.join(h.ROOT, "tests", "data", "boards", "mailbox-letter-gbk.html"), "rb") as f:
        v.site.set("/lxx/show.aspx?id=301", f.read(), mime="text/html; charset=gbk")
    v.log_in("ops", "/sources.html")
    v.wait("#tryout")

    def tries(text, page=""):
        v.run("const f = document.getElementById('tryout-form'); f.source.value = arguments[0];"
              "f.page.value = arguments[1]", text, page)
        v.click("#tryout .act-go")
        v.there("#tryout-found[data-ready]", 60)

    source = f"id: letters\nname: 县长信箱\nurl: {v.site.url('/letters')}\nkind: board\npreset: mailbox\n"
    tries(source)
    assert v.text("#tryout-found h3")[0] == "列表页 · 3 条", v.text("#tryout-found h3")
    rows = v.find("#tryout-found tbody tr")
    assert "内容页 · 1 条" in v.text("#tryout-found h3"), v.text("#tryout-found")
    assert "县住房和城乡建设局" in v.text("#tryout-found")[0]
    assert len(rows) == 4 and v.text("#tryout-found td.shown")[0], v.text("#tryout-found")
    assert not v.find("#tryout-found script") and "canary" not in v.text("#tryout-found")[0]
    v.run("document.getElementById('tryout').scrollIntoView()")
    v.fits("sources-try")
    tries(source + "select: {time: em.none}\n", "<html><body><b>无</b></body></html>")
    assert "0 条" in v.text("#tryout-found h3")[0], v.text("#tryout-found")
    tries(source + "headers: {Cookie: a}\n")
    assert v.text("#tryout-found li.wrong")[0].startswith("第 6 行"), v.text("#tryout-found")
    assert not any(s["id"] == "letters" for s in v.daemon.get("/api/v1/sources")["items"])
    v.log_in("zhang", "/sources.html")
    v.there("#table[data-ready]")
    assert not v.text("#tryout"), "a coordinator adds no sources"


def test_the_overview_is_a_place_of_those_who_may_see_it():
    v = office.open()
    for name, path, sees in (("zhang", "/desk.html", True), ("ops", "/workbench.html", True),
                             ("li", "/inbox.html", False)):
        v.log_in(name, path)
        v.wait(".places a[aria-current]")
        assert ("总览" in v.text(".places a")) == sees, (name, v.text(".places a"))
        assert v.as_person(name, "GET", "/overview", raw=True)[0] == (200 if sees else 403), name
    v.log_in("zhang", "/desk.html")
    v.click(".places a[href='/overview']")
    h.wait_for(lambda: v.path() == "/overview" and v.text("h1"), 10, "the overview")
    v.click("nav a[href='desk.html']")
    h.wait_for(lambda: v.path() == "/desk.html", 10, "the way back")
    v.log_in("li", "/inbox.html")
    v.click(".places a[href^='/reports/month/']")
    h.wait_for(lambda: v.text("h1") and "月度通报" in v.text("h1")[0], 10, "the month's report")
    v.click("nav a[href='../../login']")
    h.wait_for(lambda: v.path() == "/login" and "li" in v.text("main p")[0], 10, "what a unit may read")
    v.driver.back()
    v.click("nav a[href='../../inbox.html']")
    h.wait_for(lambda: v.path() == "/inbox.html", 10, "the in-box")


def test_it_fits_in_english_too():
    """The names of topics are longer there than a phone is wide."""
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#review[data-ready]")
    v.click("#language")
    try:
        h.wait_for(lambda: "Rules" in v.text("h1"), 5, "English")
        longest = v.run("return Math.max(...[...document.querySelectorAll('#edit-topic option')]"
                        ".map((o) => o.text.length))")
        assert longest > 40, longest
        v.fits("workbench-en")
    finally:
        v.click("#language")


def test_the_console_stays_quiet():
    v = office.open()
    told = v.complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
