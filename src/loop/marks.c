/* marks.c - see marks.h. A few places for each hash: as many as a line of the cache has. */
#include "marks.h"
#include "guest.h"

enum { BUCKETS = 4096, PLACES = 16 };

SPARSE uint32_t loop_marks[BUCKETS][PLACES]; /* fd + 1; 0: none */

unsigned marks_bucket(uint32_t set, uint64_t data)
{
    uint64_t hash = (data ^ (uint64_t)set << 32) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / phi */
    return (unsigned)(hash >> 52);
}

_Static_assert(BUCKETS == 1 << (64 - 52), "the upper bits of a hash");

bool marks_add(uint32_t set, uint64_t data, int fd, bool (*is_stale)(int fd, unsigned bucket))
{
    unsigned index = marks_bucket(set, data);
    uint32_t *bucket = loop_marks[index], mark = (uint32_t)fd + 1;
    for (unsigned i = 0; i < PLACES; i++)
        if (__atomic_load_n(&bucket[i], __ATOMIC_RELAXED) == mark)
            return true;
    for (unsigned i = 0; i < PLACES; i++) {
        uint32_t was = __atomic_load_n(&bucket[i], __ATOMIC_RELAXED);
        if ((!was || is_stale((int)was - 1, index)) &&
            __atomic_compare_exchange_n(&bucket[i], &was, mark, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

int marks_find(uint32_t set, uint64_t data, bool (*fits)(int fd, const void *of), const void *of)
{
    const uint32_t *bucket = loop_marks[marks_bucket(set, data)];
    for (unsigned i = 0; i < PLACES; i++) {
        uint32_t mark = __atomic_load_n(&bucket[i], __ATOMIC_ACQUIRE);
        if (mark && fits((int)mark - 1, of))
            return (int)mark - 1;
    }
    return -1;
}
