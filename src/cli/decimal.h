/* decimal.h - numbers of a text, read as the digits that they are. */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stdint.h>

/*
 * The last instant that is read, ns: within the ten years that the limiter is good for, and so far
 * from the end of its word that nothing saturates.
 */
#define LAST_INSTANT (UINT64_C(3652) * 86400 * 1000000000)

/*
 * read_whole - a whole number, digits alone. Returns NULL, or what is wrong with it, to be said
 * behind the word: "is too large".
 */
const char *read_whole(const char *word, uint64_t *value);

/*
 * read_seconds - seconds, with a fraction of up to nine places, as nanoseconds up to LAST_INSTANT.
 * To the last digit: a binary fraction would have 0.3 depart a little earlier or later than asked.
 * Returns as read_whole.
 */
const char *read_seconds(const char *word, uint64_t *ns);

#endif
