/* json.c - `stats --json`. See write.h. Amounts are integers, times decimals, in seconds. */
#include <inttypes.h>

#include "figures.h"
#include "write.h"

void write_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void put_name(FILE *out, const char *before, const char *name)
{
    fprintf(out, "%s\"%s\": ", before, name);
}

static void put_text(FILE *out, const char *before, const char *name, const char *text)
{
    put_name(out, before, name);
    write_quoted(out, text);
}

static void put_number(FILE *out, const char *name, uint64_t number)
{
    put_name(out, ", ", name);
    fprintf(out, "%" PRIu64, number);
}

static void put_seconds(FILE *out, const char *name, uint64_t ns)
{
    char seconds[NUMBER];
    put_name(out, ", ", name);
    fputs(number_seconds(seconds, ns), out);
}

static void put_limit(FILE *out, const struct seen_limit *limit)
{
    put_text(out, "{", "label", limit->label);
    put_text(out, ", ", "unit", number_units(limit->unit));
    put_number(out, "capacity", limit->capacity);
    put_seconds(out, "period_seconds", limit->period_ns);
    put_number(out, "burst", limit->burst);
    put_number(out, "units", limit->passed.units);
    put_number(out, "estimated", limit->estimated);
    put_number(out, "calls", limit->passed.calls);
    put_number(out, "held", limit->held);
    put_seconds(out, "held_seconds", limit->held_ns);
    put_number(out, "refused", limit->refused);
    put_number(out, "level", limit->level);
    put_number(out, "waiting", limit->waiting);
    put_name(out, ", ", "paused");
    fputs(limit->paused ? "true" : "false", out);
    fputc('}', out);
}

static void put_process(FILE *out, const struct seen_process *process)
{
    put_name(out, "{", "pid");
    fprintf(out, "%u", process->pid);
    put_text(out, ", ", "command", process->command);
    if (process->since_ns)
        put_seconds(out, "since", process->since_ns);
    fputc('}', out);
}

static void put_seen(FILE *out, const struct seen *seen)
{
    put_text(out, "{", "kind", seen->named ? "shared" : "tree");
    put_text(out, ", ", "name", seen->name);
    put_text(out, ", ", "program", seen->program);
    put_number(out, "pid", seen->pid);
    put_seconds(out, "since", seen->since_ns);
    put_number(out, "members", seen->process_count + seen->elsewhere);
    put_number(out, "escapes", seen->escapes);
    put_name(out, ",\n   ", "limits");
    for (unsigned i = 0; i < seen->limit_count; i++) {
        fputs(i ? ",\n    " : "[", out);
        put_limit(out, &seen->limits[i]);
    }
    put_name(out, "],\n   ", "processes");
    fputc('[', out);
    for (unsigned i = 0; i < seen->process_count; i++) {
        fputs(i ? ",\n    " : "", out);
        put_process(out, &seen->processes[i]);
    }
    fputs("]}", out);
}

void write_json(FILE *out, const struct view *view)
{
    fputs("{\"rlshim\": \"" RL_VERSION "\",\n \"scopes\": [", out);
    for (size_t i = 0; i < view->count; i++) {
        fputs(i ? ",\n  " : "\n  ", out);
        put_seen(out, &view->seen[i]);
    }
    fputs("]}\n", out);
}
