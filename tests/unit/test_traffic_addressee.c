/* test_traffic_addressee.c - whom a connection is for, however what it says is cut. */
#include "addressee.h"
#include "cuts.h"

static struct addressee addressee;

static void begin(void)
{
    addressee_begin(&addressee);
}

/* host:port of each name: * by a proxy, + beside those before. */
static void take(struct span piece)
{
    struct addressee_name name;
    while (piece.length) {
        piece = span_cut(piece, addressee_take(&addressee, piece, &name));
        if (!name.host.length)
            continue;
        tell("%s%s", told.length ? " " : "", name.by_proxy ? name.also ? "+" : "*" : "");
        tell_piece(name.host);
        if (name.port)
            tell(":%u", name.port);
    }
}

static void end(void)
{
    tell("%s", addressee.ended ? " ended" : "");
}

static const struct scanner scanner = {begin, take, end};

#define TELLS(text, expected)                                                                      \
    CHECK(told_however_cut(&scanner, (struct span){text, sizeof(text) - 1}, expected))

/* A ClientHello with the server name a.example, and nothing else that it need not have. */
#define HELLO                                                                                      \
    "\x16\x03\x01\x00\x41\x01\x00\x00\x3D\x03\x03"                                                 \
    "0123456789abcdef0123456789abcdef"                                                             \
    "\x00\x00\x02\x13\x01\x01\x00"                                                                 \
    "\x00\x12\x00\x00\x00\x0E\x00\x0C\x00\x00\x09"                                                 \
    "a.example"
#define HEAD "\r\nUser-Agent: x\r\n\r\n"

static void tls(void)
{
    TELLS(HELLO, "a.example ended");
    TELLS(HELLO "\x14\x03\x03\x00\x01\x01", "a.example ended");
    TELLS("\x16\x03\x01\x00\x02\x02\x00", " ended");
    TELLS("\x16\x03", "");
}

static void requests(void)
{
    TELLS("GET / HTTP/1.1\r\nHost: a.example" HEAD, "a.example");
    TELLS("GET / HTTP/1.1\r\nAccept: */*\r\nhOST:A.example:8080" HEAD, "A.example");
    TELLS("GET / HTTP/1.1\r\nHost: [::1]:80" HEAD, "");
    TELLS("GET / HTTP/1.0" HEAD, "");
    TELLS("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\n"
          "GET /x HT"
          "GET / HTTP/1.1\r\nHost: b.example" HEAD
          "PUT / HTTP/1.1\r\nHost: c.example\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3\r\nabc\r\n0\r\n\r\n"
          "GET / HTTP/1.1\r\nHost: d.example" HEAD,
          "a.example b.example c.example d.example");
    /* More than have answers that are followed elsewhere. */
    TELLS("GET / HTTP/1.1\r\nHost: a" HEAD "GET / HTTP/1.1\r\nHost: b" HEAD
          "GET / HTTP/1.1\r\nHost: c" HEAD "GET / HTTP/1.1\r\nHost: d" HEAD
          "GET / HTTP/1.1\r\nHost: e" HEAD "GET / HTTP/1.1\r\nHost: f" HEAD
          "GET / HTTP/1.1\r\nHost: g" HEAD "GET / HTTP/1.1\r\nHost: h" HEAD
          "GET / HTTP/1.1\r\nHost: i" HEAD "GET / HTTP/1.1\r\nHost: j" HEAD,
          "a b c d e f g h i j");
}

static void proxies(void)
{
    TELLS("GET http://a.example/?http://b.example/ HTTP/1.1\r\nHost: c.example" HEAD,
          "*a.example:80");
    TELLS("GET http://me:you@a.example:81 HTTP/1.1" HEAD "GET http://b.example/ HTTP/1.1" HEAD,
          "*a.example:81 *b.example:80");
    TELLS("CONNECT a.example:444 HTTP/1.1\r\nHost: b.example" HEAD HELLO,
          "*a.example:444 +a.example:444 ended");
    TELLS("CONNECT 192.0.2.1:443 HTTP/1.1" HEAD HELLO, "*192.0.2.1:443 +a.example:443 ended");
    /* It wanted a password. */
    TELLS("CONNECT a.example:80 HTTP/1.1" HEAD "CONNECT a.example:80 HTTP/1.1" HEAD
          "GET / HTTP/1.1\r\nHost: b.example" HEAD,
          "*a.example:80 +a.example:80 +b.example:80");
    TELLS("CONNECT a.example:22 HTTP/1.1" HEAD "SSH-2.0-x\r\n", "*a.example:22 ended");
}

static void others(void)
{
    TELLS("SSH-2.0-OpenSSH_9.6\r\n", " ended");
    TELLS("HTTP/1.1 200 OK\r\nHost: a.example\r\n\r\n", " ended");
    TELLS("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", " ended");
    TELLS("EHLO a.example\r\n", " ended");
    TELLS("\x06\x01\x00", " ended");
}

#define SAYS(text) take((struct span){text, sizeof(text) - 1})

/* In pieces as a client sends them. */
static void socks(void)
{
    told = (struct told){.length = 0};
    begin();
    SAYS("\x05\x01\x02");
    SAYS("\x01\x02me\x03you");
    SAYS("\x05\x01\x00\x03\x09"
         "b.example\x01\xbc");
    SAYS(HELLO);
    end();
    CHECK(strcmp(told.text, "*b.example:444 +a.example:444 ended") == 0);
    /* By its address; and too many, or not in full. */
    told = (struct told){.length = 0};
    begin();
    SAYS("\x05\x01\x00");
    SAYS("\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb");
    SAYS(HELLO);
    begin();
    SAYS("\x05\x01\x00\x03\x09"
         "b.example\x01");
    SAYS("\x05");
    SAYS("\x05\x01\x00\x03\xff");
    SAYS("\x05");
    end();
    CHECK(strcmp(told.text, "+a.example ended") == 0);
}

int main(void)
{
    RUN(tls);
    RUN(requests);
    RUN(proxies);
    RUN(others);
    RUN(socks);
    return check_status();
}
