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
    const char *words, *meant, *example; /* NULL: that of the variable */
    bool is_limit;
} synonyms[] = {
    {"BURST BURSTS BURST_SIZE BURSTSIZE MAX_BURST BURST_LIMIT BUCKET BUCKET_SIZE DEPTH PEAK",
     "RL_BURST", NULL, false},
    {"UPLOAD UP UL TX OUT EGRESS SENT UPLOAD_RATE UPLOAD_LIMIT MAX_UPLOAD OUTGOING OUTBOUND",
     "RL_LIMITS", "RL_LIMITS='out 1MB/s'", true},
    {"DOWNLOAD DOWN DL RX IN INGRESS RECEIVED DOWNLOAD_RATE DOWNLOAD_LIMIT MAX_DOWNLOAD INCOMING "
     "INBOUND",
     "RL_LIMITS", "RL_LIMITS='in 1MB/s'", true},
    {"CONNECT CONNECTS CONNECTION CONNECTIONS CONN CONNS MAX_CONNECTIONS MAX_CONNS", "RL_LIMITS",
     "RL_LIMITS='connect 10/s'", true},
    {"PERIOD PERIODS INTERVAL INTERVALS WINDOW WINDOW_SIZE TIME_WINDOW SEC SECS SECOND PER EVERY "
     "DURATION TIME TIMEFRAME TIMESPAN PERIOD_SECONDS WINDOW_SECONDS PER_SECONDS MS MSEC MILLIS",
     "RL_SECONDS", "RL_SECONDS=60", false},
    {"MIN MINS MINUTE MINUTES PER_MINUTE", "RL_SECONDS", "RL_SECONDS=1m", false},
    {"HOUR HOURS PER_HOUR", "RL_SECONDS", "RL_SECONDS=1h", false},
    {"DAY DAYS PER_DAY", "RL_SECONDS", "RL_SECONDS=1d", false},
    {"TPM TOKENS TOKENS_PER_MINUTE MAX_TOKENS", "RL_CAPACITY",
     "RL_CAPACITY=85k RL_SECONDS=1m RL_BURST=4k RL_UNIT=tokens", true},
    {"RPM REQUESTS_PER_MINUTE", "RL_CAPACITY",
     "RL_CAPACITY=59 RL_SECONDS=1m RL_BURST=1 RL_CALLS=connect", true},
    {"RPS QPS CPS REQUESTS REQUESTS_PER_SECOND CALLS_PER_SECOND MAX_CALLS MAX_REQUESTS",
     "RL_CAPACITY", "RL_CAPACITY=9 RL_BURST=1 RL_CALLS=connect", true},
    {"RATE RATES RATE_LIMIT RATELIMIT LIMIT_RATE MAX_RATE BWLIMIT BW_LIMIT BANDWIDTH BW SPEED "
     "SPEED_LIMIT MAX_SPEED THROUGHPUT THROTTLE QUOTA BPS BYTES_PER_SECOND AMOUNT MAX MAXIMUM CAP",
     "RL_CAPACITY", "RL_CAPACITY=1MB RL_UNIT=bytes, or RL_LIMITS='out 1MB/s'", true},
    {"LIMIT RULE RULES SPEC SPECS", "RL_LIMITS", NULL, true},
    {"SIZE COUNT NUMBER", "RL_CAPACITY", NULL, false},
    {"BYTES BITS UNITS MEASURE COUNTS COUNTED", "RL_UNIT", NULL, false},
    {"HOST HOSTS HOSTNAME PEER PEERS DEST DST DESTINATION TARGET TARGETS SERVER REMOTE ADDRESS "
     "ADDR "
     "IP URL FROM TO_HOST FOR",
     "RL_TO", "RL_TO=example.com:443", false},
    {"PORT PORTS DPORT TO_PORT", "RL_TO", "RL_TO=:443", false},
    {"LOCAL LISTEN SPORT NEAR SOURCE SRC", "RL_LIMITS", "RL_LIMITS='out 1MB/s local=:8080'", false},
    {"DOMAIN DOMAINS", "RL_TO", "RL_TO='*.example.com'", false},
    {"NET NETWORK NETWORKS SUBNET CIDR", "RL_TO", "RL_TO=10.0.0.0/8", false},
    {"EXCLUDE EXCEPT IGNORE NOT_TO", "RL_TO", "RL_TO='!10.0.0.0/8'", false},
    {"DIRECTION DIR WAY", "RL_CALLS", "RL_CALLS=recv,read, or RL_LIMITS='in 1MB/s'", false},
    {"SYSCALL SYSCALLS FUNCTION FUNCTIONS WHAT KIND TYPE FAMILY", "RL_CALLS", NULL, false},
    {"LOGFILE LOG_FILE LOG_PATH LOGS LOGGING OUTPUT STDERR", "RL_LOG", NULL, false},
    {"TRACEFILE TRACE_FILE DEBUG VERBOSE CSV", "RL_TRACE", NULL, false},
    {"STATS STATISTICS REPORT", "RL_SUMMARY", NULL, false},
    {"FILE CONF CONFIGFILE CONFIG_FILE CONFIG_PATH LIMITS_FILE", "RL_CONFIG", NULL, false},
    {"ALGORITHM ALG METHOD", "RL_ALGO", NULL, false},
    {"POLICY ACTION POLICE SHAPE DROP", "RL_MODE", "RL_MODE=police", false},
    {"WAIT MAX_WAIT DEADLINE DELAY MAX_DELAY", "RL_TIMEOUT", NULL, false},
    {"SHARE SHARED GROUP NAME", "RL_SCOPE", "RL_SCOPE=shared:api", false},
    {"ASYNC NONBLOCKING NON_BLOCK", "RL_NONBLOCK", NULL, false},
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
        suffixes[i].name = variables[i].name + strlen("RL_");

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
