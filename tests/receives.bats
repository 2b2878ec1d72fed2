# What a held receive feels like to the program: as a slow network would, and in nothing else.
# shellcheck disable=SC2030,SC2031 # a test is a subshell

load lib

FLOW='in 100kB/s burst=10kB'
ODD='in 1MB/s burst=7001'
ONE='recv 1/h timeout=1ms' # one passes, and the next one fails
ONE_OF_EACH='recv 1/h timeout=1ms; read 1/h timeout=1ms'
BYTES='in 1kB/h burst=100kB timeout=1ms'
NOTHING='in 1B/h timeout=1ms; recv 1/h timeout=1ms; read 1/h timeout=1ms; accept 1/h timeout=1ms'

@test "each byte is received once, in order, and not too fast: recv" {
    held "$ODD" receive_integrity recv
}

@test "each byte is received once, in order, and not too fast: recvfrom" {
    held "$ODD" receive_integrity recvfrom
}

@test "each byte is received once, in order, and not too fast: recvmsg" {
    held "$ODD" receive_integrity recvmsg
}

@test "each byte is received once, in order, and not too fast: recvmmsg" {
    held "$ODD" receive_integrity recvmmsg
}

@test "each byte is received once, in order, and not too fast: read" {
    held "$ODD" receive_integrity read
}

@test "each byte is received once, in order, and not too fast: readv" {
    held "$ODD" receive_integrity readv
}

@test "each byte is received once, in order, and not too fast: preadv2" {
    held "$ODD" receive_integrity preadv2
}

@test "each byte is received once, in order, and not too fast: splice" {
    held "$ODD" receive_integrity splice
}

@test "each byte is received once, in order, and not too fast: syscall, recvfrom" {
    held "$ODD" receive_integrity SYS_recvfrom
}

@test "each byte is received once, in order, and not too fast: syscall, recvmsg" {
    held "$ODD" receive_integrity SYS_recvmsg
}

@test "each byte is received once, in order, and not too fast: syscall, recvmmsg" {
    held "$ODD" receive_integrity SYS_recvmmsg
}

@test "each byte is received once, in order, and not too fast: syscall, read" {
    held "$ODD" receive_integrity SYS_read
}

@test "each byte is received once, in order, and not too fast: syscall, readv" {
    held "$ODD" receive_integrity SYS_readv
}

@test "each byte is received once, in order, and not too fast: syscall, preadv2" {
    held "$ODD" receive_integrity SYS_preadv2
}

@test "who sends 50 MB to a held program is held up by it" {
    held "$ODD" receive_integrity sender_feels_it
}

# They would be the plain functions if the compiler had not done as the program says.
fortified() {
    need nm
    nm -D "$HOLDS/receive_fortified" | grep -q " __$1_chk" || skip "not fortified"
    held "$ODD" receive_fortified "$1"
}

@test "fortified programs: recv" {
    fortified recv
}

@test "fortified programs: recvfrom" {
    fortified recvfrom
}

@test "fortified programs: read" {
    fortified read
}

@test "MSG_PEEK costs nothing: calls" {
    held "$ONE" receive_flags peek
}

@test "MSG_PEEK costs nothing: bytes" {
    held 'in 1kB/h burst=1kB timeout=1ms' receive_flags peek
}

@test "MSG_WAITALL is all of it: recv" {
    held "$FLOW" receive_flags waitall_recv
}

@test "MSG_WAITALL is all of it: recvfrom" {
    held "$FLOW" receive_flags waitall_recvfrom
}

@test "MSG_WAITALL is all of it: recvmsg" {
    held "$FLOW" receive_flags waitall_recvmsg
}

@test "MSG_WAITALL in pieces is one call" {
    held 'recv 4/s burst=1; in 300kB/s burst=5kB' receive_flags waitall_is_one_call
}

@test "MSG_TRUNC: a stream" {
    held "$FLOW" receive_flags truncated_stream
}

@test "MSG_TRUNC: datagrams" {
    held 'in 100kB/s burst=1kB' receive_flags truncated_datagram
}

@test "MSG_DONTWAIT" {
    held "$FLOW" receive_flags dont_wait
}

@test "the end of a stream is 0, and in bytes it is free" {
    held 'in 20kB/s burst=10kB' receive_flags end_of_stream
}

@test "receiving nothing" {
    held 'in 20kB/s burst=10kB' receive_flags nothing
}

@test "errno is the kernel's, and it costs nothing: EBADF" {
    held "$ONE_OF_EACH" receive_errors no_descriptor
}

@test "errno is the kernel's, and it costs nothing: ENOTSOCK" {
    held "$ONE_OF_EACH" receive_errors no_socket
}

@test "errno is the kernel's, and it costs nothing: ENOTCONN" {
    held "$ONE_OF_EACH" receive_errors not_connected
}

@test "errno is the kernel's, and it costs nothing: EAGAIN" {
    held "$ONE_OF_EACH" receive_errors empty_in_calls
}

