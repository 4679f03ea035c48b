"""Who may do what, asked of a real daemon: every route as every role, sessions, tokens, the trail."""
import json
import os
import re
import sqlite3
import subprocess
import urllib.parse

import harness as h
import material as m
import yaml

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
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=20)
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
                if name == "far" and path in ("/api/v1/concerns",):
                    may = True  # its own are listed, of which there is one
                status, answer = daemon.request(method.upper(), url, body, tcp=True, headers=head)
                refused = 401 if name == "nobody" else 403
                if path == "/survey/{id}" and b'"token"' in answer:
                    continue  # its form has a token of its own, whoever sends it
                if may and status in (401, 403) or not may and status != refused:
                    # an act is refused for its members before it is for its unit
                    if not (name == "far" and own and status == 422):
                        wrong.append((method, path, name, status, answer[:120]))
                if status >= 400:
                    assert json.loads(answer)["status"] == status, answer
                asked += 1
        assert not wrong, "\n".join(map(str, wrong))
        assert daemon.status()["head"] == before
        assert asked >= 55 * len(tokens), asked
        h.figure(asked=asked, roles=len(tokens))


def page(daemon, method, path, cookie=None, **members):
    """A browser without a script: status, headers, text."""
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=20)
    head = {"Cookie": cookie} if cookie else {}
    body = urllib.parse.urlencode(members) if members else None
    try:
        if body:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers=head)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def form_of(daemon, path="/login", cookie=None):
    """The cookie and the token of a page's form."""
    status, head, text = page(daemon, "GET", path, cookie)
    assert status == 200 and "<script" not in text and "Cookie，" not in text, text
    assert "form-action 'self'" in head["Content-Security-Policy"]
    return (head["Set-Cookie"] or "").split(";")[0], re.search(r'name="token" value="(\w\S*)"', text)[1]


def test_the_log_in_needs_no_script():
    with h.World() as world:
        daemon = town(world)
        concern = {c["unit"]["id"]: c["id"] for c in daemon.concerns()}["labour"]
        odd = PASSWORD + " +%&=é"
        assert add_account(daemon, "boss", "coordinator", password=odd).returncode == 0
        own, token = form_of(daemon)
        assert page(daemon, "POST", "/login", own, token=token, account="boss",
                    password="wrong")[0] == 401
        # a form that another site made, or another browser was given, logs nobody in
        other, others = form_of(daemon)
        for cookie, sent in ((None, token), (other, token), (own, others), (own, "0" * 32)):
            assert page(daemon, "POST", "/login", cookie, token=sent, account="boss",
                        password=odd)[0] == 422, (cookie, sent)
        status, head, _ = page(daemon, "POST", "/login?type=large", own, token=token,
                               account=" boss ", password=odd)
        assert status == 303 and head["Location"] == "/login?type=large", (status, head)
        assert "HttpOnly" in head["Set-Cookie"] and "SameSite=Strict" in head["Set-Cookie"]
        session = head["Set-Cookie"].split(";")[0]
        status, _, text = page(daemon, "GET", "/login", session)
        links = re.findall(r'<li><a href="([^"]+)">', text.split("<main")[1])
        assert status == 200 and "boss" in text and len(links) == 3, text
        for link in links:
            status, _, told = page(daemon, "GET", "/" + link, session)
            assert status == 200 and "<script" not in told, (link, told)
        # whoever is logged in may use the public's forms, too
        _, guard = form_of(daemon, f"/correct/{concern}", session)
        status, _, told = page(daemon, "POST", f"/correct/{concern}", session, token=guard,
                               wish="correct", reason="wrong")
        assert status == 200, (status, told)
        # the way out, for whom has the page only
        assert page(daemon, "POST", "/logout", session, token="0" * 43)[0] == 422
        _, leave = form_of(daemon, cookie=session)
        status, head, _ = page(daemon, "POST", "/logout", session, token=leave)
        assert status == 303 and "Max-Age=0" in head["Set-Cookie"], (status, head)
        assert page(daemon, "GET", "/overview", session)[0] == 401
        for _ in range(5):
            page(daemon, "POST", "/login", own, token=token, account="boss", password="wrong")
        status, _, told = page(daemon, "POST", "/login", own, token=token, account="boss",
                               password=odd)
        assert status == 429 and "尝试过多" in told, (status, told)


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
        acts = [(r["role"], r["act"]) for r in daemon.get("/api/v1/audit")["items"]]
        assert acts == [("socket", "read.corpus"), ("socket", "read.marks"),
                        ("socket", "rules.load")], acts


def test_behind_a_tls_proxy():
    with h.World() as world:
        daemon = town(world, "https://huiying.example.gov.cn")
        head = {"Host": "huiying.example.gov.cn"}
        # nobody reads the desk before the first account either
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=head)[0] == 401
        assert daemon.request("GET", "/api/v1/topics", tcp=True, headers=head)[0] == 200
        assert daemon.request("GET", "/api/v1/topics", tcp=True, headers={"Host": "evil.cn"})[0] == 421
        assert add_account(daemon, "boss", "coordinator").returncode == 0
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=20)
        connection.request("POST", "/api/v1/session", headers={**head, **JSON},
                           body=json.dumps({"account": "boss", "password": PASSWORD}))
        answer = connection.getresponse()
        cookie = answer.getheader("Set-Cookie")
        connection.close()
        assert cookie.startswith("__Host-huiying=") and "; Secure" in cookie, cookie
        for part in ("; HttpOnly", "; SameSite=Strict", "; Path=/"):
            assert part in cookie, cookie


if __name__ == "__main__":
    h.main(globals())
