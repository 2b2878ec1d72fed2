# The environment: silence without one, and what each variable does.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # quotes are for another shell; a test is a subshell

load lib

@test "without RL_ variables it is inert and silent" {
    run_limited echo "it ran"
    [ "$status" -eq 0 ]
    [ "$stdout" = "it ran" ]
    [ "$stderr" = "" ]
}

@test "without RL_ variables nothing is held" {
    need curl
    start_sink
    run_limited curl -sS -T "$(zeros 50000000)" "http://127.0.0.1:$port/"
    [ "$stdout" = OK ]
    [ "$stderr" = "" ]
    stop_sink
    holds "$seconds < 2"
}

@test "with a limit it is silent too" {
    export RL_CAPACITY=4
    run_limited sh -c 'echo "it ran"; echo "an error" >&2; exit 7'
    [ "$status" -eq 7 ]
    [ "$stdout" = "it ran" ]
    [ "$stderr" = "an error" ]
}

@test "what is said beside a limit limits nothing without one, and is silent" {
    local variable
    for variable in RL_SUMMARY=1 RL_SUMMARY= RL_TRACE= RL_LOG= RL_ESCAPE=refuse RL_ESCAPE= RL_TREE=; do
        run_limited env "$variable" echo "it ran"
        [ "$status" -eq 0 ]
        [ "$stdout" = "it ran" ]
        [ "$stderr" = "" ]
    done
}

@test "RL_ variables of somebody else pass" {
    export RL_VERBOSE_READLINE=1 RL_HOME=/ RL_PORT=80
    run_limited echo "it ran"
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
}

@test "RL_ variables that a limited program has for its children pass" {
    export RL_LIMITS='out 1MB/s'
    run_limited sh -c 'RL_WORKERS=4 RL_LOG_LEVEL=2 sh -c "echo \$RL_WORKERS"'
    [ "$status" -eq 0 ]
    [ "$stdout" = 4 ]
    [ "$stderr" = "" ]
    run_limited sh -c 'RL_CAPACITY=5 RL_PERIOD=60 echo ran; exec env RL_CAPACITY=5 RL_PERIOD=60 true'
    [ "$status" -eq 125 ]
    [[ $stderr == *"'RL_PERIOD'; did you mean 'RL_SECONDS'?"* ]]
}

@test "RL_LIMITS: all limits hold" {
    export RL_LIMITS='out 10MB/s burst=64kB; out 1MB/s burst=64kB; connect 100/s'
    start_sink --raw -r 1000000 -b 64000
    limited "$TOOLS/sender" -n 1000000 send "$port"
    stop_sink
    at_rate 1000000
}

@test "RL_CONFIG: a file of limits" {
    printf '# 8 Mbit\nout 8Mbit/s burst=64kB algo=gcra  # is 1 MB\n' >"$BATS_TEST_TMPDIR/limits"
    export RL_CONFIG=$BATS_TEST_TMPDIR/limits
    start_sink --raw -r 1000000 -b 64000
    limited "$TOOLS/sender" -n 1000000 send "$port"
    stop_sink
    at_rate 1000000
}

@test "RL_SUMMARY=1: one line at exit, on stderr" {
    need curl
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB RL_SUMMARY=1
    start_sink
    run_limited curl -sS -T "$(zeros 300000)" "http://127.0.0.1:$port/"
    [ "$stdout" = OK ]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    [[ $stderr == rlshim:* ]]
    [[ $stderr == *held* ]]
}

