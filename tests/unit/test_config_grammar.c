/* test_config_grammar.c - WHAT RATE [option=value]..., to the unit, and what is refused of it. */
#include "config_rows.h"

static void kinds(void)
{
    GOOD("connect 10/s", "10 calls/1000000000ns burst 10 connect [connect 10/s]");
    GOOD("send 10/s", "10 calls/1000000000ns burst 10 send [send 10/s]");
    GOOD("write 10/s", "10 calls/1000000000ns burst 10 write [write 10/s]");
    GOOD("calls 4/2s", "4 calls/2000000000ns burst 4 connect,send,write [calls 4/2s]");
    GOOD("accept 1/s", "1 calls/1000000000ns burst 1 accept [accept 1/s]");
    GOOD("recv 1/s", "1 calls/1000000000ns burst 1 recv [recv 1/s]");
    GOOD("read 1/s", "1 calls/1000000000ns burst 1 read [read 1/s]");
    GOOD("in 1MB/s", "1000000 bytes/1000000000ns burst 1000000 recv,read [in 1MB/s]");
    GOOD("out 5/s", "5 bytes/1000000000ns burst 5 send,write [out 5/s]");
    GOOD("out 90ktokens/m", "90000 tokens/60000000000ns burst 90000 send,write [out 90ktokens/m]");
    GOOD("tokens 90k/min", "90000 tokens/60000000000ns burst 90000 read [tokens 90k/min]");
    GOOD("tokens 9ktokens/m", "9000 tokens/60000000000ns burst 9000 read [tokens 9ktokens/m]");
    GOOD("requests 500/min", "500 requests/60000000000ns burst 500 read [requests 500/min]");
    GOOD("requests 5requests/s", "5 requests/1000000000ns burst 5 read [requests 5requests/s]");
    GOOD("requests 5req/s", "5 requests/1000000000ns burst 5 read [requests 5req/s]");
    GOOD(" \tsend\t 4/s \r\n", "4 calls/1000000000ns burst 4 send [send 4/s]");

    BAD("", 1, "", "a limit is missing");
    BAD("  ", 1, " ", "a limit is missing");
    BAD("conect 1/s", 1, "conect", "unknown kind of limit 'conect'; did you mean 'connect'?");
    BAD("OUT 1/s", 1, "OUT", "did you mean 'out'?");
    BAD("10/s", 1, "10/s",
        "unknown kind of limit '10/s'; there are: connect, send, write, calls, accept, recv, read,"
        " out, in, requests, tokens, rpm, tpm\n");
    BAD("tokens", 7, "", "a rate is missing, as in 'tokens 90k/m'");
    BAD("requests", 9, "", "a rate is missing, as in 'requests 10/s'");
    BAD("tokens 90k", 8, "90k", "'90k' is not a rate; it is written AMOUNT/TIME");
    BAD("requests 1tokens/s", 10, "1tokens", "is in tokens, but this limit counts requests\n");
    BAD("tokens 1req/s", 8, "1req", "counts tokens; one that begins with 'requests' counts them\n");
    BAD("inn 1/s", 1, "inn", "unknown kind of limit 'inn'; did you mean 'in'?");
    BAD("out 1/s; out 2/s", 8, ";", "one limit only");
}

