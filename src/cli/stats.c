/* stats.c - the command `stats`: what all limits are at, for people and for other programs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "write.h"

typedef void write_function(FILE *out, const struct view *view);

/* What cannot be read is said on stderr, and else does not matter. */
int look_at_all(struct view *view, const char *what)
{
    if (!look(view))
        return say("out of memory");
    if (view->unread)
        say("cannot look at %zu of the files, as %s", view->unread, view->why);
    if (!look_only(view, what) && what)
        return say("there is no tree and no name '%s' of yours, nor one with a process of that "
                   "number",
                   what);
    return 0;
}

static bool write_out(FILE *out, write_function *write, const struct view *view)
{
    if (!out)
        return false;
    write(out, view);
    bool written = fflush(out) == 0 && !ferror(out);
    return fclose(out) == 0 && written;
}

/* A new file takes the place of the old one when it is complete: whoever reads it meanwhile finds
 * one or the other. */
static bool replace(const char *path, write_function *write, const struct view *view)
{
    char *temporary = format("%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    bool written = false;
    if (fd >= 0) {
        mode_t mask = umask(0);
        umask(mask);
        written = fchmod(fd, 0666 & ~mask) == 0 && write_out(fdopen(fd, "w"), write, view) &&
                  rename(temporary, path) == 0;
        if (!written) {
            int error = errno;
            unlink(temporary);
            errno = error;
        }
    }
    free(temporary);
    return written;
}

/* A device, a pipe or a link, as /dev/stdout is, is written to: it must not become a file. */
static int write_to(const char *path, write_function *write, const struct view *view)
{
    struct stat there;
    bool is_file =
        file_status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &there) != 0 || S_ISREG(there.st_mode);
    bool written = is_file ? replace(path, write, view) : write_out(fopen(path, "w"), write, view);
    return written ? 0 : say("cannot write %s: %s", path, strerror(errno));
}

int stats_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},         {"prometheus", no_argument, NULL, 'p'},
        {"output", required_argument, NULL, 'o'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
    };
    write_function *write = write_plain;
    const char *path = NULL;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
        if (option == 'j' || option == 'p') {
            write_function *wanted = option == 'j' ? write_json : write_prometheus;
            if (write != write_plain && write != wanted)
                return usage_error("stats has one form: --json or --prometheus");
            write = wanted;
        } else if (option == 'o') {
            path = optarg;
        } else {
            return common_option(option, argv, options);
        }
    }
    if (argc - optind > 1)
        return usage_error("stats shows one NAME, or all; '%s' is a second", argv[optind + 1]);

    struct view view;
    int status = look_at_all(&view, argv[optind]);
    if (status == 0 && path && strcmp(path, "-") != 0)
        status = write_to(path, write, &view);
    else if (status == 0)
        write(stdout, &view);
    look_away(&view);
    return finish_output(status);
}
