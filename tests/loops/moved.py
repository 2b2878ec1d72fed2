"""moved.py WAY PORT - who waits for a minute, and does not have to any more?

The port is of a server that reads and discards. A datagram of 60 kB is sent, or received, or a
connection made, of which a limit of 1 kB/s, or one connection a minute, is to make a debt of a
minute. Then something waits for that, in a way of its own. Printed is "waits", and, once that is
over, the time of the monotonic clock.
"""

import asyncio
import select
import socket
import sys
import time

OWED = 60000


def moved():
    print(time.monotonic(), flush=True)


def owe():
    """By a datagram, of which all goes at once."""
    near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "12")
    far.bind(("127.0.0.1", 0))
    near.sendto(bytes(OWED), far.getsockname())
    if way.startswith("receive"):
        far.recv(OWED)


def pair():
    """A connection to one who sends enough."""
    server = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(server.getsockname())
    far, _ = server.accept()
    far.setblocking(False)
    far.send(bytes(5000))
    return near, far


def ready(connection, events):
    """By poll(2), whatever it says of a moment."""
    poll = select.poll()
    poll.register(connection, events)
    while not poll.poll(10000):
        pass


def again(call):
    """Until it passes: by epoll(7), told of edges."""
    epoll = select.epoll()
    return lambda connection, events: (
        epoll.register(connection, events | select.EPOLLET),
        retry(epoll, call),
    )


def retry(epoll, call):
    while True:
        try:
            return call()
        except BlockingIOError:
            epoll.poll(10)


async def send_in_loop(port):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.1)
    owe()
    print("waits", flush=True)
    writer.write(bytes(500))
    await writer.drain()
    while writer.transport.get_write_buffer_size():
        await asyncio.sleep(0.01)
    moved()
    writer.transport.abort()


async def connect_in_loop(port):
    await asyncio.open_connection("127.0.0.1", port)
    print("waits", flush=True)
    await asyncio.open_connection("127.0.0.1", port)
    moved()


def main():
    if way == "asyncio":
        asyncio.run(send_in_loop(port))
        return
    if way == "connect-asyncio":
        asyncio.run(connect_in_loop(port))
        return
    connection, other = (
        pair() if way.startswith("receive") else (socket.create_connection(("127.0.0.1", port)), None)
    )
    if not way.startswith("connect"):
        owe()
    print("waits", flush=True)
    if way == "send":
        connection.send(bytes(500))
    elif way == "send-timeout":
        connection.settimeout(50)
        connection.sendall(bytes(500))
    elif way == "send-poll":
        connection.setblocking(False)
        try:
            connection.send(bytes(500))
        except BlockingIOError:
            pass
        ready(connection, select.POLLOUT)
    elif way == "send-edges":
        connection.setblocking(False)
        again(lambda: connection.send(bytes(500)))(connection, select.EPOLLOUT)
    elif way == "receive":
        connection.recv(500)
    elif way == "receive-all":
        connection.recv(900, socket.MSG_WAITALL)
    elif way == "receive-edges":
        connection.setblocking(False)
        again(lambda: connection.recv(500))(connection, select.EPOLLIN)
    elif way == "connect":
        socket.create_connection(("127.0.0.1", port))
    moved()


way, port = sys.argv[1], int(sys.argv[2])
main()
