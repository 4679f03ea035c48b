#!/usr/bin/python3
"""Rules of several machines are those of their store: what stands in the way of it for a while."""
import json
import os

import harness as h
import test_cluster as cluster
import test_config as config
import test_nodes as nodes
import test_reload as rules
import test_shared as shared

# All machines' rules, and a place to put them aside.
RULES, ASIDE = "{huiying}:shared:1", "{huiying}:aside"
STAGED = "{huiying}:shared:2"  # what waits for a second person


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


def test_a_text_is_checked_with_everybodys_places():
    """Those of a machine's own file, too, once they are everybody's; not what its file says then."""
    with h.World() as world:
        town = nodes.Town(world, 2, shared.sites(world)[1])
        shared.own_rules(town)
        for daemon in town.daemons:
            daemon.settings["places"] = os.path.join(daemon.folder, "places.yaml")
            with open(daemon.settings["places"], "w", encoding="utf-8") as f:
                f.write(config.PLACES)
            daemon.write_config()
        town.start()
        one = town.followers()[0]
        other = rules.write_rules(os.path.join(world.folder, "other"), [rules.SETS["new"]])
        assert rules.load(town.leader(), other)[0] == 200
        h.wait_for(lambda: shared.version(one) == shared.version(town.leader()), 20, "the rules")
        with open(one.settings["places"], "w", encoding="utf-8") as f:
            f.write("places: wrong\n")
        topic = os.path.join(other, "topics", rules.SETS["new"]["id"] + ".yaml")
        with open(topic, encoding="utf-8") as f:
            text = f.read()
        for daemon in town.daemons:
            status, answer = daemon.request(
                "POST", "/api/v1/rules/check",
                json.dumps({"topic": rules.SETS["new"]["id"], "text": text}))
            assert status == 200, answer
            found = json.loads(answer)
            assert found["problems"] == [] and not found["changed"], found
            assert found["version"] == shared.version(daemon), found
        places = told(one)["places"]
        assert places.endswith("/places.yaml") and places != one.settings["places"], places


def told(daemon):
    return json.loads(daemon.cli("rules", "status", "--json").stdout)


def both_show(town, what, where=None):
    """The same at all of them, but for the folder."""
    def shown():
        views = [{k: v for k, v in (told(d)[what] or {}).items() if k != "folder"}
                 for d in where or town.daemons]
        return views[0] if views[0] and all(v == views[0] for v in views) else None
    return h.wait_for(shown, 20, f"{what} at all machines")


def test_what_waits_outlives_who_leads():
    with h.World() as world:
        town = nodes.Town(world, 2, shared.sites(world)[1])
        shared.own_rules(town)
        for daemon in town.daemons:
            daemon.settings["rules_approval"] = "two"
            daemon.write_config()
        town.start()
        leader, one = town.leader(), town.followers()[0]
        old = shared.version(leader)
        li, wang = (operator(leader, name) for name in ("li", "wang"))
        new = rules.version_of(rules.write_rules(one.settings["rules"], [rules.SETS["new"]]))
        stage = load(one, li)
        staged = both_show(town, "staged")
        assert staged["stage"] == stage and staged["by"] == "li", staged
        assert staged["version"] == new, staged
        # Who leads next knows what waits, and who loaded it.
        leader.kill()
        assert town.leader([one]) is one
        assert both_show(town, "staged", [one]) == staged
        own = one.cli("rules", "approve", stage, env=li)
        assert own.returncode != 0 and "两人核准" in own.stderr, own
        leader.start()
        assert both_show(town, "staged") == staged
        assert shared.version(one) == shared.version(leader) == old
        own = leader.cli("rules", "approve", stage, env=li)
        assert own.returncode != 0 and "两人核准" in own.stderr, own
        done = leader.cli("rules", "approve", stage, env=wang)
        assert done.returncode == 0, done.stderr
        h.wait_for(lambda: shared.version(one) == shared.version(leader) == new, 20, "them")
        h.wait_for(lambda: [told(d)["staged"] for d in town.daemons] == [None, None], 20,
                   "nothing to wait")
        assert town.redis.ask("HKEYS", STAGED).strip() == b"*0"
        # Taken back at one, it is at the other, which leads then; and after both have stopped.
        rules.write_rules(leader.settings["rules"], [rules.SETS["old"]])
        stage = load(leader, wang)
        done = one.cli("rules", "deny", stage, "--note", "有误", env=wang)
        assert done.returncode == 0, done.stderr
        denied = both_show(town, "denied")
        assert denied["by"] == "wang" and denied["reason"] == "有误", denied
        for daemon in (one, leader):
            assert daemon.stop() == 0
        leader.start()
        assert town.leader([leader]) is leader
        assert both_show(town, "denied", [leader]) == denied
        assert leader.cli("rules", "approve", stage, env=li).returncode != 0
        assert shared.version(leader) == new


def test_what_cannot_be_everybodys_is_in_force_nowhere():
    """Redis takes the leader's event, and then refuses the block: the rules before come back."""
    with h.World() as world:
        town = nodes.Town(world, 2, shared.sites(world)[1])
        shared.own_rules(town)
        for daemon in town.daemons:
            daemon.settings["rules_approval"] = "two"
            daemon.write_config()
        town.start()
        leader, redis = town.leader(), town.redis
        li, wang = (operator(leader, name) for name in ("li", "wang"))
        old = shared.version(leader)
        h.wait_for(lambda: redis.say("EXISTS", RULES) == b":1", 20, "the first rules")
        new = rules.version_of(rules.write_rules(leader.settings["rules"], [rules.SETS["new"]]))
        stage = load(leader, li)

        def loaded():
            told = h.json_lines(leader.cli("listen", "--since", "0", "--once",
                                           str(leader.status()["head"])).stdout)
            return [e["data"]["version"] for e in told if e["type"] == "huiying.rules.loaded"]
        assert redis.say("RENAME", RULES, ASIDE) == b"+OK"
        assert redis.say("SET", RULES, "no-hash") == b"+OK"
        failed = leader.cli("rules", "approve", stage, env=wang)
        assert failed.returncode != 0, failed
        # Meanwhile others are committed, and each looks: it waits, in force here or not. The first may
        # find the ledger being read again, since a part of what failed was written.
        h.wait_for(lambda: leader.cli("accounts", "add", "zhao", "--role", "operator",
                                      stdin="three bridges, one river\n").returncode == 0, 20, "zhao")

        def looks():
            stats = redis.ask("INFO", "commandstats").decode()
            return int(stats.partition("cmdstat_hget:calls=")[2].partition(",")[0])
        before = looks()
        h.wait_for(lambda: looks() >= before + 8, 20, "them to look")
        assert loaded() == [new] and redis.say("TYPE", RULES) == b"+string"
        assert redis.say("RENAME", ASIDE, RULES) == b"+OK"
        h.wait_for(lambda: loaded() == [new, old], 20, "the rules before")
        assert [shared.version(d) for d in town.daemons] == [old, old]
        # It waits still, and whoever approves it again has it in force.
        assert both_show(town, "staged")["stage"] == stage
        done = leader.cli("rules", "approve", stage, env=wang)
        assert done.returncode == 0, done.stderr
        h.wait_for(lambda: [shared.version(d) for d in town.daemons] == [new, new], 20, "them")
        assert loaded() == [new, old, new]


if __name__ == "__main__":
    h.main(globals())
