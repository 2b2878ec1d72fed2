"""unfinished.py BEHAVIOUR PORT - a client, or its server, that goes wrong; see below.

Fails if it is not as it would be without limits, or takes more than little of a processor. The server, where it takes another than the
provider, is here.
"""

import json
import os
import socket
import sys
import threading
import time

BODY = json.dumps({"model": "mock", "max_tokens": 10,
                   "messages": [{"role": "user", "content": "Why?"}]}).encode()
HEAD = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: %d\r\n\r\n" % len(BODY))


def connect(port):
    sock = socket.create_connection(("127.0.0.1", port), 10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def heard(sock, end):
    data = b""
    while not data.endswith(end):
        more = sock.recv(65536)
        assert more, data
        data += more
    return data


def ask(sock):
    sock.sendall(HEAD + BODY)
    assert heard(sock, b"}}}").startswith(b"HTTP/1.1 200")


def bytewise(port):
    sock = connect(port)
    for _ in range(3):
        for byte in HEAD + BODY:
            sock.sendall(bytes([byte]))
        assert heard(sock, b"}}}").startswith(b"HTTP/1.1 200")


def bodiless(port):
    """Of ten, the bodies never come; others are not to wait for them."""
    some = [connect(port) for _ in range(10)]
    for sock in some:
        sock.sendall(HEAD)
    time.sleep(0.2)
    for sock in some:
        sock.close()
    ask(connect(port))


def killed(port):
    """Likewise, but their processes are killed; some after they have asked."""
    for number in range(10):
        ready, tell = os.pipe()
        child = os.fork()
        if not child:
            sock = connect(port)
            sock.sendall(HEAD + (BODY if number % 2 else b""))
            os.write(tell, b"sent")
            time.sleep(60)
        assert os.read(ready, 4)
        os.kill(child, 9)
        os.waitpid(child, 0)
    ask(connect(port))


def serve(answer):
    """To one connection, whatever it asks, this."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        sock, _ = listener.accept()
        with sock:
            while sock.recv(65536):
                sock.sendall(answer)

    threading.Thread(target=run, daemon=True).start()
    return connect(listener.getsockname()[1])


def answer_of(tokens):
    usage = json.dumps({"usage": {"prompt_tokens": tokens, "completion_tokens": 1}}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(usage), usage)


def boastful(port):
    """An answer that has used more tokens than there are."""
    for tokens in 10 ** 9, 10 ** 12, 2 ** 64 - 1, 10 ** 30:
        sock = serve(answer_of(tokens))
        sock.sendall(HEAD + BODY)
        heard(sock, b"}}")
        ask(connect(port))


def greedy(port):
    """Requests that are to be answered by more than there are; the first one has not been yet."""
    sock = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    for bound in 2 ** 31 - 1, 10 ** 12, 10 ** 30:
        body = BODY.replace(b'"max_tokens": 10', b'"max_tokens": %d' % bound)
        sock.sendall(HEAD.replace(b" %d\r" % len(BODY), b" %d\r" % len(body)) + body)
        heard(sock, b"{}")
    ask(connect(port))


def early(port):
    """Several answers come before the answer."""
    before = b"".join(b"HTTP/1.1 %d Wait\r\nLink: a\r\n\r\n" % status for status in (100, 102, 103))
    sock = serve(before + answer_of(70))
    for _ in range(3):
        sock.sendall(HEAD + BODY)
        heard(sock, b"}}")


def switched(port):
    """To a websocket, where what is said looks like requests."""
    sock = serve(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
    sock.sendall(b"GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                 b"Upgrade: websocket\r\n\r\n")
    heard(sock, b"\r\n\r\n")
    for _ in range(100):
        sock.sendall(b"\x81\x85aaaa" + HEAD + BODY)
        heard(sock, b"\r\n\r\n")
    ask(connect(port))


def main():
    ways = (bytewise, bodiless, killed, boastful, greedy, early, switched)
    ways = {way.__name__: way for way in ways}
    ways[sys.argv[1]](int(sys.argv[2]))
    assert time.process_time() < 2, "it was not busy, but waited"


main()
