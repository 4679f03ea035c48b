#!/usr/bin/python3
"""Words that the store has forgotten leave the pages that were left open, by the daemon's clock."""
import office as o
from office import h, m

ITEMS = [("1", *m.WAGES)]
WORDS = m.WAGES[0][:4]
# Twelve hours take 72 seconds: until then a slow machine has to have drawn three pages.
office = o.Office(ITEMS, demonstration={"rate": 600}, retention={"matched": "12h"})
# [page, where the words stand]
SHOWN = [("/handover.html", "#sheet .about"), ("/concern.html#%s", "#concern"), ("/desk.html", "#list .headline")]


def words(view, selector):
    return any(WORDS in text for text in view.text(selector))


def test_expired_words_leave_open_pages():
    v = office.open()
    ident = v.concern("wage-arrears")["id"]
    done = v.daemon.cli("accept", ident)  # from here on nothing happens to it for days
    assert done.returncode == 0, done.stderr
    v.log_in("zhang", "/wall.html")
    tabs = []
    for page, selector in SHOWN:
        if tabs:
            v.driver.switch_to.new_window("tab")
        v.go(page % ident if "%" in page else page)
        h.wait_for(lambda: words(v, selector), 15, f"the words on {page}")
        tabs.append((v.driver.current_window_handle, page, selector))
    head = v.daemon.status()["head"]
    h.wait_for(lambda: not v.daemon.get(f"/api/v1/headlines?ids={ident}")["items"], 150, "the expiry")
    for handle, page, selector in reversed(tabs):  # the desk is in sight, the others were not
        v.driver.switch_to.window(handle)
        h.wait_for(lambda: not words(v, selector), 20, f"no words on {page}")
        assert not words(v, "body"), page
    told = v.daemon.cli("concerns", "--json")
    assert told.returncode == 0 and ident in told.stdout
    h.figure(events_meanwhile=v.daemon.status()["head"] - head)


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
