#!/usr/bin/python3
"""axe-core on the pages of those who read, the public and the leaders: by day, by night, in large
type, in English and on a phone. The pages have no script; axe's own is put in for the look.
"""
import re

import axe
import harness as h
import test_page as browser
import test_public as public

view = public.view
FEW = 6  # pages of each kind come first, and are looked at in every way
TEXT = "经核查，河西工地拖欠的工资已全部支付。剩余款项将在三个工作日内支付到位，并公布结果。"


def published(v):
    """The address of a reply that the ledger itself publishes."""
    concern = next(c["id"] for c in v.daemon.concerns(state="open")
                   if c["unit"]["id"] == "labour")
    result = v.daemon.draft_by_key("labour", concern, TEXT)
    assert result["status"] == "ok", result
    seq = v.daemon.get("/api/v1/concerns/" + concern)["draft"]["seq"]
    v.act("approve", concern, "--draft", str(seq))
    return re.search("/replies/[^/]+$", v.daemon.get("/api/v1/concerns/" + concern)["reply_url"])[0]


def addresses(v):
    graver = v.daemon.concerns(topic="epidemic")[0]["id"]
    v.act("assess", graver, "--grade", "major", "--note", "研判")
    return ["/ledger?state=odd", "/ledger?topic=epidemic", f"/ledger/{v.first}", "/overview", "/reports/daily",
            f"/correct/{v.first}", "/ledger", "/login", f"/ledger/{v.second}",
            f"/ledger/month/{v.month}", "/ledger/rules", "/ledger/sources", "/privacy",
            f"/survey/{v.first}", f"/survey/{v.second}", published(v),
            f"/reports/month/{v.month}",
            f"/reports/{graver}"]


def looks(v):
    media = "Emulation.setEmulatedMedia"

    def scheme(value):
        v.driver.execute_cdp_cmd(media, {"features": [{"name": "prefers-color-scheme",
                                                      "value": value}]})
    yield "light", "", browser.DESK, lambda: scheme("light")
    yield "dark", "", browser.DESK, lambda: scheme("dark")
    yield "phone", "", browser.PHONE, lambda: scheme("")
    yield "large", "type=large", browser.DESK, lambda: None
    yield "english", "lang=en", browser.DESK, lambda: None


def test_no_page_keeps_anybody_out():
    source = axe.script()
    v = view.open()
    found, looked = [], 0
    pages = addresses(v)
    for look, query, size, put in looks(v):
        put()
        for address in pages[:None if size == browser.DESK and not query else FEW]:
            asked = address + ("&" if "?" in address else "?") * bool(query) + query
            v.size(*size)
            v.driver.get(v.origin + asked)
            assert v.find("h1"), address
            v.scripted(True)
            found += [f"{asked} {look} {one}" for one in axe.violations(v, source)]
            v.scripted(False)
            looked += 1
    h.figure(looked_at=looked, violations=len(found))
    assert not found, "\n".join(found)


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        view.close()