@test "RL_TRACE: a row of CSV for each decision" {
    export RL_CAPACITY=1000 RL_CALLS=connect,send RL_TRACE=$BATS_TEST_TMPDIR/trace
    start_sink --raw
    run_limited "$TOOLS/sender" -n 5000 -k 1000 send "$port"
    [ "$stdout$stderr" = "" ]
    cat "$RL_TRACE"
    [ "$(head -n 1 "$RL_TRACE")" = t,pid,tid,limit,call,fd,amount,wait ]
    [ "$(tail -n +2 "$RL_TRACE" | cut -d, -f5,7)" = "connect,1
send,1
send,1
send,1
send,1
send,1" ]
    [ "$(awk -F, 'NF != 8' "$RL_TRACE")" = "" ]
}

@test "RL_LOG takes the warnings" {
    export RL_CAPACITY=4 RL_LOG=$BATS_TEST_TMPDIR/log RL_SUMMARY=1
    run_limited true
    [ "$status" -eq 0 ]
    [ "$stdout" = "" ]
}

@test "RL_LOG and RL_TRACE that cannot be opened: the program does not run" {
    local variable path=$BATS_TEST_TMPDIR/nowhere/file
    for variable in RL_LOG RL_TRACE; do
        RL_CAPACITY=4 run_limited env "$variable=$path" echo ran
        [ "$status" -eq 125 ]
        [ "$stdout" = "" ]
        [ "$stderr" = "rlshim: $variable: cannot open '$path' for appending: No such file or directory
  for example: $variable=/tmp/rlshim.log" ]
    done
}

@test "RL_TIMEOUT: the call fails with ETIMEDOUT" {
    need python3
    export RL_CAPACITY=1 RL_SECONDS=60 RL_CALLS=send RL_TIMEOUT=100ms
    start_sink --raw
    limited python3 -c '
import errno, socket, sys, time
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.send(b"x")
begin = time.monotonic()
try:
    s.send(b"y")
    sys.exit("was sent")
except OSError as error:
    assert error.errno == errno.ETIMEDOUT, error
assert time.monotonic() - begin < 5' "$port"
    stop_sink
    [ "$units" -eq 1 ]
}

@test "RL_MODE=police: a stream gets EAGAIN" {
    need python3
    export RL_CAPACITY=1 RL_SECONDS=60 RL_CALLS=send RL_MODE=police
    start_sink --raw
    limited python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.send(b"x")
try:
    s.send(b"y")
    sys.exit("was sent")
except BlockingIOError:
    pass' "$port"
    stop_sink
    [ "$units" -eq 1 ]
}

@test "RL_MODE=police: datagrams are dropped" {
    need python3
    export RL_CAPACITY=2 RL_SECONDS=60 RL_MODE=police
    start_sink --udp
    limited python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5):
    assert s.sendto(b"x" * 10, ("127.0.0.1", int(sys.argv[1]))) == 10' "$port"
    sleep 0.1
    stop_sink
    [ "$units" -eq 20 ]
}

@test "RL_MODE=police: connect gets ECONNREFUSED" {
    need python3
    export RL_CAPACITY=1 RL_SECONDS=60 RL_CALLS=connect RL_MODE=police
    start_sink -c
    limited python3 -c '
import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])))
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    sys.exit("was connected")
except ConnectionRefusedError:
    pass' "$port"
}

# What is said of io_uring.
ring_warning="rlshim: io_uring is not limited: io_uring_setup is refused (ENOSYS), and programs do \
without; RL_ESCAPE=allow lets it through"

@test "under any limit io_uring_setup fails with ENOSYS, and that is said once" {
    local escape limit
    for escape in '' warn refuse; do
        for limit in 'out 1MB/s' 'accept 1/s' 'in 1MB/s to=192.0.2.1'; do
            RL_ESCAPE=$escape RL_LIMITS=$limit run_limited "$HOLDS/ring" refused
            [ "$status" -eq 0 ]
            [ "$stderr" = "$ring_warning" ]
        done
    done
}

@test "io_uring_setup: the warning goes to RL_LOG" {
    need python3
    export RL_LIMITS='out 1MB/s' RL_LOG=$BATS_TEST_TMPDIR/log
    run_limited python3 -c '
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
assert libc.syscall(425, 4, None) == -1
assert ctypes.get_errno() == errno.ENOSYS'
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    [ "$(<"$RL_LOG")" = "$ring_warning" ]
}

@test "io_uring_setup passes without a limit, and with RL_ESCAPE=allow, without a word" {
    "$HOLDS/ring" passed || skip "this kernel has no io_uring, or not for everyone"
    run_limited "$HOLDS/ring" passed
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    RL_ESCAPE=refuse run_limited "$HOLDS/ring" passed
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
    RL_ESCAPE=allow RL_LIMITS='out 1MB/s' run_limited "$HOLDS/ring" passed
    [ "$status" -eq 0 ]
    [ "$stderr" = "" ]
}

@test "node does without io_uring" {
    need node
    export UV_USE_IO_URING=1
    local program="const fs = require('fs')
        const isRing = fd => {
            try {
                return fs.readlinkSync('/proc/self/fd/' + fd) === 'anon_inode:[io_uring]'
            } catch { }
        }
        fs.readFile('$ROOT/LICENSE', () =>
            fs.readFile('$ROOT/LICENSE', 'utf8', (error, text) =>
                console.log(text.split('\\n')[0], fs.readdirSync('/proc/self/fd').some(isRing))))"
    local first
    first=$(head -n 1 "$ROOT/LICENSE")
    [ "$(node -e "$program")" = "$first true" ] || skip "this node makes no ring, or this kernel"
    RL_LIMITS='out 1MB/s' run_limited node -e "$program"
    [ "$stdout" = "$first false" ]
    [ "$stderr" = "$ring_warning" ]
    RL_ESCAPE=allow RL_LIMITS='out 1MB/s' run_limited node -e "$program"
    [ "$stdout" = "$first true" ]
    [ "$stderr" = "" ]
}

