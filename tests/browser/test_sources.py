#!/usr/bin/python3
"""The page of sources, as its operator uses it when they do not do well: what is wrong, since when,
what comes next, and what can be done about it. Real sites fall silent, move, ask for patience and go.
"""
import datetime
import json
import os
import signal

import office as o
from office import h, m

import test_crawl
import test_worker

NAMES = {"well": "县融媒", "quiet": "镇政务公开", "mover": "市民留言板", "victim": "部门动态", "busy": "阳光问政",
         "closed": "书记信箱", "gone": "老论坛", "missing": "街道动态"}
CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Office(o.Office):
    """A source for each thing that can become of one, on a host of its own."""

    people = {"ops": ("operator", None), "zhang": ("coordinator", None)}

    def open(self):
        self.need_browser()
        if self.world:
            return self
        self.world = h.World()
        hosts = [*NAMES, "there", "extra", "couple"]
        self.sites = {n: self.world.site(f"127.0.0.{i}") for i, n in enumerate(hosts, 2)}
        for name, site in self.sites.items():
            site.set("/a", m.rss([(name, *m.OTHER)]))
        self.sites["mover"].set("/a", "", status=301,
                                headers=[("Location", self.sites["there"].url("/a"))])
        self.sites["couple"].set("/a", test_crawl.authored(["甲木鱼", "乙石头"] * 10),
                                 "text/html; charset=utf-8")
        couple = {**h.source(self.sites["couple"], "couple", "/a", kind="board", select=m.BOARD),
                  "name": "两人谈", "interval": "1h"}
        self.daemon = self.world.daemon(
            [{**h.source(self.sites[n], n, "/a", region="110000"), "name": name, "interval": "1h"}
             for n, name in NAMES.items()] + [couple], home="110000", demonstration={"rate": 1})
        for name, (role, _) in self.people.items():
            done = self.daemon.cli("accounts", "add", name, "--role", role,
                                   stdin=o.PASSWORD + "\n")
            assert done.returncode == 0, done.stderr
        self.origin = f"http://127.0.0.1:{self.daemon.http_port}"
        self.driver = self.browser()
        self.size(*o.WIDE)
        h.wait_for(lambda: all(s["polls"] for s in self.daemon.sources()), what="the first polls")
        self.fall()
        return self

    def poll(self, name, times=1):
        for _ in range(times):
            polls = self.daemon.source(name)["polls"]
            assert self.daemon.cli("feeds", "poll", name).returncode == 0
            h.wait_for(lambda: self.daemon.source(name)["polls"] > polls, what=f"a poll of {name}")

    def state(self, name):
        return self.daemon.source(name)["state"]

    def fall(self):
        s = self.sites
        s["quiet"].set("/a", "<html><body>请登录</body></html>", "text/html")
        self.poll("quiet", 2)
        self.poll("mover", 2)
        s["busy"].set("/a", "", status=429, headers=[("Retry-After", "7200")])
        s["closed"].set("/a", "", status=503)
        s["gone"].set("/a", "", status=410)
        s["missing"].set("/a", "", status=404)
        for name, times in (("busy", 1), ("closed", 1), ("gone", 1), ("missing", 2)):
            self.poll(name, times)
        # Each death doubles its rest: the last is longer than all that is looked at here.
        for number in range(60):
            if self.kill(number) and self.rests() > 900:
                break
        want = {"quiet": "silent", "gone": "retired", "victim": "quarantined", "busy": "failing",
                "closed": "failing", "missing": "failing", "mover": "active",
                "couple": "quarantined"}
        h.wait_for(lambda: all(self.state(n) == w for n, w in want.items()) and
                   self.daemon.source("mover")["moved_from"], what="what becomes of each")

    def rests(self):
        """Seconds that the victim is left alone."""
        until = self.daemon.source("victim")["quarantine_until"]
        return (datetime.datetime.fromisoformat(until) -
                datetime.datetime.now(datetime.timezone.utc)).total_seconds() if until else 0

    def kill(self, number):
        """A worker, with the victim's body in its hands: false when it had not got it yet."""
        site, worker = self.sites["victim"], test_worker.workers_of(self.daemon)[0]
        os.kill(worker, signal.SIGSTOP)
        site.set("/a", m.rss([(f"v{number}", *m.numbered(m.OTHER, number))]))
        items, until = self.daemon.status()["store"]["items"], self.daemon.source("victim")["quarantine_until"]
        self.poll("victim")  # resting or not
        os.kill(worker, signal.SIGKILL)
        h.wait_for(lambda: self.daemon.source("victim")["quarantine_until"] not in (None, until) or
                   self.daemon.status()["store"]["items"] > items, what="a death, or the item")
        return self.state("victim") == "quarantined"

    def words(self, name):
        found = self.text(f"#table [data-id={name}] .words")
        return found[0] if found else ""

    def acts(self, name):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.dataset.act)",
                        f"#table [data-id={name}] [data-act]")

    def switch(self, language):
        self.run("document.getElementById('language').click()")
        h.wait_for(lambda: self.run("return document.documentElement.lang") == language, 5, language)


