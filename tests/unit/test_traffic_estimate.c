/* test_traffic_estimate.c - tokens before they are known, and after. */
#include "check.h"
#include "estimate.h"

static const struct estimate plain = {.ratio = ESTIMATE_RATIO, .media = 1000, .output = 500};

static struct estimate counting(enum counted counted)
{
    struct estimate estimate = plain;
    estimate.counted = counted;
    return estimate;
}

static void before(void)
{
    struct prompt prompt = {.text = 401, .media = 2, .tokens = 7, .answers = 1};
    struct estimate input = counting(COUNTED_INPUT), output = counting(COUNTED_OUTPUT);
    CHECK_EQ(estimate_prompt(&plain, &prompt, true), 101 + 2000 + 7 + 500);
    CHECK_EQ(estimate_prompt(&plain, &prompt, false), 101 + 2000 + 7);
    CHECK_EQ(estimate_prompt(&input, &prompt, true), 101 + 2000 + 7);
    CHECK_EQ(estimate_prompt(&output, &prompt, true), 500);
    prompt.has_bound = true;
    prompt.bound = 40;
    prompt.answers = 3;
    CHECK_EQ(estimate_prompt(&plain, &prompt, true), 101 + 2000 + 7 + 120);
    CHECK_EQ(estimate_prompt(&output, &prompt, true), 120);
    prompt.bound = 0;
    CHECK_EQ(estimate_prompt(&output, &prompt, true), 0);
    CHECK_EQ(estimate_body(&plain, 4001, true), 1001 + 500);
    CHECK_EQ(estimate_body(&plain, 4001, false), 1001);
    CHECK_EQ(estimate_body(&output, 4001, false), 0);
}

static void the_ratio(void)
{
    struct estimate estimate = {.ratio = 2355};
    CHECK_EQ(estimate_body(&estimate, 2355, false), 1024);
    CHECK_EQ(estimate_body(&estimate, 2356, false), 1025);
    CHECK_EQ(estimate_body(&estimate, 0, false), 0);
    estimate.ratio = 1;
    CHECK_EQ(estimate_body(&estimate, 3, false), 3072);
    estimate.ratio = UINT32_MAX;
    CHECK_EQ(estimate_body(&estimate, UINT32_MAX - 1, false), 1024);
}

static void nothing_wraps(void)
{
    struct prompt prompt = {.text = UINT64_MAX,
                            .media = UINT64_MAX,
                            .tokens = UINT64_MAX,
                            .answers = UINT64_MAX,
                            .has_bound = true,
                            .bound = UINT64_MAX};
    struct estimate estimate = {.ratio = 1, .media = UINT32_MAX};
    CHECK_EQ(estimate_prompt(&estimate, &prompt, true), UINT64_MAX);
    CHECK_EQ(estimate_body(&estimate, UINT64_MAX, true), UINT64_MAX);
    estimate.ratio = UINT32_MAX;
    CHECK_EQ(estimate_body(&estimate, UINT64_MAX, true), (UINT64_C(1) << 42) + 1024);
}

static struct answer answered(uint64_t input, uint64_t cached, uint64_t output)
{
    struct answer answer = {.status = 200};
    answer.usage.counts[COUNT_PROMPT] = input;
    answer.usage.counts[COUNT_CACHED] = cached;
    answer.usage.counts[COUNT_OUTPUT] = output;
    answer.usage.given = 1U << COUNT_PROMPT | 1U << COUNT_CACHED | 1U << COUNT_OUTPUT;
    return answer;
}

static void after(void)
{
    struct prompt prompt = {.text = 400, .answers = 1};
    struct answer answer = answered(120, 100, 30), silent = {.usage.text = 41};
    struct estimate input = counting(COUNTED_INPUT), output = counting(COUNTED_OUTPUT);
    CHECK_EQ(estimate_answer(&plain, &prompt, &answer), 150);
    CHECK_EQ(estimate_answer(&input, &prompt, &answer), 120);
    CHECK_EQ(estimate_answer(&output, &prompt, &answer), 30);
    struct estimate total = plain;
    total.cached_is_free = input.cached_is_free = output.cached_is_free = true;
    CHECK_EQ(estimate_answer(&total, &prompt, &answer), 50);
    CHECK_EQ(estimate_answer(&input, &prompt, &answer), 20);
    CHECK_EQ(estimate_answer(&output, &prompt, &answer), 30);
    CHECK_EQ(estimate_answer(&plain, &prompt, &silent), 100 + 11);
    answer = answered(5, 100, 1);
    CHECK_EQ(estimate_answer(&total, &prompt, &answer), 0);
}

static void learning(void)
{
    struct prompt prompt = {.text = 2048, .answers = 1};
    struct answer answer = answered(1024, 0, 1), silent = {.usage.text = 41};
    uint32_t ratio = ESTIMATE_RATIO;
    CHECK_EQ(ratio = estimate_learn(ratio, &prompt, &answer), 3584);
    for (int i = 0; i < 50; i++)
        ratio = estimate_learn(ratio, &prompt, &answer);
    CHECK(ratio >= 2048 && ratio <= 2050);
    CHECK_EQ(estimate_learn(ratio, &prompt, &silent), ratio);
    prompt.tokens = 512;
    CHECK_EQ(estimate_learn(4096, &prompt, &answer), 4096);
    prompt.media = 1;
    CHECK_EQ(estimate_learn(ratio, &prompt, &answer), ratio);
    prompt.media = 0;
    prompt.text = 255;
    CHECK_EQ(estimate_learn(ratio, &prompt, &answer), ratio);
    /* What is absurd moves it little, and never out of bounds. */
    prompt.text = UINT64_MAX;
    for (int i = 0; i < 100; i++)
        ratio = estimate_learn(ratio, &prompt, &answer);
    CHECK(ratio <= 65536);
    answer = answered(UINT64_MAX, 0, 1);
    prompt.text = 300;
    for (int i = 0; i < 100; i++)
        ratio = estimate_learn(ratio, &prompt, &answer);
    CHECK(ratio >= 256);
}

int main(void)
{
    RUN(before);
    RUN(the_ratio);
    RUN(nothing_wraps);
    RUN(after);
    RUN(learning);
    return check_status();
}
