"""counted.py [OPTION]... PORT - do limits count what a provider does? Each format, in each manner.

To be run under limits that are named all, input, output, uncached and requests, which are wide: it
fails at the first manner after whose answers, with all connections still there, one of them has not
counted exactly what the provider tells at /report. Prints how many requests there were.
"""

import argparse
import ctypes
import http.client
import itertools
import json
import os
import socket
import ssl
import subprocess
import sys
import zlib  # noqa: F401 - so that there is one to decode with

MESSAGES = [{"role": "user", "content": "How many words does it \u00fcberhaupt take? " * 9}]
CACHED = [{"type": "text", "text": "Be brief. " * 50, "cache_control": {"type": "ephemeral"}}]
OPENAI = {"model": "mock", "messages": MESSAGES, "max_tokens": 90}
RESPONSES = {"model": "mock", "input": MESSAGES, "max_output_tokens": 90, "reasoning": {}}
ANTHROPIC = {"model": "mock", "max_tokens": 70, "messages": MESSAGES, "system": CACHED}
GEMINI = {"contents": [{"parts": [{"text": "How many?"}]}],
          "generationConfig": {"maxOutputTokens": 90, "candidateCount": 2, "thinkingConfig": {}}}
OLLAMA = {"model": "mock", "messages": MESSAGES, "options": {"num_predict": 80}}
STREAM, USAGE = {"stream": True}, {"stream_options": {"include_usage": True}}
COMPLETION = {"model": "mock", "prompt": "Once", "max_tokens": 50, "best_of": 3}

# Without usage, as OpenAI's streams are unless it is asked for, nothing is exact.
ASKED = [
    ("/v1/chat/completions", OPENAI),
    ("/v1/chat/completions", {**OPENAI, "n": 2, "reasoning_effort": "low"}),
    ("/v1/chat/completions", {**OPENAI, **STREAM, **USAGE}),
    ("/v1/completions", COMPLETION),
    ("/v1/completions", {**COMPLETION, **STREAM, **USAGE}),
    ("/v1/responses", RESPONSES),
    ("/v1/responses", {**RESPONSES, **STREAM}),
    ("/v1/embeddings", {"model": "mock", "input": "How many?"}),
    ("/v1/embeddings", {"model": "mock", "input": ["How", "many?"], "encoding_format": "base64"}),
    ("/v1/embeddings", {"model": "mock", "input": [[1, 2, 3], [4, 5]]}),
    ("/v1/messages", ANTHROPIC),
    ("/v1/messages", {**ANTHROPIC, **STREAM}),
    ("/v1beta/models/mock:generateContent", GEMINI),
    ("/v1beta/models/mock:streamGenerateContent", GEMINI),
    ("/v1beta/models/mock:streamGenerateContent?alt=sse", GEMINI),
    ("/api/chat", OLLAMA),
    ("/api/chat", {**OLLAMA, "stream": False}),
    ("/api/generate", {"model": "mock", "prompt": "Once"}),
    ("/v2/chat", OPENAI),
    ("/v2/chat", {**OPENAI, **STREAM}),
    ("/v1/models", {}),
]
FRAMINGS = ("", "framing=length", "framing=chunked", "framing=close")
SPLITS = ("", "split=1,70,7,300", "split=1000 early=100")
LIBRARIES = {"br": "libbrotlidec.so.1", "zstd": "libzstd.so.1"}


def together(head, body):
    return [head % len(body) + body]


def apart(head, body):
    return [head % len(body), body]


def in_pieces(head, body):
    whole = head % len(body) + body
    return [whole[:1], whole[1:40], whole[40:-1], whole[-1:]]


def in_chunks(head, body):
    head = head.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked")
    rest = b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(body) - 5, body[5:])
    return [head, b"5\r\n", body[:5] + b"\r\n", rest]


class Client:
    def __init__(self, options):
        self.options, self.sock = options, None
        self.context = ssl.create_default_context(cafile=options.tls) if options.tls else None

    def connect(self):
        self.sock = socket.create_connection(("127.0.0.1", self.options.port), 20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            self.sock = self.context.wrap_socket(self.sock, server_hostname="localhost")

    def ask(self, path, body, manner, way):
        if not self.sock:
            self.connect()
        head = (f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: localhost\r\n"
                f"X-Answer: {manner}\r\nContent-Length: ").encode() + b"%d\r\n\r\n"
        body = json.dumps(body).encode() if body else b""
        for piece in way(head, body):
            self.sock.sendall(piece)
        answer = http.client.HTTPResponse(self.sock)
        answer.begin()
        content = answer.read()
        assert answer.status == 200, (answer.status, path, manner)
        if answer.will_close:
            self.sock.close()
            self.sock = None
        return content


def report(client):
    rows = json.loads(client.ask("/report", None, "", together))["rows"]
    rows = [row for row in rows if row["output"] or row["prompt"]]
    cached = sum(row["prompt"] // 2 if openai_caches(row["path"]) else row["cached"]
                 for row in rows)
    read, said = (sum(row[name] for row in rows) for name in ("prompt", "output"))
    return {"all": read + said, "input": read, "output": said, "uncached": read + said - cached,
            "requests": len(rows)}


def openai_caches(path):
    """It says that of half of the prompt, in all formats of its that answer in words."""
    return path in ("/v1/chat/completions", "/v1/completions", "/v1/responses")


def counted(options):
    told = subprocess.run([options.rlshim, "stats", "--json"], capture_output=True, check=True)
    for scope in json.loads(told.stdout)["scopes"]:
        if any(process["pid"] == os.getpid() for process in scope["processes"]):
            return {limit["label"]: limit["units"] for limit in scope["limits"]}
    raise SystemExit("counted.py is not limited")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", metavar="CA")
    parser.add_argument("--encodings", default="", help="between commas")
    parser.add_argument("--each", action="store_true", help="look after each request")
    parser.add_argument("--rlshim", default="rlshim")
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    ways, count = itertools.cycle((together, apart, in_pieces, in_chunks)), 0
    reporter = Client(options)
    before = report(reporter)
    for encoding in options.encodings.split(","):
        if encoding in LIBRARIES:
            ctypes.CDLL(LIBRARIES[encoding])
        for framing, split in itertools.product(FRAMINGS, SPLITS):
            client = Client(options)
            manner = " ".join((f"encoding={encoding}" if encoding else "", framing, split))
            for path, body in ASKED:
                way = next(ways)
                client.ask(path, body, manner, way if body else together)
                count += 1
                if options.each:
                    check(options, reporter, before, (manner, path, body, way.__name__))
            check(options, reporter, before, manner)
    print(count)


def check(options, reporter, before, what):
    ours, theirs = counted(options), report(reporter)
    theirs = {name: number - before[name] for name, number in theirs.items()}
    if ours != theirs:
        sys.exit(f"{what}: counted {ours}, provider {theirs}")


main()
