#!/usr/bin/python3
"""The life of concerns with the real daemon, the command line and units on the bus: who may do what
and when, what a refusal says, and that a restart changes nothing of it.
"""
import datetime
import json
import os
import re

import harness as h
import material as m

CHINA = datetime.timezone(datetime.timedelta(hours=8))
REPLY = "https://example.gov.cn/replies/1.html"


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], **more)
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    return daemon, {c["topic"]["id"]: c["id"] for c in daemon.concerns()}


def done(daemon, *args):
    run = daemon.cli(*args)
    assert run.returncode == 0, (args, run.stdout, run.stderr)
    return run.stdout


def refused(daemon, says, *args):
    run = daemon.cli(*args)
    assert run.returncode not in (0, None) and says in run.stderr, (args, run.stderr)
    assert re.search(r"\([ -~]*[a-z][^)]*\)", run.stderr), f"no English in {run.stderr!r}"


def view(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)


def parties(daemon, concern):
    return {p["unit"]["id"]: (p["lead"], p["state"]) for p in view(daemon, concern)["parties"]}


def test_what_is_published_meets_its_own_clock():
    """Information is no press briefing, and who publishes one is told what is still open."""
    with h.World() as world:
        daemon, ids = town(world)
        flu = ids["epidemic"]
        done(daemon, "assess", flu, "--grade", "major", "--note", "涉及二百人")

        def met():
            return {k["act"]: k["met"] is not None for k in view(daemon, flu)["clocks"]}

        for more in (), ("--step", "first-info"):
            told = done(daemon, "progress", flu, "--url", REPLY, *more)
            assert "仍待新闻发布会 (briefing)" in told and "首次发布" not in told, told
            assert met()["first-info"] and not met()["briefing"], met()
        refused(daemon, "step 应为", "progress", flu, "--url", REPLY, "--step", "reply")
        told = done(daemon, "progress", flu, "--url", REPLY, "--step", "briefing")
        assert "新闻发布会" not in told and "仍待答复 (reply)" in told, told
        assert met()["briefing"] and not met()["reply"], met()


def test_led_and_assisted():
    with h.World() as world:
        daemon, ids = town(world)
        wages = ids["wage-arrears"]
        due = view(daemon, wages)["due"]
        done(daemon, "assess", wages, "--grade", "larger", "--note", "涉及二十人")
        done(daemon, "assist", wages, "--to", "county", "--note", "请查施工许可")
        assert parties(daemon, wages) == {"labour": (True, "told"), "county": (False, "told")}
        # who has nothing to do with it may do nothing; an assisting unit cannot give it away
        refused(daemon, "只有", "accept", wages, "--unit", "health")
        refused(daemon, "只有协调单位", "reassign", wages, "--to", "health", "--unit", "county")
        done(daemon, "accept", wages, "--unit", "labour")
        done(daemon, "accept", wages, "--unit", "county")
        refused(daemon, "已签收", "decline", wages, "--unit", "labour", "--note", "不归我管")
        done(daemon, "progress", wages, "--unit", "labour", "--url", REPLY + "?first")
        # the assisting unit's reply ends nothing
        done(daemon, "answer", wages, "--unit", "county", "--url", REPLY + "?part")
        assert view(daemon, wages)["state"] == "accepted"
        done(daemon, "remind", wages)
        done(daemon, "answer", wages, "--unit", "labour", "--url", REPLY)
        shown = view(daemon, wages)
        assert (shown["state"], shown["outcome"]) == ("closed", "answered"), shown
        assert shown["grade"] == "larger" and shown["due"] == due and shown["round"] == 1
        # it does not answer: the same units, once more, with the old miss or none kept
        done(daemon, "return", wages, "--note", "没有说何时发放")
        again = view(daemon, wages)
        assert again["round"] == 2 and again["state"] in ("open", "accepted"), again
        assert again["outcome"] is None and again["reply_url"] is None
        done(daemon, "answer", wages, "--unit", "labour", "--url", REPLY + "?more")
        # a restart changes nothing
        before = view(daemon, wages)
        assert daemon.stop() == 0
        daemon.start()
        after = view(daemon, wages)
        for lasting in ("state", "outcome", "grade", "parties", "round", "misses", "opened", "due",
                        "answered", "reply_url", "notes"):
            assert before[lasting] == after[lasting], lasting
        text = done(daemon, "concerns", "show", wages)
        for word in ("研判", "“涉及二十人”", "协办", "签收", "阶段性答复", "催办", "退回重办", "第 2 轮", REPLY):
            assert word in text, (word, text)


