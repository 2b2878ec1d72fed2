/* change.c - see change.h. */
#include "change.h"
#include "limiter.h"
#include "wait.h"

static uint32_t generation_of(const struct rl_line *line)
{
    return __atomic_load_n(&line->generation, __ATOMIC_ACQUIRE);
}

/* 0 is that of a rate that was never changed. */
static uint32_t next_generation(uint32_t generation)
{
    return generation < UINT32_MAX ? generation + 1 : 2;
}

static uint64_t seal_of(uint32_t generation)
{
    return SEALS | generation;
}

/* What was not written here hardly has it. */
static uint64_t check_of(const struct rl_changed *change)
{
    const uint64_t fields[] = {
        change->capacity,
        change->period_ns,
        change->burst,
        change->at,
        change->word,
        change->owed,
        (uint64_t)change->generation << 32 | change->paused,
    };
    uint64_t check = SEALS;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        check = (check ^ fields[i]) * UINT64_C(0x9e3779b97f4a7c15);
        check ^= check >> 29;
    }
    return check;
}

static struct rl_changed *slot_of(struct rl_line *line, uint32_t generation)
{
    return &line->changed[generation % 2];
}

typedef uint64_t __attribute__((may_alias)) part;

/* Word by word, since one of the two may be written to, or read, meanwhile: the check tells. And
 * before all that comes behind it: then it is known whether it was the one that is in force. */
static void copy(struct rl_changed *to, const struct rl_changed *from)
{
    for (size_t i = 0; i < sizeof *to / sizeof(part); i++)
        __atomic_store_n((part *)to + i, __atomic_load_n((const part *)from + i, __ATOMIC_ACQUIRE),
                         __ATOMIC_RELEASE);
}

/* False: it is not that one; it may be written to. */
static bool read_change(struct rl_line *line, uint32_t generation, struct rl_changed *change)
{
    copy(change, slot_of(line, generation));
    return change->generation == generation && change->check == check_of(change);
}

static void note_mended(struct rl_limiter *limiter)
{
    __atomic_fetch_add(&limiter->mended, 1, __ATOMIC_RELAXED);
}

/*
 * All who learn of the same change write the same words, each at once: so it matters not how many
 * do, nor whether the rate is in use by then. Who has not come to the end of it when it is changed
 * for the RL_RATES-th time after that puts what he has broken right as he learns of the last one.
 */
__attribute__((no_sanitize("thread"))) static void publish(struct rl_limiter *limiter,
                                                           const struct rl_rate *rate)
{
    struct rl_rate *kept = &limiter->rates[rate->generation % RL_RATES];
    __atomic_store_n(&kept->capacity, rate->capacity, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->period_ns, rate->period_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->burst, rate->burst, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->unit_ticks, rate->unit_ticks, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->unit_rest, rate->unit_rest, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->unit_parts, rate->unit_parts, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->rest_inverse, rate->rest_inverse, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->tau, rate->tau, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->since, rate->since, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->ticks_per_ns, rate->ticks_per_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&kept->generation, rate->generation, __ATOMIC_RELEASE);
    __atomic_store_n(&limiter->changed, kept, __ATOMIC_RELEASE);
}

/* What cannot be a rate, as in a file that holds anything, changes nothing but the generation. Here
 * and below, functions are apart that take more stack than the usual way. */
__attribute__((noinline)) static void learn(struct rl_limiter *limiter, uint32_t generation)
{
    const struct rl_rate *known = limiter_rate(limiter);
    struct rl_changed change;
    struct rl_rate rate;
    bool good = read_change(limiter->line, generation, &change) &&
                rl_rate_change(&rate, change.capacity, change.period_ns, change.burst,
                               limiter->rate.ticks_per_ns) == 0;
    if (!good && generation_of(limiter->line) != generation)
        return; /* there is a newer one by now */
    if (!good) {
        note_mended(limiter);
        rate = *known;
    }
    rate.since = good ? change.at : known->since;
    rate.generation = generation;
    publish(limiter, &rate);
}

void limiter_learn_now(struct rl_limiter *limiter)
{
    learn(limiter, generation_of(limiter->line));
}

/* Who comes late with this finds another word, or the generation counted. Who sleeps is woken by
 * whoever counts it: who has sealed the word may be killed before he can. */
