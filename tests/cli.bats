#!/usr/bin/env bats
# The launcher: its options, errors and exit statuses, what it refuses to run, and what a limit
# does in virtual time.

# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031 # run sets output and lines, for the test that called it

load old_bats
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_TEST_DIRNAME/.." || return
    export RLSHIM
    RLSHIM="$(realpath "${BUILD:-build}")/rlshim"
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" # for the tests that run as another user
    cd "$BATS_FILE_TMPDIR" || return
    echo 'int main(void) { return 0; }' >main.c
    gcc -o dynamic main.c
}

setup() {
    local variable
    for variable in "${!RL_@}" LD_PRELOAD; do
        unset "$variable"
    done
    cd "$BATS_FILE_TMPDIR" || return
}

# line N TEXT: that line of the output is TEXT.
line() {
    [ "${lines[$1]}" = "$2" ] || { echo "line $1 is: ${lines[$1]}" && false; }
}

contains() {
    [[ "$output" == *"$1"* ]] || { echo "no '$1' in: $output" && false; }
}

lacks() {
    [[ "$output" != *"$1"* ]] || { echo "'$1' is in: $output" && false; }
}

script() { # NAME FIRST_LINE
    printf '%s\n' "$2" >"$1"
    chmod +x "$1"
}

patched() { # NAME OFFSET BYTES: a copy of the program that differs in these bytes
    cp dynamic "$1"
    # shellcheck disable=SC2059 # the bytes are escapes
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

as_root() {
    [ "$(id -u)" = 0 ] || skip "only root can make such a file"
}

as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

## Help and usage

@test "--help goes to stdout and fits a screen" {
    run -0 --separate-stderr "$RLSHIM" --help
    [ -z "$stderr" ]
    contains "rlshim check"
    [ "$("$RLSHIM" --help | wc -l)" -le 24 ]
    for text in "${lines[@]}"; do [ "${#text}" -le 80 ]; done
}

@test "the commands have --help too" {
    for command in run check simulate plot top stats status; do
        run -0 "$RLSHIM" "$command" --help
        contains "Usage: rlshim"
    done
}

@test "--version" {
    run -0 "$RLSHIM" --version
    [[ "$output" =~ ^rlshim\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "wrong usage is 125, on stderr, and says where to read on" {
    for arguments in "" "-x" "--foo" "-l" "-u 1MB" "check" "check -x" "run" "simulate --algo" \
        "simulate -z" "simulate" "top -x" "stats -x" "stats -o" "status" "status x" "status 1 2"; do
        # shellcheck disable=SC2086 # words
        run -125 --separate-stderr "$RLSHIM" $arguments
        [ -z "$output" ]
        [[ "$stderr" == "rlshim: "*"Try 'rlshim --help'."* ]]
    done
}

@test "a full disk is noticed" {
    for command in --help --version "check sh" "simulate -l 'connect 1/s'" "stats --json" "top"; do
        run -125 bash -c "\"\$RLSHIM\" $command >/dev/full <<<0"
        contains "cannot write to standard output: No space left on device"
    done
}

## Limits

@test "without any limit nothing is run" {
    run -125 "$RLSHIM" echo ran
    lacks "ran"$'\n'
    contains "rlshim: cannot limit echo: no limit is given"
    run -125 env RL_TRACE=/dev/null "$RLSHIM" echo ran
    contains "no limit is given"
}

@test "a wrong limit is told in the name of its option" {
    run -125 "$RLSHIM" -l 'connect 10/fortnight' echo ran
    [[ "${lines[0]}" == "rlshim: -l: "* ]]
    contains fortnight
    run -125 "$RLSHIM" -u much echo ran
    [[ "${lines[0]}" == "rlshim: -u: "* ]]
    run -125 "$RLSHIM" -c 0 echo ran
    [[ "${lines[0]}" == "rlshim: -c: "* ]]
    run -125 env RL_CAPACITY=many "$RLSHIM" echo ran
    [[ "${lines[0]}" == "rlshim: RL_CAPACITY: "* ]]
    run -125 env RL_LIMITS='connect' "$RLSHIM" -u 1MB echo ran
    [[ "${lines[0]}" == "rlshim: RL_LIMITS: "* ]]
}

@test "a message shows the option as it was typed, and points into that" {
    run -125 "$RLSHIM" -u 1MB/s/s echo ran
    line 0 "rlshim: -u: character 5: unknown unit of time 's/s'; there are: s, ms, us, ns, m, min, h, d"
    line 1 "    -u 1MB/s/s"
    line 2 "           ^^^"
    lacks "out 1MB"
    run -125 "$RLSHIM" -u1MB/s/s echo ran
    line 1 "    -u1MB/s/s"
    line 2 "          ^^^"
    run -125 "$RLSHIM" --upload=1MB/s/s echo ran
    [[ "${lines[0]}" == "rlshim: --upload: character 5: "* ]]
    line 1 "    --upload=1MB/s/s"
    line 2 "                 ^^^"
    run -125 "$RLSHIM" --down 8Mb echo ran
    [[ "${lines[0]}" == "rlshim: --down: character 2: 'Mb' may be bytes or bits: write 8MB, or 8Mbit, "* ]]
    line 1 "    --down 8Mb"
    line 2 "            ^^"
    run -125 env RL_LIMITS='connect 1/s; connect 2/s; connect 3/s; connect 4/s' \
        "$RLSHIM" -u 1MB -u 2MB -u 3MB -u 4MB -u 5MB echo ran
    line 0 "rlshim: -u: character 1: more than 8 limits"
    line 1 "    -u 5MB"
    run -125 "$RLSHIM" simulate --limit='connect 4/x' <<<0
    line 1 "    --limit=connect 4/x"
}

@test "each short option has a long one, with its value behind = or apart" {
    run -0 "$RLSHIM" --limit='connect 4/2s' --upload=1MB --download 8Mbit --connects 10/1m \
        printenv RL_LIMITS
    line 0 "connect 4/2s; out 1MB/s; in 8Mbit/s; connect 10/1m"
    run -0 "$RLSHIM" --limit 'connect 4/2s' --upload '1MB burst=64KiB' --download=8Mbit/s \
        --connects=10 -- printenv RL_LIMITS
    line 0 "connect 4/2s; out 1MB/s burst=64KiB; in 8Mbit/s; connect 10/s"
    run -0 "$RLSHIM" run --up=1MB printenv RL_LIMITS
    line 0 "out 1MB/s"
    run -0 "$RLSHIM" --tpm 90k --tpm='9k/6s to=api.example.com count=input' --rpm 500 --rpm=9/s \
        printenv RL_LIMITS
    line 0 "tpm 90k; tpm 9k/6s to=api.example.com count=input; rpm 500; rpm 9/s"
    simulated $'0\n0' --limit 'connect 2/s burst=1'
    departures "0.000000000 0.500000000"
}

@test "a wrong long option is told what is right" {
    while IFS='|' read -r option answer; do
        run -125 --separate-stderr "$RLSHIM" "$option" echo ran
        [ -z "$output" ]
        [[ "$stderr" == "rlshim: "*"$answer"*"Try 'rlshim --help'."* ]] ||
            { echo "$option: $stderr" && false; }
    done <<'END'
--uplod=1MB|no option --uplod; did you mean --upload?
--upload-rate=1MB|did you mean --upload?
--limit-rate=1M|no option --limit-rate; -u RATE is for what goes out, -d RATE for what comes in
--bwlimit|-d RATE for what comes in
--requests=9|--rpm N is for requests to language models, --tpm N for tokens
--tokens-per-minute=9|--rpm N is for
--count=input|an option of a limit
--burst=1|an option of a limit, as in -u '1MB burst=64kB'
--scope|an option of a limit
--summary|a variable, as in RL_SUMMARY=1
--frobnicate|there are: --limit, --upload, --download, --connects, --tpm, --rpm, --progress, --help, --version
--help=yes|option --help takes no value
--=1MB|may be any of --limit, --upload
END
    run -125 "$RLSHIM" check --foo
    contains "there is no option --foo; there are: --help, --version"
    run -125 "$RLSHIM" --upload=1MB -xz echo ran
    contains "there is no option -x"
    run -125 "$RLSHIM" --upload
    contains "option --upload needs a value"
}

@test "units as people type them in other tools" {
    while read -r rate bytes; do
        run -0 "$RLSHIM" simulate -l "out $rate burst=$bytes" <<<"0 $bytes"$'\n'"0 $bytes"
        departures "0.000000000 1.000000000"
    done <<'END'
500K/s 500000
1M/sec 1000000
1TB/second 1000000000000
1Mbps 125000
10Mbit/s 1250000
1mibit/s 131072
1KB/s 1000
60K/minute 1000
3600K/hour 1000
END
}

@test "less than 1 kB/s is warned of, once, and runs" {
    run -7 "$RLSHIM" -u 100 -d 5 sh -c 'exit 7'
    [ "$output" = "rlshim: warning: -u 100 means 100 B/s; trickle, rsync and rclone count KB: 100K" ]
    run -0 "$RLSHIM" --download=60/m true
    [ "$output" = "rlshim: warning: --download=60/m means 1 B/s; trickle, rsync and rclone count KB: 60K" ]
    run -0 "$RLSHIM" -l 'out 999B/s' true
    [ "$output" = "rlshim: warning: -l out 999B/s means 999 B/s" ]
    for limit in "-u 1000" "-u 1K" "-c 1" "-l calls 5/s" "-u 60K/m"; do
        run -0 "$RLSHIM" "${limit:0:2}" "${limit:3}" true
        [ -z "$output" ]
    done
}

@test "the launcher, too, ignores nothing that is meant as a limit" {
    run -125 env RL_RATE=200kB "$RLSHIM" -u 1MB echo ran
    contains "unknown variable 'RL_RATE'; did you mean 'RL_CAPACITY'?"
    run -125 env RL_HOME=/ "$RLSHIM" -u 1MB echo ran
    contains "env -u 'RL_HOME' COMMAND"
    run -125 env RL_LIMITS= "$RLSHIM" -u 1MB echo ran
    contains "RL_LIMITS: character 1: it is set to nothing"
    run -125 env RL_BURST=64kB "$RLSHIM" -u 1MB echo ran
    contains "RL_CAPACITY is missing"
    run -0 env RL_ALGO=gcra RL_SUMMARY=0 "$RLSHIM" -u 1MB echo ran
    line 0 ran
    run -125 env RL_ALGO=gcra "$RLSHIM" echo ran
    contains "no limit is given"
}

@test "options become RL_LIMITS, a rate is per second" {
    run -0 "$RLSHIM" -l 'connect 4/2s algo=gcra' -u 1MB -c 10/1m printenv RL_LIMITS
    line 0 "connect 4/2s algo=gcra; out 1MB/s; connect 10/1m"
    run -0 "$RLSHIM" -u '1MB burst=64KiB to=10.0.0.0/8' printenv RL_LIMITS
    line 0 "out 1MB/s burst=64KiB to=10.0.0.0/8"
}

@test "the limits of the environment are kept" {
    run -0 env RL_LIMITS='connect 4/2s' "$RLSHIM" -u 1MB printenv RL_LIMITS
    line 0 "connect 4/2s; out 1MB/s"
    run -0 env RL_CAPACITY=4 "$RLSHIM" sh -c 'echo $RL_CAPACITY ${RL_LIMITS-none}'
    line 0 "4 none"
}

## Running

@test "run is implied, and options end at the command" {
    run -0 "$RLSHIM" -u 1MB echo -u -l --help
    line 0 "-u -l --help"
    run -0 "$RLSHIM" run -u 1MB -- echo run
    line 0 "run"
}

@test "a command that is called check" {
    script check '#!/bin/sh'
    echo 'echo mine $0' >>check
    PATH="$PWD:$PATH" run -0 "$RLSHIM" run -u 1MB -- check
    line 0 "mine $PWD/check"
    run -0 "$RLSHIM" -u 1MB ./check
    line 0 "mine ./check"
}

@test "the exit status, argv[0] and the signal mask are the command's" {
    run -42 "$RLSHIM" -u 1MB sh -c 'exit 42'
    run -143 "$RLSHIM" -u 1MB sh -c 'kill -TERM $$'
    ln -sf /bin/sh other_name
    PATH="$PWD:$PATH" run -0 "$RLSHIM" -u 1MB other_name -c 'echo $0'
    line 0 "other_name"
    local signals=(grep '^Sig[BIC]' /proc/self/status)
    trap '' USR1
    [ "$("$RLSHIM" -u 1MB "${signals[@]}")" = "$("${signals[@]}")" ]
}

@test "126 and 127, as env has them" {
    touch not_executable
    script no_interpreter '#!/no/such'
    for name in ./nosuch nosuch /etc /etc/passwd/x ./not_executable ./no_interpreter ''; do
        local expected=0
        env "$name" || expected=$?
        run -"$expected" "$RLSHIM" -u 1MB "$name"
        [[ "${lines[0]}" == "rlshim: cannot run "* ]]
    done
    run -127 "$RLSHIM" -u 1MB nosuch
    line 0 "rlshim: cannot run nosuch: not found"
    run -126 "$RLSHIM" -u 1MB ./not_executable
    run -127 "$RLSHIM" -u 1MB ./no_interpreter
    line 0 "rlshim: cannot run ./no_interpreter: its interpreter /no/such: not found"
}

@test "PATH is searched as execvp does" {
    mkdir -p one two
    script two/tool '#!/bin/sh'
    echo 'echo two' >>two/tool
    touch one/tool # may not be executed: passed over
    script here '#!/bin/sh'
    PATH="$PWD/one:$PWD/two:/bin" run -0 "$RLSHIM" -u 1MB tool
    line 0 two
    PATH="$PWD/one:/bin" run -126 "$RLSHIM" -u 1MB tool
    for path in ":/bin" "/bin:" "/bin::/usr/bin"; do
        PATH="$path" run -0 "$RLSHIM" -u 1MB here
    done
    PATH="/bin" run -127 "$RLSHIM" -u 1MB here
    run -0 env -u PATH "$RLSHIM" -u 1MB ls -d /
    line 0 /
}

@test "text without #! is run by sh" {
    script text 'echo "$# $*"'
    run -0 "$RLSHIM" -u 1MB ./text a 'b c'
    line 0 "2 a b c"
}

## LD_PRELOAD

@test "librlshim.so is preloaded" {
    run -0 "$RLSHIM" -u 1MB printenv LD_PRELOAD
    line 0 "${RLSHIM%/*}/librlshim.so"
}

@test "an LD_PRELOAD is kept, and ours not added twice" {
    local ours="${RLSHIM%/*}/librlshim.so" other
    other="$(realpath "$(ldd dynamic | sed -n 's/.*libc.* => \([^ ]*\).*/\1/p')")"
    LD_PRELOAD="$other" run -0 "$RLSHIM" -u 1MB printenv LD_PRELOAD
    line 0 "$ours:$other"
    run -0 "$RLSHIM" -u 1MB "$RLSHIM" -c 10 printenv LD_PRELOAD RL_LIMITS
    line 0 "$ours"
    line 1 "out 1MB/s; connect 10/s"
    LD_PRELOAD="$other $ours" run -0 "$RLSHIM" -u 1MB printenv LD_PRELOAD
    line 0 "$other $ours"
}

@test "librlshim.so is found where make install puts it" {
    mkdir -p root/bin root/lib
    cp "$RLSHIM" root/bin
    cp "${RLSHIM%/*}/librlshim.so" root/lib
    run -0 root/bin/rlshim -u 1MB printenv LD_PRELOAD
    line 0 "$PWD/root/lib/librlshim.so"
}

@test "no librlshim.so: nothing is run, and the places are named" {
    [ ! -e /usr/local/lib/librlshim.so ] || skip "it is installed"
    mkdir -p alone/bin
    cp "$RLSHIM" alone/bin
    run -125 alone/bin/rlshim -u 1MB echo ran
    lacks "ran"$'\n'
    contains "rlshim: cannot find librlshim.so"
    line 1 "  $PWD/alone/bin/librlshim.so"
    line 2 "  $PWD/alone/lib/librlshim.so"
}

@test "a path that LD_PRELOAD cannot hold" {
    for name in 'sp ace' 'co:lon'; do
        mkdir -p "$name"
        cp "$RLSHIM" "${RLSHIM%/*}/librlshim.so" "$name"
        run -125 "$name/rlshim" -u 1MB echo ran
        contains "rlshim: cannot preload $PWD/$name/librlshim.so: "
    done
}

## What cannot be limited

@test "check: a program that can be limited" {
    command -v curl >/dev/null || skip "no curl"
    run -0 "$RLSHIM" check curl -O https://example.com/
    [[ "$output" =~ ^curl:\ can\ be\ limited\ \(/.*/curl,\ dynamically\ linked,\ /.*ld.*\)$ ]]
}

# refused NAME REASON: by check and by run, and both say why.
refused() {
    run -1 "$RLSHIM" check "$1"
    [ "$output" = "$1: cannot be limited: $2" ] || { echo "$output" && false; }
    run -125 "$RLSHIM" -u 1MB "$1"
    [[ "${lines[0]}" == "rlshim: cannot limit $1: it is ${2%%;*}, so "* ]]
    [ "${#lines[@]}" -ge 2 ] # and what to do
}

@test "statically linked" {
    gcc -static -o static main.c
    refused ./static "statically linked"
    run -125 "$RLSHIM" -u 1MB ./static
    line 0 "rlshim: cannot limit ./static: it is statically linked, so LD_PRELOAD does not reach it"
    gcc -static-pie -o static-pie main.c
    refused ./static-pie "statically linked"
}

@test "a dynamic loader that is run itself" {
    local loader
    loader="$(LC_ALL=C readelf -l dynamic | sed -n 's/.*interpreter: \(.*\)\]/\1/p')"
    run -0 "$RLSHIM" check "$loader"
    line 0 "$loader: can be limited ($loader, a dynamic loader)"
    run -0 "$RLSHIM" -u 1MB "$loader" "$(type -P printenv)" LD_PRELOAD
    line 0 "${RLSHIM%/*}/librlshim.so"
    # As this program, it tells nothing of which one is ours.
    run -0 "$loader" "$RLSHIM" check ./dynamic
    line 0 "./dynamic: can be limited (./dynamic, dynamically linked, $loader)"
}

@test "another C library" {
    command -v musl-gcc >/dev/null || skip "no musl-gcc"
    musl-gcc -o musl main.c
    loader="$(LC_ALL=C readelf -l musl | sed -n 's/.*interpreter: \(.*\)\]/\1/p')"
    refused ./musl "linked with another C library ($loader)"
    refused "$loader" "linked with another C library (${loader##*/})"
}

@test "another architecture or word size" {
    patched machine 18 '\360\0'
    refused ./machine "built for another architecture (64-bit, ELF machine 240)"
    patched wordsize 4 '\1'
    refused ./wordsize "built for another architecture (32-bit x86)"
    patched byteorder 5 '\2'
    run -1 "$RLSHIM" check ./byteorder
}

@test "Go, static and dynamic" {
    command -v go >/dev/null || skip "no go"
    printf '%s\n' 'package main' 'import "net"' 'func main() { net.Dial("tcp", ":1") }' >net.go
    CGO_ENABLED=0 go build -o go-static net.go
    refused ./go-static "statically linked; a Go program"
    CGO_ENABLED=1 go build -o go-dynamic net.go
    refused ./go-dynamic "a Go program"
    CGO_ENABLED=1 go build -buildmode=pie -ldflags='-s -w -buildid=' -o go-pie net.go
    refused ./go-pie "a Go program"
}

@test "set-user-ID, set-group-ID" {
    as_root
    cp dynamic set-user
    chown 65534 set-user
    chmod u+s set-user
    refused ./set-user "set-user-ID (to user 65534)"
    cp dynamic set-group
    chgrp 65534 set-group
    chmod g+s set-group
    refused ./set-group "set-group-ID (to group 65534)"
    chmod g-x set-group # mandatory locking
    run -0 "$RLSHIM" check ./set-group
    cp dynamic own
    chmod u+s own # to the caller himself
    run -0 "$RLSHIM" check ./own
}

@test "whether the loader is in secure mode is foreseen as the kernel does it" {
    as_root
    command -v setcap >/dev/null || skip "no setcap"
    mkdir -p secure bin
    cp "$RLSHIM" bin
    printf '%s\n' '#include <sys/auxv.h>' 'int main(void) { return (int)getauxval(AT_SECURE); }' \
        >secure.c
    gcc -o secure/plain secure.c
    for name in root nobody group raised permitted; do cp secure/plain "secure/$name"; done
    chown 65534 secure/nobody
    chgrp 1 secure/group
    chmod u+s secure/root secure/nobody
    chmod g+s secure/group
    setcap cap_net_raw+ep secure/raised || skip "no file capabilities here"
    setcap cap_net_raw+p secure/permitted
    local seen=0
    for caller in "" "as_nobody" "setpriv --no-new-privs" "setpriv --ruid=65534 --clear-groups"; do
        for file in secure/*; do
            # A capability that the caller may not pass on at all keeps the program from starting.
            run $caller "./$file"
            [ "$status" -le 1 ] || continue
            local kernel=$status
            run $caller bin/rlshim check "./$file"
            # With different real and effective IDs, kernels do not agree: then more is refused.
            [ "$status" = "$kernel" ] || [[ "$caller" == *--ruid* && "$status" = 1 ]] ||
                { echo "$caller $file: $kernel, but $output" && false; }
            seen=$((seen + kernel))
        done
    done
    [ "$seen" -ge 8 ]
}

@test "what cannot be read is run with a warning" {
    as_root
    mkdir -p bin
    cp "$RLSHIM" "${RLSHIM%/*}/librlshim.so" bin
    cp "$(type -P true)" unreadable
    chmod 711 unreadable
    run -1 as_nobody bin/rlshim check ./unreadable
    line 0 "./unreadable: cannot be inspected: not readable"
    run -0 as_nobody bin/rlshim -u 1MB ./unreadable
    line 0 "rlshim: warning: cannot inspect ./unreadable: it is not readable"
}

# sanitized NAME OPTION...: a program that is built with them, and sends; else it cannot be tested.
sanitized() {
    "${@:2}" -o "$1" sends.c 2>/dev/null && "./$1" | grep -q '^sent$'
}

@test "programs that are built with sanitizers" {
    # Where it is traced, LeakSanitizer ends a program.
    export ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=detect_leaks=0 RL_SUMMARY=1
    cat >sends.c <<'END'
#include <stdio.h>
#include <sys/socket.h>
#include <netinet/in.h>
#ifdef OPTIONS
const char *__asan_default_options(void) { return OPTIONS; }
#endif
int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char bytes[10] = "";
    int far = socket(AF_INET, SOCK_DGRAM, 0), near = socket(AF_INET, SOCK_DGRAM, 0);
    bind(far, (struct sockaddr *)&address, length);
    getsockname(far, (struct sockaddr *)&address, &length);
    sendto(near, bytes, sizeof bytes, 0, (struct sockaddr *)&address, length);
    puts("sent");
    return argc > 1 && recv(far, bytes + argc - 1, sizeof bytes, 0) > 0;
}
END
    local built=0
    while read -r name options; do
        # shellcheck disable=SC2086 # words
        sanitized "$name" $options || continue
        built=$((built + 1))
        run -0 "$RLSHIM" check "./$name"
        contains "can be limited (./$name, dynamically linked"
        for command in "./$name" "sh -c ./$name"; do
            [[ $name != own || $command == ./* ]] || continue # as documented
            # shellcheck disable=SC2086 # words
            run -0 "$RLSHIM" -u 1MB $command
            contains "sent"
            contains "rlshim: out 1MB/s: 1 calls, 10 bytes,"
        done
    done <<END
gcc-asan gcc -fsanitize=address
own gcc -fsanitize=address -DOPTIONS="detect_leaks=0"
gcc-asan-static gcc -fsanitize=address -static-libasan
gcc-lsan gcc -fsanitize=leak
gcc-tsan gcc -fsanitize=thread
gcc-ubsan gcc -fsanitize=undefined
clang-asan clang -fsanitize=address
clang-asan-shared clang -fsanitize=address -shared-libasan -Wl,-rpath,$(clang -print-runtime-dir 2>/dev/null)
clang-tsan clang -fsanitize=thread
clang-ubsan clang -fsanitize=undefined
clang-msan clang -fsanitize=memory
END
    [ "$built" -gt 0 ] || skip "no compiler with sanitizers"
}

@test "a program that is built with -fsanitize=address is still watched, and its options are kept" {
    export ASAN_OPTIONS=detect_leaks=0:log_path=stderr
    echo '#include <stdlib.h>
int main(int argc, char **argv) { return puts(getenv("ASAN_OPTIONS")) < argc && argv[argc + 1]; }' |
        cat <(echo '#include <stdio.h>') - >watched.c
    gcc -fsanitize=address -o watched watched.c 2>/dev/null || skip "no compiler with sanitizers"
    run -0 "$RLSHIM" -u 1MB ./watched
    line 0 "detect_leaks=0:log_path=stderr:verify_asan_link_order=0"
    run -0 "$RLSHIM" -u 1MB printenv ASAN_OPTIONS
    line 0 "$ASAN_OPTIONS"
    echo 'int main(int argc, char **argv) { volatile char a[2] = ""; return a[argc + 1]; }' >watched.c
    gcc -fsanitize=address -o watched watched.c
    run -1 "$RLSHIM" -u 1MB ./watched
    contains "AddressSanitizer: stack-buffer-overflow"
}

@test "liburing is warned of" {
    echo 'void io_uring(void) {}' | gcc -shared -fPIC -Wl,-soname,liburing.so.2 -o liburing.so.2 -x c -
    echo 'void io_uring(void); int main(void) { io_uring(); return 0; }' >uring.c
    gcc -o uring uring.c ./liburing.so.2 -Wl,-rpath,"$PWD"
    run -0 "$RLSHIM" -u 1MB ./uring
    line 0 "rlshim: warning: ./uring is linked with liburing: what it sends by io_uring is not limited"
    run -0 "$RLSHIM" check ./uring
    contains "can be limited, but not what it sends by io_uring"
}

## Scripts

@test "a script is judged by its interpreter" {
    gcc -static -o static main.c
    script good '#! /bin/sh -e'
    script bad "#!$PWD/static"
    script deep "#!$PWD/bad"
    run -0 "$RLSHIM" check ./good
    [[ "$output" == "./good: can be limited (./good -> /bin/sh, dynamically linked, /"*")" ]]
    run -1 "$RLSHIM" check ./deep
    line 0 "./deep: cannot be limited: statically linked (./deep -> $PWD/bad -> $PWD/static)"
    run -125 "$RLSHIM" -u 1MB ./bad
    line 0 "rlshim: cannot limit ./bad: its interpreter $PWD/static is statically linked, so LD_PRELOAD does not reach it"
}

@test "env finds the interpreter" {
    gcc -static -o static main.c
    export PATH="$PWD:$PATH"
    for first in '#!/usr/bin/env static' '#!/usr/bin/env -S static -u' \
        '#!/usr/bin/env -S -u HOME -C / A=b static -u' '#! /usr/bin/env -vS static' \
        '#!/usr/bin/env --split-string=static -u'; do
        script by-env "$first"
        run -1 "$RLSHIM" check ./by-env
        line 0 "./by-env: cannot be limited: statically linked (./by-env -> /usr/bin/env -> $PWD/static)"
    done
    script by-env '#!/usr/bin/env -S -i sh' # it gets its environment back
    run -0 "$RLSHIM" check ./by-env
    contains "by-env: can be limited (./by-env -> /usr/bin/env -> "
    script by-env '#!/usr/bin/env nosuch'
    run -127 "$RLSHIM" check ./by-env
    line 0 "rlshim: cannot run ./by-env: its interpreter nosuch: not found"
}

@test "interpreters in a circle" {
    script circle-a "#!$PWD/circle-b"
    script circle-b "#!$PWD/circle-a"
    run -126 "$RLSHIM" check ./circle-a
}

## Damaged and hostile files

@test "a truncated program is refused, wherever it ends" {
    local interpreter end # of the path of the loader, the last that must be there
    interpreter="$(LC_ALL=C readelf -lW dynamic | grep INTERP)"
    read -r _ offset _ _ size _ <<<"$interpreter"
    end=$((offset + size))
    head -c "$end" dynamic >truncated
    chmod +x truncated
    run -0 "$RLSHIM" check ./truncated
    for length in 4 20 63 64 100 400 $((end - 1)); do
        head -c "$length" dynamic >truncated
        chmod +x truncated
        run -1 "$RLSHIM" check ./truncated
        contains "cannot be limited: no valid program (it"
        run -126 "$RLSHIM" -u 1MB ./truncated
        contains "so it cannot be run at all"
    done
    patched endless $((end - 1)) 'x'
    run -126 "$RLSHIM" -u 1MB ./endless
    contains "its PT_INTERP has no end"
}

@test "any byte of the headers may be anything" {
    local offset byte status
    for offset in $(seq 16 63) $(seq 64 23 700); do
        for byte in '\0' '\377'; do
            patched hostile "$offset" "$byte"
            status=0
            timeout 10 "$RLSHIM" check ./hostile >hostile.out 2>&1 || status=$?
            [ "$status" -le 1 ] || { echo "offset $offset: $status $(<hostile.out)" && false; }
        done
    done
}

## simulate

simulated() { # LINES, then the options of simulate
    local input="$1"
    shift
    run -0 --separate-stderr "$RLSHIM" simulate "$@" <<<"$input"
    [ -z "$stderr" ]
}

# times N LINE...: the lines, N times
times() {
    local i count="$1"
    shift
    for ((i = 0; i < count; i++)); do printf '%s\n' "$@"; done
}

departures() {
    local actual
    actual="$(printf '%s\n' "${lines[@]:1}" | cut -f3 | paste -sd' ')"
    [ "$actual" = "$1" ] || { echo "departures: $actual" && false; }
}

# worked INPUT SPEC DEPARTURES: all five algorithms give these.
worked() {
    local name
    simulated "$1" -l "$2" --algo all
    departures "$3"
    line 0 $'arrival\tamount\tdeparture\twait\tleaky-bucket\ttoken-bucket\tgcra\tgcra-leaky\tllm-token'
    for name in leaky-bucket token-bucket gcra gcra-leaky llm-token; do
        simulated "$1" -l "$2" -a "$name"
        departures "$3"
        simulated "$1" -l "$2 algo=$name"
        departures "$3"
    done
}

@test "4 per 2 s, seven calls, 0.3 s of work between them" {
    worked "$(echo 0 && times 6 +0.3)" 'connect 4/2s' \
        "0.000000000 0.300000000 0.600000000 0.900000000 1.200000000 1.500000000 1.800000000"
}

@test "4 per 2 s, ten calls, 0.3 s of work between them" {
    worked "$(echo 0 && times 9 +0.3)" 'connect 4/2s' \
        "0.000000000 0.300000000 0.600000000 0.900000000 1.200000000 1.500000000 1.800000000 \
2.100000000 2.500000000 3.000000000"
}

@test "3 per 1.5 s, twelve calls back to back" {
    worked "$(times 12 +0)" 'connect 3/1.5s' \
        "0.000000000 0.000000000 0.000000000 0.500000000 1.000000000 1.500000000 2.000000000 \
2.500000000 3.000000000 3.500000000 4.000000000 4.500000000"
}

@test "10 per 5 s, twelve calls of one and two units in turn" {
    worked "$(times 6 '+0 1' '+0 2')" 'connect 10/5s' \
        "0.000000000 0.000000000 0.000000000 0.000000000 0.000000000 0.000000000 0.000000000 \
1.000000000 1.500000000 2.500000000 3.000000000 4.000000000"
}

@test "a third of a second departs late by less than a nanosecond, never early" {
    worked "$(times 4 0)" 'connect 3/s burst=1' "0.000000000 0.333333334 0.666666667 1.000000000"
}

@test "the columns, and each algorithm's own variables" {
    local input=$'0\n0 3\n0\n0.5'
    simulated "$input" -l 'connect 4/2s'
    line 0 $'arrival\tamount\tdeparture\twait\ttokens'
    line 1 $'0.000000000\t1\t0.000000000\t0.000000000\t3.000000000'
    line 2 $'0.000000000\t3\t0.000000000\t0.000000000\t0.000000000'
    line 3 $'0.000000000\t1\t0.500000000\t0.500000000\t0.000000000'
    line 4 $'0.500000000\t1\t1.000000000\t0.500000000\t0.000000000'
    simulated "$input" -l 'connect 4/2s' -a leaky-bucket
    line 0 $'arrival\tamount\tdeparture\twait\tlevel'
    line 1 $'0.000000000\t1\t0.000000000\t0.000000000\t1.000000000'
    line 3 $'0.000000000\t1\t0.500000000\t0.500000000\t4.000000000'
    simulated "$input" -l 'connect 4/2s' -a GCRA
    line 0 $'arrival\tamount\tdeparture\twait\tTAT\ttau'
    line 3 $'0.000000000\t1\t0.500000000\t0.500000000\t2.500000000\t2.000000000'
    simulated "$input" -l 'connect 4/2s' -a gcra_leaky
    line 0 $'arrival\tamount\tdeparture\twait\tX\tLCT'
    line 3 $'0.000000000\t1\t0.500000000\t0.500000000\t2.000000000\t0.500000000'
    simulated "$input" -l 'connect 4/2s' -a llm-token
    line 0 $'arrival\tamount\tdeparture\twait\tused\tdebt'
    line 3 $'0.000000000\t1\t0.500000000\t0.500000000\t4.000000000\t0.000000000'
}

@test "variables are rounded to the nearest" {
    simulated $'0\n0.05' -l 'connect 2/3s' -a leaky-bucket
    line 2 $'0.050000000\t1\t0.050000000\t0.000000000\t1.966666667'
}

@test "ACTUAL replaces the amount at the departure" {
    worked $'0 4 1\n0 3\n0 1 3\n0 1' 'connect 4/2s' \
        "0.000000000 0.000000000 0.500000000 2.000000000"
    simulated $'0 4 6' -l 'connect 4/2s algo=llm-token'
    line 1 $'0.000000000\t4\t0.000000000\t0.000000000\t6.000000000\t2.000000000'
    simulated $'0 4 6' -l 'connect 4/2s'
    line 1 $'0.000000000\t4\t0.000000000\t0.000000000\t-2.000000000'
}

@test "an amount above the burst is said, and time goes on from its arrival" {
    simulated $'0\n0.25 11\n+0.25' -l 'connect 10/s'
    line 2 $'0.250000000\t11\tabove the burst of 10\t-\t-'
    line 3 $'0.500000000\t1\t0.500000000\t0.000000000\t9.000000000'
    simulated $'0 11' -l 'connect 10/s' -a all
    line 1 "0.000000000"$'\t11'"$(printf '\tabove the burst of 10\t-' &&
        printf '\tabove the burst of 10%.0s' 1 2 3 4 5)"
}

@test "a timeout is said, takes nothing, and time goes on from its end" {
    simulated $'0 4\n0\n+0\n+0' -l 'connect 4/2s timeout=0.3'
    line 2 $'0.000000000\t1\ttimed out\t0.300000000\t0.600000000'
    line 3 $'0.300000000\t1\t0.500000000\t0.200000000\t0.000000000'
    line 4 $'0.500000000\t1\ttimed out\t0.300000000\t0.600000000'
}

@test "what is policed is refused at once" {
    simulated $'0 4\n0.1\n+0.4' -l 'connect 4/2s mode=police'
    line 2 $'0.100000000\t1\trefused\t0.000000000\t0.200000000'
    line 3 $'0.500000000\t1\t0.500000000\t0.000000000\t0.000000000'
}

@test "times to the nanosecond, back in time, comments, blank lines, CRLF, no last newline" {
    simulated $'# nothing\n\n .000000001 # a comment\r\n\t0.0\n000.5 \t 2\n1.' -l 'connect 4/s'
    [ "$(printf '%s\n' "${lines[@]:1}" | cut -f1 | paste -sd' ')" = \
        "0.000000001 0.000000000 0.500000000 1.000000000" ]
}

@test "ten years: the last instant" {
    simulated $'315360000\n315360000' -l 'connect 1/1d'
    line 1 $'315360000.000000000\t1\t315360000.000000000\t0.000000000\t0.000000000'
    line 2 $'315360000.000000000\t1\t315446400.000000000\t86400.000000000\t0.000000000'
    simulated $'0 365\n315360000 365\n+0 365' -l 'connect 1/1d burst=365'
    line 3 $'315360000.000000000\t365\tlater than ten years\t-\t-'
}

@test "bad lines are told with their number, and what is right" {
    for bad in x -1 1e3 0x1 1.0000000001 1,5 . + ++1 '1 -1' '1 1.5' '1 1 x' '1 1 1 1' \
        '1 18446744073709551616' 400000000 99999999999999999999 '+315532799.1'; do
        run -125 --separate-stderr "$RLSHIM" simulate -l 'connect 4/s' <<<$'1\n# fine\n'"$bad"
        [[ "$stderr" == "rlshim: standard input:3: '"*"A line is TIME [AMOUNT [ACTUAL]]"* ]]
    done
    printf '0\n0 \0 1\n' >zero
    run -125 "$RLSHIM" simulate -l 'connect 4/s' zero
    contains "rlshim: zero:2: "
}

@test "the file of simulate" {
    echo 0.5 >arrivals
    run -0 "$RLSHIM" simulate arrivals -l 'connect 4/s'
    departures 0.500000000
    run -0 "$RLSHIM" simulate -l 'connect 4/s' - <arrivals
    departures 0.500000000
    run -125 "$RLSHIM" simulate -l 'connect 4/s' nosuch
    contains "rlshim: cannot read nosuch: No such file or directory"
    run -125 "$RLSHIM" simulate -l 'connect 4/s' /tmp
    contains "rlshim: cannot read /tmp: Is a directory"
    run -125 "$RLSHIM" simulate -l 'connect 4/s' arrivals arrivals
}

@test "the limit of simulate: one -l, or the only one of the environment" {
    export RL_LIMITS='connect 1/s'
    simulated $'0\n0' --algo all
    departures "0.000000000 1.000000000"
    simulated $'0\n0' -l 'connect 2/s burst=1'
    departures "0.000000000 0.500000000"
    run -125 "$RLSHIM" simulate -l 'connect 1/s' -l 'connect 2/s' <<<0
    contains "exactly one limit, and 'connect 2/s' is a second"
    RL_ALGO=gcra simulated 0 -l 'connect 1/s'
    contains TAT
    RL_LIMITS='connect 1/s; out 1MB/s' run -125 "$RLSHIM" simulate <<<0
    contains "exactly one limit, not 2"
    run -125 "$RLSHIM" simulate -l 'connect many/s' <<<0
    [[ "${lines[0]}" == "rlshim: -l: "* ]]
    run -125 "$RLSHIM" simulate -l 'connect 1/s' -a token <<<0
    contains "there is no algorithm 'token'"
}

# quota_of SPEC STEP UNITS SECONDS: of arrivals of STEP units, back to back from rest, no more than
# UNITS depart in the first SECONDS; and nearly as many do.
quota_of() {
    local departed
    departed=$(yes "0 $2" | head -n "$((3 * $3 / $2))" | "$RLSHIM" simulate -l "$1" |
        awk -v seconds="$4" 'NR > 1 && $3 <= seconds { units += $2 } END { print units }')
    echo "$1: $departed units in $4 s"
    [ "$departed" -le "$3" ]
    [ "$departed" -ge "$(($3 * 97 / 100))" ]
}

@test "the recipes keep their quotas, and say what the default burst does" {
    local recipe step units seconds spec root=$BATS_TEST_DIRNAME/..
    while IFS='|' read -r recipe spec step units seconds; do
        grep -qF -- "$recipe" "$root/README.md" "$root/src/cli/rlshim.1" "$root/src/calls/librlshim.7"
        quota_of "$spec" "$step" "$units" "$seconds"
    done <<'END'
-c '9 burst=1'|connect 9/s burst=1|1|10|1
-c '9/1m burst=1'|connect 9/1m burst=1|1|10|60
connect 59/m burst=1|connect 59/m burst=1|1|60|60
connect 59/1m burst=1|connect 59/1m burst=1|1|60|60
connect 50/m burst=10|connect 50/m burst=10|1|60|60
-c '19 burst=1'|connect 19/s burst=1|1|20|1
--tpm 90k --rpm 500|tpm 90k|100|90000|60
--tpm 90k --rpm 500|rpm 500|1|500|60
RL_LIMITS='tpm 90k'|tpm 90k algo=llm-token|100|90000|60
requests 59/m burst=1|requests 59/m burst=1|1|60|60
END
    quota_of 'connect 10/s' 1 20 1
    quota_of 'connect 60/1m' 1 120 60
}

# in_any_window SECONDS: of what departs, the most units in a time, wherever it begins.
in_any_window() {
    awk -v seconds="$1" '
        NR == 1 { first = 2; next }
        {
            at[NR] = $3; units[NR] = $2; sum += $2
            while (at[NR] - at[first] >= seconds) sum -= units[first++]
            if (sum > most) most = sum
        }
        END { print most }'
}

# quota_kept SECONDS UNITS LEAST STEP OPTION...: no window has more than UNITS, and one has LEAST, of
# arrivals of STEP units, back to back from rest, and again after another rest.
quota_kept() {
    local seconds=$1 units=$2 least=$3 step=$4 most
    shift 4
    yes "0 $step" | head -n "$((2 * units / step))" >arrivals
    yes "$((9 * seconds)) $step" | head -n "$((2 * units / step + 1))" >>arrivals
    most=$("$RLSHIM" simulate "$@" arrivals | in_any_window "$seconds")
    echo "$*: $most units in $seconds s"
    [ "$most" -le "$units" ]
    [ "$most" -ge "$least" ]
}

@test "no window has more than the quota of --tpm and --rpm, and one has nearly that" {
    quota_kept 60 90000 89000 100 --tpm 90k
    quota_kept 6 9000 8900 10 --tpm 9k/6s
    quota_kept 60 90000 89000 1000 --tpm '90k burst=20k'
    quota_kept 60 90000 89000 100 -l 'tpm 90k count=input cached=free'
    quota_kept 60 500 490 1 --rpm 500
    quota_kept 60 199 198 1 --rpm '199 to=api.example.com'
    quota_kept 60 60 59 1 --rpm 60
    quota_kept 60 2 1 1 --rpm 2
    quota_kept 60 1 1 1 --rpm 1
    run -125 "$RLSHIM" simulate --rpm 1 --tpm 2 <<<0
    contains "exactly one limit, and '2' is a second"
    run -125 "$RLSHIM" simulate --tpm '90k burst=90k' <<<0
    line 0 "rlshim: --tpm: character 11: a burst of '90k' leaves nothing of '90k'; burst=1800 would"
}
