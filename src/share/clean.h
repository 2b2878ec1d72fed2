/* clean.h - the files of those who have all gone. */
#ifndef CLEAN_H
#define CLEAN_H

/* clean - delete them from a directory: those of trees, and of names whose limits are at rest. */
void clean(int directory);

#endif
