# What the library and the launcher ask of the C library that they meet, which in a container is
# another one than they were built with.

load lib

# The oldest glibc for them, and that with which aarch64 began.
OLDEST=GLIBC_2.17

imports() {
    readelf --wide --dyn-syms "$1" | awk '$7 == "UND" { print $8 }'
}

setup() {
    need readelf
    BINARIES=("$SHIM" "$BUILD/rlshim")
}

# Nothing else either, as GLIBC_PRIVATE, or GLIBC_ABI_DT_RELR, which tells of a feature of ld.so(8).
@test "no version of glibc is asked for above 2.17" {
    imports "$SHIM" | grep -q @GLIBC_ || skip "this C library has no versions"
    local binary version newer
    for binary in "${BINARIES[@]}"; do
        newer=
        while read -r version; do
            if [[ $version != GLIBC_[0-9]* ]] ||
                [ "$(printf '%s\n' "$version" "$OLDEST" | sort -V | tail -n 1)" != "$OLDEST" ]; then
                newer+="$version: $(imports "$binary" | grep -F "@$version" | tr '\n' ' ')"
            fi
        done < <(readelf --wide --version-info "$binary" | sed -n 's/.* Name: \([^ ]*\) .*/\1/p')
        [ "$newer" = "" ] || die "$binary needs $newer"
    done
}

# Others may be missing in an image, or mean threads where there were none (libpthread, of old).
@test "no library is needed but libc" {
    local binary
    for binary in "${BINARIES[@]}"; do
        [[ $(readelf --wide --dynamic "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') == \
            libc.so* ]]
    done
}

@test "all is bound at the start, and no text is written to" {
    local binary
    for binary in "${BINARIES[@]}"; do
        [[ $(readelf --wide --dynamic "$binary") == *NOW* ]]
        [[ $(readelf --wide --dynamic "$binary") != *TEXTREL* ]]
    done
}

# Then libc does not stand behind it.
@test "it limits who opens it by dlopen, too" {
    need python3
    RL_LIMITS='calls 20/s burst=1' run python3 -c '
import ctypes, socket, sys, time
shim = ctypes.CDLL(sys.argv[1])
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
begin = time.monotonic()
for _ in range(5):
    assert shim.send(client.fileno(), b"x", 1, 0) == 1
assert time.monotonic() - begin >= 0.2
peer = server.accept()[0]
assert peer.recv(9, socket.MSG_WAITALL | socket.MSG_DONTWAIT) == b"xxxxx"' "$SHIM"
    echo "$output"
    [ "$status" -eq 0 ]
}
