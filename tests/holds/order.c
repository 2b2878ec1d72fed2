/*
 * order.c - first come, first served.
 *
 * Limit: `connect 20/s burst=1`.
 */
#include "line.h"

enum { MEMBERS = 20 };

/* With all processes. */
static struct shared {
    unsigned count;
    int served[MEMBERS];
} * shared;

static struct sockaddr_in server;

static void connect_as(int number)
{
    MUST(connect(MUST(socket(AF_INET, SOCK_STREAM, 0)), (struct sockaddr *)&server, sizeof server));
    shared->served[__atomic_fetch_add(&shared->count, 1, __ATOMIC_RELAXED)] = number;
}

static void *connect_in_thread(void *number)
{
    connect_as((int)(intptr_t)number);
    return NULL;
}

static void prepare(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    tcp_listen(&server, 2 * MEMBERS);
    begin();
}

static void all_in_order(void)
{
    record_mark(END);
    CHECK_EQ(shared->count, MEMBERS);
    for (int i = 0; i < MEMBERS; i++)
        CHECK_EQ(shared->served[i], i);
}

static void threads(void)
{
    pthread_t threads[MEMBERS];
    prepare();
    for (int i = 0; i < MEMBERS; i++) {
        threads[i] = thread_start(connect_in_thread, (void *)(intptr_t)i);
        nap(0.02);
    }
    for (int i = 0; i < MEMBERS; i++)
        pthread_join(threads[i], NULL);
    all_in_order();
}

static void processes(void)
{
    prepare();
    for (int i = 0; i < MEMBERS; i++) {
        fork_one(connect_as, i);
        nap(0.02);
    }
    for (int i = 0; i < MEMBERS; i++)
        MUST(wait(NULL));
    all_in_order();
}

HOLD_MAIN(BEHAVIOUR(threads), BEHAVIOUR(processes))
