/* definition.c - see definition.h. What is read may be anything, and change meanwhile: it is copied
 * first, and then checked. */
#include <string.h>

#include "definition.h"

/* They all find room: there is as much as in the configuration. */
static uint16_t keep_name(struct segment *segment, const char *name)
{
    size_t at = 1; /* 0: none */
    while (segment->names[at])
        at += strlen(segment->names + at) + 1;
    memcpy(segment->names + at, name, strlen(name));
    return (uint16_t)at;
}

static void write_rules(struct segment *segment, unsigned at, const struct to_rule *rules,
                        unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        const struct to_rule *rule = &rules[k];
        struct segment_rule *copy = &segment->rules[at + k];
        *copy = (struct segment_rule){
            .kind = (uint8_t)rule->kind,
            .exclude = rule->exclude,
            .loopback = rule->loopback,
            .prefix = rule->prefix,
            .port = rule->port,
        };
        memcpy(copy->address, rule->address, sizeof copy->address);
        if (rule->kind == TO_NAME)
            copy->name_at = keep_name(segment, rule->name);
    }
}

static unsigned rules_before(const struct segment *segment, unsigned i)
{
    unsigned before = 0;
    while (i-- > 0)
        before += segment->limits[i].rules + segment->limits[i].locals;
    return before;
}

void definition_write(struct segment *segment, unsigned i, const struct config *config,
                      const struct limit *limit)
{
    unsigned first_rule = rules_before(segment, i), first_local = first_rule + limit->rules;
    struct segment_limit *written = &segment->limits[i];
    *written = (struct segment_limit){
        .capacity = limit->capacity,
        .period_ns = limit->period_ns,
        .burst = limit->burst,
        .timeout_ns = limit->timeout_ns,
        .calls = limit->calls,
        .unit = (uint8_t)limit->unit,
        .algo = (uint8_t)limit->algo,
        .mode = (uint8_t)limit->mode,
        .nonblock = (uint8_t)limit->nonblock,
        .counted = (uint8_t)limit->counted,
        .reads = limit->reads,
        .only_models = limit->only_models,
        .cached_is_free = limit->cached_is_free,
        .first_rule = (uint16_t)first_rule,
        .rules = (uint16_t)limit->rules,
        .first_local = (uint16_t)first_local,
        .locals = (uint16_t)limit->locals,
    };
    memcpy(written->label, limit->label, MAX_LABEL);
    write_rules(segment, first_rule, config->rules + limit->first_rule, limit->rules);
    write_rules(segment, first_local, config->rules + limit->first_local, limit->locals);
}

/* Of a name in a segment, a copy. False: it has no end. */
static bool copy_name(const struct segment *segment, uint16_t at, char name[MAX_HOST_NAME])
{
    size_t most = at < sizeof segment->names ? sizeof segment->names - at : 0;
    size_t size = most < MAX_HOST_NAME ? most : MAX_HOST_NAME;
    name[0] = '\0';
    memcpy(name, segment->names + (size ? at : 0), size);
    return memchr(name, '\0', size) != NULL;
}

static bool rule_is(const struct segment *segment, const struct segment_rule *written,
                    const struct to_rule *rule)
{
    char name[MAX_HOST_NAME];
    if (written->kind != rule->kind || written->exclude != rule->exclude ||
        written->port != rule->port)
        return false;
    switch (rule->kind) {
    case TO_ADDRESS:
        return written->prefix == rule->prefix &&
               memcmp(written->address, rule->address, sizeof rule->address) == 0;
    case TO_NAME:
        return copy_name(segment, written->name_at, name) && strcmp(name, rule->name) == 0;
    case TO_ANYONE:
    default:
        return true;
    }
}

static bool rules_are(const struct segment *segment, unsigned first, const struct to_rule *rules,
                      unsigned count)
{
    for (unsigned k = 0; k < count; k++)
        if (!rule_is(segment, &segment->rules[first + k], &rules[k]))
            return false;
    return true;
}

static bool is_list(unsigned first, unsigned count)
{
    return count <= MAX_RULES && first <= MAX_RULES - count;
}

static bool has_rules(const struct segment_limit *written)
{
    return is_list(written->first_rule, written->rules) &&
           is_list(written->first_local, written->locals);
}

static bool reads_same(const struct segment_limit *written, const struct limit *limit)
{
    return written->reads == limit->reads && written->counted == limit->counted &&
           written->only_models == limit->only_models &&
           written->cached_is_free == limit->cached_is_free;
}

bool definition_counts(const struct segment *segment, unsigned i, const struct config *config,
                       const struct limit *limit)
{
    const struct segment_limit written = segment->limits[i];
    return written.calls == limit->calls && written.unit == limit->unit &&
           reads_same(&written, limit) && written.rules == limit->rules &&
           written.locals == limit->locals && has_rules(&written) &&
           rules_are(segment, written.first_rule, config->rules + limit->first_rule,
                     limit->rules) &&
           rules_are(segment, written.first_local, config->rules + limit->first_local,
                     limit->locals);
}

static bool is_rate(const struct limit *limit, uint64_t capacity, uint64_t period_ns,
                    uint64_t burst)
{
    return limit->capacity == capacity && limit->period_ns == period_ns && limit->burst == burst;
}

