# What a held call feels like to the program: as a slow network would, and in nothing else.
# shellcheck disable=SC2030,SC2031 # a test is a subshell

load lib

FLOW='out 100kB/s burst=10kB'
HELD='calls 1/h timeout=1ms' # one passes, and whatever else is limited fails

@test "signals: a handler without SA_RESTART ends a hold; what went is counted" {
    held "$FLOW" signals partial
}

@test "signals: if nothing went it is EINTR, and the place in line is given back" {
    held 'send 1/s' signals nothing_sent
}

@test "signals: after a handler with SA_RESTART the hold goes on" {
    held "$FLOW" signals restarted
}

@test "signals: ignored and blocked ones change nothing" {
    held "$FLOW" signals unseen
}

@test "signals: a timer of 5 ms with SA_RESTART, another signal without" {
    held "$FLOW" signals mixed
}

@test "signals: a timer of 5 ms without SA_RESTART does not slow it down" {
    held "$FLOW" signals storm
}

@test "stopped, and going on: what has gone, or come, is the result" {
    held "$FLOW" stopped sending
    held 'in 100kB/s burst=10kB' stopped receiving
}

@test "stopped, and going on: if nothing went, the call goes on, but with a timeout it is EINTR" {
    held 'send 1/s' stopped nothing_sent
    held 'recv 1/s' stopped nothing_received
    held 'connect 1/s' stopped not_connected
    held 'accept 1/s' stopped nothing_accepted
}

@test "signals: a handler may write while the call it interrupts is held" {
    held "$FLOW" signals in_handler
}

@test "signals: so may one that ends the hold" {
    held "$FLOW" signals in_handler_that_ends_it
}

@test "timeouts: SO_SNDTIMEO ends a hold; what went is counted" {
    held "$FLOW" timeouts sndtimeo_partial
}

@test "timeouts: if nothing went it is EAGAIN, and the place in line is given back" {
    held 'send 2/s burst=1' timeouts sndtimeo_nothing
}

@test "timeouts: an SO_SNDTIMEO that is long enough changes nothing" {
    held "$FLOW" timeouts sndtimeo_enough
}

@test "timeouts: SO_SNDTIMEO counts once for hold and kernel, also of vectors" {
    held 'write 2/s burst=1' timeouts sndtimeo_vectors
}

@test "timeouts: that of the limit is ETIMEDOUT, and nothing is taken" {
    held 'send 2/s burst=1 timeout=50ms' timeouts limit_timeout
}

@test "timeouts: that of the limit counts for a call in pieces as one" {
    held "$FLOW timeout=150ms" timeouts limit_timeout_partial
}

@test "timeouts: of both the shorter one" {
    held 'send 2/s burst=1 timeout=300ms' timeouts both
}

@test "timeouts: a connect that timed out was never begun" {
    held 'connect 2/s burst=1 timeout=100ms' timeouts connect_timeout
}

@test "timeouts: SO_SNDTIMEO ends a held connect" {
    held 'connect 2/s burst=1' timeouts connect_sndtimeo
}

@test "cancellation: pthread_cancel ends a hold" {
    held 'send 1/h' cancellation deferred
}

@test "cancellation: of a thread that may be cancelled anywhere" {
    held 'send 1/h' cancellation asynchronous
}

@test "cancellation: of one that was cancelled before it came to the call" {
    held 'send 1/h' cancellation pending
}

@test "cancellation: not of one that does not want to be" {
    held 'send 1/h timeout=300ms' cancellation disabled
}

@test "cancellation: the other threads go on" {
    held "$FLOW" cancellation others_go_on
}

@test "cancellation: its type is the same after a hold" {
    held "$FLOW" cancellation type_as_before
}

@test "cancellation does not end a hold of what is no cancellation point" {
    held "$FLOW" cancellation no_point
}

@test "errno is untouched by what succeeds" {
    held 'out 200kB/s burst=2kB; connect 20/s burst=1' errors success
}

@test "errno is the kernel's, and it costs nothing: EPIPE" {
    held 'calls 2/h timeout=1ms' errors broken_pipe
}

@test "errno is the kernel's, and it costs nothing: EPIPE with SIGPIPE" {
    held 'calls 2/h timeout=1ms' errors broken_pipe_with_signal
}

