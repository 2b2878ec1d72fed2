# Configuration files that are edited while they are in use, and summaries in between: what is done
# by whoever comes by.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; variables go by name

load lib
load tree
load seen

setup() {
    file=$BATS_TEST_TMPDIR/limits.conf
    log=$BATS_TEST_TMPDIR/log
    export RL_LOG=$log
}

# send_by FILE: a program that is limited by it sends 2 kB again and again; sets sender.
send_by() {
    start_sink --raw
    in_background env RL_CONFIG="$1" LD_PRELOAD="$SHIM" "$(system_python)" -c "
import os, socket, time
s = socket.create_connection(('127.0.0.1', $port))
os.chdir('/')
while True:
    s.sendall(bytes(2000))"
    sender=$!
    wait_for is_seen
}

# within SECONDS COMMAND...: it comes true in that time.
within() {
    local i
    for ((i = 0; i < $1 * 20; i++)); do
        ! "${@:2}" || return 0
        sleep 0.05
    done
    die "not within $1 s: ${*:2}"
}

@test "a rate that is edited is the rate, within some two seconds" {
    echo 'out 20kB/s burst=4kB' >"$file"
    send_by "$file"
    echo '  out 40kB/s burst=8kB # more' >"$file"
    within 2 asked_is 40000
    [ "$(seen_as "['limits'][0]['burst']")" -eq 8000 ]
    # Another file in its place.
    echo 'out 30kB/s burst=8kB' >"$file.new"
    mv "$file.new" "$file"
    within 2 asked_is 30000
    [ ! -s "$log" ]
}

@test "a path that is relative is of where the program was started" {
    cd "$BATS_TEST_TMPDIR"
    echo 'out 20kB/s burst=4kB' >limits.conf
    send_by limits.conf
    echo 'out 40kB/s burst=4kB' >limits.conf
    within 2 asked_is 40000
}

@test "what is wrong is refused with a message, and the old limits stay" {
    echo 'out 20kB/s burst=4kB' >"$file"
    send_by "$file"
    echo 'out 40kB/s burts=8kB' >"$file"
    within 2 grep -q "limits.conf:1: .*'burts'" "$log"
    grep -q '^  the limits stay what they are' "$log"
    : >"$file"
    within 2 grep -q 'there is no limit in' "$log"
    printf 'out 40kB/s\nconnect 10/s\n' >"$file"
    within 2 grep -q 'there are other limits in it' "$log"
    rm "$file"
    within 3 grep -q 'it is not there any more' "$log"
    sleep 1.2
    [ "$(grep -c 'stay what they are' "$log")" -eq 4 ] # each once
    asked_is 20000
    echo 'out 50kB/s burst=4kB' >"$file"
    within 2 asked_is 50000
}

second_is() {
    [ "$(seen_as "['limits'][1]['capacity']")" -eq "$1" ]
}

@test "which tokens count is more than a rate" {
    printf 'out 20kB/s burst=4kB\ntokens 90M/m count=input\n' >"$file"
    send_by "$file"
    printf 'out 20kB/s burst=4kB\ntokens 80M/m count=output\n' >"$file"
    within 2 grep -q 'there are other limits in it' "$log"
    printf 'out 20kB/s burst=4kB\ntokens 80M/m count=input\n' >"$file"
    within 2 second_is 80000000
}

@test "who waits for a minute finds it, too, held or gated" {
    local way
    start_sink --raw
    for way in send receive-all send-edges asyncio; do
        local moved=$BATS_TEST_TMPDIR/moved-$way begin
        echo "${way%%[!a-z]*}" | sed 's/.*receive.*/in/; /^in$/!s/.*/out/; s|$| 1kB/s burst=1kB|' >"$file"
        in_background env RL_CONFIG="$file" LD_PRELOAD="$SHIM" "$(system_python)" \
            "$ROOT/tests/loops/moved.py" "$way" "$port" >"$moved"
        wait_for grep -q waits "$moved"
        sleep 0.3
        [ "$(wc -l <"$moved")" -eq 1 ]
        begin=$SECONDS
        sed -i 's|1kB/s burst=1kB|10MB/s burst=100kB|' "$file"
        wait $!
        ((SECONDS - begin <= 3))
    done
}

