#!/usr/bin/python3
"""Rules measured beside the running daemon, as the page of rules has it done: the same figures as
the command line's, progress, an end at once, and nothing kept of what items say."""
import json
import os

import harness as h
import test_access as access
import test_backtest as town

OPERATOR = "ops"


def ask(daemon, verb, expect=200, **body):
    status, answer = daemon.request("POST", f"/api/v1/rules/{verb}", json.dumps(body))
    told = json.loads(answer)
    assert status == expect, (verb, status, told)
    return told


def job(daemon, ident):
    return daemon.get(f"/api/v1/rules/jobs/{ident}")


def finished(daemon, ident, limit=60):
    return h.wait_for(lambda: (lambda j: j if j["state"] != "running" else None)(job(daemon, ident)),
                      limit, f"the end of {ident}")


def result(daemon, verb, **body):
    done = finished(daemon, ask(daemon, verb, **body)["id"])
    assert done["state"] == "done", done
    return done


def by_command(daemon, *words, **more):
    done = daemon.cli("rules", *words, "--json", **more)
    assert done.returncode == 0, (words, done.stderr)
    return json.loads(done.stdout)


def timeless(got):
    return {k: v for k, v in got.items() if k != "megabytes_per_second"}


def text_of(path, old="", new=""):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert old in text, text
    return text.replace(old, new, 1) if old else text


def test_a_text_is_tested_on_what_is_stored():
    with h.World() as world:
        daemon, folder = town.town(world)
        path = os.path.join(folder, "topics", "tap.yaml")
        typed = text_of(path, "  - 停水三天\n", "  - 停水三天\n  - 水管爆裂\n")
        done = result(daemon, "backtest", topic="tap", text=typed)
        got = done["result"]
        assert (got["newly"], got["stops"]) == (1, 0) and got["items"] == 5, got
        assert got["samples"]["newly"][0]["title"] == town.PIPE[0], got
        assert (done["done"], done["total"], done["share"]) == (5, 5, 1), done
        assert done["verb"] == "backtest" and done["topic"] == "tap" and done["edited"], done
        file = os.path.join(world.folder, "typed.yaml")
        with open(file, "w", encoding="utf-8") as f:
            f.write(typed)
        said = by_command(daemon, "backtest", "--topic", "tap", "--edit", file)
        assert timeless(said) == timeless(got), (said, got)
        assert text_of(path) != typed and daemon.status()["rules"]["version"] == got["old"]
        # without a text: the folder as it lies there
        assert result(daemon, "backtest")["result"]["same"] == 5
        assert result(daemon, "backtest", since_days=1)["result"]["items"] == 5
        # one topic more
        more = typed.replace("id: tap", "id: pipes").replace("  - 停水三天\n", "").replace(
            'match: ["停水三天"]', "match: [水管爆裂]")
        got = result(daemon, "backtest", text=more)["result"]
        assert {r["topic"] for r in got["topics"]} == {"lamp", "tap", "pipes"}, got
        # what does not compile is told by its line; refused terms too
        for text, line in ((typed.replace("unit: works", "unit: "), 3), (typed + "x: 1\n", 10),
                           (typed.replace("水管爆裂", "群体性事件"), 7)):
            wrong = finished(daemon, ask(daemon, "backtest", topic="tap", text=text)["id"])
            assert wrong["state"] == "failed" and wrong["result"] is None, wrong
            assert [p["file"] for p in wrong["problems"]] == [None] * len(wrong["problems"]), wrong
            assert line in [p["line"] for p in wrong["problems"]], (line, wrong)
        wrong = finished(daemon, ask(daemon, "backtest", topic="nothing", text=typed)["id"])
        assert wrong["state"] == "failed" and world.folder not in json.dumps(wrong), wrong
        # what an item says is not kept: its title goes with its text
        last = daemon.get("/api/v1/rules/jobs")["items"]
        assert [j["id"] for j in last] == [wrong["id"]] and "result" not in last[0], last
        done = result(daemon, "backtest", topic="tap", text=typed)
        item = done["result"]["samples"]["newly"][0]["id"]
        status, answer = daemon.request("POST", f"/api/v1/items/{item}/redact", "")
        assert status == 200, answer
        after = job(daemon, done["id"])["result"]["samples"]["newly"][0]
        assert after["id"] == item and after["title"] is None, after
        assert daemon.stop() == 0


