"""client.py [OPTION]... PORT - a client of language models, in each way that programs are written.

Prints how many requests were answered well, refused by 429, and went wrong, and in how many
seconds: ok=N refused=N failed=N seconds=N. With --ticks also ticks=N in_time=N, of a ticker (see
tests/loops/ticker.py) that runs beside the tasks of --how asyncio in each process. The ways are:

blocking   one request after the other by http.client, which writes head and body apart
urllib     likewise, by a connection each
threads    http.client in so many threads
asyncio    so many tasks, by streams; head and body in one write if they are not --separate
"""

import argparse
import asyncio
import http.client
import multiprocessing
import os
import queue
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request

from asking import FORMATS, Asking
from streams import Streams

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../loops"))
from ticker import Ticker  # noqa: E402

ADDRESS, PATIENCE = "127.0.0.1", 60


class Results:
    def __init__(self):
        self.ok = self.refused = self.failed = self.ticks = self.in_time = 0

    def note(self, status, is_whole):
        if status == 429:
            self.refused += 1
        elif status == 200 and is_whole:
            self.ok += 1
        else:
            self.failed += 1

    def add(self, other):
        for name, count in vars(other).items():
            setattr(self, name, getattr(self, name) + count)


class TLS(http.client.HTTPSConnection):
    """To our address, whatever the name; with the session of the connection before, if asked."""

    def __init__(self, options, before):
        super().__init__(options.host, options.port, context=options.context, timeout=PATIENCE)
        self.known = before.sock.session if options.resume and before and before.sock else None

    def connect(self):
        plain = socket.create_connection((ADDRESS, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host, session=self.known)


class Blocking:
    """Of http.client. Whoever closes a connection, the next request has another."""

    def __init__(self, options):
        self.options, self.connection = options, None

    def connect(self):
        if self.options.context:
            return TLS(self.options, self.connection)
        return http.client.HTTPConnection(ADDRESS, self.options.port, timeout=PATIENCE)

    def ask(self, path, headers, body):
        if not self.connection or self.options.fresh:
            before, self.connection = self.connection, self.connect()
            if before:
                before.close()
        self.connection.request("POST", path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()


class Urllib:
    def __init__(self, options):
        scheme = "https" if options.context else "http"
        self.base, self.context = f"{scheme}://localhost:{options.port}", options.context

    def ask(self, path, headers, body):
        asked = urllib.request.Request(self.base + path, body, headers)
        try:
            with urllib.request.urlopen(asked, context=self.context, timeout=PATIENCE) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


def headers_of(options):
    headers = {"Host": options.host, "Content-Type": "application/json",
               "Authorization": "Bearer none"}
    if options.answer:
        headers["X-Answer"] = options.answer
    return headers


def pause(headers):
    """What a careful client waits before it tries once more."""
    return float(headers.get("Retry-After") or headers.get("retry-after") or 0.1)


def take_turns(options, turns, asking, results):
    """Until all turns are taken; those of a process share them."""
    way = Urllib(options) if options.how == "urllib" else Blocking(options)
    for _ in turns:
        body = asking.next()
        for _ in range(options.retries + 1):
            try:
                status, headers, answer = way.ask(asking.path, headers_of(options), body)
            except (OSError, http.client.HTTPException) as error:
                print(f"client.py: {error!r}", file=sys.stderr)
                status, answer = 0, b""
                way = type(way)(options)
            if status != 429 or not options.retries:
                break
            time.sleep(pause(headers))
        results.note(status, asking.is_whole(answer))


def by_threads(options, asking, results):
    count = options.connections if options.how == "threads" else 1
    turns, own = iter(range(options.requests)), [Results() for _ in range(count)]
    threads = [threading.Thread(target=take_turns, args=(options, turns, asking(number), mine))
               for number, mine in enumerate(own)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in own:
        results.add(mine)


async def task(options, turns, asking, results):
    way = Streams(options, ADDRESS)
    for _ in turns:
        body = asking.next()
        for _ in range(options.retries + 1):
            try:
                status, headers, answer = await way.ask(asking.path, headers_of(options), body)
            except (OSError, EOFError, asyncio.TimeoutError) as error:
                print(f"client.py: {error!r}", file=sys.stderr)
                status, answer = 0, b""
                way = Streams(options, ADDRESS)
            if status != 429 or not options.retries:
                break
            await asyncio.sleep(pause(headers))
        results.note(status, asking.is_whole(answer))
    way.close()


async def by_tasks(options, asking, results):
    ticker = Ticker(asyncio.get_running_loop()) if options.ticks else None
    turns = iter(range(options.requests))
    await asyncio.gather(*(task(options, turns, asking(number), results)
                           for number in range(options.connections)))
    if ticker:
        results.ticks, results.in_time = ticker.ticks, ticker.in_time


def run(options, process, told):
    """In a process of its own; told is where its results go."""
    results = Results()

    def asking(number):
        return Asking(options.format, options.stream, options.sizes, options.bounds,
                      f"{options.seed}/{process}/{number}")

    if options.tls:
        options.context = ssl.create_default_context(cafile=options.tls)
        if options.alpn:
            options.context.set_alpn_protocols(options.alpn.split(","))
    if options.how == "asyncio":
        asyncio.run(by_tasks(options, asking, results))
    else:
        by_threads(options, asking, results)
    told.put(results)


def span(said):
    least, _, most = said.partition("-")
    return int(least), int(most or least)


def read_options():
    parser = argparse.ArgumentParser(description="a client of language models, for tests")
    parser.add_argument("--how", default="blocking",
                        choices=("blocking", "urllib", "threads", "asyncio"))
    parser.add_argument("--connections", type=int, default=1, help="threads or tasks a process")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--requests", type=int, default=10, help="of each process")
    parser.add_argument("--format", choices=FORMATS, default="openai")
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--sizes", type=span, default=(100, 4000), help="of prompts: LEAST-MOST")
    parser.add_argument("--bounds", type=span, default=(50, 500), help="of answers: LEAST-MOST")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--tls", metavar="CA", help="by TLS, where this file names who is trusted")
    parser.add_argument("--host", default="localhost", help="whom to ask for")
    parser.add_argument("--alpn", help="offered protocols, between commas")
    parser.add_argument("--fresh", action="store_true", help="a connection for each request")
    parser.add_argument("--resume", action="store_true", help="sessions of TLS, with --fresh")
    parser.add_argument("--separate", action="store_true", help="head and body in separate writes")
    parser.add_argument("--ticks", action="store_true")
    parser.add_argument("--retries", type=int, default=0, help="after a 429, as it says")
    parser.add_argument("--answer", help="the header X-Answer, see manner.py")
    parser.add_argument("port", type=int)
    parser.set_defaults(context=None)
    return parser.parse_args()


def main():
    options, begin, results = read_options(), time.monotonic(), Results()
    if options.processes == 1:
        told = queue.SimpleQueue()
        run(options, 0, told)
    else:
        fork = multiprocessing.get_context("fork")
        told = fork.SimpleQueue()
        children = [fork.Process(target=run, args=(options, number, told))
                    for number in range(options.processes)]
        for child in children:
            child.start()
        for child in children:
            child.join()
    for _ in range(options.processes):
        results.add(told.get())
    print(f"ok={results.ok} refused={results.refused} failed={results.failed} "
          f"seconds={time.monotonic() - begin:.3f}")
    if options.ticks:
        print(f"ticks={results.ticks} in_time={results.in_time}")


if __name__ == "__main__":
    main()
