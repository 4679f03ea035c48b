#!/usr/bin/python3
"""Any machine serves the bus and the API: who loses one goes on at another, where he was."""
import collections
import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading

import harness as h
import material as m
import redis_server
import test_cluster as cluster
import yaml
import zmq


class Town(cluster.Town):
    """Machines that carry one and the same folder of keys."""

    def __init__(self, world, count, sources, address=None, **more):
        super().__init__(world, count, sources, address, **more)
        first = self.daemons[0].keys
        for kind, key in zip(("public", "secret"), zmq.curve_keypair()):
            path = os.path.join(first, "server." + kind)
            with open(path, "wb") as f:
                f.write(key + b"\n")
            os.chmod(path, 0o600)
        for daemon in self.daemons[1:]:
            shutil.rmtree(daemon.keys)
            shutil.copytree(first, daemon.keys)
            daemon.dashboard_key = self.daemons[0].dashboard_key

    def followers(self):
        leader = self.leader()
        return [d for d in self.daemons if d is not leader]


class Listener:
    """`huiying listen` as a unit, at several machines in turn."""

    def __init__(self, world, daemons, *more):
        self.path = os.path.join(world.folder, "heard")
        with open(self.path, "wb") as out:
            self.child = subprocess.Popen(
                [h.program("huiying"), "listen", "--unit", "labour", "--keys", daemons[0].keys,
                 "--endpoint", ",".join(d.bus_units for d in daemons), *more],
                stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                env=dict(os.environ, HUIYING_SOCKET="/nowhere"))

    def heard(self):
        with open(self.path, encoding="utf-8") as f:
            return [e["unitseq"] for e in h.json_lines(f.read().rpartition("\n")[0])]

    def close(self):
        self.child.kill()
        self.child.wait()


def publish(site, count):
    site.set("/a", m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(count)]))


def receivers(daemon):
    """None while its house makes way for another one."""
    with contextlib.suppress(OSError, h.http.client.HTTPException):
        return daemon.status()["bus"]["receivers"]
    return None


def kept(town):
    """Up to which event the store knows what receivers acknowledged."""
    fields = town.redis.ask("HVALS", "{huiying}:cursors").split(b"\r\n")
    return max((int(f) for f in fields if f[:1].isdigit()), default=0)


def test_listener_goes_on_at_another():
    with h.World() as world:
        site = world.site()
        publish(site, 3)
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        listener = world.add(Listener(world, [*town.followers(), town.leader()]))
        h.wait_for(lambda: len(listener.heard()) >= 3, 30, "events at a follower")
        # The machine that it is at dies, the first one unless it had to go on; and the leader does.
        one = h.wait_for(lambda: next((d for d in town.daemons if receivers(d)), None),
                         what="where it is")
        one.kill()
        leader = town.leader([d for d in town.daemons if d is not one])
        publish(site, 6)
        h.wait_for(lambda: len(cluster.open_at(leader)) == 6, 30, "concerns")
        h.wait_for(lambda: len(listener.heard()) >= 6, 30, "events at another one")
        one.start()
        leader.kill()
        second = town.leader([d for d in town.daemons if d is not leader])
        publish(site, 9)
        h.wait_for(lambda: len(cluster.open_at(second)) == 9, 60, "concerns")
        h.wait_for(lambda: len(listener.heard()) >= 9, 30, "events of the new leader")
        heard = listener.heard()
        assert heard == list(range(1, len(heard) + 1)), heard
        # What was kept of its acknowledgements is durable: the next one begins behind that, wherever
        # it asks. Others were on their way when it fell.
        h.wait_for(lambda: kept(town), what="what it acknowledged")
        listener.close()
        heard, least = listener.heard(), kept(town)  # more may have come since
        leader.start()
        publish(site, 10)
        h.wait_for(lambda: len(cluster.open_at(second)) == 10, 30, "concerns")
        again = world.add(Listener(world, [leader, one], "--once", "1"))
        assert again.child.wait(h.PATIENCE) == 0
        assert least < again.heard()[0] <= heard[-1] + 1, (again.heard(), least, heard)
        since = world.add(Listener(world, [leader, one], "--since", "2", "--once", "3"))
        assert since.child.wait(h.PATIENCE) == 0
        assert since.heard() == [3, 4, 5]


