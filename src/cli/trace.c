/*
 * trace.c - see trace.h.
 *
 * A trace may come from anywhere, and be of any size: what is not exactly a row is an error, with
 * the number of its line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "decimal.h"
#include "trace.h"

/* As report.c and table.c write them. */
static const char trace_header[] = "t,pid,tid,limit,call,fd,amount,wait";
static const char simulate_header[] = "arrival\tamount\tdeparture\twait";

enum { TRACE_COLUMNS = 8, SIMULATE_COLUMNS = 4, SHOWN = 40 };

struct reader {
    struct trace *trace;
    const char *name;
    unsigned long line;
};

/* Returns false. Nothing of the word can move the cursor of a terminal. */
static bool wrong(const struct reader *reader, const char *column, const char *word,
                  const char *what)
{
    char shown[SHOWN + 1];
    size_t length = 0;
    for (; length < SHOWN && word[length]; length++)
        shown[length] = word[length] >= ' ' && word[length] <= '~' ? word[length] : '?';
    shown[length] = '\0';
    say("%s:%lu: %s: '%s%s' %s", reader->name, reader->line, column, shown,
        word[length] ? "..." : "", what);
    return false;
}

static int columns(const char *line, char separator)
{
    int count = 1;
    for (; *line; line++)
        count += *line == separator;
    return count;
}

/* Cut the line, which has that many columns or more, at the separators. */
static void split(char *line, char separator, char **words, int count)
{
    for (int i = 0; i < count; i++) {
        char *end = strchr(line, separator);
        words[i] = line;
        if (end) {
            *end = '\0';
            line = end + 1;
        }
    }
}

static bool whole(const struct reader *reader, const char *column, const char *word,
                  uint64_t *value)
{
    const char *what = read_whole(word, value);
    return !what || wrong(reader, column, word, what);
}

static bool seconds(const struct reader *reader, const char *column, const char *word, uint64_t *ns)
{
    const char *what = read_seconds(word, ns);
    return !what || wrong(reader, column, word, what);
}

static struct traced_limit *limit_named(const struct reader *reader, const char *label)
{
    struct trace *trace = reader->trace;
    for (unsigned i = 0; i < trace->count; i++)
        if (strcmp(trace->limits[i].label, label) == 0)
            return &trace->limits[i];
    if (strlen(label) >= MAX_LABEL || trace->count == MOST_TRACED) {
        wrong(reader, "limit", label,
              strlen(label) >= MAX_LABEL ? "is longer than any name of a limit"
                                         : "is one limit too many: 32 are plotted at most");
        return NULL;
    }
    struct traced_limit *limit = &trace->limits[trace->count++];
    memcpy(limit->label, label, strlen(label) + 1);
    return limit;
}

static bool add(struct traced_limit *limit, const struct decision *decision)
{
    if (limit->count == limit->room) {
        size_t room = limit->room ? 2 * limit->room : 64;
        struct decision *larger = realloc(limit->decisions, room * sizeof *larger);
        if (!larger) {
            say("out of memory");
            return false;
        }
        limit->decisions = larger;
        limit->room = room;
    }
    limit->decisions[limit->count++] = *decision;
    return true;
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words;
}

static bool read_trace_row(const struct reader *reader, char *line)
{
    static const char *const outcomes[] = {"refused", "timed out", "interrupted", "closed", NULL};
    char *words[TRACE_COLUMNS];
    struct decision decision = {0};
    uint64_t at_ns, ignored;

    /* Programs that begin together may each find the file empty; and files are put together. */
    if (strcmp(line, trace_header) == 0)
        return true;
    if (columns(line, ',') != TRACE_COLUMNS)
        return wrong(reader, "row", line, "has not 8 columns");
    split(line, ',', words, TRACE_COLUMNS);
    if (!seconds(reader, "t", words[0], &at_ns) || !whole(reader, "pid", words[1], &ignored) ||
        !whole(reader, "tid", words[2], &ignored) || !whole(reader, "fd", words[5], &ignored) ||
        !whole(reader, "amount", words[6], &decision.amount))
        return false;
    decision.at_ns = (int64_t)at_ns;
    decision.passed = !is_one_of(words[7], outcomes);
    if (decision.passed && !seconds(reader, "wait", words[7], &decision.wait_ns))
        return false;
    struct traced_limit *limit = limit_named(reader, words[3]);
    return limit && add(limit, &decision);
}

