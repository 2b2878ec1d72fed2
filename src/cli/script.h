/* script.h - the first line of a script: who is to run it. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_HEAD = 256 }; /* how much of a file the kernel looks at (BINPRM_BUF_SIZE) */

/*
 * script_interpreter - read `#! INTERPRETER [ARGUMENT]`, as execve(2) does.
 * head: the first bytes of the file, SCRIPT_HEAD at most. Both strings are the caller's to free;
 * *argument is NULL if there is none. Returns false if the file does not begin like that.
 */
bool script_interpreter(const char *head, size_t length, char **interpreter, char **argument);

/*
 * env_program - the program that env(1) runs when given that one argument, as by
 * `#!/usr/bin/env python3` or `#!/usr/bin/env -S python3 -u`. The caller frees it.
 * *clears: whether env empties the environment before. Returns NULL if it cannot be told.
 */
char *env_program(const char *argument, bool *clears);

#endif
