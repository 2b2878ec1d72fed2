/* passed.c - what passed of a limit: see share.h. */
#include "share.h"

static uint64_t calls_in(uint64_t passed)
{
    return passed >> PASSED_UNITS;
}

static uint64_t units_in(uint64_t passed)
{
    return passed & ((UINT64_C(1) << PASSED_UNITS) - 1);
}

/* Several may see it; the first of them finds it. */
void share_carry(struct shared_limit *limit)
{
    uint64_t passed = __atomic_exchange_n(&limit->line.own, 0, __ATOMIC_RELAXED);
    __atomic_fetch_add(&limit->units, units_in(passed), __ATOMIC_RELAXED);
    __atomic_fetch_add(&limit->calls, calls_in(passed), __ATOMIC_RELAXED);
}

void share_pass_many(struct shared_limit *limit, bool call, uint64_t units)
{
    uint64_t many = units >> MOST_PASSED << MOST_PASSED;
    if (many)
        __atomic_fetch_add(&limit->units, many, __ATOMIC_RELAXED);
    share_pass(limit, call, units - many);
}

struct passed share_passed(const struct shared_limit *limit)
{
    uint64_t passed = __atomic_load_n(&limit->line.own, __ATOMIC_RELAXED);
    return (struct passed){
        .calls = __atomic_load_n(&limit->calls, __ATOMIC_RELAXED) + calls_in(passed),
        .units = __atomic_load_n(&limit->units, __ATOMIC_RELAXED) + units_in(passed),
    };
}
