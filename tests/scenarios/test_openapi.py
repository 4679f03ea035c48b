#!/usr/bin/python3
"""docs/openapi.yaml against a live daemon: each GET path answers as described, each member is
described, and what is required is there.
"""
import json
import os
import re
import urllib.parse

import harness as h
import material as m
import yaml

REPLY = "https://example.gov.cn/replies/1.html"


class Spec:
    def __init__(self):
        with open(os.path.join(h.ROOT, "docs", "openapi.yaml"), encoding="utf-8") as f:
            self.root = yaml.safe_load(f)

    def follow(self, node):
        while "$ref" in node:
            at = self.root
            for step in node["$ref"].lstrip("#/").split("/"):
                at = at[step]
            node = at
        return node

    def faults(self, value, schema, where):
        """What of a JSON value the schema does not allow, or does not describe."""
        schema = self.follow(schema)
        if "allOf" in schema:
            parts = [self.follow(s) for s in schema["allOf"]]
            schema = {"type": "object", "required": sum((p.get("required", []) for p in parts), []),
                      "properties": {k: v for p in parts for k, v in p["properties"].items()}}
        if "oneOf" in schema:
            return min((self.faults(value, s, where) for s in schema["oneOf"]), key=len)
        if "const" in schema:
            return [] if value == schema["const"] else [f"{where}: {value!r}"]
        if "enum" in schema:
            return [] if value in schema["enum"] else [f"{where}: {value!r}"]
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        python = {"string": str, "integer": int, "number": float, "boolean": bool, "object": dict,
                  "array": list, "null": type(None)}
        if kinds and not any(type(value) is python[k] for k in kinds):
            return [f"{where}: {value!r} is not {kinds}"]
        if isinstance(value, str):
            return self.text_faults(value, schema, where)
        if isinstance(value, list):
            return [f for i, v in enumerate(value)
                    for f in self.faults(v, schema.get("items", {}), f"{where}[{i}]")]
        if isinstance(value, dict):
            return self.member_faults(value, schema, where)
        return []

    @staticmethod
    def text_faults(value, schema, where):
        out = []
        if "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{where}: {value!r} does not match {schema['pattern']}")
        if schema.get("format") == "date-time" and not re.fullmatch(
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00", value):
            out.append(f"{where}: {value!r} is no time in +08:00")
        return out

    def member_faults(self, value, schema, where):
        known = schema.get("properties")
        out = [f"{where}: lacks {k}" for k in schema.get("required", []) if k not in value]
        if known is None:
            return out + [f"{where}: its members are not described"]
        out += [f"{where}.{k} is not described" for k in value if k not in known]
        return out + [f for k, v in value.items() if k in known
                      for f in self.faults(v, known[k], f"{where}.{k}")]


def town(world):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)]))
    daemon = world.daemon([h.source(site, "rss", "/rss", region="110000")], home="110000")
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    daemon.counted()
    return daemon


def test_every_get_path_is_as_described():
    spec = Spec()
    with h.World() as world:
        daemon = town(world)
        first = daemon.concerns()[0]["id"]
        assert daemon.cli("accept", first).returncode == 0
        assert daemon.cli("answer", first, "--url", REPLY).returncode == 0
        published = daemon.concerns(state="open")[0]
        seq = daemon.draft_by_key(published["unit"]["id"], published["id"], "已经办结。")["seq"]
        done = daemon.cli("approve", published["id"], "--draft", str(seq))
        assert done.returncode == 0, done.stderr
        mention = daemon.get(f"/api/v1/concerns/{first}")["mentions"][0]["id"]
        assert daemon.cli("mark", mention, "right").returncode == 0
        walked = 0
        for path, item in spec.root["paths"].items():
            if "get" not in item or path in ("/api/v1/events", "/metrics",
                                             "/api/v1/rules/jobs/{source}"):
                continue
            for tcp in (False, True):
                asked = path.replace("/topics/{source}", "/topics/wage-arrears")
                asked = asked.replace("{id}", first).replace("{source}", "rss")
                asked = asked.replace("{item}", mention).replace("{reply}", published["id"])
                asked = asked.replace("{month}", "2026-01")
                if path == "/api/v1/items":
                    asked += "?q=" + urllib.parse.quote("拖欠")
                    h.wait_for(lambda at=asked: b'"title"' in daemon.request("GET", at)[1],
                               what="the index")
                status, body = daemon.request("GET", asked, tcp=tcp)
                want = 403 if tcp and "guest" not in item["get"]["x-roles"] else 200
                want = 404 if path == "/reports/drill" else want
                assert status == want, (path, status, body)
                answer = spec.follow(item["get"]["responses"][str(want)])["content"]
                if want != 200 or "application/json" not in answer:
                    continue
                faults = spec.faults(json.loads(body), answer["application/json"]["schema"], path)
                assert not faults, "\n".join(faults)
                walked += 1
        assert walked == 54, walked
        h.figure(answers=walked)


