#!/usr/bin/python3
"""What becomes of sources and of the items that they give later: silence, moves, replies, edits,
pages that go, identities that churn. The clock runs an hour a second.
"""
import datetime
import os
import signal
import sqlite3

import harness as h
import material as m
from test_worker import workers_of

FAST = {"demonstration": {"rate": 3600}}
DETAIL = {"kind": "board", "select": m.BOARD,
          "detail": {"text": "div.post", "reply": "div.answer"}}


def source(site, ident, path, **more):
    return {**h.source(site, ident, path, **more), "interval": "1h"}


def kinds(stream, source=None):
    return [e["type"][len("huiying."):] for e in list(stream.events)
            if source is None or e["data"].get("source") == source]


def of_concern(stream, concern):
    """Its events, but for the looks at its reply's page, which come by the clock."""
    return [e for e in list(stream.events) if e["data"].get("concern") == concern
            and not h.kind_of(e).startswith("reply-")]


def polled(site, path, times=2):
    """So many more polls of a page have begun and another has ended."""
    start = site.hits(path)[0]
    h.wait_for(lambda: site.hits(path)[0] > start + times, what=f"{times} polls of {path}")


def items(daemon):
    return daemon.status()["store"]["items"]


def saw(stream, kind, source=None, limit=20):
    h.wait_for(lambda: kind in kinds(stream, source), limit, f"{kind} of {source}")


def hours_ago(n):
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=n)
    return when.isoformat(timespec="seconds")


def board(*posts, mime="text/html; charset=utf-8"):
    """posts: (id, pair, reply or "", hours old)."""
    body = "".join(
        f'<li class="message"><a class="title" href="/show-{p[0]}.html">{p[1][0]}</a>'
        f'<span class="time">{hours_ago(p[3])}</span><div class="content">{p[1][1]}</div>'
        + (f'<div class="reply"><span class="unit">人社所</span><div class="text">{p[2]}</div></div>'
           if p[2] else "") + "</li>" for p in posts)
    return f'<!DOCTYPE html><meta charset="utf-8"><title>留言板</title><ul>{body}</ul>', mime


def page(text, answer=""):
    return (f'<!DOCTYPE html><meta charset="utf-8"><title>留言</title><div class="post">{text}</div>'
            + (f'<div class="answer">{answer}</div>' if answer else ""))


def test_silence_is_told_at_the_second_poll_and_its_end_once():
    with h.World() as world:
        site, other = world.site(), world.site("127.0.0.2")
        site.set("/feed", m.rss([("a", *m.OTHER)]))
        other.set("/board", *board(("b", m.OTHER, "", 1)))
        daemon = world.daemon([source(site, "feed", "/feed"),
                               source(other, "board", "/board", kind="board", select=m.BOARD)],
                              **FAST)
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: items(daemon) == 2, what="the first polls")
        # The same bytes at the second poll: unchanged ones count too.
        site.set("/feed", "<html><body>请登录</body></html>", "text/html")
        other.set("/board", "<!DOCTYPE html><ul class='renamed'></ul>", "text/html")
        saw(stream, "source.silent", "feed")
        saw(stream, "source.silent", "board")
        polled(site, "/feed", 3)
        assert kinds(stream, "feed").count("source.silent") == 1
        told = {e["data"]["source"]: e["time"] for e in stream.events
                if e["type"] == "huiying.source.silent"}
        # A restart does not tell it again, and knows since when it is so.
        daemon.stop()
        daemon.start()
        stream = world.add(h.Stream(daemon))
        polled(site, "/feed", 3)
        assert kinds(stream, "feed").count("source.silent") == 1
        for name, at in told.items():
            shown = daemon.source(name)
            assert (shown["state"], shown["since"][:19]) == ("silent", at[:19]), (shown, at)
        site.set("/feed", m.rss([("c", *m.OTHER)]))
        saw(stream, "source.restored", "feed")
        assert daemon.source("feed")["since"] is None, daemon.source("feed")
        polled(site, "/feed", 2)
        assert kinds(stream, "feed") == ["source.silent", "source.restored"], kinds(stream)
        for e in stream.events:
            if "source" in h.kind_of(e):
                assert e["subject"] == "sources/" + e["data"]["source"], e


