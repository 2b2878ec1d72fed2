/*
 * arrivals.c - the input of `simulate`, line by line.
 *
 * Decimals are read as the digits that they are, to the nanosecond: a binary fraction would have
 * 0.3 depart a little earlier or later than asked.
 */
#include <errno.h>
#include <string.h>

#include "arrivals.h"
#include "cli.h"

#define BLANK " \t\r\n\v\f"

static const char too_late[] = "is later than ten years";

enum { PLACES = 9 };

static void bad_arrival(const struct arrivals *arrivals, const char *word, const char *wrong)
{
    say("%s:%lu: '%s' %s\n"
        "A line is TIME [AMOUNT [ACTUAL]], as '0.25', '+0.3 2' or '1.5 100 80'; # begins a "
        "comment.",
        arrivals->name, arrivals->line_number, word, wrong);
}

/* What is wrong with it, or NULL. */
static const char *read_whole(const char *word, uint64_t *value)
{
    *value = 0;
    if (!*word || word[strspn(word, "0123456789")])
        return "is not a whole number";
    for (; *word; word++)
        if (__builtin_mul_overflow(*value, UINT64_C(10), value) ||
            __builtin_add_overflow(*value, (uint64_t)(*word - '0'), value))
            return "is too large";
    return NULL;
}

/* Seconds, with a fraction of up to nine places. What is wrong with it, or NULL. */
static const char *read_seconds(const char *word, uint64_t *ns)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(word, digits);
    bool point = word[whole] == '.';
    size_t places = point ? strspn(word + whole + 1, digits) : 0;
    if (whole + places == 0 || word[whole + point + places])
        return "is not a time in seconds";
    if (places > PLACES)
        return "has more than 9 places: a nanosecond is the finest";

    *ns = 0;
    for (size_t i = 0; i < whole + PLACES; i++) {
        size_t at = i < whole ? i : i + 1;
        unsigned digit = i < whole + places ? (unsigned)(word[at] - '0') : 0;
        *ns = *ns * 10 + digit;
        if (*ns > LAST_INSTANT)
            return too_late;
    }
    return NULL;
}

static bool read_arrival(const struct arrivals *arrivals, char *words, uint64_t previous_ns,
                         struct arrival *arrival)
{
    char *rest;
    const char *time = strtok_r(words, BLANK, &rest);
    const char *amount = strtok_r(NULL, BLANK, &rest);
    const char *actual = amount ? strtok_r(NULL, BLANK, &rest) : NULL;
    const char *more = actual ? strtok_r(NULL, BLANK, &rest) : NULL;

    bool relative = *time == '+';
    *arrival = (struct arrival){.amount = 1, .reconciled = actual};
    const char *word = time, *wrong = read_seconds(time + relative, &arrival->time_ns);
    if (!wrong && relative && (arrival->time_ns += previous_ns) > LAST_INSTANT)
        wrong = too_late;
    if (!wrong && amount)
        wrong = read_whole(word = amount, &arrival->amount);
    if (!wrong && actual)
        wrong = read_whole(word = actual, &arrival->actual);
    if (!wrong && more)
        wrong = "is one word too many", word = more;
    if (wrong)
        bad_arrival(arrivals, word, wrong);
    return !wrong;
}

enum next next_arrival(struct arrivals *arrivals, uint64_t previous_ns, struct arrival *arrival)
{
    for (;;) {
        ssize_t length = getline(&arrivals->line, &arrivals->size, arrivals->file);
        if (length < 0 && !ferror(arrivals->file))
            return NO_MORE;
        if (length < 0) {
            say("cannot read %s: %s", arrivals->name, strerror(errno));
            return BAD_INPUT;
        }
        arrivals->line_number++;
        char *line = arrivals->line;
        size_t words = strcspn(line, "#");
        if (strlen(line) < (size_t)length && words == strlen(line)) {
            bad_arrival(arrivals, "\\0", "is no text");
            return BAD_INPUT;
        }
        line[words] = '\0';
        if (line[strspn(line, BLANK)])
            return read_arrival(arrivals, line, previous_ns, arrival) ? ARRIVAL : BAD_INPUT;
    }
}
