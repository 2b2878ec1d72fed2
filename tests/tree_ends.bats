# What the user is told of a tree: its summary, at the end, by whoever ends last; and the programs
# that could not be limited.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load tree

setup() {
    export SHIM RLSHIM TOOLS
}

## The summary

# ends COUNT COMMAND...: the tree of it has sent a kilobyte so many times, to PORT; told once, when all
# of it has ended, and not before.
ends() {
    start_sink --raw
    export RL_SUMMARY=1 SEND="$TOOLS/sender -n 1000 -k 1000 send $port" PORT=$port
    RL_LIMITS='out 100MB/s' run_limited "${@:2}"
    wait_for test -s "$BATS_TEST_TMPDIR/stderr"
    sleep 0.1
    told "$1"
}

told() {
    stderr=$(<"$BATS_TEST_TMPDIR/stderr")
    echo "told: $stderr"
    [[ $stderr =~ ^"rlshim: out 100MB/s: $1 calls, $((1000 * $1)) bytes, 0 held for 0.000000000 s; "[a-z0-9.]+" "[0-9]+$ ]]
}

@test "the summary is of all together, and told once: by a shell" {
    ends 3 sh -c '$SEND; $SEND & wait; $SEND; exit 0'
}

@test "by what a shell becomes" {
    ends 3 sh -c '$SEND; $SEND; exec $SEND'
}

@test "by children that outlive it" {
    ends 3 sh -c '(sleep 0.2; $SEND) & (sleep 0.1; $SEND) & $SEND'
}

@test "by a daemon" {
    ends 2 sh -c '$TOOLS/starter daemon sh -c "sleep 0.2; $SEND; sleep 0.1" >/dev/null; $SEND'
}

@test "by a child whose parent ends at once" {
    local i log=$BATS_TEST_TMPDIR/log
    for i in {1..20}; do
        RL_LOG=$log RL_SUMMARY=1 RL_LIMITS='out 1MB/s' run_limited sh -c 'sleep 0.02 & exit 0'
    done
    sleep 0.2
    [ "$(wc -l <"$log")" -eq 20 ] || die "$(wc -l <"$log") lines"
}

@test "by a child that no handler of pthread_atfork(3) tells of" {
    { [[ $SHIM != *musl* ]] && python3 -c 'import ctypes; ctypes.CDLL(None)._Fork'; } ||
        skip "needs _Fork, of glibc 2.34"
    ends 2 python3 -c 'import ctypes, os, subprocess, time
send = os.environ["SEND"].split()
subprocess.run(send)
if ctypes.CDLL(None)._Fork() == 0:
    time.sleep(0.2)
    os.execv(send[0], send)
os._exit(0)'
}

@test "by a child in a namespace of its own, whose parent ends before" {
    python3 -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).unshare(0x20000000) != 0)' || skip "no namespaces of processes"
    local start
    for start in 'libc.unshare(0x20000000); pid = os.fork()' \
        'pid = libc.syscall(56, ctypes.c_long(0x20000011), None, None, None, None)'; do
        [[ $start != *syscall* || $(uname -m) == x86_64 ]] || continue
        ends 2 python3 -c "import ctypes, os, subprocess, time
send = os.environ['SEND'].split()
libc = ctypes.CDLL(None)
subprocess.run(send)
$start
if pid == 0:
    time.sleep(0.3)
    os.execv(send[0], send)
time.sleep(0.1) # in which it notes itself: nobody else can
os._exit(0)"
        stop_sink >/dev/null
    done
}

