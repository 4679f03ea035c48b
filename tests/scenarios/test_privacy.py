#!/usr/bin/python3
"""Nobody is kept: canaries planted in every place where feeds and boards carry people appear in no
file, log line, bus frame, API answer or page.
"""
import json

import canaries
import harness as h
import material as m

# place -> what must vanish. Each is unique, so that a find names its place.
CANARIES = {
    "rss author": "rss-author-zeta@people.example", "rss dc:creator": "褚云归",
    "rss itunes:author": "itunesauthorkappa", "rss media:credit": "mediacreditlambda",
    "rss managingEditor": "editor-omega@people.example", "rss guid": "uid-99018273",
    "rss link": "77203344", "rss profile link in content": "space-uid-66104455",
    "rss avatar in content": "55209988",
    "atom author name": "端木清辉", "atom author uri": "atomuserpi", "atom author email": "rho@people.example",
    "atom contributor": "contributorsigma", "atom source author": "sourceauthortau",
    "json authors": "jsonauthorupsilon", "json author avatar": "jsonavatarphi",
    "json author url": "jsonurlchi", "json extension": "jsonextensionpsi",
    "rdf dc:creator": "rdfcreatoralpha", "rdf dc:contributor": "rdfcontributorbeta",
    "board author": "东方未明", "board handle": "boardhandlegamma", "board avatar": "boardavatardelta",
    "board profile": "44107766", "board poster location": "poslocepsilon",
    "mobile": "13812345670", "mobile spaced": "139-0013-7788", "landline": "0591-83004411",
    "identity number": "350199198503072718", "bank card": "6222021402033445566",
    "e-mail": "person.eta@mail.example", "plate": "闽A7K2M9", "wechat": "wxid_theta2024",
    "qq": "827364519", "handle": "iotahandle", "name after cue": "令狐远山", "quote header": "钟离子墨",
    "reply header": "皇甫听雨", "signature": "慕容拾光", "by-line": "夏侯知秋",
    "broken feed": "brokenfeedcanary", "reply opens with the poster": "公孙若水",
}
C = CANARIES
# What servers say around a body: headers, reasons, where they send one.
SPOKEN = {"redirect's share token": "kanariredirect1", "redirect to a person": "kanariredirect2",
          "redirect's log-in": "kanariredirect3", "status reason": "kanarireason",
          "log-in realm": "kanarirealm", "content type": "kanaritype", "content language": "kanarilanguage",
          "cookie": "kanaricookie", "charset": "kanaricharset", "file name": "kanarifile"}
CANARIES.update({f"table: {place}": text for place, _, _, text in canaries.table()})
CANARIES.update(SPOKEN)


