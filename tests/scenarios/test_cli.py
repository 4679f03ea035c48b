#!/usr/bin/python3
"""The commands' forms of input and output, on which others' programs rely."""
import json
import os
import re
import shlex
import shutil
import subprocess

import harness as h
import material as m

TOPICS = {"wage-arrears", "epidemic", "food-drug-safety"}


def lines(*pairs):
    return "".join(json.dumps({"id": str(i), "title": t, "content_text": x}, ensure_ascii=False) + "\n"
                   for i, (t, x) in enumerate(pairs))


def test_parse_gives_json_feed():
    for name, text in (("rss", m.rss([("1", *m.WAGES)])), ("rdf", m.rdf([("1", *m.WAGES)])),
                       ("atom", m.atom([("1", *m.WAGES)])), ("json", m.json_feed([("1", *m.WAGES)]))):
        done = h.cli("parse", stdin=text)
        assert done.returncode == 0, (name, done.stderr)
        feed = json.loads(done.stdout)
        assert feed["version"] == "https://jsonfeed.org/version/1.1", feed
        assert feed["_huiying"]["format"] == name, feed["_huiying"]
        assert feed["_huiying"]["encoding"].lower() == "utf-8", feed["_huiying"]
        assert isinstance(feed["_huiying"]["problems"], list)
        assert feed["items"][0]["title"] == m.WAGES[0], feed["items"]
        assert not {"authors", "author"} & set(feed["items"][0]) and "authors" not in feed


def test_parse_takes_a_file_and_refuses_what_is_no_feed():
    with h.World() as world:
        path = os.path.join(world.folder, "feed.xml")
        with open(path, "w", encoding="gb18030") as f:
            f.write(m.rss([("1", *m.WAGES)]).replace("UTF-8", "GB18030"))
        done = h.cli("parse", path)
        feed = json.loads(done.stdout)
        assert feed["_huiying"]["encoding"].lower() == "gb18030", feed["_huiying"]
        assert feed["items"][0]["title"] == m.WAGES[0]
    for text in ("", "hello", "<html><body>no</body></html>", '{"a": 1}', "\0\0\0"):
        done = h.cli("parse", stdin=text)
        assert done.returncode == 65, (text, done.returncode, done.stdout)
    missing = h.cli("parse", "/nonexistent/feed.xml")
    assert missing.returncode not in (0, 65) and missing.stderr.startswith("huiying: "), missing


def test_classify_names_topic_and_why():
    done = h.cli("classify", stdin=lines(m.WAGES, m.FLU, m.FOOD, m.OTHER, m.NOTICE))
    assert done.returncode == 0, done.stderr
    rows = h.json_lines(done.stdout)
    assert [r["id"] for r in rows] == ["0", "1", "2", "3", "4"]
    found = [{t["topic"] for t in r["tags"]} for r in rows]
    assert "wage-arrears" in found[0] and "epidemic" in found[1] and "food-drug-safety" in found[2]
    assert not found[3], rows[3]
    assert [r["kind"] for r in rows[:3]] == ["raised"] * 3, rows
    assert rows[4]["kind"] == "reported", rows[4]
    for row, pair in zip(rows, (m.WAGES, m.FLU, m.FOOD)):
        whole = (pair[0] + "\n" + pair[1]).encode()
        for tag in row["tags"]:
            assert 0 < tag["score"] <= 1 and tag["why"], tag
            for why in tag["why"]:
                assert 0 <= why["start"] < why["end"] <= len(whole), why
                whole[why["start"]:why["end"]].decode()


def test_offsets_hold_after_masking():
    phone = "13812345678"
    text = (m.WAGES[0], f"电话{phone}，" + m.WAGES[1])
    plain = h.json_lines(h.cli("classify", stdin=lines(text)).stdout)[0]
    assert phone not in json.dumps(plain)
    whole = (text[0] + "\n" + text[1]).encode()
    spans = [whole[w["start"]:w["end"]].decode() for t in plain["tags"] for w in t["why"]]
    assert spans and any("拖欠" in s or "工资" in s or "讨薪" in s for s in spans), spans


def test_classify_reports_bad_lines():
    done = h.cli("classify", stdin="{}\nnot json\n")
    assert done.returncode == 65 and re.search(r"^huiying: .*:2: ", done.stderr, re.M), done


