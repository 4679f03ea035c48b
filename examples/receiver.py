#!/usr/bin/python3
"""A unit's receiver, from huiying-bus(7) alone: prints COUNT events, each once; with
accept, takes the concerns on. A machine that is silent is left for the next.

  receiver.py ENDPOINT[,ENDPOINT...] SERVER.public UNIT.public UNIT.secret COUNT [accept]
"""
import json
import sys

import zmq

endpoints, *keys, left = sys.argv[1:6]
accept, endpoints = sys.argv[6:], endpoints.split(",")
keys = [open(path, "rb").read().strip() for path in keys]
epoch, last, stored, left, asked, quiet = "", 0, 0, int(left), {}, 0


def connect():
    bus = zmq.Context.instance().socket(zmq.DEALER)
    bus.curve_serverkey, bus.curve_publickey, bus.curve_secretkey = keys
    bus.connect(endpoints[0])
    endpoints.append(endpoints.pop(0))
    hello(bus)  # a connection is a session: hello comes first, with the place to go on from
    return bus


def hello(bus):
    bus.send_json(dict(op="hello", receiver="example", epoch=epoch, last=last, credit=100))


bus = connect()
while asked or left or stored < last:
    if not bus.poll(2500):  # something is said every 3 seconds
        quiet += 1
        if quiet == 4:  # and heard every 10
            bus.close(0)
            bus, quiet = connect(), 0
        bus.send_json({"op": "ping"})
        continue
    m, quiet = bus.recv_json(), 0
    if m.get("live") is False or "hello first" in m.get("reason", ""):
        hello(bus)  # the connection is a new one
    elif m["op"] == "welcome":
        epoch, last = m["epoch"], m["resume"]
        for command in asked.values():  # a repeated key is done once
            bus.send_json(command)
    elif m["op"] == "event" and left and m["event"]["unitseq"] == last + 1:
        event, last, left = m["event"], last + 1, left - 1
        print(json.dumps(event, ensure_ascii=False), flush=True)
        if accept and event["type"] == "huiying.concern.opened":
            asked[event["id"]] = {"op": "command", "key": event["id"], "act": "accept",
                                  "concern": event["data"]["concern"]}
            bus.send_json(asked[event["id"]])
        bus.send_json({"op": "ack", "unitseq": last})
        bus.send_json({"op": "credit", "add": 1})
    elif m["op"] in ("acked", "result", "error", "canary"):
        stored = m.get("unitseq", stored)  # this desk's durable cursor
        asked.pop(m.get("key"), None)
        if m["op"] == "canary":
            bus.send_json(m)