def test_follower_serves_the_bus():
    with h.World() as world:
        site = world.site()
        publish(site, 2)
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        one, other = town.followers()
        leader = town.leader()
        feeds = [world.add(h.Published(d)) for d in (leader, one)]
        desk = world.add(h.Bus(one, "labour", "desk"))
        desk.hello()
        desk.wait(lambda: len(desk.events) >= 2, what="events")
        # A command from a follower is done by the leader, once.
        concern = desk.events[0]["data"]["concern"]
        result = desk.command("k-1", "accept", concern)
        assert result["status"] == "ok", result
        assert desk.command("k-1", "accept", concern)["seq"] == result["seq"]
        desk.wait(lambda: "accepted" in desk.kinds(concern), what="its event")
        last = desk.events[-1]["unitseq"]
        assert [e["unitseq"] for e in desk.events] == list(range(1, last + 1))
        # The cursor is everyone's: the same desk goes on at another machine, without a memory.
        desk.wait(lambda: cursor(town) >= last, what="a durable cursor")
        desk.close()
        publish(site, 4)
        there = world.add(h.Bus(other, "labour", "desk"))
        there.hello()
        there.wait(lambda: len(there.events) >= 2, what="events at the other machine")
        assert there.events[0]["unitseq"] == last + 1
        # PUB says at a follower what it says at the leader.
        for feed in feeds:
            h.wait_for(lambda: feed.pump() or len(seqs(feed)) >= 2, 30, "published events")
        h.wait_for(lambda: [f.pump() for f in feeds] and tail(feeds[0]) == tail(feeds[1]), 30,
                   "the same")


def lines(daemon):
    """Units and whether they were said to be offline or online again, in order."""
    told = h.json_lines(daemon.cli("listen", "--since", "0", "--once",
                                   str(daemon.status()["head"])).stdout)
    return [(e["data"]["unit"], h.kind_of(e)) for e in told
            if e["type"].startswith("huiying.unit.")]


def test_in_reach_of_any_is_in_reach():
    with h.World() as world:
        site = world.site()
        publish(site, 1)
        town = Town(world, 2, [h.source(site, "a", "/a")])
        for daemon in town.daemons:
            # Longer than the desk is left alone between two looks, on a slow machine too.
            daemon.settings["bus"] = {"silent": "6s", "grace": "7s"}
            daemon.write_config()
        town.start()
        leader = town.leader()
        desk = world.add(h.Bus(town.followers()[0], "labour", "desk"))
        desk.hello()

        def offline(unit):
            desk.pump()
            return (unit, "offline") in lines(leader)
        h.wait_for(lambda: offline("health"), 30, "a silent unit to be told of")
        h.wait_for(lambda: offline("market"), 30, "another one")
        assert "labour" not in dict(lines(leader)) or dict(lines(leader))["labour"] == "online"
        desk.close()
        h.wait_for(lambda: ("labour", "offline") in lines(leader), 30, "its end to be told of")


def holders(redis):
    """How many slots each machine holds: between two beats some are nobody's."""
    answer = redis.ask("HVALS", "{huiying}:slots").split(b"\r\n")
    return collections.Counter(t for t in answer if t and t[:1] not in b"*$")


