"""asking.py - requests in each format, and what an answer to one must end with."""

import json
import random

WORDS = ("the of and to in is you that it he was for on are as with his they at be this have from "
         "or one had by word but not what all were we when your can said there use").split()

# The path, and what the last event of a stream has in it.
FORMATS = {
    "openai": ("/v1/chat/completions", b"[DONE]"),
    "completions": ("/v1/completions", b"[DONE]"),
    "responses": ("/v1/responses", b"total_tokens"),
    "embeddings": ("/v1/embeddings", b""),
    "anthropic": ("/v1/messages", b"message_stop"),
    "gemini": ("/v1beta/models/mock:generateContent", b"finishReason"),
    "ollama": ("/api/chat", b'"done": true'),
    "cohere": ("/v2/chat", b"message-end"),
    "other": ("/v1/moderations", b""),
}


def text(chance, size):
    """So many bytes of words."""
    words = []
    while size > 0:
        words.append(chance.choice(WORDS))
        size -= len(words[-1]) + 1
    return " ".join(words)


def body(form, prompt, bound, stream):
    message = {"model": "mock", "messages": [{"role": "user", "content": prompt}]}
    if form == "responses":
        return {"model": "mock", "input": prompt, "max_output_tokens": bound, "stream": stream}
    if form == "completions":
        return {"model": "mock", "prompt": prompt, "max_tokens": bound, "stream": stream}
    if form in ("embeddings", "other"):
        return {"model": "mock", "input": prompt}
    if form == "gemini":
        return {"contents": [{"role": "user", "parts": [{"text": prompt}]}],
                "generationConfig": {"maxOutputTokens": bound}}
    if form == "ollama":
        return {**message, "options": {"num_predict": bound}, "stream": stream}
    if form == "openai":
        message["stream_options"] = {"include_usage": True} if stream else None
    return {**message, "max_tokens": bound, "stream": stream}


class Asking:
    """Of requests, one after the other; the same ones for the same seed."""

    def __init__(self, form, stream, sizes, bounds, seed):
        self.form, self.stream, self.sizes, self.bounds = form, stream, sizes, bounds
        self.chance = random.Random(seed)
        self.path, self.last = FORMATS[form]
        if form == "gemini" and stream:
            self.path = self.path.replace(":generate", ":streamGenerate") + "?alt=sse"

    def next(self):
        prompt = text(self.chance, self.chance.randint(*self.sizes))
        bound = self.chance.randint(*self.bounds)
        return json.dumps(body(self.form, prompt, bound, self.stream)).encode()

    def is_whole(self, answer):
        """Nothing is missing in it, or wrong."""
        if self.stream and self.last:
            return self.last in answer
        try:
            return isinstance(json.loads(answer), dict)
        except ValueError:
            return False
