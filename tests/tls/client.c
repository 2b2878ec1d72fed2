/*
 * client.c - a client of server.py, or of openssl-s_server(1): a library that is linked with a
 * libssl, for load.c. Its first argument is what it does, the second the port.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ssl.h, which may not be installed. */
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_session_st SSL_SESSION;
extern const void *TLS_client_method(void);
extern SSL_CTX *SSL_CTX_new(const void *method);
extern void SSL_CTX_free(SSL_CTX *context);
extern long SSL_CTX_ctrl(SSL_CTX *context, int command, long number, void *pointer);
extern int SSL_CTX_set_alpn_protos(SSL_CTX *context, const unsigned char *list, unsigned length);
extern int SSL_set_alpn_protos(SSL *ssl, const unsigned char *list, unsigned length);
extern SSL *SSL_new(SSL_CTX *context);
extern void SSL_free(SSL *ssl);
extern int SSL_set_fd(SSL *ssl, int fd);
extern long SSL_ctrl(SSL *ssl, int command, long number, void *pointer);
extern void SSL_set_connect_state(SSL *ssl);
extern int SSL_connect(SSL *ssl);
extern int SSL_write(SSL *ssl, const void *bytes, int length);
extern int SSL_write_ex(SSL *ssl, const void *bytes, size_t length, size_t *written);
extern int SSL_write_early_data(SSL *ssl, const void *bytes, size_t length, size_t *written);
extern int SSL_read(SSL *ssl, void *bytes, int length);
extern int SSL_read_ex(SSL *ssl, void *bytes, size_t length, size_t *got);
extern int SSL_get_error(const SSL *ssl, int result);
extern int SSL_shutdown(SSL *ssl);
extern SSL_SESSION *SSL_get1_session(SSL *ssl);
extern int SSL_set_session(SSL *ssl, SSL_SESSION *session);
extern int SSL_get_early_data_status(const SSL *ssl);
enum {
    WANT_READ = 2,
    WANT_WRITE = 3,
    ZERO_RETURN = 6,
    CTRL_MODE = 33,
    PARTIAL_WRITE_AND_MOVING_BUFFER = 1 | 2,
    EARLY_DATA_ACCEPTED = 2,
};

extern int client(int count, char **arguments);

static int port;

__attribute__((noreturn)) static void fail(const char *what)
{
    fprintf(stderr, "client: %s fails: %s\n", what, strerror(errno));
    exit(1);
}

static int connected(int flags)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    if (fd < 0 || connect(fd, (void *)&address, sizeof address) != 0 ||
        fcntl(fd, F_SETFL, flags) != 0)
        fail("connect");
    return fd;
}

static SSL *session(SSL_CTX *context, int fd)
{
    SSL *ssl = SSL_new(context);
    if (!ssl || SSL_set_fd(ssl, fd) != 1)
        fail("SSL_new");
    SSL_set_connect_state(ssl);
    return ssl;
}

static void wait_for(SSL *ssl, int fd, int result)
{
    int error = SSL_get_error(ssl, result);
    struct pollfd ready = {fd, error == WANT_WRITE ? POLLOUT : POLLIN, 0};
    if (error != WANT_WRITE && error != WANT_READ)
        fail("a call");
    poll(&ready, 1, -1);
}

/* Of a size that no other has here, with what is different at each place. */
static char *request(size_t body, size_t answer, const char *field, size_t *length)
{
    char *text = malloc(body + 200);
    int head =
        sprintf(text, "POST /%zu HTTP/1.1\r\nContent-Length: %zu\r\n%s\r\n", answer, body, field);
    for (size_t i = 0; i < body; i++)
        text[(size_t)head + i] = (char)(i * 31 + (i >> 8) * 7);
    *length = (size_t)head + body;
    return text;
}

/* As much as was sent, and to the end if `all`. */
static void receive(SSL *ssl, int fd, size_t at_least)
{
    char bytes[5000];
    size_t got = 0;
    while (got < at_least) {
        int now = SSL_read(ssl, bytes, sizeof bytes);
        if (now <= 0)
            wait_for(ssl, fd, now);
        else
            got += (size_t)now;
    }
}

static void end(SSL *ssl, int fd)
{
    char byte;
    size_t got;
    fcntl(fd, F_SETFL, 0);
    SSL_shutdown(ssl);
    if (SSL_read_ex(ssl, &byte, 1, &got) == 1 || SSL_get_error(ssl, 0) != ZERO_RETURN)
        fail("the end");
    SSL_free(ssl);
    close(fd);
}

/* Without SSL_connect before. */
static void by_write(SSL_CTX *context)
{
    size_t length;
    char *text = request(3000, 100000, "", &length);
    int fd = connected(0);
    SSL *ssl = session(context, fd);
    for (size_t at = 0; at < length; at += 1000) {
        int part = length - at < 1000 ? (int)(length - at) : 1000;
        if (SSL_write(ssl, text + at, part) != part)
            fail("SSL_write");
    }
    receive(ssl, fd, 100000);
    end(ssl, fd);
    free(text);
}

