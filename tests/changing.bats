# Limits that are changed while they are at work, where something else goes wrong, too.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; variables go by name

load lib
load tree
load seen

setup() {
    file=$BATS_TEST_TMPDIR/limits.conf
    log=$BATS_TEST_TMPDIR/log
}

# sends_each MILLISECONDS SECONDS [FIRST]: a program that sends a byte that often.
sends_each() {
    echo "
import os, resource, signal, socket, time
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
s = socket.create_connection(('127.0.0.1', $port))
${3:-}
end = time.time() + $2
while time.time() < end:
    s.send(b'x')
    time.sleep($1 / 1000)"
}

@test "a summary in between kills nobody whose standard error nobody reads" {
    start_sink --raw
    sends_each 100 3 >"$BATS_TEST_TMPDIR/send.py"
    {
        RL_SUMMARY=1s RL_LIMITS='out 100kB/s' LD_PRELOAD=$SHIM "$(system_python)" \
            "$BATS_TEST_TMPDIR/send.py" || status=$?
        echo "${status:-0}" >"$BATS_TEST_TMPDIR/status"
    } 2>&1 | true
    wait_for test -s "$BATS_TEST_TMPDIR/status"
    [ "$(<"$BATS_TEST_TMPDIR/status")" -eq 0 ]
}

@test "nor does it hold one up for ever whose standard error is full, against SIGTERM" {
    start_sink --raw
    mkfifo "$BATS_TEST_TMPDIR/full"
    in_background "$(system_python)" -c "
import os, time
r = os.open('$BATS_TEST_TMPDIR/full', os.O_RDONLY | os.O_NONBLOCK)
w = os.open('$BATS_TEST_TMPDIR/full', os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(w, bytes(512))
except BlockingIOError:
    os.close(w)
open('$BATS_TEST_TMPDIR/is-full', 'w')
time.sleep(20)"
    wait_for test -e "$BATS_TEST_TMPDIR/is-full"
    in_background env RL_SUMMARY=1s RL_LIMITS='out 100kB/s' LD_PRELOAD="$SHIM" "$(system_python)" \
        -c "$(sends_each 100 15)" 2>"$BATS_TEST_TMPDIR/full"
    local sender=$!
    sleep 4
    kill "$sender"
    sleep 1
    run kill -0 "$sender"
    [ "$status" -ne 0 ]
}

@test "a tree of short programs has an edited rate, too" {
    start_sink --raw
    echo 'out 20kB/s burst=2kB' >"$file"
    RL_CONFIG=$file LD_PRELOAD=$SHIM in_background bash -c "
        while :; do $TOOLS/sender -n 2000 send $port; sleep 0.05; done"
    sender=$!
    sleep 1
    echo 'out 100kB/s burst=2kB' >"$file"
    sleep 4
    asked_is 100000
}

@test "and is summed up in between" {
    start_sink --raw
    RL_LOG=$log RL_SUMMARY=1s RL_LIMITS='out 100kB/s burst=2kB' LD_PRELOAD=$SHIM bash -c "
        while ((SECONDS < 5)); do $TOOLS/sender -n 2000 send $port; sleep 0.05; done"
    [ "$(grep -c 'so far' "$log")" -ge 3 ]
}

@test "a program that starts after an edit finds its name" {
    start_sink --raw
    echo "connect 60/m burst=60 scope=shared:after-$$" >"$file"
    export RL_CONFIG=$file
    LD_PRELOAD=$SHIM "$(system_python)" -c "
import socket
for i in range(30):
    socket.create_connection(('127.0.0.1', $port)).close()"
    echo "connect 120/m burst=60 scope=shared:after-$$" >"$file"
    sleep 2
    LD_PRELOAD=$SHIM /bin/true
}

@test "an edit that came when there was no descriptor left is not lost" {
    start_sink --raw
    echo 'out 20kB/s burst=4kB' >"$file"
    RL_CONFIG=$file LD_PRELOAD=$SHIM in_background "$(system_python)" -c "$(sends_each 20 12 "
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.dup(0))
except OSError:
    pass
signal.signal(signal.SIGALRM, lambda *_: [os.close(fd) for fd in taken])
signal.alarm(4)")"
    sender=$!
    sleep 2
    echo 'out 40kB/s burst=4kB' >"$file"
    sleep 6
    asked_is 40000
}

@test "another user's lock of the file holds up no edit" {
    [ "$(id -u)" -eq 0 ] || skip "only root can do that"
    need setpriv flock
    start_sink --raw
    local public
    public=$(mktemp -d /tmp/rlshim.XXXXXX)
    chmod 755 "$public"
    echo 'out 20kB/s burst=4kB' >"$public/c"
    RL_CONFIG=$public/c LD_PRELOAD=$SHIM in_background "$(system_python)" -c "$(sends_each 20 12)"
    sender=$!
    in_background setpriv --reuid 65534 --regid 65534 --clear-groups flock -o "$public/c" sleep 10
    sleep 1
    echo 'out 40kB/s burst=4kB' >"$public/c"
    sleep 4
    rm -r "$public"
    asked_is 40000
}

@test "a word that nobody can have written is put right, also if the limit was changed since" {
    start_sink --raw
    in_background "$RLSHIM" -l 'out 100kB/s burst=10kB' "$(system_python)" -c "$(sends_each 1 0 "
s.send(b'x')
while not os.path.exists('$BATS_TEST_TMPDIR/go'): time.sleep(0.02)
s.send(b'x')")"
    sender=$!
    wait_for is_seen
    sleep 0.5
    local segment
    segment=/dev/shm/rlshim-$UID/tree-$(seen_as "['name']")
    # sizeof(struct segment) is where the first line begins.
    printf '\0\0\0\0\0\0\0\020' | dd of="$segment" bs=1 seek=39872 conv=notrunc status=none
    "$RLSHIM" set "$sender" 'out 100kB/s burst=11kB'
    touch "$BATS_TEST_TMPDIR/go"
    sleep 3
    run kill -0 "$sender"
    [ "$status" -ne 0 ]
}

@test "what is owed stays so in units, by way of one a day as well" {
    start_sink --raw
    in_background "$RLSHIM" -l 'out 10kB/s burst=1kB' "$(system_python)" -c "
import os, socket, time
near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in '12')
far.bind(('127.0.0.1', 0))
s = socket.create_connection(('127.0.0.1', $port))
near.sendto(bytes(60000), far.getsockname())
begin = time.time()
while not os.path.exists('$BATS_TEST_TMPDIR/go'): time.sleep(0.02)
s.sendall(bytes(500))
open('$BATS_TEST_TMPDIR/took', 'w').write('%f' % (time.time() - begin))"
    sender=$!
    sleep 1
    "$RLSHIM" set "$sender" 'out 1/d burst=1'
    "$RLSHIM" set "$sender" 'out 10kB/s burst=1kB'
    touch "$BATS_TEST_TMPDIR/go"
    wait "$sender"
    holds "$(<"$BATS_TEST_TMPDIR/took") > 5.5"
}
