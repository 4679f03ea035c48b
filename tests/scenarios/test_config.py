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
  - id: county
    name: {zh: 县直部门}
    parent: office
    roles: [finance, ecology, education, civil-affairs, emergency, housing, social-insurance,
            natural-resources, agriculture, government-services, culture, transport,
            urban-management, public-security, utilities]
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
    ("store: sqlite:huiying.db", "store: 'redis://host:x'", 6, "store"),
    ("store: sqlite:huiying.db", "store: 'redis://host?a{b}'", 6, "store"),
    ("  http: 127.0.0.1:8420", "  http: 127.0.0.1", 8, "http"),
    ("domain_spacing: 500ms", "domains: [{name: www.example.gov.cn, spacing: 5s}]", 19,
     "example.gov.cn"),
    ("domain_spacing: 500ms", "domains: [{name: \"a b\", spacing: 5s}]", 19, "not a domain"),
    ("domain_spacing: 500ms", "domains: [{name: example.cn, spacing: 25h}]", 19, "spacing"),
    ("domain_spacing: 500ms",
     "domains: [{name: example.cn, spacing: 1s}, {name: example.cn, spacing: 2s}]", 19, "twice"),
    ("domain_spacing: 500ms", "ca_file: nowhere.pem", 19, "ca_file"),
]

OUTSIDE = "outside: [{id: power, name: {zh: 供电公司}, channel: "
UNIT_MISTAKES = [
    ("coordinator: office", "coordinator: nobody", "nobody"),
    ("  - id: health", "  - id: labour", "labour"),
    ("    parent: office\n    roles: [health]", "    parent: nowhere\n    roles: [health]", "nowhere"),
    ("    roles: [market-regulation]", "    role: [market-regulation]", "role"),
    ("    roles: [labour]", "    roles: [cooking]", "labour"),
    ("coordinator: office", OUTSIDE + "http://192.168.7.9/kefu}]\ncoordinator: office", "192.168.7.9"),
    ("coordinator: office", OUTSIDE + "'http://[::1]/'}]\ncoordinator: office", "units.yaml:1:"),
]


PLACES = """places:
  - {code: "350199001", name: 青石镇}
  - {code: "350199001201", name: 桥头村, aliases: [桥头]}
not_before: [路]
"""

TOPIC = """id: water
name: {zh: 停水, en: Water supply}
unit: labour
grade: ordinary
deadlines:
  - accept-2h
  - ordinary-48h
threshold: 0.6
any: [停水, {term: 没水, weight: 2, in: title}]
all:
  - of: [[水管], [爆裂, 破裂]]
    within: 20
none: [停水演练]
match: [小区停水三天了]
nomatch: [节约用水]
"""

