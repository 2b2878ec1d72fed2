/* test_traffic_exchanges.c - an exchange in each format, plain and in chunks, however it is cut. */
#include "exchanges.h"

enum { LONGEST = 1 << 14 };

static struct traffic traffic;
static struct span asked; /* before what is told of */

static void begin(void)
{
    traffic_begin(&traffic);
    take_traffic(&traffic, true, asked);
    told.length = 0;
    told.text[0] = '\0';
}

static void take_sent(struct span piece)
{
    take_traffic(&traffic, true, piece);
}

static void take_received(struct span piece)
{
    take_traffic(&traffic, false, piece);
}

static void end(void)
{
}

static void end_closed(void)
{
    tell_closed(&traffic);
}

static const struct scanner sent = {begin, take_sent, end},
                            received = {begin, take_received, end_closed};

struct row {
    const char *target, *request; /* its body */
    const char *asks;
    const char *head, *answer;
    const char *answers;
};

#define JSON "200 OK\r\nContent-Type: application/json\r\n"
#define STREAM                                                                                     \
    "200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
#define LIMITED "429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 20\r\n"

#define CHUNK(rest)                                                                                \
    "data: {\"id\":\"chatcmpl-123\",\"object\":\"chat.completion.chunk\",\"created\":1694268190,"  \
    "\"model\":\"gpt-4o-mini\",\"system_fingerprint\":\"fp_44709d6fcb\"," rest "}\n\n"
#define DELTA(text)                                                                                \
    CHUNK("\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text                               \
          "\"},\"logprobs\":null,\"finish_reason\":null}]")
#define EVENT(name, rest) "event: " name "\ndata: {\"type\":\"" name "\"," rest "}\n\n"

