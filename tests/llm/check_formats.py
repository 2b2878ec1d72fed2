"""check_formats.py PORT - does each format tell the tokens that the provider itself counts?

Each is asked at once and as a stream. Where a format has usage is written down here once more, as
the documents of the providers have it: another reading than that of formats.py.
"""

import http.client
import json
import sys

MESSAGES = [{"role": "user", "content": "How many words does it take? " * 20}]
STREAM = {"stream": True}
OPENAI = {"model": "mock", "messages": MESSAGES, "n": 2, "max_tokens": 100,
          "reasoning_effort": "low"}
CACHED = [{"type": "text", "text": "Be brief. " * 50, "cache_control": {"type": "ephemeral"}}]
ANTHROPIC = {"model": "mock", "max_tokens": 100, "messages": MESSAGES, "system": CACHED}
GEMINI = {"contents": [{"parts": [{"text": "How many?"}]}],
          "generationConfig": {"maxOutputTokens": 90, "candidateCount": 2, "thinkingConfig": {}}}
OLLAMA = {"model": "mock", "messages": MESSAGES, "options": {"num_predict": 100}}
RESPONSES = {"model": "mock", "input": MESSAGES, "max_output_tokens": 5000}
GENERATE = "/v1beta/models/mock:generateContent"
STREAM_GENERATE = "/v1beta/models/mock:streamGenerateContent"


def ask(path, body):
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
    connection.request("POST" if body else "GET", path, json.dumps(body) if body else None)
    response = connection.getresponse()
    assert response.status == 200, (path, response.status)
    return response.read()


def events(answer):
    """Of a stream: the data of each."""
    lines = [line[6:] for line in answer.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def openai(usage):
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    return usage["prompt_tokens"], usage["completion_tokens"]


def openai_stream(answer):
    assert answer.endswith(b"data: [DONE]\n\n")
    *before, last = events(answer)
    assert last["choices"] == [] and all(chunk["usage"] is None for chunk in before)
    return openai(last["usage"])


def no_usage(answer):
    assert b"usage" not in answer and len(events(answer)) > 5


def responses(answer):
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    return usage["input_tokens"], usage["output_tokens"]


def responses_stream(answer):
    last = events(answer)[-1]
    assert last["type"] == "response.completed"
    return responses(last["response"])


def anthropic(usage):
    return (usage["input_tokens"] + usage["cache_creation_input_tokens"] +
            usage["cache_read_input_tokens"], usage["output_tokens"])


def anthropic_stream(answer):
    """The last count, not the sum of them."""
    all_of_them = events(answer)
    start = all_of_them[0]["message"]["usage"]
    assert all_of_them[-1] == {"type": "message_stop"}
    assert start["cache_read_input_tokens"] > 0
    deltas = [event["usage"] for event in all_of_them if event["type"] == "message_delta"]
    assert len(deltas) > 1
    return anthropic({**start, **deltas[-1]})


def gemini(answer):
    usage = answer["usageMetadata"]
    assert len(answer["candidates"]) == 2
    said = usage["candidatesTokenCount"] + usage["thoughtsTokenCount"]
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + said
    return usage["promptTokenCount"], said


def ollama(answer):
    assert answer["done"] is True
    return answer["prompt_eval_count"], answer["eval_count"]


def cohere(answer):
    tokens = answer["usage"]["tokens"]
    return tokens["input_tokens"], tokens["output_tokens"]


def whole(read):
    return lambda answer: read(json.loads(answer))


CASES = [
    ("/v1/chat/completions", OPENAI, whole(lambda answer: openai(answer["usage"]))),
    ("/v1/chat/completions", {**OPENAI, **STREAM, "stream_options": {"include_usage": True}},
     openai_stream),
    ("/v1/chat/completions", {**OPENAI, **STREAM}, no_usage),
    ("/v1/completions", {"prompt": "Once", "max_tokens": 50, "best_of": 3},
     whole(lambda answer: openai(answer["usage"]))),
    ("/v1/completions", {"prompt": "Once", **STREAM, "stream_options": {"include_usage": True}},
     openai_stream),
    ("/v1/responses", RESPONSES, whole(responses)),
    ("/v1/responses", {**RESPONSES, **STREAM}, responses_stream),
    ("/v1/embeddings", {"input": [[1, 2, 3], [4, 5]]},
     whole(lambda answer: (answer["usage"]["total_tokens"], 0))),
    ("/v1/messages", ANTHROPIC, whole(lambda answer: anthropic(answer["usage"]))),
    ("/v1/messages", {**ANTHROPIC, **STREAM}, anthropic_stream),
    (GENERATE, GEMINI, whole(gemini)),
    (STREAM_GENERATE + "?alt=sse", GEMINI, lambda answer: gemini(events(answer)[-1])),
    (STREAM_GENERATE, GEMINI, lambda answer: gemini(json.loads(answer)[-1])),
    ("/api/chat", {**OLLAMA, "stream": False}, whole(ollama)),
    ("/api/chat", OLLAMA, lambda answer: ollama(json.loads(answer.split(b"\n")[-2]))),
    ("/api/generate", {"prompt": "Once", "stream": False}, whole(ollama)),
    ("/v2/chat", OPENAI, whole(cohere)),
    ("/v2/chat", {**OPENAI, **STREAM}, lambda answer: cohere(events(answer)[-1]["delta"])),
    ("/v1/models", None, whole(lambda answer: (0, 0))),
]

said = [read(ask(path, body)) for path, body, read in CASES]
rows = json.loads(ask("/report", None))["rows"]
assert len(rows) == len(CASES)
for (path, _, _), tokens, row in zip(CASES, said, rows):
    assert row["status"] == 200 and row["path"] == path, row
    assert tokens in (None, (row["prompt"], row["output"])), (path, tokens, row)
    assert path == "/v1/models" or row["prompt"] > 0, row
