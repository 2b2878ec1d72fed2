/*
 * killed.c - the summaries of those who were killed to the last one, and so could not tell it.
 *
 * A program that is limited is not to find in its stderr what others were to say; but whoever
 * starts one by the launcher may be told.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "clean.h"
#include "cli.h"
#include "place.h"

/* As report_account() has it in the library. */
static void tell(const struct account *account)
{
    static const char *const units[] = {[UNIT_CALLS] = " of them counted",
                                        [UNIT_BYTES] = " bytes",
                                        [UNIT_TOKENS] = " tokens",
                                        [UNIT_REQUESTS] = " requests"};
    const struct shared_limit *limit = account->limit;
    char program[PROGRAM_NAME] = "", estimated[64] = "";
    for (int i = 0; i < PROGRAM_NAME - 1 && account->program[i]; i++)
        program[i] = isprint((unsigned char)account->program[i]) ? account->program[i] : '?';
    const struct passed passed = share_passed(limit);
    if (limit->estimated)
        snprintf(estimated, sizeof estimated, ", %" PRIu64 " of them estimated", limit->estimated);
    say("%s: %" PRIu64 " calls, %" PRIu64 "%s%s, %" PRIu64 " held for %" PRIu64 ".%09" PRIu64
        " s; %s %u, which was killed",
        account->label, passed.calls, passed.units, units[account->unit], estimated, limit->held,
        limit->held_ns / RL_SECOND, limit->held_ns % RL_SECOND, program, account->pid);
}

void tell_of_killed(void)
{
    clean_tell = tell;
    place_clean();
}
