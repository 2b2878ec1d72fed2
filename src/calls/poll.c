/* poll.c - poll, ppoll, and the entry points of fortified programs. See waiting.h. */
#include <errno.h>
#include <sys/syscall.h>

#include "algo.h"
#include "loop.h"
#include "readiness.h"
#include "readable.h"
#include "real.h"
#include "waiting.h"
#include "threads.h"
#include "zeroes.h"

/* So many are copied to the stack; for more a page is mapped. */
enum { FEW = 32, NS_OF_MS = 1000000 };

struct poll_call {
    struct pollfd *fds; /* the program's, or a copy */
    nfds_t count;
    const struct loop_wait *wait;
};

static long poll_in_kernel(void *argument)
{
    const struct poll_call *call = argument;
    return REAL(ppoll)(call->fds, call->count, call->wait->timeout,
                       (const sigset_t *)call->wait->mask);
}

/* What is hidden of one is not asked for. */
static void hide(struct pollfd *copy)
{
    unsigned hidden = copy->fd < 0 ? 0 : loop_hidden(copy->fd);
    copy->events = (short)(copy->events & ~(int)hidden);
    copy->revents = 0;
    if (hidden == HIDDEN_ALL)
        copy->fd = -1;
}

/* What was told, but is hidden, is not returned; and not told again, as POLLHUP would be. */
static bool is_seen(struct pollfd *copy, short wanted, bool *anew)
{
    if (!copy->revents)
        return false;
    copy->revents =
        (short)loop_sees(copy->fd, (unsigned short)wanted, (unsigned short)copy->revents, anew);
    if (!copy->revents)
        copy->fd = -1;
    return copy->revents;
}

static long poll_part(struct poll_call *program, struct poll_call *copy, struct loop_wait *wait)
{
    long told, seen = 0;
    bool anew = false;
    for (nfds_t i = 0; i < program->count; i++) {
        copy->fds[i] = program->fds[i];
        hide(&copy->fds[i]);
    }
    do {
        told = loop_in_kernel(wait, poll_in_kernel, copy);
        for (nfds_t i = 0; i < copy->count && told > 0; i++)
            seen += is_seen(&copy->fds[i], program->fds[i].events, &anew);
        loop_again(wait);
    } while (told > 0 && !seen && !anew);
    for (nfds_t i = 0; i < copy->count && (told >= 0 || errno == EINTR); i++)
        program->fds[i].revents = copy->fds[i].revents;
    if (told > 0 && !seen)
        loop_anew(wait);
    return told > 0 ? seen : told;
}

__attribute__((noinline)) static long poll_few(struct poll_call *program, struct loop_wait *wait)
{
    struct pollfd fds[FEW];
    struct poll_call copy = {fds, program->count, wait};
    return poll_part(program, &copy, wait);
}

__attribute__((noinline)) static long poll_many(struct poll_call *program, struct loop_wait *wait)
{
    size_t bytes = program->count * sizeof *program->fds;
    struct poll_call copy = {zeroes_map(bytes), program->count, wait};
    if (!copy.fds) {
        errno = ENOMEM;
        return -1;
    }
    long result = poll_part(program, &copy, wait);
    zeroes_unmap(copy.fds, bytes);
    return result;
}

/* rest: where to say what is left of the timeout, or NULL. */
__attribute__((noinline)) static long poll_gated(struct pollfd *fds, nfds_t count,
                                                 uint64_t deadline_ns, const void *mask,
                                                 struct timespec *rest)
{
    struct poll_call call = {.fds = fds, .count = count};
    struct loop_wait wait;
    loop_begin(&wait, -1, deadline_ns, mask);
    while (loop_goes_on(&wait))
        wait.result = count <= FEW ? poll_few(&call, &wait) : poll_many(&call, &wait);
    if (rest)
        loop_rest(deadline_ns, rest);
    return loop_end(&wait);
}

/* The kernel refuses more than RLIMIT_NOFILE, and what cannot be read. */
static bool is_array(const struct pollfd *fds, nfds_t count)
{
    enum { MOST = 1 << 24 };
    return count <= MOST && is_readable(fds, count * sizeof *fds);
}

