/*
 * environment.c - a configuration from the environment.
 *
 * The variables are read off environ itself: a program may have a getenv of its own (bash has),
 * which is not ready before its main.
 *
 * What looks as if it limited, and would not, is an error, since nobody else would notice: a name
 * that is slightly wrong, a variable that came out empty, half of a limit.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "variables.h"

static const char prefix[] = "RL_";

/* Behind what an entry begins with, if it does; else NULL. Not by strncmp(3): each process that
 * starts comes by here for each variable, and by far most of them differ soon. */
static const char *behind(const char *entry, const char *beginning)
{
    while (*beginning && *entry == *beginning)
        entry++, beginning++;
    return *beginning ? NULL : entry;
}

static bool has_prefix(const char *entry)
{
    return behind(entry, prefix);
}

static bool any_has_prefix(void)
{
    for (char **entry = environ; entry && *entry; entry++)
        if (has_prefix(*entry))
            return true;
    return false;
}

/* NULL: it is not set. */
static const char *value_of(const char *name)
{
    for (char **entry = environ; entry && *entry; entry++) {
        const char *value = behind(*entry, name);
        if (value && *value == '=')
            return value + 1;
    }
    return NULL;
}

static bool is_given(const char *name)
{
    const char *value = value_of(name);
    return value && *value;
}

static const struct variable *find_given(enum role role)
{
    for (size_t i = 0; i < VARIABLES; i++)
        if (variables[i].role == role && is_given(variables[i].name))
            return &variables[i];
    return NULL;
}

/* What only the library sets says nothing of what its user wants. */
static bool any_is_given(void)
{
    return find_given(GIVES) || find_given(REFINES) || find_given(ADJUSTS) || find_given(REPORTS);
}

static bool is_known(struct piece name)
{
    for (size_t i = 0; i < VARIABLES; i++)
        if (equals(name, variables[i].name))
            return true;
    return false;
}

static const char *example_of(const char *name)
{
    for (size_t i = 0; i < VARIABLES; i++)
        if (strcmp(variables[i].name, name) == 0)
            return variables[i].example;
    return name;
}

static bool complain_of_name(const char *entry, const char *end, struct guess guess,
                             struct config_error *error)
{
    char away[sizeof(struct quoted) + sizeof "env -u  COMMAND"];
    struct source source = {.name = "environment", .text = entry, .end = end, .error = error};

    if (guess.name) {
        source.example = guess.example ? guess.example : example_of(guess.name);
        return complain(whole(&source), "unknown variable %s; did you mean '%s'?",
                        quote(whole(&source)).text, guess.name);
    }
    snprintf(away, sizeof away, "env -u %s COMMAND", quote(whole(&source)).text);
    source.example = away;
    return complain(whole(&source),
                    "unknown variable %s; if it is another program's, leave it out for this one",
                    quote(whole(&source)).text);
}

/* Whose variable one is that is none of ours is judged by what is beside it. */
enum company {
    NOBODY, /* it may be anybody's: all but what can only be meant to limit passes */
    TREE,   /* likewise what a program in a tree, which is limited anyway, gives to its children */
    OUR_USER, /* he means us */
};

static bool is_no_slip(const char *entry, enum company company, struct config_error *error)
{
    const char *end = strchrnul(entry, '=');
    if (!has_prefix(entry) || *end == '\0' || is_known((struct piece){NULL, entry, end}))
        return true;
    if (end[1] == '\0' && company == NOBODY)
        return true;
    struct guess meant = guess((struct piece){NULL, entry + strlen(prefix), end});
    bool passes = (company == NOBODY && !meant.is_limit) || (company == TREE && !meant.is_sure);
    return passes || complain_of_name(entry, end, meant, error);
}

static bool has_no_slips(bool has_options, struct config_error *error)
{
    enum company company = is_given("RL_TREE")             ? TREE
                           : has_options || any_is_given() ? OUR_USER
                                                           : NOBODY;
    for (char **entry = environ; entry && *entry; entry++)
        if (!is_no_slip(*entry, company, error))
            return false;
    return true;
}

static bool read_variable(struct reading *reading, const struct variable *variable,
                          struct config_error *error)
{
    const char *value = value_of(variable->name);
    if (!value)
        return true;
    const struct source source = {
        .name = variable->name,
        .text = value,
        .end = value + strlen(value),
        .example = variable->example,
        .error = error,
    };
    if (*value)
        return variable->read(reading, whole(&source));
    return variable->role == REPORTS || variable->role == OF_TREE ||
           complain(whole(&source), "it is set to nothing; give it a value, or unset it");
}

static bool complain_of_missing(const struct variable *variable, struct config_error *error)
{
    const char *value = value_of(variable->name);
    struct source source = {
        .name = variable->name, .text = value, .end = value + strlen(value), .error = error};

    if (variable->role == REFINES) {
        source.example = "RL_CAPACITY=1MB RL_UNIT=bytes";
        return complain(whole(&source),
                        "RL_CAPACITY is missing, the only limit that %s is for; one of RL_LIMITS "
                        "%s",
                        variable->name, variable->elsewhere);
    }
    source.example = "RL_LIMITS='out 1MB/s; connect 10/s'";
    return complain(whole(&source),
                    "%s alone limits nothing; RL_CAPACITY, RL_LIMITS or RL_CONFIG is missing",
                    variable->name);
}

/* Who is in a tree has its limits. */
static bool nothing_is_missing(const struct config *config, bool has_options,
                               struct config_error *error)
{
    bool is_limited = config->count || config->trees || has_options;
    const struct variable *refining = is_given("RL_CAPACITY") ? NULL : find_given(REFINES);
    const struct variable *adjusting = is_limited ? NULL : find_given(ADJUSTS);

    if (refining)
        return complain_of_missing(refining, error);
    return !adjusting || complain_of_missing(adjusting, error);
}

static bool read_all(struct config *config, bool has_options, struct config_error *error)
{
    struct reading reading = {.config = config, .limit = {.period_ns = RL_SECOND}};
    int saved_errno = errno;

    set_defaults(config);
    if (!any_has_prefix()) /* of all processes that start, by far the most */
        return true;
    bool good = has_no_slips(has_options, error);
    for (size_t i = 0; i < VARIABLES && good; i++)
        good = read_variable(&reading, &variables[i], error);
    good = good && nothing_is_missing(config, has_options, error);
    errno = saved_errno;
    return good;
}

bool config_from_environment(struct config *config, struct config_error *error)
{
    return read_all(config, false, error);
}

bool config_beside_options(struct config *config, struct config_error *error)
{
    return read_all(config, true, error);
}
