/* sendfile.c - sendfile, splice: bytes that never come by the program. They count as `send`. */
#include "gate.h"
#include "real.h"

struct sendfile_call {
    struct passage passage;
    int in;
    void *offset;
    ssize_t (*send_part)(const struct sendfile_call *call, size_t length);
};

/* The kernel moves the offset along. */
static ssize_t go_sendfile(const struct passage *passage, size_t offset, size_t length)
{
    const struct sendfile_call *call = (const void *)passage;
    (void)offset;
    return call->send_part(call, length);
}

static ssize_t part_sendfile(const struct sendfile_call *call, size_t length)
{
    return REAL(sendfile)(call->passage.fd, call->in, call->offset, length);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t length)
{
    if (gate_passes(CALL_SEND, out))
        return REAL(sendfile)(out, in, offset, length);
    struct sendfile_call call = {
        .passage = {.call = "sendfile",
                    .family = CALL_SEND,
                    .fd = out,
                    .length = length,
                    .go = go_sendfile},
        .in = in,
        .offset = offset,
        .send_part = part_sendfile,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave(&gate, REAL(sendfile)(out, in, offset, length));
    return gate_hold(&gate);
}

static ssize_t part_sendfile64(const struct sendfile_call *call, size_t length)
{
    return REAL(sendfile64)(call->passage.fd, call->in, call->offset, length);
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t length)
{
    if (gate_passes(CALL_SEND, out))
        return REAL(sendfile64)(out, in, offset, length);
    struct sendfile_call call = {
        .passage = {.call = "sendfile64",
                    .family = CALL_SEND,
                    .fd = out,
                    .length = length,
                    .go = go_sendfile},
        .in = in,
        .offset = offset,
        .send_part = part_sendfile64,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave(&gate, REAL(sendfile64)(out, in, offset, length));
    return gate_hold(&gate);
}

struct splice_call {
    struct passage passage;
    int in;
    off64_t *in_offset, *out_offset;
    unsigned flags;
};

static ssize_t go_splice(const struct passage *passage, size_t offset, size_t length)
{
    const struct splice_call *call = (const void *)passage;
    (void)offset;
    return REAL(splice)(call->in, call->in_offset, passage->fd, call->out_offset, length,
                        call->flags);
}

ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
               unsigned flags)
{
    if (gate_passes(CALL_SEND, out))
        return REAL(splice)(in, in_offset, out, out_offset, length, flags);
    struct splice_call call = {
        .passage = {.call = "splice",
                    .family = CALL_SEND,
                    .fd = out,
                    .length = length,
                    .once = true,
                    .go = go_splice},
        .in = in,
        .in_offset = in_offset,
        .out_offset = out_offset,
        .flags = flags,
    };
    struct gate gate;
    if (gate_enter(&gate, &call.passage))
        return gate_leave(&gate, REAL(splice)(in, in_offset, out, out_offset, length, flags));
    return gate_hold(&gate);
}
