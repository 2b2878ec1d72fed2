# `rlshim stats` and `rlshim status`: what is told of limits at work, in all its forms.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
bats_require_minimum_version 1.5.0
load tree
load seen

## What is counted

@test "what passed is counted without a summary, and exactly" {
    start_sink --raw
    in_background "$RLSHIM" -l 'out 100MB/s' -l 'connect 100/s' sh -c \
        "$TOOLS/sender -n 7000 -k 1000 send $port; exec sleep 60"
    sender=$!
    wait_for has_units 7000
    [ "$(seen_as "['limits'][0]['calls']")" -eq 7 ]
    [ "$(seen_as "['limits'][1]['units']")" -eq 1 ]
    [ "$(seen_as "['limits'][1]['calls']")" -eq 1 ]
    [ "$(seen_as "['limits'][0]['held']")" -eq 0 ]
    [ "$(seen_as "['limits'][0]['level']")" -eq 100000000 ]
    [ "$(seen_as "['members']")" -eq 1 ]
    [ "$(seen_as "['pid']")" -eq "$sender" ]
}

has_units() {
    [ "$(seen_as "['limits'][0]['units']")" -eq "$1" ]
}

@test "what is refused, received and fails is counted as well" {
    start_sink --raw
    in_background "$RLSHIM" -l 'send 3/1h mode=police' -l 'out 1MB/s' -l 'in 1MB/s' \
        "$(system_python)" -c "
import socket, time
s = socket.create_connection(('127.0.0.1', $port))
for i in range(5):
    try:
        s.send(bytes(100))
    except BlockingIOError:
        pass
a, b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(('127.0.0.1', 0))
b.sendto(b'', a.getsockname())
time.sleep(60)"
    sender=$!
    wait_for has_refused 3
    [ "$(seen_as "['limits'][0]['units']")" -eq 3 ]
    [ "$(seen_as "['limits'][1]['units']")" -eq 300 ]
}

has_refused() {
    [ "$(seen_as "['limits'][0]['refused']")" -ge "$1" ]
}

@test "who is held is seen to wait, and for how long" {
    send_slowly
    sleep 0.5
    holds "$(seen_as "['limits'][0]['held_seconds']") > 0.2"
    [ "$(seen_as "['limits'][0]['waiting']")" -eq 1 ]
    holds "$(seen_as "['limits'][0]['level']") < 4000"
    local before after
    before=$(seen_as "['limits'][0]['units']")
    sleep 1
    after=$(seen_as "['limits'][0]['units']")
    holds "$after - $before > 10000 && $after - $before < 40000"
}

## Forms

@test "JSON is JSON" {
    send_slowly 'out 20kB/s burst=4kB name=a"b\c'
    "$RLSHIM" stats --json "$sender" | python3 -m json.tool >/dev/null
    "$RLSHIM" stats --json | python3 -m json.tool >/dev/null
    [ "$(seen_as "['limits'][0]['label']")" = 'a"b\c' ]
    [ "$(seen_as "['processes'][0]['pid']")" -eq "$sender" ]
    holds "$(seen_as "['since']") > $(date +%s) - 60"
}

@test "what others read of an exposition is what there is" {
    /usr/bin/python3 -c 'import prometheus_client' ||
        skip "python3-prometheus-client is not installed (sh scripts/test.sh does that)"
    send_slowly 'out 20kB/s burst=4kB name=a"b\c' 'connect 5/2s'
    "$RLSHIM" stats --prometheus "$sender" >"$BATS_TEST_TMPDIR/metrics"
    [ "$(tail -c 1 "$BATS_TEST_TMPDIR/metrics" | od -An -c | tr -d ' ')" = '\n' ]
    [ "$(grep '^# HELP' "$BATS_TEST_TMPDIR/metrics" | sort | uniq -d)" = "" ]
    /usr/bin/python3 - "$BATS_TEST_TMPDIR/metrics" "$sender" <<'END'
import sys
from prometheus_client.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(open(sys.argv[1]).read())}
def one(name, **labels):
    found = [s for f in families.values() for s in f.samples
             if s.name == name and labels.items() <= s.labels.items()]
    assert len(found) == 1, (name, found)
    assert found[0].timestamp is None
    return found[0]
