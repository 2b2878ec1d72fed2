/* test_config_environment.c - the RL_* variables, alone and together. */
#include <stdlib.h>

#include "config_rows.h"

static void nothing_is_configured(void)
{
    CHECK(read_environment(ENVIRONMENT(NULL)));
    CHECK_EQ(config.count, 0);
    CHECK_EQ(config.bytes_per_token, 4);
    CHECK_EQ(config.escape, ESCAPE_WARN);
    CHECK(!config.summary && !config.trace && !config.log);

    ENV("inert", "RL_SUMMARY=1", "RL_TRACE=/t", "RL_LOG=/l", "RL_ESCAPE=refuse");
    ENV("inert", "RL_SUMMARY=", "RL_TRACE=", "RL_LOG=", "RL_ESCAPE=", "RL_TREE=", "RL_CAPCITY=");
    ENV("inert", "CAPACITY=4", "rl_capacity=4", "RL_CAPACITY", "", "=", "RL_", "RL_=x");
    environ = NULL;
    CHECK(read_environment(NULL));
}

static void one_limit(void)
{
    ENV("4 calls/1000000000ns burst 4 connect,send,write [RL_CAPACITY]", "RL_CAPACITY=4");
    ENV("4 calls/500000000ns burst 4 connect,send,write [RL_CAPACITY]", "RL_CAPACITY=4",
        "RL_SECONDS=0.5");
    ENV("4 calls/3600000000000ns burst 1 connect,send,write [RL_CAPACITY]", "RL_CAPACITY=4",
        "RL_SECONDS=1h", "RL_BURST=1");
    ENV("1000000 bytes/1000000000ns burst 65536 send,write [RL_CAPACITY]", "RL_CAPACITY=1MB",
        "RL_UNIT=bytes", "RL_BURST=64KiB");
    ENV("90000 tokens/60000000000ns burst 90000 read llm-token [RL_CAPACITY]", "RL_CAPACITY=90k",
        "RL_ALGO=LLM_Token", "RL_SECONDS=m");
    ENV("90000 tokens/1000000000ns burst 90000 send,write llm-token [RL_CAPACITY]",
        "RL_CAPACITY=90k", "RL_ALGO=llm-token", "RL_CALLS=send,write");
    ENV("9 tokens/1000000000ns burst 9 recv [RL_CAPACITY]", "RL_CAPACITY=9", "RL_UNIT=tokens",
        "RL_CALLS=recv");
    ENV("9 calls/1000000000ns burst 9 connect,send,write llm-token [RL_CAPACITY]", "RL_CAPACITY=9",
        "RL_ALGO=llm-token", "RL_UNIT=calls");
    ENV("9 tokens/1000000000ns burst 9 read [RL_CAPACITY]", "RL_CAPACITY=9tokens",
        "RL_UNIT=tokens");
    ENV("9 requests/1000000000ns burst 2 read [RL_CAPACITY]", "RL_CAPACITY=9", "RL_UNIT=requests",
        "RL_BURST=2req");
    ENV("9 requests/1000000000ns burst 9 read llm-token [RL_CAPACITY]", "RL_CAPACITY=9",
        "RL_UNIT=requests", "RL_ALGO=llm-token");
    ENV("9 bytes/1000000000ns burst 9 send,write [out 9/s]", "RL_LIMITS=out 9/s", "RL_HTTP2=allow");
    ENV("9 calls/1000000000ns burst 9 connect gcra police block process "
        "timeout 5000000ns [RL_CAPACITY]",
        "RL_TIMEOUT=5ms", "RL_MODE=police", "RL_ALGO=gcra", "RL_CALLS=connect", "RL_CAPACITY=9",
        "RL_SCOPE=process", "RL_NONBLOCK=block");
    ENV("9 bytes/1000000000ns burst 9 write [RL_CAPACITY]", "RL_CAPACITY=9", "RL_UNIT=bytes",
        "RL_CALLS=write");
    ENV("9 calls/1000000000ns burst 9 connect,send [RL_CAPACITY]", "RL_CAPACITY=9",
        "RL_CALLS=send , connect,send");
    ENV("4 calls/1000000000ns burst 4 connect,send,write [RL_CAPACITY]", "RL_CAPACITY=4",
        "RL_CAPACITY=5");
    ENV("4 calls/1000000000ns burst 4 connect,send,write block [RL_CAPACITY]", "RL_CAPACITY=4",
        "RL_NONBLOCK=block");
    ENV("4 calls/1000000000ns burst 4 connect,send,write [RL_CAPACITY]", "RL_CAPACITY=4",
        "RL_NONBLOCK=auto");

    CHECK(read_environment(ENVIRONMENT("RL_CAPACITY=4", "RL_TO=a, !10.0.0.0/8:80")));
    check_text(__LINE__, "RL_TO", show_rules(&config.limits[0]), "a, !::ffff:10.0.0.0/104 port 80");
}

