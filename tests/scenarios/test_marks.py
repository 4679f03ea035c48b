#!/usr/bin/python3
"""What operators say of verdicts: kept without a text, one an item and aspect, over edits and
restarts; a corrected request is the item's and its concern's.
"""
import json
import sqlite3

import harness as h
import material as m

TITLE, TEXT = m.WAGES


def put(daemon, item, **body):
    status, answer = daemon.request("PUT", f"/api/v1/items/{item}/mark", json.dumps(body))
    return status, json.loads(answer)


def town(world):
    site = world.site()
    site.set("/rss", m.rss([("1", TITLE, TEXT), ("2", *m.FLU)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")])
    h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
    concern = daemon.concerns(topic="wage-arrears")[0]["id"]
    shown = json.loads(daemon.cli("items", "list", concern, "--json").stdout)
    assert len(shown) == 1 and shown[0]["title"] == TITLE, shown
    assert shown[0]["id"] in daemon.cli("items", "list", concern).stdout
    return site, daemon, concern, shown[0]["id"]


def updates(daemon, world, concern):
    stream = world.add(h.Stream(daemon))
    head = daemon.status()["head"]
    h.wait_for(lambda: stream.ids and stream.ids[-1] >= head, 20, "the ledger")
    return sum(h.kind_of(e) == "updated" and e["data"].get("concern") == concern
               for e in stream.events)


def updated(daemon, concern):
    """The seq of the concern's last event, which tells of the correction."""
    last = daemon.get("/api/v1/concerns/" + concern)["events"][-1]
    assert h.kind_of(last) == "updated", last
    return last["seq"]


def test_a_corrected_request_stands():
    with h.World() as world:
        site, daemon, concern, item = town(world)
        before = daemon.get("/api/v1/items/" + item)
        assert before["request"] != "report" and before["rules"], before
        assert before["concern"] == concern and before["topic"]["id"] == "wage-arrears", before
        assert daemon.status()["rules"]["version"] == before["rules"]
        done = daemon.cli("mark", item, "request", "report", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["seq"] == updated(daemon, concern), done.stdout
        # once more, and after a restart, it is no news
        status, answer = put(daemon, item, request="report")
        assert status == 200 and answer["seq"] is None, answer
        assert daemon.stop() == 0
        daemon.start()
        assert put(daemon, item, request="report")[1]["seq"] is None
        assert daemon.get("/api/v1/items/" + item)["request"] == "report"
        assert daemon.get("/api/v1/concerns/" + concern)["request"] == "report"
        assert updates(daemon, world, concern) == 1
        # the source edits the text: the person's word stands over the rules'
        site.set("/rss", m.rss([("1", TITLE, TEXT + "补充：现场还有五个人。"), ("2", *m.FLU)]))
        h.wait_for(lambda: "补充" in daemon.get("/api/v1/items/" + item)["text"], what="the edit")
        assert daemon.get("/api/v1/items/" + item)["request"] == "report"
        assert daemon.get("/api/v1/concerns/" + concern)["request"] == "report"
        # a later correction replaces it
        assert put(daemon, item, request="help")[1]["seq"] == updated(daemon, concern)
        assert daemon.get("/api/v1/concerns/" + concern)["request"] == "help"
        marks = daemon.get("/api/v1/items/" + item)["marks"]
        assert [(k["aspect"], k["value"]) for k in marks] == [("request", "help")], marks
        assert put(daemon, item, kind="reported")[0] == 200
        assert daemon.get("/api/v1/items/" + item)["kind"] == "reported"
        assert daemon.get("/api/v1/concerns/" + concern)["state"] == "open"
        # what is answered stays as it was answered
        done = daemon.cli("answer", concern, "--url", "https://example.gov.cn/1.html")
        assert done.returncode == 0, done.stderr
        status, answer = put(daemon, item, request="enquiry")
        assert status == 200 and answer["seq"] is None, answer
        assert daemon.get("/api/v1/items/" + item)["request"] == "enquiry"
        assert daemon.get("/api/v1/concerns/" + concern)["request"] == "help"


def test_marks_feed_the_workbench():
    with h.World() as world:
        _, daemon, concern, item = town(world)
        other = daemon.concerns(topic="epidemic")[0]["id"]
        second = daemon.get("/api/v1/concerns/" + other)["mentions"][0]["id"]
        for args in (("right",), ("wrong",), ("topic", "epidemic"), ("kind", "raised")):
            done = daemon.cli("mark", item, *args)
            assert done.returncode == 0, (args, done.stderr)
        assert daemon.cli("mark", second, "right").returncode == 0
        plain = daemon.get("/api/v1/marks")
        assert plain["next_cursor"] is None and TITLE not in json.dumps(plain, ensure_ascii=False)
        got = {(k["item"], k["aspect"]): k for k in plain["items"]}
        assert len(got) == 4, got
        assert got[item, "mark"]["value"] == "wrong" and got[item, "mark"]["topic"] == "wage-arrears"
        assert got[item, "topic"]["value"] == "epidemic"
        assert got[item, "topic"]["judged"]["topic"] == "wage-arrears"
        assert got[second, "mark"]["value"] == "right"
        version = daemon.status()["rules"]["version"]
        assert {k["rules"] for k in plain["items"]} == {version}
        # page by page, with the texts that are still kept
        seen, cursor = [], ""
        while cursor is not None:
            page = daemon.get("/api/v1/marks?with=text&limit=1" + cursor)
            seen += page["items"]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        assert [(k["item"], k["aspect"]) for k in seen] == list(got), seen
        assert {k["text"] for k in seen} == {TEXT, m.FLU[1]}
        with open(daemon.log, encoding="utf-8") as f:
            assert "event=marks.read texts=1" in f.read()
        # texts, and saying something, are for the Unix socket
        assert daemon.request("GET", "/api/v1/marks?with=text", tcp=True)[0] == 403
        assert daemon.request("GET", "/api/v1/marks", tcp=True)[0] == 200
        assert daemon.request("PUT", f"/api/v1/items/{item}/mark", "{}", tcp=True)[0] == 403
        wrong = [({}, 422), ({"mark": "perhaps"}, 422), ({"request": "demand"}, 422),
                 ({"topic": "no-such"}, 422), ({"topic": "A b"}, 422), ({"kind": "opened"}, 422),
                 ({"mark": "right", "kind": "raised"}, 422), ({"by": "someone"}, 422)]
        for body, want in wrong:
            status, answer = put(daemon, item, **body)
            assert status == want, (body, status, answer)
        assert put(daemon, "0" * 32, mark="right")[0] == 404
        assert put(daemon, "x", mark="right")[0] == 404
        assert daemon.request("GET", "/api/v1/items/" + "0" * 32)[0] == 404
        for asked in ("limit=0", "cursor=x", "cursor=" + item, "with=names"):
            assert daemon.request("GET", "/api/v1/marks?" + asked)[0] == 400, asked
        assert daemon.cli("mark", item, "perhaps").returncode == 64
        assert daemon.cli("mark", "c1", "right").returncode == 65
        assert len(daemon.get("/api/v1/marks")["items"]) == 4
        assert daemon.stop() == 0
        # nothing of a text, and nobody, is where the marks are
        db = sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True)
        names = [row[1] for row in db.execute("PRAGMA table_info(marks)")]
        assert names == ["ident", "aspect", "value", "topic", "rules", "at", "concern", "was"], names
        topics = {row[0] for row in db.execute("SELECT topic FROM marks")}
        db.close()
        assert topics == {"", "wage-arrears", "epidemic"}, topics


if __name__ == "__main__":
    h.main(globals())
