"""crowd.py [OPTION]... CA NAME:PORT... - many connections by asyncio, of TLS in memory, to several.

So many tasks take turns, and each asks one after the other, at random: over the connection that it
had to that one, or a new one; at once or as a stream; and at times nobody waits for the rest of an
answer. Prints ok=N failed=N; what was left before its end is neither.
"""

import argparse
import asyncio
import os
import random
import ssl
import sys

from asking import Asking
from streams import Streams

FORMATS = ("openai", "anthropic", "gemini", "responses", "ollama")


class Through(Streams):
    """Of which the way is by a proxy, if there is one."""

    async def connect(self):
        if not self.options.proxy:
            return await super().connect()
        kind, port = self.options.proxy.split(":")
        trusted = {"ssl": self.options.context, "server_hostname": "localhost"}
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", int(port), **(trusted if kind == "https" else {}))
        await (self.ask_socks() if kind == "socks" else self.ask_http())
        await self.writer.start_tls(self.options.context, server_hostname=self.options.host)

    async def ask_http(self):
        target = f"{self.options.host}:{self.options.port}"
        self.writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        status, _ = await self.read_head()
        assert status == 200

    async def ask_socks(self):
        name = self.options.host.encode()
        self.writer.write(b"\5\1\0")
        assert await self.reader.readexactly(2) == b"\5\0"
        self.writer.write(b"\5\1\0\3" + bytes([len(name)]) + name +
                          self.options.port.to_bytes(2, "big"))
        assert (await self.reader.readexactly(10))[1] == 0


async def task(options, number, turns, counts):
    chance, ways = random.Random(f"{options.seed}/{number}"), {}
    for _ in turns:
        host, _, port = chance.choice(options.to).partition(":")
        own = argparse.Namespace(**vars(options), host=host, port=int(port), fresh=False,
                                 separate=chance.random() < 0.5)
        way = ways.setdefault((host, port), Through(own, "127.0.0.1"))
        way.options = own
        asking = Asking(chance.choice(FORMATS), chance.random() < 0.5, (10, 3000), (1, 60),
                        chance.random())
        if chance.random() < 0.3:
            way.close()
        headers = {"Host": host}
        if chance.random() < 0.3:
            headers["X-Answer"] = "split=1,300,17 framing=" + chance.choice(("close", "chunked"))
        try:
            status, _, answer = await way.ask(asking.path, headers, asking.next())
            good = status == 200 and asking.is_whole(answer)
        except (OSError, EOFError) as error:
            print(f"crowd.py: {error!r}", file=sys.stderr)
            good = False
            way.close()
        counts[good] += 1
    for way in ways.values():
        way.close()


async def main(options):
    turns, counts = iter(range(options.requests)), [0, 0]
    options.context = ssl.create_default_context(cafile=options.ca)
    await asyncio.gather(*(task(options, number, turns, counts)
                           for number in range(options.tasks)))
    print(f"failed={counts[False]} ok={counts[True]}")


parser = argparse.ArgumentParser()
parser.add_argument("--tasks", type=int, default=100)
parser.add_argument("--requests", type=int, default=600)
parser.add_argument("--seed", default=os.environ.get("SEED", "1"))
parser.add_argument("--proxy", help="KIND:PORT; KIND is http, https or socks")
parser.add_argument("ca")
parser.add_argument("to", nargs="+")
asyncio.run(main(parser.parse_args()))
