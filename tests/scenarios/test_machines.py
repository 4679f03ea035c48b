#!/usr/bin/python3
"""The recipe of OPERATING.md for three machines, as it stands there: its commands are run on three
machines that are network namespaces behind a switch, each with a Redis, a Sentinel, a stunnel and a
huiyingd. Then one of them is lost, and comes back.
"""
import os
import re
import shutil
import subprocess
import types

import harness as h
import material as m
import redis_server

RECIPE = os.path.join(h.ROOT, "docs", "OPERATING.md")
FEED = 8088


def recipe():
    """What is to be run on each machine, to look whether it stands, and to be configured."""
    with open(RECIPE, encoding="utf-8") as f:
        section = f.read().split("### 三台机器", 1)[1].split("\n### ", 1)[0]
    shell = re.findall(r"```sh\n(.*?)```", section, re.S)
    settings = re.findall(r"```yaml\n(.*?)```", section, re.S)
    assert len(shell) == 2 and len(settings) == 1
    return shell[0], shell[1], settings[0]


class Space:
    """A network namespace, gone with the process that holds it."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"],
                                       stdin=subprocess.DEVNULL,
                                       preexec_fn=redis_server.end_with_parent)
        self.children = []
        own = os.readlink("/proc/self/ns/net")
        h.wait_for(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != own, 10, "namespace")
        self.enter = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command, **more):
        return subprocess.run([*self.enter, *command], check=True, capture_output=True, text=True,
                              timeout=60, **more).stdout

    def launch(self, *command):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.children.append(subprocess.Popen([*self.enter, *command], stdin=subprocess.DEVNULL,
                                                  stdout=log, stderr=log,
                                                  preexec_fn=redis_server.end_with_parent))

    def plug(self, switch, address):
        link = f"m{address.rsplit('.', 1)[1]}"
        switch.run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns",
                   str(self.holder.pid))
        switch.run("ip", "link", "set", link, "master", "bridge", "up")
        self.run("ip", "address", "add", address + "/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")

    def stop(self):
        for child in self.children:
            child.kill()
            child.wait()
        self.children = []

    def close(self):
        self.stop()
        self.holder.kill()
        self.holder.wait()


class Machine(Space):
    """With what the recipe makes of it; its root is a folder."""

    def __init__(self, world, number, switch, secrets):
        super().__init__(os.path.join(world.folder, f"m{number}"))
        self.number, self.daemon, self.secrets = number, None, secrets
        self.plug(switch, f"10.0.0.{number}")
        for name in ("etc/redis", "etc/stunnel", "var/lib/redis", "var/log/redis"):
            os.makedirs(os.path.join(self.folder, name))
        packaged = ""
        if os.access("/etc/redis/redis.conf", os.R_OK):
            with open("/etc/redis/redis.conf", encoding="utf-8") as f:
                packaged = f.read()
        with open(self.path("etc/redis/redis.conf"), "w", encoding="utf-8") as f:
            f.write(self.rooted(packaged))

    def path(self, name):
        return os.path.join(self.folder, name)

    def rooted(self, text):
        text = text.replace("N=1", f"N={self.number}").replace("10.0.0.1:", f"10.0.0.{self.number}:")
        for word, secret in self.secrets.items():
            text = re.sub(rf"\b{word}=changeme", f"{word}={secret}", text)
        text = text.replace(":changeme@", f":{self.secrets['PASSWORD']}@")
        return re.sub(r"(?<![\w.])/(etc|var|run)/", rf"{self.folder}/\1/", text)

    def set_up(self, commands):
        """What installs packages and starts services is left out: start() does it."""
        self.run("bash", "-eu", "-c", "apt-get() { :; }; systemctl() { :; }\n"
                 + self.rooted(commands))

    def start(self):
        self.launch("stunnel4", self.path("etc/stunnel/huiying.conf"))
        for name, more in (("redis", ()), ("sentinel", ("--sentinel",))):
            self.launch("redis-server", self.path(f"etc/redis/{name}.conf"), *more, "--daemonize", "no",
                        "--pidfile", self.path(name + ".pid"))

    def start_daemon(self, settings, sources, first=None):
        if not self.daemon:
            folder = self.path("huiying")
            os.makedirs(folder)
            settings = h.yaml.safe_load(self.rooted(settings).replace("node: n1",
                                                                      f"node: n{self.number}"))
            listen = settings.pop("listen")
            self.daemon = h.Daemon(folder, sources, **{**settings, "cache": "."},
                                   allow=["10.0.0.0/24"])
            self.daemon.settings["listen"].update(listen)
            self.daemon.write_config()
            if first:
                shutil.rmtree(self.daemon.keys)
                shutil.copytree(first.daemon.keys, self.daemon.keys)
        inside = self.path("huiyingd")
        with open(inside, "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\nexec {' '.join(self.enter)} {h.program('huiyingd')} \"$@\"\n")
        os.chmod(inside, 0o700)
        self.daemon.start(limit=90, huiyingd=inside)

    def lose(self):
        """All that runs on it, at once, and its network."""
        self.run("ip", "link", "set", "eth0", "down")
        self.daemon.sweep()
        self.stop()


def ask(machine, what):
    try:
        return machine.run("bash", "-c", what)
    except subprocess.CalledProcessError:
        return ""


def standing(machine, look, password):
    """Whether the two commands say what the recipe says that they do."""
    said = ask(machine, f"PASSWORD={password}\n{look}")
    return ("OK 3 usable Sentinels" in said and said.count("state=online") == 2 and
            said.count("slaves=2,sentinels=3") == 3)


def publish(world, numbers):
    path = os.path.join(world.folder, "site", "a")
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(m.rss([(f"p{n}", *m.numbered(m.WAGES, n)) for n in numbers]))
    os.rename(path + ".new", path)


def count_at(machine):
    def look():
        try:
            return len(machine.daemon.concerns())
        except (OSError, AssertionError, h.http.client.HTTPException):
            return -1
    return look


def need_namespaces():
    for name in ("stunnel4", "redis-server", "redis-cli", "ip", "nsenter"):
        if not shutil.which(name):
            raise h.Skip(f"no {name}")
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        raise h.Skip("no network namespaces")


def test_recipe():
    need_namespaces()
    commands, look, settings = recipe()
    secrets = {"PASSWORD": os.urandom(24).hex(), "KEY": os.urandom(32).hex()}
    with h.World() as world:
        os.chmod(world.base, 0o711)  # stunnel is another user
        os.makedirs(os.path.join(world.folder, "site"))
        switch = world.add(Space(os.path.join(world.folder, "switch")))
        switch.run("ip", "link", "add", "bridge", "type", "bridge")
        switch.run("ip", "link", "set", "bridge", "up")
        switch.run("ip", "address", "add", "10.0.0.254/24", "dev", "bridge")
        publish(world, [1])
        switch.launch("/usr/bin/python3", "-m", "http.server", str(FEED), "--directory",
                      os.path.join(world.folder, "site"))
        machines = [world.add(Machine(world, n, switch, secrets)) for n in (1, 2, 3)]
        for machine in machines:
            machine.set_up(commands)
            machine.start()
        for machine in machines:
            h.wait_for(lambda: standing(machine, look, secrets["PASSWORD"]), 180, "what it says")
        site = types.SimpleNamespace(url=lambda path: f"http://10.0.0.254:{FEED}{path}")
        sources = [h.source(site, "a", "/a", interval_most="10s")]
        for machine in machines:
            machine.start_daemon(settings, sources, machines[0] if machine.number > 1 else None)
            world.callback(machine.daemon.sweep)
            h.wait_for(lambda: count_at(machine)() == 1, 60, "the first concern")
        epoch = machines[0].daemon.status()["epoch"]
        first, *rest = machines  # where the leader is, and the master
        # Long waits: a Sentinel that stood still for two seconds does nothing for half a minute (TILT).
        first.lose()
        publish(world, [1, 2])
        for machine in rest:
            h.wait_for(lambda: count_at(machine)() == 2, 300, "a concern with one machine gone")
            assert machine.daemon.status()["epoch"] == epoch
        first.run("ip", "link", "set", "eth0", "up")
        first.start()
        first.start_daemon(settings, sources)
        h.wait_for(lambda: count_at(first)() == 2, 180, "the concerns at who came back")
        cut = rest[0]
        cut.lose()
        publish(world, [1, 2, 3])
        for machine in (first, rest[1]):
            h.wait_for(lambda: count_at(machine)() == 3, 300, "a concern with another one gone")
            assert machine.daemon.status()["epoch"] == epoch


def test_strangers():
    """Between machines there is nothing that answers who does not have the key."""
    need_namespaces()
    commands, _, _ = recipe()
    with h.World() as world:
        os.chmod(world.base, 0o711)
        switch = world.add(Space(os.path.join(world.folder, "switch")))
        switch.run("ip", "link", "add", "bridge", "type", "bridge")
        switch.run("ip", "link", "set", "bridge", "up")
        keys = [os.urandom(32).hex() for _ in range(2)]
        machines = [world.add(Machine(world, n, switch, {"PASSWORD": "secret", "KEY": keys[n > 1]}))
                    for n in (1, 2)]
        for machine in machines:
            machine.set_up(commands)
            machine.start()
        ping = "redis-cli -h 127.0.8.{} -a secret ping"
        h.wait_for(lambda: "PONG" in ask(machines[0], ping.format(1)), 30, "the first one's own Redis")
        h.wait_for(lambda: "PONG" in ask(machines[1], ping.format(2)), 30, "the second one's own Redis")
        h.wait_for(lambda: "up" in ask(machines[1], "exec 3<>/dev/tcp/10.0.0.1/16379 && echo up"), 30,
                   "the first one's tunnel")
        assert "PONG" not in ask(machines[1], ping.format(1)), "another key was let in"
        assert "PONG" not in ask(machines[1], "redis-cli -h 10.0.0.1 -p 16379 -a secret ping")
        assert "PONG" not in ask(machines[1], "redis-cli -h 10.0.0.1 -a secret ping")
        with open(machines[1].path("etc/stunnel/huiying.psk"), "w", encoding="ascii") as f:
            f.write(f"huiying:{keys[0]}\n")
        machines[1].stop()
        machines[1].start()
        h.wait_for(lambda: "PONG" in ask(machines[1], ping.format(1)), 30, "the first one's Redis")


if __name__ == "__main__":
    h.main(globals())
