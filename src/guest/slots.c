/* slots.c - see slots.h. */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "next.h"
#include "real.h"
#include "slots.h"

enum { SLOTS = sizeof(struct slots) / sizeof(void *), FEWEST_TABLES = 2 };

/* Where the tables are. */
static struct relocated relocated;

/* The next table, from *slot on, or NULL. */
static void **next_table(void **slot, const struct slots *libc)
{
    void **const last = relocated.end - SLOTS;
    for (; slot <= last; slot++) {
        const struct slots *table = (const void *)slot;
        if (table->read == libc->read && table->write == libc->write && table->seek == libc->seek)
            return slot;
    }
    return NULL;
}

/* How many tables have another's functions in both places: those of a copy of this library, or of
 * another preload, which stands between then as it does with calls. */
static int count_taken(const struct slots *libc)
{
    int taken = 0;
    for (void **slot = relocated.begin; slot + SLOTS <= relocated.end; slot++) {
        const struct slots *table = (const void *)slot;
        taken +=
            table->seek == libc->seek && table->read != libc->read && table->write != libc->write;
    }
    return taken;
}

bool slots_find(struct slots *libc)
{
    static const char names[] = "_IO_file_read\0_IO_file_write\0_IO_file_seek\0_IO_file_close";
    void *functions[SLOTS] = {NULL};
    int tables = 0;

    next_functions(names, functions, SLOTS);
    for (int i = 0; i < SLOTS; i++)
        if (!functions[i])
            return false;
    memcpy(libc, functions, sizeof functions);
    if (!next_relocated(functions[0], &relocated))
        return false;
    for (void **slot = relocated.begin; (slot = next_table(slot, libc)); slot += SLOTS)
        tables++;
    /* Of bytes and of wide characters. */
    return tables >= FEWEST_TABLES || count_taken(libc) >= FEWEST_TABLES;
}

static bool protect(int protection)
{
    return REAL(syscall)(SYS_mprotect, relocated.pages, relocated.pages_length, protection) == 0;
}

bool slots_take(const struct slots *libc, const struct slots *ours)
{
    if (!protect(PROT_READ | PROT_WRITE))
        return false;
    for (void **slot = relocated.begin; (slot = next_table(slot, libc)); slot += SLOTS) {
        struct slots *table = (void *)slot;
        __atomic_store_n(&table->read, ours->read, __ATOMIC_RELEASE);
        __atomic_store_n(&table->write, ours->write, __ATOMIC_RELEASE);
        if (table->close == libc->close)
            __atomic_store_n(&table->close, ours->close, __ATOMIC_RELEASE);
    }
    protect(PROT_READ);
    return true;
}
