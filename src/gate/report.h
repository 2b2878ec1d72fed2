/* report.h - what became of calls: RL_SUMMARY and RL_TRACE. Warnings: see messages.h. */
#ifndef REPORT_H
#define REPORT_H

#include "config.h"
#include "passage.h"

/* report_start - open what is asked for. Returns true, or false with *error filled in. */
bool report_start(struct config_error *error);

/* report_decision - counts what did not pass, and has a row of the trace for each claim: how long
 * it waited, or why it did not.
 * decided_ns: when it did; error: as gate_wait returns it. */
void report_decision(const struct gate *gate, uint64_t decided_ns, int error);

/* report_after_all - what was told not to pass has passed nevertheless, as a debt. */
void report_after_all(const struct gate *gate, uint64_t decided_ns);

/* report_use - units of a limit that passed, and whether a call began with them.
 */
void report_use(unsigned limit, bool call, uint64_t units, uint64_t held_ns);

/*
 * report_escape - a program is about to be started, or, as RL_ESCAPE says, refused, that cannot be
 * limited: told once, of all that share the outermost limits. is, consequence: what it is, and what
 * comes of that (program.h).
 */
void report_escape(const char *path, const char *is, const char *consequence);

/* report_so_far - the summary, if it is due by RL_SUMMARY and no other member has just told it.
 * Returns when the next one is. */
uint64_t report_so_far(uint64_t now_ns);

/* report_killed - a line of a summary that nobody was left to tell. */
void report_killed(const struct account *account);

/* report_end - the process ends, by exit(3) or _exit(2): the summary, if it is the last one. */
void report_end(void);

/* report_sandbox - the process shuts itself in: what it does there is not reported. */
void report_sandbox(void);

#endif
