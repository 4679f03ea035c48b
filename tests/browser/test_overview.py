#!/usr/bin/python3
"""总览's charts by Chart.js in a real browser: they say what the API says, beside the tables that the
page keeps for who sees no chart; nothing else loads it, and the page does without it.
"""
import gzip
import http.client
import json

import axe
import office as o
from office import h, m

REPLY = "https://www.example.gov.cn/hf/1.html"
ITEMS = [("flu", *m.FLU), ("food", *m.FOOD)] + [
    (f"w{n}", *m.numbered(m.WAGES, n)) for n in range(9)]
VENDOR = "/vendor/chart.js"

DRAWN = """return [...document.querySelectorAll('.charts canvas')].map((canvas) => {
    const chart = window.Chart && Chart.getChart(canvas);
    const blank = Object.assign(document.createElement('canvas'), {width: canvas.width, height: canvas.height});
    return {name: canvas.getAttribute('aria-label'), role: canvas.getAttribute('role'),
        describes: document.getElementById(canvas.getAttribute('aria-describedby')).innerText,
        table: document.getElementById(canvas.getAttribute('aria-details')).className,
        labels: chart && chart.data.labels, moves: chart && chart.options.animation,
        lines: chart && chart.data.datasets.map((d) => ({name: d.label, data: d.data})),
        painted: canvas.width > 100 && canvas.toDataURL() !== blank.toDataURL()};
})"""

SEEN = "return document.querySelector('.hours').checkVisibility()"

office = o.Office(ITEMS, place="试验镇", demonstration={"rate": 60})


def passed(v, concern):
    """How many times as old as when it was answered it is now."""
    told = v.daemon.get("/api/v1/concerns/" + concern)
    opened_at, answered, now = (h.datetime.datetime.fromisoformat(t) for t in (
        told["opened"], told["answered"], v.daemon.status()["now"]))
    return (now - opened_at) / max(answered - opened_at, h.datetime.timedelta(seconds=1))


def opened():
    v = office.open()
    if not hasattr(v, "answered"):
        concerns = h.wait_for(lambda: len(c := v.daemon.concerns()) == len(ITEMS) and c, 40, "them all")
        half = concerns[::2]
        v.answered = [c["id"] for c in half]
        first = half[0]["topic"]["id"]
        for c in sorted(half, key=lambda c: c["topic"]["id"] != first):
            concern = c["id"]
            if c["topic"]["id"] != first:  # so much later that the medians differ
                h.wait_for(lambda: passed(v, half[0]["id"]) > 5, what="time to pass")
            for act in (["accept", concern], ["answer", concern, "--url", REPLY]):
                done = v.daemon.cli(*act)
                assert done.returncode == 0, done.stderr
        h.wait_for(lambda: sum(r["rates"]["answered_in_time"]["n"] for r in counted(v, "all")) and
                   sum(r["counts"]["answered"] for r in counted(v, "all")) == len(v.answered),
                   40, "the count")
        v.log_in("zhang", "/overview")
    return v


def counted(v, by):
    return v.daemon.get(f"/api/v1/statistics?by={by}&month=each")["rows"]


def shown(v, path="/overview"):
    v.go(path)
    h.wait_for(lambda: len(v.run(DRAWN)) == 5, 10, "five charts")
    return v.run(DRAWN)


def asked(v):
    out = [json.loads(e["message"])["message"] for e in v.driver.get_log("performance")]
    return [e["params"]["request"]["url"] for e in out if e["method"] == "Network.requestWillBeSent"]


def test_the_charts_say_what_the_api_says():
    v = opened()
    v.complaints()
    charts = shown(v)
    assert all(c["painted"] and c["role"] == "img" and c["moves"] is False for c in charts), charts
    assert [c["table"].split()[0] for c in charts] == ["hours"] + ["rates"] * 4, charts
    arrivals = charts[0]
    bars = [x for x in arrivals["lines"] if x["name"] != "突增"]
    cells = v.run("return [...document.querySelectorAll('.hours tbody tr')].map((r) => [r.cells[0].textContent,"
                  "[...r.cells].slice(1).map((c) => parseInt(c.textContent, 10) || 0)])")
    assert {b["name"]: b["data"] for b in bars} == dict(cells), (bars, cells)
    assert sum(sum(b["data"]) for b in bars) == len(ITEMS)
    assert f"共 {len(ITEMS)} 条" in arrivals["describes"], arrivals["describes"]
    bursts = v.run("return document.querySelectorAll('.hours .burst').length")
    assert f"突增 {bursts} 处" in arrivals["describes"], (bursts, arrivals["describes"])
    assert ("突增" in [x["name"] for x in arrivals["lines"]]) == bool(bursts)
    for by, (rate, median) in (("unit", charts[1:3]), ("topic", charts[3:])):
        told = [r for r in counted(v, by) if r["rates"]["answered_in_time"]["n"]]
        drawn, want = points(rate), {
            (r["name"], r["month"]): 100 * r["counts"]["answered_in_time"] /
            r["rates"]["answered_in_time"]["n"] for r in told}
        assert want and drawn.keys() == want.keys(), (by, drawn, want)
        assert all(abs(drawn[k] - want[k]) < 0.001 for k in want), (by, drawn, want)
    told = v.complaints()
    assert told == [], told


