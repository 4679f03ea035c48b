#!/usr/bin/python3
"""What is done at one machine is done at all of them, and at one that was away once it is back."""
import collections
import json
import os
import re
import signal
import subprocess
import sys
import time

import harness as h
import test_bridges as bridges
import test_bus as bus
import test_cluster as cluster
import test_erase as erase
import test_examples as examples
import test_nodes as nodes
import test_reload as rules
import test_survey as survey
import zmq


def sites(world):
    site = world.site()
    nodes.publish(site, 2)
    return site, [h.source(site, "a", "/a")]


def dealt_out(redis, machines):
    """Each slot is somebody's, and everybody has his share."""
    answer = redis.ask("HVALS", "{huiying}:slots").split(b"\r\n")
    tokens = collections.Counter(t for t in answer if t and t[:1] not in b"*$")
    return sum(tokens.values()) == 256 and len(tokens) == machines and \
        max(tokens.values()) <= -(-256 // machines)


def listed(daemon):
    keys = h.json_lines(daemon.cli("keys", "list", "--json").stdout)
    return {(k["role"], k["name"]): k["key"] for k in keys}


def watched(world, daemon, unit, pair=None):
    """A receiver, and what tells of its line."""
    desk = world.add(h.Bus(daemon, unit, f"at-{daemon.http_port}", pair))
    monitor = bus.watch(desk.socket)
    world.callback(monitor.close, 0)
    return desk, monitor


def desk_at(world, daemon, unit, pair=None):
    """The same of one that was let in."""
    desk, monitor = watched(world, daemon, unit, pair)
    desk.hello()
    desk.wait(lambda: desk.epoch, what="a welcome")
    return desk, monitor


def test_keys():
    with h.World() as world:
        town = nodes.Town(world, 2, sites(world)[1])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        server = bus.read(os.path.join(one.keys, "server.public"))
        live = [desk_at(world, d, "labour")[1] for d in (leader, one)]
        hall = zmq.Context.instance().socket(zmq.SUB)
        world.callback(hall.close, 0)
        hall.curve_serverkey, (hall.curve_publickey, hall.curve_secretkey) = \
            server, one.dashboard_key
        hall.subscribe(b"head")
        hall.connect(one.bus_pub)
        assert hall.poll(1000 * h.PATIENCE), "the dashboard hears nothing"
        hall_line = bus.watch(hall)
        world.callback(hall_line.close, 0)

        # Revoked at one, nobody is let in with them at any, nor stays.
        assert one.cli("units", "revoke", "labour").returncode == 0
        assert leader.cli("keys", "revoke", "--role", "dashboard", "test").returncode == 0
        for line in (*live, hall_line):
            bus.await_event(line, zmq.EVENT_DISCONNECTED)
            bus.await_event(line, zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        gone = {("unit", "labour"), ("dashboard", "test")}
        h.wait_for(lambda: all(not gone & set(listed(d)) for d in town.daemons), 20, "the lists")

        # Enrolled at one, let in at the other; a key is one owner's, wherever he was enrolled.
        pairs = [zmq.curve_keypair() for _ in range(3)]
        assert one.cli("units", "enrol", "labour", pairs[0][0].decode()).returncode == 0
        assert leader.cli("units", "enrol", "health", pairs[1][0].decode()).returncode == 0
        taken = leader.cli("units", "enrol", "market", pairs[0][0].decode())
        assert taken.returncode not in (0, 70), taken
        unknown = one.cli("units", "revoke", "nobody")
        assert unknown.returncode not in (0, 70), unknown
        h.wait_for(lambda: listed(leader) == listed(one), 20, "the same keys")
        desk_at(world, leader, "labour", pairs[0])
        stays = desk_at(world, one, "health", pairs[1])[0]

        # One that was away knows it before anybody is let in.
        one.kill()
        assert leader.cli("units", "revoke", "labour").returncode == 0
        assert leader.cli("units", "enrol", "market", pairs[2][0].decode()).returncode == 0
        one.start()
        assert listed(one) == listed(leader)
        assert ("unit", "labour") not in listed(one)
        desk_at(world, one, "market", pairs[2])
        bus.await_event(watched(world, one, "labour", pairs[0])[1],
                        zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        # Whose key was not touched goes on, over the line that is made anew.
        stays.epoch = None
        stays.hello()
        stays.wait(lambda: stays.epoch, what="a welcome")

        # What was put there by hand stays so at this machine, until somebody changes that key.
        with open(os.path.join(one.keys, "units", "labour.public"), "wb") as f:
            f.write(pairs[0][0] + b"\n")
        assert one.stop() == 0
        one.start()
        assert listed(one)["unit", "labour"] == pairs[0][0].decode()
        assert ("unit", "labour") not in listed(leader)
        acts = [r["act"] for r in json.loads(
            leader.request("GET", "/api/v1/audit?limit=100")[1])["items"]]
        assert acts.count("key.unit-revoke") >= 2 and acts.count("key.unit-enrol") >= 3, acts


def own_rules(town, which="old"):
    """Each machine has a folder of rules of its own."""
    for daemon in town.daemons:
        daemon.settings["rules"] = rules.write_rules(os.path.join(daemon.folder, "rules"),
                                                     [rules.SETS[which]])
        daemon.write_config()


def version(daemon):
    return daemon.status()["rules"]["version"]


def test_rules():
    with h.World() as world:
        boards = [world.add(cluster.Board(i)) for i in range(8)]
        town = nodes.Town(world, 2, [b.source() for b in boards])
        own_rules(town)
        old = rules.version_of(town.daemons[0].settings["rules"])
        for board in boards:
            board.publish([board.index])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(leader, limit=100)) == 8, 30, "concerns")
        assert version(one) == version(leader) == old
        h.wait_for(lambda: dealt_out(town.redis, 2), 30, "the slots to be dealt out")

        # What is wrong with a folder is told where it lies, and changes nothing.
        wrong = rules.write_rules(os.path.join(world.folder, "wrong"),
                                  [{**rules.SETS["new"], "unit": "nobody"}])
        status, answer = rules.load(one, wrong)
        assert status == 422 and answer["problems"][0]["file"].startswith(wrong), answer
        assert version(one) == version(leader) == old

        # Loaded at one that follows, from its own folder and with its own units, it is loaded.
        new = rules.write_rules(one.settings["rules"], [rules.SETS["new"]])
        known = rules.version_of(new)
        status, answer = rules.load(one)
        assert status == 200 and answer["version"] == known and answer["changed"], answer
        assert answer["previous"] == old and answer["seq"], answer
        assert version(leader) == version(one) == known
        for board in boards:
            board.publish([board.index, 100 + board.index])
        h.wait_for(lambda: len(cluster.open_at(leader, limit=100)) == 16, 30, "more concerns")
        topics = [c["topic"]["id"] for c in leader.concerns(limit=100)]
        assert topics.count("labour-disputes") == topics.count("wage-arrears") == 8, topics
        pollers = set.union(*(b.polled(0) for b in boards))
        assert len(pollers) == 2, pollers
        again = rules.load(one)
        assert again[0] == 200 and not again[1]["changed"], again

        # One that is away when others are loaded judges by them when it is back.
        one.kill()
        third = os.path.join(leader.folder, "third")
        rules.write_rules(third, [rules.SETS["old"], rules.SETS["new"]])
        assert rules.load(leader, third)[0] == 200
        one.start()
        assert version(one) == version(leader) == rules.version_of(third)

        # And so does who leads next, whatever its folder says.
        leader.kill()
        assert town.leader([one]) is one
        leader.start()
        assert version(one) == version(leader) == rules.version_of(third)
        told = h.json_lines(one.cli("listen", "--since", "0", "--once",
                                    str(one.status()["head"])).stdout)
        loaded = [e["data"]["version"] for e in told if e["type"] == "huiying.rules.loaded"]
        assert loaded == [known, rules.version_of(third)], loaded


# Of the stream: how many entries tell of a post; they are kept aside; those are put in again.
TELL = ("local n = 0 for _, e in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do "
        "if string.find(e[2][4], ARGV[1], 1, true) then n = n + 1 end end return n")
AGAIN = ("for _, e in ipairs(redis.call('XRANGE', KEYS[2], '-', '+')) do "
         "redis.call('XADD', KEYS[1], '*', unpack(e[2])) end return redis.call('XLEN', KEYS[2])")
STREAM, ASIDE = "{huiying}:verdicts", "{huiying}:aside"


def test_what_other_rules_judged_is_not_mixed_in():
    with h.World() as world:
        boards = [world.add(cluster.Board(i)) for i in range(8)]
        town = nodes.Town(world, 2, [b.source() for b in boards], lease="20s")
        own_rules(town)
        for each in boards:
            each.publish([each.index])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(leader, limit=100)) == 8, 30, "concerns")
        h.wait_for(lambda: dealt_out(town.redis, 2), 60, "the slots to be dealt out")
        node = cluster.part(one)["node"]
        since = time.monotonic()
        board = h.wait_for(lambda: next((b for b in boards if node in b.polled(since)), None), 20,
                           "a poll by the one that follows")

        def script(text, *values):
            return town.redis.say("EVAL", f'"{text}"', *values)
        # What was judged by the old rules stays on the way until there are others.
        leader.child.send_signal(signal.SIGSTOP)
        try:
            board.publish([board.index, 100])
            h.wait_for(lambda: script(TELL, "1", STREAM, "p100") != b":0", 5, "verdicts")
            board.publish([board.index])  # it was polled just now, and is not for a while
            assert town.redis.say("COPY", STREAM, ASIDE) == b":1"
            town.redis.say("XTRIM", STREAM, "MAXLEN", "0")
        finally:
            leader.child.send_signal(signal.SIGCONT)
        assert town.leader() is leader
        other = rules.write_rules(os.path.join(world.folder, "other"), [rules.SETS["new"]])
        assert rules.load(leader, other)[0] == 200
        assert int(script(AGAIN, "2", STREAM, ASIDE)[1:]) > 0

        def log():
            with open(leader.log, encoding="utf-8") as f:
                return f.read()
        h.wait_for(lambda: "event=cluster.other_rules" in log(), 20, "it to be refused")
        h.wait_for(lambda: script(TELL, "1", STREAM, "p100") == b":0", 20, "it to be taken")
        assert len(leader.concerns(limit=100)) == 8, leader.concerns(limit=100)
        board.publish([board.index, 100])
        h.wait_for(lambda: len(cluster.open_at(leader, limit=100)) == 9, 30, "its concern")
        topics = [c["topic"]["id"] for c in leader.concerns(limit=100)]
        assert topics.count("labour-disputes") == 1, topics


