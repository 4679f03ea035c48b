#!/usr/bin/python3
"""Each page by keyboard alone, by a thumb, in a narrow window, with wide letters, without motion and
in forced colours: what axe does not measure. WCAG 2.2: 1.4.10, 1.4.12, 2.1.1, 2.1.2, 2.3.3, 2.4.7,
2.4.11, 2.4.13, 2.5.8.
"""
import contextlib

import office as o
from office import h, m

office = o.Office([("1", *m.WAGES), ("2", *m.FLU), ("3", *m.FOOD)])
NARROW, ZOOMED = (320, 640), (683, 384)  # 1.4.10; WIDE at 200 %
STAFF = o.PAGES + [("zhang", "/overview", "h1"), ("zhang", "/reports/daily", "h1")]
PUBLIC = [(None, path, "h1") for path in
          ("/ledger", "/ledger/c1", "/ledger?type=large", "/ledger/c1?type=large", "/ledger/rules",
           "/ledger/sources", "/privacy", "/login", "/correct/c1")]

TARGETS = """
const shown = (e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length &&
    !e.disabled && !e.closest('.skip');
const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(shown);
// In a line of text a link is as high as the text.
const inText = (e) => getComputedStyle(e).display === 'inline' && [...e.parentElement.childNodes].some((n) =>
    n !== e && n.textContent.trim() && (n.nodeType === 3 || getComputedStyle(n).display.startsWith('inline')));
"""
SMALL = TARGETS + """
return all.filter((e) => !inText(e)).map((e) => {
    const label = e.matches('[type=checkbox], [type=radio]') && e.closest('label');
    return [e, (label || e).getBoundingClientRect()];
}).filter(([, b]) => b.width < 24 || b.height < 24)
  .map(([e, b]) => `${e.tagName}.${e.className}#${e.id} "${(e.textContent || e.name).trim().slice(0, 12)}" ` +
                   `${Math.round(b.width)}x${Math.round(b.height)}`);"""
# What has the focus: who it is, whether any of it can be seen, and the mark of it.
FOCUS = """
const e = document.activeElement;
if (!e || e === document.body || e === document.documentElement) return null;
// Of what is higher than the window that part counts which is in it.
const boxes = [...e.getClientRects()].map((b) => {
    const left = Math.max(0, b.left), top = Math.max(0, b.top);
    return {left, top, width: Math.min(innerWidth, b.right) - left, height: Math.min(innerHeight, b.bottom) - top};
}).filter((b) => b.width > 0 && b.height > 0);
const seen = boxes.some((b) => [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]].some(([x, y]) => {
    const at = document.elementFromPoint(b.left + b.width * x, b.top + b.height * y);
    return at && (e.contains(at) || at.contains(e) && at !== document.body && at !== document.documentElement &&
                  !['MAIN', 'HTML', 'BODY'].includes(at.tagName) || at.closest('label')?.contains(e));
}));
const s = getComputedStyle(e);
window.order ??= new WeakMap(); window.visited ??= 0;
const again = window.order.has(e);
window.order.set(e, window.visited++);
return {who: `${e.tagName}.${e.className}#${e.id} "${(e.textContent || e.name || '').trim().slice(0, 14)}"`,
        again, seen, marked: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 ||
                             s.outlineStyle === 'auto'};"""
MISSED = TARGETS + """
return all.filter((e) => !window.order?.has(e) && e.tabIndex >= 0 && !(e.type === 'radio' && !e.checked))
    .map((e) => `${e.tagName}.${e.className}#${e.id} "${(e.textContent || e.name || '').trim().slice(0, 14)}"`);"""
