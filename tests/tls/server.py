"""A TLS server that writes down what it sees: server.py DIRECTORY [GROUP].

It answers GET or POST /N by a body of N bytes. Of each connection, named by the random of its
ClientHello, DIRECTORY has .got and .sent, the bytes; .alpn, what was agreed on; and .resumed.
The certificate, cert.pem and key.pem, is there, and so will be the port. With a GROUP, no other
is taken for the exchange of keys, so that most clients have to try again (HelloRetryRequest)."""
import os
import socket
import ssl
import sys
import threading
import time

directory = sys.argv[1]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(directory + "/cert.pem", directory + "/key.pem")
context.set_alpn_protocols(["h2", "http/1.1"])
if len(sys.argv) > 2:
    context.set_ecdh_curve(sys.argv[2])


def note(name, kind, data):
    with open(f"{directory}/{name}.{kind}", "ab") as file:
        file.write(data)


def answer(tls, name):
    seen = b""
    while True:
        while b"\r\n\r\n" not in seen:
            data = tls.recv(65536)
            if not data:
                return
            note(name, "got", data)
            seen += data
        head, seen = seen.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if b"expect" in fields:
            tls.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            note(name, "sent", b"HTTP/1.1 100 Continue\r\n\r\n")
        if b"x-slow" in fields:
            time.sleep(0.3)
        body = int(fields.get(b"content-length", b"0"))
        while len(seen) < body:
            data = tls.recv(65536)
            if not data:
                return
            note(name, "got", data)
            seen += data
        seen = seen[body:]
        size = int(head.split(b" ")[1][1:] or b"0")
        reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
        reply += os.urandom(size // 2) * 2 + b"x" * (size % 2)
        note(name, "sent", reply)
        tls.sendall(reply)


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    hello = connection.recv(43, socket.MSG_PEEK | socket.MSG_WAITALL)
    if len(hello) < 43:
        return
    name = hello[11:].hex()
    try:
        with context.wrap_socket(connection, server_side=True) as tls:
            note(name, "alpn", (tls.selected_alpn_protocol() or "none").encode())
            if tls.session_reused:
                note(name, "resumed", b"")
            if tls.selected_alpn_protocol() != "h2":
                answer(tls, name)
            tls.unwrap()
    except OSError as error:
        print(name, error, file=sys.stderr)


server = socket.create_server(("127.0.0.1", 0), backlog=128)
with open(directory + "/port.new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename(directory + "/port.new", directory + "/port")
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
