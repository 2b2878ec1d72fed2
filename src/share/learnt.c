/* learnt.c - which addresses belong to the host names of `to` lists: see share.h. Only ever added
 * to.
 */
#include <errno.h>
#include <string.h>

#include "pages.h"
#include "segment.h"

static unsigned count(const struct segment *segment)
{
    unsigned given = __atomic_load_n(&segment->learnt_count, __ATOMIC_RELAXED);
    return given < LEARNT ? given : LEARNT;
}

bool share_is_learnt(const struct share *share, unsigned n, const unsigned char address[16])
{
    const struct segment *segment = share->segment;
    uint32_t rule = share->first_rule + n + 1;
    for (unsigned i = 0; i < count(segment); i++) {
        const struct learnt *learnt = &segment->learnt[i];
        if (__atomic_load_n(&learnt->rule, __ATOMIC_ACQUIRE) == rule &&
            memcmp(learnt->address, address, sizeof learnt->address) == 0)
            return true;
    }
    return false;
}

bool share_learn(const struct share *share, unsigned n, const unsigned char address[16])
{
    struct segment *segment = share->segment;
    if (share_is_learnt(share, n, address))
        return true;
    uint32_t i = count(segment);
    do {
        if (i >= LEARNT || pages_ask(&segment->learnt[i], sizeof segment->learnt[i]) == ENOSPC)
            return false;
    } while (!__atomic_compare_exchange_n(&segment->learnt_count, &i, i + 1, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    memcpy(segment->learnt[i].address, address, sizeof segment->learnt[i].address);
    __atomic_store_n(&segment->learnt[i].rule, share->first_rule + n + 1, __ATOMIC_RELEASE);
    return true;
}