def test_moved_and_retired():
    with h.World() as world:
        site, new, gone = world.site(), world.site("127.0.0.2"), world.site("127.0.0.3")
        new.set("/there", m.rss([("a", *m.OTHER)]))
        site.set("/feed", "", status=301, headers=[("Location", new.url("/there"))])
        gone.set("/feed", m.rss([("g", *m.OTHER)]))
        daemon = world.daemon([source(site, "mover", "/feed"), source(gone, "goner", "/feed")],
                              **FAST)
        stream = world.add(h.Stream(daemon))
        saw(stream, "source.moved", "mover")
        old = site.hits("/feed")[0]
        polled(new, "/there", 3)
        assert site.hits("/feed")[0] <= old + 1, "the old address is asked on"
        gone.set("/feed", "", status=410)
        saw(stream, "source.retired", "goner")
        daemon.stop()
        asked = site.hits("/feed")[0], gone.hits("/feed")[0]
        daemon.start()
        stream = world.add(h.Stream(daemon))
        polled(new, "/there", 3)
        assert (site.hits("/feed")[0], gone.hits("/feed")[0]) == asked, "a restart forgot"
        times = {h.kind_of(e): e["time"][:19] for e in stream.events}
        mover, goner = daemon.source("mover"), daemon.source("goner")
        assert mover["moved_at"][:19] == times["moved"] and mover["since"] is None, mover
        assert goner["since"][:19] == times["retired"] and goner["moved_at"] is None, goner
        refused = daemon.cli("feeds", "poll", "goner")
        assert refused.returncode == 77 and "先恢复" in refused.stderr, refused
        told = [k for k in kinds(stream) if k.startswith("source.")]
        assert told == ["source.moved", "source.retired"], told


def test_a_reply_on_the_board_answers_and_closes():
    with h.World() as world:
        site = world.site()
        for post in "wf":
            site.set(f"/show-{post}.html", page(""), "text/html")
        site.set("/board", *board(("w", m.WAGES, "", 1), ("f", m.FOOD, "已依法查处，退款。", 2)))
        daemon = world.daemon([source(site, "board", "/board", kind="board", select=m.BOARD)],
                              **FAST)
        stream = world.add(h.Stream(daemon))
        bus = world.add(h.Bus(daemon, "market"))
        bus.hello()
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="both concerns")
        by = {c["topic"]["id"]: c for c in daemon.concerns()}
        assert by["food-drug-safety"]["state"] == "closed", by
        assert by["wage-arrears"]["state"] == "open", by
        answered = by["food-drug-safety"]["id"]
        site.set("/board", *board(("w", m.WAGES, "工资已补发。", 1),
                                  ("f", m.FOOD, "已依法查处，退款。", 2)))
        h.wait_for(lambda: daemon.concerns(state="closed").__len__() == 2, what="the answer")
        polled(site, "/board", 2)
        open_one = by["wage-arrears"]["id"]
        of = of_concern(stream, open_one)
        assert [h.kind_of(e) for e in of][-2:] == ["answered", "closed"], of
        assert [h.kind_of(e) for e in of].count("answered") == 1, of
        assert of[-2]["data"]["source"] == "board" and of[-2]["data"]["late"] is False, of
        # What came with its answer called nobody.
        told = [h.kind_of(e) for e in of_concern(stream, answered)]
        assert told == ["opened", "answered", "closed"], told
        bus.pump(300)
        assert bus.events == [], bus.events


