"""A town with accounts for those who work in it, and a browser that one of them sits at."""
import contextlib
import json
import os
import sys
from xml.sax.saxutils import escape

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "scenarios"))
import harness as h  # noqa: E402
import material as m  # noqa: E402

from seat import By, Keys, Seat, StaleElementReferenceException, webdriver  # noqa: E402,F401

WIDE, PHONE = (1366, 768), (390, 844)
PASSWORD = "三号楼 duty officer"
# [person, address, what is there once the page is drawn]
PAGES = [
    (None, "/login.html", "#login[data-ready]"),
    ("zhang", "/desk.html", "#list .concern"),
    ("zhang", "/concern.html#c1", "#raised .reason"),
    ("zhang", "/inbox.html?unit=labour", "#list .concern"),
    ("zhang", "/handover.html", "#done tr"),
    ("zhang", "/wall.html", "#list tr"),
    ("ops", "/workbench.html", "#review[data-ready]"),
    ("ops", "/sources.html", "#table [data-id]"),
]
PEOPLE = {"zhang": ("coordinator", None), "li": ("unit", "labour"), "sun": ("unit", "health"),
          "ops": ("operator", None), "zhou": ("auditor", None)}


def atom(items):
    """Plain texts: what looks like markup in them is meant to be read."""
    body = "".join(
        f"<entry><id>urn:t:{ident}</id><updated>{m.now_text()}</updated>"
        f'<link href="http://site.example/{ident}"/><title type="text">{escape(title)}</title>'
        f'<content type="text">{escape(text)}</content></entry>' for ident, title, text in items)
    return ('<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:t</id>'
            f"<updated>{m.now_text()}</updated>{body}</feed>")


class Office(Seat):
    """One daemon with one source; a browser is made when the first test needs it."""

    scrolls = ".scrolls, svg"
    people = PEOPLE

    def __init__(self, items, **more):
        self.items, self.more, self.world, self.tokens = items, more, None, {}

    def settings(self):
        """Of huiying.yaml; the world is there already."""
        return self.more

    def open(self):
        self.need_browser()
        if self.world:
            return self
        self.world = h.World()
        self.site = self.world.site()
        self.site.set("/rss", atom(self.items), mime="application/atom+xml")
        settings = {"home": "110000", "demonstration": {"rate": 1}, **self.settings()}
        self.daemon = self.world.daemon(
            [h.source(self.site, "rss", "/rss", region="110000")], **settings)
        for name, (role, unit) in self.people.items():
            asked = ["--role", role] + (["--unit", unit] if unit else [])
            done = self.daemon.cli("accounts", "add", name, *asked, stdin=PASSWORD + "\n")
            assert done.returncode == 0, done.stderr
        self.origin = f"http://127.0.0.1:{self.daemon.http_port}"
        self.driver = self.browser()
        self.size(*WIDE)
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        return self

    def go(self, path):
        self.driver.get(self.origin + path)

    def path(self):
        return self.run("return location.pathname + location.search + location.hash")

    def shown(self, selector):
        """The first element that is, or None."""
        return next((e for e in self.find(selector) if e.is_displayed()), None)

    def wait(self, selector, limit=h.PATIENCE):
        """The first element that is shown; one that is drawn anew meanwhile is looked for again."""
        def there():
            with contextlib.suppress(StaleElementReferenceException):
                return self.shown(selector)
        return h.wait_for(there, limit, selector)

    def there(self, selector, limit=h.PATIENCE):
        """It need not be shown: an empty list is not."""
        return h.wait_for(lambda: self.find(selector), limit, selector)[0]

    def text(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".filter((e) => e.offsetParent || e.getClientRects().length)"
                        ".map((e) => e.innerText)", selector)

    def click(self, selector, limit=h.PATIENCE):
        """As a finger does it: where the element is, not by script."""
        def pressed():
            try:
                element = self.shown(selector)
                self.run("arguments[0].scrollIntoView({block: 'center'})", element)
                element.click()
                return True
            except Exception:  # it was drawn anew, or is covered yet
                return False
        h.wait_for(pressed, limit, "click on " + selector)

    def type(self, text):
        """Keys to whatever has the focus."""
        webdriver.ActionChains(self.driver).send_keys(text).perform()

    def nobody(self):
        """Nobody is logged in, and no page is open that would notice: it leads to the log-in itself, and
        from there back to where it was, over whatever the test asks for meanwhile."""
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def log_in(self, name, then="/"):
        self.nobody()
        self.go("/login.html?next=" + then)
        form = self.wait("#login[data-ready]")
        form.find_element(By.NAME, "account").send_keys(name)
        form.find_element(By.NAME, "password").send_keys(PASSWORD)
        self.click("#go")
        h.wait_for(lambda: not self.path().startswith("/login.html"), 20, "to be let in")

    def as_person(self, name, method, path, body=None, raw=False):
        """(status, answer) of the API, asked with that person's token."""
        if name not in self.tokens:
            done = self.daemon.cli("accounts", "token", name)
            assert done.returncode == 0, done.stderr
            self.tokens[name] = done.stdout.strip()
        status, text = self.daemon.request(
            method, path, json.dumps(body) if body is not None else None, tcp=True,
            headers={"Authorization": "Bearer " + self.tokens[name],
                     "Content-Type": "application/json"})
        return status, text if raw else json.loads(text)

    def concern(self, topic, limit=h.PATIENCE, **query):
        def found():
            return next(iter(self.daemon.concerns(topic=topic, **query)), None)
        return h.wait_for(found, limit, f"a concern of {topic}")

    def fits(self, name):
        """The page as it stands, at a desk and on a phone: nothing reaches out; pictures of both."""
        for size in (WIDE, PHONE):
            self.size(*size)
            h.wait_for(lambda: not self.overflow(), what=f"{name} to fit {size}")
            self.picture(f"{name}-{size[0]}", whole=size == PHONE)
        self.size(*WIDE)

    def complaints(self):
        """What the browser's console was told, but for refusals that a test asked for, and what it
        says of itself: that a log-out cleared what was typed."""
        return [e["message"] for e in self.console()
                if not any(f"status of {n}" in e["message"] for n in (401, 403, 422))
                and "Clear-Site-Data" not in e["message"]]
