/*
 * check.h - what a test program needs: CHECK, CHECK_EQ, and an exit status.
 *
 * A test is a program with one subject; each promise is a function; RUN calls it and names it if
 * it failed. Exit status: 0 all kept, 1 not, 77 cannot be tested here.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { SKIPPED = 77 };

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
enum { UNDER_TSAN = 1 };
#else
enum { UNDER_TSAN = 0 };
#endif

static unsigned long check_failures; /* of all threads */

/* Whether to print this failure: a broken loop shall not fill the screen. */
static inline bool check_failed(void)
{
    enum { ENOUGH = 20 };
    return __atomic_fetch_add(&check_failures, 1, __ATOMIC_RELAXED) < ENOUGH;
}

static inline bool check_true(const char *file, int line, const char *text, bool holds)
{
    if (!holds && check_failed())
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
    return holds;
}

static inline bool check_equal(const char *file, int line, const char *text, uint64_t is,
                               uint64_t expected)
{
    if (is != expected && check_failed())
        fprintf(stderr, "%s:%d: %s is %llu, expected %llu\n", file, line, text,
                (unsigned long long)is, (unsigned long long)expected);
    return is == expected;
}

/* Both are expressions, and true if the promise was kept. */
#define CHECK(condition)       check_true(__FILE__, __LINE__, #condition, condition)
#define CHECK_EQ(is, expected) check_equal(__FILE__, __LINE__, #is, is, expected)

static inline void check_run(const char *name, void (*test)(void))
{
    unsigned long before = check_failures;
    test();
    if (check_failures != before)
        fprintf(stderr, "FAIL %s: %lu checks\n", name, check_failures - before);
}

#define RUN(test) check_run(#test, test)

static inline int check_status(void)
{
    return check_failures != 0;
}

#endif
