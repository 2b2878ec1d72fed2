# RL_TO: whom a limit applies to.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib

# For python, with HOST PORT: it connects twice, and says whether one of them was held for too long.
connects_twice='
import errno, socket, sys
held = 0
for _ in range(2):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=None).close()
    except OSError as error:
        if error.errno != errno.ETIMEDOUT:
            raise
        held += 1
print("held" if held else "passed")'

# python_connect HOST PORT: likewise.
python_connect() {
    limited python3 -c "$connects_twice" "$@"
}

# limit_to RULES: of the connections that they apply to one may pass, the next times out.
limit_to() {
    need python3
    export RL_CAPACITY=1 RL_SECONDS=60 RL_CALLS=connect RL_TIMEOUT=50ms RL_TO=$1
}

@test "RL_TO: an address" {
    limit_to 127.0.0.1
    start_sink
    [ "$(python_connect 127.0.0.1 "$port")" = held ]
}

@test "RL_TO: another address" {
    limit_to 127.0.0.2,192.0.2.1
    start_sink
    [ "$(python_connect 127.0.0.1 "$port")" = passed ]
}

@test "RL_TO: a network" {
    limit_to 192.0.2.0/24,127.0.0.0/8
    start_sink
    [ "$(python_connect 127.0.0.1 "$port")" = held ]
}

@test "RL_TO: a port" {
    start_sink
    limit_to ":$port"
    [ "$(python_connect 127.0.0.1 "$port")" = held ]
    limit_to :1
    [ "$(python_connect 127.0.0.1 "$port")" = passed ]
}

@test "RL_TO: an address and port" {
    start_sink
    limit_to "127.0.0.1:$port"
    [ "$(python_connect 127.0.0.1 "$port")" = held ]
    limit_to 127.0.0.1:1
    [ "$(python_connect 127.0.0.1 "$port")" = passed ]
}

@test "RL_TO: ! excludes" {
    start_sink
    limit_to '!127.0.0.0/8'
    [ "$(python_connect 127.0.0.1 "$port")" = passed ]
    limit_to "127.0.0.0/8,!:$port"
    [ "$(python_connect 127.0.0.1 "$port")" = passed ]
    limit_to '127.0.0.0/8,!127.0.0.2'
    [ "$(python_connect 127.0.0.1 "$port")" = held ]
}

# reached TO BEHAVIOUR
reached() {
    held "calls 1/h burst=1 timeout=1ms to=$1" destinations "$2"
}

@test "RL_TO: what the unspecified address reaches: 127.0.0.1" {
    reached 127.0.0.1 version_4
    reached 0.0.0.0 version_4
    reached '127.0.0.0/8,!127.0.0.9' version_4
}

@test "RL_TO: what the unspecified address reaches: where the socket is bound" {
    reached 127.0.0.9 source
    reached '127.0.0.0/8,!0.0.0.0' source
}

@test "RL_TO: what the unspecified address reaches: ::1" {
    reached ::1 version_6
    reached :: version_6
}

@test "RL_TO: localhost is loopback, whoever looked it up" {
    reached localhost localhost
    reached '*.localhost' localhost
    reached app.localhost localhost
}

@test "RL_TO: an address of no family on IPv6" {
    reached ::1 unspecified_family
}

@test "RL_TO: a host name" {
    need python3
    knows_localhost
    start_sink
    limit_to localhost
    [ "$(python_connect localhost "$port")" = held ]
    limit_to "localhost:$port"
    [ "$(python_connect localhost "$port")" = held ]
    limit_to example.com
    [ "$(python_connect localhost "$port")" = passed ]
}

@test "RL_TO: ! excludes a host name" {
    need python3
    knows_localhost
    start_sink
    limit_to '!localhost'
    [ "$(python_connect localhost "$port")" = passed ]
}

# near LIST PORT: whether a server that sends 30 kB on two of its ports is held on that one.
near() {
    need python3
    RL_LIMITS="out 100kB/s burst=1kB local=$1" limited python3 -c '
import socket, sys, time
for _ in range(2):
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    connection, _ = server.accept()
    begin = time.monotonic()
    connection.sendall(b"x" * 30000)
    print(server.getsockname()[1], "held" if time.monotonic() - begin > 0.28 else "passed")
'
}

