/* test_traffic_retry.c - limits and times in the head of an answer. */
#include "cuts.h"
#include "instant.h"
#include "retry.h"

/* Sun, 06 Nov 1994 08:49:00 GMT, and Sat, 12 Oct 2024 07:20:00 GMT. */
#define NOW_1994 (UINT64_C(784111740) * NS_PER_S)
#define NOW_2024 (UINT64_C(1728717600) * NS_PER_S)

#define NONE     UINT64_MAX

static uint64_t duration(const char *text)
{
    uint64_t ns;
    return duration_ns(text_span(text), NS_PER_S, &ns) ? ns : NONE;
}

static uint64_t wait_until(const char *text, uint64_t now_ns)
{
    uint64_t ns;
    return instant_ns(text_span(text), now_ns, &ns) ? ns : NONE;
}

static void durations(void)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } rows[] = {{"0", 0},
                {"2", 2 * NS_PER_S},
                {"1.5", 1500 * NS_PER_MS},
                {"120ms", 120 * NS_PER_MS},
                {"6m0s", 360 * NS_PER_S},
                {"4m12.172s", 252172 * NS_PER_MS},
                {"23h18m29s", 83909 * NS_PER_S},
                {"47s", 47 * NS_PER_S},
                {"47.5s", 47500 * NS_PER_MS},
                {"1h0.5m", 3630 * NS_PER_S},
                {"0s", 0},
                {"3us4ns", 3004},
                {"1\u00b5s1\u03bcs", 2000},
                {"0.0000000001", 1000},
                {"0.00000010", 1000},
                {"0.1000000000", 100 * NS_PER_MS},
                {"99999999999999999999", UINT64_MAX}};
    static const char *const none[] = {"",    "-1",   "s",    "1x", "1m5",
                                       "1 s", "1.5.", "soon", ".5", "1,5"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ(duration(rows[i].text), rows[i].ns);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        CHECK_EQ(duration(none[i]), NONE);
    uint64_t ns;
    CHECK(duration_ns(text_span("18446744073709551614"), 1, &ns) && ns == UINT64_MAX - 1);
}

static void dates_of_http(void)
{
    CHECK_EQ(wait_until("Sun, 06 Nov 1994 08:49:37 GMT", NOW_1994), 37 * NS_PER_S);
    CHECK_EQ(wait_until("Sunday, 06-Nov-94 08:49:37 GMT", NOW_1994), 37 * NS_PER_S);
    CHECK_EQ(wait_until("Sun Nov  6 08:49:37 1994", NOW_1994), 37 * NS_PER_S);
    CHECK_EQ(wait_until("Sun, 06 Nov 1994 08:49:37 GMT", NOW_2024), 0);
    CHECK_EQ(wait_until("Sunday, 06-Nov-94 08:49:37 GMT", NOW_2024), 0);
    CHECK_EQ(wait_until("Sunday, 06-Nov-1994 08:49:37 GMT", NOW_1994), 37 * NS_PER_S);
    /* Two digits are of this century, or of the last. */
    CHECK_EQ(wait_until("Saturday, 12-Oct-24 07:20:01 GMT", NOW_2024), NS_PER_S);
    CHECK_EQ(wait_until("Wednesday, 12-Oct-74 07:20:00 GMT", NOW_2024),
             (UINT64_C(3306554400) - UINT64_C(1728717600)) * NS_PER_S);
    CHECK_EQ(wait_until("Saturday, 01-Jan-00 00:00:01 GMT", UINT64_C(946684800) * NS_PER_S),
             NS_PER_S);
    CHECK_EQ(wait_until("Sunday, 12-Oct-75 07:20:00 GMT", NOW_2024), 0);
    CHECK_EQ(wait_until("Thu, 29 Feb 2024 00:00:00 GMT", (UINT64_C(1709164800) - 1) * NS_PER_S),
             NS_PER_S);
    CHECK_EQ(wait_until("Fri, 31 Dec 9999 23:59:59 GMT", NOW_2024), UINT64_MAX - NOW_2024);
    CHECK_EQ(wait_until("Sun, 06 Nov 1894 08:49:37 GMT", NOW_2024), 0);
}

static void dates_of_rfc_3339(void)
{
    CHECK_EQ(wait_until("2024-10-12T07:20:50.52Z", NOW_2024), 50520 * NS_PER_MS);
    CHECK_EQ(wait_until("2024-10-12t07:20:50z", NOW_2024), 50 * NS_PER_S);
    CHECK_EQ(wait_until("2024-10-12T09:20:50+02:00", NOW_2024), 50 * NS_PER_S);
    CHECK_EQ(wait_until("2024-10-12T13:19:50+05:59", NOW_2024), 50 * NS_PER_S);
    CHECK_EQ(wait_until("2024-10-11T21:50:50-09:30", NOW_2024), 50 * NS_PER_S);
    CHECK_EQ(wait_until("2024-10-12T07:19:59Z", NOW_2024), 0);
    CHECK_EQ(wait_until("2025-01-01T00:00:00Z", NOW_2024),
             (UINT64_C(1735689600) - UINT64_C(1728717600)) * NS_PER_S);
}

