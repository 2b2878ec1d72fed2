/* words.c - looking a name up. Bytes one after the other: pointers would have to be relocated. */
#include "words.h"

#define ALSO                WORD

#define WORD(meaning, name) name "\0"
static const char names[] =
#include "words.def"
    ;
#undef WORD

#define WORD(meaning, name) sizeof(name),
static const unsigned char sizes[] = {
#include "words.def"
};
#undef WORD

#define WORD(meaning, name) WORD_##meaning,
static const unsigned char meanings[] = {
#include "words.def"
};
#undef WORD

#define WORD(meaning, name) _Static_assert(sizeof(name) - 1 <= LONGEST_WORD, name);
#include "words.def"

enum word word_of(struct span name)
{
    const char *at = names;
    for (size_t i = 0; i < sizeof sizes; at += sizes[i++])
        if (sizes[i] == name.length + 1 && span_is(name, at))
            return meanings[i];
    return WORD_OTHER;
}
