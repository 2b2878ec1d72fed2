/* change.c - see change.h. */
#include "change.h"
#include "limiter.h"
#include "wait.h"

static uint32_t generation_of(const struct rl_line *line)
{
    return __atomic_load_n(&line->generation, __ATOMIC_RELAXED);
}

static uint64_t seal_of(uint32_t generation)
{
    return SEALS | generation;
}

/* What was not written here hardly has it. */
static uint64_t check_of(const struct rl_changed *change)
{
    const uint64_t fields[] = {
        change->capacity, change->period_ns, change->burst,
        change->at,       change->word,      (uint64_t)change->generation << 32 | change->paused,
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

/* False: it is not that one; it may be written to. */
static bool read_change(struct rl_line *line, uint32_t generation, struct rl_changed *change)
{
    *change = *slot_of(line, generation);
    return change->generation == generation && change->check == check_of(change);
}

static void note_mended(struct rl_limiter *limiter)
{
    __atomic_fetch_add(&limiter->mended, 1, __ATOMIC_RELAXED);
}

/* What cannot be a rate, as in a file that holds anything, changes nothing but the generation. Here
 * and below, functions are apart that take more stack than the usual way. */
__attribute__((noinline)) static void learn(struct rl_limiter *limiter, uint32_t generation)
{
    const struct rl_rate *known = limiter_rate(limiter);
    struct rl_rate *rate = &limiter->rates[generation % RL_RATES];
    struct rl_changed change;
    bool good = read_change(limiter->line, generation, &change) &&
                rl_rate_change(rate, change.capacity, change.period_ns, change.burst,
                               known->ticks_per_ns) == 0;
    if (!good && generation_of(limiter->line) != generation)
        return; /* there is a newer one by now */
    if (!good) {
        note_mended(limiter);
        *rate = *known;
    }
    rate->since = good ? change.at : known->since;
    __atomic_store_n(&rate->generation, generation, __ATOMIC_RELEASE);
    __atomic_store_n(&limiter->changed, rate, __ATOMIC_RELEASE);
}

void limiter_learn_now(struct rl_limiter *limiter)
{
    learn(limiter, generation_of(limiter->line));
}

/* Who comes late with this finds another word, or the generation counted. */
static void count_generation(struct rl_line *line, uint64_t seal)
{
    uint32_t counted = generation_of(line);
    if (__atomic_load_n(&line->word, __ATOMIC_ACQUIRE) == seal)
        __atomic_compare_exchange_n(&line->generation, &counted, (uint32_t)seal, false,
                                    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
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

/* The clock is read after the word: what that tells of was before. given_ns: NULL for the clock. */
static int change(struct rl_limiter *limiter, struct rl_changed *wanted, const uint64_t *given_ns)
{
    struct rl_line *line = limiter->line;
    const struct rl_rate *old;
    struct rl_rate rate;
    uint64_t word;
    do {
        word = limiter_keep_up(limiter, &old);
        uint64_t now = limiter_ticks(limiter, given_ns ? *given_ns : rl_now());
        int error = rl_rate_change(&rate, wanted->capacity, wanted->period_ns, wanted->burst,
                                   old->ticks_per_ns);
        if (error)
            return error;
        wanted->at = now;
        wanted->word = rl_add(now, rl_missing(old, &rate, limiter_missing(limiter, word, now)));
        if (is_sealed(wanted->word))
            wanted->word = SEALS - 1;
        wanted->generation = old->generation + 1;
        wanted->check = check_of(wanted);
        *slot_of(line, wanted->generation) = *wanted;
        if (wanted->word > rl_add(now, rate.tau))
            limiter_note_owed(line, wanted->word);
    } while (!word_swap(limiter, &word, seal_of(wanted->generation)));
    limiter_keep_up(limiter, &old);
    rl_wake(&line->generation);
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
