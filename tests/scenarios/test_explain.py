#!/usr/bin/python3
"""Why the rules say what they say, and where a concern goes and why, asked of a real daemon."""
import json

import harness as h
import material as m
import test_access as access

JSON = {"Content-Type": "application/json"}


def test_hits_stand_where_they_are_said_to():
    with h.World() as world:
        daemon = access.town(world)
        concern = daemon.concerns(topic="wage-arrears")[0]
        detail = daemon.get("/api/v1/concerns/" + concern["id"])
        item = detail["mentions"][0]["id"]
        told = daemon.get(f"/api/v1/items/{item}/why")
        whole = (told["title"] + "\n" + told["content_text"]).encode()
        assert told["title"] == m.WAGES[0] and told["rules"] == daemon.status()["rules"]["version"]
        wages = next(t for t in told["topics"] if t["topic"] == "wage-arrears")
        assert wages["outcome"] == "given" and wages["score"] >= wages["threshold"], wages
        counting = {whole[x["start"]:x["end"]].decode() for x in wages["hits"] if x["fate"] == "counts"}
        assert "讨薪" in counting, counting
        # the command says the same of the same item
        done = daemon.cli("rules", "explain", item, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == told
        # the text goes, and with it the explanation
        assert daemon.request("POST", f"/api/v1/items/{item}/redact")[0] == 200
        status, body = daemon.request("GET", f"/api/v1/items/{item}/why")
        assert status == 404 and "拖欠" not in body.decode(), body
        assert daemon.request("GET", "/api/v1/items/" + "0" * 32 + "/why")[0] == 404
        assert daemon.request("GET", "/api/v1/items/x/why")[0] == 404


def test_a_typed_text_is_explained_and_not_kept():
    with h.World() as world:
        daemon = access.town(world)
        body = {"title": "老板拖欠工资", "text": "我叫王小明，电话 13800138000，老板拖欠工资半年，求助讨薪。紫金葫芦"}
        status, answer = daemon.request("POST", "/api/v1/rules/explain", json.dumps(body), headers=JSON)
        told = json.loads(answer)
        assert status == 200, answer
        assert told["topics"][0]["topic"] == "wage-arrears" and told["kind"] == "raised", told
        assert "13800138000" not in answer.decode() and "王小明" not in answer.decode(), answer
        for wrong in ("", "x", "[]", "{}", '{"text": ""}', '{"text": 1}', '{"text": "x", "more": 1}',
                      '{"text": "x", "kind": "blog"}', '{"text": "\\u0000"}',
                      json.dumps({"text": "a" * 65537}), json.dumps({"title": "a" * 501, "text": "x"})):
            status, answer = daemon.request("POST", "/api/v1/rules/explain", wrong, headers=JSON)
            assert status == 422, (wrong[:40], status, answer)
        most = json.dumps({"text": "拖" * 21845})
        assert daemon.request("POST", "/api/v1/rules/explain", most, headers=JSON)[0] == 200
        assert daemon.stop() == 0
        held = [name for name, data in daemon.produced() if "紫金葫芦".encode() in data]
        assert not held, held


def test_who_may_ask():
    with h.World() as world:
        daemon = access.town(world)
        mine = daemon.get("/api/v1/concerns/" + daemon.concerns(topic="wage-arrears")[0]["id"])
        item = mine["mentions"][0]["id"]
        for name, (role, unit) in access.ROLES.items():
            assert access.add_account(daemon, name, role, unit).returncode == 0
        for name, why, typed in (("boss", 200, 200), ("li", 200, 403), ("far", 403, 403),
                                 ("ops", 200, 200), ("zhou", 200, 403)):
            read, change = access.log_in(daemon, name)
            assert daemon.request("GET", f"/api/v1/items/{item}/why", tcp=True, headers=read)[0] == why, name
            status, _ = daemon.request("POST", "/api/v1/rules/explain", '{"text": "x"}', tcp=True,
                                       headers=change)
            assert status == typed, (name, status)
        assert daemon.request("GET", f"/api/v1/items/{item}/why", tcp=True)[0] == 401


def test_a_concern_tells_why_its_unit_has_it():
    with h.World() as world:
        daemon = access.town(world)
        told = daemon.get("/api/v1/concerns/" + daemon.concerns(topic="wage-arrears")[0]["id"])
        route = told["route"]
        assert route["by"] == "role" and route["role"] == "labour", route
        assert [u["id"] for u in route["units"]] == [told["unit"]["id"]] == ["labour"], route
        assert [k["fate"] for k in route["candidates"]] == ["wins", "not-asked"], route


if __name__ == "__main__":
    h.main(globals())
