#!/usr/bin/python3
"""承办 that is left open: what is due soon is counted as its time comes, not when the next event does.
An hour passes each second."""
import office as o
from office import h, m

RATE = 2400  # two days take 72 seconds, and what is due soon is that for six
office = o.Office([], demonstration={"rate": RATE})


def figures(v):
    return v.run("return ['work', 'soon', 'late'].map((tab) => "
                 "document.querySelector(`#tab-${tab} .n`)?.textContent).join()")


def test_what_becomes_due_soon_is_counted_by_the_clock():
    v = office.open()
    v.log_in("sun", "/inbox.html")
    v.there("#list[data-ready]")
    v.site.set("/rss", o.atom([("1", *m.FLU)]), mime="application/atom+xml")
    concern = v.concern("epidemic")["id"]
    done = v.daemon.cli("accept", concern)
    assert done.returncode == 0, done.stderr
    h.wait_for(lambda: figures(v) == "1,0,0", what="it, in hand")
    v.run("""
        window.seen = [];
        const look = () => {
            const n = (tab) => document.querySelector(`#tab-${tab} .n`).textContent;
            const now = `soon ${n('soon')} late ${n('late')}`;
            if (window.seen.at(-1) !== now) window.seen.push(now);
        };
        look();
        new MutationObserver(look).observe(document.getElementById('tabs'),
                                           {childList: true, subtree: true, characterData: true});""")
    h.wait_for(lambda: "soon 0 late 1" in v.run("return window.seen"), 90, "it to be overdue")
    seen = v.run("return window.seen")
    assert seen == ["soon 0 late 0", "soon 1 late 0", "soon 0 late 1"], seen
    assert not v.complaints()


def test_a_page_without_a_place_asks_ever_more_seldom():
    """All places of the account are taken: what it waits for is noted, and passes at once."""
    v = office.open()
    v.log_in("li", "/inbox.html")
    v.there("#list[data-ready]")
    v.driver.get("about:blank")  # its own place is given up, at the latest at its beat
    token = v.daemon.cli("accounts", "token", "li").stdout.strip()
    taken = []

    def take():
        connection = h.http.client.HTTPConnection("127.0.0.1", v.daemon.http_port, timeout=h.PATIENCE)
        connection.request("GET", "/api/v1/events", headers={"Authorization": "Bearer " + token})
        if connection.getresponse().status == 200:
            taken.append(connection)
        else:
            connection.close()
        return len(taken) == 32
    h.wait_for(take, what="all places")
    script = v.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
        const real = window.setTimeout;
        window.waits = [];
        window.setTimeout = (act, ms, ...more) => {
          const ours = new Error().stack.includes('/js/live.js');
          if (ours) window.waits.push(ms);
          return real(act, ours ? 20 : ms, ...more);
        };"""})
    try:
        v.go("/inbox.html")
        h.wait_for(lambda: v.run("return window.waits.length") >= 7, what="it to ask again")
        waits = v.run("return window.waits")
        assert waits[:7] == [3000, 6000, 12000, 24000, 48000, 60000, 60000], waits
    finally:
        v.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
        for connection in taken:
            connection.close()


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
