#!/usr/bin/python3
"""Items are searched by words of two characters and more, in whatever form they are written; the
index follows edits and expiry, holds nothing longer than the store, and makes itself again.
"""
import json
import os
import sqlite3
import urllib.parse

import yaml

import harness as h
import material as m
from test_openapi import Spec

LIFT = ("關於電梯維修的來信", "我們小區的電梯壞了半年，物業公司一直不修，ＫＴＶ的噪音也很大。")
ITEMS = [("1", *m.WAGES), ("2", *m.FLU), ("3", *LIFT), ("4", *m.OTHER)]


def ask(daemon, words, **query):
    return daemon.get("/api/v1/items?" + urllib.parse.urlencode({"q": words, **query}))


def refusal(daemon, words, **query):
    status, body = daemon.request("GET", "/api/v1/items?" + urllib.parse.urlencode(
        {"q": words, **query}))
    answer = json.loads(body)
    assert status == answer["status"], answer
    return status, answer["code"], answer.get("detail") or ""


def titles(daemon, words, **query):
    return [item["title"] for item in ask(daemon, words, **query)["items"]]


def wait_found(daemon, words, want, limit=20):
    def found():
        status, body = daemon.request("GET", "/api/v1/items?" + urllib.parse.urlencode({"q": words}))
        return status == 200 and [i["title"] for i in json.loads(body)["items"]] == want
    h.wait_for(found, limit, f"{words} in {want}")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            return value, at


def pairs(daemon):
    """Every pair of characters that the index file holds: the third kind of segment is of concerns."""
    out = set()
    db = sqlite3.connect(f"file:{daemon.folder}/search.db?mode=ro", uri=True)
    db.execute("BEGIN")
    for (number,) in db.execute("SELECT id FROM segments WHERE kind < 2").fetchall():
        for gram, block in db.execute(f"SELECT gram, block FROM s{number}"):
            at = 4
            while at < len(block):
                step, at = varint(block, at)
                _, at = varint(block, at)
                size, at = varint(block, at)
                gram, at = gram + step, at + size
                if gram < 1 << 42:
                    out.add(chr(gram >> 21) + chr(gram & (1 << 21) - 1))
    db.close()
    return out


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss(ITEMS))
    daemon = world.daemon([h.source(site, "rss", "/rss")], **more)
    h.wait_for(lambda: daemon.status()["store"]["items"] == 4, what="the items")
    wait_found(daemon, "电梯", [LIFT[0]])
    return site, daemon


def test_words_of_two_characters():
    with h.World() as world:
        _, daemon = town(world)
        assert titles(daemon, "拖欠") == [m.WAGES[0]]
        assert titles(daemon, "電梯") == titles(daemon, "电梯　维修") == [LIFT[0]]
        assert titles(daemon, "ktv 噪音") == titles(daemon, "ＫＴＶ") == [LIFT[0]]
        assert titles(daemon, "拖欠 电梯") == titles(daemon, "kt") == titles(daemon, "欠拖") == []
        assert sorted(titles(daemon, "我们")) == sorted([m.WAGES[0], m.FLU[0], LIFT[0]])
        assert titles(daemon, "我们", topic="epidemic") == [m.FLU[0]]
        assert titles(daemon, "我们", since="2099-01-01T00:00:00Z") == []
        assert len(titles(daemon, "我们", since="1d")) == 3
        seen, cursor = [], {}
        for _ in range(3):
            page = ask(daemon, "我们", limit=1, **cursor)
            seen += [i["title"] for i in page["items"]]
            cursor = {"cursor": page["next_cursor"]}
        assert seen == titles(daemon, "我们") and page["next_cursor"] is None, (seen, page)
        assert page["behind"] == 0

        found = ask(daemon, "电梯")["items"][0]
        title, excerpt = found["title"].encode(), found["excerpt"].encode()
        assert [title[a:b].decode() for a, b in found["title_hits"]] == ["電梯"], found
        assert [excerpt[a:b].decode() for a, b in found["excerpt_hits"]] == ["電梯"], found
        assert daemon.get("/api/v1/items/" + found["id"])["title"] == LIFT[0]
        wages = ask(daemon, "讨薪")["items"][0]
        assert wages["topic"]["id"] == "wage-arrears" and wages["concern"] == "c1", wages

        done = daemon.cli("items", "search", "拖欠", "工资", "--limit", "5")
        assert done.returncode == 0, done.stderr
        assert wages["id"] in done.stdout and m.WAGES[0] in done.stdout and "\033" not in done.stdout
        done = daemon.cli("items", "search", "我们", "--since", "7d", "--json")
        assert len(json.loads(done.stdout)) == 3, done.stdout
        done = daemon.cli("items", "search", "没有这词")
        assert done.returncode == 0 and "没有找到" in done.stdout

        shown = h.on_a_terminal("items", "search", "电梯", env={"HUIYING_SOCKET": daemon.socket})
        assert "關於\033[1;31m電梯\033[0m" in shown, shown
        assert "小區的\033[1;31m電梯\033[0m壞了" in shown, shown

        assert daemon.stop() == 0
        daemon.start()
        wait_found(daemon, "拖欠", [m.WAGES[0]])
        mode = os.stat(os.path.join(daemon.folder, "search.db")).st_mode & 0o777
        assert mode == 0o600, oct(mode)


