/* counted.h - which tokens of a request a limit counts. */
#ifndef COUNTED_H
#define COUNTED_H

enum counted { COUNTED_TOTAL, COUNTED_INPUT, COUNTED_OUTPUT };

#endif
