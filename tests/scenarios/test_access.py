"""Who may do what, asked of a real daemon: every route as every role, sessions, tokens, the trail."""
import json
import os
import sqlite3

import harness as h
import material as m
import yaml
import zmq

PASSWORD = "三号楼 duty officer"
ROLES = {"boss": ("coordinator", None), "li": ("unit", "labour"), "far": ("unit", "market"),
         "ops": ("operator", None), "zhou": ("auditor", None)}
JSON = {"Content-Type": "application/json"}


def town(world, site_address=None):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)]))
    daemon = world.daemon([h.source(site, "rss", "/rss", region="110000")], home="110000",
                          start=False)
    if site_address:
        daemon.settings["listen"]["site"] = site_address
        daemon.write_config()
    daemon.start()
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    return daemon


def add_account(daemon, name, role, unit=None, password=PASSWORD):
    asked = ["--role", role] + (["--unit", unit] if unit else [])
    return daemon.cli("accounts", "add", name, *asked, stdin=password + "\n")


def log_in(daemon, name, password=PASSWORD):
    """Headers of a session: those that read, and those that change something."""
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
    try:
        connection.request("POST", "/api/v1/session", headers=JSON,
                           body=json.dumps({"account": name, "password": password}))
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, (name, answer.status, told)
        cookie = answer.getheader("Set-Cookie").split(";")[0]
    finally:
        connection.close()
    return {"Cookie": cookie}, {"Cookie": cookie, "X-CSRF-Token": told["csrf"], **JSON}


