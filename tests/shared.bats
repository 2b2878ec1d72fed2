# Limits that have a name, and the files of those that share limits: one for all, and none that is
# left. See tests/tree.bats for what a command starts.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load tree

setup() {
    name=test-$$-$RANDOM
    export RECORD=$BATS_TEST_TMPDIR/record SHIM RLSHIM
}

teardown_file() {
    another_start
}

## One for all

@test "two that are unrelated share what has a name" {
    start_sink --raw -r "$RATE" -b "$BURST" -s 0.2
    pieces 2
    local limits="out $RATE/s burst=$BURST scope=shared:$name" pids=() pid
    setsid "$RLSHIM" -l "$limits" "$TOOLS/sender" -n "$size" send "$port" &
    pids+=($!)
    RL_LIMITS=$limits limited "$TOOLS/sender" -n "$size" send "$port" &
    pids+=($!)
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    stop_sink
    holds "$units == 2 * $size"
    at_the_rate "$RATE"
}

@test "one after the other, too: a bucket is remembered" {
    start_sink -c
    once() {
        RL_SCOPE=shared:$name RL_LIMITS='connect 2/s burst=1' limited "$TOOLS/connector" -n 1 "$port"
    }
    timed eval 'once; once; once'
    holds "$elapsed >= 0.95" || die "took only $elapsed s"
}

@test "two names, and two limits of one name" {
    start_sink --raw -r "$((2 * RATE))" -b "$((2 * BURST))" -s 0.2
    pieces 1
    local pids=() pid which
    for which in a b; do
        RL_LIMITS="out $RATE/s burst=$BURST scope=shared:$name-$which; connect 100/s scope=shared:$name-$which" \
            limited "$TOOLS/sender" -n "$size" send "$port" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    stop_sink
    at_the_rate $((2 * RATE))
}

# Another member tells the limit: status and stderr.
with_limit() {
    RL_LIMITS="$1 scope=shared:$name" run_limited true
}

@test "a name that means something else is refused, and both are told" {
    RL_LIMITS="out 1MB/s scope=shared:$name" member sleep 20
    with_limit 'out 2MB/s'
    [ "$status" -eq 125 ]
    [[ $stderr == *"shared:$name"*"out 1MB/s"*"out 2MB/s"* ]]
    for other in 'out 1MB/s burst=10kB' 'in 1MB/s' 'out 1MB/s algo=gcra' 'out 1MB/s to=127.0.0.1' \
        'out 1MB/2s' 'connect 5/s'; do
        with_limit "$other"
        [ "$status" -eq 125 ] || die "not refused: $other"
    done
    # How one waits is his own affair.
    for same in 'out 1MB/s' 'out 1MB/s mode=police' 'out 1MB/s timeout=1s' 'out 8Mbit/s' \
        'out 1MB/s nonblock=block'; do
        with_limit "$same"
        [ "$status" -eq 0 ] || die "refused: $same"
        [ -z "$stderr" ]
    done
}

# at_once COUNT NAME: so many members that start when the last of them is ready to.
at_once() {
    local gate=$BATS_TEST_TMPDIR/gate-$2 pids=() pid i
    mkfifo "$gate"
    for ((i = 0; i < $1; i++)); do
        RL_LIMITS="out 1MB/s scope=shared:$2" in_background sh -c \
            ': <"$0"; LD_PRELOAD=$SHIM exec sleep 60' "$gate"
        pids+=($!)
    done
    sleep "$(awk "BEGIN { print 0.05 + $1 / 400 }")"
    : >"$gate" # opened for reading, it waits for one that writes
    for pid in "${pids[@]}"; do
        wait_for is_member "$pid"
    done
    [ "$(for pid in "${pids[@]}"; do segments_of "$pid"; done | sort | uniq -c | awk '{ print $1 }')" = "$1" ]
}

@test "200 that start at once make one segment" {
    at_once 200 "$name"
}

@test "so do 4, again and again" {
    local i
    for ((i = 0; i < 20; i++)); do
        at_once 4 "$name-$i"
    done
}

@test "200 start at once while others end, again and again" {
    storm_of_starts() {
        seq 200 | RL_LIMITS="out 1MB/s scope=shared:$name; connect 9/s" limited \
            xargs -P 50 -I{} "$TOOLS/starter" empty /bin/true
    }
    storm_of_starts 2>"$BATS_TEST_TMPDIR/stderr"
    [ ! -s "$BATS_TEST_TMPDIR/stderr" ] || die "$(head -3 "$BATS_TEST_TMPDIR/stderr")"
    seq 300 | RL_LIMITS="out 1MB/s scope=shared:$name" xargs -P 50 -I{} env LD_PRELOAD="$SHIM" \
        true 2>"$BATS_TEST_TMPDIR/stderr"
    [ ! -s "$BATS_TEST_TMPDIR/stderr" ] || die "$(head -3 "$BATS_TEST_TMPDIR/stderr")"
}

