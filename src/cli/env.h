/* env.h - which program env(1) runs. */
#ifndef ENV_H
#define ENV_H

#include <stdbool.h>

/* is_env - whether a path is that of env(1). */
bool is_env(const char *path);

/*
 * env_program - the program that env(1) runs when given that one argument, as by
 * `#!/usr/bin/env python3` or `#!/usr/bin/env -S python3 -u`. The caller frees it.
 * Returns NULL if it cannot be told.
 */
char *env_program(const char *argument);

#endif
