/*
 * quantity.c - amounts and durations: a decimal number and a unit, in exact integer arithmetic.
 *
 * 1.5MB is 1500000, to the byte. What is no whole number of bytes (calls, nanoseconds) is an error
 * and not rounded: the user would not get what he wrote.
 */
#include "parse.h"

#define KILO UINT64_C(1000)
#define MEGA (1000 * KILO)
#define GIGA (1000 * MEGA)
/* Among equally near names the first one is suggested. */
static const struct scale {
    const char *name;
    uint64_t factor;
    enum unit unit; /* UNIT_CALLS: of anything */
} amounts[] = {
    {"kB", KILO, UNIT_BYTES},       {"MB", MEGA, UNIT_BYTES},       {"GB", GIGA, UNIT_BYTES},
    {"KiB", 1 << 10, UNIT_BYTES},   {"MiB", 1 << 20, UNIT_BYTES},   {"GiB", 1 << 30, UNIT_BYTES},
    {"kbit", KILO / 8, UNIT_BYTES}, {"Mbit", MEGA / 8, UNIT_BYTES}, {"Gbit", GIGA / 8, UNIT_BYTES},
    {"B", 1, UNIT_BYTES},           {"k", KILO, UNIT_CALLS},        {"M", MEGA, UNIT_CALLS},
    {"G", GIGA, UNIT_CALLS},        {"tokens", 1, UNIT_TOKENS},     {"ktokens", KILO, UNIT_TOKENS},
    {"Mtokens", MEGA, UNIT_TOKENS}, {"Gtokens", GIGA, UNIT_TOKENS},
};

static const struct scale plain_number = {"", 1, UNIT_CALLS};

static const struct scale durations[] = {
    {"s", RL_SECOND, 0},
    {"ms", MEGA, 0},
    {"us", KILO, 0},
    {"ns", 1, 0},
    {"m", 60 * RL_SECOND, 0},
    {"min", 60 * RL_SECOND, 0},
    {"h", 3600 * RL_SECOND, 0},
    {"d", 86400 * RL_SECOND, 0},
};

static const struct scale seconds = {"", RL_SECOND, 0};

const char *unit_name(enum unit unit)
{
    static const char *const names[] = {
        [UNIT_CALLS] = "calls", [UNIT_BYTES] = "bytes", [UNIT_TOKENS] = "tokens"};
    return names[unit];
}

/* The product is below 2^64 * 2^47, so 128 bits hold it. */
static bool multiply(struct piece word, struct decimal number, const struct scale *scale,
                     const char *units, uint64_t most, uint64_t *result)
{
    unsigned __int128 product = (unsigned __int128)number.digits * scale->factor;

    for (unsigned left = product ? number.decimals : 0; left > 0; left--) {
        if (product % 10)
            return complain(word, "%s is not a whole number of %s", quote(word).text, units);
        product /= 10;
    }
    if (product > most)
        return complain(word, "%s is too large", quote(word).text);
    *result = (uint64_t)product;
    return true;
}

bool parse_amount(struct piece word, struct amount *amount)
{
    struct decimal number;
    struct piece unit = word;
    if (!scan_decimal(&unit, &number))
        return false;

    const struct scale *scale = length(unit) ? look_up(unit, "unit", ROWS(amounts)) : &plain_number;
    if (!scale)
        return false;
    amount->unit = scale->unit;
    const char *units = scale->unit == UNIT_CALLS ? "units" : unit_name(scale->unit);
    if (!multiply(word, number, scale, units, RL_MOST_UNITS, &amount->value))
        return false;
    return amount->value || complain(word, "%s must be more than 0", quote(word).text);
}

static bool parse_time(struct piece word, struct piece unit, struct decimal number, uint64_t *ns)
{
    const struct scale *scale =
        length(unit) ? look_up(unit, "unit of time", ROWS(durations)) : &seconds;
    return scale && multiply(word, number, scale, "nanoseconds", UINT64_MAX, ns);
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
