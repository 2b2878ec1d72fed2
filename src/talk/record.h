/* record.h - what is known of a connection: the inside of talk.h. */
#ifndef RECORD_H
#define RECORD_H

#include "hello.h"
#include "talk.h"
#include "traffic.h"

enum stage {
    FRESH,  /* what comes next tells what it is */
    HELLO,  /* TLS begins */
    SECRET, /* it has, and what is said in it, nobody has told yet */
    SPOKEN, /* HTTP */
    UNREAD  /* it cannot be followed */
};

struct record {
    uint64_t thread;     /* that is at it; 0: none */
    uint32_t generation; /* of the number, plus 1; 0: never used */
    uint16_t limits;     /* of talk_limits, those that applied when something was sent last */
    uint16_t estimated;  /* of what is due, what is by size; a bit each */
    unsigned char stage;
    bool is_tls;        /* so what is said is told by a TLS library, not at the socket; */
    bool is_told;       /* and it has been */
    bool is_provider;   /* by its server's name */
    bool is_refused;    /* it is TLS that cannot be read, and RL_ESCAPE says so */
    bool is_counted;    /* by size: a request was, and since then nothing has come in */
    uint32_t handshake; /* bytes of TLS that are yet taken to be none of a request */
    /* Bytes that were read, and not taken yet, of the socket and of the TLS library. */
    uint64_t ahead, plain_ahead;

    /* Requests are numbered as in struct http. */
    uint32_t begun;             /* how many were */
    uint32_t charged, answered; /* those before were charged; those before, and answered */
    uint32_t group;         /* the first one of those that were charged last, as one; of whose */
    uint32_t group_left;    /* answers so many have not come */
    uint64_t host;          /* of the last one that asked */
    uint64_t held_since_ns; /* that what is due waits for it; 0: it does not */
    uint32_t forks;         /* as record_forks when that group was charged */
    uint64_t due[MAX_LIMITS];
    struct rl_reservation charges[MAX_LIMITS]; /* of that group, */
    uint64_t used[MAX_LIMITS];                 /* and of those of it that were answered */

    unsigned char random[HELLO_RANDOM];
    union {
        struct hello hello;     /* HELLO */
        struct traffic traffic; /* SPOKEN */
    };
};

/*
 * record_enter - the record of the connection that a number means now, for the caller alone until
 * record_leave; NULL: there is no memory, or in a sandbox. Where a thread does not leave it, as one
 * that was interrupted by a handler which is here again, it is taken from it, and nothing can be
 * followed any more. record_enter_if_any - NULL, too, if nothing was sent there that was of
 * interest. record_look - without entering it.
 */
struct record *record_enter(int fd);
struct record *record_enter_if_any(int fd);
const struct record *record_look(int fd);
void record_leave(struct record *record);

/* record_lose - what is said cannot be followed from here on. */
void record_lose(struct record *record);

/* How often the process forked, or is about to, and those before it. */
extern uint32_t record_forks;

/* record_join - the connection's TLS began with record->random. */
void record_join(int fd, const struct record *record);

/* charge_due - what comes next is due so many units more, of a limit. */
void charge_due(struct record *record, unsigned i, uint64_t units);

/* charge_ask - a request was read in full, after its first part was charged. charge_assess - what
 * requests that have begun are due, of what has been read. charge_unread - likewise of so many
 * bytes that can't be read. */
void charge_ask(struct record *record, const struct exchange *asks, uint32_t number);
void charge_assess(struct record *record);
void charge_unread(struct record *record, uint64_t bytes);

/* charge_take - what was due has been taken, by these claims. */
void charge_take(struct record *record, const struct rl_claim *claims, unsigned count);

/* charge_head - the head of an answer came: its provider's word. charge_settle - its end, or, with
 * `cut`, that of the connection. */
void charge_head(struct record *record, const struct exchange *to, const struct answer *answer);
void charge_settle(struct record *record, const struct exchange *to, uint32_t number,
                   const struct answer *answer, bool cut);

#endif
