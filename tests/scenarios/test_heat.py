#!/usr/bin/python3
"""A matter that grows hot proposes a grade, once; a topic's surge is seen in a file of items."""
import collections
import datetime
import glob
import json
import os

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
            assert "[ ] " in shown and ". " + criterion["text"] in shown, shown
        criteria_are_ticked(daemon, hot[0]["id"])


def criteria_are_ticked(daemon, concern):
    """What a person found true of the grade stays with the decision; another number is refused."""
    path = f"/api/v1/concerns/{concern}"
    grades = daemon.get(path)["grades"]
    assert len(grades["major"]) > len(grades["larger"]) == 2, grades
    got = daemon.cli("assess", concern, "--grade", "larger", "--criteria", "3", "--note", "核实")
    assert got.returncode and "没有所选的标准" in got.stderr, got
    got = daemon.cli("assess", concern, "--grade", "larger", "--criteria", "x", "--note", "核实")
    assert got.returncode and "criteria 应为" in got.stderr, got
    got = daemon.cli("assess", concern, "--grade", "larger", "--criteria", "2", "--note", "核实")
    assert got.returncode == 0, got.stderr
    one = daemon.get(path)
    told = [e["data"] for e in one["events"] if h.kind_of(e) == "assessed"]
    assert [t["criteria"] for t in told] == [[2]], told
    shown = daemon.cli("concerns", "show", concern).stdout
    assert "[✓] 2. " + grades["larger"][1]["text"] in shown, shown
    assert "[ ] 1. " + grades["larger"][0]["text"] in shown, shown
    assert "标准 (criteria) 2" in shown, shown


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


def test_a_term_that_surges_is_spelled_by_its_code():
    item = {"id": "1", "title": "小区电梯困人", "content_text": "电梯又坏了，困人半小时"}
    tag = h.json_lines(h.cli("classify", stdin=json.dumps(item) + "\n").stdout)[0]["tags"][0]
    text = ""
    for hour, line in enumerate(lines(700, 12, ())):
        one = {**json.loads(line), "topic": None}
        often = hour >= 690 * 12  # an hour has twelve lines
        why = tag["why"][:1] if often or hour % 12 == 0 else []
        text += json.dumps({**one, "tags": [{"topic": tag["topic"], "why": why}]}) + "\n"
    got = h.cli("burst", stdin=text)
    assert got.returncode == 0, got.stderr
    told = h.json_lines(got.stdout)
    assert [(a["topic"], a["term"]) for a in told] == [(tag["topic"], tag["why"][0]["term"])], told
    spelled = h.cli("rules", "term", told[0]["code"])
    assert spelled.stdout == told[0]["term"] + "\n", spelled.stderr
    assert h.cli("rules", "term", "00000000000000aa").returncode == 65
    assert h.cli("rules", "term", "x").returncode == 65


def trending():
    """30 days of hot-search titles as items with their tags, by rising date."""
    items = []
    for path in sorted(glob.glob(os.path.join(h.DATA, "trending", "*.json"))):
        day = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as f:
            for i, entry in enumerate(json.load(f)):
                items.append({"id": f"{day}-{i}", "title": entry["title"], "content_text": "",
                              "date_published": day + "T12:00:00+08:00"})
    got = h.cli("classify", stdin="".join(json.dumps(item) + "\n" for item in items))
    assert got.returncode == 0, got.stderr
    judged = h.json_lines(got.stdout)
    return [{**item, "tags": one["tags"]} for item, one in zip(items, judged)]


def test_planted_surges_in_a_month_of_trending_titles():
    if not h.DATA:
        raise h.Skip("HUIYING_TEST_DATA is not set")
    items = trending()
    counts = collections.Counter(tag["topic"] for item in items for tag in item["tags"])
    last = sorted({item["date_published"] for item in items})[-2:]

    def alarms(lines):
        got = h.cli("burst", "--step", "1d", stdin="".join(json.dumps(x) + "\n" for x in lines))
        assert got.returncode == 0, got.stderr
        return h.json_lines(got.stdout)

    topics = [a for a in alarms(items) if "term" not in a]
    by_topic = collections.Counter(a["topic"] for a in topics)
    assert all(n <= 1 for n in by_topic.values()), topics  # a month
    assert len(topics) <= 0.2 * len(counts), topics
    for topic, count in counts.most_common(6):
        planted = []
        for item in items:
            own = item["date_published"] in last and any(
                tag["topic"] == topic for tag in item["tags"])
            planted += [item] * (3 if own else 1)
        told = [a for a in alarms(planted) if a["topic"] == topic and a["at"] in last]
        assert told, f"three times the usual of {topic} ({count} a month)"


if __name__ == "__main__":
    h.main(globals())
