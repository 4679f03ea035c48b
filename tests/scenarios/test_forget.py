"""Old items are forgotten; a list that still shows them opens nothing anew."""
import datetime
import html
import json
import os

import harness as h
import material as m
import redis_server

DAYS = 45
OLD = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=10)


def listed(*items):
    """(id, title, text, days after OLD, or None: of no date)"""
    out = []
    for ident, title, text, days in items:
        date = "" if days is None else (OLD + datetime.timedelta(days=days)).strftime(
            "<pubDate>%a, %d %b %Y %H:%M:%S +0000</pubDate>")
        out.append(f"<item><title>{html.escape(title)}</title><guid isPermaLink=\"false\">{ident}"
                   f"</guid><link>http://site.example/{ident}</link>{date}"
                   f"<description>{html.escape(text)}</description></item>")
    return f'<rss version="2.0"><channel><title>n</title>{"".join(out)}</channel></rss>'


def metric(daemon, name):
    for line in daemon.request("GET", "/metrics")[1].decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(name)


def go(world, **more):
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    clock, site = h.Clock(world.base), world.site()
    old = ("old", *m.WAGES, 0)
    undated = ("undated", *m.OTHER, None)
    first = ("first", *m.FLU, 10)
    site.set("/rss", listed(old, undated))
    daemon = world.daemon([h.source(site, "rss", "/rss", since="1d")], False,
                          demonstration={"rate": 1},
                          retention={"unmatched": "1h", "matched": "1h", "items": "30d"}, **more)

    def store():
        return daemon.status()["store"]

    with clock.faked():
        daemon.start()
    h.wait_for(lambda: store()["items"] == 2, what="the items of the first poll")
    clock.shift("+1d")
    site.set("/rss", listed(old, undated, first))
    h.wait_for(lambda: len(daemon.concerns()) == 1, what="a concern")

    clock.shift(f"+{DAYS}d")
    h.wait_for(lambda: store()["forgotten"] == 1, what="the old item to be forgotten")
    assert store()["items"] == 2, "that of no date stays, and what is in a concern"
    later = ("later", *m.FOOD, 10 + DAYS)
    old = ("old", *m.WAGES, 1.5) # its date is read once more, in another zone
    site.set("/rss", listed(old, undated, first, later))
    h.wait_for(lambda: len(daemon.concerns()) == 2, what="what is new")
    assert {c["topic"]["id"] for c in daemon.concerns()} == {"epidemic", "food-drug-safety"}
    assert store()["items"] == 3 and metric(daemon, "huiying_items_too_old_total") >= 1

    # And so it stays, past a restart, and when they are no longer to be forgotten.
    assert daemon.stop() == 0
    daemon.settings["retention"]["items"] = "never"
    daemon.write_config()
    with clock.faked():
        daemon.start()
    before = site.hits("/rss")
    site.set("/rss", listed(old, undated, first, later, ("last", "新的通知", "已发布。", 11 + DAYS)))
    h.wait_for(lambda: store()["items"] == 4 and site.hits("/rss") > before, what="one more")
    assert len(daemon.concerns()) == 2 and store()["forgotten"] == 1
    assert metric(daemon, "huiying_items_too_old_total") == 1
    assert daemon.stop() == 0
    return daemon


def test_a_list_that_shows_what_is_forgotten():
    with h.World() as world:
        daemon = go(world)
        done = h.cli("store", "check", os.path.join(daemon.folder, "huiying.db"))
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_in_redis():
    with h.World() as world:
        server = world.add(redis_server.Redis(world.base))
        server.start()
        go(world, store=server.address)


def test_a_clock_that_was_ahead_makes_nobody_deaf():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        clock, site = h.Clock(world.base), world.site()
        old = ("old", *m.OTHER, 9)
        site.set("/rss", listed(old))
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, demonstration={"rate": 1})
        with clock.faked():
            daemon.start()
        h.wait_for(lambda: daemon.status()["store"]["items"] == 1, what="the first poll")
        clock.shift("+4000d")
        h.wait_for(lambda: daemon.status()["store"]["forgotten"] == 1, what="it to be forgotten")
        clock.shift("+0d")
        site.set("/rss", listed(old, ("new", *m.WAGES, 10)))
        h.wait_for(daemon.concerns, what="a concern of today")
        assert daemon.status()["store"]["items"] == 1
        assert daemon.stop() == 0


def test_words_go_before_any_item_is_passed_over():
    many = 2001 # more words than go at a time
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        clock, site = h.Clock(world.base), world.site()
        site.set("/rss", listed(("first", *m.OTHER, 0)))
        daemon = world.daemon([h.source(site, "rss", "/rss")], False, demonstration={"rate": 1})

        def store():
            return daemon.status()["store"]

        clock.shift("+1d") # its words outlive those of the others, which have higher numbers
        with clock.faked():
            daemon.start()
        h.wait_for(lambda: store()["items"] == 1, what="the first poll")
        clock.shift("+0d")
        site.set("/rss", listed(*((f"n{i}", f"{m.OTHER[0]}之{i}", m.OTHER[1], 0)
                                  for i in range(many))))
        h.wait_for(lambda: store()["items"] == many + 1, what="many more")
        clock.shift("+4000d")
        h.wait_for(lambda: store()["forgotten"] == many + 1, what="all to be forgotten")
        assert daemon.stop() == 0


def test_items_among_forgotten_ones_are_listed_by_time():
    if not os.path.exists(h.FAKETIME):
        raise h.Skip("faketime is not installed")
    with h.World() as world:
        clock, site = h.Clock(world.base), world.site()
        kept = ("kept", *m.FLU, None)
        site.set("/rss", listed(kept))
        daemon = world.daemon([h.source(site, "rss", "/rss")], False,
                              demonstration={"rate": 1},
                              retention={"unmatched": "1h", "matched": "1h", "items": "30d"})

        def store():
            return daemon.status()["store"]

        with clock.faked():
            daemon.start()
        h.wait_for(lambda: store()["items"] == 1, what="the first poll")
        site.set("/rss", listed(kept, *((f"old{i}", f"{m.OTHER[0]}之{i}", m.OTHER[1], -5000)
                                        for i in range(60))))
        clock.shift("+1d")
        h.wait_for(lambda: store()["items"] == 61, what="old posts, found now")
        clock.shift("+2d")
        h.wait_for(lambda: all(i["expired"] for i in
                               daemon.get("/api/v1/items?limit=100")["items"]),
                   what="the texts to expire")
        clock.shift("+40d")
        h.wait_for(lambda: store()["forgotten"] == 60, what="them to be forgotten")
        for query in ("since=60d", "since=60d&until=30d", "until=30d", ""):
            status, body = daemon.request("GET", "/api/v1/items?" + query)[:2]
            assert status == 200 and len(json.loads(body)["items"]) == 1, (query, status, body)
        status, body = daemon.request("GET", "/api/v1/items?since=30d")[:2]
        assert status == 200 and not json.loads(body)["items"], body
        assert daemon.stop() == 0


if __name__ == "__main__":
    h.main(globals())
