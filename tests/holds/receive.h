/*
 * receive.h - what the tests of held receives share: a feeder, and what is to be seen of it.
 *
 * The tested end of a pair is `near`. Sending is not limited in these tests.
 */
#ifndef RECEIVE_H
#define RECEIVE_H

#include "hold.h"

/* Sends the bytes of `data`, over and over, as fast as the other end takes them, and then the end
 * of the stream. */
struct feeder {
    pthread_t thread;
    struct pair pair;
    size_t bytes; /* to send */
    size_t sent;  /* that the kernel took; atomic */
};

static inline void *feeder_run(void *argument)
{
    struct feeder *feeder = argument;
    while (feeder->sent < feeder->bytes) {
        size_t position = feeder->sent % DATA_BYTES, length = DATA_BYTES - position;
        if (length > feeder->bytes - feeder->sent)
            length = feeder->bytes - feeder->sent;
        if (length > 16384)
            length = 16384;
        ssize_t sent = send(feeder->pair.far, data + position, length, MSG_NOSIGNAL);
        if (sent < 0)
            return NULL;
        __atomic_fetch_add(&feeder->sent, (size_t)sent, __ATOMIC_RELAXED);
    }
    shutdown(feeder->pair.far, SHUT_WR);
    return NULL;
}

static inline void feeder_start(struct feeder *feeder, struct pair pair, size_t bytes)
{
    *feeder = (struct feeder){.pair = pair, .bytes = bytes};
    feeder->thread = thread_start(feeder_run, feeder);
}

/* Ends it and the pair, whether or not all was received: what was not makes a reset of it. */
static inline void feeder_stop(struct feeder *feeder)
{
    close(feeder->pair.near);
    pthread_join(feeder->thread, NULL);
    close(feeder->pair.far);
}

/* A pair in whose near end so many bytes wait already. */
static inline struct pair pair_with(size_t bytes)
{
    struct pair pair = tcp_pair();
    CHECK_EQ(send(pair.far, data, bytes, 0), bytes);
    return pair;
}

static inline bool check_data(const char *file, int line, const char *bytes, size_t position,
                              ssize_t length)
{
    for (ssize_t i = 0; i < length; i++)
        if (bytes[i] != data[(position + (size_t)i) % DATA_BYTES]) {
            if (check_failed())
                fprintf(stderr, "%s:%d: byte %zu of the stream is wrong\n", file, line,
                        position + (size_t)i);
            return false;
        }
    return true;
}

static inline bool check_bound(const char *file, int line, double units, double begin, double burst,
                               double rate)
{
    double seconds = now() - begin;
    bool holds = units <= burst + seconds * rate;
    if (!holds && check_failed())
        fprintf(stderr, "%s:%d: %.0f within %.6f s are too many\n", file, line, units, seconds);
    return holds;
}

/* What was received is what stands at that place of the stream. */
#define CHECK_DATA(bytes, position, length) check_data(__FILE__, __LINE__, bytes, position, length)
/* Since `begin`, from rest: strict, whatever the machine does meanwhile. */
#define CHECK_BOUND(units, begin, burst, rate)                                                     \
    check_bound(__FILE__, __LINE__, (double)(units), begin, burst, rate)

#endif