def points(chart):
    return {(line["name"], month): value for line in chart["lines"]
            for month, value in zip(chart["labels"], line["data"]) if value is not None}


SECONDS = {"天": 86400, "小时": 3600, "分钟": 60}
BESIDE = """return [...document.querySelectorAll('.trend')].map((t) => [...t.tBodies[0].rows].flatMap((row) =>
    [...row.cells].slice(1).map((c, i) => [row.cells[0].textContent, t.tHead.rows[0].cells[i + 1].textContent,
        c.lastElementChild ? c.lastElementChild.textContent : null])).filter((c) => c[2]))"""


def spelt(seconds):
    """As the table says it: the two largest units, cut."""
    minutes = seconds // 60
    if minutes >= 1440:
        return f"{minutes // 1440} 天 {minutes // 60 % 24} 小时"
    return f"{minutes // 60} 小时 {minutes % 60} 分" if minutes >= 60 else f"{minutes} 分钟"


def test_the_medians_are_those_of_the_api():
    """Each point of each line, and the cell beside it."""
    v = opened()
    charts = shown(v)
    beside = v.run(BESIDE)
    seen = []
    for i, by in enumerate(("unit", "topic")):
        median = charts[2 + 2 * i]
        want = {(r["name"], r["month"]): r["median_answer"]["seconds"] for r in counted(v, by)
                if r["median_answer"]["n"]}
        unit = v.run("return Chart.getChart(document.querySelectorAll('.charts canvas')[arguments[0]])"
                     ".options.scales.y.title.text", 2 + 2 * i)
        drawn = {k: y * SECONDS[unit] for k, y in points(median).items()}
        assert drawn.keys() == want.keys() and len(want) > 1, (by, drawn, want)
        assert all(abs(drawn[k] - want[k]) < 1 for k in want), (by, unit, drawn, want)
        told = {(name, month): text for name, month, text in beside[i]}
        assert told == {k: spelt(seconds) for k, seconds in want.items()}, (by, told, want)
        seen.append(len(set(want.values())))
    h.figure(series=len(want), different=min(seen))
    assert min(seen) > 1, seen  # else one line could stand for another


BURST = """const done = arguments[0], table = document.querySelector('.hours').cloneNode(true);
    const cell = [...table.querySelectorAll('td')].find((c) => parseInt(c.textContent, 10));
    cell.className += ' burst';
    import('/js/parts/charts.js').then((charts) => {
        const told = charts.readHours(table), made = charts.hours(told, 14, (word) => word);
        const marks = made.data.datasets.find((d) => d.label === 'burst');
        done({at: cell.cellIndex - 1, over: told.totals, marks: marks.data, bursts: told.bursts,
            where: marks.data.flatMap((y, i) => (y === null ? [] : [i]))});
    })"""


def test_a_burst_is_marked_over_its_hour():
    v = opened()
    shown(v)
    before = v.run("return document.querySelectorAll('.hours .burst').length")
    told = v.driver.execute_async_script(BURST)
    assert told["at"] in told["where"] and told["bursts"] in (before, before + 1), (before, told)
    assert told["marks"][told["at"]] > told["over"][told["at"]], told


def test_the_tables_stay_folded_and_whole():
    v = opened()
    shown(v)
    assert v.text(".numbers summary") == ["数字表"] * 3 and not v.run(SEEN)
    v.click(".numbers summary")
    assert v.run(SEEN)
    v.run("dispatchEvent(new Event('beforeprint'))")
    assert v.run("return document.querySelectorAll('.numbers:not([open])').length") == 0
    v.run("dispatchEvent(new Event('afterprint'))")
    assert v.run("return document.querySelectorAll('.numbers:not([open])').length") == 2
    v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        v.go("/overview")
        assert v.find(".hours")[0].is_displayed() and not v.find("canvas, details.numbers")
    finally:
        v.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_forced_colours_show_the_tables_and_large_type_large_words():
    v = opened()
    shown(v)
    sizes = "return Chart.getChart(document.querySelector('canvas')).options.plugins.legend.labels.font.size"
    before = v.run(sizes)
    shown(v, "/overview?type=large")
    assert v.run(sizes) >= 24 > before, (before, v.run(sizes))
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "forced-colors", "value": "active"}]})
    try:
        h.wait_for(lambda: v.run(SEEN), 5, "the table")
        assert not v.run("return Chart.getChart(document.querySelector('canvas')) || null")
        assert not v.find(".charts")[0].is_displayed()
    finally:
        v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    h.wait_for(lambda: all(c["painted"] for c in v.run(DRAWN)), 5, "the charts again")


