#!/usr/bin/python3
"""What a page gives: selectors tried beside it, saved or fetched, and the main text of an article."""
import http.server
import json
import os
import socket
import threading

import harness as h
import test_access as access

BOARDS = os.path.join(h.ROOT, "tests", "data", "boards")
ARTICLES = os.path.join(h.ROOT, "tests", "data", "articles")
SOURCE = "id: letters\nname: 县长信箱\nurl: {}\nkind: board\npreset: mailbox\n"


def source(world, url="https://www.shiqiao.example/xzxx/", more=""):
    path = os.path.join(world.folder, "source.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(SOURCE.format(url) + more)
    return path


def test_saved_pages_are_tried():
    with h.World() as world:
        pages = ("--page", os.path.join(BOARDS, "mailbox-list.html"),
                 "--detail", os.path.join(BOARDS, "mailbox-letter-gbk.html"))
        done = h.cli("feeds", "try", source(world), *pages, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert [i["kept"] for i in found["list"]["items"]] == [True] * 3, found["list"]
        assert found["list"]["next"] == "https://www.shiqiao.example/xzxx/?page=2", found["list"]
        assert found["detail"]["items"][0]["reply_unit"] == "县住房和城乡建设局", found["detail"]
        assert "金雀名" not in done.stdout and "canary" not in done.stdout
        done = h.cli("feeds", "try", source(world), *pages)
        assert "│" in done.stdout and "第 " in done.stdout, done.stdout
        done = h.cli("feeds", "try", source(world, more="select: {time: em.none}\n"), *pages[:2])
        assert "select.time" in done.stdout and "matches nothing" in done.stdout, done.stdout
        done = h.cli("feeds", "try", source(world, more="select: {item: li.none}\n"), *pages[:2])
        assert done.returncode == 65, (done.returncode, done.stdout)
        done = h.cli("feeds", "try", source(world, more="headers: {Cookie: a}\n"), *pages[:2])
        assert done.returncode == 78 and "source.yaml:6" in done.stderr, done.stderr


class Site(http.server.BaseHTTPRequestHandler):
    robots = ""
    asked = []

    def do_GET(self):
        robots = self.path == "/robots.txt"
        self.asked.append(self.path)
        name = "mailbox-list.html" if self.path == "/list" else "mailbox-letter-gbk.html"
        with open(os.path.join(BOARDS, name), "rb") as f:
            body = self.robots.encode() if robots else f.read()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if robots else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def test_a_page_is_fetched_with_manners():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with h.World() as world:
            path = source(world, f"http://127.0.0.1:{server.server_port}/list")
            ask = ("feeds", "try", path, "--contact", "mailto:ops@shiqiao.example", "--json")
            assert h.cli("feeds", "try", path).returncode == 64
            assert h.cli(*ask).returncode == 77
            done = h.cli(*ask, "--allow", "127.0.0.0/8")
            assert done.returncode == 0, done.stderr
            found = json.loads(done.stdout)
            assert len(found["list"]["items"]) == 3
            # and the page of its first item
            assert found["detail"]["items"][0]["reply_unit"] == "县住房和城乡建设局", found["detail"]
            assert found["list"]["items"][0]["url"].endswith(Site.asked[-1]), Site.asked
            Site.robots = "User-agent: *\nDisallow: /\n"
            done = h.cli(*ask, "--allow", "127.0.0.0/8")
            assert done.returncode == 77 and "disallowed" in done.stderr, done.stderr
    finally:
        server.shutdown()
        server.server_close()


def bearer(daemon, name, role):
    access.add_account(daemon, name, role)
    done = daemon.cli("accounts", "token", name)
    assert done.returncode == 0, done.stderr
    return {"Authorization": "Bearer " + done.stdout.strip()}


def tried(daemon, token, source, want=200, **more):
    status, answer = daemon.request(
        "POST", "/api/v1/sources/try", json.dumps({"source": source, **more}), tcp=True, limit=60,
        headers={"Content-Type": "application/json", **token})
    assert status == want, (status, answer)
    return json.loads(answer)


def test_an_operator_tries_a_source_in_the_daemon():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Site.robots = ""
    try:
        with h.World() as world:
            daemon = access.town(world)
            ops, desk = bearer(daemon, "ops", "operator"), bearer(daemon, "desk", "coordinator")
            source = SOURCE.format(f"http://127.0.0.1:{server.server_port}/list")
            found = tried(daemon, ops, source)
            assert not found["problems"] and not found["refused"], found
            assert [i["kept"] for i in found["list"]["items"]] == [True] * 3, found["list"]
            assert found["detail"]["items"][0]["reply_unit"] == "县住房和城乡建设局", found["detail"]
            assert "金雀名" not in json.dumps(found, ensure_ascii=False) and "canary" not in str(found)
            # a page that is sent along: nothing is asked
            asked = len(Site.asked)
            with open(os.path.join(BOARDS, "mailbox-list.html"), encoding="utf-8") as f:
                page = f.read()
            found = tried(daemon, ops, source + "select: {time: em.none}\n", page=page)
            assert found["detail"] is None and len(found["list"]["items"]) == 3, found
            assert all("time" in i["missing"] for i in found["list"]["items"]), found["list"]
            assert len(Site.asked) == asked
            # what is wrong with the text is told by line
            found = tried(daemon, ops, source + "headers: {Cookie: a}\n")
            assert found["id"] is None and [p["line"] for p in found["problems"]] == [6], found
            assert found["list"] is None and len(Site.asked) == asked
            # its manners are the fetch room's
            Site.robots = "User-agent: *\nDisallow: /\n"
            found = tried(daemon, ops, source)
            assert found["refused"]["outcome"] == "disallowed" and not found["list"], found
            own = SOURCE.format(f"http://127.0.0.1:{daemon.http_port}/ledger")
            assert tried(daemon, ops, own)["refused"]["outcome"] == "refused"
            # who may, and what is no request
            tried(daemon, desk, source, 403)
            for wrong in ({"source": ""}, {"source": 1}, {"page": "x"}, {"source": "x", "more": 1}):
                status, _ = daemon.request("POST", "/api/v1/sources/try", json.dumps(wrong), tcp=True,
                                           headers={"Content-Type": "application/json", **ops})
                assert status == 422, (wrong, status)
            # nothing of it is kept, but that somebody tried
            assert not any(s["id"] == "letters" for s in daemon.get("/api/v1/sources")["items"])
            rows = [r["act"] for r in daemon.get("/api/v1/audit")["items"]]
            assert rows.count("source.try") >= 5, rows
            # one that waits for a page does not hold the daemon up
            hang = socket.create_server(("127.0.0.1", 0))
            slow = SOURCE.format(f"http://127.0.0.1:{hang.getsockname()[1]}/list")
            waiting = threading.Thread(target=lambda: answers.append(tried(daemon, ops, slow, 503)))
            answers = []
            waiting.start()
            held, _ = hang.accept()  # and is never answered
            daemon.stop()
            waiting.join()
            held.close()
            hang.close()
            assert len(answers) == 1, "who waited was told nothing"
    finally:
        server.shutdown()
        server.server_close()


def test_main_text():
    done = h.cli("extract", os.path.join(ARTICLES, "portal.html"))
    title, blank, *rest = done.stdout.splitlines()
    assert done.returncode == 0 and (title, blank) == ("城东农贸市场改造完工 商户陆续搬回", ""), done
    assert len(rest) == 4 and "热线" not in done.stdout, rest
    done = h.cli("extract", "--json", os.path.join(ARTICLES, "gbk.html"))
    assert json.loads(done.stdout)["_huiying"]["format"] == "article"
    assert h.cli("extract", os.path.join(ARTICLES, "list-only.html")).returncode == 65


if __name__ == "__main__":
    h.main(globals())