@test "errno is the kernel's, and it costs nothing: EBADF" {
    held 'calls 2/h timeout=1ms' errors no_descriptor
}

@test "errno is the kernel's, and it costs nothing: not connected" {
    held 'calls 2/h timeout=1ms' errors no_peer
}

@test "errno is the kernel's, and it costs nothing: EMSGSIZE" {
    held 'calls 2/h timeout=1ms' errors too_long
}

@test "errno is the kernel's, and it costs nothing: EMSGSIZE, in bytes" {
    held 'out 1kB/h burst=100kB timeout=1ms' errors too_long_in_bytes
}

@test "errno is the kernel's, and it costs nothing: EFAULT" {
    held 'calls 2/h timeout=1ms' errors bad_buffer
}

@test "errno is the kernel's: a length of -1 sends nothing" {
    held 'out 200kB/s burst=2kB' errors negative_length
}

@test "a buffer that ends too early: what went is counted" {
    held 'out 200kB/s burst=2kB' errors bad_end_of_buffer
}

@test "each byte arrives once and in order: send" {
    held 'out 1MB/s burst=7001' integrity send
}

@test "each byte arrives once and in order: sendto" {
    held 'out 1MB/s burst=7001' integrity sendto
}

@test "each byte arrives once and in order: sendmsg" {
    held 'out 1MB/s burst=7001' integrity sendmsg
}

@test "each byte arrives once and in order: sendmmsg" {
    held 'out 1MB/s burst=7001' integrity sendmmsg
}

@test "each byte arrives once and in order: write" {
    held 'out 1MB/s burst=7001' integrity write
}

@test "each byte arrives once and in order: writev" {
    held 'out 1MB/s burst=7001' integrity writev
}

@test "each byte arrives once and in order: pwritev2" {
    held 'out 1MB/s burst=7001' integrity pwritev2
}

@test "each byte arrives once and in order: sendfile" {
    held 'out 1MB/s burst=7001' integrity sendfile
}

@test "each byte arrives once and in order: sendfile64" {
    held 'out 1MB/s burst=7001' integrity sendfile64
}

@test "each byte arrives once and in order: splice" {
    held 'out 1MB/s burst=7001' integrity splice
}

@test "sendfile to the end of the file is a short count" {
    held 'out 1MB/s burst=7001' integrity end_of_file
}

@test "control data goes with a message, once" {
    held 'out 200kB/s burst=2kB' messages control_goes_once
}

@test "control data that the kernel refuses" {
    held 'out 200kB/s burst=2kB' messages bad_control
}

@test "MSG_OOB is about the last byte of the call" {
    held 'out 200kB/s burst=2kB' messages urgent_byte
}

@test "MSG_DONTWAIT and O_NONBLOCK, held" {
    export RL_NONBLOCK=block # else they fail with EAGAIN
    held 'out 200kB/s burst=2kB' messages dont_wait
}

@test "a socket that is full" {
    held 'out 1MB/s burst=2kB' messages full_socket
}

@test "a socket that is full, and gated meanwhile for a call that does not wait" {
    held 'send 1/m burst=1; out 10MB/s burst=6kB' full gated_meanwhile
}

@test "messages of no bytes" {
    held 'out 200kB/s burst=2kB' messages nothing
}

@test "a socket is held whose number was that of a file" {
    held 'write 1/h timeout=1ms' numbers socket_after_file
}

@test "a file is not held whose number was that of a socket" {
    held 'write 1/h timeout=1ms' numbers file_after_socket
}

@test "a socket that another thread closes during a hold: EBADF" {
    held 'send 2/s burst=1' descriptors closed
}

@test "nothing goes to the file that takes its number" {
    held 'send 2/s burst=1' descriptors file_takes_number
}

@test "nothing goes to the socket that takes its number" {
    held 'send 2/s burst=1' descriptors socket_takes_number
}

@test "nothing goes to it in the middle of a long call" {
    held "$FLOW" descriptors closed_in_the_middle
}

@test "children share the limit of their parent" {
    held "$FLOW" descriptors forks
}

@test "a vfork child is held, and changes nothing of its parent" {
    held 'write 1/h timeout=1ms' descriptors vforked
}

@test "not held: a unix socketpair" {
    held "$HELD" passing stream_pair
}

@test "not held: a unix socketpair of packets" {
    held "$HELD" passing seqpacket_pair
}

