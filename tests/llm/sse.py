"""sse.py - events of a stream (WHATWG HTML, server-sent events)."""

import json


def sse(data, event=None):
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()
