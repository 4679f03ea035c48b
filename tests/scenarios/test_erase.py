#!/usr/bin/python3
"""huiying erase: what is taken out is in no file that the daemon keeps, in its ledger, its index or
Redis' log; the concern stays, owes its answer, and says that something was taken out, and why.
"""
import contextlib
import os
import re

import harness as h
import material as m
import redis_server
import test_cluster
import test_dead_letters

POST, LINK, OTHER = "灯笼椒金丝雀", "kanari-link-77", "杜鹃花画眉鸟"
NOTE, REPLY, TITLE = "紫藤架下白鹭", "石榴树上戴胜", "枇杷园里翠鸟"
WORDS = {"post": [POST, LINK], "concern": [OTHER, NOTE, TITLE], "reply": [REPLY]}


def found(daemon, words):
    return [f"{word} in {name}" for name, data in daemon.produced() for word in words
            if word.encode() in data]


def found_in(folder, words):
    out = []
    for base, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError), open(os.path.join(base, name), "rb") as f:
                data = f.read()
                out += [f"{word} in {name}" for word in words if word.encode() in data]
    return out


def gone(daemon, kind):
    h.wait_for(lambda: not found(daemon, WORDS[kind]), 30,
               f"the words of the {kind} to go; still: {found(daemon, WORDS[kind])}")


def ok(run):
    assert run.returncode == 0, run.stderr
    return run.stdout


def view(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)


def of_topic(daemon, topic):
    return [c["id"] for c in daemon.concerns() if c["topic"]["id"] == topic]


def page(title):
    return (f"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><title>{title}</title></head>"
            f"<body><article><h1>{title}</h1><p>{m.FLU[1] * 2}</p></article></body></html>")


def erased(daemon, concern):
    return [e["data"] for e in view(daemon, concern)["events"]
            if e["type"] == "huiying.concern.erased"]


def walk(world, daemon, site):
    wages, = h.wait_for(lambda: of_topic(daemon, "wage-arrears"), what="the concern of wages")
    flu, = h.wait_for(lambda: of_topic(daemon, "epidemic"), what="the concern of the flu")
    site.set("/hf", page(TITLE), "text/html; charset=utf-8")
    ok(daemon.cli("progress", flu, "--url", site.url("/hf"), "--note", "已派人，" + NOTE))
    h.wait_for(lambda: view(daemon, flu)["reply"]["title"] == TITLE, what="the page's title")
    ok(daemon.cli("draft", wages, "--text", "-", "--unit", "labour",
                  stdin="工资已全部支付，" + REPLY + "。"))
    boss = daemon.act_as("boss", "coordinator")
    assert boss(wages, "approve", draft=view(daemon, wages)["draft"]["seq"])[0] == 200
    for words in WORDS.values():
        for word in words:
            h.wait_for(lambda word=word: found(daemon, [word]), what=f"{word} in a file")

    # a wrong name, no reason, and who may not
    assert "code" in daemon.cli("erase", flu).stderr
    assert daemon.cli("erase", flu, "--code", "because").returncode != 0
    assert daemon.cli("erase", "https://nowhere.example/1", "--code", "asked").returncode != 0
    assert daemon.cli("erase", "c999", "--code", "asked").returncode != 0
    assert daemon.cli("erase", "--reply", flu, "--code", "wrong").returncode != 0
    assert daemon.request("POST", "/api/v1/erase", '{"concern":"c1","code":"asked"}',
                          tcp=True)[0] in (401, 403)

    # by its link
    out = ok(daemon.cli("erase", f"http://site.example/{LINK}?utm_source=x", "--code", "personal"))
    assert wages in out, out
    gone(daemon, "post")
    assert view(daemon, wages)["mentions"][0]["expired"]
    assert erased(daemon, wages)[0]["code"] == "personal" and erased(daemon, wages)[0]["texts"] == 1

    # all that a concern holds
    due = view(daemon, flu)["due"]
    ok(daemon.cli("erase", flu, "--code", "asked"))
    gone(daemon, "concern")
    shown = view(daemon, flu)
    assert shown["state"] != "closed" and shown["due"] == due, shown
    assert not shown["notes"] and shown["reply"]["title"] is None
    assert all(one["expired"] and one["link"] is None for one in shown["mentions"])
    assert erased(daemon, flu)[0]["texts"] == len(shown["mentions"])

    # what the ledger published
    assert REPLY in daemon.request("GET", "/replies/" + wages, tcp=True)[1].decode()
    ok(daemon.cli("erase", "--reply", wages, "--code", "wrong"))
    gone(daemon, "reply")
    status, body = daemon.request("GET", "/replies/" + wages, tcp=True)
    assert status == 200 and REPLY not in body.decode() and "内容有误" in body.decode(), body
    told = daemon.get("/api/v1/replies/" + wages)
    assert told["text"] is None and told["erased_code"] == "wrong" and told["erased"]
    assert told["editions"][0]["sha256"] and view(daemon, wages)["state"] == "closed"
    assert daemon.cli("erase", "--reply", wages, "--code", "wrong").returncode != 0  # it is gone

    # a correction is another edition, which stands
    ok(daemon.cli("draft", wages, "--text", "-", "--unit", "labour", stdin="工资已支付。"))
    assert boss(wages, "approve", draft=view(daemon, wages)["draft"]["seq"])[0] == 200
    assert "工资已支付" in daemon.request("GET", "/replies/" + wages, tcp=True)[1].decode()

    # the source says it again: nothing of it is kept, and nothing comes back after a restart
    polls = site.hits("/rss")[0]
    ok(daemon.cli("feeds", "poll", "rss"))
    h.wait_for(lambda: site.hits("/rss")[0] > polls, what="another poll")
    daemon.kill()
    daemon.start()
    for kind in WORDS:
        gone(daemon, kind)
    rows = [row for row in daemon.get("/api/v1/audit")["items"] if row["act"] == "text.erase"]
    assert sorted(row["target"] for row in rows) == sorted(["link", flu, wages]), rows


