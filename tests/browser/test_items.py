#!/usr/bin/python3
"""A concern with more items than one page of them: all are read, explained in sight, and split off."""
import office as o
from office import h, m

MANY, PAGE = 65, 50
office = o.Office([(str(i), *m.WAGES) for i in range(MANY)])


def gathered(view):
    concern = view.concern("wage-arrears")["id"]

    def whole():
        told = view.daemon.get("/api/v1/concerns/" + concern)
        return told if told["items"] == MANY else None
    return h.wait_for(whole, 30, "all its items")


def pages(view, concern, limit):
    """Idents of the pages from the first on."""
    at, cursor = f"/api/v1/concerns/{concern}/items?limit={limit}", ""
    while cursor is not None:
        page = view.daemon.get(at + cursor)
        yield [one["id"] for one in page["items"]]
        cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]


def test_all_of_them_are_told_a_page_at_a_time():
    v = office.open()
    told = gathered(v)
    first = [one["id"] for one in told["mentions"]]
    assert len(first) == PAGE and told["mentions_cursor"] == first[-1], told["mentions_cursor"]
    rest = v.daemon.get(f"/api/v1/concerns/{told['id']}/items?cursor={told['mentions_cursor']}")
    whole = first + [one["id"] for one in rest["items"]]
    assert len(set(whole)) == len(whole) == MANY and rest["next_cursor"] is None
    for limit in (1, 13, 64, 65, 100):
        got = list(pages(v, told["id"], limit))
        assert sum(got, []) == whole, limit
        assert {len(page) for page in got[:-1]} <= {limit} and len(got) == -(-MANY // limit), limit
    for wrong in ("cursor=x", "cursor=" + "0" * 32, "limit=0", "limit=101"):
        status, _ = v.daemon.request("GET", f"/api/v1/concerns/{told['id']}/items?{wrong}")
        assert status == 400, (wrong, status)
    assert v.daemon.request("GET", "/api/v1/concerns/c999/items")[0] == 404
    done = v.daemon.cli("items", "list", told["id"], "--json")
    assert [one["id"] for one in h.json.loads(done.stdout)] == whole, done
    assert len(v.daemon.cli("items", "list", told["id"]).stdout.splitlines()) == MANY + 1
    path = f"/api/v1/concerns/{told['id']}/items"
    assert len(v.as_person("li", "GET", path)[1]["items"]) == PAGE
    assert v.as_person("sun", "GET", path)[0] == 403


def explained(view):
    return view.run("return [...document.querySelectorAll('#raised .mention')]"
                    ".map((e) => 'explained' in e.dataset)")


def test_each_is_explained_when_it_is_seen():
    v = office.open()
    told = gathered(v)
    v.log_in("zhang", "/concern.html%23" + told["id"])
    v.wait(f'#concern[data-ready="{told["id"]}"]')
    assert len(v.find("#raised .mention")) == PAGE
    assert "显示 50 / 65 条" in v.text("#raised > p.sub")[0], v.text("#raised > p.sub")
    h.wait_for(lambda: explained(v)[0], 10, "the first one")
    assert not explained(v)[30] and sum(explained(v)) < 20, explained(v)
    v.run("document.querySelectorAll('#raised .mention')[30].scrollIntoView({block: 'center'})")
    h.wait_for(lambda: explained(v)[30], 10, "the one in sight")
    h.wait_for(lambda: v.run("return document.querySelectorAll('#raised .mention')[30]"
                             ".querySelector('mark.counts')?.textContent"), 10, "its terms")
    assert sum(explained(v)) < 40, explained(v)


def test_the_last_one_is_split_off():
    v = office.open()
    told = gathered(v)
    last = list(pages(v, told["id"], 100))[0][-1]
    v.log_in("zhang", "/concern.html%23" + told["id"])
    v.wait(f'#concern[data-ready="{told["id"]}"]')
    v.click("#acts [data-act=split]")
    v.wait("dialog[open]")
    assert not v.find(f'dialog[open] input[value="{last}"]')
    v.click("dialog[open] .choose button")
    h.wait_for(lambda: len(v.find("dialog[open] .choose input")) == MANY, 5, "all of them")
    assert not v.find("dialog[open] .choose button")[0].is_displayed()
    v.click(f'dialog[open] input[value="{last}"]')
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: v.daemon.get("/api/v1/concerns/" + told["id"])["items"] == MANY - 1, 5, "拆分")
    assert last not in sum(pages(v, told["id"], 100), [])
    v.go("/concern.html#" + told["id"])
    v.driver.refresh()
    v.wait(f'#concern[data-ready="{told["id"]}"]')
    v.fits("concern-more-zh")
    v.click("#more-raised")
    h.wait_for(lambda: len(v.find("#raised .mention")) == MANY - 1, 5, "all that are left")
    assert v.run("return document.activeElement === document.querySelectorAll('#raised .mention')[50]")
    assert not v.find("#more-raised")
    status, _ = v.as_person("zhang", "POST", f"/api/v1/concerns/{told['id']}/accept", {})
    assert status == 200
    h.wait_for(lambda: "办理中" in v.text("#concern .chip"), 10, "the page drawn anew")
    assert len(v.find("#raised .mention")) == MANY - 1
    told = v.complaints()
    assert told == [], told


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
