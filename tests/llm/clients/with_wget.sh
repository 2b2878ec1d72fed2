#!/bin/sh
# With GnuTLS, where Debian builds it.
set -eu
command -v wget >/dev/null || exit 77
prompt=$(head -c "$BYTES" /dev/zero | tr '\0' x)
body=$(printf '{"model": "mock", "max_tokens": %d, "messages": [{"role": "user", "content": "%s"}]}' \
    "$MAX_TOKENS" "$prompt")
wget -q -S -t 1 -O /dev/null --ca-certificate="$CA" --header='Content-Type: application/json' \
    --post-data="$body" "$BASE_URL/v1/chat/completions" 2>&1 | awk '/HTTP\// { print $2; exit }'
