#!/usr/bin/python3
"""A matter that grows hot proposes a grade, once; a topic's surge is seen in a file of items."""
import datetime
import json

import harness as h
import material as m
from test_group import FIRST

SOURCES = ("a", "b", "c")


def proposals(daemon):
    stream = h.Stream(daemon)
    try:
        head = daemon.status()["store"]["events"]
        h.wait_for(lambda: len(list(stream.events)) >= head, 20, "all events")
        return [e["data"] for e in list(stream.events) if h.kind_of(e) == "proposed"]
    finally:
        stream.close()


def test_heat_proposes_a_grade_once():
    with h.World() as world:
        site = world.site()
        for name in SOURCES:
            site.set("/" + name, m.json_feed([]), "application/feed+json")
        daemon = world.daemon([h.source(site, n, "/" + n, region="350199101") for n in SOURCES])
        posts = {name: [] for name in SOURCES}

        def post(count):
            for i in range(count):
                name = SOURCES[i % 3]
                posts[name].append((f"{name}{len(posts[name])}", *FIRST))
            for name in SOURCES:
                site.set("/" + name, m.json_feed(posts[name]), "application/feed+json")
            total = sum(map(len, posts.values()))
            h.wait_for(lambda: daemon.status()["store"]["items"] == total, 40, f"{total} items")

        post(9)
        assert daemon.status()["store"]["concerns"] == 1
        assert proposals(daemon) == []
        post(3)
        told = proposals(daemon)
        assert len(told) == 1, told
        assert (told[0]["grade"], told[0]["code"], told[0]["before"]) == ("larger", "heat", 3)
        daemon.kill()
        daemon.start()
        post(3)
        assert len(proposals(daemon)) == 1, "again, after a restart"
        hot = json.loads(daemon.cli("heat", "--json").stdout)["items"]
        assert len(hot) == 1 and hot[0]["rate"] > 1 and hot[0]["grade"] == "larger", hot
        assert "较大" in daemon.cli("heat").stdout
        one = daemon.get("/api/v1/concerns/" + hot[0]["id"])
        assert one["criteria"] and all(c["text"] and c["source"] for c in one["criteria"]), one
        measures = {m["name"]: (m["needs"], m["has"], m["met"]) for m in one["measures"]}
        assert measures["items"] == (10, 15, True), measures
        assert measures["sources"] == (3, 3, True), measures
        shown = daemon.cli("concerns", "show", hot[0]["id"]).stdout
        assert "[✓] 条数 (items) 15，标准 (asked) 10" in shown, shown
        for criterion in one["criteria"]:
            assert "[ ] " + criterion["text"] in shown, shown


def lines(hours, each, surge):
    start = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)
    for hour in range(hours):
        for i in range(each * (3 if hour in surge else 1)):
            at = start + datetime.timedelta(hours=hour, seconds=i)
            yield json.dumps({"date_published": at.isoformat(), "topic": "epidemic"})


def test_a_surge_in_a_file():
    def alarms(surge):
        got = h.cli("burst", stdin="\n".join(lines(700, 8, surge)) + "\n")
        assert got.returncode == 0, got.stderr
        return h.json_lines(got.stdout)

    assert alarms(()) == []
    told = alarms((600, 601, 602))
    assert [(a["topic"], a["expected"]) for a in told] == [("epidemic", 16)], told
    assert 16 * 2 <= told[0]["seen"] <= 48, told
    bad = h.cli("burst", stdin='{"topic":"epidemic"}\n')
    assert bad.returncode == 65 and "<stdin>:1:" in bad.stderr, bad.stderr
    assert h.cli("burst", "--step", "5m", stdin="").returncode == 64


if __name__ == "__main__":
    h.main(globals())