def who(daemon, head):
    status, body = daemon.request("GET", "/api/v1/session", tcp=True, headers=head)
    assert status == 200, (status, body)
    return json.loads(body)["account"]


def test_people():
    with h.World() as world:
        town = nodes.Town(world, 2, sites(world)[1])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(one)) == 2, 30, "concerns")
        concerns = [c["id"] for c in one.concerns()]
        assert leader.cli("accounts", "add", "li", "--role", "coordinator",
                          stdin=cluster.PASSWORD + "\n").returncode == 0

        # Who is logged in at one is at the other, with all that he may do there.
        head = cluster.log_in(one, "li")
        assert who(leader, head) == who(one, head) == "li"
        done = leader.request("POST", f"/api/v1/concerns/{concerns[0]}/accept", "{}", tcp=True,
                              headers=head)
        assert done[0] == 200, done
        forged = leader.request("POST", f"/api/v1/concerns/{concerns[1]}/accept", "{}", tcp=True,
                                headers={**head, "X-CSRF-Token": "x" * 43})
        assert forged[0] == 403, forged
        again = cluster.log_in(leader, "li")
        assert one.stop() == 0
        one.start()
        assert who(one, head) == who(one, again) == "li"
        # Who logs out at one is out at the other; so is he whose password is another.
        assert leader.request("DELETE", "/api/v1/session", tcp=True, headers=head)[0] == 200
        assert who(one, head) is None and who(one, again) == "li"
        last = [cluster.log_in(one, "li") for _ in range(8)]
        assert who(one, again) is None and who(leader, last[0]) == who(leader, last[7]) == "li"
        assert leader.cli("accounts", "passwd", "li",
                          stdin="another password, as long\n").returncode == 0
        assert who(one, last[7]) is None
        keys = town.redis.ask("KEYS", "*kept*")
        assert b"kept" in keys and all(x["Cookie"].split("=")[1].encode() not in keys for x in last)

        # A script's token, and forms that were opened at another machine.
        made = one.cli("accounts", "token", "li")
        assert made.returncode == 0, made
        token = {"Authorization": "Bearer " + made.stdout.strip()}
        assert who(leader, token) == who(one, token) == "li"
        assert leader.cli("answer", concerns[0], "--url", survey.REPLY).returncode == 0
        h.wait_for(lambda: one.get(f"/api/v1/concerns/{concerns[0]}")["state"] == "closed", 20,
                   "it to be closed")
        given = survey.token(one, concerns[0])
        assert survey.say(leader, concerns[0], "yes", given)[0] == 303
        form = re.search(rb'name="token" value="([0-9a-f]+)"',
                         one.request("GET", "/correct/" + concerns[1], tcp=True)[1]).group(1)
        assert erase.ask(leader, concerns[1], token=form.decode())[0] == 303


