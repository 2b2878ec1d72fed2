/* write.h - what there is to see, as text. All of it goes to a stream, which the caller looks at
 * for errors. */
#ifndef WRITE_H
#define WRITE_H

#include <stdio.h>

#include "look.h"

/* write_plain - for people: a heading and a table for each tree and name. */
void write_plain(FILE *out, const struct view *view);

/* write_json - one object (RFC 8259), with numbers as exact as they are known. */
void write_json(FILE *out, const struct view *view);

/* write_prometheus - the text exposition format, version 0.0.4, as the textfile collector of
 * node_exporter reads it. */
void write_prometheus(FILE *out, const struct view *view);

/* write_status - in words, what one of them means for a process. */
void write_status(FILE *out, const struct seen *seen, unsigned pid);

/* write_heading - of a tree or a name, without a newline: "tree 0123456789abcdef, begun by ...". */
void write_heading(FILE *out, const struct seen *seen);

/* write_quoted - with a backslash before each quote and backslash: of printable ASCII, that is all
 * that JSON and Prometheus need. */
void write_quoted(FILE *out, const char *text);

#endif