static void by_write_ex(SSL_CTX *context)
{
    size_t length, written;
    char *text = request(300000, 10, "", &length);
    int fd = connected(0);
    SSL *ssl = session(context, fd);
    if (SSL_write_ex(ssl, text, length, &written) != 1 || written != length)
        fail("SSL_write_ex");
    receive(ssl, fd, 10);
    end(ssl, fd);
    free(text);
}

/* Each retry from another place in memory. */
static void not_waiting(SSL_CTX *context, int mode)
{
    size_t length, done = 0;
    int refusals = 0;
    char *text = request(3000000, 1000, "X-Slow: 1\r\n", &length);
    int fd = connected(O_NONBLOCK);
    SSL *ssl = session(context, fd);
    SSL_ctrl(ssl, CTRL_MODE, mode, NULL);
    while (done < length) {
        size_t written = 0;
        char *copy = mode ? malloc(length - done) : text + done;
        memmove(copy, text + done, length - done);
        int result = SSL_write_ex(ssl, copy, length - done, &written);
        if (result != 1)
            written = 0;
        if (mode)
            free(copy);
        if (result != 1) {
            wait_for(ssl, fd, result);
            refusals++;
        }
        done += written;
    }
    if (refusals < 3)
        fail("to be refused");
    receive(ssl, fd, 1000);
    end(ssl, fd);
    free(text);
}

static void waiting_for_all(SSL_CTX *context)
{
    not_waiting(context, 0);
}

static void in_parts(SSL_CTX *context)
{
    not_waiting(context, PARTIAL_WRITE_AND_MOVING_BUFFER);
}

static SSL_SESSION *ask(SSL_CTX *context, SSL_SESSION *before, size_t body)
{
    size_t length;
    char *text = request(body, 100 + body, "", &length);
    int fd = connected(0);
    SSL *ssl = session(context, fd);
    if (before)
        SSL_set_session(ssl, before);
    if (SSL_write(ssl, text, (int)length) != (int)length)
        fail("SSL_write");
    receive(ssl, fd, 100 + body);
    SSL_SESSION *after = SSL_get1_session(ssl);
    end(ssl, fd);
    free(text);
    return after;
}

static void resumed(SSL_CTX *context)
{
    SSL_SESSION *first = ask(context, NULL, 77);
    ask(context, first, 88);
}

/* Sessions, one after the other, which mostly have the same address. */
static void reused(SSL_CTX *context)
{
    for (size_t i = 0; i < 300; i++)
        ask(context, NULL, i);
}

/* To s_server -early_data, which sends lines of its own. */
static void early(SSL_CTX *context)
{
    static const char lines[] = "the first line\nthe second line, early as well\nthe third, late\n";
    size_t written, first = 15, second = 31, all = sizeof lines - 1;
    int fd = connected(0);
    SSL *ssl = session(context, fd);
    SSL_write(ssl, "hello\n", 6);
    receive(ssl, fd, 1);
    SSL_SESSION *ticket = SSL_get1_session(ssl);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);

    fd = connected(0);
    ssl = session(context, fd);
    SSL_set_session(ssl, ticket);
    if (SSL_write_early_data(ssl, lines, first, &written) != 1 || written != first ||
        SSL_write_early_data(ssl, lines + first, second, &written) != 1 || written != second)
        fail("SSL_write_early_data");
    if (SSL_connect(ssl) != 1 || SSL_get_early_data_status(ssl) != EARLY_DATA_ACCEPTED)
        fail("early data");
    SSL_write(ssl, lines + first + second, (int)(all - first - second));
    receive(ssl, fd, 1);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

/* What is agreed on, the server writes down. */
static void offers(SSL_CTX *context, const char *names)
{
    unsigned char list[3000];
    unsigned length = 0;
    for (const char *at = names, *next; *at; at = next + (*next == ',')) {
        next = strchrnul(at, ',');
        list[length++] = (unsigned char)(next - at);
        memcpy(list + length, at, (size_t)(next - at));
        length += (unsigned)(next - at);
    }
    if (SSL_CTX_set_alpn_protos(context, list, length) != 0)
        fail("SSL_CTX_set_alpn_protos");
    int fd = connected(0);
    SSL *ssl = session(context, fd);
    if (SSL_set_alpn_protos(ssl, list, length) != 0)
        fail("SSL_set_alpn_protos");
    if (SSL_connect(ssl) != 1)
        fail("SSL_connect");
    end(ssl, fd);
}

static const struct {
    const char *name;
    void (*does)(SSL_CTX *context);
} behaviours[] = {
    {"write", by_write},    {"write_ex", by_write_ex}, {"waiting_for_all", waiting_for_all},
    {"in_parts", in_parts}, {"resumed", resumed},      {"reused", reused},
    {"early", early},
};

__attribute__((visibility("default"))) int client(int count, char **arguments)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    port = atoi(arguments[1]);
    if (count == 3)
        offers(context, arguments[2]);
    for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        if (strcmp(behaviours[i].name, arguments[0]) == 0)
            behaviours[i].does(context);
    SSL_CTX_free(context);
    return 0;
}
