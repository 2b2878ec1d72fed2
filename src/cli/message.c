/* message.c - how the launcher speaks: errors on stderr, output that is known to have arrived. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int say(const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    fflush(stdout);
    fputs("rlshim: ", stderr);
    vfprintf(stderr, message, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_OURS;
}

int point_to_help(void)
{
    fputs("Try 'rlshim --help'.\n", stderr);
    return EXIT_OURS;
}

char *format(const char *form, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, form);
    int length = vasprintf(&text, form, arguments);
    va_end(arguments);
    if (length < 0)
        exit(say("out of memory"));
    return text;
}

/* A full disk may show only when the last of it is written, at the close. */
int finish_output(int status)
{
    bool failed = ferror(stdout);
    errno = 0;
    if (fclose(stdout) == 0 && !failed)
        return status;
    return say("cannot write to standard output%s%s", errno ? ": " : "",
               errno ? strerror(errno) : "");
}
