/* cli.h - what the commands of the launcher share: exit statuses, and how it speaks. */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
#include <stdbool.h>

/* As env(1), nice(1) and timeout(1) have them; any other status is the command's own. */
enum {
    EXIT_NO = 1,          /* check: it cannot be limited; simulate: the algorithms differ */
    EXIT_OURS = 125,      /* rlshim itself failed, or refused */
    EXIT_NOT_RUN = 126,   /* the command was found, but cannot be run */
    EXIT_NOT_FOUND = 127, /* the command was not found */
};

/* The commands, a file each. argv[0] is skipped. They return the exit status. */
int run_command(int argc, char **argv);
int check_command(int argc, char **argv);
int simulate_command(int argc, char **argv);
int plot_command(int argc, char **argv);
int stats_command(int argc, char **argv);
int status_command(int argc, char **argv);
int top_command(int argc, char **argv);
int set_command(int argc, char **argv);
int pause_command(int argc, char **argv);
int resume_command(int argc, char **argv);
int reset_command(int argc, char **argv);

/* look_at_all - at the trees and names that are meant by `what`, as of look_only; to be given back
 * with look_away in any case. Returns 0, or the exit status, having said why. */
struct view;
int look_at_all(struct view *view, const char *what);

/* tell_of_killed - the summaries that nobody was left to tell, of earlier runs. */
void tell_of_killed(void);

/* --help and --version, for a command that has no other long options. */
extern const struct option common_options[];

/*
 * common_option - the answer to these, and to what getopt_long(3) could not read. options: those of
 * the command. Returns the exit status.
 */
int common_option(int option, char **argv, const struct option *options);

/* print_help - on stdout. Returns the exit status. */
int print_help(void);

/*
 * say - `rlshim: ` and a message, a newline after it, on stderr. What there is of output goes
 * first. Returns EXIT_OURS.
 */
int say(const char *message, ...) __attribute__((format(printf, 1, 2)));

/* usage_error - say that, and where to read on. Returns EXIT_OURS. */
#define usage_error(...) (say(__VA_ARGS__), point_to_help())
int point_to_help(void);

/* format - as asprintf(3), but ends the program when there is no memory. The caller frees it. */
char *format(const char *form, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* finish_output - write out stdout. Returns the status, or EXIT_OURS if it could not be written. */
int finish_output(int status);

/*
 * make_preload - put librlshim.so in front of LD_PRELOAD, which is kept otherwise. root: a root
 * directory in which it must be found as well, or NULL.
 * Returns whether it could; if not, it has said why.
 */
bool make_preload(const char *root);

#endif
