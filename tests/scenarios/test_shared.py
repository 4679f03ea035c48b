#!/usr/bin/python3
"""What is done at one machine is done at all of them, and at one that was away once it is back."""
import json
import os

import harness as h
import test_bus as bus
import test_nodes as nodes
import zmq


def sites(world):
    site = world.site()
    nodes.publish(site, 2)
    return site, [h.source(site, "a", "/a")]


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
        assert hall.poll(20000), "the dashboard hears nothing"
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


if __name__ == "__main__":
    h.main(globals())
