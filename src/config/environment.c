/*
 * environment.c - a configuration from the environment.
 *
 * The variables are read off environ itself: a program may have a getenv of its own (bash has),
 * which is not ready before its main. One that is set to nothing counts as unset.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "variables.h"

static const char prefix[] = "RL_";

static bool is_ours(const char *entry)
{
    return strncmp(entry, prefix, strlen(prefix)) == 0;
}

static bool any_is_ours(void)
{
    for (char **entry = environ; entry && *entry; entry++)
        if (is_ours(*entry))
            return true;
    return false;
}

static const char *value_of(const char *name)
{
    size_t letters = strlen(name);
    for (char **entry = environ; entry && *entry; entry++)
        if (is_ours(*entry) && strncmp(*entry, name, letters) == 0 && (*entry)[letters] == '=')
            return *entry + letters + 1;
    return "";
}

/* RL_CAPCITY=4 would limit nothing, in silence. What is not near to ours is somebody else's. */
static bool is_no_slip(const char *entry, struct config_error *error)
{
    const char *end = strchrnul(entry, '=');
    struct piece suffix = {NULL, entry + strlen(prefix), end};
    struct named suffixes[VARIABLES];

    bool is_empty = end[0] == '\0' || end[1] == '\0';
    if (is_empty || !is_ours(entry))
        return true;
    for (size_t i = 0; i < VARIABLES; i++)
        suffixes[i].name = variables[i].name + strlen(prefix);
    if (find_row(suffix, ROWS(suffixes)))
        return true;
    const struct named *nearest = nearest_row(suffix, ROWS(suffixes));
    if (!nearest)
        return true;

    const struct variable *meant = &variables[nearest - suffixes];
    const struct source source = {
        .name = "environment",
        .text = entry,
        .end = end,
        .example = meant->example,
        .error = error,
    };
    return complain(whole(&source), "unknown variable %s; did you mean '%s'?",
                    quote(whole(&source)).text, meant->name);
}

static bool has_no_slips(struct config_error *error)
{
    for (char **entry = environ; entry && *entry; entry++)
        if (!is_no_slip(*entry, error))
            return false;
    return true;
}

static bool read_variable(struct reading *reading, const struct variable *variable,
                          struct config_error *error)
{
    const char *value = value_of(variable->name);
    const struct source source = {
        .name = variable->name,
        .text = value,
        .end = value + strlen(value),
        .example = variable->example,
        .error = error,
    };
    return *value == '\0' || variable->read(reading, whole(&source));
}

bool config_from_environment(struct config *config, struct config_error *error)
{
    struct reading reading = {.config = config, .limit = {.period_ns = RL_SECOND}};
    int saved_errno = errno;

    set_defaults(config);
    if (!any_is_ours()) /* of all processes that start, by far the most */
        return true;
    bool good = has_no_slips(error);
    for (size_t i = 0; i < VARIABLES && good; i++)
        good = read_variable(&reading, &variables[i], error);
    errno = saved_errno;
    return good;
}
