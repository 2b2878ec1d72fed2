/* test_traffic_usage.c - what answers of each format say that they cost, however they are cut. */
#include "answer.h"
#include "cuts.h"
#include "instant.h"

static struct answer_reader reader;
static struct answer answer;
static const char *type;

static void begin(void)
{
    answer_begin(&reader, &answer, 200, NULL);
    answer_field(&reader, &answer, text_span("content-type"), text_span(type), 0);
}

static void take(struct span piece)
{
    answer_take(&reader, &answer, piece);
}

/* input/cached+output=total, bytes of text. */
static void end(void)
{
    struct tokens tokens = usage_tokens(&answer.usage);
    if (tokens.known)
        tell("%llu/%llu+%llu=%llu", (unsigned long long)tokens.input,
             (unsigned long long)tokens.cached, (unsigned long long)tokens.output,
             (unsigned long long)tokens.total);
    else
        tell("?");
    tell(" %llu%s%s", (unsigned long long)answer.usage.text, answer.usage.error ? " error" : "",
         answer.lost ? " lost" : "");
    if (answer_wait_ns(&answer) != RETRY_UNSAID)
        tell(" %llu ms", (unsigned long long)(answer_wait_ns(&answer) / NS_PER_MS));
}

static const struct scanner scanner = {begin, take, end};

static bool document(const char *text, const char *expected)
{
    type = "application/json; charset=utf-8";
    return told_however_cut(&scanner, text_span(text), expected);
}

static bool stream(const char *text, const char *expected)
{
    type = "text/event-stream; charset=utf-8";
    return told_however_cut(&scanner, text_span(text), expected);
}

static void openai_chat(void)
{
    CHECK(document("{\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                   "\"assistant\",\"content\":\"Hello!\"},\"finish_reason\":\"stop\"}],"
                   "\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10,\"total_tokens\":29,"
                   "\"prompt_tokens_details\":{\"cached_tokens\":5,\"audio_tokens\":0},"
                   "\"completion_tokens_details\":{\"reasoning_tokens\":8}}}",
                   "19/5+10=29 6"));
}

#define CHUNK(delta)                                                                               \
    "data: "                                                                                       \
    "{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":"      \
    "{" delta "},\"finish_reason\":null}],\"usage\":null}\n\n"

static void openai_chat_stream(void)
{
    CHECK(stream(CHUNK("\"role\":\"assistant\",\"content\":\"\"") CHUNK("\"content\":\"Hel\"")
                     CHUNK("\"content\":\"lo\"") "data: [DONE]\n\n",
                 "? 5"));
    CHECK(
        stream(CHUNK("\"content\":\"Hi\"") "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":19,"
                                           "\"completion_tokens\":10,\"total_tokens\":29}}\n\n"
                                           "data: [DONE]\n\n",
               "19/0+10=29 2"));
    CHECK(stream(CHUNK("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}]")
                     CHUNK("\"reasoning_content\":\"hm\""),
                 "? 6"));
}

static void openai_responses(void)
{
    CHECK(
        document("{\"id\":\"resp_1\",\"error\":null,\"output\":[{\"type\":\"message\",\"content\":"
                 "[{\"type\":\"output_text\",\"text\":\"Hello\"}]}],\"usage\":{\"input_tokens\":36,"
                 "\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":87,"
                 "\"output_tokens_details\":{\"reasoning_tokens\":80},\"total_tokens\":123}}",
                 "36/4+87=123 5"));
    CHECK(stream(
        "event: response.created\ndata: "
        "{\"type\":\"response.created\",\"response\":{\"usage\":null,"
        "\"output\":[]}}\n\n"
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
        "\"delta\":\"Hi\"}\n\n"
        "event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\",\"text\":"
        "\"Hi\"}\n\n"
        "event: response.content_part.done\ndata: {\"part\":{\"text\":\"Hi\"}}\n\n"
        "event: response.completed\ndata: "
        "{\"type\":\"response.completed\",\"response\":{\"output\":"
        "[{\"content\":[{\"text\":\"Hi\"}]}],\"usage\":{\"input_tokens\":37,\"output_tokens\":11,"
        "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":48}}}\n\n",
        "37/0+11=48 2"));
    CHECK(
        stream("data: {\"type\":\"response.incomplete\",\"response\":{\"usage\":{\"input_tokens\":"
               "37,\"output_tokens\":16,\"total_tokens\":53}}}\n\n",
               "37/0+16=53 0"));
}

static void embeddings(void)
{
    CHECK(document("{\"object\":\"list\",\"data\":[{\"embedding\":[0.0023,-1e-3]}],\"usage\":"
                   "{\"prompt_tokens\":8,\"total_tokens\":8}}",
                   "8/0+0=8 0"));
    CHECK(document("{\"data\":[],\"usage\":{\"total_tokens\":8}}", "8/0+0=8 0"));
}

