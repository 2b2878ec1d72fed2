/*
 * slips.c - what a variable that is none of ours was meant for: RL_CAPCITY, and the words that
 * other tools, and people, have for the same.
 */
#include <string.h>

#include "variables.h"

enum { SHORTEST_PART = 3, SHORTEST_BEGINNING = 4 };

/* In a compound, as BURST_RATE, the first row with a word that is in it. Few pointers: each one is
 * work for the loader in every process that starts. */
static const struct synonym {
    const char *words, *example; /* NULL: that of the variable */
    char meant[sizeof "RL_NONBLOCK"];
    bool is_limit;
} synonyms[] = {
    {"BURST BURSTS BURST_SIZE BURSTSIZE MAX_BURST BURST_LIMIT BUCKET BUCKET_SIZE DEPTH PEAK", NULL,
     "RL_BURST", false},
    {"UPLOAD UP UL TX OUT EGRESS SENT UPLOAD_RATE UPLOAD_LIMIT MAX_UPLOAD OUTGOING OUTBOUND",
     "RL_LIMITS='out 1MB/s'", "RL_LIMITS", true},
    {"DOWNLOAD DOWN DL RX IN INGRESS RECEIVED DOWNLOAD_RATE DOWNLOAD_LIMIT MAX_DOWNLOAD INCOMING "
     "INBOUND",
     "RL_LIMITS='in 1MB/s'", "RL_LIMITS", true},
    {"CONNECT CONNECTS CONNECTION CONNECTIONS CONN CONNS MAX_CONNECTIONS MAX_CONNS",
     "RL_LIMITS='connect 10/s'", "RL_LIMITS", true},
    {"PERIOD PERIODS INTERVAL INTERVALS WINDOW WINDOW_SIZE TIME_WINDOW SEC SECS SECOND PER EVERY "
     "DURATION TIME TIMEFRAME TIMESPAN PERIOD_SECONDS WINDOW_SECONDS PER_SECONDS MS MSEC MILLIS",
     "RL_SECONDS=60", "RL_SECONDS", false},
    {"MIN MINS MINUTE MINUTES PER_MINUTE", "RL_SECONDS=1m", "RL_SECONDS", false},
    {"HOUR HOURS PER_HOUR", "RL_SECONDS=1h", "RL_SECONDS", false},
    {"DAY DAYS PER_DAY", "RL_SECONDS=1d", "RL_SECONDS", false},
    {"TPM TOKENS TOKENS_PER_MINUTE MAX_TOKENS", "RL_LIMITS='tpm 90k'", "RL_LIMITS", true},
    {"RPM REQUESTS_PER_MINUTE", "RL_LIMITS='rpm 500'", "RL_LIMITS", true},
    {"RPS QPS REQUESTS REQUESTS_PER_SECOND MAX_REQUESTS", "RL_LIMITS='requests 9/s burst=1'",
     "RL_LIMITS", true},
    {"CPS CALLS_PER_SECOND MAX_CALLS", "RL_CAPACITY=9 RL_BURST=1 RL_CALLS=connect", "RL_CAPACITY",
     true},
    {"RATE RATES RATE_LIMIT RATELIMIT LIMIT_RATE MAX_RATE BWLIMIT BW_LIMIT BANDWIDTH BW SPEED "
     "SPEED_LIMIT MAX_SPEED THROUGHPUT THROTTLE QUOTA BPS BYTES_PER_SECOND AMOUNT MAX MAXIMUM CAP",
     "RL_CAPACITY=1MB RL_UNIT=bytes, or RL_LIMITS='out 1MB/s'", "RL_CAPACITY", true},
    {"LIMIT RULE RULES SPEC SPECS", NULL, "RL_LIMITS", true},
    {"SIZE COUNT NUMBER", NULL, "RL_CAPACITY", false},
    {"BYTES BITS UNITS MEASURE COUNTS COUNTED", NULL, "RL_UNIT", false},
    {"HOST HOSTS HOSTNAME PEER PEERS DEST DST DESTINATION TARGET TARGETS SERVER REMOTE ADDRESS "
     "ADDR "
     "IP URL FROM TO_HOST FOR",
     "RL_TO=example.com:443", "RL_TO", false},
    {"PORT PORTS DPORT TO_PORT", "RL_TO=:443", "RL_TO", false},
    {"LOCAL LISTEN SPORT NEAR SOURCE SRC", "RL_LIMITS='out 1MB/s local=:8080'", "RL_LIMITS", false},
    {"DOMAIN DOMAINS", "RL_TO='*.example.com'", "RL_TO", false},
    {"NET NETWORK NETWORKS SUBNET CIDR", "RL_TO=10.0.0.0/8", "RL_TO", false},
    {"EXCLUDE EXCEPT IGNORE NOT_TO", "RL_TO='!10.0.0.0/8'", "RL_TO", false},
    {"DIRECTION DIR WAY", "RL_CALLS=recv,read, or RL_LIMITS='in 1MB/s'", "RL_CALLS", false},
    {"SYSCALL SYSCALLS FUNCTION FUNCTIONS WHAT KIND TYPE FAMILY", NULL, "RL_CALLS", false},
    {"LOGFILE LOG_FILE LOG_PATH LOGS LOGGING OUTPUT STDERR", NULL, "RL_LOG", false},
    {"TRACEFILE TRACE_FILE DEBUG VERBOSE CSV", NULL, "RL_TRACE", false},
    {"STATS STATISTICS REPORT", NULL, "RL_SUMMARY", false},
    {"FILE CONF CONFIGFILE CONFIG_FILE CONFIG_PATH LIMITS_FILE", NULL, "RL_CONFIG", false},
    {"ALGORITHM ALG METHOD", NULL, "RL_ALGO", false},
    {"POLICY ACTION POLICE SHAPE DROP", "RL_MODE=police", "RL_MODE", false},
    {"WAIT MAX_WAIT DEADLINE DELAY MAX_DELAY", NULL, "RL_TIMEOUT", false},
    {"SHARE SHARED GROUP NAME", "RL_SCOPE=shared:api", "RL_SCOPE", false},
    {"ASYNC NONBLOCKING NON_BLOCK", NULL, "RL_NONBLOCK", false},
};

