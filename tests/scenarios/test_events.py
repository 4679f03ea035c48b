#!/usr/bin/python3
"""Every event type has a JSON Schema under docs/events that describes it and lets no text pass; and
what the daemon sends on each of its ways keeps to it.
"""
import glob
import json
import os
import subprocess
import sys

import harness as h
import material as m

try:
    import jsonschema
except ImportError:
    jsonschema = None

FOLDER = os.path.join(h.ROOT, "docs", "events")
CANARY = "金丝雀甲乙丙"

# CloudEvents 1.0.2, JSON Event Format §2 and §3: context attributes in lower-case letters and
# digits, of the types that JSON has for them.
NAME = "^[a-z0-9]+$"
TEXT = {"type": "string", "minLength": 1}
MOMENT = {"type": ["string", "null"],
          "pattern": r"^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)"
                     r"(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$"}
OPTIONAL = {"type": ["string", "null"], "minLength": 1}
CLOUDEVENT = {
    "type": "object", "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"}, "id": TEXT, "source": TEXT, "type": TEXT,
        "subject": OPTIONAL, "dataschema": OPTIONAL, "time": MOMENT,
        "datacontenttype": {**OPTIONAL, "pattern": "^[^ /]+/[^ /]+"},
        "data": True, "data_base64": {"type": ["string", "null"]}},
    "not": {"required": ["data", "data_base64"]},
    "patternProperties": {NAME: True},
    "additionalProperties": False,
}
EXTENSION = {"anyOf": [{"type": ["string", "boolean", "null"]},
                       {"type": "integer", "minimum": -2147483648, "maximum": 2147483647}]}


def need_checker():
    if not jsonschema:
        raise h.Skip("python3-jsonschema is not installed")


def cloudevent_faults(event):
    """What keeps it from being a CloudEvent; our own numbers may be longer than an Integer of the
    specification once a ledger holds so many."""
    out = [e.message for e in jsonschema.Draft202012Validator(CLOUDEVENT).iter_errors(event)]
    known = set(CLOUDEVENT["properties"]) | {"seq", "unitseq"}
    checker = jsonschema.Draft202012Validator(EXTENSION)
    return out + [key for key, value in event.items() if key not in known and
                  not checker.is_valid(value)]


def schemas():
    out = {}
    for path in glob.glob(os.path.join(FOLDER, "*.schema.json")):
        with open(path, encoding="utf-8") as f:
            value = json.load(f)
        jsonschema.Draft202012Validator.check_schema(value)
        out[os.path.basename(path)[:-12]] = jsonschema.Draft202012Validator(value)
    return out


def written(*args):
    done = subprocess.run([h.program("tests/helpers/every_event"), *args], capture_output=True,
                          text=True, check=True, timeout=60)
    return h.json_lines(done.stdout)


def keeps(event, checkers):
    """It is a CloudEvent, and what its own schema says."""
    faults = [f"{'/'.join(map(str, e.path))}: {e.message}"
              for e in checkers[event["type"]].iter_errors(event)] + cloudevent_faults(event)
    assert not faults, (event, faults)


def strings(value):
    """Every schema of a string within a schema."""
    if isinstance(value, dict):
        if value.get("type") == "string":
            yield value
        for part in value.values():
            yield from strings(part)


