/* test_talk_arena.c - blocks keep apart, what was freed is used anew, and there is an end. */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "random.h"

enum { LENGTH = 1 << 16, BLOCKS = 40 };

static _Alignas(16) char memory[LENGTH + 16];

static struct arena empty(void)
{
    memset(memory, 0x5A, sizeof memory);
    return (struct arena){.at = memory, .length = LENGTH};
}

static bool is_all(const unsigned char *block, size_t bytes, unsigned char value)
{
    for (size_t i = 0; i < bytes; i++)
        if (block[i] != value)
            return false;
    return true;
}

/* Each is filled with its number. */
static void blocks_keep_apart(void)
{
    struct arena arena = empty();
    struct random random = {1};
    unsigned char *blocks[BLOCKS] = {NULL};
    size_t bytes[BLOCKS] = {0};
    unsigned taken = 0, refused = 0;
    for (unsigned i = 0; i < 200000; i++) {
        size_t k = random_size(&random, BLOCKS) % BLOCKS;
        CHECK(is_all(blocks[k], bytes[k], (unsigned char)k));
        arena_leave(blocks[k]);
        bytes[k] = random_size(&random, LENGTH / 16);
        blocks[k] = arena_take(&arena, bytes[k]);
        if (blocks[k]) {
            taken++;
            CHECK((uintptr_t)blocks[k] % 16 == 0);
            memset(blocks[k], (int)k, bytes[k]);
        } else {
            refused++;
            bytes[k] = 0;
        }
    }
    CHECK(taken > refused && refused > 0);
    CHECK(is_all((unsigned char *)memory + LENGTH, 16, 0x5A));
}

static void all_of_it_comes_back(void)
{
    struct arena arena = empty();
    void *blocks[3];
    for (unsigned i = 0; i < 1000; i++) {
        for (unsigned k = 0; k < 3; k++)
            CHECK((blocks[k] = arena_take(&arena, LENGTH / 4)) != NULL);
        CHECK(!arena_take(&arena, LENGTH / 4));
        for (unsigned k = 0; k < 3; k++)
            arena_leave(blocks[(k + i) % 3]);
    }
    CHECK((blocks[0] = arena_take(&arena, LENGTH - 16)) != NULL);
    CHECK(!arena_take(&arena, 0));
}

/* Two that are beside each other are one; the rest of a large one is another. */
static void holes_are_filled(void)
{
    struct arena arena = empty();
    char *a = arena_take(&arena, 1000), *b = arena_take(&arena, 1000);
    char *last = arena_take(&arena, 10);
    size_t used = arena.used;
    arena_leave(b);
    arena_leave(a);
    CHECK(arena_take(&arena, 1900) == a);
    arena_leave(a);
    CHECK(arena_take(&arena, 100) == a);
    CHECK((b = arena_take(&arena, 1700)) > a && b < last);
    CHECK_EQ(arena.used, used);
}

static void what_is_too_much(void)
{
    struct arena arena = empty();
    CHECK(!arena_take(&arena, LENGTH));
    CHECK(!arena_take(&arena, SIZE_MAX));
    CHECK(!arena_take(&arena, SIZE_MAX - 20));
    CHECK_EQ(arena.used, 0);
    arena_leave(NULL);
}

int main(void)
{
    RUN(blocks_keep_apart);
    RUN(all_of_it_comes_back);
    RUN(holes_are_filled);
    RUN(what_is_too_much);
    return check_status();
}