def test_what_cannot_be_read_is_not_taken_for_empty():
    for words in (["audit", "verify"], ["classify"], ["group"], ["burst"], ["rules", "eval"],
                  ["rules", "suggest", "--topic", "epidemic"], ["rules", "learn"],
                  ["rules", "check", "--corpus"]):
        done = h.cli(*words, h.ROOT)
        assert done.returncode == 66 and "没有改动" not in done.stdout, (words, done)
        assert re.search(f"^huiying: {re.escape(h.ROOT)}:1: 读不下去", done.stderr), (words, done)


def test_what_is_not_there_is_told_as_such():
    none = "/nonexistent/x"
    for words in (["drill", "run", none], ["rules", "load", none], ["store", "restore", none],
                  ["keys", "list", "--keys", none], ["store", "check", none]):
        done = h.cli(*words)
        assert done.returncode == 66, (words, done)
        assert re.search(f"^huiying: {none}: .*[一-鿿].*[a-z]", done.stderr), (words, done)
    done = h.cli("due", "--list", "--rules", none)
    assert done.returncode == 78 and "input/output" not in done.stderr, done
    done = h.cli("accounts", "add", "a", "--role", "king", stdin="three bridges, one river\n")
    assert done.returncode == 64 and "--role" in done.stderr, done
    with h.World() as world:
        daemon = world.daemon([])
        for words in (["concerns", "show", "c9"], ["keys", "revoke", "--role", "unit", "moon"],
                      ["feeds", "remove", "moon"]):
            done = daemon.cli(*words)
            name = words[-1]
            assert done.returncode == 66, (words, done)
            assert done.stderr == f"huiying: {name}: 找不到 (not found)\n", (words, done)


def test_robots():
    with h.World() as world:
        path = os.path.join(world.folder, "robots.txt")
        with open(path, "w", encoding="utf-8") as f:
            f.write("User-agent: *\nDisallow: /private\nAllow: /private/open\n\n"
                    "User-agent: huiying\nDisallow: /no\n")
        for agent, url, status in (("huiying", "http://x.example/no/a", 1),
                                   ("huiying", "http://x.example/private", 0),
                                   ("other", "http://x.example/private/x", 1),
                                   ("other", "http://x.example/private/open", 0)):
            done = h.cli("robots", "--agent", agent, path, url)
            assert done.returncode == status, (agent, url, done)


def test_due():
    cases = [("ordinary-48h", "2026-01-01T10:00:00+08:00", "2026-01-03T10:00:00+08:00", "wall"),
             ("accept-30min", "2026-01-01T02:00:00Z", "2026-01-01T10:30:00+08:00", "wall"),
             ("enquiry-2wd", "2026-01-05T09:00:00+08:00", "2026-01-07T17:30:00+08:00", "workday")]
    for rule, start, due, clock in cases:
        done = h.cli("due", "--json", "--rule", rule, "--from", start)
        assert done.returncode == 0, done.stderr
        got = json.loads(done.stdout)
        assert (got["rule"], got["due"], got["clock"]) == (rule, due, clock), got
        assert {"act", "basis", "provisional", "from"} <= set(got), got
    assert json.loads(h.cli("due", "--json", "--rule", "enquiry-2wd", "--from",
                            "2098-01-05T09:00:00+08:00").stdout)["provisional"] is True
    rules = {r["rule"]: r for r in h.json_lines(h.cli("due", "--list", "--json").stdout)}
    assert {rule for rule, *_ in cases} <= set(rules) and all(r["basis"] for r in rules.values()), rules
    assert (rules["major-5h"]["seconds"], rules["major-5h"]["grade"]) == (5 * 3600, "major"), rules
    assert [i for i, r in rules.items() if r["emergency"]] == ["major-5h", "major-24h"], rules
    assert (rules["enquiry-2wd"]["workdays"], rules["enquiry-2wd"]["seconds"]) == (2, None), rules
    told = {line.split()[0]: line for line in h.cli("due", "--list").stdout.splitlines()}
    assert set(told) == set(rules) and "30 分钟" in told["accept-30min"], told
    assert h.cli("due", "--list", "--rule", "enquiry-2wd").returncode == 64
    assert h.cli("due", "--json", "--rule", "nothing", "--from", cases[0][1]).returncode != 0
    assert h.cli("due", "--json", "--rule", "ordinary-48h", "--from", "today").returncode != 0


