/* test_traffic_json.c - JSON, and where one is in it, however it is cut. */
#include "cuts.h"
#include "json.h"

static struct json json;

static void begin(void)
{
    json_reset(&json);
}

static void tell_event(const struct json_event *event)
{
    static const char *const names[] = {[JSON_CLOSE] = ")",
                                        [JSON_STRING] = "'",
                                        [JSON_TRUE] = "true",
                                        [JSON_FALSE] = "false",
                                        [JSON_NULL] = "null"};
    switch (event->token) {
    case JSON_TEXT:
        tell_piece(event->text);
        return;
    case JSON_KEY:
        tell("%zu:", event->text.length);
        return;
    case JSON_NUMBER:
        tell("%s%llu", event->negative ? "-" : "", (unsigned long long)event->number);
        break;
    case JSON_MORE:
    case JSON_LOST:
        return;
    default:
        tell("%s", names[event->token]);
    }
    tell("@%u", json_depth(&json));
    for (unsigned up = json_depth(&json); up-- > 0;)
        tell(".%d", (int)json_word(&json, up));
    tell(" ");
}

static void take(struct span piece)
{
    struct json_event event;
    do {
        piece = span_cut(piece, json_next(&json, piece, &event));
        tell_event(&event);
    } while (event.token != JSON_MORE && event.token != JSON_LOST);
}

static void end(void)
{
    struct json_event event;
    json_next(&json, (struct span){"", 0}, &event);
    if (event.token == JSON_LOST)
        tell("lost");
}

static const struct scanner scanner = {begin, take, end};

static bool told_of(const char *text, const char *expected)
{
    return told_however_cut(&scanner, text_span(text), expected);
}

static void values(void)
{
    CHECK(told_of("{\"x\": [true , false,null], \"y\":{}}",
                  "1:true@2.1.2 false@2.1.2 null@2.1.2 )@1.1 1:)@1.1 )@0 "));
    CHECK(told_of("\"a\"", "a'@0 "));
    CHECK(told_of("{\"a\":\"\"}", "1:'@1.1 )@0 "));
    CHECK(told_of("  \r\n\t", ""));
}

static void numbers(void)
{
    CHECK(told_of("0 -1 12.75 1e3 1.5e3 25E-1 -0.0 ", "0@0 -1@0 12@0 1000@0 1500@0 2@0 -0@0 "));
    CHECK(told_of("18446744073709551615 99999999999999999999 1e400 1e-400 1e99999999999 ",
                  "18446744073709551610@0 18446744073709551615@0 18446744073709551615@0 0@0 "
                  "18446744073709551615@0 "));
    CHECK(told_of("0.00000000000000000000000001e26 ", "1@0 "));
    CHECK(told_of("100000000000000000000000000e-24 ", "100@0 "));
}

static void strings(void)
{
    CHECK(told_of("\"\\\"\\\\\\/\\n\\t\\u0041\\u00e9\\u4e2d\"", "\"\\/\n\tA\u00e9\u4e2d'@0 "));
    CHECK(told_of("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\"",
                  "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80'@0 "));
    CHECK(told_of("\"\\u0aAF\\uFfEa\\u0009\"", "\u0aaf\uffea\t'@0 "));
    CHECK(told_of("\"\\ud83d\\ude00 \\uD83D\\uDE00\"", "\U0001f600 \U0001f600'@0 "));
    /* Halves. */
    CHECK(told_of("\"\\ud83d\"", "\uFFFD'@0 "));
    CHECK(told_of("\"\\ud83dx\\ud83d\\n\"", "\uFFFDx\uFFFD\n'@0 "));
    CHECK(told_of("\"\\ude00\\ud83d\\ud83d\\ude00\"", "\uFFFD\uFFFD\U0001f600'@0 "));
    CHECK(told_of("\"\\ud83d\\u0041\"", "\uFFFDA'@0 "));
}

static void what_names_mean(void)
{
    char expected[64];
    snprintf(expected, sizeof expected, "5:13:7@2.%d.%d )@1.%d )@0 ", WORD_USAGE,
             WORD_PROMPT_TOKENS, WORD_USAGE);
    CHECK(told_of("{\"usage\":{\"prompt_tokens\":7}}", expected));
    CHECK(told_of("{\"us\\u0061ge\":{\"prompt\\u005ftokens\":7}}", expected));
    /* Longer than any of them, and of the same length; and longer in bytes than in characters. */
    CHECK(told_of("{\"usage_and_thirty_characters_more\":1,\"usagE\":1,\"\u00e9\":1}",
                  "32:1@1.1 5:1@1.1 2:1@1.1 )@0 "));
    CHECK(word_of(text_span("candidate_count")) == WORD_TIMES);
    CHECK(word_of(text_span("encrypted_content")) == WORD_NO_TEXT);
    CHECK(word_of(text_span("")) == WORD_OTHER);
}

static void values_follow_each_other(void)
{
    CHECK(told_of("{\"a\":1}\n{\"a\":2}\n", "1:1@1.1 )@0 1:2@1.1 )@0 "));
    /* Seen through. */
    CHECK(told_of("[{\"a\":1},\n{\"a\":[[2]]}]", "1:1@1.1 )@0 1:2@3.1.2.2 )@2.1.2 )@1.1 )@0 "));
}

static void what_is_deep(void)
{
    enum { DEEP = 3 * JSON_DEPTH };
    char text[32 + 2 * DEEP + 1] = "{\"a\":";
    memset(text + 5, '[', DEEP);
    strcpy(text + 5 + DEEP, "\"]}\\\"[\",{},3");
    memset(text + strlen(text), ']', DEEP);
    strcat(text, ",\"a\":1}");
    struct random random = {1};
    struct span span = text_span(text);
    const char *is = told_in_pieces(&scanner, span, 1, NULL);
    CHECK(span_ends(text_span(is), ")@2.1.2 )@1.1 1:1@1.1 )@0 "));
    CHECK(!strstr(is, "3@") && !strstr(is, "lost"));
    char *first = strdup(is);
    CHECK(told_however_cut(&scanner, span, first));
    CHECK(strcmp(told_in_pieces(&scanner, span, 0, &random), first) == 0);
    free(first);
}

static void what_is_no_json(void)
{
    static const char *const rows[] = {"x",
                                       "[DONE]",
                                       "{1:2}",
                                       "{\"a\" 1}",
                                       "{\"a\":1]",
                                       "[[1}]",
                                       "}",
                                       "tru ",
                                       "nulL",
                                       "\"\\x\"",
                                       "{a:1}",
                                       "{\"a\":[1 2]}",
                                       "\"\\u00g0\"",
                                       "\"\\u000g\"",
                                       "\"\\u000/\"",
                                       "<html>",
                                       "{\"a\":}",
                                       "{,\"a\"}",
                                       ":"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK(strstr(told_in_pieces(&scanner, text_span(rows[i]), 1, NULL), "lost")))
            fprintf(stderr, "%s\n", rows[i]);
    json_reset(&json);
    struct json_event event;
    json_next(&json, text_span("null"), &event);
    CHECK(event.token == JSON_NULL);
}

int main(void)
{
    RUN(values);
    RUN(numbers);
    RUN(strings);
    RUN(what_names_mean);
    RUN(values_follow_each_other);
    RUN(what_is_deep);
    RUN(what_is_no_json);
    return check_status();
}
