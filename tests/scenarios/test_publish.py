#!/usr/bin/python3
"""Replies that the ledger itself publishes in the real daemon: nothing of a text is public before
somebody else approved it, and what is replaced or refused is in no file any more.
"""
import hashlib
import json
import re
import urllib.parse

import harness as h
import material as m

UNITS = {**h.UNITS, "units": [{**u, **({"approver": "county"} if u["id"] == "labour" else {})}
                              for u in h.UNITS["units"]]}
TEXT = ("经核查，河西工地拖欠的工资已<全部>支付。\n联系电话 13812345678。"
        "剩余款项将在三个工作日内支付到位，并公布结果。")
MASKED = TEXT.replace("13812345678", "*" * 11)


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], units=UNITS, **more)
    return daemon, h.wait_for(daemon.concerns, what="the concern")[0]["id"]


def view(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)


def draft(daemon, concern, text, unit="labour"):
    return daemon.cli("draft", concern, "--text", "-", "--unit", unit, stdin=text)


def write(daemon, concern, text, unit="labour"):
    """As the unit's own program does: whoever sits at the socket is somebody else."""
    result = daemon.draft_by_key(unit, concern, text)
    assert result["status"] == "ok", result


def sign(daemon, concern, unit, act="approve", *more):
    seq = view(daemon, concern)["draft"]["seq"]
    return daemon.cli(act, concern, "--draft", str(seq), "--unit", unit, *more)


