#!/usr/bin/python3
"""./start as a newcomer runs it, in a deep folder with spaces in its name: up in under 5 s when
built, stopping all that it started however it ends, telling of a taken port.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import harness as h
import yaml

ALONE = True  # its times are those of a machine that does nothing else

READY = "Ctrl-C 停止"
OFFSETS = (0, 1, 2, 10)  # from HUIYING_PORT: the page, the bus's two, the sources


def port_taken(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def free_base(first=8420):
    """A port from which on the demonstration's are all free."""
    for base in range(first, 32000, 20):
        if not any(port_taken(base + n) for n in OFFSETS):
            return base
    raise h.Skip("no free ports on this machine")


def tree(world):
    """A copy of this tree and its build, in a deep folder."""
    to = os.path.join(world.folder, "huiying")
    skip = shutil.ignore_patterns(".git", "var", "build-asan", "__pycache__", "autom4te.cache")
    shutil.copytree(h.ROOT, to, symlinks=True,
                    ignore=lambda d, names: skip(d, names) | ({"build"} & set(names)
                                                              if d == h.ROOT else set()))
    shutil.copytree(h.BUILD, os.path.join(to, "build"), symlinks=True)
    world.callback(lambda: [os.kill(p, signal.SIGKILL) for p in processes_of(to)])
    return to


