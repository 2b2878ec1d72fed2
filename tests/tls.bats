# What is said over TLS: told as the program says it, each byte once, in order, before it departs, by
# all ways that programs go to a library. tests/tls/told.c writes it down, tests/tls/server.py what
# arrived.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib

TLS=$ROOT/tests/tls
TOLD_BY=$BUILD/tests/tls/told.so

# Their own libssl under another name, as of an interpreter that brings its own.
build_clients() {
    local flags=(-std=gnu11 -D_GNU_SOURCE -fPIC -shared) libssl
    cc "${flags[@]}" -o "$BATS_FILE_TMPDIR/client.so" "$TLS/client.c" -l:libssl.so.3 || return
    libssl=$(ldd "$BATS_FILE_TMPDIR/client.so" | sed -n 's/.*libssl.so.3 => \([^ ]*\).*/\1/p')
    sed 's/libssl\.so\.3/libtls.so.3/g' "$libssl" >"$BATS_FILE_TMPDIR/libtls.so.3"
    cc "${flags[@]}" -o "$BATS_FILE_TMPDIR/other.so" "$TLS/client.c" \
        "$BATS_FILE_TMPDIR/libtls.so.3" -Wl,-rpath,"$BATS_FILE_TMPDIR"
}

setup_file() {
    command -v openssl >/dev/null || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
        -keyout "$BATS_FILE_TMPDIR/key.pem" -out "$BATS_FILE_TMPDIR/cert.pem" 2>/dev/null
    build_clients 2>"$BATS_FILE_TMPDIR/log" || rm -f "$BATS_FILE_TMPDIR"/*.so
}

setup() {
    need openssl python3
    directory=$BATS_TEST_TMPDIR
    cp "$BATS_FILE_TMPDIR"/*.pem "$directory"
    export TOLD=$directory/told
    mkdir "$TOLD"
}

# start_server [GROUP]: sets port.
start_server() {
    in_background python3 "$TLS/server.py" "$directory" "$@"
    wait_for test -e "$directory/port"
    port=$(<"$directory/port")
}

# Command $@ under the shim that writes down what it is told.
told() {
    timeout --foreground 60 env LD_PRELOAD="$TOLD_BY" "$@"
}

# client BEHAVIOUR: of tests/tls/client.c.
client() {
    [ -e "$BATS_FILE_TMPDIR/client.so" ] || skip "nothing can be linked with libssl.so.3"
    told "$BUILD/tests/tls/load" "${libraries[@]-$BATS_FILE_TMPDIR/client.so}" -- "$1" "$port" "${@:2}"
}

# A server writes down what it sends before it does, but its end only after that.
arrived() {
    [ "$(cat "$directory"/*.got | wc -c)" -eq "$(cat "$TOLD"/*.out | wc -c)" ]
}

# all_was_told SESSIONS: so many, and of each what the server got and sent, and nothing of others.
all_was_told() {
    local path name count=0
    wait_for arrived
    for path in "$directory"/*.got; do
        name=${path##*/} name=${name%.got}
        cmp "$path" "$TOLD/$name.out"
        cmp "$directory/$name.sent" "$TOLD/$name.in"
        count=$((count + 1))
    done
    [ "$count" -eq "$1" ]
    [ "$(find "$TOLD" -name '*.out' | wc -l)" -eq "$1" ]
}

# And that the peer had closed.
ends_were_told() {
    [ "$(find "$TOLD" -name '*.end' | wc -l)" -eq "$1" ]
}

