"""cost.py - how many tokens a request really takes: what nobody outside a provider can know before.

All follows from the request, so that it costs the same each time. Text counts by its bytes, at a
ratio that tests choose: a limiter's estimate is to be wrong by it.
"""

import json
import math
import random
import zlib

IMAGE = 1049  # tokens, of whatever size: not text, though it comes as base64
IMAGE_KEYS = {"image_url", "inline_data", "inlineData", "source"}
# Strings that say how to read others.
NOT_TEXT = {"role", "type", "id", "name", "cache_control"}
UNBOUNDED = 500  # tokens of an answer, at most, if the request does not say


class Prompt:
    """Its text; and how many tokens of it are no text."""

    def __init__(self):
        self.text, self.other = [], 0

    def add(self, value):
        if isinstance(value, str):
            self.text.append(value)
        elif isinstance(value, bool):
            pass
        elif isinstance(value, int):
            self.other += 1  # one that the client has counted out itself
        elif isinstance(value, list):
            for item in value:
                self.add(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key in IMAGE_KEYS:
                    self.other += IMAGE
                elif key not in NOT_TEXT:
                    self.add(item)

    def bytes(self):
        return "".join(self.text).encode()


class Cost:
    """Tokens of a prompt, of which some may be cached, and of its answer."""

    def __init__(self, bytes_per_token):
        self.bytes_per_token = bytes_per_token
        self.prompt = self.cache_writes = self.cache_reads = self.output = self.reasoning = 0

    def of_text(self, text):
        return math.ceil(len(text) / self.bytes_per_token)

    def text(self, tokens):
        """Of so many tokens."""
        length = round(tokens * self.bytes_per_token)
        return ("lorem ipsum dolor sit amet " * (length // 27 + 1))[:length]

    def pieces(self, most=20):
        """The tokens of what is said, as the events of a stream bring them."""
        said = self.output - self.reasoning
        each = max(1, math.ceil(said / most))
        return [min(each, said - first) for first in range(0, said, each)]

    def is_cut_off(self, bound):
        return bound is not None and self.output >= bound


class Costs:
    """Of all requests of a provider, which remembers what it has cached."""

    def __init__(self, bytes_per_token):
        self.bytes_per_token, self.cached = bytes_per_token, set()

    def of(self, form, body):
        cost, prompt = Cost(self.bytes_per_token), Prompt()
        for field in form.PROMPT:
            prompt.add(body.get(field))
        text = prompt.bytes()
        cost.prompt = cost.of_text(text) + prompt.other
        bound = form.bound(body)
        share = random.Random(zlib.crc32(text) + (bound or 0)).uniform(0.05, 1)
        if form.ANSWERS:
            cost.output = max(1, round(share * (bound or UNBOUNDED)))
            cost.reasoning = cost.output // 4 if form.reasons(body) else 0
        self.cache(cost, body)
        return cost

    def cache(self, cost, body):
        """Anthropic: what is to be cached is written the first time, and read later."""
        system = body.get("system")
        if not isinstance(system, list) or "cache_control" not in json.dumps(system):
            return
        prompt = Prompt()
        prompt.add(system)
        text = prompt.bytes()
        if text in self.cached:
            cost.cache_reads = cost.of_text(text)
        else:
            cost.cache_writes = cost.of_text(text)
        self.cached.add(text)