def test_asked_while_slots_are_nobodys():
    """Half of the slots are given up for a machine that takes them seconds later."""
    page = "<html><head><title>%s</title></head><body><article><p>%s</p></article></body></html>"
    with h.World() as world:
        sites = [world.add(h.Site(f"127.0.7.{i}")) for i in range(1, 13)]
        for i, site in enumerate(sites):
            site.set("/page", page % m.numbered(m.WAGES, i)[:2], "text/html; charset=utf-8")
            site.set("/b", m.rss([(f"b{i}", *m.numbered(m.WAGES, 50 + i))]))
        added = [h.source(s, f"b{i}", "/b", interval="6h") for i, s in enumerate(sites)]
        site = world.site()
        site.set("/a", m.rss([("a", *m.numbered(m.WAGES, 99))]))
        town = Town(world, 2, [h.source(site, "a", "/a")], lease="3s")
        one, other = town.daemons
        one.start()
        h.wait_for(lambda: len(cluster.open_at(one)) == 1, 30, "a concern")
        other.start()
        h.wait_for(lambda: sum(holders(town.redis).values()) < 256 or
                   len(holders(town.redis)) == 2, 20, "slots that are given up")
        asked = [register(one, s.url("/page")) for s in sites]
        status, each = ask(one, "POST", "/api/v1/sources", added)
        assert status == 200, each
        done = [(a.wait(h.PATIENCE), *a.communicate()) for a in asked]
        assert {code for code, out, err in done} == {0}, done
        assert len({json.loads(out)["concern"] for code, out, err in done}) == len(sites), done
        # Nobody waits for hours because his first poll fell due meanwhile.
        h.wait_for(lambda: len(cluster.open_at(one, limit=100)) == 1 + 2 * len(sites), 30,
                   "a concern of each source")


def test_follower_takes_what_the_leader_does():
    with h.World() as world:
        site = world.site()
        publish(site, 3)
        site.set("/b", m.rss([("b0", *m.numbered(m.WAGES, 50))]))
        site.set("/page", "<html><head><title>%s</title></head><body><article><p>%s</p></article>"
                 "</body></html>" % m.numbered(m.WAGES, 70)[:2], "text/html; charset=utf-8")
        town = Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(one)) == 3, 30, "concerns")
        concerns = sorted(c["id"] for c in one.concerns())

        # Sources, one by one and many at once, and again under the same key.
        added = [h.source(site, "b", "/b"), h.source(site, "a", "/a")]
        key = {"Idempotency-Key": "k-7", "Content-Type": "application/json"}

        def add(daemon):
            return daemon.request("POST", "/api/v1/sources", json.dumps(added), headers=key)
        first = add(one)
        assert first[0] == 200, first
        assert add(leader) == first and add(one) == first
        h.wait_for(lambda: len(cluster.open_at(one)) == 4, 30, "a concern of the new source")
        for verb, state in (("pause", "paused"), ("resume", "active")):
            assert one.cli("feeds", verb, "b").returncode == 0
            h.wait_for(lambda: leader.source("b")["state"] == one.source("b")["state"] == state, 20,
                       state)
        assert one.cli("feeds", "remove", "b").returncode == 0
        assert one.cli("feeds", "pause", "b").returncode not in (0, 75)
        # A page that somebody points to is fetched by whom its domain belongs to.
        registered = one.cli("register", site.url("/page"), "--topic", "wage-arrears", "--json")
        assert registered.returncode == 0, registered
        found = json.loads(registered.stdout)["concern"]
        assert found not in concerns, registered
        # What is taken out is gone at both.
        erased = one.cli("erase", concerns[0], "--code", "personal")
        assert erased.returncode == 0, erased
        trail = json.loads(leader.request("GET", "/api/v1/audit?limit=100")[1])["items"]
        assert sorted({(r["act"], r["target"]) for r in trail}) == [
            ("concern.register", found), ("source.add", "2"), ("source.pause", "b"),
            ("source.remove", "b"), ("source.resume", "b"), ("text.erase", concerns[0])], trail


def test_each_machine_has_a_name_of_its_own():
    with h.World() as world:
        site = world.site()
        publish(site, 2)
        town = Town(world, 2, [h.source(site, "a", "/a")])
        first, second = town.daemons
        with open(second.config, encoding="utf-8") as f:
            config = yaml.safe_load(f)
        config["cluster"]["node"] = "n1"
        with open(second.config, "w", encoding="utf-8") as f:
            yaml.safe_dump(config, f, allow_unicode=True)
        first.start()
        with contextlib.suppress(AssertionError):
            second.start()
        assert second.child.poll() == 69, second.log_tail()
        assert "cluster.node must differ" in second.log_tail(5), second.log_tail()
        assert cluster.part(first)["machines"] == 1
        # One that was killed is none of another life of it.
        first.kill()
        first.start()
        assert town.leader([first]) is first


