/* words.h - the names in JSON that mean something to us. */
#ifndef WORDS_H
#define WORDS_H

#include "span.h"

enum { LONGEST_WORD = 31 };

enum word {
    WORD_NONE,    /* above the top */
    WORD_OTHER,   /* any name that means nothing to us */
    WORD_ELEMENT, /* in an array: no name */
#define WORD(meaning, name) WORD_##meaning,
#define ALSO(meaning, name)
#include "words.def"
#undef WORD
#undef ALSO
    WORDS
};

/* word_of - what a name means; WORD_OTHER, if nothing. */
enum word word_of(struct span name);

#endif
