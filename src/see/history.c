/* history.c - see history.h. */
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "history.h"

struct sample {
    uint64_t at_ns;
    uint64_t units[MAX_LIMITS];
};

struct track {
    bool named, present;
    char name[MAX_SHARED_NAME + 1];
    unsigned count;                 /* of samples, */
    struct sample samples[HISTORY]; /* the last one first */
};

static struct track *find(const struct history *history, const struct seen *seen)
{
    for (size_t i = 0; i < history->count; i++) {
        struct track *track = &history->tracks[i];
        if (track->named == seen->named && strcmp(track->name, seen->name) == 0)
            return track;
    }
    return NULL;
}

static struct track *add(struct history *history, const struct seen *seen)
{
    struct track *more = realloc(history->tracks, (history->count + 1) * sizeof *more);
    if (!more)
        return NULL;
    history->tracks = more;
    struct track *track = &more[history->count++];
    *track = (struct track){.named = seen->named};
    memcpy(track->name, seen->name, sizeof track->name);
    return track;
}

/* One of the same name may be another by now. */
static bool is_same(const struct track *track, const struct seen *seen)
{
    for (unsigned i = 0; i < seen->limit_count && track->count; i++)
        if (seen->limits[i].passed.units < track->samples[0].units[i])
            return false;
    return true;
}

static void sample(struct track *track, const struct seen *seen)
{
    if (!is_same(track, seen))
        track->count = 0;
    memmove(track->samples + 1, track->samples, (HISTORY - 1) * sizeof *track->samples);
    track->count += track->count < HISTORY;
    track->present = true;
    track->samples[0] = (struct sample){.at_ns = seen->looked_ns};
    for (unsigned i = 0; i < seen->limit_count; i++)
        track->samples[0].units[i] = seen->limits[i].passed.units;
}

bool history_add(struct history *history, const struct view *view)
{
    size_t kept = 0;
    for (size_t i = 0; i < view->count; i++) {
        struct track *track = find(history, &view->seen[i]);
        if (!track && !(track = add(history, &view->seen[i])))
            return false;
        sample(track, &view->seen[i]);
    }
    for (size_t i = 0; i < history->count; i++) {
        if (!history->tracks[i].present)
            continue;
        history->tracks[i].present = false;
        if (i != kept)
            history->tracks[kept] = history->tracks[i];
        kept++;
    }
    history->count = kept;
    return true;
}

void history_forget(struct history *history)
{
    free(history->tracks);
    *history = (struct history){0};
}

/* Of the i-th limit, between two samples. */
static double rate_between(const struct sample *from, const struct sample *to, unsigned i)
{
    if (to->at_ns <= from->at_ns)
        return 0;
    return (double)(to->units[i] - from->units[i]) * (double)RL_SECOND /
           (double)(to->at_ns - from->at_ns);
}

double history_rate(const struct history *history, const struct seen *seen, unsigned i,
                    unsigned seconds)
{
    enum { UNSTEADINESS_NS = 200000000 };
    const struct track *track = find(history, seen);
    if (!track || track->count < 2)
        return -1;
    unsigned from = 1;
    uint64_t now_ns = track->samples[0].at_ns, window_ns = seconds * RL_SECOND;
    while (from + 1 < track->count &&
           now_ns - track->samples[from].at_ns + UNSTEADINESS_NS < window_ns)
        from++;
    return rate_between(&track->samples[from], &track->samples[0], i);
}

static char letter(double share)
{
    static const char letters[] = " .:-=+*#";
    enum { MOST = sizeof letters - 2 };
    if (share <= 0)
        return ' ';
    if (share > 1.05)
        return '@';
    int level = (int)(share * MOST + 0.5);
    return letters[level < 1 ? 1 : level > MOST ? MOST : level];
}

void history_graph(const struct history *history, const struct seen *seen, unsigned i, char *graph,
                   unsigned count)
{
    const struct track *track = find(history, seen);
    memset(graph, ' ', count);
    graph[count] = '\0';
    for (unsigned k = 0; track && k + 1 < track->count && k < count; k++)
        graph[count - 1 - k] = letter(rate_between(&track->samples[k + 1], &track->samples[k], i) /
                                      number_per_second(&seen->limits[i]));
}
