"""Speaks the bus with pyzmq and nothing of huiying's own: units, a dashboard and a stranger."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile

import zmq
from zmq.utils.monitor import recv_monitor_message

EPOCH = "e-outside"
PATIENCE = 10000  # ms


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read_key(folder, name):
    with open(f"{folder}/{name}", "rb") as f:
        return f.read().strip()


class Server:
    def __init__(self, program):
        self.dir = tempfile.mkdtemp(prefix="huiying-outside.")
        for stem in ("server", "units/wages", "units/health", "dashboards/hall"):
            subprocess.run([program, "--keys", self.dir, stem], check=True)
        self.pub = f"tcp://127.0.0.1:{free_port()}"
        self.units = f"tcp://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen(
            [program, self.dir, self.pub, self.units, EPOCH],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        self.context = zmq.Context()

    def do(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        word, number = self.process.stdout.readline().split()
        assert word == "ok"
        return int(number)

    def connect(self, kind, owner=None):
        s = self.context.socket(kind)
        s.linger = 0
        s.curve_serverkey = read_key(self.dir, "server.public")
        if owner:
            s.curve_publickey = read_key(self.dir, owner + ".public")
            s.curve_secretkey = read_key(self.dir, owner + ".secret")
        else:
            s.curve_publickey, s.curve_secretkey = zmq.curve_keypair()
        if kind == zmq.SUB:
            s.subscribe(b"")
        return s

    def dealer(self, owner):
        s = self.connect(zmq.DEALER, owner)
        s.connect(self.units)
        return s

    def close(self):
        self.context.destroy(linger=0)
        self.process.stdin.close()
        code = self.process.wait(timeout=60)
        shutil.rmtree(self.dir)
        assert code == 0, code


def say(s, **message):
    s.send(json.dumps(message).encode())


def hear(s, op):
    message = {"op": "pong"}
    while message["op"] == "pong":
        assert s.poll(PATIENCE), f"no {op}"
        message = json.loads(s.recv().decode("utf-8"))
        if op == "pong":
            break
    assert message["op"] == op, message
    return message


def check_unit(server):
    desk = server.dealer("units/wages")
    server.do("add wage-arrears wages 3")
    server.do("add epidemic health 2")
    say(desk, op="hello", receiver="desk-1", epoch="", last=0, credit=2)
    welcome = hear(desk, "welcome")
    assert welcome == {"op": "welcome", "epoch": EPOCH, "head": 3, "unit": "wages", "resume": 0,
                       "snapshot": False, "heartbeat": 3000}
    for n in (1, 2):
        event = hear(desk, "event")["event"]
        assert event["specversion"] == "1.0" and event["epoch"] == EPOCH
        assert event["unitseq"] == n and event["data"]["unit"] == "wages"
        assert event["data"]["item"]["title"].startswith("标题")
    say(desk, op="ping")
    assert hear(desk, "pong")["head"] == 3  # credit is spent: no third event came before
    say(desk, op="ack", unitseq=2)
    assert hear(desk, "acked")["unitseq"] == 2
    say(desk, op="credit", add=5)
    assert hear(desk, "event")["event"]["unitseq"] == 3
    say(desk, op="command", key="k-1", act="answer", concern="c1", url="https://example.gov.cn/1")
    result = hear(desk, "result")
    assert result["key"] == "k-1" and result["status"] == "refused" and "reason" in result
    say(desk, op="nonsense")
    hear(desk, "error")
    desk.close()
    # The durable cursor: a receiver without memory goes on after its ack.
    desk = server.dealer("units/wages")
    say(desk, op="hello", receiver="desk-1", epoch="", last=0, credit=5)
    assert hear(desk, "welcome")["resume"] == 2
    assert hear(desk, "event")["event"]["unitseq"] == 3
    desk.close()


def check_dashboard(server):
    sub = server.connect(zmq.SUB, "dashboards/hall")
    sub.connect(server.pub)
    assert sub.poll(PATIENCE)
    topic, body = sub.recv_multipart()
    while topic != b"head":
        topic, body = sub.recv_multipart()
    head = json.loads(body)
    assert head == {"epoch": EPOCH, "head": 5}, head
    server.do("add epidemic health 1")
    while topic == b"head":
        assert sub.poll(PATIENCE)
        topic, body = sub.recv_multipart()
    event = json.loads(body)
    assert topic == b"concern/health/epidemic" and event["seq"] == 6 and event["unitseq"] == 3
    assert "标题".encode() not in body and "item" not in event["data"]
    # The part that was missed before the subscription stood.
    ask = server.dealer("dashboards/hall")
    say(ask, op="events", **{"from": 4, "to": 5})
    for n in (4, 5):
        message = hear(ask, "event")
        assert message["topic"] == "concern/health/epidemic"
        assert message["event"]["seq"] == n and "item" not in message["event"]["data"]
    assert hear(ask, "events-end")["to"] == 5


def check_stranger(server):
    s = server.connect(zmq.DEALER)
    monitor = s.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_AUTH)
    s.connect(server.units)
    assert monitor.poll(PATIENCE)
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    s.disable_monitor()


def main():
    server = Server(sys.argv[1])
    for check in (check_unit, check_dashboard, check_stranger):
        check(server)
        print("ok", check.__name__)
    server.close()


main()
