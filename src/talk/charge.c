/*
 * charge.c - what requests cost: estimated before they depart, and put right by their answers.
 *
 * Requests that begin in one call are charged as one. While that is outstanding, what it was
 * charged can be given back; of requests that were charged before others, and are answered after
 * those were (HTTP pipelining), the estimate stays.
 */
#include "change.h"
#include "estimate.h"
#include "record.h"

enum {
    MEDIA = 1100,           /* tokens for a picture: what providers say for a large one */
    OUTPUT = 512,           /* of an answer whose bound is not known, to begin with */
    LONGEST_TEXT = 1 << 18, /* of a body that is not read yet, in bytes: what exceeds it is rather
                               a picture in base64 */
    MOST_TOKENS = 1 << 24,  /* of a request with its answer. No model has room for as many: who says
                               so, be it by mistake, is not believed */
};

static const struct limit *limit_of(unsigned i)
{
    return &shim.config.limits[i];
}

static uint64_t model_of(const struct exchange *of)
{
    return (of->host ^ (of->prompt.model * UINT64_C(0x9e3779b97f4a7c15))) | 1;
}

/* Whatever the segment, or the user, says. */
static void bound(struct model *model)
{
    if (model->ratio < ESTIMATE_LEAST_RATIO)
        model->ratio = ESTIMATE_LEAST_RATIO;
    if (model->ratio > ESTIMATE_MOST_RATIO)
        model->ratio = ESTIMATE_MOST_RATIO;
    if (model->output > ESTIMATE_MOST_OUTPUT)
        model->output = ESTIMATE_MOST_OUTPUT;
}

/* By what its model's answers have shown, or any of its host's. */
static struct estimate estimate_for(unsigned i, const struct exchange *of)
{
    const struct limit *limit = limit_of(i);
    struct model model;
    if (!share_model(&shim.shares[i], model_of(of), &model) &&
        !share_model(&shim.shares[i], of->host | 1, &model))
        model = (struct model){(uint32_t)shim.config.bytes_per_token * ESTIMATE_TOKENS, OUTPUT};
    bound(&model);
    return (struct estimate){
        .ratio = model.ratio,
        .media = MEDIA,
        .output = model.output,
        .counted = limit->counted,
        .cached_is_free = limit->cached_is_free,
    };
}

static uint64_t whatever_tokens_of(unsigned i, const struct exchange *of)
{
    struct estimate estimate = estimate_for(i, of);
    bool has_output = endpoint_has_output(of->api);
    if (of->prompt.lost)
        return estimate_body(&estimate, of->length != HTTP_UNKNOWN ? of->length : of->body,
                             has_output);
    struct prompt whole = of->prompt;
    uint64_t left = of->length != HTTP_UNKNOWN && of->length > of->body ? of->length - of->body : 0;
    if (left > LONGEST_TEXT)
        whole.media++;
    else
        whole.text = add(whole.text, left);
    return estimate_prompt(&estimate, &whole, has_output);
}

static uint64_t tokens_of(unsigned i, const struct exchange *of)
{
    uint64_t tokens = whatever_tokens_of(i, of);
    return tokens < MOST_TOKENS ? tokens : MOST_TOKENS;
}

static bool counts(unsigned i, const struct exchange *of)
{
    const struct limit *limit = limit_of(i);
    bool any = limit->unit == UNIT_REQUESTS && !limit->only_models;
    return any ? !of->tunnels : of->api != API_NONE;
}

void charge_due(struct record *record, unsigned i, uint64_t units)
{
    __atomic_store_n(&record->due[i], add(record->due[i], units), __ATOMIC_RELAXED);
}

/* With its head, it is known what a request is; with its first line, if it is to a model. */
static void assess(struct record *record, struct exchange *of, bool has_head)
{
    for (unsigned rest = record->limits; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        uint64_t bit = UINT64_C(1) << i;
        if ((of->note & bit) || !(has_head || of->api != API_NONE))
            continue;
        of->note |= bit;
        if (counts(i, of))
            charge_due(record, i, limit_of(i)->unit == UNIT_REQUESTS ? 1 : tokens_of(i, of));
    }
    record->host = of->host;
}

