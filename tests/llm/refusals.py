"""refusals.py - errors, and each form in which providers say how long to wait."""

import email.utils
import math
import time

STATUSES = {429: "Too Many Requests", 503: "Service Unavailable", 529: "Overloaded"}


def date(seconds):
    return {"Retry-After": email.utils.formatdate(math.ceil(time.time() + seconds), usegmt=True)}


def anthropic(seconds):
    """Instants, of all that is limited; what is not used up comes back sooner."""
    def instant(at):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(math.ceil(at)))

    return {
        "anthropic-ratelimit-requests-remaining": "7",
        "anthropic-ratelimit-requests-reset": instant(time.time()),
        "anthropic-ratelimit-tokens-remaining": "0",
        "anthropic-ratelimit-tokens-reset": instant(time.time() + seconds),
    }


def openai(seconds):
    """Durations as Go writes them."""
    minutes, rest = divmod(seconds, 60)
    return {
        "x-ratelimit-remaining-requests": "7",
        "x-ratelimit-reset-requests": "0s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": f"{minutes:.0f}m{rest:.3f}s" if minutes else f"{rest:.3f}s",
    }


# `body` is in the body, `none` is silence.
FORMS = {
    "seconds": lambda seconds: {"Retry-After": str(math.ceil(seconds))},
    "fraction": lambda seconds: {"Retry-After": f"{seconds:.3f}"},
    "date": date,
    "ms": lambda seconds: {"retry-after-ms": str(math.ceil(seconds * 1000))},
    "anthropic": anthropic,
    "openai": openai,
    "body": lambda seconds: {},
    "none": lambda seconds: {},
}


def remaining(family, tokens):
    """What the headers of a success say that is left; nothing if it is None."""
    name = {"anthropic": "anthropic-ratelimit-tokens-remaining"}.get(
        family, "x-ratelimit-remaining-tokens")
    return {} if tokens is None else {name: tokens}


def refusal(family, status, form, seconds):
    """Headers and body of an error, as the providers of that family have it."""
    reason = STATUSES.get(status, "Error")
    if family == "anthropic":
        kind = {429: "rate_limit_error", 529: "overloaded_error"}.get(status, "api_error")
        body = {"type": "error", "error": {"type": kind, "message": reason}}
    elif family == "gemini":
        body = {"error": {"code": status, "message": reason, "status": "RESOURCE_EXHAUSTED"}}
    else:
        body = {"error": {"message": reason, "type": "tokens", "code": "rate_limit_exceeded"}}
    if form == "body":
        body["error"]["details"] = [
            {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds:g}s"},
        ]
    return FORMS[form](seconds), body
