"""name_server.py - a name server at 127.0.0.1, port 53, over UDP and TCP.

It answers all that it is asked for: the name is an alias of canonical.example, and that is
127.0.0.9. A name in the answer is a pointer, as servers write them; there is an OPT record (EDNS).
"""
import socket
import struct
import threading

ADDRESS = "127.0.0.9"


def question(name, identity=7):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", identity, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def answer(asked):
    end = asked.index(b"\0", 12) + 5
    canonical = b"\x09canonical\x07example\0"
    records = b"\xc0\x0c" + struct.pack("!2HIH", 5, 1, 60, len(canonical))
    at = end + len(records)
    records += canonical
    records += struct.pack("!H", 0xC000 | at) + struct.pack("!2HIH", 1, 1, 60, 4)
    records += socket.inet_aton(ADDRESS)
    records += b"\0" + struct.pack("!2HIH", 41, 1232, 0, 0)
    return asked[:2] + struct.pack("!5H", 0x8180, 1, 2, 0, 1) + asked[12:end] + records


def serve_datagrams(server):
    while True:
        asked, sender = server.recvfrom(4096)
        server.sendto(answer(asked), sender)


def serve_streams(listener):
    while True:
        connection, _ = listener.accept()
        (length,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
        told = answer(connection.recv(length, socket.MSG_WAITALL))
        connection.sendall(struct.pack("!H", len(told)) + told)


def start():
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 53))
    streams = socket.create_server(("127.0.0.1", 53))
    threading.Thread(target=serve_datagrams, args=[datagrams], daemon=True).start()
    threading.Thread(target=serve_streams, args=[streams], daemon=True).start()


if __name__ == "__main__":
    start()
    print("serves", flush=True)
    threading.Event().wait()
