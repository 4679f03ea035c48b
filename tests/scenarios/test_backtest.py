#!/usr/bin/python3
"""Other rules over the stored items of a running daemon: what would newly alert, what no more."""
import json
import os

import harness as h
import material as m

TOPIC = """id: {id}
name: {{zh: {zh}, en: {id}}}
unit: {unit}
deadlines: [ordinary-48h]
any:
{any}match: ["{match}"]
nomatch: [天气很好]
"""
UNITS = {"coordinator": "town", "units": [
    {"id": "town", "name": {"zh": "镇", "en": "Town"}, "roles": ["works"]}]}
LAMP = ("路灯不亮怎么办", "我们小区门口的路灯不亮半个月了，请问谁来管？")
TAP = ("停水三天了没人管", "我们村停水三天了，请问什么时候恢复？")
PIPE = ("水管爆裂没人修", "我们巷子里水管爆裂没人修，请求有关部门尽快处理。")
NEWS = ("供水公司检修通知", "供水公司将检修水管爆裂处，现予通告。")


def topic(folder, ident, zh, terms):
    path = os.path.join(folder, "topics", ident + ".yaml")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(TOPIC.format(id=ident, zh=zh, unit="works", match=terms[0],
                             any="".join(f"  - {t}\n" for t in terms)))
    return path


