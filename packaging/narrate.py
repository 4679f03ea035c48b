#!/usr/bin/python3
"""Tell a daemon's events as short lines, Chinese first; and print where a configuration listens.

  narrate.py --config huiying.yaml --print socket|http
  narrate.py --config huiying.yaml -- huiying listen
"""
import argparse
import datetime
import glob
import json
import os
import signal
import subprocess
import sys

import yaml

CHINA = datetime.timezone(datetime.timedelta(hours=8))
DEFAULTS = {"http": "127.0.0.1:8420", "socket": "/run/huiying/huiying.sock"}
ACTS = {"accept": "签收", "first-info": "首次发布", "briefing": "新闻发布", "reply": "答复"}

# type -> (zh, line). Members that an event lacks are empty.
LINES = {
    "opened": ("发现", "{topic}：{concern} opened"),
    "joined": ("归并", "{topic}：{concern} 现有 {items} 条 items"),
    "dispatched": ("派单", "{concern} {topic} → {unit}，时限 {due} dispatched"),
    "accepted": ("签收", "{concern} {topic}：{unit}{late} accepted"),
    "reminded": ("催办", "{concern} {topic}：{unit} 的{act}时限已过 {percent}% reminded"),
    "overdue": ("超期", "{concern} {topic}：{unit} 未按时{act} overdue"),
    "escalated": ("督办", "{concern} {topic}：已报 {coordinator}，督办 {unit} escalated"),
    "answered": ("答复", "{concern} {topic}：{unit} 已公开答复{late} answered"),
    "closed": ("办结", "{concern} {topic} closed"),
    "unit.offline": ("离线", "{unit} 收不到派单 offline"),
    "unit.online": ("上线", "{unit} online"),
}
# The others: type -> zh, as alerts/event.c has it.
OTHERS = {
    "updated": "更正", "withdrawn": "撤下", "proposed": "级别建议", "assessed": "研判",
    "progress": "阶段性答复", "declined": "退单", "reassigned": "改派", "handed-on": "转派",
    "assisted": "协办", "extension-asked": "申请延期", "extended": "延期", "returned": "退回重办",
    "dismissal-asked": "拟无需回应", "dismissed": "无需回应", "denied": "不予同意", "merged": "并单",
    "split": "拆分", "moved": "移出", "reopened": "重开", "registered": "交办",
    "reply-checked": "核对答复", "reply-gone": "答复撤下", "promised": "承诺",
    "promise-kept": "承诺兑现", "surveyed": "回访", "effect": "成效", "recomputed": "时限重算",
    "handed-out": "转有关机构", "topic.burst": "突增", "source.added": "添加信源",
    "source.removed": "移除信源", "source.paused": "暂停信源", "source.resumed": "恢复轮询",
    "source.silent": "信源无声", "source.restored": "信源复声", "source.moved": "信源迁址",
    "source.retired": "信源停办", "source.quarantined": "信源隔离", "rules.loaded": "更换规则",
    "calendar.missing": "日历未备", "drafted": "送审", "published": "审签", "erased": "抹去",
    "source.skipped": "结果搁置",
}


class Names:
    """What ids mean to people, from the files that the configuration names."""

    def __init__(self, config, folder):
        with open(os.path.join(folder, config["units"]), encoding="utf-8") as f:
            units = yaml.safe_load(f)
        self.units = {u["id"]: u["name"]["zh"] for u in units["units"]}
        self.coordinator = self.units.get(units["coordinator"], units["coordinator"])
        self.topics = {}
        for path in glob.glob(os.path.join(folder, config["rules"], "topics", "*.yaml")):
            with open(path, encoding="utf-8") as f:
                self.note_topics(yaml.safe_load(f))

    def note_topics(self, node):
        """A topic is a map with an id and a name {zh}, however the file nests it."""
        if isinstance(node, list):
            for it in node:
                self.note_topics(it)
        elif isinstance(node, dict):
            name = node.get("name")
            if "id" in node and isinstance(name, dict) and "zh" in name:
                self.topics[node["id"]] = name["zh"]
            else:
                self.note_topics(list(node.values()))


def china(text, form="%H:%M"):
    if not text:
        return ""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(CHINA).strftime(form)


def line_of(event, names):
    kind = event["type"].removeprefix("huiying.").removeprefix("concern.")
    data = event["data"]
    about = "{concern} {topic}" if data.get("concern") else "{topic}{unit}{source}"
    zh, form = LINES.get(kind) or (OTHERS.get(kind, kind), about + " " + kind)
    text = form.format(
        concern=data.get("concern", ""), source=data.get("source", ""), items=data.get("items", ""),
        topic=names.topics.get(data.get("topic"), data.get("topic", "")),
        unit=names.units.get(data.get("unit"), data.get("unit", "")),
        coordinator=names.coordinator, act=ACTS.get(data.get("act"), ""),
        due=china(data.get("due"), "%m-%d %H:%M"), percent=data.get("percent", ""),
        late="（已逾期 late）" if data.get("late") else "")
    return f"{china(event.get('time'), '%m-%d %H:%M')}  {zh}  {text.strip()}"


def head_of(program):
    """The last event so far: what came before is history."""
    done = subprocess.run([program, "status", "--json"], stdout=subprocess.PIPE, check=False)
    try:
        status = json.loads(done.stdout)
    except ValueError:
        return None
    return status.get("head")


def narrate(command, names):
    head = head_of(command[0])
    if head is not None:
        command = [*command, "--since", str(head)]
    # It ends with this program, however that ends.
    child = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *command],
                             stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        print(line_of(json.loads(line), names), flush=True)
    return child.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True)
    parser.add_argument("--print", choices=sorted(DEFAULTS))
    parser.add_argument("command", nargs="*")
    args = parser.parse_args()
    folder = os.path.dirname(os.path.abspath(args.config))
    with open(args.config, encoding="utf-8") as f:
        config = yaml.safe_load(f)
    if args.print:
        value = (config.get("listen") or {}).get(args.print, DEFAULTS[args.print])
        print(os.path.normpath(os.path.join(folder, value)) if args.print == "socket" else value)
        return 0
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return narrate(args.command, Names(config, folder))


if __name__ == "__main__":
    sys.exit(main())