WIDER = """
const sheet = new CSSStyleSheet();
sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; ' +
                  'word-spacing: .16em !important } p { margin-bottom: 2em !important }');
document.adoptedStyleSheets = [sheet];"""
CUT = """
const hidden = (s) => ['hidden', 'clip'].includes(s.overflowX) || ['hidden', 'clip'].includes(s.overflowY);
return [...document.querySelectorAll('body *')].filter((e) => {
    const s = getComputedStyle(e);
    return hidden(s) && s.clipPath === 'none' && !e.closest('svg, [aria-hidden=true]') && e.textContent.trim() &&
        e.clientWidth && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
}).map((e) => `${e.tagName}.${e.className} ${e.scrollWidth}x${e.scrollHeight} in ${e.clientWidth}x${e.clientHeight}`);"""
MOVES = """
const long = (text) => text.split(',').some((t) => parseFloat(t) > 0);
return [...document.querySelectorAll('body *')].filter((e) => {
    const s = getComputedStyle(e);
    return long(s.transitionDuration) || (s.animationName !== 'none' && long(s.animationDuration));
}).map((e) => `${e.tagName}.${e.className}`);"""
BARE = TARGETS + """
return all.filter((e) => e.matches('button, input:not([type=checkbox], [type=radio], [type=file]), select, textarea'))
    .filter((e) => !parseFloat(getComputedStyle(e).borderTopWidth) && !e.matches('a, .topic, .editor textarea'))
    .map((e) => `${e.tagName}.${e.className}#${e.id}`);"""


def each(pages=None):
    """Each page, drawn, with its address."""
    v, person = office.open(), None
    v.media()
    for topic in ("wage-arrears", "epidemic", "food-drug-safety"):
        v.concern(topic)
    v.nobody()
    for name, address, drawn in pages or PUBLIC + STAFF:
        if name and name != person:
            v.log_in(name, "/desk.html")
            person = name
        v.driver.get("about:blank")
        v.go(address)
        v.there(drawn)
        yield v, address


def media(**features):
    office.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": n.replace("_", "-"), "value": x} for n, x in features.items()]})


office.media = media


def walk(v, most=160):
    """By Tab from the page's beginning to its end; what was in the way."""
    faults, stops = [], 0
    v.run("""window.order = new WeakMap(); window.visited = 0; scrollTo(0, 0);
        document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex');""")
    while True:
        v.type(o.Keys.TAB)
        at = v.run(FOCUS)
        if at is None or at["again"]:
            break
        stops += 1
        assert stops < most, ("no end of it", at)
        if not at["seen"]:
            faults.append("covered " + at["who"])
        if not at["marked"]:
            faults.append("unmarked " + at["who"])
    return stops, faults + ["never reached " + who for who in v.run(MISSED)]


def test_each_target_is_reached_by_tab_marked_and_seen():
    stops, faults = 0, []
    for v, address in each():
        for size in (o.WIDE, o.PHONE):
            v.size(*size)
            n, found = walk(v)
            stops += n
            faults += [f"{address} {size[0]} {one}" for one in found]
        v.size(*o.WIDE)
    h.figure(stops=stops, faults=len(faults))
    assert not faults, "\n".join(faults)


def test_targets_are_large_enough():
    faults = []
    for v, address in each():
        for size in (o.WIDE, o.PHONE):
            v.size(*size)
            faults += [f"{address} {size[0]} {one}" for one in v.run(SMALL)]
        v.size(*o.WIDE)
    assert not faults, "\n".join(faults)


def settled(v):
    """What is drawn is drawn anew to the window's size, a moment after that has changed."""
    with contextlib.suppress(AssertionError):
        h.wait_for(lambda: not any(one.startswith("page") for one in v.overflow()), what="the page to fit")


def test_narrow_zoomed_and_widely_spaced():
    faults = []
    for v, address in each():
        name = "reach-" + address.strip("/").replace("/", "-").split(".")[0].split("?")[0]
        for size in (NARROW, ZOOMED):
            v.size(*size)
            settled(v)
            faults += [f"{address} {size[0]} {one}" for one in v.overflow() if one.startswith("page")]
            if size == NARROW:
                v.picture(name + "-320")
        for size in (o.WIDE, o.PHONE):
            v.size(*size)
            v.run(WIDER)
            settled(v)
            faults += [f"{address} spaced {size[0]} {one}" for one in v.overflow() if one.startswith("page")]
            faults += [f"{address} cut {size[0]} {one}" for one in v.run(CUT)]
        v.size(*o.WIDE)
    assert not faults, "\n".join(faults)


def test_without_motion_and_in_forced_colours():
    faults = []
    for v, address in each():
        media(prefers_reduced_motion="reduce")
        faults += [f"{address} moves {one}" for one in v.run(MOVES)]
        media(forced_colors="active")
        faults += [f"{address} bare {one}" for one in v.run(BARE)]
        v.picture("reach-forced-" + address.strip("/").replace("/", "-").split(".")[0].split("?")[0])
        media()
    assert not faults, "\n".join(faults)


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
