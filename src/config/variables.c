/* variables.c - what each RL_* variable means. */
#include <string.h>

#include "variables.h"

static bool read_algo(struct reading *reading, struct piece value)
{
    enum rl_algo *algo = &reading->config->usual.algo;
    if (!parse_algo(value, algo))
        return false;
    reading->limit.unit = *algo == RL_LLM_TOKEN ? UNIT_TOKENS : UNIT_CALLS;
    return true;
}

static bool read_mode(struct reading *reading, struct piece value)
{
    return parse_mode(value, &reading->config->usual.mode);
}

static bool read_timeout(struct reading *reading, struct piece value)
{
    return parse_duration(value, &reading->config->usual.timeout_ns);
}

static bool read_scope(struct reading *reading, struct piece value)
{
    return parse_scope(reading->config, value, &reading->config->usual);
}

static bool read_nonblock(struct reading *reading, struct piece value)
{
    return parse_nonblock(value, &reading->config->usual.nonblock);
}

static bool read_escape(struct reading *reading, struct piece value)
{
    static const struct {
        char name[sizeof "refuse"];
        enum escape escape;
    } ways[] = {{"warn", ESCAPE_WARN}, {"refuse", ESCAPE_REFUSE}, {"allow", ESCAPE_ALLOW}}, *row;

    row = look_up(value, "way", ROWS(ways));
    if (row)
        reading->config->escape = row->escape;
    return row;
}

static bool read_bytes_per_token(struct reading *reading, struct piece value)
{
    struct amount bytes;
    if (!parse_amount(value, &bytes))
        return false;
    if (bytes.unit == UNIT_TOKENS || bytes.unit == UNIT_REQUESTS)
        return complain(value, "%s is not a number of bytes", quote(value).text);
    reading->config->bytes_per_token = bytes.value;
    return true;
}

static bool read_http2(struct reading *reading, struct piece value)
{
    static const struct {
        char name[sizeof "refuse"];
        bool allowed;
    } ways[] = {{"refuse", false}, {"allow", true}}, *row;

    row = look_up(value, "way", ROWS(ways));
    if (row)
        reading->config->http2_allowed = row->allowed;
    return row;
}

static bool read_summary(struct reading *reading, struct piece value)
{
    static const struct {
        char name[sizeof "false"];
        bool yes;
    } answers[] = {{"1", true},   {"0", false},   {"yes", true},
                   {"no", false}, {"true", true}, {"false", false}},
      *answer;

    answer = find_row(value, ROWS(answers));
    if (answer) {
        reading->config->summary = answer->yes;
        return true;
    }
    if (!is_digit(*value.at))
        return look_up(value, "answer", ROWS(answers));
    uint64_t *summary_ns = &reading->config->summary_ns;
    if (!parse_duration(value, summary_ns))
        return false;
    reading->config->summary = true;
    return *summary_ns >= RL_SECOND ||
           complain(value, "%s is too often; once a second at most", quote(value).text);
}

static bool read_trace(struct reading *reading, struct piece value)
{
    return keep_text(reading->config, value, &reading->config->trace);
}

static bool read_log(struct reading *reading, struct piece value)
{
    return keep_text(reading->config, value, &reading->config->log);
}

/* Made by the library, for what the program starts. */
static bool read_tree(struct reading *reading, struct piece value)
{
    for (const char *c = value.at; c < value.end; c++)
        if (*c != ',' && !(*c >= '0' && *c <= '9') && !(*c >= 'a' && *c <= 'f'))
            return complain(value, "%s names no tree; rlshim itself sets it: unset it",
                            quote(value).text);
    reading->config->trees = value.at;
    return true;
}

static bool read_unit(struct reading *reading, struct piece value)
{
    static const struct {
        char name[sizeof "requests"];
        enum unit unit;
    } units[] = {{"calls", UNIT_CALLS},
                 {"bytes", UNIT_BYTES},
                 {"tokens", UNIT_TOKENS},
                 {"requests", UNIT_REQUESTS}},
      *row;

    row = look_up(value, "unit", ROWS(units));
    if (row)
        reading->limit.unit = row->unit;
    return row;
}

/* An attempt to connect is one call, and no bytes. Tokens of calls are those by their size. */
static bool read_calls(struct reading *reading, struct piece value)
{
    enum unit unit = reading->limit.unit;
    struct piece word;
    bool more;

    if (unit == UNIT_REQUESTS)
        return complain(value, "requests are counted in what is said, whatever calls say it; "
                               "leave RL_CALLS out, or count them by RL_UNIT=calls");
    do {
        more = cut(&value, ',', &word);
        word = trimmed(word);
        if (length(word) == 0)
            return complain(word, "a call is missing");
        const struct what *call = parse_call(word);
        if (!call)
            return false;
        if (unit != UNIT_CALLS && (call->calls & (CALL_CONNECT | CALL_ACCEPT)))
            return complain(word, "%s has no %s; RL_UNIT=calls counts it", quote(word).text,
                            unit_name(unit));
        reading->limit.calls |= call->calls;
    } while (more);
    return true;
}