def operations():
    with open(os.path.join(h.ROOT, "docs", "openapi.yaml"), encoding="utf-8") as f:
        root = yaml.safe_load(f)
    for path, item in root["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                yield method, path, item[method]


def expected(roles, role):
    """(where it is its own, where it is another's): may it?"""
    return role in roles or f"{role}-own" in roles, role in roles


def done_by_people(daemon, after):
    """Events after this one but those that the clock and lines alone tell of, at whatever time."""
    head = daemon.status()["head"]
    if head == after:
        return []
    told = h.json_lines(daemon.cli("listen", "--since", str(after), "--once", str(head)).stdout)
    assert len(told) == head - after, told
    return [e for e in told if h.kind_of(e) not in ("overdue", "escalated", "offline", "online") and
            not (h.kind_of(e) == "reminded" and e["data"].get("percent"))]


def test_every_route_as_every_role():
    with h.World() as world:
        daemon = town(world)
        unit_of = {c["unit"]["id"]: c["id"] for c in daemon.concerns()}
        concern = unit_of["labour"]
        mention = daemon.get(f"/api/v1/concerns/{concern}")["mentions"][0]["id"]
        for name, (role, unit) in ROLES.items():
            done = add_account(daemon, name, role, unit)
            assert done.returncode == 0, done.stderr
        tokens = {}
        for name in ROLES:
            done = daemon.cli("accounts", "token", name)
            assert done.returncode == 0, done.stderr
            tokens[name] = {"Authorization": "Bearer " + done.stdout.strip(), **JSON}
        tokens["nobody"] = dict(JSON)
        h.wait_for(lambda: daemon.request("GET", "/api/v1/items?q=%E6%8B%96%E6%AC%A0")[0] == 200,
                   what="the index")
        before = daemon.status()["head"]
        asked, wrong = 0, []
        for method, path, operation in operations():
            if path in ("/api/v1/events", "/api/v1/session"):
                continue
            url = path.replace("{id}", concern).replace("{item}", mention)
            url = url.replace("{reply}", "r1").replace("{month}", "2026-01")
            url = url.replace("{source}", "rss" if "/sources/" in path and method == "get"
                              else "nothing-of-this-name")
            url += "?q=%E6%8B%96%E6%AC%A0" if path == "/api/v1/items" else ""
            # refused for what it says, by whoever may ask: nothing is changed
            body = None if method in ("get", "delete") or path.endswith("/redact") else '{"x":1}'
            if path.endswith("/redact"):
                url = url.replace(mention, "0" * 32)
            for name, head in tokens.items():
                role = "public" if name == "nobody" else ROLES[name][0]
                own, others = expected(operation["x-roles"], role)
                may = own if name == "li" else others if name == "far" else own
                if name == "far" and path in ("/api/v1/concerns", "/api/v1/headlines"):
                    may = True  # its own are listed, of which there is one
                status, answer = daemon.request(method.upper(), url, body, tcp=True, headers=head)
                refused = 401 if name == "nobody" else 403
                if path == "/survey/{id}" and b'"token"' in answer:
                    continue  # its form has a token of its own, whoever sends it
                if may and status in (401, 403) or not may and status != refused:
                    # an act is refused for its members before it is for its unit
                    if not (name == "far" and own and status == 422):
                        wrong.append((method, path, name, status, answer[:120]))
                if status == 422 and path in ("/login", "/logout"):
                    assert b"<main" in answer, answer  # a page's form is answered by a page
                elif status >= 400:
                    assert json.loads(answer)["status"] == status, answer
                asked += 1
        assert not wrong, "\n".join(map(str, wrong))
        listed = "/api/v1/headlines?ids=" + ",".join(unit_of.values())
        told = {name: [line["id"] for line in json.loads(
            daemon.request("GET", listed, tcp=True, headers=tokens[name])[1])["items"]]
            for name, (role, _) in ROLES.items() if role == "unit"}
        assert told["li"] == [concern] and concern not in told["far"], told
        assert done_by_people(daemon, before) == []
        assert asked >= 55 * len(tokens), asked
        h.figure(asked=asked, roles=len(tokens))


def test_a_unit_acts_on_its_own_only():
    with h.World() as world:
        daemon = town(world)
        concern = {c["unit"]["id"]: c["id"] for c in daemon.concerns()}
        for name, (role, unit) in ROLES.items():
            assert add_account(daemon, name, role, unit).returncode == 0
        _, li = log_in(daemon, "li")
        read, far = log_in(daemon, "far")
        listed = json.loads(daemon.request("GET", "/api/v1/concerns", tcp=True, headers=read)[1])
        assert [c["id"] for c in listed["items"]] == [concern["market"]]
        accept = f"/api/v1/concerns/{concern['labour']}/accept"
        # the desk has the last word: it is not this unit's
        assert daemon.request("POST", accept, "{}", tcp=True, headers=far)[0] in (403, 409, 422)
        assert daemon.request("POST", accept, '{"unit":"labour"}', tcp=True, headers=far)[0] == 403
        assert daemon.get(f"/api/v1/concerns/{concern['labour']}")["state"] == "open"
        assert daemon.request("POST", accept, "{}", tcp=True, headers={"Cookie": li["Cookie"]})[0] == 403
        status, answer = daemon.request("POST", accept, "{}", tcp=True, headers=li)
        assert status == 200, answer
        done = daemon.get(f"/api/v1/concerns/{concern['labour']}")
        assert done["state"] == "accepted", done
        _, boss = log_in(daemon, "boss")
        status, answer = daemon.request("POST", f"/api/v1/concerns/{concern['labour']}/remind", "{}",
                                        tcp=True, headers=boss)
        assert status == 200, answer
        trail = daemon.get("/api/v1/audit")["items"]
        acts = [(r["who"], r["act"], r["target"]) for r in trail if r["act"].startswith("concern.")]
        assert acts == [("li", "concern.accept", concern["labour"]),
                        ("boss", "concern.remind", concern["labour"])], acts
        # what was refused is not there, and a removed account is out at once
        assert daemon.cli("accounts", "remove", "li").returncode == 0
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=li)[0] == 401
        assert add_account(daemon, "li", "auditor").returncode == 0
        assert add_account(daemon, "li", "auditor").returncode != 0
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=li)[0] == 401


