/* arrivals.c - the input of `simulate`, line by line. */
#include <errno.h>
#include <string.h>

#include "arrivals.h"
#include "cli.h"

#define BLANK " \t\r\n\v\f"

static void bad_arrival(const struct arrivals *arrivals, const char *word, const char *wrong)
{
    say("%s:%lu: '%s' %s\n"
        "A line is TIME [AMOUNT [ACTUAL]], as '0.25', '+0.3 2' or '1.5 100 80'; # begins a "
        "comment.",
        arrivals->name, arrivals->line_number, word, wrong);
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
        wrong = "is later than ten years";
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
