/* plain.c - the table of `stats`. See write.h. */
#include <inttypes.h>
#include <string.h>

#include "figures.h"
#include "write.h"

void write_heading(FILE *out, const struct seen *seen)
{
    char day[NUMBER];
    unsigned processes = seen->process_count + seen->elsewhere;
    fprintf(out, "%s%s, begun by %s (%u) on %s, %u process%s", seen->named ? "shared:" : "tree ",
            seen->name, *seen->program ? seen->program : "?", seen->pid,
            number_day(day, seen->since_ns), processes, processes == 1 ? "" : "es");
    if (seen->escapes)
        fprintf(out, ", %u not limited", seen->escapes);
}

static const char *const titles[] = {"LIMIT", "ASKED", "BURST",   "UNITS", "CALLS",
                                     "HELD",  "FOR s", "REFUSED", "LEVEL", "WAITING"};
enum { COLUMNS = sizeof titles / sizeof *titles, CELL = 64 };

static void put_number(char cell[CELL], uint64_t number)
{
    snprintf(cell, CELL, "%" PRIu64, number);
}

static void fill_row(char row[COLUMNS][CELL], const struct seen_limit *limit)
{
    char text[NUMBER];
    snprintf(row[0], CELL, "%s", limit->label);
    snprintf(row[1], CELL, "%s%s", number_asked(text, limit), limit->paused ? ", paused" : "");
    put_number(row[2], limit->burst);
    put_number(row[3], limit->passed.units);
    if (limit->estimated)
        snprintf(row[3], CELL, "%" PRIu64 ", %" PRIu64 " estimated", limit->passed.units,
                 limit->estimated);
    put_number(row[4], limit->passed.calls);
    put_number(row[5], limit->held);
    snprintf(row[6], CELL, "%.3f", (double)limit->held_ns / (double)RL_SECOND);
    put_number(row[7], limit->refused);
    put_number(row[8], limit->level);
    put_number(row[9], limit->waiting);
}

/* The first two are text, and begin on the left. */
static void print_row(FILE *out, char row[COLUMNS][CELL], const int widths[COLUMNS])
{
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "  %*s", i < 2 ? -widths[i] : widths[i], row[i]);
    fputc('\n', out);
}

static void print_table(FILE *out, const struct seen *seen)
{
    char rows[MAX_LIMITS + 1][COLUMNS][CELL];
    int widths[COLUMNS] = {0};
    for (int i = 0; i < COLUMNS; i++)
        snprintf(rows[0][i], CELL, "%s", titles[i]);
    for (unsigned k = 0; k < seen->limit_count; k++)
        fill_row(rows[k + 1], &seen->limits[k]);
    for (unsigned k = 0; k <= seen->limit_count; k++)
        for (int i = 0; i < COLUMNS; i++)
            if ((int)strlen(rows[k][i]) > widths[i])
                widths[i] = (int)strlen(rows[k][i]);
    for (unsigned k = 0; k <= seen->limit_count; k++)
        print_row(out, rows[k], widths);
}

void write_plain(FILE *out, const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        if (i > 0)
            fputc('\n', out);
        write_heading(out, &view->seen[i]);
        fputc('\n', out);
        print_table(out, &view->seen[i]);
    }
}