static inline bool hangs_up(const struct pollfd *fds, nfds_t count)
{
    short any = 0;
    for (nfds_t i = 0; i < count; i++)
        any |= fds[i].revents;
    return any & HANGS_UP;
}

__attribute__((noinline)) static int count_seen(struct pollfd *fds, nfds_t count)
{
    int seen = 0;
    bool anew = false;
    for (nfds_t i = 0; i < count; i++) {
        struct pollfd copy = fds[i];
        seen += is_seen(&copy, fds[i].events, &anew);
        fds[i].revents = copy.revents;
    }
    return seen;
}

/* As it came, unless it turns out that all that was told is hidden. */
static inline bool is_all_hidden(struct pollfd *fds, nfds_t count, int *told)
{
    if (*told <= 0 || (!loop_any_closed() && !hangs_up(fds, count)))
        return false;
    *told = count_seen(fds, count);
    return *told == 0;
}

static bool is_any_hidden(const struct pollfd *fds, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (fds[i].fd >= 0 && loop_hidden(fds[i].fd))
            return true;
    return false;
}

/* What there is now, while gates are closed, if none of these is. Those who have much to do need
 * not wait in parts. */
static int poll_now(struct pollfd *fds, nfds_t count, const sigset_t *mask)
{
    static const struct timespec at_once;
    loop_catch_up();
    if (is_any_hidden(fds, count))
        return 0;
    int told = mask ? REAL(ppoll)(fds, count, &at_once, mask) : REAL(poll)(fds, count, 0);
    return is_all_hidden(fds, count, &told) ? 0 : told;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    if (!loop_on)
        return REAL(poll)(fds, count, timeout);
    int64_t timeout_ns = timeout * (int64_t)NS_OF_MS;
    uint64_t deadline_ns = timeout > 0 && rl_has_threads() ? loop_deadline(timeout_ns) : 0;
    if (loop_enter(-1)) {
        int told = REAL(poll)(fds, count, timeout);
        loop_leave(-1);
        if (!is_all_hidden(fds, count, &told))
            return told;
    }
    if (!is_array(fds, count))
        return REAL(poll)(fds, count, timeout);
    int seen = poll_now(fds, count, NULL);
    if (seen != 0 || (timeout == 0 && !is_any_hidden(fds, count)))
        return seen;
    return (int)poll_gated(fds, count, deadline_ns ? deadline_ns : loop_deadline(timeout_ns), NULL,
                           NULL);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    if (!loop_on || !loop_is_time(timeout))
        return REAL(ppoll)(fds, count, timeout, mask);
    uint64_t deadline_ns = timeout && rl_has_threads() ? loop_deadline_of(timeout) : 0;
    if (loop_enter(-1)) {
        int told = REAL(ppoll)(fds, count, timeout, mask);
        loop_leave(-1);
        if (!is_all_hidden(fds, count, &told))
            return told;
    }
    if (!is_array(fds, count))
        return REAL(ppoll)(fds, count, timeout, mask);
    if (!deadline_ns)
        deadline_ns = loop_deadline_of(timeout);
    int seen = poll_now(fds, count, mask);
    return seen ? seen : (int)poll_gated(fds, count, deadline_ns, mask, NULL);
}

long ppoll_by_number(struct pollfd *fds, nfds_t count, struct timespec *timeout, const void *mask,
                     size_t mask_size)
{
    bool is_as_by_name =
        is_array(fds, count) && loop_is_time(timeout) && (!mask || mask_size == sizeof(uint64_t));
    if (loop_on)
        loop_is_asked();
    if (!loop_any_closed() || !is_as_by_name)
        return REAL(syscall)(SYS_ppoll, fds, count, timeout, mask, mask_size);
    return poll_gated(fds, count, loop_deadline_of(timeout), mask, timeout);
}

/* Of programs built with _FORTIFY_SOURCE: what would overflow is libc's to report. */
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
    if (count > room / sizeof *fds)
        return REAL(__poll_chk)(fds, count, timeout, room);
    return poll(fds, count, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t room)
{
    if (count > room / sizeof *fds)
        return REAL(__ppoll_chk)(fds, count, timeout, mask, room);
    return ppoll(fds, count, timeout, mask);
}

ALIAS_OF(__poll, poll);