static bool read_seconds(struct reading *reading, struct piece value)
{
    return parse_period(value, &reading->limit.period_ns);
}

static bool read_to(struct reading *reading, struct piece value)
{
    return parse_to(reading->config, &reading->limit, value);
}

static bool parse_amount_in_unit(struct reading *reading, struct piece value, uint64_t *amount)
{
    enum unit unit = reading->limit.unit;
    struct amount given;
    if (!parse_amount(value, &given))
        return false;
    if (given.unit != UNIT_CALLS && given.unit != unit)
        return complain(value, "%s is in %s, but %s are counted; set RL_UNIT=%s", quote(value).text,
                        unit_name(given.unit), unit_name(unit), unit_name(given.unit));
    *amount = given.value;
    return true;
}

static bool read_capacity(struct reading *reading, struct piece value)
{
    struct limit *limit = &reading->limit;
    const struct limit *usual = &reading->config->usual;

    if (!parse_amount_in_unit(reading, value, &limit->capacity))
        return false;
    strcpy(limit->label, "RL_CAPACITY");
    limit->reads = !limit->calls && (limit->unit == UNIT_TOKENS || limit->unit == UNIT_REQUESTS);
    if (!limit->calls)
        limit->calls = CALL_SEND | CALL_WRITE | (limit->unit == UNIT_CALLS ? CALL_CONNECT : 0);
    limit->burst = limit->capacity;
    limit->algo = usual->algo;
    limit->mode = usual->mode;
    limit->nonblock = usual->nonblock;
    limit->scope = usual->scope;
    limit->shared_name = usual->shared_name;
    limit->timeout_ns = usual->timeout_ns;
    return add_limit(reading->config, limit, value);
}

static bool read_burst(struct reading *reading, struct piece value)
{
    uint64_t burst = 0;
    struct amount amount;
    bool has_capacity = reading->config->count;
    if (!has_capacity)
        return parse_amount(value, &amount);
    if (!parse_amount_in_unit(reading, value, &burst))
        return false;
    reading->config->limits[0].burst = burst;
    return burst_fits(&reading->config->limits[0], value);
}

static bool read_limits(struct reading *reading, struct piece value)
{
    return parse_limits(reading->config, value);
}

static bool read_config(struct reading *reading, struct piece value)
{
    return read_file(reading->config, value);
}

/* In the order in which they are read: first what is the default for others. */
const struct variable variables[] = {
    {"RL_ALGO", read_algo, "RL_ALGO=token-bucket", ADJUSTS, NULL},
    {"RL_MODE", read_mode, "RL_MODE=shape", ADJUSTS, NULL},
    {"RL_TIMEOUT", read_timeout, "RL_TIMEOUT=30s", ADJUSTS, NULL},
    {"RL_SCOPE", read_scope, "RL_SCOPE=tree", ADJUSTS, NULL},
    {"RL_NONBLOCK", read_nonblock, "RL_NONBLOCK=auto", ADJUSTS, NULL},
    {"RL_ESCAPE", read_escape, "RL_ESCAPE=warn", REPORTS, NULL},
    {"RL_BYTES_PER_TOKEN", read_bytes_per_token, "RL_BYTES_PER_TOKEN=4", ADJUSTS, NULL},
    {"RL_HTTP2", read_http2, "RL_HTTP2=refuse", ADJUSTS, NULL},
    {"RL_SUMMARY", read_summary, "RL_SUMMARY=1", REPORTS, NULL},
    {"RL_TRACE", read_trace, "RL_TRACE=/tmp/trace.csv", REPORTS, NULL},
    {"RL_LOG", read_log, "RL_LOG=/tmp/rlshim.log", REPORTS, NULL},
    {"RL_TREE", read_tree, "unset RL_TREE", OF_TREE, NULL},
    {"RL_UNIT", read_unit, "RL_UNIT=bytes", REFINES, "has its unit behind the amount"},
    {"RL_CALLS", read_calls, "RL_CALLS=send,write", REFINES, "says first what counts"},
    {"RL_SECONDS", read_seconds, "RL_SECONDS=0.5", REFINES, "has its time behind the '/'"},
    {"RL_TO", read_to, "RL_TO='*.example.com:443,!10.0.0.0/8'", REFINES, "has an option 'to='"},
    {"RL_CAPACITY", read_capacity, "RL_CAPACITY=1MB RL_UNIT=bytes", GIVES, NULL},
    {"RL_BURST", read_burst, "RL_CAPACITY=10 RL_BURST=1", REFINES, "has an option 'burst='"},
    {"RL_LIMITS", read_limits, "RL_LIMITS='out 1MB/s; connect 10/s'", GIVES, NULL},
    {"RL_CONFIG", read_config, "RL_CONFIG=/etc/rlshim.conf", GIVES, NULL},
};
