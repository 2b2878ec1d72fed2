/* copy.h - a segment, as it is just now. */
#ifndef COPY_H
#define COPY_H

#include "segment.h"

/* copy_segment - of the file of that name in a directory. Returns it, to be freed, and how many
 * limits it has; or NULL with *why: NULL if there is none, else what is wrong with it. */
struct segment *copy_segment(int directory, const char *name, uint32_t *count, const char **why);

#endif