def test_what_is_not_searched_for():
    with h.World() as world:
        _, daemon = town(world)
        with open(os.path.join(h.ROOT, "rules", "refused.yaml"), encoding="utf-8") as f:
            classes = yaml.safe_load(f)["classes"]
        tried = 0
        done = daemon.cli("items", "search", classes[0]["terms"][0].split()[0])
        assert done.returncode == 65 and classes[0]["reason"]["zh"] in done.stderr, done
        for c in classes:
            terms = " ".join(c.get("terms") or []).split()
            for term in [t for t in terms if len(t) > 1][:3]:
                status, code, detail = refusal(daemon, "电梯 " + term)
                assert (status, code) == (422, "refused") and c["reason"]["zh"] in detail, (term, detail)
                assert term not in detail or term in c["reason"]["zh"]
                status, code, _ = refusal(daemon, term[0] + term[1:])
                assert (status, code) == (422, "refused"), term
                tried += 1
        assert tried >= 6, classes
        for passes in ("民族中学", "回民街", "集会广场"):
            assert titles(daemon, passes) == [], passes
        done = daemon.cli("items", "search", "梯")
        assert done.returncode == 65 and "至少两个字" in done.stderr, done
        for words, want in (("梯", 422), ("a", 422), ("，，", 422), ("", 400), ("停水 " * 9, 422),
                            ("停" * 65, 422)):
            assert refusal(daemon, words)[0] == want, words
        for more in ({"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"since": "soon"},
                     {"since": "d"}, {"topic": "A B"}):
            assert refusal(daemon, "电梯", **more)[:2] == (400, "query"), more
        assert daemon.request("GET", "/api/v1/items", tcp=True)[0] == 400, "a guest has to search"
        for more in ({"source": "rss"}, {"region": "110000"}, {"until": "1d"}):
            assert refusal(daemon, "电梯", **more)[:2] == (400, "query"), more
        assert daemon.request("POST", "/api/v1/items")[0] == 405
        assert daemon.request("GET", "/api/v1/items?q=%FF%FE", tcp=True)[0] == 400
        with open(daemon.log, encoding="utf-8") as f:
            log = f.read()
        assert "电梯" not in log and "梯" not in log


def test_edits_are_followed():
    with h.World() as world:
        site, daemon = town(world)
        assert "电梯" in pairs(daemon) and "拖欠" in pairs(daemon)
        site.set("/rss", m.rss([ITEMS[0], ITEMS[1], ("3", "扶手松动", "楼道扶手松了，请物业来看看。"), ITEMS[3]]))
        wait_found(daemon, "扶手", ["扶手松动"])
        assert titles(daemon, "电梯") == []
        held = pairs(daemon)
        assert "电梯" not in held and "维修" not in held and "拖欠" in held and "扶手" in held


def listed(daemon, **query):
    return daemon.get("/api/v1/items?" + urllib.parse.urlencode(query))


def test_items_are_listed_without_words():
    with h.World() as world:
        site = world.site()
        posts = [(str(n), f"第{n}号线路检修", f"第{n}段路面塌陷，没有人来修。") for n in range(1, 8)]
        site.set("/rss", m.rss(ITEMS))
        site.set("/more", m.rss(posts))
        daemon = world.daemon([h.source(site, "rss", "/rss", region="110000"),
                               h.source(site, "more", "/more")], home="110000")
        h.wait_for(lambda: len(listed(daemon)["items"]) == 11, what="all of them")
        with sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True) as db:
            stored = [r[0].hex() for r in db.execute("SELECT ident FROM items ORDER BY id DESC")]
        db.close()
        page = listed(daemon)
        assert [i["id"] for i in page["items"]] == stored and page["next_cursor"] is None, page
        assert page["behind"] == 0 and not any(i["title_hits"] for i in page["items"])

        # page by page, also while others come
        got, cursor = [], None
        while True:
            page = listed(daemon, limit=3, **({"cursor": cursor} if cursor else {}))
            assert len(page["items"]) <= 3
            got += [i["id"] for i in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
            if len(got) == 3:
                site.set("/more", m.rss(posts + [("8", "第8号线路检修", "第8段路面塌陷。")]))
                assert daemon.cli("feeds", "poll", "more").returncode == 0
                h.wait_for(lambda: len(listed(daemon)["items"]) == 12, what="one more")
        assert got == stored
        newest = listed(daemon, limit=1)["items"][0]
        assert newest["title"].startswith("第8号") and newest["source"]["id"] == "more", newest

        # filters
        assert {i["source"]["id"] for i in listed(daemon, source="more")["items"]} == {"more"}
        assert [i["topic"]["id"] for i in listed(daemon, topic="wage-arrears")["items"]] == ["wage-arrears"]
        here = {i["id"] for i in listed(daemon, region="11")["items"]}
        assert here and here == {i["id"] for i in listed(daemon, region="110000")["items"]}
        assert listed(daemon, region="37")["items"] == [] == listed(daemon, source="nobody")["items"]
        assert len(listed(daemon, since="1d")["items"]) == 12 == len(listed(daemon)["items"])
        assert listed(daemon, until="1d") == {"items": [], "next_cursor": None, "behind": 0}
        older = listed(daemon, until=newest["found"])["items"]
        assert newest["id"] not in [i["id"] for i in older] and len(older) == 11, older
        assert [i["id"] for i in listed(daemon, since=newest["found"])["items"]] == [newest["id"]]
        for more in ({"source": "A B"}, {"region": "x"}, {"region": "1" * 13}, {"until": "soon"},
                     {"since": "d"}, {"limit": 101}, {"cursor": "0"}, {"topic": "A B"}, {"q": ""}):
            status, body = daemon.request("GET", "/api/v1/items?" + urllib.parse.urlencode(more))
            assert status == 400 and json.loads(body)["code"] == "query", (more, body)

        # the words of one are gone; it is still listed
        assert daemon.cli("items", "redact", newest["id"]).returncode == 0
        gone = listed(daemon, limit=1)["items"][0]
        assert (gone["id"], gone["expired"], gone["title"], gone["excerpt"], gone["link"]) == (
            newest["id"], True, "", "", None), gone
        spec = Spec()
        schema = spec.root["paths"]["/api/v1/items"]["get"]["responses"]["200"]["content"]
        faults = spec.faults(listed(daemon), schema["application/json"]["schema"], "items")
        assert not faults, "\n".join(faults)

        done = daemon.cli("items", "latest", "--source", "more", "--limit", "5", "--json")
        assert done.returncode == 0, done.stderr
        assert [i["id"] for i in json.loads(done.stdout)] == [
            i["id"] for i in listed(daemon, source="more", limit=5)["items"]]
        assert "线路检修" in daemon.cli("items", "latest").stdout


def test_no_page_looks_at_all_items():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([(f"{n}", f"第{n}号通知", "路灯检修。") for n in range(300)]))
        daemon = world.daemon([h.source(site, "a", "/a")])
        h.wait_for(lambda: daemon.get("/api/v1/status")["store"]["items"] == 300, 30, "all of them")
        first = listed(daemon, source="nobody")
        assert first["items"] == [] and first["next_cursor"], first
        last = listed(daemon, source="nobody", cursor=first["next_cursor"])
        assert last["items"] == [] and not last["next_cursor"], last
        # a time is found by halves: nothing on the way is looked at one by one
        assert not listed(daemon, until="3d")["next_cursor"]


