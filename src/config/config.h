/*
 * config.h - what is to be limited: the RL_* environment and the limit grammar, read into an array
 * of limits, or one clear error.
 *
 * Runs once, in the library's constructor or in the launcher; the array is then read-only. It
 * holds copies: a program may overwrite its environment later. A file that is edited is read anew.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "counted.h"
#include "rl.h"

enum {
    MAX_LIMITS = 8, /* a call that all of them apply to must fit on a small stack */
    MAX_RULES = 128,
    MAX_LABEL = 48,
    MAX_HOST_NAME = 254, /* RFC 1035, with the final zero */
    MAX_SHARED_NAME = 64,
    NAME_SPACE = 8192,
    FILE_PATH = 4096,
};

/* Families of calls, a bit each. */
enum call {
    CALL_CONNECT = 1 << 0,
    CALL_SEND = 1 << 1,
    CALL_WRITE = 1 << 2,
    CALL_ACCEPT = 1 << 3,
    CALL_RECV = 1 << 4,
    CALL_READ = 1 << 5,
};

enum unit {
    UNIT_CALLS,
    UNIT_BYTES,
    UNIT_TOKENS,   /* of the calls' bytes, or, of a limit that `reads`, as providers count them */
    UNIT_REQUESTS, /* of HTTP */
};

/* What becomes of a non-blocking call that does not conform. */
enum nonblock {
    NONBLOCK_AUTO, /* EAGAIN at once, and its descriptor is not ready until its instant */
    NONBLOCK_BLOCK /* it is held, as a blocking one is */
};

/* Who shares a limit. */
enum scope {
    SCOPE_TREE,   /* all that the first limited process starts */
    SCOPE_SHARED, /* all processes of the user that give it the same name */
    SCOPE_PROCESS /* a process and its forks: until it runs another program */
};

/* What to do with what cannot be limited. */
enum escape {
    ESCAPE_WARN,   /* say so, and refuse what programs can do without */
    ESCAPE_REFUSE, /* refuse it */
    ESCAPE_ALLOW   /* let it through, without a word */
};

/* One item of a `to` or `local` list: whom a limit applies to. */
struct to_rule {
    enum { TO_ANYONE, TO_ADDRESS, TO_NAME } kind;
    bool exclude;              /* `!`: whom it does not apply to */
    bool loopback;             /* TO_NAME: localhost, or a name below it */
    uint8_t prefix;            /* TO_ADDRESS: leading bits of 128 that must agree; below 96 no IPv4
                                  address does, so that ::/0 is all of IPv6 and nothing else */
    uint16_t port;             /* host byte order; 0: any */
    unsigned char address[16]; /* TO_ADDRESS: IPv6, or IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) */
    const char *name;          /* TO_NAME: lower case; a leading `*.` means any host below */
};

struct limit {
    char label[MAX_LABEL]; /* what the summary, the trace and warnings call it */
    unsigned calls;        /* enum call, or-ed: which ones count */
    enum unit unit;        /* what of them is counted */
    enum counted counted;  /* of UNIT_TOKENS, if it `reads` */
    bool reads;            /* what it counts is in what is said on connections: see talk.h */
    bool only_models;      /* of UNIT_REQUESTS: those to APIs of language models */
    bool cached_is_free;   /* of UNIT_TOKENS: of the input, what the provider had cached */
    enum rl_algo algo;
    enum rl_mode mode;
    enum nonblock nonblock;
    enum scope scope;
    const char *shared_name; /* of SCOPE_SHARED: letters, digits, `.`, `_`, `-` */
    uint64_t capacity;       /* units per period */
    uint64_t period_ns;
    uint64_t burst;      /* units */
    uint64_t timeout_ns; /* longest hold; RL_FOREVER: none */
    /* Lists in config.rules; none: everyone. */
    unsigned first_rule, rules;   /* `to`: the peer */
    unsigned first_local, locals; /* `local`: the near end, which has no name */
};

struct config {
    unsigned count;
    struct limit usual; /* algo, mode, timeout, nonblock, scope: of limits that say nothing else */
    uint64_t bytes_per_token;
    bool http2_allowed;      /* RL_HTTP2: where a limit reads, too, programs may offer it */
    enum escape escape;      /* RL_ESCAPE */
    bool summary;            /* RL_SUMMARY, at the end, */
    uint64_t summary_ns;     /* and that often before; 0: not */
    const char *trace, *log; /* RL_TRACE, RL_LOG: file names, or NULL */
    const char *trees;       /* RL_TREE: those that this process is in, see share.h; or NULL. In the
                                environment itself: for the start alone */
    uint64_t file_stamp;     /* what changes with the file of RL_CONFIG, */
    unsigned first_of_file, of_file; /* and the limits that it gave */
    unsigned rule_count;
    size_t names_used;
    /* Last, since most of it is never touched, in a start-up that counts each page. */
    struct limit limits[MAX_LIMITS];
    struct to_rule rules[MAX_RULES];
    char names[NAME_SPACE]; /* where the strings above live */
    char file[FILE_PATH];   /* RL_CONFIG, from the root */
};

/* A whole message, several lines, without the `rlshim: ` before it and with a newline at its end.
 */
struct config_error {
    char text[2048];
};

/*
 * config_from_environment - read all RL_* variables, RL_LIMITS and the file named by RL_CONFIG.
 * What is meant to limit, and would not, is an error: a variable that is unknown, or set to
 * nothing, or of a limit that is not given.
 * config: zeroed. With nothing configured, count is 0.
 * Returns true, or false with *error filled in.
 */
bool config_from_environment(struct config *config, struct config_error *error);

/*
 * config_beside_options - the same for who has options that give limits, too: what only adjusts
 * limits may be alone in the environment, and a variable that is unknown may not.
 */
bool config_beside_options(struct config *config, struct config_error *error);

/*
 * config_read_anew - read the file of RL_CONFIG that a configuration is of, and nothing else, into
 * another one, which is zeroed. No cancellation point; takes a stack of some 10 KiB. Returns as
 * config_from_environment.
 * config_stamp - what changes when a file of that status does.
 * config_same_but_rates - whether the limits that each has of its file are the same ones, in their
 * order, but for rate, burst and label.
 */
bool config_read_anew(struct config *config, const struct config *of, struct config_error *error);
struct stat;
uint64_t config_stamp(const struct stat *status);
bool config_same_but_rates(const struct config *config, const struct config *other);

/*
 * config_add_limit - parse one `WHAT RATE [option=value]...` and add it.
 * config: zeroed, or filled by the functions here. source: what the message names, as "-l".
 * Returns as config_from_environment.
 */
bool config_add_limit(struct config *config, const char *source, const char *spec,
                      struct config_error *error);

/* An option of the launcher that gives a limit. */
struct config_option {
    const char *typed;   /* what stood before its value: "-u ", "-u", "--upload=", "--up " */
    const char *what;    /* "out", and a value RATE [option=value]..., per second unless it says
                            otherwise; NULL: the value says WHAT as well */
    const char *example; /* one that works, for a message */
};

/*
 * config_add_option - parse the value of an option and add the limit. The message shows, and points
 * into, what was typed. Otherwise as config_add_limit.
 */
bool config_add_option(struct config *config, const struct config_option *option, const char *value,
                       struct config_error *error);

/* config_has_time - whether a rate says by itself in what time, as 10/m and 1Mbps do. */
bool config_has_time(const char *rate, size_t length);

/* config_keep - keep a copy of a string. False: there is no room. */
bool config_keep(struct config *config, const char *string, size_t length, const char **kept);

#endif
