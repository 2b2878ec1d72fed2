# Limits that are changed while they are at work: at once, for all who share them, in the bound, and
# whoever is killed.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; variables go by name

load lib
load tree
load seen

setup() {
    export RECORD=$BATS_TEST_TMPDIR/record SHIM
    times=50 duration=4 soon=1
    if [ "${LONG:-}" ]; then
        times=1000 duration=9 soon=0.25
    fi
}

now_ns() {
    python3 -c 'import time; print(time.monotonic_ns())'
}

# set_at RATE: of the crowd, noted for departures.c.
set_at() {
    local from
    from=$(now_ns)
    "$RLSHIM" set "$crowd" "out $1/s burst=100kB"
    changes+=(-c "$from:$(now_ns):$1")
}

crowd_is_there() {
    "$RLSHIM" stats --json "$crowd" 2>/dev/null | grep -q '"waiting": [1-9]'
}

# up_and_down OPTION...: 50 who wait, while the rate goes from 10 MB/s to 1 and back.
up_and_down() {
    local crowd changes=()
    start_sink --raw
    in_background env RL_LIMITS='out 10MB/s burst=100kB' LD_PRELOAD="$SHIM:$TOOLS/recorder.so" \
        "$TOOLS/crowd" "$@" -n 50 -k 60000 -d "$duration" send "$port"
    crowd=$!
    wait_for crowd_is_there
    sleep $((duration / 4))
    set_at 1000000
    sleep $((duration / 4))
    set_at 10000000
    wait "$crowd"
    "$TOOLS/departures" -k s -r 10000000 -b 100000 "${changes[@]}" "$RECORD" >"$RECORD.found"
    cat "$RECORD.found"
    # And at the rates, by and large: in between it was a tenth.
    local units
    units=$(sed -n 's/^units=\([0-9]*\) .*/\1/p' "$RECORD.found")
    holds "$units > 0.8 * 10000000 * ($duration - $duration / 4)"
}

@test "up and down with 50 threads that wait: the bound holds in every window" {
    up_and_down
}

@test "and with 50 processes" {
    up_and_down -f
}

# moves WAY LIMIT AFTER: with a minute to wait, who waits in such a way goes as soon as it is AFTER.
moves() {
    local moved=$BATS_TEST_TMPDIR/moved-$1 from
    in_background "$RLSHIM" -l "$2" "$(system_python)" "$ROOT/tests/loops/moved.py" "$1" "$port" \
        >"$moved"
    local waiter=$!
    wait_for grep -q waits "$moved"
    sleep 0.4
    [ "$(wc -l <"$moved")" -eq 1 ] || die "it does not wait"
    from=$(now_ns)
    "$RLSHIM" set "$waiter" "$3"
    wait "$waiter"
    awk -v from="$from" -v way="$1" 'END {
        took = $1 - from / 1e9
        print way ": " took
        exit took > '"$soon"' }' "$moved" # of which the launcher's start takes some
}

@test "who has to wait for a minute moves when the rate is raised: sends" {
    start_sink --raw
    local way
    for way in send send-timeout send-poll send-edges asyncio; do
        moves "$way" 'out 1kB/s burst=1kB' 'out 10MB/s burst=100kB'
    done
}

@test "receives" {
    start_sink --raw
    local way
    for way in receive receive-all receive-edges; do
        moves "$way" 'in 1kB/s burst=1kB' 'in 10MB/s burst=100kB'
    done
}

@test "who is refused and polls, as well" {
    start_sink --raw
    local way
    for way in send-poll send-edges; do
        moves "$way" 'out 1kB/s burst=1kB mode=police' 'out 10MB/s burst=100kB'
    done
    moves receive-edges 'in 1kB/s burst=1kB mode=police' 'in 10MB/s burst=100kB'
}

@test "connects" {
    start_sink --raw
    local way
    for way in connect connect-asyncio; do
        moves "$way" 'connect 1/m burst=1' 'connect 1000/s burst=1'
    done
}

