"""Clients of server.py: clients.py KIND PORT.

By python's own TLS, blocking or with a loop; or by a library's functions, looked up by name."""
import asyncio
import ctypes
import http.client
import socket
import ssl
import sys
import time

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
port = int(sys.argv[2])


def blocking():
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
    for size in (0, 5, 300000):
        connection.request("POST", f"/{size}", bytes(i % 251 for i in range(size)))
        assert len(connection.getresponse().read()) == size
    connection.close()


async def ask(size):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    for more in range(3):
        body = bytes((i * more) % 251 for i in range(size))
        writer.write(b"POST /%d HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (size, size))
        writer.write(body)
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(size)
    writer.close()
    await writer.wait_closed()


async def loop():
    await asyncio.gather(*(ask(size * 10000) for size in range(30)))


def openssl():
    tls = ctypes.CDLL("libssl.so.3")
    for name in ("TLS_client_method", "SSL_CTX_new", "SSL_new"):
        getattr(tls, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(tls.SSL_CTX_new(ctypes.c_void_p(tls.TLS_client_method())))
    session = ctypes.c_void_p(tls.SSL_new(context))
    connection = socket.create_connection(("127.0.0.1", port))
    names = b"\x02h2\x08http/1.1"
    assert tls.SSL_set_alpn_protos(session, names, len(names)) == 0
    assert tls.SSL_set_fd(session, connection.fileno()) == 1
    assert tls.SSL_connect(session) == 1
    request = b"GET /2000 HTTP/1.1\r\n\r\n"
    assert tls.SSL_write(session, request, len(request)) == len(request)
    answer = ctypes.create_string_buffer(9000)
    got = 0
    while got < 2000:
        now = tls.SSL_read(session, answer, len(answer))
        assert now > 0
        got += now
    tls.SSL_shutdown(session)
    assert tls.SSL_read(session, answer, len(answer)) == 0


class Datum(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_uint)]


def gnutls():
    client, shut_write, certificate, again = 1 << 1, 1, 1, -28
    tls = ctypes.CDLL("libgnutls.so.30")
    for name in ("send", "send2", "recv", "recv_seq", "recv_packet"):
        getattr(tls, "gnutls_record_" + name).restype = ctypes.c_ssize_t
    session, credentials = ctypes.c_void_p(), ctypes.c_void_p()
    assert tls.gnutls_init(ctypes.byref(session), client) == 0
    tls.gnutls_certificate_allocate_credentials(ctypes.byref(credentials))
    tls.gnutls_credentials_set(session, certificate, credentials)
    tls.gnutls_set_default_priority(session)
    names = (Datum * 2)(Datum(b"h2", 2), Datum(b"http/1.1", 8))
    assert tls.gnutls_alpn_set_protocols(session, names, 2, 0) == 0
    connection = socket.create_connection(("127.0.0.1", port))
    tls.gnutls_transport_set_int2(session, connection.fileno(), connection.fileno())
    assert tls.gnutls_handshake(session) == 0

    answer = ctypes.create_string_buffer(9000)
    first = b"POST /100 HTTP/1.1\r\nContent-Length: 40000\r\n\r\n"
    body = bytes(i % 251 for i in range(40000))
    tls.gnutls_record_cork(session)
    assert tls.gnutls_record_send(session, first, ctypes.c_size_t(len(first))) == len(first)
    assert tls.gnutls_record_send(session, body, ctypes.c_size_t(100)) == 100
    assert tls.gnutls_record_uncork(session, 1) == len(first) + 100
    at = 100
    while at < len(body):
        rest = body[at:]
        at += tls.gnutls_record_send2(session, rest, ctypes.c_size_t(len(rest)), ctypes.c_size_t(0), 0)
    got = 0
    while got < 100:
        now = tls.gnutls_record_recv(session, answer, ctypes.c_size_t(len(answer)))
        assert now > 0 or now == again
        got += max(now, 0)

    # Non-blocking, and what is not sent at first is sent on.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    connection.setblocking(False)
    at = 0
    body = b"POST /50 HTTP/1.1\r\nX-Slow: 1\r\nContent-Length: 5000000\r\n\r\n" + b"xy" * 2500000
    refusals = 0
    while at < len(body):
        rest = body[at:at + 100000]
        sent = tls.gnutls_record_send(session, rest, ctypes.c_size_t(len(rest)))
        while sent == again:
            refusals += 1
            connection.setblocking(True)
            connection.setblocking(False)
            time.sleep(0.001)
            sent = tls.gnutls_record_send(session, None, ctypes.c_size_t(0))
        assert sent > 0
        at += sent
    assert refusals > 0
    connection.setblocking(True)
    sequence = ctypes.create_string_buffer(8)
    assert tls.gnutls_record_recv_seq(session, answer, ctypes.c_size_t(60), sequence) > 0
    packet = ctypes.c_void_p()
    assert tls.gnutls_record_recv_packet(session, ctypes.byref(packet)) > 0
    tls.gnutls_packet_deinit(packet)
    assert tls.gnutls_bye(session, shut_write) == 0
    assert tls.gnutls_record_recv(session, answer, ctypes.c_size_t(len(answer))) == 0


if sys.argv[1] == "loop":
    asyncio.run(loop())
else:
    {"blocking": blocking, "openssl": openssl, "gnutls": gnutls}[sys.argv[1]]()
