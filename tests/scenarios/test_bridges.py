#!/usr/bin/python3
"""`huiying bridge` into chat groups, webhooks and mailboxes that fail in every way they know: nothing
is lost, the order is kept, nobody else waits, and no word of an item gets out.
"""
import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import unittest.mock
import urllib.parse

import harness as h
import material as m
import yaml

sys.path.insert(0, os.path.join(h.ROOT, "tests", "helpers"))
import mailbox  # noqa: E402

CANARY = "金丝雀甲乙丙"
PAGE = "https://huiying.example.gov.cn/"
SECRET = "SEC0123456789"
OPENED = ["huiying.concern.opened"]


def town(world, n=3):
    site = world.site()
    site.set("/rss", m.rss([(f"w{i}", *(t + CANARY for t in m.numbered(m.WAGES, 11 + i)))
                            for i in range(n)]))
    daemon = world.daemon([h.source(site, "rss", "/rss")])
    h.wait_for(lambda: daemon.status()["store"]["items"] >= n, what="all items")
    return daemon


def hidden(world, name, text, mode=0o600):
    path = os.path.join(world.folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + "\n")
    os.chmod(path, mode)
    return path


class Bridge:
    def __init__(self, world, daemon, name, **more):
        self.config = os.path.join(world.folder, name + ".yaml")
        self.log = os.path.join(world.folder, name + ".log")
        with open(self.config, "w", encoding="utf-8") as f:
            keys = {"unit": "labour", "receiver": name, "address": PAGE, **more}
            yaml.safe_dump({k: v for k, v in keys.items() if v is not None}, f)
        self.daemon = daemon
        self.child = None
        world.callback(self.stop)

    def start(self, *options):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [h.program("huiying"), "bridge", self.config, *options], stdout=log, stderr=log,
                env=dict(os.environ, HUIYING_SOCKET=self.daemon.socket,
                         HUIYING_KEYS=self.daemon.keys))
        return self

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()

    def told(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()


def hooked(world, daemon, name, preset, hook, *options, **more):
    webhook = {"preset": preset, "url_file": hidden(world, name + ".url", hook.url + "?key=KEYKEY")}
    if "secret" in more:
        webhook["secret_file"] = hidden(world, name + ".secret", more.pop("secret"))
    return Bridge(world, daemon, name, webhook=webhook, **{"types": OPENED, **more}).start(*options)


def concerns(daemon):
    """As they were opened, by number."""
    return sorted((c["id"] for c in daemon.concerns() if c["unit"]["id"] == "labour"),
                  key=lambda c: int(c[1:]))


def clean(text):
    assert CANARY not in text and "site.example" not in text and "农民工" not in text, text


def lines_of(text, daemon, concern):
    clean(text)
    view = daemon.get("/api/v1/concerns/" + concern)
    assert view["topic"]["name"] in text.splitlines()[0], text
    assert "发现" in text.splitlines()[0] and "人社所" in text, text
    assert f"{PAGE}#{concern}" in text.splitlines(), text
    assert "期限 (due)：" in text, text


def test_each_service_gets_its_form():
    with h.World() as world:
        daemon = town(world)
        ids = concerns(daemon)
        for preset in ("wecom", "dingtalk", "feishu"):
            hook = world.add(mailbox.Hook({"code": 0} if preset == "feishu" else None))
            secret = {} if preset == "wecom" else {"secret": SECRET}
            hooked(world, daemon, preset, preset, hook, **secret)
            h.wait_for(lambda: len(hook.taken) >= len(ids), what=f"{preset}: all alerts")
            for (path, headers, _), body, concern in zip(hook.taken, hook.bodies(), ids):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
                assert query["key"] == "KEYKEY" and "json" in headers["Content-Type"]
                if preset == "feishu":
                    assert body["msg_type"] == "text"
                    lines_of(body["content"]["text"], daemon, concern)
                    stamp = body["timestamp"]
                    want = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256)
                    assert body["sign"] == base64.b64encode(want.digest()).decode()
                    continue
                assert body["msgtype"] == "text"
                lines_of(body["text"]["content"], daemon, concern)
                if preset == "dingtalk":
                    stamp = query["timestamp"]
                    want = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256)
                    assert query["sign"] == base64.b64encode(want.digest()).decode()


