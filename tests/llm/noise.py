"""noise.py [SECONDS [SEED]] - says things that are nearly HTTP and TLS, over TCP, to itself.

What arrives must be what was sent, both ways, and in time. Prints connections=N.
"""

import os
import random
import socket
import struct
import sys
import threading
import time

PATIENCE, MOST_UNITS = 10, 1 << 16

USAGE = b'{"usage": {"prompt_tokens": %d, "completion_tokens": 3, "total_tokens": 9}}'
REQUESTS = [
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n"
    b'{"messages":[{"content":"aa"}]}',
    b"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x00\x80\x01\x00\x00\x7c\x03\x03" + bytes(range(120)), b"\5\1\0", b"\0" * 9,
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 76\r\n\r\n" + USAGE % 99999999999999999999,
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\n\x1f\x8b\x08\0\r\n",
    b"HTTP/1.1 429 No\r\nRetry-After: 0.01\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    b"HTTP/1.1 101 Switch\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + USAGE % 7 + b"\n\n",
]


def said(chance, examples):
    """Some of them, with something wrong in most."""
    whole = b"".join(chance.choice(examples) for _ in range(chance.randint(1, 4)))
    if chance.random() < 0.2:
        whole = os.urandom(chance.randint(1, 3000))
    if chance.random() < 0.2:
        whole *= chance.randint(1, 40)
    data = bytearray(whole[:MOST_UNITS])
    for _ in range(chance.choice((0, 0, 1, 1, 5, 50))):
        at = chance.randrange(len(data))
        wrong = chance.choice((bytes([chance.randrange(256)]), b"\r\n", b"", b"9" * 20))
        data[at:at + chance.randint(0, 9)] = wrong
        if not data:
            return b"x"
    return bytes(data)


def say(sock, data, chance):
    while data:
        length = chance.choice((1, 2, 7, 100, 5000, len(data)))
        sock.sendall(data[:length])
        data = data[length:] if length < len(data) else b""


def listen_to(sock, length):
    data = bytearray()
    while len(data) < length and (more := sock.recv(length - len(data))):
        data += more
    return data


def converse(listener, lock, chance):
    with lock:
        near = socket.create_connection(listener.getsockname(), PATIENCE)
        far = listener.accept()[0]
    for sock in near, far:
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(chance.randint(1, 5)):
        for here, there, examples in ((near, far, REQUESTS), (far, near, ANSWERS)):
            data, heard = said(chance, examples), []
            hearer = threading.Thread(target=lambda: heard.append(listen_to(there, len(data))))
            hearer.start()
            say(here, data, chance)
            hearer.join(PATIENCE)
            assert heard and heard[0] == data, "it did not arrive as it was"
    if chance.random() < 0.3:  # by a reset
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    near.close()
    far.close()


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    chance = random.Random(sys.argv[2] if len(sys.argv) > 2 else 1)
    listener, lock = socket.create_server(("127.0.0.1", 0), backlog=100), threading.Lock()
    begin, count, failed = time.monotonic(), [0], []

    def work(own):
        try:
            while time.monotonic() < begin + seconds and not failed:
                converse(listener, lock, own)
                count[0] += 1
        except Exception as error:
            failed.append(error)
            raise

    workers = [threading.Thread(target=work, args=(random.Random(chance.random()),))
               for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"connections={count[0]}")
    return bool(failed)


sys.exit(main())