def test_it_fits_and_keeps_nobody_out():
    source = axe.script()
    v = opened()
    for name, path in (("zh", "/overview"), ("en", "/overview?lang=en"), ("large", "/overview?type=large")):
        for scheme in ("light", "dark"):
            v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": scheme}]})
            for size in (o.WIDE, o.PHONE):
                v.size(*size)
                shown(v, path)
                faults = [f for f in v.overflow() if ".wide" not in f]
                assert not [f for f in faults if f.startswith(("page", "CANVAS", "FIGURE"))], faults
                found = axe.violations(v, source)
                assert not found, (name, scheme, size, found)
                if scheme == "light" or name == "zh":
                    v.picture(f"overview-charts-{name}-{scheme}-{size[0]}", whole=True)
    v.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    v.size(*o.WIDE)
    english = v.run  # the words of the charts are of the page's language
    charts = shown(v, "/overview?lang=en")
    words = english("return [...document.querySelectorAll('.charts figcaption, .numbers summary')].map((e) => e.innerText).join()")
    assert "Arrivals in 24 hours" in words and not any("一" <= c <= "鿿" for c in words), words
    told = v.complaints()
    assert len(charts) == 5 and told == [], told


def test_only_the_overview_loads_it():
    v = opened()
    asked(v)
    for path in ("/ledger", "/ledger/" + v.answered[0], "/desk.html", "/inbox.html", "/sources.html",
                 "/reports/daily", "/privacy"):
        v.go(path)
        assert v.find("main"), path
        assert not v.run("return Boolean(window.Chart)"), path
    assert not [u for u in asked(v) if "chart" in u]
    shown(v)
    mine = asked(v)
    assert v.origin + VENDOR in mine and all(u.startswith(v.origin + "/") for u in mine), mine


def test_the_file_is_served_as_it_is_and_kept():
    v = opened()
    with open("/usr/share/javascript/chart.js/chart.min.js", "rb") as f:
        own = f.read()
    status, body = v.daemon.request("GET", VENDOR, tcp=True)
    assert status == 200 and body == own
    status, packed = v.daemon.request("GET", VENDOR, tcp=True, headers={"Accept-Encoding": "gzip"})
    assert status == 200 and gzip.decompress(packed) == own and len(packed) < len(own) / 2
    connection = http.client.HTTPConnection("127.0.0.1", v.daemon.http_port, timeout=h.PATIENCE)
    connection.request("GET", VENDOR, headers={"Accept-Encoding": "gzip"})
    head = connection.getresponse().headers
    connection.close()
    assert head["Content-Type"].startswith("text/javascript"), head
    assert head["Cache-Control"] == "no-cache" and head["Content-Encoding"] == "gzip", head
    assert v.daemon.request("GET", VENDOR, tcp=True, headers={
        "If-None-Match": head["ETag"], "Accept-Encoding": "gzip"})[0] == 304


def test_without_the_file_the_page_has_its_tables():
    v = opened()
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("flu", *m.FLU)]))
        bare = world.daemon([h.source(site, "rss", "/rss")], chart_js="/nowhere/chart.min.js")
        h.wait_for(bare.concerns, 20, "a concern")
        assert bare.request("GET", VENDOR)[0] == 404
        h.wait_for(lambda: b'data-chart="hours"' in bare.request("GET", "/overview")[1], 20, "the count")
        status, page = bare.request("GET", "/overview")
        assert status == 200 and b'data-chart="hours"' in page and b"<script" not in page, page[:900]
        with open(bare.log, encoding="utf-8") as f:
            said = [line for line in f if "http.chart" in line]
        assert len(said) == 1 and "libjs-chart.js" in said[0], said
    # And where its bytes are lost on the way.
    v.driver.execute_cdp_cmd("Network.enable", {})
    v.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*" + VENDOR]})
    try:
        v.go("/overview")
        h.wait_for(lambda: v.run("return document.readyState") == "complete", 10, "the page")
        assert v.find(".hours")[0].is_displayed() and not v.find("canvas")
    finally:
        v.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        v.complaints()


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
