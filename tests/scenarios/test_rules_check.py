#!/usr/bin/python3
"""A topic's text is checked beside the rules in force, which stay as they are, on disk too."""
import json
import os

import harness as h
import test_access as access

JSON = {"Content-Type": "application/json"}


def check(daemon, text, topic=None, want=200):
    body = {"text": text} | ({"topic": topic} if topic is not None else {})
    status, answer = daemon.request("POST", "/api/v1/rules/check", json.dumps(body), headers=JSON,
                                    limit=60)
    assert status == want, (status, answer)
    return json.loads(answer)


def files_of_rules():
    folder = os.path.join(h.ROOT, "rules", "topics")
    return {name: open(os.path.join(folder, name), "rb").read() for name in os.listdir(folder)}


def test_a_topic_is_checked_in_the_place_of_the_one_in_force():
    with h.World() as world:
        daemon = access.town(world)
        before, force = files_of_rules(), daemon.status()["rules"]["version"]
        topic = daemon.get("/api/v1/rules/topics/wage-arrears")
        assert topic["file"] == "wage-arrears.yaml" and topic["version"] == force, topic
        assert topic["text"].encode() == before["wage-arrears.yaml"]
        assert daemon.request("GET", "/api/v1/rules/topics/no-such")[0] == 404
        text = topic["text"]
        # the same text is the same rules
        told = check(daemon, text, "wage-arrears")
        assert told["problems"] == [] and told["version"] == told["in_force"] == force, told
        assert not told["changed"] and told["examples"] > 1000, told
        # what is wrong stands where it is
        lines = text.split("\n")
        at = next(i for i, line in enumerate(lines) if line.startswith("unit:"))
        lines[at] = "unit: no-such-unit"
        lines.insert(at, "colour: [red, blue]")
        told = check(daemon, "\n".join(lines), "wage-arrears")
        assert told["version"] is None and told["changed"], told
        places = {(p["file"], p["line"]): p["column"] for p in told["problems"]}
        assert set(places) == {(None, at + 1), (None, at + 2)}, told["problems"]
        assert places[None, at + 1] == 1, told["problems"]
        # YAML that is none has the column of the fault, in code points
        told = check(daemon, "id: a\nname: {zh: 拖欠工资, en: [}\n", "wage-arrears")
        assert [(p["line"], p["column"]) for p in told["problems"]][0] == (2, 23), told["problems"]
        # its examples are run, those of this text and not those of the file
        told = check(daemon, text.replace("\nmatch:\n", "\nmatch:\n  - 今天天气晴朗，适合出游\n", 1),
                     "wage-arrears")
        assert [p["file"] for p in told["problems"]] == [None], told["problems"]
        assert "例句应归入" in told["problems"][0]["detail"], told["problems"]
        # opinions are no topics (law 4)
        told = check(daemon, text.replace("\nany:\n", "\nany:\n  - 集体上访\n", 1), "wage-arrears")
        assert told["problems"] and all(p["file"] is None for p in told["problems"]), told
        # nothing of all this is in force or written
        assert daemon.status()["rules"]["version"] == force and files_of_rules() == before
        assert daemon.get("/api/v1/rules")["refused"] is None


def test_a_new_topic_stands_beside_the_others():
    with h.World() as world:
        daemon = access.town(world)
        text = ("id: lifts\nname: {zh: 电梯, en: Lifts}\nunit: labour\ndeadlines: [ordinary-48h]\n"
                "any: [电梯困人]\nmatch: [电梯困人半小时]\nnomatch: [楼梯很干净]\n")
        told = check(daemon, text)
        assert told["problems"] == [] and told["changed"], told
        told = check(daemon, text.replace("id: lifts", "id: wage-arrears"))
        assert any("重复" in p["detail"] for p in told["problems"]), told
        check(daemon, text, "no-such", 404)
        for wrong in ("", "[]", "{}", '{"text": ""}', '{"text": 1}', '{"text": "a\\u0000"}',
                      '{"text": "a", "topic": 1}', '{"text": "a", "more": 1}'):
            status, _ = daemon.request("POST", "/api/v1/rules/check", wrong, headers=JSON)
            assert status == 422, wrong


def test_who_may_check():
    with h.World() as world:
        daemon = access.town(world)
        for name, (role, unit) in access.ROLES.items():
            assert access.add_account(daemon, name, role, unit).returncode == 0
        for name, reads, checks in (("boss", 200, 200), ("li", 403, 403), ("ops", 200, 200),
                                    ("zhou", 200, 403)):
            read, change = access.log_in(daemon, name)
            status, _ = daemon.request("GET", "/api/v1/rules/topics/epidemic", tcp=True, headers=read)
            assert status == reads, (name, status)
            status, answer = daemon.request("POST", "/api/v1/rules/check", '{"text": "id: x"}',
                                            tcp=True, headers=change)
            assert status == checks, (name, status)
            assert world.folder.encode() not in answer and h.ROOT.encode() not in answer, answer


if __name__ == "__main__":
    h.main(globals())
