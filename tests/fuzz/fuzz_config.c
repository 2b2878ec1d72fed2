/*
 * fuzz_config.c - any text at all, at each door of the configuration: it is understood or refused,
 * in bounded time and memory, and what is understood is a limit that can be worked with.
 *
 * The first byte chooses the door, the rest is the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_TEXT = 8192 };

static struct config config;
static struct config_error error;

#define MUST(condition) ((condition) ? (void)0 : abort())

static void check_rules(const struct limit *limit)
{
    MUST(limit->first_rule + limit->rules <= config.rule_count);
    for (unsigned i = 0; i < limit->rules; i++) {
        const struct to_rule *rule = &config.rules[limit->first_rule + i];
        MUST(rule->prefix <= 128);
        if (rule->kind == TO_NAME)
            MUST(*rule->name && strlen(rule->name) < MAX_HOST_NAME);
    }
}

static void check_limit(const struct limit *limit)
{
    struct rl_rate rate;
    MUST(rl_rate_init(&rate, limit->capacity, limit->period_ns, limit->burst) == 0);
    MUST(limit->calls && limit->algo < RL_ALGOS && limit->burst);
    MUST(limit->reads ? limit->unit >= UNIT_TOKENS : limit->unit <= UNIT_TOKENS);
    MUST(limit->counted == COUNTED_TOTAL || (limit->reads && limit->unit == UNIT_TOKENS));
    MUST(!limit->cached_is_free || (limit->reads && limit->unit == UNIT_TOKENS));
    MUST(!limit->cached_is_free || limit->counted != COUNTED_OUTPUT);
    MUST(!limit->only_models || limit->unit == UNIT_REQUESTS);
    MUST(*limit->label && strlen(limit->label) < MAX_LABEL);
    check_rules(limit);
}

static void check_config(void)
{
    MUST(config.count <= MAX_LIMITS && config.rule_count <= MAX_RULES);
    MUST(config.names_used <= NAME_SPACE && config.bytes_per_token);
    for (unsigned i = 0; i < config.count; i++)
        check_limit(&config.limits[i]);
}

/* Lines of printable ASCII, an example, and nothing cut off. */
static void check_error(void)
{
    size_t length = strlen(error.text);
    MUST(length < sizeof error.text - 1 && error.text[length - 1] == '\n');
    for (const char *c = error.text; *c; c++)
        MUST((*c >= ' ' && *c <= '~') || *c == '\n');
    MUST(strstr(error.text, ": character ") && strstr(error.text, "\n  for example: "));
    MUST(strchr(error.text, '^'));
}

static bool through_spec(const char *text)
{
    return config_add_limit(&config, "-l", text, &error);
}

static bool through_option(unsigned which, const char *text)
{
    static const struct config_option options[] = {{"--upload=", "out", "-u 1MB"},
                                                   {"--tpm ", "tpm", "--tpm 90k"},
                                                   {"--rpm=", "rpm", "--rpm=500"}};
    return config_add_option(&config, &options[which % 3], text, &error);
}

static bool through_file(const char *text, size_t length)
{
    int fd = memfd_create("limits", 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MUST(fd >= 0 && write(fd, text, length) == (ssize_t)length);
    setenv("RL_CONFIG", path, 1);
    bool good = config_from_environment(&config, &error);
    unsetenv("RL_CONFIG");
    close(fd);
    return good;
}

/* A line NAME=VALUE each. */
static bool through_environment(char *text)
{
    char *variables[64], **saved = environ, *rest = NULL;
    size_t count = 0;
    for (char *line = strtok_r(text, "\n", &rest); line && count < 63;
         line = strtok_r(NULL, "\n", &rest))
        variables[count++] = line;
    variables[count] = NULL;
    environ = variables;
    bool good = config_from_environment(&config, &error);
    environ = saved;
    return good;
}

static bool through_variable(const char *name, const char *value)
{
    setenv(name, value, 1);
    bool good = config_from_environment(&config, &error);
    unsetenv(name);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"RL_LIMITS", "RL_CAPACITY", "RL_TO", "RL_CALLS"};
    char text[MOST_TEXT + 1];
    bool good;

    if (size < 1 || size - 1 > MOST_TEXT)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    memset(&error, 0, sizeof error);
    memset(&config, 0, sizeof config);

    unsigned door = data[0] % 8;
    if (door == 0)
        good = through_spec(text);
    else if (door == 1)
        good = through_file(text, size - 1);
    else if (door == 2)
        good = through_environment(text);
    else if (door == 7)
        good = through_option(data[0] / 8, text);
    else
        good = through_variable(names[door - 3], text);

    if (good)
        check_config();
    else
        check_error();
    return 0;
}
