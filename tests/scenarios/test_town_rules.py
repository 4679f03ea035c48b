#!/usr/bin/python3
"""Rules of several machines are those of their store: what stands in the way of it for a while."""
import json
import os

import harness as h
import test_cluster as cluster
import test_reload as rules
import test_shared as shared

# All machines' rules, and a place to put them aside.
RULES, ASIDE = "{huiying}:shared:1", "{huiying}:aside"


def one_machine(world, **settings):
    """And it leads."""
    town = cluster.Town(world, 1, shared.sites(world)[1])
    shared.own_rules(town)
    daemon = town.daemons[0]
    daemon.settings.update(settings)
    daemon.write_config()
    town.start()
    assert town.leader() is daemon
    return town, daemon


def test_unread_rules_are_replaced_by_nobodys_folder():
    with h.World() as world:
        town, daemon = one_machine(world)
        redis = town.redis
        own = shared.version(daemon)
        folder = rules.write_rules(os.path.join(world.folder, "other"), [rules.SETS["new"]])
        assert rules.load(daemon, folder)[0] == 200
        known = shared.version(daemon)
        assert known != own
        daemon.kill()
        name = redis.ask("HGET", RULES, "head")
        assert redis.say("COPY", RULES, ASIDE) == b":1"
        assert redis.say("HSET", RULES, "files", "12345678torn") == b":0"
        daemon.start()
        assert town.leader() is daemon and shared.version(daemon) == own
        assert redis.say("COPY", ASIDE, RULES, "REPLACE") == b":1"
        h.wait_for(lambda: shared.version(daemon) == known, 20, "everybody's rules")
        assert redis.ask("HGET", RULES, "head") == name


def operator(daemon, name):
    """The environment in which commands act as this one."""
    done = daemon.cli("accounts", "add", name, "--role", "operator",
                      stdin="three bridges, one river\n")
    assert done.returncode == 0, done.stderr
    token = daemon.cli("accounts", "token", name)
    assert token.returncode == 0, token.stderr
    return {"HUIYING_TOKEN": token.stdout.strip()}


def load(daemon, who):
    done = daemon.cli("rules", "load", "--json", env=who)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["staged"]


def test_what_waits_is_there_when_it_is_approved():
    with h.World() as world:
        daemon = one_machine(world, rules_approval="two")[1]
        li, wang = (operator(daemon, name) for name in ("li", "wang"))
        folder = daemon.settings["rules"]
        new = rules.version_of(rules.write_rules(folder, [rules.SETS["new"]]))
        stage = load(daemon, li)
        # Meanwhile a file changes, and no rule with it: nobody has to approve that.
        rules.write_rules(folder, [rules.SETS["old"]])
        topic = os.path.join(folder, "topics", rules.SETS["old"]["id"] + ".yaml")
        with open(topic, "a", encoding="utf-8") as f:
            f.write("# as before\n")
        assert load(daemon, li) is None
        done = daemon.cli("rules", "approve", stage, env=wang)
        assert done.returncode == 0, done.stderr
        assert shared.version(daemon) == new
        there = json.loads(daemon.cli("rules", "status", "--json").stdout)["folder"]
        assert os.listdir(os.path.join(there, "topics")) == [rules.SETS["new"]["id"] + ".yaml"]


if __name__ == "__main__":
    h.main(globals())
