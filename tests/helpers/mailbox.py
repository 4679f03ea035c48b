"""Servers that a bridge delivers to, on this machine, that fail as a test says."""
import base64
import email
import email.header
import email.policy
import http.server
import json
import socketserver
import ssl
import threading


class Hook:
    """A webhook. `script` holds what the next requests meet: a status, (status, headers, body), or
    a function of the handler; then `answer` with 200."""

    def __init__(self, answer=None):
        self.taken, self.refused, self.script = [], [], []
        self.answer = {"errcode": 0, "errmsg": "ok"} if answer is None else answer
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                step = hook.script.pop(0) if hook.script else None
                seen = (self.path, dict(self.headers), body)
                if callable(step):
                    hook.refused.append(seen)
                    step(self)
                    return
                status, headers, text = step if isinstance(step, tuple) else (step or 200, {}, None)
                fine = status == 200 and text is None
                (hook.taken if fine else hook.refused).append(seen)
                out = json.dumps(hook.answer if text is None else text).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(out))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(out)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self):
        return [json.loads(body) for _, _, body in self.taken]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """SMTP (RFC 5321) with STARTTLS and AUTH PLAIN. `script` holds replies that the next commands
    of a name get: ("RCPT", "450 busy"), or ("DATA", None) to hang up."""

    def __init__(self, certificate=None, key=None):
        self.mails, self.script, self.commands, self.logins = [], [], [], []
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, key)
        box = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                box.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Session)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, session):
        def say(*lines):
            session.wfile.write("".join(line + "\r\n" for line in lines).encode())

        say("220 mailbox")
        secure, rcpt = False, []
        while line := session.rfile.readline():
            verb = line.decode().split(" ")[0].strip().upper()
            self.commands.append((verb, secure))
            if self.script and self.script[0][0] == verb:
                reply = self.script.pop(0)[1]
                if reply is None:
                    return
                say(reply)
            elif verb == "EHLO":
                offers = ["AUTH PLAIN"] if secure else ["STARTTLS"] if self.tls else []
                offers = ["mailbox", *offers, "8BITMIME"]
                say(*(f"250{'-' if i < len(offers) - 1 else ' '}{offer}"
                      for i, offer in enumerate(offers)))
            elif verb == "STARTTLS":
                say("220 go")
                session.connection = self.tls.wrap_socket(session.connection, server_side=True)
                session.rfile = session.connection.makefile("rb")
                session.wfile = session.connection.makefile("wb", 0)
                secure = True
            elif verb == "AUTH":
                words = line.decode().split()
                if len(words) < 3:
                    say("334 ")
                    words.append(session.rfile.readline().decode().strip())
                self.logins.append(base64.b64decode(words[2]).decode().split("\0")[1:])
                say("235 in")
            elif verb == "RCPT":
                rcpt.append(line.decode().split("<")[1].split(">")[0])
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                text = b""
                while (part := session.rfile.readline()) not in (b".\r\n", b""):
                    text += part[1:] if part.startswith(b"..") else part
                self.mails.append((rcpt, text, secure))
                rcpt = []
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def read(self, i):
        """(headers, text) of a mail."""
        mail = email.message_from_bytes(self.mails[i][1], policy=email.policy.default)
        return mail, mail.get_content()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