def test_many_added_sources_stall_nobody():
    with h.World() as world:
        site = world.site()
        publish(site, 6)
        town = Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(one)) == 6, 30, "concerns")
        path = os.path.join(world.folder, "many.opml")
        with open(path, "w", encoding="utf-8") as out:
            out.write('<opml version="2.0"><head><title>many</title></head><body>\n')
            out.writelines(f'<outline text="m{i}" xmlUrl="http://127.1.{i // 256}.{i % 256}:1/f.xml"/>\n'
                           for i in range(3000))
            out.write("</body></opml>\n")

        def known(daemon):
            return daemon.status()["sources"]["total"] == 3001
        assert leader.cli("feeds", "import", path, "--interval", "24h").returncode == 0
        # Before what is handed on is given up, or it would fail; whatever is still to be heard of the
        # sources.
        for concern in one.concerns():
            accepted = one.cli("accept", concern["id"])
            assert accepted.returncode == 0, accepted
        h.wait_for(lambda: known(leader) and known(one), h.PATIENCE, "all sources at both")


class Gate:
    """A page that is answered when it is opened."""

    def __init__(self):
        self.asked, self.opened = threading.Event(), threading.Event()
        self.body, self.mime = "", "application/rss+xml; charset=utf-8"

    def serve(self, request):
        self.asked.set()
        self.opened.wait(h.PATIENCE)
        data = self.body.encode()
        with contextlib.suppress(OSError):
            request.send_response(200)
            request.send_header("Content-Type", self.mime)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)


def register(daemon, url):
    return subprocess.Popen(
        [h.program("huiying"), "register", url, "--topic", "wage-arrears", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, HUIYING_SOCKET=daemon.socket))


def test_a_page_of_another_leader_is_no_answer():
    """What one leader asked for comes when the next one waits for other pages."""
    page = "<html><head><title>%s</title></head><body><article><p>%s</p></article></body></html>"
    with h.World() as world:
        sites = [world.add(h.Site(f"127.0.8.{i}")) for i in range(1, 9)]
        gates = {"/old": [Gate() for _ in sites], "/new": [Gate() for _ in sites]}
        for path, first in (("/old", 0), ("/new", 50)):
            for i, (site, gate) in enumerate(zip(sites, gates[path])):
                gate.body = page % m.numbered(m.WAGES, first + i)[:2]
                gate.mime = "text/html; charset=utf-8"
                site.set(path, "", answer=gate.serve)
        site = world.site()
        publish(site, 1)
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        leader = town.leader()
        h.wait_for(lambda: len(cluster.open_at(leader)) == 1, 30, "a concern")
        h.wait_for(lambda: len(holders(town.redis)) == 3, 30, "slots of each machine")
        early = [register(leader, s.url("/old")) for s in sites]
        for gate in gates["/old"]:
            assert gate.asked.wait(h.PATIENCE)
        leader.kill()
        for child in early:
            child.kill()
        second = town.leader([d for d in town.daemons if d is not leader])
        asked = [register(second, s.url("/new")) for s in sites]
        for gate in gates["/old"]:
            gate.opened.set()
        for gate in gates["/new"]:
            assert gate.asked.wait(h.PATIENCE)
            gate.opened.set()
        done = [(a.wait(h.PATIENCE), *a.communicate()) for a in asked]
        assert {code for code, out, err in done} == {0}, done
        for i, (code, out, err) in enumerate(done):
            concern = second.get(f"/api/v1/concerns/{json.loads(out)['concern']}")
            assert concern["mentions"][0]["title"] == m.numbered(m.WAGES, 50 + i)[0], (i, concern)


