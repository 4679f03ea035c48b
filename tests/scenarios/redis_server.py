"""A redis-server of one's own on a Unix socket, which can be killed and paused."""
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess

import harness as h

LIBC = ctypes.CDLL(None, use_errno=True)


def end_with_parent():
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Redis:
    """With a port, also on TCP; as a replica of another one, when that is given."""

    def __init__(self, folder, name="redis", port=0, replica_of=None):
        if not shutil.which("redis-server"):
            raise h.Skip("no redis-server")
        self.folder = os.path.join(folder, name)
        self.socket = os.path.join(self.folder, "sock")
        self.address = f"redis+unix:{self.socket}"
        self.port, self.replica_of = port, replica_of
        self.child = None
        os.makedirs(self.folder)

    def start(self):
        master = ["--replicaof", "127.0.0.1", str(self.replica_of.port)] if self.replica_of else []
        self.child = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--unixsocket", self.socket,
             "--dir", self.folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
             "--repl-diskless-sync-delay", "0", "--loglevel", "warning",
             "--rdbcompression", "no",  # whoever looks for words in its files finds them
             *master],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            preexec_fn=end_with_parent)
        h.wait_for(lambda: self.say("PING") == b"+PONG", 20, "redis-server")

    def ask(self, *words):
        """One command: its answer, a short one, or None."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as s:
            s.settimeout(h.PATIENCE)
            s.connect(self.socket)
            s.sendall((" ".join(words) + "\r\n").encode())
            return s.recv(65536)
        return None

    def say(self, *words):
        """The first line of it."""
        answer = self.ask(*words)
        return answer and answer.split(b"\r\n")[0]

    def kill(self):
        """As a crash does."""
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None

    def signal(self, number):
        self.child.send_signal(number)

    close = kill


def pair(world):
    """A master and its replica, both on TCP."""
    ports = h.free_ports(2)
    first = world.add(Redis(world.folder, "first", ports[0]))
    first.start()
    second = world.add(Redis(world.folder, "second", ports[1], first))
    second.start()
    return first, second


class Sentinel(Redis):
    """Watches a master, and makes a replica of it the master when it is gone for a second."""

    def __init__(self, folder, port, master):
        super().__init__(folder, "sentinel", port)
        self.config = os.path.join(self.folder, "sentinel.conf")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"port {port}\ndir {self.folder}\nunixsocket {self.socket}\nlogfile ''\n"
                    f"sentinel monitor town 127.0.0.1 {master.port} 1\n"
                    "sentinel down-after-milliseconds town 1000\n"
                    "sentinel failover-timeout town 5000\n")
        self.address = f"redis+sentinel://127.0.0.1:{port}/town"

    def start(self):
        self.child = subprocess.Popen(
            ["redis-server", self.config, "--sentinel"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)
        h.wait_for(lambda: self.say("PING") == b"+PONG", 20, "sentinel")

    def master_port(self):
        answer = self.ask("SENTINEL", "get-master-addr-by-name", "town")
        return int(answer.split(b"\r\n")[4]) if answer else None