def ok(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def refused(run, says):
    assert run.returncode != 0 and says in run.stderr, run.stderr


def kinds(daemon, concern):
    return [h.kind_of(e) for e in view(daemon, concern)["events"]]


def test_written_by_one_and_approved_by_another():
    with h.World() as world:
        daemon, concern = town(world)
        refused(draft(daemon, concern, "请平台删除该帖。"), "")
        refused(draft(daemon, concern, "字" * 2001), "2000")
        refused(draft(daemon, concern, TEXT, unit="health"), "只有")
        write(daemon, concern, TEXT)
        waiting = view(daemon, concern)
        assert waiting["draft"]["by"] == "labour" and waiting["draft"]["text"] == MASKED
        assert waiting["state"] != "closed" and not waiting["reply_url"]
        # Over TCP, where all may look, there is that it waits, and no word of it.
        status, body = daemon.request("GET", "/api/v1/concerns/" + concern, tcp=True)
        assert status == 200 and "全部".encode() not in body and b'"draft":{"seq"' in body
        for path in ("/replies/" + concern, "/api/v1/replies/" + concern):
            assert daemon.request("GET", path, tcp=True)[0] == 404
        refused(sign(daemon, concern, "labour"), "只有协调单位或审签单位")
        refused(sign(daemon, concern, "health"), "只有")
        refused(daemon.cli("approve", concern), "draft")
        daemon.kill()
        daemon.start()
        ok(sign(daemon, concern, "county"))
        shown = view(daemon, concern)
        assert shown["state"] == "closed" and shown["outcome"] == "answered" and not shown["draft"]
        assert shown["reply_url"] == f"http://127.0.0.1:{daemon.http_port}/replies/{concern}"
        assert shown["reply"] is None, "the ledger does not watch its own page"
        assert [k for k in kinds(daemon, concern) if k in ("drafted", "answered", "closed",
                                                           "published", "promised")] == \
            ["drafted", "answered", "closed", "published", "promised"]
        path = urllib.parse.urlparse(shown["reply_url"]).path
        status, page = daemon.request("GET", path, tcp=True)
        text = page.decode()
        assert status == 200 and "已&lt;全部&gt;支付" in text and "*" * 11 in text
        assert not re.search(r"<(script(?! type=\"module\" src=\"../js/ledger.js\")|img|iframe|style)"
                             r"|<全部>|13812345678|https?://", text)
        told = daemon.get("/api/v1/replies/" + concern)
        assert told["text"] == MASKED and told["unit"]["id"] == "labour" and not told["reopened"]
        want = hashlib.sha256(MASKED.encode()).hexdigest()
        assert [e["sha256"] for e in told["editions"]] == [want] and want in text
        for name, content in daemon.produced():
            assert b"13812345678" not in content, name


def test_what_is_refused_or_replaced_is_gone():
    with h.World() as world:
        daemon, concern = town(world)
        write(daemon, concern, "金丝雀甲：正在处理。")
        ok(sign(daemon, concern, "county", "deny", "--note", "缺少办理时间"))
        assert view(daemon, concern)["draft"] is None
        denied = [e for e in view(daemon, concern)["events"] if h.kind_of(e) == "denied"]
        assert denied[0]["data"]["to"] == "labour" and denied[0]["data"]["noted"]
        write(daemon, concern, "金丝雀乙：工资已支付。")
        ok(sign(daemon, concern, "county"))
        answered = view(daemon, concern)["answered"]
        write(daemon, concern, "更正：工资已于昨日支付。")
        assert "金丝雀乙" in daemon.get("/api/v1/replies/" + concern)["text"]
        ok(sign(daemon, concern, "county"))
        told = daemon.get("/api/v1/replies/" + concern)
        assert told["text"].startswith("更正") and view(daemon, concern)["answered"] == answered
        assert [(e["edition"], e["replaced"]) for e in told["editions"]] == [(2, False), (1, True)]
        page = daemon.request("GET", "/replies/" + concern, tcp=True)[1].decode()
        assert "已由第 2 版替代" in page and told["editions"][1]["sha256"] in page
        ok(daemon.cli("reopen", concern, "--note", "未解决"))
        assert view(daemon, concern)["reply_url"] is None
        page = daemon.request("GET", "/replies/" + concern, tcp=True)[1].decode()
        assert "已重开" in page and "更正" in page
        write(daemon, concern, "第二轮答复：已全部解决。")
        ok(sign(daemon, concern, "county"))
        assert view(daemon, concern)["reply_url"].endswith(f"/replies/{concern}-2")
        assert daemon.get(f"/api/v1/replies/{concern}-2")["round"] == 2
        for wrong in ("-1", "-3", "-02", "-", "x"):
            assert daemon.request("GET", f"/replies/{concern}{wrong}")[0] == 404, wrong
        copy = daemon.db + ".copy"
        done = h.cli("store", "backup", copy, "--store", daemon.db)
        assert done.returncode == 0, done.stderr
        daemon.stop()
        for file in (daemon.db, copy):
            with open(file, "rb") as f:
                content = f.read()
            assert "第二轮答复".encode() in content, file
            assert "金丝雀".encode() not in content, file
            checked = h.cli("store", "check", file)
            assert checked.returncode == 0, checked.stdout + checked.stderr


def test_one_person_is_not_two_by_naming_two_units():
    with h.World() as world:
        daemon, concern = town(world)
        # who sits at the socket may name any unit: it is the same user of the system
        ok(draft(daemon, concern, TEXT))
        for unit in ("county", "office"):
            refused(sign(daemon, concern, unit), "须由另一人审签")
        refused(daemon.cli("approve", concern, "--draft", str(view(daemon, concern)["draft"]["seq"])),
                "须由另一人审签")
        daemon.kill()
        daemon.start()
        refused(sign(daemon, concern, "county"), "须由另一人审签")
        boss = daemon.act_as("boss", "coordinator")
        seq = view(daemon, concern)["draft"]["seq"]
        status, answer = boss(concern, "approve", draft=seq)
        assert status == 200, answer
        # and an account is not two by the name that it gives, nor by the way that it comes
        assert boss(concern, "draft", text="更正：已支付。", unit="labour")[0] == 200
        seq = view(daemon, concern)["draft"]["seq"]
        for unit in ("county", "office"):
            status, answer = boss(concern, "approve", draft=seq, unit=unit)
            assert status == 409 and "须由另一人审签" in answer["detail"], answer
        token = json.loads(daemon.cli("accounts", "token", "boss", "--json").stdout)["token"]
        refused(daemon.cli("approve", concern, "--draft", str(seq), "--unit", "county",
                           env={"HUIYING_TOKEN": token}), "须由另一人审签")
        refused(daemon.cli("approve", concern, "--draft", str(seq),
                           env={"HUIYING_TOKEN": "hy_" + "x" * 43}), "")
        ok(sign(daemon, concern, "county"))  # the user at the socket did not write this one
        assert daemon.get("/api/v1/replies/" + concern)["text"] == "更正：已支付。"
        acts = [(row["who"], row["act"]) for row in daemon.get("/api/v1/audit")["items"]]
        assert ("boss", "concern.draft") in acts and ("", "concern.approve") in acts, acts


if __name__ == "__main__":
    h.main(globals())
