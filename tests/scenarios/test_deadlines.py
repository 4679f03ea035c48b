#!/usr/bin/python3
"""Clocks of a running daemon: each announcement exactly once, however time is set and the daemon
ends; units, routes, deadlines and calendars are taken by a reload, all of them or none.
"""
import collections
import datetime
import json
import os

import harness as h
import material as m
import yaml

RULES = """
escalation: [0h, 24h, 72h]
rules:
  - {id: accept-2h, clock: wall, within: 2h, act: accept, starts: dispatched, basis: x}
  - {id: long-300wd, clock: workday, days: 300, act: reply, basis: x}
"""
TOPIC = {"id": "wage-arrears", "name": {"zh": "拖欠工资", "en": "Wage arrears"}, "unit": "labour",
         "deadlines": ["accept-2h", "long-300wd"], "any": ["拖欠工资"]}


def put(*path, text):
    path = os.path.join(*path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text if isinstance(text, str)
                else yaml.dump(text, Dumper=h.Plain, allow_unicode=True, sort_keys=False))


def told(daemon):
    """How often each was announced, as the ledger has it."""
    stream = h.Stream(daemon)
    head = daemon.status()["head"]
    h.wait_for(lambda: stream.ids and stream.ids[-1] >= head, 20, "the events")
    stream.close()
    out = collections.Counter()
    for event in stream.events:
        data = event["data"]
        out[h.kind_of(event), data.get("act"), data.get("percent", data.get("level"))] += 1
    return out


def test_each_is_announced_once_whatever_the_clock_does():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        clock = h.Clock(world.base)
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, demonstration={"rate": 1})
        timed = ("reminded", "overdue", "escalated")

        def at(days):
            clock.shift(f"{days:+d}d")
            h.wait_for(lambda: abs(clock.days(daemon.status()["now"]) - days) < 0.1,
                       what="the clock")

        def timers():
            return {k: n for k, n in told(daemon).items() if k[0] in timed}

        with clock.faked():
            daemon.start()
        h.wait_for(daemon.concerns, what="a concern")
        assert not timers()
        at(-10)
        at(1)  # past 签收 and its first 督办; the reply has run half
        once = {("overdue", "accept", None): 1, ("escalated", "accept", 1): 1,
                ("reminded", "reply", 50): 1}
        h.wait_for(lambda: timers().keys() >= once.keys(), 30, "the first day's announcements")
        assert timers() == once, timers()
        at(-10)
        daemon.kill()
        with clock.faked():
            daemon.start()
        assert timers() == once, timers()
        at(10)
        for act, levels in (("accept", (2, 3)), ("reply", (1, 2, 3))):
            once.update({("escalated", act, level): 1 for level in levels})
        once["overdue", "reply", None] = 1
        h.wait_for(lambda: timers().keys() >= once.keys(), 30, "what is overdue for days")
        for days in (0, 10, -10, 20):
            at(days)
            if days == 10:
                daemon.kill()
                with clock.faked():
                    daemon.start()
        assert daemon.request("POST", "/api/v1/rules/load", "{}", limit=60)[0] == 200
        assert timers() == once, timers()
        daemon.stop()


def graded(daemon, concern):
    """Of an emergency's clocks: rule, whether it waits for 研判, and how far from the finding."""
    shown = daemon.get("/api/v1/concerns/" + concern)
    opened = datetime.datetime.fromisoformat(shown["opened"])
    return {c["rule"]: (c["provisional"], (datetime.datetime.fromisoformat(c["due"]) -
                                           opened).total_seconds() / 3600)
            for c in shown["clocks"] if c["rule"] not in ("ordinary-48h",)}


def test_an_emergency_runs_until_somebody_decides():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        clock, site = h.Clock(world.base), world.site()
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU)]))
        rules = os.path.join(world.folder, "r")
        for topic, word, grade in (("wage-arrears", "拖欠工资", "larger"),
                                   ("epidemic", "发热", "major")):
            put(rules, f"topics/{topic}.yaml",
                text={**TOPIC, "id": topic, "deadlines": ["ordinary-48h"], "any": [word],
                      "grade": grade})
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, rules=rules,
                              demonstration={"rate": 1})
        with clock.faked():
            daemon.start()
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
        ids = {c["topic"]["id"]: c["id"] for c in daemon.concerns()}
        assert graded(daemon, ids["wage-arrears"]) == {}, "below 重大 no such clock runs"
        first = graded(daemon, ids["epidemic"])
        assert first == {
            "major-5h": (True, 5), "major-24h": (True, 24), "assess-30min": (True, 0.5)}, first
        assert not told(daemon)["escalated", "assess", 1]
        clock.shift(f"+{31 * 60}")
        h.wait_for(lambda: told(daemon)["escalated", "assess", 1], 30, "that nobody decided")
        done = daemon.cli("assess", ids["epidemic"], "--grade", "major", "--note", "已核实")
        assert done.returncode == 0, done.stderr
        now = graded(daemon, ids["epidemic"])
        assert (now["major-5h"], now["major-24h"]) == ((False, 5), (False, 24)), now
        clock.shift(f"+{301 * 60}")
        h.wait_for(lambda: told(daemon)["overdue", "first-info", None], 30, "five hours to go by")
        # it was none: its clocks end, and the day's is never told
        done = daemon.cli("assess", ids["epidemic"], "--grade", "larger", "--note", "系普通感冒")
        assert done.returncode == 0, done.stderr
        assert "major-24h" not in graded(daemon, ids["epidemic"])
        clock.shift(f"+{25 * 3600}")
        h.wait_for(lambda: told(daemon)["reminded", "reply", 50], 30, "half of two days")
        counts = told(daemon)
        assert counts["escalated", "assess", 1] == 1, counts
        assert not counts["overdue", "briefing", None], counts


