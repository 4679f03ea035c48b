"""Logging in with a browser: without a script, behind a proxy, and where else to go."""
import json
import re
import urllib.parse

import harness as h
import test_access as access


def page(daemon, method, path, cookie=None, **members):
    """A browser without a script: status, headers, text."""
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
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
    assert status == 200 and "<script" not in text, text
    # a page that says that the ledger keeps no cookie sets none
    assert "Cookie，" not in text or not head["Set-Cookie"], text
    assert "form-action 'self'" in head["Content-Security-Policy"]
    return (head["Set-Cookie"] or "").split(";")[0], re.search(r'name="token" value="([^"]+)"', text)[1]


def test_the_log_in_needs_no_script():
    with h.World() as world:
        daemon = access.town(world)
        concern = {c["unit"]["id"]: c["id"] for c in daemon.concerns()}["labour"]
        odd = access.PASSWORD + " +%&=é"
        assert access.add_account(daemon, "boss", "coordinator", password=odd).returncode == 0
        own, token = form_of(daemon)
        assert page(daemon, "POST", "/login", own, token=token, account="boss",
                    password="wrong")[0] == 401
        # a form that another site made, or another browser was given, logs nobody in
        other, others = form_of(daemon)
        for cookie, sent in ((None, token), (other, token), (own, others), (own, "0" * 32)):
            status, head, told = page(daemon, "POST", "/login", cookie, token=sent, account="boss",
                                      password=odd)
            assert status == 422 and head["Content-Type"].startswith("text/html"), (cookie, sent, told)
            assert "表单已过期" in told and 'name="password"' in told, told
        # and the page that says so has a form that holds
        fresh = head["Set-Cookie"].split(";")[0]
        assert page(daemon, "POST", "/login", fresh, account="boss", password="wrong",
                    token=re.search(r'name="token" value="(\w+)"', told)[1])[0] == 401
        assert "out of date" in page(daemon, "POST", "/login?lang=en", own, token="0" * 32,
                                     account="boss", password=odd)[2]
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
            drawn = re.sub(r'<script [^>]*src="(vendor/chart|js/overview)\.js"></script>', "", told)
            assert status == 200 and "<script" not in drawn, (link, told)
            assert drawn == told or link == "overview", (link, told)  # it is whole without them
        # whoever is logged in may use the public's forms, too
        _, guard = form_of(daemon, f"/correct/{concern}", session)
        status, _, told = page(daemon, "POST", f"/correct/{concern}", session, token=guard,
                               wish="correct", reason="wrong")
        assert status == 303, (status, told)
        # the way out, for whom has the page only
        before = daemon.get("/api/v1/audit")["items"]
        status, _, told = page(daemon, "POST", "/logout", session, token="0" * 43)
        assert status == 422 and "表单已过期" in told and 'action="logout' in told, told
        assert daemon.get("/api/v1/audit")["items"] == before, "what was refused is told as done"
        _, leave = form_of(daemon, cookie=session)
        status, head, _ = page(daemon, "POST", "/logout", session, token=leave)
        assert status == 303 and "Max-Age=0" in head["Set-Cookie"], (status, head)
        assert page(daemon, "GET", "/overview", session)[0] == 401
        acts = [(r["who"], r["act"]) for r in daemon.get("/api/v1/audit")["items"][len(before):]]
        assert acts == [("boss", "logout")], acts
        for _ in range(5):
            page(daemon, "POST", "/login", own, token=token, account="boss", password="wrong")
        status, head, told = page(daemon, "POST", "/login", own, token=token, account="boss",
                                  password=odd)
        assert status == 429 and "尝试过多" in told and "秒再试" in told, (status, told)
        assert 1 <= int(head["Retry-After"]) <= 30, head
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        connection.request("POST", "/api/v1/session", headers=access.JSON,
                           body=json.dumps({"account": "boss", "password": odd}))
        answer = connection.getresponse()
        assert answer.status == 429 and 1 <= int(answer.headers["Retry-After"]) <= 30, answer.headers
        connection.close()