## A crowd of processes that do not know each other

# crowd_shares COUNT KILLED SECONDS BURST: datagrams at 5,000 a second, under one name.
crowd_shares() {
    start_sink --udp
    RL_LIMITS="send 5000/s burst=$4 scope=shared:$name" timeout 60 \
        env LD_PRELOAD="$SHIM:$TOOLS/recorder.so" "$TOOLS/crowd" -x -q -n "$(($1 - $2))" -N "$2" \
        -k 1 -K 1 -d "$3" datagram "$port"
    local found status=0
    found=$("$TOOLS/departures" -k s -r 5000 -b "$4" "$RECORD") || status=$?
    echo "$found"
    for word in $found; do
        declare -g "${word?}"
    done
    return "$status"
}

@test "a crowd of programs has 5,000 calls a second together, each its share" {
    if [ "${LONG:-}" ]; then
        crowd_shares 1000 0 10 250
        holds "$achieved >= 0.995"
    else
        crowd_shares 200 0 4 250
        holds "$achieved >= 0.98"
    fi
    # But for the burst, of which anybody may have any part.
    holds "$least0 >= ($units0 - 250) / $members0 / 2"
    holds "$most0 <= ($units0 - 250) / $members0 * 2 + 250"
    holds "$jain0 >= 0.95"
}

@test "so has one of which a third is killed, at any moment" {
    if [ "${LONG:-}" ]; then
        crowd_shares 1000 330 10 250
        holds "$achieved >= 0.995"
    else
        crowd_shares 200 66 4 250
        holds "$achieved >= 0.98"
    fi
    holds "$jain0 >= 0.95"
}

## Files

gone() {
    another_start
    [ ! -e "$segment" ]
}

kept() {
    another_start
    [ -e "$segment" ]
}

# The death of the last member is noticed by the next start, wherever that is.
dies() {
    wait "$pid" || true
    gone || die "$segment is still there"
}

limit_tree() {
    export RL_LIMITS='out 1MB/s'
}

@test "the file of a tree goes, however its members do" {
    limit_tree
    member sleep 0.2
    dies
    member sleep 20
    kill -9 "$pid"
    dies
    member sh -c 'sleep 0.2; kill -SEGV $$'
    dies
    member python3 -c 'import os, time; time.sleep(0.3); os._exit(3)'
    dies
    member sh -c 'sleep 0.2 & sleep 0.2 & (sleep 0.3 &) ; exec sleep 0.4'
    dies
}

@test "and when they have become a program that cannot be limited" {
    need cc
    limit_tree
    static_program
    RL_ESCAPE=allow member sh -c 'sleep 0.2; exec "$0"' "$BATS_TEST_TMPDIR/static"
    wait "$pid" || true
    gone
}

# One that waits, and then becomes what it is told, or ends. Nobody can see that it is a member.
static_program() {
    printf '%s\n' '#include <unistd.h>' 'int main(int argc, char **argv) {' \
        'usleep(300000); return argc > 1 ? execv(argv[1], argv + 1) : 0; }' \
        >"$BATS_TEST_TMPDIR/static.c"
    cc -static -o "$BATS_TEST_TMPDIR/static" "$BATS_TEST_TMPDIR/static.c" || skip "no static libc"
}

# relayed COMMAND...: by it, a member becomes another program; others start meanwhile.
relayed() {
    static_program
    RL_ESCAPE=allow in_background "$@" env LD_PRELOAD="$SHIM" sh -c 'exec "$0" "$0" /bin/true' \
        "$BATS_TEST_TMPDIR/static" 2>"$BATS_TEST_TMPDIR/stderr"
    for i in 1 2 3 4; do
        sleep 0.1
        another_start
    done
    wait "$!"
    cat "$BATS_TEST_TMPDIR/stderr"
    [ ! -s "$BATS_TEST_TMPDIR/stderr" ]
}

@test "but not if that becomes one that is limited again" {
    need cc
    limit_tree
    relayed env
}

@test "even in another namespace" {
    need_namespaces
    need cc
    limit_tree
    relayed unshare -pf --mount-proc
}

@test "not before the last of them has gone" {
    limit_tree
    member sh -c '"$0" daemon sleep 1; exec sleep 0.1' "$TOOLS/starter"
    wait "$pid"
    kept
    sleep 1.2
    gone
}

