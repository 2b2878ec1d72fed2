/* slots.c - see slots.h. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "next.h"
#include "real.h"
#include "slots.h"

enum function { READ, WRITE, SEEK, CLOSE, FUNCTIONS };

/* Of bytes and of wide characters, at the least. */
enum { FEWEST_TABLES = 2 };

/* A table is where these three follow each other. Some have a `close` of their own. */
static bool is_table(void *const *slot, void *const functions[FUNCTIONS])
{
    return slot[READ] == functions[READ] && slot[WRITE] == functions[WRITE] &&
           slot[SEEK] == functions[SEEK];
}

/* ours: NULL to count only. */
static int replace(const struct relocated *relocated, void *const functions[FUNCTIONS],
                   void *const ours[FUNCTIONS])
{
    int count = 0;
    for (void **slot = relocated->begin; slot + CLOSE < relocated->end; slot++) {
        if (slot[READ] != functions[READ] || !is_table(slot, functions))
            continue;
        count++;
        if (!ours)
            continue;
        __atomic_store_n(&slot[READ], ours[READ], __ATOMIC_RELAXED);
        __atomic_store_n(&slot[WRITE], ours[WRITE], __ATOMIC_RELAXED);
        if (slot[CLOSE] == functions[CLOSE])
            __atomic_store_n(&slot[CLOSE], ours[CLOSE], __ATOMIC_RELAXED);
    }
    return count;
}

/* By number: that the program's memory changes is no business of another preload. */
static bool protect(const struct relocated *relocated, int protection)
{
    return REAL(syscall)(SYS_mprotect, relocated->pages, relocated->pages_length, protection) == 0;
}

bool slots_take(const struct slots *ours, struct slots *libc)
{
    static const char *const names[FUNCTIONS] = {
        [READ] = "_IO_file_read",
        [WRITE] = "_IO_file_write",
        [SEEK] = "_IO_file_seek",
        [CLOSE] = "_IO_file_close",
    };
    void *functions[FUNCTIONS] = {NULL};
    void *const replacements[FUNCTIONS] = {
        [READ] = (void *)ours->read,
        [WRITE] = (void *)ours->write,
        [CLOSE] = (void *)ours->close,
    };
    struct relocated relocated;

    next_functions(names, functions, FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++)
        if (!functions[i])
            return false;
    if (!next_relocated(functions[READ], &relocated) ||
        replace(&relocated, functions, NULL) < FEWEST_TABLES ||
        !protect(&relocated, PROT_READ | PROT_WRITE))
        return false;
    memcpy(&libc->read, &functions[READ], sizeof(void *));
    memcpy(&libc->write, &functions[WRITE], sizeof(void *));
    memcpy(&libc->close, &functions[CLOSE], sizeof(void *));
    replace(&relocated, functions, replacements);
    protect(&relocated, PROT_READ);
    return true;
}
