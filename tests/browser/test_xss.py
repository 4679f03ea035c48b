#!/usr/bin/python3
"""A corpus of hostile markup as titles, texts and links of items: each page shows it as words."""
import os
import re

import office as o
from office import h, m

with open(os.path.join(h.ROOT, "tests", "data", "xss.txt"), encoding="utf-8") as f:
    CORPUS = [line for line in f.read().splitlines() if line]
# Every third one is of another topic, so that there are three concerns with many items each.
RAISED = (m.WAGES, m.FLU, m.FOOD)
ITEMS = [(str(i), RAISED[i % 3][0] + text, RAISED[i % 3][1] + text) for i, text in enumerate(CORPUS)]
ALLOWED = {"html", "head", "meta", "title", "link", "script", "body", "a", "header", "img", "strong", "nav",
           "ul", "li", "p", "time", "span", "div", "button", "main", "h1", "h2", "section", "aside",
           "ol", "dl", "dt", "dd", "svg", "g", "rect", "line", "circle", "text", "mark", "noscript",
           "details", "summary", "form", "label", "input", "select", "option", "i", "b", "q", "br",
           "table", "thead", "tbody", "tr", "th", "td", "textarea", "code", "footer", "dialog", "h3", "colgroup",
           "col", "progress", "caption", "figure", "figcaption", "canvas", "small",
           "fieldset", "legend"}
SCRIPT = re.compile(r"(/app|/vendor/chart|/js/[a-z]+)\.js")


class Guest(o.Office):
    people = {}


office, guest = o.Office(ITEMS), Guest(ITEMS)


def intact(view, where):
    """Nothing ran, nobody's attribute or element came in, and no address leads to a script."""
    told = view.run("""
        const all = [...document.querySelectorAll('*')];
        return {ran: window.ran ?? null,
                tags: [...new Set(all.map((e) => e.localName))],
                handlers: all.flatMap((e) => [...e.attributes].filter((a) => /^on/i.test(a.name))
                    .map((a) => `${e.localName} ${a.name}`)),
                links: all.filter((e) => e.href && e.localName === 'a')
                    .map((e) => String(e.href.baseVal ?? e.href)).filter((u) => !/^https?:/.test(u)),
                scripts: all.filter((e) => e.localName === 'script').map((e) => e.src),
                images: all.filter((e) => e.localName === 'img').map((e) => e.getAttribute('src'))};""")
    assert told["ran"] is None, (where, told)
    assert not told["handlers"] and not told["links"], (where, told)
    assert set(told["tags"]) <= ALLOWED, (where, set(told["tags"]) - ALLOWED)
    paths = [address.removeprefix(view.origin) for address in told["scripts"]]
    assert len(paths) == len(set(paths)) and all(map(SCRIPT.fullmatch, paths)), (where, told)
    assert set(told["images"]) <= {"/favicon.svg"}, (where, told)


def test_hostile_markup_is_words_on_each_page():
    v = office.open()
    h.wait_for(lambda: v.daemon.status()["store"]["items"] == len(CORPUS), 20, "the corpus")
    v.log_in("zhang", "/desk.html")
    v.there("#list .concern")
    intact(v, "desk")
    shown = 0
    for concern in v.daemon.concerns():
        told = v.daemon.get("/api/v1/concerns/" + concern["id"])["mentions"]
        v.go("/concern.html#" + concern["id"])
        v.wait(f'#concern[data-ready="{concern["id"]}"]')
        h.wait_for(lambda: v.text("#raised .reason"), 10, "why")
        intact(v, concern["id"])
        titles = v.run("return [...document.querySelectorAll('#raised .title')].map((e) => e.textContent)")
        assert titles == [one["title"] for one in told], (titles, told)
        shown += len(titles)
        for b in v.find("#raised .small"):
            v.run("arguments[0].click()", b)
        h.wait_for(lambda: len(v.find("#raised .reasons")) == len(told), 20, "all explained")
        intact(v, concern["id"] + " explained")
    v.go("/workbench.html")
    v.there("#review[data-ready]")
    intact(v, "workbench")
    for text in CORPUS:
        v.run("const f = document.getElementById('try'); f.title.value = arguments[0].slice(0, 160);"
              "f.text.value = arguments[0] + '工资'; document.getElementById('told').replaceChildren();"
              "f.requestSubmit()", text)
        told = h.wait_for(lambda: v.run("return document.querySelector('#told .excerpt')?.textContent"), 5, text)
        assert told.endswith("工资"), told
    intact(v, "workbench, tried")
    h.figure(corpus=len(CORPUS), titles_shown=shown)
    assert v.complaints() == []


PAGES = [("/inbox.html?unit=labour", "#list .concern"), ("/handover.html", "#done tr"),
         ("/wall.html", "#list tr"), ("/overview", "h1"), ("/reports/daily", "h1"),
         ("/reports/{id}", "h1"), ("/ledger", "h1"), ("/ledger/{id}", "h1"),
         ("/ledger/rules", "h1"), ("/ledger/sources", "h1"), ("/correct/{id}", "h1"), ("/privacy", "h1")]


def test_hostile_markup_is_words_on_the_other_pages():
    """Of items, of a source's name, and of what people wrote with an act."""
    v = office.open()
    h.wait_for(lambda: v.daemon.status()["store"]["items"] == len(CORPUS), 20, "the corpus")
    wages = v.concern("wage-arrears")["id"]
    note = next(line for line in CORPUS if "onerror" in line)
    status, told = v.as_person("zhang", "POST", f"/api/v1/concerns/{wages}/assess",
                               {"grade": "major", "note": "研判" + note[:150]})
    assert status == 200, told
    hostile = {**h.source(v.site, "hostile", "/rss2", region="110000"), "name": "试验" + note[:40]}
    status, told = v.as_person("ops", "POST", "/api/v1/sources", hostile)
    assert status == 200, told
    v.log_in("zhang", "/desk.html")
    for path, drawn in PAGES:
        v.go(path.replace("{id}", wages))
        v.there(drawn)
        intact(v, path)
    v.log_in("ops", "/sources.html")
    h.wait_for(lambda: any(note[:40] in row for row in v.text("#table tr")), 10, "its row")
    intact(v, "sources")
    assert v.complaints() == []


def test_hostile_markup_is_words_where_nobody_logs_in():
    """The first page of a town without accounts."""
    office.close()
    v = guest.open()
    h.wait_for(lambda: v.daemon.status()["store"]["items"] == len(CORPUS), 20, "the corpus")
    v.go("/")
    concerns = v.daemon.concerns()
    assert len(concerns) >= 3, concerns
    h.wait_for(lambda: len(v.find("#open-list .concern")) == len(concerns), 10, "the list")
    intact(v, "/")
    for concern in concerns:
        v.run("location.hash = arguments[0]", concern["id"])
        titles = [one["title"] for one in v.daemon.get("/api/v1/concerns/" + concern["id"])["mentions"]]
        h.wait_for(lambda: v.run("return [...document.querySelectorAll('#detail[open] .mentions .title')]"
                                 ".map((e) => e.textContent)") == titles, 10, "its items")
        intact(v, "/#" + concern["id"])
    assert v.complaints() == []


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
        guest.close()