child_of() {
    local children
    read -ra children <"/proc/$1/task/$1/children"
    echo "${children[*]}"
}

has_child() {
    [ "$(child_of "$1")" ]
}

@test "not while one is in another namespace, or sees no other" {
    need_namespaces
    limit_tree
    in_background unshare -pf --mount-proc --kill-child env LD_PRELOAD="$SHIM" sleep 1.5
    pid=$!
    wait_for has_child "$pid"
    wait_for is_member "$(child_of "$pid")"
    segment=$(segments_of "$(child_of "$pid")" | awk '{ print $2 }')
    kept
    # One namespace ends, the other looks.
    unshare -pf --mount-proc env LD_PRELOAD="$SHIM" true
    [ -e "$segment" ]
    unshare -p env LD_PRELOAD="$SHIM" true
    [ -e "$segment" ]
    wait "$pid"
    gone
}

@test "that of a name goes when its bucket is full again, and not before" {
    start_sink -c
    RL_LIMITS="connect 1/3s burst=1 scope=shared:$name" member sh -c '"$@"; exec sleep 0.1' sh \
        "$TOOLS/connector" -n 1 "$port"
    wait "$pid"
    kept
    sleep 3.1
    gone
}

@test "one that is deleted while it is in use is told, and what begins anew goes as well" {
    RL_LIMITS="out 1MB/s scope=shared:$name" member sleep 20
    rm "$segment"
    with_limit 'out 1MB/s'
    [ "$status" -eq 0 ]
    [[ $stderr == *"shared:$name begins anew"* ]]
    kill -9 "$pid"
    wait "$pid" || true
    gone
}

@test "children of a tree whose file is deleted say so, and are one tree again" {
    start_sink --raw -r "$RATE" -b "$BURST"
    pieces 2
    RL_LIMITS="out $RATE/s burst=$BURST" in_background env LD_PRELOAD="$SHIM" sh -c \
        'read -r go <"$0"; "$1" -n "$2" send "$3" & "$1" -n "$2" send "$3"; wait' \
        <(sleep 0.5; echo) "$TOOLS/sender" "$size" "$port" 2>"$BATS_TEST_TMPDIR/stderr"
    pid=$!
    wait_for is_member "$pid"
    rm "$(segments_of "$pid" | awk '{ print $2 }')"
    wait "$pid"
    stop_sink
    at_the_rate "$RATE"
    grep -q 'not to be found any more' "$BATS_TEST_TMPDIR/stderr"
}

# in_namespace SCRIPT: sh runs it with file systems of its own.
in_namespace() {
    need_namespaces
    status=0
    unshare -m sh -c "mount --make-rprivate / && $1" >"$BATS_TEST_TMPDIR/stdout" \
        2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    stdout=$(<"$BATS_TEST_TMPDIR/stdout")
    stderr=$(<"$BATS_TEST_TMPDIR/stderr")
    echo "status $status, stdout: $stdout, stderr: $stderr"
}

@test "nowhere to share is an error that says what does without" {
    local nowhere='mount -t tmpfs none /tmp && mount -o remount,ro /tmp && mount -t tmpfs none /dev/shm &&
        mount -o remount,ro /dev/shm && cd / &&'
    cp "$SHIM" "$BATS_TEST_TMPDIR"
    mkdir -p "$BATS_TEST_TMPDIR/here"
    # The library itself need not be in what is covered.
    in_namespace "exec 5<$SHIM 6<$RLSHIM; $nowhere RL_LIMITS='out 1MB/s' LD_PRELOAD=/proc/self/fd/5 sh -c 'echo ran'"
    [ "$status" -eq 125 ]
    [ -z "$stdout" ]
    [[ $stderr == *RL_SCOPE=process* && $stderr == *"/dev/shm/rlshim-0: Read-only file system"* ]]
    in_namespace "exec 5<$SHIM; $nowhere RL_SCOPE=process RL_LIMITS='out 1MB/s' LD_PRELOAD=/proc/self/fd/5 sh -c 'echo ran'"
    [ "$status" -eq 0 ]
    [ "$stdout" = ran ]
}

@test "who has a directory by his own number in /tmp takes no other" {
    in_namespace "exec 5<$SHIM; mount -t tmpfs none /tmp && mount -t tmpfs none /dev/shm && cd / &&
        mkdir -m 700 /tmp/rlshim-1 /tmp/rlshim-0 /tmp/rlshim-65534 &&
        RL_LIMITS='out 1MB/s' LD_PRELOAD=/proc/self/fd/5 ls /dev/shm"
    [ "$status" -eq 0 ]
    [ "$stdout" = rlshim-0 ]
}

