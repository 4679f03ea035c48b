#!/usr/bin/python3
"""The duty desk with ten thousand open concerns: what the first page weighs, and that all are there."""
import json
import time

import office as o
from office import h, m

MANY, EACH, LEAST = 18000, 500, 10000
office = o.Office([("1", *m.WAGES)])


def flood(view):
    sources = []
    for k in range(MANY // EACH):
        # Some of them join others, as alike as they are made.
        items = [(str(n), *m.numbered((m.WAGES, m.FLU, m.FOOD)[n % 3], n))
                 for n in range(k * EACH, (k + 1) * EACH)]
        view.site.set(f"/rss{k}", m.rss(items))
        sources.append({**h.source(view.site, f"rss{k}", f"/rss{k}", region="110000"), "interval": "7d"})
    status, told = view.daemon.request("POST", "/api/v1/sources", json.dumps(sources), limit=60,
                                       headers={"Content-Type": "application/json"})
    assert status == 200 and json.loads(told)["refused"] == 0, told[:500]
    h.wait_for(lambda: view.daemon.status()["store"]["items"] == MANY + 1, 240, "all the items")
    assert view.daemon.status()["store"]["open"] >= LEAST


def test_the_first_page_is_light_and_all_are_there():
    v = office.open()
    flood(v)
    v.log_in("zhang", "/handover.html?")
    v.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    v.driver.get("about:blank")
    v.driver.get_log("performance")
    v.driver.execute_cdp_cmd("Network.enable", {})
    v.go("/desk.html")
    v.there("#list[data-ready]")
    h.wait_for(lambda: len(v.find("#list > li")) >= 40, 10, "the first rows")
    shown = v.run("""const p = performance.getEntriesByType('navigation')[0];
        return [p.domInteractive, performance.getEntriesByName('rows')[0].startTime];""")
    urls, weights = {}, {}
    for entry in v.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.responseReceived":
            urls[message["params"]["requestId"]] = message["params"]["response"]["url"]
        elif message["method"] == "Network.loadingFinished":
            weights[message["params"]["requestId"]] = message["params"]["encodedDataLength"]
    # The first page: everything but the other pages of the list, which come behind it.
    first = {u: weights[i] for i, u in urls.items() if i in weights and "cursor=" not in u}
    heaviest = sorted(first.items(), key=lambda x: -x[1])[:5]
    total = sum(first.values())
    h.figure(open_concerns=v.daemon.status()["store"]["open"], first_page_bytes=total, requests=len(first),
             rows_shown_ms=round(shown[1]), interactive_ms=round(shown[0]),
             heaviest=",".join(f"{u.rsplit('/', 1)[1][:20]}:{n}" for u, n in heaviest))
    assert total <= 150 * 1024, heaviest
    h.wait_for(lambda: v.text("#n-open") == [str(v.daemon.status()["store"]["open"])], 300, "all of them")
    assert len(v.find("#list > li")) < 200, "all are drawn at once"
    v.picture("desk-many-zh-1366")
    # what comes now is seen at once, among so many
    concern = v.run("return document.querySelector('#list > li .state-open').closest('li').dataset.id")
    v.run("""window.seen = null;
        new MutationObserver(() => { if (!document.querySelector(
            `#list > [data-id="${arguments[0]}"] .state-open`)) window.seen ??= Date.now(); })
            .observe(document.getElementById('list'), {childList: true, subtree: true});""", concern)
    asked = time.time()
    status, told = v.as_person("zhang", "POST", f"/api/v1/concerns/{concern}/accept",
                               {"unit": v.daemon.get('/api/v1/concerns/' + concern)["unit"]["id"]})
    assert status == 200, told
    seen = h.wait_for(lambda: v.run("return window.seen"), 10, "its row to change or, as it is less urgent now, to go")
    h.figure(row_on_screen_ms=round(seen - asked * 1000))


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
