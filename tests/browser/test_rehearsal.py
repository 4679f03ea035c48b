#!/usr/bin/python3
"""Nobody takes a drill's page for a real one: in a real browser its title and the notice above
everything else say 演练, wherever somebody scrolls, logged in or not, and on a phone. Pictures go to
the build's screenshots/ folder.
"""
import axe
import test_drill as drill

from office import PASSWORD, PHONE, WIDE, Office, h

MARK = drill.MARK


class Rehearsal(Office):
    """A coordinator at a drill of a recorded day."""

    scrolls = ".scrolls, .wide, svg"

    def open(self):
        self.need_browser()
        if self.world:
            return self
        self.world = h.World()
        _, town = drill.town(self.world)
        path, done = drill.record(town)
        assert done.returncode == 0, done.stderr
        assert town.stop() == 0
        self.daemon = drill.Drill(self.world, town, path, "--speed", "120", "--after", "9d")
        self.daemon.ready()
        h.wait_for(lambda: len(self.daemon.concerns()) == 3, 40, "three concerns")
        done = self.daemon.cli("accounts", "add", "zhang", "--role", "coordinator",
                               stdin=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr
        self.origin = f"http://127.0.0.1:{self.daemon.http_port}"
        self.driver = self.browser()
        return self

    def marked(self, where):
        notice = self.wait("#drill")
        assert "演练 DRILL" in notice.text and "不是真实" in notice.text, (where, notice.text)
        h.wait_for(lambda: self.driver.title.startswith(MARK), 5, f"title of {where}")
        self.run("scrollTo(0, document.documentElement.scrollHeight)")
        top, bottom, tall, all_of_it = self.run("""
            const box = document.getElementById('drill').getBoundingClientRect();
            const at = document.elementFromPoint(innerWidth / 2, (box.top + box.bottom) / 2);
            return [box.top, box.bottom, innerHeight, document.getElementById('drill').contains(at)];
            """)
        assert top >= 0 and bottom <= tall and all_of_it, (where, top, bottom)
        assert not self.overflow(), (where, self.overflow())


seat = Rehearsal([])


def test_every_page_says_so():
    v = seat.open()
    source = axe.script()
    v.log_in("zhang", "/desk.html")
    concern = v.daemon.concerns()[0]["id"]
    found = []
    for name, path, ready in (("desk", "/desk.html", ".row, li[data-id], #list li"),
                              ("concern", f"/concern.html#{concern}", "#concern h2, #concern h1"),
                              ("wall", "/wall.html", "h1, main"), ("first", "/", ".concern"),
                              ("ledger", "/ledger", "h1"), ("summary", "/reports/drill", "table"),
                              ("matter", f"/ledger/{concern}", "h1")):
        for size, kind in ((WIDE, ""), (PHONE, "-phone")):
            v.size(*size)
            v.go(path)
            v.there(ready)
            v.marked(path + kind)
            v.run("scrollTo(0, 0)")
            v.picture(f"drill-{name}{kind}")
        found += [f"{path} {one}" for one in axe.violations(v, source)]
    assert not found, "\n".join(found)


def test_the_title_keeps_it():
    """What the script writes there later begins with it too, in English as well."""
    v = seat.open()
    v.size(*WIDE)
    v.log_in("zhang", "/desk.html")
    v.marked("the desk")
    v.run("dispatchEvent(new Event('focus'))")
    assert v.driver.title.startswith(MARK), v.driver.title
    v.nobody()
    v.go("/login.html")
    v.wait("#login[data-ready]")
    v.click("#language")
    v.marked("the log-in page")
    v.picture("drill-login")


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        seat.close()
