#!/usr/bin/python3
"""ETags of what is counted, listed and written as a page: 304 while it says the same, 200 with
another tag once it says something else, also where no event tells of the change."""
import os
import time

import harness as h
import material as m
import test_approval as approval
import test_survey as survey

MONTH = time.strftime("%Y-%m", time.gmtime(time.time() + 8 * 3600))
COUNTED = ["/api/v1/statistics", "/api/v1/statistics?by=unit&month=each", "/overview", "/reports/daily",
           "/reports/daily?format=text", "/ledger", f"/ledger/month/{MONTH}",
           f"/reports/month/{MONTH}", f"/api/v1/mending/{MONTH}"]
LISTED = ["/api/v1/sources", "/ledger/sources", "/privacy", "/overview"]
RULES = ["/api/v1/rules", "/privacy"]
OTHERS = ["/api/v1/sources/rss", "/api/v1/asked", "/privacy?lang=en", "/overview?type=large"]


def ask(daemon, path, tag=None):
    """(status, tag, body) of a view, on the socket."""
    connection = h.UnixConnection(daemon.socket, 10)
    try:
        connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
        answer = connection.getresponse()
        return answer.status, answer.getheader("ETag"), answer.read()
    finally:
        connection.close()


def settled(daemon, path):
    """A tag under which nothing is sent anew: a minute, or a count, may pass between the two."""
    def known():
        status, tag, body = ask(daemon, path)
        assert status == 200 and tag and tag.startswith('W/"') and body, (path, status, tag)
        again, same, none = ask(daemon, path, f'"x", {tag}')
        if again == 304:
            assert same == tag and none == b"", (path, same, none)
        return tag if again == 304 else None
    daemon.counted()
    return h.wait_for(known, what=f"304 of {path}")


def changed(daemon, tags):
    """What says something else now is sent anew, under a tag of its own that is kept to."""
    for path, tag in tags.items():
        h.wait_for(lambda: ask(daemon, path, tag)[0] == 200, what=f"{path} anew")
        assert settled(daemon, path) != tag, path


def test_a_tag_goes_with_what_is_told():
    with h.World() as world:
        daemon, concern, _ = survey.town(world)
        for path in COUNTED + LISTED + RULES + OTHERS:
            settled(daemon, path)
        # another caller sees other members of these, and has no use of this tag
        for path in ("/api/v1/rules", "/api/v1/statistics"):
            head = {"If-None-Match": settled(daemon, path)}
            assert daemon.request("GET", path, tcp=True, headers=head)[0] == 200, path

        tags = {path: settled(daemon, path) for path in COUNTED}
        assert daemon.cli("answer", concern, "--url", survey.REPLY).returncode == 0
        changed(daemon, tags)


def test_no_event_tells_of_it():
    with h.World() as world:
        daemon, concern, _ = survey.town(world)
        assert daemon.cli("answer", concern, "--url", survey.REPLY).returncode == 0
        h.wait_for(lambda: b'"answered":1' in ask(daemon, "/api/v1/statistics")[2],
                   what="the answer, counted")
        tags = {path: settled(daemon, path) for path in ("/api/v1/statistics",
                                                         "/api/v1/statistics?by=topic")}
        head = daemon.get("/api/v1/statistics")["head"]
        given = survey.token(daemon, concern)
        assert survey.say(daemon, concern, "yes", given)[0] == 303
        changed(daemon, tags)
        assert daemon.get("/api/v1/statistics")["head"] == head

        # a source more
        tags = {path: settled(daemon, path) for path in LISTED}
        site = world.site()
        site.set("/more", m.rss([]))
        done = daemon.cli("feeds", "add", site.url("/more"), "--id", "more", "--name", "另一个")
        assert done.returncode == 0, done.stderr
        changed(daemon, tags)
        # it is polled: the list tells when
        tag = settled(daemon, "/api/v1/sources/more")
        polls = daemon.get("/api/v1/sources/more")["polls"]
        assert daemon.request("POST", "/api/v1/sources/more/poll")[0] in (200, 202)
        h.wait_for(lambda: daemon.get("/api/v1/sources/more")["polls"] > polls, what="a poll")
        assert ask(daemon, "/api/v1/sources/more", tag)[0] == 200


def test_other_rules_are_told():
    with h.World() as world:
        daemon, rules, old = approval.town(world, "one")
        tags = {path: settled(daemon, path) for path in RULES}
        with open(os.path.join(rules, "topics", "wrong.yaml"), "w", encoding="utf-8") as f:
            f.write("id: wrong\n")
        assert daemon.cli("rules", "load").returncode == 65
        changed(daemon, {"/api/v1/rules": tags["/api/v1/rules"]})  # what was refused is told
        tags["/api/v1/rules"] = settled(daemon, "/api/v1/rules")
        assert approval.change(rules) != old
        assert daemon.cli("rules", "load").returncode == 0
        changed(daemon, tags)


def test_charts_that_are_installed_later_are_told():
    """The package is added, or removed, under a browser that has the page as it was."""
    with h.World() as world:
        file = os.path.join(world.base, "chart.js")
        daemon, _, _ = survey.town(world, chart_js=file)
        for installed in (True, False):
            tag = settled(daemon, "/overview")
            daemon.stop()
            if installed:
                with open(file, "w", encoding="utf-8") as f:
                    f.write("// none\n")
            else:
                os.remove(file)
            daemon.start()
            settled(daemon, "/overview")
            status, _, page = ask(daemon, "/overview", tag)
            assert status == 200 and (b"vendor/chart.js" in page) == installed, (status, page[:900])


if __name__ == "__main__":
    h.main(globals())
