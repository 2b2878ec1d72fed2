/* test_guest_own_stack.c - work on a stack of its own: with room, undisturbed, and one at a time.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "own_stack.h"

static uint64_t given;
static char *low;
static bool handled, handled_within, nested, masked;

static void note(int signal)
{
    (void)signal;
    handled = true;
}

static void do_nothing(uint64_t unused)
{
    (void)unused;
}

__attribute__((noinline)) static void use_half_of_it(uint64_t argument)
{
    volatile char much[OWN_STACK / 2];
    sigset_t mask;
    memset((void *)much, 1, sizeof much);
    given = argument + much[0] - 1;
    low = (char *)much;
    kill(getpid(), SIGUSR1);
    handled_within = handled;
    nested = own_stack_run(do_nothing, 0);
    masked = pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && sigismember(&mask, SIGUSR1) == 1;
    errno = E2BIG;
}

static void it_is_another_stack_and_all_is_as_before(void)
{
    char here;
    signal(SIGUSR1, note);
    errno = 0;
    /* As many as a compiler keeps in registers over a call. */
    volatile uint64_t one = 1;
    uint64_t a = one, b = one + 1, c = one + 2, d = one + 3, e = one + 4, f = one + 5;
    CHECK(own_stack_run(use_half_of_it, 42));
    CHECK_EQ(a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f, 654321);
    CHECK_EQ(given, 42);
    uintptr_t distance = (uintptr_t)low - (uintptr_t)&here;
    CHECK(distance > OWN_STACK && distance < -(uintptr_t)OWN_STACK);
    CHECK_EQ((uint64_t)errno, 0);
    CHECK(masked && !handled_within);
    CHECK(handled || UNDER_TSAN); /* which keeps signals for later */
    CHECK(!nested);
    CHECK(own_stack_run(do_nothing, 0));
}

static void *try_in_thread(void *ran)
{
    *(bool *)ran = own_stack_run(do_nothing, 0);
    return NULL;
}

static bool ran_beside;

static void start_another(uint64_t unused)
{
    pthread_t thread;
    (void)unused;
    ran_beside = true;
    CHECK_EQ(pthread_create(&thread, NULL, try_in_thread, &ran_beside), 0);
    pthread_join(thread, NULL);
}

static void others_are_sent_away(void)
{
    CHECK(own_stack_run(start_another, 0));
    CHECK(!ran_beside);
}

static void start_on_another(uint64_t argument)
{
    static _Alignas(16) char another[OWN_STACK];
    errno = 0;
    own_stack_run_on(another + OWN_STACK, use_half_of_it, argument);
    CHECK_EQ((uint64_t)errno, 0);
    CHECK(low > another && low < another + OWN_STACK / 2);
}

static void a_stack_that_is_given_is_free(void)
{
    handled = false;
    CHECK(own_stack_run(start_on_another, 43));
    CHECK_EQ(given, 43);
    CHECK(masked && !handled_within && !nested);
    CHECK(handled || UNDER_TSAN);
}

static int gate[2];

static void wait_for_gate(uint64_t unused)
{
    char byte;
    (void)unused;
    CHECK(write(gate[0], "", 1) == 1 && read(gate[0], &byte, 1) == 1);
}

static void *stay(void *unused)
{
    CHECK(own_stack_run(wait_for_gate, 0));
    return unused;
}

static void a_child_begins_anew(void)
{
    pthread_t thread;
    char byte;
    int status = -1;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, gate), 0);
    CHECK_EQ(pthread_create(&thread, NULL, stay, NULL), 0);
    CHECK_EQ(read(gate[1], &byte, 1), 1);
    pid_t child = fork();
    if (child == 0) {
        bool before = own_stack_run(do_nothing, 0);
        own_stack_forked();
        _exit(before || !own_stack_run(do_nothing, 0));
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_EQ(write(gate[1], "", 1), 1);
    pthread_join(thread, NULL);
}

int main(void)
{
    RUN(it_is_another_stack_and_all_is_as_before);
    RUN(others_are_sent_away);
    RUN(a_stack_that_is_given_is_free);
    RUN(a_child_begins_anew);
    return check_status();
}
