"""proxy.py FILE - a proxy that makes ways to where it is asked (CONNECT), for tests.

Its port goes to FILE.
"""

import asyncio
import os
import sys


async def carry(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.split(b" ", 2)
    assert method == b"CONNECT"
    host, port = target.decode().split(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Here it is\r\n\r\n")
    await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with open(sys.argv[1] + "~", "w") as file:
        print(server.sockets[0].getsockname()[1], file=file)
    os.rename(sys.argv[1] + "~", sys.argv[1])
    await server.serve_forever()


asyncio.run(main())
