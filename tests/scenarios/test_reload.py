#!/usr/bin/python3
"""New rules for a running daemon: under load no item is lost and none is handled by other rules than
judged it; rules that are wrong leave the old ones in force, and whoever asked is told why.
"""
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import harness as h
import material as m
import yaml

RELOADS = 1000 if h.LONG else 60
ENDS = 100 if h.LONG else 12
SOURCES = 4
HEATED = 10  # posts of one matter from which grades.yaml proposes more than its rules do
WINDOW = 150  # posts that a page shows

# The same words, told apart in everything that a verdict leads to.
SETS = {
    "old": {"id": "wage-arrears", "name": {"zh": "拖欠工资", "en": "Wage arrears"},
            "unit": "labour", "deadlines": ["ordinary-48h"], "any": ["拖欠工资"],
            "match": ["老板拖欠工资，怎么办？"], "nomatch": ["今天工资发了。"]},
    "new": {"id": "labour-disputes", "name": {"zh": "劳动纠纷", "en": "Labour disputes"},
            "unit": "health", "grade": "major", "deadlines": ["accept-2h", "complaint-15wd"],
            "any": ["拖欠工资"], "match": ["老板拖欠工资，怎么办？"],
            "nomatch": ["今天工资发了。"]},
}


def write_rules(folder, topics):
    shutil.rmtree(folder, True)
    os.makedirs(os.path.join(folder, "topics"))
    for topic in topics:
        path = os.path.join(folder, "topics", topic["id"] + ".yaml")
        with open(path, "w", encoding="utf-8") as f:
            yaml.dump(topic, f, h.Plain, allow_unicode=True, sort_keys=False)
    return folder