assert all(f.documentation for f in families.values())
assert families["rlshim_limit_bytes"].type == "counter"
assert families["rlshim_limit_level"].type == "gauge"
sent = one("rlshim_limit_bytes_total")
assert sent.labels["label"] == 'a"b\\c' and sent.value >= 2000, sent
assert one("rlshim_limit_calls_total", limit="2").value == 1
assert one("rlshim_limit_rate", limit="2").value == 2.5
assert one("rlshim_limit_held_seconds_total", limit="1").value >= 0 # once the first hold is over
assert one("rlshim_scope_info").labels["pid"] == sys.argv[2]
assert one("rlshim_scope_processes").value == 1
END
}

@test "without an exposition's parser: a line is a comment or a sample" {
    send_slowly
    "$RLSHIM" stats --prometheus "$sender" >"$BATS_TEST_TMPDIR/metrics"
    run -1 grep -vE '^# (HELP|TYPE) [a-z_]+ .+$|^[a-z_]+\{([a-z]+="[^"]*",?)+\} [0-9.e+-]+$' \
        "$BATS_TEST_TMPDIR/metrics"
}

@test "a file is replaced whole, and by nothing else" {
    send_slowly
    local file=$BATS_TEST_TMPDIR/dir/rlshim.prom
    mkdir "$BATS_TEST_TMPDIR/dir"
    echo old >"$file"
    ln "$file" "$BATS_TEST_TMPDIR/other"
    (umask 022 && "$RLSHIM" stats --prometheus -o "$file" "$sender")
    grep -q '^rlshim_limit_bytes_total{' "$file"
    [ "$(cat "$BATS_TEST_TMPDIR/other")" = old ]
    [ "$(ls "$BATS_TEST_TMPDIR/dir")" = rlshim.prom ]
    [ "$(stat -c %a "$file")" = 644 ]
    run -125 "$RLSHIM" stats -o "$BATS_TEST_TMPDIR/none/file" "$sender"
    [[ $output == *"cannot write $BATS_TEST_TMPDIR/none/file: No such file"* ]]
}

@test "what is no file is written to, and stays what it is" {
    send_slowly
    local link=$BATS_TEST_TMPDIR/link
    ln -s /dev/stdout "$link"
    "$RLSHIM" stats --json -o "$link" "$sender" | grep -q '"scopes"'
    "$RLSHIM" stats --json -o "$link" "$sender" >"$BATS_TEST_TMPDIR/out"
    grep -q '"scopes"' "$BATS_TEST_TMPDIR/out"
    [ -h "$link" ]
    ln -sf /dev/full "$link"
    run -125 "$RLSHIM" stats -o "$link" "$sender"
    [[ $output == *"cannot write $link: No space left on device"* ]]
    [ -h "$link" ]
}

@test "the table has what the others have, a line each" {
    send_slowly 'out 20kB/s burst=4kB' 'connect 5/2s'
    run "$RLSHIM" stats "$sender"
    echo "$output"
    [[ ${lines[-4]} == "tree $tree, begun by python3"*" ($sender) on "*", 1 process" ]]
    [[ ${lines[-2]} =~ ^"  out 20kB/s    20000 bytes/s " ]]
    [[ ${lines[-1]} =~ ^"  connect 5/2s  5 calls/2 s " ]]
}

## Which ones

@test "by a number of a tree, or of a process; and a name that nobody has is an error" {
    send_slowly
    "$RLSHIM" stats "$tree" | grep -q "$tree"
    "$RLSHIM" stats "${tree:0:6}" | grep -q "$tree"
    run -125 "$RLSHIM" stats no-such-name
    [[ $output == *"there is no tree and no name 'no-such-name' of yours"* ]]
}

