#!/usr/bin/python3
"""演练: a recorded day is replayed by a daemon of its own, marked as such wherever it is seen, and
the town knows nothing of it."""
import datetime
import hashlib
import http.client
import json
import os
import shutil
import signal
import stat
import subprocess
import time
import zipfile

import harness as h
import material as m
import test_bridges as bridges
import test_openapi as openapi

MARK = "【演练】"
SECRET = "13800138000"


def span(daemon):
    """From before it started to now, by its clock of 20 times the speed."""
    now = datetime.datetime.now(datetime.timezone.utc)
    there = datetime.datetime.fromisoformat(daemon.status()["now"])
    return [t.isoformat(timespec="seconds")
            for t in (now - datetime.timedelta(minutes=20), there + datetime.timedelta(minutes=1))]


def town(world):
    """What was raised by three sources, and what was not."""
    site = world.site()
    wages = (m.WAGES[0], m.WAGES[1] + f"联系电话{SECRET}。")
    site.set("/board", m.board([("1", *wages), ("2", *m.FLU)]), mime="text/html; charset=utf-8")
    site.set("/news", m.rss([("1", *m.FOOD), ("2", *m.NOTICE), ("3", *m.OTHER)]))
    daemon = world.daemon([h.source(site, "board", "/board", kind="board", select=m.BOARD),
                           h.source(site, "news", "/news")])
    h.wait_for(lambda: daemon.status()["store"]["items"] == 5, what="five items")
    h.wait_for(lambda: len(daemon.concerns()) == 3, what="three concerns")
    return site, daemon


def record(daemon, *words):
    path = os.path.join(daemon.folder, "day.drill")
    asked = words or ("--from", span(daemon)[0], "--to", span(daemon)[1])
    return path, daemon.cli("drill", "record", *asked, path)


class Drill(h.Daemon):
    """The daemon that `huiying drill run` starts; `run` is the command itself."""

    def __init__(self, world, daemon, path, *words):
        self.folder = os.path.join(world.folder, "rehearsal")
        self.child, self.http_port = None, h.free_ports(1)[0]
        self.socket = os.path.join(self.folder, "huiying.sock")
        self.keys = os.path.join(self.folder, "keys")
        self.log = os.path.join(self.folder, "huiyingd.log")
        self.bus_units = f"tcp://127.0.0.1:{self.http_port + 2}"
        self.run = subprocess.Popen(
            [h.program("huiying"), "drill", "run", path, "--config", daemon.config, "--dir",
             self.folder, "--port", str(self.http_port), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, LC_ALL="C.UTF-8", HUIYING_SOCKET=daemon.socket))
        world.callback(self.end)

    def ready(self):
        def answers():
            assert self.run.poll() is None, self.run.communicate()
            try:
                return self.status(2)
            except (OSError, h.http.client.HTTPException):
                return None
        return h.wait_for(answers, what="the drill's daemon")

    def end(self, sig=signal.SIGINT):
        """Ctrl-C: its exit status, what it printed, what it complained of."""
        if self.run.returncode is None:
            self.run.send_signal(sig)
        out, err = self.run.communicate(timeout=h.PATIENCE)
        return self.run.returncode, out, err

    def fetch(self, path):
        """Over TCP: (headers, text)."""
        connection = h.http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=h.PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.headers, answer.read().decode()
        finally:
            connection.close()