# What is said of files of other versions, which may be there, is not looked at.
quiet() {
    "$RLSHIM" "$@" 2>/dev/null
}

units_passed() {
    seen_as "['limits'][0]['units']"
}

@test "who is killed while he changes it leaves one rate or the other" {
    send_slowly 'out 100kB/s burst=20kB'
    local i rate before after killed=0 end
    # In microseconds; it finds by itself how long one takes that nobody kills, however busy the machine.
    local longest=4000
    for ((i = 0; i < times; i++)); do
        rate=$((100 + 100 * (i % 2)))
        end=$((${EPOCHREALTIME/[.,]/} + RANDOM * longest / 32768))
        "$RLSHIM" set "$sender" "out ${rate}kB/s burst=20kB" >/dev/null &
        local changer=$! status=0
        # Not by read -t: before bash 5.2 an alarm that comes before it reads is lost.
        while ((${EPOCHREALTIME/[.,]/} < end)); do :; done
        kill -9 "$changer" 2>/dev/null || true
        wait "$changer" || status=$?
        if [ "$status" -eq 137 ]; then
            killed=$((killed + 1)) longest=$((longest * 9 / 8))
        else
            longest=$((longest * 8 / 9 + 1))
        fi
    done
    holds "$killed > $times / 10 && $killed < $times" || die "$killed of $times were killed"
    before=$(units_passed)
    sleep 1
    after=$(units_passed)
    holds "$after - $before > 80000 && $after - $before < 300000"
    rate=$(seen_as "['limits'][0]['capacity']")
    [ "$rate" -eq 100000 ] || [ "$rate" -eq 200000 ]
    "$RLSHIM" set "$sender" 'out 1MB/s burst=20kB'
    [ "$(seen_as "['limits'][0]['capacity']")" -eq 1000000 ]
    stop_sink
}

@test "many who change it at once all do" {
    send_slowly 'out 100kB/s burst=20kB'
    local i pids=() pid
    for ((i = 0; i < 20; i++)); do
        "$RLSHIM" set "$sender" "out $((50 + i))kB/s burst=20kB" >/dev/null &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    "$RLSHIM" reset "$sender"
    [ "$(seen_as "['limits'][0]['capacity']")" -eq 100000 ]
}

@test "a pause holds all, until it is resumed" {
    send_slowly 'out 100kB/s burst=4kB'
    run quiet pause "$sender"
    [ "$output" = "tree $tree: out 100kB/s is paused" ]
    sleep 0.3
    local before
    before=$(units_passed)
    sleep 0.5
    [ "$(units_passed)" -eq "$before" ]
    [ "$(seen_as "['limits'][0]['paused']")" = True ]
    "$RLSHIM" stats "$sender" | grep -q 'paused'
    "$RLSHIM" status "$sender" | grep -q 'but it is paused'
    "$RLSHIM" stats --prometheus "$sender" | grep -q '^rlshim_limit_paused{.*} 1$'
    "$RLSHIM" top --once "$sender" | grep -q 'paused'
    "$RLSHIM" set "$sender" 'out 50kB/s burst=4kB' | grep -q '; paused$'
    [ "$("$RLSHIM" pause "$sender" out)" = "tree $tree: out 50kB/s was paused already" ]
    run quiet resume "$sender" out
    [ "$output" = "tree $tree: out 50kB/s goes on" ]
    sleep 0.5
    holds "$(units_passed) > $before + 10000 && $(units_passed) < $before + 4000 + 100000"
    [ "$("$RLSHIM" resume "$sender")" = "tree $tree: out 50kB/s was not paused" ]
}