static const struct row rows[] = {
    /* OpenAI */
    {"/v1/chat/completions",
     "{\"model\": \"gpt-4o\", \"messages\": [{\"role\": \"developer\", \"content\": \"You are "
     "helpful.\"}, {\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"What is "
     "this?\"}, {\"type\": \"image_url\", \"image_url\": {\"url\": "
     "\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==\"}}]}], \"max_completion_tokens\": 300}",
     "begins; asks 1; asked 29/1/0 <300; ", JSON "x-ratelimit-remaining-tokens: 29970\r\n",
     "{\n  \"id\": \"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT\",\n  \"choices\": [\n    {\n      "
     "\"index\": 0,\n      \"message\": {\n        \"role\": \"assistant\",\n        \"content\": "
     "\"Hello! How can I assist you today?\",\n        \"refusal\": null\n      }\n    }\n  ],\n  "
     "\"usage\": {\n    \"prompt_tokens\": 1117,\n    \"completion_tokens\": 46,\n    "
     "\"total_tokens\": 1163,\n    \"prompt_tokens_details\": {\n      \"cached_tokens\": 1024,\n  "
     "    \"audio_tokens\": 0\n    },\n    \"completion_tokens_details\": {\n      "
     "\"reasoning_tokens\": 12\n    }\n  },\n  \"service_tier\": \"default\"\n}\n",
     "answers 200; answered 1117(1024)+46=1163 34; "},
    {"/v1/chat/completions",
     "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}],\"stream\":"
     "true,\"stream_options\":{\"include_usage\":true}}",
     "begins; asks 1; asked 6/0/0 stream; ", STREAM,
     DELTA("") DELTA("Hel") DELTA("lo")
         CHUNK("\"choices\":[],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10,"
               "\"total_tokens\":29}") "data: [DONE]\n\n",
     "answers 200; answered 19(0)+10=29 5; "},
    {"/v1/chat/completions",
     "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}],\"stream\":"
     "true}",
     "begins; asks 1; asked 6/0/0 stream; ", STREAM,
     DELTA("Hel") DELTA("\\u4e2d\\u6587") "data: [DONE]\n\n", "answers 200; answered ? 9; "},
    {"/openai/deployments/gpt/responses?api-version=preview",
     "{\"model\":\"gpt-5\",\"input\":\"Tell me a "
     "story.\",\"max_output_tokens\":16,\"stream\":true}",
     "begins; asks 3; asked 16/0/0 <16 stream; ", STREAM,
     EVENT("response.created", "\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\","
                               "\"output\":[],\"usage\":null}")
         EVENT("response.output_text.delta", "\"item_id\":\"msg_1\",\"delta\":\"Once\"")
             EVENT("response.output_text.done", "\"text\":\"Once\"") EVENT(
                 "response.incomplete",
                 "\"response\":{\"status\":\"incomplete\",\"output\":[{\"content\":[{\"text\":"
                 "\"Once\"}]}],\"usage\":{\"input_tokens\":12,\"input_tokens_details\":{"
                 "\"cached_tokens\":0},\"output_tokens\":16,\"output_tokens_details\":{"
                 "\"reasoning_tokens\":10},\"total_tokens\":28}}"),
     "answers 200; answered 12(0)+16=28 4; "},
    {"/v1/embeddings",
     "{\"input\":[[9906,11,1917],[0]],\"model\":\"text-embedding-3-small\",\"encoding_format\":"
     "\"base64\"}",
     "begins; asks 4; asked 6/0/4; ", JSON,
     "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":"
     "[-0.0069,-5.3e-05]}],\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}",
     "answers 200; answered 4(0)+0=4 0; "},
    {"/v1/chat/completions", "{\"model\":\"gpt-4o\",\"messages\":[]}",
     "begins; asks 1; asked 0/0/0; ",
     LIMITED "retry-after-ms: 19123\r\nx-ratelimit-reset-tokens: 4m12.172s\r\n",
     "{\"error\":{\"message\":\"Rate limit reached for gpt-4o\",\"type\":\"tokens\",\"param\":null,"
     "\"code\":\"rate_limit_exceeded\"}}",
     "answers 429; answered ? 0 error in 19123 ms; "},
    /* Anthropic */
    {"/v1/messages",
     "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":1024,\"messages\":[{\"role\":\"user\","
     "\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/"
     "png\","
     "\"data\":\"iVBORw0KGgo=\"}},{\"type\":\"text\",\"text\":\"Hello\"}]}]}",
     "begins; asks 5; asked 5/1/0 <1024; ", JSON,
     "{\"id\":\"msg_01\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":"
     "\"text\","
     "\"text\":\"Hi!\"}],\"usage\":{\"input_tokens\":12,\"cache_creation_input_tokens\":8,"
     "\"cache_read_input_tokens\":100,\"output_tokens\":6,\"service_tier\":\"standard\"}}",
     "answers 200; answered 120(100)+6=126 3; "},
    {"/v1/messages?beta=true",
     "{\"model\":\"claude\",\"max_tokens\":256,\"stream\":true,\"messages\":[{\"role\":\"user\","
     "\"content\":\"Hello\"}]}",
     "begins; asks 5; asked 5/0/0 <256 stream; ", STREAM,
     EVENT("message_start", "\"message\":{\"id\":\"msg_1\",\"content\":[],\"usage\":{"
                            "\"input_tokens\":25,\"output_tokens\":1}}")
         EVENT("content_block_start",
               "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
             EVENT("ping", "\"a\":0") EVENT("content_block_delta",
                                            "\"index\":0,\"delta\":{\"type\":\"text_delta\","
                                            "\"text\":\"Hello!\"}")
                 EVENT("message_delta", "\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{"
                                        "\"output_tokens\":15}") EVENT("message_stop", "\"a\":0"),
     "answers 200; answered 25(0)+15=40 6; "},
    {"/v1/messages", "{\"model\":\"claude\",\"max_tokens\":1,\"messages\":[]}",
     "begins; asks 5; asked 0/0/0 <1; ",
     LIMITED "anthropic-ratelimit-tokens-reset: 2024-10-12T07:21:00Z\r\n",
     "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Number of request "
     "tokens has exceeded\"}}",
     "answers 429; answered ? 0 error in 20000 ms; "},
    /* Gemini */
    {"/v1beta/models/gemini-2.5-flash:generateContent",
     "{\"contents\":[{\"parts\":[{\"text\":\"Explain\"},{\"inline_data\":{\"mime_type\":"
     "\"image/jpeg\",\"data\":\"/9j/4AAQ\"}}]}],\"generationConfig\":{\"maxOutputTokens\":800}}",
     "begins; asks 6; asked 7/1/0 <800; ", JSON,
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"AI\"}],\"role\":\"model\"}}],"
     "\"usageMetadata\":{\"promptTokenCount\":8,\"candidatesTokenCount\":11,\"totalTokenCount\":"
     "1140,\"thoughtsTokenCount\":1121}}",
     "answers 200; answered 8(0)+1132=1140 2; "},
    {"/v1beta/models/gemini-2.5-flash:streamGenerateContent",
     "{\"contents\":[{\"parts\":[{\"text\":\"Explain\"}]}]}", "begins; asks 6; asked 7/0/0; ", JSON,
     "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"A\"}]}}],\"usageMetadata\":{"
     "\"promptTokenCount\":8,\"totalTokenCount\":8}}\r\n,\r\n{\"candidates\":[{\"content\":{"
     "\"parts\":[{\"text\":\"I\"}]}}],\"usageMetadata\":{\"promptTokenCount\":8,"
     "\"candidatesTokenCount\":2,\"totalTokenCount\":10}}\r\n]",
     "answers 200; answered 8(0)+2=10 2; "},
    {"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
     "{\"contents\":[{\"parts\":[{\"text\":\"Explain\"}]}]}", "begins; asks 6; asked 7/0/0; ",
     STREAM,
     "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"A\"}]}}],\"usageMetadata\":{"
     "\"promptTokenCount\":8,\"totalTokenCount\":8}}\r\n\r\ndata: {\"candidates\":[{\"content\":{"
     "\"parts\":[{\"text\":\"I\"}]}}],\"usageMetadata\":{\"promptTokenCount\":8,"
     "\"candidatesTokenCount\":2,\"totalTokenCount\":10}}\r\n\r\n",
     "answers 200; answered 8(0)+2=10 2; "},
    {"/v1beta/models/gemini-2.5-flash:generateContent", "{\"contents\":[]}",
     "begins; asks 6; asked 0/0/0; ",
     "429 Too Many Requests\r\nContent-Type: application/json; charset=UTF-8\r\n",
     "{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"You exceeded your quota\",\n    "
     "\"status\": \"RESOURCE_EXHAUSTED\",\n    \"details\": [\n      {\n        \"@type\": "
     "\"type.googleapis.com/google.rpc.RetryInfo\",\n        \"retryDelay\": \"47s\"\n      }\n    "
     "]\n  }\n}\n",
     "answers 429; answered ? 0 error in 47000 ms; "},
    /* Mistral */
    {"/v1/chat/completions",
     "{\"model\":\"mistral-large-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Bonjour, "
     "\\u00e7a va?\"}],\"max_tokens\":64}",
     "begins; asks 1; asked 16/0/0 <64; ", JSON,
     "{\"id\":\"cmpl-1\",\"model\":\"mistral-large-latest\",\"usage\":{\"prompt_tokens\":16,"
     "\"completion_tokens\":34,\"total_tokens\":50},\"object\":\"chat.completion\",\"choices\":[{"
     "\"message\":{\"content\":\"Oui\",\"tool_calls\":null}}]}",
     "answers 200; answered 16(0)+34=50 3; "},
    {"/v1/chat/completions", "{\"model\":\"mistral\",\"messages\":[]}",
     "begins; asks 1; asked 0/0/0; ", "429 Too Many Requests\r\nContent-Type: application/json\r\n",
     "{\"message\":\"Requests rate limit exceeded\"}", "answers 429; answered ? 0; "},
    /* Cohere */
    {"/v2/chat",
     "{\"model\":\"command-a-03-2025\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}",
     "begins; asks 8; asked 5/0/0; ", JSON,
     "{\"id\":\"c14c80c3\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
     "\"text\":\"Hi\"}]},\"usage\":{\"billed_units\":{\"input_tokens\":5,\"output_tokens\":418},"
     "\"tokens\":{\"input_tokens\":71,\"output_tokens\":418}}}",
     "answers 200; answered 71(0)+418=489 2; "},
    {"/v2/chat", "{\"model\":\"command-a\",\"messages\":[],\"stream\":true}",
     "begins; asks 8; asked 0/0/0 stream; ", LIMITED,
     "{\"message\":\"You are using a Trial key, which is limited to 20 API calls / minute\"}",
     "answers 429; answered ? 0 in 20000 ms; "},
    /* Ollama */
    {"/api/chat",
     "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\",\"images\":"
     "[\"iVBORw0KGgo=\"]}],\"options\":{\"num_predict\":64}}",
     "begins; asks 10; asked 4/1/0 <64; ", "200 OK\r\nContent-Type: application/x-ndjson\r\n",
     "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"The\"},\"done\":"
     "false}\n{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\" sky\"},"
     "\"done\":false}\n{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":"
     "\"\"},\"done\":true,\"total_duration\":4883583458,\"prompt_eval_count\":26,\"eval_count\":"
     "282}\n",
     "answers 200; answered 26(0)+282=308 7; "},
    {"/api/generate", "{\"model\":\"llama3.2\",\"prompt\":\"Why?\"}",
     "begins; asks 10; asked 4/0/0; ",
     "503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\n",
     "{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}",
     "answers 503; answered ? 0 error; "},
    /* None of these. */
    {"/v1/files", "{\"input\":\"abc\"}", "begins; asks 0; asked 0/0/0; ", JSON,
     "{\"usage\":{\"prompt_tokens\":1}}", "answers 200; answered ? 0; "},
};

/* The answer may also end with the connection. */
static void check_answer(const struct row *row, struct random *random)
{
    static char head[512], text[LONGEST];
    size_t length;
    snprintf(head, sizeof head, "HTTP/1.1 %s", row->head);
    length = message_of(text, head, row->answer, random);
    CHECK(told_however_cut(&received, (struct span){text, length}, row->answers));
    if (random)
        return;
    length = (size_t)snprintf(text, sizeof text, "HTTP/1.0 %s\r\n%s", row->head, row->answer);
    CHECK(told_however_cut(&received, (struct span){text, length}, row->answers));
}

static void check_row(const struct row *row, struct random *random)
{
    static char head[512], text[LONGEST];
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer sk-0123456789\r\n"
             "Content-Type: application/json\r\n",
             row->target);
    size_t length = message_of(text, head, row->request, random);
    asked = (struct span){NULL, 0};
    CHECK(told_however_cut(&sent, (struct span){text, length}, row->asks));
    asked = (struct span){text, length};
    check_answer(row, random);
}

static void each_format_plain(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i], NULL);
}

static void each_format_in_chunks(void)
{
    struct random random = {7};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i], &random);
}

int main(void)
{
    RUN(each_format_plain);
    RUN(each_format_in_chunks);
    return check_status();
}
