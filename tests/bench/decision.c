/*
 * decision.c - what a decision costs: ns of each algorithm, without and with the clock.
 *
 * The arrivals keep exactly to the rate, so each one conforms and changes the word. The algorithms
 * take turns, and of many batches the fastest counts: a decision does nothing that could be slow
 * by nature, so whatever is slower was disturbed.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "rl.h"

#define BATCH  100000
#define ROUNDS 60

/* A billion a second is 16 ticks each; of a large prime no tick that we may choose is a part. */
#define WHOLE UINT64_C(1000000000)
#define PRIME UINT64_C(1000000007)

static double without_clock(struct rl_limiter *limiter)
{
    uint64_t start = now_ns(), now = start;
    for (int i = 0; i < BATCH; i++)
        if (!rl_try_acquire_at(limiter, 1, ++now, NULL))
            errx(1, "an arrival in time was refused");
    return (double)(now_ns() - start) / BATCH;
}

static double with_clock(struct rl_limiter *limiter)
{
    uint64_t start = now_ns();
    for (int i = 0; i < BATCH; i++)
        rl_try_acquire(limiter, 1, NULL);
    return (double)(now_ns() - start) / BATCH;
}

static double clock_alone(void)
{
    uint64_t start = now_ns();
    for (int i = 0; i < BATCH; i++)
        rl_now();
    return (double)(now_ns() - start) / BATCH;
}

/* The floor: the one instruction that no decision can do without. */
static double swap_alone(uint64_t *word)
{
    uint64_t start = now_ns();
    for (int i = 0; i < BATCH; i++) {
        uint64_t is = __atomic_load_n(word, __ATOMIC_RELAXED);
        __atomic_compare_exchange_n(word, &is, is + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
    return (double)(now_ns() - start) / BATCH;
}

static void keep_least(double *least, double value)
{
    if (*least == 0 || value < *least)
        *least = value;
}

static void make(struct rl_limiter *limiter, enum rl_algo algo, uint64_t rate)
{
    static struct rl_line lines[RL_ALGOS + 2];
    static unsigned used;
    if (rl_init(limiter, algo, rate, RL_SECOND, 1000000, &lines[used++]) != 0)
        errx(1, "rl_init");
}

/* As the members of a tree have it: a file that is mapped. */
static void make_in_file(struct rl_limiter *limiter)
{
    int fd = memfd_create("segment", 0);
    void *line = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof *limiter->line) == 0)
        line = mmap(NULL, sizeof *limiter->line, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (line == MAP_FAILED ||
        rl_init(limiter, RL_TOKEN_BUCKET, WHOLE, RL_SECOND, 1000000, line) != 0)
        err(1, "a file in memory");
    limiter->mends = true;
}

static void alone(void)
{
    struct rl_limiter limiters[RL_ALGOS], prime, shared;
    double bare[RL_ALGOS] = {0}, clocked[RL_ALGOS] = {0}, uneven = 0, segment = 0, clock = 0,
           swap = 0;
    uint64_t word = 0;

    for (int algo = 0; algo < RL_ALGOS; algo++)
        make(&limiters[algo], (enum rl_algo)algo, WHOLE);
    make(&prime, RL_TOKEN_BUCKET, PRIME);
    make_in_file(&shared);
    if (prime.rate.unit_rest == 0)
        errx(1, "a unit at %llu/s is whole ticks", (unsigned long long)PRIME);

    for (int round = 0; round < ROUNDS; round++) {
        for (int algo = 0; algo < RL_ALGOS; algo++) {
            keep_least(&bare[algo], without_clock(&limiters[algo]));
            keep_least(&clocked[algo], with_clock(&limiters[algo]));
        }
        keep_least(&uneven, without_clock(&prime));
        keep_least(&segment, without_clock(&shared));
        keep_least(&clock, clock_alone());
        keep_least(&swap, swap_alone(&word));
    }
    for (int algo = 0; algo < RL_ALGOS; algo++)
        printf("%s\t%.1f\t%.1f\n", rl_algo_name((enum rl_algo)algo), bare[algo], clocked[algo]);
    printf("uneven\t%.1f\nsegment\t%.1f\n", uneven, segment);
    printf("clock\t%.1f\nswap\t%.1f\n", clock, swap);
}

static void *contender(void *limiter)
{
    double ns[ROUNDS], *result = malloc(sizeof *result);
    for (int round = 0; round < ROUNDS; round++)
        ns[round] = with_clock(limiter);
    *result = median(ns, ROUNDS);
    return result;
}

/* Not pinned. The median, since here being disturbed is what is measured. */
static void contended(void)
{
    struct rl_limiter limiter;
    pthread_t threads[2];
    double sum = 0;

    make(&limiter, RL_TOKEN_BUCKET, WHOLE);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, contender, &limiter) != 0)
            errx(1, "pthread_create");
    for (int i = 0; i < 2; i++) {
        void *ns;
        pthread_join(threads[i], &ns);
        sum += *(double *)ns;
        free(ns);
    }
    printf("contended\t%.1f\n", sum / 2);
}

int main(void)
{
    contended();
    pin();
    alone();
}