def test_a_browser_is_told_where_to_go_on():
    html = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    def ask(path, head, method="GET"):
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        try:
            connection.request(method, path, headers=head)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    with h.World() as world:
        daemon = access.town(world)
        for name in ("boss", "li"):
            role, unit = access.ROLES[name]
            assert access.add_account(daemon, name, role, unit).returncode == 0
        unit, _ = access.log_in(daemon, "li")
        cases = [("/overview", {}, 401, "需要登录", ["login", "ledger"]),
                 ("/overview", {"Cookie": "huiying=" + "0" * 43}, 401, "需要登录", ["login"]),
                 ("/reports/month/2026-11?lang=en", {}, 401, "Log in first", ["login?lang=en"]),
                 ("/overview", unit, 403, "不对您开放", ["login", "ledger", "desk.html"]),
                 ("/ledger/c999", {}, 404, "没有这件事项", ["ledger"]),
                 ("/ledger/month/2026-99", {}, 404, "没有这个月份", ["ledger"]),
                 ("/nowhere.html", {}, 404, "没有这一页", ["ledger", "desk.html", "login"]),
                 ("/so/deep/%3Cb%3E", unit, 404, "没有这一页", ["ledger", "desk.html"]),
                 ("/ledger?state=odd", {}, 400, "overdue", ["ledger"]),
                 ("/ledger?state=odd&lang=en&type=large", {}, 400, "The request is wrong",
                  ["ledger?lang=en&amp;type=large"]),
                 ("/logout", {}, 405, "不能这样打开", ["ledger"])]
        for path, head, want, word, ways in cases:
            status, told, body = ask(path, {**html, **head})
            assert status == want and told["Content-Type"].startswith("text/html"), (path, status, body)
            assert word in body and "<script" not in body and "<b>" not in body, (path, body)
            assert "script-src" not in told["Content-Security-Policy"], path
            assert told["Cache-Control"] == "no-store" and "ETag" not in told, path
            assert ("WWW-Authenticate" in told) == (want == 401), path
            assert told["Allow"] == ("POST" if want == 405 else None), path
            for way in ways:
                assert f'href="/{way}"' in body, (path, way, body)
                assert ask("/" + way.replace("&amp;", "&"), html)[0] == 200, way
            assert re.search("<html lang=.(zh-CN|en)", body) and "<h1>" in body, path
            # a program gets what it can parse, and so does a browser that asks for it first
            for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json, text/html"}):
                status, told, body = ask(path, {**accept, **head})
                assert status == want and json.loads(body)["status"] == want, (path, accept, body)
                assert told["Content-Type"].startswith("application/problem+json"), path
        # the API has no pages
        for path, want in (("/api/v1/concerns", 401), ("/api/v1/nothing", 404),
                           ("/api/v1/statistics?by=odd", 400)):
            status, told, body = ask(path, html)
            assert status == want and json.loads(body)["status"] == want, (path, status, body)
        assert ask("/overview", html, "HEAD")[::2] == (401, "")


def test_behind_a_tls_proxy():
    with h.World() as world:
        daemon = access.town(world, "https://huiying.example.gov.cn")
        head = {"Host": "huiying.example.gov.cn"}
        # nobody reads the desk before the first account either
        assert daemon.request("GET", "/api/v1/concerns", tcp=True, headers=head)[0] == 401
        assert daemon.request("GET", "/api/v1/topics", tcp=True, headers=head)[0] == 200
        assert daemon.request("GET", "/api/v1/topics", tcp=True, headers={"Host": "evil.cn"})[0] == 421
        assert access.add_account(daemon, "boss", "coordinator").returncode == 0
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        connection.request("POST", "/api/v1/session", headers={**head, **access.JSON},
                           body=json.dumps({"account": "boss", "password": access.PASSWORD}))
        answer = connection.getresponse()
        cookie = answer.getheader("Set-Cookie")
        connection.close()
        assert cookie.startswith("__Host-huiying=") and "; Secure" in cookie, cookie
        for part in ("; HttpOnly", "; SameSite=Strict", "; Path=/"):
            assert part in cookie, cookie


if __name__ == "__main__":
    h.main(globals())
