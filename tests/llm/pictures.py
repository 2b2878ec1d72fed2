"""pictures.py [--tls CA] WAY PORT - asks what is on pictures of 2 MB, and something short.

WAY: `together`, or head and body `apart`, or in `pieces` of 16 KiB. Prints seconds=N, how long the
two connections took for three requests each.
"""

import argparse
import base64
import json
import os
import socket
import ssl
import threading
import time

TIMES, PIECE = 3, 16384
PICTURE = base64.b64encode(os.urandom(1500000)).decode()
FORMATS = {"url": {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PICTURE}},
           "source": {"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                                  "data": PICTURE}}}


def pieces(way, head, body):
    if way == "apart":
        return [head, body]
    if way == "together":
        return [head + body]
    return [(head + body)[first:first + PIECE] for first in range(0, len(head + body), PIECE)]


def connect(options):
    sock = socket.create_connection(("127.0.0.1", options.port), 60)
    if not options.tls:
        return sock
    context = ssl.create_default_context(cafile=options.tls)
    return context.wrap_socket(sock, server_hostname="localhost")


def ask(options, path, content):
    body = json.dumps({"model": "mock", "max_tokens": 20,
                       "messages": [{"role": "user", "content": content}]}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    sock = connect(options)
    for _ in range(TIMES):
        for piece in pieces(options.way, head.encode(), body):
            sock.sendall(piece)
        answer = b""
        while not answer.endswith(b"}"):
            answer += sock.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
    sock.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", metavar="CA")
    parser.add_argument("way", choices=("together", "apart", "pieces"))
    parser.add_argument("port", type=int)
    options, begin = parser.parse_args(), time.monotonic()
    asked = [("/v1/chat/completions", [FORMATS["url"]]), ("/v1/chat/completions", "Why?")]
    asked += [("/v1/messages", [FORMATS["source"]])]
    threads = [threading.Thread(target=ask, args=(options, *each)) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"seconds={time.monotonic() - begin:.3f}")


main()
