#!/usr/bin/python3
"""A unit is taken out of units.yaml while it leads open concerns: whoever loads that is told, and so
is whoever looks; what it answered for is found under its id until it is reassigned."""
import json
import os

import harness as h
import material as m
import yaml

GONE = [{"unit": "labour", "open": 2}]
NAMED = "labour 已不在 units.yaml，仍承办 2 件"


def without_labour():
    units = [dict(u) for u in h.UNITS["units"] if u["id"] != "labour"]
    units[-1]["roles"] = [*units[-1]["roles"], "labour"]
    return {**h.UNITS, "units": units}


def write_units(folder, units):
    with open(os.path.join(folder, "units.yaml"), "w", encoding="utf-8") as f:
        yaml.dump(units, f, h.Plain, allow_unicode=True, sort_keys=False)


def town(world):
    """A daemon with two open concerns of labour."""
    site = world.site()
    site.set("/rss", m.rss([("1", *m.numbered(m.WAGES, 1)), ("2", *m.numbered(m.WAGES, 2))]))
    daemon = world.daemon([h.source(site, "rss", "/rss")])
    h.wait_for(lambda: len(daemon.concerns()) == 2, what="two concerns")
    assert {c["unit"]["id"] for c in daemon.concerns()} == {"labour"}
    # What is told of units is of the figures, which are counted after the ledger.
    h.wait_for(lambda: counted(daemon) == 2, what="the count of them")
    return daemon


def counted(daemon):
    status, body = daemon.request("GET", "/api/v1/statistics?by=unit")
    rows = json.loads(body)["rows"] if status == 200 else []  # 503: the start's count is under way
    return next((r["counts"]["open"] for r in rows if r["key"] == "labour"), 0)


def take_out(world, daemon):
    write_units(world.folder, without_labour())
    done = daemon.cli("rules", "load")
    assert done.returncode == 0, done.stderr
    return done.stdout


def page(daemon, query):
    status, body = daemon.request("GET", "/ledger" + query)
    assert status == 200, status
    return body.decode()


def told_by_log(daemon):
    with open(daemon.log, encoding="utf-8") as log:
        return sum("units.gone unit=labour open=2" in line for line in log)


def test_who_loads_and_who_looks_is_told():
    with h.World() as world:
        daemon = town(world)
        done = daemon.cli("accounts", "add", "li", "--role", "unit", "--unit", "labour",
                          stdin="a long pass phrase of his\n")
        assert done.returncode == 0, done.stderr
        h.wait_for(lambda: daemon.status()["units_gone"] == [], what="the count")
        assert "units.yaml" not in daemon.cli("status").stdout
        assert "已不在" not in daemon.cli("accounts", "list").stdout

        assert NAMED in take_out(world, daemon)
        assert daemon.status()["units_gone"] == GONE
        assert NAMED in daemon.cli("status").stdout
        assert NAMED in daemon.cli("rules", "status").stdout
        assert json.loads(daemon.cli("rules", "load", "--json").stdout)["units_gone"] == GONE
        assert json.loads(daemon.request("GET", "/api/v1/rules")[1])["units_gone"] == GONE
        assert "已不在" in daemon.cli("accounts", "list").stdout
        assert [a["unit_gone"] for a in json.loads(
            daemon.cli("accounts", "list", "--json").stdout)["accounts"]] == [True]
        before = told_by_log(daemon)
        assert before >= 1

        # at a start, too
        daemon.stop()
        daemon.start()
        assert told_by_log(daemon) > before
        h.wait_for(lambda: daemon.status()["units_gone"] == GONE, what="the count")

        # what the line says to do is what ends it
        for concern in daemon.concerns():
            done = daemon.cli("reassign", concern["id"], "--to", "county")
            assert done.returncode == 0, done.stderr
        h.wait_for(lambda: daemon.status()["units_gone"] == [], what="the end of it")


def test_the_public_ledger_keeps_the_choice():
    chosen = '<option value="labour" selected>'
    with h.World() as world:
        daemon = town(world)
        h.wait_for(lambda: chosen in page(daemon, "?unit=labour"), what="the choice")
        take_out(world, daemon)
        asked = page(daemon, "?unit=labour")
        assert asked.count('<option value="labour"') == 1 and chosen in asked, asked
        assert 'href="ledger/c' in asked, asked
        assert '<option value="labour">' in page(daemon, "")
        assert '<option value="nosuch" selected>' in page(daemon, "?unit=nosuch")


def test_a_mistyped_id_is_no_good_news():
    with h.World() as world:
        daemon = town(world)
        for asked in (("concerns", "--unit", "nonsense"), ("concerns", "--topic", "nosuch"),
                      ("items", "latest", "--topic", "nosuch"),
                      ("items", "latest", "--source", "nosuch")):
            done = daemon.cli(*asked)
            assert done.returncode == 65 and asked[-1] in done.stderr, (asked, done)
            assert done.stdout == "", (asked, done.stdout)
        for asked in (("concerns", "--unit", "health"), ("concerns", "--topic", "epidemic"),
                      ("items", "latest", "--topic", "epidemic"),
                      ("items", "latest", "--source", "rss", "--since", "2099-01-01T00:00:00Z")):
            done = daemon.cli(*asked)
            assert done.returncode == 0 and done.stdout, (asked, done)
        # what is gone by now and had concerns is no mistake
        take_out(world, daemon)
        done = daemon.cli("concerns", "--unit", "labour", "--state", "closed")
        assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    h.main(globals())
