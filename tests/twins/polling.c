/* polling.c - loops of poll and its relatives. */
#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_POLL, FIRST_SELECT, wait)

#include "each_way.h"
