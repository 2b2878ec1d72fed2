/* test_config_rate.c - amounts and durations are exact, or an error. */
#include "config_rows.h"

#define SECOND 1000000000ULL
#define DAY    (86400 * SECOND)

static void check_capacity(int line, const char *amount, uint64_t expected)
{
    char spec[128], expected_text[32], text[32] = "";
    snprintf(spec, sizeof spec, "out %s/s", amount);
    snprintf(expected_text, sizeof expected_text, "%llu", (unsigned long long)expected);
    if (add(spec))
        snprintf(text, sizeof text, "%llu", (unsigned long long)config.limits[0].capacity);
    check_text(line, spec, *text ? text : error.text, expected_text);
    CHECK_EQ(config.limits[0].burst, config.limits[0].capacity);
}

#define AMOUNT(amount, expected) check_capacity(__LINE__, amount, expected)

static void amounts(void)
{
    AMOUNT("1", 1);
    AMOUNT("007", 7);
    AMOUNT("1.0", 1);
    AMOUNT("4611686018427387904", 1ULL << 62);
    AMOUNT("10B", 10);
    AMOUNT("10kB", 10000);
    AMOUNT("1MB", 1000000);
    AMOUNT("2GB", 2000000000);
    AMOUNT("64KiB", 65536);
    AMOUNT("3MiB", 3145728);
    AMOUNT("1GiB", 1073741824);
    AMOUNT("8kbit", 1000);
    AMOUNT("8Mbit", 1000000);
    AMOUNT("1Gbit", 125000000);
    AMOUNT("3k", 3000);
    AMOUNT("3M", 3000000);
    AMOUNT("3G", 3000000000);
    AMOUNT("5tokens", 5);
    AMOUNT("5ktokens", 5000);
    AMOUNT("5Mtokens", 5000000);
    AMOUNT("5Gtokens", 5000000000);
}

static void fractions(void)
{
    AMOUNT("1.5MB", 1500000);
    AMOUNT("0.1kB", 100);
    AMOUNT("0.5KiB", 512);
    AMOUNT("8.008kbit", 1001);
    AMOUNT("0.000000001G", 1);
    AMOUNT("4611686018.427387904G", 1ULL << 62);
    AMOUNT("1.50000000000000000000000000000000000000MB", 1500000);
    AMOUNT("0.00000095367431640625MiB", 1); /* 2^-20: more decimals than a decimal unit has */

    BAD("out 0.5/s", 5, "0.5", "'0.5' is not a whole number of units");
    BAD("out 1.0001kB/s", 5, "1.0001kB", "'1.0001kB' is not a whole number of bytes");
    BAD("out 0.001kbit/s", 5, "0.001kbit", "is not a whole number of bytes");
    BAD("out 0.0001ktokens/s", 5, "0.0001ktokens", "is not a whole number of tokens");
    BAD("out 0.0000000000000000000000000000000000000001GB/s", 5,
        "0.0000000000000000000000000000000000000001GB", "is not a whole number of bytes");
    BAD("out 1.12345678901234567890123MB/s", 5, "1.12345678901234567890123MB",
        "has too many digits");
}

static void bad_amounts(void)
{
    BAD("out", 4, "", "a rate is missing, as in 'out 1MB/s'");
    BAD("connect ", 8, " ", "a rate is missing, as in 'connect 10/s'");
    BAD("out /s", 5, "/", "a number is missing");
    BAD("out 0/s", 5, "0", "'0' must be more than 0");
    BAD("out 0.000MB/s", 5, "0.000MB", "must be more than 0");
    BAD("out -5/s", 5, "-5", "'-5' is negative");
    BAD("out +5/s", 5, "+5", "'+5' is not a number");
    BAD("out 0x10/s", 5, "0x10", "'0x10' is not a number");
    BAD("out 1e6/s", 5, "1e6", "'1e6' is not a number");
    BAD("out nan/s", 5, "nan", "'nan' is not a number");
    BAD("out inf/s", 5, "inf", "'inf' is not a number");
    BAD("out lots/s", 5, "lots", "'lots' is not a number");
    BAD("out 1,5/s", 5, "1,5", "is not a number");
    BAD("out .5MB/s", 5, ".5MB", "is not a number");
    BAD("out 5.MB/s", 5, "5.MB", "is not a number");
    BAD("out 1.2.3/s", 5, "1.2.3", "is not a number");
    BAD("out 1-2/s", 5, "1-2", "is not a number");
    BAD("out 4611686018427387905/s", 5, "4611686018427387905", "is too large");
    BAD("out 18446744073709551616/s", 5, "18446744073709551616", "is too large");
    BAD("out 99999999999999999999/s", 5, "99999999999999999999", "is too large");
    BAD("out 18446744073709551615GiB/s", 5, "18446744073709551615GiB", "is too large");
    BAD("out 4611686019G/s", 5, "4611686019G", "is too large");
}

