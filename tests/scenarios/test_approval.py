#!/usr/bin/python3
"""rules_approval: two. What one person loads waits until another puts it in force."""
import json
import os
import signal
import sqlite3

import harness as h
import material as m
from test_reload import SETS, version_of, write_rules

PASSWORD = "three bridges, one river\n"


def person(daemon, name, role):
    """The environment in which commands act as this account."""
    assert daemon.cli("accounts", "add", name, "--role", role, stdin=PASSWORD).returncode == 0
    done = daemon.cli("accounts", "token", name)
    assert done.returncode == 0, done.stderr
    return {"HUIYING_TOKEN": done.stdout.strip()}


def town(world, approval="two"):
    rules = write_rules(os.path.join(world.folder, "rules"), [SETS["old"]])
    site = world.site()
    site.set("/rss", m.rss([]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], rules=rules, rules_approval=approval)
    return daemon, rules, version_of(rules)


def change(rules, which="new"):
    write_rules(rules, [SETS[which]])
    return version_of(rules)


def told(daemon, env=None):
    return json.loads(daemon.cli("rules", "status", "--json", env=env).stdout)


def loads(daemon, env):
    done = daemon.cli("rules", "load", "--json", env=env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_second_person_puts_them_in_force():
    with h.World() as world:
        daemon, rules, old = town(world)
        li, wang = (person(daemon, n, "operator") for n in ("li", "wang"))
        boss = person(daemon, "boss", "coordinator")
        new = change(rules)
        answer = loads(daemon, li)
        assert answer["status"] == "staged" and not answer["changed"], answer
        assert answer["version"] == old and answer["seq"] is None, answer
        staged = told(daemon, wang)["staged"]
        assert (staged["version"], staged["by"]) == (new, "li"), staged
        assert staged["stage"] == answer["staged"] and told(daemon)["version"] == old
        text = daemon.cli("rules", "status").stdout
        assert staged["stage"] in text and "li" in text, text
        public = json.loads(daemon.request("GET", "/api/v1/rules", tcp=True)[1])
        assert public["staged"]["version"] == new and "by" not in public["staged"], public

        own = daemon.cli("rules", "approve", staged["stage"], env=li)
        assert own.returncode != 0 and "两人核准" in own.stderr, own
        other = daemon.cli("rules", "approve", "0" * 16 + "-" + "0" * 16, env=wang)
        assert other.returncode != 0 and "没有这样的待批规则" in other.stderr, other
        assert told(daemon)["version"] == old and told(daemon)["staged"]
        done = daemon.cli("rules", "approve", staged["stage"], "--json", env=boss)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["status"] == "ok" and answer["changed"] and answer["version"] == new, answer
        now = told(daemon)
        assert now["version"] == new and now["staged"] is None and now["denied"] is None, now
        again = daemon.cli("rules", "approve", staged["stage"], env=wang)
        assert again.returncode != 0, "it waits no more"
        rows = [(r["who"], r["act"], r["target"]) for r in daemon.get("/api/v1/audit")["items"]]
        for row in (("li", "rules.load", ""), ("boss", "rules.approve", staged["stage"])):
            assert row in [(w or "", a, t or "") for w, a, t in rows], rows
        # neither his own, nor what did not wait, or no more
        assert [r[0] for r in rows if r[1] == "rules.approve"] == ["boss"], rows


def test_a_denial_leaves_the_old_ones_and_its_reason():
    with h.World() as world:
        daemon, rules, old = town(world)
        li, wang = (person(daemon, n, "operator") for n in ("li", "wang"))
        change(rules)
        stage = loads(daemon, li)["staged"]
        assert daemon.cli("rules", "deny", stage, env=wang).returncode == 64, "a reason is needed"
        refused = daemon.cli("rules", "deny", stage, "--note", "请删除该帖子", env=wang)
        assert refused.returncode != 0 and told(daemon)["staged"], refused
        done = daemon.cli("rules", "deny", stage, "--note", "期限太短，电话13812345678", env=wang)
        assert done.returncode == 0, done.stderr
        now = told(daemon)
        assert now["version"] == old and now["staged"] is None, now
        assert now["denied"]["by"] == "wang" and "期限太短" in now["denied"]["reason"], now
        assert "13812345678" not in json.dumps(now), now
        assert "期限太短" in daemon.cli("rules", "status").stdout
        assert daemon.cli("rules", "approve", stage, env=wang).returncode != 0
        stage = loads(daemon, li)["staged"]  # once more, and he thinks better of it himself
        assert told(daemon)["denied"] is None
        assert daemon.cli("rules", "deny", stage, "--note", "有误", env=li).returncode == 0
        assert told(daemon)["version"] == old


def test_who_loads_again_replaces_what_waits():
    with h.World() as world:
        daemon, rules, old = town(world)
        li, wang = (person(daemon, n, "operator") for n in ("li", "wang"))
        change(rules)
        first = loads(daemon, li)["staged"]
        both = write_rules(rules, [SETS["old"], SETS["new"]])
        second = loads(daemon, wang)["staged"]
        assert first != second and told(daemon)["staged"]["by"] == "wang"
        assert daemon.cli("rules", "approve", first, env=li).returncode != 0
        assert daemon.cli("rules", "approve", second, env=wang).returncode != 0
        assert daemon.cli("rules", "approve", second, env=li).returncode == 0
        assert told(daemon)["version"] == version_of(both) != old


def test_the_same_user_of_this_machine_is_one_person():
    with h.World() as world:
        daemon, rules, old = town(world)
        new = change(rules)
        done = daemon.cli("rules", "load", "--json")
        assert json.loads(done.stdout)["status"] == "staged", done
        stage = told(daemon)["staged"]["stage"]
        assert daemon.cli("rules", "approve", stage).returncode != 0
        assert told(daemon)["version"] == old
        li = person(daemon, "li", "operator")
        assert daemon.cli("rules", "approve", stage, env=li).returncode == 0
        assert told(daemon)["version"] == new


def test_a_signal_is_nobody_and_the_files_wrong_are_told():
    with h.World() as world:
        daemon, rules, old = town(world)
        change(rules)
        daemon.child.send_signal(signal.SIGHUP)
        h.wait_for(lambda: "rules.unapproved" in daemon.log_tail(50), what="word of the refusal")
        now = told(daemon)
        assert now["version"] == old and now["staged"] is None, now
        with open(os.path.join(rules, "topics", "wrong.yaml"), "w", encoding="utf-8") as f:
            f.write("id: wrong\n")
        done = daemon.cli("rules", "load")
        assert done.returncode == 65 and "wrong.yaml" in done.stderr, done
        assert told(daemon)["staged"] is None


def test_what_waits_outlives_the_daemon():
    with h.World() as world:
        daemon, rules, old = town(world)
        li, wang = (person(daemon, n, "operator") for n in ("li", "wang"))
        other = write_rules(os.path.join(world.folder, "other"), [SETS["new"]])
        new = version_of(other)

        def load(folder):
            done = daemon.cli("rules", "load", folder, "--json")
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)["staged"]
        stage = load(other)
        staged = told(daemon)["staged"]
        assert staged["folder"] == os.path.realpath(other), staged
        for ended in (daemon.stop, daemon.kill):
            ended()
            daemon.start()
            h.wait_for(lambda: told(daemon)["staged"] == staged, 10, "what waited")
            assert told(daemon)["version"] == old
        own = daemon.cli("rules", "approve", stage)
        assert own.returncode != 0 and "两人核准" in own.stderr, own
        # What was staged is put in force, whatever became of its folder since.
        write_rules(other, [SETS["old"], SETS["new"]])
        done = daemon.cli("rules", "approve", stage, env=wang)
        assert done.returncode == 0, done.stderr
        assert told(daemon)["version"] == new and told(daemon)["staged"] is None
        assert not [f for f in os.listdir(daemon.folder) if f.startswith("rules-")]
        # So does a denial, with its reason; another load ends it.
        daemon.stop()
        daemon.start()
        stage = load(other)
        assert daemon.cli("rules", "deny", stage, "--note", "期限太短", env=li).returncode == 0
        denied = told(daemon)["denied"]
        assert denied["reason"] == "期限太短" and denied["by"] == "li", denied
        daemon.stop()
        daemon.start()
        h.wait_for(lambda: told(daemon)["denied"] == denied, 10, "what was denied")
        assert daemon.cli("rules", "approve", stage, env=wang).returncode != 0
        # What came in force by a restart from its folder waits for nobody, even if it goes again.
        change(rules)
        assert load(rules) and told(daemon)["denied"] is None
        daemon.stop()
        daemon.start()
        h.wait_for(lambda: told(daemon)["staged"] is None, 10, "nothing to wait")
        assert told(daemon)["version"] == new
        change(rules, "old")
        daemon.stop()
        daemon.start()
        assert told(daemon)["version"] == old and told(daemon)["staged"] is None


