import json
import os
import ssl
import urllib.request

body = {"model": "mock", "max_tokens": int(os.environ["MAX_TOKENS"]),
        "messages": [{"role": "user", "content": "x" * int(os.environ["BYTES"])}]}
asked = urllib.request.Request(os.environ["BASE_URL"] + "/v1/chat/completions",
                               json.dumps(body).encode(), {"Content-Type": "application/json"})
trusted = ssl.create_default_context(cafile=os.environ["CA"])
with urllib.request.urlopen(asked, timeout=60, context=trusted) as answer:
    json.load(answer)
    print(answer.status)
