/*
 * departures.c - reads a record of departures (record.h), and fails if any window holds more than
 * the bound: of w seconds, burst + rate * (w + 1 ms) units.
 *
 * How all windows are looked at stands in meter.h. Here nothing else is allowed for, since a
 * departure is written down where it happens. Of a rate that was changed by a program, between two
 * looks at the clock, the larger one counts in between. It prints, as NAME=VALUE,
 *
 *     excess    units above burst + rate * w, in the worst window; and its end
 *     achieved  what departed from BEGIN to END, of all that might have while nobody was stopped
 *     after     what departed in the second after CONTINUED, of the rate: the least of all
 *     jain0     Jain's index of the first group: 1 if all have the same, 1/n if one has it all
 */
#include <getopt.h>
#include <stdbool.h>

#include "record.h"
#include "tool.h"

static const char usage[] = "departures [OPTION]... FILE\n"
                            "  -k KIND     what counts: c (connects), s (sends), r (receives), a "
                            "(accepts)\n"
                            "  -r RATE     units a second, and\n"
                            "  -b BURST    units that may pass at once\n"
                            "  -c FROM:TO:RATE  another rate since then, ns of CLOCK_MONOTONIC\n";

static const double tolerance = 0.001; /* seconds */

static const struct entry *entries; /* in the order of time */
static size_t count;
static enum entry_kind kind = SENT;
static double rate, burst;

enum { MOST_CHANGES = 16 };
static struct change {
    uint64_t from_ns, to_ns;
    double rate;
} changes[MOST_CHANGES];
static int change_count;

static void add_change(const char *text)
{
    struct change *change = &changes[change_count];
    if (change_count == MOST_CHANGES ||
        sscanf(text, "%" SCNu64 ":%" SCNu64 ":%lf", &change->from_ns, &change->to_ns,
               &change->rate) != 3)
        die("understand a change");
    change_count++;
}

/* Up to an instant, at each of the rates. */
static double pass_time(struct meter *meter, uint64_t ns)
{
    static int done;
    static double next;
    for (; done < 2 * change_count; done++) {
        const struct change *change = &changes[done / 2];
        uint64_t at_ns = done % 2 ? change->to_ns : change->from_ns;
        if (at_ns > ns)
            break;
        meter_add(meter, 0, at_ns);
        if (done % 2 == 0)
            next = change->rate > meter->rate ? change->rate : meter->rate;
        meter->rate = done % 2 ? change->rate : next;
    }
    return meter->rate;
}
static uint64_t begin_ns, end_ns = UINT64_MAX;

static int by_time(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    return (one->ns > other->ns) - (one->ns < other->ns);
}

static void read_record(const char *file)
{
    record_open_file(file);
    if (record->count > RECORD_ENTRIES) {
        errno = ENOSPC;
        die("keep all of it in a record");
    }
    count = record->count;
    qsort(record->entries, count, sizeof *entries, by_time);
    for (entries = record->entries; count && entries->ns == 0; entries++)
        count--;
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == BEGIN)
            begin_ns = entries[i].ns;
        else if (entries[i].kind == END)
            end_ns = entries[i].ns;
    if (begin_ns == 0 && count)
        begin_ns = entries[0].ns;
    if (end_ns == UINT64_MAX && count)
        end_ns = entries[count - 1].ns;
}

/* True if the bound was kept. */
static bool look_at_all_windows(void)
{
    struct meter meter = {.rate = rate, .burst = burst};
    double worst = 0, highest = rate;
    uint64_t worst_ns = begin_ns;
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == kind) {
            double now = pass_time(&meter, entries[i].ns);
            highest = now > highest ? now : highest;
            meter_add(&meter, entries[i].units, entries[i].ns);
            if (meter.max_level > worst) {
                worst = meter.max_level;
                worst_ns = entries[i].ns;
            }
        }
    double excess = worst - burst, allowed = highest * tolerance;
    printf("units=%" PRIu64 " excess=%.3f allowed=%.3f at=%.6f\n", meter.units, excess, allowed,
           seconds(worst_ns) - seconds(begin_ns));
    if (meter.units == 0)
        fputs("departures: nothing departed\n", stderr);
    else if (excess > allowed + 1e-6) /* which is the rounding of a double */
        fprintf(stderr, "departures: too fast: %.3f units above the bound\n", excess - allowed);
    else
        return true;
    return false;
}

static double units_between(uint64_t from, uint64_t to)
{
    double units = 0;
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == kind && entries[i].ns > from && entries[i].ns <= to)
            units += entries[i].units;
    return units;
}

static void print_rates(void)
{
    double stopped = 0, after = -1;
    uint64_t stopped_ns = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t ns = entries[i].ns, next_ns = end_ns;
        if (entries[i].kind == STOPPED)
            stopped_ns = ns;
        if (entries[i].kind != CONTINUED)
            continue;
        stopped += seconds(ns - stopped_ns);
        for (size_t j = i; j < count && next_ns == end_ns; j++)
            if (entries[j].kind == STOPPED)
                next_ns = entries[j].ns;
        if (next_ns < ns + NS_PER_SECOND)
            continue;
        double got = units_between(ns, ns + NS_PER_SECOND) / rate;
        if (after < 0 || got < after)
            after = got;
    }
    double running = seconds(end_ns - begin_ns) - stopped;
    printf("seconds=%.3f achieved=%.4f", running,
           units_between(begin_ns - 1, end_ns) / (burst + rate * running));
    if (after >= 0)
        printf(" after=%.4f", after);
    putchar('\n');
}

/* What one of them had from BEGIN to END. */
static double units_of(uint32_t who)
{
    double units = 0;
    for (size_t i = 0; i < count; i++)
        if (entries[i].kind == kind && entries[i].who == who && entries[i].ns >= begin_ns &&
            entries[i].ns <= end_ns)
            units += entries[i].units;
    return units;
}

static void print_group(uint32_t group)
{
    double sum = 0, squares = 0, least = 0, most = 0;
    unsigned members = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != MEMBER || entries[i].units != group)
            continue;
        double units = units_of(entries[i].who);
        least = members == 0 || units < least ? units : least;
        most = units > most ? units : most;
        sum += units;
        squares += units * units;
        members++;
    }
    if (members)
        printf("members%u=%u units%u=%.0f least%u=%.0f most%u=%.0f jain%u=%.4f\n", group, members,
               group, sum, group, least, group, most, group,
               squares > 0 ? sum * sum / (members * squares) : 0);
}

int main(int argc, char **argv)
{
    for (int option; (option = getopt(argc, argv, "k:r:b:c:")) != -1;)
        switch (option) {
        case 'k':
            kind = (enum entry_kind) * optarg;
            break;
        case 'r':
            rate = strtod(optarg, NULL);
            break;
        case 'c':
            add_change(optarg);
            break;
        case 'b':
            burst = strtod(optarg, NULL);
            break;
        default:
            fputs(usage, stderr);
            return 2;
        }
    if (optind != argc - 1 || rate <= 0) {
        fputs(usage, stderr);
        return 2;
    }
    read_record(argv[optind]);
    bool kept = look_at_all_windows();
    print_rates();
    print_group(0);
    print_group(1);
    return !kept;
}
