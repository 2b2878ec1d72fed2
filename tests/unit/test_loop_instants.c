/* test_loop_instants.c - which descriptor is next: against a plain list, and while many change it.
 */
#include <pthread.h>

#include "check.h"
#include "instants.h"
#include "random.h"
#include "rl.h"

static struct instants of = INSTANTS_NONE;

static const int numbers[] = {0,     1,     2,     3,      63,      64,
                              65,    1023,  1024,  4095,   4096,    16383,
                              16384, 65536, 99999, 262144, 1000000, (1 << 24) - 1};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static void clear(void)
{
    for (int i = 0; i < NUMBERS; i++)
        instants_set(&of, numbers[i], RL_FOREVER);
}

static void as_a_list(void)
{
    struct random random = {.state = 1};
    uint64_t list[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        CHECK(instants_can(&of, numbers[i]));
        list[i] = RL_FOREVER;
    }
    clear();
    for (int times = 0; times < 20000; times++) {
        int which = (int)random_upto(&random, NUMBERS - 1), fd = -1;
        list[which] = !random_one_in(&random, 3) ? 1 + random_upto(&random, 1000) : RL_FOREVER;
        instants_set(&of, numbers[which], list[which]);
        uint64_t first = RL_FOREVER;
        for (int i = 0; i < NUMBERS; i++)
            first = list[i] < first ? list[i] : first;
        CHECK_EQ(instants_first(&of, &fd), first);
        CHECK_EQ(instants_next(&of), first);
        bool found = first == RL_FOREVER;
        for (int i = 0; i < NUMBERS; i++)
            found |= fd == numbers[i] && list[i] == first;
        CHECK(found);
    }
    clear();
}

static void not_every_number(void)
{
    int fd;
    CHECK(!instants_can(&of, -1));
    CHECK(!instants_can(&of, 1 << 24));
    instants_set(&of, 1 << 24, 5);
    instants_set(&of, -1, 5);
    CHECK_EQ(instants_first(&of, &fd), RL_FOREVER);
}

/* Each thread changes a number of its own, all in one group, and all at once; then the first of all
 * is the first of what they left. */
enum { THREADS = 3, ROUNDS = 30000 };
static pthread_barrier_t begin, end;
static uint64_t left[THREADS];

static void *change_own(void *own)
{
    int index = (int)(intptr_t)own;
    struct random random = {.state = (uint64_t)index + 7};
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&begin);
        instants_set(&of, index, 5 + random_upto(&random, 100));
        left[index] = random_one_in(&random, 2) ? 5 + random_upto(&random, 100) : RL_FOREVER;
        instants_set(&of, index, left[index]);
        pthread_barrier_wait(&end);
    }
    return NULL;
}

static void of_many_threads(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&begin, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        CHECK(instants_can(&of, i));
        pthread_create(&threads[i], NULL, change_own, (void *)(intptr_t)i);
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t first = RL_FOREVER;
        int fd;
        pthread_barrier_wait(&begin);
        pthread_barrier_wait(&end);
        for (int i = 0; i < THREADS; i++)
            first = left[i] < first ? left[i] : first;
        CHECK_EQ(instants_next(&of), first);
        CHECK_EQ(instants_first(&of, &fd), first);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    RUN(as_a_list);
    RUN(not_every_number);
    RUN(of_many_threads);
    return check_status();
}