def test_nothing_is_shown_before_a_replica_has_it():
    with h.World() as world:
        first, second = redis_server.pair(world)
        site = world.site()
        publish(site, 2)
        town = Town(world, 2, [h.source(site, "a", "/a", interval="6h")], first.address, replicas=1)
        town.start()
        leader, one = town.leader(), town.followers()[0]
        desks = [world.add(h.Bus(d, "labour", "at" + part["node"]))
                 for d, part in ((d, cluster.part(d)) for d in (leader, one))]
        streams = [world.add(h.Stream(d)) for d in (leader, one)]
        for desk in desks:
            desk.hello()
            desk.wait(lambda: len(desk.events) >= 2, what="events")
        h.wait_for(lambda: len(streams[0].events) == len(streams[1].events) > 1, 20, "streams")
        for desk in desks:
            last = b'"op":"acked","unitseq":%d}' % desk.events[-1]["unitseq"]
            h.wait_for(lambda: desk.pump() or last in b"".join(desk.frames), 20, "its cursor")
        # A poll is under way, whose outcome is the first thing that no replica gets.
        gate = Gate()
        gate.body = m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(3)])
        site.set("/a", gate.body, answer=gate.serve)
        assert ask(leader, "POST", "/api/v1/sources/a/poll")[0] == 200
        assert gate.asked.wait(h.PATIENCE)
        stored = first.say("XLEN", "{huiying}:events")
        shown = [len(x.events) for x in (*desks, *streams)]
        second.signal(signal.SIGSTOP)
        gate.opened.set()
        h.wait_for(lambda: first.say("XLEN", "{huiying}:events") != stored, 30, "a script")
        for desk in desks:  # who asks for it does not get it either
            desk.send(op="events", **{"from": 1, "to": 1000})
            h.wait_for(lambda: desk.pump() and b"events-end" in b"".join(desk.frames[-20:]), 20,
                       "the end of a range")
        h.wait_for(lambda: cluster.part(one)["lag_ms"] > 1000, 20, "the follower to say so")
        late = world.add(h.Stream(one))
        h.wait_for(lambda: len(late.events) >= shown[3], 20, "a new stream")
        told = {e["seq"] for x in (*desks, *streams, late) for e in x.events}
        assert max(told) <= int(stored[1:]), (told, stored)
        second.signal(signal.SIGCONT)
        for desk in desks:
            desk.wait(lambda: max(e["seq"] for e in desk.events) > int(stored[1:]), what="it")


def test_what_nobody_knew_of_is_shown_once_it_is_known():
    with h.World() as world:
        first, second = redis_server.pair(world)
        site = world.site()
        publish(site, 1)
        town = Town(world, 1, [h.source(site, "a", "/a", interval="6h")], first.address, replicas=1)
        town.start()
        leader = town.daemons[0]
        h.wait_for(lambda: cluster.open_at(leader), 30, "a concern")
        stream = world.add(h.Stream(leader))
        second.signal(signal.SIGSTOP)
        said = leader.cli("accept", leader.concerns()[0]["id"])
        assert said.returncode == 75 and "同一幂等键" in said.stderr, said
        assert not any(h.kind_of(e) == "accepted" for e in stream.events)
        second.signal(signal.SIGCONT)
        h.wait_for(lambda: any(h.kind_of(e) == "accepted" for e in stream.events), 30, "it")


def shown_at(world, daemon, receiver):
    """What a receiver that asks for everything and a new stream hear of there."""
    desk, stream = world.add(h.Bus(daemon, "labour", receiver)), world.add(h.Stream(daemon))
    desk.hello()
    desk.wait(lambda: b'"op":"welcome"' in b"".join(desk.frames), what="welcome")
    desk.send(op="events", **{"from": 1, "to": 1000})
    desk.wait(lambda: b"events-end" in b"".join(desk.frames), what="the end of a range")
    return desk, stream


