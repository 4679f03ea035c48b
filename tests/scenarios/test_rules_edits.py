#!/usr/bin/python3
"""Topics that are changed on the page: in force at once, through restarts and loads of the folder,
until a file says the same or the change is taken back; the files stay as they are."""
import json
import os

import harness as h
import material as m
import test_approval as approval
import test_cluster as cluster
import test_reload as rules
import test_shared as shared
import yaml

TOPIC = rules.SETS["old"]["id"]
FILE = TOPIC + ".yaml"


# Of a topic that no file has.
BRONZE = yaml.dump({**rules.SETS["old"], "id": "bronze", "name": {"zh": "青铜", "en": "Bronze"},
                    "any": ["青铜葫芦"], "match": ["青铜葫芦没人管。"], "nomatch": ["铜价涨了。"]},
                   Dumper=h.Plain, allow_unicode=True, sort_keys=False)


def ask(daemon, method, path, body=None, env=None):
    head = {"Authorization": "Bearer " + env["HUIYING_TOKEN"]} if env else {}
    status, answer = daemon.request(method, "/api/v1/rules" + path, json.dumps(body or {}),
                                    tcp=env is not None, headers=head)
    return status, json.loads(answer)


def written(**changes):
    """The topic's text with these."""
    return yaml.dump({**rules.SETS["old"], **changes}, Dumper=h.Plain, allow_unicode=True,
                     sort_keys=False)


def more(word):
    return written(any=["拖欠工资", word])


def edit(daemon, text, topic=TOPIC, **more_said):
    return ask(daemon, "POST", "/edits", {**({"topic": topic} if topic else {}), "text": text,
                                          **more_said})


def edits(daemon):
    return {e["topic"]: e for e in ask(daemon, "GET", "/edits")[1]["items"]}


def version(daemon):
    return daemon.get("/api/v1/rules")["version"]


def text_of(daemon, topic=TOPIC):
    return daemon.get(f"/api/v1/rules/topics/{topic}")["text"]


def town(world):
    folder = rules.write_rules(os.path.join(world.folder, "rules"), [rules.SETS["old"]])
    site = world.site()
    site.set("/rss", m.rss([]))
    daemon = world.daemon([h.source(site, "rss", "/rss")], rules=folder)
    return daemon, site, os.path.join(folder, "topics", FILE)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def test_a_change_is_in_force_until_the_file_says_it():
    with h.World() as world:
        daemon, site, path = town(world)
        first, own = version(daemon), read(path)
        status, told = edit(daemon, more("紫金葫芦欠薪"), version=first)
        assert status == 200 and told["status"] == "ok" and told["changed"] and told["seq"], told
        now = told["version"]
        assert told["previous"] == first and version(daemon) == now != first
        assert read(path) == own, "a file was written"
        one = edits(daemon)[TOPIC]
        assert (one["file"], one["text"], one["was"]) == (FILE, more("紫金葫芦欠薪"), own), one
        assert text_of(daemon) == more("紫金葫芦欠薪")
        site.set("/rss", m.rss([("p1", "紫金葫芦欠薪何时给", "三个月了，求助。")]))
        h.wait_for(lambda: daemon.concerns(topic=TOPIC), 20, "what only the changed topic finds")
        # A restart and a load of the folder keep it, and so does the next change of it.
        daemon.kill()
        daemon.start()
        assert version(daemon) == now and text_of(daemon) == more("紫金葫芦欠薪")
        status, told = rules.load(daemon)
        assert status == 200 and not told["changed"] and told["version"] == now, told
        status, told = edit(daemon, more("青铜葫芦欠薪"), version=now)
        assert status == 200 and told["changed"], told
        assert edits(daemon)[TOPIC]["was"] == own, edits(daemon)
        # The file says it by itself: there is nothing over it any more.
        write(path, more("青铜葫芦欠薪"))
        status, told = rules.load(daemon)
        assert status == 200 and not told["changed"], told
        assert not edits(daemon)
        write(path, own)
        assert rules.load(daemon)[1]["version"] == first
        daemon.stop()
        daemon.start()
        assert version(daemon) == first


