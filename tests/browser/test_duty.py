#!/usr/bin/python3
"""值守: who is on duty for a unit at night reads its matters and accepts them; by day it does not.
And the unit above reminds and sends back."""
import copy
import datetime

import office as o
from office import h, m


def hours_without(now):
    """Hours of a day that do not hold `now`, nor the minutes around it."""
    return "06:00-11:00" if now.hour >= 12 else "13:00-23:59"


UNITS = copy.deepcopy(h.UNITS)
CHINA = datetime.timezone(datetime.timedelta(hours=8))
DAY = {"hours": "00:00-24:00", "days": "everyday", "deputy": "night"}
for unit in UNITS["units"]:
    if unit["id"] == "labour":
        unit.update(parent="bureau", duty={
            "hours": hours_without(datetime.datetime.now(CHINA)), "days": "everyday",
            "deputy": "night"})
    if unit["id"] == "health":
        unit["duty"] = DAY
UNITS["units"] += [{"id": "bureau", "name": {"zh": "县人社局"}, "parent": "office"},
                   {"id": "night", "name": {"zh": "值班室"}, "parent": "office"}]
office = o.Office([("1", *m.WAGES), ("2", *m.FLU)], units=UNITS)


def as_unit(view, name, unit, then):
    done = view.daemon.cli("accounts", "add", name, "--role", "unit", "--unit", unit,
                           stdin=o.PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    view.log_in(name, then)


def test_who_is_on_duty_accepts_for_the_lead():
    v = office.open()
    wages, flu = (v.concern(t)["id"] for t in ("wage-arrears", "epidemic"))
    as_unit(v, "wei", "night", "/inbox.html")
    v.there("#list[data-ready]")
    h.wait_for(lambda: len(v.find("#list .concern")) == 1, 10, "what it may accept")
    assert v.find("#list .concern")[0].get_attribute("data-id") == wages
    assert v.as_person("wei", "GET", "/api/v1/concerns/" + flu)[0] == 403  # of who is on duty
    listed = v.as_person("wei", "GET", "/api/v1/concerns")[1]["items"]
    assert [(c["id"], c["deputy"]["id"]) for c in listed] == [(wages, "night")], listed
    v.go("/concern.html#" + wages)
    v.wait(f'#concern[data-ready="{wages}"]')
    assert v.text("#acts button") == ["签收"], v.text("#acts button")
    v.click("#acts [data-act=accept]")
    h.wait_for(lambda: "办理中" in v.text("#concern .chip"), 5, "签收")
    events = v.daemon.get("/api/v1/concerns/" + wages)["events"]
    assert [e["data"]["by"] for e in events if e["type"].endswith(".accepted")] == ["night"]


def test_the_unit_above_reminds_and_sends_back():
    v = office.open()
    wages = v.concern("wage-arrears")["id"]
    as_unit(v, "chen", "bureau", "/concern.html%23" + wages)
    v.wait(f'#concern[data-ready="{wages}"]')
    assert v.text("#acts button") == ["催办"], v.text("#acts button")
    v.click("#acts [data-act=remind]")
    v.wait("#history [data-type$='.reminded']")
    done = v.daemon.cli("answer", wages, "--url", "https://www.example.gov.cn/hf/1.html")
    assert done.returncode == 0, done.stderr
    v.driver.refresh()  # what concerns those below is not told to it unasked
    v.click("#acts [data-act=return]")
    v.wait(".act-form textarea").send_keys("没有说何时发放")
    v.click(".act-form .act-go")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + wages)["round"] == 2, 10, "退回重办")


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