# near_udp LIST: likewise of a socket that is bound to a port, and to no address.
near_udp() {
    need python3
    RL_LIMITS="out 10kB/s burst=1kB local=$1" limited python3 -c '
import socket, sys, time
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", 0))
near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
near.bind(("0.0.0.0", int(sys.argv[1])))
begin = time.monotonic()
for _ in range(3):
    near.sendto(b"x" * 1000, peer.getsockname())
print("held" if time.monotonic() - begin > 0.19 else "passed")
' "$2"
}

@test "local: the near end, by address and port" {
    [[ $(near 127.0.0.1) == *held*held ]]
    [[ $(near 127.0.0.0/8) == *held*held ]]
    [[ $(near 127.0.0.2) == *passed*passed ]]
    [[ $(near '!127.0.0.1') == *passed*passed ]]
    [[ $(near :1) == *passed*passed ]]
    port=$(free_port)
    [ "$(near_udp ":$port" "$port")" = held ]
    [ "$(near_udp "!:$port" "$port")" = passed ]
}

@test "local and to: both ends must be listed" {
    [[ $(near '127.0.0.1 to=127.0.0.0/8') == *held*held ]]
    [[ $(near '127.0.0.1 to=192.0.2.1') == *passed*passed ]]
    [[ $(near '192.0.2.1 to=127.0.0.0/8') == *passed*passed ]]
}

@test "local: connections that a server accepts" {
    need python3
    port=$(free_port)
    for list in ":$port held" ':1 passed' '127.0.0.0/8 held'; do
        RL_LIMITS="accept 4/s burst=1 local=${list% *}" run_limited python3 -c '
import socket, sys, time
server = socket.create_server(("", int(sys.argv[1])))
begin = time.monotonic()
for _ in range(3):
    client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    server.accept()
print("held" if time.monotonic() - begin > 0.24 else "passed")' "$port"
        [ "$stdout" = "${list#* }" ]
    done
}

# limit_a_burst LIST: a sink, and hardly more to those than 100 bytes.
limit_a_burst() {
    export RL_LIMITS="out 100/1h burst=100 timeout=50ms to=$1"
    start_sink --raw
}

# Of a program that said more than that, and that at once.
verdict() {
    stop_sink >/dev/null
    holds "$units > 0" || die "nothing was sent"
    if holds "$units <= 100"; then echo held; else echo passed; fi
}

# said LIST COMMAND...: %p in it is the port of the sink.
said() {
    limit_a_burst "$1"
    shift
    limited timeout 5 "${@//%p/$port}" >/dev/null 2>&1 || true
    verdict
}

long=$(printf 'x%.0s' {1..200})

