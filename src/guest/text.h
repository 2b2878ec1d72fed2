/* text.h - putting a line together on a call path: no stdio, no allocation, a fixed buffer. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>

/* What does not fit is left out, but for the end of the line; a row of the trace does. */
struct text {
    size_t length;
    char bytes[152];
};

void text_string(struct text *text, const char *string);
/* text_name - at most so many bytes, of which those that cannot be printed are `?`. */
void text_name(struct text *text, const char *name, size_t most);
void text_number(struct text *text, uint64_t number);

/* text_seconds - nanoseconds as seconds with 9 decimals. */
void text_seconds(struct text *text, uint64_t ns);

#endif
