"""answers.py PORT CONNECTIONS SECONDS - how many bytes come in short answers?
answers.py serve FILE - give them; FILE gets the port.

In one loop, each connection asks with one byte and gets 100, and asks again.
"""

import os
import selectors
import socket
import sys
import time

ANSWER = bytes(100)


def serve(port_file):
    server = socket.create_server(("127.0.0.1", 0), backlog=1000)
    with open(port_file + "~", "w") as port:
        port.write(str(server.getsockname()[1]))
    os.rename(port_file + "~", port_file)
    loop = selectors.DefaultSelector()
    loop.register(server, selectors.EVENT_READ)
    while True:
        for key, _ in loop.select():
            if key.fileobj is server:
                loop.register(server.accept()[0], selectors.EVENT_READ)
            elif asked := key.fileobj.recv(100):
                key.fileobj.sendall(ANSWER * len(asked))
            else:
                loop.unregister(key.fileobj)
                key.fileobj.close()


def ask(port, connections, seconds):
    loop = selectors.DefaultSelector()
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setblocking(False)
        loop.register(connection, selectors.EVENT_READ)
        connection.send(b"?")
    begin, got = time.monotonic(), 0
    while (now := time.monotonic()) < begin + seconds:
        for key, _ in loop.select(0.1):
            try:
                answer = key.fileobj.recv(65536)  # as loops do, whatever is to come
            except BlockingIOError:
                continue
            got += len(answer)
            key.fileobj.send(b"?" * (len(answer) // len(ANSWER)))
    print(f"got={got} seconds={now - begin}")
    for key in list(loop.get_map().values()):
        key.fileobj.shutdown(socket.SHUT_WR)


if sys.argv[1] == "serve":
    serve(sys.argv[2])
ask(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
