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


def decided_by_hand(daemon, concern):
    """研判 may hold for an emergency what its topic does not, and take that back."""
    def said(*more):
        done = daemon.cli("assess", concern, "--note", "已核实", *more)
        assert done.returncode == 0, done.stderr
        one = daemon.get("/api/v1/concerns/" + concern)
        last = [e["data"] for e in one["events"] if e["type"].endswith(".assessed")][-1]
        return (one["emergency"], one["emergency_decided"], last.get("emergency"),
                sorted(c["rule"] for c in one["clocks"] if not c["met"]))

    graver = ["major-24h", "major-5h", "ordinary-48h"]
    assert said("--grade", "major") == (False, False, None, ["ordinary-48h"])
    shown = daemon.cli("concerns", "show", concern).stdout
    assert "突发事件 (emergency)：否 no，依事项" in shown, shown
    assert said("--grade", "major", "--emergency", "yes") == (True, True, True, graver)
    assert said("--grade", "grave") == (True, True, None, graver)
    assert said("--grade", "grave", "--emergency", "no") == (False, True, False, ["ordinary-48h"])
    shown = daemon.cli("concerns", "show", concern).stdout
    assert "随研判搁置于" in shown and "降级" not in shown, shown  # the grade is the same
    assert "突发事件 (emergency)：否 no，研判所定" in shown and " 突发事件 (emergency)" in shown, shown
    wrong = daemon.cli("assess", concern, "--grade", "major", "--note", "x", "--emergency", "maybe")
    assert wrong.returncode and "emergency 应为" in wrong.stderr, wrong.stderr


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
                      "grade": grade, "emergency": topic == "epidemic"})
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, rules=rules,
                              demonstration={"rate": 1})
        with clock.faked():
            daemon.start()
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
        ids = {c["topic"]["id"]: c["id"] for c in daemon.concerns()}
        assert graded(daemon, ids["wage-arrears"]) == {}, "below 重大 no such clock runs"
        decided_by_hand(daemon, ids["wage-arrears"])
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
        for _ in range(2):  # nor does another 研判 make it look as if it had been done
            shown = daemon.get("/api/v1/concerns/" + ids["epidemic"])
            ended = {c["rule"]: c["overdue"] for c in shown["clocks"] if c["ended"]}
            assert ended == {"major-5h": True, "major-24h": False}, shown["clocks"]
            daemon.cli("assess", ids["epidemic"], "--grade", "larger", "--note", "系普通感冒")
        clock.shift(f"+{25 * 3600}")
        h.wait_for(lambda: told(daemon)["reminded", "reply", 50], 30, "half of two days")
        counts = told(daemon)
        assert counts["escalated", "assess", 1] == 1, counts
        assert not counts["overdue", "briefing", None], counts


def test_a_merge_makes_an_emergency_that_nobody_decided():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU)]))
        rules = os.path.join(world.folder, "r")
        for topic, word, grave in (("wage-arrears", "拖欠工资", False), ("epidemic", "发热", True)):
            put(rules, f"topics/{topic}.yaml",
                text={**TOPIC, "id": topic, "deadlines": ["ordinary-48h"], "any": [word],
                      "grade": "major" if grave else "ordinary", "emergency": grave})
        daemon = world.daemon([h.source(site, "rss", "/rss")], rules=rules)
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
        ids = {c["topic"]["id"]: c["id"] for c in daemon.concerns()}
        before = graded(daemon, ids["epidemic"])
        done = daemon.cli("merge", ids["epidemic"], "--into", ids["wage-arrears"])
        assert done.returncode == 0, done.stderr
        one = daemon.get("/api/v1/concerns/" + ids["wage-arrears"])
        assert (one["emergency"], one["emergency_decided"]) == (True, False), one
        assert graded(daemon, ids["wage-arrears"]).keys() == before.keys(), one["clocks"]
        joined = [e["data"] for e in one["events"] if e["type"].endswith(".joined")][-1]
        assert joined["emergency"] is True and joined["grade"] == "major", joined
        shown = daemon.cli("concerns", "show", ids["wage-arrears"]).stdout
        assert "突发事件 (emergency)：是 yes，依事项或并入的诉求" in shown, shown
        daemon.kill()
        daemon.start()
        again = daemon.get("/api/v1/concerns/" + ids["wage-arrears"])
        assert (again["emergency"], again["emergency_decided"]) == (True, False), again
        assert [c["due"] for c in again["clocks"]] == [c["due"] for c in one["clocks"]], again
        daemon.stop()


def major_flu(world, deadline, **conf):
    """A daemon in whose town a post of flu is a major matter: with its clock, and the concern."""
    clock, site = h.Clock(world.base), world.site()
    site.set("/rss", m.rss([("1", *m.FLU)]))
    rules = os.path.join(world.folder, "r")
    put(rules, "topics/epidemic.yaml", text={**TOPIC, "id": "epidemic", "any": ["发热"],
                                             "deadlines": [deadline], "grade": "major"})
    daemon = world.daemon([h.source(site, "rss", "/rss")], False, rules=rules,
                          demonstration={"rate": 1}, **conf)
    with clock.faked():
        daemon.start()
    return daemon, clock, h.wait_for(daemon.concerns, what="a concern")[0]["id"]


