/* http_head.c - request line, status line, and fields. */
#include "http_head.h"

/* The same, as `tail` has it before the minor version. */
static const char version[] = "HTTP/1.";
#define VERSION UINT64_C(0x485454502F312E)

void http_line_begin(struct http_half *half)
{
    half->used = 0;
    half->tail = 0;
    half->cut = false;
}

void http_line(struct http_half *half, char c)
{
    if (c == '\r')
        return;
    if (!is_blank(c))
        half->tail = half->tail << 8 | (unsigned char)c;
    if (half->used < HTTP_LINE)
        half->line[half->used++] = c;
    else
        half->cut = true;
}

static struct span line(const struct http_half *half)
{
    return span_trim((struct span){half->line, half->used});
}

/* RFC 9110, 5.6.2. */
static bool is_token(char c)
{
    char lower = lower_case(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool http_may_begin(const struct http_half *half)
{
    enum { LONGEST_METHOD = 32 };
    size_t last = half->used - 1U;
    char c = half->line[last];
    if (half->is_answer)
        return last >= sizeof version - 1 || c == version[last];
    size_t method = span_to((struct span){half->line, half->used}, ' ').length;
    return method <= last ? method > 0 : is_token(c) && last < LONGEST_METHOD;
}

static struct span next_word(struct span *rest)
{
    *rest = span_trim(*rest);
    struct span word = span_to(*rest, ' ');
    *rest = span_cut(*rest, word.length);
    return word;
}

static bool status_line(struct http_half *half, struct span rest)
{
    next_word(&rest); /* the version */
    struct span status = next_word(&rest);
    half->status = 0;
    if (status.length != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (!is_digit(status.at[i]))
            return false;
        half->status = (uint16_t)(half->status * 10 + status.at[i] - '0');
    }
    return half->status >= 100;
}

bool http_start(struct http_half *half, struct http_event *event)
{
    struct span rest = line(half);
    half->length = HTTP_UNKNOWN;
    half->has_coding = false;
    half->is_chunked = false;
    event->kind = HTTP_START;
    event->cut = half->cut;
    if (half->is_answer)
        return status_line(half, rest);
    event->name = next_word(&rest);
    event->value = next_word(&rest);
    half->method = span_is(event->name, "HEAD")      ? METHOD_HEAD
                   : span_is(event->name, "CONNECT") ? METHOD_CONNECT
                                                     : METHOD_OTHER;
    return half->tail >> 8 == VERSION && is_digit((char)half->tail);
}

/* The next of a list with commas; `rest` is what follows, NULL after the last. */
static struct span next_item(struct span *rest)
{
    struct span item = span_to(*rest, ',');
    *rest = item.length < rest->length ? span_cut(*rest, item.length + 1) : (struct span){NULL, 0};
    return span_trim(item);
}

/* A list of equal lengths is one (RFC 9112, 6.3). */
static bool content_length(struct http_half *half, struct span rest)
{
    while (rest.at) {
        struct span number = next_item(&rest);
        uint64_t length;
        if (!span_number(&number, &length) || number.length || length > INT64_MAX ||
            (half->length != HTTP_UNKNOWN && half->length != length))
            return false;
        half->length = length;
    }
    return true;
}

/* The last coding says where the content ends. */
static void transfer_encoding(struct http_half *half, struct span rest)
{
    half->has_coding = true;
    while (rest.at)
        half->is_chunked = span_is_in_any_case(next_item(&rest), "chunked");
}

bool http_field(struct http_half *half, struct http_event *event)
{
    struct span rest = line(half), name = span_to(rest, ':');
    if (name.length == rest.length)
        return true;
    event->value = span_trim(span_cut(rest, name.length + 1));
    event->name = span_trim(name);
    event->cut = half->cut;
    event->kind = HTTP_FIELD;
    for (char *c = half->line; c < name.at + name.length; c++)
        *c = lower_case(*c);
    if (span_is(event->name, "content-length"))
        return !half->cut && content_length(half, event->value);
    if (!span_is(event->name, "transfer-encoding"))
        return true;
    transfer_encoding(half, event->value);
    return !half->cut;
}