def load(daemon):
    status, answer = daemon.request("POST", "/api/v1/rules/load", "{}", limit=60)
    return status, json.loads(answer)


def test_a_reload_takes_units_deadlines_and_calendars():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES)]))
        rules, calendars = os.path.join(world.folder, "r"), os.path.join(world.folder, "r/calendars")
        put(rules, "deadlines.yaml", text=RULES)
        put(rules, "topics/wage-arrears.yaml", text=TOPIC)
        put(calendars, "cn-2007.yaml",
            text="year: 2007\nsource: [https://a.cn/x]\noff: []\nwork: []\n")
        daemon = world.daemon([h.source(site, "rss", "/rss")], rules=rules,
                              deadlines=os.path.join(rules, "deadlines.yaml"), calendars=calendars)
        concern = h.wait_for(daemon.concerns, what="a concern")[0]
        year = int(concern["opened"][:4])
        missing = daemon.status()["deadlines"]["calendar_missing"]
        assert missing == year, missing
        assert all(c["provisional"] == (c["act"] == "reply") for c in concern["clocks"])

        # a year that nobody has published: everything as it was, with the places of what is wrong
        units = {**h.UNITS, "units": [dict(u) for u in h.UNITS["units"]]}
        units["units"][1]["parent"] = "labour"
        put(world.folder, "units.yaml", text=units)
        put(world.folder, "routes.yaml", text="routes:\n  - {topic: nonesuch, units: [labour]}\n")
        for n in range(year, year + 3):
            put(calendars, f"cn-{n}.yaml", text=f"year: {n}\nsource: [https://a.cn/x]\noff: "
                                                f"[{n}-10-01..{n}-10-07]\nwork: []\n")
        status, answer = load(daemon)
        assert status == 422 and "units.yaml" in json.dumps(answer), answer
        assert daemon.concerns()[0]["due"] == concern["due"]

        units["units"][1].update(parent="office", name={"zh": "人力资源所"})
        put(world.folder, "units.yaml", text=units)
        status, answer = load(daemon)  # the route names a topic that there is not
        assert status == 422 and "routes.yaml" in json.dumps(answer), answer
        put(world.folder, "routes.yaml",
            text="routes:\n  - {topic: wage-arrears, units: [health, market]}\n")
        status, answer = load(daemon)
        assert status == 200 and answer["changed"], answer
        h.wait_for(lambda: told(daemon)["recomputed", "reply", None], what="the recomputation")
        after = daemon.concerns()[0]
        due = json.loads(h.cli("due", "--json", "--rules", rules, "--rule", "long-300wd", "--from",
                               concern["opened"]).stdout)
        assert after["due"] == due["due"] and not due["provisional"], (after, due)
        assert after["due"] != concern["due"]
        assert not any(c["provisional"] for c in after["clocks"])
        assert after["unit"]["name"] == "人力资源所", after["unit"]
        assert daemon.status()["deadlines"]["calendar_missing"] is None

        # what is found from now on goes by the new routes
        site.set("/rss", m.rss([("2", *m.numbered(m.WAGES, 7)), ("1", *m.WAGES)]))
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="another concern")
        assert {c["unit"]["id"] for c in daemon.concerns()} == {"labour", "health"}
        told_of = told(daemon)
        assert told_of["assisted", None, None] == 1, told_of
        assert not load(daemon)[1]["changed"]
        daemon.kill()
        daemon.start()
        told_of = told(daemon)
        assert told_of["recomputed", "reply", None] == 1, told_of
        assert told_of["missing", None, None] == 1, told_of
        daemon.stop()


def test_route_explain_and_due():
    done = h.cli("route", "explain", "--config",
                 os.path.join(h.ROOT, "examples", "town", "huiying.yaml"), "--topic",
                 "wage-arrears", "--grade", "major", "--from", "2026-12-30T20:00:00+08:00",
                 "--json")
    assert done.returncode == 0, done.stderr
    way = json.loads(done.stdout)
    assert way["units"] and way["candidates"][-1]["by"] == "last-resort", way
    clocks = {c["rule"]: c for c in way["clocks"]}
    assert clocks["major-5h"]["due"] == "2026-12-31T01:00:00+08:00", clocks
    assert clocks["major-5h"]["provisional"] and "assess-30min" in clocks
    for wrong in (["--topic", "nonesuch"], ["--topic", "wage-arrears", "--grade", "red"],
                  ["--topic", "wage-arrears", "--region", "12"]):
        assert h.cli("route", "explain", *wrong).returncode == 65, wrong
    assert h.cli("route", "explain").returncode == 64
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    with open(os.path.join(h.ROOT, "rules", "deadlines.yaml"), encoding="utf-8") as f:
        ids = [r["id"] for r in yaml.safe_load(f)["rules"]]
    for ident in ids:
        due = json.loads(h.cli("due", "--json", "--rule", ident, "--from", now).stdout)
        assert list(due) == ["rule", "from", "due", "clock", "act", "basis", "provisional"], due
        assert due["due"].endswith("+08:00")


if __name__ == "__main__":
    h.main(globals())