def items():
    w, f, d = m.WAGES, m.FLU, m.FOOD
    rss = m.rss([
        ("https://site.example/u/" + C["rss guid"], w[0], w[1] + f"联系电话：{C['mobile']}，{C['mobile spaced']}。",
         f"<author>{C['rss author']}</author><dc:creator>{C['rss dc:creator']}</dc:creator>"
         f"<itunes:author>{C['rss itunes:author']}</itunes:author>"
         f"<media:credit role=\"author\">{C['rss media:credit']}</media:credit>"),
        ("r2", *m.OTHER, "<content:encoded><![CDATA["
         f'<p><a href="https://site.example/{C["rss profile link in content"]}.html">主页</a>'
         f'<img class="avatar" src="https://site.example/uc_server/avatar.php?uid={C["rss avatar in content"]}"'
         '></p>]]></content:encoded>'),
        ("r3", "办理进度", f"身份证{C['identity number']}，银行卡{C['bank card']}，邮箱{C['e-mail']}，"
         f"车牌{C['plate']}，座机{C['landline']}。"),
        ("r4", "请问怎么办", f"微信号：{C['wechat']}，QQ：{C['qq']}，@{C['handle']} 看一下。"),
    ], f"<managingEditor>{C['rss managingEditor']}</managingEditor>")
    rss = rss.replace("<link>http://site.example/r4</link>",
                      f"<link>http://site.example/show.html?uid={C['rss link']}&amp;id=4</link>")
    atom = m.atom([("a1", *f, f"<author><name>{C['atom author name']}</name>"
                    f"<uri>https://site.example/@{C['atom author uri']}</uri>"
                    f"<email>{C['atom author email']}</email></author>"
                    f"<contributor><name>{C['atom contributor']}</name></contributor>"
                    f"<source><author><name>{C['atom source author']}</name></author></source>")])
    feed = m.json_feed([("j1", *d, {
        "authors": [{"name": C["json authors"], "avatar": f"https://x.example/{C['json author avatar']}.png",
                     "url": f"https://x.example/@{C['json author url']}"}],
        "author": {"name": C["json authors"]}, "_user": {"nick": C["json extension"]}})])
    rdf = m.rdf([("d1", *m.OTHER, f"<dc:creator>{C['rdf dc:creator']}</dc:creator>"
                  f"<dc:contributor>{C['rdf dc:contributor']}</dc:contributor>")])
    before = (f'<span class="author"><a href="/space-uid-{C["board profile"]}.html">'
              f'<img class="avatar" alt="{C["board handle"]}" src="/a/{C["board avatar"]}.png">'
              f'{C["board author"]}</a></span><span class="location">{C["board poster location"]}</span>')
    reply = ('<div class="reply"><span class="unit">人社所</span><div class="text">'
             f'网友“{C["reply opens with the poster"]}”您好！您反映的问题已收悉。</div></div>')
    board = m.board([
        ("b1", *m.numbered(m.WAGES, 5), before, reply),
        ("b2", "求助", f"我叫{C['name after cue']}，联系人：{C['name after cue']}。", before),
        ("b3", "转帖", f"{C['quote header']} 发表于 2026-01-02 10:00\n回复 {C['reply header']}: 说得对。", before),
        ("b4", "反映问题", f"路灯不亮。\n反映人：{C['signature']}", before),
        ("b5", "来稿", f"（通讯员 {C['by-line']}）今天天气晴。", before),
    ])
    broken = f"<rss><channel><item><title>坏</title><author name={C['broken feed']}><{C['broken feed']}"
    return {"/rss": (rss, "application/rss+xml"), "/atom": (atom, "application/atom+xml"),
            "/json": (feed, "application/feed+json"), "/rdf": (rdf, "application/rdf+xml"),
            "/board": (board, "text/html; charset=utf-8"), "/broken": (broken, "text/xml")}


def forms_of(text):
    """How the text may stand in bytes: UTF-8, JSON-escaped, GB18030, UTF-16."""
    return {text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le"),
            text.encode("gb18030")}


FORMS = [(place, form) for place, text in CANARIES.items() for form in forms_of(text)]


def find_canaries(name, data):
    return [f"{place} in {name}" for place, form in FORMS if form in data]


def gather(daemon, bus, published, streams):
    """Everything that left the daemon, as (name, bytes)."""
    yield from daemon.produced()
    yield "bus", b"\n".join(bus.frames)
    yield "pub", b"\n".join(b"\n".join(f) for f in published.frames)
    for i, stream in enumerate(streams):
        yield f"stream {i}", bytes(stream.raw)
    paths = ["/", "/app.js", "/api/v1/status", "/api/v1/concerns?limit=200", "/api/v1/sources",
             "/api/v1/units", "/api/v1/topics"]
    paths += [f"/api/v1/concerns/{c['id']}" for c in daemon.concerns()]
    for path in paths:
        for tcp in (False, True):
            yield path, daemon.request("GET", path, tcp=tcp)[1]
    for command in (["concerns"], ["concerns", "--json"], ["status", "--json"]):
        done = daemon.cli(*command)
        yield " ".join(command), (done.stdout + done.stderr).encode()


def test_the_search_finds_what_is_there():
    """The search itself can fail."""
    assert find_canaries("x", b"..." + C["mobile"].encode()) == ["mobile in x"]
    assert find_canaries("x", json.dumps({"n": C["rss dc:creator"]}).encode())
    assert len(set(CANARIES.values())) == len(CANARIES) >= 12


