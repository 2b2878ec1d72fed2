/*
 * test_config_typed.c - what people type in other tools, out of habit, and what it means here: the
 * same, as near as can be and never more, or a message that says what to write.
 */
#include "config_rows.h"

/* As the option of the launcher that one would type it to: -u, -d, -c. */
static bool option(const char *typed, const char *what, const char *value)
{
    const struct config_option option = {typed, what, "-u 1MB"};
    memset(&config, 0, sizeof config);
    memset(&error, 0, sizeof error);
    return config_add_option(&config, &option, value, &error);
}

static const struct row {
    const char *tool, *typed;
    const char *there;   /* what the tool makes of it */
    const char *what;    /* out, in or connect */
    uint64_t capacity;   /* here; 0: refused */
    unsigned seconds;    /* the period here */
    const char *message; /* parts of it, up to a NULL */
    const char *message_too;
} rows[] = {
    {"curl --limit-rate", "500K", "512000 B/s", "in", 500000, 1, NULL, NULL},
    {"curl --limit-rate", "1M", "1048576 B/s", "in", 1000000, 1, NULL, NULL},
    {"curl --limit-rate", "1m", "1048576 B/s", "in", 1000000, 1, NULL, NULL},
    {"curl --limit-rate", "1G", "1 GiB/s", "in", 1000000000, 1, NULL, NULL},
    {"curl --limit-rate", "2T", "2 TiB/s", "in", 2000000000000, 1, NULL, NULL},
    {"curl --limit-rate", "1P", "1 PiB/s", "in", 1000000000000000, 1, NULL, NULL},
    {"curl --limit-rate", "1000", "1000 B/s", "in", 1000, 1, NULL, NULL},
    {"curl --rate", "3/m", "3 transfers a minute", "connect", 3, 60, NULL, NULL},
    {"curl --rate", "10/h", "10 transfers an hour", "connect", 10, 3600, NULL, NULL},
    {"wget --limit-rate", "20k", "20480 B/s", "in", 20000, 1, NULL, NULL},
    {"wget --limit-rate", "2.5m", "2621440 B/s", "in", 2500000, 1, NULL, NULL},
    {"wget --limit-rate", "0", "no limit", "in", 0, 0, "must be more than 0", "leave it out"},
    {"aria2c --max-download-limit", "500K", "512000 B/s", "in", 500000, 1, NULL, NULL},
    {"yt-dlp -r", "4.2M", "4404019 B/s", "in", 4200000, 1, NULL, NULL},
    {"pv -L", "1g", "1 GiB/s", "out", 1000000000, 1, NULL, NULL},
    {"rclone --bwlimit", "10M", "10 MiB/s", "out", 10000000, 1, NULL, NULL},
    {"rclone --bwlimit", "512k", "512 KiB/s", "out", 512000, 1, NULL, NULL},
    {"rclone --bwlimit", "1MiB", "1 MiB/s", "out", 1048576, 1, NULL, NULL},
    {"rclone --bwlimit", "10Mi", "10 MiB/s", "out", 10485760, 1, NULL, NULL},
    {"rclone --bwlimit", "10M:1M", "10 MiB/s up, 1 down", "out", 0, 0, "up and down are two",
     "'in'"},
    {"rclone --bwlimit", "off", "no limit", "out", 0, 0, "'off' is no amount", "leave it out"},
    {"rsync --bwlimit", "1.5m", "1.5 MiB/s", "out", 1500000, 1, NULL, NULL},
    {"rsync --bwlimit", "500KB", "500000 B/s", "out", 500000, 1, NULL, NULL},
    {"rsync --bwlimit", "500KiB", "512000 B/s", "out", 512000, 1, NULL, NULL},
    {"trickle -u", "100", "100 KB/s", "out", 100, 1, NULL, NULL}, /* the launcher warns */
    {"tc rate", "10mbit", "10^7 bit/s", "out", 1250000, 1, NULL, NULL},
    {"tc rate", "500kbit", "500000 bit/s", "out", 62500, 1, NULL, NULL},
    {"tc rate", "1gbit", "10^9 bit/s", "out", 125000000, 1, NULL, NULL},
    {"tc rate", "1tbit", "10^12 bit/s", "out", 125000000000, 1, NULL, NULL},
    {"tc rate", "1mibit", "2^20 bit/s", "out", 131072, 1, NULL, NULL},
    {"tc rate", "8kibit", "8192 bit/s", "out", 1024, 1, NULL, NULL},
    {"tc rate", "8000bit", "8000 bit/s", "out", 1000, 1, NULL, NULL},
    {"tc rate", "1mbps", "10^6 B/s", "out", 0, 0, "1MB/s", "1Mbit/s"},
    {"tc rate", "100kbps", "100000 B/s", "out", 0, 0, "100kB/s", "100kbit/s"},
    {"tc rate", "1mibps", "2^20 B/s", "out", 0, 0, "1MiB/s", "1Mibit/s"},
    {"tc rate", "8bps", "8 B/s", "out", 0, 0, "8B/s", "8bit/s"},
    {"tc burst", "10kb", "10240 B", "out", 0, 0, "10kB", "10kbit"},
    {"iptables --limit", "10/sec", "10 a second", "connect", 10, 1, NULL, NULL},
    {"iptables --limit", "10/second", "10 a second", "connect", 10, 1, NULL, NULL},
    {"iptables --limit", "5/minute", "5 a minute", "connect", 5, 60, NULL, NULL},
    {"iptables --limit", "3/hour", "3 an hour", "connect", 3, 3600, NULL, NULL},
    {"iptables --limit", "1/day", "1 a day", "connect", 1, 86400, NULL, NULL},
    {"nft limit rate", "1024 bytes/second", "1 KiB/s", "out", 0, 0, "directly behind",
     "'bytes/second'"},
    {"nft limit rate", "400/Minute", "400 a minute", "connect", 400, 60, NULL, NULL},
    {"nft limit rate", "2/week", "2 a week", "connect", 2, 604800, NULL, NULL},
    {"nginx limit_rate", "500k", "512000 B/s", "out", 500000, 1, NULL, NULL},
    {"nginx limit_req", "10r/s", "10 requests a second", "connect", 0, 0, "unknown unit 'r'",
     "are written 'requests 10/s'"},
    {"nginx limit_req", "10r/s", "10 requests a second", "requests", 0, 0, "unknown unit 'r'",
     "are written 'requests 10/s'"},
    {"a provider's page", "60rpm", "60 requests a minute", "connect", 0, 0, "'rpm'",
     "or, as a quota, 'rpm 500'"},
    {"a provider's page", "60req/min", "60 requests a minute", "requests", 60, 60, NULL, NULL},
    {"a provider's page", "60reqs/min", "60 requests a minute", "requests", 60, 60, NULL, NULL},
    {"a provider's page", "2Krequests/min", "2000 requests a minute", "requests", 2000, 60, NULL,
     NULL},
    {"a provider's page", "2K/min", "2000 requests a minute", "requests", 2000, 60, NULL, NULL},
    {"a provider's page", "60req/min", "60 requests a minute", "connect", 0, 0,
     "'60req' is in requests", "one that begins with 'requests' counts them"},
    {"a provider's page", "100rps", "100 requests a second", "connect", 0, 0, "'rps'",
     "are written 'requests 10/s'"},
    {"a provider's page", "90ktpm", "90000 tokens a minute", "out", 0, 0, "unknown unit 'ktpm'",
     "tokens"},
    {"a provider's page", "90000tpm", "90000 tokens a minute", "out", 0, 0, "'tpm'",
     "'tokens 90k/m', or, as a quota, 'tpm 90k'"},
    {"a provider's page", "90k/min", "90000 tokens a minute", "tokens", 90000, 60, NULL, NULL},
    {"a provider's page", "1M/min", "10^6 tokens a minute", "tokens", 1000000, 60, NULL, NULL},
    {"a provider's page", "1m/min", "10^6 tokens a minute", "tokens", 0, 0, "'1m' is in bytes",
     "this limit counts tokens"},
    {"a provider's page", "90kTokens/min", "90000 tokens a minute", "tokens", 90000, 60, NULL,
     NULL},
    {"a provider's page", "1MB/min", "a slip", "tokens", 0, 0, "'1MB' is in bytes",
     "this limit counts tokens"},
    {"a provider's page", "90Ktokens/min", "90000 tokens a minute", "out", 90000, 60, NULL, NULL},
    {"speed tests", "1Mbps", "10^6 bit/s", "in", 125000, 1, NULL, NULL},
    {"speed tests", "1Gbps", "10^9 bit/s", "in", 125000000, 1, NULL, NULL},
    {"speed tests", "100Kbps", "10^5 bit/s", "in", 12500, 1, NULL, NULL},
    {"speed tests", "10Mbit/s", "10^7 bit/s", "in", 1250000, 1, NULL, NULL},
    {"speed tests", "10MBit/s", "10^7 bit/s", "in", 1250000, 1, NULL, NULL},
    {"speed tests", "10Mbits/sec", "10^7 bit/s", "in", 1250000, 1, NULL, NULL},
    {"speed tests", "8Mb", "8 Mbit, or MB", "in", 0, 0, "8MB", "8Mbit"},
    {"speed tests", "8Mb/s", "8 Mbit, or MB", "in", 0, 0, "8MB", "8Mbit"},
    {"speed tests", "1.5Gb", "1.5 Gbit, or GB", "in", 0, 0, "1.5GB", "1.5Gbit"},
    {"speed tests", "10MBPS", "who knows", "in", 0, 0, "10MB/s", "10Mbit/s"},
    {"speed tests", "1Mbps/s", "1 Mbit/s", "in", 0, 0, "per second already", "'1Mbps'"},
    {"file managers", "10mb", "10 MB", "in", 0, 0, "10MB", "10Mbit"},
    {"file managers", "100kb", "100 KB", "in", 0, 0, "100kB", "100kbit"},
    {"file managers", "64kib", "64 KiB", "in", 0, 0, "64KiB", "64Kibit"},
    {"file managers", "8b", "8 bytes, or bits", "in", 0, 0, "8B", "8bit"},
    {"file managers", "100KB", "100 KB", "in", 100000, 1, NULL, NULL},
    {"file managers", "1TB", "1 TB", "in", 1000000000000, 1, NULL, NULL},
    {"file managers", "1TiB", "1 TiB", "in", 1099511627776, 1, NULL, NULL},
    {"file managers", "10MBps", "10 MB/s", "in", 10000000, 1, NULL, NULL},
    {"file managers", "10mB", "10 MB", "in", 10000000, 1, NULL, NULL},
    {"file managers", "1MB/Sec", "1 MB/s", "in", 1000000, 1, NULL, NULL},
    {"file managers", "1MB/S", "1 MB/s", "in", 1000000, 1, NULL, NULL},
    {"file managers", "1000bytes/s", "1000 B/s", "in", 1000, 1, NULL, NULL},
    {"file managers", "5GB/day", "5 GB a day", "in", 5000000000, 86400, NULL, NULL},
    {"file managers", "5GB/1D", "5 GB a day", "in", 5000000000, 86400, NULL, NULL},
    {"file managers", "10 MB/s", "10 MB/s", "in", 0, 0, "'MB/s' is not an option",
     "directly behind"},
    {"anybody", "1m", "one a minute?", "connect", 0, 0, "'1m' is in bytes",
     "this limit counts calls"},
    {"anybody", "60/M", "a month?", "connect", 0, 0, "unknown unit of time 'M'", "'m'"},
    {"anybody", "10K", "10000", "connect", 10000, 1, NULL, NULL},
    {"anybody", "10conns/s", "10 a second", "connect", 0, 0, "'conns'", "mere numbers"},
};

