/*
 * config_rows.h - the configuration as rows of input and outcome. What is understood is compared
 * as text that show_*() makes of it, an error by the piece that has the carets below it and by a
 * part of its message.
 */
#ifndef CONFIG_ROWS_H
#define CONFIG_ROWS_H

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "config.h"

enum { TEXT = 4096 };

static struct config config;
static struct config_error error;

/* 4 calls/2000000000ns burst 4 connect,send gcra police block process timeout 5ns [label];
 * of what is read: 9 tokens/1000000000ns burst 9 read input, cached free [label] */
static inline const char *show_limit(const struct limit *limit)
{
    static const char *const units[] = {"calls", "bytes", "tokens", "requests"};
    static const char *const counted[] = {"", " input", " output"};
    static const char *const calls[] = {"connect", "send", "write", "accept", "recv", "read"};
    static char text[TEXT];
    char names[64] = "", timeout[64] = "", scope[96] = "";

    for (int i = 0; i < 6; i++)
        if (limit->calls & 1U << i) {
            strcat(names, *names ? "," : "");
            strcat(names, calls[i]);
        }
    if (limit->timeout_ns != RL_FOREVER)
        snprintf(timeout, sizeof timeout, " timeout %lluns", (unsigned long long)limit->timeout_ns);
    if (limit->scope != SCOPE_TREE)
        snprintf(scope, sizeof scope, " %s%s", limit->scope == SCOPE_SHARED ? "shared:" : "process",
                 limit->scope == SCOPE_SHARED ? limit->shared_name : "");
    if (limit->reads)
        snprintf(names, sizeof names, "%sread%s%s%s",
                 limit->calls == (CALL_SEND | CALL_WRITE) ? "" : "not all calls, ",
                 counted[limit->counted], limit->only_models ? " of models" : "",
                 limit->cached_is_free ? ", cached free" : "");
    snprintf(text, sizeof text, "%llu %s/%lluns burst %llu %s%s%s%s%s%s%s [%s]",
             (unsigned long long)limit->capacity, units[limit->unit],
             (unsigned long long)limit->period_ns, (unsigned long long)limit->burst, names,
             limit->algo == RL_TOKEN_BUCKET ? "" : " ",
             limit->algo == RL_TOKEN_BUCKET ? "" : rl_algo_name(limit->algo),
             limit->mode == RL_SHAPE ? "" : " police",
             limit->nonblock == NONBLOCK_AUTO ? "" : " block", scope, timeout, limit->label);
    return text;
}

/* !2001:db8::/32 port 80, example.com, * port 443 */
static inline const char *show_rules(const struct limit *limit)
{
    static char text[TEXT];
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < limit->rules; i++) {
        const struct to_rule *rule = &config.rules[limit->first_rule + i];
        char whom[300] = "*", port[16] = "";
        if (rule->kind == TO_NAME)
            snprintf(whom, sizeof whom, "%s%s", rule->name,
                     rule->loopback ? ", which is loopback" : "");
        if (rule->kind == TO_ADDRESS) {
            inet_ntop(AF_INET6, rule->address, whom, INET6_ADDRSTRLEN);
            snprintf(whom + strlen(whom), 8, "/%u", rule->prefix);
        }
        if (rule->port)
            snprintf(port, sizeof port, " port %u", rule->port);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s", i ? ", " : "",
                                 rule->exclude ? "!" : "", whom, port);
    }
    return text;
}

/* The text below which the carets are, of the error; empty if they are below nothing. */
static inline const char *pointed_at(void)
{
    static char text[sizeof error.text];
    const char *shown = strchr(error.text, '\n');
    const char *below = shown ? strchr(shown + 1, '\n') : NULL;

    text[0] = '\0';
    if (!below)
        return "(nothing is shown)";
    size_t blanks = strspn(below + 1, " "), carets = strspn(below + 1 + blanks, "^");
    if (!carets || below[1 + blanks + carets] != '\n')
        return "(no carets)";
    size_t columns = (size_t)(below - (shown + 1));
    if (blanks < columns)
        snprintf(text, sizeof text, "%.*s", (int)carets, shown + 1 + blanks);
    return carets <= columns - blanks || blanks == columns ? text : "(carets beyond the text)";
}

static inline bool check_text(int line, const char *input, const char *got, const char *expected)
{
    bool same = strcmp(got, expected) == 0;
    if (!same && check_failed())
        fprintf(stderr, "row %d: '%s': expected '%s', got '%s'\n", line, input, expected, got);
    return same;
}

/* beginning: of the message, up to which it must agree; part: what it must contain. */
static inline void check_error(int line, const char *input, const char *beginning,
                               const char *under, const char *part)
{
    bool good = strncmp(error.text, beginning, strlen(beginning)) == 0 &&
                strcmp(pointed_at(), under) == 0 && strstr(error.text, part) &&
                strstr(error.text, "\n  for example: ") &&
                error.text[strlen(error.text) - 1] == '\n';
    if (!good && check_failed())
        fprintf(stderr, "row %d: '%s': expected '%s' ... '%s' at '%s', got '%s' at\n%s", line,
                input, beginning, part, under, pointed_at(), error.text);
}

static inline bool add(const char *spec)
{
    memset(&config, 0, sizeof config);
    memset(&error, 0, sizeof error);
    errno = EDOM;
    bool good = config_add_limit(&config, "-l", spec, &error);
    CHECK_EQ(errno, EDOM);
    return good;
}

static inline void check_spec(int line, const char *spec, const char *expected)
{
    bool good = add(spec);
    check_text(line, spec, good ? show_limit(&config.limits[0]) : error.text, expected);
    CHECK_EQ(config.count, good);
}

static inline void check_bad_spec(int line, const char *spec, unsigned position, const char *under,
                                  const char *part)
{
    char beginning[64];
    snprintf(beginning, sizeof beginning, "-l: character %u: ", position);
    if (add(spec))
        check_text(line, spec, show_limit(&config.limits[0]), part);
    else
        check_error(line, spec, beginning, under, part);
}

#define GOOD(spec, expected)             check_spec(__LINE__, spec, expected)
#define BAD(spec, position, under, part) check_bad_spec(__LINE__, spec, position, under, part)

/* variables: an environment, up to a NULL. */
static inline bool read_environment(const char *const *variables)
{
    char **saved = environ;

    memset(&config, 0, sizeof config);
    memset(&error, 0, sizeof error);
    environ = (char **)variables;
    errno = EDOM;
    bool good = config_from_environment(&config, &error);
    CHECK_EQ(errno, EDOM);
    environ = saved;
    return good;
}

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The first limit, or the error. */
static inline void check_environment(int line, const char *const *variables, const char *expected)
{
    bool good = read_environment(variables);
    const char *got = !good ? error.text : config.count ? show_limit(&config.limits[0]) : "inert";
    check_text(line, variables[0] ? variables[0] : "", got, expected);
}

static inline void check_bad(int line, const char *variable, unsigned position, const char *under,
                             const char *part, const char *const *variables)
{
    char beginning[128];
    snprintf(beginning, sizeof beginning, "%s: character %u: ", variable, position);
    if (read_environment(variables))
        check_text(line, variables[0], "it is accepted", part);
    else
        check_error(line, variables[0], beginning, under, part);
}

#define ENV(expected, ...) check_environment(__LINE__, ENVIRONMENT(__VA_ARGS__), expected)
#define BAD_ENV(variable, position, under, part, ...)                                              \
    check_bad(__LINE__, variable, position, under, part, ENVIRONMENT(__VA_ARGS__))

#endif
