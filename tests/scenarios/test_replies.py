#!/usr/bin/python3
"""Published replies in the real daemon: their pages are read, kept and missed; what boards show."""
import datetime
import html

import harness as h
import material as m

DAYS = {"demonstration": {"rate": 21600}}  # a day in 4 s
HOURLY = {"interval": "1h"}  # every sixth of a second then
TEXT = ("来信收悉。经核查，河西工地项目总承包单位已将拖欠的农民工工资全部支付到位，"
        "区人力资源和社会保障局将继续跟踪检查该项目的工资专用账户，防止再次发生拖欠。感谢您的监督。")
LOST = ("您访问的栏目已经调整，请从网站首页查找需要的内容。首页设有政务公开、办事服务、互动交流、"
        "走进本区等栏目，也可以使用站内检索。如有疑问，请拨打网站值班电话。")


def page(title, text):
    return (f"<!DOCTYPE html><html lang='zh'><head><meta charset='utf-8'><title>{title}</title>"
            f"</head><body><article><h1>{title}</h1><p>{html.escape(text)}</p></article></body>"
            "</html>")


def put(site, path, title="关于河西工地工资问题的答复", text=TEXT, status=200):
    site.set(path, page(title, text), mime="text/html; charset=utf-8", status=status)


def opened(world, board=None, **more):
    """A daemon with one concern, and the site that the unit publishes on."""
    site, office = board or world.site(), world.site("127.0.0.2")
    site.set("/feed", m.rss([("a", *m.WAGES)]))
    daemon = world.daemon([{**h.source(site, "one", "/feed"), **HOURLY}], **more)
    concern = h.wait_for(daemon.concerns, what="the concern")[0]["id"]
    return daemon, office, concern


def reply(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)["reply"]


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def days_between(one, other):
    return (seconds(other) - seconds(one)) / 86400


def events(daemon, concern, kind):
    told = daemon.get("/api/v1/concerns/" + concern)["events"]
    return [e for e in told if e["type"] == "huiying.concern." + kind]


def test_a_published_reply_is_read_and_its_title_kept_masked():
    with h.World() as world:
        daemon, office, concern = opened(world)
        put(office, "/hf/1.html", "关于13812345678反映工资问题的答复")
        assert reply(daemon, concern) is None
        bus = world.add(h.Bus(daemon, "labour"))
        bus.hello(0)
        done = daemon.cli("answer", concern, "--url", office.url("/hf/1.html"))
        assert done.returncode == 0, done.stderr
        told = h.wait_for(lambda: (reply(daemon, concern) or {}).get("checked") and
                          reply(daemon, concern), what="the reading")
        assert told["state"] == "there" and not told["edited"] and told["next_check"]
        assert told["title"].startswith("关于") and told["title"].endswith("反映工资问题的答复")
        assert office.hits("/robots.txt")[0] == 0 and office.hits("/hf/1.html")[0] == 1
        for name, content in daemon.produced():
            assert b"13812345678" not in content, name
            assert "工资专用账户".encode() not in content, f"{name} holds the reply's words"
        checked = events(daemon, concern, "reply-checked")
        assert len(checked) == 1 and "code" not in checked[0]["data"]
        # After a restart it is not read again before its time.
        daemon.kill()
        daemon.start()
        assert reply(daemon, concern)["checked"] == told["checked"]


def test_it_is_handed_to_a_listed_body_only():
    with h.World() as world:
        daemon, _, concern = opened(world)
        other = "https://elsewhere.example.com/"
        for address in (other, h.CHANNEL + "/", h.CHANNEL[:-1]):
            done = daemon.cli("hand-out", concern, "--url", address, "--note", "不归本镇")
            assert done.returncode == 65 and "outside" in done.stderr, done
        bus = world.add(h.Bus(daemon, "office"))
        bus.hello()
        assert bus.command("out-1", "hand-out", concern, url=other, note="不归本镇")["status"] != "ok"
        assert daemon.concerns()[0]["state"] == "open"
        known = daemon.get("/api/v1/units")["outside"]
        assert known == [{"id": "power", "name": "供电公司", "name_en": "Power Company",
                          "channel": h.CHANNEL}], known
        assert daemon.cli("hand-out", concern, "--url", h.CHANNEL, "--note", "归供电公司").returncode == 0
        told = daemon.get("/api/v1/concerns/" + concern)
        assert (told["outcome"], told["reply_url"]) == ("handed-out", h.CHANNEL), told


