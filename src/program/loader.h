/* loader.h - which dynamic loader is ours: what librlshim.so fits into. */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>

/* last_part - the name of a file, behind the last slash of its path. */
const char *last_part(const char *path);

/* loader_is_ours - whether the loader of that name, a path or the last part of one, is of our kind.
 */
bool loader_is_ours(const char *name);

/* loader_by_name - whether it is a path to one of musl, which does not say of itself what it is. */
bool loader_by_name(const char *path);

#endif