static void options(void)
{
    GOOD("out 1MB/s burst=64KiB", "1000000 bytes/1000000000ns burst 65536 send,write [out 1MB/s]");
    GOOD("out 9k/s burst=1.5k", "9000 bytes/1000000000ns burst 1500 send,write [out 9k/s]");
    GOOD("send 9/s burst=1", "9 calls/1000000000ns burst 1 send [send 9/s]");
    GOOD("out 9tokens/s burst=2ktokens",
         "9 tokens/1000000000ns burst 2000 send,write [out 9tokens/s]");
    GOOD("out 9tokens/s burst=2k", "9 tokens/1000000000ns burst 2000 send,write [out 9tokens/s]");
    GOOD("send 9/s algo=leaky-bucket", "9 calls/1000000000ns burst 9 send leaky-bucket [send 9/s]");
    GOOD("send 9/s algo=token_bucket", "9 calls/1000000000ns burst 9 send [send 9/s]");
    GOOD("send 9/s algo=GCRA", "9 calls/1000000000ns burst 9 send gcra [send 9/s]");
    GOOD("send 9/s algo=Gcra_Leaky", "9 calls/1000000000ns burst 9 send gcra-leaky [send 9/s]");
    GOOD("out 9B/s algo=llm-token", "9 bytes/1000000000ns burst 9 send,write llm-token [out 9B/s]");
    GOOD("send 9/s mode=police", "9 calls/1000000000ns burst 9 send police [send 9/s]");
    GOOD("send 9/s mode=shape", "9 calls/1000000000ns burst 9 send [send 9/s]");
    GOOD("send 9/s timeout=1.5",
         "9 calls/1000000000ns burst 9 send timeout 1500000000ns [send 9/s]");
    GOOD("send 9/s timeout=0", "9 calls/1000000000ns burst 9 send timeout 0ns [send 9/s]");
    GOOD("send 9/s scope=tree", "9 calls/1000000000ns burst 9 send [send 9/s]");
    GOOD("send 9/s scope=process", "9 calls/1000000000ns burst 9 send process [send 9/s]");
    GOOD("send 9/s scope=shared:Api.2_b-1",
         "9 calls/1000000000ns burst 9 send shared:Api.2_b-1 [send 9/s]");
    GOOD("send 9/s scope=shared:"
         "0123456789012345678901234567890123456789012345678901234567890123",
         "9 calls/1000000000ns burst 9 send shared:"
         "0123456789012345678901234567890123456789012345678901234567890123 [send 9/s]");
    GOOD("send 9/s nonblock=auto", "9 calls/1000000000ns burst 9 send [send 9/s]");
    GOOD("send 9/s nonblock=block", "9 calls/1000000000ns burst 9 send block [send 9/s]");
    GOOD("tokens 9/s count=total cached=counted",
         "9 tokens/1000000000ns burst 9 read [tokens 9/s]");
    GOOD("tokens 9/s count=input", "9 tokens/1000000000ns burst 9 read input [tokens 9/s]");
    GOOD("tokens 9/s count=output", "9 tokens/1000000000ns burst 9 read output [tokens 9/s]");
    GOOD("tokens 9/s cached=free count=input burst=2tokens mode=police",
         "9 tokens/1000000000ns burst 2 read input, cached free police [tokens 9/s]");
    GOOD("requests 9/s count=all", "9 requests/1000000000ns burst 9 read [requests 9/s]");
    GOOD("requests 9/s count=models burst=2reqs",
         "9 requests/1000000000ns burst 2 read of models [requests 9/s]");
    GOOD("send 9/s name=#1:~!", "9 calls/1000000000ns burst 9 send [#1:~!]");
    GOOD("send 9/s name=a=b", "9 calls/1000000000ns burst 9 send [a=b]");
    GOOD("send 9/s mode=police name=x burst=2 algo=gcra timeout=1ns to=a scope=process "
         "nonblock=block",
         "9 calls/1000000000ns burst 2 send gcra police block process timeout 1ns [x]");
}

