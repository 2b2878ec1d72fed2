/* arena.c - see arena.h. */
#include <stdbool.h>

#include "arena.h"

/* Before each block. */
struct head {
    size_t length; /* with this */
    bool is_free;
};

enum { ALIGNED = 16 };
_Static_assert(sizeof(struct head) == ALIGNED, "blocks are aligned as their heads are");

static struct head *head_at(const struct arena *arena, size_t offset)
{
    return (void *)(arena->at + offset);
}

static void join_with_free_ones_behind(const struct arena *arena, size_t offset)
{
    struct head *head = head_at(arena, offset), *next;
    for (; offset + head->length < arena->used; head->length += next->length) {
        next = head_at(arena, offset + head->length);
        if (!next->is_free)
            return;
    }
}

static void split(struct head *head, size_t length)
{
    struct head *rest = (void *)((char *)head + length);
    if (head->length == length)
        return;
    *rest = (struct head){.length = head->length - length, .is_free = true};
    head->length = length;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    size_t offset = 0;
    if (bytes > arena->length)
        return NULL;
    size_t length = sizeof(struct head) + ((bytes + ALIGNED - 1) & -(size_t)ALIGNED);
    for (; offset < arena->used; offset += head_at(arena, offset)->length) {
        struct head *head = head_at(arena, offset);
        if (!head->is_free)
            continue;
        join_with_free_ones_behind(arena, offset);
        if (offset + head->length == arena->used)
            arena->used = offset; /* the last one: it may grow */
        else if (head->length >= length) {
            split(head, length);
            head->is_free = false;
            return head + 1;
        }
    }
    if (length > arena->length - arena->used)
        return NULL;
    struct head *head = head_at(arena, arena->used);
    *head = (struct head){.length = length};
    arena->used += length;
    return head + 1;
}

void arena_leave(void *block)
{
    if (block)
        ((struct head *)block - 1)->is_free = true;
}