void charge_assess(struct record *record)
{
    if (record->stage != SPOKEN)
        return;
    const struct http *http = &record->traffic.http;
    for (uint32_t number = http->answered; number != record->begun; number++)
        assess(record, &record->traffic.exchanges[number % HTTP_OUTSTANDING],
               (int32_t)(number - http->asked) < 0);
}

/* A group is charged what its requests turn out to be. */
static void correct(struct record *record, unsigned i, uint64_t units)
{
    struct rl_reservation *charge = &record->charges[i];
    share_correct(shim.shares[i].limit, charge->n, units);
    rl_reconcile(&shim.limiters[i], charge, units);
    charge->n = units;
}

static unsigned token_limits(const struct record *record)
{
    unsigned limits = 0;
    for (unsigned rest = record->limits; rest; rest &= rest - 1)
        if (limit_of((unsigned)__builtin_ctz(rest))->unit == UNIT_TOKENS)
            limits |= rest & -rest;
    return limits;
}

static bool is_of_group(const struct record *record, uint32_t number)
{
    return record->group_left && number - record->group < record->charged - record->group;
}

/* Of one that is alone: it was charged with its head, or still waits, which is what an event loop's
 * does when its body comes after. */
void charge_ask(struct record *record, const struct exchange *asks, uint32_t number)
{
    bool waits = number == record->charged && record->begun - number == 1;
    bool was_charged = is_of_group(record, number) && record->charged - record->group == 1;
    if (asks->api == API_NONE || !(waits || was_charged))
        return;
    for (unsigned rest = token_limits(record); rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (was_charged)
            correct(record, i, tokens_of(i, asks));
        else if (asks->note >> i & 1)
            __atomic_store_n(&record->due[i], tokens_of(i, asks), __ATOMIC_RELAXED);
    }
}

/* All of its answers have come. */
static void settle_group(struct record *record)
{
    for (unsigned rest = token_limits(record); rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (record->charges[i].n)
            correct(record, i, record->used[i]);
        record->used[i] = 0;
    }
}

void charge_take(struct record *record, const struct rl_claim *claims, unsigned count)
{
    bool any = false;
    for (unsigned rest = record->limits; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (record->due[i] && (record->estimated >> i & 1))
            share_estimate(shim.shares[i].limit, record->due[i]);
        any |= record->due[i];
        record->due[i] = 0;
    }
    record->estimated = 0;
    __atomic_store_n(&record->held_since_ns, 0, __ATOMIC_RELAXED);
    if (!any)
        return;
    /* Another thread may have received the answers by now. */
    uint32_t ahead = record->answered - record->charged;
    bool is_ahead = (int32_t)ahead > 0;
    record->group = record->charged;
    record->charged = record->begun;
    record->group_left = record->charged - record->group - (is_ahead ? ahead : 0);
    memset(record->charges, 0, sizeof record->charges);
    if (!is_ahead)
        memset(record->used, 0, sizeof record->used);
    for (unsigned c = 0; c < count; c++) {
        unsigned i = (unsigned)(claims[c].limiter - shim.limiters);
        if (record->limits >> i & 1)
            record->charges[i] = claims[c].reservation;
    }
    record->forks = __atomic_load_n(&record_forks, __ATOMIC_RELAXED);
    if (is_ahead && !record->group_left)
        settle_group(record);
}

/* What it used, of tokens; nothing, where it failed for no fault of the request's, or broke off. */
static uint64_t used(unsigned i, const struct exchange *to, const struct answer *answer, bool cut)
{
    if (cut || !answer || answer->status == 429 || answer->status >= 500)
        return 0;
    bool is_known = usage_tokens(&answer->usage).known;
    if (answer->status >= 400 && !is_known)
        return 0;
    if (answer->lost && !is_known)
        return tokens_of(i, to);
    struct estimate estimate = estimate_for(i, to);
    uint64_t tokens = estimate_answer(&estimate, &to->prompt, answer);
    return tokens <= MOST_TOKENS ? tokens : tokens_of(i, to);
}

/* Of many clients the body, with its bound, comes after the head, which is when they are charged:
 * so what others set is known better than what they used. */