def test_expired_words_are_in_no_index():
    with h.World() as world:
        _, daemon = town(world, demonstration={"rate": 300},
                         retention={"unmatched": "2h", "matched": "10d"})
        held = pairs(daemon)
        assert "开放" in held and "图书" in held and "拖欠" in held
        library = ask(daemon, "图书")["items"][0]["id"]
        h.wait_for(lambda: "图书" not in pairs(daemon), 60, "the expiry")
        held = pairs(daemon)
        assert "开放" not in held and "九点" not in held and "电梯" in held and "拖欠" in held
        assert titles(daemon, "图书") == [] and titles(daemon, "拖欠") == [m.WAGES[0]]
        wal = os.path.join(daemon.folder, "search.db-wal")
        h.wait_for(lambda: os.path.getsize(wal) == 0, what="the WAL to be cut")
        h.wait_for(lambda: daemon.get("/api/v1/items/" + library)["expired"], 30, "the text's end")
        assert daemon.stop() == 0
        for name, data in daemon.produced():
            assert "图书馆延长".encode() not in data, name


def test_a_bad_index_is_made_again():
    with h.World() as world:
        _, daemon = town(world)
        index = os.path.join(daemon.folder, "search.db")

        def restart(spoil, reason):
            assert daemon.stop() == 0
            spoil()
            daemon.start()
            wait_found(daemon, "电梯", [LIFT[0]])
            with open(daemon.log, encoding="utf-8") as f:
                assert f"event=search.rebuild reason={reason}" in f.read(), reason
            assert titles(daemon, "拖欠") == [m.WAGES[0]]

        def scribble():
            size = os.path.getsize(index)
            with open(index, "r+b") as f:
                for at in range(4096 + 3500, size, 4096):
                    f.seek(at)
                    f.write(b"scribble" * 64)

        def older():
            db = sqlite3.connect(index)
            db.execute("PRAGMA user_version = 0")
            db.close()

        restart(lambda: os.unlink(index), "missing")
        restart(scribble, "damaged")
        restart(older, "version")
        with open(index, "rb") as f:
            assert f.read(15) == b"SQLite format 3"
        # and when it goes while the daemon runs
        os.unlink(index)
        h.wait_for(lambda: daemon.request("GET", "/api/v1/items?q=%E7%94%B5%E6%A2%AF")[0] == 503 or
                   os.path.exists(index), what="the loss to be seen")
        wait_found(daemon, "电梯", [LIFT[0]])


if __name__ == "__main__":
    h.main(globals())
