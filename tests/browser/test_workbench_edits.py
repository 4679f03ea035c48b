#!/usr/bin/python3
"""A topic is changed, put in force and taken back by the page alone, with a second person."""
import axe
import bench
from office import h, m

WORD = "紫金葫芦欠薪"
NEW = """id: bronze
name: {zh: 青铜, en: Bronze}
unit: labour
deadlines: [ordinary-48h]
any:
  - 青铜葫芦
match:
  - 青铜葫芦没人管。
nomatch:
  - 铜价涨了。
"""

office = bench.Bench([("1", *m.WAGES)])


def at_the_page(name):
    v = office.open()
    v.log_in(name, "/workbench.html")
    v.there("#review[data-ready]")
    v.wait("#edit[data-state=checked]", 30)
    return v


def version(v):
    return v.daemon.status()["rules"]["version"]


def diff_of(v):
    return v.text("#stage .diff .gone"), v.text("#stage .diff .come")


def loads(v):
    h.wait_for(lambda: v.find("#edit-load:enabled"), 20, "the check")
    v.click("#edit-load")
    h.wait_for(lambda: v.text("#stage-title") == ["待另一人批准"], 20, "what waits")


def approves(name):
    v = at_the_page(name)
    v.click("#stage [data-act=approve]")
    h.wait_for(lambda: not v.text("#stage"), 20, "that nothing waits")
    return v


def test_a_change_is_loaded_and_seen_by_whoever_approves_it():
    v = at_the_page("ops")
    old, force = version(v), bench.choose_topic(v, "wage-arrears")
    assert v.find("#edit-load:disabled"), "nothing is changed"
    assert not v.text("#edited")
    bench.type_over(v, "unit: labour", "unit: nobody")
    h.wait_for(lambda: v.text("#edit-verdict")[0].startswith("✘"), 20, "the problem")
    assert v.find("#edit-load:disabled"), "it is wrong"
    bench.type_over(v, "unit: nobody", "unit: labour")
    bench.type_over(v, "\nany:\n", f"\nany:\n  - {WORD}\n")
    loads(v)
    gone, come = diff_of(v)
    assert not gone and [c.strip() for c in come] == [f"- {WORD}"], (gone, come)
    assert not v.find("#stage [data-act=approve]") and version(v) == old
    assert f"- {WORD}" in bench.edited(v), "what was typed is gone"
    v = at_the_page("zhang")
    assert [c.strip() for c in diff_of(v)[1]] == [f"- {WORD}"], diff_of(v)
    assert not v.text("#edit-load"), "a coordinator loads"
    v.run("document.getElementById('stage').scrollIntoView()")
    v.fits("workbench-staged-edit")
    v.click("#stage [data-act=approve]")
    h.wait_for(lambda: not v.text("#stage") and v.text("#edited"), 20, "that it is in force")
    assert version(v) != old
    assert f"- {WORD}" in v.daemon.get("/api/v1/rules/topics/wage-arrears")["text"]
    told = v.text("#edited li")
    assert len(told) == 1 and "拖欠工资" in told[0] and "ops" in told[0], told
    assert "还原" not in told[0], "a coordinator takes it back"
    with open(f"{v.rules}/topics/wage-arrears.yaml", encoding="utf-8") as f:
        assert f.read() == force, "a file was written"


def test_it_is_taken_back():
    v = at_the_page("ops")
    now = version(v)
    v.run("document.getElementById('edited').scrollIntoView()")
    v.fits("workbench-edited")
    v.click("#edited li button")
    h.wait_for(lambda: v.text("#stage-title") == ["待另一人批准"], 20, "what waits")
    assert [c.strip() for c in diff_of(v)[0]] == [f"- {WORD}"], diff_of(v)
    v = approves("zhang")
    assert not v.text("#edited") and version(v) != now
    assert WORD not in v.daemon.get("/api/v1/rules/topics/wage-arrears")["text"]


def test_a_new_topic_is_written_on_the_page():
    v = at_the_page("ops")
    v.run("const s = document.getElementById('edit-topic'); s.value = '';"
          "s.dispatchEvent(new Event('change'))")
    h.wait_for(lambda: not bench.edited(v), 10, "an empty text")
    v.run("const e = document.getElementById('edit-text'); e.value = arguments[0];"
          "e.dispatchEvent(new Event('input'))", NEW)
    loads(v)
    assert bench.edited(v) == NEW and len(diff_of(v)[1]) == len(NEW.split("\n")) - 1, diff_of(v)
    approves("zhang")
    v = at_the_page("ops")
    assert "青铜 bronze" in v.text("#edit-topic")[0], v.text("#edit-topic")
    assert "新增" in v.text("#edited li")[0], v.text("#edited")
    assert bench.choose_topic(v, "bronze") == NEW


def test_rules_that_came_between_are_told():
    v = at_the_page("ops")
    force = bench.choose_topic(v, "wage-arrears")
    bench.type_over(v, "\nany:\n", f"\nany:\n  - {WORD}\n")
    h.wait_for(lambda: v.find("#edit-load:enabled"), 20, "the check")
    status, told = v.as_person("ops", "POST", "/api/v1/rules/edits/bronze/restore", {})
    assert status == 200, told
    status, told = v.as_person("zhang", "POST", f"/api/v1/rules/staged/{told['staged']}/approve", {})
    assert status == 200, told
    v.click("#edit-load")
    h.wait_for(lambda: v.text("#edit-refused") and "已换成别的" in v.text("#edit-refused")[0], 20, "why not")
    assert bench.edited(v) != force and WORD in bench.edited(v)
    v.run("document.getElementById('edit').scrollIntoView()")
    v.fits("workbench-edit-stale")
    loads(v)  # made of those now, as was shown
    assert v.text("#stage .diff .come")


def test_it_keeps_nobody_out():
    source = axe.script()
    v = at_the_page("zhang")
    assert v.find("#stage .diff"), "nothing to look at"
    found = axe.violations(v, source)
    assert not found, found


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
