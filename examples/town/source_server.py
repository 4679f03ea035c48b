#!/usr/bin/python3
"""The made-up town's news feed and message board, on this machine only.

Items appear by the script in demo.yaml, counted from the first poll; a unit publishes its reply
under a post by POST to the post's address with "/reply" added.
"""
import argparse
import email.utils
import hashlib
import html
import http.server
import json
import os
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

import script as town

PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>示范页面，人物、单位、事件均为虚构。Everything here is made up.</p>
{body}</body></html>
"""

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>青石新闻</title><link>{base}/news/</link><description>示范新闻，均为虚构</description>
{items}</channel></rss>
"""


class Pick:
    """Choices of one round. Rounds that follow each other share no part of a text."""

    def __init__(self, script, number, turn):
        self.script = script
        self.number = number
        self.turn = turn

    def part(self, choices, place):
        return choices[(self.number * (place + 1) + self.number // 4 + self.turn) % len(choices)]

    def fill(self, text):
        words = self.script["words"]

        def slot(found):
            options = words[found.group(1)]
            shift = list(words).index(found.group(1)) + 1
            return options[(self.number + self.number // len(options) * shift) % len(options)]

        return re.sub(r"\{(\w+)\}", slot, text)


class Site:
    """What has been published so far, kept in a file over restarts."""

    def __init__(self, script, state_path):
        self.script = script
        self.path = state_path
        self.lock = threading.Lock()
        self.round = 0
        self.posts = []  # newest last
        self.started = None  # monotonic seconds of the first poll
        self.pending = []
        if state_path and os.path.exists(state_path):
            with open(state_path, encoding="utf-8") as f:
                kept = json.load(f)
            self.round, self.posts = kept["round"], kept["posts"]
        self.begin_round()
        self.publish(0)

    def save(self):
        if not self.path:
            return
        with open(self.path + ".new", "w", encoding="utf-8") as f:
            json.dump({"round": self.round, "posts": self.posts}, f, ensure_ascii=False)
        os.replace(self.path + ".new", self.path)

    def begin_round(self):
        self.round += 1
        self.pending = sorted(enumerate(self.script["posts"]), key=lambda p: p[1]["at"])

    def publish(self, seconds):
        """Everything that is due `seconds` into the round."""
        changed = False
        while self.pending and self.pending[0][1]["at"] <= seconds:
            self.posts.append(self.compose(*self.pending.pop(0)))
            changed = True
        if changed:
            del self.posts[:-self.script["keep"]]
            self.save()

    def tick(self):
        with self.lock:
            if self.started is None:
                return
            elapsed = time.monotonic() - self.started
            if elapsed >= self.script["round"]:
                self.started += self.script["round"]
                self.begin_round()
                elapsed = time.monotonic() - self.started
            self.publish(elapsed)

    def poll(self):
        with self.lock:
            if self.started is None:
                self.started = time.monotonic()

    def compose(self, number, entry):
        pick = Pick(self.script, self.round, number)
        name = entry.get("copy_of")
        if name:
            first = next(p for p in reversed(self.posts) if p["name"] == name)
            title, text = first["title"], first["text"] + entry["extra"]
        else:
            title = pick.fill(pick.part(entry["title"], 0))
            text = "".join(pick.fill(pick.part(p, i)) for i, p in enumerate(entry["parts"]))
        people = self.script["people"]
        return {"id": f"{self.round}-{number + 1}", "name": entry.get("id", ""), "page": entry["page"],
                "title": title, "text": text, "who": people[(self.round + number) % len(people)],
                "reply": None}

    def find(self, path):
        found = re.fullmatch(r"/(board|news)/show-(\d+-\d+)\.html", path)
        return found and next((p for p in self.posts if p["id"] == found.group(2)), None)

    def listed(self, where):
        return [p for p in reversed(self.posts) if p["page"] == where]


def post_path(post):
    return f"/{post['page']}/show-{post['id']}.html"


def reply_html(post):
    if not post["reply"]:
        return ""
    return ('<div class="reply" id="reply"><span class="unit">{unit}</span>'
            '<div class="text">{text}</div></div>').format(
                unit=html.escape(post["reply"]["unit"]), text=html.escape(post["reply"]["text"]))


def post_html(post):
    who = post["who"]
    return ('<li class="message" id="m{id}">\n'
            '<a class="title" href="{path}?uid={uid}">{title}</a>\n'
            '<span class="author"><a href="/space-uid-{uid}.html">'
            '<img class="avatar" alt="{handle}" src="/avatar/{uid}.png">{name}</a> (@{handle})</span>\n'
            '<div class="content">{text} 联系电话{phone}，联系人：{name}</div>\n{reply}</li>\n').format(
                id=post["id"], path=post_path(post), uid=who["uid"], title=html.escape(post["title"]),
                handle=who["handle"], name=who["name"], text=html.escape(post["text"]),
                phone=who["phone"], reply=reply_html(post))


def feed_item(post, base):
    who = post["who"]
    return ('<item><title>{title}</title><link>{base}{path}</link>\n'
            '<guid isPermaLink="false">news-{id}</guid>\n'
            '<author>{handle}@example.com ({name})</author><dc:creator>{name}</dc:creator>\n'
            '<description>{text} （通讯员 {name} 电话 {phone}）</description></item>\n').format(
                title=html.escape(post["title"]), base=base, path=post_path(post), id=post["id"],
                handle=who["handle"], name=who["name"], text=html.escape(post["text"]),
                phone=who["phone"])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site = None
    changed_at = {}  # path -> (tag, HTTP date): a poll of an unchanged page costs a 304

    def log_message(self, format, *args):
        pass

    def send(self, status, body, mime, extra=()):
        self.send_response(status)
        for name, value in extra:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_tagged(self, text, mime):
        body = text.encode()
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        known = self.changed_at.get(self.path)
        if not known or known[0] != tag:
            known = self.changed_at[self.path] = tag, email.utils.formatdate(usegmt=True)
        headers = [("ETag", tag), ("Last-Modified", known[1])]
        if self.headers.get("If-None-Match") == tag:
            self.send(304, b"", mime, headers)
        else:
            self.send(200, body, mime, headers)

    def do_GET(self):
        path = self.path.split("?")[0]
        base = f"http://{self.headers.get('Host', 'localhost')}"
        site = self.site
        page = "text/html; charset=utf-8"
        with site.lock:
            post = site.find(path)
            if path == "/robots.txt":
                self.send(200, b"User-agent: *\nDisallow: /space-uid-\nAllow: /\n", "text/plain")
            elif path == "/board/index.html":
                body = "<ul>\n" + "".join(map(post_html, site.listed("board"))) + "</ul>"
                self.send_tagged(PAGE.format(title="青石镇留言板", body=body), page)
            elif path == "/news/rss.xml":
                items = "".join(feed_item(p, base) for p in site.listed("news"))
                self.send_tagged(FEED.format(base=base, items=items),
                                 "application/rss+xml; charset=utf-8")
            elif path == "/":
                body = ('<ul><li><a href="/board/index.html">留言板 message board</a></li>'
                        '<li><a href="/news/rss.xml">新闻 RSS feed</a></li></ul>')
                self.send(200, PAGE.format(title="青石镇（示范）", body=body).encode(), page)
            elif post:
                body = f"<ul>{post_html(post)}</ul>"
                self.send_tagged(PAGE.format(title=html.escape(post["title"]), body=body), page)
            else:
                self.send(404, "没有这一页 (no such page)\n".encode(), "text/plain; charset=utf-8")
        if path in ("/board/index.html", "/news/rss.xml"):
            site.poll()

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(size, 65536))
        path = self.path.removesuffix("/reply")
        with self.site.lock:
            post = self.site.find(path) if path != self.path else None
            try:
                reply = json.loads(body)
                reply = {"unit": str(reply["unit"]), "text": str(reply["text"])}
            except (ValueError, KeyError, TypeError):
                reply = None
            if not post or not reply:
                self.send(404 if reply else 400, b"", "text/plain")
                return
            post["reply"] = reply
            self.site.save()
        self.send(201, b"", "text/plain", [("Location", path + "#reply")])


def ping(address):
    try:
        with urllib.request.urlopen(address + "/robots.txt", timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", help="file that keeps what was published")
    parser.add_argument("--port", type=int, help="instead of the script's")
    parser.add_argument("--ping", action="store_true", help="exit 0 when the server answers")
    parser.add_argument("--address", action="store_true", help="print the server's address")
    args = parser.parse_args()
    script = town.load()
    if args.port:
        script["site"]["port"] = args.port
    address = town.site_address(script)
    if args.address:
        print(address + "/")
        return 0
    if args.ping:
        return 0 if ping(address) else 1
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    site = Site(script, args.state)
    Handler.site = site
    where = script["site"]["host"], script["site"]["port"]
    try:
        server = http.server.ThreadingHTTPServer(where, Handler)
    except OSError as err:
        print(f"source-server: {address}: {err.strerror}", file=sys.stderr)
        return 69
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        time.sleep(0.25)
        site.tick()


if __name__ == "__main__":
    sys.exit(main())
