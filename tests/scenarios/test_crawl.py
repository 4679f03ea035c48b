#!/usr/bin/python3
"""The crawler in the real daemon: what its sources are after a SIGKILL, first polls of those that
come later, lists of several pages, full texts, boards of one or two people, and a clock that is set.
"""
import datetime
import json
import os
import random
import sqlite3
import threading
import time
import unittest.mock

import harness as h
import material as m
from test_sources import DETAIL, FAST, board, items, kinds, page, polled, saw, source

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
STEADY = {"demonstration": {"rate": 1}}


def ids(daemon):
    out, cursor = set(), ""
    while cursor is not None:
        told = daemon.get("/api/v1/sources?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        out |= {s["id"] for s in told["items"]}
        cursor = told["next_cursor"]
    return out


def stored(daemon, question):
    with sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True) as db:
        return db.execute(question).fetchall()


def news(*entries):
    """entries: (id, pair, hours old)."""
    def when(hours):
        at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
        return at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return m.rss([], "".join(
        f"<item><guid isPermaLink='false'>{i}</guid><title>{p[0]}</title>"
        f"<link>http://site.example/{i}</link><pubDate>{when(hours)}</pubDate>"
        f"<description>{p[1]}</description></item>" for i, p, hours in entries))


def test_a_kill_while_sources_are_added_leaves_all_of_a_request_or_nothing():
    each, rounds, seed = 300, 6, random.randrange(1 << 30)
    chance = random.Random(seed)
    with h.World() as world:
        site = world.site()
        site.set("/one", m.rss([("a", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "one", "/one")])
        answered = set()
        for n in range(rounds):
            body = json.dumps([{"id": f"r{n}-{i}", "name": "来源", "kind": "news", "interval": "7d",
                                "url": f"http://127.9.{n}.{i % 250}:1/{i}"} for i in range(each)])

            def post(number=n, text=body):
                try:
                    status, told = daemon.request("POST", "/api/v1/sources", text,
                                                  headers={"Content-Type": "application/json"})
                    if status == 200 and json.loads(told)["added"] == each:
                        answered.add(number)
                except (OSError, ValueError, h.http.client.HTTPException):
                    pass
            thread = threading.Thread(target=post)
            thread.start()
            time.sleep(chance.uniform(0, 0.08))  # where in the request the kill falls
            daemon.kill()
            thread.join()
            daemon.start()
            there = ids(daemon)
            for k in range(n + 1):
                count = sum(i.startswith(f"r{k}-") for i in there)
                assert count in (0, each), (k, count)
                assert count == each or k not in answered, f"request {k} was answered and is gone"
        # What is there was told, once each, and is what the store has.
        told = [r[0] for r in stored(daemon, "SELECT source FROM events WHERE source LIKE 'r%'")]
        added = {i for i in ids(daemon) if i != "one"}
        assert {r[0] for r in stored(daemon, "SELECT id FROM added")} == added
        assert not added or (len(told) == len(set(told)) and set(told) == added)
        h.figure(seed=seed, answered=len(answered), kept=len(added) // each, rounds=rounds)


def test_sources_added_again_under_their_key_are_answered_as_before():
    with h.World() as world:
        site = world.site()
        site.set("/one", m.rss([("a", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "one", "/one")])

        def post(key, *sources):
            body = json.dumps([{"name": "来源", "kind": "news", "interval": "7d", **s}
                               for s in sources] if len(sources) > 1 else
                              {"name": "来源", "kind": "news", "interval": "7d", **sources[0]})
            return daemon.request("POST", "/api/v1/sources", body,
                                  headers={"Content-Type": "application/json",
                                           "Idempotency-Key": key})
        new = {"id": "new", "url": "http://127.9.0.1:1/new"}
        lots = [{"id": "new", "url": "http://127.9.0.1:1/other"}, {"id": "bad id", "url": "x"},
                *({"id": f"more-{i}", "url": f"http://127.9.0.1:1/{i}"} for i in range(9))]
        told = [post("key-1", new), post("key-2", *lots), post("key-3", new)]
        assert [t[0] for t in told] == [200, 200, 409], told
        assert json.loads(told[1][1])["added"] == 9, told[1]
        for again in range(2):
            assert [post("key-1", new), post("key-2", *lots), post("key-3", new)] == told, again
            status, text = post("key-1", {**new, "interval": "6d"})
            assert status == 422 and b"key-reused" in text, (status, text)
            daemon.kill()
            daemon.start()
        assert len(stored(daemon, "SELECT seq FROM events WHERE source != ''")) == 10


def test_a_killed_import_is_taken_up_again():
    many = 4000
    with h.World() as world:
        site = world.site()
        site.set("/one", m.rss([("a", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "one", "/one")])
        path = os.path.join(world.base, "many.opml")
        with open(path, "w", encoding="utf-8") as f:
            f.write('<opml version="2.0"><body><outline text="政务">' + "".join(
                f'<outline type="rss" text="来源{i}" xmlUrl="http://127.8.{i // 250}.{i % 250}:1/f"/>'
                for i in range(many)) + "</outline></body></opml>")
        done = []
        thread = threading.Thread(target=lambda: done.append(
            daemon.cli("feeds", "import", path, "--interval", "7d", "--json", limit=600)))
        thread.start()
        h.wait_for(lambda: daemon.status()["sources"]["total"] > 1, what="its first sources")
        daemon.kill()
        thread.join()
        daemon.start()
        before = daemon.status()["sources"]["total"] - 1
        assert before > 0 and before % 100 == 0, before
        again = daemon.cli("feeds", "import", path, "--interval", "7d", "--json", limit=600)
        assert again.returncode == 0, again.stderr[-500:]
        assert json.loads(again.stdout)["added"] == many - before, again.stdout
        assert len(ids(daemon)) == many + 1
        assert len(set(stored(daemon, "SELECT url FROM added"))) == many
        h.figure(first=before, exit=done[0].returncode, second=many - before)


def test_sources_that_come_later_begin_with_a_baseline():
    with h.World() as world:
        site, other = world.site(), world.site("127.0.0.2")
        site.set("/one", m.rss([("a", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "one", "/one")])
        site.set("/added", news(("old", m.WAGES, 24 * 9), ("new", m.FOOD, 1)))
        other.set("/listed", news(("old", m.numbered(m.WAGES, 3), 24 * 9), ("new", m.FLU, 1)))
        done = daemon.cli("feeds", "add", site.url("/added"), "--id", "added", "--interval", "10s")
        assert done.returncode == 0, done.stderr
        path = os.path.join(world.base, "list.opml")
        with open(path, "w", encoding="utf-8") as f:
            f.write('<opml version="2.0"><body><outline type="rss" text="列" '
                    f'xmlUrl="{other.url("/listed")}"/></body></opml>')
        done = daemon.cli("feeds", "import", path, "--interval", "10s")
        assert done.returncode == 0, done.stderr
        h.wait_for(lambda: items(daemon) == 5, what="all items")
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="the new items' concerns")
        # Later an old item is news: it was not there before.
        site.set("/added", news(("old", m.WAGES, 24 * 9), ("new", m.FOOD, 1),
                                ("late", m.numbered(m.WAGES, 9), 24 * 9)))
        h.wait_for(lambda: len(daemon.concerns()) == 3, what="what came later")
        topics = sorted(c["topic"]["id"] for c in daemon.concerns())
        assert topics == ["epidemic", "food-drug-safety", "wage-arrears"], topics
        daemon.kill()
        daemon.start()
        polled(site, "/added", 2)
        assert items(daemon) == 6 and len(daemon.concerns()) == 3


def test_next_pages_are_read_while_they_bring_something_new():
    with h.World() as world:
        site = world.site()

        def put(number, *posts):
            body, mime = board(*posts)
            site.set(f"/board-{number}", body + f'<a class="next" href="/board-{number + 1}">下页</a>',
                     mime)
        put(1, ("a", m.WAGES, "", 1))
        put(2, ("b", m.FOOD, "", 2), ("old", m.numbered(m.FOOD, 5), "", 24 * 9))
        put(3, ("c", m.FLU, "", 3))
        put(4, ("d", m.numbered(m.WAGES, 4), "", 4))
        daemon = world.daemon([source(site, "board", "/board-1", kind="board", pages=2,
                                      select={**m.BOARD, "next": "a.next@href"})], **FAST)
        h.wait_for(lambda: items(daemon) == 4, what="the items of three pages")
        assert len(daemon.concerns()) == 3, "the old post of the second page alerts nobody"
        polled(site, "/board-1", 3)
        assert [site.hits(f"/board-{n}")[0] for n in (2, 3, 4)] == [1, 1, 0]
        # Something new on the first page and on the second: the third is read again.
        put(1, ("e", m.numbered(m.WAGES, 6), "", 1))
        put(2, ("a", m.WAGES, "", 1), ("f", m.numbered(m.FLU, 7), "", 1))
        h.wait_for(lambda: items(daemon) == 6 and site.hits("/board-3")[0] == 2, what="three pages")
        h.wait_for(lambda: len(daemon.concerns()) == 5, what="both new concerns")
        assert site.hits("/board-4")[0] == 0


def listed(number, last, *posts):
    """A page of a list, which leads to the next unless it is the last."""
    body, mime = board(*posts)
    more = "" if number == last else f'<a class="next" href="/list-{number + 1}">下页</a>'
    return body + more, mime


def paged(world, site, answer=None):
    """A daemon that reads a list of three pages; the second one's answer may be another's doing."""
    for n, post in enumerate((m.WAGES, m.FOOD, m.FLU), 1):
        site.set(f"/list-{n}", *listed(n, 3, (f"post-{n}", post, "", n)),
                 answer=answer if n == 2 else None)
    return world.daemon([source(site, "list", "/list-1", kind="board", pages=2,
                                select={**m.BOARD, "next": "a.next@href"})], **FAST)


def test_a_kill_between_two_pages_of_a_list_loses_neither():
    with h.World() as world:
        site, asked = world.site(), threading.Event()

        def silent(request):
            asked.set()
            request.rfile.read()  # until the other end is gone

        daemon = paged(world, site, silent)
        assert asked.wait(h.PATIENCE), "the second page was never asked for"
        assert items(daemon) == 1  # what leads to it is committed
        daemon.kill()
        assert stored(daemon, "SELECT etag != '', owed FROM sources") == [(1, 3)]
        site.set("/list-2", *listed(2, 3, ("post-2", m.FOOD, "", 2)))
        daemon.start()
        h.wait_for(lambda: items(daemon) == 3, what="the items of all pages")
        h.wait_for(lambda: len(daemon.concerns()) == 3, what="their concerns")
        h.wait_for(lambda: stored(daemon, "SELECT owed FROM sources") == [(0,)], what="no debt")
        # From here on the list, which has not changed, is asked for as before.
        before = site.hits("/list-1")[1]
        h.wait_for(lambda: site.hits("/list-1")[1] >= before + 2, what="304s")
        assert site.hits("/list-2")[0] == 2 and site.hits("/list-3")[0] == 1


def test_a_page_that_failed_is_read_though_its_list_did_not_change():
    with h.World() as world:
        site = world.site()
        daemon = paged(world, site, lambda request: request.send_error(500))
        h.wait_for(lambda: site.hits("/list-2")[0] >= 2, what="another try at the second page")
        assert items(daemon) == 1
        site.set("/list-2", *listed(2, 3, ("post-2", m.FOOD, "", 2)))
        h.wait_for(lambda: items(daemon) == 3, what="the items of all pages")


def test_full_text_brings_the_articles_words_and_their_tags():
    with h.World() as world:
        site = world.site()
        article = "".join(f"<p>{''.join(m.numbered(m.WAGES, i))}</p>" for i in range(1, 6))
        site.set("/a.html", "<!DOCTYPE html><html><head><meta charset=utf-8><title>来信</title></head>"
                            f"<body><nav>首页 新闻</nav><article><h1>来信</h1>{article}</article>"
                            "<footer>版权</footer></body></html>",
                 "text/html; charset=utf-8")
        site.set("/b.html", "", status=404)
        entry = ("<item><guid>{0}</guid><title>来信</title><link>{1}</link><pubDate>" + m.now_mail() +
                 "</pubDate><description>全文见链接。</description></item>")
        site.set("/full", m.rss([], entry.format("a", site.url("/a.html"))))
        site.set("/plain", m.rss([], entry.format("a", site.url("/b.html"))))
        daemon = world.daemon([source(site, "full", "/full", full_text=True),
                               source(site, "plain", "/plain")], **FAST)
        found = h.wait_for(daemon.concerns, what="a concern of the article's words")
        assert [c["topic"]["id"] for c in found] == ["wage-arrears"], found
        polled(site, "/full", 3)
        polled(site, "/plain", 1)
        assert site.hits("/a.html")[0] == 1 and site.hits("/b.html")[0] == 0
        assert items(daemon) == 2 and len(daemon.concerns()) == 1


def authored(names):
    """A board whose posts tell who wrote them."""
    posts = "".join(f'<li class="message"><a class="title" href="/show-{i}.html">{t[0]}</a>'
                    f'<span class="author">{n}</span><span class="time">{m.now_text()}</span>'
                    f'<div class="content">{t[1]}</div></li>'
                    for i, (n, t) in enumerate(zip(names, (m.numbered(m.OTHER, i + 1)
                                                           for i in range(len(names))))))
    return f"<!DOCTYPE html><meta charset=utf-8><title>版面</title><ul>{posts}</ul>"


def test_a_board_of_two_people_is_left_alone():
    with h.World() as world:
        few, many = world.site(), world.site("127.0.0.2")
        few.set("/board", authored(["甲木鱼", "乙石头"] * 10), "text/html; charset=utf-8")
        many.set("/board", authored([f"网友{i}号" for i in range(20)]), "text/html; charset=utf-8")
        daemon = world.daemon([source(few, "few", "/board", **DETAIL),
                               source(many, "many", "/board", kind="board", select=m.BOARD)], **FAST)
        stream = world.add(h.Stream(daemon))
        saw(stream, "source.quarantined", "few")
        polled(many, "/board", 3)
        shown = daemon.source("few")
        assert shown["state"] == "quarantined" and "一两个人" in shown["quarantine_reason"], shown
        assert shown["next_poll"] is None and few.hits("/board")[0] == 1, shown
        assert items(daemon) == 20 and daemon.source("many")["state"] == "active"
        for name, data in daemon.produced():
            assert "甲木鱼".encode() not in data, name
        daemon.kill()
        daemon.start()
        polled(many, "/board", 3)
        assert few.hits("/board")[0] == 1 and daemon.source("few")["state"] == "quarantined"
        assert daemon.source("few")["quarantine_reason"] == shown["quarantine_reason"]
        assert kinds(stream, "few") == ["source.quarantined"]


def test_a_paused_source_asks_for_no_page():
    with h.World() as world:
        site = world.site()
        site.set("/board", *board(("w", m.WAGES, "", 1)))
        site.set("/show-w.html", page(m.WAGES[1]), "text/html; charset=utf-8")
        other = world.site("127.0.0.2")
        other.set("/feed", m.rss([("a", *m.OTHER)]))
        daemon = world.daemon([source(site, "board", "/board", **DETAIL),
                               source(other, "feed", "/feed")], **FAST)
        h.wait_for(lambda: site.hits("/show-w.html")[0] >= 3, what="a page that is watched")
        assert daemon.cli("feeds", "pause", "board").returncode == 0
        polled(other, "/feed", 2)
        asked = site.hits("/show-w.html")[0]
        polled(other, "/feed", 12)
        assert site.hits("/show-w.html")[0] == asked, "asked while its source is paused"
        assert daemon.cli("feeds", "resume", "board").returncode == 0
        h.wait_for(lambda: site.hits("/show-w.html")[0] > asked, what="the page again")


def plan(daemon, names):
    shown = [daemon.source(n) for n in names]
    return [(s["next_poll"], s["last_poll"], s["polls"], s["interval_seconds"], s["history"])
            for s in shown]


def test_a_kill_keeps_due_times_and_history():
    with h.World() as world:
        sites = [world.site(f"127.0.0.{i + 1}") for i in range(5)]
        names = [f"s{i}" for i in range(5)]
        for i, site in enumerate(sites):
            site.set("/feed", m.rss([(f"i{i}", *m.numbered(m.OTHER, i + 1))]), status=500 if i == 4 else 200)
        daemon = world.daemon([source(s, n, "/feed") for s, n in zip(sites, names)], **STEADY)
        h.wait_for(lambda: items(daemon) == 4 and daemon.source("s4")["polls"], what="first polls")
        for n in names[:4]:
            daemon.cli("feeds", "poll", n)
        h.wait_for(lambda: all(daemon.source(n)["polls"] == 2 for n in names[:4]), what="second polls")
        before = plan(daemon, names)
        assert all(p[0] and len(p[4]) == (1 if i == 4 else 2) for i, p in enumerate(before)), before
        hits = [s.hits("/feed")[0] for s in sites]
        for stop in (daemon.kill, daemon.stop, daemon.kill):
            stop()
            daemon.start()
            for was, now in zip(before, plan(daemon, names)):
                assert now == was, (stop.__name__, was, now)
        assert [s.hits("/feed")[0] for s in sites] == hits, "asked before it was due"


DAYS = {"-30d": -30, "+30d": 30, "-3h": -0.125}


def at_home():
    return datetime.datetime.now(datetime.timezone.utc)


def test_a_clock_that_is_set_back_or_forward():
    if not os.path.exists(FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        site = world.site()
        site.set("/feed", m.rss([("a", *m.OTHER)]))
        stamp = os.path.join(world.base, "offset")

        def shift(text):
            with open(stamp + ".new", "w", encoding="ascii") as f:
                f.write(text + "\n")
            os.rename(stamp + ".new", stamp)

        shift("+0d")
        daemon = world.daemon([h.source(site, "feed", "/feed")], False, **STEADY)
        faked = dict(LD_PRELOAD=FAKETIME, FAKETIME_TIMESTAMP_FILE=stamp, FAKETIME_NO_CACHE="1",
                     FAKETIME_DONT_FAKE_MONOTONIC="1", ASAN_OPTIONS="verify_asan_link_order=0")
        with unittest.mock.patch.dict(os.environ, faked):
            daemon.start()
        h.wait_for(lambda: items(daemon) == 1, what="the first poll")
        for number, to in enumerate(("-30d", "+30d", "-3h")):
            site.set("/feed", m.rss([("a", *m.OTHER), (f"n{number}", *m.numbered(m.OTHER, number + 1))]))
            shift(to)
            h.wait_for(lambda n=number: items(daemon) == 2 + n, 30, f"a new item at {to}")
            shown = daemon.source("feed")
            now, due = (datetime.datetime.fromisoformat(shown[k]) for k in ("now", "next_poll"))
            assert abs((now - at_home()).total_seconds() - DAYS[to] * 86400) < 600, (to, now)
            assert due - now < datetime.timedelta(seconds=12), (to, due, now)
        assert daemon.stop() == 0
        with open(daemon.log, encoding="utf-8") as f:
            steps = [line for line in f if "fetch.clock" in line]
        assert len(steps) == 2, ("each step back is logged once", steps)


if __name__ == "__main__":
    h.main(globals())
