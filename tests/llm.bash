# llm.bash - a provider of language models and its clients, see tests/llm. Loaded after lib.bash.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # variables are of subshells, or used by others

LLM=$ROOT/tests/llm

# make_certificate: for those who listen as one of some names; sets certificate and key. Providers
# that are started afterwards speak TLS, too.
make_certificate() {
    need openssl
    certificate=$BATS_TEST_TMPDIR/certificate.pem key=$BATS_TEST_TMPDIR/key.pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=localhost -keyout "$key" -out "$certificate" -addext \
        'subjectAltName=DNS:localhost,DNS:api.example.com,DNS:api.other.example,IP:127.0.0.1' \
        2>"$BATS_TEST_TMPDIR/openssl.log" || skip "cannot make a certificate"
}

# start_provider [OPTION]...: of tests/llm/provider.py; sets port, and tls_port if there is a
# certificate; and python, one that is no script of another launcher.
start_provider() {
    need python3
    python=${python:-$(python3 -c 'import sys; print(sys.executable)')}
    rm -f "$BATS_TEST_TMPDIR"/{ports,report.json}
    in_background "$python" "$LLM/provider.py" --ports "$BATS_TEST_TMPDIR/ports" \
        --report "$BATS_TEST_TMPDIR/report.json" ${certificate:+--tls "$certificate" "$key"} "$@"
    provider_pid=$!
    wait_for test -e "$BATS_TEST_TMPDIR/ports"
    { read -r port && read -r tls_port; } <"$BATS_TEST_TMPDIR/ports" || [ ! "${certificate:-}" ]
}

# Then there is a report.
stop_provider() {
    kill "$provider_pid"
    wait "$provider_pid"
}

# reported EXPRESSION: what it is, in python, where the members of the report are variables.
reported() {
    "$python" -c 'import json, sys
with open(sys.argv[1]) as file:
    print(eval(sys.argv[2], json.load(file)))' "$BATS_TEST_TMPDIR/report.json" "$1"
}

# reports EXPRESSION: that it is true.
reports() {
    [ "$(reported "bool($1)")" = True ] || die "not so: $1"
}

# asks COMMAND...: of a client that prints NAME=VALUE, which are set: ok refused failed seconds.
asks() {
    local said field
    said=$("$@")
    echo "$said"
    for field in $said; do
        # shellcheck disable=SC2163 # NAME=VALUE
        declare -g "$field"
    done
}

# client [OPTION]... PORT: of tests/llm/client.py, in the end; it may be limited by who calls it.
client() {
    asks timeout 60 "$python" "$LLM/client.py" "$@"
}

# run_of CLIENT: sets command to what runs one of tests/llm/clients, 1 if that is not installed.
# Packages are for the system's python, which need not be the first in PATH.
run_of() {
    case $1 in
    *.py) command=(/usr/bin/python3) ;;
    *.sh) command=(sh) ;;
    *.rb) command=(ruby) ;;
    *.pl) command=(perl) ;;
    *.php) command=(php) ;;
    *.js) command=(node) ;;
    esac
    command -v "${command[0]}" >/dev/null || return 1
    command+=("$LLM/clients/$1")
}

# environment_of_clients BYTES MAX_TOKENS: what all of tests/llm/clients want to know of the prompt
# and the answer; besides, BASE_URL is whom to ask.
environment_of_clients() {
    export BYTES=$1 MAX_TOKENS=$2 CA=$certificate NODE_EXTRA_CA_CERTS=$certificate
    NODE_PATH=$(npm root -g 2>/dev/null) || true
    export NODE_PATH
}

# under LIMITS COMMAND...: programs that it starts are limited so.
under() {
    RL_LIMITS=$1 LD_PRELOAD=$SHIM "${@:2}"
}
