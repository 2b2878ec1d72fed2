/* aliases.c - see aliases.h. */
#include "aliases.h"
#include "guest.h"

#include <stddef.h>

enum { FILES = 1024, INDEX_MASK = FILES - 1, SERIAL = FILES };

struct file {
    uint32_t id;       /* 0: free; else its index, and a serial number above */
    uint32_t waiters;  /* of a set */
    uint32_t heritage; /* enum heritage */
    bool was_gated, is_nested;
    uint32_t numbers[ALIASES_NUMBERS]; /* fd + 1; 0: none */
};

SPARSE struct file loop_files[FILES];
static uint32_t serial;

static bool swap(uint32_t *word, uint32_t from, uint32_t to)
{
    return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static struct file *find(uint32_t id)
{
    struct file *file = &loop_files[id & INDEX_MASK];
    return id && load(&file->id) == id ? file : NULL;
}

uint32_t aliases_new(int fd)
{
    uint32_t high = __atomic_add_fetch(&serial, SERIAL, __ATOMIC_RELAXED) & ~(uint32_t)INDEX_MASK;
    if (!high)
        high = SERIAL;
    for (uint32_t i = 0; i < FILES; i++) {
        struct file *file = &loop_files[i];
        if (load(&file->id) || !swap(&file->id, 0, high | i))
            continue;
        for (unsigned n = 1; n < ALIASES_NUMBERS; n++)
            __atomic_store_n(&file->numbers[n], 0, __ATOMIC_RELAXED);
        __atomic_store_n(&file->waiters, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&file->heritage, ITS_OWN, __ATOMIC_RELAXED);
        file->was_gated = file->is_nested = false;
        __atomic_store_n(&file->numbers[0], (uint32_t)fd + 1, __ATOMIC_RELEASE);
        return high | i;
    }
    return 0;
}

bool aliases_add(uint32_t id, int fd)
{
    struct file *file = find(id);
    for (unsigned i = 0; file && i < ALIASES_NUMBERS; i++)
        if (swap(&file->numbers[i], 0, (uint32_t)fd + 1))
            return true;
    return false;
}

void aliases_remove(uint32_t id, int fd)
{
    struct file *file = find(id);
    for (unsigned i = 0; file && i < ALIASES_NUMBERS; i++)
        swap(&file->numbers[i], (uint32_t)fd + 1, 0);
    if (file && aliases_any(id) < 0)
        swap(&file->id, id, 0);
}

int aliases_number(uint32_t id, unsigned i)
{
    const struct file *file = find(id);
    return file ? (int)load(&file->numbers[i]) - 1 : -1;
}

int aliases_any(uint32_t id)
{
    int fd = -1;
    for (unsigned i = 0; i < ALIASES_NUMBERS && fd < 0; i++)
        fd = aliases_number(id, i);
    return fd;
}

uint32_t aliases_find(int fd, bool (*is_same)(int a, int b))
{
    uint32_t given = __atomic_load_n(&serial, __ATOMIC_RELAXED) / SERIAL;
    for (uint32_t i = 0; i < FILES && i < given; i++) {
        uint32_t id = load(&loop_files[i].id);
        int number = id ? aliases_any(id) : -1;
        if (number >= 0 && number != fd && is_same(number, fd))
            return id;
    }
    return 0;
}

void aliases_wait(uint32_t id, int change)
{
    struct file *file = find(id);
    if (file)
        __atomic_fetch_add(&file->waiters, (uint32_t)change, __ATOMIC_SEQ_CST);
}

unsigned aliases_waiters(uint32_t id)
{
    const struct file *file = find(id);
    return file ? __atomic_load_n(&file->waiters, __ATOMIC_SEQ_CST) : 0;
}

void aliases_forked(void)
{
    for (uint32_t i = 0; i < FILES; i++) {
        if (!loop_files[i].id)
            continue;
        __atomic_store_n(&loop_files[i].waiters, 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&loop_files[i].heritage, INHERITED, __ATOMIC_SEQ_CST);
    }
}

void aliases_used(uint32_t id)
{
    struct file *file = find(id);
    if (file)
        swap(&file->heritage, INHERITED, INHERITED_AND_USED);
}

enum heritage aliases_heritage(uint32_t id)
{
    const struct file *file = find(id);
    return file ? (enum heritage)load(&file->heritage) : ITS_OWN;
}

void aliases_nest(uint32_t id)
{
    struct file *file = find(id);
    if (file)
        __atomic_store_n(&file->is_nested, true, __ATOMIC_SEQ_CST);
}

bool aliases_is_nested(uint32_t id)
{
    const struct file *file = find(id);
    return file && __atomic_load_n(&file->is_nested, __ATOMIC_SEQ_CST);
}

void aliases_gate(uint32_t id)
{
    struct file *file = find(id);
    if (file && !file->was_gated)
        __atomic_store_n(&file->was_gated, true, __ATOMIC_SEQ_CST);
}

bool aliases_was_gated(uint32_t id)
{
    const struct file *file = find(id);
    return file && __atomic_load_n(&file->was_gated, __ATOMIC_SEQ_CST);
}
