"""odd.py BEHAVIOUR PORT [CA] - what programs do with the descriptor of a connection; see the names.

By TLS, if it is told whom to trust. Fails if an answer is not what it should be.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading

TIMES, MANY = 20, 500


class Connection:
    """Of TLS by memory, so that it is for others what number the socket has."""

    def __init__(self, port, trusted, number=None):
        self.sock, self.tls = socket.create_connection(("127.0.0.1", port), 20), None
        self.lock = threading.Lock()
        if number is not None:
            self.renumber(number)
        if trusted:
            context = ssl.create_default_context(cafile=trusted)
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
            self.through(self.tls.do_handshake)

    def renumber(self, number):
        """As shells and daemons do: the old number is free, and means something else soon."""
        os.dup2(self.sock.fileno(), number)
        self.sock.close()
        self.sock = socket.socket(fileno=number)
        self.sock.settimeout(20)

    def through(self, function, *arguments):
        """One thread at a time has the session, and sends what came of it in its order."""
        while True:
            with self.lock:
                try:
                    return function(*arguments)
                except ssl.SSLWantReadError:
                    pass
                finally:
                    self.sock.sendall(self.outgoing.read())
            data = self.sock.recv(65536)
            with self.lock:
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def send(self, data):
        return self.through(self.tls.write, data) if self.tls else self.sock.sendall(data)

    def receive(self):
        return self.through(self.tls.read, 65536) if self.tls else self.sock.recv(65536)

    def request(self, text="Why?"):
        body = json.dumps({"model": "mock", "max_tokens": 50,
                           "messages": [{"role": "user", "content": text}]}).encode()
        return (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def ask(self, text="Why?"):
        self.send(self.request(text))
        self.answer()

    def answer(self):
        answer = b""
        while not answer.endswith(b"}}}"):
            more = self.receive()
            assert more, answer
            answer += more
        assert answer.startswith(b"HTTP/1.1 200"), answer

    def close(self):
        self.sock.close()


def renumbered(make):
    """Before anything is said; and between requests, if it can still be told then who it is."""
    for number in range(TIMES):
        connection = make(number=500 + number % 3)
        connection.ask()
        if not connection.tls:
            connection.renumber(600)
        connection.ask()
        connection.close()


def reopened(make):
    """Numbers are closed past the library of sockets, some with an answer unread, and used anew."""
    for turn in range(TIMES):
        first, second = make(), make()
        number = first.sock.fileno()
        first.ask()
        os.close(number)
        third = make()
        assert third.sock.fileno() == number
        second.ask()
        third.ask()
        first.sock.detach()
        second.close()
        third.close()


def forked(make):
    """The child goes on with what its parent began, and the parent with another."""
    for _ in range(TIMES):
        own, other = make(), make()
        own.ask()
        other.ask()
        child = os.fork()
        if not child:
            own.ask()
            own.ask()
            os._exit(0)
        own.close()
        other.ask()
        assert os.waitpid(child, 0)[1] == 0
        other.close()


def spawning(make):
    """Children close what they inherit, in the memory of their parent (vfork), before they begin."""
    connection = make()
    for _ in range(TIMES):
        connection.ask()
        subprocess.run(["true"], check=True)
    connection.ask()


def forking(make):
    """A child closes what it inherited while its parent waits for the answer."""
    connection = make()
    for _ in range(TIMES):
        connection.send(connection.request())
        child = os.fork()
        if not child:
            connection.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        connection.answer()


def threads(make):
    """Several take turns at one connection."""
    connection, lock = make(), threading.Lock()

    def take_turns():
        for _ in range(TIMES):
            with lock:
                connection.ask()

    run([take_turns] * 4)


def apart(make):
    """One sends, another receives; what is sent waits for what was asked before.

    So often that an answer is received before the call that sent its request has come back.
    """
    connection, answered = make(), threading.Semaphore(1)

    def send():
        for _ in range(MANY):
            answered.acquire()
            connection.send(connection.request())

    def receive():
        for _ in range(MANY):
            connection.answer()
            answered.release()

    run([send, receive])


def run(functions):
    all_of_them = [threading.Thread(target=function) for function in functions]
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join()


def main():
    _, behaviour, port, *trusted = sys.argv
    ways = {way.__name__: way for way in (renumbered, reopened, forked, spawning, forking, threads,
                                          apart)}
    ways[behaviour](lambda **how: Connection(int(port), trusted[0] if trusted else None, **how))


main()
