/* changing.c - see changing.h. */
#include <errno.h>
#include <string.h>

#include "changing.h"
#include "definition.h"

static struct shared_limit *limit_of(const struct rl_limiter *limiter)
{
    return share_limit_of(limiter->line);
}

/* Returns since when the caller has it; 0: somebody else does. His clock may be a little ahead; but
 * what is of a time to come, nobody wrote. */
static uint64_t take_lease(struct shared_limit *limit)
{
    uint64_t now_ns = rl_now();
    uint64_t since_ns = __atomic_load_n(&limit->changing_ns, __ATOMIC_ACQUIRE);
    bool held = since_ns && since_ns < now_ns + RL_SECOND && now_ns < since_ns + RL_SECOND;
    return !held && __atomic_compare_exchange_n(&limit->changing_ns, &since_ns, now_ns, false,
                                                __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
               ? now_ns
               : 0;
}

static void give_back(struct shared_limit *limit, uint64_t since_ns)
{
    __atomic_compare_exchange_n(&limit->changing_ns, &since_ns, 0, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
}

static bool is_name(const char *label)
{
    return !strchr(label, ' ');
}

/* Where it is looked for once the change is made. to: NULL for the one that it has. */
static void label_next(struct rl_limiter *limiter, const char *first, const char *to)
{
    struct shared_limit *limit = limit_of(limiter);
    char label[MAX_LABEL];
    rl_current(limiter); /* ends a change that was begun */
    definition_label(limit, first, label);
    if (to && (is_name(to) || !is_name(label) || strcmp(to, first) == 0))
        memcpy(label, to, MAX_LABEL);
    memcpy(limit->labels[(limit->line.generation + 1) % 2], label, MAX_LABEL);
}

int changing_rate(struct rl_limiter *limiter, const char *first, const struct limit *to)
{
    uint64_t since_ns = take_lease(limit_of(limiter));
    if (!since_ns)
        return EBUSY;
    label_next(limiter, first, to->label);
    int error = rl_change(limiter, to->capacity, to->period_ns, to->burst);
    give_back(limit_of(limiter), since_ns);
    return error;
}

int changing_pause(struct rl_limiter *limiter, const char *first, bool pause)
{
    uint64_t since_ns = take_lease(limit_of(limiter));
    if (!since_ns)
        return EBUSY;
    label_next(limiter, first, NULL);
    rl_pause(limiter, pause);
    give_back(limit_of(limiter), since_ns);
    return 0;
}
