/* sandbox.c - see sandbox.h. */
#include "sandbox.h"

unsigned sandbox_entries;