def test_a_grade_raised_again_winds_no_clock_back():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        daemon, clock, concern = major_flu(world, "ordinary-48h")

        def decide(grade):
            done = daemon.cli("assess", concern, "--grade", grade, "--note", "已核实")
            assert done.returncode == 0, done.stderr

        decide("major")
        clock.shift(f"+{3 * 3600}")
        h.wait_for(lambda: told(daemon)["reminded", "first-info", 50], 30, "half of five hours")
        decide("larger")
        shown = daemon.cli("concerns", "show", concern).stdout
        assert "随研判搁置于" in shown, shown
        daemon.kill()
        with clock.faked():
            daemon.start()
        clock.shift(f"+{4 * 3600 + 600}")  # past 80 % of them
        decide("major")
        now = graded(daemon, concern)
        assert (now["major-5h"], now["major-24h"]) == ((False, 5), (False, 24)), now
        h.wait_for(lambda: told(daemon)["reminded", "first-info", 80], 30, "four fifths of them")
        decide("larger")
        clock.shift(f"+{7 * 3600}")
        counts = told(daemon)
        assert not counts["overdue", "first-info", None], counts  # nobody is held to it
        decide("grave")
        h.wait_for(lambda: told(daemon)["escalated", "first-info", 1], 30, "that it is overdue")
        assert graded(daemon, concern) == now
        counts = told(daemon)
        assert counts["overdue", "first-info", None] == 1, counts
        assert all(counts["reminded", "first-info", n] == 1 for n in (50, 80)), counts
        assert not counts["reminded", "briefing", 50], counts
        daemon.stop()


def test_nobody_is_late_for_what_was_put_aside():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        with open(os.path.join(h.ROOT, "rules", "deadlines.yaml"), encoding="utf-8") as f:
            table = yaml.safe_load(f)
        table["rules"].append(yaml.safe_load(RULES)["rules"][1])
        put(world.folder, "deadlines.yaml", text=table)
        daemon, clock, concern = major_flu(world, "long-300wd", deadlines=os.path.join(
            world.folder, "deadlines.yaml"))

        def act(*words):
            done = daemon.cli(words[0], concern, *words[1:])
            assert done.returncode == 0, done.stderr

        act("assess", "--grade", "major", "--note", "已核实")
        act("assess", "--grade", "larger", "--note", "已核实")
        clock.shift("+1d")
        h.wait_for(lambda: clock.days(daemon.status()["now"]) > 0.9, what="the next day")
        act("progress", "--url", "https://www.example.gov.cn/1.html")
        shown = {c["rule"]: c for c in daemon.get("/api/v1/concerns/" + concern)["clocks"]}
        told_so = shown["major-5h"]
        assert told_so["met"] > told_so["due"], told_so
        assert not told_so["overdue"] and not told_so["ended"], told_so
        assert shown["major-24h"]["ended"] and not shown["major-24h"]["overdue"], shown
        line = [row for row in daemon.cli("concerns", "show", concern).stdout.splitlines()
                if row.endswith("[major-5h]")]
        assert "办于" in line[0] and "超期" not in line[0], line
        daemon.stop()


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


def explained(topic, *more):
    done = h.cli("route", "explain", "--config",
                 os.path.join(h.ROOT, "examples", "town", "huiying.yaml"), "--topic", topic,
                 "--grade", "major", "--from", "2026-12-30T20:00:00+08:00", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_route_explain_and_due():
    way = json.loads(explained("wage-arrears", "--json"))  # however grave, no emergency
    assert not way["emergency"] and way["held_back"] == ["major-5h", "major-24h"], way
    assert {c["act"] for c in way["clocks"]} == {"accept", "reply", "assess"}, way
    told_so = [line for line in explained("wage-arrears").splitlines() if "emergency: false" in line]
    assert [line.split()[-1] for line in told_so] == ["major-5h", "major-24h"], told_so
    way = json.loads(explained("epidemic", "--json"))
    assert way["emergency"] and not way["held_back"], way
    assert way["units"] and way["candidates"][-1]["by"] == "last-resort", way
    clocks = {c["rule"]: c for c in way["clocks"]}
    assert clocks["major-5h"]["due"] == "2026-12-31T01:00:00+08:00", clocks
    assert clocks["major-5h"]["provisional"] and "assess-30min" in clocks
    for wrong in (["--topic", "nonesuch"], ["--topic", "wage-arrears", "--grade", "red"],
                  ["--topic", "wage-arrears", "--region", "12"],
                  ["--topic", "wage-arrears", "--region", "999999"]):
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