def test_plain_json_is_the_event_without_its_item():
    with h.World() as world:
        daemon = town(world)
        hook = world.add(mailbox.Hook({}))
        hooked(world, daemon, "json", "json", hook, secret=SECRET)
        h.wait_for(lambda: len(hook.taken) >= 3, what="all alerts")
        for (_, headers, body), event in zip(hook.taken, hook.bodies()):
            assert headers["Content-Type"].startswith("application/cloudevents+json")
            want = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            assert headers["X-Huiying-Signature"] == "sha256=" + want
            clean(body.decode())
            assert "item" not in event["data"]
            assert event["address"] == f"{PAGE}#{event['data']['concern']}"
            assert event["notice"].startswith("发现") and "演练" not in event["notice"], event
            with contextlib.suppress(ImportError):
                import jsonschema
                path = os.path.join(h.ROOT, "docs", "events", event["type"] + ".schema.json")
                with open(path, encoding="utf-8") as f:
                    jsonschema.validate(event, json.load(f), jsonschema.Draft202012Validator)


def test_trouble_loses_and_reorders_nothing():
    with h.World() as world:
        daemon = town(world)
        ids = concerns(daemon)
        hook, other = world.add(mailbox.Hook()), world.add(mailbox.Hook())
        hook.script = [500, (429, {"Retry-After": "1"}, {}), lambda r: r.connection.close(),
                       (200, {}, None)]
        bridge = hooked(world, daemon, "faulty", "wecom", hook, timeout="3s")
        dead = socket.create_server(("127.0.0.1", 0))  # takes connections, never answers
        world.callback(dead.close)

        class Dead:
            url = f"http://127.0.0.1:{dead.getsockname()[1]}/hook"

        hooked(world, daemon, "dead", "wecom", Dead, timeout="1s")
        hooked(world, daemon, "other", "wecom", other)
        h.wait_for(lambda: len(other.taken) >= len(ids), what="the healthy one's alerts")
        h.wait_for(lambda: len(hook.taken) >= len(ids), 60, "the faulty one's alerts")
        assert len(hook.refused) == 3, hook.refused
        for taken in (hook, other):
            texts = [b["text"]["content"] for b in taken.bodies()]
            assert [next(c for c in ids if t.rstrip().endswith("#" + c)) for t in texts] == ids
        told = bridge.told()
        assert "HTTP 500" in told and "HTTP 429" in told and "(delivered again)" in told, told
        for word in ("KEYKEY", "127.0.0.1", CANARY):
            assert word not in told, told
        # Nobody was taken for offline meanwhile.
        events = h.json_lines(daemon.cli("listen", "--once", "6").stdout)
        assert "offline" not in [h.kind_of(e) for e in events]


def test_a_refusal_in_the_answer_is_one():
    with h.World() as world:
        daemon = town(world, 1)
        hook = world.add(mailbox.Hook())
        hook.script = [(200, {}, {"errcode": 45009, "errmsg": "freq"})]
        bridge = hooked(world, daemon, "wecom", "wecom", hook)
        h.wait_for(lambda: "code 45009" in bridge.told(), what="the refusal")
        assert not hook.taken
        bridge.stop()  # it waits a minute; another run does not
        bridge.start()
        h.wait_for(lambda: hook.taken, what="the alert")


def test_what_is_not_delivered_is_sent_by_the_next_run():
    with h.World() as world:
        daemon = town(world)
        ids = concerns(daemon)
        hook = world.add(mailbox.Hook())
        hook.script = [(200, {}, None), 503]
        bridge = hooked(world, daemon, "wecom", "wecom", hook)
        h.wait_for(lambda: hook.refused, what="a refusal")
        bridge.stop()
        bridge.start()
        h.wait_for(lambda: len(hook.taken) >= len(ids), what="all alerts")
        texts = [b["text"]["content"] for b in hook.bodies()]
        got = [next(c for c in ids if t.rstrip().endswith("#" + c)) for t in texts]
        assert list(dict.fromkeys(got)) == ids, got


