/* script.h - the first line of a script: who is to run it. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>

enum { SCRIPT_HEAD = 256 }; /* how much of a file the kernel looks at (BINPRM_BUF_SIZE) */

struct script {
    char head[SCRIPT_HEAD + 1]; /* of the file; cut into the two strings */
    const char *interpreter;
    const char *argument; /* NULL if there is none */
};

/*
 * script_read - find `#! INTERPRETER [ARGUMENT]` in the head, which has so many bytes, as execve(2)
 * does. What begins otherwise is for /bin/sh, as with execvp(3).
 */
void script_read(struct script *script, size_t length);

#endif