@test "not held: connections to a unix socket" {
    held "$HELD" passing unix_connections
}

@test "not held: pipes" {
    held "$HELD" passing pipes
}

@test "not held: files and devices" {
    held "$HELD" passing files
}

@test "not held: terminals" {
    held "$HELD" passing ttys
}

@test "not held: netlink" {
    held "$HELD" passing netlink
}

@test "not held: an eventfd" {
    held "$HELD" passing eventfds
}

@test "not held: receiving" {
    held "$HELD" passing receiving
}

@test "connect: asking again when connected is free" {
    held 'connect 1/h burst=2 timeout=1ms' connecting connected
}

@test "connect: asking again while connecting is free" {
    held 'connect 1/h burst=2 timeout=1ms' connecting connecting
}

@test "connect: non-blocking, poll, and asking again is one attempt" {
    held 'connect 1/h burst=2 timeout=1ms' connecting polled
}

@test "connect: one that is refused counts" {
    held 'connect 1/h burst=2 timeout=1ms' connecting refused
}

@test "connect: one that is refused later counts once" {
    held 'connect 1/h burst=2 timeout=1ms' connecting refused_later
}

@test "connect: what sends nothing is free" {
    held 'connect 1/h burst=2 timeout=1ms' connecting unsent
}

@test "connect: anew, after the connection was dissolved, counts" {
    held 'connect 1/h burst=2 timeout=1ms' connecting again
}

@test "connect: a signal ends a hold, and the attempt is under way" {
    held 'connect 2/s burst=1' connecting interrupted
}

@test "connect: a signal ends a hold, by number" {
    held 'connect 2/s burst=1' connecting interrupted_by_number
}

@test "connect: after a handler with SA_RESTART a hold goes on" {
    held 'connect 2/s burst=1' connecting restarted
}

@test "connect: after a handler with SA_RESTART a hold goes on, by number" {
    held 'connect 2/s burst=1' connecting restarted_by_number
}

@test "connect: a signal ends the hold of a fast open, and the attempt is under way" {
    held 'connect 2/s burst=1' connecting interrupted_fast_open
}

@test "connect: a signal ends the hold of an attempt that fails" {
    held 'connect 2/s burst=1' connecting interrupted_in_vain
}

@test "connect: SO_SNDTIMEO ends a hold, and the attempt is under way" {
    held 'connect 2/s burst=1' connecting timed_out
}

@test "connect: SO_SNDTIMEO ends the hold of a fast open, and the attempt is under way" {
    held 'connect 2/s burst=1' connecting timed_out_fast_open
}

@test "connect: a signal ends a hold where there is no fast open" {
    held 'connect 2/s burst=1' connecting without_fast_open
}

@test "connect: whom a limit applies to is known while the attempt is under way" {
    held 'send 1/h burst=1 timeout=1ms to=127.0.0.1' connecting peer_while_connecting
}

@test "connect: a signal ends a hold, and the descriptor was closed meanwhile" {
    held 'connect 2/s burst=1' connecting closed_meanwhile
}

@test "datagrams arrive whole" {
    held 'out 200kB/s burst=5kB' datagrams whole
}

@test "datagrams larger than the burst leave a debt" {
    held 'out 50kB/s burst=1kB' datagrams above_the_burst
}

@test "datagrams of no bytes are calls" {
    held 'send 1/h timeout=1ms' datagrams empty
}

@test "a batch of datagrams of which one may go" {
    held 'send 1/h timeout=1ms' datagrams batch_in_part
}

@test "police: datagrams count as sent, and are dropped" {
    held 'out 10kB/h burst=10kB mode=police' datagrams policed
}

@test "police: a stream gets EAGAIN, and loses nothing" {
    held 'out 10kB/h burst=10kB mode=police' datagrams policed_stream
}

@test "police: a connect is refused, and nobody hears of it" {
    held 'connect 1/h mode=police' datagrams policed_connect
}

@test "1 KiB of stack at most" {
    held 'out 1MB/s burst=2kB; connect 50/s burst=1' stacks depth
}

@test "1 KiB of stack at most, with a trace and limits for some" {
    export RL_TRACE=$BATS_TEST_TMPDIR/trace
    held 'out 1MB/s burst=2kB to=127.0.0.1; connect 50/s burst=1 to=127.0.0.0/8' stacks depth
}

