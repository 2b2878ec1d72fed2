# RL_TO: whom a limit applies to.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib

# python_connect HOST PORT: connects twice, and says whether one of them was held for too long.
python_connect() {
    limited python3 -c '
import errno, socket, sys
held = 0
for _ in range(2):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=None).close()
    except OSError as error:
        if error.errno != errno.ETIMEDOUT:
            raise
        held += 1
print("held" if held else "passed")' "$@"
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

knows_localhost() {
    python3 -c 'import socket; socket.gethostbyname("localhost")' 2>/dev/null ||
        skip "localhost is not known here"
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
