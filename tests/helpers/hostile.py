"""Bodies that no publisher should send, each with the name of what it tries and how it must end.

Made anew each time, so that megabytes of nesting need no place in the tree. Nothing here is random.
An end is one of
  CLEAN    read whole: nothing is wrong by the letter, or it is dropped by a rule that is no fault
  FAULTS   read as far as it goes, with problems[] that name what was wrong
  REFUSED  no feed, or no page that the selectors fit: exit 65 and the reason
and `items` bounds how many items may come out.
"""
import gzip
import json
import struct
import zlib

CLEAN, FAULTS, REFUSED = "clean", "faults", "refused"
SECRET = "HOSTILE-SECRET"  # must never come out
RSS, ATOM, JSON, HTML = ("application/rss+xml", "application/atom+xml", "application/feed+json",
                         "text/html")
MANY = 200000
MEGABYTE = 1 << 20


class Hostile:
    def __init__(self, name, body, end, items=(0, 10000), mime=RSS, board=False):
        self.name, self.end, self.mime, self.board = name, end, mime, board
        self.body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        self.items = items if isinstance(items, tuple) else (items, items)


def rss(inside, prolog="", attributes=""):
    return f"{prolog}<rss version=\"2.0\"{attributes}><channel><title>t</title>{inside}</channel></rss>"


def item(inside, ident=1):
    return f"<item><guid isPermaLink=\"false\">{ident}</guid>{inside}</item>"


def atom(inside):
    return f"<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title><id>f</id>{inside}</feed>"


def feed(*items, **more):
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t",
                       "items": list(items), **more})


def page(inside):
    return f"<html><body><ul>{inside}</ul></body></html>"


def post(inside, title="题"):
    return f"<li class=message><a class=title href=/1>{title}</a><div class=content>{inside}</div></li>"


GOOD = item("<title>题</title>", 9)


def entities():
    """Entities are never read: what they would unpack to is not there to be unpacked."""
    def declared(text, use="&x;"):
        return rss(item(f"<title>一{use}</title>"), f"<!DOCTYPE rss [{text}]>")
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 30))
    yield "billion laughs", declared(f'<!ENTITY l0 "ha">{laughs}', "&l29;"), FAULTS, 1
    yield "quadratic entity", declared(f'<!ENTITY x "{"h" * 100000}">', "&x;" * 10000), FAULTS, 1
    yield "entity of itself", declared('<!ENTITY x "&x;">'), FAULTS, 1
    yield "entities in a ring", declared('<!ENTITY x "&y;"><!ENTITY y "&x;">'), FAULTS, 1
    for what, uri in (("file", "file:///etc/passwd"), ("http", "http://127.0.0.1:8420/x"),
                      ("relative", "passwd"), ("php", "php://filter/resource=/etc/passwd"),
                      ("expect", "expect://id"), ("jar", "jar:file:///x!/y"),
                      ("netdoc", "netdoc:///etc/passwd"), ("gopher", "gopher://127.0.0.1/x"),
                      ("data", f"data:text/plain,{SECRET}"), ("proc", "file:///proc/self/environ")):
        yield f"XXE {what}", declared(f'<!ENTITY x SYSTEM "{uri}">'), FAULTS, 1
        yield f"XXE parameter {what}", declared(
            f'<!ENTITY % p SYSTEM "{uri}"> %p; <!ENTITY x "1">'), FAULTS, 1
        yield f"DTD {what}", rss(GOOD, f'<!DOCTYPE rss SYSTEM "{uri}">'), CLEAN, 1
    yield "XXE public", declared('<!ENTITY x PUBLIC "-//a" "file:///etc/passwd">'), FAULTS, 1
    yield "entity in an attribute", rss(item('<title>一</title><enclosure url="http://a.example/&x;"/>'),
                                        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), \
        FAULTS, 1
    yield "XInclude", rss(item('<title>一</title><xi:include href="file:///etc/passwd" parse="text" '
                               'xmlns:xi="http://www.w3.org/2001/XInclude"/>')), CLEAN, 1
    yield "stylesheet", rss(GOOD, '<?xml-stylesheet href="file:///etc/passwd" type="text/xsl"?>'), CLEAN, 1
    yield "unparsed entity", declared('<!NOTATION n SYSTEM "x"><!ENTITY x SYSTEM "y" NDATA n>'), FAULTS, 1
    yield "internal subset without end", "<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * 60000, REFUSED, 0
    yield "attribute defaults", rss(GOOD, '<!DOCTYPE rss [<!ATTLIST item x CDATA "' + "d" * 100000
                                    + '">]>'), (CLEAN, FAULTS), 1
    yield "character references", rss(item("<title>" + "&#x4e00;" * 100000 + "</title>")), CLEAN, 1
    for n in ("0", "xD800", "x110000", "99999999999999999999", "x", "", "xFFFE", "-1", "8", "x202E"):
        yield f"reference {n}", rss(item(f"<title>一&#{n};二</title>")), (CLEAN, FAULTS), 1
    yield "references without end", rss(item("<title>" + "&" * MEGABYTE)), FAULTS, 1
    yield "a reference of a megabyte", rss(item(f"<title>&{'a' * MEGABYTE};</title>")), (CLEAN, FAULTS), 1


