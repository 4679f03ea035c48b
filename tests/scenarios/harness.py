"""A real daemon in a folder of its own, a scripted site for it to poll, and readers of everything
that it says. Nothing here sleeps for a fixed time: it waits for a condition, with a limit.
"""
import contextlib
import datetime
import http.client
import http.server
import json
import os
import pty
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
import unittest.mock
import urllib.parse

import yaml
import zmq

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("HUIYING_BUILD", os.path.join(ROOT, "build"))
DATA = os.environ.get("HUIYING_TEST_DATA")
LONG = "--long" in sys.argv
# Ten seconds is the shortest interval; at this rate of the clock a poll comes every half second.
POLL = "10s"
RATE = 20
# A limit guards against hanging and measures nothing: a machine that is busy elsewhere, or slow, has
# at least these seconds for anything, whatever a caller thinks enough.
PATIENCE = 60

CHANNEL = "https://power.example.com/kefu"  # nobody's: it is not fetched
UNITS = {
    "coordinator": "office",
    "outside": [{"id": "power", "name": {"zh": "供电公司", "en": "Power Company"}, "channel": CHANNEL}],
    "units": [
        {"id": "office", "name": {"zh": "党政办"}},
        {"id": "labour", "name": {"zh": "人社所"}, "parent": "office", "roles": ["labour"]},
        {"id": "health", "name": {"zh": "卫健办"}, "parent": "office", "roles": ["health"]},
        {"id": "market", "name": {"zh": "市场监管所"}, "parent": "office",
         "roles": ["market-regulation"]},
        # What the shipped topics ask of others.
        {"id": "county", "name": {"zh": "县直部门"}, "parent": "office",
         "roles": ["finance", "ecology", "education", "civil-affairs", "emergency", "housing",
                   "social-insurance", "natural-resources", "agriculture", "government-services",
                   "culture", "transport", "urban-management", "public-security", "utilities"]},
    ],
}


LANES = int(os.environ.get("HUIYING_TEST_LANES", "1"))
PORTS = range(10000 + int(os.environ.get("HUIYING_TEST_LANE", "0")), 32000, LANES)
PORTS = iter(random.sample(PORTS, len(PORTS)))
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


class Clock:
    """The time that programs see which are started under faked()."""

    def __init__(self, folder):
        self.stamp = os.path.join(folder, "offset")
        self.shift("+0d")

    def shift(self, text):
        with open(self.stamp + ".new", "w", encoding="ascii") as f:
            f.write(text + "\n")
        os.rename(self.stamp + ".new", self.stamp)

    def faked(self):
        return unittest.mock.patch.dict(os.environ, LD_PRELOAD=FAKETIME, FAKETIME_NO_CACHE="1",
                                        FAKETIME_TIMESTAMP_FILE=self.stamp,
                                        FAKETIME_DONT_FAKE_MONOTONIC="1",
                                        ASAN_OPTIONS="verify_asan_link_order=0")

    @staticmethod
    def days(text):
        """From now, really, to a time told by a program."""
        gap = datetime.datetime.fromisoformat(text) - datetime.datetime.now(datetime.timezone.utc)
        return gap.total_seconds() / 86400


class Skip(Exception):
    """A test that cannot run here, and why."""


def wait_for(condition, limit=PATIENCE, what="condition"):
    """The condition's first true value."""
    limit = max(limit, PATIENCE)
    end = time.monotonic() + limit
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit:.0f} s for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def share():
    """Of a processor, what one that wants it all gets here and now: 1.0 on a machine of one's own.
    What a contract promises in seconds is the time that was measured, times this."""
    began, end = time.monotonic(), time.thread_time() + 0.1
    while time.thread_time() < end:
        pass
    return min(1.0, 0.1 / (time.monotonic() - began))


class Stalls:
    """Notes when this process stood still, as on a machine that does something else: what it noted
    the time of was earlier by as much."""

    NAP_S, MUCH_S = 0.02, 0.1

    def __init__(self):
        self.spells = []
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        last = time.monotonic()
        while True:
            time.sleep(self.NAP_S)
            now = time.monotonic()
            if now - last > self.MUCH_S:
                self.spells.append((last, now))
            last = now

    def late(self, at):
        """By how many seconds what was noted at `at` may have been noted too late."""
        return max((at - a for a, b in list(self.spells) if a < at < b + self.MUCH_S), default=0)

    def longest(self, since):
        return max((b - a for a, b in list(self.spells) if b > since), default=0)


