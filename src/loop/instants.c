/* instants.c - see instants.h. */
#include "instants.h"
#include "rl.h"

/* Of 64^4 numbers; the root is the one group of the last tier. Instants are kept so that 0 is none,
 * and the larger the sooner. */
enum { TIERS = INSTANTS_TIERS, BITS = 6, GROUP = 1 << BITS, MOST = 1 << (TIERS * BITS) };

static uint64_t soonness(uint64_t instant_ns)
{
    return RL_FOREVER - instant_ns;
}

static uint64_t *group_of(const struct instants *of, unsigned tier, unsigned index)
{
    return numbers_find(&of->tiers[tier], (int)(index & ~(unsigned)(GROUP - 1)));
}

static uint64_t load(const uint64_t *node)
{
    return __atomic_load_n(node, __ATOMIC_SEQ_CST);
}

/* The soonest of a group, and which it is. */
static uint64_t soonest(const uint64_t *group, unsigned *which)
{
    uint64_t best = 0;
    *which = 0;
    for (unsigned i = 0; i < GROUP; i++) {
        uint64_t soon = load(&group[i]);
        if (soon > best) {
            best = soon;
            *which = i;
        }
    }
    return best;
}

/*
 * A node is set to what its group says, until it was so when looked at again: who changes the group
 * meanwhile comes here as well, and the last one to write looked at the group after all of them
 * had.
 */
static void settle(uint64_t *node, const uint64_t *group)
{
    unsigned which;
    uint64_t was, best;
    while ((was = load(node)) != (best = soonest(group, &which)))
        __atomic_compare_exchange_n(node, &was, best, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

bool instants_can(struct instants *of, int fd)
{
    bool can = fd >= 0 && fd < MOST;
    for (unsigned tier = 0, index = (unsigned)fd; can && tier < TIERS; tier++, index >>= BITS)
        can = numbers_take(&of->tiers[tier], (int)index);
    return can;
}

void instants_set(struct instants *of, int fd, uint64_t instant_ns)
{
    unsigned index = (unsigned)fd;
    uint64_t *node = numbers_find(&of->tiers[0], fd);
    if (!node)
        return;
    __atomic_store_n(node, soonness(instant_ns), __ATOMIC_SEQ_CST);
    for (unsigned tier = 1; tier < TIERS; tier++) {
        const uint64_t *group = group_of(of, tier - 1, index);
        index >>= BITS;
        node = numbers_find(&of->tiers[tier], (int)index);
        if (!node)
            return;
        settle(node, group);
    }
    settle(&of->top, group_of(of, TIERS - 1, 0));
}

uint64_t instants_next(const struct instants *of)
{
    return RL_FOREVER - load(&of->top);
}

/* What a node says of a group that has less, since somebody is about to settle it, or went away. */
static void mend(struct instants *of, unsigned tier, unsigned index)
{
    settle(group_of(of, tier + 1, index >> BITS) + (index >> BITS) % GROUP,
           group_of(of, tier, index));
    settle(&of->top, group_of(of, TIERS - 1, 0));
}

uint64_t instants_first(struct instants *of, int *fd)
{
    unsigned index = 0, which, tier = TIERS;
    uint64_t soon = 0;
    while (tier-- > 0) {
        const uint64_t *group = group_of(of, tier, index);
        soon = group ? soonest(group, &which) : 0;
        if (soon) {
            index = (index + which) << (tier ? BITS : 0);
        } else if (tier == TIERS - 1) {
            if (group)
                settle(&of->top, group);
            return RL_FOREVER;
        } else {
            mend(of, tier, index);
            index = 0;
            tier = TIERS;
        }
    }
    *fd = (int)index;
    return RL_FOREVER - soon;
}
