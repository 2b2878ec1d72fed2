import os
import sys

try:
    import requests
except ImportError:
    sys.exit(77)

body = {"model": "mock", "max_tokens": int(os.environ["MAX_TOKENS"]),
        "messages": [{"role": "user", "content": "x" * int(os.environ["BYTES"])}]}
print(requests.post(os.environ["BASE_URL"] + "/v1/chat/completions", json=body, timeout=60,
                    verify=os.environ["CA"]).status_code)
