/* coding.c - see coding.h. */
#include "coding.h"

/* The names of RFC 9110, 8.4.1, in any case; of RFC 7932; of RFC 8878. */
enum coded coded_of(struct span value)
{
    if (!value.length || span_is_in_any_case(value, "identity"))
        return CODED_NOT;
    if (span_is_in_any_case(value, "gzip") || span_is_in_any_case(value, "x-gzip") ||
        span_is_in_any_case(value, "deflate"))
        return CODED_ZLIB;
    if (span_is_in_any_case(value, "br"))
        return CODED_BROTLI;
    return span_is_in_any_case(value, "zstd") ? CODED_ZSTD : CODED_UNKNOWN;
}