def rewrite_staged(daemon, value, *args):
    """What the store says waits; value is an SQL expression."""
    with sqlite3.connect(daemon.db) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")  # the file is the daemon's
        done = db.execute(f"UPDATE shared SET value = {value} WHERE name = 'head' "
                          "AND INSTR(CAST(value AS TEXT), 'stage')", args)
        assert done.rowcount == 1
    db.close()


def test_what_waits_and_cannot_be_read_is_not_nothing():
    with h.World() as world:
        daemon, rules, old = town(world)
        li, wang = (person(daemon, n, "operator") for n in ("li", "wang"))
        new = change(rules)
        stage = loads(daemon, li)["staged"]
        staged = told(daemon)["staged"]
        daemon.stop()
        change(rules, "old")
        rewrite_staged(daemon, "CAST('{' || CAST(value AS TEXT) AS BLOB)")
        daemon.start()
        h.wait_for(lambda: told(daemon)["unread"] == "corrupt", 10, "word of it")
        assert told(daemon)["staged"] is None and told(daemon)["version"] == old
        assert "读不出" in daemon.cli("rules", "status").stdout
        rewrite_staged(daemon, "CAST(SUBSTR(CAST(value AS TEXT), 2) AS BLOB)")
        h.wait_for(lambda: told(daemon)["staged"] == staged, 10, "what waited")
        assert told(daemon)["unread"] is None
        said = [line for line in daemon.log_tail(200).split("\n") if "rules.stage " in line]
        assert len(said) == 2 and "err=corrupt" in said[0] and "err=none" in said[1], said
        done = daemon.cli("rules", "approve", stage, env=wang)
        assert done.returncode == 0 and told(daemon)["version"] == new, done


