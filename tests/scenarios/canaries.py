"""The table of places where an author can hide (tests/data/canaries.tsv) as documents, each place with
a canary of its own.
"""
import os

import harness as h

SPACES = ('xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
          'xmlns:atom="http://www.w3.org/2005/Atom" '
          'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
          'xmlns:googleplay="http://www.google.com/schemas/play-podcasts/1.0" '
          'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
          'xmlns:georss="http://www.georss.org/georss" '
          'xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"')
RSS = f'<rss version="2.0" {SPACES}><channel><title>新闻</title>%s</channel></rss>'
ITEM = '<item><title>第%d题</title>%s</item>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>新闻</title>%s</feed>'
JSON = '{"version":"https://jsonfeed.org/version/1.1","title":"新闻",%s}'
FAMILIES = "王李张刘陈杨赵黄周吴徐孙马朱胡"
GIVEN = "澈砚霁蔚珩昀璟翊旻煜韬瑾琛昕晗"


def canary(kind, number):
    if kind == "{n}":
        k = len(GIVEN)
        return FAMILIES[number % k] + GIVEN[number // k % k] + GIVEN[(number + 7) % k]
    if kind in ("{d}", "{d9}"):
        return f"7709{number:03d}63"
    return f"kanari{number:03d}vogel"


# What a source of the daemon is; the rest is read by commands.
POLLED = ("rss-item", "rss-channel", "html", "title", "atom-entry", "atom-feed", "json-item",
          "json-feed", "prolog")


def table():
    """(place, where, piece, canary) of each row that a polled body can hold."""
    with open(os.path.join(h.ROOT, "tests", "data", "canaries.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line[0] != "#"]
    for number, (place, where, piece) in enumerate(rows):
        kind = next(k for k in ("{c}", "{d9}", "{d}", "{n}") if k in piece)
        text = canary(kind, number)
        if where in POLLED:
            yield place, where, piece.replace(kind, text), text


def wrap(where, pieces):
    """One document that holds the pieces."""
    numbered = list(enumerate(pieces))
    if where == "rss-item":
        return RSS % "".join(ITEM % row for row in numbered)
    if where == "html":
        return RSS % "".join(ITEM % (i, f"<description><![CDATA[{p}]]></description>") for i, p in numbered)
    if where == "title":
        return RSS % "".join(f"<item><title>{p}</title></item>" for p in pieces)
    if where == "rss-channel":
        return RSS % ("".join(pieces) + ITEM % (0, ""))
    if where == "prolog":
        return pieces[0] + RSS % (ITEM % (0, ""))
    if where == "atom-entry":
        return ATOM % "".join(f"<entry><id>{i}</id><title>第{i}题</title>{p}</entry>" for i, p in numbered)
    if where == "atom-feed":
        return ATOM % ("".join(pieces) + "<entry><id>1</id><title>题</title></entry>")
    if where == "json-item":
        return JSON % '"items":[%s]' % ",".join(f'{{"id":"{i}","title":"第{i}题",{p}}}' for i, p in numbered)
    assert where == "json-feed", where
    return JSON % (",".join(pieces) + ',"items":[{"id":"1","title":"题"}]')


def documents():
    """path -> (body, type). What is ill-formed stands by itself: it may swallow what follows."""
    together, out = {}, {}
    for place, where, piece, _ in table():
        alone = place.startswith("fault") or "unclosed" in place or where == "prolog"
        together.setdefault((where, place if alone else ""), []).append(piece)
    for (where, place), pieces in together.items():
        kind = "feed+json" if where.startswith("json") else "rss+xml"
        name = f"/{where}" + (f"-{place.replace(' ', '-')}" if place else "")
        out[name] = (wrap(where, pieces), f"application/{kind}")
    return out
