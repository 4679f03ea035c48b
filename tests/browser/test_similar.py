#!/usr/bin/python3
"""Concerns that are like one: what grouping itself finds near comes first, with why, and is merged."""
import contextlib
import os
import time

import office as o
from office import h, m

NEWER = 10
FIRST = [("1", *m.WAGES), ("2", *m.WAGES), ("3", *m.FLU), ("4", *m.FOOD)]
MORE = [(str(10 + i), *m.numbered(m.WAGES, 3 * i)) for i in range(NEWER)]
office = o.Office(FIRST)


def similar(view, ident):
    return view.daemon.get(f"/api/v1/concerns/{ident}/similar")["items"]


def parted(view):
    """(concern, its twin): one text in two, and ten later concerns of the unit, topic and place."""
    first = view.concern("wage-arrears")
    if len(view.daemon.concerns(topic="wage-arrears")) == 1:
        told = h.wait_for(lambda: (c := view.daemon.get("/api/v1/concerns/" + first["id"]))["items"] == 2
                          and c, 30, "both items")
        done = view.daemon.cli("split", first["id"], "--items", told["mentions"][0]["id"])
        assert done.returncode == 0, done.stderr
        view.site.set("/rss", o.atom(FIRST + MORE), mime="application/atom+xml")
        h.wait_for(lambda: len(view.daemon.concerns(topic="wage-arrears")) == NEWER + 2, 60, "the later ones")
    ids = sorted((int(c["id"][1:]) for c in view.daemon.concerns(topic="wage-arrears")))
    return f"c{ids[0]}", f"c{ids[1]}"


def test_the_nearest_comes_first_and_says_why():
    v = office.open()
    one, twin = parted(v)
    told = similar(v, one)
    assert told[0]["id"] == twin and len(told) == 8, [c["id"] for c in told]
    why = told[0]["likeness"]
    assert why["joins"] and why["copy"] and why["score"] == 100 and why["place"] == "same", why
    assert why["days"] == 0 and why["words"] + why["subjects"] > 0, why
    scores = [c["likeness"]["score"] for c in told]
    assert scores == sorted(scores, reverse=True) and scores[1] < 50, scores
    assert similar(v, twin)[0]["id"] == one
    assert one not in [c["id"] for c in similar(v, one)]
    assert len(v.daemon.get(f"/api/v1/concerns/{one}/similar?limit=20")["items"]) >= NEWER + 1
    for wrong in ("limit=0", "limit=21", "limit=x"):
        assert v.daemon.request("GET", f"/api/v1/concerns/{one}/similar?{wrong}")[0] == 400, wrong
    assert v.daemon.request("GET", "/api/v1/concerns/c999/similar")[0] == 404
    start = time.monotonic()
    for _ in range(50):
        similar(v, one)
    h.figure(concerns=len(v.daemon.concerns()), ms_each=round(20 * (time.monotonic() - start), 2))


def test_a_unit_sees_its_own():
    v = office.open()
    one, twin = parted(v)
    path = f"/api/v1/concerns/{one}/similar?limit=20"
    status, told = v.as_person("li", "GET", path)
    assert status == 200 and told["items"][0]["id"] == twin
    assert {c["unit"]["id"] for c in told["items"]} == {"labour"}, told
    assert v.as_person("sun", "GET", path)[0] == 403


def test_an_operator_merges_into_open_ones_only():
    v = office.open()
    one, twin = parted(v)
    closed = similar(v, one)[1]["id"]
    for act in (["accept", closed], ["answer", closed, "--url", "https://example.gov.cn/1.html"]):
        done = v.daemon.cli(*act)
        assert done.returncode == 0, done.stderr
    for name, may in (("zhang", [twin, closed]), ("ops", [twin])):
        v.log_in(name, "/concern.html%23" + one)
        v.wait(f'#concern[data-ready="{one}"]')
        told = v.text("#similar li button")
        assert [ident for ident in (twin, closed) if f"并入 {ident}" in told] == may, (name, told)


def test_it_is_merged_from_there():
    v = office.open()
    one, twin = parted(v)
    v.log_in("zhang", "/concern.html%23" + one)
    v.wait(f'#concern[data-ready="{one}"]')
    rows = v.text("#similar li")
    assert len(rows) == 8 and rows[0].startswith(twin + " 人社所"), rows
    assert "文本相近 100%" in rows[0] and "同一地点" in rows[0] and "同一天内" in rows[0], rows[0]
    v.fits("concern-similar-zh")
    v.click("#language")
    h.wait_for(lambda: "similar text, 100%" in v.text("#similar li")[0], 5, "English")
    v.click("#language")
    h.wait_for(lambda: v.text("#similar li button")[0] == f"并入 {twin}", 5, "its button")
    v.click("#similar li button")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + one)["merged"] == twin, 5, "并单")
    h.wait_for(lambda: twin in " ".join(v.text("#reply")), 5, "where it went")
    assert one not in [c["id"] for c in similar(v, twin)]
    assert not v.find("#similar li button")
    told = v.complaints()
    assert told == [], told


def test_what_was_not_compared_is_said():
    """search.db cannot be made, for a folder stands there."""
    v = office.open()
    one, twin = parted(v)
    assert not v.find("#similar .partly")
    assert v.daemon.stop() == 0
    path = os.path.join(v.daemon.folder, "search.db")
    os.rename(path, path + ".aside")
    for end in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + end)
    os.mkdir(path)
    v.daemon.start()
    v.log_in("zhang", "/concern.html%23" + twin)
    v.wait(f'#concern[data-ready="{twin}"]')
    assert v.text("#similar .partly") == ["索引正在重建，只比较了最近的事项。"]
    assert v.text("#similar li"), "the latest are compared"
    v.fits("concern-similar-latest")


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
