/* instant.c - the parts of a date are told apart by their looks, and by the order that they have.
 */
#include "instant.h"

/* Small, as the stack may be: see take_part. */
struct date {
    uint32_t year, month, day, hour, minute, second, millionths;
    int32_t offset_s; /* how far east of Greenwich */
};

enum { LAST_YEAR = 9999 };

/* What follows a point, in millionths, rounded up. */
static uint32_t millionths(struct span *rest)
{
    uint32_t fraction = 0, worth = 100000;
    bool more = false;
    if (!span_skip(rest, "."))
        return 0;
    for (; rest->length && is_digit(*rest->at); *rest = span_cut(*rest, 1), worth /= 10) {
        fraction += worth * (uint32_t)(*rest->at - '0');
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
static uint32_t days(const struct date *date)
{
    uint32_t year = date->year - (date->month < 3), month = (date->month + 9) % 12;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day - 1 -
           719468;
}

static bool until(const struct date *date, uint64_t now_ns, uint64_t *ns)
{
    if (date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31 || date->hour > 23 ||
        date->minute > 59 || date->second > 60 || date->year > LAST_YEAR)
        return false;
    *ns = 0;
    if (date->year < 1971)
        return true;
    uint32_t second_of_day = date->hour * 3600 + date->minute * 60 + date->second;
    uint64_t second = (uint64_t)days(date) * 86400 + second_of_day - (uint64_t)date->offset_s;
    uint64_t at = add(multiply(second, NS_PER_S), part_of(NS_PER_S, date->millionths));
    *ns = at > now_ns ? at - now_ns : 0;
    return true;
}

/* What is too much for a year is for anything else. */
static bool take_part(struct span *rest, uint32_t *part)
{
    uint64_t number;
    bool found = span_number(rest, &number);
    *part = number > LAST_YEAR ? LAST_YEAR + 1 : (uint32_t)number;
    return found;
}

static bool take_time(struct span *rest, struct date *date)
{
    return take_part(rest, &date->hour) && span_skip(rest, ":") && take_part(rest, &date->minute) &&
           span_skip(rest, ":") && take_part(rest, &date->second);
}

static bool take_offset(struct span *rest, struct date *date)
{
    uint32_t hours, minutes;
    bool east = span_skip(rest, "+");
    if (!east && !span_skip(rest, "-"))
        return (span_skip(rest, "Z") || span_skip(rest, "z")) && !rest->length;
    if (!take_part(rest, &hours) || !span_skip(rest, ":") || !take_part(rest, &minutes) ||
        hours > 23 || minutes > 59 || rest->length)
        return false;
    date->offset_s = (int32_t)(hours * 3600 + minutes * 60);
    date->offset_s = east ? date->offset_s : -date->offset_s;
    return true;
}

/* 2024-10-12T07:20:50.52Z, or +01:00. */
static bool rfc3339(struct span *rest, struct date *date)
{
    if (!take_part(rest, &date->year) || !span_skip(rest, "-") || !take_part(rest, &date->month) ||
        !span_skip(rest, "-") || !take_part(rest, &date->day) || !rest->length)
        return false;
    *rest = span_cut(*rest, 1);
    if (!take_time(rest, date))
        return false;
    date->millionths = millionths(rest);
    return take_offset(rest, date);
}

static uint32_t month_of(struct span word)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (word.length == 3)
        for (unsigned i = 0; i < 12; i++)
            if (memcmp(word.at, months + 3 * (size_t)i, 3) == 0)
                return i + 1;
    return 0;
}

/* Of two digits; at most 50 years from now. */
static uint32_t whole_year(uint32_t year, uint64_t now_ns)
{
    uint32_t now = 1970 + (uint32_t)(now_ns / (31556952 * NS_PER_S));
    uint32_t whole = now / 100 * 100 + year;
    return whole > now + 50 ? whole - 100 : whole + 50 < now ? whole + 100 : whole;
}

static struct span next_word(struct span *rest)
{
    size_t length = 0;
    while (length < rest->length && !strchr(" ,-", rest->at[length]))
        length++;
    struct span word = {rest->at, length};
    *rest = span_cut(*rest, length + (length < rest->length));
    return word;
}

/*
 * Sun, 06 Nov 1994 08:49:37 GMT
 * Sunday, 06-Nov-94 08:49:37 GMT
 * Sun Nov  6 08:49:37 1994
 */
static bool date_of_http(struct span *rest, struct date *date, uint64_t now_ns)
{
    date->hour = UINT32_MAX;
    while (rest->length) {
        struct span word = next_word(rest);
        const char *at = word.at;
        size_t length = word.length;
        if (month_of(word))
            date->month = month_of(word);
        if (!length || !is_digit(*at))
            continue;
        if (memchr(at, ':', length) ? !take_time(&word, date)
                                    : !take_part(&word, date->day ? &date->year : &date->day))
            return false;
        if (length == 2 && at[-1] == '-') /* the text does not begin with a digit */
            date->year = whole_year(date->year, now_ns);
    }
    return true;
}

bool instant_ns(struct span text, uint64_t now_ns, uint64_t *ns)
{
    struct date date = {.year = 0};
    bool is_date = text.length && is_digit(*text.at) ? rfc3339(&text, &date)
                                                     : date_of_http(&text, &date, now_ns);
    return is_date && until(&date, now_ns, ns);
}
