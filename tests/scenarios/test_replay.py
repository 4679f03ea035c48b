#!/usr/bin/python3
"""Real polls of real feeds, in order, over loopback; and real board posts as an HTML board. Skips
without HUIYING_TEST_DATA; a small series of the same shape always runs.
"""
import glob
import html
import json
import os

import harness as h
import material as m


def commits_and_files(daemon):
    """What a write would change."""
    files = [(os.stat(p).st_mtime_ns, os.stat(p).st_size) for p in (daemon.db, daemon.db + "-wal")
             if os.path.exists(p)]
    status = daemon.status()
    return status["ledger"]["commits"], status["head"], files


def unchanged_polls_cost_nothing(daemon, sources, polls=5):
    """Several 304s on every source: no commit, no byte on disk."""
    def settled():
        before = commits_and_files(daemon)
        marks = {s["id"]: daemon.source(s["id"])["unchanged"] for s in sources}
        h.wait_for(lambda: all(daemon.source(i)["unchanged"] > n for i, n in marks.items()), 30,
                   "a 304 on each source")
        return before == commits_and_files(daemon)
    h.wait_for(settled, 30, "the last poll's writes")
    before = commits_and_files(daemon)
    marks = {s["id"]: daemon.source(s["id"])["unchanged"] for s in sources}
    h.wait_for(lambda: all(daemon.source(i)["unchanged"] >= n + polls for i, n in marks.items()), 60,
               f"{polls} unchanged polls")
    assert commits_and_files(daemon) == before, (before, commits_and_files(daemon))
    return polls


def replay(world, series):
    """series: {source id: [(time, bytes, ids)]}. Every poll replaces the last one."""
    site = world.site()
    paths = {name: f"/{name}.json" for name in series}
    for path in paths.values():
        site.set(path, json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "空",
                                   "items": []}), "application/json")
    sources = [h.source(site, name, path) for name, path in paths.items()]
    daemon = world.daemon(sources)
    seen, changed, replaced = set(), 0, {}
    steps = sorted((at, name, body, ids) for name, polls in series.items() for at, body, ids in polls)
    for _, name, body, ids in steps:
        same = replaced.get(name) == body
        hits = site.hits(paths[name])[0]
        site.set(paths[name], body, "application/json")
        replaced[name] = body
        changed += not same
        seen |= {(name, i) for i in ids}
        h.wait_for(lambda: site.hits(paths[name])[0] > hits, 30, f"a poll of {name}")
        h.wait_for(lambda: daemon.status()["store"]["items"] == len(seen), 30,
                   f"{len(seen)} items after a poll of {name}; has {daemon.status()['store']['items']}")
    quiet = unchanged_polls_cost_nothing(daemon, sources)
    assert daemon.status()["store"]["items"] == len(seen)
    for name, path in paths.items():
        assert site.hits(path)[1] > 0, f"{name}: no 304"
    h.figure(polls=len(steps), changed=changed, distinct_ids=len(seen),
             stored=daemon.status()["store"]["items"], unchanged_polls_watched=quiet)
    return daemon


def json_polls(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*"))):
        with open(path, "rb") as f:
            body = f.read()
        doc = json.loads(body)
        # Feed readers that save their result as JSON call the list "entries"; it is read too.
        ids = {str(i["id"]) for i in doc.get("items", doc.get("entries"))}
        yield int(os.path.splitext(os.path.basename(path))[0]), body, ids


def test_real_polls():
    if not h.DATA:
        raise h.Skip("HUIYING_TEST_DATA is not set")
    folders = sorted(glob.glob(os.path.join(h.DATA, "feeds", "polls", "*")))
    assert folders, "no feeds/polls in HUIYING_TEST_DATA"
    with h.World() as world:
        replay(world, {os.path.basename(f): list(json_polls(f)) for f in folders})


def test_small_series():
    """A feed that grows, repeats itself, edits an item and drops its oldest."""
    def poll(at, *items):
        return at, m.json_feed(items).encode(), {i[0] for i in items}
    a, b, c = ("a", *m.OTHER), ("b", *m.WAGES), ("c", *m.FLU)
    edited = ("b", m.WAGES[0], m.WAGES[1] + "已经七个月了。")
    with h.World() as world:
        daemon = replay(world, {"news": [poll(1, a), poll(2, b, a), poll(3, b, a), poll(4, c, edited),
                                         poll(5, c)],
                                "other": [poll(2, ("a", *m.OTHER))]})
        assert len(daemon.concerns()) == 2, daemon.concerns()


def board_page(posts):
    return m.board([
        (p["id"], p["title"], p["body"],
         f'<span class="author"><a href="/space-uid-{p["user"]}.html">{p["user"]}</a></span>',
         f'<div class="reply"><div class="text">{html.escape(p["reply"])}</div></div>'
         if p.get("reply") else "") for p in posts])


def test_real_boards():
    if not h.DATA:
        raise h.Skip("HUIYING_TEST_DATA is not set")
    with h.World() as world:
        site = world.site()
        sources, posts = [], {}
        for i, path in enumerate(sorted(glob.glob(os.path.join(h.DATA, "boards", "*.jsonl")))):
            with open(path, encoding="utf-8") as f:
                posts[i] = [json.loads(line) for line in f]
            site.set(f"/board{i}.html", board_page(posts[i]), "text/html; charset=utf-8")
            sources.append(h.source(site, f"board-{i}", f"/board{i}.html", kind="board",
                                    select=m.BOARD))
        assert posts, "no boards/*.jsonl in HUIYING_TEST_DATA"
        expected = sum(len({p["id"] for p in some}) for some in posts.values())
        daemon = world.daemon(sources)
        h.wait_for(lambda: daemon.status()["store"]["items"] >= expected, 60, f"{expected} posts")
        unchanged_polls_cost_nothing(daemon, sources, 3)
        assert daemon.status()["store"]["items"] == expected
        users = {p["user"].encode() for some in posts.values() for p in some if len(p["user"]) > 6}
        found = [(name, u) for name, data in daemon.produced() for u in users if u in data]
        assert not found, found[:5]
        h.figure(posts=expected, concerns=daemon.status()["store"]["concerns"], users=len(users))


if __name__ == "__main__":
    h.main(globals())