@test "by name" {
    local name=seen-$BASHPID-$RANDOM
    send_slowly "out 20kB/s burst=4kB scope=shared:$name"
    "$RLSHIM" stats "$name" | grep -q "^shared:$name, begun by"
    "$RLSHIM" stats "shared:$name" | grep -q "^shared:$name, begun by"
}

@test "what is no segment is passed over, with a word" {
    send_slowly
    local directory file held size at
    directory=/dev/shm/rlshim-$(id -u)
    [ -e "$directory/tree-$tree" ] || skip "it is elsewhere"
    for size in 0 4 8 100 40000 100000000; do
        file=$directory/tree-hostile-$BASHPID-$size
        exec {held}<>"$file" # or whoever starts meanwhile deletes it
        truncate -s "$size" "$file"
        run "$RLSHIM" stats --json "$sender"
        exec {held}<&-
        rm -f "$file"
        [ "$status" -eq 0 ]
        [[ $output == *"cannot look at "*": it is"* ]]
        [[ $output == *"$tree"* ]]
    done
    file=$directory/tree-hostile-$BASHPID
    cp "$directory/tree-$tree" "$file"
    for at in 16 40 $((1152 + 16384)) $((1152 + 16384 + 8)) $((1152 + 16384 + 44)); do
        head -c 16 /dev/urandom | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
        "$RLSHIM" stats --json 2>/dev/null | python3 -m json.tool >/dev/null
        "$RLSHIM" stats 2>/dev/null >/dev/null
    done
    rm -f "$file"
}

@test "who looks is no member, and keeps no file" {
    start_sink --raw
    "$RLSHIM" -l 'out 20kB/s' "$TOOLS/sender" -n 1000 -k 1 send "$port"
    send_slowly
    kill "$sender"
    wait "$sender" || true
    "$RLSHIM" stats >/dev/null 2>&1
    "$RLSHIM" -l 'out 21kB/s' true # cleans up
    [ ! -e "/dev/shm/rlshim-$(id -u)/tree-$tree" ]
    [ ! -e "/tmp/rlshim-$(id -u)/tree-$tree" ]
}

## status

@test "status tells in words what holds for a process" {
    local name=seen-$BASHPID-$RANDOM
    send_slowly 'out 20kB/s burst=4kB' "connect 5/2s scope=shared:$name"
    sleep 0.3
    run "$RLSHIM" status "$sender"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"python3"*" ($sender) is limited, together with all that share these limits."* ]]
    [[ $output == *"tree $tree, begun by python3"*", 1 process; with this one since $(date +%Y)-"* ]]
    [[ $output == *"  out 20kB/s: 20000 bytes/s, 4000 at once from rest
    passed: "*" bytes in "*" calls; held "*" times, for "*" s in all
    now: "*" could pass at once; 1 call waits"* ]]
    [[ $output == *"shared:$name, begun by"*"  connect 5/2s: 5 calls/2 s, 5 at once from rest
    passed: 1 call; nothing was held
    now: 5 calls could pass at once; nobody waits"* || $output == *"now: 4 calls could pass"* ]]
}

@test "of those who are not limited, it says so" {
    run -1 "$RLSHIM" status $$
    [[ $output == *" ($$) is not limited: it does not have librlshim.so."* ]]
    in_background env LD_PRELOAD="$SHIM" RL_LIMITS='out 1MB/s scope=process' sleep 60
    local pid=$!
    wait_for grep -q librlshim "/proc/$pid/maps"
    run -1 "$RLSHIM" status "$pid"
    echo "$output"
    [[ $output == "sleep ($pid) shares no limit with others."* ]]
    run -125 "$RLSHIM" status
    run -125 "$RLSHIM" status x
    run -125 "$RLSHIM" status 999999999
    [[ $output == *"there is no process 999999999"* ]]
}

@test "options that are none" {
    run -125 "$RLSHIM" stats --json --prometheus
    run -125 "$RLSHIM" stats --yaml
    run -125 "$RLSHIM" stats one two
    run -125 "$RLSHIM" top one two
}