static void nothing_is_limited_in_silence(void)
{
    BAD_ENV("RL_CAPACITY", 1, "99999999999999999999", "is too large",
            "RL_CAPACITY=99999999999999999999");
    BAD_ENV("RL_CAPACITY", 1, "0", "must be more than 0", "RL_CAPACITY=0");
    BAD_ENV("RL_CAPACITY", 1, "-4", "is negative", "RL_CAPACITY=-4");
    BAD_ENV("RL_CAPACITY", 1, "ten", "is not a number", "RL_CAPACITY=ten");
    BAD_ENV("RL_CAPACITY", 1, " 4", "is not a number", "RL_CAPACITY= 4");
    BAD_ENV("RL_CAPACITY", 1, "1MB", "'1MB' is in bytes, but calls are counted; set RL_UNIT=bytes",
            "RL_CAPACITY=1MB");
    BAD_ENV("RL_CAPACITY", 1, "1MB", "but tokens are counted; set RL_UNIT=bytes", "RL_CAPACITY=1MB",
            "RL_ALGO=llm-token");
    BAD_ENV("RL_CAPACITY", 1, "9tokens", "set RL_UNIT=tokens", "RL_CAPACITY=9tokens");
    BAD_ENV("RL_CAPACITY", 2, "mb", "write 1MB, or 1Mbit", "RL_CAPACITY=1mb");
    BAD_ENV("RL_CAPACITY", 1, "1MB/s", "here stands an amount alone", "RL_CAPACITY=1MB/s",
            "RL_UNIT=bytes");
    BAD_ENV("RL_CAPACITY", 1, "1Mbps", "here stands an amount alone", "RL_CAPACITY=1Mbps",
            "RL_UNIT=bytes", "RL_SECONDS=60");
    BAD_ENV("RL_CAPACITY", 1, "9requests", "but calls are counted; set RL_UNIT=requests",
            "RL_CAPACITY=9requests");
    BAD_ENV("RL_CALLS", 1, "send", "requests are counted in what is said, whatever calls say it",
            "RL_CAPACITY=9", "RL_UNIT=requests", "RL_CALLS=send");
    BAD_ENV("RL_SECONDS", 1, "0", "must be more than 0", "RL_CAPACITY=1", "RL_SECONDS=0");
    BAD_ENV("RL_SECONDS", 1, "367d", "is longer than 366 days", "RL_SECONDS=367d");
    BAD_ENV("RL_BURST", 1, "0", "must be more than 0", "RL_CAPACITY=1", "RL_BURST=0");
    BAD_ENV("RL_BURST", 1, "1kB", "set RL_UNIT=bytes", "RL_CAPACITY=1", "RL_BURST=1kB");
    BAD_ENV("RL_BURST", 1, "1G", "takes longer than a year and a half to drain", "RL_CAPACITY=1",
            "RL_BURST=1G");
    BAD_ENV("RL_CALLS", 1, "sned", "unknown call 'sned'; did you mean 'send'?", "RL_CALLS=sned");
    BAD_ENV("RL_CALLS", 1, "out",
            "unknown call 'out'; there are: connect, send, write, accept, recv, read\n",
            "RL_CALLS=out");
    BAD_ENV("RL_CALLS", 6, "", "a call is missing", "RL_CALLS=send,");
    BAD_ENV("RL_CALLS", 6, "connect", "'connect' has no bytes; RL_UNIT=calls counts it",
            "RL_CALLS=send,connect", "RL_UNIT=bytes");
    BAD_ENV("RL_CALLS", 1, "connect", "'connect' has no tokens", "RL_CALLS=connect",
            "RL_ALGO=llm-token");
    BAD_ENV("RL_TO", 3, "a..b", "is neither", "RL_TO=a,a..b");
}

