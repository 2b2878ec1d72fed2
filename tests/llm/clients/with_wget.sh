#!/bin/sh
# With GnuTLS, where Debian builds it.
set -eu
command -v wget >/dev/null || exit 77
prompt=$(head -c "$BYTES" /dev/zero | tr '\0' x)
messages=$(printf '[{"role": "user", "content": "%s"}]' "$prompt")
wget -q -S -t 1 -O /dev/null --ca-certificate="$CA" --header='Content-Type: application/json' \
    --post-data="{\"model\": \"mock\", \"max_tokens\": $MAX_TOKENS, \"messages\": $messages}" \
    "$BASE_URL/v1/chat/completions" 2>&1 | awk '/HTTP\// { print $2; exit }'
