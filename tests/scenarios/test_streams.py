"""Streams of events over HTTP: how many one account may have, and how long its right to one lasts."""
import json
import threading

import harness as h
import material as m

PASSWORD = "three bridges, one river"
SHARE = 32  # of an account


def town(world):
    site = world.site()
    site.set("/rss", m.rss([("1", *m.WAGES)]))
    daemon = world.daemon([h.source(site, "rss", "/rss", region="110000")], home="110000")
    h.wait_for(lambda: len(daemon.concerns()) == 1, what="the concern")
    return daemon


def add_account(daemon, name, role, unit=None):
    """Of a new account, the headers that a script of it sends."""
    asked = ["--role", role] + (["--unit", unit] if unit else [])
    done = daemon.cli("accounts", "add", name, *asked, stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    return token(daemon, name)[0]


def token(daemon, name):
    done = daemon.cli("accounts", "token", name, "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    return {"Authorization": "Bearer " + made["token"]}, made["id"]


def knock(world, daemon, headers):
    """(answer, connection) of a stream asked for over TCP; the connection stays."""
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
    world.callback(connection.close)
    connection.request("GET", "/api/v1/events", headers=headers)
    answer = connection.getresponse()
    return answer, connection


def test_one_account_shuts_nobody_out():
    with h.World() as world:
        daemon = town(world)
        li, boss = add_account(daemon, "li", "unit", "labour"), add_account(daemon, "boss", "coordinator")
        other = token(daemon, "li")[0]
        kept = [knock(world, daemon, li if i % 2 else other) for i in range(SHARE)]
        assert all(answer.status == 200 for answer, _ in kept), [a.status for a, _ in kept]
        # by whichever of its tokens: it is told why, and when to come again
        for headers in (li, other):
            answer, _ = knock(world, daemon, headers)
            assert answer.status == 429, answer.status
            assert "32" in json.loads(answer.read())["detail"]
            assert 0 < int(answer.getheader("Retry-After")) <= 60
        assert knock(world, daemon, boss)[0].status == 200
        heard = daemon.cli("listen", "--once", "1")
        assert heard.returncode == 0 and "huiying." in heard.stdout, heard.stderr
        # a place is free again when one of them has gone
        kept[0][1].close()
        h.wait_for(lambda: knock(world, daemon, li)[0].status == 200, what="a free place")


def log_in(daemon, name):
    """The headers of a session: what reads, and what changes."""
    connection = h.http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=h.PATIENCE)
    connection.request("POST", "/api/v1/session", headers={"Content-Type": "application/json"},
                       body=json.dumps({"account": name, "password": PASSWORD}))
    answer = connection.getresponse()
    told = json.loads(answer.read())
    assert answer.status == 200, told
    cookie = answer.getheader("Set-Cookie").split(";")[0]
    connection.close()
    return {"Cookie": cookie}, {"Cookie": cookie, "X-CSRF-Token": told["csrf"]}


def wait_for_end(answer):
    """Beats keep a connection from timing out: a reader that never ends must not hold up the test."""
    reader = threading.Thread(target=answer.read, daemon=True)
    reader.start()
    h.wait_for(lambda: not reader.is_alive(), what="the end of a stream")


def read_until(answer, word):
    while word not in (line := answer.readline()):
        assert line, f"it ended before {word}"


def test_a_stream_ends_with_the_right_to_it():
    with h.World() as world:
        daemon = town(world)
        guest = knock(world, daemon, {})[0]
        assert guest.status == 200
        daemon_at_socket = world.add(h.Stream(daemon))
        add_account(daemon, "stays", "auditor")
        wait_for_end(guest)  # with the first account nobody reads unnamed

        def has_ended(headers, act):
            answer = knock(world, daemon, headers)[0]
            assert answer.status == 200, answer.status
            assert answer.readline().startswith(b": epoch")
            began = h.time.monotonic()
            act()
            wait_for_end(answer)
            return round(1000 * (h.time.monotonic() - began))

        def cli(*asked, **more):
            done = daemon.cli("accounts", *asked, **more)
            assert done.returncode == 0, done.stderr

        took = {}
        add_account(daemon, "li", "unit", "labour")
        mine, change = log_in(daemon, "li")
        kept = knock(world, daemon, log_in(daemon, "li")[0])[0]
        took["logout"] = has_ended(mine, lambda: daemon.request(
            "DELETE", "/api/v1/session", tcp=True, headers=change))
        scripts, ident = token(daemon, "li")
        took["revoke"] = has_ended(scripts, lambda: cli("revoke", ident))
        # another session of the account stays
        assert daemon.cli("accept", daemon.concerns()[0]["id"]).returncode == 0
        read_until(kept, b"accepted")
        stays = knock(world, daemon, token(daemon, "stays")[0])[0]
        took["passwd"] = has_ended(log_in(daemon, "li")[0], lambda: cli(
            "passwd", "li", stdin="four bridges, one river\n"))
        wait_for_end(kept)
        took["remove"] = has_ended(token(daemon, "li")[0], lambda: cli("remove", "li"))
        # those of others go on
        before = len(daemon_at_socket.events)
        assert daemon.cli("remind", daemon.concerns()[0]["id"]).returncode == 0
        h.wait_for(lambda: len(daemon_at_socket.events) > before, what="the next event")
        read_until(stays, b"reminded")
        h.figure(**{name + "_ms": ms for name, ms in took.items()})


if __name__ == "__main__":
    h.main(globals())
