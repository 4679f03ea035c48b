"""Thousands of feeds on a hundred hosts, which note when each was polled: one thread, one loop."""
import asyncio
import collections
import contextlib
import threading
import time

import harness as h
import material as m

HOSTS = 100


class Feeds:
    """Feed i stands on host i % HOSTS. `interval_s` is real."""

    def __init__(self, count, interval_s):
        self.count, self.interval_s = count, interval_s
        self.port = h.free_ports(1)[0]
        self.empty = m.rss([("none", *m.OTHER)]).encode()
        self.bodies = {}
        self.posts = collections.defaultdict(list)
        self.polls = collections.defaultdict(list)
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(h.PATIENCE)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        for host in range(min(HOSTS, self.count)):
            self.loop.run_until_complete(
                asyncio.start_server(self.serve, self.host(host), self.port, backlog=1024))
        ready.set()
        self.loop.run_forever()

    @staticmethod
    def host(index):
        return f"127.0.9.{index % HOSTS + 1}"

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self.answer(head))
                await writer.drain()
        writer.close()

    def answer(self, head):
        path = head.split(" ", 2)[1]
        if not path[1:].isdigit():
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        index = int(path[1:])
        self.polls[index].append(time.monotonic())
        body = self.bodies.get(index, self.empty)
        tag = f'"{len(self.posts.get(index, ()))}"'
        if f"if-none-match: {tag}" in head.lower():
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        return (f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nETag: {tag}"
                f"\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body

    def publish(self, index, number):
        numbers = [*self.posts[index], number]
        self.bodies[index] = m.rss([(f"p{n}", *m.numbered(m.WAGES, n)) for n in numbers]).encode()
        self.posts[index] = numbers

    def sources(self):
        every = f"{round(self.interval_s * h.RATE)}s"
        return [{"id": f"s{i}", "name": f"s{i}", "kind": "news", "interval": every,
                 "interval_least": every, "interval_most": every,
                 "url": f"http://{self.host(i)}:{self.port}/{i}"} for i in range(self.count)]

    def polled(self):
        return len(self.polls)

    def times(self, index, since):
        return [t for t in list(self.polls[index]) if t >= since]

    def early(self, since):
        """Of each feed, the polls that came sooner after the one before than an interval with its
        jitter allows."""
        each = (self.times(i, since) for i in range(self.count))
        return [sum(b - a < 0.9 * self.interval_s for a, b in zip(times, times[1:]))
                for times in each]

    def gaps(self, since):
        """How long each feed waited for a poll, in intervals, those that wait now too."""
        now = time.monotonic()
        for index in range(self.count):
            times = self.times(index, since)
            yield from ((b - a) / self.interval_s for a, b in zip([since, *times], [*times, now]))

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