def test_old_items_of_a_first_poll_alert_nobody():
    with h.World() as world:
        site, plain = world.site(), world.site("127.0.0.2")
        site.set("/board", *board(("old", m.WAGES, "", 24 * 9), ("new", m.FOOD, "", 1)))
        undated = ["<item><guid>u</guid><title>%s</title><description>%s</description></item>" % m.FLU]
        plain.set("/feed", m.rss([], "".join(undated)))
        dated = world.site("127.0.0.3")
        dated.set("/feed", m.rss([], "<item><guid>w</guid><title>%s</title><description>%s</description>"
                                 "</item>" % m.WAGES))
        daemon = world.daemon([source(site, "board", "/board", kind="board", select=m.BOARD),
                               source(plain, "plain", "/feed", since="0s"),
                               source(dated, "undated", "/feed")], **FAST)
        h.wait_for(lambda: items(daemon) == 4, what="the items")
        # Undated is not known to be old, but where all is history.
        assert sorted(c["topic"]["id"] for c in daemon.concerns()) == [
            "food-drug-safety", "wage-arrears"]
        # Not there before: new.
        undated.append("<item><guid>v</guid><title>%s</title><description>%s</description></item>"
                       % m.numbered(m.FLU, 7))
        plain.set("/feed", m.rss([], "".join(undated)))
        h.wait_for(lambda: len(daemon.concerns()) == 3, what="the new item's concern")
        # An edit of what was history stays history.
        site.set("/board", *board(("old", (m.WAGES[0], m.WAGES[1] + "急。"), "", 24 * 9),
                                  ("new", m.FOOD, "", 1)))
        polled(site, "/board", 2)
        assert len(daemon.concerns()) == 3 and items(daemon) == 5


def test_an_edit_is_reread_and_not_doubled():
    with h.World() as world:
        site = world.site()
        site.set("/board", *board(("a", m.OTHER, "", 1), ("b", m.FOOD, "", 1)))
        daemon = world.daemon([source(site, "board", "/board", kind="board", select=m.BOARD)],
                              **FAST)
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: len(daemon.concerns()) == 1, what="the first concern")
        other = ("菜市场有人卖病死猪肉", "南门菜市场的摊位在卖病死猪肉，颜色发黑有异味，邻居买回去吃了上吐下泻，"
                 "像是食物中毒，请食品药品监管的同志来查一查，不能再让他们卖了。")
        site.set("/board", *board(("a", m.WAGES, "", 1), ("b", other, "", 1)))
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="an edit that matches now")
        saw(stream, "concern.updated")
        food = next(c for c in daemon.concerns() if c["topic"]["id"] == "food-drug-safety")
        shown = daemon.get(f"/api/v1/concerns/{food['id']}")
        assert other[0] in str(shown), shown
        site.set("/board", *board(("a", m.OTHER, "", 1), ("b", other, "", 1)))
        polled(site, "/board", 2)
        assert items(daemon) == 2
        assert {c["state"] for c in daemon.concerns()} == {"open"}, daemon.concerns()


def test_guids_that_change_at_every_poll_do_not_flood():
    with h.World() as world:
        site = world.site()
        texts = [m.numbered(m.WAGES, i) for i in range(30)]
        round_of = [0]

        def answer(request):
            round_of[0] += 1
            # The link stays in even rounds' items, the text in all; GUIDs never.
            body = "".join(
                f"<item><guid isPermaLink='false'>g{round_of[0]}-{i}</guid><title>{t[0]}</title>"
                f"<link>http://site.example/{i if i % 2 else f'{round_of[0]}-{i}'}</link>"
                f"<pubDate>{started}</pubDate><description>{t[1]}</description></item>"
                for i, t in enumerate(texts))
            body = m.rss([], body).encode()
            request.send_response(200)
            request.send_header("Content-Type", "application/rss+xml")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        started = m.now_mail()
        site.set("/feed", "", answer=answer)
        daemon = world.daemon([{**h.source(site, "churn", "/feed"), "interval_most": "10s"}], **FAST)
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: items(daemon) == 30, what="the first poll")
        before = [k for k in kinds(stream) if k in ("concern.opened", "concern.joined")]
        h.wait_for(lambda: round_of[0] > 50, 60, "fifty polls")
        assert items(daemon) == 30, items(daemon)
        after = [k for k in kinds(stream) if k in ("concern.opened", "concern.joined")]
        assert len(after) <= 30 and after[:len(before)] == before, (len(before), len(after))
        h.figure(polls=round_of[0], items=items(daemon), concerns=len(daemon.concerns()))