@test "by the parent of one that is killed" {
    ends 3 sh -c 'python3 -c "import os, socket
socket.create_connection((\"127.0.0.1\", $PORT)).sendall(bytes(1000))
os.kill(os.getpid(), 9)" 2>/dev/null; $SEND; $SEND; true'
}

@test "by python, however it ends" {
    local end
    for end in 'sys.exit(0)' 'os._exit(0)' 'ctypes.CDLL(None).quick_exit(0)' \
        'os.execl(send[0], *send)' 'os.fork() or os.execl(send[0], *send); os.wait()' '1 / 0'; do
        echo "$end"
        cat >"$BATS_TEST_TMPDIR/end.py" <<END
import ctypes, os, subprocess, sys
send = os.environ["SEND"].split()
subprocess.run(send)
if os.fork() == 0:
    os._exit(0)
os.wait()
if "execl" not in "$end":
    subprocess.run(send)
sys.stderr = None
$end
END
        ends 2 python3 "$BATS_TEST_TMPDIR/end.py"
        stop_sink >/dev/null
    done
}

@test "by one of many that end at once" {
    ends 40 sh -c 'seq 40 | xargs -P 40 -I{} $SEND'
}

@test "by one that has closed its stderr" {
    ends 1 python3 -c 'import os, subprocess
subprocess.run(os.environ["SEND"].split())
os.closerange(0, 100)'
}

@test "with scope=process by each program, whatever it has started lives on" {
    local log=$BATS_TEST_TMPDIR/log end
    for end in 'sleep 0.4 & sleep 0.1; exit 0' 'exec /nowhere || sleep 0.4 & sleep 0.1; exit 0'; do
        rm -f "$log"
        RL_LOG=$log RL_SUMMARY=1 RL_LIMITS='out 1MB/s scope=process' limited bash -c \
            "shopt -s execfail; exec 2>/dev/null; $end"
        [ "$(wc -l <"$log")" -eq 1 ] || die "$(wc -l <"$log") lines" # of the shell, the first one
    done
}

@test "nested trees each tell theirs" {
    start_sink --raw
    export RL_SUMMARY=1 SEND="$TOOLS/sender -n 1000 -k 1000 send $port"
    "$RLSHIM" -l 'out 100MB/s' sh -c '$SEND; $RLSHIM -l "out 50MB/s" sh -c "\$SEND; \$SEND"; $SEND' \
        2>"$BATS_TEST_TMPDIR/stderr"
    diff <(sed 's/[0-9]*$/PID/' "$BATS_TEST_TMPDIR/stderr") - <<END
rlshim: out 50MB/s: 2 calls, 2000 bytes, 0 held for 0.000000000 s; sh PID
rlshim: out 100MB/s: 4 calls, 4000 bytes, 0 held for 0.000000000 s; sh PID
END
}

@test "one of a name is told when its last member ends" {
    start_sink --raw
    export RL_SUMMARY=1 SEND="$TOOLS/sender -n 1000 -k 1000 send $port"
    export RL_LIMITS="out 100MB/s scope=shared:test-$$-$RANDOM"
    limited sh -c 'sleep 0.5; $SEND' 2>"$BATS_TEST_TMPDIR/first" &
    sleep 0.2
    limited sh -c "$SEND" 2>"$BATS_TEST_TMPDIR/second"
    [ ! -s "$BATS_TEST_TMPDIR/second" ]
    wait $!
    grep ' 2 calls, 2000 bytes,' "$BATS_TEST_TMPDIR/first"
}

## Escapes

# make_escapes: programs that cannot be limited, each prints its LD_PRELOAD; sets escapes, those that
# can be made here.
make_escapes() {
    need cc
    chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" 2>/dev/null || true
    cd "$BATS_TEST_TMPDIR" || return
    printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' 'int main(void) {' \
        'char *list = getenv("LD_PRELOAD");' \
        'puts(list && *list ? "preload" : "none"); return 0; }' >escape.c
    escapes=()
    if cc -static -o static escape.c 2>/dev/null; then escapes+=(static); fi
    if cc -static-pie -o static-pie escape.c 2>/dev/null; then escapes+=(static-pie); fi
    if musl-gcc -o musl escape.c 2>/dev/null && ./musl >/dev/null 2>&1; then escapes+=(musl); fi
    printf '%s\n' '.globl _start' '_start: mov $1, %eax' 'xor %ebx, %ebx' 'int $0x80' >other.s
    if cc -m32 -nostdlib -static -o other other.s 2>/dev/null && ./other; then escapes+=(other); fi
    if [ "$(id -u)" -eq 0 ]; then
        cc -o set-user escape.c
        cp set-user capable
        chown 65534 set-user
        chmod 4755 set-user
        escapes+=(set-user)
        if setcap cap_net_raw+ep capable 2>/dev/null; then
            # Root has it anyway, and is in secure mode only as somebody else.
            escapes+=(capable)
        fi
    fi
    if command -v go >/dev/null; then
        printf 'package main\nfunc main() {}\n' >go.go
        if go build -o go go.go; then escapes+=(go); fi
    fi
}

# Words of the reason for each.
reason_of() {
    case $1 in
    static | static-pie) echo 'statically linked' ;;
    musl) echo 'linked with another C library' ;;
    other) echo 'built for another architecture' ;;
    set-user) echo 'set-user-ID' ;;
    capable) echo 'given capabilities' ;;
    go) echo 'Go program\|statically linked' ;;
    esac
}

