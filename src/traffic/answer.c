/* answer.c - how the content of an answer is to be read. */
#include "answer.h"

void answer_begin(struct answer_reader *reader, struct answer *answer, unsigned status,
                  const struct coding *coding)
{
    *reader = (struct answer_reader){.coding = coding};
    answer->status = status;
    answer->bytes = 0;
    answer->lost = false;
    retry_begin(&answer->retry);
    usage_begin(&answer->usage);
}

static enum coded both(enum coded one, enum coded other)
{
    return !one ? other : !other ? one : CODED_UNKNOWN;
}

void answer_field(struct answer_reader *reader, struct answer *answer, struct span name,
                  struct span value, uint64_t now_ns)
{
    if (span_is(name, "content-type"))
        reader->is_stream =
            span_is_in_any_case(span_trim(span_to(value, ';')), "text/event-stream");
    else if (span_is(name, "content-encoding"))
        reader->coded = both(reader->coded, coded_of(value));
    else if (span_is(name, "transfer-encoding") && !span_is_in_any_case(value, "chunked"))
        reader->coded = CODED_UNKNOWN;
    answer->lost = reader->coded == CODED_UNKNOWN || (reader->coded && !reader->coding);
    retry_field(&answer->retry, name, value, now_ns);
}

/* Each event is a document of its own. One that is no JSON at all, as [DONE], is passed over. */
static void take_events(struct answer_reader *reader, struct answer *answer, struct span bytes)
{
    struct sse_event event;
    do {
        bytes = span_cut(bytes, sse_next(&reader->sse, bytes, &event));
        if (event.kind == SSE_DATA && !usage_take(&answer->usage, &reader->json, event.data))
            answer->lost |= json_depth(&reader->json) > 0;
        else if (event.kind == SSE_EVENT)
            json_reset(&reader->json);
    } while (event.kind != SSE_MORE);
}

static void take_plain(struct answer_reader *reader, struct answer *answer, struct span bytes)
{
    if (reader->is_stream)
        take_events(reader, answer, bytes);
    else
        answer->lost |= !usage_take(&answer->usage, &reader->json, bytes);
}

struct decoded {
    struct answer_reader *reader;
    struct answer *answer;
};

static void take_decoded(void *to, struct span plain)
{
    const struct decoded *decoded = to;
    take_plain(decoded->reader, decoded->answer, plain);
}

/* Whether it could be. */
static bool decode(struct answer_reader *reader, struct answer *answer, struct span bytes)
{
    struct decoded decoded = {reader, answer};
    if (reader->coded == CODED_UNKNOWN || !reader->coding)
        return false;
    if (!reader->decoder)
        reader->decoder = reader->coding->begin(reader->coded);
    return reader->decoder && reader->coding->take(reader->decoder, bytes, take_decoded, &decoded);
}

void answer_take(struct answer_reader *reader, struct answer *answer, struct span bytes)
{
    answer->bytes = add(answer->bytes, bytes.length);
    if (reader->coded == CODED_NOT)
        take_plain(reader, answer, bytes);
    else if (!decode(reader, answer, bytes)) {
        answer_end(reader);
        reader->coded = CODED_UNKNOWN;
        answer->lost = true;
    }
}

void answer_end(struct answer_reader *reader)
{
    if (reader->decoder)
        reader->coding->end(reader->decoder);
    reader->decoder = NULL;
}

uint64_t answer_wait_ns(const struct answer *answer)
{
    return answer->retry.wait_ns != RETRY_UNSAID ? answer->retry.wait_ns : answer->usage.retry_ns;
}
