/*
 * endpoint.h - which requests are to a large language model: by method and path, since hosts are
 * anybody's, and proxies put prefixes before the path.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "span.h"

/* Whose format it is; many more speak each. */
enum api {
    API_NONE,
    API_CHAT,       /* OpenAI: /v1/chat/completions, with Azure's and others' prefixes; Mistral */
    API_COMPLETION, /* OpenAI: /v1/completions */
    API_RESPONSES,  /* OpenAI: /v1/responses */
    API_EMBEDDINGS, /* OpenAI: /v1/embeddings: without output */
    API_MESSAGES,   /* Anthropic: /v1/messages; Google's and Amazon's proxies of it */
    API_GEMINI,     /* Google: :generateContent, :streamGenerateContent */
    API_GEMINI_EMBEDDINGS,
    API_COHERE, /* /v2/chat */
    API_COHERE_EMBEDDINGS,
    API_OLLAMA, /* /api/chat, /api/generate */
    API_OLLAMA_EMBEDDINGS,
};

/*
 * endpoint_of - the format of a request to that target (RFC 9112, 3.2; with a query, or as proxies
 * get it, with scheme and host). `cut`: its end is missing. API_NONE: not to a model, as are
 * /v1/models, or what only counts tokens.
 */
enum api endpoint_of(struct span method, struct span target, bool cut);

/* endpoint_model - the model, where the path names it (Gemini, Azure's deployments); else empty. */
struct span endpoint_model(struct span target);

/* endpoint_host - the host, and port, of a target with a scheme; else empty. */
struct span endpoint_host(struct span target);

/* endpoint_is_provider - whether a host, in any case and with or without its port, is one of those
 * whose business are models: for where nothing else is known of a request. */
bool endpoint_is_provider(struct span host);

/* endpoint_has_output - whether such a request makes the model generate any. */
bool endpoint_has_output(enum api api);

#endif
