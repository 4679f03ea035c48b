"""What the HTTP side bears: slow connections, 500 streams, and nonsense as fast as it is answered,
while alerts go on being delivered."""
import http.client
import json
import selectors
import socket
import subprocess
import sys
import time

import harness as h
import material as m

ALONE = True  # its times are those of a machine that does nothing else

# Sixteen connections that always have 500 requests under way; counts answers until standard input
# closes. In a process of its own: it must not slow down who measures.
FLOOD = r"""
import os, select, selectors, socket, sys
port = int(sys.argv[1])
host = b" HTTP/1.1\r\nHost: localhost:%d\r\n" % port
kinds = [b"GET /nonsense/%2e%2e" + host + b"\r\n",
         b"GET /api/v1/concerns?state=nonsense" + host + b"\r\n",
         b"GET /api/v1/corpus" + host + b"Authorization: Bearer hy_nonsense\r\n\r\n",
         b"POST /api/v1/concerns/c1/accept" + host + b"Content-Length: 0\r\n\r\n",
         b"GET /" + host.replace(b"localhost", b"evil.example") + b"\r\n",
         b"PUT /api/v1/session" + host + b"Cookie: huiying=nonsense\r\nContent-Length: 0\r\n\r\n"]
block = b"".join(kinds[i % len(kinds)] for i in range(500))
sel = selectors.DefaultSelector()
answers = sent = 0
def connect():
    s = socket.create_connection(("127.0.0.1", port))
    s.setblocking(False)
    sel.register(s, selectors.EVENT_READ, {"out": block, "due": 500, "tail": b""})
for _ in range(16):
    connect()
stop = False
sel.register(sys.stdin, selectors.EVENT_READ, None)
while not stop:
    for key, _ in sel.select(1):
        if key.data is None:
            stop = True
            continue
        s, d = key.fileobj, key.data
        try:
            got = s.recv(1 << 18)
        except BlockingIOError:
            continue
        except ConnectionError:
            got = b""
        if not got:
            sel.unregister(s); s.close(); connect()
            continue
        text = d["tail"] + got
        n = text.count(b"HTTP/1.1 ")
        d["tail"] = text[-8:]
        answers += n
        d["due"] -= n
        if d["due"] <= 0:
            d["due"] += 500; d["out"] = block
    for key in list(sel.get_map().values()):
        if key.data and key.data["out"]:
            try:
                key.data["out"] = key.data["out"][key.fileobj.send(key.data["out"]):]
            except BlockingIOError:
                pass
            except ConnectionError:
                key.data["out"] = b""
print(answers)
"""


def connect(daemon):
    return socket.create_connection(("127.0.0.1", daemon.http_port), timeout=h.PATIENCE)


def unit_head(daemon, unit):
    return next(u["head"] for u in daemon.get("/api/v1/units")["items"] if u["id"] == unit)


def deliver(daemon, site, bus, posts, rounds):
    """Rounds of new posts, each delivered before the next: how long each took (ms)."""
    took = []
    for _ in range(rounds):
        n = len(posts) + 1
        title, text = m.WAGES
        posts.append((f"p{n}", f"第{n}标段{title}", f"第{n}标段的事。{text}"))
        before = daemon.status()["store"]["items"]
        site.set("/rss", m.rss(posts[-20:]))
        head = h.wait_for(lambda items=before: daemon.status()["store"]["items"] > items, 30,
                          what=f"post {n}")
        begun = time.monotonic()
        assert head
        bus.wait(lambda: bus.events and bus.events[-1]["unitseq"] >= unit_head(daemon, "labour"),
                 what=f"the alert of post {n}")
        took.append(round(1000 * (time.monotonic() - begun)))
    return took


