#!/usr/bin/python3
"""Rules and sources, as an operator uses them."""
import office as o
from office import h, m

ITEMS = [("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD),
         ("4", "小区楼上漏水", "楼上漏水半年，物业不管，和工地也有关系，希望有人来看看。")]
office = o.Office(ITEMS)


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


def test_rules_are_loaded_and_what_is_wrong_is_told():
    v = office.open()
    v.log_in("ops", "/workbench.html")
    v.there("#review[data-ready]")
    version = v.daemon.status()["rules"]["version"]
    assert version in v.text("#force")[0], v.text("#force")
    v.click("#load")
    h.wait_for(lambda: any("文件与在用规则相同" in x for x in v.text(".told.seen")), 20, "the outcome")


def test_doubtful_items_are_marked_by_one_key():
    v = office.open()
    v.log_in("zhang", "/workbench.html")
    v.there("#review[data-ready]")
    queue = v.daemon.get("/api/v1/review")["items"]
    if not queue:
        raise h.Skip("nothing is in doubt")
    assert len(v.find("#review > li")) == len(queue)
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
    v.fits("sources-zh")
    v.run("const s = document.querySelector('#filters [name=state]'); s.value = 'failing';"
          "s.dispatchEvent(new Event('change'))")
    h.wait_for(lambda: v.text("#empty") == ["没有符合条件的信源。"], 5, "no source that fails")
    assert v.path() == "/sources.html?state=failing"
    v.log_in("li", "/sources.html")
    v.there("#table[data-ready]")
    assert v.find("#table [data-id=rss]") and not v.find("#table .do"), "a unit commands"


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


def test_the_console_stays_quiet():
    v = office.open()
    told = v.complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