# agreed PROTOCOL: all sessions on that.
agreed() {
    local path
    for path in "$directory"/*.alpn; do
        [ "$(<"$path")" = "$1" ] || return
    done
}

@test "SSL_write, which makes the handshake, and SSL_read" {
    start_server
    client write
    all_was_told 1
    ends_were_told 1
}

@test "SSL_write_ex and SSL_read_ex" {
    start_server
    client write_ex
    all_was_told 1
    ends_were_told 1
}

@test "retries that offer the same bytes again" {
    start_server
    client waiting_for_all
    all_was_told 1
}

@test "partial writes from buffers that move" {
    start_server
    client in_parts
    all_was_told 1
}

@test "a session that is resumed" {
    start_server
    client resumed
    all_was_told 2
    [ "$(find "$directory" -name '*.resumed' | wc -l)" -eq 1 ]
}

@test "sessions that have the address of one that is gone" {
    start_server
    client reused
    all_was_told 300
}

@test "a hello that has to be sent twice" {
    start_server secp521r1
    client write_ex
    all_was_told 1
}

# The server sends what it reads itself.
start_openssl_server() {
    port=$(free_port)
    mkfifo "$directory/lines"
    # shellcheck disable=SC2016 # it is for sh
    in_background sh -c 'while sleep 0.1; do echo line; done >"$0"' "$directory/lines"
    # shellcheck disable=SC2016
    in_background sh -c 'exec openssl s_server -quiet -accept "127.0.0.1:$0" -cert "$1/cert.pem" \
        -key "$1/key.pem" -early_data <"$1/lines" >"$1/log" 2>&1' "$port" "$directory"
    wait_for listening "$port"
}

@test "early data, with the hello" {
    start_openssl_server
    client early
    wait_for grep -q 'the third, late' "$directory/log"
    diff "$(grep -L hello "$TOLD"/*.out)" - <<'END'
the first line
the second line, early as well
the third, late
END
}

@test "two libraries at once, of the same functions" {
    start_server
    libraries=("$BATS_FILE_TMPDIR"/{other,client}.so)
    client write_ex
    all_was_told 4
}

# build FLAGS NAME: of the text on standard input.
build() {
    cc -D_GNU_SOURCE -x c - -x none "${@:1:$#-1}" -o "$directory/${*: -1}" || skip "cannot be built here"
}

# Loaded side by side, and then where others were before.
@test "the function that is called is that of the library that made the session" {
    local number
    for number in 1 2 3 4 5 6 7; do
        build -fPIC -shared -DNUMBER=$number -Wl,-soname,libpretend$number.so \
            "libpretend$number.so" <"$TLS/pretend.c"
        build -fPIC -shared -O2 -DNUMBER=$number -DUSER "$directory/libpretend$number.so" \
            -Wl,-rpath,"$directory" "user$number.so" <"$TLS/pretend.c"
    done
    told "$BUILD/tests/tls/load" "$directory"/user{7,3,5,1,2,4,6}.so --
    told "$BUILD/tests/tls/load" "$directory"/user{7,3,5,1,2,4,6}.so -- unmarked
    told "$BUILD/tests/tls/load" "$directory"/user{7,3,5,1,2,4,6}.so -- jump
}

@test "python, blocking" {
    start_server
    told python3 "$TLS/clients.py" blocking "$port"
    all_was_told 1
}

@test "python, with an event loop" {
    start_server
    told python3 "$TLS/clients.py" loop "$port"
    all_was_told 30
}

# need_library NAME: by which a program can load it.
need_library() {
    python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null || skip "there is no $1"
}

@test "functions that are looked up by name, of OpenSSL" {
    need_library libssl.so.3
    start_server
    told python3 "$TLS/clients.py" openssl "$port"
    all_was_told 1
    ends_were_told 1
    agreed http/1.1
}

@test "functions that are looked up by name, of GnuTLS" {
    need_library libgnutls.so.30
    start_server
    told python3 "$TLS/clients.py" gnutls "$port"
    all_was_told 1
    ends_were_told 1
    agreed http/1.1
}

@test "what is next to who calls dlsym is not what is next to the library" {
    build -shared -fPIC -ldl before.so <<'END'
#include <dlfcn.h>
#include <stdio.h>
__attribute__((constructor)) static void start(void)
{
    Dl_info here = {0};
    dladdr(dlsym(RTLD_NEXT, "write"), &here);
    printf("%s\n", here.dli_fname);
}
END
    [ "$(env LD_PRELOAD="$directory/before.so:$TOLD_BY" true)" = "$TOLD_BY" ]
    [[ $(env LD_PRELOAD="$TOLD_BY:$directory/before.so" true) == */libc.so* ]]
}

# Which look up what they stand in front of before these functions work.
@test "programs with a sanitizer start, and find what they look up" {
    local kind
    for kind in address thread; do
        build -fsanitize="$kind" "$kind" <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW);
    return !dlsym(RTLD_NEXT, "malloc") || !dlsym(libc, "puts") || dlsym(libc, "no such function");
}
END
        RL_CAPACITY=10 LD_PRELOAD=$SHIM ASAN_OPTIONS=detect_leaks=0 "$directory/$kind"
        told "$directory/$kind"
    done
}

@test "curl, which would speak HTTP/2" {
    need curl
    start_server
    [ "$(told curl -sSk -o /dev/null -w '%{http_version}' --data-binary "@$(noise 200000)" \
        "https://127.0.0.1:$port/100000")" = 1.1 ]
    all_was_told 1
    agreed http/1.1
}

@test "curl with GnuTLS" {
    /usr/bin/python3 -c 'import pycurl; assert "GnuTLS" in pycurl.version' 2>/dev/null ||
        skip "there is no pycurl with GnuTLS"
    start_server
    told /usr/bin/python3 -c '
import io, pycurl, sys
curl = pycurl.Curl()
curl.setopt(curl.URL, "https://127.0.0.1:" + sys.argv[1] + "/5000")
curl.setopt(curl.SSL_VERIFYPEER, 0)
curl.setopt(curl.SSL_VERIFYHOST, 0)
curl.setopt(curl.POSTFIELDS, "x" * 100000)
answer = io.BytesIO()
curl.setopt(curl.WRITEDATA, answer)
curl.perform()
assert len(answer.getvalue()) == 5000
assert curl.getinfo(curl.INFO_HTTP_VERSION) == pycurl.CURL_HTTP_VERSION_1_1' "$port"
    all_was_told 1
    agreed http/1.1
}

@test "wget" {
    need wget
    start_server
    told wget -q --no-check-certificate -O /dev/null --post-file="$(noise 100000)" \
        "https://127.0.0.1:$port/3000"
    all_was_told 1
}

# offered NAMES AGREED: what a client offers, and what the server, which would take h2, agrees to.
offered() {
    rm -f "$directory"/*.alpn
    client offers "$1"
    wait_for agreed "$2"
}

@test "of what a client offers, HTTP/2 is left out, and nothing else" {
    start_server
    offered h2,http/1.1 http/1.1
    offered http/1.1,h2 http/1.1
    offered h2 http/1.1
    offered h2,http/1.0 http/1.1
    offered http/1.1 http/1.1
    offered http/1.0 none
    offered "$(printf 'name%d,' {1..200})h2" http/1.1
}

@test "without a limit that reads, HTTP/2 is what it was" {
    [ -e "$BATS_FILE_TMPDIR/client.so" ] || skip "nothing can be linked with libssl.so.3"
    start_server
    RL_CAPACITY=100 limited "$BUILD/tests/tls/load" "$BATS_FILE_TMPDIR/client.so" -- offers "$port" h2,http/1.1
    wait_for agreed h2
}