def test_a_new_leader_shows_nothing_before_a_replica_has_it():
    with h.World() as world:
        first, second = redis_server.pair(world)
        site = world.site()
        publish(site, 2)
        town = Town(world, 2, [h.source(site, "a", "/a", interval="6h")], first.address, replicas=1)
        town.start()
        leader, other = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(other)) == 2, 30, "concerns")
        gate = Gate()
        gate.body = m.rss([(f"p{i}", *m.numbered(m.WAGES, i)) for i in range(3)])
        site.set("/a", gate.body, answer=gate.serve)
        assert ask(leader, "POST", "/api/v1/sources/a/poll")[0] == 200
        assert gate.asked.wait(h.PATIENCE)
        stored = first.say("XLEN", "{huiying}:events")
        second.signal(signal.SIGSTOP)
        gate.opened.set()
        h.wait_for(lambda: first.say("XLEN", "{huiying}:events") != stored, 30, "a script")
        leader.kill()
        town.leader([other])
        h.wait_for(lambda: receivers(other) is not None and other.status()["cluster"]["leads"], 60,
                   "its house")
        desk, stream = shown_at(world, other, "late")
        h.wait_for(lambda: stream.events, 20, "a new stream")
        told = {e["seq"] for x in (desk, stream) for e in x.events}
        assert max(told) <= int(stored[1:]), (told, stored)
        second.signal(signal.SIGCONT)
        desk.wait(lambda: max(e["seq"] for e in desk.events) > int(stored[1:]), what="them")
        h.wait_for(lambda: max(e["seq"] for e in stream.events) > int(stored[1:]), 20, "them, too")


