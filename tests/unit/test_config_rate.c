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
    AMOUNT("1token", 1);
    AMOUNT("5KTokens", 5000);
    AMOUNT("5K", 5000);
    AMOUNT("5m", 5000000);
    AMOUNT("5g", 5000000000);
    AMOUNT("5Ki", 5120);
    AMOUNT("5mi", 5242880);
    AMOUNT("1KB", 1000);
    AMOUNT("1mB", 1000000);
    AMOUNT("1TB", 1000000000000);
    AMOUNT("1PB", 1000000000000000);
    AMOUNT("1TiB", 1099511627776);
    AMOUNT("1PIB", 1125899906842624);
    AMOUNT("8bit", 1);
    AMOUNT("16Bits", 2);
    AMOUNT("1mbit", 125000);
    AMOUNT("1Mbits", 125000);
    AMOUNT("8Kibit", 1024);
    AMOUNT("1mibit", 131072);
    AMOUNT("7bytes", 7);
    AMOUNT("7kbyte", 7000);
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
    BAD("out 1bit/s", 5, "1bit", "'1bit' is not a whole number of bytes");
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
    BAD("out 1mb/s", 6, "mb", "'mb' may be bytes or bits: write 1MB, or 1Mbit, which is an eighth");
    BAD("out 1b/s", 6, "b", "write 1B, or 1bit");
    BAD("out 1kib/s", 6, "kib", "write 1KiB, or 1Kibit");
    BAD("out 1Kb/s", 6, "Kb", "write 1kB, or 1kbit");
    BAD("out 1234567890123456789012345.5Mb/s", 5, "1234567890123456789012345.5Mb", "is too large");
    BAD("out 1.00000000000000000000000Mb/s", 30, "Mb", "write 10MB, or 10Mbit");
    BAD("out 1mbps", 6, "mbps", "write 1MB/s, or 1Mbit/s");
    BAD("out 1ps", 5, "1ps", "is not a rate");
    BAD("out 1Mps/s", 6, "Mps", "unknown unit 'Mps'");
    BAD("out 1tokensps/s", 6, "tokensps", "unknown unit");
    BAD("out 1iB/s", 6, "iB", "unknown unit 'iB'");
    BAD("out 1kk/s", 6, "kk", "unknown unit 'kk'");
    BAD("out 1Ktpm/s", 6, "Ktpm", "unknown unit 'Ktpm'");
    BAD("out 1XB/s", 6, "XB", "did you mean 'kB'?");
    BAD("out 1furlong/s", 6, "furlong",
        "unknown unit 'furlong'; there are: kB, MB, GB, TB, KiB, MiB, GiB, TiB, kbit, Mbit, Gbit, "
        "Tbit, B, k, M, G, T, tokens, ktokens, Mtokens, Gtokens, requests\n");
    BAD("out 1MB/s burst=1Mbps", 17, "1Mbps", "is a rate; here stands an amount alone, as 1Mbit");
    BAD("out 1MB/s burst=1MB/s", 17, "1MB/s", "is a rate; here stands an amount alone, as 1MB");
    BAD("out unlimited/s", 5, "unlimited", "for no limit, leave it out");
    BAD("out -u/s", 5, "-u", "'-u' is not a number");
    BAD("connect 1MB/s", 9, "1MB",
        "'1MB' is in bytes, but this limit counts calls; one that begins with 'out'");
    BAD("calls 1ktokens/s", 7, "1ktokens",
        "is in tokens, but this limit counts calls; one that "
        "begins with 'tokens'");
    BAD("out 1requests/s", 5, "1requests", "counts bytes; one that begins with 'requests' counts");
    BAD("out 1rps/s", 6, "rps", "are written 'requests 10/s'");
    BAD("out 1requestsps/s", 6, "requestsps", "unknown unit");
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
    PERIOD("2S", 2 * SECOND);
    PERIOD("H", 3600 * SECOND);
    PERIOD("MS", SECOND / 1000);
    PERIOD("sec", SECOND);
    PERIOD("2seconds", 2 * SECOND);
    PERIOD("Minute", 60 * SECOND);
    PERIOD("5mins", 300 * SECOND);
    PERIOD("hour", 3600 * SECOND);
    PERIOD("24hrs", DAY);
    PERIOD("day", DAY);
    PERIOD("1week", 7 * DAY);
    PERIOD("100milliseconds", SECOND / 10);
    PERIOD("250usec", SECOND / 4000);

    BAD("out 1MB", 5, "1MB", "'1MB' is not a rate; it is written AMOUNT/TIME, as 10/s");
    BAD("out 1MB/", 9, "", "the time is missing after '/'");
    BAD("out 1/0", 7, "0", "'0' must be more than 0");
    BAD("out 1/0.0h", 7, "0.0h", "must be more than 0");
    BAD("out 1/-1s", 7, "-1s", "is negative");
    BAD("out 1/fortnight", 7, "fortnight",
        "unknown unit of time 'fortnight'; there are: s, ms, us, ns, m, min, h, d\n");
    BAD("out 1/2M", 8, "M", "unknown unit of time 'M'; did you mean 'm'?");
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