def program(name):
    return os.path.join(BUILD, name)


def cli(*args, stdin=None, env=None, limit=2 * PATIENCE):
    """Run `huiying ARGS`; the result has returncode, stdout and stderr as text."""
    return subprocess.run([program("huiying"), *args], input=stdin, capture_output=True, text=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8", **(env or {})), timeout=limit,
                          check=False)


def on_a_terminal(*args, env=None, limit=PATIENCE):
    """What `huiying ARGS` shows there."""
    ours, its = pty.openpty()
    plain = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    env = dict(plain, LC_ALL="C.UTF-8", **(env or {}))
    with subprocess.Popen([program("huiying"), *args], stdout=its, stderr=its, env=env) as child:
        os.close(its)
        out = b""
        with contextlib.suppress(OSError):  # EIO: it has ended
            while data := os.read(ours, 65536):
                out += data
        assert child.wait(limit) == 0
    os.close(ours)
    return out.decode()


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def free_ports(n):
    """That nobody else gets before they are used: below those that the kernel gives away, of this
    lane of tests/run, and each once."""
    ports = []
    while len(ports) < n:
        port = next(PORTS)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            ports.append(port)
    return ports


# --- the site that is polled -------------------------------------------------------------------

class Page:
    def __init__(self):
        self.body, self.mime, self.tag = b"", "text/plain", '"0"'
        self.status, self.headers, self.answer = 200, (), None
        self.hits = self.unchanged = 0


class Site:
    """Pages on this machine whose content a test sets; counts polls and 304s. A polite daemon polls
    one host one page at a time: what shall not wait for another has a host (127.0.0.N) of its own.
    """

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.lock = threading.Lock()
        self.pages = {}
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format, *args):
                pass

            def do_GET(self):
                site.serve(self)

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a killed client is what some tests are about
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://{self.host}:{self.port}{path}"

    def set(self, path, body, mime="application/rss+xml; charset=utf-8", status=200, headers=(),
            answer=None):
        """`answer`, when given, is called with the request's handler and does everything."""
        body = body.encode() if isinstance(body, str) else body
        with self.lock:
            page = self.pages.setdefault(path, Page())
            page.tag = '"%d-%d"' % (len(body), hash(body) & 0xFFFFFFFF)
            page.body, page.mime, page.status = body, mime, status
            page.headers, page.answer = tuple(headers), answer

    def hits(self, path):
        with self.lock:
            page = self.pages.get(path)
            return (page.hits, page.unchanged) if page else (0, 0)

    def serve(self, request):
        with self.lock:
            page = self.pages.get(request.path)
            if page:
                page.hits += 1
                same = page.status == 200 and request.headers.get("If-None-Match") == page.tag
                page.unchanged += same
                status, body, answer = 304 if same else page.status, page.body, page.answer
                headers = [("Content-Type", page.mime), ("ETag", page.tag), *page.headers]
            else:
                status, body, headers, answer = 404, b"", [], None
        if answer:
            answer(request)
            return
        body = b"" if status == 304 else body
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            request.send_response(status)
            for name, value in headers:
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# --- the daemon --------------------------------------------------------------------------------

class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket at any depth: sun_path holds 108 bytes, a folder's descriptor none."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        folder = os.open(os.path.dirname(self.path), os.O_PATH | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{folder}/{os.path.basename(self.path)}")
        finally:
            os.close(folder)


class Plain(yaml.SafeDumper):
    """Writes what is shared out in full: the configuration knows no aliases."""

    def ignore_aliases(self, data):
        return True