def shapes():
    """Depth, width, length: linear or refused."""
    attributes = " ".join(f'a{i}="v"' for i in range(100000))
    same = 'a="v" ' * 100000
    spaces = " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(20000))
    yield "100,000 attributes", rss(f"<item {attributes}><title>x</title></item>"), (CLEAN, FAULTS), (0, 1)
    yield "100,000 attributes of the root", f"<rss {attributes}><channel>{GOOD}</channel></rss>", \
        (CLEAN, FAULTS), (0, 1)
    yield "one attribute 100,000 times", rss(f"<item {same}><title>x</title></item>"), FAULTS, (0, 1)
    yield "20,000 name spaces", rss(f"<item {spaces}><title>x</title></item>"), (CLEAN, FAULTS), (0, 1)
    yield "20,000 name spaces, nested", rss("".join(f'<n{i}:a xmlns:n{i}="urn:{i}">' for i in range(20000))
                                            + GOOD), FAULTS, (0, 1)
    yield "an attribute of a megabyte", rss(f'<item x="{"v" * MEGABYTE}"><title>x</title></item>'), \
        (CLEAN, FAULTS), (0, 1)
    yield "a tag name of a megabyte", rss(f"<{'n' * MEGABYTE}/>{GOOD}"), (CLEAN, FAULTS), 1
    yield "200,000 deep", rss("<a>" * MANY + GOOD), FAULTS, (0, 1)
    yield "200,000 deep and back", rss("<a>" * MANY + "</a>" * MANY + GOOD), (CLEAN, FAULTS), (0, 1)
    yield "200,000 deep in an item", rss(f"<item><title>一</title>{'<a>' * MANY}"), FAULTS, (0, 1)
    yield "200,000 deep in a description", rss("<item><description>" + "<a>" * MANY), FAULTS, (0, 1)
    yield "200,000 items in each other", rss("<item>" * MANY), FAULTS
    yield "200,000 channels", "<rss>" + "<channel>" * MANY, FAULTS, 0
    yield "200,000 deep Atom", atom("<entry><id>1</id><content type=\"xhtml\">" + "<div>" * MANY), FAULTS
    yield "200,000 deep HTML in a feed", rss(item(f"<description><![CDATA[{'<div>' * MANY}]]></description>")), \
        (CLEAN, FAULTS), 1
    yield "200,000 deep lists in a feed", rss(item("<description><![CDATA[" + "<ul><li>" * MANY
                                                   + "]]></description>")), (CLEAN, FAULTS), 1
    yield "100,000 authors in a feed", rss(item("<description><![CDATA[" + "<p class=author>" * 100000
                                                + "]]></description>")), (CLEAN, FAULTS), 1
    yield "200,000 ends", rss("</a>" * MANY + GOOD), FAULTS, (0, 1)
    yield "200,000 deep JSON", "[" * MANY, REFUSED, 0
    yield "200,000 deep JSON objects", '{"a":' * MANY, REFUSED, 0
    yield "200,000 deep in a JSON item", '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1",' \
        '"x":' + "[" * MANY, (FAULTS, REFUSED)
    yield "a JSON number of a megabyte", feed({"id": "1", "title": "一"})[:-1] + ',"x":' + "9" * MEGABYTE \
        + "}", (CLEAN, FAULTS, REFUSED)
    yield "200,000 outlines", "<opml><body>" + "<outline text='a'>" * MANY, REFUSED, 0
    yield "30,000 items", rss("".join(item(f"<title>{i}</title>", i) for i in range(30000))), FAULTS, 10000
    yield "30,000 entries", atom("".join(f"<entry><id>{i}</id><title>{i}</title></entry>"
                                         for i in range(30000))), FAULTS, 10000
    yield "30,000 JSON items", feed(*({"id": str(i), "title": "x"} for i in range(30000))), FAULTS, 10000
    yield "10,001 items", rss("".join(item(f"<title>{i}</title>", i) for i in range(10001))), FAULTS, 10000
    yield "10,000 items", rss("".join(item(f"<title>{i}</title>", i) for i in range(10000))), CLEAN, 10000
    yield "300,000 empty items", rss("<item/>" * 300000), (CLEAN, FAULTS)
    yield "one item 20,000 times", rss(GOOD * 20000), FAULTS
    for name in ("title", "link", "guid", "pubDate", "category", "description", "comments", "source"):
        yield f"a {name} of a megabyte", rss(item(f"<title>一</title><{name}>{'好' * (MEGABYTE // 3)}"
                                                  f"</{name}>")), (CLEAN, FAULTS), 1
    for name in ("id", "url", "title", "content_html", "content_text", "date_published", "image"):
        yield f"a JSON {name} of a megabyte", feed({"id": "1", "title": "x", name: "x" * MEGABYTE}), \
            (CLEAN, FAULTS), (0, 1)
    yield "100,000 categories", rss(item("<title>一</title>" + "".join(
        f"<category>{i}</category>" for i in range(100000)))), (CLEAN, FAULTS), 1
    yield "100,000 enclosures", rss(item("<title>一</title>" + "".join(
        f'<enclosure url="http://a.example/{i}"/>' for i in range(100000)))), (CLEAN, FAULTS), 1
    yield "a comment of four megabytes", rss(f"<!--{'x' * (4 * MEGABYTE)}-->{GOOD}"), CLEAN, 1
    yield "200,000 comments", rss("<!-- a -->" * MANY + GOOD), CLEAN, 1
    yield "a comment without end", rss(f"{GOOD}<!--{'-' * MEGABYTE}"), FAULTS, 1
    yield "200,000 instructions", rss("<?a b?>" * MANY + GOOD), CLEAN, 1
    yield "an instruction without end", rss(f"{GOOD}<?a {'x' * MEGABYTE}"), FAULTS, 1
    yield "200,000 CDATA sections", rss(item("<title>" + "<![CDATA[a]]>" * MANY + "</title>")), \
        (CLEAN, FAULTS), 1
    yield "CDATA in CDATA", rss(item("<title>" + "<![CDATA[" * 5000 + "]]>" * 5000 + "</title>")), \
        (CLEAN, FAULTS), 1
    yield "CDATA without end", rss(item(f"<title>一</title><description><![CDATA[{'x' * MEGABYTE}")), FAULTS, 1
    yield "nothing but tags' beginnings", rss("<" * MEGABYTE), FAULTS, 0
    yield "nothing but quotes", rss("<a \"'" * 200000), FAULTS, 0
    yield "white space of eight megabytes", " " * (8 * MEGABYTE - 1000) + rss(GOOD), CLEAN, 1


