#!/usr/bin/python3
"""A daemon never starts on half a configuration: every mistake is named with its file and line,
all of them at once, and the exit status is 78.
"""
import os
import re
import shutil
import subprocess

import harness as h

GOOD = f"""operator:
  name: 试验
  contact: mailto:test@example.org
place: 试验镇
home: "350199"
store: sqlite:huiying.db
listen:
  http: 127.0.0.1:8420
  socket: huiying.sock
  bus_pub: tcp://127.0.0.1:8421
  bus_units: tcp://127.0.0.1:8422
keys: keys
rules: rules
units: units.yaml
deadlines: deadlines.yaml
calendars: {h.ROOT}/rules/calendars
workers: 2
allow: [127.0.0.1/32]
domain_spacing: 500ms
retention:
  unmatched: 7d
  matched: 90d
demonstration:
  rate: 60
sources:
  - id: one
    name: 一
    url: http://127.0.0.1:1/a.xml
    kind: news
    interval: 10m
  - id: two
    name: 二
    url: http://127.0.0.1:1/b.html
    kind: board
    select:
      item: li.message
      title: a.title
"""

UNITS = """coordinator: office
units:
  - id: office
    name: {zh: 党政办}
  - id: labour
    name: {zh: 人社所}
    parent: office
    roles: [labour]
  - id: health
    name: {zh: 卫健办}
    parent: office
    roles: [health]
  - id: market
    name: {zh: 市场监管所}
    parent: office
    roles: [market-regulation]
"""

# (what is replaced, by what, the line to be named, words of the message)
MISTAKES = [
    ("place: 试验镇", "plaec: 试验镇", 4, "place"),
    ('home: "350199"', 'home: "35x"', 5, "6"),
    ("workers: 2", "workers: many", 17, "workers"),
    ("workers: 2", "workers: 100000", 17, "workers"),
    ("workers: 2", "workers: 2\nworkers: 3", 18, "workers"),
    ("domain_spacing: 500ms", "domain_spacing: soon", 19, "domain_spacing"),
    ("  unmatched: 7d", "  unmatched: 7", 21, "unmatched"),
    ("  rate: 60", "  rate: -1", 24, "rate"),
    ("  rate: 60", "  rate: 60\n  speed: 2", 25, "speed"),
    ("allow: [127.0.0.1/32]", "allow: [everyone]", 18, "allow"),
    ("  - id: two", "  - id: one", 31, "one"),
    ("  - id: two", "  - id: Two Words", 31, "id"),
    ("    interval: 10m", "    interval: 1ms", 30, "interval"),
    ("    kind: news", "    kind: blog", 29, "news"),
    ("    url: http://127.0.0.1:1/a.xml", "    url: ftp://127.0.0.1/a.xml", 28, "url"),
    ("    url: http://127.0.0.1:1/a.xml", "    url: https://weibo.com/u/1234567890", 28, "url"),
    ("      item: li.message", "      item: 'li..['", 36, "item"),
    ("      title: a.title\n", "      titel: a.title\n", 37, "title"),
    ("units: units.yaml", "units: nowhere.yaml", None, "nowhere.yaml"),
    ("rules: rules", "rules: nowhere", None, "nowhere"),
    ("store: sqlite:huiying.db", "store: oracle:x", 6, "store"),
    ("  http: 127.0.0.1:8420", "  http: 127.0.0.1", 8, "http"),
]

UNIT_MISTAKES = [
    ("coordinator: office", "coordinator: nobody", "nobody"),
    ("  - id: health", "  - id: labour", "labour"),
    ("    parent: office\n    roles: [health]", "    parent: nowhere\n    roles: [health]", "nowhere"),
    ("    roles: [market-regulation]", "    role: [market-regulation]", "role"),
    ("    roles: [labour]", "    roles: [cooking]", "labour"),
]


class Folder:
    """A good configuration in a folder, to be spoiled."""

    def __init__(self, world):
        self.path = world.folder
        shutil.copytree(os.path.join(h.ROOT, "rules"), os.path.join(self.path, "rules"))
        shutil.copy(os.path.join(h.ROOT, "rules", "deadlines.yaml"), self.path)
        self.write("huiying.yaml", GOOD)
        self.write("units.yaml", UNITS)

    def write(self, name, text):
        with open(os.path.join(self.path, name), "w", encoding="utf-8") as f:
            f.write(text)

    def check(self):
        done = subprocess.run([h.program("huiyingd"), "--check-config",
                               os.path.join(self.path, "huiying.yaml")],
                              capture_output=True, text=True, errors="replace", timeout=30,
                              check=False)
        assert "\ufffd" not in done.stderr, f"not UTF-8: {done.stderr}"
        return done


