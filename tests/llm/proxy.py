"""proxy.py --ports FILE [CERTIFICATE KEY] - takes connections on, to 127.0.0.1 whatever is asked.

Ports, a line each: of HTTP (CONNECT), of SOCKS5 (RFC 1928), and of HTTP by TLS.
"""

import argparse
import asyncio
import os
import ssl


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except (OSError, NotImplementedError, ssl.SSLError):
        writer.close()


async def relay(reader, writer, port, granted):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(granted)
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
    for each in writer, far_writer:
        each.close()


async def http(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _ = head.split(b" ", 2)
    assert method == b"CONNECT"
    await relay(reader, writer, int(target.rpartition(b":")[2]), b"HTTP/1.1 200 Go on\r\n\r\n")


async def socks(reader, writer):
    version, count = await reader.readexactly(2)
    await reader.readexactly(count)
    writer.write(b"\5\0")
    _, _, _, kind = await reader.readexactly(4)
    assert version == 5 and kind == 3, "by name"
    await reader.readexactly((await reader.readexactly(1))[0])
    port = int.from_bytes(await reader.readexactly(2), "big")
    await relay(reader, writer, port, b"\5\0\0\1\0\0\0\0\0\0")


async def serve(options):
    kinds = [(http, None), (socks, None)]
    if options.key:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        kinds.append((http, context))
    servers = [await asyncio.start_server(serve_one, "127.0.0.1", 0, ssl=secret, backlog=1000)
               for serve_one, secret in kinds]
    with open(options.ports + "~", "w") as file:
        for server in servers:
            file.write(f"{server.sockets[0].getsockname()[1]}\n")
    os.rename(options.ports + "~", options.ports)
    await asyncio.Event().wait()


parser = argparse.ArgumentParser()
parser.add_argument("--ports", required=True)
parser.add_argument("certificate", nargs="?")
parser.add_argument("key", nargs="?")
asyncio.run(serve(parser.parse_args()))