static void count_generation(struct rl_line *line, uint64_t seal)
{
    uint32_t counted = generation_of(line);
    if (__atomic_load_n(&line->word, __ATOMIC_ACQUIRE) == seal && counted != (uint32_t)seal &&
        __atomic_compare_exchange_n(&line->generation, &counted, (uint32_t)seal, false,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        rl_wake(&line->generation);
}

/* Returns whether the word has to be read anew: not in a pause. */
__attribute__((noinline)) static bool end_change(struct rl_limiter *limiter, uint64_t seal)
{
    struct rl_changed change;
    if (!read_change(limiter->line, (uint32_t)seal, &change)) {
        uint64_t now = limiter_ticks(limiter, rl_now());
        if (word_swap(limiter, &seal, rl_add(now, limiter_rate(limiter)->tau)))
            note_mended(limiter); /* it was no change's */
        return true;
    }
    count_generation(limiter->line, seal);
    return !change.paused && (word_swap(limiter, &seal, change.word), true);
}

uint64_t limiter_keep_up(struct rl_limiter *limiter, const struct rl_rate **rate)
{
    enum { TRIES = 100 }; /* so that nobody is held up by one who changes it all the time */
    uint64_t word = 0;
    for (int i = 0; i < TRIES; i++) {
        *rate = limiter_rate(limiter);
        word = word_load(limiter);
        if (is_sealed(word) && end_change(limiter, word))
            continue;
        uint32_t generation = generation_of(limiter->line);
        if (generation == (*rate)->generation)
            break;
        learn(limiter, generation);
    }
    return word;
}

uint64_t limiter_missing(const struct rl_limiter *limiter, uint64_t word, uint64_t now)
{
    struct rl_changed change;
    if (!is_sealed(word))
        return rl_less(word, now);
    return read_change(limiter->line, (uint32_t)word, &change) ? rl_less(change.word, change.at)
                                                               : 0;
}

/* What is owed, units, if it is too much to be told by a word, and nobody could take any since;
 * else 0. */
static uint64_t owed_beyond(const struct rl_limiter *limiter, const struct rl_rate *rate,
                            uint64_t word, uint64_t now)
{
    struct rl_changed last;
    bool there = (is_sealed(word) || word == SEALS - 1) &&
                 read_change(limiter->line, rate->generation, &last);
    return !there ? 0 : last.paused ? last.owed : rl_less(last.owed, rl_units(rate, now - last.at));
}

/* The word, as the new rate has it. */
static void convert(struct rl_limiter *limiter, const struct rl_rate *old,
                    const struct rl_rate *rate, uint64_t word, struct rl_changed *wanted)
{
    uint64_t missing = limiter_missing(limiter, word, wanted->at);
    uint64_t owed = owed_beyond(limiter, old, word, wanted->at);
    wanted->word = rl_add(wanted->at, owed ? rl_add(rate->tau, rl_cost(rate, owed))
                                           : rl_missing(old, rate, missing));
    wanted->owed = 0;
    if (is_sealed(wanted->word)) {
        wanted->owed = owed ? owed : rl_units(old, rl_less(missing, old->tau));
        wanted->word = SEALS - 1;
    }
}

/* The clock is read after the word: what that tells of was before. given_ns: NULL for the clock. */
static int change(struct rl_limiter *limiter, struct rl_changed *wanted, const uint64_t *given_ns)
{
    struct rl_line *line = limiter->line;
    const struct rl_rate *old;
    struct rl_rate rate;
    uint64_t word;
    do {
        /* Which mends it: else the change would stand for what nobody can have written. */
        word = limiter_unusual_word(limiter, &old);
        uint64_t now = limiter_ticks(limiter, given_ns ? *given_ns : rl_now());
        int error = rl_rate_change(&rate, wanted->capacity, wanted->period_ns, wanted->burst,
                                   old->ticks_per_ns);
        if (error)
            return error;
        wanted->at = now;
        convert(limiter, old, &rate, word, wanted);
        wanted->generation = next_generation(old->generation);
        wanted->check = check_of(wanted);
        copy(slot_of(line, wanted->generation), wanted);
        if (wanted->word > rl_add(now, rate.tau))
            limiter_note_owed(line, wanted->word);
    } while (!word_swap(limiter, &word, seal_of(wanted->generation)));
    limiter_keep_up(limiter, &old);
    return 0;
}

static int change_rate(struct rl_limiter *limiter, uint64_t capacity, uint64_t period_ns,
                       uint64_t burst, const uint64_t *given_ns)
{
    struct rl_changed wanted = {
        .capacity = capacity,
        .period_ns = period_ns,
        .burst = burst,
        .paused = rl_is_paused(limiter),
    };
    return change(limiter, &wanted, given_ns);
}

int rl_change(struct rl_limiter *limiter, uint64_t capacity, uint64_t period_ns, uint64_t burst)
{
    return change_rate(limiter, capacity, period_ns, burst, NULL);
}

int rl_change_at(struct rl_limiter *limiter, uint64_t capacity, uint64_t period_ns, uint64_t burst,
                 uint64_t now_ns)
{
    return change_rate(limiter, capacity, period_ns, burst, &now_ns);
}

static void set_paused(struct rl_limiter *limiter, bool pause, const uint64_t *given_ns)
{
    const struct rl_rate *rate;
    if (is_sealed(limiter_keep_up(limiter, &rate)) == pause)
        return;
    struct rl_changed wanted = {
        .capacity = rate->capacity,
        .period_ns = rate->period_ns,
        .burst = rate->burst,
        .paused = pause,
    };
    change(limiter, &wanted, given_ns);
}

void rl_pause(struct rl_limiter *limiter, bool pause)
{
    set_paused(limiter, pause, NULL);
}

void rl_pause_at(struct rl_limiter *limiter, bool pause, uint64_t now_ns)
{
    set_paused(limiter, pause, &now_ns);
}

bool rl_is_paused(struct rl_limiter *limiter)
{
    const struct rl_rate *rate;
    return is_sealed(limiter_keep_up(limiter, &rate));
}

const struct rl_rate *rl_current(struct rl_limiter *limiter)
{
    const struct rl_rate *rate;
    limiter_keep_up(limiter, &rate);
    return rate;
}