def speak(site):
    """Pages whose server speaks of people; their paths."""
    body = m.rss([("s1", *m.OTHER)])
    token, secret = SPOKEN["redirect's share token"], SPOKEN["redirect's log-in"]
    headers = [("Content-Language", SPOKEN["content language"]),
               ("Set-Cookie", f"user={SPOKEN['cookie']}"),
               ("Content-Disposition", f"inline; filename={SPOKEN['file name']}.xml")]
    site.set("/spoken", body, f"application/{SPOKEN['content type']}", headers=headers)
    site.set("/charset", body, f"text/xml; charset={SPOKEN['charset']}")
    site.set(f"/end?share_token={token}", body)
    to = {"/token": f"/end?share_token={token}",
          "/person": f"/u/{SPOKEN['redirect to a person']}",
          "/log-in": f"http://{secret}:x@127.0.0.1:{site.port}/end"}
    for path, where in to.items():
        site.set(path, "", status=301, headers=[("Location", where)])

    def refuse(request):
        request.send_response(401, SPOKEN["status reason"])
        request.send_header("WWW-Authenticate", f"Basic realm=\"{SPOKEN['log-in realm']}\"")
        request.send_header("Content-Length", "0")
        request.end_headers()
    site.set("/refused", "", answer=refuse)
    return ["/spoken", "/charset", "/refused", *to]


def indexed(daemon):
    """Has every item been taken into the index of words?"""
    status, body = daemon.request("GET", "/api/v1/items?q=%E6%8B%96%E6%AC%A0")
    return status == 200 and json.loads(body)["items"] and json.loads(body)["behind"] == 0


def test_no_canary_anywhere():
    with h.World() as world:
        site = world.site()
        kinds = {"/board": {"kind": "board", "select": m.BOARD}}
        given = {**items(), **canaries.documents()}
        for path, (body, mime) in given.items():
            site.set(path, body, mime)
        # Every canary really is in what the daemon is given.
        everything = "".join(body for body, _ in given.values())
        missing = [p for p, text in CANARIES.items() if text not in everything and p not in SPOKEN]
        assert not missing, missing
        sources = [h.source(site, f"s{i}", path, **kinds.get(path, {}))
                   for i, path in enumerate([*given, *speak(site)])]
        broken = next(s["id"] for s in sources if s["url"].endswith("/broken"))
        daemon = world.daemon(sources)
        published = world.add(h.Published(daemon))
        streams = [world.add(h.Stream(daemon)), world.add(h.Stream(daemon, tcp=True))]
        bus = world.add(h.Bus(daemon, "labour"))
        bus.hello()
        h.wait_for(lambda: daemon.status()["store"]["items"] >= 12, 40, "the items")
        h.wait_for(lambda: len(daemon.concerns()) >= 3, what="the concerns")
        h.wait_for(lambda: daemon.source(broken)["polls"] >= 1, what="a poll of the broken feed")
        h.wait_for(lambda: all(s["polls"] for s in daemon.sources()), 60,
                   "a poll of every source")
        bus.wait(lambda: bus.kinds().count("dispatched") >= 1, what="the unit's events")
        h.wait_for(lambda: indexed(daemon), what="the index of words")
        concern = bus.events[0]["data"]["concern"]
        bus.command("p1", "accept", concern)
        published.pump(100)
        found = [f for name, data in gather(daemon, bus, published, streams)
                 for f in find_canaries(name, data)]
        assert any(name == "search.db" for name, _ in daemon.produced())
        daemon.stop()
        found += [f for name, data in daemon.produced() for f in find_canaries("stopped " + name, data)]
        assert not found, "; ".join(sorted(set(found)))
        h.figure(canaries=len(CANARIES), places_searched="files,bus,pub,streams,api,pages,cli")


def test_commands_keep_nobody_either():
    """`parse` shows no author, `classify` masks."""
    for path, (body, mime) in {**items(), **canaries.documents()}.items():
        if path in ("/broken", "/board"):
            continue
        done = h.cli("parse", "--url", "http://site.example/", "--type", mime, stdin=body)
        assert done.returncode == 0, (path, done.stderr)
        found = find_canaries(path, (done.stdout + done.stderr).encode())
        assert not found, found
    line = json.dumps({"id": "1", "title": m.WAGES[0],
                       "content_text": m.WAGES[1] + f"联系电话：{C['mobile']}"}, ensure_ascii=False)
    done = h.cli("classify", stdin=line + "\n")
    assert done.returncode == 0 and C["mobile"] not in done.stdout + done.stderr, done


if __name__ == "__main__":
    h.main(globals())
