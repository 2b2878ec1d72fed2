/*
 * pace.c - whether a sender is held to what was asked: exactly, and never early.
 *
 *     LD_PRELOAD=librlshim.so RL_LIMITS='out 1MB/s burst=20kB' pace 1000000 20000 1000 5
 *
 * Sends datagrams of CHUNK bytes for SECONDS as fast as it is let, and notes on each when it was
 * asked for and when it had gone. RATE and BURST are in units a second and units; with a fifth
 * argument a unit is not a byte but a call.
 *
 * Prints  achieved  what went after the burst, over RATE times the time to the last departure;
 *         early     the most that a departure was ahead of its conforming instant, us;
 *         late      the most that one was behind it;
 *         excess    the most that any window had above BURST + RATE * length, in us of RATE.
 *
 * The conforming instants come from a reference: exact arithmetic in the plainest form of the
 * rule, fed with the instants of asking. The shim reads the clock a little later than we did, so
 * its own instants are never before those: `early` may not be above 0, ever. `excess` may, up to
 * `late`: if one departure is woken late and the next is not, they are closer than they conform.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"

/* Nobody reads: a full receiver drops what comes, which is no concern of the sender. */
static int datagrams(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof to;
    int in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0);

    if (in < 0 || out < 0 || bind(out, (struct sockaddr *)&to, sizeof to) != 0 ||
        getsockname(out, (struct sockaddr *)&to, &length) != 0 ||
        connect(in, (struct sockaddr *)&to, sizeof to) != 0)
        err(1, "a pair of UDP sockets");
    return in;
}

/* Of one limit: all in units of time, ns as long double (64 bits of mantissa: exact enough). */
struct reference {
    long double cost, tau; /* of a departure; of the burst */
    long double drained;   /* when the bucket is at rest */
    long double level, level_at;
};

static long double conforming(struct reference *r, long double asked)
{
    long double line = r->drained > asked ? r->drained : asked;
    r->drained = line + r->cost;
    return r->drained - r->tau > asked ? r->drained - r->tau : asked;
}

/* The worst window that ends here, kept as a bucket that leaks: what it holds above the burst. */
static long double excess(struct reference *r, long double gone)
{
    long double left = r->level - (gone - r->level_at);
    r->level = (left > 0 ? left : 0) + r->cost;
    r->level_at = gone;
    return r->level - r->tau;
}

static void keep_most(long double *most, long double value)
{
    if (value > *most)
        *most = value;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        errx(1, "usage: pace RATE BURST CHUNK SECONDS [calls]");
    double rate = atof(argv[1]), burst = atof(argv[2]);
    size_t chunk = (size_t)atoi(argv[3]);
    long double span = atof(argv[4]) * 1e9L, units = argc > 5 ? 1 : (long double)chunk;
    struct reference r = {.cost = units * 1e9L / rate, .tau = burst * 1e9L / rate};
    long double early = 0, late = 0, most = 0, gone = 0;
    double achieved = 0;
    static char buffer[65536];
    int fd = datagrams();

    if (chunk > 65507)
        errx(1, "a datagram has at most 65507 bytes");
    uint64_t start = now_ns();
    for (uint64_t count = 1; gone < span; count++) {
        long double asked = now_ns() - start;
        if (send(fd, buffer, chunk, 0) != (ssize_t)chunk)
            err(1, "send");
        gone = now_ns() - start;

        long double due = conforming(&r, asked);
        keep_most(&early, due - gone);
        keep_most(&late, gone - due);
        keep_most(&most, excess(&r, gone));
        achieved = (double)((count * r.cost - r.tau) / gone);
    }
    printf("achieved\t%.5f\nearly\t%.3f\nlate\t%.1f\nexcess\t%.1f\n", achieved,
           (double)early / 1000, (double)late / 1000, (double)most / 1000);
}