def test_group():
    text = lines(m.WAGES, m.FLU, m.WAGES, (m.WAGES[0], m.WAGES[1] + "顶。"), m.FOOD)
    rows = h.json_lines(h.cli("group", stdin=text).stdout)
    assert [r["id"] for r in rows] == list("01234"), rows
    concern = [r["concern"] for r in rows]
    assert concern[0] == concern[2] == concern[3] and len(set(concern)) == 3, concern
    marked = h.json_lines(h.cli("group", stdin="\ufeff" + text).stdout)  # as editors save it
    assert marked == rows, marked


def test_rules_check():
    done = h.cli("rules", "check", os.path.join(h.ROOT, "rules"))
    assert done.returncode == 0, done.stderr
    assert h.cli("rules", "check", "/nonexistent").returncode != 0


def test_a_rules_folder_needs_only_topics():
    """Cues, places and refusals come from the shipped rules."""
    with h.World() as world:
        topics = os.path.join(world.folder, "topics")
        os.mkdir(topics)
        shutil.copy(os.path.join(h.ROOT, "rules", "topics", "epidemic.yaml"), topics)
        done = h.cli("rules", "check", world.folder)
        assert done.returncode == 0 and "1 个事项" in done.stdout, done
        done = h.cli("classify", "--rules", world.folder, stdin=lines(m.FLU, m.WAGES))
        assert [[t["topic"] for t in r["tags"]] for r in h.json_lines(done.stdout)] == \
            [["epidemic"], []], done
        done = h.cli("classify", stdin="{nonsense\n")
        assert done.returncode == 65 and "不是 JSON (not JSON)" in done.stderr, done


def test_help_version_and_usage():
    done = h.cli("feeds", "--help")
    assert done.returncode == 0 and "feeds discover" in done.stdout, done
    assert "rules check" not in done.stdout, done
    done = h.cli("feeds")
    assert done.returncode == 64 and "huiying feeds --help" in done.stderr, done
    done = h.cli("--help")
    assert done.returncode == 0 and "listen" in done.stdout
    assert re.search(r"\d+\.\d+", h.cli("--version").stdout)
    for command in ("parse", "classify", "listen", "due"):
        done = h.cli(command, "--help")
        assert done.returncode == 0 and done.stdout, command
    assert h.cli("no-such-command").returncode == 64
    assert h.cli("due", "--no-such-option").returncode == 64
    done = h.cli("status", env={"HUIYING_SOCKET": "/nonexistent/huiying.sock"})
    assert done.returncode == 69 and done.stderr.startswith("huiying: "), done


def test_listen_replays_filters_and_follows():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
        rows = h.json_lines(daemon.cli("listen", "--since", "0", "--topic", "epidemic",
                                       "--once", "2").stdout)
        assert rows and {r["data"]["topic"] for r in rows} == {"epidemic"}, rows
        later = h.json_lines(daemon.cli("listen", "--since", "2", "--once", "1").stdout)
        assert int(later[0]["seq"]) == 3, later
        mine = h.json_lines(daemon.cli("listen", "--unit", "labour", "--once", "1").stdout)
        assert mine[0]["data"]["topic"] == "wage-arrears", mine
        status = json.loads(daemon.cli("status", "--json").stdout)
        assert status["head"] >= 4 and status["epoch"], status
        rows = json.loads(daemon.cli("concerns", "--json", "--topic", "epidemic").stdout)
        assert len(rows["items"]) == 1, rows


def completed(*words):
    """What bash itself, with the installed file, offers in place of the last word."""
    script = f"""PATH={shlex.quote(h.BUILD)}:$PATH
. {shlex.quote(os.path.join(h.ROOT, "packaging", "huiying.bash"))}
COMP_WORDS=({" ".join(shlex.quote(w) for w in ("huiying", *words))}) COMP_CWORD={len(words)}
_huiying
printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    return done.stdout.split()


def test_bash_completes_words_and_options():
    first = completed("")
    assert len(first) == len(set(first)) and {"parse", "rules", "due", "feeds"} <= set(first), first
    assert completed("rul") == ["rules"]
    assert {"check", "eval", "learn"} <= set(completed("rules", "")) and "parse" not in \
        completed("rules", "")
    assert completed("rules", "back") == ["backtest"]
    assert {"--rule", "--json", "--help"} <= set(completed("due", "--"))
    assert completed("due", "--rul") == ["--rule", "--rules"]
    assert completed("rules", "check", "--conf") == ["--config"]
    assert completed("parse", "") == [] and completed("nonsense", "--") == []


if __name__ == "__main__":
    h.main(globals())
