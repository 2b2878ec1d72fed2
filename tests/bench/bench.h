/*
 * bench.h - what the benchmarks share: a clock, a median, a quiet core.
 *
 * Every program here prints a line per measurement, `NAME<TAB>NUMBER...`, and no judgement: the
 * budget stands in bench.sh alone.
 */
#ifndef BENCH_H
#define BENCH_H

#include <dlfcn.h>
#include <err.h>
#include <gnu/lib-names.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

/* Programs that run under the shim must not get their time from it: so not rl_now. */
static inline uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static inline int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts. A median, not a mean: on a shared machine the slow tail belongs to the neighbours. */
static inline double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

/* To the last core: interrupts and other people's programs tend to be on the first. */
static inline void pin(void)
{
    cpu_set_t all, one;
    if (sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (CPU_ISSET(cpu, &all)) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

/* libc's own function, whoever may have interposed on the name. */
static inline void *in_libc(const char *name)
{
    void *libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
    void *function = libc ? dlsym(libc, name) : NULL;
    if (!function)
        errx(1, "no %s in %s", name, LIBC_SO);
    return function;
}

#endif
