/* fd_table.c - see fd_table.h. */
#include "fd_table.h"
#include "guest.h"
#include "zeroes.h"

/* A group has a page of memory, where pages are of 4 KiB. */
enum { GROUP = 512, BITS = 64, INTS = 32 };

SPARSE fd_entry fd_low[FD_LOW];
static uint64_t low_groups;
/* [k]: of the numbers from 2^k on, as many. Its groups' bits stand behind the places. */
static void *levels[INTS];

_Static_assert(FD_LOW / GROUP <= BITS, "a bit for each group of low numbers");

/* The numbers that share an array of places. */
struct part {
    fd_entry *places; /* NULL: there is none */
    uint64_t *groups; /* a bit each: whether it was ever in use */
    unsigned first, last;
};

static unsigned level_of(unsigned fd)
{
    return INTS - 1 - (unsigned)__builtin_clz(fd);
}

static fd_entry *places_of(unsigned level)
{
    return __atomic_load_n(&levels[level], __ATOMIC_ACQUIRE);
}

fd_entry fd_entry_above(int fd)
{
    unsigned level = level_of((unsigned)fd), first = 1u << level;
    const fd_entry *places = places_of(level);
    return places ? __atomic_load_n(&places[(unsigned)fd - first], __ATOMIC_RELAXED) : FD_UNKNOWN;
}

static struct part part_of(unsigned fd)
{
    if (fd < FD_LOW)
        return (struct part){fd_low, &low_groups, 0, FD_LOW - 1};
    unsigned level = level_of(fd), count = 1u << level;
    fd_entry *places = places_of(level);
    return (struct part){places, (uint64_t *)(places ? places + count : NULL), count,
                         count + (count - 1)};
}

static size_t bytes_of(unsigned level)
{
    size_t count = (size_t)1 << level, words = (count / GROUP + BITS - 1) / BITS;
    return count * sizeof(fd_entry) + words * sizeof(uint64_t);
}

bool fd_grow(int fd)
{
    unsigned level = fd < FD_LOW ? 0 : level_of((unsigned)fd);
    if (level == 0)
        return fd >= 0;
    return zeroes_publish(&levels[level], bytes_of(level)) != NULL;
}

/*
 * Who marks a group asks the kernel only afterwards; who changes the meaning of a number looks for
 * the mark only afterwards. So of the two at once one sees the other, if neither's store is still
 * on its way when it looks: the kernel sees to that where it drops what a number meant.
 */
fd_entry *fd_take_place(int fd)
{
    struct part part = part_of((unsigned)fd);
    if (!part.places)
        return NULL;
    unsigned index = (unsigned)fd - part.first, group = index / GROUP;
    uint64_t *word = &part.groups[group / BITS], bit = (uint64_t)1 << group % BITS;
    if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit)) {
        __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST);
        __sync_synchronize();
    }
    return part.places + index;
}

/* The groups from this one on, of those that share a word with it: the lowest bit is its own. */
static uint64_t in_use(const struct part *part, unsigned group)
{
    return __atomic_load_n(&part->groups[group / BITS], __ATOMIC_ACQUIRE) >> group % BITS;
}

fd_entry *fd_place(int fd)
{
    struct part part = part_of((unsigned)fd);
    unsigned index = (unsigned)fd - part.first;
    return part.places && (in_use(&part, index / GROUP) & 1) ? part.places + index : NULL;
}

static void each_in_part(const struct part *part, unsigned index, unsigned last,
                         void (*change)(fd_entry *place))
{
    while (index <= last) {
        unsigned group = index / GROUP;
        uint64_t groups = in_use(part, group);
        if (groups & 1)
            for (; index <= last && index / GROUP == group; index++)
                change(&part->places[index]);
        else /* to the next one, or the next word's first */
            index =
                (group + (groups ? (unsigned)__builtin_ctzl(groups) : BITS - group % BITS)) * GROUP;
    }
}

void fd_each_place(unsigned first, unsigned last, void (*change)(fd_entry *place))
{
    if (last > INT32_MAX)
        last = INT32_MAX;
    while (first <= last) {
        struct part part = part_of(first);
        if (part.places)
            each_in_part(&part, first - part.first,
                         (last < part.last ? last : part.last) - part.first, change);
        first = part.last + 1;
    }
}
