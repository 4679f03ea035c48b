"""Stands between one daemon and Redis behind Sentinel: it answers as a Sentinel does, names a port
of its own as the master's, and hands on what comes there to whoever the real Sentinel names."""
import contextlib
import socket
import threading


def listen():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    s.listen(64)
    return s


class Gate:
    def __init__(self, sentinel):
        self.sentinel = sentinel
        self.lock = threading.Lock()
        self.pairs = set()
        self.shut = self.closed = False
        self.ask, self.data = listen(), listen()
        self.port = self.data.getsockname()[1]
        self.address = f"redis+sentinel://127.0.0.1:{self.ask.getsockname()[1]}/town"
        for listener, serve in ((self.ask, self.answer), (self.data, self.hand_on)):
            threading.Thread(target=self.accept, args=(listener, serve), daemon=True).start()

    def accept(self, listener, serve):
        while not self.closed:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(s,), daemon=True).start()

    def answer(self, s):
        with contextlib.suppress(OSError), s:
            while s.recv(4096):
                if self.shut:
                    return
                port = str(self.port)
                s.sendall(f"*2\r\n$9\r\n127.0.0.1\r\n${len(port)}\r\n{port}\r\n".encode())

    def hand_on(self, s):
        master = None if self.shut else self.sentinel.master_port()
        try:
            if not master:
                return
            with socket.create_connection(("127.0.0.1", master), 5) as there:
                there.settimeout(None)
                with self.lock:
                    self.pairs |= {s, there}
                back = threading.Thread(target=self.pump, args=(there, s), daemon=True)
                back.start()
                self.pump(s, there)
                back.join()
        except OSError:
            pass
        finally:
            with self.lock:
                self.pairs -= {s}
            s.close()

    def pump(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """All that is connected is cut, and nothing connects until mend()."""
        with self.lock:
            self.shut = True
            for s in self.pairs:
                with contextlib.suppress(OSError):
                    s.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.shut = False

    def close(self):
        self.closed = True
        self.cut()
        for s in (self.ask, self.data):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()
