#!/usr/bin/python3
"""Posts on one matter are one concern, also in other words; posts on another place are not."""
import harness as h
import material as m

FIRST = ("阳光花园又停水了", "阳光花园小区从前天晚上开始停水，到今天早上还没有来，家里老人小孩连饭都做不了，"
         "打供水热线一直占线，请问什么时候能恢复？")
OTHER_WORDS = ("供水公司能不能管管", "我住阳光花园，已经两天没有自来水了，只能去超市买桶装水冲厕所。物业说是水管爆了，"
               "谁来修也说不清楚，求有关部门催一下恢复供水。")
OTHER_ESTATE = (FIRST[0].replace("阳光", "翠苑"), FIRST[1].replace("阳光", "翠苑"))


def concerns(daemon):
    return daemon.status()["store"]["concerns"]


def joined(daemon):
    """What the events say of items that joined."""
    stream = h.Stream(daemon)
    try:
        def found():
            return [e["data"] for e in list(stream.events) if h.kind_of(e) == "joined"]
        h.wait_for(lambda: len(found()) == 2, 20, "two items that joined")
        return found()
    finally:
        stream.close()


def test_other_words_join_and_other_places_do_not():
    with h.World() as world:
        site = world.site()
        empty = m.json_feed([])
        for path in ("/west", "/binjiang"):
            site.set(path, empty, "application/feed+json")
        daemon = world.daemon([
            h.source(site, "west", "/west", region="350199101"),
            h.source(site, "binjiang", "/binjiang", region="350199102")])

        def show(path, items, total):
            site.set(path, m.json_feed(items), "application/feed+json")
            h.wait_for(lambda: daemon.status()["store"]["items"] == total, 30, f"{total} items")

        posts = [("1", *FIRST)]
        show("/west", posts, 1)
        assert concerns(daemon) == 1
        show("/binjiang", [("1", *FIRST)], 2)
        assert concerns(daemon) == 2, "the same words of another town"
        posts.append(("2", *OTHER_ESTATE))
        show("/west", posts, 3)
        assert concerns(daemon) == 3, "the same words of another estate"
        daemon.kill()
        daemon.start()
        posts.append(("3", *OTHER_WORDS))
        show("/west", posts, 4)
        assert concerns(daemon) == 3, "other words, after a restart"
        posts.append(("4", *FIRST))
        show("/west", posts, 5)
        assert concerns(daemon) == 3, "a copy"
        why = [(e["why"]["by"], e["items"]) for e in joined(daemon)]
        assert why == [("matter", 2), ("copy", 3)], why


if __name__ == "__main__":
    h.main(globals())
