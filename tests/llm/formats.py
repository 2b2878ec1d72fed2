"""formats.py - the formats of requests and answers, by the path that is asked."""

import base64
import re

import formats_apart
from sse import sse


class OpenAI:
    """What the formats of this family share; others have the same members.

    PROMPT are the fields that count as prompt, ANSWERS whether there is generated text. bound() is
    the most tokens that a request allows, None if it does not say. whole() is an answer at once,
    events() the writes of one that is streamed.
    """

    FAMILY, ANSWERS = "openai", True
    PROMPT = ("messages", "tools", "functions")
    STREAM = "text/event-stream"
    ID = {"id": "chatcmpl-1", "created": 1700000000}

    def __init__(self, target=""):
        self.target = target

    def streams(self, body):
        return body.get("stream", False)

    def times(self, body):
        return body.get("n") or 1

    def reasons(self, body):
        return "reasoning_effort" in body or "reasoning" in body

    def bound(self, body):
        said = [body[name] for name in ("max_completion_tokens", "max_tokens") if body.get(name)]
        return max(said) * self.times(body) if said else None

    def usage(self, cost):
        """The details are parts of what is above them."""
        return {
            "prompt_tokens": cost.prompt,
            "completion_tokens": cost.output,
            "total_tokens": cost.prompt + cost.output,
            "prompt_tokens_details": {"cached_tokens": cost.prompt // 2, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": cost.reasoning, "audio_tokens": 0},
        }

    def reason(self, cost, body):
        return "length" if cost.is_cut_off(self.bound(body)) else "stop"

    def choice(self, text, reason):
        return {"message": {"role": "assistant", "content": text}, "finish_reason": reason}

    def delta(self, text, reason):
        return {"delta": {"content": text} if text else {}, "finish_reason": reason}

    OBJECT, CHUNK = "chat.completion", "chat.completion.chunk"

    def whole(self, cost, body):
        times = self.times(body)
        text = cost.text(sum(cost.pieces()) / times)
        choices = [{"index": index, **self.choice(text, self.reason(cost, body))}
                   for index in range(times)]
        return {**self.ID, "object": self.OBJECT, "model": body.get("model"),
                "choices": choices, "usage": self.usage(cost)}

    def events(self, cost, body):
        """The usage comes in a last chunk of its own if it is asked for, and is null before."""
        chunk = {**self.ID, "object": self.CHUNK, "model": body.get("model")}
        tells = (body.get("stream_options") or {}).get("include_usage")
        if tells:
            chunk["usage"] = None
        times = self.times(body)
        for number, piece in enumerate(cost.pieces()):
            delta = self.delta(cost.text(piece), None)
            yield sse({**chunk, "choices": [{"index": number % times, **delta}]})
        for index in range(times):
            delta = self.delta("", self.reason(cost, body))
            yield sse({**chunk, "choices": [{"index": index, **delta}]})
        if tells:
            yield sse({**chunk, "choices": [], "usage": self.usage(cost)})
        yield b"data: [DONE]\n\n"


class Completions(OpenAI):
    """Legacy: of several tries it may answer the best, but all count."""

    PROMPT = ("prompt", "suffix")
    OBJECT = CHUNK = "text_completion"

    def bound(self, body):
        times = max(self.times(body), body.get("best_of") or 1)
        return body["max_tokens"] * times if body.get("max_tokens") else None

    def choice(self, text, reason):
        return {"text": text, "finish_reason": reason}

    delta = choice


class Responses(OpenAI):
    PROMPT = ("input", "instructions", "tools")

    def bound(self, body):
        return body.get("max_output_tokens")

    def usage(self, cost):
        return {
            "input_tokens": cost.prompt,
            "input_tokens_details": {"cached_tokens": cost.prompt // 2},
            "output_tokens": cost.output,
            "output_tokens_details": {"reasoning_tokens": cost.reasoning},
            "total_tokens": cost.prompt + cost.output,
        }

    def whole(self, cost, body):
        status = "incomplete" if cost.is_cut_off(self.bound(body)) else "completed"
        content = {"type": "output_text", "text": cost.text(sum(cost.pieces())), "annotations": []}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "status": status,
                   "content": [content]}
        return {"id": "resp_1", "object": "response", "created_at": 1700000000, "status": status,
                "model": body.get("model"), "output": [message], "usage": self.usage(cost)}

    def events(self, cost, body):
        last = self.whole(cost, body)
        first = {**last, "status": "in_progress", "output": [], "usage": None}
        yield sse({"type": "response.created", "response": first}, "response.created")
        name = "response.output_text.delta"
        for piece in cost.pieces():
            yield sse({"type": name, "item_id": "msg_1", "output_index": 0, "content_index": 0,
                       "delta": cost.text(piece)}, name)
        name = f"response.{last['status']}"
        yield sse({"type": name, "response": last}, name)


class Embeddings(OpenAI):
    PROMPT, ANSWERS = ("input",), False

    def streams(self, body):
        return False

    def bound(self, body):
        return None

    def whole(self, cost, body):
        asked = body.get("input")
        count = len(asked) if isinstance(asked, list) and not isinstance(asked[0], int) else 1
        packed = body.get("encoding_format") == "base64"
        vector = base64.b64encode(bytes(32)).decode() if packed else [0.0] * 8
        data = [{"object": "embedding", "index": index, "embedding": vector}
                for index in range(count)]
        return {"object": "list", "data": data, "model": body.get("model"),
                "usage": {"prompt_tokens": cost.prompt, "total_tokens": cost.prompt}}


PATHS = [
    (r"/v1/chat/completions", OpenAI),
    (r"/v1/completions", Completions),
    (r"/v1/responses", Responses),
    (r"/v1/embeddings", Embeddings),
    (r"/v1/messages", formats_apart.Anthropic),
    (r"/v1beta/models/[^/]+:(generate|streamGenerate)Content", formats_apart.Gemini),
    (r"/api/chat", formats_apart.OllamaChat),
    (r"/api/generate", formats_apart.OllamaGenerate),
    (r"/v2/chat", formats_apart.Cohere),
]


def format_of(request):
    """None if it is not for a model."""
    for path, form in PATHS:
        if request.method == "POST" and re.fullmatch(path, request.path):
            return form(request.target)
    return None
