"""lookups.py WAY NAME - look a name up without libc, and connect twice to its address.

Prints whether one of the two was held for too long: "held", or "passed".
"""
import ctypes
import errno
import os
import socket
import struct
import sys

import name_server

SERVER = ("127.0.0.1", 53)


def connected(kind):
    client = socket.socket(socket.AF_INET, kind)
    client.connect(SERVER)
    return client


def ask(client, name):
    client.send(name_server.question(name))
    return client


def by_recvfrom(name):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.sendto(name_server.question(name), SERVER)
    client.recvfrom(4096)


def by_recv(name):
    ask(connected(socket.SOCK_DGRAM), name).recv(4096)


def by_read(name):
    client = ask(connected(socket.SOCK_DGRAM), name)
    os.read(client.fileno(), 4096)


def by_recvmsg(name):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.sendto(name_server.question(name), SERVER)
    client.recvmsg(4096)


def by_recvmmsg(name):
    class Part(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    class Header(ctypes.Structure):
        _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32),
                    ("parts", ctypes.POINTER(Part)), ("count", ctypes.c_size_t),
                    ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                    ("flags", ctypes.c_int)]

    class Message(ctypes.Structure):
        _fields_ = [("header", Header), ("length", ctypes.c_uint)]

    room = ctypes.create_string_buffer(4096)
    part = Part(ctypes.addressof(room), 4096)
    message = Message(Header(parts=ctypes.pointer(part), count=1))
    client = ask(connected(socket.SOCK_DGRAM), name)
    got = ctypes.CDLL(None).recvmmsg(client.fileno(), ctypes.byref(message), 1, 0, None)
    assert got == 1 and message.length > 12


def over_tcp(name, sizes):
    client = connected(socket.SOCK_STREAM)
    asked = name_server.question(name)
    client.sendall(struct.pack("!H", len(asked)) + asked)
    for size in sizes:
        client.recv(size)


def by_tcp(name):
    over_tcp(name, [4096])


def by_tcp_in_two(name):
    over_tcp(name, [2, 4096])


def by_tcp_in_three(name):
    over_tcp(name, [1, 1, 4096])


def by_gethostbyname(name):
    look_up = ctypes.CDLL(None).gethostbyname
    look_up.restype = ctypes.c_void_p
    assert look_up(name.encode())


def in_no_way(name):
    pass


name_server.start()
globals()[sys.argv[1]](sys.argv[2])
listener = socket.create_server((name_server.ADDRESS, 0))
held = False
for _ in range(2):
    try:
        socket.create_connection(listener.getsockname(), timeout=None).close()
    except OSError as error:
        if error.errno != errno.ETIMEDOUT:
            raise
        held = True
print("held" if held else "passed")