def test_what_another_version_staged_is_told_as_such():
    with h.World() as world:
        daemon, rules, old = town(world)
        li, wang = (person(daemon, n, "operator") for n in ("li", "wang"))
        new = change(rules)
        stage = loads(daemon, li)["staged"]
        daemon.stop()
        # another version's compiler gives the same files another version of the rules
        other = stage.replace(new, "%016x" % (int(new, 16) ^ 1))
        rewrite_staged(daemon, "CAST(REPLACE(CAST(value AS TEXT), ?, ?) AS BLOB)", stage, other)
        change(rules, "old")
        daemon.start()
        h.wait_for(lambda: told(daemon)["staged"], 10, "what waited")
        said = daemon.cli("rules", "approve", other, env=wang)
        assert said.returncode != 0 and "没有这样的" not in said.stderr, said
        assert "另一版本" in said.stderr and "another version" in said.stderr, said
        assert told(daemon)["version"] == old and told(daemon)["staged"]["stage"] == other
        change(rules)
        stage = loads(daemon, li)["staged"]
        assert daemon.cli("rules", "approve", stage, env=wang).returncode == 0
        assert told(daemon)["version"] == new


def test_one_person_is_enough_by_default():
    with h.World() as world:
        daemon, rules, _ = town(world, "one")
        new = change(rules)
        answer = loads(daemon, None)
        assert answer["status"] == "ok" and answer["version"] == new, answer
        assert answer["staged"] is None, answer


if __name__ == "__main__":
    h.main(globals())
