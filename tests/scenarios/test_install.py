#!/usr/bin/python3
"""What `make install` puts in place, run from there: everything is found beside the programs."""
import json
import os
import subprocess
import urllib.request

import harness as h

ITEM = """<rss version="2.0"><channel><title>t</title><link>{base}/</link><description>d</description>
<item><title>工地拖欠工资半年没有发</title><link>{base}/1</link><guid>{base}/1</guid>
<description>我们十几个人在工地干活，老板拖欠工资半年了，希望有关部门帮忙讨薪。</description></item>
</channel></rss>"""


def make(world, target):
    done = subprocess.run(["make", "-s", "-C", h.BUILD, target, f"DESTDIR={world.stage}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def files(folder):
    return {os.path.relpath(os.path.join(base, name), folder)
            for base, _, names in os.walk(folder) for name in names}


def one(world, tail):
    """The one installed file whose path ends so."""
    found = [f for f in files(world.stage) if ("/" + f).endswith(tail)]
    assert len(found) == 1, (tail, found)
    return os.path.join(world.stage, found[0])


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")


def test_installed_programs_find_all_that_is_theirs():
    with h.World() as world:
        world.stage = os.path.join(world.folder, "暂存 stage")
        make(world, "install")
        command, daemon = one(world, "/bin/huiying"), one(world, "/sbin/huiyingd")
        assert one(world, "/bash-completion/completions/huiying")
        assert one(world, "/libexec/huiying-worker") and one(world, "/man8/huiyingd.8")
        with open(one(world, "/system/huiyingd.service"), encoding="utf-8") as unit:
            [line] = [line for line in unit if line.startswith("ExecStart=")]
        assert daemon.endswith(line.split("=")[1].split()[0]), line
        done = run(command, "rules", "check")
        assert done.returncode == 0, done.stderr
        done = run(command, "due", "--json", "--rule", "major-5h", "--from",
                   "2026-11-02T10:00:00+08:00")
        assert done.returncode == 0 and "2026-11-02T15:00:00+08:00" in done.stdout, done

        site = world.site()
        site.set("/rss.xml", ITEM.format(base=site.url("")))
        house = world.daemon([h.source(site, "news", "/rss.xml")], start=False)
        for key in ("rules", "deadlines", "calendars"):
            del house.settings[key]  # the shipped ones
        house.write_config()
        house.start(huiyingd=daemon)
        h.wait_for(lambda: house.concerns(), 20, "a concern, by the installed worker and rules")
        with urllib.request.urlopen(f"http://127.0.0.1:{house.http_port}/app.js", timeout=h.PATIENCE) as page:
            assert page.status == 200 and b"import" in page.read()
        begun = json.loads(house.request("POST", "/api/v1/rules/backtest", "{}")[1])["id"]
        at = f"/api/v1/rules/jobs/{begun}"
        h.wait_for(lambda: house.get(at)["state"] != "running", 60, "rules measured")
        measured = house.get(at)  # by the installed command and rules
        assert measured["state"] == "done" and measured["result"]["same"] == 1, measured
        with open(f"/proc/{house.child.pid}/task/{house.child.pid}/children", encoding="ascii") as f:
            workers = {os.readlink(f"/proc/{p}/exe") for p in f.read().split()}
        assert workers == {os.path.realpath(one(world, "/libexec/huiying-worker"))}, workers
        assert house.stop() == 0

        make(world, "uninstall")
        assert not files(world.stage), files(world.stage)


if __name__ == "__main__":
    h.main(globals())
