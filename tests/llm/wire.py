"""wire.py - HTTP/1.1 as a provider reads it and writes it (RFC 9112).

No sockets: bytes that arrived come in, bytes to write go out.
"""

import itertools
import json
import zlib
from http import HTTPStatus

import refusals


class Request:
    """Its method, target, headers (by lower-case name) and body."""

    def __init__(self, head):
        line, *fields = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = line.split(" ")
        self.path, _, self.query = self.target.partition("?")
        pairs = (field.partition(":") for field in fields)
        self.headers = {name.lower(): value.strip() for name, _, value in pairs}
        self.body = b""

    def json(self):
        """The body; empty if there is none."""
        try:
            body = json.loads(self.body)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def is_last(self):
        return (self.version == "HTTP/1.0" or
                self.headers.get("connection", "").lower() == "close")


class Reader:
    """Of the requests of a connection."""

    def __init__(self):
        self.buffer = bytearray()
        self.request = None  # whose head has arrived

    def take(self):
        """The next request that has arrived whole, or None."""
        if not self.request:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return None
            self.request, self.buffer = Request(bytes(head)), rest
        body = self.chunks() if self.is_chunked() else self.counted()
        if body is None:
            return None
        request, self.request = self.request, None
        request.body = body
        return request

    def is_chunked(self):
        return "chunked" in self.request.headers.get("transfer-encoding", "").lower()

    def counted(self):
        length = int(self.request.headers.get("content-length", 0))
        if len(self.buffer) < length:
            return None
        body = bytes(self.buffer[:length])
        del self.buffer[:length]
        return body

    def chunks(self):
        """Again from the first one each time: they are few. Trailers are not known here."""
        body, at = b"", 0
        while (end := self.buffer.find(b"\r\n", at)) >= 0:
            size = int(self.buffer[at:end].split(b";")[0], 16)
            at = end + 2 + size + 2
            if len(self.buffer) < at:
                return None
            if size == 0:
                del self.buffer[:at]
                return body
            body += self.buffer[end + 2:at - 2]
        return None

    def is_asked_to_continue(self):
        """Does the client wait with its body until it is told to send it?"""
        return (self.request is not None and not self.buffer and
                self.request.headers.pop("expect", "").lower() == "100-continue")


def head(status, headers=None):
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = refusals.STATUSES.get(status, "Unknown")
    fields = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"HTTP/1.1 {status} {reason}\r\n{fields}\r\n".encode("latin-1")


class Compressor:
    """Each part of a stream can be read as soon as it has arrived. ImportError if python cannot."""

    def __init__(self, encoding):
        if encoding == "br":
            import brotli
            self.stream = brotli.Compressor()
            self.part = lambda part: self.stream.process(part) + self.stream.flush()
            self.end = self.stream.finish
        elif encoding == "zstd":
            import zstandard
            self.stream = zstandard.ZstdCompressor().compressobj()
            self.part = lambda part: (self.stream.compress(part) +
                                      self.stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
            self.end = self.stream.flush
        else:
            self.stream = zlib.compressobj(wbits={"gzip": 31, "deflate": 15}[encoding])
            self.part = lambda part: (self.stream.compress(part) +
                                      self.stream.flush(zlib.Z_SYNC_FLUSH))
            self.end = self.stream.flush


def can_compress(encoding):
    try:
        return bool(Compressor(encoding))
    except (ImportError, KeyError):
        return False


def choose_encoding(manner, request):
    """What is to be used, or None. As asked: q-values are left aside, nobody sends any."""
    if manner["encoding"] != "asked":
        return manner["encoding"]
    accepted = (word.split(";")[0].strip()
                for word in request.headers.get("accept-encoding", "").split(","))
    return next(filter(can_compress, accepted), None)


def compress(parts, encoding, is_cut):
    compressor = Compressor(encoding)
    for part in parts:
        yield compressor.part(part)
    if not is_cut:
        yield compressor.end()


def chunk(part):
    return b"%x\r\n%s\r\n" % (len(part), part)


def split(part, lengths):
    for length in itertools.cycle(lengths):
        if not part:
            break
        yield part[:length]
        part = part[length:]


def answer(request, manner, status, headers, parts, is_stream):
    """Each write of an answer, and whether the connection ends with it."""
    encoding = choose_encoding(manner, request)
    if encoding:
        headers["Content-Encoding"] = encoding
    cut = manner["cut"] if is_stream else None
    parts = itertools.islice(parts, cut)
    if encoding:
        parts = compress(parts, encoding, cut is not None)
    framing = manner["framing"] or ("chunked" if is_stream else "length")
    if framing == "length":
        parts = [b"".join(parts)]
        headers["Content-Length"] = len(parts[0]) + (cut is not None)  # what is cut lacks something
    elif framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
        end = [] if cut is not None else [b"0\r\n\r\n"]
        parts = itertools.chain((chunk(part) for part in parts if part), end)
    is_last = framing == "close" or cut is not None or request.is_last()
    if is_last:
        headers["Connection"] = "close"
    writes = itertools.chain([head(status, headers)], parts)
    if manner["early"]:
        writes = itertools.chain([head(manner["early"])], writes)
    if manner["split"]:
        writes = (piece for data in writes for piece in split(data, manner["split"]))
    return list(writes), is_last
