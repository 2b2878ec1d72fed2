/*
 * recorder.c - a library to be preloaded after the shim, so that the shim's real calls are its own:
 * it writes down when each one departs (record.h), and calls the C library's.
 *
 * Of a send that the kernel takes in part, or not at all, the rest did not depart. Of one whose
 * process is killed meanwhile all did: nobody can know better.
 */
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "record.h"

#define VISIBLE __attribute__((visibility("default")))

static int (*real_connect)(int, const struct sockaddr *, socklen_t);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_writev)(int, const struct iovec *, int);

__attribute__((constructor)) static void start(void)
{
    record_open();
    real_connect = dlsym(RTLD_NEXT, "connect");
    real_send = dlsym(RTLD_NEXT, "send");
    real_writev = dlsym(RTLD_NEXT, "writev");
}

VISIBLE int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    if (address && length >= sizeof address->sa_family && address->sa_family == AF_INET)
        record_add(CONNECTED, 1, now_ns());
    return real_connect(fd, address, length);
}

static ssize_t taken(struct entry *entry, ssize_t sent)
{
    if (entry)
        entry->units = sent < 0 ? 0 : (uint32_t)sent;
    return sent;
}

VISIBLE ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    struct entry *entry = record_add(SENT, length, now_ns());
    return taken(entry, real_send(fd, bytes, length, flags));
}

/* To a socket, as nginx does. */
VISIBLE ssize_t writev(int fd, const struct iovec *iov, int count)
{
    uint64_t now = now_ns();
    size_t length = 0;
    for (int i = 0; i < count; i++)
        length += iov[i].iov_len;
    struct entry *entry = record_add(SENT, length, now);
    return taken(entry, real_writev(fd, iov, count));
}