def test_what_is_no_text_is_not_left_out():
    """A unit whose name cannot be sent is not taken for none, which is the coordinator."""
    with h.World() as world:
        daemon, ids = town(world)
        wages, broken = ids["wage-arrears"], "人社所".encode("gb18030")
        path = os.path.join(world.folder, "reply.txt")
        with open(path, "wb") as f:
            f.write("各位：\n".encode() + broken)
        for words, says, status in (
                (("accept", wages, "--unit", broken), "--unit: 应为 UTF-8", 65),
                (("decline", wages, "--unit", "labour", "--note", broken), "--note: 应为 UTF-8", 65),
                (("draft", wages, "--unit", "labour", "--text", path), path + ":2: 不是 UTF-8", 65),
                (("draft", wages, "--unit", "labour", "--text", path + "x"), path + "x: ", 66),
                (("draft", wages, "--unit", "labour"), "缺少 --text", 64),
                (("feeds", "add", b"http://example.org/" + broken), "网址应为 UTF-8", 65)):
            run = daemon.cli(*words)
            assert run.returncode == status and says in run.stderr, (words, run)
        assert parties(daemon, wages) == {"labour": (True, "told")}


def test_the_most_urgent_come_first():
    with h.World() as world:
        daemon, ids = town(world)

        def counted():
            h.wait_for(lambda: daemon.request("GET", "/api/v1/concerns?order=urgent")[0] == 200,
                       what="the count")

        def urgent(more=""):
            status, body = daemon.request("GET", "/api/v1/concerns?order=urgent" + more)
            assert status == 200, body
            return json.loads(body)

        def order(more=""):
            return [c["id"] for c in urgent(more)["items"]]

        def wanted():
            graver = {"major", "grave"}
            return [c["id"] for c in sorted(daemon.concerns(state="open"), key=lambda c: (
                not {c["grade"], c["proposed"]} & graver, c["next"]["due"], int(c["id"][1:])))]
        counted()
        last = wanted()[-1]
        h.wait_for(lambda: order() == wanted(), what="the order")
        done(daemon, "assess", last, "--grade", "major", "--note", "涉及二百人")
        h.wait_for(lambda: order()[0] == last, what="the graver one to be first")
        assert order() == wanted()
        seen, cursor = [], ""
        while cursor is not None:
            page = urgent("&limit=1" + cursor)
            seen += [c["id"] for c in page["items"]]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        assert seen == wanted(), seen
        done(daemon, "accept", ids["wage-arrears"])
        h.wait_for(lambda: order("&state=accepted") == [ids["wage-arrears"]], what="the accepted one")
        assert order("&unit=labour&topic=wage-arrears") == [ids["wage-arrears"]]
        assert order("&unit=labour&topic=epidemic") == []
        done(daemon, "answer", ids["wage-arrears"], "--url", REPLY)
        h.wait_for(lambda: ids["wage-arrears"] not in order(), what="the answered one to leave")
        assert order() == wanted()
        assert daemon.request("GET", "/api/v1/concerns?order=urgent&state=closed")[0] == 400
        before = order()
        daemon.stop()
        daemon.start()
        counted()
        assert order() == before


def test_declined_reassigned_and_handed_on():
    units = {**h.UNITS, "units": h.UNITS["units"] + [
        {"id": "street", "name": {"zh": "河西所"}, "parent": "county"}]}
    with h.World() as world:
        daemon, ids = town(world, units=units)
        food = ids["food-drug-safety"]
        due = view(daemon, food)["due"]
        desk = world.add(h.Bus(daemon, "county"))
        desk.hello()
        refused(daemon, "说明", "decline", food, "--unit", "market", "--note", "")
        done(daemon, "decline", food, "--unit", "market", "--note", "属农产品，归县里")
        assert view(daemon, food)["state"] == "declined"
        assert [c["id"] for c in daemon.concerns(state="declined")] == [food]
        refused(daemon, "只有协调单位", "reassign", food, "--to", "county", "--unit", "market")
        refused(daemon, "units", "reassign", food, "--to", "nobody")
        done(daemon, "reassign", food, "--to", "county")
        assert parties(daemon, food)["market"] == (False, "declined"), parties(daemon, food)
        # down one's own tree, and nowhere else
        refused(daemon, "下级", "hand-on", food, "--to", "labour", "--unit", "county")
        done(daemon, "hand-on", food, "--to", "street", "--unit", "county")
        shown = view(daemon, food)
        assert shown["unit"]["id"] == "street" and shown["due"] == due, shown

        def heard():
            desk.pump()
            return [h.kind_of(e) for e in desk.events if e["data"].get("concern") == food]
        h.wait_for(lambda: "handed-on" in heard(), what="the county's events")
        told = [k for k in heard() if k in ("reassigned", "handed-on")]
        assert told == ["reassigned", "handed-on"], heard()
        shown = done(daemon, "concerns", "show", food)
        assert re.search("  原主办 .* 已转出", shown) and not re.search("协办 .* 已转出", shown), shown