def test_a_file_that_was_changed_too_is_told():
    with h.World() as world:
        daemon, _, path = town(world)
        first, own = version(daemon), read(path)
        assert edit(daemon, more("紫金葫芦欠薪"))[0] == 200
        mine = version(daemon)
        write(path, more("青铜葫芦欠薪"))
        status, told = rules.load(daemon)
        assert status == 422 and FILE in told["problems"][0]["file"], told
        assert "还原" in told["problems"][0]["detail"], told
        assert version(daemon) == mine
        # Nor does a change of another topic bring it in.
        status, told = edit(daemon, BRONZE, topic=None)
        assert status == 200 and text_of(daemon) == more("紫金葫芦欠薪"), told
        assert ask(daemon, "POST", "/edits/bronze/restore")[0] == 200
        assert version(daemon) == mine
        # What was in force is so after a restart.
        daemon.kill()
        daemon.start()
        assert version(daemon) == mine and text_of(daemon) == more("紫金葫芦欠薪")
        # Taken back, what was in force before is; and what the file says now, once it is loaded.
        status, told = ask(daemon, "POST", f"/edits/{TOPIC}/restore")
        assert status == 200 and told["changed"] and told["version"] == first, told
        assert not edits(daemon)
        assert rules.load(daemon)[1]["changed"] and text_of(daemon) == more("青铜葫芦欠薪")
        assert own != read(path)


def test_what_is_wrong_changes_nothing():
    with h.World() as world:
        daemon, _, path = town(world)
        before, own = version(daemon), read(path)
        for told, what in ((edit(daemon, own.replace("labour", "nobody")), 422),
                           (edit(daemon, written(match=["今天天气很好。"])), 422),  # its example fails
                           (edit(daemon, "id: ["), 422),
                           (edit(daemon, own, version="0" * 16), 409),
                           (edit(daemon, own, topic="no-such"), 404),
                           (edit(daemon, own, topic=None), 422),  # there is such a file
                           (edit(daemon, ""), 422),
                           (edit(daemon, own, folder="/tmp"), 422),
                           (ask(daemon, "POST", f"/edits/{TOPIC}/restore"), 404)):
            assert told[0] == what, told
            assert told[1]["detail"], told
        told = edit(daemon, own.replace("unit: labour", "unit: nobody"))[1]
        line = own.split("\n").index("unit: labour") + 1
        assert told["problems"][0]["line"] == line, told
        assert told["problems"][0]["file"] == "rules/topics/" + FILE, told
        assert version(daemon) == before and not edits(daemon)
        assert daemon.get("/api/v1/rules")["refused"] is None, "a load was refused"


def test_a_new_topic_comes_and_goes():
    with h.World() as world:
        daemon, _, path = town(world)
        first = version(daemon)
        new = BRONZE
        status, told = edit(daemon, new, topic=None)
        assert status == 200 and told["topics"] == 2, told
        one = edits(daemon)["bronze"]
        assert (one["file"], one["was"]) == ("bronze.yaml", "") and one["in_force"], one
        assert edit(daemon, new.replace("谁", "何人"), topic=None)[0] == 422, "it took the other's place"
        assert text_of(daemon, "bronze") == new
        daemon.kill()
        daemon.start()
        assert daemon.get("/api/v1/rules")["topics"] == 2
        # A change of it, and of the other one.
        assert edit(daemon, new.replace("青铜葫芦没", "青铜葫芦谁都没"), topic="bronze")[0] == 200
        assert edit(daemon, more("紫金葫芦欠薪"))[0] == 200 and len(edits(daemon)) == 2
        for topic in ("bronze", TOPIC):
            status, told = ask(daemon, "POST", f"/edits/{topic}/restore")
            assert status == 200 and told["changed"], told
        assert version(daemon) == first and not edits(daemon)
        assert os.listdir(os.path.dirname(path)) == [FILE]


