/* shim.c - see shim.h. */
#include "shim.h"

struct shim shim;
uint16_t shim_limits[FAMILIES] = {NOT_READ_YET, NOT_READ_YET, NOT_READ_YET,
                                  NOT_READ_YET, NOT_READ_YET, NOT_READ_YET};
uint16_t shim_selective;
