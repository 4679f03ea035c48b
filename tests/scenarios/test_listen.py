#!/usr/bin/python3
"""`huiying listen` as a program's ears: a durable cursor, a gap that ends it, and --exec, which holds
the cursor until the command has done its work.
"""
import http.server
import json
import os
import socketserver
import stat
import subprocess
import threading
import time

import harness as h
import material as m
import zmq


def town(world, n=4):
    site = world.site()
    site.set("/rss", m.rss([(f"w{i}", *m.numbered(m.WAGES, 11 + i)) for i in range(n)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")])
    h.wait_for(lambda: daemon.status()["store"]["items"] >= n, what="all items")
    return site, daemon


def head(daemon, unit="labour"):
    return next(u["head"] for u in daemon.get("/api/v1/units")["items"] if u["id"] == unit)


def script(world, name, text):
    path = os.path.join(world.folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(path, stat.S_IRWXU)
    return path


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return f.read().split("\n")[:-1]


def test_the_cursor_is_durable():
    with h.World() as world:
        _, daemon = town(world)
        first = daemon.cli("listen", "--unit", "labour", "--once", "2")
        assert first.returncode == 0, first.stderr
        daemon.kill()
        daemon.start()
        second = daemon.cli("listen", "--unit", "labour", "--once", "1")
        other = daemon.cli("listen", "--unit", "labour", "--receiver", "other", "--once", "1")
        assert [e["unitseq"] for e in h.json_lines(first.stdout)] == [1, 2]
        assert [e["unitseq"] for e in h.json_lines(second.stdout)] == [3]
        assert [e["unitseq"] for e in h.json_lines(other.stdout)] == [1]


def test_what_is_past_the_head_is_of_another_ledger():
    with h.World() as world:
        _, daemon = town(world)
        past = str(head(daemon) + 1000)  # more than is committed meanwhile
        done = daemon.cli("listen", "--unit", "labour", "--since", past, "--once", "1")
        assert done.returncode == 75 and "SEQ is past the head" in done.stderr, done
        assert done.stdout == "", done.stdout


class Gappy(threading.Thread):
    """A bus that leaves out the third event, and the socket that tells where it is."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.keys = os.path.join(world.folder, "keys")
        assert h.cli("units", "keygen", "labour", "--keys", self.keys).returncode == 0
        public, secret = zmq.curve_keypair()
        with open(os.path.join(self.keys, "server.public"), "wb") as f:
            f.write(public + b"\n")
        self.bus = zmq.Context.instance().socket(zmq.ROUTER)
        self.bus.linger = 0
        self.bus.curve_server, self.bus.curve_secretkey = True, secret
        port = self.bus.bind_to_random_port("tcp://127.0.0.1")
        self.acked, self.over = [], False
        status = json.dumps({"bus": {"units": f"tcp://127.0.0.1:{port}"}, "epoch": "e"}).encode()

        class Status(http.server.BaseHTTPRequestHandler):
            def log_message(self, format, *args):
                pass

            def address_string(self):
                return "unix"

            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(status)))
                self.end_headers()
                self.wfile.write(status)

        self.socket = os.path.join(world.folder, "huiying.sock")
        self.http = socketserver.ThreadingUnixStreamServer(self.socket, Status)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def run(self):
        while not self.over:
            if not self.bus.poll(50):
                continue
            peer, raw = self.bus.recv_multipart()
            request = json.loads(raw)
            if request["op"] == "hello":
                self.send(peer, op="welcome", epoch="e", head=4, unit="labour", resume=0,
                          snapshot=False, heartbeat=3000)
                for n in (1, 2, 4):
                    self.send(peer, op="event", event={
                        "specversion": "1.0", "id": f"e/{n}", "epoch": "e", "seq": n, "unitseq": n,
                        "type": "huiying.concern.opened", "data": {"concern": f"c{n}"}})
            elif request["op"] == "ack":
                self.acked.append(request["unitseq"])
                self.send(peer, op="acked", unitseq=request["unitseq"])

    def send(self, peer, **message):
        self.bus.send_multipart([peer, json.dumps(message).encode()])

    def close(self):
        self.over = True
        self.join()
        self.bus.close()
        self.http.shutdown()
        self.http.server_close()


def test_a_gap_ends_it():
    with h.World() as world:
        gappy = world.add(Gappy(world))
        gappy.start()
        done = h.cli("listen", "--unit", "labour",
                     env={"HUIYING_SOCKET": gappy.socket, "HUIYING_KEYS": gappy.keys})
        assert done.returncode == 75, (done.returncode, done.stderr)
        assert "(gap in unitseq after 2)" in done.stderr, done.stderr
        assert [e["unitseq"] for e in h.json_lines(done.stdout)] == [1, 2]
        assert max(gappy.acked, default=0) <= 2, gappy.acked


def test_a_command_gets_each_event_until_it_took_it():
    with h.World() as world:
        _, daemon = town(world)
        log, seen = (os.path.join(world.folder, name) for name in ("log", "seen"))
        # Fails once at the second event; takes the others.
        program = script(world, "take", f"""
read -r json
echo "$1 $HUIYING_EVENT_UNITSEQ $HUIYING_EVENT_CONCERN $HUIYING_EVENT_TOPIC" >>{log}
test "$HUIYING_EVENT_UNITSEQ" != 2 || test -e {log}.failed || {{ : >{log}.failed; exit 9; }}
printf '%s\\n' "$json" >>{seen}
""")
        done = daemon.cli("listen", "--unit", "labour", "--once", "4", "--exec", program, "--", "-a b")
        assert done.returncode == 0, done.stderr
        assert "(the command left with 9; it is tried again)" in done.stderr, done.stderr
        assert [x.split()[:3] for x in lines(log)] == [["-a", "b", n] for n in "12234"], lines(log)
        events = [json.loads(x) for x in lines(seen)]
        assert [e["unitseq"] for e in events] == [1, 2, 3, 4]
        assert lines(log)[0].split()[3:] == [events[0]["data"]["concern"], "wage-arrears"]
        # What it took is acknowledged; what it never took is not.
        done = daemon.cli("listen", "--unit", "labour", "--once", "1")
        assert h.json_lines(done.stdout)[0]["unitseq"] == 5


def test_a_killed_listener_repeats_what_was_not_taken():
    with h.World() as world:
        _, daemon = town(world)
        log = os.path.join(world.folder, "log")
        child = subprocess.Popen(
            [h.program("huiying"), "listen", "--unit", "labour", "--shell", "--exec",
             f'echo "$HUIYING_EVENT_UNITSEQ" >>{log}; test "$HUIYING_EVENT_UNITSEQ" != 3 || '
             'exec sleep 600'], stderr=subprocess.DEVNULL,
            env=dict(os.environ, HUIYING_SOCKET=daemon.socket, HUIYING_KEYS=daemon.keys))
        world.callback(child.wait)
        world.callback(child.kill)
        h.wait_for(lambda: lines(log) == ["1", "2", "3"], what="the third event's command")
        child.kill()
        child.wait()
        again = daemon.cli("listen", "--unit", "labour", "--once", "1")
        assert 1 <= h.json_lines(again.stdout)[0]["unitseq"] <= 3


def test_a_command_that_hangs_is_ended_and_harms_nobody():
    with h.World() as world:
        _, daemon = town(world)
        mark = os.path.join(world.folder, "mark")
        done = daemon.cli("listen", "--unit", "labour", "--once", "1", "--limit", "1", "--shell",
                          "--exec", f'test -e {mark} || {{ : >{mark}; sleep 600 & sleep 600; }}')
        assert done.returncode == 0, done.stderr
        assert "(the command takes longer than 1 s)" in done.stderr, done.stderr
        assert not [e for e in h.json_lines(daemon.cli("listen", "--once", "3").stdout)
                    if h.kind_of(e) == "offline"]


def test_a_command_that_vanishes_is_told_once_and_waited_for():
    with h.World() as world:
        _, daemon = town(world)
        bin_, log = (os.path.join(world.folder, name) for name in ("bin", "log"))
        os.mkdir(bin_)
        text = f'echo "$HUIYING_EVENT_UNITSEQ" >>{log}; rm -f {bin_}/ring\n'
        script(world, "bin/ring", text)
        errors = os.path.join(world.folder, "errors")
        with open(errors, "w", encoding="utf-8") as err:
            child = subprocess.Popen(
                [h.program("huiying"), "listen", "--unit", "labour", "--once", "2", "--exec", "ring"],
                stderr=err, env=dict(os.environ, HUIYING_SOCKET=daemon.socket,
                                     HUIYING_KEYS=daemon.keys, PATH=f"{bin_}:{os.environ['PATH']}"))
        world.callback(child.wait)
        world.callback(child.kill)
        h.wait_for(lambda: any("it is tried again" in x for x in lines(errors)), what="it is told")
        assert lines(log) == ["1"]
        # Told and tried after 1 s and 3 s: by then it would have been told a second time.
        started = time.monotonic()
        h.wait_for(lambda: time.monotonic() - started > 4, what="two more tries")
        script(world, "bin/ring", text)
        assert child.wait(timeout=60) == 0
        assert lines(log) == ["1", "2"]
        told = [x for x in lines(errors) if x.startswith("huiying: ring: ")]
        assert [("cannot be run" in x, "can be run again" in x) for x in told] == [
            (True, False), (False, True)], told


def test_it_refuses_what_it_cannot_promise():
    for wrong in (["--exec", "true"], ["--unit", "labour", "--shell"], ["--unit", "labour", "word"],
                  ["--unit", "labour", "--exec", "true", "--limit", "0"]):
        assert h.cli("listen", *wrong).returncode == 64, wrong
    done = h.cli("listen", "--unit", "labour", "--exec", "/nonexistent/pager")
    assert done.returncode == 66 and "/nonexistent/pager: 不能运行" in done.stderr, done
    done = h.cli("listen", "--unit", "labour", "--exec", "no-such-pager")
    assert done.returncode == 66 and "huiying: no-such-pager: 不能运行" in done.stderr, done
    with h.World() as world:
        plain = os.path.join(world.folder, "plain")
        with open(plain, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n")
        for name in ("plain", plain, world.folder, ""):
            done = h.cli("listen", "--unit", "labour", "--exec", name,
                         env={"PATH": f"{world.folder}:{os.environ['PATH']}"})
            assert done.returncode == 66 and "不能运行 (cannot be run)" in done.stderr, (name, done)
    assert "from 1 on" in h.cli("listen", "--once", "0").stderr


def test_ids_that_nobody_knows_are_told():
    with h.World() as world:
        _, daemon = town(world)
        # With a unit and without: it listens all the same, for what other rules may bring.
        for unit in ([], ["--unit", "labour"]):
            errors = os.path.join(world.folder, "errors")
            with open(errors, "w", encoding="utf-8") as err:
                child = subprocess.Popen(
                    [h.program("huiying"), "listen", "--topic", "wage-arears", *unit], stderr=err,
                    env=dict(os.environ, HUIYING_SOCKET=daemon.socket, HUIYING_KEYS=daemon.keys))
            world.callback(child.wait)
            world.callback(child.kill)
            told = h.wait_for(lambda: lines(errors), what="it is told")
            assert "no topic of the rules in force" in told[0], told
            assert "(near ones): wage-arrears" in told[0], told
            assert child.poll() is None
            child.kill()
            child.wait()
        done = daemon.cli("listen", "--topic", "wage-arrears", "--once", "1")
        assert done.returncode == 0 and not done.stderr, done
        # Without a daemon nobody can tell.
        done = h.cli("listen", "--topic", "wage-arears",
                     env={"HUIYING_SOCKET": os.path.join(world.folder, "none.sock")})
        assert done.returncode == 69 and "wage-arears" not in done.stderr, done

        there = os.path.join(world.folder, "there")
        done = daemon.cli("units", "keygen", "labor")
        assert done.returncode == 65 and "(near ones): labour" in done.stderr, done
        assert not os.path.exists(os.path.join(daemon.keys, "units", "labor.public"))
        done = daemon.cli("units", "keygen", "labor", "--keys", there)
        assert done.returncode == 0 and "it will not be enrolled" in done.stderr, done
        assert os.path.exists(os.path.join(there, "units", "labor.public"))
        done = daemon.cli("units", "keygen", "labour", "--keys", there)
        assert done.returncode == 0 and not done.stderr, done
        daemon.stop()
        done = daemon.cli("units", "keygen", "labor")
        assert done.returncode == 0 and not done.stderr, done


if __name__ == "__main__":
    h.main(globals())