static bool read_simulate_row(const struct reader *reader, char *line)
{
    static const char *const outcomes[] = {"refused", "timed out", "later than ten years", NULL};
    static const char above[] = "above the burst of ";
    char *words[SIMULATE_COLUMNS];
    struct decision decision = {0};
    uint64_t at_ns;

    if (columns(line, '\t') < SIMULATE_COLUMNS)
        return wrong(reader, "row", line, "has not 4 columns, separated by tabs");
    split(line, '\t', words, SIMULATE_COLUMNS);
    if (!seconds(reader, "arrival", words[0], &at_ns) ||
        !whole(reader, "amount", words[1], &decision.amount))
        return false;
    decision.passed =
        !is_one_of(words[2], outcomes) && strncmp(words[2], above, sizeof above - 1) != 0;
    if ((decision.passed && !seconds(reader, "departure", words[2], &at_ns)) ||
        (strcmp(words[3], "-") != 0 && !seconds(reader, "wait", words[3], &decision.wait_ns)))
        return false;
    decision.at_ns = (int64_t)at_ns;
    if (!decision.passed) { /* it was told so when it had waited, if it had */
        decision.at_ns += (int64_t)decision.wait_ns;
        decision.wait_ns = 0;
    }
    struct traced_limit *limit = limit_named(reader, "");
    return limit && add(limit, &decision);
}

static bool read_header(const struct reader *reader, const char *line)
{
    size_t length = sizeof simulate_header - 1;
    reader->trace->simulated = strncmp(line, simulate_header, length) == 0 &&
                               (line[length] == '\0' || line[length] == '\t');
    return reader->trace->simulated || strcmp(line, trace_header) == 0 ||
           wrong(reader, "header", line,
                 "is not that of a trace (RL_TRACE), nor that of the output of simulate");
}

static bool read_line(struct reader *reader, char *line, size_t length)
{
    reader->line++;
    if (strlen(line) < length)
        return wrong(reader, "row", line, "is followed by \\0: it is no text");
    if (line[length - 1] != '\n')
        return wrong(reader, "row", line, "is cut off: no newline ends it");
    line[length - 1] = '\0';
    return reader->line == 1          ? read_header(reader, line)
           : reader->trace->simulated ? read_simulate_row(reader, line)
                                      : read_trace_row(reader, line);
}

static int in_time(const void *a, const void *b)
{
    const struct decision *one = a, *other = b;
    return (one->at_ns > other->at_ns) - (one->at_ns < other->at_ns);
}

/* Threads may write their rows in another order than they were let go in. */
static void sort(struct traced_limit *limit)
{
    for (size_t i = 1; i < limit->count; i++)
        if (limit->decisions[i].at_ns < limit->decisions[i - 1].at_ns) {
            qsort(limit->decisions, limit->count, sizeof *limit->decisions, in_time);
            return;
        }
}

static bool read_file(struct reader *reader, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool good = true;
    while (good && (errno = 0, length = getline(&line, &size, file)) > 0)
        good = read_line(reader, line, (size_t)length);
    free(line);
    if (good && (ferror(file) || errno == ENOMEM)) {
        say("cannot read %s: %s", reader->name, strerror(errno));
        return false;
    }
    if (good && reader->trace->count == 0) {
        say("%s is empty: %s", reader->name,
            reader->line == 0 ? "it should begin with a header" : "no limit decided anything");
        return false;
    }
    return good;
}

bool trace_read(struct trace *trace, const char *path)
{
    struct reader reader = {.trace = trace, .name = trace_name(path)};
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file) {
        say("cannot read %s: %s", path, strerror(errno));
        return false;
    }
    bool good = read_file(&reader, file);
    fclose(file);
    for (unsigned i = 0; i < trace->count; i++)
        sort(&trace->limits[i]);
    return good;
}

void trace_free(struct trace *trace)
{
    for (unsigned i = 0; i < trace->count; i++)
        free(trace->limits[i].decisions);
    *trace = (struct trace){0};
}

const char *trace_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}