static void no_dates(void)
{
    static const char *const rows[] = {"",
                                       "tomorrow",
                                       "Sun, 06 Nov 1994",
                                       "Sun, 06 Nov 1994 24:00:00 GMT",
                                       "Sun, 32 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Now 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 1994 08:49",
                                       "2024-13-12T07:20:50Z",
                                       "2024-10-12T07:20:50",
                                       "2024-10-12",
                                       "2024-10-12Tnoon",
                                       "2024-10-12T07:20:50Zulu",
                                       "2024-10-12T07:20:50+24:00",
                                       "2024-10-12T07:20:50+02:60",
                                       "2024-10-00T07:20:50Z",
                                       "2024-10-12T07:60:50Z",
                                       "2024-10-12T07:20:61Z",
                                       "Sun, 00 Nov 1994 08:49:37 GMT",
                                       "2024-10-12T07:20:50+2",
                                       "99999999999999999999-10-12T07:20:50Z"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK(wait_until(rows[i], NOW_2024) == NONE))
            fprintf(stderr, "%s\n", rows[i]);
}

static struct retry of(const char *const (*fields)[2], size_t count)
{
    struct retry retry;
    retry_begin(&retry);
    for (size_t i = 0; i < count; i++)
        retry_field(&retry, text_span(fields[i][0]), text_span(fields[i][1]), NOW_2024);
    return retry;
}

#define OF(...)                                                                                    \
    of((const char *const[][2]){__VA_ARGS__},                                                      \
       sizeof((const char *const[][2]){__VA_ARGS__}) / (2 * sizeof(char *)))

static void when_to_ask_again(void)
{
    CHECK_EQ(OF({"retry-after", "20"}).wait_ns, 20 * NS_PER_S);
    CHECK_EQ(OF({"retry-after", "0.25"}).wait_ns, 250 * NS_PER_MS);
    CHECK_EQ(OF({"retry-after", "Sat, 12 Oct 2024 07:20:07 GMT"}).wait_ns, 7 * NS_PER_S);
    CHECK_EQ(OF({"retry-after", "-1"}).wait_ns, RETRY_UNSAID);
    CHECK_EQ(OF({"retry-after", ""}).wait_ns, RETRY_UNSAID);
    CHECK_EQ(OF({"retry-after-ms", "1234"}, {"retry-after", "2"}).wait_ns, 1234 * NS_PER_MS);
    CHECK_EQ(OF({"retry-after", "2"}, {"retry-after-ms", "1234.5"}).wait_ns, 1234500000);
    CHECK_EQ(OF({"retry-after-ms", "x"}).wait_ns, RETRY_UNSAID);
    CHECK_EQ(OF({"retry-after-ms", "x"}, {"retry-after", "2"}).wait_ns, 2 * NS_PER_S);
    CHECK(OF({"x-should-retry", "true"}).retry && !OF({"x-should-retry", "true"}).no);
    CHECK(OF({"x-should-retry", "false"}).no && !OF({"x-should-retry", "false"}).retry);
    CHECK(!OF({"date", "x"}).no && !OF({"date", "x"}).retry);
}

static void limits_of_openai(void)
{
    struct retry retry =
        OF({"x-ratelimit-limit-requests", "10000"}, {"x-ratelimit-limit-tokens", "2000000"},
           {"x-ratelimit-remaining-requests", "9999"}, {"x-ratelimit-remaining-tokens", "0"},
           {"x-ratelimit-reset-requests", "6ms"}, {"x-ratelimit-reset-tokens", "6m0s"});
    CHECK_EQ(retry.quotas[QUOTA_REQUESTS].limit, 10000);
    CHECK_EQ(retry.quotas[QUOTA_REQUESTS].remaining, 9999);
    CHECK_EQ(retry.quotas[QUOTA_REQUESTS].reset_ns, 6 * NS_PER_MS);
    CHECK_EQ(retry.quotas[QUOTA_TOKENS].limit, 2000000);
    CHECK_EQ(retry.quotas[QUOTA_TOKENS].remaining, 0);
    CHECK_EQ(retry.quotas[QUOTA_TOKENS].reset_ns, 360 * NS_PER_S);
    CHECK_EQ(retry.quotas[QUOTA_INPUT].limit, RETRY_UNSAID);
    CHECK_EQ(retry.wait_ns, RETRY_UNSAID);
    retry = OF({"x-ratelimit-remaining-tokens", "-1"}, {"x-ratelimit-reset-tokens", "60"},
               {"x-ratelimit-reset-requests", "-1"}, {"x-ratelimit-limit", "5"});
    CHECK_EQ(retry.quotas[QUOTA_TOKENS].remaining, RETRY_UNSAID);
    CHECK_EQ(retry.quotas[QUOTA_TOKENS].reset_ns, 60 * NS_PER_S);
    CHECK_EQ(retry.quotas[QUOTA_REQUESTS].reset_ns, RETRY_UNSAID);
}

static void limits_of_anthropic(void)
{
    struct retry retry = OF({"anthropic-ratelimit-requests-limit", "50"},
                            {"anthropic-ratelimit-requests-reset", "2024-10-12T07:20:01Z"},
                            {"anthropic-ratelimit-input-tokens-remaining", "40000"},
                            {"anthropic-ratelimit-output-tokens-remaining", "8000"},
                            {"anthropic-ratelimit-tokens-reset", "2024-10-12T07:21:00Z"});
    CHECK_EQ(retry.quotas[QUOTA_REQUESTS].limit, 50);
    CHECK_EQ(retry.quotas[QUOTA_REQUESTS].reset_ns, NS_PER_S);
    CHECK_EQ(retry.quotas[QUOTA_INPUT].remaining, 40000);
    CHECK_EQ(retry.quotas[QUOTA_OUTPUT].remaining, 8000);
    CHECK_EQ(retry.quotas[QUOTA_TOKENS].reset_ns, 60 * NS_PER_S);
}

int main(void)
{
    RUN(durations);
    RUN(dates_of_http);
    RUN(dates_of_rfc_3339);
    RUN(no_dates);
    RUN(when_to_ask_again);
    RUN(limits_of_openai);
    RUN(limits_of_anthropic);
    return check_status();
}
