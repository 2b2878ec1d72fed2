/* figures.h - numbers as they are read by people: `1.50 MB/s`, `3 min 4 s`. Buffers: of NUMBER. */
#ifndef FIGURES_H
#define FIGURES_H

#include "look.h"

enum { NUMBER = 48 };

/* number_unit - "call", "byte", "token"; number_units - of many. */
const char *number_unit(enum unit unit);
const char *number_units(enum unit unit);

/* number_amount - units, short: "1.50 MB", "12", "3.4 k". bits: bytes are told as bits. */
const char *number_amount(char *buffer, double units, enum unit unit, bool bits);

/* number_rate - likewise, with "/s" behind it. */
const char *number_rate(char *buffer, double per_second, enum unit unit, bool bits);

/* number_per_second - of a limit. */
double number_per_second(const struct seen_limit *limit);

/* number_asked - the rate of a limit, exactly: "1000000 bytes/s", "4 calls/2 s". */
const char *number_asked(char *buffer, const struct seen_limit *limit);

/* number_seconds - ns as seconds with all decimals that count. */
const char *number_seconds(char *buffer, uint64_t ns);

/* number_span - ns, in words: "4 s", "3 min 4 s", "2 d 5 h". */
const char *number_span(char *buffer, uint64_t ns);

/* number_day - CLOCK_REALTIME, ns, of the time zone of the caller: "2026-11-27 14:02:10". */
const char *number_day(char *buffer, uint64_t ns);

#endif