/* Whether a part between `_` is a word of the list, or begins with one: MAX_RATE, LOGGING. */
static bool has_part(struct piece suffix, const char *list)
{
    struct piece part;
    bool more;
    do {
        more = cut(&suffix, '_', &part);
        for (; length(part) >= SHORTEST_PART; part.end--) {
            if (is_one_of(part, list))
                return true;
            if (length(part) <= SHORTEST_BEGINNING)
                break;
        }
    } while (more);
    return false;
}

static const struct synonym *find_synonym(struct piece suffix,
                                          bool (*fits)(struct piece suffix, const char *words))
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (fits(suffix, synonyms[i].words))
            return &synonyms[i];
    return NULL;
}

struct guess guess(struct piece suffix)
{
    struct named suffixes[VARIABLES];
    for (size_t i = 0; i < VARIABLES; i++)
        stpcpy(suffixes[i].name, variables[i].name + strlen("RL_"));

    const struct synonym *synonym = find_synonym(suffix, is_one_of);
    if (synonym)
        return (struct guess){synonym->meant, synonym->example, true, synonym->is_limit};
    const struct named *nearest = nearest_row(suffix, ROWS(suffixes));
    if (nearest)
        return (struct guess){variables[nearest - suffixes].name, NULL, true, true};
    for (size_t i = 0; i < VARIABLES; i++)
        if (variables[i].role != OF_TREE && has_part(suffix, suffixes[i].name))
            return (struct guess){variables[i].name, NULL, false, false};
    synonym = find_synonym(suffix, has_part);
    if (synonym)
        return (struct guess){synonym->meant, synonym->example, false, false};
    return (struct guess){NULL, NULL, false, false};
}
