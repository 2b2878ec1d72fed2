/* limit.c - the parts of a limit that all doors have in common, and room for one more. */
#include <string.h>

#include "parse.h"

enum { SENDING = CALL_SEND | CALL_WRITE };

static const struct what whats[] = {
    {"connect", CALL_CONNECT, UNIT_CALLS, false},
    {"send", CALL_SEND, UNIT_CALLS, false},
    {"write", CALL_WRITE, UNIT_CALLS, false},
    {"calls", CALL_CONNECT | SENDING, UNIT_CALLS, false},
    {"accept", CALL_ACCEPT, UNIT_CALLS, false},
    {"recv", CALL_RECV, UNIT_CALLS, false},
    {"read", CALL_READ, UNIT_CALLS, false},
    {"out", SENDING, UNIT_BYTES, false},
    {"in", CALL_RECV | CALL_READ, UNIT_BYTES, false},
    {"requests", SENDING, UNIT_REQUESTS, false},
    {"tokens", SENDING, UNIT_TOKENS, false},
    {"rpm", SENDING, UNIT_REQUESTS, true},
    {"tpm", SENDING, UNIT_TOKENS, true},
};

enum { WHATS = sizeof whats / sizeof *whats };

static bool is_one_family(const struct what *what)
{
    return what->unit == UNIT_CALLS && !(what->calls & (what->calls - 1));
}

static const struct what *parse_one_of(struct piece word, const char *kind, bool only_families)
{
    struct what fitting[WHATS];
    size_t count = 0;

    for (const struct what *what = whats; what < whats + WHATS; what++) {
        if (only_families && !is_one_family(what))
            continue;
        if (equals(word, what->name))
            return what;
        fitting[count++] = *what;
    }
    look_up(word, kind, fitting, sizeof *fitting, count);
    return NULL;
}

const struct what *parse_what(struct piece word)
{
    return parse_one_of(word, "kind of limit", false);
}

const struct what *parse_call(struct piece word)
{
    return parse_one_of(word, "call", true);
}

bool parse_algo(struct piece word, enum rl_algo *algo)
{
    struct named names[RL_ALGOS];
    char name[32] = "";

    if (length(word) < sizeof name)
        memcpy(name, word.at, length(word));
    *algo = rl_algo_named(name);
    if (*algo < RL_ALGOS)
        return true;

    for (enum rl_algo i = 0; i < RL_ALGOS; i++)
        stpcpy(names[i].name, rl_algo_name(i));
    look_up(word, "algorithm", ROWS(names));
    return false;
}

bool parse_mode(struct piece word, enum rl_mode *mode)
{
    static const struct {
        char name[sizeof "police"];
        enum rl_mode mode;
    } modes[] = {{"shape", RL_SHAPE}, {"police", RL_POLICE}}, *row;

    row = look_up(word, "mode", ROWS(modes));
    if (row)
        *mode = row->mode;
    return row;
}

bool parse_nonblock(struct piece word, enum nonblock *nonblock)
{
    static const struct {
        char name[sizeof "block"];
        enum nonblock nonblock;
    } ways[] = {{"auto", NONBLOCK_AUTO}, {"block", NONBLOCK_BLOCK}}, *row;

    row = look_up(word, "way", ROWS(ways));
    if (row)
        *nonblock = row->nonblock;
    return row;
}

/* It becomes a part of a file's name. */
static bool parse_shared_name(struct config *config, struct piece name, struct limit *limit)
{
    if (length(name) == 0)
        return complain(name, "a name is missing, as in 'shared:api'");
    if (equals(name, "NAME"))
        return complain(name, "NAME is to be a name of yours, as in 'shared:api'");
    if (length(name) > MAX_SHARED_NAME)
        return complain(name, "a name has at most %d characters", MAX_SHARED_NAME);
    for (const char *c = name.at; c < name.end; c++) {
        char lower = lower_case(*c);
        bool fits = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                    (c > name.at && strchr("._-", lower));
        if (!fits)
            return complain(name, "%s: a name consists of letters, digits, and . _ - behind them",
                            quote(name).text);
    }
    limit->scope = SCOPE_SHARED;
    return keep_text(config, name, &limit->shared_name);
}

bool parse_scope(struct config *config, struct piece word, struct limit *limit)
{
    static const struct {
        char name[sizeof "shared:NAME"];
        enum scope scope;
    } scopes[] = {{"tree", SCOPE_TREE}, {"process", SCOPE_PROCESS}, {"shared:NAME", SCOPE_SHARED}},
      *row;
    struct piece name = word, kind;

    if (cut(&name, ':', &kind) && equals(kind, "shared"))
        return parse_shared_name(config, name, limit);
    row = look_up(word, "scope", ROWS(scopes));
    if (row)
        limit->scope = row->scope;
    return row;
}

void set_defaults(struct config *config)
{
    config->usual.algo = RL_TOKEN_BUCKET;
    config->usual.nonblock = NONBLOCK_AUTO;
    config->usual.scope = SCOPE_TREE;
    config->usual.timeout_ns = RL_FOREVER;
    config->bytes_per_token = 4;
    config->escape = ESCAPE_WARN;
}

/* A burst equal to the capacity drains in one period, which always fits. */
bool burst_fits(const struct limit *limit, struct piece burst)
{
    struct rl_rate rate;
    return rl_rate_init(&rate, limit->capacity, limit->period_ns, limit->burst) == 0 ||
           complain(burst, "a burst of %s takes longer than a year and a half to drain",
                    quote(burst).text);
}

bool add_limit(struct config *config, const struct limit *limit, struct piece where)
{
    if (config->count == MAX_LIMITS)
        return complain(where, "more than %d limits", MAX_LIMITS);
    config->limits[config->count++] = *limit;
    return true;
}

bool config_keep(struct config *config, const char *string, size_t length, const char **kept)
{
    char *room = config->names + config->names_used;
    if (length >= NAME_SPACE - config->names_used)
        return false;
    memcpy(room, string, length);
    room[length] = '\0';
    config->names_used += length + 1;
    *kept = room;
    return true;
}

bool keep_text(struct config *config, struct piece text, const char **kept)
{
    return config_keep(config, text.at, length(text), kept) ||
           complain(text, "the names are too long: together more than %d bytes", NAME_SPACE);
}