# starts ESCAPE SCRIPT: sh, limited, runs that. Where root would have the privilege anyway, as somebody
# else, who has a tree of his own.
starts() {
    cp "$SHIM" librlshim.so
    local shell="LD_PRELOAD=$PWD/librlshim.so exec sh -c '$2'"
    if [ "$1" = capable ]; then
        run_plain setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$shell"
    else
        run_plain sh -c "$shell"
    fi
}

run_plain() {
    SHIM='' run_limited "$@"
}

@test "programs that cannot be limited are started, and told once, on our stderr" {
    make_escapes
    export RL_LIMITS='out 1MB/s'
    local escape
    for escape in "${escapes[@]}"; do
        echo "-- $escape"
        install -m 666 /dev/null own
        starts "$escape" "./$escape 2>own; ./$escape 2>own; true; ./$escape 2>own"
        [ "$status" -eq 0 ]
        [ "$(grep -c "^rlshim: ./$escape is not limited: it is .*$(reason_of "$escape")" <<<"$stderr")" -eq 1 ]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        [ ! -s own ]
        case $escape in
        musl) [ "$stdout" = $'none\nnone\nnone' ] ;; # it would complain
        esac
    done
}

@test "RL_ESCAPE=refuse: they are not, and told why" {
    make_escapes
    export RL_LIMITS='out 1MB/s' RL_ESCAPE=refuse
    local escape
    for escape in "${escapes[@]}"; do
        echo "-- $escape"
        starts "$escape" "./$escape; echo \$?"
        [[ $stdout == 126 ]]
        grep "^rlshim: ./$escape is not started (RL_ESCAPE=refuse): it is .*$(reason_of "$escape")" <<<"$stderr"
        grep -i 'permission denied' <<<"$stderr"
    done
    run_limited python3 -c "import subprocess
try:
    subprocess.run(['./${escapes[0]}'])
except PermissionError as error:
    print(error.errno)"
    [ "$stdout" = 13 ]
}

@test "RL_ESCAPE=allow: they are, and nobody is told" {
    make_escapes
    export RL_LIMITS='out 1MB/s' RL_ESCAPE=allow
    local escape
    for escape in "${escapes[@]}"; do
        starts "$escape" "./$escape >/dev/null; ./$escape >/dev/null"
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
    done
}

