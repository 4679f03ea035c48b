#!/usr/bin/python3
"""The example town's units at their desks, over the real bus: each receives its concerns, and those
that demo.yaml names accept and answer them as it says. A reply is published on the town's site
first; its address is what goes to the bus.
"""
import argparse
import heapq
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml
import zmq

import script as town

CREDIT = 256
BEAT = 5.0      # seconds between pings
SILENCE = 15.0  # without any message: connect anew


def read_key(path):
    with open(path, encoding="ascii") as f:
        return f.read().strip().encode()


class Desk:
    """One unit's receiver."""

    def __init__(self, context, play, name, endpoint, keys, site):
        self.context, self.play, self.name = context, play, name
        self.endpoint, self.keys, self.site = endpoint, keys, site
        self.unit = play["id"]
        self.socket = None
        self.heard = self.pinged = 0.0
        self.epoch = ""
        self.links = {}     # concern -> address of the post
        self.planned = set()
        self.due = []       # heap of (when, act, concern)
        self.connect()

    def connect(self):
        if self.socket:
            self.socket.close(0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_serverkey = read_key(os.path.join(self.keys, "server.public"))
        mine = os.path.join(self.keys, "units", self.unit)
        self.socket.curve_publickey = read_key(mine + ".public")
        self.socket.curve_secretkey = read_key(mine + ".secret")
        self.socket.connect(self.endpoint)
        self.heard = time.monotonic()
        self.send(op="hello", receiver="duty-desk", epoch="", last=0, credit=CREDIT)

    def send(self, **message):
        try:
            self.socket.send(json.dumps(message, ensure_ascii=False).encode(), zmq.NOBLOCK)
        except zmq.Again:
            pass

    def receive(self):
        while True:
            try:
                message = json.loads(self.socket.recv(zmq.NOBLOCK))
            except zmq.Again:
                return
            self.heard = time.monotonic()
            if message["op"] == "event":
                self.take(message["event"])
            elif message["op"] == "welcome":
                self.epoch = message["epoch"]
            elif message["op"] == "error":
                self.tell("错误 error", message.get("reason", ""))
                self.send(op="hello", receiver="duty-desk", epoch="", last=0, credit=CREDIT)
            elif message["op"] == "result":
                self.tell("结果 result", message["key"], message["status"],
                          message.get("reason", ""))

    def take(self, event):
        data = event["data"]
        concern = data.get("concern")  # events of sources have none
        if concern and data.get("unit") == self.unit:
            link = data.get("item", {}).get("link")
            if link:
                self.links.setdefault(concern, link)
            self.plan("accept", event["type"].rsplit(".", 1)[1], concern)
        self.send(op="ack", unitseq=event["unitseq"])
        self.send(op="credit", add=1)

    def plan(self, act, kind, concern):
        step = self.play.get(act)
        if step and step.get("when", kind) == kind and (act, concern) not in self.planned:
            self.planned.add((act, concern))
            heapq.heappush(self.due, (time.monotonic() + step["after"], act, concern))

    def work(self):
        now = time.monotonic()
        if now - self.heard > SILENCE:
            self.connect()
        elif now - self.pinged > BEAT:
            self.pinged = now
            self.send(op="ping")
        while self.due and self.due[0][0] <= now:
            _, act, concern = heapq.heappop(self.due)
            getattr(self, act)(concern)

    def command(self, act, concern, **more):
        key = f"{act}-{concern}-{self.epoch[:8]}"
        self.send(op="command", key=key, act=act, concern=concern, **more)
        self.tell(act, concern, *more.values())

    def accept(self, concern):
        self.command("accept", concern)
        self.plan("answer", "", concern)

    def answer(self, concern):
        url = self.publish(concern)
        if url:
            self.command("answer", concern, url=url)

    def publish(self, concern):
        """Put the reply under the post; its public address, or None."""
        link = self.links.get(concern)
        if not link or not link.startswith(self.site + "/"):
            self.tell("没有可答复的地址 no address to reply at", concern)
            return None
        link = urllib.parse.urldefrag(link.split("?")[0])[0]
        reply = {"unit": self.name, "text": self.play["answer"]["text"]}
        request = urllib.request.Request(link + "/reply", json.dumps(reply).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as done:
                return urllib.parse.urljoin(link, done.headers["Location"])
        except (OSError, urllib.error.URLError) as err:
            self.tell("答复未能发布 reply not published", concern, str(err))
            return None

    def tell(self, *words):
        china = time.gmtime(time.time() + 8 * 3600)
        print(time.strftime("%H:%M:%S", china), self.unit, *words, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the ids of the town's units")
    parser.add_argument("--config", default=os.path.join(town.HERE, "huiying.yaml"))
    parser.add_argument("--keys", help="folder of the keys")
    parser.add_argument("--site", help="address of the town's site, instead of the script's")
    args = parser.parse_args()
    with open(args.config, encoding="utf-8") as f:
        config = yaml.safe_load(f)
    with open(os.path.join(os.path.dirname(os.path.abspath(args.config)), config["units"]),
              encoding="utf-8") as f:
        names = {u["id"]: u["name"]["zh"] for u in yaml.safe_load(f)["units"]}
    if args.list:
        print("\n".join(names))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    script = town.load()
    site = args.site or town.site_address(script)
    context = zmq.Context()
    plays = {play["id"]: play for play in script["units"]}
    desks = [Desk(context, plays.get(unit, {"id": unit}), name, config["listen"]["bus_units"],
                  args.keys, site) for unit, name in names.items()]
    while True:
        poller = zmq.Poller()
        for desk in desks:
            poller.register(desk.socket, zmq.POLLIN)
        poller.poll(200)
        for desk in desks:
            desk.receive()
            desk.work()


if __name__ == "__main__":
    sys.exit(main())
