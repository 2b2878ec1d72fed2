"""mutual.py serve FILE CERTIFICATE KEY CLIENTS; mutual.py ask PORT CA CERTIFICATE KEY

A client and a server who both show who they are.

The server writes its port to FILE; it takes whom CLIENTS names, and all requests take 12 tokens.
The client asks twice, over connections of their own: of a socket, and in memory.
"""

import http.client
import json
import os
import socket
import ssl
import sys


def serve(name, certificate, key, clients):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(clients)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(name + "~", "w") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(name + "~", name)
    usage = json.dumps({"usage": {"prompt_tokens": 5, "completion_tokens": 7}}).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(usage) + usage
    while True:
        with context.wrap_socket(listener.accept()[0], server_side=True) as sock:
            data = b""
            while b"}" not in data and (more := sock.recv(65536)):
                data += more
            sock.sendall(answer)


REQUEST = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n"
           b'{"messages": []}')


def ask(port, trusted, certificate, key):
    context = ssl.create_default_context(cafile=trusted)
    context.load_cert_chain(certificate, key)
    connection = http.client.HTTPSConnection("localhost", int(port), context=context, timeout=10)
    connection.request("POST", "/v1/chat/completions", b'{"messages": []}')
    assert connection.getresponse().read().endswith(b"}}")
    connection.close()

    sock = socket.create_connection(("127.0.0.1", int(port)), 10)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")

    def through(function, *arguments):
        while True:
            try:
                return function(*arguments)
            except ssl.SSLWantReadError:
                sock.sendall(outgoing.read())
                incoming.write(sock.recv(65536))

    through(session.do_handshake)
    through(session.write, REQUEST)
    assert through(session.read, 65536).endswith(b"}}")


{"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
