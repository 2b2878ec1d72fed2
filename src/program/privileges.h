/* privileges.h - whether the loader of a program runs in secure mode, and ignores LD_PRELOAD. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <sys/stat.h>

#include "program.h"

/*
 * judge_privileges - add the reasons that execve(2) finds in the IDs of the caller, and in the
 * mode, the owner and the capabilities of the file. fd: stands for it, O_PATH at least; negative if
 * none does.
 */
void judge_privileges(struct judgement *judgement, const struct stat *status, int fd);

#endif