def test_accounts_outlive_a_restart_and_sessions_do_not():
    with h.World() as world:
        daemon = town(world)
        assert add_account(daemon, "boss", "coordinator").returncode == 0
        weak = add_account(daemon, "weak", "auditor", password="1234567890")
        assert weak.returncode == 65 and "密码" in weak.stderr, weak.stderr
        assert daemon.cli("accounts", "add", "x", "--role", "king", stdin=PASSWORD).returncode != 0
        assert daemon.cli("accounts", "add", "x", "--role", "unit", "--unit", "moon",
                          stdin=PASSWORD).returncode == 65
        made = daemon.cli("accounts", "token", "boss", "--role", "unit", "--unit", "labour",
                          "--days", "7", "--json")
        token = json.loads(made.stdout)
        bearer = {"Authorization": "Bearer " + token["token"]}
        read, _ = log_in(daemon, "boss")
        # only hashes are kept, in memory dumps of the store too
        secrets = [token["token"].encode(), PASSWORD.encode(), read["Cookie"].split("=")[1].encode()]
        assert daemon.stop() in (0, None)
        for name, content in daemon.produced():
            for secret in secrets:
                assert secret not in content, name
        daemon.start()
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=read)[0] == 401
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=bearer)[0] == 200
        log_in(daemon, "boss")
        new = "又一个很长的密码 2026"
        assert daemon.cli("accounts", "passwd", "boss", stdin=new).returncode == 0
        log_in(daemon, "boss", new)
        assert daemon.cli("accounts", "revoke", token["id"]).returncode == 0
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=bearer)[0] == 401
        listed = daemon.cli("accounts", "list", "--json")
        assert "argon2" not in listed.stdout and json.loads(listed.stdout)["tokens"] == []
        assert "boss" in daemon.cli("accounts", "list").stdout


def test_metrics_are_scraped_as_the_package_says():
    with open(os.path.join(h.ROOT, "packaging", "prometheus.yml"), encoding="utf-8") as f:
        job, = yaml.safe_load(f)["scrape_configs"]
    with h.World() as world:
        daemon = town(world)
        assert job["static_configs"] == [{"targets": ["127.0.0.1:8420"]}], job  # the shipped port
        assert daemon.request("GET", "/metrics", tcp=True)[0] == 200
        assert add_account(daemon, "prometheus", "auditor").returncode == 0
        assert daemon.request("GET", "/metrics", tcp=True)[0] == 401
        made = daemon.cli("accounts", "token", "prometheus", "--days", "366")
        assert made.returncode == 0, made.stderr
        # the file as its command writes it; Prometheus drops the white space around a credential
        path = os.path.join(world.folder, os.path.basename(job["authorization"]["credentials_file"]))
        with open(path, "w", encoding="ascii") as f:
            f.write(made.stdout)
        with open(path, encoding="ascii") as f:
            credentials = f.read().strip()
        scheme = job["authorization"].get("type", "Bearer")
        status, told = daemon.request("GET", job.get("metrics_path", "/metrics"), tcp=True,
                                      headers={"Authorization": f"{scheme} {credentials}"})
        assert status == 200 and b"huiying_concerns_overdue" in told, (status, told[:200])
        assert daemon.cli("accounts", "token", "prometheus", "--days", "367").returncode != 0


def test_the_trail_betrays_what_was_done_to_it():
    with h.World() as world:
        daemon = town(world)
        for name, (role, unit) in ROLES.items():
            assert add_account(daemon, name, role, unit).returncode == 0
        sound = daemon.cli("audit", "verify")
        assert sound.returncode == 0, sound.stderr
        end = sound.stdout.split()[-1]
        exported = daemon.cli("audit", "export").stdout
        rows = exported.splitlines()
        assert len(rows) >= 5
        path = os.path.join(world.folder, "trail.jsonl")

        def verify(lines, *more):
            with open(path, "w", encoding="utf-8") as f:
                f.write("".join(line + "\n" for line in lines))
            return daemon.cli("audit", "verify", path, *more)

        assert verify(rows).returncode == 0
        assert verify(rows, "--end", end).returncode == 0
        changed = list(rows)
        changed[2] = changed[2].replace('"act":"account.add"', '"act":"account.axe"')
        swapped = rows[:1] + [rows[2], rows[1]] + rows[3:]
        cases = [(changed, "3: 被改动"), (rows[:1] + rows[2:], "2: 缺失"), (rows[1:], "1: 缺失"),
                 (swapped, "次序"), (rows + rows[-1:], "次序"), (["nonsense"] + rows, ":1:")]
        for lines, told in cases:
            done = verify(lines)
            assert done.returncode == 65 and told in done.stderr, (told, done.stderr)
        assert verify(rows[:-1]).returncode == 0  # nothing after it to betray that
        cut = verify(rows[:-1], "--end", end)
        assert cut.returncode == 65 and f"{len(rows)}: 缺失" in cut.stderr, cut.stderr
        part = daemon.cli("audit", "export", "--after", "2").stdout.splitlines()
        assert part == rows[2:]
        assert verify(part, "--after", "2").returncode == 0

        # a backup carries it, and the check of a store finds what was done to its rows
        copy = os.path.join(world.folder, "copy.db")
        done = daemon.cli("store", "backup", copy, "--store", daemon.db)
        assert done.returncode == 0, done.stderr
        assert daemon.cli("store", "check", copy).returncode == 0
        with sqlite3.connect(copy) as db:
            assert db.execute("SELECT count(*) FROM trail").fetchone()[0] >= len(rows)
            db.execute("UPDATE trail SET who = 'zhou' WHERE seq = 3")
        db.close()
        found = daemon.cli("store", "check", copy)
        assert found.returncode == 65 and "row 3" in found.stderr, found.stderr


