"""Debian's libcurl for python is that of GnuTLS."""

import io
import json
import os
import sys

try:
    import pycurl
except ImportError:
    sys.exit(77)

body = {"model": "mock", "max_tokens": int(os.environ["MAX_TOKENS"]),
        "messages": [{"role": "user", "content": "x" * int(os.environ["BYTES"])}]}
curl, answer = pycurl.Curl(), io.BytesIO()
curl.setopt(pycurl.URL, os.environ["BASE_URL"] + "/v1/chat/completions")
curl.setopt(pycurl.CAINFO, os.environ["CA"])
curl.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json"])
curl.setopt(pycurl.POSTFIELDS, json.dumps(body))
curl.setopt(pycurl.WRITEDATA, answer)
curl.perform()
json.loads(answer.getvalue())
print(curl.getinfo(pycurl.RESPONSE_CODE))
