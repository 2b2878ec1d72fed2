/* instant.c - the parts of a date are told apart by their looks, and by the order that they have.
 */
#include "instant.h"

struct date {
    uint64_t year, month, day, hour, minute, second;
};

/* What follows a point, in millionths, rounded up. */
static uint64_t millionths(struct span *rest)
{
    uint64_t fraction = 0, worth = 100000;
    bool more = false;
    if (!span_skip(rest, "."))
        return 0;
    for (; rest->length && is_digit(*rest->at); *rest = span_cut(*rest, 1), worth /= 10) {
        fraction += worth * (uint64_t)(*rest->at - '0');
        more |= !worth && *rest->at != '0';
    }
    return fraction + more;
}

/* At most an hour, so that the product fits. */
static uint64_t part_of(uint64_t unit_ns, uint64_t millionths)
{
    return (unit_ns * millionths + 999999) / 1000000;
}

static bool unit_of(struct span *rest, uint64_t *ns)
{
    static const struct {
        uint64_t ns;
        char name[4];
    } units[] = {{3600 * NS_PER_S, "h"}, {NS_PER_MS, "ms"},   {60 * NS_PER_S, "m"}, {NS_PER_S, "s"},
                 {1000, "us"},           {1000, "\xC2\xB5s"}, {1000, "\xCE\xBCs"},  {1, "ns"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (span_skip(rest, units[i].name)) {
            *ns = units[i].ns;
            return true;
        }
    return false;
}

bool duration_ns(struct span text, uint64_t unit_ns, uint64_t *ns)
{
    bool bare = false;
    uint64_t sum = 0;
    for (bool first = true; first || (text.length && !bare); first = false) {
        uint64_t number, unit = unit_ns;
        if (!span_number(&text, &number))
            return false;
        uint64_t fraction = millionths(&text);
        bare = first && !text.length;
        if (!bare && !unit_of(&text, &unit))
            return false;
        sum = add(sum, add(multiply(number, unit), part_of(unit, fraction)));
    }
    *ns = sum;
    return true;
}

/* Days since 1970 in the Gregorian calendar. A year begins with March, so that it ends with the
 * day that only some have. */
static uint64_t days(const struct date *date)
{
    bool before_march = date->month < 3;
    uint64_t year = date->year - before_march, month = (date->month + 9) % 12;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day - 1 -
           719468;
}

static bool until(const struct date *date, int64_t offset_s, uint64_t fraction, uint64_t now_ns,
                  uint64_t *ns)
{
    if (date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31 || date->hour > 23 ||
        date->minute > 59 || date->second > 60 || date->year > 9999)
        return false;
    *ns = 0;
    if (date->year < 1971)
        return true;
    uint64_t second = days(date) * 86400 + date->hour * 3600 + date->minute * 60 + date->second;
    uint64_t at = add(multiply(second - (uint64_t)offset_s, NS_PER_S), part_of(NS_PER_S, fraction));
    *ns = at > now_ns ? at - now_ns : 0;
    return true;
}

static bool take_time(struct span *rest, struct date *date)
{
    return span_number(rest, &date->hour) && span_skip(rest, ":") &&
           span_number(rest, &date->minute) && span_skip(rest, ":") &&
           span_number(rest, &date->second);
}

static bool take_offset(struct span *rest, int64_t *seconds)
{
    uint64_t hours, minutes;
    bool east = span_skip(rest, "+");
    *seconds = 0;
    if (!east && !span_skip(rest, "-"))
        return (span_skip(rest, "Z") || span_skip(rest, "z")) && !rest->length;
    if (!span_number(rest, &hours) || !span_skip(rest, ":") || !span_number(rest, &minutes) ||
        hours > 23 || minutes > 59 || rest->length)
        return false;
    *seconds = (int64_t)(hours * 3600 + minutes * 60);
    *seconds = east ? *seconds : -*seconds;
    return true;
}

/* 2024-10-12T07:20:50.52Z, or +01:00. */
static bool rfc3339(struct span text, uint64_t now_ns, uint64_t *ns)
{
    struct date date;
    int64_t offset_s;
    if (!span_number(&text, &date.year) || !span_skip(&text, "-") ||
        !span_number(&text, &date.month) || !span_skip(&text, "-") ||
        !span_number(&text, &date.day) || !text.length)
        return false;
    text = span_cut(text, 1);
    if (!take_time(&text, &date))
        return false;
    uint64_t fraction = millionths(&text);
    return take_offset(&text, &offset_s) && until(&date, offset_s, fraction, now_ns, ns);
}

static uint64_t month_of(struct span word)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (word.length == 3)
        for (unsigned i = 0; i < 12; i++)
            if (memcmp(word.at, months + 3 * (size_t)i, 3) == 0)
                return i + 1;
    return 0;
}

/* Of two digits; at most 50 years from now. */
static uint64_t whole_year(uint64_t year, uint64_t now_ns)
{
    uint64_t now = 1970 + now_ns / (31556952 * NS_PER_S), whole = now / 100 * 100 + year;
    return whole > now + 50 ? whole - 100 : whole + 50 < now ? whole + 100 : whole;
}

/*
 * Sun, 06 Nov 1994 08:49:37 GMT
 * Sunday, 06-Nov-94 08:49:37 GMT
 * Sun Nov  6 08:49:37 1994
 */
bool instant_ns(struct span text, uint64_t now_ns, uint64_t *ns)
{
    struct date date = {.hour = UINT64_MAX};
    if (text.length && is_digit(*text.at))
        return rfc3339(text, now_ns, ns);
    while (text.length) {
        size_t length = 0;
        while (length < text.length && !strchr(" ,-", text.at[length]))
            length++;
        struct span word = {text.at, length}, rest = word;
        text = span_cut(text, length < text.length ? length + 1 : length);
        if (!length)
            continue;
        if (month_of(word))
            date.month = month_of(word);
        if (!is_digit(*word.at))
            continue;
        if (memchr(word.at, ':', length) ? !take_time(&rest, &date)
                                         : !span_number(&rest, date.day ? &date.year : &date.day))
            return false;
        if (length == 2 && word.at[-1] == '-')
            date.year = whole_year(date.year, now_ns);
    }
    return until(&date, 0, 0, now_ns, ns);
}
