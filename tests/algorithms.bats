# Each algorithm holds a curl upload to 1 MB/s, in bytes or in tokens.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; stop_sink sets variables

load lib

upload() {
    need curl
    start_sink -r 1000000 -b 64000
    export RL_ALGO=$1
    limited curl -sS -T "$(zeros 1500000)" "http://127.0.0.1:$port/"
    stop_sink
    at_rate 1000000
}

@test "leaky-bucket holds curl to 1 MB/s" {
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
    upload leaky-bucket
}

@test "token-bucket holds curl to 1 MB/s" {
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
    upload token-bucket
}

@test "gcra holds curl to 1 MB/s" {
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
    upload gcra
}

@test "gcra-leaky holds curl to 1 MB/s" {
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
    upload gcra-leaky
}

@test "llm-token holds curl to 250k tokens of 4 bytes a second" {
    export RL_CAPACITY=250k RL_BURST=16k RL_CALLS=send,write
    upload llm-token
}

@test "llm-token holds curl to 100k tokens of 10 bytes a second" {
    export RL_CAPACITY=100k RL_BURST=6400 RL_BYTES_PER_TOKEN=10 RL_CALLS=send,write
    upload llm-token
}

@test "the burst is the capacity if it is not given" {
    need curl
    start_sink -r 1000000 -b 1000000
    export RL_ALGO=GCRA_Leaky RL_CAPACITY=1MB RL_UNIT=bytes
    limited curl -sS -T "$(zeros 2000000)" "http://127.0.0.1:$port/"
    stop_sink
    at_rate 1000000
    holds "$seconds < 1.3"
}
