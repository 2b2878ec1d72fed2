/* test_config_meant.c - what is meant as a limit in the environment, and would be none: an error.
 */
#include <stdlib.h>

#include "config_rows.h"

static void slips_of_the_name(void)
{
    BAD_ENV("environment", 1, "RL_CAPCITY",
            "unknown variable 'RL_CAPCITY'; did you mean 'RL_CAPACITY'?", "RL_CAPCITY=4");
    BAD_ENV("environment", 1, "RL_capacity", "did you mean 'RL_CAPACITY'?", "HOME=/",
            "RL_capacity=4");
    BAD_ENV("environment", 1, "RL_LIMIT", "did you mean 'RL_LIMITS'?", "RL_LIMIT=out 1/s");
    BAD_ENV("environment", 1, "RL_CAPACITYS", "did you mean 'RL_CAPACITY'?", "RL_CAPACITY=4",
            "RL_CAPACITYS=4");
    BAD_ENV("environment", 1, "RL_ESCPAE", "did you mean 'RL_ESCAPE'?", "RL_ESCPAE=allow");
    BAD_ENV("environment", 1, "RL_UNTI", "did you mean 'RL_UNIT'?", "RL_UNTI=bytes");
    ENV("inert", "RL_HOME=x", "RL_DB=x", "RL_T=x", "RL_ENVIRONMENT=x", "XRL_CAPCITY=4",
        "RL_GAMMA_WITH_A_NAME_OF_MORE_THAN_32_LETTERS=x");
}

/* A name that we do not have, beside one that we have: whoever set them means us. */
static void beside_one_of_ours_there_is_no_other(void)
{
    static const struct {
        const char *entry, *under, *meant;
    } rows[] = {
        {"RL_PERIOD=60", "RL_PERIOD", "'RL_SECONDS'"},
        {"RL_INTERVAL=60", "RL_INTERVAL", "'RL_SECONDS'"},
        {"RL_WINDOW=60", "RL_WINDOW", "'RL_SECONDS'"},
        {"RL_SECS=60", "RL_SECS", "'RL_SECONDS'"},
        {"rl_secs=60", NULL, NULL},
        {"RL_period=60", "RL_period", "'RL_SECONDS'"},
        {"RL_TIME_WINDOW=60", "RL_TIME_WINDOW", "'RL_SECONDS'"},
        {"RL_PERIOD_IN_S=60", "RL_PERIOD_IN_S", "'RL_SECONDS'"},
        {"RL_MINUTES=1", "RL_MINUTES", "RL_SECONDS=1m"},
        {"RL_RATE=200kB", "RL_RATE", "'RL_CAPACITY'"},
        {"RL_MAX_RATE_KB=200", "RL_MAX_RATE_KB", "'RL_CAPACITY'"},
        {"RL_BANDWIDTH=1M", "RL_BANDWIDTH", "'RL_CAPACITY'"},
        {"RL_LIMIT=out 1/s", "RL_LIMIT", "'RL_LIMITS'"},
        {"RL_UPLOAD=1M", "RL_UPLOAD", "RL_LIMITS='out 1MB/s'"},
        {"RL_DOWNLOAD_KBPS=1M", "RL_DOWNLOAD_KBPS", "RL_LIMITS='in 1MB/s'"},
        {"RL_CONNECTIONS=1", "RL_CONNECTIONS", "RL_LIMITS='connect 10/s'"},
        {"RL_RPM=60", "RL_RPM", "RL_LIMITS='rpm 500'"},
        {"RL_TPM=90k", "RL_TPM", "RL_LIMITS='tpm 90k'"},
        {"RL_REQUESTS=9", "RL_REQUESTS", "RL_LIMITS='requests 9/s burst=1'"},
        {"RL_MAX_CALLS=9", "RL_MAX_CALLS", "'RL_CAPACITY'"},
        {"RL_HOST=a", "RL_HOST", "'RL_TO'"},
        {"RL_DESTINATION=a", "RL_DESTINATION", "'RL_TO'"},
        {"RL_REMOTE_PORT=1", "RL_REMOTE_PORT", "'RL_TO'"},
        {"RL_PORT=1", "RL_PORT", "RL_TO=:443"},
        {"RL_BURST_SIZE=1", "RL_BURST_SIZE", "'RL_BURST'"},
        {"RL_BURSTING=1", "RL_BURSTING", "'RL_BURST'"},
        {"RL_DIRECTION=in", "RL_DIRECTION", "'RL_CALLS'"},
        {"RL_LOGFILE=/l", "RL_LOGFILE", "'RL_LOG'"},
        {"RL_LOG_LEVEL=1", "RL_LOG_LEVEL", "'RL_LOG'"},
        {"RL_TRACE_TO=/t", "RL_TRACE_TO", "'RL_TRACE'"},
        {"RL_CONFIG_FILE=/c", "RL_CONFIG_FILE", "'RL_CONFIG'"},
        {"RL_ALGORITHM=gcra", "RL_ALGORITHM", "'RL_ALGO'"},
        {"RL_TIMEOUT_MS=1", "RL_TIMEOUT_MS", "'RL_TIMEOUT'"},
        {"RL_HOME=/h", "RL_HOME", "if it is another program's, leave it out"},
        {"RL_XYZZY=", "RL_XYZZY", "env -u 'RL_XYZZY' COMMAND"},
        {"RL_=x", "RL_", "unknown variable 'RL_'"},
        {"RL_\x1b[31m=x", "RL_\\x1b[31m", "env -u 'RL_\\x1b[31m' COMMAND"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].under)
            ENV("5 calls/1000000000ns burst 5 connect,send,write [RL_CAPACITY]", rows[i].entry,
                "RL_CAPACITY=5");
        else
            BAD_ENV("environment", 1, rows[i].under, rows[i].meant, rows[i].entry, "RL_CAPACITY=5");
    }
    BAD_ENV("environment", 1, "RL_RATE", "'RL_CAPACITY'", "RL_RATE=200kB", "RL_UNIT=bytes");
    BAD_ENV("environment", 1, "RL_FOO", "unknown variable", "RL_SUMMARY=1", "RL_FOO=1");
    BAD_ENV("environment", 1, "RL_FOO", "unknown variable", "RL_FOO=1", "RL_LIMITS=out 1/s");
    BAD_ENV("environment", 1, "RL_FOO", "unknown variable", "RL_FOO=1", "RL_ALGO=gcra");

    /* Alone, what can only be meant to limit. */
    BAD_ENV("environment", 1, "RL_RATE", "'RL_CAPACITY'", "RL_RATE=200kB");
    BAD_ENV("environment", 1, "RL_DOWNLOAD", "'in 1MB/s'", "RL_DOWNLOAD=200kB");
    BAD_ENV("environment", 1, "RL_RATE", "'RL_CAPACITY'", "RL_RATE=200kB", "RL_SUMMARY=");
    ENV("inert", "RL_HOST=x", "RL_PERIOD=1", "RL_LOGFILE=x", "RL_NAME=x", "RL_LOG_LEVEL=1",
        "RL_RATE=");
}

