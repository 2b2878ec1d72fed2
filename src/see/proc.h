/* proc.h - what /proc has of a process, as printable ASCII. */
#ifndef PROC_H
#define PROC_H

#include "look.h"

/* printable - put a `?` for all that is not printable ASCII, and an end. */
void printable(char *text, size_t size);

/* process_number - the pid that it is in decimal, or 0. */
unsigned process_number(const char *text);

/* process_command - its arguments, or else its name (proc_pid_cmdline(5)); "": it has gone. */
void process_command(unsigned pid, char command[COMMAND_SHOWN]);

/* process_name - its name alone (proc_pid_comm(5)). False: there is no such process. */
enum { NAME_SHOWN = 64 };
bool process_name(unsigned pid, char name[NAME_SHOWN]);

/* What a process has mapped (proc_pid_maps(5)). */
struct mapped {
    bool library;            /* librlshim.so */
    unsigned count, deleted; /* segments, and those of them whose file was deleted since */
    char files[2 * MAX_LIMITS]
              [sizeof SHARED_PREFIX + MAX_SHARED_NAME]; /* the names of the others */
};

/* process_mapped - returns false, with errno set, if that is not to be had. */
bool process_mapped(unsigned pid, struct mapped *mapped);

#endif
