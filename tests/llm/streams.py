"""streams.py - a connection to a provider by asyncio's streams: HTTP/1.1 as a client needs it."""

import asyncio
import zlib


class Streams:
    """It is kept from request to request, if neither side wants another."""

    def __init__(self, options, address):
        self.options, self.address, self.reader = options, address, None

    async def connect(self):
        context = self.options.context
        name = {"ssl": context, "server_hostname": self.options.host} if context else {}
        self.reader, self.writer = await asyncio.open_connection(self.address, self.options.port,
                                                                 **name)

    def close(self):
        if self.reader:
            self.writer.close()
            self.reader = None

    async def ask(self, path, headers, body):
        """The status, the headers by lower-case name, and the body of the answer."""
        if self.options.fresh:
            self.close()
        if not self.reader:
            await self.connect()
        fields = {**headers, "Content-Length": len(body)}
        head = f"POST {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        if self.options.separate:
            self.writer.write(head.encode())
            await self.writer.drain()
            self.writer.write(body)
        else:
            self.writer.write(head.encode() + body)
        await self.writer.drain()
        status, headers = await self.read_head()
        while status < 200:
            status, headers = await self.read_head()
        answer = await self.read_body(headers)
        if headers.get("content-encoding"):
            answer = zlib.decompress(answer, wbits=47)  # gzip or zlib
        if headers.get("connection") == "close":
            self.close()
        return status, headers, answer

    async def read_head(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head[:-4].split("\r\n")
        pairs = (field.split(": ", 1) for field in fields)
        return int(line.split()[1]), {name.lower(): value for name, value in pairs}

    async def read_body(self, headers):
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.read()
        body = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)
        return body