def test_the_pace_of_a_service_is_kept():
    with h.World() as world:
        daemon = town(world)
        hook = world.add(mailbox.Hook())
        bridge = hooked(world, daemon, "wecom", "wecom", hook, per_minute=2)
        h.wait_for(lambda: len(hook.taken) == 2, what="two alerts")
        assert len(concerns(daemon)) == 3
        # The third waits its minute: a full turn of the bus passes, and it is still not out.
        seen = len(h.json_lines(daemon.cli("listen", "--unit", "labour", "--once", "3").stdout))
        assert seen == 3 and len(hook.taken) == 2 and bridge.child.poll() is None


def certificate(world):
    cert, key = (os.path.join(world.folder, name) for name in ("cert.pem", "key.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=60)
    return cert, key


def test_mail_by_starttls_with_faults():
    with h.World() as world:
        daemon = town(world)
        ids = concerns(daemon)
        cert, key = certificate(world)
        box = world.add(mailbox.Mailbox(cert, key))
        box.script = [("RCPT", "450 busy"), ("DATA", None)]
        bridge = Bridge(world, daemon, "mail", types=OPENED, ca_file=cert, mail={
            "url": f"smtp://localhost:{box.port}", "from": "huiying@example.gov.cn",
            "to": ["duty@example.gov.cn", "chief@example.gov.cn"], "user": "huiying",
            "password_file": hidden(world, "password", "PASSWORD")}).start()
        h.wait_for(lambda: len(box.mails) >= len(ids), 60, "all mails")
        for i, concern in enumerate(ids):
            rcpt, raw, secure = box.mails[i]
            assert secure and rcpt == ["duty@example.gov.cn", "chief@example.gov.cn"]
            assert max(map(len, raw.split(b"\r\n"))) <= 78
            head, text = box.read(i)
            lines_of(text, daemon, concern)
            clean(str(head))
            assert "发现" in head["Subject"] and "拖欠工资" in head["Subject"], head["Subject"]
        assert len({box.read(i)[0]["Message-ID"] for i in range(len(ids))}) == len(ids)
        assert ["huiying", "PASSWORD"] in box.logins
        assert "AUTH" not in [verb for verb, secure in box.commands if not secure]
        assert "PASSWORD" not in bridge.told()


def test_mail_is_not_sent_in_the_clear_unless_asked():
    with h.World() as world:
        daemon = town(world, 1)
        box = world.add(mailbox.Mailbox())
        mail = {"url": f"smtp://127.0.0.1:{box.port}", "from": "a@example.org",
                "to": ["b@example.org"]}
        bridge = Bridge(world, daemon, "mail", types=OPENED, mail=mail).start()
        h.wait_for(lambda: "(not delivered, tried again)" in bridge.told(), what="a refusal")
        assert not box.mails
        plain = Bridge(world, daemon, "plain", types=OPENED, mail={**mail, "tls": "none"}).start()
        h.wait_for(lambda: box.mails or plain.child.poll() is not None, what="the mail")
        assert len(box.mails) == 1


def test_a_digest_is_one_mail():
    with h.World() as world:
        daemon = town(world)
        box = world.add(mailbox.Mailbox())
        Bridge(world, daemon, "digest", types=OPENED, digest="2s", mail={
            "url": f"smtp://127.0.0.1:{box.port}", "from": "a@example.org",
            "to": ["b@example.org"], "tls": "none"}).start()
        h.wait_for(lambda: box.mails, what="the digest")
        head, text = box.read(0)
        assert [c for c in concerns(daemon) if f"{PAGE}#{c}" in text.splitlines()] == \
            concerns(daemon)
        assert "3 alerts" in head["Subject"], head["Subject"]
        clean(text)


def brief_of(text):
    """The day that a mail's title names."""
    return datetime.date.fromisoformat(re.fullmatch("每日信息参阅（(.*)）", text).group(1))


def kept(path):
    with open(path, encoding="utf-8") as f:
        return f.read().strip()


def test_the_brief_comes_once_a_day_through_restarts():
    with h.World() as world:
        site = world.site()
        site.set("/rss", m.rss([("w", *(t + CANARY for t in m.numbered(m.WAGES, 11)))]))
        # A day takes 6 s.
        daemon = world.daemon([{**h.source(site, "rss", "/rss"), "interval": "1h"}],
                              demonstration={"rate": 14400})
        h.wait_for(daemon.concerns, what="the concern")
        box = world.add(mailbox.Mailbox())
        box.script = [("RCPT", "450 busy"), ("DATA", None)]
        cursor = os.path.join(world.folder, "last.brief")
        with open(cursor, "w", encoding="utf-8") as f:
            f.write("2026-01-05\n")  # long ago: what was missed is not made up for, but for the last
        bridge = Bridge(world, daemon, "brief", unit=None, brief={"at": "08:00", "cursor": cursor},
                        mail={"url": f"smtp://127.0.0.1:{box.port}", "from": "a@example.org",
                              "to": ["leader@example.org"], "tls": "none"}).start()
        h.wait_for(lambda: not box.script, 60, "both faults")
        bridge.stop()  # whatever it was about to do
        assert box.mails or kept(cursor) == "2026-01-05"
        bridge.start()
        for n in range(1, 4):
            h.wait_for(lambda: len(box.mails) >= n or bridge.child.poll() is not None, 90,
                       f"mail {n}")
            last = brief_of(box.read(n - 1)[0]["Subject"]).isoformat()
            h.wait_for(lambda: kept(cursor) == last, 10, "the cursor")
            bridge.stop()
            bridge.start()
        days = []
        for i in range(3):
            head, text = box.read(i)
            days.append(brief_of(head["Subject"]))
            assert days[-1].isoformat() in head["Message-ID"], head["Message-ID"]
            assert text.startswith(head["Subject"]) and "新提出" in text and PAGE in text, text
            clean(text)
        # A slow machine may be late by days of 6 s; none comes twice.
        assert days == sorted(set(days)), days
        assert datetime.date(2026, 1, 6) < days[0], days


def test_a_wrong_file_is_refused():
    with h.World() as world:
        url = hidden(world, "url", "https://example.org/hook")
        good = {"unit": "labour", "receiver": "x", "address": PAGE,
                "webhook": {"preset": "json", "url_file": url}}
        mail = {"url": "smtp://localhost", "from": "a@example.org", "to": ["b@example.org"]}
        path = os.path.join(world.folder, "b.yaml")

        def check(config):
            with open(path, "w", encoding="utf-8") as f:
                yaml.safe_dump(config, f)
            return h.cli("bridge", "--check", path)

        assert check(good).returncode == 0, check(good).stderr
        assert check({**good, "webhook": None, "mail": mail}).returncode == 78
        only = {k: v for k, v in good.items() if k != "webhook"}
        assert check({**only, "mail": mail}).returncode == 0
        brief = {"receiver": "x", "address": PAGE, "mail": mail, "brief": {"at": "08:30"}}
        assert check(brief).returncode == 0, check(brief).stderr
        for wrong in ({**good, "mail": mail}, only, {**brief, "unit": "labour"},
                      {**brief, "brief": {"at": "07:59"}}, {**brief, "brief": {"at": "24:00"}},
                      {**brief, "brief": {"at": "8:00"}}, {**brief, "digest": "2s"},
                      {k: v for k, v in brief.items() if k != "mail"},
                      {k: v for k, v in {**only, "mail": mail}.items() if k != "unit"}, {**good, "types": ["opened"]},
                      {**good, "colour": "red"}, {**only, "mail": {**mail, "url": "http://x"}},
                      {**only, "mail": {**mail, "user": "a", "tls": "none"}},
                      {**good, "webhook": {"preset": "slack", "url_file": url}},
                      {**good, "webhook": {"preset": "json", "url_file": url + "x"}}):
            done = check(wrong)
            assert done.returncode == 78 and "b.yaml:" in done.stderr, (wrong, done)
        named = {**good, "webhook": {"preset": "json", "url_file": "url"}}
        assert check(named).returncode == 78
        with unittest.mock.patch.dict(os.environ, CREDENTIALS_DIRECTORY=os.path.dirname(url)):
            assert check(named).returncode == 0, check(named).stderr
        os.chmod(url, 0o604)
        assert "0600" in check(good).stderr


if __name__ == "__main__":
    h.main(globals())