def test_each_described_parameter_is_taken():
    spec = Spec()
    samples = {"state": "closed", "topic": "epidemic", "unit": "health", "order": "newest",
               "limit": "1"}
    with h.World() as world:
        daemon = town(world)
        asked = spec.root["paths"]["/api/v1/concerns"]["get"]["parameters"]
        for parameter in asked:
            name = parameter["name"]
            if name in samples:
                daemon.get(f"/api/v1/concerns?{name}={samples[name]}")
                status, body = daemon.request("GET", f"/api/v1/concerns?{name}=%21")
                assert status == 400, (name, status)
                problem = spec.root["components"]["schemas"]["Problem"]
                assert not spec.faults(json.loads(body), problem, name), body
        page = daemon.get("/api/v1/concerns?limit=2")
        rest = daemon.get(f"/api/v1/concerns?limit=2&cursor={page['next_cursor']}")
        assert len(page["items"]) == 2 and len(rest["items"]) == 1 and not rest["next_cursor"]
        assert {p["name"] for p in asked} == {*samples, "cursor"}


def test_headlines_are_of_what_is_asked_for():
    spec = Spec()
    with h.World() as world:
        daemon = town(world)
        ids = [c["id"] for c in daemon.concerns()]
        told = daemon.get("/api/v1/headlines?ids=" + ",".join([*reversed(ids), "c999"]))
        described = spec.root["paths"]["/api/v1/headlines"]["get"]["responses"]["200"]["content"]
        faults = spec.faults(told, described["application/json"]["schema"], "headlines")
        assert not faults, faults
        assert [line["id"] for line in told["items"]] == ids[::-1], told
        for line in told["items"]:
            assert line["words"] == daemon.get("/api/v1/concerns/" + line["id"])["mentions"][0]["title"]
        for wrong in ("x", "c0", "c1,,c2", "1", ",".join(["c1"] * 51)):
            assert daemon.request("GET", "/api/v1/headlines?ids=" + wrong)[0] == 400, wrong
        assert len(daemon.get("/api/v1/headlines?ids=" + ",".join(ids[:1] * 50))["items"]) == 50


