/* line.c - see line.h. Any of it may be torn or stale: see struct rl_line. */
#include <errno.h>

#include "limiter.h"
#include "line.h"
#include "pages.h"

static uint64_t load(const uint64_t *field)
{
    return __atomic_load_n(field, __ATOMIC_RELAXED);
}

static void store(uint64_t *field, uint64_t value)
{
    __atomic_store_n(field, value, __ATOMIC_RELAXED);
}

static bool is_held(const struct rl_place *place, uint64_t now_ns)
{
    uint64_t until_ns = load(&place->until_ns);
    return load(&place->since_ns) && now_ns <= rl_add(until_ns, LINE_GRACE_NS) &&
           until_ns <= rl_add(now_ns, LINE_LONGEST_NS);
}

/* Who came first; of two who came at once, whose place is before. */
static bool is_before(const struct rl_place *place, uint64_t index, uint64_t since_ns,
                      uint64_t place_of)
{
    uint64_t since = load(&place->since_ns);
    return since < since_ns || (since == since_ns && place_of && index < place_of);
}

static void set_extent(struct rl_line *line, uint32_t from, uint32_t to)
{
    __atomic_compare_exchange_n(&line->extent, &from, to, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
}

/* The first ones have room for themselves with the line, and so has what was in use before. */
static bool has_room(const struct rl_line *line, uint64_t i)
{
    const struct rl_place *place = &line->places[i - 1];
    return (const char *)(place + 1) <= (const char *)line + LINE_TOUCHED ||
           i <= line_extent(line) || pages_ask(place, sizeof *place) != ENOSPC;
}

/* A reservation whose units were taken has no place, but something else there. */
static bool is_place(uint64_t place)
{
    return place && place <= RL_PLACES;
}

struct line_ahead line_ahead(struct rl_line *line, uint64_t since_ns, uint64_t place,
                             uint64_t due_by_ns, uint64_t now_ns)
{
    struct line_ahead ahead = {0};
    uint32_t extent = line_extent(line), used = is_place(place) ? (uint32_t)place : 0;
    for (uint32_t i = 1; i <= extent; i++) {
        const struct rl_place *other = &line->places[i - 1];
        if (i == place || !is_held(other, now_ns))
            continue;
        used = i > used ? i : used;
        ahead.waiting++;
        uint64_t due_ns = load(&other->due_ns);
        if (!is_before(other, i, since_ns, place) || due_ns > due_by_ns)
            continue;
        ahead.cost = rl_add(ahead.cost, load(&other->cost));
        ahead.latest_due_ns = rl_later(ahead.latest_due_ns, due_ns);
    }
    /* Should somebody enter beyond meanwhile, he is seen when he renews his place. */
    if (used < extent)
        set_extent(line, extent, used);
    return ahead;
}

static bool take_place(struct rl_place *place, uint64_t from_since_ns, uint64_t since_ns)
{
    return __atomic_compare_exchange_n(&place->since_ns, &from_since_ns, since_ns, false,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* The first one that is free, or was left; else that of who came last, if that was later. So those
 * who have none are behind all who have one. */
static uint64_t find_place(struct rl_line *line, uint64_t since_ns, uint64_t now_ns)
{
    uint64_t last = 0, last_since_ns = since_ns;
    for (uint32_t i = 1; i <= RL_PLACES && has_room(line, i); i++) {
        struct rl_place *place = &line->places[i - 1];
        uint64_t since = load(&place->since_ns);
        if (!is_held(place, now_ns)) {
            if (take_place(place, since, since_ns))
                return i;
        } else if (since > last_since_ns) {
            last = i;
            last_since_ns = since;
        }
    }
    return last && take_place(&line->places[last - 1], last_since_ns, since_ns) ? last : 0;
}

uint64_t line_enter(struct rl_line *line, uint64_t place, const struct rl_place *of,
                    uint64_t now_ns)
{
    if (!is_place(place) || !has_room(line, place) ||
        load(&line->places[place - 1].since_ns) != of->since_ns)
        place = find_place(line, of->since_ns, now_ns);
    if (!place)
        return 0;

    struct rl_place *own = &line->places[place - 1];
    store(&own->cost, of->cost);
    store(&own->due_ns, of->due_ns);
    store(&own->until_ns, of->until_ns);
    for (uint32_t extent; (extent = line_extent(line)) < place;)
        set_extent(line, extent, (uint32_t)place);
    raise_to(&line->waited_until_ns, rl_add(of->until_ns, LINE_GRACE_NS));
    return place;
}

void line_leave(struct rl_line *line, uint64_t place, uint64_t since_ns)
{
    if (is_place(place) && has_room(line, place))
        __atomic_compare_exchange_n(&line->places[place - 1].since_ns, &since_ns, 0, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