def processes_of(folder):
    """Whatever still runs from this folder."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as f:
                    if folder.encode() in f.read():
                        found.append(int(name))
            except OSError:
                pass
    return found


class Start:
    def __init__(self, folder, port, *args):
        self.folder, self.port = folder, port
        self.out = os.path.join(folder, "..", "out.txt")
        self.began = time.monotonic()
        with open(self.out, "wb") as out:
            # What a background job or nohup made deaf to a signal hears it again.
            command = ["env", "--default-signal", os.path.join(folder, "start"), *args]
            self.child = subprocess.Popen(command, cwd="/", stdout=out,
                                          stderr=out, stdin=subprocess.DEVNULL,
                                          env=self.environment())

    def environment(self):
        env = dict(os.environ, LC_ALL="C", TZ="America/New_York")
        if self.port != 8420:  # the default, where it is free
            env["HUIYING_PORT"] = str(self.port)
        return env

    def text(self):
        with open(self.out, encoding="utf-8") as f:
            return f.read()

    def ready(self, limit=h.PATIENCE):
        h.wait_for(lambda: READY in self.text() or self.child.poll() is not None, limit, "readiness")
        assert self.child.poll() is None, self.text()
        return time.monotonic() - self.began

    def end(self, number):
        self.child.send_signal(number)
        self.child.wait(h.PATIENCE)
        h.wait_for(lambda: not processes_of(self.folder), 15, f"an empty house after signal {number}")
        # A process that is ending has no name any more while it still has its sockets.
        h.wait_for(lambda: not [n for n in OFFSETS if port_taken(self.port + n)], 5, "free ports")


def test_start_and_every_way_to_end():
    with h.World(deep=True) as world:
        folder = tree(world)
        port = free_base()
        first = Start(folder, port)
        first.ready(60)
        text = first.text()
        address = re.search(r"http://(127\.0\.0\.1:\d+)/", text).group(1)
        assert text.count("build/huiying ") >= 3, text
        h.wait_for(lambda: "签收" in first.text(), 60, "a unit's acceptance in the narration")
        first.end(signal.SIGINT)
        assert "数据保留" in first.text(), first.text()
        assert os.path.getsize(os.path.join(folder, "var", "huiying.db")) > 0
        took, shares = [], []
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            again = Start(folder, port)
            took.append(again.ready())
            shares.append(h.share())
            again.end(number)
        h.figure(address=address, second_starts=",".join(f"{t:.1f}s" for t in took),
                 shares=",".join(f"{s:.2f}" for s in shares))
        assert min(t * s for t, s in zip(took, shares)) < 5, took


def test_start_ends_when_a_child_falls():
    with h.World(deep=True) as world:
        folder = tree(world)
        run = Start(folder, free_base(9420))
        run.ready(60)
        daemon = next(p for p in processes_of(folder)
                      if os.readlink(f"/proc/{p}/exe").endswith("/huiyingd"))
        os.kill(daemon, signal.SIGKILL)
        run.child.wait(h.PATIENCE)
        assert run.child.returncode not in (0, None) and "huiyingd" in run.text(), run.text()
        h.wait_for(lambda: not processes_of(folder), 15, "an empty house")


def test_start_redis():
    """Two daemons on a Redis of their own: one leads, the other follows it."""
    if not shutil.which("redis-server"):
        raise h.Skip("no redis-server")
    with h.World(deep=True) as world:
        folder = tree(world)
        plain = os.path.join(folder, "var", "demonstration.json")  # of a ./start before
        os.mkdir(os.path.dirname(plain))
        with open(plain, "w", encoding="utf-8") as f:
            f.write("{}")
        run = Start(folder, free_base(10420), "--redis")
        run.ready(60)
        h.wait_for(lambda: "签收" in run.text(), 60, "a unit's acceptance in the narration")
        pages = [int(n) for n in re.findall(r"http://127\.0\.0\.1:(\d+)/", run.text())][:2]

        def one_leads():
            """The first one, unless it was kept waiting for longer than a lease; both know which."""
            parts = []
            for page in pages:
                address = f"http://127.0.0.1:{page}/api/v1/status"
                with urllib.request.urlopen(address, timeout=h.PATIENCE) as got:
                    parts.append(json.load(got)["cluster"])
            leaders = [p["node"] for p in parts if p["leads"]]
            return len(leaders) == 1 and [p["leader"] for p in parts] == leaders * 2
        h.wait_for(one_leads, what="one of two to lead")
        run.end(signal.SIGINT)
        with open(plain, encoding="utf-8") as f:
            assert f.read() == "{}", "the plain town's sources begin anew, and its ledger does not"
        h.wait_for(lambda: not processes_of(folder), 15, "an empty house")


def test_start_names_a_taken_port():
    with h.World() as world:
        folder = tree(world)
        port = free_base()
        with socket.create_server(("127.0.0.1", port + 1)):
            run = Start(folder, port)
            run.child.wait(h.PATIENCE)
        assert run.child.returncode == 69 and f" {port + 1} " in run.text(), run.text()
        assert not processes_of(folder)


def test_each_event_has_its_line():
    sys.path.insert(0, os.path.join(h.ROOT, "packaging"))
    import narrate
    town = os.path.join(h.ROOT, "examples", "town")
    with open(os.path.join(town, "huiying.yaml"), encoding="utf-8") as f:
        names = narrate.Names(yaml.safe_load(f), town)
    types = sorted(n.removesuffix(".schema.json")
                   for n in os.listdir(os.path.join(h.ROOT, "docs", "events"))
                   if n.startswith("huiying."))
    assert len(types) > 50, types
    for name in types:
        of = name.removeprefix("huiying.").split(".")[0]
        data = {"concern": "c7", "topic": "wage-arrears"} if of == "concern" else \
            {of: {"unit": "labour", "source": "town-news", "topic": "wage-arrears"}.get(of)}
        line = narrate.line_of({"type": name, "time": "2026-11-24T00:00:00Z", "data": data}, names)
        assert re.match(r"11-24 08:00  [\u4e00-\u9fff]{2,}  \S", line), (name, line)
        about = {"concern": "c7", "unit": "青石镇人社所", "source": "town-news",
                 "topic": "拖欠工资"}.get(of, "")
        assert about in line, (name, line)


def test_start_help_and_bad_configuration():
    done = subprocess.run([os.path.join(h.ROOT, "start"), "--help"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and "--config" in done.stdout and "60" in done.stdout, done
    done = subprocess.run([os.path.join(h.ROOT, "start"), "--nonsense"], capture_output=True,
                          check=False)
    assert done.returncode == 64, done
    for wrong in ("80", "65530", "x", "-1", "08420"):
        done = subprocess.run([os.path.join(h.ROOT, "start")], capture_output=True, text=True,
                              env=dict(os.environ, HUIYING_PORT=wrong), check=False)
        assert done.returncode == 64 and "HUIYING_PORT" in done.stderr, (wrong, done)
    done = subprocess.run([os.path.join(h.ROOT, "start"), "--redis"], capture_output=True, text=True,
                          env=dict(os.environ, HUIYING_PORT="65514"), check=False)
    assert done.returncode == 64 and "65513" in done.stderr, done


if __name__ == "__main__":
    h.main(globals())
