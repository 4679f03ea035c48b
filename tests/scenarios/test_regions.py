#!/usr/bin/python3
"""A town that set its home region is not alerted by what happens elsewhere; the same text with its
own city, or with no place, opens a concern.
"""
import json
import re
import subprocess

import harness as h
import material as m

HOME = "430100"
TITLE, TEXT = "工地拖欠工资半年不发", "我们二十个农民工在{}工地干活，老板拖欠工资已经半年，请有关部门帮我们讨薪。"


def item(ident, place):
    return ident, place + TITLE, TEXT.format(place) + f"第{ident * 3}期。"


def counted(daemon, name):
    status, body = daemon.request("GET", "/metrics")
    assert status == 200, status
    text = body.decode() if isinstance(body, bytes) else body
    found = re.search(rf"^{name} (\d+)$", text, re.M)
    return int(found.group(1)) if found else None


def test_only_home_is_alerted():
    with h.World() as world:
        site = world.site()
        site.set("/news", m.rss([item("甲", "杭州市余杭区"), item("乙", "长沙市岳麓区"), ("丙", *m.FLU),
                                 ("丁", m.FOOD[0], "湖南省：" + m.FOOD[1])]))
        site.set("/away", m.rss([item("戊", "某某路"), item("己", "长沙市芙蓉区")]))
        daemon = world.daemon([h.source(site, "news", "/news"),
                               h.source(site, "away", "/away", region="330100")], home=HOME)
        h.wait_for(lambda: counted(daemon, "huiying_items_total") == 6, what="six items")
        regions = sorted(c["region"]["code"] for c in daemon.concerns())
        assert regions == ["430000", "430100", "430102", "430104"], regions
        # 杭州, and what a source of 杭州 says without a place
        assert counted(daemon, "huiying_items_elsewhere_total") == 2


def test_classify_says_it():
    rows = [{"id": 1, "content_text": TEXT.format("杭州市余杭区"), "home": HOME},
            {"id": 2, "content_text": TEXT.format("鼓楼区"), "region": "320100"},
            {"id": 3, "content_text": TEXT.format("岳麓区望城坡街道"), "home": HOME}]
    done = subprocess.run([h.program("huiying"), "classify", "--rules", h.ROOT + "/rules"],
                          input="".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows),
                          capture_output=True, text=True, timeout=60, check=True)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[r["code"] for r in v["regions"]] for v in said] == [["330110"], ["320106"],
                                                                ["430104006"]], said
    assert [v.get("elsewhere") for v in said] == [True, None, None], said


if __name__ == "__main__":
    h.main(globals())
