/*
 * arithmetic.c - the sums and products that the algorithms are made of. Their contracts stand in
 * algo.h beside them, the lemmas in fractions.h; together they are proved here.
 */
#include "algo.h"