def test_too_few_replicas_are_told_while_it_lasts():
    with h.World() as world:
        first, second = redis_server.pair(world)
        site = world.site()
        publish(site, 2)
        town = Town(world, 2, [h.source(site, "a", "/a", interval="6h")], first.address, replicas=1)
        town.start()

        def at(daemon, online):
            """None while its house makes way for another one."""
            its = cluster.part(daemon)
            return its if its and its["replicas"] == online else None

        def shows(daemon, name, value):
            def does():
                with contextlib.suppress(OSError, h.http.client.HTTPException):
                    return metric(daemon, name) == value
            h.wait_for(does, 30, f"{name} {value}")

        def status(daemon):
            return h.wait_for(lambda: (lambda done: done.returncode == 0 and done.stdout)(
                daemon.cli("status")), 30, "its status")

        def fails(daemon):
            its = cluster.part(daemon)
            return None if its is None else bool(its["failing"])

        def seen(online):
            for d in town.daemons:
                told = h.wait_for(lambda: at(d, online), 30, "its word of them")
                assert told["replicas_needed"] == 1
                shows(d, "huiying_redis_replicas", online)
                shows(d, "huiying_redis_replicas_needed", 1)
                h.wait_for(lambda: ("在线副本" in status(d)) == (online == 0), what="its status")

        def told(daemon):
            return [line for line in daemon.log_tail(5000).split("\n")
                    if "event=cluster.replicas" in line]
        h.wait_for(lambda: cluster.open_at(town.leader()), 30, "concerns")
        seen(1)
        before = [len(told(d)) for d in town.daemons]
        second.kill()  # nothing is polled, or committed, meanwhile
        seen(0)
        # Redis itself may be told to take nothing then: each machine says so, not who writes alone.
        first.ask("CONFIG", "SET", "min-replicas-to-write", "1")
        for d in town.daemons:
            h.wait_for(lambda: fails(d) is True, what="the refusal")
            shows(d, "huiying_cluster_failing", 1)
            h.wait_for(lambda: "Redis 不接受本机的续期" in status(d), what="its word of it")
        first.ask("CONFIG", "SET", "min-replicas-to-write", "0")
        for d in town.daemons:
            h.wait_for(lambda: fails(d) is False, what="its end")
            shows(d, "huiying_cluster_failing", 0)
        second.start()
        seen(1)
        for d, n in zip(town.daemons, before):
            lines = told(d)[n:]
            # A replica that is late with its word of itself may be missed once more.
            kinds = ["warn" if "level=warn" in line else "info" for line in lines]
            assert kinds == ["warn", "info"] * (len(lines) // 2) and lines, lines
            assert all(("online=0" if kind == "warn" else "online=1") + " need=1" in line
                       for kind, line in zip(kinds, lines)), lines


class Page:
    """A browser's EventSource behind one address: when a stream ends it asks again, wherever that
    leads to now, with the id of the last event that it got (Last-Event-ID)."""

    def __init__(self):
        self.seqs, self.epochs = [], set()

    def read(self, daemon, until):
        """From this machine, until there are so many events or it is gone."""
        headers = {"Last-Event-ID": str(self.seqs[-1])} if self.seqs else {}
        connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/api/v1/events?since=0", headers=headers)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            while len(self.seqs) < until and (line := answer.readline()):
                if line.startswith(b"id: "):
                    self.seqs.append(int(line[4:]))
                elif line.startswith(b"data: "):
                    self.epochs.add(json.loads(line[6:])["epoch"])


def test_page_goes_on_at_another():
    with h.World() as world:
        site = world.site()
        publish(site, 2)
        town = Town(world, 3, [h.source(site, "a", "/a")])
        town.start()
        leader, (one, other) = town.leader(), town.followers()
        h.wait_for(lambda: len(cluster.open_at(one)) == 2, 30, "concerns")
        page = Page()
        head = leader.status()["head"]
        page.read(one, head)
        assert page.seqs == list(range(1, head + 1))
        # Its machine dies while it waits; it asks elsewhere.
        reader = threading.Thread(target=page.read, args=(one, 10 ** 9))
        reader.start()
        publish(site, 3)
        h.wait_for(lambda: len(page.seqs) > head, 30, "events as they come")
        one.kill()
        reader.join(h.PATIENCE)
        publish(site, 4)
        h.wait_for(lambda: len(cluster.open_at(other)) == 4, 30, "concerns")
        page.read(other, leader.status()["head"])
        # And the leader does.
        one.start()
        leader.kill()
        second = town.leader([one, other])
        publish(site, 6)
        h.wait_for(lambda: len(cluster.open_at(second)) == 6, 60, "concerns")
        head = second.status()["head"]
        page.read(one, head)
        assert page.seqs == list(range(1, head + 1)), page.seqs
        assert page.epochs == {second.status()["epoch"]}


def metric(daemon, name):
    """None where there is no such line."""
    for line in daemon.request("GET", "/metrics")[1].decode().splitlines():
        if line.startswith(name + " ") or line.startswith(name + "{"):
            return float(line.rsplit(" ", 1)[1])
    return None


def test_each_says_who_leads_and_how_far_behind_it_is():
    with h.World() as world:
        site = world.site()
        publish(site, 2)
        town = Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        name = cluster.part(leader)["node"]
        h.wait_for(lambda: cluster.part(one)["shown"] == leader.status()["head"] > 1, 30,
                   "what is committed to be shown")
        assert cluster.part(leader)["lag_ms"] is None
        assert metric(leader, "huiying_cluster_leads") == 1
        assert metric(one, "huiying_cluster_leads") == 0
        for daemon in town.daemons:
            h.wait_for(lambda: metric(daemon, "huiying_cluster_machines") == 2, 20, "both")
            assert f'huiying_cluster_leader{{node="{name}"}} 1' in daemon.request(
                "GET", "/metrics")[1].decode()
            assert name in daemon.cli("status").stdout


# What a machine does for itself alone, whoever leads.
OWN = {
    "/api/v1/rules/load": "each loads its own folder of rules, which its workers judge by",
    "/api/v1/keys/units/{source}": "each has its own folder of keys",
    "/api/v1/keys/dashboards/{source}": "each has its own folder of keys",
    "/api/v1/session": "a session is one machine's; accounts and tokens are everyone's",
}
# Asked for with what makes it succeed, at the follower alone; what it is to answer.
DONE = [
    ("POST", "/api/v1/concerns/{0}/accept", {}, 200),
    ("POST", "/api/v1/concerns/{0}/accept", {"key": 1}, 422),
    ("POST", "/api/v1/concerns/{0}/progress", {"url": "https://www.example.gov.cn/1.html"}, 200),
    ("POST", "/api/v1/concerns/{0}/close", {}, 409),
    ("POST", "/api/v1/concerns/{0}/answer", {"url": "https://www.example.gov.cn/2.html"}, 200),
    ("POST", "/api/v1/concerns/{0}/accept", {}, 409),
    ("POST", "/api/v1/concerns/{1}/remind", {}, 200),
    ("PUT", "/api/v1/items/{item}/mark", {"request": "report"}, 200),
    ("POST", "/api/v1/items/{item}/redact", {}, 200),
    ("POST", "/api/v1/sources/a/poll", {}, 200),
    ("POST", "/api/v1/accounts",
     {"account": "wang", "role": "operator", "password": cluster.PASSWORD}, 200),
    ("PUT", "/api/v1/accounts/wang/password", {"password": cluster.PASSWORD[::-1]}, 200),
    ("DELETE", "/api/v1/accounts/wang", None, 200),
]


def ask(daemon, method, path, body=None):
    text = None if body is None else json.dumps(body)
    return daemon.request(method, path, text, headers={"Content-Type": "application/json"})


# Of a job at a time on each machine: the one before may be done, or not.
JOBS = [f"/api/v1/rules/{kind}" for kind in ("eval", "backtest")]


def test_each_route_works_at_a_follower():
    with open(os.path.join(h.ROOT, "docs", "openapi.yaml"), encoding="utf-8") as f:
        routes = yaml.safe_load(f)["paths"]
    with h.World() as world:
        site = world.site()
        publish(site, 3)
        town = Town(world, 2, [h.source(site, "a", "/a")])
        town.start()
        leader, one = town.leader(), town.followers()[0]
        h.wait_for(lambda: len(cluster.open_at(one)) == 3, 30, "concerns")
        concerns = sorted(c["id"] for c in one.concerns())
        item = one.get(f"/api/v1/concerns/{concerns[2]}")["mentions"][0]["id"]
        asked = 0
        for path, methods in routes.items():
            real = path.replace("/topics/{source}", "/topics/wage-arrears")
            for name, value in (("id", concerns[2]), ("source", "x"), ("item", item),
                                ("reply", concerns[2]), ("month", "2026-01")):
                real = real.replace("{%s}" % name, value)
            for method in methods:
                if method not in ("get", "put", "post", "delete") or path == "/api/v1/events":
                    continue
                body = None if method in ("get", "delete") else {}
                there, here = (ask(d, method.upper(), real, body) for d in (one, leader))
                same = {there[0], here[0]}
                assert same <= {200, 409} if path in JOBS else len(same) == 1 and 503 not in same, \
                    (method, path, there, here)
                asked += 1
        for method, path, body, want in DONE:
            done = ask(one, method, path.format(*concerns, item=item), body)
            assert done[0] == want, (method, path, done)
        # What was done has effects of its own, a reply that is fetched among them.
        h.wait_for(lambda: ask(one, "GET", f"/api/v1/concerns/{concerns[0]}")[1] ==
                   ask(leader, "GET", f"/api/v1/concerns/{concerns[0]}")[1], what="the same at both")
        assert OWN.keys() <= routes.keys()
        h.figure(asked=asked, own=len(OWN))


def cursor(town):
    """What (labour, desk) has acknowledged for good."""
    answer = town.redis.ask("HGET", "{huiying}:cursors", '"labour\\x00desk"').split(b"\r\n")
    return int(answer[1]) if len(answer) > 2 else 0


def seqs(feed):
    return [json.loads(body)["seq"] for topic, body in feed.frames]


def tail(feed):
    """But for the address at which each machine shows the concern."""
    last = [json.loads(body) for topic, body in feed.frames][-2:]
    return [{k: v for k, v in e.items() if k != "address"} for e in last]


if __name__ == "__main__":
    h.main(globals())
