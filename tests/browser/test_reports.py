#!/usr/bin/python3
"""What is handed up, as its users read and print it: the day on one sheet of paper however full it
was, and a concern's reports from its page on. Pictures go to the build's screenshots/.
"""
import base64
import email.utils
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_page as browser  # noqa: E402
import harness as h  # noqa: E402
import material as m  # noqa: E402
from seat import PICTURES  # noqa: E402


class Town(browser.Viewer):
    """A town after four quiet weeks: one day brings posts of every matter, two days later most of
    them are overdue."""

    def open(self):
        self.need_browser()
        if not os.path.exists(h.FAKETIME):
            raise h.Skip("faketime is not installed")
        if self.world:
            return self
        self.world = h.World()
        clock = h.Clock(self.world.base)
        posts = [line.rstrip("\n").split("\t") for line in
                 open(os.path.join(h.ROOT, "tests", "data", "topic-posts.tsv"), encoding="utf-8")]
        self.topics = {topic for topic, *_ in posts}
        site = self.world.site()
        feed = [(str(n), text[:12], text) for n, (_, text, *_) in enumerate(posts)]
        quiet, rest = feed[::26], [x for n, x in enumerate(feed) if n % 26]
        site.set("/rss", m.rss(quiet))
        with clock.faked():
            self.daemon = self.world.daemon([h.source(site, "rss", "/rss", since="90d")],
                                            demonstration={"rate": 1}, place="试验镇")

        def stored(n):
            h.wait_for(lambda: self.daemon.status()["store"]["items"] >= n, 120, "the posts")
        stored(len(quiet))
        for n in range(92):  # one each six hours: it is heard that the weeks were quiet
            clock.shift(f"+{6 * (n + 1)}h")
            quiet.append(rest[6 * n])
            site.set("/rss", m.rss(quiet))
            stored(len(quiet))
        then = email.utils.format_datetime(h.datetime.datetime.fromisoformat(self.daemon.status()["now"]))
        site.set("/rss", re.sub("(?<=<pubDate>)[^<]*", then, m.rss(feed)))
        stored(550)
        now = h.datetime.datetime.fromisoformat(self.daemon.status()["now"])
        self.day = (now + h.datetime.timedelta(hours=16)).date()  # ends at the next 08:00
        for c in self.daemon.concerns(limit=25):
            done = self.daemon.cli("assess", c["id"], "--grade", "major", "--note", "多人")
            assert done.returncode == 0, done.stderr
        clock.shift("+27d")
        h.wait_for(lambda: self.daemon.status()["store"]["overdue"] > 100, 60, "what is overdue")
        h.wait_for(lambda: json.loads(self.daemon.request("GET", "/api/v1/statistics")[1])["head"] >=
                   self.daemon.status()["head"], 60, "the count")
        self.origin = f"http://127.0.0.1:{self.daemon.http_port}"
        self.driver = self.browser()
        return self

    def read(self, path):
        self.size(*browser.DESK)
        self.driver.get(self.origin + path)
        entries = self.console()
        assert not entries, entries

    def paper(self, name):
        """The page as it is printed: how many sheets, and what stands on them."""
        printed = self.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        path = os.path.join(PICTURES, name + ".pdf")
        with open(path, "wb") as f:
            f.write(base64.b64decode(printed["data"]))
        run = {"stdout": subprocess.PIPE, "check": True, "text": True}
        about = subprocess.run(["pdfinfo", path], **run).stdout
        assert "A4" in about, about
        text = subprocess.run(["pdftotext", "-layout", path, "-"], **run).stdout
        return int(re.search(r"Pages:\s+(\d+)", about)[1]), "".join(text.split())


town = Town()


def test_a_full_day_is_one_sheet():
    v = town.open()
    for lang, graver, more in (("zh", "较大以上级别、尚未办结", "见值班台"), ("en", "Larger and above, open", "see the duty desk")):
        v.read(f"/reports/daily?day={v.day}&lang={lang}")
        rows = v.run("return [...document.querySelectorAll('main table')].map((t) => t.tBodies[0].rows.length)")
        assert rows[:2] == [10, 10] and len(rows) == 4 and sum(rows[2:]) == len(v.topics) == 23, rows
        assert abs(rows[2] - rows[3]) <= 1 and graver in v.text("h2"), (rows, v.text("h2"))
        said = [p for p in v.text("main p") if more in p]
        assert len(said) == 2 and all(int(re.search(r"\d+", p)[0]) > 10 for p in said), v.text("main p")
        # Whether the day's flood is a burst is chance: how many of its items a poll brought. Of more
        # than four the others are named by their number.
        bursts = len([p for p in v.text("main p") if "平常约" in p or "commonly" in p])
        left = any("见总览" in p or "see the overview" in p for p in v.text("main p"))
        assert bursts <= 4 and left <= (bursts == 4), v.text("main p")
        h.figure(bursts=bursts)
        pages, text = v.paper("daily-full-" + lang)
        assert pages == 1, (lang, pages)
        for line in v.text("h2") + v.text("main td")[:5] + said + v.text("footer p")[:1]:
            assert "".join(line.split()) in text, (line, text)
        assert not [f for f in v.overflow() if ".wide" not in f], v.overflow()
        v.picture("daily-full-" + lang, whole=True)


def test_a_concern_is_reported_from_its_page():
    """The duty officer opens the one that is due from the concern's page, reads what the ledger
    filled in, and prints it; the last one when it is answered."""
    v = town.open()
    concern = next(c for c in v.daemon.concerns(limit=200) if c["grade"] == "major")
    one, reply = concern["id"], "https://www.example.gov.cn/hf/9.html"

    def from_its_page():
        v.size(*browser.DESK)
        v.driver.get(f"{v.origin}/concern.html#{one}")
        h.wait_for(lambda: v.run("const a = document.querySelector(arguments[0]); a?.click(); return !!a",
                                 f"a[href*='/reports/{one}']"), 10, "the way to its reports")
        h.wait_for(lambda: v.find(".facts dt") and "/reports/" in v.driver.current_url, 10, "the report")
        return dict(zip(v.text(".facts dt"), v.text(".facts dd")))
    facts = from_its_page()
    assert v.text("h1")[0].endswith("的续报") and "近 24 小时的工作" in v.text("h2"), v.text("h1")
    assert facts["编号"] == one and facts["级别"] == "重大", facts
    assert facts["承办单位"] == concern["unit"]["name"] and facts["是否按期"] == "已超期", facts
    _, text = v.paper("report-follow")
    assert one in text and "下载表格" not in text and "English" not in text, text
    v.picture("report-follow", whole=True)
    done = v.daemon.cli("answer", one, "--url", reply)
    assert done.returncode == 0, done.stderr
    facts = from_its_page()
    assert v.text("h1")[0].endswith("的终报") and facts["公开答复"] == reply, facts
    assert "办理结果" in v.text("h2") and facts["是否按期"] == "超期答复", facts
    _, text = v.paper("report-final")
    assert reply in text, text


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        town.close()
