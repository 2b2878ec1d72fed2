/* endpoint.c - the last segments of a path tell; what a prefix may be is nobody's business. */
#include "endpoint.h"

/* Some last segments are anybody's: before them stands a version, or what Azure puts there. */
static const struct {
    char path[24];
    unsigned char api;
    bool needs_version;
} endpoints[] = {
    {"/chat/completions", API_CHAT, false},
    {"/completions", API_COMPLETION, true},
    {"/responses", API_RESPONSES, true},
    {"/embeddings", API_EMBEDDINGS, true},
    {"/messages", API_MESSAGES, true},
    {"/v2/chat", API_COHERE, false},
    {"/v2/embed", API_COHERE_EMBEDDINGS, false},
    {"/api/chat", API_OLLAMA, false},
    {"/api/generate", API_OLLAMA, false},
    {"/api/embed", API_OLLAMA_EMBEDDINGS, false},
    {"/api/embeddings", API_OLLAMA_EMBEDDINGS, false},
};

/* After a colon, which some encode. */
static const struct {
    char name[24];
    unsigned char api;
} methods[] = {
    {"generateContent", API_GEMINI},
    {"streamGenerateContent", API_GEMINI},
    {"embedContent", API_GEMINI_EMBEDDINGS},
    {"batchEmbedContents", API_GEMINI_EMBEDDINGS},
    {"rawPredict", API_MESSAGES},
    {"streamRawPredict", API_MESSAGES},
};

/* Takes the scheme off, and tells where the path begins. */
static bool has_host(struct span *target)
{
    return span_skip(target, "http://") || span_skip(target, "https://");
}

struct span endpoint_host(struct span target)
{
    if (!has_host(&target))
        return (struct span){NULL, 0};
    return span_to(span_to(target, '?'), '/');
}

static struct span path_of(struct span target)
{
    if (has_host(&target))
        target = span_cut(target, span_to(target, '/').length);
    struct span path = span_to(target, '?');
    if (path.length && path.at[path.length - 1] == '/')
        path.length--;
    return path;
}

static struct span last_segment(struct span path)
{
    size_t begin = path.length;
    while (begin && path.at[begin - 1] != '/')
        begin--;
    return span_cut(path, begin);
}

/* v1, v1beta, openai; or a deployment's name, of which nothing is known. */
static bool is_version(struct span path)
{
    struct span segment = last_segment(path);
    bool version = segment.length > 1 && *segment.at == 'v' && is_digit(segment.at[1]);
    path.length -= segment.length + (segment.length < path.length);
    return version || span_is(segment, "openai") || span_is(last_segment(path), "deployments");
}

static enum api by_method(struct span path)
{
    struct span segment = last_segment(path), before = span_to(segment, ':');
    struct span name = span_cut(segment, before.length);
    if (!span_skip(&name, ":")) {
        before = span_to(segment, '%');
        name = span_cut(segment, before.length);
        if (!span_skip(&name, "%3A") && !span_skip(&name, "%3a"))
            return API_NONE;
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (span_is(name, methods[i].name))
            return methods[i].api;
    return API_NONE;
}

enum api endpoint_of(struct span method, struct span target, bool cut)
{
    struct span path = path_of(target);
    if (!span_is(method, "POST") || (cut && !memchr(target.at, '?', target.length)))
        return API_NONE;
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        struct span before = path;
        before.length -= strlen(endpoints[i].path);
        if (span_ends(path, endpoints[i].path) &&
            (!endpoints[i].needs_version || is_version(before)))
            return endpoints[i].api;
    }
    return by_method(path);
}

struct span endpoint_model(struct span target)
{
    struct span path = path_of(target);
    for (; path.length; path = span_cut(path, 1))
        if (span_skip(&path, "/models/") || span_skip(&path, "/deployments/"))
            return span_to(span_to(span_to(path, '/'), ':'), '%');
    return path;
}

bool endpoint_has_output(enum api api)
{
    return api != API_NONE && api != API_EMBEDDINGS && api != API_GEMINI_EMBEDDINGS &&
           api != API_COHERE_EMBEDDINGS && api != API_OLLAMA_EMBEDDINGS;
}

/* Each whole, or from its dot on. */
static const char providers[][32] = {
    "api.openai.com",   ".openai.azure.com", "api.anthropic.com", "api.mistral.ai",
    ".googleapis.com",  "api.cohere.com",    "api.cohere.ai",     "api.groq.com",
    "api.deepseek.com", "api.together.xyz",  "api.fireworks.ai",  "api.perplexity.ai",
    "api.x.ai",         "openrouter.ai",     ".amazonaws.com",
};

/* Google's and Amazon's have others beside them. */
static bool is_of_models(struct span host)
{
    if (span_ends(host, ".googleapis.com"))
        return span_ends(host, "aiplatform.googleapis.com") ||
               span_ends(host, "generativelanguage.googleapis.com");
    return !span_ends(host, ".amazonaws.com") || span_skip(&host, "bedrock-runtime.");
}

bool endpoint_is_provider(struct span host)
{
    char lower[64];
    host = span_to(host, ':');
    if (host.length > sizeof lower)
        return false;
    for (size_t i = 0; i < host.length; i++)
        lower[i] = lower_case(host.at[i]);
    host.at = lower;
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        if (*providers[i] == '.' ? span_ends(host, providers[i]) : span_is(host, providers[i]))
            return is_of_models(host);
    return false;
}