def test_what_the_public_cannot_open_is_no_reply():
    with h.World() as world:
        daemon, office, concern = opened(world)
        put(office, "/reply")
        for host in ("10.1.2.3", "192.168.1.1:8080", "[fd00::1]", "[::ffff:10.0.0.1]", "169.254.0.9"):
            for act in (["answer"], ["progress"], ["hand-out", "--note", "转县里"]):
                done = daemon.cli(act[0], concern, "--url", f"http://{host}/reply", *act[1:])
                assert done.returncode == 65 and "公众打不开" in done.stderr, (host, act, done)
        assert daemon.concerns()[0]["state"] == "open"
        # what `allow` holds is as good as public
        assert daemon.cli("answer", concern, "--url", office.url("/reply")).returncode == 0


def test_a_reply_that_disappears_is_told_of():
    with h.World() as world:
        daemon, office, concern = opened(world, **DAYS)
        put(office, "/hf/1.html")
        assert daemon.cli("answer", concern, "--url", office.url("/hf/1.html")).returncode == 0
        h.wait_for(lambda: events(daemon, concern, "reply-checked"), what="the first reading")
        put(office, "/hf/1.html", status=404)
        gone = h.wait_for(lambda: events(daemon, concern, "reply-gone"), 90, "its being missed")
        assert gone[0]["data"]["code"] == "gone" and reply(daemon, concern)["state"] == "gone"
        assert reply(daemon, concern)["title"] == "关于河西工地工资问题的答复"
        assert office.hits("/hf/1.html")[0] == 3, "once, and twice to be sure"


def test_a_page_that_says_something_else_is_told_of():
    with h.World() as world:
        daemon, office, concern = opened(world, **DAYS)
        put(office, "/hf/1.html")
        assert daemon.cli("answer", concern, "--url", office.url("/hf/1.html")).returncode == 0
        h.wait_for(lambda: events(daemon, concern, "reply-checked"), what="the first reading")
        put(office, "/hf/1.html", "栏目调整", LOST)
        gone = h.wait_for(lambda: events(daemon, concern, "reply-gone"), 90, "its being missed")
        assert gone[0]["data"]["code"] == "changed"
        assert reply(daemon, concern)["state"] == "changed"


def test_robots_txt_holds_for_replies():
    with h.World() as world:
        daemon, office, concern = opened(world)
        office.set("/robots.txt", "User-agent: *\nDisallow: /hf/", mime="text/plain")
        put(office, "/hf/1.html")
        assert daemon.cli("answer", concern, "--url", office.url("/hf/1.html")).returncode == 0
        h.wait_for(lambda: office.hits("/robots.txt")[0], what="robots.txt to be read")
        answered = seconds(daemon.get("/api/v1/concerns/" + concern)["answered"])
        h.wait_for(lambda: seconds(reply(daemon, concern)["next_check"]) > answered + 300,
                   what="its being put off")
        assert office.hits("/hf/1.html")[0] == 0 and reply(daemon, concern)["state"] == "waits"


def test_the_daemons_own_address_is_not_asked():
    with h.World() as world:
        daemon, _, concern = opened(world)
        url = f"http://127.0.0.1:{daemon.http_port}/hf/1.html"
        assert daemon.cli("answer", concern, "--url", url).returncode == 0
        h.wait_for(lambda: (reply(daemon, concern) or {}).get("state") == "closed",
                   what="the guard's refusal")
        assert reply(daemon, concern)["next_check"] is None


