/* signals.c - what a signal does to a call that waits: on the network, or for its limit. */
#include <sys/time.h>
#include <sys/wait.h>

#include "poker.h"
#include "twin.h"

/* In a socket that is full already: nothing of the call has gone. */
static void nothing_sent(void)
{
    struct pair pair = narrow_pair();
    size_t filled = fill(pair.near);
    poke_on(SIGUSR1, 0);
    poker_start(UNTIL_IT_RETURNS);
    SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    poker_end();
    say("handled %d", (int)poker.handled);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), filled);
}

static void something_sent(void)
{
    struct pair pair = stream_pair(AF_INET, 200000);
    poke_on(SIGUSR1, 0);
    poker.arrived_at = pair.far;
    poker_start(UNTIL_IT_RETURNS);
    ssize_t sent = SAY_CLASS("send", send(pair.near, data, DATA_BYTES, 0), DATA_BYTES);
    poker_end();
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), (size_t)sent);
}

static void restarted(void)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    size_t filled = fill(pair.near);
    poke_on(SIGUSR1, SA_RESTART);
    poker.then_reads = &reader;
    poker.then_from = pair.far;
    poker_start(3);
    SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    poker_end();
    say("handled %d", (int)poker.handled);
    shutdown(pair.near, SHUT_WR);
    say_matches(reader_end(&reader), filled + 1000);
}

/* With SO_SNDTIMEO nothing is restarted (signal(7)). */
static void not_restarted(void)
{
    struct pair pair = narrow_pair();
    struct timeval timeout = {20, 0};
    size_t filled = fill(pair.near);
    MUST(setsockopt(pair.near, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
    poke_on(SIGUSR1, SA_RESTART);
    poker_start(UNTIL_IT_RETURNS);
    SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    poker_end();
    say("handled %d", (int)poker.handled);
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), filled);
}

/* However often it is interrupted, in the end all has arrived. */
static void interrupted_often(void)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    poke_on(SIGALRM, 0);
    reader_start(&reader, pair.far);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 2000}, {0, 2000}}, NULL);
    say("sent %zu", send_all(pair.near, 200000));
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    shutdown(pair.near, SHUT_WR);
    say_stream("peer", reader_end(&reader));
}

/* Blocked: it waits until the call is over. */
static void blocked(void)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    sigset_t set;
    size_t filled = fill(pair.near);
    poke_on(SIGUSR1, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    poker.blind = true;
    poker.then_reads = &reader;
    poker.then_from = pair.far;
    poker_start(1);
    SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    poker_end();
    sigpending(&set);
    say("pending %d, handled %d", sigismember(&set, SIGUSR1), (int)poker.handled);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    say("then handled %d", (int)poker.handled);
    shutdown(pair.near, SHUT_WR);
    say_matches(reader_end(&reader), filled + 1000);
}

static void ignored(void)
{
    struct pair pair = narrow_pair();
    struct reader reader;
    size_t filled = fill(pair.near);
    signal(SIGUSR1, SIG_IGN);
    poker.blind = true;
    poker.then_reads = &reader;
    poker.then_from = pair.far;
    poker_start(3);
    SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    poker_end();
    shutdown(pair.near, SHUT_WR);
    say_matches(reader_end(&reader), filled + 1000);
}

static void stopped_and_continued(void)
{
    struct pair pair = narrow_pair();
    int status;
    size_t filled = fill(pair.near);
    pid_t child = MUST(fork());
    if (child == 0) {
        SAY_CLASS("child: send", send(pair.near, data + filled, 1000, 0), 1000);
        _exit(7);
    }
    await_sleep(child, child);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    say("stopped %d by %s", WIFSTOPPED(status), sigabbrev_np(WSTOPSIG(status)));
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    say("continued %d", WIFCONTINUED(status));
    close(pair.near);
    struct stream stream = drain(pair.far);
    waitpid(child, &status, 0);
    say("exited %d with %d", WIFEXITED(status), WEXITSTATUS(status));
    say_matches(stream, filled + 1000);
}

static void killed(void)
{
    struct pair pair = narrow_pair();
    int status;
    size_t filled = fill(pair.near);
    pid_t child = MUST(fork());
    if (child == 0) {
        send(pair.near, data + filled, 1000, 0);
        _exit(7);
    }
    await_sleep(child, child);
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    say("killed %d by %s", WIFSIGNALED(status), sigabbrev_np(WTERMSIG(status)));
    shutdown(pair.near, SHUT_WR);
    say_matches(drain(pair.far), filled);
}

static int handlers_socket;

static void write_in_handler(int signal)
{
    say_result("handler: write", (errno = 0, write(handlers_socket, data, 100)));
    poke_count(signal);
}

static void send_around_handler(int flags)
{
    struct pair pair = narrow_pair(), handlers = tcp_pair();
    struct reader reader;
    size_t filled = fill(pair.near);
    handlers_socket = handlers.near;
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = write_in_handler, .sa_flags = flags},
              NULL);
    poker.then_reads = &reader;
    poker.then_from = pair.far;
    poker_start(1);
    ssize_t sent = SAY_CLASS("send", send(pair.near, data + filled, 1000, 0), 1000);
    poker_end();
    shutdown(pair.near, SHUT_WR);
    say_matches(reader_end(&reader), filled + (sent > 0 ? (size_t)sent : 0));
    say_received(handlers);
}

static void handler_writes(void)
{
    send_around_handler(SA_RESTART);
}

static void handler_writes_and_ends_it(void)
{
    send_around_handler(0);
}

TWINS(TWIN(nothing_sent), TWIN(something_sent), TWIN(restarted), TWIN(not_restarted),
      TWIN(interrupted_often), TWIN(blocked), TWIN(ignored), TWIN(stopped_and_continued),
      TWIN(killed), TWIN(handler_writes), TWIN(handler_writes_and_ends_it))