@test "errno is the kernel's, and it costs nothing: EAGAIN, in bytes" {
    held "$BYTES" receive_errors empty_in_bytes
}

@test "errno is the kernel's, and it costs nothing: EFAULT" {
    held "$ONE_OF_EACH" receive_errors bad_buffer_in_calls
}

@test "errno is the kernel's, and it costs nothing: EFAULT, in bytes" {
    held "$BYTES" receive_errors bad_buffer_in_bytes
}

@test "errno is the kernel's, and it costs nothing: EINVAL, ESPIPE" {
    held "$ONE_OF_EACH" receive_errors bad_length
}

@test "errno is the kernel's, and it costs nothing: ECONNRESET" {
    held "$ONE_OF_EACH" receive_errors reset
}

@test "ECONNRESET comes once, after all data: MSG_WAITALL in pieces" {
    held 'in 200kB/s burst=2kB' receive_errors reset_in_the_middle
}

@test "a buffer that ends too early: what came is counted" {
    held 'in 200kB/s burst=2kB' receive_errors bad_end_of_buffer
}

@test "signals: a handler without SA_RESTART ends a hold, and nothing is taken" {
    held 'recv 1/s' receive_signals held
}

@test "signals: after a handler with SA_RESTART the hold goes on" {
    held 'recv 2/s burst=1' receive_signals held_restarts
}

@test "signals: of MSG_WAITALL, what came is counted" {
    held "$FLOW" receive_signals partial
}

@test "signals: while there are no data, EINTR, and it is free" {
    held "$ONE" receive_signals waiting
}

@test "signals: while there are no data, with SA_RESTART it goes on" {
    held "$ONE" receive_signals waiting_restarts
}

@test "signals: after the data came they are the program's" {
    held "$FLOW" receive_signals after_the_data
}

@test "timeouts: SO_RCVTIMEO ends a hold, and nothing is taken" {
    held 'recv 2/s burst=1' receive_timeouts held
}

@test "timeouts: an SO_RCVTIMEO that is long enough changes nothing" {
    held 'recv 2/s burst=1' receive_timeouts enough
}

@test "timeouts: SO_RCVTIMEO while nothing comes is free" {
    held "$ONE" receive_timeouts waiting
}

@test "timeouts: SO_RCVTIMEO, and what came of a MSG_WAITALL is counted" {
    held "$FLOW" receive_timeouts partial
}

@test "timeouts: the hold counts against SO_RCVTIMEO" {
    held 'recv 1/s' receive_timeouts hold_counts
}

@test "timeouts: that of the limit is ETIMEDOUT, and nothing is taken" {
    held 'recv 2/s burst=1 timeout=50ms' receive_timeouts limit_timeout
}

@test "timeouts: that of the limit, and what came of a MSG_WAITALL is counted" {
    held "$FLOW timeout=150ms" receive_timeouts limit_timeout_partial
}

@test "timeouts: that of the limit is not about waiting for data" {
    held 'recv 1/h timeout=100ms' receive_timeouts limit_timeout_is_of_the_hold
}

@test "timeouts: of both the shorter one" {
    held 'recv 2/s burst=1 timeout=300ms' receive_timeouts both
}

@test "cancellation: ends a hold, and what is there is the next one's" {
    held 'recv 2/s burst=1' receive_cancellation held
}

@test "cancellation: while there are no data it is free" {
    held "$ONE" receive_cancellation waiting
}

@test "cancellation: not of a thread that does not want to be" {
    held 'recv 2/s burst=1' receive_cancellation disabled
}

@test "cancellation: the other threads go on" {
    held "$FLOW" receive_cancellation others_go_on
}

@test "cancellation: after the data came none are lost" {
    held "$FLOW" receive_cancellation after_the_data
}

@test "eight threads share the limit" {
    held 'in 1MB/s burst=20kB' receive_threads eight_share
}

@test "eight threads that signals interrupt share it no less" {
    held 'in 1MB/s burst=100kB' receive_threads interrupted
}

@test "who waits for data holds nobody up" {
    held "$FLOW" receive_threads blocked
}

@test "who waits for data takes no place in line" {
    held "$ONE" receive_threads blocked_takes_no_place
}

@test "a socket that another thread closes during a hold: EBADF" {
    held 'recv 2/s burst=1' receive_threads closed
}

@test "nothing is received from what takes its number" {
    held 'recv 2/s burst=1' receive_threads number_taken
}

@test "children share the limit of their parent" {
    held "$FLOW" receive_threads forks
}

@test "datagrams come whole" {
    held 'in 200kB/s burst=5kB' receive_datagrams whole
}

@test "a batch of datagrams" {
    held 'in 100kB/s burst=5kB' receive_datagrams batch
}

@test "a batch of datagrams, in calls" {
    held 'recv 20/s burst=1' receive_datagrams batch_in_calls
}

@test "police: a datagram waits" {
    held 'in 10kB/h burst=10kB mode=police' receive_datagrams policed
}