def version_of(folder):
    done = h.cli("rules", "check", folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.rsplit("version ", 1)[1].strip(" )\n")


def load(daemon, folder=None):
    body = json.dumps({"folder": folder} if folder else {})
    status, answer = daemon.request("POST", "/api/v1/rules/load", body, limit=60)
    return status, json.loads(answer)


class Load(threading.Thread):
    """Sites that grow all the time, each at a host of its own; every post is its own matter. What the
    daemon, once there is one, does not have yet stays on its page: else they wait for it."""

    def __init__(self, sites):
        super().__init__(daemon=True)
        self.sites, self.done, self.reader = sites, threading.Event(), None
        self.posts = [[] for _ in sites]
        self.count = self.stored = 0

    def publish(self):
        for site, posts in zip(self.sites, self.posts):
            posts.append((f"p{self.count}", *m.numbered(m.WAGES, self.count)))
            self.count += 1
            site.set("/s", m.json_feed(posts[:-WINDOW:-1]), "application/feed+json")

    def waits(self):
        if self.count - self.stored >= WINDOW // 2:
            with contextlib.suppress(OSError, http.client.HTTPException, AssertionError, ValueError):
                self.stored = self.reader.status()["store"]["items"]
        return self.count - self.stored >= WINDOW - len(self.sites)

    def run(self):
        while not self.done.wait(0.02):
            if not self.waits():
                self.publish()


def rows(daemon, sql):
    db = sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def signed(version):
    n = int(version, 16)
    return n - (1 << 64) if n >> 63 else n


def check_stored(daemon, versions):
    """Every item is what its version of the rules makes, a concern and its clocks what that of its
    first item makes."""
    made = {signed(v): SETS[name] for name, v in versions.items()}
    units = {u["roles"][0]: u["id"] for u in h.UNITS["units"] if "roles" in u}
    grades = {None: 0, "major": 2}
    seen = {}
    for topic, rules, concern in rows(daemon, "SELECT topic, rules, concern FROM items "
                                     "ORDER BY id"):
        assert topic == made[rules]["id"], (topic, rules)
        assert concern, "an item that raised nothing"
        seen.setdefault(concern, []).append(rules)
    concerns = rows(daemon, "SELECT id, topic, unit, grade FROM concerns")
    clocks = {}
    for concern, rule in rows(daemon, "SELECT concern, rule FROM clocks ORDER BY concern, idx"):
        clocks.setdefault(concern, []).append(rule)
    for concern, topic, unit, grade in concerns:
        by = made[seen[concern][0]]  # what was like it joined later, whatever the rules
        graded = ["major-5h", "major-24h", "assess-30min"] if by.get("grade") == "major" else []
        assert (topic, unit) == (by["id"], units[by["unit"]]), (concern, topic, unit)
        if len(seen[concern]) < HEATED:
            want = grades[by.get("grade")], by["deadlines"] + graded
            assert (grade, clocks[concern]) == want, (concern, grade, clocks[concern])
    counts = {name: sum(signed(v) in s for s in seen.values()) for name, v in versions.items()}
    return len(concerns), counts


def check_ledger(events, first, versions):
    """In the ledger every concern was opened by the rules that were in force at that point."""
    topics = {v: SETS[name]["id"] for name, v in versions.items()}
    now, loaded = first, 0
    for event in events:
        if event["type"] == "huiying.rules.loaded":
            data = event["data"]
            assert data["previous"] == now and data["topics"] == 1, data
            assert event["subject"] == "rules/" + data["version"] and "concern" not in data
            now = data["version"]
            loaded += 1
        elif h.kind_of(event) == "opened":
            assert event["data"]["topic"] == topics[now], event
    return loaded


def test_reload_under_load():
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    h.figure(seed=seed, reloads=RELOADS)
    with h.World() as world:
        folders = {n: write_rules(os.path.join(world.folder, n), [t]) for n, t in SETS.items()}
        versions = {n: version_of(f) for n, f in folders.items()}
        sites = [world.site(f"127.0.0.{10 + i}") for i in range(SOURCES)]
        traffic = Load(sites)
        traffic.publish()
        daemon = world.daemon([h.source(s, f"s{i}", "/s") for i, s in enumerate(sites)], False,
                              rules=folders["old"], workers=2, demonstration={"rate": 40})
        world.callback(traffic.done.set)
        traffic.reader = daemon
        daemon.start()
        traffic.start()
        names = ["new", "old"]
        for turn in range(RELOADS):
            time.sleep(chance.random() * 0.05)
            status, answer = load(daemon, folders[names[turn % 2]])
            assert status == 200 and answer["changed"], (turn, answer)
            assert answer["version"] == versions[names[turn % 2]], answer
            assert answer["version"] == daemon.status()["rules"]["version"]
            assert answer["previous"] == versions[names[(turn + 1) % 2]], answer
        traffic.done.set()
        traffic.join()
        h.wait_for(lambda: daemon.status()["store"]["items"] >= traffic.count, 60,
                   f"{traffic.count} items, {daemon.status()['store']['items']} are stored")
        status = daemon.status()
        assert status["workers"]["live"] == 2 and status["workers"]["killed"] == 0, status
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: stream.ids and stream.ids[-1] >= status["head"], 30, "the whole ledger")
        assert check_ledger(stream.events, versions["old"], versions) == RELOADS
        children = subprocess.run(["pgrep", "-P", str(daemon.child.pid)], capture_output=True,
                                  text=True, check=False).stdout.split()
        assert len(children) == 2, f"{len(children)} workers are left"
        assert daemon.stop() == 0
        concerns, by = check_stored(daemon, versions)
        stored = rows(daemon, "SELECT count(*) FROM items")[0][0]
        assert stored == traffic.count, f"{stored} stored of {traffic.count} published"
        assert min(by.values()) > 0, by
        h.figure(reloads=RELOADS, published=traffic.count, stored=stored, lost=0, mixed=0,
                 concerns=concerns, by_old=by["old"], by_new=by["new"])


class Restless(threading.Thread):
    """Asks for other rules without a pause, whether or not somebody is there."""

    def __init__(self, daemon, folders):
        super().__init__(daemon=True)
        self.daemon_, self.folders, self.done = daemon, folders, threading.Event()
        self.loaded = 0

    def run(self):
        while not self.done.is_set():
            for folder in self.folders:
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                    self.loaded += load(self.daemon_, folder)[0] == 200


