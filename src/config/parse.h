/*
 * parse.h - what the files of this directory share.
 *
 * All of it runs inside a stranger's process, in the constructor of a library, or, of a file that
 * was edited, in any call, on a stack of the library's own: no allocation, no stdio streams (but
 * vsnprintf(3), of plain words and integers, where something is wrong), nothing that depends on the
 * locale, no state but what the arguments point to.
 * Functions that return bool return false after having complained, once, and then all give up.
 */
#ifndef PARSE_H
#define PARSE_H

#include "config.h"

/* A value or a line as the user wrote it: what a complaint shows. */
struct source {
    const char *name;       /* "RL_LIMITS", a file name, "-l" */
    bool is_option;         /* name is what was typed up to the text, as "-u " or "--upload=" */
    unsigned line;          /* 0: it has no lines */
    const char *text, *end; /* all of it */
    const char *example;    /* one that works */
    struct config_error *error;
};

/* A part of a source, from `at` to before `end`: what is parsed, and what a caret points at. */
struct piece {
    const struct source *source;
    const char *at, *end;
};

/* complain.c */

/* complain - fill in the error, with the piece underlined. Returns false, for the caller to. */
bool complain(struct piece where, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* quote - the text in quotes, shortened, safe for a terminal; for use within one complain(). */
struct quoted {
    char text[64];
};
struct quoted quote(struct piece piece);

/* scan.c */

struct piece whole(const struct source *source);
struct piece as_piece(const char *text); /* to compare with; of no source */
size_t length(struct piece piece);
bool is_digit(char c);
char lower_case(char c);
bool equals(struct piece piece, const char *text);
bool equals_in_any_case(struct piece piece, const char *text);
bool starts_with(struct piece piece, const char *text);

/* is_one_of - whether it is one of the words of a list, with blanks between them, in any case. A
 * list is less for the loader to do, in every process that starts, than an array of words. */
bool is_one_of(struct piece piece, const char *list);
struct piece trimmed(struct piece piece);

/* next_word - take the next word off *rest. It is empty, and at the end of *rest, if none is left.
 */
struct piece next_word(struct piece *rest);

/* cut - take what stands before the separator off *rest; all if there is none, and false. */
bool cut(struct piece *rest, char separator, struct piece *before);

/* A decimal number, exact: digits / 10^decimals. */
struct decimal {
    uint64_t digits;
    unsigned decimals;
};

/* scan_decimal - take a number off *word; what is left of it is a unit, or nothing. */
bool scan_decimal(struct piece *word, struct decimal *number);

/* names.c */

/* The least that a row of names can be. */
struct named {
    char name[sizeof "BYTES_PER_TOKEN"];
};

/*
 * look_up - find the row of that name, or complain, with the nearest name or the list of all.
 * rows: an array of structures that begin with `char name[]`: not with pointers, since each of
 * those is work for the loader in every process that starts. Returns NULL after complaining.
 */
#define ROWS(table) (table), sizeof *(table), sizeof(table) / sizeof *(table)
const void *look_up(struct piece word, const char *kind, const void *rows, size_t size,
                    size_t count);

/* find_row, nearest_row - without the complaint; NULL if no name is equal, or near. */
const void *find_row(struct piece word, const void *rows, size_t size, size_t count);
const void *nearest_row(struct piece word, const void *rows, size_t size, size_t count);

/* units.c */

/* What a unit makes of the number before it: number * factor / divisor. */
struct scale {
    uint64_t factor;
    unsigned divisor;
    enum unit unit;   /* UNIT_CALLS: a mere number, of whatever is counted */
    bool has_seconds; /* it says "per second", as Mbps does */
};

/* parse_unit - what is behind the number that a word begins with, be it nothing. */
bool parse_unit(struct piece word, struct piece unit, struct scale *scale);

/* has_time - whether a rate says by itself in what time: 10/s, 1Mbps. */
bool has_time(struct piece rate);

/* quantity.c */

struct amount {
    uint64_t value;
    enum unit unit;   /* as of a scale */
    bool has_seconds; /* likewise */
};

/* What an amount is in, or must be whole of: "calls", "bytes", "tokens", "requests". */
const char *unit_name(enum unit unit);

/* parse_amount - more than zero, at most 2^62. parse_flow - the same, or one that has seconds. */
bool parse_amount(struct piece word, struct amount *amount);
bool parse_flow(struct piece word, struct amount *amount);

/* parse_duration - zero or more. */
bool parse_duration(struct piece word, uint64_t *ns);

/* parse_period - more than zero, at most 366 days; the number may be left out: `s`, `2s`. */
bool parse_period(struct piece word, uint64_t *ns);

/* limit.c */

/* A kind of limit: what it counts, and of which calls, or of what is said by them. */
struct what {
    char name[sizeof "requests"];
    unsigned calls;
    enum unit unit;
    bool is_quota; /* no more in any such time, a minute unless it says another one: see quota.c */
};

/* parse_what - a WHAT of the grammar; parse_call - one family of calls, as in RL_CALLS. */
const struct what *parse_what(struct piece word);
const struct what *parse_call(struct piece word);

bool parse_algo(struct piece word, enum rl_algo *algo);
bool parse_mode(struct piece word, enum rl_mode *mode);
bool parse_nonblock(struct piece word, enum nonblock *nonblock);
bool parse_scope(struct config *config, struct piece word, struct limit *limit);

/* set_defaults - make what is all zero into an empty configuration with the usual defaults. */
void set_defaults(struct config *config);

/* burst_fits - whether the limiter can work with the limit; complains about the piece. */
bool burst_fits(const struct limit *limit, struct piece burst);

/* add_limit, keep_text - room for one more; complain about the piece if there is none. */
bool add_limit(struct config *config, const struct limit *limit, struct piece where);
bool keep_text(struct config *config, struct piece text, const char **kept);

/* options.c */

/* A limit of which not all has been read. */
struct draft {
    struct config *config;
    const struct what *what;
    bool per_second;    /* unless the rate says another time */
    bool says_count;    /* it has a count= */
    struct piece rate;  /* as it is written, */
    struct piece burst; /* and that, if it is */
    struct limit limit;
};

/* same_unit - whether an amount, which a word says, is in what the limit counts. */
bool same_unit(struct draft *draft, struct piece word, struct amount amount);

/* read_option - one OPTION=VALUE. seen: those that have been, a bit each. */
bool read_option(struct draft *draft, struct piece word, unsigned *seen);

/* quota.c */

/* make_quota - of a rate and, perhaps, a burst: a limit that lets no more pass in any such time. */
bool make_quota(struct draft *draft);

/* to.c, grammar.c, file.c */

/* parse_to - append a `to` list to the rules, and let the limit refer to it. */
bool parse_to(struct config *config, struct limit *limit, struct piece list);

/* parse_local - likewise a `local` list. */
bool parse_local(struct config *config, struct limit *limit, struct piece list);

/* parse_limit - add one `WHAT RATE [option=value]...`. parse_limits - several, between `;`. */
bool parse_limit(struct config *config, struct piece spec);
bool parse_limits(struct config *config, struct piece specs);

/* read_file - add the limits of the file whose name is the piece. */
bool read_file(struct config *config, struct piece name);

#endif