office = Office([])


def shown(time):
    at = datetime.datetime.fromisoformat(time).astimezone(CHINA)
    return at.strftime("%m-%d %H:%M")


# Of each: its chip, what is said in Chinese and in English, and what its operator may ask for.
TOLD = {
    "quiet": ("无声", ["不是信源", "照常轮询", "改选择器"], ["not a feed", "Polled as before", "selectors"],
              ["poll", "pause"]),
    "victim": ("隔离", ["读它的内容时出错", "内存不足", "再试，读通即解除", "立即轮询"],
               ["Reading it failed", "out of memory", "Tried again at", "Poll now"], ["poll", "pause"]),
    "couple": ("隔离", ["一两个人", "不再轮询", "确是公共版面就恢复"],
               ["one or two people", "Not polled any more", "Resume it if it is a public board"],
               ["resume"]),
    "busy": ("失败", ["要求放慢", "HTTP 429", "歇到", "间隔加长"], ["slow down", "Rests until"],
             ["poll", "pause"]),
    "closed": ("失败", ["服务器忙", "HTTP 503"], ["busy", "HTTP 503"], ["poll", "pause"]),
    "gone": ("停办", ["永久停办", "410", "不再轮询", "huiying.yaml"],
             ["gone for good", "Not polled any more", "huiying.yaml"], ["resume"]),
    "missing": ("失败", ["HTTP 404", "连续 2 次", "再试"], ["HTTP 404", "2 times in a row", "Tried again at"],
                ["poll", "pause"]),
}


def test_each_state_is_told_with_its_time_and_what_can_be_done():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")
    sources = {s["id"]: s for s in v.daemon.sources()}
    for name, (chip, chinese, _, acts) in TOLD.items():
        said = v.words(name)
        assert v.text(f"#table [data-id={name}] .chip") == [chip], (name, said)
        assert all(word in said for word in chinese), (name, said)
        assert f"自 {shown(sources[name]['since'])}" in said, (name, said, sources[name])
        assert v.acts(name) == acts, (name, v.acts(name))
        assert "(" not in said.replace("(HTTP", ""), f"both languages at once: {said}"
    assert f"歇到 {shown(sources['busy']['next_poll'])}" in v.words("busy"), v.words("busy")
    again = sources["victim"]["next_poll"]
    assert again >= sources["victim"]["quarantine_until"], sources["victim"]
    assert f"{shown(again)} 再试" in v.words("victim"), v.words("victim")
    moved = v.words("mover")
    assert f"{shown(sources['mover']['moved_at'])} 起改到新址" in moved, moved
    assert v.sites["mover"].url("/a") in moved and "huiying.yaml" in moved, moved
    assert v.text("#table [data-id=mover] .outside") == [v.sites["there"].url("/a")]
    assert v.words("well") == "" and v.text("#table [data-id=well] .chip") == ["正常"]
    assert not v.complaints()


def test_it_is_told_in_english_and_to_those_who_only_look():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")
    v.switch("en")
    for name, (_, _, english, _) in TOLD.items():
        said = v.words(name)
        assert all(word in said for word in english), (name, said)
        assert not any("\u4e00" <= c <= "\u9fff" for c in said), said
    assert "Polled at its new address since" in v.words("mover")
    v.switch("zh-CN")
    v.log_in("zhang", "/sources.html")
    v.there("#table[data-ready]")
    assert "永久停办" in v.words("gone") and "huiying.yaml" not in v.words("gone")
    assert not v.acts("gone") and not v.acts("quiet")


def test_it_fits_a_desk_a_phone_and_large_type():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")
    for language in ("zh-CN", "en"):
        v.fits(f"sources-states-{language}")
        v.size(*o.PHONE)
        for name in TOLD:  # the words and what can be done are in sight, not pushed aside
            wide = v.run("const b = document.querySelector(arguments[0]).getBoundingClientRect();"
                         "return b.left >= 0 && b.right <= innerWidth",
                         f"#table [data-id={name}] .standing")
            assert wide, (language, name)
        v.size(*o.WIDE)
        v.run("document.documentElement.setAttribute('data-large', '')")
        inside = "const e = document.querySelector('#table').parentElement;" \
                 "return e.scrollWidth <= e.clientWidth"
        assert v.run(inside), f"pushed aside in large type: {language}"
        v.picture(f"sources-states-{language}-large")
        v.run("document.documentElement.removeAttribute('data-large')")
        v.switch("en" if language == "zh-CN" else "zh-CN")


