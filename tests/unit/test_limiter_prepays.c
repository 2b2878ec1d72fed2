/* test_limiter_prepays.c - in virtual time, what is larger than the burst keeps the bound of every
 * window that is long enough for it, whether that begins with it, or ends. */
#include <errno.h>

#include "check.h"
#include "lines.h"
#include "rl.h"

enum { CAPACITY = 87750, BURST = 1800, LARGEST = 9000, TIMES = 4000 };
#define MINUTE (60 * RL_SECOND)

static struct departure {
    uint64_t at_ns, units;
} departures[TIMES];

static uint64_t random_number(void)
{
    static uint64_t state = 42;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state >> 33;
}

/* It comes at an instant, and goes as soon as it is its turn. Returns when. */
static uint64_t depart(struct rl_limiter *limiter, uint64_t units, uint64_t now_ns)
{
    struct rl_claim claim = {.limiter = limiter, .reservation = {.n = units}};
    struct rl_wait wait = {.claims = &claim,
                           .count = 1,
                           .flags = RL_DEBT,
                           .since_ns = now_ns,
                           .now_ns = now_ns,
                           .deadline_ns = RL_FOREVER};
    while (rl_look(&wait) == EBUSY)
        wait.now_ns = claim.reservation.conforming_ns;
    CHECK(rl_take(&wait));
    return wait.now_ns;
}

static uint64_t most_in_a_minute(void)
{
    uint64_t most = 0, sum = 0;
    for (int first = 0, last = 0; last < TIMES; last++) {
        sum += departures[last].units;
        while (departures[last].at_ns - departures[first].at_ns > MINUTE)
            sum -= departures[first++].units;
        most = sum > most ? sum : most;
    }
    return most;
}

/* Of requests of all sizes, mostly one after the other, at times after a rest. */
static uint64_t run(bool prepays)
{
    struct rl_limiter limiter;
    uint64_t now_ns = MINUTE;
    CHECK_EQ(rl_init(&limiter, RL_LLM_TOKEN, CAPACITY, MINUTE, BURST, fresh_line()), 0);
    limiter.prepays = prepays;
    for (int i = 0; i < TIMES; i++) {
        uint64_t units = 1 + random_number() % (i % 7 ? BURST : LARGEST);
        if (random_number() % 50 == 0)
            now_ns += random_number() % MINUTE;
        now_ns = depart(&limiter, units, now_ns);
        departures[i] = (struct departure){now_ns, units};
    }
    return most_in_a_minute();
}

static void every_minute_keeps_the_bound(void)
{
    CHECK(run(true) <= CAPACITY + BURST);
    CHECK(run(false) > CAPACITY + BURST);
}

static void it_waits_no_longer_than_it_must(void)
{
    struct rl_limiter limiter;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 10, RL_SECOND, 2, fresh_line()), 0);
    limiter.prepays = true;
    uint64_t start_ns = MINUTE;
    CHECK_EQ(depart(&limiter, 7, start_ns), start_ns); /* it has rested for long */
    CHECK_EQ(depart(&limiter, 2, start_ns), start_ns + 7 * RL_SECOND / 10);
    CHECK_EQ(depart(&limiter, 4, start_ns), start_ns + 11 * RL_SECOND / 10);
    CHECK_EQ(depart(&limiter, 1, start_ns), start_ns + 14 * RL_SECOND / 10);
    CHECK_EQ(depart(&limiter, 100, start_ns), start_ns + 26 * RL_SECOND / 10); /* a period */
}

int main(void)
{
    RUN(every_minute_keeps_the_bound);
    RUN(it_waits_no_longer_than_it_must);
    return check_status();
}
