/* figures.c - see figures.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "figures.h"

static const char *const names[] = {"call", "byte", "token", "request"};
static const char *const many[] = {"calls", "bytes", "tokens", "requests"};

const char *number_unit(enum unit unit)
{
    return names[unit];
}

const char *number_units(enum unit unit)
{
    return many[unit];
}

/* Three digits that count, and a decimal prefix. */
static const char *with_prefix(char *buffer, double value, const char *unit)
{
    static const char prefixes[] = " kMGTPE";
    unsigned i = 0;
    while (value >= 999.5 && prefixes[i + 1]) {
        value /= 1000;
        i++;
    }
    bool is_whole = i == 0 && value == (double)(uint64_t)value;
    int decimals = is_whole ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    char prefix[2] = {i ? prefixes[i] : '\0'};
    snprintf(buffer, NUMBER, "%.*f%s%s%s", decimals, value, i || *unit ? " " : "", prefix, unit);
    return buffer;
}

static const char *symbol(enum unit unit, bool bits)
{
    return unit != UNIT_BYTES ? "" : bits ? "bit" : "B";
}

const char *number_amount(char *buffer, double units, enum unit unit, bool bits)
{
    return with_prefix(buffer, unit == UNIT_BYTES && bits ? units * 8 : units, symbol(unit, bits));
}

const char *number_rate(char *buffer, double per_second, enum unit unit, bool bits)
{
    number_amount(buffer, per_second, unit, bits);
    size_t length = strlen(buffer);
    snprintf(buffer + length, NUMBER - length, "/s");
    return buffer;
}

double number_per_second(const struct seen_limit *limit)
{
    return (double)limit->capacity * (double)RL_SECOND / (double)limit->period_ns;
}

const char *number_seconds(char *buffer, uint64_t ns)
{
    int length = snprintf(buffer, NUMBER, "%" PRIu64 ".%09" PRIu64, ns / RL_SECOND, ns % RL_SECOND);
    while (buffer[length - 1] == '0')
        buffer[--length] = '\0';
    if (buffer[length - 1] == '.')
        buffer[--length] = '\0';
    return buffer;
}

const char *number_asked(char *buffer, const struct seen_limit *limit)
{
    char seconds[NUMBER];
    bool is_one = limit->period_ns == RL_SECOND;
    const char *unit = limit->capacity == 1 ? names[limit->unit] : many[limit->unit];
    snprintf(buffer, NUMBER, "%" PRIu64 " %s/%s%ss", limit->capacity, unit,
             is_one ? "" : number_seconds(seconds, limit->period_ns), is_one ? "" : " ");
    return buffer;
}

const char *number_span(char *buffer, uint64_t ns)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } parts[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    uint64_t seconds = ns / RL_SECOND;
    unsigned i = 0;
    while (i < 3 && seconds < parts[i].seconds)
        i++;
    int length =
        snprintf(buffer, NUMBER, "%" PRIu64 " %s", seconds / parts[i].seconds, parts[i].name);
    if (i < 3)
        snprintf(buffer + length, NUMBER - (size_t)length, " %" PRIu64 " %s",
                 seconds % parts[i].seconds / parts[i + 1].seconds, parts[i + 1].name);
    return buffer;
}

const char *number_day(char *buffer, uint64_t ns)
{
    struct tm day;
    time_t seconds = (time_t)(ns / RL_SECOND);
    if (!localtime_r(&seconds, &day) || !strftime(buffer, NUMBER, "%Y-%m-%d %H:%M:%S", &day))
        snprintf(buffer, NUMBER, "?");
    return buffer;
}