static void what_is_typed_in_other_tools(void)
{
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof *rows; row++) {
        bool good = option("-x ", row->what, row->typed);
        const struct limit *limit = &config.limits[0];
        bool right = !row->capacity ? !good && strstr(error.text, row->message) &&
                                          strstr(error.text, row->message_too) &&
                                          strstr(error.text, row->typed)
                                    : good && limit->capacity == row->capacity &&
                                          limit->period_ns == row->seconds * 1000000000ULL;
        if (!right && check_failed())
            fprintf(stderr, "%s %s (%s there): %s\n", row->tool, row->typed, row->there,
                    good ? show_limit(limit) : error.text);
    }
}

static void check_option(int line, const char *typed, const char *what, const char *value,
                         const char *expected)
{
    bool good = option(typed, what, value);
    check_text(line, value, good ? show_limit(&config.limits[0]) : error.text, expected);
}

#define OPTION(typed, what, value, expected) check_option(__LINE__, typed, what, value, expected)

static void a_rate_is_per_second_unless_it_says_otherwise(void)
{
    OPTION("-u ", "out", "1MB", "1000000 bytes/1000000000ns burst 1000000 send,write [out 1MB/s]");
    OPTION("-u ", "out", "8Mbps",
           "1000000 bytes/1000000000ns burst 1000000 send,write [out 8Mbps]");
    OPTION("-d ", "in", " 1MB burst=64KiB \n",
           "1000000 bytes/1000000000ns burst 65536 recv,read [in 1MB/s]");
    OPTION("-c ", "connect", "9/1m burst=1",
           "9 calls/60000000000ns burst 1 connect [connect 9/1m]");
    OPTION("-l ", NULL, "out 8Mbps",
           "1000000 bytes/1000000000ns burst 1000000 send,write [out 8Mbps]");
}