@test "reset is back to what it was" {
    send_slowly 'out 100kB/s burst=4kB' 'connect 10/s name=peers'
    "$RLSHIM" set "$tree" 'out 50kB/s burst=5kB'
    "$RLSHIM" set "$tree" 'connect 5/s name=few'
    "$RLSHIM" pause "$tree"
    run quiet reset "$tree"
    [ "${lines[0]}" = "tree $tree: out 100kB/s, until now out 50kB/s: 100000 bytes/s, 4000 at once from rest" ]
    [ "${lines[1]}" = "tree $tree: peers, until now few: 10 calls/s, 10 at once from rest" ]
    [ "$(seen_as "['limits'][0]['paused']")" = False ]
}

@test "what it is called, and for how long it is" {
    send_slowly 'out 20kB/s burst=4kB' 'connect 10/s name=peers'
    "$RLSHIM" set "$tree" 'connect 20/s burst=5'
    [ "$(seen_as "['limits'][1]['label']")" = peers ]
    [ "$(seen_as "['limits'][1]['capacity']")" -eq 20 ]
    "$RLSHIM" set "$tree" 'out 30kB/s'
    [ "$(seen_as "['limits'][0]['label']")" = "out 30kB/s" ]
    [ "$(seen_as "['limits'][0]['burst']")" -eq 30000 ]
}

@test "those who come later have the rate that it has then, and the summary tells it" {
    start_sink --raw
    local begin
    cat >"$BATS_TEST_TMPDIR/tree.sh" <<EOF
echo \$\$ >$BATS_TEST_TMPDIR/pid
while [ ! -e $BATS_TEST_TMPDIR/go ]; do sleep 0.05; done
$TOOLS/sender -n 200000 send $port
EOF
    RL_SUMMARY=1 in_background "$RLSHIM" -l 'out 1kB/s burst=1kB' sh "$BATS_TEST_TMPDIR/tree.sh" \
        2>"$BATS_TEST_TMPDIR/summary"
    local shell=$!
    wait_for test -s "$BATS_TEST_TMPDIR/pid"
    wait_for "$RLSHIM" set "$shell" 'out 200kB/s burst=20kB'
    begin=$(now_ns)
    touch "$BATS_TEST_TMPDIR/go"
    wait "$shell"
    holds "$(now_ns) - $begin > 0.85e9 && $(now_ns) - $begin < 3e9"
    grep -q '^rlshim: out 200kB/s: .* 200000 bytes' "$BATS_TEST_TMPDIR/summary"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/summary")" -eq 1 ]
}

@test "a name means the same limit as before, and as it is now" {
    local name=set-$$-$RANDOM
    start_sink --raw
    in_background "$RLSHIM" -l "out 1kB/s burst=500 scope=shared:$name" \
        "$TOOLS/sender" -n 100000 send "$port"
    wait_for "$RLSHIM" set "shared:$name" 'out 1MB/s burst=10kB'
    "$RLSHIM" -l "out 1kB/s burst=500 scope=shared:$name" "$TOOLS/sender" -n 100000 send "$port"
    "$RLSHIM" -l "out 1MB/s burst=10kB scope=shared:$name" "$TOOLS/sender" -n 100000 send "$port"
    in_background "$RLSHIM" -l "out 1kB/s burst=500 scope=shared:$name" \
        sh -c "touch $BATS_TEST_TMPDIR/joined; sleep 20"
    wait_for test -e "$BATS_TEST_TMPDIR/joined"
    run "$RLSHIM" -l "out 2MB/s burst=10kB scope=shared:$name" true
    [ "$status" -eq 125 ]
}

@test "a name that is paused stays so, also with nobody there" {
    local name=set-$$-$RANDOM
    start_sink --raw
    # Whoever starts before it is paused would clean up what is full again: it is not for a second.
    "$RLSHIM" -l "out 10B/s burst=1MB scope=shared:$name" "$TOOLS/sender" -n 10 send "$port"
    "$RLSHIM" pause "shared:$name"
    sleep 0.2
    "$RLSHIM" -u 1MB true # who starts cleans up
    in_background "$RLSHIM" -l "out 10B/s burst=1MB scope=shared:$name" \
        "$TOOLS/sender" -n 10 send "$port"
    local waiter=$!
    sleep 0.5
    kill -0 "$waiter"
    "$RLSHIM" resume "$name"
    wait "$waiter"
}

