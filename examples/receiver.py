#!/usr/bin/python3
"""A unit's receiver, from huiying-bus(7) alone: prints COUNT events, each once; with
accept, takes the concerns on.

  receiver.py ENDPOINT SERVER.public UNIT.public UNIT.secret COUNT [accept]
"""
import json
import sys

import zmq

endpoint, server, public, secret, left, *accept = sys.argv[1:]


def key(path):
    with open(path, "rb") as f:
        return f.read().strip()


def hello():
    """A connection is a session: hello comes first, with the place to go on from."""
    bus.send_json({"op": "hello", "receiver": "example", "epoch": epoch, "last": last,
                   "credit": 100})


bus = zmq.Context().socket(zmq.DEALER)
bus.curve_serverkey = key(server)
bus.curve_publickey = key(public)
bus.curve_secretkey = key(secret)
bus.heartbeat_ivl = 5000  # a dead connection ends, and another is made
bus.connect(endpoint)
epoch, last, stored, left, asked = "", 0, 0, int(left), {}
hello()
while asked or left or stored < last:
    if not bus.poll(2500):  # something is said every 3 seconds
        bus.send_json({"op": "ping"})
        continue
    m = bus.recv_json()
    if m.get("live") is False or "hello first" in m.get("reason", ""):
        hello()  # the connection is a new one
    elif m["op"] == "welcome":
        epoch, last = m["epoch"], m["resume"]
        for command in asked.values():  # a repeated key is done once
            bus.send_json(command)
    elif m["op"] == "event" and left and m["event"]["unitseq"] == last + 1:
        event, last, left = m["event"], m["event"]["unitseq"], left - 1
        print(json.dumps(event, ensure_ascii=False), flush=True)
        if accept and event["type"] == "huiying.concern.opened":
            asked[event["id"]] = {"op": "command", "key": event["id"], "act": "accept",
                                  "concern": event["data"]["concern"]}
            bus.send_json(asked[event["id"]])
        bus.send_json({"op": "ack", "unitseq": last})
        bus.send_json({"op": "credit", "add": 1})
    elif m["op"] in ("acked", "result", "canary"):
        stored = m.get("unitseq", stored)  # this desk's durable cursor
        asked.pop(m.get("key"), None)
        if m["op"] == "canary":
            bus.send_json(m)
