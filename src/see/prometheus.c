/*
 * prometheus.c - `stats --prometheus`. See write.h.
 *
 * All samples of a metric stand together, behind its HELP and its TYPE, which are there also when
 * there are none: whatever is collected from several files has them equal. Limits of one scope may
 * have equal labels, but not equal numbers.
 */
#include <inttypes.h>

#include "figures.h"
#include "write.h"

enum metric {
    INFO,
    START,
    MEMBERS_ALIVE,
    ESCAPED,
    RATE,
    BURST,
    PASSED_BYTES,
    PASSED_TOKENS,
    PASSED_REQUESTS,
    ESTIMATED,
    PASSED_CALLS,
    HELD,
    HELD_FOR,
    REFUSED,
    LEVEL,
    WAITING,
    PAUSED,
    METRICS
};

static const struct {
    const char *name, *type, *help;
} metrics[METRICS] = {
    [INFO] = {"rlshim_scope_info", "gauge", "A tree or a name, and who began it; always 1."},
    [START] = {"rlshim_scope_start_time_seconds", "gauge", "When it began, since the epoch."},
    [MEMBERS_ALIVE] = {"rlshim_scope_processes", "gauge", "Processes that live and share it."},
    [ESCAPED] = {"rlshim_scope_escapes_total", "counter",
                 "Programs that were started and could not be limited."},
    [RATE] = {"rlshim_limit_rate", "gauge", "Units per second that a limit allows."},
    [BURST] = {"rlshim_limit_burst", "gauge", "Units that may pass at once from rest."},
    [PASSED_BYTES] = {"rlshim_limit_bytes_total", "counter", "Bytes that passed a limit on bytes."},
    [PASSED_TOKENS] = {"rlshim_limit_tokens_total", "counter",
                       "Tokens that passed a limit on tokens."},
    [PASSED_REQUESTS] = {"rlshim_limit_requests_total", "counter",
                         "Requests that passed a limit on requests."},
    [ESTIMATED] = {"rlshim_limit_estimated_total", "counter",
                   "Those of them, or tokens, that were told from the size alone."},
    [PASSED_CALLS] = {"rlshim_limit_calls_total", "counter", "Calls that passed."},
    [HELD] = {"rlshim_limit_held_total", "counter", "Those of them that had to wait, or pieces."},
    [HELD_FOR] = {"rlshim_limit_held_seconds_total", "counter", "For how long they waited."},
    [REFUSED] = {"rlshim_limit_refused_total", "counter", "Calls that did not pass."},
    [LEVEL] = {"rlshim_limit_level", "gauge", "Units that would pass at once now."},
    [WAITING] = {"rlshim_limit_waiting", "gauge", "Calls that wait in line now."},
    [PAUSED] = {"rlshim_limit_paused", "gauge", "1 if nothing passes until it is resumed."},
};

static void put_label(FILE *out, const char *before, const char *name, const char *value)
{
    fprintf(out, "%s%s=", before, name);
    write_quoted(out, value);
}

static void put_scope(FILE *out, enum metric metric, const struct seen *seen)
{
    fputs(metrics[metric].name, out);
    put_label(out, "{", "scope", seen->named ? "shared" : "tree");
    put_label(out, ",", "name", seen->name);
}

static void write_scope(FILE *out, enum metric metric, const struct seen *seen)
{
    char text[NUMBER];
    put_scope(out, metric, seen);
    if (metric == INFO) {
        put_label(out, ",", "program", seen->program);
        fprintf(out, ",pid=\"%u\"", seen->pid);
    }
    fputs("} ", out);
    if (metric == INFO)
        fputs("1\n", out);
    else if (metric == START)
        fprintf(out, "%s\n", number_seconds(text, seen->since_ns));
    else
        fprintf(out, "%u\n",
                metric == ESCAPED ? seen->escapes : seen->process_count + seen->elsewhere);
}

static uint64_t whole_number(enum metric metric, const struct seen_limit *limit)
{
    switch (metric) {
    case BURST:
        return limit->burst;
    case PASSED_BYTES:
    case PASSED_TOKENS:
    case PASSED_REQUESTS:
        return limit->passed.units;
    case ESTIMATED:
        return limit->estimated;
    case PASSED_CALLS:
        return limit->passed.calls;
    case HELD:
        return limit->held;
    case REFUSED:
        return limit->refused;
    case LEVEL:
        return limit->level;
    case PAUSED:
        return limit->paused;
    case WAITING:
    default:
        return limit->waiting;
    }
}

/* What is not called by its unit is of all. */
static bool has_metric(const struct seen_limit *limit, enum metric metric)
{
    switch (metric) {
    case PASSED_BYTES:
        return limit->unit == UNIT_BYTES;
    case PASSED_TOKENS:
        return limit->unit == UNIT_TOKENS;
    case PASSED_REQUESTS:
        return limit->unit == UNIT_REQUESTS;
    case ESTIMATED:
        return limit->unit == UNIT_TOKENS || limit->unit == UNIT_REQUESTS;
    default:
        return true;
    }
}

static void write_limit(FILE *out, enum metric metric, const struct seen *seen, unsigned i)
{
    char text[NUMBER];
    const struct seen_limit *limit = &seen->limits[i];
    if (!has_metric(limit, metric))
        return;
    put_scope(out, metric, seen);
    fprintf(out, ",limit=\"%u\"", i + 1);
    put_label(out, ",", "label", limit->label);
    if (metric == RATE || metric == BURST || metric == LEVEL)
        put_label(out, ",", "unit", number_units(limit->unit));
    fputs("} ", out);
    if (metric == RATE)
        fprintf(out, "%.17g\n", number_per_second(limit));
    else if (metric == HELD_FOR)
        fprintf(out, "%s\n", number_seconds(text, limit->held_ns));
    else
        fprintf(out, "%" PRIu64 "\n", whole_number(metric, limit));
}

void write_prometheus(FILE *out, const struct view *view)
{
    for (enum metric metric = 0; metric < METRICS; metric++) {
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metrics[metric].name, metrics[metric].help,
                metrics[metric].name, metrics[metric].type);
        for (size_t i = 0; i < view->count; i++) {
            const struct seen *seen = &view->seen[i];
            if (metric < RATE)
                write_scope(out, metric, seen);
            for (unsigned k = 0; metric >= RATE && k < seen->limit_count; k++)
                write_limit(out, metric, seen, k);
        }
    }
}