def ask(daemon, concern, wish="erase", reason="personal", token=None, headers=None):
    status, body = daemon.request("GET", "/correct/" + concern, tcp=True)
    assert status == 200, body
    token = token or re.search(r'name="token" value="([0-9a-f]+)"', body.decode()).group(1)
    return daemon.request("POST", "/correct/" + concern, f"token={token}&wish={wish}&reason={reason}",
                          tcp=True, headers=headers)


def test_people_ask_and_the_coordinator_decides():
    with h.World() as world:
        daemon, _ = start(world)
        wages, = h.wait_for(lambda: of_topic(daemon, "wage-arrears"), what="the concern of wages")
        flu, = h.wait_for(lambda: of_topic(daemon, "epidemic"), what="the concern of the flu")
        status, body = daemon.request("GET", "/correct/" + wages, tcp=True)
        page = body.decode()
        assert status == 200 and "更正" in page and "删除" in page and m.WAGES[0] not in page
        assert not re.search(r"<(script|img|iframe|style|textarea)|https?://", page)
        assert daemon.request("GET", "/correct/c999", tcp=True)[0] == 404
        assert ask(daemon, wages)[0] == 303
        assert ask(daemon, wages)[0] == 303
        assert ask(daemon, wages, "correct", "wrong")[0] == 303
        # a form that is sent again is one request
        form = re.search(r'name="token" value="([0-9a-f]+)"',
                         daemon.request("GET", "/correct/" + flu, tcp=True)[1].decode()).group(1)
        assert [ask(daemon, flu, "erase", "asked", form)[0] for _ in range(3)] == [303] * 3
        assert ask(daemon, wages, token="0" * 32)[0] == 422
        assert ask(daemon, wages, "erase", "because")[0] == 422
        assert ask(daemon, wages, "keep")[0] == 422
        assert ask(daemon, wages, headers={"Sec-Fetch-Site": "cross-site"})[0] == 422
        answers = [ask(daemon, flu, "correct", "secret")[0] for _ in range(11)]
        assert answers == [303] * 10 + [429], answers

        daemon.kill()
        daemon.start()
        told = daemon.get("/api/v1/corrections")
        rows = [(r["concern"], r["wish"], r["code"], r["waiting"]) for r in told["corrections"]]
        assert sorted(rows) == sorted([(wages, "correct", "wrong", 1), (wages, "erase", "personal", 2),
                                       (flu, "correct", "secret", 10), (flu, "erase", "asked", 1)]), rows
        assert (told["waiting"], told["granted"], told["refused"]) == (14, 0, 0)
        assert daemon.request("GET", "/api/v1/corrections", tcp=True)[0] in (401, 403)
        listed = ok(daemon.cli("corrections", "list"))
        assert wages in listed and "个人信息" in listed
        ok(daemon.cli("corrections", "grant", wages, "erase", "personal"))
        ok(daemon.cli("corrections", "refuse", flu, "correct", "secret"))
        assert daemon.cli("corrections", "grant", wages, "erase", "personal").returncode != 0
        told = daemon.get("/api/v1/corrections")
        assert (told["waiting"], told["granted"], told["refused"]) == (2, 2, 10)
        page = daemon.request("GET", "/correct/" + wages, tcp=True)[1].decode()
        assert "待决定 1，同意 2，不同意 0" in page and "待决定 2，同意 2，不同意 10" in page, page
        acts = [row["target"] for row in daemon.get("/api/v1/audit")["items"]
                if row["act"] == "correction.decide"]
        assert sorted(acts) == sorted([wages, flu]), acts
        assert daemon.stop() == 0
        ok(daemon.cli("store", "check", daemon.db))


