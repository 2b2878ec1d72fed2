# Descriptors of high numbers: they are limited as low ones are, and cost no more.
# shellcheck disable=SC2030,SC2031 # a test is a subshell

load lib

# at NUMBER LIMITS BEHAVIOUR: status 77 if there can be no such number.
at() {
    local status=0
    NUMBER=$1 RL_LIMITS=$2 limited timeout 20 "$HOLDS/high" "$3" || status=$?
    return "$status"
}

# at_each LIMITS BEHAVIOUR: at all that there can be, on both sides of where the table grows.
at_each() {
    local number status highest=0
    for number in 100 8191 8192 16383 19990 50000 65535 100000 300000; do
        status=0
        at "$number" "$@" || status=$?
        case $status in
        0) highest=$number ;;
        77) ;;
        *) die "number $number" ;;
        esac
    done
    [ "$highest" -ge 8192 ] || skip "RLIMIT_NOFILE is too low"
}

@test "what a number is now decides whether it is held" {
    at_each 'write 1/h timeout=1ms' reused
}

@test "a connect of a socket whose connection was dissolved is an attempt" {
    at_each 'connect 1/h burst=2 timeout=1ms' dissolved
}

@test "also by another number of the same socket" {
    at_each 'connect 1/h burst=2 timeout=1ms' dissolved_by_duplicate
}

@test "also by a child, which has a table of its own, or none" {
    at_each 'connect 1/h burst=2 timeout=1ms' dissolved_by_child
}

@test "also in a vfork child" {
    at_each 'connect 1/h burst=2 timeout=1ms' dissolved_in_vfork
}

@test "the first to use a number is a child" {
    at_each 'write 1/h timeout=1ms' children
}

@test "the first to use a number are many threads" {
    at_each 'write 1/h timeout=1ms' threads
}

# Of 5000 calls on a pipe, a socket, a file.
calls_of_its_own() {
    strace -f -qq -o "$BATS_TEST_TMPDIR/calls" \
        -e trace='!execve,read,write,rt_sigaction,rt_sigprocmask' \
        env LD_PRELOAD="$SHIM" NUMBER="$1" RL_LIMITS='calls 1G/s; read 1G/s' "$HOLDS/high" traffic ||
        return
    wc -l <"$BATS_TEST_TMPDIR/calls"
}

@test "calls on a high number make no more system calls than on a low one" {
    need strace
    local number low high highest=0
    low=$(calls_of_its_own 100)
    for number in 8192 19990 100000; do
        high=$(calls_of_its_own "$number") || continue
        echo "$low system calls at number 100, $high at $number"
        [ "$high" -lt $((low + 50)) ]
        highest=$number
    done
    [ "$highest" -gt 0 ] || skip "RLIMIT_NOFILE is too low"
}