static void bad_options(void)
{
    BAD("out 1/s brst=1", 9, "brst", "unknown option 'brst'; did you mean 'burst'?");
    BAD("out 1/s Burst=1", 9, "Burst", "did you mean 'burst'?");
    BAD("out 1/s colour=1", 9, "colour",
        "unknown option 'colour'; there are: algo, burst, timeout, mode, to, local, scope, "
        "nonblock, name, count, cached\n");
    BAD("out 1/s =1", 9, "=", "unknown option ''; there are: ");
    BAD("out 1/s police", 9, "police", "'police' is not an option; they are written NAME=VALUE");
    BAD("out 1/s burst=", 15, "", "the value of 'burst' is missing");
    BAD("out 1/s burst=1 burst=2", 17, "burst", "'burst' is given twice");
    BAD("out 1/s algo=gcra algo=gcra", 19, "algo", "'algo' is given twice");
    BAD("out 1/s burst=0", 15, "0", "'0' must be more than 0");
    BAD("out 1/s burst=x", 15, "x", "'x' is not a number");
    BAD("out 1/s burst=1Mb", 16, "Mb", "write 1MB, or 1Mbit");
    BAD("out 1/s burst=1tokens", 15, "1tokens",
        "'1tokens' is in tokens, but this limit counts bytes\n");
    BAD("send 1/s burst=1kB", 16, "1kB",
        "is in bytes, but this limit counts calls; one that begins with 'out'");
    BAD("out 1tokens/s burst=1kB", 21, "1kB", "is in bytes, but this limit counts tokens\n");
    BAD("out 1/s burst=500M", 15, "500M", "takes longer than a year and a half to drain");
    BAD("out 1/s algo=gcrra", 14, "gcrra", "unknown algorithm 'gcrra'; did you mean 'gcra'?");
    BAD("out 1/s algo=red", 14, "red",
        "unknown algorithm 'red'; there are: leaky-bucket, "
        "token-bucket, gcra, gcra-leaky, llm-token\n");
    BAD("out 1/s algo=gcragcragcragcragcragcragcragcra", 14, "gcragcragcragcragcragcragcragcra",
        "unknown algorithm");
    BAD("out 1/s mode=shap", 14, "shap", "unknown mode 'shap'; did you mean 'shape'?");
    BAD("out 1/s mode=drop", 14, "drop", "unknown mode 'drop'; there are: shape, police\n");
    BAD("out 1/s timeout=-1", 17, "-1", "'-1' is negative");
    BAD("out 1/s timeout=5x", 18, "x",
        "unknown unit of time 'x'; there are: s, ms, us, ns, m, min, h, d\n");
    BAD("out 1/s timeout=99999999999", 17, "99999999999", "is too large");
    BAD("out 1/s scope=proces", 15, "proces", "did you mean 'process'?");
    BAD("out 1/s scope=shared", 15, "shared",
        "unknown scope 'shared'; there are: tree, process, shared:NAME\n");
    BAD("out 1/s scope=shared:NAME", 22, "NAME", "to be a name of yours, as in 'shared:api'");
    BAD("out 1/s scope=shared:", 22, "", "a name is missing, as in 'shared:api'");
    BAD("out 1/s scope=shared:a/b", 22, "a/b", "a name consists of letters, digits");
    BAD("out 1/s scope=shared:.a", 22, ".a", "a name consists of letters, digits");
    BAD("out 1/s scope=shared:"
        "01234567890123456789012345678901234567890123456789012345678901234",
        22, "012345678901234567890123456789012345678" /* as much as is quoted */,
        "a name has at most 64 characters");
    BAD("out 1/s nonblock=auot", 18, "auot", "unknown way 'auot'; did you mean 'auto'?");
    BAD("out 1/s nonblock=no", 18, "no", "unknown way 'no'; there are: auto, block\n");
    BAD("out 1/s name=a,b", 14, "a,b", "printable");
    BAD("out 1/s name=a\x80", 14, "a\\x80", "printable");
    BAD("out 1/s count=input", 15, "input",
        "count= is for limits that begin with 'tokens' or 'req");
    BAD("out 1tokens/s count=input", 21, "input", "count= is for limits that begin with 'tokens'");
    BAD("connect 1/s count=all", 19, "all",
        "count= is for limits that begin with 'tokens' or 'req");
    BAD("requests 1/s count=input", 20, "input",
        "unknown count of requests 'input'; there are: all, models\n");
    BAD("tokens 1/s count=models", 18, "models",
        "unknown count of tokens 'models'; there are: total, input, output\n");
    BAD("tokens 1/s count=inptu", 18, "inptu", "did you mean 'input'?");
    BAD("requests 1/s cached=free", 21, "free", "cached= is for limits that begin with 'tokens'");
    BAD("out 1tokens/s cached=free", 22, "free", "cached= is for limits that begin with 'tokens'");
    BAD("tokens 1/s cached=no", 19, "no", "unknown way 'no'; there are: counted, free\n");
    BAD("tokens 1/s cached=free count=output", 30, "output", "count=output has none of that");
    BAD("tokens 1/s count=output cached=free", 32, "free", "count=output has none of that");
    BAD("out 1/s local=a.b", 15, "a.b", "'a.b' is a name; the near end has an address and a port");
    BAD("out 1/s local=:0", 16, "0", "port");
    BAD("out 1/s to=a,", 14, "", "a host, an address or a port is missing");
}

/* Burst and rate are together what is asked for, less half a percent. */
static void quotas(void)
{
    GOOD("tpm 90k", "87750 tokens/60000000000ns burst 1800 read [tpm 90k]");
    GOOD("tpm 90k/m", "87750 tokens/60000000000ns burst 1800 read [tpm 90k/m]");
    GOOD("tpm 9k/6s count=input cached=free",
         "8775 tokens/6000000000ns burst 180 read input, cached free [tpm 9k/6s]");
    GOOD("tpm 90k burst=10k", "79550 tokens/60000000000ns burst 10000 read [tpm 90k]");
    GOOD("rpm 500 name=quota", "487 requests/60000000000ns burst 10 read of models [quota]");
    GOOD("rpm 200", "195 requests/60000000000ns burst 4 read of models [rpm 200]");
    GOOD("rpm 201", "195 requests/60000000000ns burst 4 read of models [rpm 201]");
    GOOD("rpm 199", "196 requests/60000000000ns burst 3 read of models [rpm 199]");
    GOOD("rpm 60", "59 requests/60000000000ns burst 1 read of models [rpm 60]");
    GOOD("rpm 2", "1 requests/60000000000ns burst 1 read of models [rpm 2]");
    GOOD("rpm 1", "1 requests/60300000001ns burst 1 read of models [rpm 1]");
    GOOD("rpm 1/1ns burst=1", "1 requests/2ns burst 1 read of models [rpm 1/1ns]");
    GOOD("rpm 60 to=a", "59 requests/60000000000ns burst 1 read [rpm 60]");
    GOOD("rpm 60 to=a count=models", "59 requests/60000000000ns burst 1 read of models [rpm 60]");
    GOOD("rpm 60 count=models to=a", "59 requests/60000000000ns burst 1 read of models [rpm 60]");
    GOOD("rpm 60 count=all", "59 requests/60000000000ns burst 1 read [rpm 60]");

    BAD("tpm", 4, "", "a rate is missing, as in 'tpm 90k'");
    BAD("rpm", 4, "", "a rate is missing, as in 'rpm 500'");
    BAD("tpm 90k burst=90k", 15, "90k",
        "a burst of '90k' leaves nothing of '90k'; burst=1800 would");
    BAD("tpm 90k burst=89550", 15, "89550", "leaves nothing of '90k'");
    BAD("rpm 1 burst=2", 13, "2", "a burst of '2' leaves nothing of '1'; burst=1 would");
    BAD("tpm 90k/", 9, "", "the time is missing after '/'");
    BAD("tpm 1MB", 5, "1MB", "is in bytes, but this limit counts tokens");
    BAD("rpm 1/365d", 5, "1/365d", "0.5 % is added, and then it is longer than 366 days");
    BAD("tpm 900M burst=895499999", 16, "895499999",
        "takes longer than a year and a half to drain");
}