@test "1 KiB of stack at most, with a limit on what is said to whom" {
    held 'out 1MB/s burst=2kB to=127.0.0.1,a.example; connect 50/s burst=1 to=127.0.0.0/8' stacks depth
    held 'out 1MB/s burst=2kB to=a.example; connect 50/s burst=1' stacks depth
}

@test "threads with the smallest stack" {
    held 'out 1MB/s burst=2kB; connect 50/s burst=1' stacks smallest_threads
}

@test "a handler on a small alternate stack" {
    held 'out 1MB/s burst=2kB' stacks alternate_stack
}

@test "without a descriptor to spare" {
    held "$FLOW" scarce no_descriptors
}

@test "without memory to spare" {
    held "$FLOW" scarce no_memory
}

@test "with stdin, stdout and stderr closed" {
    held "$FLOW" scarce no_standard_streams
}

@test "with stdin, stdout and stderr closed from the beginning" {
    held "$FLOW" scarce no_standard_streams <&- >&- 2>&-
}

@test "with a trace and a log whose descriptors are closed" {
    export RL_TRACE=$BATS_TEST_TMPDIR/trace RL_LOG=$BATS_TEST_TMPDIR/log RL_SUMMARY=1
    held "$FLOW" scarce all_closed
}

@test "a program that clears its environment is limited" {
    held 'send 1/h timeout=1ms' scarce no_environment
}

@test "a program that changes its environment is limited" {
    held 'send 1/h timeout=1ms' scarce other_environment
}

@test "a program that writes over its environment is limited" {
    held 'send 1/h timeout=1ms' scarce overwritten_environment
}

@test "a program whose first thread has ended is limited" {
    held 'send 1/h timeout=1ms' scarce in_a_thread_that_main_left
}

@test "calls before all constructors are limited" {
    HOLD_WHEN=preinit held 'send 1/h timeout=1ms' scarce around_main
}

@test "calls from a constructor are limited" {
    HOLD_WHEN=constructor held 'send 1/h timeout=1ms' scarce around_main
}

@test "calls from an atexit handler are limited" {
    HOLD_WHEN=atexit held 'send 1/h timeout=1ms' scarce around_main
}

@test "calls from a destructor are limited" {
    HOLD_WHEN=destructor held 'send 1/h timeout=1ms' scarce around_main
}

@test "of two limits the tighter one rules, and slows down nobody else" {
    held 'out 1MB/s burst=10kB; out 200kB/s burst=10kB to=127.0.0.2' several tighter_rules
}

@test "of two limits the wider one holds for all together" {
    held 'out 1MB/s burst=10kB; out 200kB/s burst=10kB to=127.0.0.2' several wider_is_shared
}

@test "a call that goes in pieces is one call" {
    held 'out 100kB/s burst=5kB; send 4/s burst=1' several pieces_are_one_call
}

@test "a limit on calls holds short ones that one on bytes lets pass" {
    held 'out 100kB/s burst=5kB; send 4/s burst=1' several calls_rule
}

@test "what is counted in tokens goes in whole tokens" {
    held 'out 100tokens/s burst=1tokens' several pieces_are_whole_tokens
}

@test "datagrams from one socket, each by its address" {
    held 'send 1000/s; send 1/h to=127.0.0.2 timeout=1ms' several datagrams_by_address
}

@test "a stream that is connected to somebody else" {
    held 'send 1/h to=127.0.0.2 timeout=1ms' several connected_elsewhere
}

@test "connect: TCP Fast Open is one: sendto" {
    held 'connect 1/h burst=2 timeout=1ms' connecting fast_open_sendto
}

@test "connect: TCP Fast Open is one: sendto by number" {
    held 'connect 1/h burst=2 timeout=1ms' connecting fast_open_sendto_by_number
}

@test "connect: TCP Fast Open is one: sendmsg by number" {
    held 'connect 1/h burst=2 timeout=1ms' connecting fast_open_sendmsg_by_number
}

@test "connect: TCP Fast Open is one: sendmmsg by number" {
    held 'connect 1/h burst=2 timeout=1ms' connecting fast_open_sendmmsg_by_number
}

@test "where a filter refuses to let it sleep, it is held: one call" {
    held "$FLOW" forbidden in_one_call
}

@test "where a filter refuses to let it sleep, it is held: many calls" {
    held "$FLOW" forbidden in_many_calls
}