def store_print(daemon):
    with open(daemon.db, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def read(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def test_record():
    with h.World() as world:
        _, daemon = town(world)
        path, done = record(daemon)
        assert done.returncode == 0, done.stderr
        head, *lines = read(path)
        assert (head["huiying_drill"], head["sources"], head["items"]) == (1, 2, 4), head
        assert head["place"] == "试验镇" and head["home"] == "350199", head
        keep = (datetime.datetime.fromisoformat(head["expires"])
                - datetime.datetime.fromisoformat(head["recorded"])).days
        assert 85 <= keep <= 90, head
        sources, items = lines[:2], lines[2:]
        assert {s["source"] for s in sources} == {"board", "news"}, sources
        assert {s["kind"] for s in sources} == {"board", "news"}, sources
        # the notice matches and alerted nobody; what no rule matched is not there
        assert {i["title"]: i.get("quiet", False) for i in items} == {
            m.WAGES[0]: False, m.FLU[0]: False, m.FOOD[0]: False, m.NOTICE[0]: True}, items
        with open(path, encoding="utf-8") as f:
            assert SECRET not in f.read()
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert set(items[0]) <= {"at", "source", "id", "link", "title", "text", "published", "quiet"}
        # reading in bulk is on record
        assert "read.corpus" in daemon.cli("audit", "export").stdout
        # a whole day, an empty one, and what is none
        day = items[0]["at"][:10]
        assert record(daemon, day)[1].returncode == 0
        assert record(daemon, "2020-02-02")[1].returncode == 66
        for words in (["2026-02-30"], ["today"], ["--from", span(daemon)[0]],
                      [day, "--to", span(daemon)[1]],
                      ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-09T00:00:00Z"]):
            done = record(daemon, *words)[1]
            assert done.returncode == 64, (words, done.returncode, done.stderr)


def check_marks(drill):
    """Wherever somebody looks."""
    for path in ("/", "/desk.html", "/concern.html", "/wall.html", "/login.html", "/ledger",
                 "/ledger?lang=en", "/reports/daily", "/reports/drill", "/privacy", "/overview",
                 "/ledger/rules", "/login"):
        headers, page = drill.fetch(path)
        assert f"<title>{MARK}" in page and 'class="drill"' in page, (path, page[:400])
        assert '<meta name="robots" content="noindex' in page, path
        assert headers["X-Huiying-Drill"] == "true" and "noindex" in headers["X-Robots-Tag"], path
    assert drill.fetch("/api/v1/units")[0]["X-Huiying-Drill"] == "true"
    atom, csv = drill.fetch("/ledger.atom")[1], drill.fetch("/ledger.csv")[1]
    assert atom.count(f"<title>{MARK}") == atom.count("<title>") >= 4, atom[:400]
    rows = csv.splitlines()
    assert rows[0].endswith(",演练") and all(r.endswith(f',"{MARK}"') for r in rows[1:]), rows
    assert len(rows) == 4 and drill.get("/ledger.json")["drill"] is True
    assert drill.get("/api/v1/concerns")["drill"] is True
    assert "huiying_drill 1" in drill.fetch("/metrics")[1]
    for words in (["status"], ["concerns"], ["brief"], ["drill", "report"]):
        shown = drill.cli(*words)
        assert shown.returncode == 0 and MARK in shown.stdout, (words, shown)
    assert f"<title>{MARK}" in drill.cli("feeds", "export").stdout
    assert MARK in h.on_a_terminal("status", env={"HUIYING_SOCKET": drill.socket})
    book = os.path.join(drill.folder, "month.xlsx")
    month = drill.status()["now"][:7]
    assert drill.cli("report", "month", month, "--xlsx", book).returncode == 0
    with zipfile.ZipFile(book) as parts:
        names = parts.read("xl/workbook.xml").decode()
    assert names.count('name="演练 ') == 5, names
    for method, path in (("POST", "/api/v1/register"), ("POST", "/api/v1/sources"),
                         ("POST", "/api/v1/sources/try"), ("POST", "/api/v1/sources/board/poll"),
                         ("GET", "/survey/c1"), ("POST", "/survey/c1"), ("GET", "/correct/c1"),
                         ("POST", "/correct/c1")):
        status, body = drill.request(method, path)
        assert status == 409 and json.loads(body)["code"] == "drill", (path, status, body)


def test_a_day_again():
    with h.World() as world:
        site, daemon = town(world)
        path, done = record(daemon)
        assert done.returncode == 0, done.stderr
        recorded = read(path)
        assert daemon.stop() == 0
        before, hits = store_print(daemon), (site.hits("/board"), site.hits("/news"))
        began = time.monotonic()
        drill = Drill(world, daemon, path, "--speed", "1200", "--after", "9d")
        about = drill.ready()
        spec = openapi.Spec()
        faults = spec.faults(about, spec.root["components"]["schemas"]["Status"], "status")
        assert not faults, faults
        assert about["clock_rate"] == 1200 and about["drill"]["items"] == 4, about
        assert about["drill"]["from"] <= about["now"] and about["place"]["name"] == "试验镇", about
        h.wait_for(lambda: drill.status()["drill"]["played"] == 4, what="all of it to be played")
        h.wait_for(lambda: len(drill.concerns()) == 3, what="the same concerns")
        drill.counted()
        check_marks(drill)
        # each came at its own time, and went to whom it had gone to
        opened = {i["title"]: i["at"] for i in recorded[3:] if not i.get("quiet")}
        assert len(opened) == 3, opened
        stream = world.add(h.Stream(drill))
        h.wait_for(lambda: [h.kind_of(e) for e in stream.events].count("dispatched") == 3,
                   what="three dispatches")
        assert all(e["drill"] is True for e in stream.events), stream.events
        for event in stream.events:
            if h.kind_of(event) == "opened":
                late = (datetime.datetime.fromisoformat(event["time"])
                        - datetime.datetime.fromisoformat(min(opened.values()))).total_seconds()
                assert 0 <= late < 1200 * (time.monotonic() - began), (event, opened)
        bus = world.add(h.Bus(drill, "labour"))
        bus.hello()
        bus.wait(lambda: "dispatched" in bus.kinds(), what="the unit's alert")
        assert all(e["drill"] is True for e in bus.events), bus.events
        welcome = [json.loads(f) for f in bus.frames if json.loads(f)["op"] == "welcome"]
        assert welcome and welcome[0]["drill"] is True, welcome
        concern = next(e["data"]["concern"] for e in bus.events if h.kind_of(e) == "dispatched")
        assert bus.command("k1", "accept", concern)["status"] == "ok"
        check_trail(world, drill)
        check_receivers(world, drill)
        check_bridges(world, drill)
        # the others let their clocks run out
        h.wait_for(lambda: drill.status()["store"]["overdue"] >= 2, what="what was missed")
        code, out, err = drill.end()
        assert code == 0, (code, out, err)
        assert f"{MARK}演练小结" in out and "人社所" in out and "4 条" in out, out
        with open(os.path.join(drill.folder, "summary.txt"), encoding="utf-8") as f:
            assert f.read() in out
        # its words are gone, and the town knows nothing
        assert sorted(os.listdir(drill.folder)) == ["huiying.yaml", "huiyingd.log", "keys",
                                                    "month.xlsx", "summary.txt"]
        with open(drill.log, encoding="utf-8") as f:
            log = f.read()
        assert "event=drill.played items=4" in log and "level=error" not in log, log
        assert store_print(daemon) == before
        assert (site.hits("/board"), site.hits("/news")) == hits
        daemon.start()
        assert daemon.status()["drill"] is None and "x-huiying-drill" not in {
            k.lower() for k in Drill.fetch(daemon, "/ledger")[0]}
        assert MARK not in Drill.fetch(daemon, "/ledger")[1] + daemon.cli("status").stdout


def check_trail(world, drill):
    """What is exported says whose it is, and so does who checks it."""
    assert drill.request("GET", "/api/v1/corpus")[0] == 200  # leaves a row
    exported = drill.cli("audit", "export").stdout
    head, *rows = exported.splitlines()
    assert json.loads(head)["drill"] is True and MARK in head and len(rows) >= 2, exported
    assert json.loads(rows[0])["act"] == "drill" and json.loads(rows[0])["role"] == "daemon", rows[0]
    path = os.path.join(world.folder, "trail.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.write(exported)
    by_file, live = drill.cli("audit", "verify", path), drill.cli("audit", "verify")
    for done in (by_file, live):
        assert done.returncode == 0 and done.stdout.startswith(MARK), done
    assert by_file.stdout == live.stdout and f"{len(rows)} 行" in live.stdout, (by_file, live)
    for wrong, why in (([rows[0], head, *rows[1:]], ""), ([head, *rows[1:]], "missing")):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(wrong) + "\n")
        done = drill.cli("audit", "verify", path)
        assert done.returncode == 65 and why in done.stderr, done
    with open(path, "w", encoding="utf-8") as f:  # without its line it is still a drill's
        f.write("\n".join(rows) + "\n")
    done = drill.cli("audit", "verify", path)
    assert done.returncode == 0 and done.stdout.startswith(MARK), done


def check_receivers(world, drill):
    """What acts on alerts does not act on a drill's unless it was made for drills."""
    ran = os.path.join(world.folder, "ran")
    words = ("listen", "--unit", "labour", "--receiver", "pager", "--exec",
             f"echo $HUIYING_EVENT_DRILL >>{ran}", "--shell", "--once", "1")
    done = drill.cli(*words)
    assert done.returncode == 78 and "--drill" in done.stderr and not os.path.exists(ran), done
    done = drill.cli(*words, "--drill")
    assert done.returncode == 0 and MARK in done.stderr, done
    with open(ran, encoding="utf-8") as f:
        assert f.read() == "1\n"
    done = drill.cli("listen", "--once", "2")
    assert done.returncode == 0 and done.stderr.count(MARK) == 1, done
    assert all(json.loads(line)["drill"] is True for line in done.stdout.splitlines())


def check_bridges(world, drill):
    """A chat group and a mailbox hear nothing of a drill unless it is meant for them, and then first
    of all that it is one."""
    hook, plain = world.add(bridges.mailbox.Hook()), world.add(bridges.mailbox.Hook())
    box = world.add(bridges.mailbox.Mailbox())
    mail = {"url": f"smtp://127.0.0.1:{box.port}", "from": "a@example.org", "to": ["b@example.org"],
            "tls": "none"}
    by_mail = bridges.Bridge(world, drill, "mail", types=bridges.OPENED, mail=mail)
    brief = bridges.Bridge(world, drill, "brief", unit=None, mail=mail, brief={
        "cursor": os.path.join(world.folder, "brief.day")})
    refused = (bridges.hooked(world, drill, "wecom", "wecom", hook), by_mail.start(), brief.start())
    for bridge in refused:
        assert bridge.child.wait(h.PATIENCE) == 78 and "--drill" in bridge.told(), bridge.told()
    assert not hook.taken and not box.mails
    bridges.hooked(world, drill, "wecom", "wecom", hook, "--drill")
    bridges.hooked(world, drill, "plain", "json", plain, "--drill", digest="1s")
    by_mail.start("--drill")
    h.wait_for(lambda: hook.taken and plain.taken and box.mails, what="the messages")
    by_mail.stop()
    assert all(kept[1]["X-Huiying-Drill"] == "true" for kept in hook.taken + plain.taken)
    assert all(event["drill"] is True for event in plain.bodies()[0]), plain.bodies()
    assert all(event["notice"].startswith(MARK + "发现") for event in plain.bodies()[0]), plain.bodies()
    text = hook.bodies()[0]["text"]["content"]
    head, mailed = box.read(0)
    assert text.startswith(MARK + "【发现") and "不是真实警讯" in text, text
    assert mailed.startswith(MARK) and head["Subject"].startswith(MARK + "发现"), (head, mailed)


def test_what_is_erased_leaves_recorded_days():
    with h.World() as world:
        _, daemon = town(world)
        path, done = record(daemon)
        assert done.returncode == 0, done.stderr
        other = os.path.join(world.folder, "other.drill")
        shutil.copy(path, other)

        def titles(name):
            return [line["title"] for line in read(name) if "title" in line]

        def holds(name, words):
            with open(name, encoding="utf-8") as f:
                return words in f.read()

        def of(topic):
            return next(c["id"] for c in daemon.concerns() if c["topic"]["id"] == topic)

        before = titles(path)
        assert len(before) == 4 and m.FLU[0] in before and holds(path, m.FLU[1])
        with open(path, "rb") as f:
            whole = f.read()
        done = daemon.cli("drill", "update", path)
        with open(path, "rb") as f:
            assert done.returncode == 0 and not done.stdout and f.read() == whole, done
        # by name, as it is erased
        done = daemon.cli("erase", of("epidemic"), "--code", "asked", "--drill", path)
        assert done.returncode == 0 and "1 条" in done.stdout, done
        assert titles(path) == [t for t in before if t != m.FLU[0]] and not holds(path, m.FLU[1])
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        # by itself where it was recorded; another that was copied: later, and all that went meanwhile
        done = daemon.cli("erase", of("wage-arrears"), "--code", "personal")
        assert done.returncode == 0 and "drill update FILE" in done.stdout, done
        assert len(titles(path)) == 2 and not holds(path, m.WAGES[0]) and "去掉 1 条" in done.stdout, done
        with open(os.path.join(daemon.folder, "drills"), encoding="utf-8") as f:
            assert f.read() == f"{daemon.status()['epoch']} {path}\n"
        assert holds(other, m.FLU[1]) and holds(other, m.WAGES[0])
        third = os.path.join(world.folder, "third.drill")
        shutil.copy(other, third)
        done = daemon.cli("drill", "update", other)
        assert done.returncode == 0 and "去掉 2 条" in done.stdout, done
        assert len(titles(other)) == 2 and not holds(other, m.FLU[1]) and not holds(other, m.WAGES[0])
        # a rehearsal takes out by itself what is still in its file; the rest of it is as it was
        drill = Drill(world, daemon, third, "--speed", "600")
        assert drill.ready()["drill"]["items"] == 2
        h.wait_for(lambda: drill.status()["drill"]["played"] == 2, what="all of it to be played")
        code, out, err = drill.end()
        assert code == 0 and "去掉 2 条" in out and not holds(third, m.WAGES[0]), (code, out, err)
        # of another town nothing is taken for gone
        head, *rest = read(path)
        body = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rest)
        head["place"] = "邻镇"
        with open(other, "w", encoding="utf-8") as f:
            f.write(json.dumps({**head, "blake2b": hashlib.blake2b(body.encode(), digest_size=32)
                                .hexdigest()}, ensure_ascii=False) + "\n" + body)
        done = daemon.cli("drill", "update", other)
        assert done.returncode == 65 and len(titles(other)) == 2, done
        # nor by one that does not answer; and of a day that is all gone no file is left
        assert daemon.stop() == 0
        assert daemon.cli("drill", "update", path).returncode == 69 and len(titles(path)) == 2
        daemon.start()
        lines = read(path)[3:]
        for n, line in enumerate(lines):
            assert os.path.exists(path)
            done = daemon.cli("erase", line["id"], "--code", "secret")
            assert done.returncode == 0 and ("已删除" in done.stdout) == (n + 1 == len(lines)), done
        assert not os.path.exists(path)
        done = daemon.cli("drill", "update")  # and what is there no more is forgotten
        assert done.returncode == 0 and "0 个" in done.stdout, done
        with open(os.path.join(daemon.folder, "drills"), encoding="utf-8") as f:
            assert f.read() == ""


def test_refused():
    """A drill's daemon and the town's do not take each other's store, nor a file that is not whole."""
    with h.World() as world:
        _, daemon = town(world)
        path, done = record(daemon)
        assert done.returncode == 0, done.stderr
        # in earnest, what is meant for drills takes nothing away
        done = daemon.cli("listen", "--unit", "labour", "--drill", "--once", "1")
        assert done.returncode == 78 and "--drill" in done.stderr, done
        hook = world.add(bridges.mailbox.Hook())
        bridge = bridges.hooked(world, daemon, "real", "wecom", hook, "--drill")
        assert bridge.child.wait(h.PATIENCE) == 78 and "--drill" in bridge.told() and not hook.taken
        assert daemon.cli("drill", "report").returncode == 66
        assert daemon.stop() == 0

        def problems(**settings):
            daemon.settings.pop("demonstration", None)
            kept = dict(daemon.settings)
            daemon.settings.update(settings)
            daemon.settings = {k: v for k, v in daemon.settings.items() if v is not None}
            daemon.write_config()
            daemon.settings = kept
            checked = subprocess.run([h.program("huiyingd"), "--check-config", daemon.config],
                                     capture_output=True, text=True, check=False)
            return checked.returncode, checked.stderr

        code, said = problems(drill={"file": "day.drill"})
        assert code == 78 and "drill.db" in said and "huiying.yaml:" in said, said
        code, said = problems(store="sqlite:drill.db")
        assert code == 78 and "drill.db" in said, said
        drills = {"drill": {"file": "day.drill"}, "store": "sqlite:drill.db", "sources": []}
        assert problems(**drills) == (0, ""), problems(**drills)
        for left_out in ({"keys": None}, {"listen": {"http": "127.0.0.1:1"}}):
            code, said = problems(**drills, **left_out)
            assert code == 78 and "keys" in said and "listen.socket" in said, said
        code, said = problems(**drills, demonstration={"rate": 2})
        assert code == 78 and "demonstration" in said, said
        code, said = problems(**{**drills, "sources": daemon.settings["sources"]})
        assert code == 78 and "sources:" in said, said
        with open(path, "rb") as f:
            good = f.read()
        for bad, line in ((good[:-30], ":1:"), (good.replace("发烧".encode(), "发热".encode(), 1), ":1:"),
                          (b"", ":"), (b"{}\n", ":1:")):
            with open(path, "wb") as f:
                f.write(bad)
            code, said = problems(**drills)
            assert code == 78 and "day.drill" + line in said, (line, said)
            done = daemon.cli("drill", "run", path, "--config", daemon.config)
            assert done.returncode == 65 and "day.drill" + line in done.stderr, done
        # its texts have had their time
        head, rest = good.split(b"\n", 1)
        old = json.loads(head)
        old["expires"] = "2025-01-01T00:00:00+08:00"
        with open(path, "wb") as f:
            f.write(json.dumps(old).encode() + b"\n" + rest)
        code, said = problems(**drills)
        assert code == 78 and "2025-01-01" in said, said
        done = daemon.cli("drill", "run", path, "--config", daemon.config)
        assert done.returncode == 65 and "2025-01-01" in done.stderr, done
        with open(path, "wb") as f:
            f.write(good)
        for words in (["--speed", "0"], ["--speed", "3601"], ["--after", "soon"], ["--port", "80"]):
            done = daemon.cli("drill", "run", path, "--config", daemon.config, *words)
            assert done.returncode == 64, (words, done)
        daemon.write_config()
        own = os.path.join(world.folder, "own")
        done = daemon.cli("drill", "run", path, "--config", daemon.config, "--dir", own, "--units",
                          "no-such.yaml")
        assert done.returncode == 66 and "no-such.yaml" in done.stderr, done
        assert not os.path.exists(own)
        done = daemon.cli("drill", "run", path, "--config", daemon.config, "--dir", daemon.folder)
        assert done.returncode == 73 and "--dir" in done.stderr, done


def test_ends_when_its_texts_must_go():
    with h.World() as world:
        _, daemon = town(world)
        path, done = record(daemon)
        assert done.returncode == 0, done.stderr
        assert daemon.stop() == 0
        with open(path, "rb") as f:
            head, rest = f.read().split(b"\n", 1)
        own = os.path.join(world.folder, "own")
        os.mkdir(own)
        drill = h.Daemon(own, [], store="sqlite:drill.db", drill={"file": path})
        del drill.settings["demonstration"]
        drill.write_config()
        world.callback(drill.sweep)
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=12)
        day = {**json.loads(head), "expires": until.isoformat(timespec="seconds")}
        with open(path, "wb") as f:
            f.write(json.dumps(day).encode() + b"\n" + rest)
        drill.start()
        drill.child.wait(h.PATIENCE)
        assert datetime.datetime.now(datetime.timezone.utc) >= until.replace(microsecond=0)
        with open(drill.log, encoding="utf-8") as f:
            assert "drill.expired" in f.read()


def test_it_goes_on_after_a_restart():
    """The daemon of a drill that was killed begins where its ledger stopped, and opens nothing twice."""
    with h.World() as world:
        _, daemon = town(world)
        path, done = record(daemon)
        assert done.returncode == 0, done.stderr
        assert daemon.stop() == 0
        own = os.path.join(world.folder, "own")
        os.mkdir(own)
        drill = h.Daemon(own, [], store="sqlite:drill.db",
                         drill={"file": path, "speed": 600})
        del drill.settings["demonstration"]
        drill.write_config()
        world.callback(drill.sweep)
        began = time.monotonic()
        drill.start()
        # a browser keeps its cookies by host: those of the town on another port stay its own
        asked = http.client.HTTPConnection("127.0.0.1", drill.http_port, timeout=h.PATIENCE)
        asked.request("GET", "/login")
        assert asked.getresponse().headers["Set-Cookie"].startswith("huiying-drill-form=")
        asked.close()
        h.wait_for(lambda: len(drill.concerns()) == 3, what="the concerns")
        last = drill.get("/api/v1/concerns")["now"]
        lasted = time.monotonic() - began
        drill.kill()
        began = time.monotonic()
        drill.start()
        about = drill.status()
        lasted += time.monotonic() - began
        assert about["drill"] and about["now"] >= drill.concerns()[0]["opened"], about
        assert abs((datetime.datetime.fromisoformat(about["now"])
                    - datetime.datetime.fromisoformat(last)).total_seconds()) < 600 * lasted
        h.wait_for(lambda: drill.status()["drill"]["played"] == 4, what="all of it again")
        h.wait_for(lambda: drill.status()["store"]["items"] == 4, what="all of it in the store")
        assert len(drill.concerns()) == 3
        assert drill.stop() == 0


if __name__ == "__main__":
    h.main(globals())