#define EVENT(name, data) "event: " name "\ndata: {\"type\":\"" name "\"," data "}\n\n"

static void anthropic(void)
{
    CHECK(
        document("{\"id\":\"msg_1\",\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":"
                 "\"Hi!\"}],\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":200,"
                 "\"cache_read_input_tokens\":3000,\"cache_creation\":{"
                 "\"ephemeral_5m_input_tokens\":200},\"output_tokens\":25}}",
                 "3210/3000+25=3235 3"));
    CHECK(stream(
        EVENT("message_start", "\"message\":{\"content\":[],\"usage\":{\"input_tokens\":25,"
                               "\"cache_read_input_tokens\":100,\"output_tokens\":1}}")
            EVENT("content_block_start",
                  "\"index\":0,\"content_block\":{\"type\":\"text\","
                  "\"text\":\"\"}") "event: ping\r\ndata: {\"type\": "
                                    "\"ping\"}\r\n\r\n" EVENT(
                                        "content_block_delta",
                                        "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":"
                                        "\"Hello\"}") EVENT("content_block_delta",
                                                            "\"delta\":{\"type\":\"input_json_"
                                                            "delta\",\"partial_json\":\"{}\"}")
                                        EVENT("message_delta",
                                              "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":"
                                              "{\"input_tokens\":null,\"output_tokens\":15}")
                                            EVENT("message_stop", "\"a\":0"),
        "125/100+15=140 7"));
    /* Two deltas: cumulative. And the last holds, though it be smaller. */
    CHECK(stream(EVENT("message_delta", "\"usage\":{\"input_tokens\":40,\"output_tokens\":15}")
                     EVENT("message_delta", "\"usage\":{\"input_tokens\":30,\"output_tokens\":20}"),
                 "30/0+20=50 0"));
    /* A clone, that counts the cached ones in its prompt, and says both. */
    CHECK(document("{\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":5,\"total_tokens\":105,"
                   "\"cache_read_input_tokens\":90}}",
                   "100/90+5=105 0"));
}

#define GEMINI(text, counts)                                                                       \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text "\"}],\"role\":\"model\"}}],"    \
    "\"usageMetadata\":{\"promptTokenCount\":8," counts "\"promptTokensDetails\":[{\"modality\":"  \
    "\"TEXT\",\"tokenCount\":8}]}}"

#define FIRST GEMINI("He", "\"totalTokenCount\":8,")
#define LAST                                                                                       \
    GEMINI("llo", "\"candidatesTokenCount\":5,\"thoughtsTokenCount\":20,\"totalTokenCount\":33,"   \
                  "\"cachedContentTokenCount\":2,")

static void gemini(void)
{
    CHECK(document(LAST, "8/2+25=33 3"));
    CHECK(document("[" FIRST "\n,\n" LAST "\n]\n", "8/2+25=33 5"));
    CHECK(stream("data: " FIRST "\r\n\r\ndata: " LAST "\r\n\r\n", "8/2+25=33 5"));
    CHECK(document("{\"usageMetadata\":{\"promptTokenCount\":8,\"toolUsePromptTokenCount\":4,"
                   "\"candidatesTokenCount\":1}}",
                   "12/0+1=13 0"));
}

static void mistral_and_cohere(void)
{
    CHECK(document("{\"object\":\"chat.completion\",\"usage\":{\"prompt_tokens\":16,"
                   "\"completion_tokens\":34,\"total_tokens\":50},\"choices\":[]}",
                   "16/0+34=50 0"));
    CHECK(document("{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]},\"usage\":{"
                   "\"billed_units\":{\"input_tokens\":5,\"output_tokens\":418},\"tokens\":{"
                   "\"input_tokens\":71.0,\"output_tokens\":420}}}",
                   "71/0+420=491 2"));
    CHECK(document("{\"usage\":{\"tokens\":{\"input_tokens\":71,\"output_tokens\":420},"
                   "\"billed_units\":{\"input_tokens\":5,\"output_tokens\":418}}}",
                   "71/0+420=491 0"));
    CHECK(document("{\"meta\":{\"billed_units\":{\"input_tokens\":12}}}", "12/0+0=12 0"));
    CHECK(stream(EVENT("content-delta", "\"delta\":{\"message\":{\"content\":{\"text\":\"Hi\"}}}")
                     EVENT("message-end", "\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{"
                                          "\"billed_units\":{\"input_tokens\":2},\"tokens\":{"
                                          "\"input_tokens\":68,\"output_tokens\":14}}}"),
                 "68/0+14=82 2"));
}

