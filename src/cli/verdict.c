/* verdict.c - what is refused, and what is warned of, in words. */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "loader.h"
#include "verdict.h"

const char runs_elsewhere[] = "runs its command as another user, in an environment of its own";

bool is_refused(const struct target *target)
{
    const struct wrapper *wrapper = target->hands_over;
    return target->judgement.reasons || (wrapper && wrapper->manner == OF_OTHER_USER);
}

/* The program that is judged, as it is to be called behind the name of the command. */
static char *subject(const struct target *target)
{
    if (target->count == 1)
        return format("it");
    return format(target->wrapped ? "what it runs, %s," : "its interpreter %s",
                  target_path(target));
}

static void say_why(const struct target *target)
{
    const char *command = target->steps[0];
    char *it = subject(target);
    if (!target->judgement.reasons)
        say("cannot limit %s: %s %s", command, it, runs_elsewhere);
    for (enum reason reason = 0; reason < REASONS; reason++)
        if (target->judgement.reasons & 1U << reason) {
            char is[LONGEST_WORDS];
            program_is(&target->judgement, reason, is, sizeof is);
            say("cannot limit %s: %s is %s, so %s", command, it, is, reason_consequence(reason));
        }
    free(it);
}

static void advise_inside(const struct wrapper *wrapper)
{
    const char *name = wrapper->name;
    if (wrapper->manner == OF_OTHER_USER)
        fprintf(stderr,
                "Run rlshim inside, as in '%s rlshim -u 1MB COMMAND'. To keep the environment, as "
                "by sudo -E, does not help.\n",
                name);
    else
        fprintf(stderr, "Put rlshim there, as in '%s ... rlshim -u 1MB COMMAND'.\n", name);
}

int refuse(const struct target *target)
{
    if (!is_refused(target))
        return 0;
    say_why(target);
    enum reason first = 0;
    while (first < REASONS && !(target->judgement.reasons & 1U << first))
        first++;
    if (target->hands_over)
        advise_inside(target->hands_over);
    else
        fprintf(stderr, "%s\n", reason_advice(first));
    return first == DAMAGED ? EXIT_NOT_RUN : EXIT_OURS;
}

void warn(const struct target *target)
{
    const char *path = target_path(target);
    if (target->judgement.unreadable)
        say("warning: cannot inspect %s: it is not readable\n"
            "If it is statically linked, a Go program or the like, it runs unlimited.",
            path);
    if (target->judgement.elf.uring)
        say("warning: %s is linked with liburing: what it sends by io_uring is not limited", path);
    if (target->hands_over) {
        say("warning: %s is limited, but not what it has others run", path);
        advise_inside(target->hands_over);
    }
}
