/* test_share_definition.c - limits in a segment: written, recognized, and read back. */
#include "segments.h"

static struct config config, other, back;

#define WITH_NAMES                                                                                 \
    "connect 10/s burst=3 algo=gcra mode=police to=example.com:443,!10.0.0.0/8,*.test,::1"

static struct segment *segment_of(const struct config *of)
{
    struct segment *segment = segment_private(of->count);
    const struct making making = {of, all_limits(of)};
    find_fill(segment, &making);
    return segment;
}

static void check_rule(const struct to_rule *is, const struct to_rule *expected)
{
    CHECK_EQ(is->kind, expected->kind);
    CHECK_EQ(is->exclude, expected->exclude);
    CHECK_EQ(is->loopback, expected->loopback);
    CHECK_EQ(is->prefix, expected->prefix);
    CHECK_EQ(is->port, expected->port);
    CHECK(memcmp(is->address, expected->address, sizeof is->address) == 0);
    if (expected->kind == TO_NAME)
        CHECK(strcmp(is->name, expected->name) == 0);
}

static void check_limit(unsigned i)
{
    const struct limit *is = &back.limits[i], *expected = &config.limits[i];
    CHECK_EQ(is->calls, expected->calls);
    CHECK_EQ(is->unit, expected->unit);
    CHECK_EQ(is->counted, expected->counted);
    CHECK_EQ(is->reads, expected->reads);
    CHECK_EQ(is->only_models, expected->only_models);
    CHECK_EQ(is->cached_is_free, expected->cached_is_free);
    CHECK_EQ(is->algo, expected->algo);
    CHECK_EQ(is->mode, expected->mode);
    CHECK_EQ(is->nonblock, expected->nonblock);
    CHECK_EQ(is->scope, SCOPE_TREE);
    CHECK(!is->shared_name);
    CHECK_EQ(is->capacity, expected->capacity);
    CHECK_EQ(is->period_ns, expected->period_ns);
    CHECK_EQ(is->burst, expected->burst);
    CHECK_EQ(is->timeout_ns, expected->timeout_ns);
    CHECK(strcmp(is->label, expected->label) == 0);
    CHECK_EQ(is->rules, expected->rules);
    for (unsigned k = 0; k < is->rules && k < expected->rules; k++)
        check_rule(&back.rules[is->first_rule + k], &config.rules[expected->first_rule + k]);
}

static void check_comes_back(void)
{
    struct segment *segment = segment_of(&config);
    memset(&back, 0, sizeof back);
    for (unsigned i = 0; i < config.count; i++) {
        const char *why = NULL;
        CHECK(definition_is(segment, i, &config, &config.limits[i]));
        if (CHECK(definition_read(segment, i, &back, &why)))
            check_limit(i);
    }
    CHECK_EQ(back.count, config.count);
    segment_unmap(segment, config.count);
}

static void every_field_comes_back(void)
{
    CONFIGURED(&config, "connect 10/s");
    check_comes_back();
    CONFIGURED(&config, WITH_NAMES);
    check_comes_back();
    CONFIGURED(&config, "out 1MB/s burst=64k timeout=3s nonblock=block",
               "in 9tokens/min algo=llm-token to=localhost", "calls 7/h to=:80,!*",
               "send 3/s algo=leaky-bucket to=192.0.2.1:1", "write 5/s algo=gcra-leaky");
    CHECK_EQ(config.count, 5);
    check_comes_back();
    CONFIGURED(&config, "tokens 90k/m count=input cached=free", "requests 5/s count=models to=a",
               "tpm 90k count=output", "rpm 500", "requests 9/s", "out 9tokens/s");
    CHECK_EQ(config.count, 6);
    check_comes_back();
}