bool definition_is(struct segment *segment, unsigned i, const struct config *config,
                   const struct limit *limit)
{
    const struct segment_limit written = segment->limits[i];
    struct rl_limiter limiter;
    if (written.algo != limit->algo || !definition_counts(segment, i, config, limit))
        return false;
    if (is_rate(limit, written.capacity, written.period_ns, written.burst))
        return true;
    if (!segment->shared[i].line.generation || !definition_limiter(segment, i, &limiter))
        return false;
    const struct rl_rate *rate = rl_current(&limiter);
    return is_rate(limit, rate->capacity, rate->period_ns, rate->burst);
}

void definition_rate(const struct segment *segment, unsigned i, struct limit *limit)
{
    limit->capacity = segment->limits[i].capacity;
    limit->period_ns = segment->limits[i].period_ns;
    limit->burst = segment->limits[i].burst;
}

static bool is_label(const char label[MAX_LABEL])
{
    for (int i = 0; i < MAX_LABEL; i++) {
        if (!label[i])
            return i > 0;
        if (label[i] < ' ' || label[i] > '~')
            return false;
    }
    return false;
}

void definition_label(const struct shared_limit *limit, const char *first, char label[MAX_LABEL])
{
    uint32_t generation = __atomic_load_n(&limit->line.generation, __ATOMIC_RELAXED);
    memcpy(label, limit->labels[generation % 2], MAX_LABEL);
    if (!generation || !is_label(label))
        memcpy(label, first, MAX_LABEL);
}

/* Requests are nowhere but in what is said, and calls and bytes are not in it. */
static bool can_be_counted(const struct segment_limit *written)
{
    bool is_unit = written->reads ? written->unit == UNIT_TOKENS || written->unit == UNIT_REQUESTS
                                  : written->unit <= UNIT_TOKENS;
    return is_unit && written->reads <= true && written->counted <= COUNTED_OUTPUT &&
           written->only_models <= true && written->cached_is_free <= true;
}

static bool can_be_true(const struct segment_limit *written)
{
    struct rl_rate rate;
    return written->calls && written->calls < (CALL_READ << 1) && can_be_counted(written) &&
           written->algo < RL_ALGOS && written->mode <= RL_POLICE &&
           written->nonblock <= NONBLOCK_BLOCK && has_rules(written) && is_label(written->label) &&
           rl_rate_init(&rate, written->capacity, written->period_ns, written->burst) == 0;
}

static bool read_rule(const struct segment *segment, const struct segment_rule *written,
                      struct config *config, const char **why)
{
    struct to_rule *rule = &config->rules[config->rule_count];
    char name[MAX_HOST_NAME] = "";
    *why = NULL;
    if (config->rule_count == MAX_RULES)
        return false;
    *why = "it is damaged";
    if (written->kind > TO_NAME || written->prefix > 128 || written->exclude > 1 ||
        written->loopback > 1)
        return false;
    *rule = (struct to_rule){
        .kind = written->kind,
        .exclude = written->exclude,
        .loopback = written->loopback,
        .prefix = written->prefix,
        .port = written->port,
    };
    memcpy(rule->address, written->address, sizeof rule->address);
    if (written->kind == TO_NAME) {
        if (!copy_name(segment, written->name_at, name) || !*name)
            return false;
        *why = NULL;
        if (!config_keep(config, name, strlen(name), &rule->name))
            return false;
    }
    config->rule_count++;
    return true;
}

static bool read_rules(const struct segment *segment, unsigned first, unsigned count,
                       struct config *config, const char **why)
{
    for (unsigned k = 0; k < count; k++) {
        const struct segment_rule rule = segment->rules[first + k];
        if (!read_rule(segment, &rule, config, why))
            return false;
    }
    return true;
}

bool definition_read(const struct segment *segment, unsigned i, struct config *config,
                     const char **why)
{
    const struct segment_limit written = segment->limits[i];
    unsigned first_rule = config->rule_count, first_local = first_rule + written.rules;
    *why = "it is damaged";
    if (!can_be_true(&written) ||
        !read_rules(segment, written.first_rule, written.rules, config, why) ||
        !read_rules(segment, written.first_local, written.locals, config, why))
        return false;
    *why = NULL;
    if (config->count == MAX_LIMITS)
        return false;
    struct limit *limit = &config->limits[config->count++];
    *limit = (struct limit){
        .calls = written.calls,
        .unit = written.unit,
        .counted = written.counted,
        .reads = written.reads,
        .only_models = written.only_models,
        .cached_is_free = written.cached_is_free,
        .algo = written.algo,
        .mode = written.mode,
        .nonblock = written.nonblock,
        .scope = SCOPE_TREE,
        .capacity = written.capacity,
        .period_ns = written.period_ns,
        .burst = written.burst,
        .timeout_ns = written.timeout_ns,
        .first_rule = first_rule,
        .rules = written.rules,
        .first_local = first_local,
        .locals = written.locals,
    };
    memcpy(limit->label, written.label, MAX_LABEL);
    return true;
}

bool definition_limiter(struct segment *segment, unsigned i, struct rl_limiter *limiter)
{
    const struct segment_limit written = segment->limits[i];
    if (!can_be_true(&written) ||
        rl_init(limiter, written.algo, written.capacity, written.period_ns, written.burst,
                &segment->shared[i].line))
        return false;
    limiter->epoch_ns = segment->epoch_ns;
    return true;
}

bool definition_account(const struct segment *segment, unsigned i, struct account *account)
{
    const struct segment_limit written = segment->limits[i];
    if (!can_be_true(&written))
        return false;
    *account = (struct account){
        .unit = written.unit,
        .whole = true,
        .selective = written.rules || written.locals,
        .program = segment->program,
        .pid = segment->pid,
        .limit = &segment->shared[i],
    };
    definition_label(account->limit, written.label, account->label);
    return true;
}