def test_what_is_in_force_is_what_is_changed():
    """Whatever the folder says by now, and whichever it was read from."""
    with h.World() as world:
        daemon, _, path = town(world)
        first, own = version(daemon), read(path)
        write(path, more("青铜葫芦欠薪"))  # by somebody who has not loaded it
        status, told = edit(daemon, more("紫金葫芦欠薪"), version=first)
        assert status == 422 and "没有装载" in told["problems"][0]["detail"], told
        write(path, own)
        status, told = edit(daemon, more("紫金葫芦欠薪"), version=first)
        assert status == 200 and edits(daemon)[TOPIC]["was"] == own, told
        write(path, more("青铜葫芦欠薪"))
        # The old text, typed in, is in force then, not the file's.
        status, told = edit(daemon, own)
        assert status == 200 and told["version"] == first and not edits(daemon), told
        assert rules.load(daemon)[1]["changed"]
        # Rules of another folder are changed, not thrown out.
        other = rules.write_rules(os.path.join(world.folder, "other"), [rules.SETS["old"]])
        write(os.path.join(other, "topics", "bronze.yaml"), BRONZE)
        assert rules.load(daemon, other)[1]["topics"] == 2
        status, told = edit(daemon, more("紫金葫芦欠薪"))
        assert status == 200 and told["topics"] == 2, told


def test_one_that_a_file_is_in_the_way_of_is_told():
    with h.World() as world:
        daemon, _, path = town(world)
        assert edit(daemon, BRONZE, topic=None)[0] == 200
        bronze = os.path.join(os.path.dirname(path), "10-bronze.yaml")
        write(bronze, BRONZE.replace("青铜葫芦没", "青铜葫芦谁都没"))
        daemon.kill()
        daemon.start()
        assert not edits(daemon)["bronze"]["in_force"] and daemon.status()["rules"]["topics"] == 2
        status, told = edit(daemon, more("紫金葫芦欠薪"))
        assert status == 422 and "先还原" in told["problems"][0]["detail"], told
        assert rules.load(daemon)[0] == 422
        status, told = ask(daemon, "POST", "/edits/bronze/restore", {"file": "bronze.yaml"})
        assert status == 200 and not edits(daemon), told
        assert rules.load(daemon)[0] == 200 and edit(daemon, more("紫金葫芦欠薪"))[0] == 200


def test_what_came_in_force_since_is_seen_before_it_is_approved():
    with h.World() as world:
        daemon, folder, _ = approval.town(world)
        li, wang = (approval.person(daemon, n, "operator") for n in ("li", "wang"))
        said = {"topic": TOPIC, "text": more("紫金葫芦欠薪")}
        stage = ask(daemon, "POST", "/edits", said, li)[1]["staged"]
        # No rule changes by a comment, but whose text is in force would.
        status, told = ask(daemon, "POST", "/edits", {"topic": TOPIC, "text": written() + "# so\n"}, wang)
        assert status == 409, told
        write(os.path.join(folder, "topics", "bronze.yaml"), BRONZE)
        daemon.kill()
        daemon.start()  # with the new file
        status, told = ask(daemon, "POST", f"/staged/{stage}/approve", env=wang)
        assert status == 503 and "对照已更新" in told["detail"], told
        changes = ask(daemon, "GET", "/edits")[1]["changes"]
        assert [c["file"] for c in changes] == ["rules/topics/" + FILE, "rules/topics/bronze.yaml"], changes
        assert "text" not in changes[1], "approved, it would go"
        assert ask(daemon, "POST", f"/staged/{stage}/approve", env=wang)[0] == 200


def test_a_file_that_says_it_is_no_change_to_approve():
    """A staged load is shown by all that differs from what is in force, and by nothing else."""
    with h.World() as world:
        daemon, folder, _ = approval.town(world)
        li, wang = (approval.person(daemon, n, "operator") for n in ("li", "wang"))
        stage = ask(daemon, "POST", "/edits", {"topic": TOPIC, "text": more("紫金葫芦欠薪")}, li)[1]
        assert ask(daemon, "POST", f"/staged/{stage['staged']}/approve", env=wang)[0] == 200
        write(os.path.join(folder, "topics", FILE), more("紫金葫芦欠薪"))
        write(os.path.join(folder, "topics", "bronze.yaml"), BRONZE)
        assert ask(daemon, "POST", "/load", env=li)[1]["staged"]
        changes = ask(daemon, "GET", "/edits")[1]["changes"]
        assert changes == [{"file": "rules/topics/bronze.yaml", "text": BRONZE}], changes