def start(world, **more):
    site = world.site()
    site.set("/rss", m.rss([(LINK, m.WAGES[0], m.WAGES[1] + POST),
                            ("2", m.FLU[0], m.FLU[1] + OTHER)]))
    return world.daemon([h.source(site, "rss", "/rss")], **more), site


def test_nothing_of_it_is_left():
    with h.World() as world:
        daemon, site = start(world)
        walk(world, daemon, site)
        copy = os.path.join(world.folder, "copy.db")
        ok(daemon.cli("store", "backup", copy, "--store", daemon.db))
        for kind in WORDS:
            gone(daemon, kind)
        assert daemon.stop() == 0
        ok(daemon.cli("store", "check", daemon.db))


def test_nothing_of_it_is_left_in_redis():
    with h.World() as world:
        redis = world.add(redis_server.Redis(world.folder))
        redis.start()
        daemon, site = start(world, store=redis.address, cache=".")
        walk(world, daemon, site)
        with contextlib.suppress(OSError):
            assert daemon.stop() == 0


class Press(h.Site):
    """A feed whose items are titles; their words are on pages. It notes who asks for these."""

    def __init__(self, index):
        super().__init__(f"127.0.0.{index + 1}")
        self.index, self.pollers, self.readers = index, set(), set()
        self.set("/a", m.rss([]))

    def serve(self, request):
        who = request.headers.get("User-Agent").split("mailto:")[1].split("@")[0]
        (self.readers if LINK in request.path else self.pollers).add(who)
        super().serve(request)

    def source(self):
        return h.source(self, f"s{self.index}", "/a", full_text=True)

    def publish(self):
        title, text = m.numbered(m.WAGES, self.index)
        path = f"/{LINK}-{self.index}.html"
        self.set(path, page(title + POST).replace(m.FLU[1], text), "text/html; charset=utf-8")
        self.set("/a", m.rss([], f"<item><guid>{self.index}</guid><title>{title}{POST}</title>"
                                 f"<link>{self.url(path)}</link><pubDate>{m.now_mail()}</pubDate>"
                                 "</item>"))


def stream(redis, name):
    return redis.ask("XRANGE", "{huiying}:" + name, "-", "+")


def test_nothing_of_it_is_left_between_machines():
    with h.World() as world:
        sites = [world.add(Press(i)) for i in range(12)]
        town = test_cluster.Town(world, 2, [s.source() for s in sites])
        # of one whose reading was given up what is said of it goes too
        page_of = {"kind": 0, "number": 1, "depth": 0, "url": f"http://site.example/{LINK}", "title": POST}
        test_dead_letters.taken_often(town.redis, "s0", page=page_of)
        town.start()
        leader = town.leader()
        h.wait_for(lambda: set().union(*(s.pollers for s in sites)) == {"n1", "n2"}, 30, "two who poll")
        for site in sites:
            site.publish()
        h.wait_for(lambda: len(test_cluster.open_at(leader)) == len(sites), 60, "the concerns")
        follower = "n1" if leader is town.daemons[1] else "n2"
        h.wait_for(lambda: all(s.readers for s in sites), 60, "the pages to be read")
        assert any(follower in s.readers for s in sites), "a page of a slot that is held elsewhere"
        assert b'"slot"' in stream(town.redis, "letters")
        assert b"s0" in stream(town.redis, "dead")
        for concern in leader.concerns():
            ok(leader.cli("erase", concern["id"], "--code", "asked"))

        def left():
            return [f"{word} in {name}" for word in WORDS["post"] for name in ("letters", "dead")
                    if word.encode() in stream(town.redis, name)] + \
                   [f for d in town.daemons for f in found(d, WORDS["post"])] + \
                   [f for f in found_in(town.redis.folder, WORDS["post"])]
        h.wait_for(lambda: not left(), 60, f"the words to go; still: {left()}")


if __name__ == "__main__":
    h.main(globals())