@test "a child with a stderr of its own is told of on its parent's, in whatever way it is started" {
    make_escapes
    cp "${escapes[0]}" one
    for way in a b c d; do
        cp one "escape-$way"
    done
    # To a pipe, as a file has an offset of its own for whoever opens it.
    RL_LIMITS='out 1MB/s' limited sh -c '"$0" stderr ./escape-a >/dev/null
        ./escape-b >/dev/null 2>/dev/null
        (./escape-c >/dev/null) 2>/dev/null
        python3 -c "import subprocess
subprocess.run([\"./escape-d\"], stdout=-3, stderr=-3, env={})"' "$TOOLS/starter" 2> >(cat >told)
    stderr=$(<told)
    echo "$stderr"
    grep -o 'escape-.' <<<"$stderr" | xargs >names
    [ "$(<names)" = 'escape-a escape-b escape-c escape-d' ] || die "$(<names)"
}

@test "one that is started where the library is not is told of, and its loader does not complain" {
    need cc chroot
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    [[ $SHIM != *musl* ]] || skip "the files of glibc"
    make_escapes
    cc -o plain escape.c
    ldd plain | grep -o '/[^ ]*' | while read -r file; do install -D "$file" "jail$file"; done
    install -D plain jail/bin/plain
    export RL_LIMITS='out 1MB/s'
    run_limited chroot jail /bin/plain
    [ "$stdout" = none ]
    [ "$stderr" = "rlshim: /bin/plain is not limited: it is started where librlshim.so cannot be opened, so LD_PRELOAD does not reach it" ]
    RL_ESCAPE=refuse run_limited chroot jail /bin/plain
    [ "$status" -eq 126 ]
    install -D "$SHIM" "jail$SHIM"
    mkdir -p jail/tmp
    run_limited chroot jail /bin/plain
    [ "$stdout" = preload ]
}

@test "one that stands far down, or for which no descriptor is left, is told of" {
    make_escapes
    local far part
    part=$(printf 'd%.0s' {1..200})
    far=$PWD/$part/$part/$part
    install -D static "$far/deep" || skip "needs static libraries"
    export RL_LIMITS='out 1MB/s'
    run_limited env "$far/deep"
    [ "$stderr" = "rlshim: $far/deep is not limited: it is statically linked, so LD_PRELOAD does not reach it" ]
    PATH=$far:$PATH run_limited env deep
    [ "$stderr" = "rlshim: deep is not limited: it is statically linked, so LD_PRELOAD does not reach it" ]
    run_limited env PATH= static
    [ "$stderr" = "rlshim: static is not limited: it is statically linked, so LD_PRELOAD does not reach it" ]
    run_limited "$TOOLS/starter" closed sh -c 'ulimit -n 3; exec ./static'
    [ "$stdout" = preload ]
    [ "$stderr" = "rlshim: ./static is not limited: it is started where too many files are open to look at it, so LD_PRELOAD may not reach it" ]
    RL_ESCAPE=refuse run_limited "$TOOLS/starter" closed sh -c 'ulimit -n 3; ./static; echo $?'
    [ "$stdout" = 126 ]
}

@test "a child that closes what it does not know, in the memory of its parent, is told of in the log" {
    make_escapes
    RL_LOG=$PWD/log RL_SUMMARY=1 RL_LIMITS='out 1MB/s' run_limited python3 -c "import subprocess
subprocess.run(['./${escapes[0]}'], close_fds=True, stderr=-3)"
    [ -z "$stderr" ]
    grep "^rlshim: ./${escapes[0]} is not limited: " log
    grep '^rlshim: out 1MB/s: 0 calls, ' log # that of the parent is as it was
    RL_SUMMARY=1 RL_LIMITS='out 1MB/s' limited python3 -c "import os, subprocess
subprocess.run(['./${escapes[0]}'], close_fds=True, stderr=-3)
os.close(2)" 2> >(cat >told) # a pipe, as above
    wait_for grep -q 'could not be limited' told
    stderr=$(<told)
    grep "^rlshim: ./${escapes[0]} is not limited: " <<<"$stderr"
    grep '^rlshim: out 1MB/s: 0 calls, ' <<<"$stderr"
}

@test "what a static program starts is limited again, in the same tree" {
    need cc
    start_sink -c
    printf '%s\n' '#include <unistd.h>' \
        'int main(int argc, char **argv) { return argc > 1 ? execv(argv[1], argv + 1) : 0; }' \
        >"$BATS_TEST_TMPDIR/relay.c"
    cc -static -o "$BATS_TEST_TMPDIR/relay" "$BATS_TEST_TMPDIR/relay.c" || skip "no static libc"
    export RL_ESCAPE=allow RL_LIMITS='connect 2/s burst=1' RL_SUMMARY=1
    run_limited sh -c '"$1" -n 1 "$2"; "$0" "$1" -n 1 "$2"; "$0" "$0" "$1" -n 1 "$2"' \
        "$BATS_TEST_TMPDIR/relay" "$TOOLS/connector" "$port"
    grep -q 'connect 2/s: 3 calls, 3 of them counted, 2 held for [01]\.' <<<"$stderr"
    grep -q 'programs that could not be limited: 2 (relay)$' <<<"$stderr"
}

@test "the summary counts and names them, of all members" {
    make_escapes
    [ ${#escapes[@]} -ge 2 ] || skip "too few of them can be made here"
    local one=${escapes[0]} other=${escapes[1]}
    RL_SUMMARY=1 RL_LIMITS='out 1MB/s' run_limited sh -c \
        "./$one; sh -c './$other; true'; (./$one); $RLSHIM -l 'send 9/s' sh -c './$one; true'; exit 0"
    grep "^rlshim: programs that could not be limited: 4 ($one, $other)\$" <<<"$stderr"
    [ "$(grep -c 'could not be limited' <<<"$stderr")" -eq 1 ]
    RL_ESCAPE=allow RL_SUMMARY=1 RL_LIMITS='out 1MB/s' run_limited sh -c "./$one; exit 0"
    grep "^rlshim: programs that could not be limited: 1 ($one)\$" <<<"$stderr"
}

# killed COMMAND: it wants a summary, which nobody is left to tell.
killed() {
    RL_SUMMARY=1 RL_LIMITS='out 100MB/s' run_limited \
        sh -c '"$0" -n 5000 send "$1"; kill -9 $$' "$TOOLS/sender" "$port"
    [[ $stderr != *'rlshim: '* ]]
}

@test "what is killed to the last one is told by the launcher's next start" {
    start_sink --raw
    killed
    RL_LIMITS='in 1MB/s' run_limited true # a program that has nothing to do with it
    [ -z "$stderr" ]
    output=$("$RLSHIM" -u 1MB true 2>&1)
    [[ $output =~ ^"rlshim: out 100MB/s: 1 calls, 5000 bytes, 0 held for 0.000000000 s; sh "[0-9]+", which was killed"$ ]]
    output=$("$RLSHIM" -u 1MB true 2>&1)
    [ -z "$output" ]
}

@test "or by the next one that is to have a summary" {
    start_sink --raw
    killed
    RL_SUMMARY=1 RL_LIMITS='in 1MB/s' run_limited true
    [[ $stderr == "rlshim: out 100MB/s: 1 calls, 5000 bytes, 0 held for 0.000000000 s; sh "*", which was killed"$'\n'* ]]
    output=$("$RLSHIM" -u 1MB true 2>&1)
    [ -z "$output" ]
}

@test "of those without a summary nothing is told" {
    RL_LIMITS='out 100MB/s' run_limited sh -c 'kill -9 $$'
    RL_LIMITS='in 1MB/s' run_limited true
    [ -z "$stderr" ]
}

@test "of limits of each process by itself, those tell that had to do with them; or the first" {
    export RL_SUMMARY=1 RL_SCOPE=process RL_LIMITS='out 100MB/s'
    start_sink --raw
    run_limited bash -c 'true; sh -c :; env true; "$0" -n 5000 send "$1"; true' "$TOOLS/sender" "$port"
    diff <(printf '%s\n' "$stderr" | sed 's/[0-9]*$/PID/') - <<END
rlshim: out 100MB/s: 1 calls, 5000 bytes, 0 held for 0.000000000 s; sender PID
rlshim: out 100MB/s: 0 calls, 0 bytes, 0 held for 0.000000000 s; bash PID
END
}

@test "a limit whose peers nobody met says so" {
    export RL_SUMMARY=1 RL_LIMITS='out 100MB/s to=192.0.2.1'
    start_sink --raw
    run_limited "$TOOLS/sender" -n 5000 send "$port"
    [[ $stderr == "rlshim: out 100MB/s: 0 calls, 0 bytes, 0 held for 0.000000000 s; met nobody it applies to; sender "* ]]
    export RL_LIMITS='out 100MB/s to=127.0.0.1'
    run_limited "$TOOLS/sender" -n 5000 send "$port"
    [[ $stderr == "rlshim: out 100MB/s: 1 calls, 5000 bytes, 0 held for 0.000000000 s; sender "* ]]
}

@test "a peer whose name is not known is told of, if the limit is for names" {
    export RL_LIMITS='out 100MB/s to=a.example,b.example'
    start_sink --raw
    run_limited "$TOOLS/sender" -n 5000 send "$port"
    [[ $stderr == "rlshim: a limit on host names does not count a peer whose name is not known: "* ]]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    need python3
    run_limited python3 -c 'import socket, sys # it was looked up, and is none of them
for _ in range(2):
    socket.create_connection((socket.gethostname(), int(sys.argv[1]))).send(b"x")' "$port" ||
        skip "this host does not know its name"
    export RL_LIMITS='out 100MB/s to=!a.example' # all that are not known
    run_limited "$TOOLS/sender" -n 5000 send "$port"
    [ -z "$stderr" ]
}

@test "what one member has looked up, all know" {
    need python3
    local name
    name=$(uname -n)
    getent ahostsv4 "$name" || skip "this host does not know its name"
    export RL_LIMITS="out 100kB/s burst=1kB to=$name"
    # shellcheck disable=SC2016 # for that shell
    run_limited sh -c 'address=$(python3 -c "
import socket, sys
print(socket.getaddrinfo(sys.argv[1], None, socket.AF_INET)[0][4][0])" "$0")
python3 -c "
import socket, sys, time
server = socket.create_server((sys.argv[1], 0))
client = socket.create_connection(server.getsockname())
begin = time.monotonic()
client.sendall(bytes(30000))
print(\"held\" if time.monotonic() - begin > 0.28 else \"passed\")" "$address"' "$name"
    [ "$stdout" = held ]
}
