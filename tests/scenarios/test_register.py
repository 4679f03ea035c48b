#!/usr/bin/python3
"""huiying register: a published page that somebody pointed to is fetched with all manners, judged by
the worker and admitted; what may not be read, or says nothing, is refused with the reason.
"""
import html
import json
import re

import harness as h
import material as m

GARDEN = ("山上的晚霞", "昨天傍晚登山，云层散开，红色和金色铺满西边的天空，站在亭子里看了很久，下山的路上听见虫鸣。")


def page(title, text, author=""):
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for _ in range(2))
    return (f"<!DOCTYPE html><html lang=zh><head><meta charset=utf-8><title>{html.escape(title)}</title>"
            f"</head><body><h1>{html.escape(title)}</h1><div class=author>{author}</div>"
            f"<article>{paragraphs}</article></body></html>")


def town(world, **more):
    site = world.site()
    site.set("/robots.txt", "User-agent: *\nDisallow: /private\n", "text/plain")
    site.set("/rss", m.rss([("1", *m.WAGES)]))
    for path, post in {"/flu": m.FLU, "/garden": GARDEN, "/private/1": m.FOOD}.items():
        site.set(path, page(*post, author="作者：王小明 13800138000"), "text/html; charset=utf-8")
    daemon = world.daemon([h.source(site, "rss", "/rss")], **more)
    h.wait_for(lambda: len(daemon.concerns()) == 1, what="the concern of the feed")
    return daemon, site


def register(daemon, *args):
    run = daemon.cli("register", *args)
    assert run.returncode == 0, (args, run.stdout, run.stderr)
    return re.search(r"\bc\d+", run.stdout).group()


def refused(daemon, says, *args):
    run = daemon.cli("register", *args)
    assert run.returncode and says in run.stderr, (args, run.stdout, run.stderr)


def view(daemon, concern):
    return daemon.get("/api/v1/concerns/" + concern)


def test_admitted():
    with h.World() as world:
        daemon, site = town(world)
        office = world.add(h.Bus(daemon, "office"))
        office.hello()
        note = "县里转来，13800138000"
        flu = register(daemon, site.url("/flu"), "--note", note)
        shown = view(daemon, flu)
        assert shown["registered"] is True and shown["topic"]["id"] == "epidemic", shown
        assert shown["state"] == "open" and shown["unit"]["id"] == "health"
        mention, = shown["mentions"]
        assert mention["title"] == m.FLU[0] and mention["link"] == site.url("/flu"), mention
        assert "13800138000" not in str(shown) and "王小明" not in str(shown)
        assert [n["text"] for n in shown["notes"]] and "县里转来" in shown["notes"][0]["text"]
        office.wait(lambda: "registered" in office.kinds(flu), what="交办")

        # the same page once more is the same concern, and is not read again
        hits = site.hits("/flu")
        assert register(daemon, site.url("/flu")) == flu
        assert site.hits("/flu") == hits and view(daemon, flu)["items"] == 1

        # what no rule tags has its topic from who points to it
        refused(daemon, "事项", site.url("/garden"))
        refused(daemon, "没有这个事项", site.url("/garden"), "--topic", "nothing")
        garden = register(daemon, site.url("/garden"), "--topic", "food-drug-safety")
        assert view(daemon, garden)["topic"]["id"] == "food-drug-safety"

        # the source's own list brings the same text later: one concern
        site.set("/rss", m.rss([("1", *m.WAGES), ("2", m.FLU[0], m.FLU[1] + m.FLU[1])]))
        daemon.cli("feeds", "poll", "rss")
        h.wait_for(lambda: daemon.status()["store"]["items"] == 4, what="the item")
        assert view(daemon, flu)["items"] == 2, [c["id"] for c in daemon.concerns()]

        # no list of sources knows of it, and a restart keeps all
        assert [s["id"] for s in daemon.sources()] == ["rss"]
        assert daemon.stop() == 0
        daemon.start()
        assert register(daemon, site.url("/flu")) == flu and view(daemon, flu)["registered"] is True
        assert daemon.stop() == 0
        run = daemon.cli("store", "check", daemon.db)
        assert run.returncode == 0, (run.stdout, run.stderr)


