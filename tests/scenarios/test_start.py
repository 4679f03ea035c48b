#!/usr/bin/python3
"""./start as a newcomer runs it, in a deep folder with spaces in its name: up in under 5 s when
built, stopping all that it started however it ends, telling of a taken port.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import harness as h

READY = "Ctrl-C 停止"
PORTS = (8420, 8421, 8422, 8430)


def port_taken(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def need_ports():
    taken = [p for p in PORTS if port_taken(p)]
    if taken:
        raise h.Skip(f"ports in use on this machine: {taken}")


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
    def __init__(self, folder, *args):
        self.folder = folder
        self.out = os.path.join(folder, "..", "out.txt")
        self.began = time.monotonic()
        with open(self.out, "wb") as out:
            self.child = subprocess.Popen([os.path.join(folder, "start"), *args], cwd="/", stdout=out,
                                          stderr=out, stdin=subprocess.DEVNULL,
                                          env=dict(os.environ, LC_ALL="C", TZ="America/New_York"))

    def text(self):
        with open(self.out, encoding="utf-8") as f:
            return f.read()

    def ready(self, limit=30):
        h.wait_for(lambda: READY in self.text() or self.child.poll() is not None, limit, "readiness")
        assert self.child.poll() is None, self.text()
        return time.monotonic() - self.began

    def end(self, number):
        self.child.send_signal(number)
        self.child.wait(20)
        h.wait_for(lambda: not processes_of(self.folder), 15, f"an empty house after signal {number}")
        assert not [p for p in PORTS if port_taken(p)]


def test_start_and_every_way_to_end():
    need_ports()
    with h.World(deep=True) as world:
        folder = tree(world)
        first = Start(folder)
        first.ready(60)
        text = first.text()
        address = re.search(r"http://(127\.0\.0\.1:\d+)/", text).group(1)
        assert text.count("build/huiying ") >= 3, text
        h.wait_for(lambda: "签收" in first.text(), 60, "a unit's acceptance in the narration")
        first.end(signal.SIGINT)
        assert "数据保留" in first.text(), first.text()
        assert os.path.getsize(os.path.join(folder, "var", "huiying.db")) > 0
        took = []
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            again = Start(folder)
            took.append(again.ready())
            again.end(number)
        assert max(took) < 5, took
        h.figure(address=address, second_starts=",".join(f"{t:.1f}s" for t in took))


def test_start_ends_when_a_child_falls():
    need_ports()
    with h.World(deep=True) as world:
        folder = tree(world)
        run = Start(folder)
        run.ready(60)
        daemon = next(p for p in processes_of(folder)
                      if os.readlink(f"/proc/{p}/exe").endswith("/huiyingd"))
        os.kill(daemon, signal.SIGKILL)
        run.child.wait(20)
        assert run.child.returncode not in (0, None) and "huiyingd" in run.text(), run.text()
        h.wait_for(lambda: not processes_of(folder), 15, "an empty house")


def test_start_names_a_taken_port():
    need_ports()
    with h.World() as world:
        folder = tree(world)
        with socket.create_server(("127.0.0.1", 8421)):
            run = Start(folder)
            run.child.wait(60)
        assert run.child.returncode == 69 and "8421" in run.text(), run.text()
        assert not processes_of(folder)


def test_start_help_and_bad_configuration():
    done = subprocess.run([os.path.join(h.ROOT, "start"), "--help"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and "--config" in done.stdout and "60" in done.stdout, done
    done = subprocess.run([os.path.join(h.ROOT, "start"), "--nonsense"], capture_output=True,
                          check=False)
    assert done.returncode == 64, done


if __name__ == "__main__":
    h.main(globals())