def test_marks_and_files_are_measured():
    with h.World() as world:
        daemon, folder, path = town.marked_town(world, 3)
        asked = ("--marks", "--rules", folder)
        assert result(daemon, "eval")["result"] == by_command(daemon, "eval", *asked)
        assert result(daemon, "eval", since_days=1)["result"]["items"] == 15
        typed = text_of(path, "  - 停水三天\n", "  - 停水三天\n  - 水管爆裂没人修\n")
        got = result(daemon, "eval", topic="tap", text=typed)["result"]
        row = {r["label"]: r for r in got["labels"]}["tap"]
        assert (row["right"], row["missed"]) == (2, 8), row
        assert got["misses"][0]["title"], got["misses"]
        done = result(daemon, "suggest", topic="tap")
        assert done["result"] == by_command(daemon, "suggest", "--topic", "tap", *asked), done
        gain = done["result"]["gains"][0]
        assert "爆裂" in gain["term"] and gain["line"] == f"- {gain['term']}", gain
        assert done["total"] and done["done"] == done["total"], done
        with_it = typed.replace("  - 水管爆裂没人修\n", f"  {gain['line']}\n")
        again = result(daemon, "suggest", topic="tap", text=with_it)["result"]
        assert again["recall"] > done["result"]["recall"], again
        # a labelled file, alone and beside the marks
        rows = [{"id": str(i), "title": f"{w}水管爆裂", "label": "tap"} for i, w in enumerate("东西南北")]
        rows.append({"id": "5", "title": "联系我 13812345678", "label": "none"})
        lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
        alone = result(daemon, "eval", samples=lines)["result"]
        assert alone == by_command(daemon, "eval", "--rules", folder, stdin=lines), alone
        assert alone["items"] == 5 and "13812345678" not in json.dumps(alone), alone
        assert alone["misses"][0]["title"] == rows[0]["title"], alone
        assert result(daemon, "eval", samples=lines, marks=True)["result"]["items"] == 20
        # one whose labels are somebody else's names
        foreign = lines.replace('"tap"', '"供水科"').replace('"none"', '"其他"')
        unmapped = finished(daemon, ask(daemon, "eval", samples=foreign)["id"])
        assert unmapped["state"] == "failed" and "--map" in unmapped["problems"][0]["detail"], unmapped
        mapped = "topics: {tap: 供水科}\n"
        file = os.path.join(world.folder, "map.yaml")
        with open(file, "w", encoding="utf-8") as f:
            f.write(mapped)
        got = result(daemon, "eval", samples=foreign, map=mapped)["result"]
        assert got == by_command(daemon, "eval", "--rules", folder, "--map", file, stdin=foreign), got
        assert {r["label"]: r["missed"] for r in got["labels"]}["供水科"] == 4, got
        assert result(daemon, "suggest", topic="tap", samples=foreign, map=mapped)["result"]["f1"] == 0
        wrong = finished(daemon, ask(daemon, "eval", samples=foreign, map="topics:\n  taps: 供水科\n")["id"])
        assert [(p["file"], p["line"]) for p in wrong["problems"]] == [("map", 2)], wrong
        wrong = finished(daemon, ask(daemon, "eval", samples=lines + "{}\n")["id"])
        assert wrong["problems"] == [{"file": "samples", "line": 6,
                                      "detail": wrong["problems"][0]["detail"]}], wrong
        # nothing of it was in force
        assert not [c for c in daemon.concerns() if "爆裂" in json.dumps(c, ensure_ascii=False)]
        for verb, body in (("eval", {"topic": "tap"}), ("eval", {"marks": False}), ("suggest", {}),
                           ("eval", {"samples": lines, "since_days": 3}), ("backtest", {"marks": True}),
                           ("backtest", {"since_days": 0}), ("backtest", {"topic": "../x", "text": "a"}),
                           ("eval", {"map": mapped}), ("backtest", {"map": mapped}),
                           ("eval", {"samples": lines, "map": ""}),
                           ("eval", {"x": 1}), ("eval", {"samples": ""}), ("eval", {"marks": 1})):
            ask(daemon, verb, 422, **body)
        assert daemon.request("POST", "/api/v1/rules/eval", "[]")[0] == 422


