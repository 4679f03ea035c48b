#!/usr/bin/python3
"""`huiying feeds` against a real daemon: sources that come and go, keep over restarts, and lists of
them in and out.
"""
import json
import os
import re
import resource
import xml.etree.ElementTree as ET

import harness as h
import material as m

LIST = os.path.join(h.ROOT, "tests", "data", "opml", "town.opml")
MANY = 100_000
CLI_BOUND = 512 << 20  # bytes that the importing command may hold for MANY outlines


def town(world, **more):
    site = world.site()
    site.set("/fixed", m.rss([("f", *m.OTHER)]))
    return site, world.daemon([h.source(site, "fixed", "/fixed")], **more)


def did(result, want=0):
    assert result.returncode == want, (result.args, result.returncode, result.stdout[-500:],
                                       result.stderr[-800:])
    return result.stdout


def state(daemon, ident):
    return daemon.source(ident)["state"]


def polled_again(site, path, times=1):
    """Waits until the page was asked for so many times more."""
    before = site.hits(path)[0]
    h.wait_for(lambda: site.hits(path)[0] >= before + times, 30, f"{times} more polls of {path}")


def test_an_added_source_is_polled_paused_resumed_removed():
    with h.World() as world:
        site, daemon = town(world)
        site.set("/added.xml", m.rss([("1", *m.WAGES)]))
        url = site.url("/added.xml")
        did(daemon.cli("feeds", "add", url, "--id", "added", "--name", "新来的", "--interval", "10s",
                       "--category", "政务/教育"))
        h.wait_for(lambda: daemon.concerns(), 30, "its concern")
        shown = did(daemon.cli("feeds", "show", "added"))
        for part in ("新来的", "政务/教育", url, "近次 History", "HTTP 200"):
            assert part in shown, (part, shown)
        whole = json.loads(did(daemon.cli("feeds", "show", "added", "--json")))
        assert whole["state"] == "active" and whole["next_poll"] and whole["history"]
        assert whole["definition"]["category"] == "政务/教育"
        assert "added" in did(daemon.cli("feeds", "list", "--category", "政务"))
        assert "added" not in did(daemon.cli("feeds", "list", "--kind", "board"))

        did(daemon.cli("feeds", "add", url, "--id", "added"), 77)
        did(daemon.cli("feeds", "add", url, "--id", "twin"), 77)
        assert "weibo" not in did(daemon.cli("feeds", "list"))
        refused = daemon.cli("feeds", "add", "https://weibo.com/u/1", "--id", "one")
        assert refused.returncode == 65 and "个人主页" in refused.stderr, refused

        did(daemon.cli("feeds", "pause", "added"))
        h.wait_for(lambda: state(daemon, "added") == "paused", what="paused")
        polled_again(site, "/fixed", 2)  # whatever was under way is over
        before = site.hits("/added.xml")[0]
        polled_again(site, "/fixed", 4)
        assert site.hits("/added.xml")[0] == before
        did(daemon.cli("feeds", "resume", "added"))
        polled_again(site, "/added.xml")
        assert state(daemon, "added") == "active"

        did(daemon.cli("feeds", "remove", "added"))
        did(daemon.cli("feeds", "show", "added"), 66)
        did(daemon.cli("feeds", "remove", "added"), 66)
        polled_again(site, "/fixed", 2)
        before = site.hits("/added.xml")[0]
        polled_again(site, "/fixed", 4)
        assert site.hits("/added.xml")[0] == before
        fixed = daemon.cli("feeds", "remove", "fixed")
        assert fixed.returncode == 77 and "huiying.yaml" in fixed.stderr, fixed


def test_a_source_is_polled_at_once_on_demand():
    with h.World() as world:
        site, daemon = town(world)
        site.set("/slow", m.rss([("1", *m.OTHER)]))
        did(daemon.cli("feeds", "add", site.url("/slow"), "--id", "slow", "--interval", "7d"))
        h.wait_for(lambda: site.hits("/slow")[0] >= 1, 30, "its first poll")
        h.wait_for(lambda: daemon.source("slow")["last_poll"], what="its outcome")
        did(daemon.cli("feeds", "poll", "slow"))
        h.wait_for(lambda: site.hits("/slow")[0] >= 2, 30, "its second poll")


