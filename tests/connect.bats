# Connections are held to a rate; the server counts them.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib

# hold RATE BURST COUNT [OPTION]...
hold() {
    export RL_CAPACITY=$1 RL_BURST=$2 RL_CALLS=connect
    start_sink -c -r "$1" -b "$2"
    limited "$TOOLS/connector" -n "$3" "${@:4}" "$port"
    accepted "$3"
    at_rate "$1"
}

# Connecting ends in the backlog: give the sink the time to accept the last of them.
accepted() {
    sleep 0.05
    stop_sink
    [ "$units" -eq "$1" ] || die "$units connections of $1"
}

@test "10 connects a second, in a loop" {
    hold 10 10 30
}

@test "10 connects a second, in 8 threads" {
    hold 10 10 30 -t 8
}

@test "100 connects a second, in a loop" {
    hold 100 10 160
}

@test "100 connects a second, in 8 threads" {
    hold 100 10 160 -t 8
}

@test "1000 connects a second, in a loop" {
    hold 1000 20 1520
}

@test "1000 connects a second, in 8 threads" {
    hold 1000 20 1520 -t 8
}

@test "RL_CAPACITY=10 RL_CALLS=connect alone: ten at once, then ten a second" {
    export RL_CAPACITY=10 RL_CALLS=connect
    start_sink -c -r 10 -b 10
    limited "$TOOLS/connector" -n 25 "$port"
    accepted 25
    at_rate 10
}

@test "4 per 2 seconds: four at once, then one each half second" {
    export RL_CAPACITY=4 RL_SECONDS=2 RL_CALLS=connect
    start_sink -c -r 2 -b 4
    limited "$TOOLS/connector" -n 7 "$port"
    accepted 7
    at_rate 2
}

@test "curl, once for each of many addresses" {
    need curl
    export RL_CAPACITY=20 RL_BURST=2 RL_CALLS=connect
    start_sink -c -r 20 -b 2
    mapfile -t urls < <(yes "http://127.0.0.1:$port/" | head -n 22)
    run limited curl -s -m 10 "${urls[@]}"
    accepted 22
    at_rate 20
}

@test "8 threads that take each other's descriptor numbers get no error" {
    export RL_CAPACITY=5000 RL_BURST=50 RL_CALLS=connect
    start_sink -c -r 5000 -b 50
    limited "$TOOLS/connector" -n 8000 -t 8 "$port"
    accepted 8000
    within_bound 5000
}
