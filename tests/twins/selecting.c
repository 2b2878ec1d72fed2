/* selecting.c - loops of select and its relatives. */
#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_SELECT, FIRST_EPOLL, wait)

#include "each_way.h"