def test_nonsense_leaves_alerts_unharmed():
    with h.World() as world:
        site = world.site()
        posts = [("p1", *m.WAGES)]
        site.set("/rss", m.rss(posts))
        daemon = world.daemon([h.source(site, "rss", "/rss", region="110000")], home="110000")
        bus = world.add(h.Bus(daemon, "labour"))
        bus.hello()
        bus.wait(lambda: bus.events, what="the first alert")
        quiet = deliver(daemon, site, bus, posts, 4)
        flood = subprocess.Popen([sys.executable, "-c", FLOOD, str(daemon.http_port)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        world.callback(flood.kill)
        begun = time.monotonic()
        loud = deliver(daemon, site, bus, posts, 8)
        answers = int(flood.communicate("", timeout=h.PATIENCE)[0])
        rate = round(answers / (time.monotonic() - begun))
        assert answers > 1000, answers
        # every alert once and in order, and nothing of the nonsense was taken for an act
        bus.wait(lambda: bus.events[-1]["unitseq"] >= unit_head(daemon, "labour"), what="all alerts")
        seqs = [e["unitseq"] for e in bus.events]
        assert seqs == list(range(1, len(seqs) + 1)), seqs
        assert "accepted" not in bus.kinds()
        assert daemon.get("/api/v1/audit")["items"] == []
        h.figure(nonsense_per_s=rate, quiet_ms=sorted(quiet), loud_ms=sorted(loud))


def test_five_hundred_streams_hear_everything():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "rss", "/rss", region="110000")], home="110000")
        h.wait_for(lambda: daemon.concerns(), what="the concern")
        chosen = selectors.DefaultSelector()
        heard = {}
        for _ in range(500):
            s = connect(daemon)
            world.callback(s.close)
            s.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost:{daemon.http_port}\r\n\r\n"
                      .encode())
            heard[s] = b""
            chosen.register(s, selectors.EVENT_READ)

        def all_have(text):
            for key, _ in chosen.select(0.2):
                heard[key.fileobj] += key.fileobj.recv(1 << 16)
            return all(text in got for got in heard.values())

        h.wait_for(lambda: all_have(b"event: huiying.concern.opened"), 60, what="what was before")
        # one more is told so, and ordinary requests are served beside them
        assert daemon.request("GET", "/api/v1/events", tcp=True)[0] == 503
        assert daemon.request("GET", "/api/v1/status", tcp=True)[0] == 200
        concern = daemon.concerns()[0]["id"]
        assert daemon.cli("accept", concern).returncode == 0
        h.wait_for(lambda: all_have(b"event: huiying.concern.accepted"), 60, what="what came")
        with open(f"/proc/{daemon.child.pid}/status", encoding="ascii") as f:
            rss = next(line.split()[1] for line in f if line.startswith("VmRSS"))
        h.figure(streams=len(heard), rss_kb=rss)


def test_the_socket_has_places_of_its_own():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "rss", "/rss", region="110000")], home="110000")
        h.wait_for(lambda: daemon.concerns(), what="the concern")

        def fill(make):
            status, n = b"200", -1
            while status == b"200":
                s = make()
                world.callback(s.close)
                s.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost:{daemon.http_port}"
                          "\r\n\r\n".encode())
                status, n = s.recv(64).split()[1], n + 1
            assert status == b"503" and n <= 500, (status, n)
            return n

        def at_the_socket():
            s = socket.socket(socket.AF_UNIX)
            s.connect(daemon.socket)
            return s

        assert fill(lambda: connect(daemon)) >= 499  # one that left may count yet
        heard = daemon.cli("listen", "--once", "1")
        assert heard.returncode == 0, heard.stderr
        # where there is none left either, that is what is told; the one that left counts until its
        # beat, and gives its place up then
        taken = 0

        def refused():
            nonlocal taken
            taken += fill(at_the_socket)
            done = daemon.cli("listen", "--once", "1")
            assert done.returncode in (0, 75), done
            return done.returncode == 75 and done
        done = h.wait_for(refused, what="its being refused")
        assert taken >= 499 and "订阅者过多" in done.stderr, (taken, done.stderr)
        assert daemon.cli("status").returncode == 0


def test_slow_connections_are_cut():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        slow = [connect(daemon) for _ in range(300)]
        for s in slow:
            world.callback(s.close)
            s.setblocking(False)
        fast = http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
        fast.connect()
        world.callback(fast.close)
        stays = fast.sock
        head = f"GET /api/v1/status HTTP/1.1\r\nHost: localhost:{daemon.http_port}\r\n".encode()
        sent = 0

        def trickle():
            """A byte of a header to each, so that none is idle; how many are still open."""
            nonlocal sent
            sent += 1
            left = 0
            for i, s in enumerate(slow):
                try:
                    part = (b"POST /api/v1/session HTTP/1.1\r\nContent-Length: 999\r\n"
                            b"Content-Type: application/json\r\nHost: localhost:%d\r\n\r\n"
                            % daemon.http_port if i % 2 else head) if sent == 1 else b"x"
                    s.send(part)
                    if s.recv(1) == b"":
                        continue
                except BlockingIOError:
                    pass
                except OSError:
                    continue
                left += 1
            # who asks in full is answered all the while, on one connection that stays
            fast.request("GET", "/api/v1/status")
            answer = fast.getresponse()
            assert answer.status == 200 and json.loads(answer.read()) and fast.sock is stays
            return left

        assert trickle() == len(slow)
        h.wait_for(lambda: trickle() == 0, 60, what="slow connections to be cut")
        # a head that is too long is refused
        big = connect(daemon)
        world.callback(big.close)
        big.sendall(head + b"X: " + b"y" * 65536 + b"\r\n\r\n")
        assert big.recv(64).split()[1] in (b"431", b"413", b"400")


if __name__ == "__main__":
    h.main(globals())