def test_sources_answer_as_described():
    spec = Spec()
    head = {"Content-Type": "application/json"}
    paths = spec.root["paths"]
    problem = {"$ref": "#/components/schemas/Problem"}
    good = {"id": "more", "name": "又一处", "url": "https://more.example.org/rss", "kind": "news",
            "interval": "7d", "category": "政务/教育"}
    steps = [
        ("post", "", good, 200), ("post", "", good, 409), ("post", "", [good, {"id": "x"}], 200),
        ("post", "", {**good, "url": "https://weibo.com/u/1"}, 422), ("post", "", "x", 400),
        ("post", "/try", {"source": "id: x"}, 200), ("post", "/try", {"source": ""}, 422),
        ("post", "/{source}/pause", None, 200), ("post", "/{source}/resume", None, 200),
        ("post", "/{source}/poll", None, 200), ("get", "/{source}", None, 200),
        ("delete", "/{source}", None, 200), ("delete", "/{source}", None, 404),
        ("post", "/{source}/pause", None, 404),
    ]
    with h.World() as world:
        daemon = town(world)
        for method, path, body, want in steps:
            text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
            status, answer = daemon.request(
                method.upper(), "/api/v1/sources" + path.replace("{source}", "more"), text,
                headers=head)
            assert status == want, (method, path, status, answer)
            described = paths["/api/v1/sources" + path][method]["responses"]
            assert str(want) in described, (method, path, want)
            schema = problem
            if want == 200:
                content = spec.follow(described["200"])["content"]
                schema = content["application/json"]["schema"]
            faults = spec.faults(json.loads(answer), schema, path)
            assert not faults, faults
        asked = {p["name"] for p in paths["/api/v1/sources"]["get"]["parameters"]}
        samples = {"state": "active", "kind": "news", "q": "rss", "find": "信", "category": "政务",
                   "limit": "1"}
        assert asked == {*samples, "cursor"}
        for name in samples:
            daemon.get("/api/v1/sources?" + urllib.parse.urlencode({name: samples[name]}))


def test_rules_and_marks_answer_as_described():
    spec = Spec()
    paths = spec.root["paths"]
    with h.World() as world:
        daemon = town(world)
        item = daemon.get("/api/v1/concerns/" + daemon.concerns()[0]["id"])["mentions"][0]["id"]
        wrong = os.path.join(world.folder, "wrong")
        os.makedirs(os.path.join(wrong, "topics"))
        steps = [("post", "/api/v1/rules/load", {}, 200),
                 ("post", "/api/v1/rules/load", {"folder": wrong}, 422),
                 ("get", "/api/v1/rules", None, 200),
                 ("post", "/api/v1/rules/check", {"text": "id: x"}, 200),
                 ("post", "/api/v1/rules/check", {}, 422),
                 ("post", "/api/v1/rules/load", "x", 400),
                 ("put", "/api/v1/items/{item}/mark", {"request": "report"}, 200),
                 ("put", "/api/v1/items/{item}/mark", {"request": "none"}, 422),
                 ("get", "/api/v1/marks?with=text", None, 200),
                 ("get", "/api/v1/marks?limit=x", None, 400)]
        for method, path, body, want in steps:
            text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
            status, answer = daemon.request(method.upper(), path.replace("{item}", item), text)
            assert status == want, (path, status, answer)
            described = spec.follow(paths[path.split("?")[0]][method]["responses"][str(want)])
            schema = next(iter(described["content"].values()))["schema"]
            faults = spec.faults(json.loads(answer), schema, path)
            assert not faults, faults


def test_jobs_of_rules_answer_as_described():
    spec = Spec()
    paths = spec.root["paths"]
    job = paths["/api/v1/rules/jobs/{source}"]["get"]["responses"]
    samples = "".join(json.dumps({"id": str(i), "title": title, "label": "wage-arrears"}) + "\n"
                      for i, title in enumerate((m.WAGES[0], m.FOOD[0], m.OTHER[0])))
    with h.World() as world:
        daemon = town(world)
        for verb, body in (("backtest", {}), ("eval", {"samples": samples}), ("eval", {"text": "id: x"}),
                           ("suggest", {"topic": "wage-arrears", "samples": samples})):
            status, answer = daemon.request("POST", "/api/v1/rules/" + verb, json.dumps(body))
            assert status == 200, answer
            at = "/api/v1/rules/jobs/" + json.loads(answer)["id"]
            h.wait_for(lambda: daemon.get(at)["state"] != "running", 60, "its end")
            got = daemon.get(at)
            assert (got["state"] == "done") == ("text" not in body), got
            faults = spec.faults(got, job["200"]["content"]["application/json"]["schema"], verb)
            assert not faults, faults
        for verb in ("eval", "backtest", "suggest"):
            status, answer = daemon.request("POST", "/api/v1/rules/" + verb, '{"x": 1}')
            assert status == 422 and "422" in paths["/api/v1/rules/" + verb]["post"]["responses"]
        listed = paths["/api/v1/rules/jobs"]["get"]["responses"]["200"]["content"]
        faults = spec.faults(daemon.get("/api/v1/rules/jobs"), listed["application/json"]["schema"], "jobs")
        assert not faults, faults