@test "police: a stream gets EAGAIN, and loses nothing" {
    held 'in 10kB/h burst=10kB mode=police' receive_datagrams policed_stream
}

@test "of two limits the tighter one rules, and slows down nobody else" {
    held 'in 1MB/s burst=10kB; in 200kB/s burst=10kB to=127.0.0.2' receive_several tighter_rules
}

@test "of two limits the wider one holds for all together" {
    held 'in 1MB/s burst=10kB; in 200kB/s burst=10kB to=127.0.0.2' receive_several wider_is_shared
}

@test "of bytes and calls, whichever takes longer" {
    held 'in 100kB/s burst=5kB; recv 4/s burst=1' receive_several bytes_and_calls
}

@test "in and out are two things" {
    held 'in 100kB/s burst=10kB; out 100kB/s burst=10kB' receive_several both_ways
}

@test "from one peer only: streams" {
    held 'in 1B/h timeout=1ms to=127.0.0.2' receive_several by_peer
}

@test "from one peer only, and from anyone" {
    held 'in 100kB/s burst=1kB; in 50kB/s burst=5kB to=127.0.0.2' receive_several from_anyone
}

@test "from one peer only: connected datagram sockets" {
    held 'in 1B/h timeout=1ms to=127.0.0.2' receive_several datagrams_by_peer
}

@test "not held: unix sockets" {
    held "$NOTHING" receive_passing unix_sockets
}

@test "not held: connections to a unix socket" {
    held "$NOTHING" receive_passing unix_connections
}

@test "not held: pipes" {
    held "$NOTHING" receive_passing pipes
}

@test "not held: files and devices" {
    held "$NOTHING" receive_passing files
}

@test "not held: an eventfd" {
    held "$NOTHING" receive_passing eventfds
}

@test "not held: terminals" {
    held "$NOTHING" receive_passing ttys
}

@test "descriptors that are passed over a unix socket are what they are" {
    held "$NOTHING" receive_passing passed_descriptors
}

@test "an accepted connection is held whose number was that of a file" {
    held 'in 1B/h timeout=1ms' receive_passing accepted
    held 'in 1B/h timeout=1ms; accept 1000/s' receive_passing accepted
}

@test "TCP_ZEROCOPY_RECEIVE is refused where receives are limited" {
    held 'in 1MB/s' zerocopy refused
    held 'recv 100/s' zerocopy refused
    held 'read 100/s' zerocopy refused
    held 'in 1MB/s to=127.0.0.0/8' zerocopy refused
}

@test "TCP_ZEROCOPY_RECEIVE passes where no limit applies" {
    held 'calls 100/s; out 1MB/s; accept 100/s' zerocopy passed
    held 'in 1MB/s to=192.0.2.0/24' zerocopy passed
}

@test "all other options are the kernel's" {
    held 'in 1MB/s' zerocopy others
}

@test "1 KiB of stack at most" {
    held 'in 1MB/s burst=2kB; accept 50/s burst=1' receive_stacks depth
}

@test "1 KiB of stack at most, with a trace and limits for some" {
    export RL_TRACE=$BATS_TEST_TMPDIR/trace
    held 'in 1MB/s burst=2kB to=127.0.0.1; accept 50/s burst=1 to=127.0.0.0/8' receive_stacks depth
}

@test "threads with the smallest stack" {
    held 'in 1MB/s burst=2kB; accept 50/s burst=1' receive_stacks smallest_threads
}

@test "accept: twenty connections a second, each as the kernel gives it" {
    held 'accept 20/s burst=1' receive_accept rate
}

@test "accept4: SOCK_CLOEXEC and SOCK_NONBLOCK" {
    held 'accept 20/s burst=1' receive_accept flags
}

@test "accept: what fails costs nothing" {
    export RL_NONBLOCK=block # the listener does not block: else it fails with EAGAIN
    held 'accept 1/h timeout=1ms' receive_accept errors
}

@test "accept: a signal ends a hold" {
    held 'accept 1/s' receive_accept interrupted
}

@test "accept: SO_RCVTIMEO ends a hold" {
    held 'accept 2/s burst=1' receive_accept rcvtimeo
}

@test "accept: police" {
    held 'accept 1/h mode=police' receive_accept policed
}

@test "accept: from one peer only" {
    held 'accept 1/h timeout=1ms to=127.0.0.2' receive_accept by_peer
}

@test "accept: that a limit for one peer is used up is nothing to the others" {
    held 'accept 1/h timeout=1ms to=127.0.0.2' receive_accept other_peers
}

@test "accept: from one peer, who has reset it before it is accepted" {
    held 'accept 4/s burst=1 to=127.0.0.1' receive_accept reset_by_peer
}

@test "accept: cancellation ends a hold" {
    held 'accept 2/s burst=1' receive_accept cancelled
}

@test "accept: cancellation loses no connection that was taken" {
    held 'accept 2/s burst=1' receive_accept cancelled_too_late
}

@test "accept: a listener that another thread closes during a hold: EBADF" {
    held 'accept 2/s burst=1' receive_accept closed
}