# (file, what is replaced, by what, lines from there to the one named, Chinese and English words)
FURTHER = [
    ("huiying.yaml", "operator:\n  name: 试验\n  contact: mailto:test@example.org", "operator: 试验",
     0, "键: 值", "a map"),
    ("huiying.yaml", "  name: 试验\n", "  name: ''\n", 0, "文本", "text"),
    ("huiying.yaml", "  bus_pub: tcp://", "  bus_pub: udp://", 0, "地址:端口", "ADDRESS:PORT"),
    ("huiying.yaml", "tcp://127.0.0.1:8422", "tcp://127.0.0.1:99999", 0, "地址:端口", "ADDRESS:PORT"),
    ("huiying.yaml", "  http: 127.0.0.1:8420", "  http: 0.0.0.0:8420", 0, "只能监听", "loopback only"),
    ("huiying.yaml", "  unmatched: 7d", "  unmatched: 31d", 0, "时长", "a duration"),
    ("huiying.yaml", "  unmatched: 7d", "  unmatched: 8d", 0, "最多 7d", "at most 7d without"),
    ("huiying.yaml", "  unmatched: 7d", "  unmatched: 7d\n  backtest: perhaps", 1, "true", "true or"),
    ("huiying.yaml", "  unmatched: 7d", "  unmatched: 7d\n  items: 29d", 1, "30d 到", "or never"),
    ("huiying.yaml", "  unmatched: 7d", "  unmatched: 7d\n  items: 80d", 1, "不能短于",
     "not shorter than"),
    ("huiying.yaml", "  matched: 90d", "  matched: 10y", 0, "时长", "a duration"),
    ("huiying.yaml", "  rate: 60", "  rate: 60.5", 0, "整数", "a whole number"),
    ("huiying.yaml", "allow: [127.0.0.1/32]", "allow: 127.0.0.1/32", 0, "列表", "a list"),
    ("huiying.yaml", "allow: [127.0.0.1/32]", "allow: [127.0.0.1/33]", 0, "网段", "IP range"),
    ("huiying.yaml", "    kind: board\n    select:", "    kind: board\n    selects:", -3, "要有 preset",
     "a board needs preset"),
    ("huiying.yaml", "    url: http://127.0.0.1:1/b.html", "    url: http://127.0.0.1:1/a.xml", 0, "重复",
     "duplicate url"),
    ("huiying.yaml", "    interval: 10m", "    interval: 10m\n    zone: Peking",
     1, "时区", "not a zone"),
    ("huiying.yaml", "    interval: 10m", "    interval: 10m\n    region: 35", 1, "区划代码",
     "division code"),
    ("huiying.yaml", "    interval: 10m", "    interval: 10m\n    since: 2y",
     1, "时长", "a duration"),
    ("huiying.yaml", "    url: http://127.0.0.1:1/a.xml",
     "    url: https://www.baidu.com/s?wd=欠薪", 0, "url", "("),
    ("huiying.yaml", "workers: 2", "workers: &n 2\ndomain_spacings: *n", 1, "别名", "aliases"),
    ("units.yaml", "coordinator: office\n", "coordinater: office\n",
     0, "coordinator", "did you mean"),
    ("units.yaml", "  - id: health\n", "  - id: 卫健办\n", 0, "标识", "an id of"),
    ("units.yaml", "    name: {zh: 人社所}", "    name: 人社所", 0, "键: 值", "a map"),
    ("units.yaml", "    name: {zh: 人社所}", "    name: {zh: 卫健办}", 4, "重复", "duplicate unit name"),
    ("units.yaml", "    name: {zh: 人社所}", "    name: {zh: 张三丰 13800138000}", 0, "个人信息",
     "personal data"),
    ("units.yaml", "    roles: [labour]", "    roles: labour", 0, "列表", "a list"),
    ("units.yaml", "    roles: [labour]", "    roles: [labour]\n    region: '35'", 1, "区划代码",
     "division code"),
    ("units.yaml", "    parent: office\n    roles: [labour]", "    parent: labour\n    roles: [labour]", 0,
     "成环", "back to itself"),
    ("rules/topics/water.yaml", "id: water", "id: wage-arrears", 0, "重复", "duplicate topic id"),
    ("rules/topics/water.yaml", "en: Water supply", "eng: Water supply", 0, "en", "did you mean"),
    ("rules/topics/water.yaml", "unit: labour\n", "unit: plumbing\n", 0, "没有单位承担", "no unit"),
    ("rules/topics/water.yaml", "unit: labour\n", "", -2, "责任单位", "responsible unit"),
    ("rules/topics/water.yaml", "grade: ordinary", "grade: red", 0, "ordinary", "one of"),
    ("rules/topics/water.yaml", "  - ordinary-48h", "  - ordinary-47h",
     0, "不存在", "deadlines.yaml lacks"),
    ("rules/topics/water.yaml", "  - ordinary-48h\n", "", -1, "没有答复时限", "no reply deadline"),
    ("rules/topics/water.yaml", "  - ordinary-48h", "  - accept-2h", 0, "重复", "duplicate deadline"),
    ("rules/topics/water.yaml", "threshold: 0.6", "threshold: 60",
     0, "0.05 到 0.99", "0.05 to 0.99"),
    ("rules/topics/water.yaml", "weight: 2", "weight: heavy", 0, "数", "a number"),
    ("rules/topics/water.yaml", "in: title", "in: heading", 0, "title", "one of"),
    ("rules/topics/water.yaml", "any: [停水,", "any: [停,", 0, "2 到", "2 to"),
    ("rules/topics/water.yaml", "any: [停水,", "any: [上访,", 0, "不收", "refused term"),
    ("rules/topics/water.yaml", "    within: 20", "    within: 1", 0, "2 到", "2 to"),
    ("rules/topics/water.yaml", "none: [停水演练]", "none: [停水]", 0, "重复", "duplicate term"),
    ("rules/topics/water.yaml", "match: [小区停水三天了]", "match: []", 0, "空的", "empty list"),
    ("deadlines.yaml", "office_close: \"17:30\"", "office_close: 半夜", 0, "17:30", "HH:MM"),
    ("deadlines.yaml", "    clock: wall", "    clock: sun", 0, "wall", "one of"),
    ("deadlines.yaml", "within: 48h", "days: 2", None, "wall 用 within", "takes `within`"),
    ("deadlines.yaml", "act: reply", "act: shrug", 0, "reply", "one of"),
    ("deadlines.yaml", "id: ordinary-48h", "id: accept-2h", None, "重复", "duplicate deadline id"),
    ("calendars/cn-2026.yaml", "year: 2026", "year: 2025", 0, "文件名", "file name"),
    ("calendars/cn-2026.yaml", "work:", "work:\n  - 2026-13-01", 1, "无效", "invalid date"),
    ("calendars/cn-2026.yaml", "off:", "off:\n  - 2029-01-01", 1, "不属于", "not of that year"),
    ("calendars/cn-2026.yaml", "off:", "offs:", None, "off", "did you mean"),
    ("places.yaml", '"350199001201"', '"3501990012"', 0, "6、9 或 12", "6, 9 or 12"),
    ("places.yaml", '"350199001201"', '"350199001"', 0, "重复", "duplicate division code"),
    ("places.yaml", "name: 青石镇}", "nam: 青石镇}", 0, "name", "did you mean"),
    ("places.yaml", "aliases: [桥头]", "aliases: 桥头", 0, "列表", "a list"),
    ("places.yaml", "aliases: [桥头]", "aliases: [桥]", 0, "2 到", "2 to"),
    ("rules/cues.yaml", "board:", "boards:", 0, "board", "did you mean"),
    ("rules/cues.yaml", "request:", "requests:", 0, "request", "did you mean"),
    ("rules/refused.yaml", "classes:", "class:", 0, "classes", "did you mean"),
]


