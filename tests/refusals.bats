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

@test "RL_HTTP2=alow is refused, and allow suggested" {
    RL_CAPACITY=4 RL_HTTP2=alow refused RL_HTTP2 alow "'allow'"
    RL_HTTP2=allow refused RL_HTTP2 "RL_HTTP2 alone limits nothing"
}

@test "requests are counted in what is said, and not of calls" {
    RL_CAPACITY=4 RL_UNIT=requests RL_CALLS=send refused RL_CALLS send "whatever calls say it"
}

@test "what counts of requests and tokens is refused of other limits" {
    RL_LIMITS='out 1MB/s count=input' refused RL_LIMITS input "'tokens' or 'requests'"
    RL_LIMITS='out 9tokens/s cached=free' refused RL_LIMITS free "'tokens'"
    RL_LIMITS='requests 9/s count=input' refused RL_LIMITS input "all, models"
}

@test "a quota of which the burst leaves nothing is refused, and one that does named" {
    RL_LIMITS='tpm 90k burst=90k' refused RL_LIMITS 90k burst=1800
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

@test "RL_RATE is refused, and RL_CAPACITY suggested" {
    RL_RATE=200kB RL_UNIT=bytes refused RL_RATE "'RL_CAPACITY'"
    RL_RATE=200kB refused RL_RATE "'RL_CAPACITY'"
}

@test "beside a limit, the names that others have for its parts are refused" {
    local row
    for row in RL_PERIOD:RL_SECONDS RL_INTERVAL:RL_SECONDS RL_WINDOW:RL_SECONDS \
        RL_SECS:RL_SECONDS RL_HOST:RL_TO RL_BURST_SIZE:RL_BURST RL_DIRECTION:RL_CALLS \
        RL_LOGFILE:RL_LOG RL_BANDWIDTH:RL_CAPACITY RL_TX:RL_LIMITS; do
        (export "${row%:*}=60" && RL_CAPACITY=5 refused "${row%:*}" "did you mean '${row#*:}'?")
    done
}

@test "beside a limit, any other RL_ variable is refused, and how to leave it out told" {
    RL_LIMITS='out 1MB/s' RL_HOME=/home refused "'RL_HOME'" "env -u 'RL_HOME' COMMAND"
    RL_CAPACITY=5 RL_XYZZY='' refused "'RL_XYZZY'"
}

@test "what refines RL_CAPACITY is refused without it" {
    local variable
    for variable in RL_UNIT=bytes RL_BURST=1 RL_CALLS=send RL_SECONDS=60 RL_TO=localhost; do
        (export "${variable?}" && refused "${variable%=*}" "RL_CAPACITY is missing")
        (export "${variable?}" && RL_LIMITS='out 1MB/s' refused "${variable%=*}" "RL_CAPACITY is missing")
    done
}

@test "what adjusts limits is refused without any" {
    local variable
    for variable in RL_ALGO=gcra RL_MODE=police RL_TIMEOUT=1 RL_SCOPE=process RL_NONBLOCK=block \
        RL_BYTES_PER_TOKEN=3; do
        (export "${variable?}" && refused "${variable%=*}" "RL_CAPACITY, RL_LIMITS or RL_CONFIG is missing")
    done
}

@test "a limit that is set to nothing is refused" {
    local name
    for name in RL_CAPACITY RL_LIMITS RL_CONFIG; do
        (export "$name=" && refused "$name" "set to nothing")
    done
    for name in RL_CALLS RL_UNIT RL_SECONDS RL_BURST RL_TO RL_SCOPE RL_LIMITS; do
        (export "$name=" && RL_CAPACITY=4 refused "$name" "set to nothing")
    done
    RL_LIMITS=' ; ' refused RL_LIMITS "no limit in it"
    echo '# out 1MB/s' >"$BATS_TEST_TMPDIR/limits"
    RL_CONFIG=$BATS_TEST_TMPDIR/limits refused RL_CONFIG "no limit in"
}

@test "a unit that may be bytes or bits is refused, and both are named" {
    RL_LIMITS='out 8Mb/s' refused RL_LIMITS 8MB 8Mbit
    RL_CAPACITY=10mb RL_UNIT=bytes refused RL_CAPACITY 10MB 10Mbit
    RL_LIMITS='out 1mbps' refused RL_LIMITS 1MB/s 1Mbit/s
}

@test "RL_CAPACITY as a rate is refused" {
    RL_CAPACITY=1MB/s RL_UNIT=bytes refused RL_CAPACITY "an amount alone"
}
