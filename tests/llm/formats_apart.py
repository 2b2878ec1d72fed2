"""formats_apart.py - the formats of providers that do not speak as OpenAI does; see formats.py."""

import json

from sse import sse


class Anthropic:
    """Its input is without what is cached; its stream counts up, and does not add."""

    FAMILY, ANSWERS = "anthropic", True
    PROMPT = ("system", "messages", "tools")
    STREAM = "text/event-stream"

    def __init__(self, target):
        self.target = target

    def streams(self, body):
        return body.get("stream", False)

    def bound(self, body):
        return body.get("max_tokens")

    def reasons(self, body):
        return False  # thinking counts as output, and is shown

    def usage(self, cost, output):
        return {
            "input_tokens": cost.prompt - cost.cache_writes - cost.cache_reads,
            "cache_creation_input_tokens": cost.cache_writes,
            "cache_read_input_tokens": cost.cache_reads,
            "output_tokens": output,
        }

    def message(self, body, content, reason, usage):
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": body.get("model"),
                "content": content, "stop_reason": reason, "stop_sequence": None, "usage": usage}

    def reason(self, cost, body):
        return "max_tokens" if cost.is_cut_off(self.bound(body)) else "end_turn"

    def whole(self, cost, body):
        content = [{"type": "text", "text": cost.text(cost.output)}]
        return self.message(body, content, self.reason(cost, body), self.usage(cost, cost.output))

    def events(self, cost, body):
        def event(name, **data):
            return sse({"type": name, **data}, name)

        def delta(reason, output):
            return event("message_delta", delta={"stop_reason": reason, "stop_sequence": None},
                         usage={"output_tokens": output})

        yield event("message_start", message=self.message(body, [], None, self.usage(cost, 1)))
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield event("ping")
        for piece in cost.pieces():
            yield event("content_block_delta", index=0,
                        delta={"type": "text_delta", "text": cost.text(piece)})
        yield event("content_block_stop", index=0)
        yield delta(None, cost.output // 2)
        yield delta(self.reason(cost, body), cost.output)
        yield event("message_stop")


class Gemini:
    """Thoughts are beside the candidates, no part of them; all counts go up from chunk to chunk."""

    FAMILY, ANSWERS = "gemini", True
    PROMPT = ("contents", "systemInstruction", "system_instruction", "tools")

    def __init__(self, target):
        self.target = target
        self.is_sse = "alt=sse" in target
        self.STREAM = "text/event-stream" if self.is_sse else "application/json"

    def streams(self, body):
        return ":stream" in self.target

    def asked(self, body):
        return body.get("generationConfig") or body.get("generation_config") or {}

    def times(self, body):
        return self.asked(body).get("candidateCount") or 1

    def bound(self, body):
        bound = self.asked(body).get("maxOutputTokens")
        return bound * self.times(body) if bound else None

    def reasons(self, body):
        return "thinkingConfig" in self.asked(body)

    def chunk(self, cost, body, text, said, reason):
        content = {"parts": [{"text": text}], "role": "model"}
        candidates = [{"content": content, "index": index} for index in range(self.times(body))]
        if reason:
            for candidate in candidates:
                candidate["finishReason"] = reason
        usage = {"promptTokenCount": cost.prompt, "candidatesTokenCount": said,
                 "totalTokenCount": cost.prompt + said + cost.reasoning}
        if cost.reasoning:
            usage["thoughtsTokenCount"] = cost.reasoning
        return {"candidates": candidates, "usageMetadata": usage, "modelVersion": "gemini"}

    def reason(self, cost, body):
        return "MAX_TOKENS" if cost.is_cut_off(self.bound(body)) else "STOP"

    def whole(self, cost, body):
        said = cost.output - cost.reasoning
        text = cost.text(said / self.times(body))
        return self.chunk(cost, body, text, said, self.reason(cost, body))

    def events(self, cost, body):
        said, pieces = 0, cost.pieces()
        for number, piece in enumerate(pieces):
            said += piece
            is_last = number == len(pieces) - 1
            chunk = self.chunk(cost, body, cost.text(piece / self.times(body)), said,
                               self.reason(cost, body) if is_last else None)
            if self.is_sse:
                yield sse(chunk)
            else:
                yield b",\n" if number else b"["
                yield json.dumps(chunk, indent=2).encode()
        if not self.is_sse:
            yield b"]\n"


class Ollama:
    """Lines of JSON, unless it is told not to; the counts are in the last one."""

    FAMILY, ANSWERS = "ollama", True
    STREAM = "application/x-ndjson"

    def __init__(self, target):
        self.target = target

    def streams(self, body):
        return body.get("stream", True)

    def bound(self, body):
        return (body.get("options") or {}).get("num_predict")

    def reasons(self, body):
        return False

    def line(self, body, text, **more):
        return {"model": body.get("model"), "created_at": "2023-11-14T22:13:20Z",
                **self.said(text), "done": False, **more}

    def whole(self, cost, body, text=None):
        reason = "length" if cost.is_cut_off(self.bound(body)) else "stop"
        return self.line(body, cost.text(cost.output) if text is None else text, done=True,
                         done_reason=reason, total_duration=5000000, load_duration=1000000,
                         prompt_eval_count=cost.prompt, prompt_eval_duration=1000000,
                         eval_count=cost.output, eval_duration=3000000)

    def events(self, cost, body):
        for piece in cost.pieces():
            yield json.dumps(self.line(body, cost.text(piece))).encode() + b"\n"
        yield json.dumps(self.whole(cost, body, "")).encode() + b"\n"


class OllamaChat(Ollama):
    PROMPT = ("messages", "tools")

    def said(self, text):
        return {"message": {"role": "assistant", "content": text}}


class OllamaGenerate(Ollama):
    PROMPT = ("system", "prompt", "suffix", "context")

    def said(self, text):
        return {"response": text}


class Cohere:
    """What is billed is less than what is counted."""

    FAMILY, ANSWERS = "cohere", True
    PROMPT = ("messages", "documents", "tools")
    STREAM = "text/event-stream"

    def __init__(self, target):
        self.target = target

    def streams(self, body):
        return body.get("stream", False)

    def bound(self, body):
        return body.get("max_tokens")

    def reasons(self, body):
        return False

    def end(self, cost, body):
        reason = "MAX_TOKENS" if cost.is_cut_off(self.bound(body)) else "COMPLETE"
        billed = {"input_tokens": cost.prompt // 2, "output_tokens": cost.output}
        tokens = {"input_tokens": cost.prompt, "output_tokens": cost.output}
        return {"finish_reason": reason, "usage": {"billed_units": billed, "tokens": tokens}}

    def whole(self, cost, body):
        content = [{"type": "text", "text": cost.text(cost.output)}]
        return {"id": "1", "message": {"role": "assistant", "content": content},
                **self.end(cost, body)}

    def events(self, cost, body):
        def event(name, **data):
            return sse({"type": name, **data}, name)

        message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
        yield event("message-start", id="1", delta={"message": message})
        yield event("content-start", index=0,
                    delta={"message": {"content": {"type": "text", "text": ""}}})
        for piece in cost.pieces():
            yield event("content-delta", index=0,
                        delta={"message": {"content": {"text": cost.text(piece)}}})
        yield event("content-end", index=0)
        yield event("message-end", delta=self.end(cost, body))