def test_a_reply_on_a_monitored_board_is_paired_and_watched():
    with h.World() as world:
        site = world.site()
        item = (f'<li class="message"><a class="title" href="/1">{m.WAGES[0]}</a>'
                f'<div class="content">{m.WAGES[1]}</div>%s</li>')
        answer = f'<div class="reply">{TEXT}</div>'
        site.set("/board", "<html><body><ul>" + item % "" + "</ul></body></html>", mime="text/html")
        spec = {"item": "li.message", "title": "a.title", "link": "a.title@href",
                "text": "div.content", "reply": "div.reply"}
        daemon = world.daemon([{**h.source(site, "board", "/board", kind="board", select=spec),
                                **HOURLY}], **DAYS)
        concern = h.wait_for(daemon.concerns, what="the concern")[0]["id"]
        put(site, "/1", m.WAGES[0], m.WAGES[1] + TEXT)
        site.set("/board", "<html><body><ul>" + item % answer + "</ul></body></html>",
                 mime="text/html")
        answered = h.wait_for(lambda: events(daemon, concern, "answered"), what="the pairing")
        assert answered[0]["data"]["source"] == "board"
        told = daemon.get("/api/v1/concerns/" + concern)
        assert told["reply_url"] == site.url("/1")
        # It was read there just now: the page itself is read a day later, and no title is kept.
        h.wait_for(lambda: reply(daemon, concern)["state"] == "there", 90, "the page's reading")
        assert reply(daemon, concern)["title"] is None
        assert days_between(answered[0]["time"], reply(daemon, concern)["checked"]) >= 1


def test_a_reply_that_came_with_its_item_is_watched():
    with h.World() as world:
        site = world.site()
        site.set("/board", "<html><body><ul>"
                 f'<li class="message"><a class="title" href="/1">{m.WAGES[0]}</a>'
                 f'<div class="content">{m.WAGES[1]}</div><div class="reply">{TEXT}</div></li>'
                 "</ul></body></html>", mime="text/html")
        put(site, "/1", m.WAGES[0], m.WAGES[1] + TEXT)
        spec = {"item": "li.message", "title": "a.title", "link": "a.title@href",
                "text": "div.content", "reply": "div.reply"}
        daemon = world.daemon([{**h.source(site, "board", "/board", kind="board", select=spec),
                                **HOURLY}], **DAYS)
        concern = h.wait_for(daemon.concerns, what="the record of it")[0]["id"]
        shown = daemon.get("/api/v1/concerns/" + concern)
        assert shown["state"] == "closed" and shown["reply"]["next_check"], shown
        put(site, "/1", status=404)
        gone = h.wait_for(lambda: events(daemon, concern, "reply-gone"), 90, "its being missed")
        assert gone[0]["data"]["code"] == "gone"
        assert days_between(shown["opened"], gone[0]["time"]) >= 1, "it was read on the board"


def test_a_promised_date_is_counted_down_and_kept():
    with h.World() as world:
        daemon, office, concern = opened(world, **DAYS)
        put(office, "/hf/1.html", text=TEXT + "剩余款项将在两天内全部支付到位，并公布结果。")
        put(office, "/hf/2.html", "剩余工资已全部支付", "剩余工资已经全部支付到位，名单已在工地公示。")
        assert daemon.cli("answer", concern, "--url", office.url("/hf/1.html")).returncode == 0
        told = h.wait_for(lambda: events(daemon, concern, "promised"), what="the promise")
        assert told[0]["data"]["act"] == "promise" and told[0]["data"]["due"]
        assert [c["due"] for c in daemon.get("/api/v1/concerns/" + concern)["clocks"]
                if c["act"] == "promise"] == [told[0]["data"]["due"]]
        assert "应于 (by)" in daemon.cli("concerns", "show", concern).stdout
        overdue = h.wait_for(lambda: [e for e in events(daemon, concern, "overdue")
                                      if e["data"]["act"] == "promise"], 120, "its being missed")
        assert len(overdue) == 1
        shown = daemon.get("/api/v1/concerns/" + concern)
        assert shown["state"] == "closed" and shown["overdue"]
        assert shown["next"]["act"] == "promise"
        daemon.kill()
        daemon.start()
        done = daemon.cli("progress", concern, "--url", office.url("/hf/2.html"))
        assert done.returncode == 0, done.stderr
        kept = events(daemon, concern, "promise-kept")
        assert len(kept) == 1 and kept[0]["data"]["late"] is True
        shown = daemon.get("/api/v1/concerns/" + concern)
        assert not [c for c in shown["clocks"] if c["act"] == "promise" and not c["met"]]
        daemon.stop()
        checked = h.cli("store", "check", daemon.db)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_page_that_promised_is_watched_beside_the_one_that_kept_it():
    with h.World() as world:
        daemon, office, concern = opened(world, **DAYS)
        put(office, "/hf/1.html", text=TEXT + "剩余款项将在两天内全部支付到位，并公布结果。")
        put(office, "/hf/2.html", "剩余工资已全部支付", "剩余工资已经全部支付到位，名单已在工地公示。")
        assert daemon.cli("answer", concern, "--url", office.url("/hf/1.html")).returncode == 0
        h.wait_for(lambda: events(daemon, concern, "promised"), what="the promise")
        done = daemon.cli("progress", concern, "--url", office.url("/hf/2.html"))
        assert done.returncode == 0, done.stderr
        put(office, "/hf/1.html", status=404)
        shown = daemon.get("/api/v1/concerns/" + concern)
        assert shown["reply_url"] == office.url("/hf/2.html")
        assert [p["url"] for p in shown["reply_pages"]] == [office.url("/hf/1.html"),
                                                            office.url("/hf/2.html")]
        h.wait_for(lambda: [p["state"] for p in
                            daemon.get("/api/v1/concerns/" + concern)["reply_pages"]] ==
                   ["gone", "there"], 90, "the first page's being missed")
        assert len(events(daemon, concern, "reply-gone")) == 1
        assert reply(daemon, concern)["state"] == "there"
        listed = daemon.cli("concerns", "show", concern).stdout
        assert "已撤下" in listed and office.url("/hf/1.html") in listed


