/* words.c - what holds for a process, in words. See write.h. */
#include <inttypes.h>

#include "figures.h"
#include "write.h"

static void put_count(FILE *out, uint64_t number, const char *one, const char *many)
{
    fprintf(out, "%" PRIu64 " %s", number, number == 1 ? one : many);
}

static void put_units(FILE *out, uint64_t number, enum unit unit)
{
    put_count(out, number, number_unit(unit), number_units(unit));
}

static void put_limit(FILE *out, const struct seen_limit *limit)
{
    char text[NUMBER];
    fprintf(out, "  %s: %s", limit->label, number_asked(text, limit));
    fprintf(out, ", %" PRIu64 " at once from rest%s\n", limit->burst,
            limit->selective ? ", to some peers" : "");
    fputs("    passed: ", out);
    put_units(out, limit->passed.units, limit->unit);
    if (limit->estimated)
        fprintf(out, ", %" PRIu64 " of them estimated,", limit->estimated);
    if (limit->unit != UNIT_CALLS) {
        fputs(" in ", out);
        put_count(out, limit->passed.calls, "call", "calls");
    }
    if (limit->held)
        fprintf(out, "; held %" PRIu64 " times, for %s s in all", limit->held,
                number_seconds(text, limit->held_ns));
    else
        fputs("; nothing was held", out);
    if (limit->refused) {
        fputs("; ", out);
        put_count(out, limit->refused, "call", "calls");
        fputs(" did not pass", out);
    }
    fputs("\n    now: ", out);
    put_units(out, limit->level, limit->unit);
    fputs(limit->paused ? " could pass at once, but it is paused; " : " could pass at once; ", out);
    if (limit->waiting)
        put_count(out, limit->waiting, "call waits\n", "calls wait\n");
    else
        fputs("nobody waits\n", out);
}

void write_status(FILE *out, const struct seen *seen, unsigned pid)
{
    char text[NUMBER];
    uint64_t since_ns = 0;
    for (unsigned i = 0; i < seen->process_count; i++)
        if (seen->processes[i].pid == pid)
            since_ns = seen->processes[i].since_ns;
    write_heading(out, seen);
    if (since_ns)
        fprintf(out, "; with this one since %s", number_day(text, since_ns));
    fputs(":\n", out);
    for (unsigned i = 0; i < seen->limit_count; i++)
        put_limit(out, &seen->limits[i]);
}