def test_the_files_are_what_the_table_says():
    done = subprocess.run([sys.executable, os.path.join(FOLDER, "schemas.py"), "--check"],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


def test_each_type_has_a_schema_that_its_events_keep():
    need_checker()
    checkers, seen = schemas(), set()
    for event in written():
        keeps(event, checkers)
        seen.add(event["type"])
    assert seen == set(checkers) - {"item"}, seen ^ (set(checkers) - {"item"})
    h.figure(types=len(seen))


def test_no_text_can_slip_in():
    need_checker()
    checkers = schemas()
    for name, checker in checkers.items():
        if name != "item":
            loose = [s for s in strings(checker.schema) if "pattern" not in s]
            assert not loose, (name, loose)
    with_item = written("--item", json.dumps({"title": CANARY, "excerpt": CANARY, "link": CANARY}))
    carried = 0
    for event in with_item:
        item = event["data"].get("item")
        if item is None:
            keeps(event, checkers)
            continue
        carried += 1
        assert not checkers[event["type"]].is_valid(event), event["type"]
        assert checkers["item"].is_valid(item)
    assert carried > 30, "only a concern's events can carry an item"
    for event in written():
        kind = event["type"]
        for place, key in [(event, "title"), (event["data"], "title"), (event["data"], "link")]:
            place[key] = CANARY
            assert not checkers[kind].is_valid(event), (kind, key)
            del place[key]
        for place in (event, event["data"]):
            for key in [k for k, v in place.items() if isinstance(v, str)]:
                kept, place[key] = place[key], place[key] + CANARY
                assert not checkers[kind].is_valid(event), (kind, key)
                place[key] = kept


def test_the_checker_knows_published_events():
    need_checker()
    if not h.DATA:
        raise h.Skip("HUIYING_TEST_DATA is not set")
    told = {}
    for name in ("valid", "invalid"):
        path = os.path.join(h.DATA, "cloudevents", "json", f"{name}-events.json")
        with open(path, encoding="utf-8") as f:
            tests = json.load(f)["tests"]
        told[name] = [t["id"] for t in tests if (not cloudevent_faults(t["event"])) ==
                      (name == "valid")]
        missed = sorted({t["id"] for t in tests} - set(told[name]))
        h.figure(**{name: len(tests), "told": len(told[name]), "missed": ",".join(missed) or "-"})
        if name == "valid":
            assert not missed, missed
    assert len(told["invalid"]) >= 20, told["invalid"]


def test_the_daemon_keeps_to_them():
    need_checker()
    checkers = schemas()
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("w1", m.WAGES[0] + CANARY, m.WAGES[1] + CANARY),
                                ("f1", m.FLU[0] + CANARY, m.FLU[1] + CANARY)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        published = world.add(h.Published(daemon))
        published.socket.subscribe(b"head")
        h.wait_for(lambda: published.pump() or published.frames, what="PUB")
        bus = world.add(h.Bus(daemon, "labour"))
        bus.hello()
        bus.wait(lambda: bus.events, what="an alert")
        concern = bus.events[-1]["data"]["concern"]
        assert bus.command("k1", "accept", concern)["status"] == "ok"
        bus.wait(lambda: "accepted" in bus.kinds(concern), what="the acceptance")
        assert any(CANARY in e["data"].get("item", {}).get("title", "") for e in bus.events)
        for event in bus.events:
            item = event["data"].pop("item", None)
            assert item is None or checkers["item"].is_valid(item), item
            keeps(event, checkers)
        lines = h.json_lines(daemon.cli("listen", "--once", "3").stdout)
        assert len(lines) == 3
        h.wait_for(lambda: published.pump() or any(b"accepted" in f[1] for f in published.frames),
                   what="the acceptance on PUB")
        for topic, raw in published.frames:
            assert CANARY not in raw.decode()
            if topic != b"head":
                keeps(json.loads(raw), checkers)
        for event in lines:
            assert CANARY not in json.dumps(event, ensure_ascii=False)
            keeps(event, checkers)


def test_the_replays_end_is_told_to_who_may_not_see_it():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        h.wait_for(daemon.concerns, what="the concern")
        head = daemon.status()["head"]
        for unit, events in (("labour", True), ("health", False)):
            stream = h.Stream(daemon, unit=unit)
            h.wait_for(lambda: f"\n: told {head}\n".encode() in bytes(stream.raw), what=unit)
            assert bool(stream.events) == events, (unit, stream.events)
            stream.close()


if __name__ == "__main__":
    h.main(globals())