/* One byte less than MAX_LABEL, because of the zero at the end. */
static void labels(void)
{
    char spec[200], name[MAX_LABEL + 1] = "";
    memset(name, 'n', MAX_LABEL - 1);
    snprintf(spec, sizeof spec, "out 1/s name=%s", name);
    if (CHECK(add(spec)))
        check_text(__LINE__, spec, config.limits[0].label, name);
    memset(name, 'n', MAX_LABEL);
    snprintf(spec, sizeof spec, "out 1/s name=%s", name);
    name[MAX_LABEL - 1] = '\0';
    BAD(spec, 14, name, "a name has at most 47 characters");

    if (CHECK(add("out  1.000000000000000000000000000000000000000000000MB/s")))
        check_text(__LINE__, "a long rate", config.limits[0].label,
                   "out 1.00000000000000000000000000000000000000000");
}

static void room_for_limits(void)
{
    memset(&config, 0, sizeof config);
    for (unsigned i = 0; i < MAX_LIMITS; i++) {
        CHECK(config_add_limit(&config, "-l", "out 1/s", &error));
        CHECK_EQ(config.count, i + 1);
    }
    CHECK(!config_add_limit(&config, "-l", " out 1/s ", &error));
    CHECK_EQ(config.count, MAX_LIMITS);
    check_error(__LINE__, "one too many", "-l: character 2: ", "out 1/s", "more than 8 limits");
}

static void whole_message(void)
{
    CHECK(!add("out 1XB/s"));
    check_text(__LINE__, "out 1XB/s", error.text,
               "-l: character 6: unknown unit 'XB'; did you mean 'kB'?\n"
               "    out 1XB/s\n"
               "         ^^\n"
               "  for example: -l 'out 1MB/s'\n");
}

/* Nothing but printable ASCII reaches the terminal, and the carets are where they should be. */
static void hostile_text_is_shown_safely(void)
{
    CHECK(!add("out \x1b[31m1\xffXB/s \x7f"));
    check_text(
        __LINE__, "escapes", error.text,
        "-l: character 5: '\\x1b[31m1\\xffXB' is not a number; write it as 10 or 1.5, with the "
        "unit after it\n"
        "    out \\x1b[31m1\\xffXB/s \\x7f\n"
        "        ^^^^^^^^^^^^^^^\n"
        "  for example: -l 'out 1MB/s'\n");
}

static void long_text_is_cut(void)
{
    char spec[20000];
    memset(spec, 'x', sizeof spec);
    memcpy(spec, "out 1/s to=", 11);
    spec[10000] = '?';
    spec[sizeof spec - 1] = '\0';
    BAD(spec, 12, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "is neither a host name");
    CHECK(strlen(error.text) < 400);

    memset(spec, ' ', 10000);
    memcpy(spec + 9000, "out 1/s", 7);
    BAD(spec, 10001, "?xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "is not an option");
    CHECK(strlen(error.text) < 400);
    CHECK(strstr(error.text, "\n    ...         "));
}

int main(void)
{
    RUN(kinds);
    RUN(options);
    RUN(bad_options);
    RUN(quotas);
    RUN(labels);
    RUN(room_for_limits);
    RUN(whole_message);
    RUN(hostile_text_is_shown_safely);
    RUN(long_text_is_cut);
    return check_status();
}
