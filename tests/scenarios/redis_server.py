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
    def __init__(self, folder):
        if not shutil.which("redis-server"):
            raise h.Skip("no redis-server")
        self.folder = os.path.join(folder, "redis")
        self.socket = os.path.join(self.folder, "sock")
        self.address = f"redis+unix:{self.socket}"
        self.child = None
        os.makedirs(self.folder)

    def start(self):
        self.child = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
             "--save", "", "--appendonly", "yes", "--appendfsync", "always",
             "--loglevel", "warning"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            preexec_fn=end_with_parent)
        h.wait_for(lambda: self.say("PING") == b"+PONG", 20, "redis-server")

    def say(self, *words):
        """One command: the first line of its answer, or None."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(self.socket)
            s.sendall((" ".join(words) + "\r\n").encode())
            return s.recv(65536).split(b"\r\n")[0]
        return None

    def kill(self):
        """As a crash does."""
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child = None

    def signal(self, number):
        self.child.send_signal(number)

    close = kill