def test_a_file_with_selectors_is_added():
    with h.World() as world:
        site, daemon = town(world)
        site.set("/board", "<ul><li class=m><a class=t href=/1>%s</a><p>%s</p><i>%s</i></li></ul>"
                 % (*m.WAGES, m.now_text()),
                 "text/html; charset=utf-8")
        path = os.path.join(world.base, "board.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"id: letters\nname: 来信\nurl: {site.url('/board')}\nkind: board\n"
                    "interval: 10s\nselect:\n  item: li.m\n  title: a.t\n  link: a.t@href\n"
                    "  text: p\n  time: i\n")
        did(daemon.cli("feeds", "add", path))
        h.wait_for(lambda: daemon.concerns(), 30, "the board's concern")
        definition = daemon.source("letters")["definition"]
        assert definition["select"]["item"] == "li.m", definition
        with open(path, "a", encoding="utf-8") as f:
            f.write("colour: red\n")
        wrong = daemon.cli("feeds", "add", path)
        assert wrong.returncode == 78 and "board.yaml:12:" in wrong.stderr, wrong


def test_a_file_that_names_a_preset_is_added():
    with h.World() as world:
        site, daemon = town(world)
        path = os.path.join(world.base, "mail.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"id: mail\nname: 信箱\nurl: {site.url('/mail')}\nkind: board\n"
                    "interval: 7d\npreset: mailbox\n")
        did(daemon.cli("feeds", "add", path))
        assert daemon.source("mail")["definition"]["select"]["item"], daemon.source("mail")
        did(daemon.cli("feeds", "add", path + ".none"), 66)


def summary(text):
    return {k: int(n) for n, k in re.findall(r"(\d+) (addresses|added|there already|twice|refused)",
                                             text)}


def test_a_list_is_imported_exported_and_kept():
    with h.World() as world:
        _, daemon = town(world)
        done = daemon.cli("feeds", "import", LIST, "--interval", "7d")
        counts = summary(done.stdout)
        assert done.returncode == 65, done
        assert counts == {"addresses": 60, "added": 50, "there already": 1, "twice": 3,
                          "refused": 6}, done.stdout
        assert done.stderr.count("town.opml:") == 9, done.stderr
        assert "个人主页" in done.stderr and "按词搜索" in done.stderr
        assert "secret" not in done.stderr and "1234567890" not in done.stderr
        sources = {s["id"]: s for s in daemon.sources()}
        assert len(sources) == 51
        assert sources["bureau1-qingshi-example-news"]["category"] == "政务/教育"
        assert len(daemon.sources(category="政务")) == 20

        again = json.loads(daemon.cli("feeds", "import", LIST, "--json").stdout)
        assert again["added"] == 0 and again["existing"] == 51 and again["refused"] == 6, again

        out = os.path.join(world.base, "out.opml")
        did(daemon.cli("feeds", "export", out))
        body = ET.parse(out).getroot().find("body")
        urls = {e.get("xmlUrl") for e in body.iter("outline") if e.get("xmlUrl")}
        assert urls == {s["url"] for s in sources.values()}
        nested = [e for e in body.findall("./outline[@text='政务']/outline[@text='教育']/outline")]
        assert len(nested) == 5, [e.attrib for e in nested]
        back = json.loads(did(daemon.cli("feeds", "import", out, "--dry-run", "--json")))
        assert back["read"] == 51 and back["refused"] == 0, back

        daemon.cli("feeds", "pause", "bureau2-qingshi-example-news")
        for stop in (daemon.stop, daemon.kill):
            stop()
            daemon.start()
            kept = {s["id"]: s["url"] for s in daemon.sources()}
            assert kept == {i: s["url"] for i, s in sources.items()}
            assert state(daemon, "bureau2-qingshi-example-news") == "paused"
        assert daemon.status()["sources"]["total"] == 51


