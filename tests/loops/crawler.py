"""crawler.py COUNT PORT - so many connections at once, in a loop that ticks each 10 ms; see ticker.py."""

import asyncio
import sys

from ticker import Ticker


async def visit(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b""
    writer.close()


async def main(count, port):
    ticker = Ticker(asyncio.get_running_loop())
    await asyncio.gather(*(visit(port) for _ in range(count)))
    print(f"ticks={ticker.ticks} in_time={ticker.in_time}")


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