static void learn(unsigned i, const struct exchange *to, const struct answer *answer)
{
    struct tokens tokens = usage_tokens(&answer->usage);
    if (answer->status != 200 || !tokens.known || add(tokens.input, tokens.output) > MOST_TOKENS)
        return;
    struct estimate estimate = estimate_for(i, to);
    struct model model = {
        .ratio = estimate_learn(estimate.ratio, &to->prompt, answer),
        .output = (uint32_t)estimate.output,
    };
    uint64_t output = to->prompt.has_bound ? to->prompt.bound : tokens.output / to->prompt.answers;
    if (output < ESTIMATE_MOST_OUTPUT)
        model.output = (uint32_t)((3 * estimate.output + output + 2) / 4);
    share_learn_model(&shim.shares[i], model_of(to), &model);
    share_learn_model(&shim.shares[i], to->host | 1, &model);
}

static void close_host(const struct record *record, const struct exchange *to, uint64_t wait_ns)
{
    for (unsigned rest = record->limits; rest && wait_ns != RETRY_UNSAID; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (counts(i, to))
            share_close(&shim.shares[i], to->host | 1,
                        rl_add(rl_now(), wait_ns < MOST_CLOSED_NS ? wait_ns : MOST_CLOSED_NS));
    }
}

static bool wants_no_more(const struct answer *answer)
{
    enum { OVERLOADED = 529 }; /* Anthropic */
    return answer->status == 429 || answer->status == 503 || answer->status == OVERLOADED;
}

static enum quota quota_of(const struct limit *limit)
{
    return limit->unit == UNIT_REQUESTS       ? QUOTA_REQUESTS
           : limit->counted == COUNTED_INPUT  ? QUOTA_INPUT
           : limit->counted == COUNTED_OUTPUT ? QUOTA_OUTPUT
                                              : QUOTA_TOKENS;
}

/* Others may have used what is ours to use; that we could use more than we do is not ours to say.
 */
static void lower(unsigned i, const struct answer *answer)
{
    uint64_t left = answer->retry.quotas[quota_of(limit_of(i))].remaining;
    struct rl_limiter *limiter = &shim.limiters[i];
    uint64_t level = left != RETRY_UNSAID ? rl_level(limiter) : 0;
    struct rl_reservation nothing = {.n = 0};
    if (left < level)
        rl_reconcile(limiter, &nothing, level - left);
}

void charge_head(struct record *record, const struct exchange *to, const struct answer *answer)
{
    if (wants_no_more(answer))
        close_host(record, to, answer->retry.wait_ns);
    for (unsigned rest = record->limits; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (counts(i, to))
            lower(i, answer);
    }
}

/* One of two processes that have the connection closes it, and the other may have the answer yet:
 * so what was charged before they were two is given back by nobody who has not got that. */
static bool may_be_anothers(const struct record *record)
{
    return record->forks != __atomic_load_n(&record_forks, __ATOMIC_RELAXED);
}

void charge_settle(struct record *record, const struct exchange *to, uint32_t number,
                   const struct answer *answer, bool cut)
{
    record->answered = number + 1;
    if (answer && wants_no_more(answer) && answer->retry.wait_ns == RETRY_UNSAID)
        close_host(record, to, answer_wait_ns(answer)); /* its content may say, its head did not */
    bool is_charged = (int32_t)(number - record->charged) < 0;
    if (is_charged && !is_of_group(record, number))
        return;
    if (cut && is_charged && may_be_anothers(record)) {
        record->group_left = 0;
        return;
    }
    for (unsigned rest = token_limits(record); rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctz(rest);
        if (counts(i, to))
            record->used[i] = add(record->used[i], used(i, to, answer, cut));
        if (counts(i, to) && answer && !cut)
            learn(i, to, answer);
    }
    if (is_charged && !--record->group_left)
        settle_group(record);
}

uint64_t talk_closed_until(int fd, unsigned limit, uint64_t now_ns)
{
    const struct record *record = record_look(fd);
    if (!record || !talk_due(fd, limit))
        return 0;
    return share_closed_until(&shim.shares[limit], record->host | 1, now_ns);
}
