/*
 * report.c - the summary at exit, and the trace.
 *
 * Rows of the trace are written from call paths: see the rules in guest.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "errors.h"
#include "fd.h"
#include "messages.h"
#include "own_fd.h"
#include "real.h"
#include "report.h"
#include "sandbox.h"
#include "text.h"

static struct own_fd trace = {.fd = -1};

/* Returns false. */
static bool cannot_open(const char *variable, const char *path, struct config_error *error)
{
    snprintf(error->text, sizeof error->text,
             "%s: cannot open '%.1000s' for appending: %s\n"
             "  for example: %s=/tmp/rlshim.log\n",
             variable, path, error_words(errno), variable);
    return false;
}

bool report_start(struct config_error *error)
{
    const struct config *config = &shim.config;
    if (!messages_open(config->log, config->summary))
        return cannot_open("RL_LOG", config->log, error);
    if (config->trace) {
        static const char header[] = "t,pid,tid,limit,call,fd,amount,wait\n";
        if (!own_fd_open(&trace, config->trace))
            return cannot_open("RL_TRACE", config->trace, error);
        if (own_fd_is_empty(&trace))
            own_fd_write(&trace, header, sizeof header - 1);
    }
    shim.tracing = config->trace;
    return true;
}

void report_sandbox(void)
{
    static bool said;
    if (shim.config.trace || shim.config.summary)
        messages_warn(&said, "the program shuts itself in with seccomp(2), where a trace or a "
                             "summary might have it killed: they end here");
}

static const char *outcome(const struct gate *gate, int error)
{
    if (gate->policed)
        return "refused";
    return error == EINTR ? "interrupted" : error == EBADF ? "closed" : "timed out";
}

/* Seconds of CLOCK_MONOTONIC; in place of the wait, in words, why a call did not pass. */
__attribute__((noinline)) static void
trace_claim(const struct gate *gate, const struct rl_claim *claim, uint64_t decided_ns, int error)
{
    struct text row = {0};
    text_seconds(&row, decided_ns);
    text_string(&row, ",");
    text_number(&row, (uint64_t)getpid());
    text_string(&row, ",");
    text_number(&row, (uint64_t)REAL(syscall)(SYS_gettid));
    text_string(&row, ",");
    text_string(&row, shim.config.limits[claim->limiter - shim.limiters].label);
    text_string(&row, ",");
    text_string(&row, gate->passage->call);
    text_string(&row, ",");
    text_number(&row, (uint64_t)gate->passage->fd);
    text_string(&row, ",");
    text_number(&row, claim->reservation.n);
    text_string(&row, ",");
    if (error)
        text_string(&row, outcome(gate, error));
    else
        text_seconds(&row, gate->waited_ns);
    text_string(&row, "\n");
    own_fd_write(&trace, row.bytes, row.length);
}

static bool tracing(void)
{
    if (in_sandbox())
        return false;
    if (own_fd_is_there(&trace))
        return true;
    static bool said;
    messages_warn(&said, "RL_TRACE: the program closed the descriptor of the trace: it ends here");
    return false;
}

void report_decision(const struct gate *gate, uint64_t decided_ns, int error)
{
    for (unsigned i = 0; i < gate->claims_count && error; i++) {
        unsigned limit = (unsigned)(gate->claims[i].limiter - shim.limiters);
        __atomic_fetch_add(&shim.shares[limit].limit->refused, 1, __ATOMIC_RELAXED);
    }
    if (shim.tracing && tracing())
        for (unsigned i = 0; i < gate->claims_count; i++)
            trace_claim(gate, &gate->claims[i], decided_ns, error);
}

void report_after_all(const struct gate *gate, uint64_t decided_ns)
{
    for (unsigned i = 0; i < gate->claims_count; i++) {
        unsigned limit = (unsigned)(gate->claims[i].limiter - shim.limiters);
        __atomic_fetch_sub(&shim.shares[limit].limit->refused, 1, __ATOMIC_RELAXED);
        report_use(limit, true, gate->claims[i].reservation.n, gate->waited_ns);
    }
    report_decision(gate, decided_ns, 0);
}

void report_use(unsigned limit, bool call, uint64_t units, uint64_t held_ns)
{
    struct shared_limit *shared = shim.shares[limit].limit;
    share_pass_many(shared, call, units);
    if (held_ns > 0) {
        __atomic_fetch_add(&shared->held, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&shared->held_ns, held_ns, __ATOMIC_RELAXED);
    }
}