@test "it stacks with another preload, on either side" {
    need cc curl
    cat >"$BATS_TEST_TMPDIR/other.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>

static int sends;

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int);
    *(void **)&next = dlsym(RTLD_NEXT, "send");
    sends++;
    return next(fd, data, size, flags);
}

__attribute__((destructor)) static void tell(void)
{
    fprintf(stderr, "%d sends\n", sends);
}
END
    other=$BATS_TEST_TMPDIR/other.so
    cc -shared -fPIC -o "$other" "$BATS_TEST_TMPDIR/other.c" -ldl
    export RL_CAPACITY=1MB RL_UNIT=bytes RL_BURST=64kB
    file=$(zeros 500000)
    for both in "$SHIM $other" "$other:$SHIM"; do
        start_sink -r 1000000 -b 64000
        LD_PRELOAD=$both run curl -sS -T "$file" "http://127.0.0.1:$port/"
        [[ $output =~ [1-9][0-9]*" sends" ]]
        stop_sink
        at_rate 1000000
    done
}

# What the shim reads, and hands to the kernel, is memory that there is.
@test "a limited program has no errors in valgrind" {
    need valgrind
    local twin
    export RL_LIMITS='out 1MB/s burst=3000; in 2MB/s burst=3000; calls 500/s burst=1' RL_SUMMARY=1
    for twin in batches:all_of_them vectors:scattered by_number:sending datagrams:unconnected; do
        run_limited valgrind -q --error-exitcode=9 "$BUILD/tests/twins/${twin%:*}" "${twin#*:}"
        [ "$status" -eq 0 ]
        [[ $stderr == *'rlshim: calls 500/s: '*' held for '* ]]
    done
}

@test "the program's children find LD_PRELOAD and the limit as they were" {
    export RL_CAPACITY=4
    run_limited sh -c 'env | grep -e ^RL_ -e ^LD_ | sort'
    [ "$(sed -E 's/^(RL_TREE)=[0-9a-f]{8},[0-9a-f]{16}$/\1/' <<<"$stdout")" = "LD_PRELOAD=$SHIM
RL_CAPACITY=4
RL_TREE" ]
}

@test "a child whose limits are taken away, by whichever way, has those of its tree" {
    export RL_CAPACITY=4 RL_SUMMARY=1
    start_sink
    run_limited sh -c "unset RL_CAPACITY RL_TREE LD_PRELOAD; exec '$TOOLS/sender' -n 3000 send $port"
    stop_sink
    [[ $stderr == "rlshim: RL_CAPACITY: "[1-9]*" calls, "* ]]
    start_sink
    run_limited sh -c "RL_TREE= LD_PRELOAD= exec '$TOOLS/sender' -n 3000 send $port"
    stop_sink
    [[ $stderr == "rlshim: RL_CAPACITY: "[1-9]*" calls, "* ]]
}

@test "a child whose limits are set to nothing does not run" {
    export RL_CAPACITY=4
    run_limited sh -c "RL_CAPACITY= RL_TREE= LD_PRELOAD= exec '$TOOLS/sender' -n 3000 send 9"
    [ "$status" -eq 125 ]
    [[ $stderr == "rlshim: RL_CAPACITY: character 1: it is set to nothing"* ]]
}

# And those that look them up, the one by which a program that is built with -fsanitize=address is
# asked not to mind, and the one by which copies know of each other.
@test "only the names in the tables of calls are exported" {
    need nm
    table=$(sed -n 's/^CALL(\(.*\))$/\1/p; s/^ALIAS(\([^,]*\),.*/\1/p' "$ROOT/src/guest/calls.def")
    table+=$'\n'$(sed -n 's/^READ(\(.*\))$/\1/p' "$ROOT/src/guest/tls.def")
    table+=$'\ndlsym\ndlvsym\n__asan_default_options\nrlshim_first_copy'
    exported=$(nm -D --defined-only "$SHIM" | awk '{ print $3 }')
    diff <(sort <<<"$table") <(sort <<<"${exported//@*/}")
}
