# Twins: programs that print everything observable, run plain and under limits that never hold,
# sometimes, or each call. The outputs are the same. See tests/twins/twin.h and scripts/twins.sh.
# shellcheck disable=SC2030,SC2031 # a test is a subshell

load lib

run_twins() {
    BUILD=$BUILD SHIM=${PRELOADS:-$SHIM} "$ROOT/scripts/twins.sh" "$@" 3>&-
}

# All at once, several at a time: most of them sleep. The tests look up what became of theirs.
setup_file() {
    run_twins >"$BATS_FILE_TMPDIR/log" || true
}

# twins PROGRAM: none of its behaviours differs, and it was run at all.
twins() {
    grep -q '^[1-9][0-9]* twins, ' "$BATS_FILE_TMPDIR/log" || die "$(<"$BATS_FILE_TMPDIR/log")"
    [ -x "$BUILD/tests/twins/$1" ] || die "$1 is not built"
    ! awk -v program="$1" '
        /^[^ ]/ { shown = $1 == program && $0 !~ / skipped: / }
        shown { print; differ = 1 }
        END { exit !differ }' "$BATS_FILE_TMPDIR/log"
}

# library NAME: of the C source on stdin; sets library.
library() {
    need cc
    library=$BATS_TEST_TMPDIR/$1.so
    cc -shared -fPIC -D_GNU_SOURCE -x c -o "$library" - -ldl
}

@test "accept: flags, addresses, order" {
    twins accepting
}

@test "a process that is stopped, and goes on, while a call waits" {
    twins stopped
}

@test "sendmmsg and recvmmsg, whole and in part" {
    twins batches
}

@test "half-closed and reset connections" {
    twins broken
}

@test "syscall(2)" {
    twins by_number
}

@test "cancellation of threads" {
    twins cancellation
}

@test "threads, and processes that start while one waits" {
    twins concurrency
}

@test "connect in every state of a socket" {
    twins connecting
}

@test "datagrams: sizes, addresses, and nobody there" {
    twins datagrams
}

@test "a handler that runs when a part of a call is done" {
    twins halfway
}

@test "the signal mask, in handlers and after all that may end a call" {
    twins masks
}

@test "what a program knows is unread, it receives" {
    twins unread
}

@test "what a receive is told of how much is left" {
    twins ancillary
}

@test "urgent data" {
    twins urgent
}

@test "SO_RCVLOWAT" {
    twins low_water
}

@test "receives that do not wait: all that is there, epoll of all kinds, half-closed streams" {
    twins nonblocking
}

@test "numbers of descriptors" {
    twins descriptors
}

@test "every call on every descriptor that is not made for it" {
    twins errors
}

@test "TCP Fast Open" {
    twins fastopen
}

@test "filters that come while other threads are in their calls" {
    twins filtered_threads
}

@test "flags of calls: MSG_MORE, MSG_OOB, MSG_ZEROCOPY, and others" {
    twins flags
}

@test "signals during calls that receive" {
    twins interrupted
}

@test "before main, after it, and at the end of a thread" {
    twins lifetimes
}

@test "the dynamic linker" {
    twins loading
}

@test "getaddrinfo" {
    knows_localhost
    twins names
}

@test "other programs: fork, exec, spawn, environment" {
    twins processes
}

@test "the exec family: errors, and environments of all sorts" {
    twins execs
}

@test "loops of poll: streams both ways, accept, connect" {
    twins polling
}

@test "loops of select" {
    twins selecting
}

@test "loops of epoll, told again as long as it is so" {
    twins epoll_level
}

@test "loops of epoll, told once" {
    twins epoll_edge
}

@test "loops of epoll by every call that sends or receives" {
    twins epoll_ways
}

@test "sets of several threads" {
    twins epoll_threads
}

@test "several threads at one listener" {
    twins epoll_accepting
}

@test "what a set of epoll holds" {
    twins epoll_interest
}

@test "sets of epoll in sets, in poll and select, and of several numbers" {
    twins epoll_sets
}

@test "streams that end while much is unread" {
    twins hangups
}

@test "loops that send and receive datagrams" {
    twins datagram_loops
}

@test "sets of a parent and its child" {
    twins epoll_forked
}

@test "numbers that are closed while they are in a set" {
    twins epoll_closing
}

@test "connects that do not wait" {
    twins deferred
}

@test "connects that do not wait, on descriptors that block from then on" {
    twins deferred_blocking
}

@test "waits for readiness: how long, and what ends them" {
    twins waiting
}

@test "waits for readiness that never return" {
    twins leaving
}

@test "the arguments of poll and select" {
    twins wait_arguments
}

@test "poll, select and epoll afterwards" {
    twins readiness
}

@test "a number that means something else, by every way to close" {
    twins reuse
}

@test "a process that is shut in" {
    twins sandboxed
}

@test "the ways to shut oneself in" {
    twins sandboxing
}

@test "signals during calls that send" {
    twins signals
}

@test "sendfile and splice" {
    twins splicing
}

@test "the state of the process and of the socket" {
    twins state
}

@test "stdio on sockets" {
    twins streams
}

@test "SO_SNDTIMEO and SO_RCVTIMEO" {
    twins timeouts
}

@test "timers" {
    twins timers
}

@test "what is never limited" {
    twins unlimited
}

@test "iovecs of every shape" {
    twins vectors
}

@test "no program of tests/twins is left out here" {
    local source program
    for source in "$ROOT"/tests/twins/*.c; do
        program=$(basename "$source" .c)
        grep -qx "    twins $program" "$BATS_TEST_FILENAME" || die "$program is"
    done
}

@test "preloaded twice" {
    PRELOADS="$SHIM $SHIM" run_twins -l 'calls pieces' reuse state processes
}

@test "preloaded twice, the second time as a copy" {
    cp "$SHIM" "$BATS_TEST_TMPDIR/copy.so"
    PRELOADS="$SHIM $BATS_TEST_TMPDIR/copy.so" run_twins -l 'calls pieces' reuse state processes
}

counter() {
    library counter <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <sys/socket.h>
static int connects, sends;
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    connects++;
    return next(fd, address, length);
}
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
    sends++;
    return next(fd, bytes, length, flags);
}
__attribute__((destructor)) static void tell(void)
{
    fprintf(stderr, "%d connects, %d sends\n", connects, sends);
}
END
}

@test "another preload in front of it sees each call" {
    counter
    BESIDE=$library run_twins -l 'never calls pieces' datagrams connecting:connected_already state
}

@test "another preload behind it sees each call" {
    counter
    BEHIND=$library run_twins -l 'never calls' datagrams connecting:connected_already state
}

# Or else all the tests above say nothing.
@test "what a preload changes is seen" {
    library meddler <<'END'
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
    ssize_t sent = next(fd, bytes, length, flags);
    errno = sent < 0 ? errno : EINPROGRESS;
    return sent;
}
END
    PRELOADS=$library run run_twins -l never state:error_number
    [ "$status" -eq 1 ]
    [[ $output == *'errno as before: 0'* ]]
}

@test "an EAGAIN that no edge follows is seen" {
    library forgetter <<'END'
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    static int calls;
    ssize_t (*next)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
    if ((fcntl(fd, F_GETFL) & O_NONBLOCK) && calls++ % 2) {
        errno = EAGAIN;
        return -1;
    }
    return next(fd, bytes, length, flags);
}
END
    PRELOADS=$library run run_twins -l never polling:sending epoll_level:sending
    [ "$status" -eq 0 ]
    PRELOADS=$library run run_twins -l never epoll_forked:both
    [ "$status" -eq 1 ]
    [[ $output == *'nothing happens any more'* ]]
}
