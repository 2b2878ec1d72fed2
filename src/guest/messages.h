/* messages.h - where warnings and the summary go: RL_LOG, or else stderr. Never stdout. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "span.h"

/*
 * messages_open - once, before main. log: a file to append to, or NULL for stderr. till_the_end:
 * something will be said when the program ends. False with errno set if it cannot be opened.
 */
bool messages_open(const char *log, bool till_the_end);

/* messages_have_room - whether they are taken at once, as far as that can be told: for what is said
 * while the program runs. */
bool messages_have_room(void);

/* messages_find - where they went, if that can still be told: to be asked before each line. */
bool messages_find(void);

/* messages_write - a line, in one piece, after messages_find; of parts likewise. They leave errno
 * alone, and no signal comes of it that nobody reads them, or that the file may not grow. */
void messages_write(const char *line, size_t length);
void messages_write_parts(const struct iovec *parts, int count);

/* messages_say - a line of the start, with all that belongs to it. */
void messages_say(const char *line);

/*
 * messages_say_for_child - a line, in parts, at most 12, of which the last is NULL. Of a child that
 * is about to run a program, and may have made its stderr that program's, it goes where the parent
 * has its own. From any call path.
 */
void messages_say_for_child(const char *const parts[]);

/* messages_warn - a line, unless *said: that it is from then on. messages_warn_of - likewise, with
 * a name in it that others gave: as far as it is one. From any call path. */
void messages_warn(bool *said, const char *text);
void messages_warn_of(bool *said, const char *before, struct span name, const char *after);

#endif