class Daemon:
    """huiyingd with a configuration of its own. `more` is merged into huiying.yaml."""

    def __init__(self, folder, sources, units=None, **more):
        self.folder = folder
        self.child = None
        self.starts = 0
        self.log = os.path.join(folder, "huiyingd.log")
        self.socket = os.path.join(folder, "huiying.sock")
        self.keys = os.path.join(folder, "keys")
        self.db = os.path.join(folder, "huiying.db")
        http_port, pub_port, units_port = free_ports(3)
        self.http_port = http_port
        self.bus_pub = f"tcp://127.0.0.1:{pub_port}"
        self.bus_units = f"tcp://127.0.0.1:{units_port}"
        self.config = os.path.join(folder, "huiying.yaml")
        self.settings = {
            "operator": {"name": "试验", "contact": "mailto:test@example.org"},
            "place": "试验镇", "home": "350199", "store": "sqlite:huiying.db",
            "listen": {"http": f"127.0.0.1:{http_port}", "socket": "huiying.sock",
                       "bus_pub": self.bus_pub, "bus_units": self.bus_units},
            "keys": "keys", "rules": os.path.join(ROOT, "rules"), "units": "units.yaml",
            "deadlines": os.path.join(ROOT, "rules", "deadlines.yaml"),
            "calendars": os.path.join(ROOT, "rules", "calendars"),
            "workers": 1, "domain_spacing": "1ms", "allow": ["127.0.0.0/8"],
            "demonstration": {"rate": RATE}, "bus": {"grace": "1h"}, "sources": sources, **more,
        }
        with open(os.path.join(folder, "units.yaml"), "w", encoding="utf-8") as f:
            yaml.dump(units or UNITS, f, Plain, allow_unicode=True)
        self.write_config()
        for unit in (units or UNITS)["units"]:
            done = cli("units", "keygen", unit["id"], "--keys", self.keys)
            assert done.returncode == 0, done.stderr
        self.dashboard_key = zmq.curve_keypair()
        os.makedirs(os.path.join(self.keys, "dashboards"), exist_ok=True)
        with open(os.path.join(self.keys, "dashboards", "test.public"), "wb") as f:
            f.write(self.dashboard_key[0] + b"\n")

    def write_config(self):
        with open(self.config, "w", encoding="utf-8") as f:
            yaml.dump(self.settings, f, Plain, allow_unicode=True)

    def start(self, limit=2 * PATIENCE, huiyingd=None):
        """Returns the seconds until it answered."""
        began = time.monotonic()
        with open(self.log, "ab") as log:
            command = [huiyingd or program("huiyingd"), "--config", self.config]
            self.child = subprocess.Popen(command, stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL, start_new_session=True,
                                          env=dict(os.environ, HUIYING_SECRET="in-the-environment"))
        self.starts += 1
        end = began + limit
        while True:
            if self.child.poll() is not None:
                raise AssertionError(f"huiyingd exit {self.child.returncode}\n{self.log_tail()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.status(limit=2)
                return time.monotonic() - began
            if time.monotonic() > end:
                raise AssertionError(f"huiyingd not ready in {limit} s\n{self.log_tail()}")
            time.sleep(0.002)

    def log_tail(self, lines=15):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def kill(self):
        """SIGKILL to the daemon alone: its workers must notice by themselves."""
        self.child.kill()
        self.child.wait()

    def stop(self, limit=PATIENCE):
        """SIGTERM; its exit status."""
        if not self.child:
            return None
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(limit)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise AssertionError(f"huiyingd did not stop in {limit} s") from None
        return self.child.returncode

    def sweep(self):
        """Whatever is left of its session."""
        if self.child:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def request(self, method, path, body=None, limit=PATIENCE, tcp=False, headers=None):
        """(status, bytes) of a request over the Unix socket, or over TCP."""
        if tcp:
            connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=limit)
        else:
            connection = UnixConnection(self.socket, limit)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def act_as(self, name, role, unit=None):
        """A person with an account, acting over TCP: act(concern, verb, **members) -> (status, answer)."""
        asked = ["--role", role] + (["--unit", unit] if unit else [])
        done = self.cli("accounts", "add", name, *asked, stdin="three bridges, one river\n")
        assert done.returncode == 0, done.stderr
        done = self.cli("accounts", "token", name)
        assert done.returncode == 0, done.stderr
        head = {"Authorization": "Bearer " + done.stdout.strip(), "Content-Type": "application/json"}

        def act(concern, verb, **members):
            status, body = self.request("POST", f"/api/v1/concerns/{concern}/{verb}",
                                        json.dumps(members), tcp=True, headers=head)
            return status, json.loads(body)
        return act

    def draft_by_key(self, unit, concern, text):
        """A unit's own program hands in the text of a reply; its result."""
        bus = Bus(self, unit, f"writer{time.monotonic_ns()}")
        try:
            bus.hello()
            return bus.command(f"draft-{time.monotonic_ns()}", "draft", concern, text=text)
        finally:
            bus.close()

    def cpu_ms(self):
        """Of the daemon itself so far, all its threads."""
        with open(f"/proc/{self.child.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def get(self, path, limit=PATIENCE):
        status, body = self.request("GET", path, limit=limit)
        assert status == 200, f"{path}: {status} {body[:300]!r}"
        return json.loads(body)

    def status(self, limit=PATIENCE):
        return self.get("/api/v1/status", limit)

    def concerns(self, **query):
        query.setdefault("limit", 200)
        return self.get("/api/v1/concerns?" + urllib.parse.urlencode(query))["items"]

    def counted(self, query=""):
        """What the statistics tell, once they have counted as far as the ledger goes."""
        def told():
            status, body = self.request("GET", "/api/v1/statistics" + query)
            value = json.loads(body)
            return value if status == 200 and value["head"] >= self.status()["head"] else None
        return wait_for(told, what="the count")

    def source(self, ident):
        return self.get("/api/v1/sources/" + ident)

    def sources(self, **query):
        """All of them, page by page."""
        out, cursor = [], None
        while True:
            asked = {"limit": 200, **query, **({"cursor": cursor} if cursor else {})}
            page = self.get("/api/v1/sources?" + urllib.parse.urlencode(asked))
            out += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return out

    def cli(self, *args, env=None, **more):
        env = {"HUIYING_SOCKET": self.socket, "HUIYING_KEYS": self.keys,
               "HUIYING_DRILLS": os.path.join(self.folder, "drills"), **(env or {})}
        return cli(*args, env=env, **more)

    def produced(self):
        """(name, bytes) of every file that the daemon wrote. It goes on writing: what is read from
        a log no more has gone into its database by then, which therefore is read after it."""
        for base, _, files in os.walk(self.folder):
            for name in sorted(files, key=lambda name: not name.endswith("-wal")):
                path = os.path.join(base, name)
                if os.path.isfile(path):
                    with contextlib.suppress(FileNotFoundError), open(path, "rb") as f:
                        yield os.path.relpath(path, self.folder), f.read()


# --- receivers ---------------------------------------------------------------------------------

class Bus:
    """A unit's receiver: hello, events under credit, acks, commands."""

    def __init__(self, daemon, unit, receiver="test", keys=None):
        self.daemon, self.unit, self.receiver = daemon, unit, receiver
        self.frames = []   # every message's bytes
        self.events = []   # as they came, repeats included
        self.results = {}
        self.epoch = None
        self.ping_at = time.monotonic() + 3
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        public, secret = keys or self.read_keys()
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = self.read_line("server.public")
        self.socket.connect(daemon.bus_units)

    def read_line(self, name):
        with open(os.path.join(self.daemon.keys, name), "rb") as f:
            return f.read().strip()

    def read_keys(self):
        stem = os.path.join("units", self.unit)
        return self.read_line(stem + ".public"), self.read_line(stem + ".secret")

    def send(self, **message):
        self.socket.send(json.dumps(message).encode())

    def hello(self, epoch="", last=0, credit=100):
        self.send(op="hello", receiver=self.receiver, epoch=epoch, last=last, credit=credit)

    def pump(self, wait_ms=50, ack=True):
        """Take what comes; how many messages."""
        taken = 0
        while self.socket.poll(0 if taken else wait_ms):
            raw = self.socket.recv()
            taken += 1
            self.frames.append(raw)
            message = json.loads(raw)
            if message["op"] == "welcome":
                self.epoch = message["epoch"]
            elif message["op"] == "event":
                event = message["event"]
                self.events.append(event)
                if ack:
                    self.send(op="ack", unitseq=event["unitseq"])
                self.send(op="credit", add=1)
            elif message["op"] == "result":
                self.results[message["key"]] = message
            elif message["op"] == "canary":
                self.send(op="canary", number=message["number"])
        if time.monotonic() > self.ping_at:
            self.send(op="ping")
            self.ping_at = time.monotonic() + 3
        return taken

    def wait(self, condition, limit=PATIENCE, what="bus message"):
        def turn():
            self.pump()
            return condition()
        return wait_for(turn, limit, what)

    def kinds(self, concern=None):
        return [kind_of(e) for e in self.events
                if concern is None or e["data"].get("concern") == concern]

    def command(self, key, act, concern, **more):
        self.send(op="command", key=key, act=act, concern=concern, **more)
        return self.wait(lambda: self.results.get(key), what=f"result of {key}")

    def close(self):
        self.socket.close(0)
        self.context.term()


class Published:
    """A dashboard's subscription to PUB."""

    def __init__(self, daemon):
        self.frames = []
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.curve_publickey, self.socket.curve_secretkey = daemon.dashboard_key
        with open(os.path.join(daemon.keys, "server.public"), "rb") as f:
            self.socket.curve_serverkey = f.read().strip()
        self.socket.subscribe(b"concern/")
        self.socket.connect(daemon.bus_pub)

    def pump(self, wait_ms=20):
        while self.socket.poll(wait_ms):
            self.frames.append(self.socket.recv_multipart())

    def close(self):
        self.socket.close(0)
        self.context.term()


class Stream:
    """Server-sent events in a thread: `raw` holds the bytes, `events` the parsed data."""

    def __init__(self, daemon, since=0, tcp=False, **more):
        self.raw, self.events, self.ids = bytearray(), [], []
        if tcp:
            self.connection = http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=60)
        else:
            self.connection = UnixConnection(daemon.socket, 60)
        asked = urllib.parse.urlencode({"since": since, **more})
        self.connection.request("GET", "/api/v1/events?" + asked)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            while line := self.response.readline():
                self.raw += line
                if line.startswith(b"data: "):
                    self.events.append(json.loads(line[6:]))
                elif line.startswith(b"id: "):
                    self.ids.append(int(line[4:]))

    def close(self):
        with contextlib.suppress(OSError, AttributeError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.thread.join(5)


def kind_of(event):
    return event["type"].rsplit(".", 1)[1]


# --- running -----------------------------------------------------------------------------------

class World(contextlib.ExitStack):
    """Everything a test makes, undone at its end."""

    def __init__(self, deep=False):
        super().__init__()
        self.base = tempfile.mkdtemp(prefix="huiying-test-")
        self.callback(shutil.rmtree, self.base, True)
        self.folder = self.base
        if deep:
            self.folder = os.path.join(self.base, "很深 的 目录", *["d" * 40] * 4)
            os.makedirs(self.folder)

    def site(self, host="127.0.0.1"):
        site = Site(host)
        self.callback(site.close)
        return site

    def daemon(self, sources, start=True, **more):
        daemon = Daemon(self.folder, sources, **more)
        self.callback(daemon.sweep)
        if start:
            daemon.start()
        return daemon

    def add(self, closable):
        self.callback(closable.close)
        return closable


def source(site, ident, path, **more):
    return {"id": ident, "name": ident, "url": site.url(path), "kind": more.pop("kind", "news"),
            "interval": POLL, **more}


def figure(**values):
    print("# " + " ".join(f"{k}={v}" for k, v in values.items()), flush=True)


def need_programs():
    missing = [n for n in ("huiyingd", "huiying", "huiying-worker") if not os.path.exists(program(n))]
    if missing:
        raise SystemExit(f"not built: {' '.join(missing)} in {BUILD}")


WITNESSES = []  # functions that tell, in lines, where things stood as a test failed


def main(module):
    """Run every test_ function of the calling module; `ok NAME` lines go to stdout."""
    need_programs()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    failed = 0
    for name, test in list(module.items()):
        if not name.startswith("test_") or not isinstance(test, types.FunctionType):
            continue
        if names and name not in names:
            continue
        label = name[5:].replace("_", "-")
        try:
            test()
            print(f"ok {label}", flush=True)
        except Skip as why:
            print(f"ok {label} # SKIP {why}", flush=True)
        except Exception as why:  # a failing test must not keep the others from running
            failed += 1
            print(f"not ok {label}: {type(why).__name__}: {str(why)[:300]}", flush=True)
            traceback.print_exc(file=sys.stdout)
            for witness in WITNESSES:
                with contextlib.suppress(Exception):  # it may have fallen too
                    print(*(f"    {line}" for line in witness()), sep="\n", flush=True)
    return sys.exit(1 if failed else 0)
