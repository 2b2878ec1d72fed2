"""unread.py ENDED FILE COMMAND... - become COMMAND, with a stream to read that has ended.

Its standard input is a TCP socket. A megabyte, or what its buffer takes of that, is unread, and is
written to FILE; the far end is shut down, and if ENDED is "both", so is the near one.
"""

import array
import fcntl
import os
import socket
import sys
import termios
import time

SO_RCVBUFFORCE = 33

server = socket.create_server(("127.0.0.1", 0))
near = socket.socket()
try:
    near.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
except PermissionError:
    near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
near.connect(server.getsockname())
far, _ = server.accept()
noise = os.urandom(min(1_000_000, near.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 4))
if sys.argv[1] == "both":
    near.shutdown(socket.SHUT_WR)
    assert far.recv(1) == b""
far.sendall(noise)
far.shutdown(socket.SHUT_WR)
unread = array.array("i", [0])
while unread[0] < len(noise):
    time.sleep(0.01)
    fcntl.ioctl(near, termios.FIONREAD, unread)
with open(sys.argv[2], "wb") as file:
    file.write(noise)
os.dup2(near.fileno(), 0)
os.execvp(sys.argv[3], sys.argv[3:])
