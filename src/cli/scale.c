/* scale.c - see scale.h. */
#include <stdio.h>
#include <string.h>

#include "scale.h"

/* From where it makes shorter numbers. Minutes, hours and days have no round fractions. */
const struct measure times[] = {
    {1, 0, "ns"},         {1e3, 1e3, "\u00b5s"}, {1e6, 1e6, "ms"},       {1e9, 1e9, "s"},
    {60e9, 600e9, "min"}, {3600e9, 36e12, "h"},  {86400e9, 864e12, "d"}, {0, 0, NULL},
};

static const struct measure bytes[] = {
    {1, 0, "bytes"},    {1e3, 1e3, "kB"},   {1e6, 1e6, "MB"},   {1e9, 1e9, "GB"},
    {1e12, 1e12, "TB"}, {1e15, 1e15, "PB"}, {1e18, 1e18, "EB"}, {0, 0, NULL},
};

#define COUNTED(name)                                                                              \
    {                                                                                              \
        {1, 0, name}, {1e3, 2e4, "thousand " name}, {1e6, 2e6, "million " name},                   \
            {1e9, 2e9, "billion " name}, {0, 0, NULL},                                             \
    }

static const struct measure calls[] = COUNTED("calls");
static const struct measure tokens[] = COUNTED("tokens");
static const struct measure requests[] = COUNTED("requests");
static const struct measure units[] = COUNTED("units");

const struct measure *measures_of(const struct limit *limit)
{
    static const struct measure *const measures[] = {[UNIT_CALLS] = calls,
                                                     [UNIT_BYTES] = bytes,
                                                     [UNIT_TOKENS] = tokens,
                                                     [UNIT_REQUESTS] = requests};
    return limit ? measures[limit->unit] : units;
}

const struct measure *measure_for(const struct measure *measures, double value)
{
    while (measures[1].name && value >= measures[1].from)
        measures++;
    return measures;
}

struct words quantity(const struct measure *measures, double value)
{
    struct words words;
    const struct measure *measure = measure_for(measures, value);
    double number = value / measure->size;
    /* Of one, the plural s goes. */
    size_t length = strlen(measure->name);
    if (number == 1 && length > 2 && measure->name[length - 1] == 's')
        length--;
    snprintf(words.text, sizeof words.text, number < 1e4 ? "%.4g %.*s" : "%.0f %.*s", number,
             (int)length, measure->name);
    return words;
}

struct scale scale_make(const struct measure *measures, double low, double high, int ticks)
{
    static const double round[] = {1, 2, 5, 10};
    struct scale scale = {.low = low, .high = high, .measure = measure_for(measures, high)};
    double wanted = (high - low) / ticks;
    double ten = scale.measure->size;
    while (ten > wanted)
        ten /= 10;
    while (ten * 10 <= wanted)
        ten *= 10;
    for (size_t i = 0; scale.step < wanted && i < sizeof round / sizeof *round; i++)
        scale.step = ten * round[i];
    /* There is no half of a call, a byte or a nanosecond. */
    if (scale.step < 1)
        scale.step = 1;
    return scale;
}

double scale_place(const struct scale *scale, double value)
{
    return scale->from +
           (value - scale->low) / (scale->high - scale->low) * (scale->to - scale->from);
}

/* A hair of tolerance, since sums of tenths are not exact. */
static const double hair = 1e-9;

double scale_tick(const struct scale *scale, int n)
{
    double before = (double)(int64_t)(scale->low / scale->step);
    if (before < scale->low / scale->step - hair)
        before++;
    return (before + n) * scale->step;
}

bool scale_has(const struct scale *scale, double tick)
{
    return tick <= scale->high + hair * scale->step;
}

struct words scale_words(const struct scale *scale, double tick)
{
    struct words words;
    int decimals = 0;
    double step = scale->step / scale->measure->size;
    while (step < 1 - hair && decimals < 9) {
        step *= 10;
        decimals++;
    }
    snprintf(words.text, sizeof words.text, "%.*f", decimals, tick / scale->measure->size);
    return words;
}
