#!/usr/bin/python3
"""One JSON Schema (2020-12) for each event type, beside this file, from the table below.

  schemas.py          write them
  schemas.py --check  say which are not what this writes; exit 1 if any

Every text has a pattern or a list of what it may be, and other members are refused, so that no word
of an item can travel in an event. What a unit's own session adds as data.item is item.schema.json.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DRAFT = "https://json-schema.org/draft/2020-12/schema"

SLUG = r"^[a-z][a-z0-9-]{0,63}$"
EPOCH = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00$"
ACTS = ["accept", "first-info", "briefing", "reply", "assess", "promise"]
GRADES = ["ordinary", "larger", "major", "grave"]
DISMISSALS = ["advertisement", "elsewhere", "old-news", "notice"]


def text(pattern, what):
    return {"type": "string", "pattern": pattern, "description": what}


def choice(values, what):
    return {"enum": values, "description": what}


def count(what, least=0, most=4294967295):
    return {"type": "integer", "minimum": least, "maximum": most, "description": what}


def closed(required, properties, **more):
    return {"type": "object", "required": required, "properties": properties,
            "additionalProperties": False, **more}


# Members of every concern's event, and whether they are always there.
CONCERN = {
    "concern": (True, text("^c[1-9][0-9]{0,19}$", "诉求 the concern")),
    "source": (False, text(SLUG, "信源 source whose page it is read from")),
    "topic": (False, text(SLUG, "事项 topic")),
    "unit": (False, text(SLUG, "责任单位 the responsible unit")),
    "grade": (True, choice(GRADES, "级别 grade")),
    "region": (False, text("^[0-9]{2,12}$", "区划代码 division code")),
    "due": (False, {**text(TIME, "期限 when the act is due"), "format": "date-time"}),
    "act": (False, choice(ACTS, "时限所要求的 what the clock asks for")),
    "items": (True, count("条目数 items in the concern")),
    "by": (False, text(SLUG, "办理单位 unit whose act it is")),
    "to": (False, text(SLUG, "所及单位 unit that the act names")),
    "other": (False, text("^c[1-9][0-9]{0,19}$", "另一诉求 another concern")),
    "round": (False, count("第几轮 2 after the first reopening", 2, 65536)),
    "noted": (False, {"const": True, "description": "有说明 a note belongs to it"}),
}
LATE = {"type": "boolean", "description": "逾期 after its due time"}
CODE = choice(DISMISSALS, "无需回应的原因 why there is nothing to answer")
SKIPPED = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": [50, 80]},
           "description": "到时未能发出、不再补发的提醒 reminders that came due and were not told"}
WHY = closed(["by", "score", "shared"], {
    "by": choice(["copy", "matter", "hand"], "归并依据 what made it join"),
    "score": count("相近程度 0 to 100", 0, 100),
    "shared": count("相同之处 slots or traits shared", 0, 255)}, description="归并依据 why it joined")


def counts(before, after, always=True):
    return {"before": (always, count(before)), "after": (always, count(after))}


CONCERNS = {
    "opened": ("发现", {}),
    "joined": ("归并", {
        "why": (False, WHY),
        "emergency": (False, {"type": "boolean", "description":
                              "并入突发事件后是否作突发事件 with one merged in, whether it is one now"})}),
    "dispatched": ("派单", {}),
    "accepted": ("签收", {"late": (True, LATE)}),
    "reminded": ("催办", {
        "percent": (False, choice([50, 80], "已过时限的百分比")), "skipped": (False, SKIPPED),
        "reached": (False, {**text(TIME, "补报：应提醒的时刻 told late: when it was due"),
                            "format": "date-time"})}),
    "overdue": ("超期", {"skipped": (False, SKIPPED)}),
    "escalated": ("督办", {"level": (True, count("第几次 how often by now"))}),
    "answered": ("答复", {
        "late": (True, LATE),
        "scope": (False, choice(["full", "summary", "withheld"], "公开范围 how far it is published")),
        "article": (False, choice(["article-14", "article-15", "article-16"],
                                  "政府信息公开条例的依据 ground on which it is withheld"))}),
    "closed": ("办结", counts("答复的单位 units that answered", "未答复的协办单位 assisting ones that "
                            "had not", False)),
    "updated": ("更正", {}),
    "withdrawn": ("撤下", {}),
    "proposed": ("级别建议", {
        "code": (False, choice(["heat", "rule"], "为何建议 why")),
        **counts("信源数 distinct sources, of heat", "每小时到达 arrivals an hour, of heat", False)}),
    "assessed": ("研判", {
        "criteria": (False, {"type": "array", "minItems": 1, "uniqueItems": True,
                             "items": count("序号 its number in grades.yaml", 1, 32),
                             "description": "勾选的本级标准 criteria of the grade that were ticked"}),
        "emergency": (False, {"type": "boolean",
                              "description": "定为突发事件与否 whether it is one, where it was said"})}),
    "progress": ("阶段性答复", {"late": (False, LATE)}),
    "declined": ("退单", {}),
    "reassigned": ("改派", {}),
    "handed-on": ("转派", {}),
    "assisted": ("协办", {}),
    "extension-asked": ("申请延期", {}),
    "extended": ("延期", {}),
    "returned": ("退回重办", {}),
    "dismissal-asked": ("拟无需回应", {"code": (True, CODE)}),
    "dismissed": ("无需回应", {"code": (True, CODE)}),
    "denied": ("不予同意", {}),
    "merged": ("并单", {}),
    "split": ("拆分", {}),
    "moved": ("移出", {}),
    "reopened": ("重开", {
        "code": (False, choice(["survey", "posts"], "自动重开的原因 why, when a rule did")),
        **counts("未解决的回访，或信源数 not yet, or distinct sources",
                 "已解决的回访，或条目数 solved, or items", False)}),
    "registered": ("交办", {}),
    "reply-checked": ("核对答复", {}),
    "reply-gone": ("答复撤下", {
        "code": (False, choice(["gone", "changed"], "网页不在或内容已换 how"))}),
    "promised": ("承诺", {}),
    "promise-kept": ("承诺兑现", {"late": (True, LATE)}),
    "surveyed": ("回访", counts("未解决 not yet", "已解决 solved")),
    "effect": ("成效", counts("答复前 72 小时 arrivals before", "答复后 72 小时 arrivals after")),
    "recomputed": ("时限重算", {}),
    "handed-out": ("转有关机构", {}),
    "drafted": ("送审", {}),
    "published": ("审签", {"edition": (True, count("第几版 which edition of the reply"))}),
    "erased": ("抹去", {
        "code": (True, choice(["personal", "wrong", "secret", "asked"], "为何 why")),
        "texts": (True, count("多少条目的文字 texts of so many items")),
        "edition": (False, count("答复的第几版 of the reply, which edition"))}),
}
SOURCES = {"added": "添加信源", "removed": "移除信源", "paused": "暂停信源", "resumed": "恢复轮询",
           "silent": "信源无声", "restored": "信源复声", "moved": "信源迁址", "retired": "信源停办",
           "quarantined": "信源隔离", "skipped": "结果搁置"}
UNIT = {"unit": (True, text(SLUG, "单位 the unit"))}
VERSION = "^[0-9a-f]{16}$"
OTHERS = {
    "huiying.topic.burst": ("突增", "^topics/[a-z][a-z0-9-]{0,63}$", {
        "topic": (True, text(SLUG, "事项 topic")),
        "term": (False, text(VERSION, "规则词代号 code of the rules' term that surges")),
        "hours": (True, count("时段小时数 hours up to now")),
        **counts("预期 expected", "实际 seen")}),
    "huiying.unit.offline": ("单位离线", "^units/[a-z][a-z0-9-]{0,63}$", {
        **UNIT, "missed": (True, count("未应答的试警 canaries left unanswered; 0: silent"))}),
    "huiying.unit.online": ("单位上线", "^units/[a-z][a-z0-9-]{0,63}$", UNIT),
    "huiying.rules.loaded": ("更换规则", "^rules/[0-9a-f]{16}$", {
        "version": (True, text(VERSION, "现用规则 rules in force")),
        "previous": (True, text(VERSION, "此前规则 rules before")),
        "topics": (True, count("事项数 topics"))}),
    "huiying.calendar.missing": ("日历未备", "^calendars/[0-9]{1,10}$", {
        "year": (True, count("年份 the year whose holidays are not published"))}),
}


def table():
    """type -> (Chinese name, pattern of the subject, members of data)"""
    out = {f"huiying.concern.{name}": (zh, "^concerns/c[1-9][0-9]{0,19}$", {**CONCERN, **more})
           for name, (zh, more) in CONCERNS.items()}
    out.update({f"huiying.source.{name}": (zh, "^sources/[a-z][a-z0-9-]{0,63}$",
                                           {"source": (True, text(SLUG, "信源 source"))})
                for name, zh in SOURCES.items()})
    out.update(OTHERS)
    return out


def schema(kind, zh, subject, members):
    data = closed([name for name, (always, _) in members.items() if always],
                  {name: form for name, (_, form) in members.items()})
    most = 9223372036854775807
    return {"$schema": DRAFT, "$id": f"urn:huiying:event:{kind}", "title": f"{kind} {zh}",
            **closed(["specversion", "id", "source", "type", "time", "subject", "datacontenttype",
                      "epoch", "seq", "data"], {
                "specversion": {"const": "1.0"},
                "id": text(f"^{EPOCH}/[1-9][0-9]*$", "EPOCH/SEQ"),
                "source": text(f"^/huiying/{EPOCH}$", "/huiying/EPOCH"),
                "type": {"const": kind},
                "time": {**text(TIME, "发生时间 when it happened"), "format": "date-time"},
                "subject": text(subject, "所指 what it is about"),
                "datacontenttype": {"const": "application/json"},
                "epoch": text(f"^{EPOCH}$", "台账 the ledger"),
                "seq": count("台账序号 number in the ledger", 1, most),
                "drill": {"const": True, "description": "演练 of a drill: not real"},
                "unitseq": count("单位序号 number for this unit, gap-free", 1, most),
                "address": {**text("^https?://[^ #]+#c[1-9][0-9]{0,19}$",
                                   "公示页 the concern's page"), "format": "uri"},
                "notice": text("^[^\\n]+$", "一行文字，只见于桥接 one line to be shown, of a bridge only"),
                "data": data})}


def brief():
    line = {"type": "string"}
    return {"$schema": DRAFT, "$id": "urn:huiying:item",
            "title": "data.item: 只见于单位自己的连接 on a unit's own session only",
            **closed(["title"], {"title": {**line, "description": "已脱敏的标题 masked title"},
                                 "excerpt": {**line, "description": "已脱敏的摘录 masked excerpt"},
                                 "link": {**line, "description": "原文 published page"}})}


def files():
    out = {f"{kind}.schema.json": schema(kind, *rest) for kind, rest in table().items()}
    out["item.schema.json"] = brief()
    return {name: json.dumps(value, ensure_ascii=False, indent=1) + "\n"
            for name, value in out.items()}


def main():
    wrong = 0
    wanted = files()
    found = {name for name in os.listdir(HERE) if name.endswith(".schema.json")}
    for name in sorted(found | set(wanted)):
        path = os.path.join(HERE, name)
        if "--check" not in sys.argv:
            if name in wanted:
                with open(path, "w", encoding="utf-8") as f:
                    f.write(wanted[name])
            else:
                os.unlink(path)
            continue
        have = open(path, encoding="utf-8").read() if name in found else None
        if have != wanted.get(name):
            print(f"{name}: 与 schemas.py 不符 (not what schemas.py writes)")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
