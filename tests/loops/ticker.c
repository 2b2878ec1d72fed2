/*
 * ticker.c - the same as ticker.py, with libevent and its buffered events.
 *
 *     ticker CONNECTIONS FILE SINK SOURCE
 *
 * Its timers are exact: a timerfd in the set of epoll, and so waits without an end.
 */
#include <stdio.h>

#if !__has_include(<event2/event.h>)
int main(void)
{
    fputs("built without libevent\n", stderr);
    return 77;
}
#else
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/stat.h>

#include "../tools/meter.h"
#include "../tools/tool.h"

enum { EACH_NS = 10000000, IN_TIME_NS = 5000000 };

static struct event_base *loop;
static struct event *timer;
static uint64_t due_ns;
static int ticks, in_time, connections, left;
static char *data;
static size_t size;

static void wait_for_tick(void)
{
    uint64_t now = now_ns(), wait = now < due_ns ? (due_ns - now) / 1000 : 0;
    event_add(timer, &(struct timeval){(time_t)(wait / 1000000), (suseconds_t)(wait % 1000000)});
}

static void tick(evutil_socket_t fd, short events, void *unused)
{
    (void)fd, (void)events, (void)unused;
    ticks++;
    in_time += now_ns() < due_ns + IN_TIME_NS;
    due_ns += EACH_NS;
    wait_for_tick();
    if (connections == 0 && ticks == 100)
        event_base_loopbreak(loop);
}

/* All is with the kernel. */
static void on_drained(struct bufferevent *connection, void *unused)
{
    (void)unused;
    shutdown(bufferevent_getfd(connection), SHUT_WR);
    bufferevent_disable(connection, EV_WRITE);
}

static void on_event(struct bufferevent *connection, short events, void *expected)
{
    struct evbuffer *got = bufferevent_get_input(connection);
    if (events & BEV_EVENT_CONNECTED)
        return;
    size_t length = evbuffer_get_length(got);
    if (!(events & BEV_EVENT_EOF) || length != (expected ? size : 0) ||
        memcmp(evbuffer_pullup(got, -1) ?: (void *)"", expected ?: "", length) != 0) {
        fprintf(stderr, "ticker: ended by %#x, with %zu bytes\n", (unsigned)events, length);
        exit(1);
    }
    bufferevent_free(connection);
    if (--left == 0)
        event_base_loopbreak(loop);
}

/* expected: what is to come; else the data is sent. */
static void carry(const char *port, char *expected)
{
    struct sockaddr_in server = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)atoi(port)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct bufferevent *connection = bufferevent_socket_new(loop, -1, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(connection, NULL, expected ? NULL : on_drained, on_event, expected);
    if (!expected)
        bufferevent_write(connection, data, size);
    bufferevent_enable(connection, EV_READ);
    if (bufferevent_socket_connect(connection, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    left++;
}

int main(int argc, char **argv)
{
    struct stat status;
    FILE *file = argc == 5 ? fopen(argv[2], "re") : NULL;
    if (!file || fstat(fileno(file), &status) < 0)
        die("read the file");
    size = (size_t)status.st_size;
    data = malloc(size);
    if (!data || fread(data, 1, size, file) < size)
        die("read the file");

    struct event_config *config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    loop = event_base_new_with_config(config);
    connections = atoi(argv[1]);
    for (int i = 0; i < connections; i++) {
        carry(argv[3], NULL);
        carry(argv[4], data);
    }
    if (connections == 0)
        carry(argv[3], data); /* which the sink does not send */
    timer = evtimer_new(loop, tick, NULL);
    due_ns = now_ns() + EACH_NS;
    wait_for_tick();
    event_base_dispatch(loop);
    printf("ticks=%d in_time=%d\n", ticks, in_time);
    return 0;
}
#endif