/* A limited program may have variables of its own for its children; what its user types there is
 * told from that by the name. */
static void in_a_tree_others_pass(void)
{
    static const char tree[] = "RL_TREE=00000001,0123456789abcdef";
    ENV("inert", tree);
    ENV("inert", tree, "RL_WORKERS=4", "RL_LOG_LEVEL=1", "RL_HOME=");
    ENV("inert", tree, "RL_ALGO=gcra", "RL_SCOPE=process");
    ENV("5 calls/1000000000ns burst 5 connect,send,write [RL_CAPACITY]", tree, "RL_CAPACITY=5",
        "RL_WORKERS=4");
    BAD_ENV("environment", 1, "RL_PERIOD", "'RL_SECONDS'", tree, "RL_CAPACITY=5", "RL_PERIOD=60");
    BAD_ENV("environment", 1, "RL_PERIOD", "'RL_SECONDS'", tree, "RL_PERIOD=60");
    BAD_ENV("environment", 1, "RL_CAPCITY", "'RL_CAPACITY'", tree, "RL_CAPCITY=60");
    BAD_ENV("RL_UNIT", 1, "bytes", "RL_CAPACITY is missing", tree, "RL_UNIT=bytes");
    BAD_ENV("RL_LIMITS", 1, "", "it is set to nothing", tree, "RL_LIMITS=");
}