def test_more_time_and_nothing_to_answer():
    with h.World() as world:
        daemon, ids = town(world)
        flu, food = ids["epidemic"], ids["food-drug-safety"]
        due = view(daemon, flu)["due"]
        far = datetime.datetime.now(CHINA) + datetime.timedelta(days=300)
        later = far.replace(microsecond=0).isoformat()
        midnight = far.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        done(daemon, "accept", flu, "--unit", "health")
        asked = done(daemon, "extend", flu, "--unit", "health", "--until", later,
                     "--note", "等待检测结果")
        assert "已申请延期" in asked, asked
        assert view(daemon, flu)["extension_asked"] == later
        refused(daemon, "只有", "approve", flu, "--unit", "health")
        done(daemon, "deny", flu, "--note", "先公布已知情况")
        assert view(daemon, flu)["extension_asked"] is None
        done(daemon, "extend", flu, "--unit", "health", "--until", later, "--note", "检测仍在进行")
        done(daemon, "approve", flu)
        shown = view(daemon, flu)
        assert shown["extended"] == later and shown["due"] == due, shown
        told = done(daemon, "concerns", "show", flu)
        year = later[:5] if far.year != datetime.datetime.now(CHINA).year else ""
        assert re.search(f"已延至 +{year}{later[5:10]} {later[11:16]}\n", told), told
        refused(daemon, "一年", "extend", flu, "--until", "9999-12-31", "--note", "长期")
        done(daemon, "extend", flu, "--until", midnight, "--note", "更正")
        # nothing to answer: the unit asks, the coordinating one decides
        asked = done(daemon, "dismiss", food, "--unit", "market", "--code", "old-news",
                     "--note", "去年已通报")
        assert "已申请无需回应" in asked, asked
        shown = done(daemon, "concerns", "show", food)
        assert re.search(r"申请无需回应 +旧闻", shown) and "，旧闻" not in shown, shown
        assert view(daemon, food)["state"] != "closed"
        assert daemon.get("/api/v1/marks")["items"] == [], "nobody confirmed it"
        done(daemon, "approve", food)
        marks = daemon.get("/api/v1/marks")["items"]
        assert [(k["item"], k["aspect"], k["value"]) for k in marks] == [
            (k["id"], "kind", "reported") for k in view(daemon, food)["mentions"]], marks
        shown = view(daemon, food)
        assert (shown["outcome"], shown["dismissal"]) == ("dismissed", "old-news"), shown
        done(daemon, "reopen", food, "--note", "今年又有新情况")
        assert view(daemon, food)["round"] == 2
        assert daemon.get("/api/v1/marks")["items"] == [], "it was no old news after all"
        item = daemon.get("/api/v1/items/" + marks[0]["item"])
        assert (item["kind"], item["marks"]) == ("raised", []), item


def test_what_people_write_passes_the_gate():
    with h.World() as world:
        daemon, ids = town(world)
        wages = ids["wage-arrears"]
        for text in ("请联系网站删帖", "查出发帖人并约谈发帖人"):
            refused(daemon, "不", "remind", wages, "--note", text)
        refused(daemon, "200", "remind", wages, "--note", "长" * 201)
        done(daemon, "remind", wages, "--note", "请打 13800138000 约谈开发商")
        notes = view(daemon, wages)["notes"]
        assert len(notes) == 1 and "13800138000" not in json.dumps(notes), notes
        assert "约谈开发商" in notes[0]["text"], notes
        for name, content in daemon.produced():
            assert b"13800138000" not in content, name


if __name__ == "__main__":
    h.main(globals())
