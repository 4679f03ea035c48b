#!/usr/bin/python3
"""A unit's receiver, from huiying-bus(7) alone: prints each event once; with accept, takes it on.

  receiver.py ENDPOINT KEYS UNIT [accept] [COUNT]    (COUNT: end after so many events)
"""
import json
import os
import sys

import zmq

endpoint, keys, unit, *more = sys.argv[1:]
left = next((int(word) for word in more if word.isdigit()), -1)


def key(name):
    with open(os.path.join(keys, name), "rb") as f:
        return f.read().strip()


def connect():
    """A connection is a session: hello comes first, with the place to go on from."""
    s = zmq.Context.instance().socket(zmq.DEALER)
    s.curve_serverkey = key("server.public")
    s.curve_publickey = key(f"units/{unit}.public")
    s.curve_secretkey = key(f"units/{unit}.secret")
    s.connect(endpoint)
    s.send_json({"op": "hello", "receiver": "example", "epoch": epoch, "last": last, "credit": 100})
    return s


epoch, last, silent, waiting = "", 0, 0, set()  # the server knows this desk's cursor
bus = connect()
while left or waiting:
    if not bus.poll(2500):
        bus.send_json({"op": "ping"})
        silent += 1
        if silent == 4:  # nothing heard for 10 seconds
            bus.close(0)
            bus, silent = connect(), 0
        continue
    silent, m = 0, bus.recv_json()
    if m["op"] == "welcome":
        epoch, last = m["epoch"], m["resume"]
    elif m["op"] == "event":
        event, last = m["event"], m["event"]["unitseq"]
        print(json.dumps(event, ensure_ascii=False), flush=True)
        if "accept" in more and event["type"] == "huiying.concern.opened":
            waiting.add(event["id"])  # one key for one command, however often it is sent
            bus.send_json({"op": "command", "key": event["id"], "act": "accept",
                           "concern": event["data"]["concern"]})
        bus.send_json({"op": "ack", "unitseq": last})
        bus.send_json({"op": "credit", "add": 1})
        left -= 1
        if left == 0:
            waiting.add(last)  # until the cursor is durable
    elif m["op"] == "acked":
        waiting.discard(m["unitseq"])
    elif m["op"] == "result":
        waiting.discard(m["key"])
    elif m["op"] == "canary":
        bus.send_json({"op": "canary", "number": m["number"]})
