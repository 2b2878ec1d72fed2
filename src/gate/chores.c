/* chores.c - see chores.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "changing.h"
#include "chores.h"
#include "fd.h"
#include "file.h"
#include "messages.h"
#include "own_stack.h"
#include "raw.h"
#include "report.h"
#include "sandbox.h"
#include "shim.h"
#include "wait.h"

uint64_t chores_next_ns = RL_FOREVER;

/* How often the file is looked at; and how long it must have been left alone, since who writes it
 * in several steps is not to be read in between. */
enum { EACH_NS = 500000000, SETTLED_NS = 100000000 };

static uint64_t read_next_ns = RL_FOREVER, tell_next_ns = RL_FOREVER;
static uint64_t stamp;   /* of the file as it was read last, */
static uint64_t told;    /* and as it could not be */
static unsigned missing; /* for how many looks it has not been there */
static struct stat root; /* where its path begins */

/* What is read, too large for a stack. */
SPARSE struct config config_anew;
SPARSE struct config_error error_anew;

static void say(const char *const texts[])
{
    enum { MOST = 8 };
    struct iovec parts[MOST];
    int count = 0;
    for (; count < MOST && texts[count]; count++)
        parts[count] = (struct iovec){(void *)texts[count], strlen(texts[count])};
    if (messages_have_room())
        messages_write_parts(parts, count);
}

static const char stays[] = "the limits stay what they are\n";

static void say_of_file(const char *what)
{
    const char *const texts[] = {
        "rlshim: RL_CONFIG=", shim.config.file, ": ", what, "; ", stays, NULL};
    say(texts);
}

static bool is_changed(unsigned i, const struct limit *to)
{
    const struct rl_rate *rate = rl_current(&shim.limiters[i]);
    return rate->capacity != to->capacity || rate->period_ns != to->period_ns ||
           rate->burst != to->burst;
}

/* Others that have the same file may have been faster; what somebody has set since stays. A stamp
 * is of all limits of a segment: so all are looked at before one is noted. False: somebody else
 * changes one. */
static bool change_all(const struct config *fresh)
{
    const struct config *config = &shim.config;
    unsigned unread = 0;
    for (unsigned k = 0; k < config->of_file; k++)
        unread |= (unsigned)!share_has_read(config->first_of_file + k, fresh->file_stamp) << k;
    for (unsigned k = 0; k < config->of_file; k++) {
        unsigned i = config->first_of_file + k;
        const struct limit *to = &fresh->limits[fresh->first_of_file + k];
        int error = (unread >> k & 1) && is_changed(i, to)
                        ? changing_rate(&shim.limiters[i], config->limits[i].label, to)
                        : 0;
        if (error == EBUSY)
            return false;
        if (error)
            say_of_file("a rate with which its burst takes longer than a year and a half to drain");
    }
    for (unsigned k = 0; k < config->of_file; k++)
        share_note_read(config->first_of_file + k, fresh->file_stamp);
    return true;
}

/* What is wrong with it is told once. False: it is to be tried again soon, as a descriptor may have
 * been missing, or the permission. */
static bool read_anew(uint64_t is)
{
    memset(&config_anew, 0, sizeof config_anew);
    if (!config_read_anew(&config_anew, &shim.config, &error_anew)) {
        const char *const texts[] = {"rlshim: ", error_anew.text, "  ", stays, NULL};
        if (told != is)
            say(texts);
        told = is;
        return config_anew.file_stamp;
    }
    if (config_same_but_rates(&config_anew, &shim.config))
        return change_all(&config_anew);
    say_of_file("there are other limits in it than when this program was started, of which only "
                "rates and bursts can change");
    return true;
}

static bool is_settled(const struct stat *status)
{
    struct timespec now = {0};
    raw_call(SYS_clock_gettime, CLOCK_REALTIME, (long)&now, 0, 0, 0);
    int64_t ago_ns = ((int64_t)now.tv_sec - status->st_mtim.tv_sec) * (int64_t)RL_SECOND +
                     now.tv_nsec - status->st_mtim.tv_nsec;
    return ago_ns < 0 || ago_ns > SETTLED_NS;
}

/* Behind chroot(2) a file of that path is somebody else's. */
static bool is_at_home(void)
{
    struct stat here = {0};
    return file_status(AT_FDCWD, "/", 0, &here) == 0 && here.st_ino == root.st_ino &&
           here.st_dev == root.st_dev;
}

/* Who puts another file in its place may take it away before. Who may not look, as another user by
 * now, leaves it to those who may. */
static void look_for_file(uint64_t now_ns)
{
    struct stat status = {0};
    if (!is_at_home()) {
        read_next_ns = RL_FOREVER;
        return;
    }
    int error = file_status(AT_FDCWD, shim.config.file, 0, &status);
    uint64_t is = error ? stamp : config_stamp(&status);
    bool soon = is != stamp && !(is_settled(&status) && read_anew(is));
    if (!soon)
        stamp = is;
    missing = error == ENOENT ? missing + (missing < UINT_MAX) : 0;
    if (missing == 2)
        say_of_file("it is not there any more");
    read_next_ns = now_ns + (soon ? SETTLED_NS : EACH_NS);
}

static void work(uint64_t now_ns)
{
    if (now_ns >= read_next_ns)
        look_for_file(now_ns);
    if (now_ns >= tell_next_ns)
        tell_next_ns = report_so_far(now_ns);
    uint64_t next_ns = read_next_ns < tell_next_ns ? read_next_ns : tell_next_ns;
    __atomic_store_n(&chores_next_ns, next_ns, __ATOMIC_RELAXED);
}

void chores_do(uint64_t now_ns)
{
    if (!in_sandbox() && getpid() == fd_owner)
        own_stack_run(work, now_ns);
}

void chores_start(void)
{
    uint64_t now_ns;
    if (!shim.config.count || (!shim.config.of_file && !shim.config.summary_ns))
        return;
    now_ns = rl_now();
    /* Of who came first: if the file was edited since, that is to be done. */
    stamp = shim.config.file_stamp;
    for (unsigned k = 0; k < shim.config.of_file; k++)
        if (share_is_edited(shim.config.first_of_file + k))
            stamp = 0;
    if (shim.config.of_file && file_status(AT_FDCWD, "/", 0, &root) == 0)
        read_next_ns = now_ns;
    if (shim.config.summary_ns) /* when it was told last, the segments know */
        tell_next_ns = now_ns;
    rl_each_look = chores;
    chores_next_ns = now_ns;
}