static void each_is_validated_alone(void)
{
    BAD_ENV("RL_ALGO", 1, "gcrra", "unknown algorithm 'gcrra'; did you mean 'gcra'?",
            "RL_ALGO=gcrra");
    BAD_ENV("RL_MODE", 1, "Police", "did you mean 'police'?", "RL_MODE=Police");
    BAD_ENV("RL_TIMEOUT", 1, "never", "'never' is not a number", "RL_TIMEOUT=never");
    BAD_ENV("RL_SCOPE", 1, "trees", "did you mean 'tree'?", "RL_SCOPE=trees");
    BAD_ENV("RL_SCOPE", 8, "", "a name is missing", "RL_SCOPE=shared:");
    BAD_ENV("RL_TREE", 1, "../x", "names no tree", "RL_TREE=../x");
    BAD_ENV("RL_NONBLOCK", 1, "blok", "did you mean 'block'?", "RL_NONBLOCK=blok");
    BAD_ENV("RL_NONBLOCK", 1, "never", "unknown way 'never'; there are: auto, block\n",
            "RL_NONBLOCK=never");
    BAD_ENV("RL_ESCAPE", 1, "alow", "did you mean 'allow'?", "RL_ESCAPE=alow");
    BAD_ENV("RL_ESCAPE", 1, "yes", "unknown way 'yes'; there are: warn, refuse, allow\n",
            "RL_ESCAPE=yes");
    BAD_ENV("RL_BYTES_PER_TOKEN", 1, "0", "must be more than 0", "RL_BYTES_PER_TOKEN=0");
    BAD_ENV("RL_BYTES_PER_TOKEN", 1, "3.5", "is not a whole number", "RL_BYTES_PER_TOKEN=3.5");
    BAD_ENV("RL_BYTES_PER_TOKEN", 1, "3tokens", "is not a number of bytes",
            "RL_BYTES_PER_TOKEN=3tokens");
    BAD_ENV("RL_BYTES_PER_TOKEN", 1, "3requests", "is not a number of bytes",
            "RL_BYTES_PER_TOKEN=3requests");
    BAD_ENV("RL_HTTP2", 1, "alow", "did you mean 'allow'?", "RL_HTTP2=alow");
    BAD_ENV("RL_HTTP2", 1, "yes", "unknown way 'yes'; there are: refuse, allow\n", "RL_HTTP2=yes");
    BAD_ENV("RL_SUMMARY", 1, "maybe", "there are: 1, 0, yes, no, true, false\n",
            "RL_SUMMARY=maybe");
    BAD_ENV("RL_UNIT", 1, "byte", "unknown unit 'byte'; did you mean 'bytes'?", "RL_UNIT=byte");
    BAD_ENV("RL_UNIT", 1, "packets",
            "unknown unit 'packets'; there are: calls, bytes, tokens, requests\n",
            "RL_UNIT=packets");
    BAD_ENV("RL_LIMITS", 6, "XB", "unknown unit 'XB'", "RL_LIMITS=out 1XB/s");
}

