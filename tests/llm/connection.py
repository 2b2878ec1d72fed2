"""connection.py - a connection to the provider: when each request arrived, and its answer."""

import asyncio
import collections
import ssl
import time

import wire


# Seconds before it, and between its writes.
Response = collections.namedtuple("Response", "writes is_last delay pause")


class Connection(asyncio.Protocol):
    """respond(request, facts) gives the Response to a request.

    facts are those of the request: begun and arrived, the times of its first byte and of its last
    one, and gap, the longest time in between without any.
    """

    def __init__(self, number, session, respond):
        self.session, self.respond = session, respond
        self.facts = {"connection": number, "requests": 0, "unfinished": False}
        self.reader, self.requests = wire.Reader(), asyncio.Queue()
        self.begun = self.last = None
        self.gap = 0

    def connection_made(self, transport):
        self.transport = transport
        self.serving = asyncio.ensure_future(self.serve())

    def connection_lost(self, _):
        self.facts["unfinished"] = bool(self.reader.buffer or self.reader.request)
        self.serving.cancel()

    def data_received(self, data):
        now = time.monotonic()
        was_complete = not self.session or self.session.is_complete
        clear = self.decrypt(data)
        if was_complete or clear:
            self.note_arrival(now)
        self.reader.buffer += clear
        try:
            while request := self.reader.take():
                self.requests.put_nowait((request, self.arrived(now)))
        except ValueError as error:
            self.refuse(error)
        if self.reader.is_asked_to_continue():
            self.write(wire.head(100))

    def decrypt(self, data):
        if not self.session:
            return data
        try:
            clear = self.session.decrypt(data)
        except ssl.SSLError:
            clear = b""
            self.transport.close()
        self.facts.update(self.session.facts())
        self.flush()
        # That it was asked for is all there is to know.
        if self.session.is_complete and self.facts["alpn"] == "h2":
            self.transport.close()
            clear = b""
        return clear

    def note_arrival(self, now):
        if self.begun is None:
            self.begun, self.gap = now, 0
        else:
            self.gap = max(self.gap, now - self.last)
        self.last = now

    def arrived(self, now):
        facts = {"begun": self.begun, "arrived": now, "gap": self.gap}
        self.begun, self.gap = (now if self.reader.buffer else None), 0
        self.facts["requests"] += 1
        return {**facts, "connection": self.facts["connection"],
                "sni": self.facts.get("sni"), "alpn": self.facts.get("alpn")}

    def flush(self):
        if data := self.session.to_send():
            self.transport.write(data)

    def write(self, data):
        if self.session:
            self.session.encrypt(data)
            self.flush()
        else:
            self.transport.write(data)

    async def serve(self):
        """One request after the other."""
        while not self.transport.is_closing():
            request, facts = await self.requests.get()
            try:
                response = self.respond(request, facts)
            except ValueError as error:
                return self.refuse(error)
            await asyncio.sleep(response.delay)
            for data in response.writes:
                self.write(data)
                await asyncio.sleep(response.pause)
            if response.is_last:
                self.end()

    def refuse(self, error):
        """Something is wrong with a request, or with the manner that it asks for."""
        self.write(wire.head(400, {"Connection": "close", "Content-Length": 0, "X-Error": error}))
        self.end()

    def end(self):
        if self.session:
            self.session.end()
            self.flush()
        self.transport.close()
