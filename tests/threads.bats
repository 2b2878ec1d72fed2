# Threads, and forks, share one limit, though each has a socket of its own.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib

setup() {
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
}

# shared ALGORITHM OPTION...
shared() {
    export RL_ALGO=$1
    start_sink --raw -r 1000000 -b 64000
    limited "$TOOLS/sender" "${@:2}" -n 1600000 send "$port"
    stop_sink
    [ "$units" -eq 1600000 ]
    at_rate 1000000
}

@test "8 threads on 8 sockets share a gcra limit" {
    shared gcra -t 8
}

@test "8 threads on 8 sockets share a token bucket" {
    shared token-bucket -t 8
}

@test "4 forked children share a gcra limit" {
    shared gcra -f 4
}

@test "4 forked children share a leaky bucket" {
    shared leaky-bucket -f 4
}

@test "8 threads that send small chunks share a limit" {
    shared gcra-leaky -t 8 -k 4000
}

@test "8 threads of datagrams share a limit" {
    export RL_ALGO=gcra
    start_sink --udp -r 1000000 -b 64000
    limited "$TOOLS/sender" -u -t 8 -k 8000 -n 1600000 send "$port"
    stop_sink
    [ "$units" -eq 1600000 ]
    at_rate 1000000
}