# Who has no number there: the one that he seems to have is that of nobody outside.
@test "a directory that is made in a user namespace is in nobody's way" {
    need setpriv
    unshare -U true 2>/dev/null || skip "no user namespaces here"
    local limited="env RL_LIMITS='out 1MB/s' LD_PRELOAD=/proc/self/fd/5"
    in_namespace "exec 5<$SHIM; mount -t tmpfs none /tmp && mount -t tmpfs none /dev/shm && cd / &&
        unshare -U $limited true && setpriv --reuid 65534 --clear-groups $limited true && ls /dev/shm"
    [ "$status" -eq 0 ]
    [ "$stdout" = $'rlshim-4294967295\nrlshim-65534' ]
}

@test "a full /dev/shm is no SIGBUS: /tmp has it, or it is an error" {
    in_namespace "mount -t tmpfs -o size=4k none /dev/shm && RL_LIMITS='out 1MB/s' LD_PRELOAD=$SHIM \
        sh -c 'awk \"/rlshim-/ { print \\\$6 }\" /proc/self/maps | sort -u'"
    [ "$status" -eq 0 ]
    [[ $stdout == /tmp/rlshim-* ]]
}

@test "neither is one that becomes full: who finds no place in line waits without one" {
    in_namespace "mount -t tmpfs -o size=8k none /dev/shm && RL_LIMITS='out 100kB/s burst=2kB' \
        LD_PRELOAD=$SHIM $TOOLS/crowd -n 300 -d 1 both"
    [ "$status" -eq 0 ]
}

@test "neither is a limit of the size of files SIGXFSZ" {
    RL_LIMITS='out 1MB/s' run_limited true
    run_limited sh -c 'ulimit -f 10; RL_LIMITS="out 1MB/s" LD_PRELOAD=$SHIM sh -c "echo ran"'
    [ "$status" -eq 125 ]
    [ -z "$stdout" ]
    [[ $stderr == *"File too large"*RL_SCOPE=process* ]]
}

@test "a member that has no descriptor left to find the others by is told so" {
    RL_LIMITS='out 1MB/s' run_limited "$TOOLS/starter" closed \
        sh -c 'ulimit -n 4; /bin/echo ran; echo $?'
    [ "$stdout" = 125 ]
    [[ $stderr == *"Too many open files"* ]]
}

# As jemalloc does, which reads a file when it is called first, holding a lock. Nobody has a directory
# yet, and then nobody can make one.
@test "whoever starts the library from inside malloc is not called from it" {
    need cc
    cc -shared -fPIC -x c -o "$BATS_TEST_TMPDIR/malloc.so" - <<'END'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
extern void *__libc_malloc(size_t size);
void *malloc(size_t size)
{
    static int begun, inside;
    char byte;
    if (inside)
        _exit(99);
    inside = !begun;
    if (!begun++) {
        int fd = open("/dev/zero", O_RDONLY);
        (void)!read(fd, &byte, 1);
        close(fd);
    }
    inside = 0;
    return __libc_malloc(size);
}
__attribute__((constructor)) static void start(void)
{
    free(malloc(1));
}
END
    local set_up="mount -t tmpfs none /dev/shm && cp $SHIM $BATS_TEST_TMPDIR/malloc.so /dev/shm &&
        mount -t tmpfs none /tmp && cd /dev/shm && export RL_LIMITS='in 1MB/s'"
    local start='LD_PRELOAD="$PWD/librlshim.so $PWD/malloc.so" /bin/true'
    in_namespace "$set_up && $start && $start"
    [ "$status" -eq 0 ]
    in_namespace "$set_up && mount -o remount,ro /tmp && mount -o remount,ro /dev/shm && $start"
    [ "$status" -eq 125 ]
    [[ $stderr == *"Read-only file system"*RL_SCOPE=process* ]]
}

@test "what is left in /tmp goes with a start in /dev/shm" {
    in_namespace "mount -t tmpfs -o size=4k none /dev/shm && export RL_LIMITS='out 1MB/s' &&
        file=\$(LD_PRELOAD=$SHIM awk '/rlshim-/ { print \$6; exit }' /proc/self/maps) && echo \$file &&
        mount -t tmpfs none /dev/shm && LD_PRELOAD=$SHIM /bin/true && [ ! -e \$file ]"
    [ "$status" -eq 0 ]
    [[ $stdout == /tmp/rlshim-* ]]
}
