/* options.c - what stands behind WHAT RATE: OPTION=VALUE. */
#include <stdio.h>

#include "parse.h"

bool same_unit(struct draft *draft, struct piece word, struct amount amount)
{
    static const char hint[] = "; one that begins with '%s' counts them";
    enum unit unit = draft->limit.unit;
    char text[sizeof hint + sizeof "requests"] = "";
    if (amount.unit == UNIT_CALLS || amount.unit == unit)
        return true;
    if (unit == UNIT_CALLS || amount.unit == UNIT_REQUESTS)
        snprintf(text, sizeof text, hint,
                 amount.unit == UNIT_BYTES ? "out" : unit_name(amount.unit));
    return complain(word, "%s is in %s, but this limit counts %s%s", quote(word).text,
                    unit_name(amount.unit), unit_name(unit), text);
}

static bool option_algo(struct draft *draft, struct piece value)
{
    return parse_algo(value, &draft->limit.algo);
}

static bool option_burst(struct draft *draft, struct piece value)
{
    struct amount burst;
    if (!parse_amount(value, &burst) || !same_unit(draft, value, burst))
        return false;
    draft->limit.burst = burst.value;
    draft->burst = value;
    return burst_fits(&draft->limit, value);
}

static bool option_timeout(struct draft *draft, struct piece value)
{
    return parse_duration(value, &draft->limit.timeout_ns);
}

static bool option_mode(struct draft *draft, struct piece value)
{
    return parse_mode(value, &draft->limit.mode);
}

static bool option_to(struct draft *draft, struct piece value)
{
    return parse_to(draft->config, &draft->limit, value);
}

static bool option_local(struct draft *draft, struct piece value)
{
    return parse_local(draft->config, &draft->limit, value);
}

static bool option_scope(struct draft *draft, struct piece value)
{
    return parse_scope(draft->config, value, &draft->limit);
}

static bool option_nonblock(struct draft *draft, struct piece value)
{
    return parse_nonblock(value, &draft->limit.nonblock);
}

/* Only of what is said: a limit on tokens by the size of what is sent has no parts. */
static bool reads(const struct draft *draft, enum unit unit)
{
    return draft->limit.reads && draft->limit.unit == unit;
}

static bool count_requests(struct draft *draft, struct piece value)
{
    static const struct {
        char name[sizeof "models"];
        bool only_models;
    } ways[] = {{"all", false}, {"models", true}}, *row;

    row = look_up(value, "count of requests", ROWS(ways));
    if (row)
        draft->limit.only_models = row->only_models;
    draft->says_count = true;
    return row;
}

static bool count_tokens(struct draft *draft, struct piece value)
{
    static const struct {
        char name[sizeof "output"];
        enum counted counted;
    } ways[] = {{"total", COUNTED_TOTAL}, {"input", COUNTED_INPUT}, {"output", COUNTED_OUTPUT}},
      *row;

    row = look_up(value, "count of tokens", ROWS(ways));
    if (row)
        draft->limit.counted = row->counted;
    return row;
}

static bool has_cached(const struct draft *draft, struct piece value)
{
    return !draft->limit.cached_is_free || draft->limit.counted != COUNTED_OUTPUT ||
           complain(value, "what is cached is input, and count=output has none of that");
}

static bool option_count(struct draft *draft, struct piece value)
{
    if (reads(draft, UNIT_REQUESTS))
        return count_requests(draft, value);
    if (reads(draft, UNIT_TOKENS))
        return count_tokens(draft, value) && has_cached(draft, value);
    return complain(value, "count= is for limits that begin with 'tokens' or 'requests'");
}

static bool option_cached(struct draft *draft, struct piece value)
{
    static const struct {
        char name[sizeof "counted"];
        bool is_free;
    } ways[] = {{"counted", false}, {"free", true}}, *row;

    if (!reads(draft, UNIT_TOKENS))
        return complain(value, "cached= is for limits that begin with 'tokens'");
    row = look_up(value, "way", ROWS(ways));
    if (row)
        draft->limit.cached_is_free = row->is_free;
    return row && has_cached(draft, value);
}

/* It becomes a field of comma-separated rows, and a word of the summary. */
static bool option_name(struct draft *draft, struct piece value)
{
    if (length(value) >= MAX_LABEL)
        return complain(value, "a name has at most %d characters", MAX_LABEL - 1);
    for (const char *c = value.at; c < value.end; c++)
        if (*c <= ' ' || *c > '~' || *c == ',' || *c == ';')
            return complain(value, "a name consists of printable ASCII characters without , and ;");
    snprintf(draft->limit.label, MAX_LABEL, "%.*s", (int)length(value), value.at);
    return true;
}

static const struct option {
    char name[sizeof "nonblock"];
    bool (*read)(struct draft *draft, struct piece value);
} options[] = {
    {"algo", option_algo},       {"burst", option_burst},
    {"timeout", option_timeout}, {"mode", option_mode},
    {"to", option_to},           {"local", option_local},
    {"scope", option_scope},     {"nonblock", option_nonblock},
    {"name", option_name},       {"count", option_count},
    {"cached", option_cached},
};

bool read_option(struct draft *draft, struct piece word, unsigned *seen)
{
    struct piece value = word, name;
    if (!cut(&value, '=', &name))
        return complain(word,
                        "%s is not an option; they are written NAME=VALUE, and a unit directly "
                        "behind its number",
                        quote(word).text);

    const struct option *option = look_up(name, "option", ROWS(options));
    if (!option)
        return false;
    unsigned bit = 1U << (option - options);
    if (*seen & bit)
        return complain(name, "%s is given twice", quote(name).text);
    *seen |= bit;
    if (length(value) == 0)
        return complain(value, "the value of %s is missing", quote(name).text);
    return option->read(draft, value);
}