are_seen() {
    "$RLSHIM" stats "$sender" >/dev/null 2>&1
}

@test "requests and tokens, and quotas: by what they count" {
    in_background "$RLSHIM" -l 'tokens 9k/m count=input' -l 'requests 5/s' --rpm 60 sleep 60
    sender=$!
    wait_for are_seen
    [ "$(seen_as "['limits'][0]['unit']")" = tokens ]
    [ "$(seen_as "['limits'][1]['unit']")" = requests ]
    "$RLSHIM" set "$sender" 'tokens 8k/min'
    [ "$(seen_as "['limits'][0]['capacity']")" -eq 8000 ]
    "$RLSHIM" set "$sender" 'tpm 9k count=input'
    [ "$(seen_as "['limits'][0]['capacity']")" -eq 8775 ]
    [ "$(seen_as "['limits'][0]['label']")" = 'tpm 9k' ]
    "$RLSHIM" set "$sender" 'requests 4/s'
    [ "$(seen_as "['limits'][1]['capacity']")" -eq 4 ]
    "$RLSHIM" set "$sender" 'rpm 30'
    [ "$(seen_as "['limits'][2]['capacity']")" -eq 29 ]
    local other
    for other in 'tokens 8k/m count=output' 'out 8ktokens/m' 'tokens 8k/m cached=free'; do
        run "$RLSHIM" set "$sender" "$other"
        [ "$status" -eq 125 ]
        [[ $output == *"no limit counts the same"* ]]
    done
}

@test "what set refuses, and how" {
    send_slowly 'out 20kB/s burst=4kB' 'out 30kB/s to=127.0.0.1' 'out 40kB/s to=127.0.0.0/8'
    run "$RLSHIM" set
    [ "$status" -eq 125 ]
    [[ $output == *"set NAME|PID 'WHAT RATE [burst=SIZE]' [LIMIT]: something is missing"* ]]
    run "$RLSHIM" set "$tree" 'out 1MB/s/s'
    [ "$status" -eq 125 ]
    [[ $output == *'^'* ]]
    run "$RLSHIM" set "$tree" 'in 1MB/s'
    [ "$status" -eq 125 ]
    [[ $output == *"no limit counts the same as 'in 1MB/s'; there are"*"out 20kB/s"* ]]
    run "$RLSHIM" set "$tree" 'out 1MB/s mode=police'
    [ "$status" -eq 125 ]
    [[ $output == *"mode"*"stay what they are"* ]]
    run "$RLSHIM" set no-such-name 'out 1MB/s'
    [ "$status" -eq 125 ]
    run "$RLSHIM" pause "$tree" in
    [ "$status" -eq 125 ]
    [[ $output == *"no limit is called 'in'; there are"* ]]
    [ "$(seen_as "['limits'][0]['capacity']")" -eq 20000 ]
    # The one to everybody, and one of the others; and by what it is called.
    "$RLSHIM" set "$tree" 'out 41kB/s' 'out 40kB/s'
    [ "$(seen_as "['limits'][2]['capacity']")" -eq 41000 ]
    "$RLSHIM" reset "$tree" 'out 41kB/s'
    "$RLSHIM" set "$tree" 'out 25kB/s'
    "$RLSHIM" set "$tree" 'out 35kB/s to=127.0.0.1'
    [ "$(seen_as "['limits'][0]['capacity']")" -eq 25000 ]
    [ "$(seen_as "['limits'][1]['capacity']")" -eq 35000 ]
    [ "$(seen_as "['limits'][2]['capacity']")" -eq 40000 ]
}