def test_ends_in_the_midst_of_reloads():
    """SIGTERM and SIGKILL at any moment of a reload: nothing hangs, is lost or mixed."""
    chance = random.Random(11)
    with h.World() as world:
        folders = {n: write_rules(os.path.join(world.folder, n), [t]) for n, t in SETS.items()}
        versions = {n: version_of(f) for n, f in folders.items()}
        sites = [world.site(f"127.0.0.{20 + i}") for i in range(SOURCES)]
        traffic = Load(sites)
        traffic.publish()
        daemon = world.daemon([h.source(s, f"s{i}", "/s") for i, s in enumerate(sites)], False,
                              rules=folders["old"], workers=2, demonstration={"rate": 40})
        world.callback(traffic.done.set)
        traffic.reader = daemon
        restless = Restless(daemon, [folders["new"], folders["old"]])
        world.callback(restless.done.set)
        daemon.start()
        traffic.start()
        restless.start()
        for turn in range(ENDS):
            time.sleep(chance.random() * 0.4)
            if turn % 2:
                daemon.kill()
            else:
                assert daemon.stop() == 0, turn
            daemon.start()
        restless.done.set()
        restless.join()
        traffic.done.set()
        traffic.join()
        h.wait_for(lambda: daemon.status()["store"]["items"] >= traffic.count, 60,
                   f"{traffic.count} items, {daemon.status()['store']['items']} are stored")
        stream = world.add(h.Stream(daemon))
        head = daemon.status()["head"]
        h.wait_for(lambda: stream.ids and stream.ids[-1] >= head, 30, "the whole ledger")
        told = check_ledger(stream.events, versions["old"], versions)
        assert daemon.stop() == 0
        concerns, by = check_stored(daemon, versions)
        with open(daemon.log, encoding="utf-8") as f:
            log = f.read()
        assert "event=worker.died" not in log and "quarantine" not in log
        h.figure(ends=ENDS, loads=restless.loaded, changes=told, published=traffic.count, lost=0,
                 concerns=concerns, by_old=by["old"], by_new=by["new"])


def town(world, **more):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES)]))
    folder = write_rules(os.path.join(world.folder, "old"), [SETS["old"]])
    daemon = world.daemon([h.source(site, "rss", "/rss")], rules=folder, **more)
    h.wait_for(lambda: len(daemon.concerns()) == 1, what="a concern")
    return daemon, site, folder


WRONG = {
    "broken": ("topics: [", "YAML"),
    "key": ({"colour": "red"}, "colour"),
    "unit": ({"unit": "nobody"}, "nobody"),
    "deadline": ({"deadlines": ["someday"]}, "someday"),
    "no-reply": ({"deadlines": ["accept-2h"]}, "答复时限"),
    "example": ({"match": ["今天天气好。"]}, "例句"),
    "refused": ({"any": ["上访"]}, "上访"),
}


