#!/usr/bin/python3
"""The ledger's file in an operator's hands: checked and copied while the daemon writes it, put back
with a new epoch, and words taken out of it that nobody may read any more.
"""
import json
import os
import stat
import threading

import harness as h
import material as m


def store(daemon, verb, *args, limit=60):
    return h.cli("store", verb, *args, env={"HUIYING_STORE": daemon.db}, limit=limit)


class Load(threading.Thread):
    """A site that goes on growing."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.done, self.items = site, threading.Event(), []
        self.more()

    def more(self):
        for _ in range(10):
            self.items.append((f"p{len(self.items)}", *m.numbered(m.WAGES, len(self.items))))
        self.site.set("/a", m.json_feed(self.items[::-1][:200]), "application/feed+json")

    def run(self):
        while not self.done.wait(0.1):
            self.more()


def ledger(daemon):
    head = daemon.status()["head"]
    return h.json_lines(daemon.cli("listen", "--since", "0", "--once", str(head)).stdout)


def test_backups_under_load_and_back():
    with h.World() as world:
        site = world.site()
        load = Load(site)
        daemon = world.daemon([h.source(site, "a", "/a")], demonstration={"rate": 60})
        load.start()
        world.callback(load.done.set)
        h.wait_for(lambda: len(daemon.concerns()) >= 10, what="concerns")
        copies = []
        for i in range(4):
            copies.append(os.path.join(world.folder, f"copy-{i}.db"))
            head = daemon.status()["head"]
            h.wait_for(lambda h0=head: daemon.status()["head"] > h0, what="the ledger to move on")
            done = store(daemon, "backup", copies[-1], "--json")
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            assert told["counts"]["events"] > head, told
            assert stat.S_IMODE(os.stat(copies[-1]).st_mode) == 0o600
            checked = store(daemon, "check", daemon.db)
            assert checked.returncode == 0 and "没有问题" in checked.stdout, checked
        assert not [n for n in os.listdir(world.folder) if n.startswith("copy-") and n[7:] != "db"]
        again = store(daemon, "backup", copies[0])
        assert again.returncode == 73 and "已有此文件" in again.stderr, again
        refused = store(daemon, "restore", copies[1])
        assert refused.returncode == 75 and "huiyingd" in refused.stderr, refused

        bus = world.add(h.Bus(daemon, "labour"))
        bus.hello()
        bus.wait(lambda: len(bus.events) > 20, what="the unit's alerts")
        whole, old = ledger(daemon), daemon.status()
        load.done.set()
        load.join()
        assert daemon.stop() == 0
        done = store(daemon, "restore", copies[1], "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert os.path.exists(told["kept"]) and told["epoch"] != old["epoch"], told
        assert store(daemon, "check", told["kept"]).returncode == 0
        daemon.start()
        now = daemon.status()
        assert now["epoch"] == told["epoch"] and now["head"] >= told["counts"]["events"]
        # A consistent beginning of what was: the same events, then others.
        n = told["counts"]["events"]
        for was, is_ in zip(whole[:n], ledger(daemon)[:n]):
            assert (was["seq"], was["type"], was["data"]) == (is_["seq"], is_["type"], is_["data"])
        # A receiver that knows the old epoch hears all from the first on, and what was lost again.
        head = {u["id"]: u["head"] for u in daemon.get("/api/v1/units")["items"]}["labour"]
        bus.hello(epoch=old["epoch"], last=int(bus.events[-1]["unitseq"]))

        def again():
            return [int(e["unitseq"]) for e in bus.events if e["epoch"] == told["epoch"]]
        bus.wait(lambda: head in again(), 60, "all alerts again")
        assert again() == list(range(1, len(again()) + 1)), again()[:20]
        h.wait_for(lambda: daemon.status()["store"]["items"] >= min(200, len(load.items)), 60,
                   "the source's items again")
        assert store(daemon, "check", daemon.db).returncode == 0
        h.figure(events=len(whole), restored=n, kept=os.path.basename(told["kept"]))


def test_what_is_no_backup_is_refused():
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([("w1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "a", "/a")])
        h.wait_for(lambda: len(daemon.concerns()) == 1, what="the concern")
        copy = os.path.join(world.folder, "copy.db")
        assert store(daemon, "backup", copy).returncode == 0
        assert daemon.stop() == 0
        with open(copy, "rb") as f:
            data = f.read()
        before = sorted(os.listdir(world.folder))
        for damaged in (b"", b"no database" * 100, data[:len(data) // 2],
                        data[:8192] + bytes(8192) + data[16384:]):
            with open(copy, "wb") as f:
                f.write(damaged)
            done = store(daemon, "restore", copy)
            assert done.returncode == 65 and done.stderr.startswith("huiying: "), done
        newer = bytearray(data)
        newer[60:64] = (1000).to_bytes(4, "big")  # user_version
        with open(copy, "wb") as f:
            f.write(newer)
        done = store(daemon, "restore", copy)
        assert done.returncode == 65 and "newer version" in done.stderr, done
        assert store(daemon, "restore", copy + ".none").returncode == 66
        nowhere = os.path.join(world.folder, "none", "copy.db")
        done = store(daemon, "backup", nowhere)
        folder = os.path.dirname(nowhere)
        assert done.returncode == 73 and f"{folder}: 没有这个文件夹" in done.stderr, done
        with open(copy, "wb") as f:
            f.write(data)
        done = h.cli("store", "restore", copy, "--store", nowhere)
        assert done.returncode == 73 and f"{folder}: 没有这个文件夹" in done.stderr, done
        for words in (("check", world.folder), ("backup", nowhere, "--store", world.folder),
                      ("restore", world.folder, "--store", daemon.db)):
            done = h.cli("store", *words)
            assert done.returncode == 66 and "是文件夹" in done.stderr, (words, done)
        done = h.cli("store", "check", "rediss://127.0.0.1/0?town")
        assert done.returncode == 64 and "redis+sentinel://" in done.stderr, done
        assert sorted(os.listdir(world.folder)) == before
        daemon.start()
        assert len(daemon.concerns()) == 1


def test_a_move_takes_nothing_away():
    """What it replaces goes only when what it brings can be read, and never what it brings."""
    with h.World() as world:
        site = world.site()
        site.set("/a", m.rss([("w1", *m.WAGES)]))
        daemon = world.daemon([h.source(site, "a", "/a")])
        h.wait_for(lambda: len(daemon.concerns()) == 1, what="the concern")
        copy, bad, link, other = (os.path.join(world.folder, name)
                                  for name in ("copy.db", "bad.db", "link.db", "other.db"))
        assert store(daemon, "backup", copy).returncode == 0

        def whole(path):
            return "1 件关切" in store(daemon, "check", path).stdout

        def refused(status, *words):
            done = h.cli("store", "migrate", *words, "--replace", env={"HUIYING_SOCKET": "/none"})
            assert done.returncode == status, (words, done)
            return done.stderr
        refused(75, copy, daemon.db)  # a daemon has it open
        assert len(daemon.concerns()) == 1 and whole(daemon.db)
        assert daemon.stop() == 0
        os.symlink(daemon.db, link)
        for again in (os.path.join(world.folder, ".", "huiying.db"), "sqlite:" + daemon.db, link):
            assert "同一个库" in refused(73, daemon.db, again), again
            assert "同一个库" in refused(73, again, daemon.db), again
            assert whole(daemon.db), again
        with open(copy, "rb") as f, open(bad, "wb") as g:
            g.write(f.read(8192))
        refused(65, bad, daemon.db)
        assert whole(daemon.db)
        assert "不能用的地址" in refused(64, copy, "unix:" + other)  # no folder of this name
        done = h.cli("store", "migrate", copy, daemon.db, "--replace")
        assert done.returncode == 0 and whole(daemon.db) and whole("sqlite:" + daemon.db), done
        daemon.start()
        assert len(daemon.concerns()) == 1


def found_in(daemon, words):
    return [f"{word} in {name}" for name, data in daemon.produced() for word in words
            if word.encode() in data]


def test_redacted_words_are_nowhere():
    canary, link = "灯笼椒金丝雀", "kanari-link-77"
    with h.World() as world:
        site = world.site()
        title, text = m.numbered(m.WAGES, 3)
        posts = [(link, title, text + canary)] + [(f"p{i}", *m.numbered(m.WAGES, 10 + i))
                                                  for i in range(60)]
        site.set("/a", m.rss(posts))
        daemon = world.daemon([h.source(site, "a", "/a")])
        h.wait_for(lambda: daemon.status()["store"]["items"] == 61, what="the items")
        search = "/api/v1/items?q=" + "%E9%87%91%E4%B8%9D%E9%9B%80"
        hit = h.wait_for(lambda: [daemon.get(search)["items"] if daemon.request("GET", search)[0] == 200
                                  else None][0], what="the index")[0]
        concern = daemon.get("/api/v1/items/" + hit["id"])["concern"]
        assert found_in(daemon, [canary, link])
        events = ledger(daemon)
        assert daemon.request("POST", f"/api/v1/items/{hit['id']}/redact", tcp=True)[0] in (403, 404,
                                                                                         405)
        assert daemon.cli("items", "redact", "nonsense").returncode == 65
        assert daemon.cli("items", "redact", "0" * 32).returncode != 0
        done = daemon.cli("items", "redact", hit["id"])
        assert done.returncode == 0, done.stderr
        h.wait_for(lambda: not found_in(daemon, [canary, link]), 20,
                   "the words to go; still: " + str(found_in(daemon, [canary, link])))
        item = daemon.get("/api/v1/items/" + hit["id"])
        assert item["expired"] and item["link"] is None and item["concern"] == concern, item
        assert not daemon.get(search)["items"]
        assert ledger(daemon)[:len(events)] == events
        assert "item.redacted" in daemon.log_tail(50) and hit["id"] in daemon.log_tail(50)
        # Its source says it again, edited: nothing of it is kept.
        site.set("/a", m.rss([(link, title, text + "又：" + canary)] + posts[1:]))
        seen = site.hits("/a")[0]
        h.wait_for(lambda: site.hits("/a")[0] > seen + 1, 30, "polls of the edit")
        assert daemon.cli("items", "redact", hit["id"]).returncode == 0  # again: no harm
        copy = os.path.join(world.folder, "copy.db")
        assert store(daemon, "backup", copy).returncode == 0
        assert daemon.stop() == 0
        assert not found_in(daemon, [canary, link])
        done = store(daemon, "check", daemon.db)
        assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    h.main(globals())