static void ollama(void)
{
    CHECK(document("{\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"He\"},"
                   "\"done\":false}\n"
                   "{\"model\":\"llama3\",\"message\":{\"content\":\"llo\"},\"done\":false}\n"
                   "{\"done\":true,\"total_duration\":4883583458,\"prompt_eval_count\":26,"
                   "\"eval_count\":282}\n",
                   "26/0+282=308 5"));
    CHECK(
        document("{\"response\":\"Hello\",\"done\":true,\"context\":[1,2],\"prompt_eval_count\":26,"
                 "\"eval_count\":2}",
                 "26/0+2=28 5"));
}

static void what_models_write_is_no_count(void)
{
    CHECK(document(
        "{\"content\":[{\"type\":\"tool_use\",\"input\":{\"usage\":{\"input_tokens\":9}}}],"
        "\"choices\":[{\"message\":{\"tool_calls\":[{\"usage\":{\"prompt_tokens\":9}}]}}]}",
        "? 0"));
    CHECK(document("{\"usage\":5,\"meta\":{\"tokens\":6},\"text\":{\"input_tokens\":7}}", "? 0"));
    CHECK(document("{\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":\"7\"}}", "? 0"));
    CHECK(document("{\"usage\":{\"prompt_tokens\":18446744073709551615,\"completion_tokens\":7}}",
                   "18446744073709551610/0+7=18446744073709551615 0"));
}

static void errors(void)
{
    CHECK(document("{\"error\":{\"message\":\"Rate limit reached\",\"type\":\"tokens\",\"param\":"
                   "null,\"code\":\"rate_limit_exceeded\"}}",
                   "? 0 error"));
    CHECK(document("{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}", "? 0 error"));
    CHECK(stream(EVENT("error", "\"error\":{\"type\":\"overloaded_error\"}"), "? 0 error"));
    CHECK(document("{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"details\":["
                   "{\"@type\":\"type.googleapis.com/google.rpc.Help\",\"links\":[]},"
                   "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":"
                   "\"47.5s\"}]}}",
                   "? 0 error 47500 ms"));
    CHECK(document("[{\"error\":{\"details\":[{\"retryDelay\":\"47s\"}]}}]", "? 0 error 47000 ms"));
    CHECK(document("{\"error\":{\"details\":[{\"retryDelay\":\"000000000000000000000047s\"}]}}",
                   "? 0 error"));
    CHECK(document("{\"retryDelay\":\"5s\",\"error\":{\"message\":\"7s\"}}", "? 0 error"));
    CHECK(document("{\"error\":\"model not found\"}", "? 0 error"));
    CHECK(document("{\"error\":true}", "? 0 error"));
    CHECK(document("{\"error\":false}", "? 0"));
    CHECK(document("{\"message\":\"invalid api token\"}", "? 0"));
}

static void what_cannot_be_read(void)
{
    CHECK(document("<html>", "? 0 lost"));
    CHECK(document("{\"usage\":{\"prompt_tokens\":3}},oops", "3/0+0=3 0 lost"));
    CHECK(stream("data: {\"usage\":oops}\n\ndata: {\"usage\":{\"prompt_tokens\":3}}\n\n",
                 "3/0+0=3 0 lost"));
    /* An event that is cut does not reach into the next. */
    CHECK(stream("data: {\"a\":[\"\n\ndata: {\"usage\":{\"prompt_tokens\":3}}\n\n", "3/0+0=3 0"));
    type = "text/event-stream";
    begin();
    answer_field(&reader, &answer, text_span("content-encoding"), text_span("gzip"), 0);
    take(text_span("data: {\"usage\":{\"prompt_tokens\":3}}\n\n"));
    CHECK(answer.lost && answer.bytes == 37 && !usage_tokens(&answer.usage).known);
    begin();
    answer_field(&reader, &answer, text_span("transfer-encoding"), text_span("gzip, chunked"), 0);
    answer_field(&reader, &answer, text_span("date"), text_span("x"), 0);
    CHECK(answer.lost);
    begin();
    answer_field(&reader, &answer, text_span("content-encoding"), text_span("br"), 0);
    answer_field(&reader, &answer, text_span("transfer-encoding"), text_span("chunked"), 0);
    CHECK(answer.lost);
    begin();
    answer_field(&reader, &answer, text_span("transfer-encoding"), text_span("Chunked"), 0);
    answer_field(&reader, &answer, text_span("content-encoding"), text_span("identity"), 0);
    CHECK(!answer.lost);
}

int main(void)
{
    RUN(openai_chat);
    RUN(openai_chat_stream);
    RUN(openai_responses);
    RUN(embeddings);
    RUN(anthropic);
    RUN(gemini);
    RUN(mistral_and_cohere);
    RUN(ollama);
    RUN(what_models_write_is_no_count);
    RUN(errors);
    RUN(what_cannot_be_read);
    return check_status();
}
