#!/usr/bin/python3
"""问得最多: what the questions of thirty days are about, counted from the stored items."""
import json

import harness as h
import material as m

PLACES = ("东岭村", "西坪村", "南河村", "北坡村", "中坝村")


def question(n):
    return (f"{PLACES[n]}老人问高龄津贴", f"请问{PLACES[n]}八十二岁的老人，高龄津贴怎么申请，需要带什么材料，"
                                      f"在哪个窗口办理？谢谢。第{n}次来问。")


def asked(daemon):
    status, body = daemon.request("GET", "/api/v1/asked", tcp=True)
    return json.loads(body)["rows"] if status == 200 else None


def test_questions_are_counted_by_what_they_are_about():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([(str(n), *question(n)) for n in range(len(PLACES))] +
                               [("w", *m.WAGES), ("f", *m.FOOD)]))
        daemon = world.daemon([h.source(site, "rss", "/rss")])
        rows = h.wait_for(lambda: asked(daemon), 30, "something asked often")
        assert len(rows) == 1, rows  # complaints are no questions
        row = rows[0]
        assert "高龄" in row["term"] and row["questions"] == row["week"] == len(PLACES), row
        items = [i for c in daemon.concerns() for i in daemon.get("/api/v1/concerns/" + c["id"])["mentions"]]
        assert {i["request"] for i in items if "高龄" in i["title"]} <= {"enquiry"}, items
        known = {c["id"] for c in daemon.concerns()}
        assert 1 <= len(row["concerns"]) <= 3 and set(row["concerns"]) <= known, row
        page = daemon.request("GET", "/overview")[1].decode()
        assert row["term"] in page and 'id="asked"' in page
        for place in PLACES:  # the rules' own words, never an item's
            assert place not in json.dumps(rows, ensure_ascii=False), row
        daemon.stop()
        daemon.start()
        assert h.wait_for(lambda: asked(daemon), 30, "the same after a restart") == rows


if __name__ == "__main__":
    h.main(globals())
