/*
 * arithmetic.c - the sums that the algorithms are made of are proved where they stand, in algo.h.
 */
#include "algo.h"