@test "RL_TO: the server name that TLS begins with, though nobody looked it up" {
    need curl
    url=(curl -skm 2 --resolve a.example:%p:127.0.0.1 https://a.example:%p/)
    [ "$(said a.example "${url[@]}")" = held ]
    [ "$(said '*.example' "${url[@]}")" = held ]
    [ "$(said '127.0.0.0/8,!a.example' "${url[@]}")" = passed ]
    [ "$(said b.example "${url[@]}")" = passed ]
}

@test "RL_TO: the server name of a hello that is sent in pieces, and not taken as a whole" {
    need python3
    hello='
import socket, ssl, sys
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
context = ssl.create_default_context()
tls = context.wrap_bio(incoming, outgoing, server_hostname="a.example")
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    pass
hello = outgoing.read()
stream = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for at in range(0, len(hello), int(sys.argv[2])):
    stream.send(hello[at:at + int(sys.argv[2])])
stream.send(b"x" * 300)'
    for size in 1 100 4096; do
        limit_a_burst a.example
        limited python3 -c "$hello" "$port" "$size" 2>/dev/null || true
        stop_sink >/dev/null
        echo "in pieces of $size: $units"
        # What came before its name was known is not counted.
        holds "$units <= 400"
    done
    [ "$(said b.example python3 -c "$hello" %p 100)" = passed ]
}

@test "RL_TO: the Host of an HTTP request to an address" {
    need curl
    url=(curl -sm 2 -H 'Host: A.example:80' "http://127.0.0.1:%p/$long")
    [ "$(said a.example "${url[@]}")" = held ]
    [ "$(said "a.example:1" "${url[@]}")" = passed ]
    [ "$(said b.example "${url[@]}")" = passed ]
}

@test "RL_TO: what a proxy is asked for, of that connection alone" {
    need curl
    limit_a_burst a.example:81
    url() {
        echo "curl -sm 2 -x http://127.0.0.1:$port $1/$long"
    }
    run_limited sh -c "$(url http://a.example:81); $(url http://b.example:81)"
    stop_sink >/dev/null
    holds "$units > 300 && $units < 600" || die "$units bytes"
    proxied=(curl -skm 2 -A "$long" -x http://127.0.0.1:%p https://a.example/)
    [ "$(said a.example "${proxied[@]}")" = held ]
    [ "$(said a.example:443 "${proxied[@]}")" = held ]
    [ "$(said a.example:444 "${proxied[@]}")" = passed ]
    [ "$(said b.example "${proxied[@]}")" = passed ]
}

@test "RL_TO: each request of a connection to a proxy, and what is in a tunnel" {
    need python3
    run_limited env RL_LIMITS='out 20kB/s burst=1kB to=a.example' python3 -c '
import socket, time
proxy = socket.create_server(("127.0.0.1", 0))
def held(stream, *said):
    begin = time.monotonic()
    for text in said:
        stream.sendall(text)
    return time.monotonic() - begin > 1
def connect():
    streams.append(socket.create_connection(proxy.getsockname()))
    streams.append(proxy.accept()[0])
    return streams[-2]
def request(host):
    return f"PUT http://{host}/ HTTP/1.1\r\nContent-Length: 30000\r\n\r\n".encode() + bytes(30000)
streams = []
plain, tunnel = connect(), connect()
print(*(held(plain, request(host)) for host in ["b.example", "a.example", "b.example"]),
      held(tunnel, b"CONNECT a.example:443 HTTP/1.1\r\n\r\n", bytes(30000)),
      held(connect(), bytes(30000)))'
    [ "$stdout" = "False True False True False" ]
}

@test "RL_TO: a name that is said teaches its address" {
    need curl
    need python3
    start_sink --raw
    for list in 'a.example held' 'b.example passed'; do
        limit_to "${list% *}"
        # shellcheck disable=SC2016 # for that shell
        run_limited sh -c 'curl -sm 2 -H "Host: a.example" "http://127.0.0.1:$0/"; exec python3 -c "$1" 127.0.0.1 "$0"' \
            "$port" "$connects_twice"
        [ "$stdout" = "${list#* }" ]
    done
}

need_network() {
    [ "$(id -u)" -eq 0 ] || skip "only root can do that"
    need unshare ip
    unshare -n true 2>/dev/null || skip "no namespaces here (unshare -n)"
}

# in_network COMMAND...: with a loopback of its own, where a name server can be, and nothing else.
in_network() {
    # shellcheck disable=SC2016 # for that shell
    unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

# looked_up WAY NAME: see lookups.py.
looked_up() {
    in_network env LD_PRELOAD="$SHIM" timeout 20 python3 "$ROOT/tests/names/lookups.py" "$@"
}

@test "RL_TO: answers that the program gets from a name server by itself" {
    need_network
    limit_to a.example
    for way in by_recvfrom by_recv by_read by_recvmsg by_recvmmsg by_tcp by_tcp_in_two \
        by_tcp_in_three; do
        echo "$way"
        [ "$(looked_up "$way" a.example)" = held ]
    done
    [ "$(looked_up by_recvfrom b.example)" = passed ]
    [ "$(looked_up in_no_way a.example)" = passed ]
    RL_TO=canonical.example
    [ "$(looked_up by_recvfrom b.example)" = held ]
}

@test "RL_TO: gethostbyname" {
    need_network
    need_namespaces
    limit_to a.example
    echo "127.0.0.9 a.example" >"$BATS_TEST_TMPDIR/hosts"
    # shellcheck disable=SC2016 # for that shell
    run unshare -mn sh -c 'mount --bind "$1" /etc/hosts && ip link set lo up && shift && exec "$@"' sh \
        "$BATS_TEST_TMPDIR/hosts" env LD_PRELOAD="$SHIM" timeout 20 \
        python3 "$ROOT/tests/names/lookups.py" by_gethostbyname a.example
    [ "$output" = held ]
}

@test "RL_TO: c-ares, as node has it" {
    need node
    need_network
    limit_to a.example
    # shellcheck disable=SC2016 # for that shell
    node_says() {
        in_network timeout 60 sh -c 'python3 "$1/name_server.py" >"$2" &
            until [ -s "$2" ]; do sleep 0.02; done
            LD_PRELOAD=$3 timeout 20 node "$1/lookup.js" "$4"
            kill $!' sh "$ROOT/tests/names" "$BATS_TEST_TMPDIR/serves" "$SHIM" "$1" 3>&-
    }
    [ "$(node_says a.example)" = held ]
    rm "$BATS_TEST_TMPDIR/serves"
    [ "$(node_says b.example)" = passed ]
}
