"""waiting.py set|copy|outer|poll - does a thread that waits already learn that a gate opens?

One thread waits for edges, without an end, by the set that the connection is in, by a copy of its
descriptor, by another set that this one is in, or by poll. Another thread sends until it is told that
nothing more can go, for 2 s, and waits for the first one. Printed is what it sent.
"""

import os
import select
import socket
import sys
import threading
import time

SECONDS, PATIENCE = 2, 5

server = socket.create_server(("127.0.0.1", 0))
near = socket.create_connection(server.getsockname())
far, _ = server.accept()
near.setblocking(False)
inner, outer, poll = select.epoll(), select.epoll(), select.poll()
inner.register(near, select.EPOLLOUT | select.EPOLLET)
outer.register(inner, select.EPOLLIN)
poll.register(inner, select.POLLIN)
copy = select.epoll.fromfd(os.dup(inner.fileno()))
wait = {"set": inner, "copy": copy, "outer": outer, "poll": poll}[sys.argv[1]].poll
ready = threading.Event()


def drain():
    while far.recv(65536):
        pass


def tell():
    while True:
        events = wait()
        if wait in (outer.poll, poll.poll):
            events = inner.poll(0)
        if events:
            ready.set()


for run in drain, tell:
    threading.Thread(target=run, daemon=True).start()
ready.wait()  # at first it may send
done, begin = 0, time.monotonic()
while (now := time.monotonic()) < begin + SECONDS:
    ready.clear()
    try:
        while True:
            done += near.send(bytes(10000))
    except BlockingIOError:
        pass
    if not ready.wait(PATIENCE):
        print("nothing happens any more", file=sys.stderr)
        os._exit(1)
print(f"done={done} seconds={now - begin:.6f} cpu={time.process_time():.6f}", flush=True)
os._exit(0)