def long_work(lines):
    """Labelled texts that take a while to judge."""
    filler = "今天天气很好，广场上有人放风筝。" * 60
    return "".join(json.dumps({"id": str(i), "title": "路灯不亮", "body": filler, "label": "lamp"},
                              ensure_ascii=False) + "\n" for i in range(lines))


def test_one_at_a_time_and_ended_at_once():
    with h.World() as world:
        daemon, _ = town.town(world)
        for name, (role, unit) in access.ROLES.items():
            assert access.add_account(daemon, name, role, None if not unit else "town").returncode == 0
        _, ops = access.log_in(daemon, OPERATOR)
        slow = json.dumps({"samples": long_work(2500)}, ensure_ascii=False)
        status, answer = daemon.request("POST", "/api/v1/rules/eval", slow.encode(), tcp=True,
                                        headers=ops)
        assert status == 200, answer
        ident = json.loads(answer)["id"]
        # another has to wait, by whoever it is; the rest of the API does not
        status, answer = daemon.request("POST", "/api/v1/rules/backtest", "{}")
        running = job(daemon, ident)
        assert running["by"] == OPERATOR, running
        if running["state"] == "running":
            assert status == 409 and json.loads(answer)["code"] == "busy", answer
            acts = [r["act"] for r in daemon.get("/api/v1/audit")["items"]]
            assert "rules.eval" in acts and "rules.backtest" not in acts, acts
        status, answer = daemon.request("DELETE", f"/api/v1/rules/jobs/{ident}", tcp=True, headers=ops)
        assert status == 200, answer
        ended = finished(daemon, ident)
        assert ended["state"] in ("cancelled", "done") and ended["problems"] == [], ended
        assert ended["state"] == "done" or ended["result"] is None, ended
        h.figure(state=ended["state"], done=ended["done"])
        # its place is free
        assert result(daemon, "backtest")["result"]["same"] == 5
        assert daemon.request("GET", "/api/v1/rules/jobs/eval-0")[0] == 404
        assert daemon.request("DELETE", "/api/v1/rules/jobs/eval-0")[0] == 404
        for name, may in (("boss", True), ("ops", True), ("li", False), ("zhou", False)):
            read, act = access.log_in(daemon, name)
            assert daemon.request("GET", f"/api/v1/rules/jobs/{ident}", tcp=True,
                                  headers=read)[0] == (200 if may else 403), name
            assert daemon.request("POST", "/api/v1/rules/backtest", '{"x":1}', tcp=True,
                                  headers=act)[0] == (422 if may else 403), name
        assert daemon.request("GET", "/api/v1/rules/jobs", tcp=True)[0] == 401
        acts = [(r["who"], r["act"]) for r in daemon.get("/api/v1/audit")["items"]]
        assert (OPERATOR, "rules.eval") in acts, acts
        # one that runs ends with the daemon
        status, answer = daemon.request("POST", "/api/v1/rules/eval", slow.encode())
        assert status == 200, answer
        assert daemon.stop() == 0
        with open(daemon.log, encoding="utf-8") as f:
            assert f"event=workbench.end id={json.loads(answer)['id']}" in f.read()


if __name__ == "__main__":
    h.main(globals())
