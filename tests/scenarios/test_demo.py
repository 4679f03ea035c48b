#!/usr/bin/python3
"""The example town as ./start plays it: its sources, units and script against a real daemon."""
import os
import shutil
import signal
import subprocess
import sys
import time

import harness as h
import yaml

ALONE = True  # its times are those of a machine that does nothing else

TOWN = os.path.join(h.ROOT, "examples", "town")
FASTER = 1 if h.LONG else 4  # than ./start plays it: people, sources and clock alike


def load(name):
    with open(os.path.join(TOWN, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


def hurried(script):
    """The script with its seconds shorter, but for a round's: no other one begins while a slow machine
    plays the first."""
    if isinstance(script, dict):
        return {k: v / FASTER if k in ("at", "after") else hurried(v)
                for k, v in script.items()}
    return [hurried(v) for v in script] if isinstance(script, list) else script


def copied(world, still):
    """The town's folder, whose script plays FASTER; some units of it do nothing."""
    folder = shutil.copytree(TOWN, os.path.join(world.folder, "town"))
    script = hurried(load("demo.yaml"))
    script["units"] = [unit for unit in script["units"] if unit["id"] not in still]
    with open(os.path.join(folder, "demo.yaml"), "w", encoding="utf-8") as f:
        yaml.safe_dump(script, f, allow_unicode=True)
    return folder


def launch(world, name, *args):
    log = open(os.path.join(world.folder, name + ".log"), "ab")
    world.callback(log.close)
    path = os.path.join(world.folder, "town", name)
    child = subprocess.Popen([sys.executable, path, *args], stdout=log, stderr=log)
    world.callback(child.wait)
    world.callback(child.send_signal, signal.SIGTERM)
    return child


def town(world, still=()):
    """(daemon, site's address): the example configuration on ports of our own."""
    config = load("huiying.yaml")
    config["demonstration"]["rate"] *= FASTER
    config["domain_spacing"] = "100ms"
    copied(world, still)
    port, = h.free_ports(1)
    address = f"http://127.0.0.1:{port}"
    for source in config["sources"]:
        source["url"] = source["url"].replace("http://127.0.0.1:8430", address)
        assert address in source["url"], source
    launch(world, "source_server.py", "--port", str(port), "--state",
           os.path.join(world.folder, "site.json"))
    h.wait_for(lambda: subprocess.run([sys.executable, os.path.join(TOWN, "source_server.py"),
                                       "--ping", "--port", str(port)], check=False).returncode == 0,
               what="the town's site")
    more = {k: config[k] for k in ("place", "home", "demonstration", "domain_spacing")}
    more["places"] = os.path.join(TOWN, config["places"])
    return world.daemon(config["sources"], False, units=load("units.yaml"), **more), address


def test_a_round_of_the_demonstration():
    people = [str(v) for who in load("demo.yaml")["people"] for v in who.values()]
    with h.World(deep=True) as world:
        daemon, address = town(world)
        daemon.start()
        began = time.monotonic()
        launch(world, "units.py", "--config", daemon.config, "--keys", daemon.keys, "--site", address)
        stream = world.add(h.Stream(daemon))
        at = {}

        def seen():
            for event in stream.events:
                data = event["data"]
                for key in (h.kind_of(event), (h.kind_of(event), data.get("topic"))):
                    at.setdefault(key, (time.monotonic() - began) * FASTER)
            return at
        topics = ("wage-arrears", "epidemic", "food-drug-safety")
        h.wait_for(lambda: all(("opened", t) in seen() for t in topics), 30, f"three alerts, {at}")
        kinds = ("dispatched", "accepted", "reminded", "overdue", "escalated", "answered", "closed")
        h.wait_for(lambda: all(k in seen() for k in kinds), 180, f"{kinds}; so far {at}")
        smaller = ("transport", "urban-construction", "public-culture")
        h.wait_for(lambda: all(("answered", t) in seen() for t in smaller), 60, f"answers, {at}")
        assert ("overdue", "food-drug-safety") in at and ("overdue", "wage-arrears") not in at, at
        closed = daemon.concerns(state="closed")
        assert closed and closed[0]["reply_url"].startswith(address), closed
        joined = [c for c in daemon.concerns() if c["items"] > 1]
        assert joined, daemon.concerns()
        raised = [c["topic"]["id"] for c in daemon.concerns()]
        assert all(raised.count(t) == 1 for t in topics), raised
        placed = [c["region"]["name"] for c in daemon.concerns() if c["topic"]["id"] in topics]
        assert all(p.startswith("青石镇") for p in placed), placed
        assert any(p.endswith(("村", "社区")) for p in placed), placed
        assert daemon.status()["demonstration"] is True
        place = {who["name"] for who in load("demo.yaml")["people"]}
        assert place
        found = [(n, p) for n, data in daemon.produced() if n.startswith("huiying") for p in people
                 if p.encode() in data]
        assert not found, found
        units = len(load("units.yaml")["units"])
        bus = daemon.status()["bus"]
        assert bus["receivers"] == bus["units_expected"] == units, (bus, units)
        h.figure(**{str(k): f"{v:.0f}s" for k, v in at.items() if isinstance(k, str)})


def test_rounds_use_words_of_their_own():
    """A second start must show fresh matters, not copies of the first one's."""
    sys.path.insert(0, TOWN)
    import source_server
    script = load("demo.yaml")
    site = source_server.Site(script, None)
    texts = {}
    for _ in range(12):
        site.publish(script["round"])
        for post in site.posts:
            if post["name"] in ("wages", "epidemic", "food"):
                texts.setdefault(post["name"], {})[post["id"]] = post["title"] + post["text"]
        site.begin_round()

    def grams(text):
        return {text[i:i + 3] for i in range(len(text) - 2)}
    for name, of in texts.items():
        rounds = list(of.values())
        assert len(rounds) >= 12, (name, len(rounds))
        for i, a in enumerate(rounds):
            for b in rounds[i + 1:]:
                alike = len(grams(a) & grams(b)) / len(grams(a) | grams(b))
                assert alike < 0.6, (name, a, b)
    shutil.rmtree(os.path.join(TOWN, "__pycache__"), ignore_errors=True)


if __name__ == "__main__":
    h.main(globals())
