/*
 * quota.c - so many a minute, as providers mean it: no more in any minute, wherever it begins.
 *
 * What passes in a time is at most the burst, and the rate for that time. So a fiftieth of it may
 * go at once after a rest, and what that leaves is the rate: it is spread over the minute, and
 * there is no first minute that has twice as much. Half a percent stays: what departs late is
 * nearer to what follows, and nobody knows how long the ways are to where it is counted.
 */
#include "parse.h"

enum { PARTS_AT_ONCE = 50, PARTS_LEFT = 200 };

/* Of few, there is no part that could stay: the last of them has a whole interval to be late. */
static uint64_t margin_of(uint64_t quota)
{
    return quota < PARTS_LEFT ? 0 : quota / PARTS_LEFT + (quota % PARTS_LEFT != 0);
}

static uint64_t usual_burst(uint64_t quota)
{
    return quota < PARTS_AT_ONCE ? 1 : quota / PARTS_AT_ONCE;
}

/* Nothing is left of one that was the burst. But those that are further apart than such a time are
 * never two in it: so it is the time that has the margin. */
static bool make_one(struct draft *draft)
{
    struct limit *limit = &draft->limit;
    limit->period_ns += limit->period_ns / PARTS_LEFT + 1;
    return limit->period_ns <= RL_MOST_PERIOD_NS ||
           complain(draft->rate,
                    "%s is too long a time: 0.5 %% is added, and then it is longer "
                    "than 366 days",
                    quote(draft->rate).text);
}

bool make_quota(struct draft *draft)
{
    struct limit *limit = &draft->limit;
    uint64_t quota = limit->capacity, left = quota - margin_of(quota);

    if (limit->unit == UNIT_REQUESTS && !draft->says_count)
        limit->only_models = limit->rules == 0;
    if (!length(draft->burst))
        limit->burst = usual_burst(quota);
    if (quota == 1 && limit->burst == 1)
        return make_one(draft);
    if (limit->burst >= left)
        return complain(draft->burst, "a burst of %s leaves nothing of %s; burst=%llu would",
                        quote(draft->burst).text, quote(draft->rate).text,
                        (unsigned long long)usual_burst(quota));
    limit->capacity = left - limit->burst;
    return burst_fits(limit, length(draft->burst) ? draft->burst : draft->rate);
}