static void the_rest(void)
{
    static const char *const yes[] = {"RL_SUMMARY=1", "RL_SUMMARY=yes", "RL_SUMMARY=true"};
    static const char *const no[] = {"RL_SUMMARY=0", "RL_SUMMARY=no", "RL_SUMMARY=false"};
    for (int i = 0; i < 3; i++) {
        CHECK(read_environment(ENVIRONMENT(yes[i])) && config.summary);
        CHECK(read_environment(ENVIRONMENT(no[i])) && !config.summary);
    }

    CHECK(read_environment(ENVIRONMENT("RL_ESCAPE=warn")) && config.escape == ESCAPE_WARN);
    CHECK(read_environment(ENVIRONMENT("RL_ESCAPE=refuse")) && config.escape == ESCAPE_REFUSE);
    CHECK(read_environment(ENVIRONMENT("RL_ESCAPE=allow")) && config.escape == ESCAPE_ALLOW);

    CHECK(read_environment(ENVIRONMENT(NULL)) && !config.http2_allowed);
    CHECK(read_environment(ENVIRONMENT("RL_HTTP2=allow", "RL_CAPACITY=1")) && config.http2_allowed);
    CHECK(read_environment(ENVIRONMENT("RL_HTTP2=refuse", "RL_CAPACITY=1")));
    CHECK(!config.http2_allowed);

    char trace[] = "RL_TRACE= a b\n", log[] = "RL_LOG=/l";
    CHECK(read_environment(ENVIRONMENT(trace, log, "RL_BYTES_PER_TOKEN=3", "RL_CAPACITY=1")));
    CHECK_EQ(config.bytes_per_token, 3);
    memset(trace, 'x', sizeof trace - 1);
    memset(log, 'x', sizeof log - 1);
    check_text(__LINE__, "RL_TRACE", config.trace, " a b\n");
    check_text(__LINE__, "RL_LOG", config.log, "/l");

    static char path[NAME_SPACE + sizeof "RL_LOG="] = "RL_LOG=";
    memset(path + 7, 'p', NAME_SPACE - 1);
    CHECK(read_environment(ENVIRONMENT(path)));
    CHECK_EQ(strlen(config.log), NAME_SPACE - 1);
    path[7 + NAME_SPACE - 1] = 'p';
    CHECK(!read_environment(ENVIRONMENT(path)));
}

static void several_limits(void)
{
    CHECK(read_environment(ENVIRONMENT("RL_LIMITS=;out 1MB/s; connect 10/s\ncalls 4/s;\n",
                                       "RL_CAPACITY=9", "RL_BURST=3", "RL_ALGO=gcra")));
    static const char *const expected[] = {
        "9 calls/1000000000ns burst 3 connect,send,write gcra [RL_CAPACITY]",
        "1000000 bytes/1000000000ns burst 1000000 send,write gcra [out 1MB/s]",
        "10 calls/1000000000ns burst 10 connect gcra [connect 10/s]",
        "4 calls/1000000000ns burst 4 connect,send,write gcra [calls 4/s]",
    };
    CHECK_EQ(config.count, 4);
    for (unsigned i = 0; i < config.count && i < 4; i++)
        check_text(__LINE__, "RL_LIMITS", show_limit(&config.limits[i]), expected[i]);

    BAD_ENV("RL_LIMITS", 12, "foo", "unknown kind of limit 'foo'", "RL_LIMITS=out 1MB/s; foo 1/s");
    BAD_ENV("RL_LIMITS", 65, "out 1/s", "more than 8 limits",
            "RL_LIMITS=out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;"
            "out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s");
    BAD_ENV("RL_LIMITS", 57, "out 1/s", "more than 8 limits", "RL_CAPACITY=4",
            "RL_LIMITS=out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;"
            "out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s;out 1/s");
}

static void defaults_reach_every_limit(void)
{
    static const char *const variables[] = {
        "RL_ALGO=leaky-bucket",
        "RL_MODE=police",
        "RL_TIMEOUT=1us",
        "RL_NONBLOCK=block",
        "RL_SCOPE=shared:a",
        "RL_LIMITS=out 1/s;out 2/s algo=gcra mode=shape timeout=0 nonblock=auto scope=tree",
        NULL};
    CHECK(read_environment(variables));
    check_text(
        __LINE__, "default", show_limit(&config.limits[0]),
        "1 bytes/1000000000ns burst 1 send,write leaky-bucket police block shared:a timeout 1000ns "
        "[out 1/s]");
    check_text(__LINE__, "its own", show_limit(&config.limits[1]),
               "2 bytes/1000000000ns burst 2 send,write gcra timeout 0ns [out 2/s]");
    CHECK(config_add_limit(&config, "-l", "out 3/s", &error));
    check_text(
        __LINE__, "added", show_limit(&config.limits[2]),
        "3 bytes/1000000000ns burst 3 send,write leaky-bucket police block shared:a timeout 1000ns "
        "[out 3/s]");
}

int main(void)
{
    RUN(nothing_is_configured);
    RUN(one_limit);
    RUN(nothing_is_limited_in_silence);
    RUN(each_is_validated_alone);
    RUN(the_rest);
    RUN(several_limits);
    RUN(defaults_reach_every_limit);
    return check_status();
}
