/* test_guest_fd_threads.c - the table of descriptor numbers, while many want it to grow. */
#include <pthread.h>

#include "fd_kernel.h"

/*
 * Threads look at numbers that are files, of levels that nobody has yet, while another closes them
 * all and opens sockets in their place, as close(2) and socket(2) do. From then on none may pass.
 */
static int ready;

static void *keep_looking(void *unused)
{
    __atomic_fetch_add(&ready, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < NUMBERS; i++)
        fd_look(numbers[i]);
    return unused;
}

static void growing(void)
{
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    __atomic_store_n(&meaning, A_FILE, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ready, 0, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, keep_looking, NULL);
    while (__atomic_load_n(&ready, __ATOMIC_RELAXED) == 0)
        ;
    for (int i = 0; i < NUMBERS; i++)
        fd_forget(numbers[i]);
    __atomic_store_n(&meaning, NOT_OPEN, __ATOMIC_SEQ_CST);
    __atomic_store_n(&meaning, A_SOCKET, __ATOMIC_SEQ_CST);
    for (int i = 0; i < NUMBERS; i++)
        fd_forget(numbers[i]);
    for (int i = 0; i < NUMBERS; i++)
        CHECK(!fd_passes(numbers[i]));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    look_at_all(FD_STREAM);
}

static void threads_grow_it(void)
{
    for (int i = 0; i < 200; i++)
        in_child(growing);
}

/* Each has numbers of its own, in levels that all of them want at once. */
enum { NEIGHBOURS = 4, LOWEST = 13, HIGHEST = 30 };
static pthread_barrier_t together;

static void *note_own(void *own)
{
    for (int level = LOWEST; level <= HIGHEST; level++) {
        pthread_barrier_wait(&together);
        fd_note_dissolved((1 << level) + (int)(intptr_t)own, true);
    }
    return NULL;
}

static void noting(void)
{
    pthread_t threads[NEIGHBOURS];
    pthread_barrier_init(&together, NULL, NEIGHBOURS);
    meaning = A_SOCKET;
    for (int i = 0; i < NEIGHBOURS; i++)
        pthread_create(&threads[i], NULL, note_own, (void *)(intptr_t)i);
    for (int i = 0; i < NEIGHBOURS; i++)
        pthread_join(threads[i], NULL);
    for (int level = LOWEST; level <= HIGHEST; level++)
        for (int i = 0; i < NEIGHBOURS; i++)
            CHECK(fd_entry_of((1 << level) + i) & FD_DISSOLVED);
}

static void nothing_is_lost(void)
{
    for (int i = 0; i < 50; i++)
        in_child(noting);
}

int main(void)
{
    fd_own_table();
    RUN(threads_grow_it);
    RUN(nothing_is_lost);
    return check_status();
}