def test_receivers_go_on_at_the_next():
    with h.World() as world:
        site = world.site()
        nodes.publish(site, 2)
        town = nodes.Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(leader)) == 2, 30, "concerns")
        both = [one.bus_units, leader.bus_units]
        hook = world.add(bridges.mailbox.Hook({}))
        bridges.hooked(world, leader, "json", "json", hook, endpoints=both)
        names = ("server.public", "units/labour.public", "units/labour.secret")
        keys = [os.path.join(leader.keys, name) for name in names]
        out = open(os.path.join(world.folder, "heard"), "w+b")
        world.callback(out.close)
        child = subprocess.Popen([sys.executable, os.path.join(examples.FOLDER, "receiver.py"),
                                  ",".join(both), *keys, "100000"], stdout=out,
                                 stderr=subprocess.DEVNULL)
        world.callback(child.wait)
        world.callback(child.kill)

        def heard():
            with open(out.name, encoding="utf-8") as f:
                return [e["unitseq"] for e in h.json_lines(f.read().rpartition("\n")[0])]
        h.wait_for(lambda: len(hook.taken) == 2 and len(heard()) >= 2, 30, "what there was")
        h.wait_for(lambda: nodes.receivers(one) == 2, 30, "both receivers at the first machine")
        one.kill()
        nodes.publish(site, 4)
        h.wait_for(lambda: len(cluster.open_at(leader)) == 4, 30, "more concerns")
        h.wait_for(lambda: nodes.receivers(leader) == 2, 60, "them at the next machine")
        units = leader.get("/api/v1/units")["items"]
        head = next(u["head"] for u in units if u["id"] == "labour")
        h.wait_for(lambda: len(hook.taken) == 4 and len(heard()) >= head, 30, "the rest")
        assert heard() == list(range(1, len(heard()) + 1)), heard()
        told = [e["data"]["concern"] for e in hook.bodies()]
        assert len(set(told)) == 4, told


if __name__ == "__main__":
    h.main(globals())
