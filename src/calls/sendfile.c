/* sendfile.c - sendfile, splice: bytes that never come by the program. They count as `send`. */
#include <limits.h>

#include "gate.h"
#include "hold.h"
#include "real.h"
#include "receive.h"

struct sendfile_call {
    struct passage passage;
    int in;
    off_t *offset;
};

/* The kernel moves the offset along. */
static ssize_t go_sendfile(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct sendfile_call *call = (const void *)passage;
    (void)offset;
    (void)flags;
    return REAL(sendfile)(passage->fd, call->in, call->offset, length);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t length)
{
    if (gate_passes(CALL_SEND, out) || length > SSIZE_MAX)
        return REAL(sendfile)(out, in, offset, length);
    struct sendfile_call call = {
        .passage = {.call = "sendfile",
                    .family = CALL_SEND,
                    .fd = out,
                    .length = length,
                    .no_point = true,
                    .may_wait = true,
                    .go = go_sendfile},
        .in = in,
        .offset = offset,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave(&gate, REAL(sendfile)(out, in, offset, length));
    return gate_hold(&gate);
}

/* pthreads(7) leaves open whether splice is a cancellation point. */
#ifdef __GLIBC__
enum { SPLICE_IS_NO_POINT = false };
#else
enum { SPLICE_IS_NO_POINT = true };
#endif

/* One end is a pipe; the other may be a socket that is sent to, or one that is received from. */
struct splice_call {
    struct passage passage;
    int in, out;
    off64_t *in_offset, *out_offset;
    unsigned flags;
};

static ssize_t go_splice(const struct passage *passage, size_t offset, size_t length, int flags)
{
    const struct splice_call *call = (const void *)passage;
    (void)offset;
    (void)flags;
    return REAL(splice)(call->in, call->in_offset, call->out, call->out_offset, length,
                        call->flags);
}

ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
               unsigned flags)
{
    bool sends = !gate_passes(CALL_SEND, out);
    if ((!sends && gate_passes(CALL_RECV, in)) || length > SSIZE_MAX)
        return REAL(splice)(in, in_offset, out, out_offset, length, flags);
    struct splice_call call = {
        .passage = {.call = "splice",
                    .family = sends ? CALL_SEND : CALL_RECV,
                    .fd = sends ? out : in,
                    .length = length,
                    .once = true,
                    .may_wait = true,
                    .no_point = SPLICE_IS_NO_POINT,
                    .go = go_splice},
        .in = in,
        .out = out,
        .in_offset = in_offset,
        .out_offset = out_offset,
        .flags = flags,
    };
    struct gate gate;
    if (!sends)
        return gate_receive(&call.passage, NULL, NULL);
    if (gate_enter(&gate, &call.passage))
        return gate_leave(&gate, REAL(splice)(in, in_offset, out, out_offset, length, flags));
    return gate_hold(&gate);
}

ALIAS_OF(sendfile64, sendfile);
