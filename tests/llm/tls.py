"""tls.py - TLS of a server over bytes that others receive and send.

With asyncio's own TLS it would not be known when the first byte of a record arrived.
"""

import hashlib
import ssl

# The random of a ServerHello that is none (RFC 8446, 4.1.3).
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


def context(certificate, key, offers_h2, group, is_old):
    """GROUP, if not None, is the only one: who has sent a key for another is asked again."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    made.set_alpn_protocols(["h2", "http/1.1"] if offers_h2 else ["http/1.1"])
    if group:
        made.set_ecdh_curve(group)
    if is_old:
        made.maximum_version = ssl.TLSVersion.TLSv1_2

    def on_name(session, name, _):
        session.asked_for = name

    made.sni_callback = on_name
    return made


class Session:
    """Of a connection. Before its handshake is complete it carries nothing."""

    def __init__(self, made):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = made.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.ssl.asked_for = None
        self.is_complete = self.has_retried = False

    def decrypt(self, data):
        """What is in bytes that arrived. ssl.SSLError if they make no sense, or are the end."""
        self.incoming.write(data)
        clear = bytearray()
        try:
            if not self.is_complete:
                self.ssl.do_handshake()
                self.is_complete = True
            while part := self.ssl.read(65536):
                clear += part
        except ssl.SSLWantReadError:
            pass
        return clear

    def encrypt(self, data):
        if data:  # to write nothing is an error before python 3.10
            self.ssl.write(data)

    def end(self):
        """Say so to the client, whose own end is not waited for."""
        try:
            self.ssl.unwrap()
        except ssl.SSLError:
            pass

    def to_send(self):
        """Bytes that are to be sent, of the session itself too."""
        data = self.outgoing.read()
        self.has_retried = self.has_retried or RETRY in data
        return data

    def facts(self):
        """Of what the client asked for, and what it was given."""
        return {"sni": self.ssl.asked_for, "alpn": self.ssl.selected_alpn_protocol(),
                "version": self.ssl.version(), "retried": self.has_retried,
                "resumed": self.is_complete and bool(self.ssl.session_reused)}
