/* twin_io.h - filling, draining, and what the peer received. Included by twin.h. */
#ifndef TWIN_IO_H
#define TWIN_IO_H

/* Of what a stream carried: how much, whether it is `data`, and a hash (FNV-1a) of it. */
struct stream {
    size_t bytes, wrong;
    uint32_t hash;
};

static inline void stream_add(struct stream *stream, const char *bytes, size_t count)
{
    if (stream->bytes == 0)
        stream->hash = 2166136261u;
    for (size_t i = 0; i < count; i++) {
        stream->wrong += bytes[i] != data[stream->bytes++ % DATA_BYTES];
        stream->hash = (stream->hash ^ (unsigned char)bytes[i]) * 16777619u;
    }
}

/* To the end of the stream, or what ends it. */
static inline struct stream drain(int fd)
{
    struct stream stream = {0};
    char bytes[16384];
    for (;;) {
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return stream;
        stream_add(&stream, bytes, (size_t)got);
    }
}

static inline void say_stream(const char *whose, struct stream stream)
{
    say("%s received %zu bytes, hash %08x", whose, stream.bytes, (unsigned)stream.hash);
}

/* Where the count is a class: each byte that was sent, once and in order. */
static inline void say_matches(struct stream stream, size_t sent)
{
    if (stream.bytes == sent && stream.wrong == 0)
        say("peer received what was sent");
    else
        say("peer received %zu bytes of %zu, %zu wrong", stream.bytes, sent, stream.wrong);
}

/* Ends the near side, and tells what the far one received. */
static inline void say_received(struct pair pair)
{
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", drain(pair.far));
    close_pair(pair);
}

/* A peer that reads on its own. */
struct reader {
    pthread_t thread;
    int fd;
    struct stream stream;
};

static inline void *reader_run(void *argument)
{
    struct reader *reader = argument;
    reader->stream = drain(reader->fd);
    return NULL;
}

static inline void reader_start(struct reader *reader, int fd)
{
    reader->fd = fd;
    reader->thread = thread_start(reader_run, reader);
}

static inline struct stream reader_end(struct reader *reader)
{
    pthread_join(reader->thread, NULL);
    return reader->stream;
}

/* A peer that sends `data` on its own, by and by, and then says that this was all. */
struct writer {
    pthread_t thread;
    int fd;
    size_t amount, at_a_time;
    double pause; /* after each */
};

static inline void *writer_run(void *argument)
{
    struct writer *writer = argument;
    for (size_t done = 0; done < writer->amount;) {
        size_t rest = writer->amount - done;
        ssize_t sent = send(writer->fd, data + done,
                            rest < writer->at_a_time ? rest : writer->at_a_time, MSG_NOSIGNAL);
        if (sent < 0)
            break;
        done += (size_t)sent;
        if (writer->pause > 0)
            nap(writer->pause);
    }
    shutdown(writer->fd, SHUT_WR);
    return NULL;
}

static inline void writer_start(struct writer *writer, int fd, size_t amount, size_t at_a_time)
{
    writer->fd = fd;
    writer->amount = amount;
    writer->at_a_time = at_a_time;
    writer->pause = at_a_time < amount ? 0.002 : 0;
    writer->thread = thread_start(writer_run, writer);
}

/* As programs do it: go on where it stopped. */
static inline size_t send_all(int fd, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t sent = send(fd, data + done, length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            break;
        if (sent > 0)
            done += (size_t)sent;
    }
    return done;
}

/* Until nothing more can be sent, nor when the delayed acknowledgement (40 ms) of the peer has
 * come: the kernel must hold up who tries then, and a limit on calls, too, after the last one,
 * which sends nothing. Returns the bytes of `data` that it took. */
static inline size_t fill(int fd)
{
    size_t done = 0;
    for (bool refused = false;;) {
        ssize_t sent = send(fd, data + done, DATA_BYTES - done, MSG_DONTWAIT);
        if (sent < 0 && refused)
            break;
        if (sent > 0)
            done += (size_t)sent;
        refused = sent < 0;
        if (refused)
            nap(0.06);
    }
    send(fd, data, 0, MSG_DONTWAIT);
    return done;
}

/* All that is there, and does not come later than a limit lets it. */
static inline void say_datagrams(int fd)
{
    static char bytes[70000];
    while (poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 150) == 1) {
        ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got >= 0)
            say("datagram of %zd, wrong %d", got, memcmp(bytes, data, (size_t)got) != 0);
        else if (errno != EAGAIN)
            break;
    }
}

/* Exactly that many bytes, whatever the pieces. Returns what there was before the end. */
static inline size_t read_exactly(int fd, char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = recv(fd, bytes + done, length - done, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

/* Until one of `events` is reported, 5 s at most; what is reported. */
static inline short await_events(int fd, short events)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    while (poll(&wanted, 1, 5000) < 0 && errno == EINTR)
        ;
    return wanted.revents;
}

/* What a call returns that does not wait: made again, while it says EAGAIN and that is true. errno
 * is that of the last time. */
#define AGAIN_WHILE(that, call)                                                                    \
    ({                                                                                             \
        long result_;                                                                              \
        do {                                                                                       \
            errno = 0;                                                                             \
            result_ = (long)(call);                                                                \
        } while (result_ < 0 && errno == EAGAIN && (that));                                        \
        result_;                                                                                   \
    })

/* Of one that will go: as programs do it, when they are told that it may. */
#define AT_LAST(fd, events, call)     AGAIN_WHILE(await_events(fd, events), call)

#define SAY_AT_LAST(fd, events, call) say_result(#call, AT_LAST(fd, events, call))

/* Until that many bytes have arrived, 5 s at most. */
static inline void await_bytes(int fd, int bytes)
{
    int there = 0;
    for (int tries = 0; tries < 5000; tries++) {
        if (ioctl(fd, FIONREAD, &there) == 0 && there >= bytes)
            return;
        nap(0.001);
    }
}

#endif