def test_a_second_person_puts_it_in_force():
    with h.World() as world:
        daemon, folder, old = approval.town(world)
        li, wang = (approval.person(daemon, n, "operator") for n in ("li", "wang"))
        zhou = approval.person(daemon, "zhou", "auditor")
        said = {"topic": TOPIC, "text": more("紫金葫芦欠薪")}
        assert ask(daemon, "POST", "/edits", said, zhou)[0] == 403
        status, told = ask(daemon, "POST", "/edits", said, li)
        assert status == 200 and told["status"] == "staged" and told["version"] == old, told
        stage = told["staged"]
        both = ask(daemon, "GET", "/edits", env=zhou)[1]
        change = {"file": "rules/topics/" + FILE, "was": written(), "text": said["text"]}
        assert not both["items"] and both["changes"] == [change], both
        # Another one would take its place unseen.
        status, told = ask(daemon, "POST", "/edits", {"text": BRONZE}, wang)
        assert status == 409 and "待批" in told["detail"], told
        daemon.kill()
        daemon.start()
        assert version(daemon) == old and text_of(daemon) != said["text"]
        assert ask(daemon, "POST", f"/staged/{stage}/approve", env=li)[0] == 403
        status, told = ask(daemon, "POST", f"/staged/{stage}/approve", env=wang)
        assert status == 200 and told["changed"], told
        assert text_of(daemon) == said["text"] and edits(daemon)[TOPIC]["by"] == "li"
        now = version(daemon)
        daemon.kill()
        daemon.start()
        assert version(daemon) == now
        # Taking it back is a change of rules, too; denied, it stays.
        stage = ask(daemon, "POST", f"/edits/{TOPIC}/restore", env=wang)[1]["staged"]
        assert ask(daemon, "POST", f"/staged/{stage}/deny", {"reason": "还要用"}, li)[0] == 200
        assert version(daemon) == now and edits(daemon)
        stage = ask(daemon, "POST", f"/edits/{TOPIC}/restore", env=wang)[1]["staged"]
        assert ask(daemon, "POST", f"/staged/{stage}/approve", env=li)[0] == 200
        assert version(daemon) == old and not edits(daemon)
        assert ask(daemon, "GET", "/edits")[1]["changes"] is None
        rows = [(r["who"], r["act"], r["target"]) for r in daemon.get("/api/v1/audit")["items"]]
        assert ("li", "rules.edit", TOPIC) in rows, rows
        assert ("wang", "rules.restore", TOPIC) in rows, rows
        assert approval.change(folder, "old") == old


def test_it_is_everybodys():
    with h.World() as world:
        town_ = cluster.Town(world, 2, shared.sites(world)[1])
        shared.own_rules(town_)
        for daemon in town_.daemons:
            rules.write_rules(daemon.settings["rules"], [rules.SETS["old"]])
        town_.start()
        leader = town_.leader()
        other = next(d for d in town_.daemons if d is not leader)
        head = ("HGET", "{huiying}:shared:1", "head")
        h.wait_for(lambda: (town_.redis.say(*head) or b"$-1") != b"$-1", what="the leader's, for all")
        first = h.wait_for(lambda: version(leader) == version(other) and version(leader), 20,
                           "the same rules")
        status, told = edit(other, more("紫金葫芦欠薪"), version=first)
        assert status == 200 and told["changed"], told
        now = told["version"]
        for daemon in town_.daemons:
            h.wait_for(lambda: version(daemon) == now, 20, "the change at each")
            assert text_of(daemon) == more("紫金葫芦欠薪") and edits(daemon)[TOPIC]["file"] == FILE
        # Made of what is not in force any more.
        for daemon in town_.daemons:
            assert edit(daemon, more("青铜葫芦欠薪"), version=first)[0] == 409
        # Whose folder is loaded keeps it, and whoever leads.
        assert rules.load(other)[1]["version"] == now and edits(leader)
        leader.kill()
        assert town_.leader([other]) is other and version(other) == now
        status, told = edit(other, more("青铜葫芦欠薪"), version=now)
        assert status == 200 and told["changed"], told
        leader.start()
        h.wait_for(lambda: version(leader) == version(other), 20, "the same rules again")
        assert text_of(leader) == more("青铜葫芦欠薪")
        status, told = ask(leader, "POST", f"/edits/{TOPIC}/restore")
        assert status == 200 and told["version"] == first, told
        h.wait_for(lambda: version(other) == first, 20, "the file's own")
        assert not edits(other) and text_of(other) == written()


if __name__ == "__main__":
    h.main(globals())
