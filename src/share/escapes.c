/* escapes.c - which programs were started that cannot be limited: see share.h. */
#include <string.h>

#include "members.h"

/* FNV-1a; 0 means a free place. */
static uint64_t hash(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

/* The last part of a path. */
static void keep_name(char name[ESCAPE_NAME], const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    size_t letters = strnlen(last, ESCAPE_NAME - 1);
    memcpy(name, last, letters);
    name[letters] = '\0';
}

bool share_escaped(const char *path)
{
    struct segment *segment = share_outermost();
    uint64_t key = hash(path);
    __atomic_fetch_add(&segment->escaped, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < ESCAPES; i++) {
        struct escaped *escape = &segment->escapes[i];
        uint64_t none = 0;
        if (__atomic_load_n(&escape->hash, __ATOMIC_RELAXED) == key)
            return false;
        if (__atomic_compare_exchange_n(&escape->hash, &none, key, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            keep_name(escape->name, path);
            return true;
        }
        if (none == key)
            return false;
    }
    return true;
}

unsigned share_escapes(void)
{
    return __atomic_load_n(&share_outermost()->escaped, __ATOMIC_RELAXED);
}

bool share_escape_name(unsigned i, char name[ESCAPE_NAME])
{
    if (i >= ESCAPES)
        return false;
    const char *there = share_outermost()->escapes[i].name;
    for (int k = 0; k < ESCAPE_NAME; k++)
        name[k] = (there[k] >= ' ' && there[k] <= '~') || !there[k] ? there[k] : '?';
    name[ESCAPE_NAME - 1] = '\0';
    return *name;
}
