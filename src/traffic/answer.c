/* answer.c - how the content of an answer is to be read. */
#include "answer.h"

void answer_begin(struct answer_reader *reader, struct answer *answer, unsigned status)
{
    *reader = (struct answer_reader){.is_stream = false};
    answer->status = status;
    answer->bytes = 0;
    answer->lost = false;
    retry_begin(&answer->retry);
    usage_begin(&answer->usage);
}

void answer_field(struct answer_reader *reader, struct answer *answer, struct span name,
                  struct span value, uint64_t now_ns)
{
    if (span_is(name, "content-type"))
        reader->is_stream =
            span_is_in_any_case(span_trim(span_to(value, ';')), "text/event-stream");
    else if (span_is(name, "content-encoding"))
        reader->is_coded |= value.length && !span_is_in_any_case(value, "identity");
    else if (span_is(name, "transfer-encoding"))
        reader->is_coded |= !span_is_in_any_case(value, "chunked");
    answer->lost = reader->is_coded;
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

void answer_take(struct answer_reader *reader, struct answer *answer, struct span bytes)
{
    answer->bytes = add(answer->bytes, bytes.length);
    if (reader->is_coded)
        return;
    if (reader->is_stream)
        take_events(reader, answer, bytes);
    else
        answer->lost |= !usage_take(&answer->usage, &reader->json, bytes);
}

uint64_t answer_wait_ns(const struct answer *answer)
{
    return answer->retry.wait_ns != RETRY_UNSAID ? answer->retry.wait_ns : answer->usage.retry_ns;
}