@test "of scope=process, and of a police limit" {
    local scope
    for scope in process tree; do
        echo 'out 20kB/s burst=4kB mode=police' >"$file"
        start_sink --raw
        in_background env RL_SCOPE=$scope RL_CONFIG="$file" LD_PRELOAD="$SHIM" "$(system_python)" -c "
import socket, time
s = socket.create_connection(('127.0.0.1', $port))
while True:
    try:
        s.send(bytes(1000))
    except BlockingIOError:
        time.sleep(0.005)"
        local sender=$!
        sleep 0.5
        echo 'out 200kB/s burst=4kB mode=police' >"$file"
        sleep 2
        kill "$sender"
        wait "$sender" || true
        stop_sink
        holds "$units > 120000 && $units < 600000"
    done
}

@test "who comes by later does not undo what was set since" {
    echo 'out 20kB/s burst=4kB' >"$file"
    cat >"$BATS_TEST_TMPDIR/late.py" <<'EOF'
import os, socket, sys, time
port = int(sys.argv[1])
child = os.fork()
s = socket.create_connection(("127.0.0.1", port))
if child == 0:
    s.send(b"x")
    time.sleep(4) # sees neither the edit nor what comes then
    os.environ["late"] = "1"
while True:
    s.sendall(bytes(500))
    if "late" in os.environ:
        print("late", flush=True)
        del os.environ["late"]
EOF
    start_sink --raw
    in_background env RL_CONFIG="$file" LD_PRELOAD="$SHIM" "$(system_python)" \
        "$BATS_TEST_TMPDIR/late.py" "$port" >"$BATS_TEST_TMPDIR/late"
    sender=$!
    wait_for is_seen
    echo 'out 40kB/s burst=4kB' >"$file"
    within 2 asked_is 40000
    "$RLSHIM" set "$sender" 'out 70kB/s burst=4kB'
    wait_for grep -q late "$BATS_TEST_TMPDIR/late"
    sleep 1
    asked_is 70000
    kill $(pgrep -P "$sender")
}

@test "programs that start after an edit have the one limit" {
    echo 'out 20kB/s burst=4kB' >"$file"
    start_sink --raw
    in_background env RL_CONFIG="$file" RL_SUMMARY=1 LD_PRELOAD="$SHIM" sh -c "
        $TOOLS/sender -n 30000 send $port
        until [ -e $BATS_TEST_TMPDIR/edited ]; do sleep 0.1; done
        $TOOLS/sender -n 30000 send $port"
    sleep 0.3
    sender=$!
    echo 'out 50kB/s burst=4kB' >"$file"
    within 3 asked_is 50000
    touch "$BATS_TEST_TMPDIR/edited"
    wait "$sender"
    [ "$(grep -c '^rlshim: out 50kB/s: .* 60000 bytes' "$log")" -eq 1 ]
    [ "$(wc -l <"$log")" -eq 1 ]
}

@test "RL_SUMMARY=1s tells it each second, once for all, and at the end" {
    start_sink --raw
    RL_SUMMARY=1s RL_LIMITS='out 60kB/s burst=4kB' limited sh -c "
        for i in 1 2 3; do $TOOLS/sender -n 70000 send $port & done; wait"
    cat "$log"
    local lines
    lines=$(grep -c '^rlshim: out 60kB/s: .*; sh [0-9]*, so far$' "$log")
    ((lines >= 2 && lines <= 4))
    [ "$(tail -n 1 "$log" | grep -c '^rlshim: out 60kB/s: .* 210000 bytes, .*; sh [0-9]*$')" -eq 1 ]
    [ "$(wc -l <"$log")" -eq $((lines + 1)) ]
}

@test "how often, and how it is said" {
    unset RL_LOG
    RL_SUMMARY=0.5s RL_LIMITS='out 1MB/s' run "$RLSHIM" true
    [ "$status" -eq 125 ]
    [[ $output == *"RL_SUMMARY"*"is too often; once a second at most"* ]]
    RL_SUMMARY=often RL_LIMITS='out 1MB/s' run "$RLSHIM" true
    [ "$status" -eq 125 ]
    [[ $output == *"unknown answer 'often'"* ]]
    RL_SUMMARY=10m RL_LIMITS='out 1MB/s' run "$RLSHIM" true
    [ "$status" -eq 0 ]
    [[ $output == "rlshim: out 1MB/s: 0 calls"* ]]
}
