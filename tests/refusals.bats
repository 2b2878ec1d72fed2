# A wrong configuration is one clear error, and the program does not run: exit status 125.
# shellcheck disable=SC2154 # run_limited sets variables

load lib

# refused TEXT...: the program did not run, and the message has each text.
refused() {
    run_limited echo "it ran"
    [ "$status" -eq 125 ]
    [ "$stdout" = "" ]
    [[ $stderr == rlshim:* ]]
    local text
    for text; do
        [[ $stderr == *"$text"* ]] || die "no '$text' in the message"
    done
}

@test "RL_CAPACITY=-3 is refused" {
    RL_CAPACITY=-3 refused RL_CAPACITY -3
}

@test "RL_CAPACITY=0 is refused" {
    RL_CAPACITY=0 refused RL_CAPACITY
}

@test "RL_CAPACITY of an unknown unit is refused" {
    RL_CAPACITY=1XB RL_UNIT=bytes refused RL_CAPACITY 1XB
}

@test "RL_CAPACITY above 64 bits is refused" {
    RL_CAPACITY=99999999999999999999 refused RL_CAPACITY 99999999999999999999
}

@test "RL_CAPACITY above 64 bits by its unit is refused" {
    RL_CAPACITY=99999999999GB RL_UNIT=bytes refused RL_CAPACITY 99999999999GB
}

@test "RL_ALGO=gcrra is refused, and gcra suggested" {
    RL_CAPACITY=4 RL_ALGO=gcrra refused RL_ALGO gcrra "gcra"
    [[ ${stderr//gcrra/} == *gcra* ]]
}

@test "RL_SECONDS=0 is refused" {
    RL_CAPACITY=4 RL_SECONDS=0 refused RL_SECONDS
}

@test "RL_SECONDS=soon is refused" {
    RL_CAPACITY=4 RL_SECONDS=soon refused RL_SECONDS soon
}

@test "RL_BURST=0 is refused" {
    RL_CAPACITY=4 RL_BURST=0 refused RL_BURST
}

@test "RL_UNIT=bits is refused" {
    RL_CAPACITY=4 RL_UNIT=bits refused RL_UNIT bits
}

@test "RL_CALLS=sned is refused" {
    RL_CAPACITY=4 RL_CALLS=sned refused RL_CALLS sned
}

@test "RL_MODE=poilce is refused" {
    RL_CAPACITY=4 RL_MODE=poilce refused RL_MODE poilce
}

@test "RL_NONBLOCK=blok is refused, and block suggested" {
    RL_CAPACITY=4 RL_NONBLOCK=blok refused RL_NONBLOCK blok "'block'"
}

@test "RL_LIMITS of a nonblock that is none is refused, and what there is named" {
    RL_LIMITS='out 1MB/s nonblock=yes' refused RL_LIMITS yes "auto, block"
}

@test "RL_TIMEOUT=-1 is refused" {
    RL_CAPACITY=4 RL_TIMEOUT=-1 refused RL_TIMEOUT -1
}

@test "RL_TO of an address that is none is refused" {
    RL_CAPACITY=4 RL_TO=10.0.0.0/33 refused RL_TO 10.0.0.0/33
}

@test "RL_TO of a port that is none is refused" {
    RL_CAPACITY=4 RL_TO=:70000 refused RL_TO 70000
}

@test "RL_ESCAPE=alow is refused, and allow suggested" {
    RL_CAPACITY=4 RL_ESCAPE=alow refused RL_ESCAPE alow "'allow'"
}

@test "RL_BYTES_PER_TOKEN=0 is refused" {
    RL_CAPACITY=4 RL_ALGO=llm-token RL_BYTES_PER_TOKEN=0 refused RL_BYTES_PER_TOKEN
}

@test "RL_LIMITS of an unknown unit is refused" {
    RL_LIMITS='out 1XB/s' refused RL_LIMITS 1XB
}

@test "RL_LIMITS of an unknown option is refused" {
    RL_LIMITS='out 1MB/s brust=64KiB' refused RL_LIMITS brust
}

@test "RL_LIMITS of an unknown kind is refused" {
    RL_LIMITS='uot 1MB/s' refused RL_LIMITS uot
}

@test "RL_LIMITS without a rate is refused" {
    RL_LIMITS='out' refused RL_LIMITS out
}

@test "RL_LIMITS with a second limit that is wrong is refused" {
    RL_LIMITS='out 1MB/s; connect 10/q' refused RL_LIMITS 10/q
}

@test "RL_CONFIG with a wrong line is refused by its number" {
    printf '# a comment\n\nout 1MB/s\nconnect ten/s\n' >"$BATS_TEST_TMPDIR/limits"
    RL_CONFIG=$BATS_TEST_TMPDIR/limits refused limits:4 ten
}

@test "RL_CONFIG that does not exist is refused" {
    RL_CONFIG=$BATS_TEST_TMPDIR/nothing refused RL_CONFIG "$BATS_TEST_TMPDIR/nothing"
}

@test "RL_BRUST is refused, and RL_BURST suggested" {
    RL_CAPACITY=4 RL_BRUST=2 refused RL_BRUST RL_BURST
}

@test "RL_CAPCITY alone does not limit nothing, in silence" {
    RL_CAPCITY=4 refused RL_CAPCITY RL_CAPACITY
}