void report_escape(const char *path, const char *is, const char *consequence)
{
    bool refused = shim.config.escape == ESCAPE_REFUSE, is_new = share_escaped(path);
    if (shim.config.escape == ESCAPE_ALLOW || (!refused && !is_new))
        return;
    const char *const parts[] = {"rlshim: ",
                                 path,
                                 refused ? " is not started (RL_ESCAPE=refuse): it is "
                                         : " is not limited: it is ",
                                 is,
                                 ", so ",
                                 consequence,
                                 "\n",
                                 NULL};
    messages_say_for_child(parts);
}

/* What a limit has done. */
static void put_figures(struct text *line, const struct account *account)
{
    static const char *const units[] = {[UNIT_CALLS] = " of them counted, ",
                                        [UNIT_BYTES] = " bytes, ",
                                        [UNIT_TOKENS] = " tokens, ",
                                        [UNIT_REQUESTS] = " requests, "};
    const struct shared_limit *shared = account->limit;
    const struct passed passed = share_passed(shared);
    text_string(line, "rlshim: ");
    text_string(line, account->label);
    text_string(line, ": ");
    text_number(line, passed.calls);
    text_string(line, " calls, ");
    text_number(line, passed.units);
    text_string(line, units[account->unit]);
    if (shared->estimated) {
        text_number(line, shared->estimated);
        text_string(line, " of them estimated, ");
    }
    text_number(line, shared->held);
    text_string(line, " held for ");
    text_seconds(line, shared->held_ns);
    text_string(line, " s");
}

/* And what is to be known of it; the program, which began the tree if it is one, by name and
 * number. */
static void put_remarks(struct text *line, const struct account *account)
{
    const struct shared_limit *shared = account->limit;
    if (shared->refused) {
        text_string(line, ", ");
        text_number(line, shared->refused);
        text_string(line, " did not pass");
    }
    if (account->selective && !shared->met)
        text_string(line, "; met nobody it applies to");
    text_string(line, "; ");
    text_name(line, account->program, PROGRAM_NAME);
    text_string(line, " ");
    text_number(line, account->pid);
}

static void report_account(const struct account *account, const char *end)
{
    struct text figures = {0}, remarks = {0};
    put_figures(&figures, account);
    put_remarks(&remarks, account);
    text_string(&remarks, end);
    const struct iovec line[] = {{figures.bytes, figures.length}, {remarks.bytes, remarks.length}};
    messages_write_parts(line, 2);
}

void report_killed(const struct account *account)
{
    if (messages_find())
        report_account(account, ", which was killed\n");
}

/* As many names as find room. */
static void summarize_escapes(void)
{
    struct text line = {0};
    char name[ESCAPE_NAME];
    text_string(&line, "rlshim: programs that could not be limited: ");
    text_number(&line, share_escapes());
    for (unsigned i = 0; share_escape_name(i, name); i++) {
        text_string(&line, i ? ", " : " (");
        text_string(&line, name);
    }
    text_string(&line, ")\n");
    messages_write(line.bytes, line.length);
}

/* Of a limit of each process by itself, only those that had to do with it; but that nobody had is
 * what a summary is for. */
static bool is_worth_telling(const struct account *account)
{
    return account->whole || share_is_first() || share_passed(account->limit).calls ||
           account->limit->refused;
}

static void summarize(unsigned limits, const char *end)
{
    for (; limits; limits &= limits - 1) {
        const struct account account = share_account((unsigned)__builtin_ctz(limits));
        if (is_worth_telling(&account))
            report_account(&account, end);
    }
}

uint64_t report_so_far(uint64_t now_ns)
{
    uint64_t next_ns = now_ns + shim.config.summary_ns;
    if (messages_have_room())
        summarize(share_due(now_ns, shim.config.summary_ns, &next_ns), ", so far\n");
    return next_ns;
}

void report_end(void)
{
    static pid_t ended;             /* not twice, by a destructor and _exit(2) */
    if (shim.inert || in_sandbox()) /* there it is left to others to find out */
        return;
    pid_t self = getpid();
    if (fd_owner != self || __atomic_exchange_n(&ended, self, __ATOMIC_RELAXED) == self)
        return;
    share_leave();
    if (!shim.config.summary || !messages_find())
        return;
    bool outermost;
    summarize(share_last(&outermost), "\n");
    if (outermost && share_escapes())
        summarize_escapes();
}

__attribute__((destructor)) static void at_exit(void)
{
    report_end();
}
