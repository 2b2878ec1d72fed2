/* loading.c - what programs do with the dynamic linker, and with names that the shim might use. */
#include <dlfcn.h>

#include "twin.h"

typedef ssize_t sender(int fd, const void *bytes, size_t length, int flags);

static void found(void)
{
    struct pair pair = tcp_pair();
    sender *by_default = (sender *)dlsym(RTLD_DEFAULT, "send");
    sender *next = (sender *)dlsym(RTLD_NEXT, "send");
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    sender *of_libc = (sender *)dlsym(libc, "send");
    say("found %d %d %d", by_default != NULL, next != NULL, of_libc != NULL);
    SAY(by_default(pair.near, data, 3000, 0));
    SAY(next(pair.near, data, 3000, 0));
    SAY(of_libc(pair.near, data, 3000, 0));
    say("no such: %d", dlsym(RTLD_DEFAULT, "no_such_function") == NULL);
    SAY(dlclose(libc));
    SAY(send(pair.near, data, 3000, 0));
    say_received(pair);
}

#ifdef __GLIBC__
/* Old names of the same functions. */
static void under_other_names(void)
{
    struct pair pair = tcp_pair();
    sender *old = (sender *)dlsym(RTLD_DEFAULT, "__send");
    ssize_t (*old_write)(int, const void *, size_t) = (void *)dlsym(RTLD_DEFAULT, "__write");
    int (*old_close)(int) = (void *)dlsym(RTLD_DEFAULT, "__close");
    SAY(old(pair.near, data, 3000, 0));
    SAY(old_write(pair.near, data, 3000));
    SAY(old_close(pair.near));
    SAY(old_write(pair.near, data, 3000));
    say_stream("peer", drain(pair.far));
}

/* Another C library beside ours, in a namespace of its own. */
static void another_namespace(void)
{
    struct pair pair = tcp_pair();
    void *other = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW | RTLD_LOCAL);
    if (!other)
        skip("no dlmopen");
    sender *its = (sender *)dlsym(other, "send");
    SAY(its(pair.near, data, 3000, 0));
    SAY(send(pair.near, data, 3000, 0));
    SAY(dlclose(other));
    SAY(send(pair.near, data, 3000, 0));
    say_received(pair);
}
#endif

static void closed_again(void)
{
    struct pair pair = tcp_pair();
    void *library = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        skip("no libresolv.so.2");
    SAY(send(pair.near, data, 3000, 0));
    SAY(dlclose(library));
    SAY(send(pair.near, data, 3000, 0));
    say("no such library: %d", dlopen("/no/such/library.so", RTLD_NOW) == NULL);
    SAY(send(pair.near, data, 3000, 0));
    say_received(pair);
}

/* Functions of the program that are called as the shim's own might be: none of them is called. */
static int called;
#define OURS(name)                                                                                 \
    __attribute__((visibility("default"), used)) extern int name(void);                            \
    int name(void)                                                                                 \
    {                                                                                              \
        return ++called;                                                                           \
    }
OURS(gate_enter)
OURS(gate_hold)
OURS(gate_wait)
OURS(fd_look)
OURS(fd_find_out)
OURS(fd_forget)
OURS(real_find)
OURS(real_find_all)
OURS(shim_start)
OURS(config_from_environment)
OURS(report_warning)
OURS(report_start)
OURS(rl_now)
OURS(rl_init)
OURS(rl_acquire_all)
OURS(rl_sleep_until)
OURS(peer_limits)
OURS(iov_length)
OURS(own_fd_write)
OURS(lifecycle_opened)

static void own_functions(void)
{
    struct pair pair = tcp_pair();
    for (int i = 0; i < 3; i++)
        SAY(send(pair.near, data, 3000, 0));
    SAY(writev(pair.near, &(struct iovec){data, 3000}, 1));
    say("called %d", called);
    say("found %d", dlsym(RTLD_DEFAULT, "gate_settle") != NULL);
    say_received(pair);
}

TWINS(GLIBC_TWIN(under_other_names) GLIBC_TWIN(another_namespace) TWIN(found), TWIN(closed_again),
      TWIN(own_functions))
