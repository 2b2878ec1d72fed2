/*
 * units.c - what stands behind a number, as people write it: 1MB, 500K, 64KiB, 8Mbit, 1Mbps, 90k.
 *
 * A prefix is a power of 1000, in upper or lower case, or with an i one of 1024. To other tools K
 * may be 1024: here one gets a little less than there, never more. "B" is bytes and "bit" is bits,
 * but a small b is either, to someone; the difference is eight times, so it is asked for.
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"

/* Those that are listed, and suggested; of equally near ones the first. */
static const struct {
    char name[sizeof "requests"];
} usual[] = {
    {"kB"},   {"MB"},     {"GB"},      {"TB"},      {"KiB"},     {"MiB"},      {"GiB"}, {"TiB"},
    {"kbit"}, {"Mbit"},   {"Gbit"},    {"Tbit"},    {"B"},       {"k"},        {"M"},   {"G"},
    {"T"},    {"tokens"}, {"ktokens"}, {"Mtokens"}, {"Gtokens"}, {"requests"},
};

enum body { NOTHING, BYTES, BITS, BYTES_OR_BITS, TOKENS, REQUESTS, UNKNOWN };

struct scanned {
    char prefix;      /* as it is written, or 0 */
    bool binary;      /* there is an i behind it */
    bool has_seconds; /* there is "ps" at the end */
    enum body body;
};

static enum body body_of(struct piece word)
{
    if (length(word) == 0)
        return NOTHING;
    if (equals(word, "B") || is_one_of(word, "byte bytes"))
        return BYTES;
    if (equals(word, "b"))
        return BYTES_OR_BITS;
    if (is_one_of(word, "bit bits"))
        return BITS;
    if (is_one_of(word, "token tokens"))
        return TOKENS;
    return is_one_of(word, "req reqs request requests") ? REQUESTS : UNKNOWN;
}

static struct scanned scan(struct piece unit)
{
    struct scanned scanned = {.body = body_of(unit)};
    if (length(unit) && scanned.body == UNKNOWN && strchr("kmgtp", lower_case(*unit.at))) {
        scanned.prefix = *unit.at++;
        scanned.body = body_of(unit);
        if (length(unit) && scanned.body == UNKNOWN && lower_case(*unit.at) == 'i') {
            scanned.binary = true;
            unit.at++;
            scanned.body = body_of(unit);
        }
    }
    return scanned;
}

static bool is_upper_case(char c)
{
    return c != lower_case(c);
}

/*
 * Bytes or bits per second. Mbps is bits to everyone but tc(8), whose manual writes mbps and kbps,
 * and means bytes; of MBPS nobody can tell.
 */
static struct scanned scan_rate(struct piece unit)
{
    struct piece without = {unit.source, unit.at, unit.end - strlen("ps")};
    struct scanned scanned = scan(without);
    scanned.has_seconds = true;
    if (scanned.body == BYTES_OR_BITS && is_upper_case(scanned.prefix) && unit.end[-1] == 's')
        scanned.body = BITS;
    else if (scanned.body == BYTES && unit.end[-1] == 'S')
        scanned.body = BYTES_OR_BITS;
    else if (scanned.body == NOTHING || scanned.body == TOKENS || scanned.body == REQUESTS)
        scanned.body = UNKNOWN;
    return scanned;
}

static bool ends_with_ps(struct piece unit)
{
    struct piece end = unit;
    if (length(unit) > strlen("ps"))
        end.at = unit.end - strlen("ps");
    return length(unit) > strlen("ps") && equals_in_any_case(end, "ps");
}

bool has_time(struct piece rate)
{
    return memchr(rate.at, '/', length(rate)) ||
           (ends_with_ps(rate) && strchr("bt", lower_case(rate.end[-3])));
}

static uint64_t factor_of(struct scanned scanned)
{
    static const char prefixes[] = "kmgtp";
    uint64_t factor = 1, step = scanned.binary ? 1024 : 1000;
    if (scanned.prefix)
        for (const char *c = prefixes; c <= strchr(prefixes, lower_case(scanned.prefix)); c++)
            factor *= step;
    return factor;
}

/* Of what others count, and how they say it. */
static const char *advice_for(struct piece unit)
{
    if (is_one_of(unit, "r rps qps"))
        return "requests per second are written 'requests 10/s'";
    if (is_one_of(unit, "rpm"))
        return "requests per minute are written 'requests 500/m', or, as a quota, 'rpm 500'";
    if (is_one_of(unit, "c cps call calls conn conns connection connections"))
        return "calls and connections are mere numbers";
    return is_one_of(unit, "tpm ktpm mtpm")
               ? "tokens per minute are written 'tokens 90k/m', or, as a quota, 'tpm 90k'"
               : NULL;
}

static bool ask_which(struct piece word, struct piece unit, struct scanned scanned)
{
    enum { MOST_DIGITS = 24 };
    const char *seconds = scanned.has_seconds ? "/s" : "";
    char number[MOST_DIGITS + 1] = "10", prefix[3] = "";
    size_t digits = (size_t)(unit.at - word.at);

    if (digits <= MOST_DIGITS)
        snprintf(number, sizeof number, "%.*s", (int)digits, word.at);
    if (scanned.prefix) {
        bool is_kilo = lower_case(scanned.prefix) == 'k' && !scanned.binary;
        prefix[0] = is_kilo ? 'k' : (char)(lower_case(scanned.prefix) - 'a' + 'A');
        prefix[1] = scanned.binary ? 'i' : '\0';
    }
    return complain(unit,
                    "%s may be bytes or bits: write %s%sB%s, or %s%sbit%s, which is an eighth of "
                    "that",
                    quote(unit).text, number, prefix, seconds, number, prefix, seconds);
}

bool parse_unit(struct piece word, struct piece unit, struct scale *scale)
{
    struct scanned scanned = ends_with_ps(unit) ? scan_rate(unit) : scan(unit);
    const char *advice = advice_for(unit);
    bool is_of_anything;

    switch (scanned.body) {
    case UNKNOWN:
        if (advice)
            return complain(unit, "unknown unit %s; %s", quote(unit).text, advice);
        look_up(unit, "unit", ROWS(usual));
        return false;
    case BYTES_OR_BITS:
        return ask_which(word, unit, scanned);
    case NOTHING:
        /* 1m is bytes, as for curl and wget; of calls it might be meant for a minute. */
        is_of_anything = scanned.prefix == 0 || scanned.prefix == 'k' || scanned.binary ||
                         is_upper_case(scanned.prefix);
        scale->unit = is_of_anything ? UNIT_CALLS : UNIT_BYTES;
        break;
    case BYTES:
    case BITS:
        scale->unit = UNIT_BYTES;
        break;
    case TOKENS:
        scale->unit = UNIT_TOKENS;
        break;
    case REQUESTS:
        scale->unit = UNIT_REQUESTS;
        break;
    }
    scale->factor = factor_of(scanned);
    scale->divisor = scanned.body == BITS ? 8 : 1;
    scale->has_seconds = scanned.has_seconds;
    return true;
}
