/*
 * quantity.c - amounts and durations: a decimal number and a unit, in exact integer arithmetic.
 *
 * 1.5MB is 1500000, to the byte. What is no whole number of bytes (calls, nanoseconds) is an error
 * and not rounded: the user would not get what he wrote.
 */
#include <string.h>

#include "parse.h"

#define MICROSECOND UINT64_C(1000)
#define MILLISECOND (1000 * MICROSECOND)
#define MINUTE      (60 * RL_SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)

/* Those that are listed, and suggested. */
static const struct time {
    char name[sizeof "min"];
    uint64_t ns;
} times[] = {{"s", RL_SECOND}, {"ms", MILLISECOND}, {"us", MICROSECOND}, {"ns", 1},
             {"m", MINUTE},    {"min", MINUTE},     {"h", HOUR},         {"d", DAY}};

/* Besides, in any case. */
static const struct {
    char words[sizeof "us usec microsecond microseconds"];
    uint64_t ns;
} times_in_words[] = {
    {"s sec secs second seconds", RL_SECOND},
    {"ms msec millisecond milliseconds", MILLISECOND},
    {"us usec microsecond microseconds", MICROSECOND},
    {"ns nsec nanosecond nanoseconds", 1},
    {"min mins minute minutes", MINUTE},
    {"h hr hrs hour hours", HOUR},
    {"d day days", DAY},
    {"w week weeks", 7 * DAY},
};

const char *unit_name(enum unit unit)
{
    static const char names[][sizeof "requests"] = {[UNIT_CALLS] = "calls",
                                                    [UNIT_BYTES] = "bytes",
                                                    [UNIT_TOKENS] = "tokens",
                                                    [UNIT_REQUESTS] = "requests"};
    return names[unit];
}

/* The product is below 2^64 * 2^60, so 128 bits hold it. */
static bool multiply(struct piece word, struct decimal number, struct scale scale,
                     const char *units, uint64_t most, uint64_t *result)
{
    unsigned __int128 product = (unsigned __int128)number.digits * scale.factor;
    bool is_whole = true;

    for (unsigned left = product ? number.decimals : 0; left > 0 && is_whole; left--) {
        is_whole = product % 10 == 0;
        product /= 10;
    }
    if (!is_whole || product % scale.divisor)
        return complain(word, "%s is not a whole number of %s", quote(word).text, units);
    product /= scale.divisor;
    if (product > most)
        return complain(word, "%s is too large", quote(word).text);
    *result = (uint64_t)product;
    return true;
}

/* As others take it: rclone and wget have words for no limit, and rclone UP:DOWN. */
static bool is_one_amount(struct piece word)
{
    if (is_one_of(word, "off none unlimited"))
        return complain(word, "%s is no amount; for no limit, leave it out", quote(word).text);
    return !memchr(word.at, ':', length(word)) ||
           complain(word, "%s is not one amount; up and down are two limits, 'out' and 'in'",
                    quote(word).text);
}

bool parse_flow(struct piece word, struct amount *amount)
{
    struct decimal number;
    struct piece unit = word;
    struct scale scale;
    if (!is_one_amount(word) || !scan_decimal(&unit, &number) || !parse_unit(word, unit, &scale))
        return false;

    amount->unit = scale.unit;
    amount->has_seconds = scale.has_seconds;
    const char *units = scale.unit == UNIT_CALLS ? "units" : unit_name(scale.unit);
    if (!multiply(word, number, scale, units, RL_MOST_UNITS, &amount->value))
        return false;
    return amount->value ||
           complain(word, "%s must be more than 0; for no limit, leave it out", quote(word).text);
}

/* 1MB/s, and 1Mbps, for RL_CAPACITY or a burst. */
bool parse_amount(struct piece word, struct amount *amount)
{
    if (memchr(word.at, '/', length(word)))
        return complain(word, "%s is a rate; here stands an amount alone, as 1MB",
                        quote(word).text);
    if (!parse_flow(word, amount))
        return false;
    return !amount->has_seconds ||
           complain(word, "%s is a rate; here stands an amount alone, as 1Mbit", quote(word).text);
}

/* Not M for m, which is a month to some. */
static bool find_time(struct piece unit, uint64_t *ns)
{
    const struct time *exact = find_row(unit, ROWS(times));
    for (size_t i = 0; !exact && i < sizeof times_in_words / sizeof *times_in_words; i++)
        if (is_one_of(unit, times_in_words[i].words)) {
            *ns = times_in_words[i].ns;
            return true;
        }
    if (!exact)
        exact = look_up(unit, "unit of time", ROWS(times));
    *ns = exact ? exact->ns : 0;
    return exact;
}

static bool parse_time(struct piece word, struct piece unit, struct decimal number, uint64_t *ns)
{
    struct scale scale = {.factor = RL_SECOND, .divisor = 1};
    return (length(unit) == 0 || find_time(unit, &scale.factor)) &&
           multiply(word, number, scale, "nanoseconds", UINT64_MAX, ns);
}

bool parse_duration(struct piece word, uint64_t *ns)
{
    struct decimal number;
    struct piece unit = word;
    return scan_decimal(&unit, &number) && parse_time(word, unit, number, ns);
}

static bool is_letter(char c)
{
    return lower_case(c) >= 'a' && lower_case(c) <= 'z';
}

bool parse_period(struct piece word, uint64_t *ns)
{
    bool number_is_left_out = length(word) && is_letter(*word.at);
    if (number_is_left_out ? !parse_time(word, word, (struct decimal){.digits = 1}, ns)
                           : !parse_duration(word, ns))
        return false;
    if (*ns == 0)
        return complain(word, "%s must be more than 0", quote(word).text);
    if (*ns > RL_MOST_PERIOD_NS)
        return complain(word, "%s is longer than 366 days", quote(word).text);
    return true;
}
