/* decode.c - see decode.h. */
#include "decode.h"

#include "next.h"
#include "own_stack.h"
#include "sandbox.h"
#include "stream.h"
#include "zeroes.h"

enum { OUTPUT = 4096, SWELLS = 64, MUCH = 16 << 20 };

/* At the beginning of what is mapped for it. */
struct decoder {
    struct stream stream;
    size_t mapped;
    unsigned long long unloaded; /* when the library was found */
    uint64_t taken, given;
    unsigned char head[STREAM_HEAD];
    unsigned char head_length;
    bool runs, again, is_over; /* a stream; after another; what follows is none */
    char output[OUTPUT];
    _Alignas(16) char stack[OWN_STACK];
    _Alignas(16) char blocks[];
};

/* What is to be done on its stack. */
struct work {
    struct decoder *decoder;
    struct span bytes;
    void (*give)(void *to, struct span plain);
    void *to;
    bool good;
};

static void *begin(enum coded coded)
{
    size_t arena = stream_arena(coded), mapped = sizeof(struct decoder) + arena;
    struct stream stream = {.coded = coded};
    unsigned long long unloaded = next_unloaded();
    if (!stream_find(&stream))
        return NULL;
    struct decoder *decoder = zeroes_map(mapped);
    if (!decoder)
        return NULL;
    stream.arena = (struct arena){.at = decoder->blocks, .length = arena};
    decoder->stream = stream;
    decoder->mapped = mapped;
    decoder->unloaded = unloaded;
    return decoder;
}

static bool read_on(struct decoder *decoder, struct span *in, const struct work *work)
{
    while (true) {
        size_t length = OUTPUT, before = in->length;
        enum stream_state state = stream_read(&decoder->stream, in, decoder->output, &length);
        decoder->given += length;
        if (length)
            work->give(work->to, (struct span){decoder->output, length});
        if (state == STREAM_ENDS)
            decoder->runs = false;
        else if (state == STREAM_FAILS || decoder->given > MUCH + SWELLS * decoder->taken)
            return false;
        if (state == STREAM_ENDS || (length < OUTPUT && !in->length))
            return true;
        if (!length && in->length == before)
            return false;
    }
}

/* What is behind the last stream is passed over, as gzip(1) does. */
static bool start(struct decoder *decoder, struct span *in, const struct work *work)
{
    size_t wanted = stream_head(decoder->stream.coded);
    for (; decoder->head_length < wanted; *in = span_cut(*in, 1)) {
        if (!in->length)
            return true;
        decoder->head[decoder->head_length++] = (unsigned char)*in->at;
    }
    decoder->stream.arena.used = 0;
    decoder->runs = stream_begin(&decoder->stream, decoder->head, decoder->again);
    decoder->is_over = !decoder->runs;
    decoder->head_length = 0;
    if (decoder->is_over)
        return decoder->again;
    decoder->again = true;
    struct span head = {(const char *)decoder->head, wanted};
    return read_on(decoder, &head, work);
}

static void run(uint64_t argument)
{
    struct work *work = (struct work *)argument; // NOLINT(performance-no-int-to-ptr)
    struct decoder *decoder = work->decoder;
    struct span in = work->bytes;
    work->good = true;
    decoder->taken += in.length;
    while (work->good && in.length && !decoder->is_over)
        work->good = decoder->runs ? read_on(decoder, &in, work) : start(decoder, &in, work);
}

static bool take(void *at, struct span bytes, void (*give)(void *to, struct span plain), void *to)
{
    struct decoder *decoder = at;
    struct work work = {decoder, bytes, give, to, .good = false};
    if (!in_sandbox() && next_unloaded() == decoder->unloaded)
        own_stack_run_on(decoder->stack + OWN_STACK, run, (uint64_t)&work);
    return work.good;
}

/* All that the library has of the stream is in here. */
static void end(void *at)
{
    struct decoder *decoder = at;
    if (!in_sandbox())
        zeroes_unmap(decoder, decoder->mapped);
}

const struct coding decode = {begin, take, end};
