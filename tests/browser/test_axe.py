#!/usr/bin/python3
"""axe-core on each page of those who work, by day, by night, in large type and on a phone."""
import office as o
from office import h, m

import axe

office = o.Office([("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)])


def looks(view):
    """(name, how it is set)"""
    media = "Emulation.setEmulatedMedia"

    def scheme(value):
        view.driver.execute_cdp_cmd(media, {"features": [{"name": "prefers-color-scheme",
                                                         "value": value}] if value else []})
    yield "light", lambda: scheme("light")
    yield "dark", lambda: scheme("dark")
    yield "phone", lambda: (scheme(""), view.size(*o.PHONE))
    yield "large", lambda: (view.size(*o.WIDE),
                            view.run("document.documentElement.setAttribute('data-large', '')"))
    yield "english", lambda: switch(view, "en")


def switch(view, language):
    """As its button does; it stays so on the pages that are opened next."""
    view.run("document.documentElement.removeAttribute('data-large')")
    view.run("document.getElementById('language').click()")
    h.wait_for(lambda: view.run("return document.documentElement.lang") == language, 5, language)


def test_no_page_keeps_anybody_out():
    source = axe.script()
    v = office.open()
    for topic in ("wage-arrears", "epidemic", "food-drug-safety"):
        v.concern(topic)
    status, told = v.as_person("zhang", "POST", "/api/v1/concerns/c1/assess",
                               {"grade": "major", "note": "研判"})
    assert status == 200, told
    person, found, looked = None, [], 0
    for name, address, drawn in o.PAGES:
        if name and name != person:
            v.log_in(name, "/desk.html")
            person = name
        v.go(address)
        v.there(drawn)
        for look, put in looks(v):
            put()
            found += [f"{address} {look} {one}" for one in axe.violations(v, source)]
            looked += 1
        switch(v, "zh-CN")
        v.picture("axe-" + address.strip("/").split(".")[0] + "-dark")
    h.figure(looked_at=looked, violations=len(found))
    assert not found, "\n".join(found)


def test_the_form_of_an_act():
    source = axe.script()
    v = office.open()
    v.log_in("zhang", "/concern.html%23c3")
    v.wait("#concern[data-ready]")
    for act in ("answer", "reassign", "extend"):
        v.click(f"#acts [data-act={act}]")
        v.wait("dialog[open]")
        found = axe.violations(v, source)
        assert not found, (act, found)
        v.click("dialog[open] .quiet")


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