static void half_a_limit(void)
{
    BAD_ENV("RL_UNIT", 1, "bytes",
            "RL_CAPACITY is missing, the only limit that RL_UNIT is for; one of RL_LIMITS has its "
            "unit behind the amount",
            "RL_UNIT=bytes");
    BAD_ENV("RL_BURST", 1, "1MB", "one of RL_LIMITS has an option 'burst='", "RL_BURST=1MB");
    BAD_ENV("RL_CALLS", 1, "send", "RL_CAPACITY is missing", "RL_CALLS=send");
    BAD_ENV("RL_SECONDS", 1, "2", "RL_CAPACITY is missing", "RL_SECONDS=2");
    BAD_ENV("RL_TO", 1, "a", "one of RL_LIMITS has an option 'to='", "RL_TO=a");
    BAD_ENV("RL_BURST", 1, "1", "RL_CAPACITY is missing", "RL_BURST=1", "RL_LIMITS=out 1MB/s");
    BAD_ENV("RL_SECONDS", 1, "2", "RL_CAPACITY is missing", "RL_SECONDS=2", "RL_ALGO=gcra");

    static const char *const adjusting[] = {
        "RL_ALGO=gcra",     "RL_MODE=police",       "RL_TIMEOUT=1",  "RL_SCOPE=process",
        "RL_NONBLOCK=auto", "RL_BYTES_PER_TOKEN=3", "RL_HTTP2=allow"};
    for (size_t i = 0; i < sizeof adjusting / sizeof *adjusting; i++) {
        const char *end = strchr(adjusting[i], '=');
        char name[32] = "", part[96];
        memcpy(name, adjusting[i], (size_t)(end - adjusting[i]));
        snprintf(part, sizeof part, "%s alone limits nothing; RL_CAPACITY, RL_LIMITS", name);
        BAD_ENV(name, 1, end + 1, part, adjusting[i], "RL_SUMMARY=1");
        ENV("1 bytes/1000000000ns burst 1 send,write [x]",
            "RL_LIMITS=out 1/s name=x algo=token-bucket mode=shape scope=tree", "RL_SUMMARY=1");
    }
}

/* As from `RL_CAPACITY=$RATE`, or a variable of a unit file that is empty. */
static void a_limit_that_is_set_to_nothing(void)
{
    static const char *const names[] = {
        "RL_CAPACITY", "RL_LIMITS",          "RL_CONFIG", "RL_UNIT", "RL_CALLS",   "RL_SECONDS",
        "RL_TO",       "RL_BURST",           "RL_ALGO",   "RL_MODE", "RL_TIMEOUT", "RL_SCOPE",
        "RL_NONBLOCK", "RL_BYTES_PER_TOKEN", "RL_HTTP2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char entry[32];
        snprintf(entry, sizeof entry, "%s=", names[i]);
        BAD_ENV(names[i], 1, "", "it is set to nothing; give it a value, or unset it", entry);
        BAD_ENV(names[i], 1, "", "it is set to nothing", entry, "RL_CAPACITY=5",
                "RL_LIMITS=out 1MB/s");
    }
    BAD_ENV("RL_LIMITS", 1, " ; ;\\x0a;", "there is no limit in it", "RL_LIMITS= ; ;\n;");
    BAD_ENV("RL_LIMITS", 1, ";", "there is no limit in it", "RL_LIMITS=;", "RL_CAPACITY=5");
}

/* Beside options that give a limit. */
static bool beside_options(const char *const *variables)
{
    char **saved = environ;
    memset(&config, 0, sizeof config);
    environ = (char **)variables;
    bool good = config_beside_options(&config, &error);
    environ = saved;
    return good;
}

static void for_the_launcher(void)
{
    CHECK(beside_options(ENVIRONMENT(NULL)));
    CHECK(beside_options(ENVIRONMENT("RL_ALGO=gcra", "RL_SUMMARY=1")));
    CHECK_EQ(config.usual.algo, RL_GCRA);
    CHECK(config_add_limit(&config, "-l", "out 1/s", &error));
    CHECK_EQ(config.limits[0].algo, RL_GCRA);
    CHECK(!beside_options(ENVIRONMENT("RL_HOME=x")));
    check_error(__LINE__, "RL_HOME", "environment: character 1: ", "RL_HOME", "another program's");
    CHECK(!beside_options(ENVIRONMENT("RL_UNIT=bytes")));
    check_error(__LINE__, "RL_UNIT", "RL_UNIT: character 1: ", "bytes", "RL_CAPACITY is missing");
    CHECK(!beside_options(ENVIRONMENT("RL_LIMITS=")));
    check_error(__LINE__, "RL_LIMITS", "RL_LIMITS: character 1: ", "", "it is set to nothing");
    CHECK(beside_options(ENVIRONMENT("RL_TREE=00000001,0123456789abcdef", "RL_WORKERS=1")));
}

int main(void)
{
    RUN(slips_of_the_name);
    RUN(beside_one_of_ours_there_is_no_other);
    RUN(in_a_tree_others_pass);
    RUN(half_a_limit);
    RUN(a_limit_that_is_set_to_nothing);
    RUN(for_the_launcher);
    return check_status();
}
