/* test_traffic_endpoint.c - what is a request to a model, and of which format. */
#include "cuts.h"
#include "endpoint.h"

static enum api post(const char *target)
{
    return endpoint_of(text_span("POST"), text_span(target), false);
}

static void to_models(void)
{
    static const struct {
        const char *target;
        enum api api;
    } rows[] = {
        {"/v1/chat/completions", API_CHAT},
        {"/v1/completions", API_COMPLETION},
        {"/v1/responses", API_RESPONSES},
        {"/v1/embeddings", API_EMBEDDINGS},
        {"/v1/messages", API_MESSAGES},
        {"/v1/messages?beta=true", API_MESSAGES},
        {"/v1beta/models/gemini-2.5-flash:generateContent", API_GEMINI},
        {"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", API_GEMINI},
        {"/v1beta/models/gemini-2.5-flash%3AgenerateContent", API_GEMINI},
        {"/v1beta/models/gemini-embedding-001:embedContent", API_GEMINI_EMBEDDINGS},
        {"/v1beta/models/gemini-embedding-001:batchEmbedContents", API_GEMINI_EMBEDDINGS},
        {"/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict",
         API_MESSAGES},
        {"/v1beta/openai/chat/completions", API_CHAT},
        {"/v2/chat", API_COHERE},
        {"/v2/embed", API_COHERE_EMBEDDINGS},
        {"/api/chat", API_OLLAMA},
        {"/api/generate", API_OLLAMA},
        {"/api/embed", API_OLLAMA_EMBEDDINGS},
        {"/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", API_CHAT},
        {"/openai/deployments/ada/embeddings?api-version=2024-10-21", API_EMBEDDINGS},
        {"/openai/responses?api-version=preview", API_RESPONSES},
        {"/openai/v1/responses", API_RESPONSES},
        /* With a prefix, through a proxy, and a slash too many. */
        {"/team-a/llm/v1/chat/completions", API_CHAT},
        {"/anthropic/v1/messages", API_MESSAGES},
        {"http://api.openai.com/v1/chat/completions", API_CHAT},
        {"https://h:8443/v1/embeddings?x", API_EMBEDDINGS},
        {"/v1/chat/completions/", API_CHAT},
        {"/chat/completions", API_CHAT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_EQ(post(rows[i].target), rows[i].api))
            fprintf(stderr, "%s\n", rows[i].target);
}

static void to_nobody(void)
{
    static const char *const rows[] = {
        "",
        "/",
        "*",
        "/v1/models",
        "/v1/messages/count_tokens",
        "/v1/messages/batches",
        "/v1/responses/resp_1/cancel",
        "/v1beta/models/gemini-2.5-flash:countTokens",
        "/v1beta/models/gemini-2.5-flash",
        "/surveys/12/responses",
        "/channels/5/messages",
        "/messages",
        "/completions",
        "/v1/chat/completions/x",
        "/v1/xmessages",
        "/api/chat/x",
        "/x?/v1/chat/completions",
        "http://h",
        "http://v1/messages",
        ":generateContents",
        "/a:b:generateContent",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_EQ(post(rows[i]), API_NONE))
            fprintf(stderr, "%s\n", rows[i]);
    CHECK(endpoint_of(text_span("GET"), text_span("/v1/responses"), false) == API_NONE);
    CHECK(endpoint_of(text_span("OPTIONS"), text_span("/v1/messages"), false) == API_NONE);
}

static void a_target_that_is_cut(void)
{
    CHECK(endpoint_of(text_span("POST"), text_span("/v1/messages"), true) == API_NONE);
    CHECK(endpoint_of(text_span("POST"), text_span("/v1/messages?x"), true) == API_MESSAGES);
}

static bool is_model(const char *target, const char *model)
{
    return span_is(endpoint_model(text_span(target)), model);
}

static void models_and_hosts(void)
{
    CHECK(is_model("/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash"));
    CHECK(is_model("/v1beta/models/gemini%3AgenerateContent?x", "gemini"));
    CHECK(is_model("/openai/deployments/gpt-4o/chat/completions?x", "gpt-4o"));
    CHECK(is_model("/v1/chat/completions", ""));
    CHECK(is_model("/x?/models/y", ""));
    CHECK(span_is(endpoint_host(text_span("http://h:80/v1")), "h:80"));
    CHECK(span_is(endpoint_host(text_span("http://h?x/")), "h"));
    CHECK(span_is(endpoint_host(text_span("/http://h")), ""));
    CHECK(endpoint_has_output(API_OLLAMA) && !endpoint_has_output(API_EMBEDDINGS));
}

int main(void)
{
    RUN(to_models);
    RUN(to_nobody);
    RUN(a_target_that_is_cut);
    RUN(models_and_hosts);
    return check_status();
}