def test_feeds_of_a_page_are_discovered_and_added():
    with h.World() as world:
        site, daemon = town(world)
        site.set("/news.xml", m.rss([("1", *m.FLU)]))
        page = ("<html><head><link rel=alternate type='application/rss+xml' title=新闻 href=/news.xml>"
                "<link rel=alternate type='application/rss+xml' href='https://weibo.com/u/9'>")
        from_pipe = ("feeds", "discover", "-", "--url", site.url("/"))
        found = json.loads(did(daemon.cli(*from_pipe, "--json", stdin=page)))
        assert [f["url"] for f in found] == [site.url("/news.xml")], found
        told = daemon.cli(*from_pipe, "--json", stdin=page).stderr
        assert "1 个地址未列出" in told and "个人主页" in told and "weibo" not in told, told
        did(daemon.cli(*from_pipe, "--add", "--interval", "10s", stdin=page))
        h.wait_for(lambda: daemon.concerns(topic="epidemic"), 30, "its concern")
        did(daemon.cli("feeds", "discover", "-", stdin="<html><p>无"), 65)
        site.set("/home", page, "text/html")
        site.set("/robots.txt", "User-agent: *\nDisallow: /private\n", "text/plain")
        site.set("/private", page, "text/html")
        ours = ("--contact", "mailto:test@example.org", "--allow", "127.0.0.0/8", "--json")
        found = json.loads(did(daemon.cli("feeds", "discover", site.url("/home"), *ours)))
        assert [f["url"] for f in found] == [site.url("/news.xml")], found
        assert daemon.cli("feeds", "discover", site.url("/private"), *ours).returncode != 0
        assert site.hits("/private") == (0, 0)
        refused = daemon.cli("feeds", "discover", "https://weibo.com/u/9", *ours)
        assert refused.returncode == 65 and "个人主页" in refused.stderr, refused
        assert daemon.cli("feeds", "discover", site.url("/home")).returncode == 64


def test_what_is_no_list_is_refused():
    with h.World() as world:
        _, daemon = town(world)
        for text in ("", "not xml", "<rss version='2.0'/>", "<!DOCTYPE o [<!ENTITY x SYSTEM "
                     "'file:///etc/passwd'>]><opml><body>"):
            done = daemon.cli("feeds", "import", stdin=text)
            assert done.returncode in (0, 65), done
            assert "root:" not in done.stdout + done.stderr
        did(daemon.cli("feeds", "import", "/nonexistent.opml"), 66)
        assert len(daemon.sources()) == 1


def samples(text):
    """{family: {labels: value}} of a Prometheus exposition; fails on a line that has not its form."""
    out, family = {}, None
    for line in text.splitlines():
        told = re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line)
        if told:
            family = told[2]
            out.setdefault(family, {})
            continue
        sample = re.fullmatch(r'([a-z_]+)((?:\{[a-z]+="[^"\\\n]*"\})?) ([0-9.]+)', line)
        assert sample and re.fullmatch(family + "(_bucket|_sum|_count)?", sample[1]), line
        out[family][sample[1] + sample[2]] = float(sample[3])
    assert all(out.values()), out
    return out