/* As much as a configuration can have. */
static void there_is_room_for_all(void)
{
    static char specs[MAX_LIMITS][4000];
    const char *list[MAX_LIMITS + 1] = {NULL};
    for (unsigned i = 0; i < MAX_LIMITS; i++) {
        size_t at = (size_t)snprintf(specs[i], sizeof specs[i], "connect %u/s to=", i + 1);
        for (unsigned k = 0; k < MAX_RULES / MAX_LIMITS; k++)
            at +=
                (size_t)snprintf(specs[i] + at, sizeof specs[i] - at, "%s%u-%u.%.*s", k ? "," : "",
                                 i, k, 52, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        list[i] = specs[i];
    }
    configured(&config, list);
    CHECK_EQ(config.count, MAX_LIMITS);
    CHECK_EQ(config.rule_count, MAX_RULES);
    CHECK(config.names_used > NAME_SPACE - 1024);
    check_comes_back();
}

static void a_full_configuration_takes_no_more(void)
{
    const char *why = "";
    CONFIGURED(&config, "connect 1/s to=a", "out 1/s");
    struct segment *segment = segment_of(&config);
    CONFIGURED(&back, "connect 1/s", "connect 1/s", "connect 1/s", "connect 1/s", "connect 1/s",
               "connect 1/s", "connect 1/s");
    CHECK(definition_read(segment, 1, &back, &why));
    CHECK(!definition_read(segment, 1, &back, &why));
    CHECK(!why);
    CHECK_EQ(back.count, MAX_LIMITS);
    back.count = 1;
    back.rule_count = MAX_RULES;
    CHECK(!definition_read(segment, 0, &back, &why));
    CHECK(!why);
    back.rule_count = 0;
    back.names_used = NAME_SPACE;
    CHECK(!definition_read(segment, 0, &back, &why));
    CHECK(!why);
    segment_unmap(segment, config.count);
}

/* Whether the first limit of that spec is the one that a segment of the other has. */
static bool is_same(const char *spec, const char *of)
{
    CONFIGURED(&config, of);
    CONFIGURED(&other, spec);
    struct segment *segment = segment_of(&config);
    bool is = definition_is(segment, 0, &other, &other.limits[0]);
    segment_unmap(segment, 1);
    return is;
}

static void it_is_another_by_what_it_counts(void)
{
    CHECK(is_same("connect 10/s", "connect 10/s"));
    CHECK(!is_same("connect 11/s burst=10", "connect 10/s burst=10"));
    CHECK(!is_same("connect 10/min burst=10", "connect 10/s burst=10"));
    CHECK(!is_same("connect 10/s burst=9", "connect 10/s burst=10"));
    CHECK(!is_same("accept 10/s", "connect 10/s"));
    CHECK(!is_same("out 10B/s", "out 10tokens/s"));
    CHECK(!is_same("out 10tokens/s", "tokens 10/s"));
    CHECK(!is_same("tokens 10/s", "out 10tokens/s"));
    CHECK(!is_same("requests 10/s", "tokens 10/s"));
    CHECK(!is_same("tokens 10/s", "tokens 10/s count=input"));
    CHECK(!is_same("tokens 10/s count=output", "tokens 10/s count=input"));
    CHECK(!is_same("tokens 10/s cached=free", "tokens 10/s"));
    CHECK(!is_same("requests 10/s count=models", "requests 10/s"));
    CHECK(is_same("tokens 10/s count=input cached=free", "tokens 10/s cached=free count=input"));
    CHECK(is_same("rpm 60", "requests 59/m burst=1 count=models"));
    CHECK(!is_same("connect 10/s algo=gcra", "connect 10/s algo=leaky-bucket"));
}

static void it_is_another_by_whom_it_applies_to(void)
{
    static const char with[] = "connect 10/s to=a:80,!10.0.0.0/8,*.b";
    CHECK(is_same(with, with));
    CHECK(is_same("connect 10/s to=A:80,!10.0.0.0/8,*.B", with));
    CHECK(!is_same("connect 10/s", with));
    CHECK(!is_same(with, "connect 10/s"));
    CHECK(!is_same("connect 10/s to=a:80,!10.0.0.0/8", with));
    CHECK(!is_same("connect 10/s to=a:81,!10.0.0.0/8,*.b", with));
    CHECK(!is_same("connect 10/s to=a,!10.0.0.0/8,*.b", with));
    CHECK(!is_same("connect 10/s to=a:80,10.0.0.0/8,*.b", with));
    CHECK(!is_same("connect 10/s to=a:80,!10.0.0.0/9,*.b", with));
    CHECK(!is_same("connect 10/s to=a:80,!11.0.0.0/8,*.b", with));
    CHECK(!is_same("connect 10/s to=a:80,!10.0.0.0/8,*.bb", with));
    CHECK(!is_same("connect 10/s to=*:80,!10.0.0.0/8,*.b", with));
}

/* And where others of the same process stand. */
static void it_is_the_same_wherever_its_rules_stand(void)
{
    CONFIGURED(&config, "out 1/s to=z,y,x", WITH_NAMES);
    CONFIGURED(&other, WITH_NAMES, "out 1/s to=z,y,x");
    struct segment *segment = segment_of(&config);
    CHECK(definition_is(segment, 0, &other, &other.limits[1]));
    CHECK(definition_is(segment, 1, &other, &other.limits[0]));
    CHECK(!definition_is(segment, 0, &other, &other.limits[0]));
    CHECK(!definition_is(segment, 1, &other, &other.limits[1]));
    segment_unmap(segment, 2);
}

static void how_it_is_waited_for_does_not_matter(void)
{
    CHECK(is_same("connect 10/s mode=police", "connect 10/s"));
    CHECK(is_same("connect 10/s timeout=1s", "connect 10/s"));
    CHECK(is_same("connect 10/s nonblock=block", "connect 10/s"));
    CHECK(is_same("connect 600/min burst=10", "connect 600/min burst=10 scope=process"));
    CONFIGURED(&config, "connect 10/s");
    other = config;
    strcpy(other.limits[0].label, "another");
    struct segment *segment = segment_of(&config);
    CHECK(definition_is(segment, 0, &other, &other.limits[0]));
    segment_unmap(segment, 1);
}

static void its_limiter_is_at_rest(void)
{
    struct rl_limiter limiter;
    CONFIGURED(&config, "connect 10/s burst=3", "out 100/s burst=5");
    struct segment *segment = segment_of(&config);
    CHECK(definition_limiter(segment, 1, &limiter));
    CHECK_EQ(rl_level(&limiter), 5);
    CHECK(limiter.line == &segment->shared[1].line);
    CHECK_EQ(limiter.epoch_ns, segment->epoch_ns);
    CHECK(rl_try_acquire(&limiter, 5, NULL));
    CHECK(rl_level(&limiter) < 5);
    segment_unmap(segment, 2);
}

int main(void)
{
    RUN(every_field_comes_back);
    RUN(there_is_room_for_all);
    RUN(a_full_configuration_takes_no_more);
    RUN(it_is_another_by_what_it_counts);
    RUN(it_is_another_by_whom_it_applies_to);
    RUN(it_is_the_same_wherever_its_rules_stand);
    RUN(how_it_is_waited_for_does_not_matter);
    RUN(its_limiter_is_at_rest);
    return check_status();
}