def test_pointed_to_again():
    """What a concern has already is told to it, checked as the first time; a closed one says so."""
    with h.World() as world:
        daemon, site = town(world)
        flu = register(daemon, site.url("/flu"), "--note", "县里转来")
        before = view(daemon, flu)
        again = site.url("/flu")
        refused(daemon, "协调单位", again, "--unit", "health")
        refused(daemon, "没有这个事项", again, "--topic", "nosuch")
        refused(daemon, flu + " 已有这个网页", again, "--topic", "wage-arrears")
        refused(daemon, "删帖", again, "--note", "联系网站删帖")
        assert view(daemon, flu)["events"] == before["events"]

        run = daemon.cli("register", again, "--note", "市里再次批转")
        assert run.returncode == 0 and f"已知，并入 {flu}" in run.stdout, (run.stdout, run.stderr)
        shown = view(daemon, flu)
        told = [e for e in shown["events"] if e["type"] == "huiying.concern.registered"]
        assert len(told) == 2 and len(shown["notes"]) == 2, shown["notes"]
        assert "市里再次批转" in shown["notes"][1]["text"] and shown["items"] == 1
        register(daemon, again)  # nothing is said by it
        assert len(view(daemon, flu)["events"]) == len(shown["events"])

        run = daemon.cli("dismiss", flu, "--code", "old-news")
        assert run.returncode == 0, run.stderr
        refused(daemon, flu + " 已办结，须先重开", again, "--note", "请再核实")
        assert view(daemon, flu)["state"] == "closed"
        assert daemon.cli("reopen", flu, "--note", "再次交办").returncode == 0
        register(daemon, again, "--note", "请再核实")


def test_withdrawn():
    """A page that is taken away loses its text; its concern stays, and still owes its answer."""
    with h.World() as world:
        daemon, site = town(world, demonstration={"rate": 3600})
        flu = register(daemon, site.url("/flu"))
        assert view(daemon, flu)["mentions"][0]["title"] == m.FLU[0]
        site.set("/flu", "gone", status=404)
        h.wait_for(lambda: view(daemon, flu)["mentions"][0]["expired"], 60, "its text to go")
        shown = view(daemon, flu)
        assert shown["state"] == "open" and shown["due"] and not shown["answered"], shown
        assert [e for e in shown["events"] if e["type"] == "huiying.concern.withdrawn"]
        assert m.FLU[0] not in str(shown)


def test_refused():
    with h.World() as world:
        daemon, site = town(world)
        before = daemon.status()["store"]["items"]
        refused(daemon, "robots.txt", site.url("/private/1"))
        assert site.hits("/private/1")[0] == 0
        refused(daemon, "不存在", site.url("/none"))
        refused(daemon, "or a public board) ·", site.url("/u/wang"))  # the whole of it
        for wrong in ("ftp://example.com/1", "河西工地", "//example.com/1", "http://"):
            refused(daemon, "应为一条内容的公开网址", wrong)
            assert daemon.cli("register", wrong).returncode == 65, wrong
        refused(daemon, "公网", "http://10.1.2.3/post/1")
        refused(daemon, "", site.url("/flu"), "--note", "先删帖")
        refused(daemon, "协调单位", site.url("/flu"), "--unit", "health")
        refused(daemon, "单位", site.url("/flu"), "--unit", "nobody")
        # a page that moves on to a person's
        site.set("/moved", "", status=302, headers=[("Location", "/u/wang")])
        refused(daemon, "", site.url("/moved"))
        site.set("/empty", "<html></html>", "text/html")
        refused(daemon, "", site.url("/empty"))
        status, body = daemon.request("POST", "/api/v1/register", json.dumps(
            {"url": site.url("/flu"), "text": "自己写的"}))
        assert status == 422 and "应为" in body.decode(), (status, body)
        assert daemon.status()["store"]["items"] == before and len(daemon.concerns()) == 1


if __name__ == "__main__":
    h.main(globals())