def test_pages_bring_text_replies_and_withdrawals():
    with h.World() as world:
        site = world.site()
        brief = ("留言", "请看正文。")
        site.set("/board", *board(("p", brief, "", 1), ("q", m.FOOD, "", 1)))
        site.set("/show-p.html", page(m.WAGES[0] + "。" + m.WAGES[1]), "text/html; charset=utf-8")
        site.set("/show-q.html", page(m.FOOD[1]), "text/html; charset=utf-8")
        daemon = world.daemon([source(site, "board", "/board", **DETAIL)], **FAST)
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="a concern from a page's text")
        by = {c["topic"]["id"]: c["id"] for c in daemon.concerns()}
        polled(site, "/board", 2)
        assert items(daemon) == 2, "the page is not the list's edit"
        # A reply on the page; a post that goes.
        site.set("/show-p.html", page(m.WAGES[0] + "。" + m.WAGES[1], "工资已经全部补发到位。"),
                 "text/html; charset=utf-8")
        site.set("/show-q.html", "", status=404)
        h.wait_for(lambda: "concern.withdrawn" in kinds(stream), 60, "the withdrawal")
        h.wait_for(lambda: len(daemon.concerns(state="closed")) == 1, 60, "the reply on the page")
        assert daemon.concerns(state="closed")[0]["id"] == by["wage-arrears"]
        gone = [e for e in stream.events if h.kind_of(e) == "withdrawn"]
        assert [e["data"]["concern"] for e in gone] == [by["food-drug-safety"]], gone
        assert m.FOOD[1] not in str(daemon.get(f"/api/v1/concerns/{by['food-drug-safety']}"))
        h.wait_for(lambda: all(m.FOOD[1].encode() not in data for name, data in daemon.produced()
                               if name.startswith("huiying.db")), what="the text leaving the disk")


def test_kill_loses_no_page():
    with h.World() as world:
        site = world.site()
        posts = [(f"k{i}", ("留言", f"第{i}条，请看正文。"), "", 1) for i in range(12)]
        site.set("/board", *board(*posts))
        site.set("/show-k0.html", "", answer=lambda request: request.rfile.read(1))  # hangs
        daemon = world.daemon([source(site, "board", "/board", **DETAIL)], **FAST)
        h.wait_for(lambda: items(daemon) == 12 and site.hits("/show-k0.html")[0], what="a page asked")
        daemon.kill()
        for i in range(12):
            site.set(f"/show-k{i}.html", page("。".join(m.numbered(m.WAGES, i + 1))),
                     "text/html; charset=utf-8")
        daemon.start()
        h.wait_for(lambda: len(daemon.concerns()) == 12, 60, "every page's concern")
        assert items(daemon) == 12


def test_an_idle_workers_death_is_no_bodys_fault():
    with h.World() as world:
        site = world.site()
        site.set("/feed", m.rss([("a", *m.OTHER)]))
        daemon = world.daemon([h.source(site, "feed", "/feed")])
        h.wait_for(lambda: items(daemon) == 1, what="the first poll")
        old = workers_of(daemon)
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        site.set("/feed", m.rss([("b", *m.WAGES)]))
        h.wait_for(daemon.concerns, what="the next body's concern")
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: stream.events, what="events")
        assert "source.quarantined" not in kinds(stream), kinds(stream)
        with sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True) as db:
            assert db.execute("SELECT failures FROM sources").fetchall() == [(0,)]


if __name__ == "__main__":
    h.main(globals())
