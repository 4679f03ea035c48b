#!/usr/bin/python3
"""`huiying top` on a terminal of its own, over a live daemon."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import unicodedata

import harness as h
import material as m


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


class Terminal:
    """What the program wrote, drawn: it homes, writes lines, erases the rest of each and below."""

    def __init__(self, daemon, columns, lines, **env):
        self.seen = b""
        self.master, slave = pty.openpty()
        self.size(columns, lines)
        self.child = subprocess.Popen(
            [h.program("huiying"), "top"], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=dict(os.environ, LC_ALL="C.UTF-8", HUIYING_SOCKET=daemon.socket, **env))
        os.close(slave)

    def size(self, columns, lines):
        self.columns, self.lines = columns, lines
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def pump(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                more = os.read(self.master, 65536)
            except OSError:  # the program has left
                return
            if not more:
                return
            self.seen += more

    def screen(self):
        """The lines of the last whole drawing."""
        self.pump()
        whole = re.findall(rb"\x1b\[H(.*?)\x1b\[J", self.seen, re.S)
        if not whole:
            return []
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", whole[-1].decode())
        return text.split("\r\n")

    def until(self, condition, what):
        return h.wait_for(lambda: (lambda s: s if s and condition(s) else None)(self.screen()),
                          what=what)

    def press(self, keys):
        os.write(self.master, keys)

    def left(self):
        self.pump()
        return self.child.poll()

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.master)


def town(world):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")])
    h.wait_for(lambda: len(daemon.concerns()) == 1, what="a concern")
    return site, daemon


def fits(terminal, screen):
    assert len(screen) == terminal.lines, (len(screen), screen)
    for line in screen:
        assert width(line) <= terminal.columns, (width(line), line)


def test_events_redraw_it_and_q_leaves():
    with h.World() as world:
        site, daemon = town(world)
        terminal = world.add(Terminal(daemon, 80, 24))
        screen = terminal.until(lambda s: any("拖欠" in line for line in s), "the first concern")
        fits(terminal, screen)
        assert "试验镇" in screen[0] and "演示时钟" in screen[0], screen[0]
        assert re.search(r"未办结 open 1\b", screen[1]) and "接收台 receivers" in screen[2], screen
        assert any("签收" in line and "人社所" in line and re.search("剩 |超期 ", line)
                   for line in screen), screen
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", *m.FLU)]))
        screen = terminal.until(lambda s: any("卫健办" in line for line in s), "the second one")
        fits(terminal, screen)
        health = [c["id"] for c in daemon.concerns() if c["unit"]["id"] == "health"][0]
        daemon.cli("accept", health)
        terminal.until(lambda s: not any(health in line and "签收" in line for line in s) and
                       any(health in line for line in s), "the next act of what was accepted")
        done = daemon.cli("dismiss", health, "--code", "notice", "--note", "系官方通告")
        assert done.returncode == 0, done.stderr
        if daemon.concerns(state="open", topic="epidemic"):
            done = daemon.cli("approve", health)
            assert done.returncode == 0, done.stderr
        terminal.until(lambda s: not any(health in line for line in s), "the closed one gone")
        terminal.press(b"q")
        assert h.wait_for(lambda: terminal.left() is not None, what="q") and terminal.left() == 0
        assert terminal.seen.count(b"\x1b[?1049h") == 1 and b"\x1b[?1049l" in terminal.seen
        assert terminal.seen.rstrip().endswith(b"\x1b[?1049l"), terminal.seen[-60:]


def test_it_follows_the_size_of_its_window():
    with h.World() as world:
        _, daemon = town(world)
        terminal = world.add(Terminal(daemon, 80, 24, NO_COLOR="1"))
        terminal.until(lambda s: len(s) == 24, "24 lines")
        for columns, lines in ((140, 40), (40, 10), (20, 3), (1, 1), (80, 24)):
            terminal.size(columns, lines)
            fits(terminal, terminal.until(
                lambda s, n=lines, w=columns: len(s) == n and all(width(x) <= w for x in s),
                f"{columns}x{lines}"))
        terminal.until(lambda s: any("人社所" in line for line in s), "its row again")
        assert not re.search(rb"\x1b\[[0-9;]*m", terminal.seen.replace(b"\x1b[0m", b"")), \
            "NO_COLOR is kept"
        terminal.child.send_signal(signal.SIGTERM)
        assert h.wait_for(lambda: terminal.left() is not None, what="SIGTERM")
        assert b"\x1b[?1049l" in terminal.seen


def test_it_outlives_a_restart_of_the_daemon():
    with h.World() as world:
        _, daemon = town(world)
        terminal = world.add(Terminal(daemon, 80, 24))
        terminal.until(lambda s: any("人社所" in line for line in s), "its row")
        daemon.stop()
        terminal.until(lambda s: "服务没有应答" in s[3], "word that nobody answers")
        daemon.start()
        screen = terminal.until(lambda s: "服务没有应答" not in s[3], "the daemon again")
        assert any("人社所" in line for line in screen), screen
        terminal.press(b"\x03")
        assert h.wait_for(lambda: terminal.left() is not None, what="^C") and terminal.left() == 0


def test_a_pipe_gets_one_plain_snapshot():
    with h.World() as world:
        _, daemon = town(world)
        done = daemon.cli("top")
        assert done.returncode == 0 and not done.stderr, done
        assert "\x1b" not in done.stdout and "\r" not in done.stdout, done.stdout
        rows = [line for line in done.stdout.splitlines() if "人社所" in line]
        assert len(rows) == 1 and "拖欠" in rows[0], done.stdout
        whole = json.loads(daemon.cli("top", "--json").stdout)
        assert whole["status"]["store"]["open"] == 1, whole
        assert [c["unit"]["id"] for c in whole["concerns"]] == ["labour"], whole
        daemon.stop()
        done = daemon.cli("top")
        assert done.returncode == 69 and "服务没有运行" in done.stderr, done


if __name__ == "__main__":
    h.main(globals())
