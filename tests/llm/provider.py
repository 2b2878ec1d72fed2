"""provider.py [OPTION]... - a provider of language models, who says what is true of its clients.

It answers as real ones do, in all their formats (formats.py), and says nothing. What each request
takes in tokens is its own affair (cost.py); so are its limits (accounting.py): who breaks them is
refused. At GET /report, and once more at its end by SIGTERM, it tells what it saw, as JSON:

requests refused failed   how many, with those that it answered by 429, or by another error
tokens                    of all that was admitted
peaks                     by second, ten_seconds and minute, the largest tokens and requests in any
                          such window; all three are shorter with --minute
lateness                  seconds that it was late itself at worst: what arrived may have waited
utilization               of --tpm, from the third minute on; null if there was none
rows                      each request: begun and arrived (seconds of CLOCK_MONOTONIC, of its first
                          and its last byte), gap (the longest time between two reads of it), path,
                          host, status, prompt, cached and output, tokens (as they count),
                          connection, sni, alpn
connections               connection, requests, unfinished (it ended within a request); of TLS sni,
                          alpn, version, retried (by a HelloRetryRequest), resumed
"""

import argparse
import asyncio
import json
import os
import signal

import accounting
import connection
import cost
import formats
import manner
import refusals
import tls
import wire

# What counts towards --tpm: providers differ.
COUNTS = {
    "all": lambda cost: cost.prompt + cost.output,
    "uncached": lambda cost: cost.prompt + cost.output - cost.cache_reads,
    "input": lambda cost: cost.prompt,
    "output": lambda cost: cost.output,
}


class Provider:
    def __init__(self, options):
        self.accounting = accounting.Accounting(options.tpm, options.rpm, options.minute)
        self.costs = cost.Costs(options.bytes_per_token)
        self.count, self.manner = COUNTS[options.count], options.answer
        self.connections, self.asked, self.lateness = [], 0, 0
        self.is_lenient = options.lenient

    @property
    def doubt(self):
        """Seconds by which what arrived may have arrived sooner, where that is to be forgiven."""
        return self.lateness if self.is_lenient else 0

    def connect(self, context=None):
        session = tls.Session(context) if context else None
        made = connection.Connection(len(self.connections), session, self.respond)
        self.connections.append(made.facts)
        return made

    def report(self):
        return {**self.accounting.report(), "lateness": self.lateness,
                "connections": self.connections}

    async def watch(self, loop):
        """How late it wakes."""
        while True:
            due = loop.time() + 0.01
            await asyncio.sleep(0.01)
            self.lateness = max(self.lateness, loop.time() - due)

    def manner_for(self, request):
        """The plain way, but for what was said for all, and for what the request itself says."""
        chosen = {**manner.PLAIN, **self.manner}
        if chosen["first"] is not None and self.asked >= chosen["first"]:
            chosen = dict(manner.PLAIN)
        return {**chosen, **manner.manner(request.headers.get("x-answer", ""))}

    def respond(self, request, facts):
        """See connection.py."""
        how = self.manner_for(request)
        if request.path == "/report":
            return self.write(request, how, 200, {}, [json.dumps(self.report()).encode()])
        self.asked += 1
        form, body = formats.format_of(request), request.json()
        price = self.costs.of(form, body) if form else cost.Cost(1)
        tokens, status, wait = self.count(price), how["status"], how["wait"][1] or 0
        if not status:
            wait = self.accounting.admit(facts["arrived"], tokens, self.doubt)
            status = 429 if wait else 200
        self.accounting.note(**facts, path=request.target, host=request.headers.get("host"),
                             status=status, prompt=price.prompt, cached=price.cache_reads,
                             output=price.output, tokens=tokens)
        if status != 200:
            family = form.FAMILY if form else None
            headers, error = refusals.refusal(family, status, how["wait"][0], wait)
            return self.write(request, how, status, headers, [json.dumps(error).encode()])
        if not form:
            return self.write(request, how, 200, {}, [b'{"object": "list", "data": []}\n'])
        headers = refusals.remaining(form.FAMILY, how["left"])
        if form.streams(body):
            return self.write(request, how, 200, {**headers, "Content-Type": form.STREAM},
                              form.events(price, body), is_stream=True)
        return self.write(request, how, 200, headers,
                          [json.dumps(form.whole(price, body)).encode()])

    def write(self, request, how, status, headers, parts, is_stream=False):
        headers = {"Content-Type": "application/json", **headers}
        if request.method == "HEAD":
            parts = []
        try:
            writes, is_last = wire.answer(request, how, status, headers, parts, is_stream)
        except ImportError as missing:
            headers = {"Content-Length": 0, "X-Missing": missing.name}
            writes, is_last = [wire.head(501, headers)], False
        return connection.Response(writes, is_last, how["delay"], how["pause"])


async def serve(options):
    provider, loop = Provider(options), asyncio.get_running_loop()
    servers = [await loop.create_server(provider.connect, "127.0.0.1", 0, backlog=1000)]
    if options.tls:
        context = tls.context(*options.tls, options.h2, options.group, options.tls12)
        servers.append(await loop.create_server(lambda: provider.connect(context),
                                                "127.0.0.1", 0, backlog=1000))
    ended = asyncio.Event()
    watching = asyncio.ensure_future(provider.watch(loop))
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    write_file(options.ports, "\n".join(str(server.sockets[0].getsockname()[1])
                                        for server in servers) + "\n")
    await ended.wait()
    watching.cancel()
    for server in servers:
        server.close()
    write_file(options.report, json.dumps(provider.report()))


def write_file(name, text):
    """It is there with all of it, or not yet."""
    with open(name + "~", "w") as file:
        file.write(text)
    os.rename(name + "~", name)


def read_options():
    parser = argparse.ArgumentParser(description="a provider of language models, for tests")
    parser.add_argument("--ports", required=True, metavar="FILE",
                        help="gets the port, and in a second line that of TLS")
    parser.add_argument("--report", required=True, metavar="FILE")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--h2", action="store_true",
                        help="let clients choose HTTP/2, of which nothing more is served")
    parser.add_argument("--group", help="of key exchange, the only one: secp384r1, ...")
    parser.add_argument("--tls12", action="store_true", help="no newer version")
    parser.add_argument("--bytes-per-token", type=float, default=4.3)
    parser.add_argument("--tpm", type=float, help="tokens a minute")
    parser.add_argument("--rpm", type=float, help="requests a minute")
    parser.add_argument("--minute", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--lenient", action="store_true",
                        help="refuse nobody for what it may have been too late itself to see")
    parser.add_argument("--count", choices=COUNTS, default="all", help="what counts as tokens")
    parser.add_argument("--answer", type=manner.manner, default={}, metavar="WORDS",
                        help="in which manner, see manner.py")
    return parser.parse_args()


asyncio.run(serve(read_options()))