def bytes_of():
    """Bytes that are no text, and texts that are not what they say."""
    title = item("<title>一%s二</title>")

    def raw(insert, charset=None):
        head = f'<?xml version="1.0" encoding="{charset}"?>' if charset else ""
        a, b = (head + rss(title)).split("%s")
        return a.encode() + insert + b.encode()
    sequences = {
        "NULs": b"\0\0\0", "a lone lead": b"\xe4", "a lone trail": b"\x80", "two of three": b"\xe4\xb8",
        "overlong slash": b"\xc0\xaf", "overlong NUL": b"\xc0\x80", "overlong less-than": b"\xc0\xbc",
        "overlong of four": b"\xf0\x80\x80\xaf", "a surrogate": b"\xed\xa0\x80",
        "a surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80", "past Unicode": b"\xf4\x90\x80\x80",
        "five bytes": b"\xf8\x88\x80\x80\x80", "FE FF": b"\xfe\xff", "C1": b"\xc2\x85\xc2\x9b31m",
        "ESC": b"\x1b[31m", "DEL": b"\x7f", "noncharacter": b"\xef\xbf\xbf", "BOMs": b"\xef\xbb\xbf" * 9,
        "override": "\u202e倒\u202c".encode(), "isolates": "\u2066\u2067\u2068\u2069".encode(),
        "marks": "\u200e\u200f\u061c".encode(), "zero width": "\u200b\u200c\u200d\u2060".encode(),
        "tags": "\U000e0041\U000e0042".encode(), "private": "\ue000\U000f0000".encode(),
        "zalgo": ("e" + "\u0301" * 100000).encode(), "joined": ("\U0001f468\u200d" * 50000).encode(),
        "line separators": "\u2028\u2029\v\f".encode(), "soft hyphens": "\u00ad".encode() * 1000,
    }
    for name, insert in sequences.items():
        yield f"bytes: {name}", raw(insert), (CLEAN, FAULTS), 1
    charsets = {"utf-8": "好", "gbk": "好", "gb2312": "好", "gb18030": "好", "big5": "好",
                "utf-16": "好", "utf-16le": "好", "utf-16be": "好", "iso-8859-1": "é", "windows-1252": "é",
                "shift_jis": "好", "euc-jp": "好", "euc-kr": "가", "koi8-r": "д", "iso-2022-jp": "好",
                "utf-7": "+AGE-", "utf-32": "好", "hz": "好", "cp037": "a", "replacement": "x", "x": "x",
                "": "x"}
    for name, text in charsets.items():
        python = name if name not in ("x", "", "replacement") else "utf-8"
        whole = (f'<?xml version="1.0" encoding="{name}"?>' + rss(item(f"<title>一{text}</title>")))
        data = whole.encode(python, "replace")
        yield f"charset {name}", data, (CLEAN, FAULTS, REFUSED), (0, 1)
        yield f"charset {name}, cut short", data[:-(len(data) // 3) | 1], (FAULTS, REFUSED), (0, 1)
        yield f"charset {name}, a lie", f'<?xml version="1.0" encoding="{name}"?>'.encode() \
            + rss(GOOD).encode(), (CLEAN, FAULTS, REFUSED), (0, 1)
    yield "UTF-16 with half a pair", b"\xff\xfe" + rss(GOOD).replace("题", "\ud800").encode(
        "utf-16-le", "surrogatepass"), (CLEAN, FAULTS), 1
    yield "UTF-16 of odd length", b"\xff\xfe" + rss(GOOD).encode("utf-16-le") + b"\x3c", (CLEAN, FAULTS), 1
    yield "UTF-16 that turns", b"\xff\xfe" + rss(GOOD).encode("utf-16-be"), (FAULTS, REFUSED), 0
    yield "two marks", b"\xef\xbb\xbf\xff\xfe" + rss(GOOD).encode(), (CLEAN, FAULTS, REFUSED), (0, 1)
    yield "GB18030 leads before a tag", raw(b"\x81", "gb18030"), (CLEAN, FAULTS), 1
    yield "GB18030 of four bytes that ends", raw(b"\x81\x30\x81", "gb18030"), (CLEAN, FAULTS), 1
    yield "GB18030 of four bytes past its end", raw(b"\xff\x39\xff\x39", "gb18030"), (CLEAN, FAULTS), 1
    yield "Big5 leads before a tag", raw(b"\xa4", "big5"), (CLEAN, FAULTS), 1
    yield "encoding without end", b'<?xml version="1.0" encoding="' + b"a" * MEGABYTE, REFUSED, 0
    yield "noise", bytes((i * 2654435761 >> 7) & 255 for i in range(MEGABYTE)), REFUSED, 0
    yield "a PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 10000, REFUSED, 0
    yield "an ELF", b"\x7fELF\2\1\1" + b"\0" * 10000, REFUSED, 0
    yield "a PDF", b"%PDF-1.7\n" + b"x" * 10000, REFUSED, 0
    yield "gzip inside", gzip.compress(rss(GOOD).encode(), mtime=0), REFUSED, 0
    yield "deflate inside", zlib.compress(b"\0" * (64 << 20), 9), REFUSED, 0
    yield "zstd inside", b"\x28\xb5\x2f\xfd\0\x38" + struct.pack("<I", 0x78001002)[:4] * 1000, REFUSED, 0
    yield "eight megabytes of NULs", b"\0" * (8 * MEGABYTE), REFUSED, 0
    yield "eight megabytes of FF", b"\xff" * (8 * MEGABYTE), REFUSED, 0
    yield "empty", b"", REFUSED, 0
    yield "a mark alone", b"\xef\xbb\xbf", REFUSED, 0


def values():
    """Dates, numbers, addresses that are beyond what they should be."""
    dates = ("9" * 400, "99999999999-99-99T99:99:99Z", "-0001-01-01T00:00:00Z", "0000-00-00", "2026-02-30",
             "2026-13-01T00:00:00Z", "Fri, 31 Dec 999999999 23:59:59 GMT", "1e308", "NaN",
             "9223372036854775807", "-9223372036854775808", "2038-01-19T03:14:08+99:99",
             "Mon, 01 Jan 2026 00:00:00 +" + "9" * 50, "99999999999999小时前", "昨天 99:99",
             "2023年99月99日", "%s%n", "T", "2026-01-01T" + ":" * 10000, " " * 100000 + "2026")
    for i, text in enumerate(dates):
        yield f"date {i}", rss(item(f"<title>一</title><pubDate>{text}</pubDate>")), (CLEAN, FAULTS), 1
        yield f"JSON date {i}", feed({"id": "1", "title": "一", "date_published": text}), \
            (CLEAN, FAULTS), 1
    for i, text in enumerate(("-1", "99999999999999999999999", "1e999", "0x7fffffffffffffff", "")):
        yield f"length {i}", rss(item(f'<title>一</title><enclosure url="http://a.example/" '
                                      f'length="{text}"/>')), (CLEAN, FAULTS), 1
        yield f"ttl {i}", rss(f"<ttl>{text}</ttl><skipHours>{'<hour>' + text + '</hour>'}</skipHours>"
                              + GOOD), (CLEAN, FAULTS), 1
    links = (f"javascript:alert('{SECRET}')", f"data:text/html,{SECRET}", f"vbscript:{SECRET}",
             f"JaVaScRiPt:{SECRET}", f"\tjavascript:{SECRET}",
             f"file:///{SECRET}", f"blob:{SECRET}", f"about:{SECRET}", f"tel:{SECRET}",
             f"mailto:{SECRET}@people.example", f"http://{SECRET}:x@a.example/",
             f"http://a.example/u/{SECRET}", f"http://a.example/@{SECRET}")
    for i, link in enumerate(links):
        yield f"link {i}", rss(item(f"<title>一</title><link>{link}</link>")), (CLEAN, FAULTS), 1
        yield f"JSON link {i}", feed({"id": "1", "title": "一", "url": link, "external_url": link,
                                      "image": link, "attachments": [{"url": link}]}), (CLEAN, FAULTS), 1
        yield f"Atom link {i}", atom(f"<entry><id>1</id><title>一</title><link href=\"{link}\"/></entry>"), \
            (CLEAN, FAULTS), 1
    for i, link in enumerate(("//", "http://", "http:///", "http://[", "http://[::1", "http://a:99999/",
                              "http://a/" + "../" * 100000, "?" * 10000, "#" * 10000, "http://%zz/",
                              "http://a.example/\0b", "/" * 100000, ":", "http:a", "http://a\\@b/")):
        yield f"odd link {i}", rss(item(f"<title>一</title><link>{link}</link>")), (CLEAN, FAULTS), 1
        yield f"odd base {i}", atom(f'<entry xml:base="{link}"><id>1</id><title>一</title>'
                                    '<link href="x"/></entry>'), (CLEAN, FAULTS), (0, 1)


def notations():
    """JSON that is not, or that says a thing twice."""
    head = '{"version":"https://jsonfeed.org/version/1.1","title":"t","items":['
    yield "JSON keys twice", head + '{"id":"1","id":"2","title":"一","title":"二"}]}', (CLEAN, FAULTS), 1
    yield "JSON items twice", head + '{"id":"1","title":"一"}],"items":[{"id":"2","title":"二"}]}', \
        (CLEAN, FAULTS), (1, 2)
    for i, tail in enumerate(("", "{", '{"id":', '{"id":"1","title":"一"}', '{"id":"1","title":"一"},',
                              '{"id":"1"}]', '{"id":"1","title":"\\u', '{"id":"1","title":"\\ud800"}]}',
                              '{"id":"1","title":"\\u0000"}]}', "null,null,1,[],\"x\"]}",
                              '{"id":{"a":[1]},"title":[1],"url":{}}]}', '{"id":1e400,"title":"一"}]}',
                              '{"id":-0,"title":"一"}]}', "NaN]}", "{'id':'1'}]}", "// x\n]}", "]}]}]}",
                              '{"id":"1","title":"一"}]} trailing', '{"id":"1","tags":"x"}]}',
                              '{"id":"1","title":"一","authors":[[[[[]]]]]}]}')):
        yield f"JSON torn {i}", head + tail, (CLEAN, FAULTS, REFUSED), (0, 1)
    yield "JSON without items", '{"version":"https://jsonfeed.org/version/1.1"}', (CLEAN, FAULTS, REFUSED), 0
    yield "JSON items that are none", '{"version":"https://jsonfeed.org/version/1.1","items":{"a":1}}', \
        (CLEAN, FAULTS, REFUSED), 0
    yield "JSON of another kind", '{"version":"9","items":[{"name":"x"}]}', (CLEAN, FAULTS, REFUSED)
    yield "100,000 JSON keys", feed({"id": "1", "title": "一", **{f"k{i}": 1 for i in range(100000)}}), \
        (CLEAN, FAULTS), 1
    yield "JSON keys of one hash", feed({"id": "1", "title": "一", **{"k" * i: 1 for i in range(1, 1500)}}), \
        (CLEAN, FAULTS), 1
    yield "JSON string without end", head + '{"id":"' + "\\" * MEGABYTE, (FAULTS, REFUSED), 0
    yield "200,000 torn JSON items", head + '{"id":' * MANY, (FAULTS, REFUSED), 0


def pages():
    """What a server sends instead of a feed, and pages that are both."""
    login = ('<html><head><title>登录</title></head><body><form action="/login" method="post">'
             '<input name="user"><input type="password" name="pw"><button>登录</button></form></body></html>')
    yield "a log-in page", login, REFUSED, 0
    yield "a log-in page that says it is RSS", f'<?xml version="1.0"?>{login}', REFUSED, 0
    yield "a CAPTCHA", '<html><body><div id="captcha"><img src="/captcha.png">请输入验证码</div></body></html>', \
        REFUSED, 0
    yield "a soft 404", "<html><head><title>404 页面不存在</title></head><body>您访问的页面不存在</body></html>", \
        REFUSED, 0
    yield "a page that moves", '<html><head><meta http-equiv="refresh" content="0;url=http://127.0.0.1/"></head>' \
        "<body><script>location='http://127.0.0.1/'</script></body></html>", REFUSED, 0
    yield "a JSON error", '{"code":401,"msg":"未登录","data":null}', REFUSED, 0
    yield "a text", "Service Unavailable\n", REFUSED, 0
    yield "frames", '<html><frameset cols="*">' + '<frame src="/a">' * 10000, REFUSED, 0
    yield "SOAP", '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body/>' \
        "</soap:Envelope>", REFUSED, 0
    yield "SVG with a script", f'<svg xmlns="http://www.w3.org/2000/svg"><script>{SECRET}</script></svg>', \
        REFUSED, 0
    yield "XSLT", '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">' \
        "<xsl:template match='/'><xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template>" \
        "</xsl:stylesheet>", REFUSED, 0
    yield "HTML and then RSS", login + rss(GOOD), (CLEAN, FAULTS, REFUSED), (0, 1)
    yield "RSS and then HTML", rss(GOOD) + login, (CLEAN, FAULTS), 1
    yield "RSS in a comment in HTML", f"<html><!-- {rss(GOOD)} --></html>", REFUSED, 0
    yield "RSS in HTML", f"<html><body>{rss(GOOD)}</body></html>", (CLEAN, FAULTS, REFUSED), (0, 1)
    yield "RSS in RSS", rss(rss(GOOD) + GOOD), (CLEAN, FAULTS), (1, 2)
    yield "RSS twice", rss(GOOD) * 2, (CLEAN, FAULTS), (1, 2)
    yield "Atom in RSS", rss(atom("<entry><id>1</id><title>一</title></entry>") + GOOD), (CLEAN, FAULTS), (0, 2)
    yield "JSON in XML", rss(item(f"<title>{feed({'id': '1'})}</title>")), CLEAN, 1
    yield "XML in JSON", feed({"id": "1", "title": rss(GOOD), "content_html": rss(GOOD)}), (CLEAN, FAULTS), 1
    for kind, code in (("script", f"<script>{SECRET}</script>"), ("style", f"<style>{SECRET}</style>"),
                       ("handler", f'<img src=x onerror="{SECRET}">'),
                       ("iframe", f'<iframe srcdoc="{SECRET}"></iframe>'),
                       ("torn script", "<scr<script>ipt>x</script>"),
                       ("script in upper case", f"<SCRIPT\n>{SECRET}</SCRIPT\t>"),
                       ("noscript", '<noscript><p title="</noscript><script>x</script>">'),
                       ("template", f"<template><script>{SECRET}</script></template>"),
                       ("comment", f"<!--{SECRET}-->"), ("odd comment", f"<!{SECRET}>"),
                       ("object", f'<object data="data:text/html,{SECRET}"></object>'),
                       ("textarea", f"<textarea><script>{SECRET}</script></textarea>"),
                       ("svg", f"<svg><script>{SECRET}</script></svg>"),
                       ("author", f'<span class="author">{SECRET}</span>')):
        yield f"HTML: {kind}", rss(item(f"<title>一</title><description><![CDATA[<p>二</p>{code}]]>"
                                        "</description>")), (CLEAN, FAULTS), 1


def boards():
    yield "a board, 200,000 deep", page(post("文") + "<div>" * MANY), (CLEAN, FAULTS), (0, 1)
    yield "a board of tables", page(post("文")) + "<table><tr><td>" * 100000, (CLEAN, FAULTS), (0, 1)
    yield "a board of forms", page(post("文") + "<form><b><i><a>" * 50000), (CLEAN, FAULTS), (0, 1)
    yield "a board of ends", page("</li></ul></body>" * 60000 + post("文")), (CLEAN, FAULTS), (0, 1)
    yield "a board of 100,000 attributes", page("<li class=message " + " ".join(
        f"a{i}=1" for i in range(100000)) + "><a class=title href=/1>题</a></li>"), (CLEAN, FAULTS, REFUSED), \
        (0, 1)
    yield "a board of 20,000 posts", page(post("文") * 20000), (CLEAN, FAULTS)
    yield "a post of four megabytes", page(post("文" * 1300000)), (CLEAN, FAULTS), 1
    yield "posts in posts", page("<li class=message><a class=title href=/1>题" * 20000), \
        (CLEAN, FAULTS, REFUSED)
    yield "a board in a comment", f"<html><!-- {page(post('文'))}", REFUSED, 0
    yield "a board in a script", f"<html><script>{page(post('文'))}", REFUSED, 0
    yield "a log-in page for a board", "<html><form><input type=password></form></html>", REFUSED, 0
    yield "an empty page for a board", "", REFUSED, 0
    yield "a feed for a board", rss(GOOD), (CLEAN, FAULTS, REFUSED), (0, 1)
    yield "noise for a board", bytes((i * 2654435761 >> 9) & 255 for i in range(MEGABYTE // 2)), REFUSED, 0
    yield "a board with NULs", page(post("一\0二")), (CLEAN, FAULTS), 1
    yield "a board in UTF-16", page(post("文")).encode("utf-16"), (CLEAN, FAULTS), 1
    yield "a board of quotes", page(post("文") + "<a href=\"'" * 100000), (CLEAN, FAULTS), (0, 1)
    yield "a board of classes", page(f'<li class="message {"c " * 200000}"><a class=title href=/1>题</a></li>'), \
        (CLEAN, FAULTS, REFUSED), (0, 1)


def corpus():
    """Every hostile body."""
    for family in (entities, shapes, bytes_of, values, notations, pages):
        for row in family():
            body = row[1]
            first = body.lstrip()[:1]
            mime = JSON if first in ("{", "[") else RSS
            yield Hostile(row[0], body, row[2], *row[3:4], mime=mime)
    for row in boards():
        yield Hostile(row[0], row[1], row[2], *row[3:4], mime=HTML, board=True)