def test_events_are_as_described():
    spec = Spec()
    schema = {"$ref": "#/components/schemas/Event"}
    with h.World() as world:
        daemon = town(world)
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: len(stream.events) >= 6, what="events")
        for event in stream.events:
            faults = spec.faults(event, schema, event["type"])
            assert not faults, faults
        assert daemon.request("GET", "/api/v1/events?epoch=another&since=1")[0] == 409
        assert daemon.request("GET", "/api/v1/events?since=-1")[0] == 400


def test_commands_answer_as_described():
    spec = Spec()
    done = spec.root["components"]["responses"]["Done"]["content"]["application/json"]["schema"]
    head = {"Content-Type": "application/json"}
    with h.World() as world:
        daemon = town(world)
        first, other = [c["id"] for c in daemon.concerns(order="newest")][:2]
        unit = daemon.get(f"/api/v1/concerns/{first}")["unit"]["id"]
        for path, body in ((f"{first}/accept", {"unit": unit}), (f"{first}/accept", {}),
                           (f"{first}/answer", {"url": REPLY})):
            status, text = daemon.request("POST", f"/api/v1/concerns/{path}", json.dumps(body),
                                          headers=head)
            assert status == 200, (path, status, text)
            assert not spec.faults(json.loads(text), done, path), text
        wrong = [("c9999/accept", {}, 404), (f"{other}/answer", {}, 422),
                 (f"{first}/accept", {}, 409), (f"{other}/answer", {"url": "ftp://x"}, 422),
                 (f"{other}/accept", {"unit": "nobody"}, 422)]
        for path, body, want in wrong:
            status, text = daemon.request("POST", f"/api/v1/concerns/{path}", json.dumps(body),
                                          headers=head)
            assert status == want, (path, status, text)
            described = spec.root["paths"]["/api/v1/concerns/{id}/" + path.split("/")[1]]["post"]
            assert str(want) in described["responses"], (path, want)
        status, _ = daemon.request("POST", f"/api/v1/concerns/{other}/accept", "{}", tcp=True,
                                   headers=head)
        assert status == 403, status


def test_acts_take_what_is_described():
    """The program's own table of members, which a refusal tells, against the document."""
    paths = Spec().root["paths"]
    with h.World() as world:
        daemon = town(world)
        concern = daemon.concerns()[0]["id"]
        acts = [p for p, of in paths.items() if p.startswith("/api/v1/concerns/{id}/") and "post" in of]
        for path in acts:
            status, text = daemon.request("POST", path.replace("{id}", concern), '{"x":1}')
            detail = json.loads(text)["detail"]
            assert status == 422, (path, status, text)
            told = dict(re.findall(r'"([a-z]+)"(\??)', detail[detail.index("{"):]))
            body = paths[path]["post"]["requestBody"]
            schema = body["content"]["application/json"]["schema"]
            assert set(told) == set(schema["properties"]), (path, detail)
            assert {k for k, v in told.items() if not v} == set(schema.get("required", [])), path
            assert body["required"] == bool(schema.get("required") or schema.get("anyOf")), path
        # the CLI has them all, and each says by itself what it lacks
        for act in (p.rsplit("/", 1)[1] for p in acts):
            assert daemon.cli(act, "--help").returncode == 0, act
            wrong = daemon.cli(act, "12")
            assert wrong.returncode == 65 and "c12" in wrong.stderr, (act, wrong.stderr)
        h.figure(acts=len(acts))


if __name__ == "__main__":
    h.main(globals())