def test_wrong_rules_leave_the_old_in_force():
    with h.World() as world:
        daemon, site, _ = town(world)
        version = daemon.status()["rules"]["version"]
        head = daemon.status()["head"]
        wrong = os.path.join(world.folder, "wrong")
        file = os.path.join(wrong, "topics", "labour-disputes.yaml")
        for name, (change, says) in WRONG.items():
            write_rules(wrong, [SETS["new"] if isinstance(change, str) else
                                {**SETS["new"], **change}])
            if isinstance(change, str):
                with open(file, "w", encoding="utf-8") as f:
                    f.write(change)
            done = daemon.cli("rules", "load", wrong)
            assert done.returncode == 65 and "仍用原规则" in done.stderr, (name, done)
            told = [line for line in done.stderr.splitlines() if file in line]
            assert told and any(says in line for line in told), (name, done.stderr)
            status, answer = load(daemon, wrong)
            assert status == 422 and answer["code"] == "rules", (name, answer)
            assert answer["version"] == version and not answer["changed"], answer
            assert all(p["line"] for p in answer["problems"]), (name, answer["problems"])
            known = daemon.get("/api/v1/rules")
            assert known["version"] == version and known["refused"]["folder"] == wrong, known
            assert known["refused"]["problems"] == answer["problems"], known
        write_rules(wrong, [])
        for folder in (wrong, os.path.join(world.folder, "nowhere")):
            status, answer = load(daemon, folder)
            assert status == 422 and answer["version"] == version, answer
            assert folder in answer["problems"][0]["file"], answer
        # a channel that nobody could open, of the units that are read with the rules
        units = os.path.join(daemon.folder, "units.yaml")
        with open(units, encoding="utf-8") as f:
            right = f.read()
        with open(units, "w", encoding="utf-8") as f:
            f.write(right.replace(h.CHANNEL, "http://192.168.7.9/kefu"))
        write_rules(wrong, [SETS["new"]])
        status, answer = load(daemon, wrong)
        assert status == 422 and "192.168.7.9" in answer["problems"][0]["detail"], answer
        assert answer["problems"][0]["file"].endswith("units.yaml"), answer
        with open(units, "w", encoding="utf-8") as f:
            f.write(right)
        # several mistakes are told at once
        write_rules(wrong, [{**SETS["new"], "unit": "nobody", "deadlines": ["someday"]},
                            {**SETS["old"], "id": "another", "unit": "nobody"}])
        status, answer = load(daemon, wrong)
        assert status == 422 and len(answer["problems"]) == 4, answer["problems"]
        done = daemon.cli("rules", "status")
        assert done.returncode == 0 and version in done.stdout and "nobody" in done.stdout, done
        status, public = daemon.request("GET", "/api/v1/rules", tcp=True)
        public = json.loads(public)
        assert status == 200 and public["refused"]["count"] == 4, public
        assert "folder" not in public and "problems" not in public["refused"], public
        with open(daemon.log, encoding="utf-8") as f:
            log = f.read()
        assert log.count("event=rules.refused") == 2 * len(WRONG) + 4
        assert "nobody" in log and file in log
        # the old ones go on judging, and nothing of this is in the ledger
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.numbered(m.WAGES, 7))]))
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="a concern by the old rules")
        assert {c["topic"]["id"] for c in daemon.concerns()} == {"wage-arrears"}
        stream = world.add(h.Stream(daemon, since=head))
        h.wait_for(lambda: stream.ids and stream.ids[-1] >= daemon.status()["head"], what="events")
        told = {h.kind_of(e) for e in stream.events}
        assert {"opened", "dispatched"} <= told, told
        assert not [e for e in stream.events if e["type"].startswith("huiying.rules.")], told
        for body, want in (('{"folder": "relative"}', 422), ('{"dir": "/x"}', 422), ("[", 400),
                           ('{"folder": 3}', 422)):
            assert daemon.request("POST", "/api/v1/rules/load", body)[0] == want, body
        assert daemon.request("POST", "/api/v1/rules/load", "{}", tcp=True)[0] == 403
        assert daemon.cli("rules", "load", os.path.join(world.folder, "nowhere")).returncode == 66


def test_warnings_are_logged_and_stop_nothing():
    with h.World() as world:
        daemon, _, _ = town(world)
        doubtful = write_rules(os.path.join(world.folder, "doubtful"),
                               [{**SETS["new"], "any": ["拖欠工资", "老板拖欠工资"]}])
        status, answer = load(daemon, doubtful)
        assert status == 200 and answer["changed"], answer
        with open(daemon.log, encoding="utf-8") as f:
            log = f.read()
        assert log.count("event=rules.warnings") == 1 and "event=rules.refused" not in log, log
        told = [line for line in log.splitlines() if "event=rules.warning " in line]
        assert len(told) == 1 and "labour-disputes.yaml:" in told[0] and "多余" in told[0], told


def test_workers_that_do_not_answer_take_nobodys_place():
    with h.World() as world:
        tree = os.path.join(world.folder, "tree")
        os.makedirs(tree)
        for name in ("huiyingd", "huiying-worker"):
            shutil.copy(h.program(name), tree)
        open(os.path.join(tree, "config.status"), "w", encoding="utf-8").close()
        worker = os.path.join(tree, "huiying-worker")
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES)]))
        folders = {n: write_rules(os.path.join(world.folder, n), [t]) for n, t in SETS.items()}
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, rules=folders["old"])
        daemon.start(huiyingd=os.path.join(tree, "huiyingd"))
        version = daemon.status()["rules"]["version"]
        os.rename(worker, worker + ".good")
        for bad in ("/bin/false", None):
            if bad:
                shutil.copy(bad, worker)
            else:
                os.unlink(worker)
            status, answer = load(daemon, folders["new"])
            assert status == 503 and "工作进程" in answer["detail"], (bad, status, answer)
            assert daemon.status()["rules"]["version"] == version
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.numbered(m.WAGES, 5))]))
        h.wait_for(lambda: len(daemon.concerns()) == 2, what="the old worker goes on")
        os.rename(worker + ".good", worker)
        assert load(daemon, folders["new"])[0] == 200
        site.set("/rss", m.rss([("3", *m.numbered(m.WAGES, 6))]))
        h.wait_for(lambda: daemon.concerns(topic="labour-disputes"), what="the new one works")


