/*
 * answer.h - what a provider answers: its status, its limits, and what it cost, whether it comes as
 * JSON, as lines of JSON, or as a stream of events.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include "coding.h"
#include "retry.h"
#include "sse.h"
#include "usage.h"

struct answer {
    unsigned status;
    uint64_t bytes; /* of its content, as they came */
    struct retry retry;
    struct usage usage;
    /* Not all of the content could be read: it is coded, and nobody can read that; or no JSON. */
    bool lost;
};

/* How far one has come. Its members are answer.c's own. */
struct answer_reader {
    struct sse sse;
    struct json json;
    bool is_stream;
    enum coded coded;
    const struct coding *coding;
    void *decoder; /* from the first byte of a coded content to its end */
};

/* answer_begin - a final answer, or an interim one; before its fields. The one before has ended.
 * `coding` reads what is coded; NULL: nobody does. */
void answer_begin(struct answer_reader *reader, struct answer *answer, unsigned status,
                  const struct coding *coding);

/* answer_field - a field of its head, as for retry_field. */
void answer_field(struct answer_reader *reader, struct answer *answer, struct span name,
                  struct span value, uint64_t now_ns);

/* answer_take - the next bytes of its content. */
void answer_take(struct answer_reader *reader, struct answer *answer, struct span bytes);

/* answer_end - no more of it will be taken. Once more does no harm. */
void answer_end(struct answer_reader *reader);

/*
 * answer_wait_ns - how long to wait before asking again, from when its head came, if it says so in
 * its head, or else in its content (Gemini): RETRY_UNSAID.
 */
uint64_t answer_wait_ns(const struct answer *answer);

#endif
