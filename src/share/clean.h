/* clean.h - the files of those who have all gone. */
#ifndef CLEAN_H
#define CLEAN_H

#include "share.h"

/* clean - delete them from a directory: those of trees, and of names whose limits are at rest. */
void clean(int directory);

/* clean_tell - called before, of each limit of members that wanted a summary and were all killed;
 * NULL: then they are left for one who will tell. */
extern void (*clean_tell)(const struct account *account);

#endif
