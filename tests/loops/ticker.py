"""ticker.py CONNECTIONS FILE SINK SOURCE - how late are the ticks of a busy event loop?

So many connections each send FILE to the port SINK, as many others get it from the port SOURCE, and
beside them a timer ticks each 10 ms until all have ended. Without connections, it ticks for a
second, with an idle one to SINK. With LOOP=uvloop in the environment the loop is that of libuv.
"""

import asyncio
import os
import sys

EACH, IN_TIME = 0.010, 0.005


class Ticker:
    """Of ticks that are due at fixed times: a loop that stood still owes all that it missed."""

    ticks = in_time = 0

    def __init__(self, loop):
        self.loop = loop
        self.due = loop.time() + EACH
        loop.call_at(self.due, self.tick)

    def tick(self):
        self.ticks += 1
        self.in_time += self.loop.time() - self.due < IN_TIME
        self.due += EACH
        self.loop.call_at(self.due, self.tick)


async def upload(data, port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def download(data, port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == data
    writer.close()
    await writer.wait_closed()


async def idle(port):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(1)
    writer.close()


async def main(connections, data, sink, source):
    ticker = Ticker(asyncio.get_running_loop())
    carried = [upload(data, sink) for _ in range(connections)]
    carried += [download(data, source) for _ in range(connections)]
    await asyncio.gather(*(carried or [idle(sink)]))
    print(f"ticks={ticker.ticks} in_time={ticker.in_time}")


if __name__ == "__main__":
    if os.environ.get("LOOP") == "uvloop":
        import uvloop
        uvloop.install()
    with open(sys.argv[2], "rb") as file:
        asyncio.run(main(int(sys.argv[1]), file.read(), int(sys.argv[3]), int(sys.argv[4])))
