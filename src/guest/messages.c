/* messages.c - see messages.h. Warnings come from call paths: see the rules in guest.h. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"
#include "own_fd.h"
#include "raw.h"
#include "sandbox.h"

static struct own_fd messages = {.fd = -1};

bool messages_open(const char *log, bool till_the_end)
{
    if (log)
        return own_fd_open(&messages, log);
    /* For the end a copy: many programs close their stderr before. Else none: it would keep a pipe
     * open that a daemon closes to say that it is ready. No stderr is no error. */
    if (till_the_end)
        own_fd_copy(&messages, STDERR_FILENO);
    else
        own_fd_borrow(&messages, STDERR_FILENO);
    return true;
}

/* Many programs close all they do not know, and keep their stderr. */
bool messages_find(void)
{
    if (in_sandbox())
        return false;
    if (own_fd_is_there(&messages))
        return true;
    messages.fd = STDERR_FILENO;
    return own_fd_is_there(&messages);
}

bool messages_have_room(void)
{
    bool there = messages_find();
    struct pollfd out = {.fd = messages.fd, .events = POLLOUT};
    struct timespec now = {0};
    return there && raw_call(SYS_ppoll, (long)&out, 1, (long)&now, 0, 0) == 1 &&
           out.revents == POLLOUT;
}

/* SIGPIPE and SIGXFSZ are the thread's own: those that come of the write are taken out again. */
void messages_write_parts(const struct iovec *parts, int count)
{
    const uint64_t those = UINT64_C(1) << (SIGPIPE - 1) | UINT64_C(1) << (SIGXFSZ - 1);
    const struct timespec now = {0};
    uint64_t mask = 0, before = 0, after = 0;
    raw_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&those, (long)&mask, sizeof mask, 0);
    raw_call(SYS_rt_sigpending, (long)&before, sizeof before, 0, 0, 0);
    raw_call(SYS_writev, messages.fd, (long)parts, count, 0, 0);
    raw_call(SYS_rt_sigpending, (long)&after, sizeof after, 0, 0, 0);
    after &= those & ~before;
    if (after)
        raw_call(SYS_rt_sigtimedwait, (long)&after, 0, (long)&now, sizeof after, 0);
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0);
}

void messages_write(const char *line, size_t length)
{
    const struct iovec part = {(void *)line, length};
    messages_write_parts(&part, 1);
}

void messages_warn(bool *said, const char *text)
{
    messages_warn_of(said, text, (struct span){"", 0}, "");
}

void messages_warn_of(bool *said, const char *before, struct span name, const char *after)
{
    static char own[] = "rlshim: ", end[] = "\n";
    size_t length = 0;
    if (__atomic_exchange_n(said, true, __ATOMIC_RELAXED) || !messages_find())
        return;
    while (length < name.length && name.at[length] > ' ' && name.at[length] <= '~')
        length++;
    const struct iovec parts[] = {{own, sizeof own - 1},
                                  {(char *)before, strlen(before)},
                                  {(char *)name.at, length},
                                  {(char *)after, strlen(after)},
                                  {end, sizeof end - 1}};
    messages_write_parts(parts, sizeof parts / sizeof *parts);
}

void messages_say(const char *line)
{
    if (messages_find())
        messages_write(line, strlen(line));
}

/* By whatever low number it has now: shells keep their stderr under another one while they have
 * made theirs that of the program. */
static bool find_elsewhere(struct own_fd *there)
{
    enum { MOST = 32 };
    for (there->fd = 0; there->fd < MOST; there->fd++)
        if (own_fd_is_there(there))
            return true;
    return false;
}

static char *put_number(char *end, unsigned number)
{
    char digits[12], *digit = digits;
    do
        *digit++ = (char)('0' + number % 10);
    while (number /= 10);
    while (digit > digits)
        *end++ = *--digit;
    return end;
}

#ifndef SYS_pidfd_open /* the same numbers on all architectures */
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* The very same one, with its offset: a file that is opened anew has another, and is written over.
 */
static int duplicate_of_parent(int fd)
{
    long parent = raw_call(SYS_pidfd_open, getppid(), 0, 0, 0, 0);
    if (parent < 0)
        return -1;
    long same = raw_call(SYS_pidfd_getfd, parent, fd, 0, 0, 0);
    raw_call(SYS_close, parent, 0, 0, 0, 0);
    return (int)same;
}

/* As ptrace(2) goes, one may not always have that; a log, a pipe or a terminal can be opened anew.
 */
static int open_of_parent(int fd)
{
    int same = duplicate_of_parent(fd);
    if (same >= 0)
        return same;
    char path[40] = "/proc/";
    char *end = put_number(path + strlen(path), (unsigned)getppid());
    *put_number(stpcpy(end, "/fd/"), (unsigned)fd) = '\0';
    return (int)raw_call(SYS_openat, AT_FDCWD, (long)path,
                         O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0, 0);
}

/* Returns -1 if that is nowhere. opened: it is to be closed again. The parent's number stays in
 * `messages`, which may be in the parent's memory: it has it open when the child has closed all it
 * does not know. */
static int find_for_child(bool *opened)
{
    struct own_fd there = messages;
    *opened = false;
    if (own_fd_is_there(&there) || find_elsewhere(&there))
        return there.fd;
    there.fd = open_of_parent(messages.fd);
    *opened = own_fd_is_there(&there);
    if (!*opened && there.fd >= 0)
        raw_call(SYS_close, there.fd, 0, 0, 0, 0);
    return *opened ? there.fd : -1;
}

void messages_say_for_child(const char *const parts[])
{
    enum { MOST = 12 };
    struct iovec vector[MOST];
    bool opened = false;
    int count = 0, fd = in_sandbox() ? -1 : find_for_child(&opened);
    if (fd < 0)
        return;
    for (; count < MOST && parts[count]; count++)
        vector[count] = (struct iovec){(void *)parts[count], strlen(parts[count])};
    raw_call(SYS_writev, fd, (long)vector, count, 0, 0);
    if (opened)
        raw_call(SYS_close, fd, 0, 0, 0, 0);
}
