/* http_head.h - the lines of a message's head, and what they say of its length. For http.c only. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http.h"

enum method { METHOD_OTHER, METHOD_HEAD, METHOD_CONNECT };

/* http_line_begin, http_line - a line begins; one more byte of it, but for the LF. */
void http_line_begin(struct http_half *half);
void http_line(struct http_half *half, char c);

/* http_may_begin - whether a first line can begin as this one does so far. */
bool http_may_begin(const struct http_half *half);

/*
 * http_start, http_field - read a line that is complete, and tell of it. What is no field is
 * skipped. Return false if the message cannot be followed.
 */
bool http_start(struct http_half *half, struct http_event *event);
bool http_field(struct http_half *half, struct http_event *event);

#endif
