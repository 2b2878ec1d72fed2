/*
 * told.c - the shim, but that these functions stand before those of talk.h (ld's --wrap): what it
 * is told of each session goes to files in the directory $TOLD, named by the random: .out and .in
 * are the bytes, .end is there once the peer has closed. Not for two threads at one session.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "talk.h"

enum { MOST = 20000 };

struct session {
    unsigned char random[TALK_RANDOM];
    size_t offered; /* and not taken */
};

static struct session sessions[MOST];
static int count;

__attribute__((constructor)) static void start(void)
{
    talk_limits = 1;
}

extern __typeof__(talk_of_tls) __wrap_talk_of_tls;
extern __typeof__(talk_writes) __wrap_talk_writes;
extern __typeof__(talk_wrote) __wrap_talk_wrote;
extern __typeof__(talk_reads) __wrap_talk_reads;

/* Any that has a random: the gate, which would know its descriptor, is not asked. */
int __wrap_talk_of_tls(const unsigned char random[TALK_RANDOM])
{
    for (int i = count - 1; i >= 0; i--)
        if (memcmp(sessions[i].random, random, TALK_RANDOM) == 0)
            return i;
    if (count == MOST)
        abort();
    memcpy(sessions[count].random, random, TALK_RANDOM);
    return count++;
}

static void note(int of, const char *kind, const void *bytes, size_t length)
{
    char path[4096];
    int end = snprintf(path, sizeof path, "%s/", getenv("TOLD"));
    for (int i = 0; i < TALK_RANDOM; i++)
        end += snprintf(path + end, sizeof path - (size_t)end, "%02x", sessions[of].random[i]);
    snprintf(path + end, sizeof path - (size_t)end, ".%s", kind);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, bytes, length) != (ssize_t)length || close(fd) != 0)
        abort();
}

void __wrap_talk_writes(int of, const void *bytes, size_t length)
{
    struct session *session = &sessions[of];
    if (length > session->offered) {
        note(of, "out", (const char *)bytes + session->offered, length - session->offered);
        session->offered = length;
    }
}

void __wrap_talk_wrote(int of, size_t length)
{
    if (length > sessions[of].offered)
        abort();
    sessions[of].offered -= length;
}

void __wrap_talk_reads(int of, const void *bytes, size_t length)
{
    note(of, length ? "in" : "end", bytes, length);
}
