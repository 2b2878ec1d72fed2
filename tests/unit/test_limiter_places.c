/*
 * test_limiter_places.c - places in line, and waits in steps: who has one, who may take, who
 * leaves; in virtual time.
 */
#include "world.h"

/* More than there are places: those without one wait as well, and all get through. */
static void a_line_may_be_longer_than_its_places(void)
{
    struct rl_limiter limiter;
    struct rl_line *line = fresh_line();
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000, RL_SECOND, 1, line), 0);
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    for (unsigned i = 1; i <= RL_PLACES + 2; i++) {
        struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
        struct rl_wait wait = {&claim, 1, 0, now + i, now + i, RL_FOREVER, 0, NULL};
        CHECK_EQ(rl_look(&wait), EBUSY);
        CHECK_EQ(claim.reservation.place != 0, i <= RL_PLACES);
        uint64_t ahead = i <= RL_PLACES ? i : RL_PLACES + 1;
        CHECK_EQ(claim.reservation.conforming_ns, now + ahead * MS);
    }
    CHECK_EQ(rl_waiting(&limiter, now + RL_PLACES), RL_PLACES);
    CHECK_EQ(rl_waiting(&limiter, now + 10 * RL_SECOND), 0);
}

/* Those without a place came last: whoever came before has one, and so a turn of his own. Else all
 * of them would wake up at each turn. */
static void the_places_are_those_of_who_came_first(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000, RL_SECOND, 1, fresh_line()), 0);
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    struct rl_claim last = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait last_wait = {&last, 1, 0, now + RL_PLACES, now + RL_PLACES, RL_FOREVER, 0, NULL};
    for (unsigned i = 1; i < RL_PLACES; i++) {
        struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
        struct rl_wait wait = {&claim, 1, 0, now + i, now + i, RL_FOREVER, 0, NULL};
        CHECK_EQ(rl_look(&wait), EBUSY);
    }
    CHECK_EQ(rl_look(&last_wait), EBUSY);
    CHECK_EQ(rl_waiting(&limiter, now + RL_PLACES), RL_PLACES);

    now += MS / 2; /* as one who is back, having come before them all */
    struct rl_claim first = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait first_wait = {&first, 1, 0, now - MS, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&first_wait), EBUSY);
    CHECK(first.reservation.place != 0);
    last_wait.now_ns = now;
    CHECK_EQ(rl_look(&last_wait), EBUSY);
    CHECK_EQ(last.reservation.place, 0);
    CHECK_EQ(rl_waiting(&limiter, now), RL_PLACES);
}

/* A limit that refuses, beside one that waits: who is late by what is taken as on time does not try
 * in vain. */
static void one_whose_turn_it_is_goes_also_where_one_limit_refuses(void)
{
    struct rl_limiter shape, police;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&shape, RL_GCRA, 100, RL_SECOND, 1, fresh_line()), 0);
    CHECK_EQ(rl_init(&police, RL_GCRA, 100, RL_SECOND, 1, fresh_line()), 0);
    police.mode = RL_POLICE;
    CHECK(rl_try_acquire_at(&shape, 1, now, NULL));
    struct rl_claim claims[] = {{.limiter = &shape, .reservation = {.n = 1}},
                                {.limiter = &police, .reservation = {.n = 1}}};
    struct rl_wait wait = {claims, 2, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), EBUSY);
    CHECK(rl_try_acquire_at(&police, 1, now + MS / 5, NULL)); /* by somebody else */
    wait.now_ns = now + 10 * MS + RL_LATENESS_NS / 2;
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
}

/* Who leaves after he took, or waits anew and forgets to say that he has no place yet. */
static void who_took_may_leave_and_come_again(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, RL_SECOND, 1, fresh_line()), 0);
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {&claim, 1, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
    CHECK_EQ(rl_look(&wait), EBUSY);
    CHECK_EQ(claim.reservation.place, 1);
    wait.now_ns += RL_SECOND;
    CHECK(rl_take(&wait));
    rl_leave(&wait);
}

/* What saturates never conforms, also where it is refused: neither is it tried for ever. */
static void what_saturates_is_refused(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, 86400 * RL_SECOND, 1, fresh_line()), 0);
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 60000}};
    struct rl_wait wait = {&claim, 1, RL_DEBT, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), EOVERFLOW);
    limiter.mode = RL_POLICE;
    CHECK_EQ(rl_look(&wait), EAGAIN);
    CHECK(!rl_take(&wait));
}

/* Whoever takes although it is not his turn gets nothing. */
static void nobody_takes_before_his_turn(void)
{
    struct rl_limiter limiter;
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1, RL_SECOND, 1, fresh_line()), 0);
    CHECK(rl_try_acquire_at(&limiter, 1, now, NULL));
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {&claim, 1, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), EBUSY);
    wait.now_ns = now + RL_SECOND - 1;
    CHECK(!rl_take(&wait));
    wait.now_ns = now + RL_SECOND;
    CHECK(rl_take(&wait));
}

/* Nobody wrote that who plays by the rules, and nobody would ever take it away. */
static void a_place_for_ever_is_nobodys(void)
{
    struct rl_limiter limiter;
    struct rl_line *line = fresh_line();
    uint64_t now = 1000 * RL_SECOND;
    CHECK_EQ(rl_init(&limiter, RL_GCRA, 1000, RL_SECOND, 10, line), 0);
    line->extent = 1;
    line->waited_until_ns = UINT64_MAX;
    line->places[0] = (struct rl_place){.since_ns = 1, .until_ns = UINT64_MAX, .cost = UINT64_MAX};
    CHECK_EQ(rl_waiting(&limiter, now), 0);
    struct rl_claim claim = {.limiter = &limiter, .reservation = {.n = 1}};
    struct rl_wait wait = {&claim, 1, 0, now, now, RL_FOREVER, 0, NULL};
    CHECK_EQ(rl_look(&wait), 0);
    CHECK(rl_take(&wait));
}

int main(void)
{
    RUN(a_line_may_be_longer_than_its_places);
    RUN(the_places_are_those_of_who_came_first);
    RUN(one_whose_turn_it_is_goes_also_where_one_limit_refuses);
    RUN(who_took_may_leave_and_come_again);
    RUN(what_saturates_is_refused);
    RUN(nobody_takes_before_his_turn);
    RUN(a_place_for_ever_is_nobodys);
    return check_status();
}
