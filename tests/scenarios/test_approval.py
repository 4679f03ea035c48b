#!/usr/bin/python3
"""rules_approval: two. What one person loads waits until another puts it in force."""
import json
import os
import signal

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


def test_one_person_is_enough_by_default():
    with h.World() as world:
        daemon, rules, _ = town(world, "one")
        new = change(rules)
        answer = loads(daemon, None)
        assert answer["status"] == "ok" and answer["version"] == new, answer
        assert answer["staged"] is None, answer


if __name__ == "__main__":
    h.main(globals())
