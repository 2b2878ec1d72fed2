# What is read of an answer, whatever its format, its coding, and how it comes: limits on tokens have
# counted what the provider does, exactly.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; llm.bash sets variables

load lib
load llm

# Python's own packages are for the system's, which so can code in more ways.
setup() {
    [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
    make_certificate
    start_provider
}

# counted [OPTION]... PORT: of tests/llm/counted.py, which fails if anything is counted otherwise.
counted() {
    timeout 60 "$BUILD/rlshim" -l 'tpm 1G name=all' -l 'tpm 1G count=input name=input' \
        -l 'tpm 1G count=output name=output' -l 'tpm 1G cached=free name=uncached' \
        -l 'rpm 1G name=requests' "$python" "$LLM/counted.py" --rlshim "$BUILD/rlshim" "$@"
}

@test "each format, in each framing, in pieces of odd sizes" {
    [ "$(counted "$port")" -eq 252 ]
    [ "$(counted --tls "$certificate" "$tls_port")" -eq 252 ]
}

@test "in gzip and deflate, which python reads by zlib" {
    [ "$(counted --encodings gzip,deflate "$port")" -eq 504 ]
    [ "$(counted --encodings gzip,deflate --tls "$certificate" "$tls_port")" -eq 504 ]
}

# can_code PACKAGE LIBRARY: the provider can write it, and its client read it.
can_code() {
    "$python" -c 'import ctypes, importlib, sys
importlib.import_module(sys.argv[1])
ctypes.CDLL(sys.argv[2])' "$@" 2>"$BATS_TEST_TMPDIR/missing" ||
        skip "$(tail -n 1 "$BATS_TEST_TMPDIR/missing")"
}

@test "in brotli, by libbrotlidec" {
    can_code brotli libbrotlidec.so.1
    [ "$(counted --encodings br "$port")" -eq 252 ]
    [ "$(counted --encodings br --tls "$certificate" "$tls_port")" -eq 252 ]
}

@test "in zstd, by libzstd" {
    can_code zstandard libzstd.so.1
    [ "$(counted --encodings zstd "$port")" -eq 252 ]
    [ "$(counted --encodings zstd --tls "$certificate" "$tls_port")" -eq 252 ]
}

# pictures WAY [OPTION]... PORT: no request is charged as if its picture were text, however it comes.
pictures() {
    rm -f "$BATS_TEST_TMPDIR/trace"
    asks env RL_TRACE="$BATS_TEST_TMPDIR/trace" timeout 60 "$BUILD/rlshim" --tpm '360k burst=3000' \
        "$python" "$LLM/pictures.py" "$@"
    awk -F, 'NR > 1 && $7 > most { most = $7 } END { exit !(NR == 10 && most < 3000) }' \
        "$BATS_TEST_TMPDIR/trace" || die "$(<"$BATS_TEST_TMPDIR/trace")"
    holds "$seconds < 30"
}

@test "a picture of 2 MB is not taken for text, at once or in pieces, plain or by TLS" {
    local way
    for way in together apart pieces; do
        pictures "$way" "$port"
        pictures --tls "$certificate" "$way" "$tls_port"
    done
}