def test_signal_restart_and_topics_that_go():
    with h.World() as world:
        daemon, site, folder = town(world)
        concern = daemon.concerns()[0]
        was = daemon.status()["rules"]["version"]
        write_rules(folder, [SETS["new"]])
        daemon.child.send_signal(signal.SIGHUP)
        h.wait_for(lambda: daemon.status()["rules"]["version"] != was, what="new rules by SIGHUP")
        now = daemon.status()["rules"]["version"]
        assert now == version_of(folder)
        assert [t["id"] for t in daemon.get("/api/v1/topics")["items"]] == ["labour-disputes"]
        # its topic is gone; it is still owed an answer
        kept = daemon.get("/api/v1/concerns/" + concern["id"])
        assert kept["state"] == "open" and kept["due"] == concern["due"], kept
        assert kept["topic"] == {k: "wage-arrears" for k in ("id", "name", "name_en")}, kept
        assert daemon.cli("accept", concern["id"]).returncode == 0
        done = daemon.cli("answer", concern["id"], "--url", "https://example.gov.cn/1.html")
        assert done.returncode == 0, done.stderr
        # an edited item of it stays where it is; a new one is the new topic's
        site.set("/rss", m.rss([("2", *m.numbered(m.WAGES, 3))]))
        h.wait_for(lambda: daemon.concerns(topic="labour-disputes"), what="the new topic")
        # wrong ones by the signal: the log says so
        write_rules(folder, [{**SETS["new"], "unit": "nobody"}])
        daemon.child.send_signal(signal.SIGHUP)
        h.wait_for(lambda: daemon.get("/api/v1/rules")["refused"], what="the refusal")
        assert daemon.status()["rules"]["version"] == now
        # the same rules again are no news, and forget what was refused
        write_rules(folder, [SETS["new"]])
        done = daemon.cli("rules", "load", "--json")
        assert done.returncode == 0 and not json.loads(done.stdout)["changed"], done
        assert daemon.get("/api/v1/rules")["refused"] is None
        # a restart tells of rules that were changed while nothing ran, once
        head = daemon.status()["head"]
        assert daemon.stop() == 0
        write_rules(folder, [SETS["old"]])
        daemon.start()
        h.wait_for(lambda: daemon.status()["head"] > head, what="an event of the change")
        daemon.stop()
        daemon.start()
        stream = world.add(h.Stream(daemon))
        h.wait_for(lambda: stream.ids and stream.ids[-1] >= daemon.status()["head"], 20, "events")
        loaded = [e["data"] for e in stream.events if e["type"] == "huiying.rules.loaded"]
        assert [(e["previous"], e["version"]) for e in loaded] == [(was, now), (now, was)], loaded
        assert daemon.status()["rules"]["version"] == was


def test_check_in_context():
    with h.World() as world:
        daemon, _, folder = town(world)
        for more in ([], [folder]):
            done = h.cli("rules", "check", "--config", daemon.config, *more)
            assert done.returncode == 0, done.stderr
        wrong = write_rules(os.path.join(world.folder, "wrong"),
                            [{**SETS["new"], "unit": "nobody", "deadlines": ["someday"]}])
        assert h.cli("rules", "check", wrong).returncode == 0  # no town, nobody to miss
        done = h.cli("rules", "check", "--config", daemon.config, wrong)
        lines = [line for line in done.stderr.splitlines() if "labour-disputes.yaml:" in line]
        assert done.returncode == 78 and len(lines) == 3, done.stderr
        assert "nobody" in done.stderr and "someday" in done.stderr
        done = h.cli("rules", "check", "--config", os.path.join(world.folder, "none.yaml"))
        assert done.returncode == 78 and "none.yaml" in done.stderr, done.stderr


if __name__ == "__main__":
    h.main(globals())