def spoil(text, old, new):
    assert old in text, old
    return text.replace(old, new, 1)


def named(stderr, file, line):
    return re.search(rf"{re.escape(file)}:{line if line else '[0-9]+'}: ", stderr)


def test_a_good_one_passes():
    with h.World() as world:
        done = Folder(world).check()
        assert done.returncode == 0, done.stderr


def test_the_example_town_passes():
    done = subprocess.run([h.program("huiyingd"), "--check-config",
                           os.path.join(h.ROOT, "examples", "town", "huiying.yaml")],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_every_mistake_is_named():
    with h.World() as world:
        folder = Folder(world)
        wrong = []
        for old, new, line, word in MISTAKES:
            folder.write("huiying.yaml", spoil(GOOD, old, new))
            done = folder.check()
            if done.returncode != 78:
                wrong.append(f"{new!r}: exit {done.returncode}")
            elif not (named(done.stderr, "huiying.yaml", line) or line is None) \
                    or word not in done.stderr:
                wrong.append(f"{new!r}: {done.stderr.strip()[:200]}")
        assert not wrong, "\n".join(wrong)
        h.figure(mistakes=len(MISTAKES))


def test_required_keys():
    with h.World() as world:
        folder = Folder(world)
        for line in ('place: 试验镇', 'home: "350199"', "units: units.yaml", "  name: 试验",
                     "    kind: news", "      item: li.message"):
            key = line.strip().split(":")[0]
            folder.write("huiying.yaml", spoil(GOOD, line + "\n", ""))
            done = folder.check()
            assert done.returncode == 78 and key in done.stderr, (line, done.returncode, done.stderr)
            assert named(done.stderr, "huiying.yaml", None), done.stderr


def test_mistakes_of_units():
    with h.World() as world:
        folder = Folder(world)
        for old, new, word in UNIT_MISTAKES:
            folder.write("units.yaml", spoil(UNITS, old, new))
            done = folder.check()
            assert done.returncode == 78 and word in done.stderr, (new, done.returncode, done.stderr)
            assert re.search(r"\.yaml:\d+: ", done.stderr), done.stderr


def test_mistakes_of_rules_and_deadlines():
    with h.World() as world:
        folder = Folder(world)
        folder.write("rules/topics/zz-broken.yaml", "id: [not, an, id]\nnonsense: true\n")
        done = folder.check()
        assert done.returncode == 78 and named(done.stderr, "zz-broken.yaml", None), done.stderr
        os.unlink(os.path.join(folder.path, "rules/topics/zz-broken.yaml"))
        with open(os.path.join(folder.path, "deadlines.yaml"), encoding="utf-8") as f:
            deadlines = f.read()
        folder.write("deadlines.yaml", deadlines.replace("within: 48h", "within: someday", 1))
        done = folder.check()
        assert done.returncode == 78 and named(done.stderr, "deadlines.yaml", None), done.stderr
        folder.write("deadlines.yaml", deadlines.replace("id: ordinary-48h", "id: ordinary-49h", 1))
        done = folder.check()
        assert done.returncode == 78 and "ordinary-48h" in done.stderr, done.stderr


def test_all_at_once():
    with h.World() as world:
        folder = Folder(world)
        text = GOOD
        for index in (0, 1, 2, 7, 12, 13):
            text = spoil(text, *MISTAKES[index][:2])
        folder.write("huiying.yaml", text)
        folder.write("units.yaml", spoil(UNITS, *UNIT_MISTAKES[1][:2]))
        done = folder.check()
        assert done.returncode == 78, done
        for index in (0, 1, 2, 7, 12, 13):
            assert named(done.stderr, "huiying.yaml", MISTAKES[index][2]), (index, done.stderr)
        assert named(done.stderr, "units.yaml", None), done.stderr


def test_not_yaml_and_not_there():
    with h.World() as world:
        folder = Folder(world)
        folder.write("huiying.yaml", "operator: [\n")
        done = folder.check()
        assert done.returncode == 78 and named(done.stderr, "huiying.yaml", None), done.stderr
        os.unlink(os.path.join(folder.path, "huiying.yaml"))
        done = folder.check()
        assert done.returncode == 78 and "huiying.yaml" in done.stderr, done
        assert not os.path.exists(os.path.join(folder.path, "huiying.db"))


if __name__ == "__main__":
    h.main(globals())