static void bad_units(void)
{
    BAD("out 1mb/s", 6, "mb", "unknown unit 'mb'; did you mean 'MB'?");
    BAD("out 1KB/s", 6, "KB", "did you mean 'kB'?");
    BAD("out 1b/s", 6, "b", "did you mean 'B'?");
    BAD("out 1K/s", 6, "K", "did you mean 'k'?");
    BAD("out 1kib/s", 6, "kib", "did you mean 'KiB'?");
    BAD("out 1mbit/s", 6, "mbit", "did you mean 'Mbit'?");
    BAD("out 1Mbits/s", 6, "Mbits", "did you mean 'Mbit'?");
    BAD("out 1token/s", 6, "token", "did you mean 'tokens'?");
    BAD("out 1furlong/s", 6, "furlong",
        "unknown unit 'furlong'; there are: kB, MB, GB, KiB, MiB, "
        "GiB, kbit, Mbit, Gbit, B, k, M, G, tokens, ktokens, "
        "Mtokens, Gtokens\n");
    BAD("connect 1MB/s", 9, "1MB",
        "'1MB' is in bytes, but this limit counts calls; one that begins with 'out'");
    BAD("calls 1ktokens/s", 7, "1ktokens", "is in tokens, but this limit counts calls");
}

static void check_period(int line, const char *period, uint64_t expected)
{
    char spec[128], expected_text[32], text[32] = "";
    snprintf(spec, sizeof spec, "out 1/%s", period);
    snprintf(expected_text, sizeof expected_text, "%llu", (unsigned long long)expected);
    if (add(spec))
        snprintf(text, sizeof text, "%llu", (unsigned long long)config.limits[0].period_ns);
    check_text(line, spec, *text ? text : error.text, expected_text);
}

#define PERIOD(period, expected) check_period(__LINE__, period, expected)

static void periods(void)
{
    PERIOD("s", SECOND);
    PERIOD("ms", SECOND / 1000);
    PERIOD("us", SECOND / 1000000);
    PERIOD("ns", 1);
    PERIOD("m", 60 * SECOND);
    PERIOD("min", 60 * SECOND);
    PERIOD("h", 3600 * SECOND);
    PERIOD("d", DAY);
    PERIOD("2", 2 * SECOND);
    PERIOD("2s", 2 * SECOND);
    PERIOD("0.5", SECOND / 2);
    PERIOD("0.5s", SECOND / 2);
    PERIOD("100ms", SECOND / 10);
    PERIOD("1.5h", 5400 * SECOND);
    PERIOD("0.000000001", 1);
    PERIOD("366d", 366 * DAY);

    BAD("out 1MB", 5, "1MB", "'1MB' is not a rate; it is written AMOUNT/TIME, as 10/s");
    BAD("out 1MB/", 9, "", "the time is missing after '/'");
    BAD("out 1/0", 7, "0", "'0' must be more than 0");
    BAD("out 1/0.0h", 7, "0.0h", "must be more than 0");
    BAD("out 1/-1s", 7, "-1s", "is negative");
    BAD("out 1/sec", 7, "sec",
        "unknown unit of time 'sec'; there are: s, ms, us, ns, m, min, h, d\n");
    BAD("out 1/2S", 8, "S", "did you mean 's'?");
    BAD("out 1/s/s", 7, "s/s", "unknown unit of time 's/s'");
    BAD("out 1/1e3s", 7, "1e3s", "is not a number");
    BAD("out 1/0.1ns", 7, "0.1ns", "is not a whole number of nanoseconds");
    BAD("out 1/0.3333333333", 7, "0.3333333333", "is not a whole number of nanoseconds");
    BAD("out 1/366.1d", 7, "366.1d", "is longer than 366 days");
    BAD("out 1/99999999999999999999d", 7, "99999999999999999999d", "is too large");
    BAD("out 1/18446744073709551615d", 7, "18446744073709551615d", "is too large");
}

int main(void)
{
    RUN(amounts);
    RUN(fractions);
    RUN(bad_amounts);
    RUN(bad_units);
    RUN(periods);
    return check_status();
}