class Folder:
    """A good configuration in a folder, to be spoiled."""

    def __init__(self, world):
        self.path = world.folder
        shutil.copytree(os.path.join(h.ROOT, "rules"), os.path.join(self.path, "rules"))
        shutil.copy(os.path.join(h.ROOT, "rules", "deadlines.yaml"), self.path)
        self.write("huiying.yaml", GOOD)
        self.write("units.yaml", UNITS)

    def furnish(self):
        """A file of each kind, all of the folder's own."""
        shutil.copytree(os.path.join(h.ROOT, "rules", "calendars"),
                        os.path.join(self.path, "calendars"))
        self.write("huiying.yaml", GOOD.replace(f"{h.ROOT}/rules/calendars", "calendars")
                   .replace("units: units.yaml", "units: units.yaml\nplaces: places.yaml"))
        self.write("places.yaml", PLACES)
        self.write("rules/topics/water.yaml", TOPIC)

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text):
        with open(os.path.join(self.path, name), "w", encoding="utf-8") as f:
            f.write(text)

    def check(self):
        done = subprocess.run([h.program("huiyingd"), "--check-config",
                               os.path.join(self.path, "huiying.yaml")],
                              capture_output=True, text=True, errors="replace", timeout=h.PATIENCE,
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
                          capture_output=True, text=True, timeout=h.PATIENCE, check=False)
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


def faults_of(done, name, good, old, after, words):
    """What is wrong with what was told of a mistake in `name`."""
    lines = done.stderr.splitlines()
    out = [f"exit {done.returncode}"] if done.returncode != 78 else []
    for line in lines:
        if not re.match(r"huiying: \S+:\d+: .*[\u4e00-\u9fff].*\(.*[a-z]{2}.*\)", line):
            out.append(f"not FILE:LINE: 中文 (English): {line}")
    place = r"\d+" if after is None else 1 + good[:good.index(old)].count("\n") + after
    told = [x for x in lines if re.match(rf"huiying: \S*{re.escape(name)}:{place}: ", x)]
    if not any(all(w in x for w in words) for x in told):
        out.append(f"not told at {name}:{place} with {words}: {done.stderr}")
    return out


def test_further_mistakes():
    with h.World() as world:
        folder = Folder(world)
        folder.furnish()
        assert folder.check().returncode == 0, folder.check().stderr
        wrong = []
        for name, old, new, after, *words in FURTHER:
            good = folder.read(name)
            folder.write(name, spoil(good, old, new))
            faults = faults_of(folder.check(), name, good, old, after, words)
            wrong += [f"{name} {old!r} -> {new!r}: {f}" for f in faults]
            folder.write(name, good)
        assert not wrong, "\n".join([f"{len(wrong)} faults", *wrong])
        assert folder.check().returncode == 0
        h.figure(mistakes=len(FURTHER))


def test_a_mistake_in_each_file_at_once():
    """One of each file is told in a single go, also where one file is checked against another."""
    with h.World() as world:
        folder = Folder(world)
        folder.furnish()
        chosen = [("huiying.yaml", "  rate: 60"), ("rules/topics/water.yaml", "unit: labour\n"),
                  ("rules/topics/water.yaml", "threshold: 0.6"), ("deadlines.yaml", "act: reply"),
                  ("calendars/cn-2026.yaml", "year: 2026"), ("places.yaml", "aliases: [桥头]"),
                  ("rules/cues.yaml", "board:"), ("rules/refused.yaml", "classes:")]
        rows = [next(r for r in FURTHER if r[:2] == pair) for pair in chosen]
        good = {name: folder.read(name) for name, *_ in rows}
        for name, old, new, *_ in rows:
            folder.write(name, spoil(folder.read(name), old, new))
        done = folder.check()
        for name, old, _, after, *words in rows:
            faults = faults_of(done, name, good[name], old, after, words)
            assert not faults, faults


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
        # `allow` holds this one, as it does at its use.
        folder.write("units.yaml", OUTSIDE + "http://localhost/}]\n" + UNITS)
        done = folder.check()
        assert done.returncode == 0, done.stderr


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