/* And by the name that the option was called. */
static void a_message_shows_what_was_typed(void)
{
    OPTION("-u ", "out", "1MB/s/s",
           "-u: character 5: unknown unit of time 's/s'; there are: s, ms, us, ns, m, min, h, d\n"
           "    -u 1MB/s/s\n"
           "           ^^^\n"
           "  for example: -u 1MB\n");
    OPTION("--upload=", "out", "1MB/s/s",
           "--upload: character 5: unknown unit of time 's/s'; there are: s, ms, us, ns, m, min, "
           "h, d\n"
           "    --upload=1MB/s/s\n"
           "                 ^^^\n"
           "  for example: -u 1MB\n");
    OPTION("-u", "out", "8Mb",
           "-u: character 2: 'Mb' may be bytes or bits: write 8MB, or 8Mbit, which is an eighth of "
           "that\n"
           "    -u8Mb\n"
           "       ^^\n"
           "  for example: -u 1MB\n");
    OPTION("--limit ", NULL, "uot 1MB/s",
           "--limit: character 1: unknown kind of limit 'uot'; did you mean 'out'?\n"
           "    --limit uot 1MB/s\n"
           "            ^^^\n"
           "  for example: -u 1MB\n");
    OPTION("-c ", "connect", "10/s; out 1/s",
           "-c: character 5: one limit only; RL_LIMITS may have several\n"
           "    -c 10/s; out 1/s\n"
           "           ^\n"
           "  for example: -u 1MB\n");
    OPTION("-d ", "in", "",
           "-d: character 1: a rate is missing, as in 'in 1MB/s'\n"
           "    -d \n"
           "       ^\n"
           "  for example: -u 1MB\n");
    OPTION("-u ", "out", "1MB burst=1 to=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx colour=1",
           "-u: character 63: unknown option 'colour'; there are: algo, burst, timeout, mode, to, "
           "local, "
           "scope, nonblock, name, count, cached\n"
           "    ...xxxxxxxxxxxxxxxxxxxxxxx colour=1\n"
           "                               ^^^^^^\n"
           "  for example: -u 1MB\n");
}

/* One limit too many is told of where it was typed. */
static void there_is_no_room_for_it(void)
{
    const struct config_option upload = {"-u ", "out", "-u 1MB"};
    memset(&config, 0, sizeof config);
    for (unsigned i = 0; i < MAX_LIMITS; i++)
        CHECK(config_add_option(&config, &upload, "1MB", &error));
    CHECK(!config_add_option(&config, &upload, "1MB", &error));
    check_error(__LINE__, "one too many", "-u: character 1: ", "1MB", "more than 8 limits");
}

int main(void)
{
    RUN(what_is_typed_in_other_tools);
    RUN(a_rate_is_per_second_unless_it_says_otherwise);
    RUN(a_message_shows_what_was_typed);
    RUN(there_is_no_room_for_it);
    return check_status();
}