def test_what_a_reply_brought_about_is_shown():
    with h.World() as world:
        board = world.site()
        daemon, office, concern = opened(world, board, **DAYS)
        put(office, "/hf/1.html")
        board.set("/feed", m.rss([("b", *m.WAGES), ("a", *m.WAGES)]))
        items = lambda: daemon.get("/api/v1/concerns/" + concern)["items"]
        h.wait_for(lambda: items() == 2, what="a second post before the reply")
        assert daemon.get("/api/v1/concerns/" + concern)["effect"] is None
        assert daemon.cli("answer", concern, "--url", office.url("/hf/1.html")).returncode == 0
        board.set("/feed", m.rss([("c", *m.WAGES), ("b", *m.WAGES), ("a", *m.WAGES)]))
        told = h.wait_for(lambda: events(daemon, concern, "effect"), 120, "72 hours to go by")
        shown = daemon.get("/api/v1/concerns/" + concern)
        assert shown["effect"] == {"before": told[0]["data"]["before"],
                                   "after": told[0]["data"]["after"]}, shown["effect"]
        # Two posts before and one after, but for what came later than it was meant to: three days are
        # twelve seconds here.
        came = [days_between(shown["answered"], e["time"]) for kind in ("opened", "joined")
                for e in events(daemon, concern, kind)]
        assert len(came) == 3, came
        after = sum(0 <= days < 3 for days in came)
        assert shown["effect"] == {"before": sum(-3 <= days < 0 for days in came),
                                   "after": after}, (shown["effect"], came)
        assert f"后 72 小时 (after) {after} 条" in daemon.cli("concerns", "show", concern).stdout


def test_a_withheld_reply_names_its_ground_and_is_counted():
    with h.World() as world:
        daemon, _, concern = opened(world)
        refused = daemon.cli("answer", concern, "--scope", "withheld")
        assert refused.returncode != 0 and "article" in refused.stderr, refused.stderr
        done = daemon.cli("answer", concern, "--scope", "withheld", "--article", "article-15",
                          "--unit", "labour")
        assert done.returncode == 0, done.stderr
        shown = daemon.get("/api/v1/concerns/" + concern)
        assert (shown["state"], shown["scope"], shown["article"]) == ("closed", "withheld",
                                                                      "article-15")
        assert shown["reply_url"] is None and shown["reply"] is None
        told = events(daemon, concern, "answered")[0]["data"]
        assert (told["scope"], told["article"], told["by"]) == ("withheld", "article-15", "labour")
        assert daemon.status()["store"]["answers"] == {"full": 0, "summary": 0, "withheld": 1}
        assert "第十五条" in daemon.cli("concerns", "show", concern).stdout


if __name__ == "__main__":
    h.main(globals())