def test_bulk_reads_are_on_record():
    with h.World() as world:
        daemon = town(world)
        assert daemon.request("GET", "/api/v1/corpus")[0] == 200
        assert daemon.request("GET", "/api/v1/marks")[0] == 200
        assert daemon.request("GET", "/api/v1/marks?with=text")[0] == 200
        assert daemon.request("POST", "/api/v1/rules/load", "{}")[0] == 200
        # what was refused read nothing
        assert daemon.request("GET", "/api/v1/corpus?limit=0")[0] == 400
        assert daemon.request("GET", "/api/v1/items?limit=0")[0] == 400
        assert daemon.request("GET", "/api/v1/items?limit=1")[0] == 200
        assert daemon.request("POST", "/api/v1/rules/eval", '{"x":1}')[0] == 422
        assert daemon.request("POST", "/api/v1/rules/suggest", "{}")[0] == 422
        acts = [(r["role"], r["act"]) for r in daemon.get("/api/v1/audit")["items"]]
        assert acts == [("socket", "read.corpus"), ("socket", "read.marks"),
                        ("socket", "rules.load"), ("socket", "read.items")], acts


def test_what_was_refused_is_not_on_record_as_done():
    with h.World() as world:
        daemon = town(world)
        key = json.dumps({"key": zmq.curve_keypair()[0].decode()})
        refused = [
            ("PUT", "/api/v1/keys/units/labour", "{}", 422),
            ("PUT", "/api/v1/keys/units/labour", '{"key":"short"}', 422),
            ("PUT", "/api/v1/keys/units/nobody", key, 422),
            ("DELETE", "/api/v1/keys/dashboards/wall", "", 404),
            ("DELETE", "/api/v1/keys/units/nobody", "", 404),
            ("POST", "/api/v1/rules/load", "[]", 422),
            ("POST", "/api/v1/rules/load", '{"folder":"here"}', 422),
            ("POST", "/api/v1/rules/staged/gone/approve", "", 409),
            ("POST", "/api/v1/rules/staged/gone/deny", "{}", 422),
            ("POST", "/api/v1/rules/staged/gone/deny", '{"reason":"有误"}', 409),
            ("POST", "/api/v1/sources/try", "{}", 422),
        ]
        for method, path, body, want in refused:
            status, told = daemon.request(method, path, body.encode())
            assert status == want, (method, path, body, status, told)
        rows = daemon.get("/api/v1/audit")["items"]
        assert rows == [], rows
        # what was done is there, once
        wall = "/api/v1/keys/dashboards/wall"
        assert daemon.request("PUT", wall, key)[0] == 200
        assert daemon.request("PUT", "/api/v1/keys/dashboards/other", key)[0] == 409
        assert daemon.request("DELETE", wall)[0] == 200
        assert daemon.request("DELETE", wall)[0] == 404
        acts = [(r["act"], r["target"]) for r in daemon.get("/api/v1/audit")["items"]]
        assert acts == [("key.dashboard-enrol", "wall"), ("key.dashboard-revoke", "wall")], acts


if __name__ == "__main__":
    h.main(globals())
