/* place.h - looking for a segment by name, and giving one a name, wherever that is possible. */
#ifndef PLACE_H
#define PLACE_H

#include "segment.h"

/* What became of it. */
enum place {
    PLACE_FOUND,
    PLACE_MADE,
    PLACE_NONE,  /* there is none of that name */
    PLACE_FAILED /* there is no place for it, or what is there cannot be used: see the error */
};

/* Longest is that of a shared name. */
enum { MAX_SEGMENT_NAME = sizeof SHARED_PREFIX + MAX_SHARED_NAME };

struct placed {
    struct segment *segment;
    uint32_t count; /* limits that it has room for */
    int directory;  /* which one it is in, of directory.h */
};

/* place_find - look for it. place_make - make one, unless there is one by now; then that is found.
 * As segment_make; before that, what others left behind is deleted. */
enum place place_find(const char *name, struct placed *placed, struct config_error *error);
enum place place_make(const char *name, struct placed *placed,
                      int (*fill)(struct segment *segment, const void *argument),
                      const void *argument, struct config_error *error);

/* place_clean - delete what others left behind. */
void place_clean(void);

/* place_has_deleted - whether a process has a segment of that name which was deleted. It takes some
 * milliseconds. */
bool place_has_deleted(const char *name);

#endif
