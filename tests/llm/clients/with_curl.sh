#!/bin/sh
# With OpenSSL, where Debian builds it.
set -eu
command -v curl >/dev/null || exit 77
prompt=$(head -c "$BYTES" /dev/zero | tr '\0' x)
printf '{"model": "mock", "messages": [{"role": "user", "content": "%s"}], "max_tokens": %d}' \
    "$prompt" "$MAX_TOKENS" |
    curl -sS -o /dev/null -w '%{http_code}\n' --cacert "$CA" -H 'Content-Type: application/json' \
        --data-binary @- "$BASE_URL/v1/chat/completions"