def test_the_figures_are_those_of_the_list():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")
    def counted():
        states = [s["state"] for s in v.daemon.sources()]
        return {"总数": len(states), "停用": states.count("paused") + states.count("retired"),
             "正常": states.count("active"), "失败": states.count("failing"),
             "无声": states.count("silent"), "隔离": states.count("quarantined")}

    def figures():
        return dict(zip(v.text("#figures dt"), map(int, v.text("#figures dd"))))
    h.wait_for(lambda: figures() == counted(), what=f"{figures()} to be {counted()}")


def test_the_overview_counts_them_too():
    v = office.open()
    v.log_in("ops", "/overview")
    v.there("dl.tiles")
    states = [s["state"] for s in v.daemon.sources()]
    names = {"正常": "active", "失败": "failing", "无声": "silent", "隔离": "quarantined",
             "暂停": "paused", "停办": "retired"}
    shown = dict(zip(v.text("dl.tiles:last-of-type dt"), v.text("dl.tiles:last-of-type dd")))
    assert shown == {name: str(states.count(s)) for name, s in names.items()}, shown


def test_a_source_is_found_by_its_name():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")

    def rows():
        return v.run("return [...document.querySelectorAll('#table tbody tr')].map((e) => e.dataset.id)")
    for typed, found in (("留言", ["mover"]), ("MISS", ["missing"]), ("没有这个", []), ("动态", ["victim", "missing"])):
        v.run("const f = document.querySelector('#filters [type=search]'); f.value = arguments[0];"
              "f.dispatchEvent(new Event('input'))", typed)
        h.wait_for(lambda: rows() == found, what=f"{typed} to find {found}, not {rows()}")
        assert (v.text("#empty") == ["没有符合条件的信源。"]) == (not found)
    assert not v.complaints()


def test_what_is_mended_is_brought_back_from_the_page():
    v = office.open()
    v.log_in("ops", "/sources.html")
    v.there("#table[data-ready]")
    for name, act in (("quiet", "poll"), ("victim", "poll"), ("gone", "resume")):
        v.sites[name].set("/a", m.rss([(name + "again", *m.numbered(m.OTHER, 30))]))
        v.click(f"#table [data-id={name}] [data-act={act}]")
        h.wait_for(lambda: v.state(name) == "active", what=f"{name} to be well")
        h.wait_for(lambda: v.text(f"#table [data-id={name}] .chip") == ["正常"] and
                   not v.words(name), what=f"{name} on the page: {v.words(name)}")
    # Its site rests: the page promises no poll now.
    polls = v.daemon.source("busy")["polls"]
    v.click("#table [data-id=busy] [data-act=poll]")
    h.wait_for(lambda: any("网站允许即轮询" in text for text in v.text(".told")), what="what is told")
    assert v.daemon.source("busy")["polls"] == polls


def test_removing_is_asked_once_more():
    v = office.open()
    added = {**h.source(v.sites["extra"], "extra", "/a"), "name": "临时信源", "interval": "1h"}
    status, told = v.as_person("ops", "POST", "/api/v1/sources", added)
    assert status == 200, told
    v.log_in("ops", "/sources.html")
    v.there("#table [data-id=extra]")
    assert v.acts("extra") == ["poll", "pause", "remove"], v.acts("extra")
    v.click("#table [data-id=extra] [data-act=remove]")
    assert "临时信源" in v.wait("dialog[open]").text
    v.type(o.Keys.ENTER)  # the first button is the harmless one
    h.wait_for(lambda: not v.find("dialog"), what="the question to go")
    assert v.daemon.source("extra")["state"] == "active"
    assert v.run("return document.activeElement.dataset.act") == "remove", "the keyboard is lost"
    v.click("#table [data-id=extra] [data-act=remove]")
    v.click("dialog[open] .act-go")
    h.wait_for(lambda: not v.find("#table [data-id=extra]") and not v.find("dialog"),
               what="it to be gone")
    assert v.daemon.request("GET", "/api/v1/sources/extra")[0] == 404
    assert not v.complaints(), json.dumps(v.complaints(), ensure_ascii=False)


if __name__ == "__main__":
    try:
        h.main(globals())
    finally:
        office.close()