def town(world, **more):
    folder = os.path.join(world.folder, "rules")
    topic(folder, "lamp", "路灯", ["路灯不亮"])
    topic(folder, "tap", "停水", ["停水三天"])
    site = world.site()
    site.set("/rss", m.rss([("1", *LAMP), ("2", *TAP), ("3", *PIPE), ("4", *NEWS), ("5", *m.OTHER)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], rules=folder,
                          units=UNITS, **more)
    h.wait_for(lambda: daemon.status()["store"]["items"] == 5, what="five items")
    return daemon, folder


def backtest(daemon, *words):
    done = daemon.cli("rules", "backtest", "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_would_change():
    with h.World() as world:
        daemon, folder = town(world)
        new = os.path.join(world.folder, "new")
        topic(new, "lamp", "路灯", ["路灯灭了"])
        topic(new, "tap", "停水", ["停水三天", "水管爆裂"])
        topic(new, "water", "供水", ["停水三天", "{term: 我们村停水, weight: 3}"])
        got = backtest(daemon, "--rules", new)
        assert got["items"] == 5 and got["old"] == daemon.status()["rules"]["version"], got
        assert (got["newly"], got["stops"], got["moves"]) == (1, 1, 1), got
        assert got["alerts"] == {"old": 2, "new": 2}, got
        (newly,), (stops,), (moves,) = (got["samples"][k] for k in ("newly", "stops", "moves"))
        assert newly["title"] == PIPE[0] and newly["old"] is None, newly
        assert newly["new"]["topic"] == "tap" and newly["why"] == "水管爆裂", newly
        assert stops["title"] == LAMP[0] and stops["new"] is None, stops
        assert moves["old"]["topic"] == "tap" and moves["new"]["topic"] == "water", moves
        assert daemon.get("/api/v1/items/" + newly["id"])["title"] == PIPE[0]
        rows = {r["topic"]: r for r in got["topics"]}
        assert rows["lamp"]["stops"] == 1 and rows["lamp"]["new"]["hits"] == 0, rows
        # the notice has the term too, and alerts nobody
        assert rows["tap"]["new"] == {"items": 3, "alerts": 2, "touched": 3, "hits": rows["tap"]["new"]["hits"]}
        assert rows["tap"]["newly"] == 1 and rows["water"]["old"] is None, rows
        terms = {t["term"]: t for t in got["terms"]}
        assert terms["水管爆裂"]["items"] == 2 and terms["水管爆裂"]["share"] == 0.4, terms
        text = daemon.cli("rules", "backtest", "--rules", new).stdout
        assert PIPE[0] in text and "新触发" in text and "backtest: true" in text, text
        # nothing was put in force, and reading was logged
        assert len(daemon.concerns()) == 2
        with open(daemon.log, encoding="utf-8") as f:
            assert "event=corpus.read texts=5" in f.read()


def test_the_folder_is_edited_in_place():
    """Without --rules the folder of those in force, as it is now, is compared with them."""
    with h.World() as world:
        daemon, folder = town(world)
        same = backtest(daemon)
        assert same["old"] == same["new"] and same["same"] == 5, same
        topic(folder, "tap", "停水", ["停水三天", "水管爆裂"])
        got = backtest(daemon, "--since", "2d")
        assert got["old"] == same["old"] != got["new"] and got["newly"] == 1, got
        assert got["items"] == 5 and backtest(daemon, "--since", "2099-01-01T00:00:00Z")["items"] == 0
        # a corrected kind holds for both
        item = got["samples"]["newly"][0]["id"]
        assert daemon.cli("mark", item, "kind", "reported").returncode == 0
        again = backtest(daemon)
        assert again["newly"] == 0 and again["other"] == 2, again
        # what may not be asked for is refused here too
        topic(folder, "tap", "停水", ["停水三天", "群体性事件"])
        done = daemon.cli("rules", "backtest")
        assert done.returncode == 78 and "tap.yaml:7:" in done.stderr, (done.returncode, done.stderr)
        assert daemon.cli("rules", "backtest", "--since", "soon").returncode != 0
        assert daemon.stop() == 0
        assert daemon.cli("rules", "backtest").returncode == 69


def test_pages_of_the_corpus():
    with h.World() as world:
        daemon, _ = town(world, retention={"backtest": True})
        first = daemon.get("/api/v1/corpus?limit=2")
        assert first["texts"] == 5 and first["looked_at"] == 2 and len(first["items"]) == 2, first
        assert first["retention"] == {"unmatched_seconds": 30 * 86400, "matched_seconds": 90 * 86400,
                                      "backtest": True}, first
        seen, cursor = [], ""
        while cursor is not None:
            page = daemon.get("/api/v1/corpus?limit=2" + cursor)
            seen += page["items"]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        assert {k["title"] for k in seen} == {LAMP[0], TAP[0], PIPE[0], NEWS[0], m.OTHER[0]}
        assert len(seen) == 5 and {k["source_kind"] for k in seen} == {"news"}, seen
        # what no rule matched expires first
        assert [k["topic"] is None for k in seen] == [True] * 3 + [False] * 2, seen
        assert daemon.request("GET", "/api/v1/corpus", tcp=True)[0] == 403
        assert daemon.request("GET", "/api/v1/rules/block", tcp=True)[0] == 403
        for asked in ("limit=0", "limit=1001", "cursor=x", "since=yesterday"):
            assert daemon.request("GET", "/api/v1/corpus?" + asked)[0] == 400, asked
        assert "30 天" in daemon.cli("rules", "backtest").stdout


PIPES = ("水管爆裂没人修", "巷口水管爆裂三天了", "楼下水管爆裂，车库都淹了", "又是水管爆裂，请尽快处理", "水管爆裂了怎么办",
         "门前水管爆裂，老人摔倒", "学校旁水管爆裂", "水管爆裂致使路面结冰", "水管爆裂，反映多次无果")
REST = ("公园的花开了", "食堂几点关门", "图书馆借书怎么办证", "公交车改线通告", "广场晚上放电影")


def marked_town(world, sources):
    """Items of so many sources, of which operators said what they are."""
    folder = os.path.join(world.folder, "rules")
    path = topic(folder, "tap", "停水", ["停水三天"])
    site = world.site()
    sites = [f"s{i}" for i in range(sources)]
    for i, name in enumerate(sites):
        own = PIPES[i::sources] + REST[i::sources] + (("村里停水三天了没人管",) if not i else ())
        site.set(f"/{name}", m.rss([(f"{name}-{n}", t, f"第{n}次反映：{t}。") for n, t in enumerate(own)]))
    daemon = world.daemon([h.source(site, n, f"/{n}") for n in sites], rules=folder, units=UNITS)
    count = len(PIPES) + len(REST) + 1
    h.wait_for(lambda: daemon.status()["store"]["items"] == count, what="the items")
    for item in daemon.get("/api/v1/corpus")["items"]:
        words = ("topic", "tap") if "爆裂" in item["title"] else ("right",)
        done = daemon.cli("mark", item["id"], *words)
        assert done.returncode == 0, done.stderr
    return daemon, folder, path


def test_marks_feed_eval_suggest_and_learn():
    with h.World() as world:
        daemon, folder, path = marked_town(world, 3)

        def run(*words):
            done = daemon.cli("rules", *words)
            assert done.returncode == 0, (words, done.returncode, done.stderr[-2000:])
            return done.stdout

        got = json.loads(run("eval", "--marks", "--rules", folder, "--json"))
        rows = {r["label"]: r for r in got["labels"]}
        assert got["single"] and got["items"] == 15, got
        assert (rows["tap"]["right"], rows["tap"]["missed"]) == (1, 9), rows
        assert (rows["none"]["right"], rows["none"]["wrong"]) == (5, 9), rows
        assert got["kinds"]["items"] == 6 and got["kinds"]["missed"] == 0, got["kinds"]
        assert got["requests"]["items"] == 6, got["requests"]
        assert json.loads(run("eval", "--marks", "--since", "1h", "--rules", folder, "--json")) == got
        assert daemon.cli("rules", "eval", "--marks", "--since", "2099-01-01T00:00:00Z", "--rules",
                          folder).returncode == 65
        # a corrected kind is measured as it was corrected
        tap = next(k for k in daemon.get("/api/v1/corpus")["items"] if k["topic"] == "tap")
        assert daemon.cli("mark", tap["id"], "kind", "reported").returncode == 0
        assert daemon.cli("mark", tap["id"], "request", "report").returncode == 0
        again = json.loads(run("eval", "--marks", "--rules", folder, "--json"))
        assert again["kinds"]["wrong"] == 1, again["kinds"]
        missed = {r["request"]: r["missed"] for r in again["requests"]["labels"]}
        assert missed["report"] == 1, again["requests"]
        assert "反映问题" in run("eval", "--marks", "--rules", folder)
        suggested = json.loads(run("suggest", "--topic", "tap", "--marks", "--rules", folder, "--json"))
        assert suggested["gains"] and "爆裂" in suggested["gains"][0]["term"], suggested
        model = os.path.join(world.folder, "model.bin")
        learned = json.loads(run("learn", "--marks", "--out", model, "--json"))
        assert learned["sources"] == 3 and learned["sources_told"], learned
        assert {r["label"] for r in learned["labels"]} == {"tap", "none"}, learned
        # terms that stand in too many of the stored items
        done = daemon.cli("rules", "check", "--items", "--share", "5", folder)
        assert done.returncode == 0 and "15 条语料" in done.stdout, done
        assert "停水" not in done.stderr, done.stderr
        common = os.path.join(world.folder, "common")
        topic(common, "tap", "反映", ["次反映"])
        done = daemon.cli("rules", "check", "--items", "--share", "5", common)
        assert "太常见：15 条中有 15 条" in done.stderr, (done.stdout, done.stderr)
        done = daemon.cli("rules", "check", "--items", "--corpus", path, folder)
        assert done.returncode == 64, done
        # marks and files together
        posts = os.path.join(world.folder, "posts.jsonl")
        with open(posts, "w", encoding="utf-8") as f:
            f.write(json.dumps({"title": "停水三天", "label": "tap", "kind": "raised"}) + "\n")
        both = json.loads(run("eval", "--marks", "--rules", folder, "--json", posts))
        assert both["items"] == 16, both
        for wrong in ({"kind": "opened"}, {"request": "demand"}):
            done = h.cli("rules", "eval", "--rules", folder,
                         stdin=json.dumps({"title": "停水三天", "label": "tap", **wrong}))
            assert done.returncode == 65 and "<stdin>:1: " in done.stderr, done
        # a stored item is explained by the rules in force, with its source
        with open(path, "a", encoding="utf-8") as f:
            f.write("# edited since\n")
        told = json.loads(run("explain", tap["id"], "--json"))
        assert told["id"] == tap["id"] and told["topics"][0]["outcome"] == "given", told
        assert told["rules"] == daemon.status()["rules"]["version"], told
        assert json.loads(run("explain", tap["id"], "--json", "--rules",
                              os.path.join(h.ROOT, "rules")))["rules"] != told["rules"]
        assert daemon.cli("rules", "explain", "0" * 32).returncode == 66


def test_marks_of_two_sources_suggest_nothing():
    with h.World() as world:
        daemon, folder, _ = marked_town(world, 2)
        done = daemon.cli("rules", "suggest", "--topic", "tap", "--marks", "--rules", folder, "--json")
        assert json.loads(done.stdout)["gains"] == [], (done.stdout, done.stderr)
        done = daemon.cli("rules", "learn", "--marks", "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["features"] == 0, (done.stdout, done.stderr)


def learned(world, folder):
    """A model of broken pipes and of the rest, beside the rules."""
    posts = os.path.join(world.folder, "labelled.jsonl")
    with open(posts, "w", encoding="utf-8") as f:
        for label, texts in (("tap", PIPES), ("none", REST * 2)):
            for i, text in enumerate(texts):
                f.write(json.dumps({"title": text, "content_text": f"第{i}次反映：{text}。", "label": label,
                                    "source": f"s{i % 4}"}, ensure_ascii=False) + "\n")
    done = h.cli("rules", "learn", "--out", os.path.join(folder, "model.bin"), posts)
    assert done.returncode == 0, done.stderr


WANTED = ("我家水管爆裂没人修，请求处理", "第7次反映：水管爆裂没人修，请求有关部门尽快处理。")


def test_a_model_proposes_and_opens_only_what_it_may():
    """The same item under the same model: with `learned: true` it opens a concern, else it waits."""
    for may in (False, True):
        with h.World() as world:
            folder = os.path.join(world.folder, "rules")
            path = topic(folder, "tap", "停水", ["停水三天"])
            if may:
                with open(path, "a", encoding="utf-8") as f:
                    f.write("learned: true\n")
            learned(world, folder)
            site = world.site()
            site.set("/rss", m.rss([("1", *WANTED), ("2", *TAP), ("3", *m.OTHER)]))
            daemon = world.daemon([h.source(site, "rss", "/rss")], rules=folder, units=UNITS)
            h.wait_for(lambda: daemon.status()["store"]["items"] == 3, what="three items")
            items = {k["title"]: daemon.get("/api/v1/items/" + k["id"])
                     for k in daemon.get("/api/v1/corpus")["items"]}
            wanted, ruled, other = items[WANTED[0]], items[TAP[0]], items[m.OTHER[0]]
            assert wanted["kind"] == "raised" and ruled["by"] == "rule" and ruled["concern"], items
            assert other["topic"] is None and other["by"] is None and other["proposed"] is None, other
            titles = {k["title"] for c in daemon.concerns()
                      for k in daemon.get("/api/v1/concerns/" + c["id"])["mentions"]}
            assert (WANTED[0] in titles) == may, titles
            if may:
                assert (wanted["topic"]["id"], wanted["by"]) == ("tap", "model"), wanted
                assert wanted["concern"] and wanted["proposed"] is None, wanted
            else:
                assert wanted["topic"] is None and wanted["concern"] is None, wanted
                assert wanted["proposed"]["id"] == "tap" and wanted["proposed"]["name"] == "停水", wanted
            # the queue: what rules and model say differently comes first
            queue = json.loads(daemon.cli("rules", "review", "--json").stdout)
            first = {k["id"]: k["doubt"] for k in queue[:2]}
            assert set(first) == {wanted["id"], ruled["id"]} and min(first.values()) > 0.5, queue
            assert other["id"] not in [k["id"] for k in queue], queue
            assert [k["doubt"] for k in queue] == sorted((k["doubt"] for k in queue), reverse=True)
            assert len(json.loads(daemon.cli("rules", "review", "--limit", "1", "--json").stdout)) == 1
            assert WANTED[0] in daemon.cli("rules", "review").stdout
            assert daemon.request("GET", "/api/v1/review", tcp=True)[0] == 403
            assert daemon.request("GET", "/api/v1/review?limit=201")[0] == 400
            with open(daemon.log, encoding="utf-8") as f:
                assert "event=review.read texts=" in f.read()
            assert daemon.cli("mark", wanted["id"], "topic", "tap").returncode == 0
            queue = json.loads(daemon.cli("rules", "review", "--json").stdout)
            assert wanted["id"] not in [k["id"] for k in queue], queue
            # the same tags from classify, and in the backtest
            line = json.dumps({"id": "x", "title": WANTED[0], "content_text": WANTED[1], "source": "news"},
                              ensure_ascii=False)
            got = json.loads(h.cli("classify", "--rules", folder, stdin=line).stdout)
            assert [(t["topic"], t["by"], t["learned"], t["why"]) for t in got["tags"]] == [
                ("tap", "model", may, [])] and got["doubt"] > 0.5, got
            both = json.dumps({"id": "y", "title": "水管爆裂，停水三天", "content_text": WANTED[1]},
                              ensure_ascii=False)
            tag, = json.loads(h.cli("classify", "--rules", folder, stdin=both).stdout)["tags"]
            assert tag["by"] == "rule" and tag["why"][0]["term"] == "停水三天", tag
            for name in ("deadlines.yaml", "calendars"):
                os.symlink(os.path.join(h.ROOT, "rules", name), os.path.join(folder, name))
            group = h.cli("group", "--rules", folder, stdin=json.dumps({**got, "title": WANTED[0],
                                                                        "content_text": WANTED[1]}))
            assert group.returncode == 0, group.stderr
            assert bool(json.loads(group.stdout)["concern"]) == may, group.stdout
            os.unlink(os.path.join(folder, "model.bin"))
            without = backtest(daemon)
            assert without["stops"] == may and without["old"] != without["new"], without


def test_a_damaged_model_is_refused():
    with h.World() as world:
        folder = os.path.join(world.folder, "rules")
        topic(folder, "tap", "停水", ["停水三天"])
        learned(world, folder)
        path = os.path.join(folder, "model.bin")
        assert h.cli("rules", "check", folder).returncode == 0
        with open(path, "r+b") as f:
            f.seek(100)
            byte = f.read(1)
            f.seek(100)
            f.write(bytes([byte[0] ^ 1]))
        done = h.cli("rules", "check", folder)
        assert done.returncode == 78 and "model.bin" in done.stderr, done
        with open(path, "wb") as f:
            f.write(b"not a model")
        assert "model.bin" in h.cli("rules", "check", folder).stderr


def test_unmatched_texts_stay_a_week_or_a_month():
    """The clock is set on: without backtest a week, with it thirty days."""
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    for backtest_on, days in ((False, 7), (True, 30)):
        with h.World() as world:
            clock = h.Clock(world.base)
            site = world.site()
            site.set("/rss", m.rss([("1", *m.OTHER), ("2", *m.WAGES)]))
            more = {"retention": {"backtest": True}} if backtest_on else {}
            daemon = world.daemon([h.source(site, "rss", "/rss")], False, demonstration={"rate": 1},
                                  **more)
            with clock.faked():
                daemon.start()

            def titles():
                return {k["title"] for k in daemon.get("/api/v1/corpus")["items"]}

            h.wait_for(lambda: titles() == {m.OTHER[0], m.WAGES[0]}, what="two texts")
            clock.shift(f"+{days - 1}d")
            h.wait_for(lambda: days - 1.5 < clock.days(daemon.status()["now"]), what="the clock")
            assert titles() == {m.OTHER[0], m.WAGES[0]}
            clock.shift(f"+{days + 1}d")
            h.wait_for(lambda: titles() == {m.WAGES[0]}, 30, "the end of the unmatched text")
            assert daemon.stop() == 0


if __name__ == "__main__":
    h.main(globals())