def test_metrics_tell_what_happened():
    with h.World() as world:
        site, daemon = town(world)
        site.set("/ill", "", status=500)
        did(daemon.cli("feeds", "add", site.url("/ill"), "--id", "ill", "--interval", "7d"))
        h.wait_for(lambda: state(daemon, "ill") == "failing", 30, "its failure")
        assert "ill" in did(daemon.cli("feeds", "list", "--state", "failing"))
        assert daemon.status()["sources"]["failing"] == 1
        status, body = daemon.request("GET", "/metrics", tcp=True)
        assert status == 200
        told = samples(body.decode())
        assert told["huiying_polls_total"]['huiying_polls_total{outcome="body"}'] >= 1
        assert told["huiying_polls_total"]['huiying_polls_total{outcome="failed"}'] >= 1
        assert told["huiying_sources"]['huiying_sources{state="failing"}'] == 1
        assert told["huiying_events_total"]['huiying_events_total{type="source.added"}'] == 1
        assert told["process_resident_memory_bytes"]["process_resident_memory_bytes"] > 1 << 20
        assert b"ill" not in re.sub(rb'"(fail|kill)[a-z]*"|failing|[a-z_]*stalled|drill', b"", body)
        late = told["huiying_poll_lateness_seconds"]
        counts = [late[n] for n in late if "_bucket" in n]
        assert counts == sorted(counts) and len(counts) == 10, late
        assert counts[-1] == late["huiying_poll_lateness_seconds_count"] > 0, late
        did(daemon.cli("feeds", "pause", "ill"))
        h.wait_for(lambda: daemon.status()["sources"]["failing"] == 0, what="none failing")
        # The other states: each is that of one source, and all together are the roster.
        for ident, status, body in (("over", 410, ""), ("mute", 200, "<html>请登录</html>")):
            site.set("/" + ident, body, "text/html", status)
            did(daemon.cli("feeds", "add", site.url("/" + ident), "--id", ident))

        def by_state():
            body = daemon.request("GET", "/metrics", tcp=True)[1].decode()
            return {re.search('"(.+)"', n)[1]: v for n, v in samples(body)["huiying_sources"].items()}

        def all_states():
            daemon.cli("feeds", "poll", "mute")
            return by_state() == {"active": 1, "failing": 0, "silent": 1, "quarantined": 0,
                                  "paused": 1, "retired": 1}
        h.wait_for(all_states, what="a source in each state")
        daemon.stop()
        daemon.start()
        h.wait_for(all_states, what="the same after a restart")
        did(daemon.cli("feeds", "remove", "ill"))
        assert by_state()["paused"] == 0, by_state()
        for name in ("grafana-huiying.json", "prometheus-rules.yml"):
            with open(os.path.join(h.ROOT, "packaging", name), encoding="utf-8") as f:
                asked = set(re.findall(r"(?:huiying|process)_[a-z_]+", f.read()))
            known = {n.split("{")[0] for family in told.values() for n in family}
            assert asked and asked <= known, asked - known


def write_many(path):
    with open(path, "w", encoding="utf-8") as f:
        f.write('<opml version="2.0"><head><title>many</title></head><body>\n')
        for i in range(MANY):
            if i % 1000 == 0:
                f.write(f'<outline text="第{i // 1000}组">\n')
            f.write(f'<outline type="rss" text="信源{i}" '
                    f'xmlUrl="http://127.{i // 65536}.{i // 256 % 256}.{i % 256}:1/f{i}.xml"/>\n')
            if i % 1000 == 999:
                f.write("</outline>\n")
        f.write("</body></opml>\n")


def test_a_hundred_thousand_are_imported():
    with h.World() as world:
        _, daemon = town(world)
        path = os.path.join(world.base, "many.opml")
        write_many(path)
        done = daemon.cli("feeds", "import", path, "--interval", "7d", "--json", limit=900)
        assert done.returncode == 0, done.stderr[-2000:]
        counts = json.loads(done.stdout)
        assert counts["added"] == MANY and counts["refused"] == 0, counts
        held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
        assert held < CLI_BOUND, held
        assert daemon.status()["sources"]["total"] == MANY + 1
        last = daemon.get("/api/v1/sources?q=site-127-1-134-&category=%E7%AC%AC99%E7%BB%84&limit=5")
        assert last["next_cursor"]
        with open(f"/proc/{daemon.child.pid}/status", encoding="utf-8") as f:
            rss = int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])
        h.figure(imported=MANY, command_mib=held >> 20, daemon_mib=rss >> 10)


if __name__ == "__main__":
    h.main(globals())
