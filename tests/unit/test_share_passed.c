/* test_share_passed.c - what passed is counted in one word, and nothing of it is lost when that is
 * nearly full. */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "share.h"

static struct shared_limit limit;

static void begin(void)
{
    memset(&limit, 0, sizeof limit);
}

static void expect(uint64_t calls, uint64_t units)
{
    CHECK_EQ(share_passed(&limit).calls, calls);
    CHECK_EQ(share_passed(&limit).units, units);
}

static void a_few(void)
{
    begin();
    share_pass(&limit, true, 7);
    share_pass(&limit, false, 5);
    expect(1, 12);
    CHECK_EQ(limit.calls | limit.units, 0);
}

/* The most that is counted at once, and more often than there is room for in the word. */
static void many_units(void)
{
    enum { TIMES = 2000 };
    uint64_t most = (UINT64_C(1) << MOST_PASSED) - 1;
    begin();
    for (uint64_t i = 1; i <= TIMES; i++) {
        share_pass(&limit, true, most);
        expect(i, i * most);
    }
}

static void many_calls(void)
{
    enum { TIMES = 30000000 };
    begin();
    for (unsigned i = 0; i < TIMES; i++)
        share_pass(&limit, true, 1);
    expect(TIMES, TIMES);
}

static void any_number(void)
{
    begin();
    share_pass_many(&limit, true, UINT64_C(1) << 60);
    share_pass_many(&limit, true, 3);
    share_pass_many(&limit, false, 0);
    expect(2, (UINT64_C(1) << 60) + 3);
}

/* What was estimated has passed as well, and is counted there. */
static void estimates_are_beside_it(void)
{
    begin();
    CHECK_EQ(limit.estimated, 0);
    share_pass(&limit, true, 9);
    share_estimate(&limit, 9);
    share_pass(&limit, true, 5);
    share_estimate(&limit, UINT64_C(1) << 40);
    CHECK_EQ(limit.estimated, (UINT64_C(1) << 40) + 9);
    expect(2, 14);
}

enum { EACH = 2000000, MUCH = 1000001 };

static void *pass(void *unused)
{
    for (int i = 0; i < EACH; i++)
        share_pass(&limit, true, MUCH);
    return unused;
}

/* Two may see at once that it is nearly full. */
static void by_threads(void)
{
    pthread_t threads[4];
    begin();
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, pass, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    expect(UINT64_C(4) * EACH, UINT64_C(4) * EACH * MUCH);
}

int main(void)
{
    RUN(a_few);
    RUN(many_units);
    RUN(many_calls);
    RUN(any_number);
    RUN(estimates_are_beside_it);
    RUN(by_threads);
    return check_status();
}
