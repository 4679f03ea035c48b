#!/usr/bin/python3
"""https sources under an authority of one's own, HTTP/2, and what is not trusted."""
import http.server
import os
import ssl
import subprocess
import threading

import harness as h
import material as m

EXTENSIONS = "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"


def openssl(*args):
    done = subprocess.run(["openssl", *args], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stderr


def authority(folder, name):
    key, cert = (os.path.join(folder, f"{name}.{end}") for end in ("key", "pem"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", cert, "-days", "2", "-subj", f"/CN={name}")
    return key, cert


def server_pair(folder, name, ca):
    key, request, cert, more = (os.path.join(folder, f"{name}.{end}")
                                for end in ("key", "csr", "pem", "ext"))
    with open(more, "w", encoding="ascii") as f:
        f.write(EXTENSIONS)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    openssl("x509", "-req", "-in", request, "-CA", ca[1], "-CAkey", ca[0], "-CAcreateserial",
            "-out", cert, "-days", "2", "-extfile", more)
    return key, cert


class Secure:
    """One page over HTTP/1.1 and TLS."""

    def __init__(self, world, pair, body):
        page = body.encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format, *args):
                pass

            def do_GET(self):
                known = self.path == "/feed"
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", "application/feed+json")
                self.send_header("Content-Length", str(len(page) if known else 0))
                self.end_headers()
                self.wfile.write(page if known else b"")

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair[1], pair[0])
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        world.callback(self.server.server_close)
        world.callback(self.server.shutdown)

    def url(self, path):
        return f"https://127.0.0.1:{self.server.server_address[1]}{path}"


class Two:
    """nghttpd: HTTP/2 and nothing else."""

    def __init__(self, world, pair, body):
        self.port = h.free_ports(1)[0]
        root = os.path.join(world.base, "two")
        os.makedirs(root)
        with open(os.path.join(root, "feed"), "w", encoding="utf-8") as f:
            f.write(body)
        self.log = os.path.join(world.base, "nghttpd.log")
        with open(self.log, "wb") as log:
            child = subprocess.Popen(["nghttpd", "-v", "--no-content-length", "-a", "127.0.0.1",
                                      "-d", root, str(self.port), *pair], stdout=log, stderr=log)
        world.callback(child.wait)
        world.callback(child.kill)

    def url(self, path):
        return f"https://127.0.0.1:{self.port}{path}"


def feed(name):
    return m.json_feed([(f"{name}-1", *m.numbered(m.WAGES, 1))])


def test_tls_and_http2():
    with h.World() as world:
        ours, foreign = authority(world.base, "ours"), authority(world.base, "foreign")
        pair = server_pair(world.base, "server", ours)
        one = Secure(world, pair, feed("one"))
        two = Two(world, pair, feed("two"))
        other = Secure(world, server_pair(world.base, "stranger", foreign), feed("other"))
        site = world.site()
        site.set("/up", "", status=301, headers=[("Location", one.url("/feed"))])
        sources = [h.source(one, "one", "/feed"), h.source(two, "two", "/feed"),
                   h.source(other, "other", "/feed"), h.source(site, "up", "/up")]
        daemon = world.daemon(sources, ca_file=ours[1])

        def polled(ident):
            source = daemon.source(ident)
            return source if source["last_outcome"] else None

        for ident in ("one", "two", "up"):
            source = h.wait_for(lambda i=ident: polled(i), 20, f"a poll of {ident}")
            assert source["last_outcome"] in ("body", "unchanged"), (ident, source)
        source = h.wait_for(lambda: polled("other"), 20, "a poll of other")
        assert source["last_outcome"] in ("failed", "disallowed"), source
        assert "证书" in source["problem"] or "robots.txt" in source["problem"], source
        with open(two.log, encoding="utf-8", errors="replace") as f:
            log = f.read()
        assert "The negotiated protocol: h2" in log and ":path: /feed" in log, log[-500:]
        # The system's authorities know none of this.
        daemon.stop()
        del daemon.settings["ca_file"]
        daemon.write_config()
        daemon.start()
        h.wait_for(lambda: daemon.source("one")["failures"], 20, "a certificate not trusted")
        assert os.path.getsize(daemon.db + ".timetable") > 4096


if __name__ == "__main__":
    h.main(globals())
