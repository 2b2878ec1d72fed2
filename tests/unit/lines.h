/* lines.h - a fresh line for each limiter of a test. */
#ifndef LINES_H
#define LINES_H

#include <string.h>

#include "rl.h"

/* fresh_line - one of a few, that are used in turn. */
static inline struct rl_line *fresh_line(void)
{
    enum { LINES = 8 };
    static struct rl_line lines[LINES];
    static unsigned next;
    struct rl_line *line = &lines[next++ % LINES];
    memset(line, 0, sizeof *line);
    return line;
}

#endif
