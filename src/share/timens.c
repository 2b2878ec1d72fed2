/* timens.c - see timens.h. */
#include <string.h>
#include <time.h>

#include "rl.h"
#include "system.h"
#include "timens.h"
#include "wait.h"

static bool known;

/* PROC_TIME_INIT_INO of <linux/proc_ns.h>: the clock that all others are told relative to. */
#define FIRST_NAMESPACE UINT32_C(0xeffffffa)

static bool is_in_first(void)
{
    struct stat status = {.st_ino = 0};
    raw_call(SYS_newfstatat, AT_FDCWD, (long)"/proc/self/ns/time", (long)&status, 0, 0);
    return !status.st_ino || (uint32_t)status.st_ino == FIRST_NAMESPACE;
}

/* Reads a number, and what is before it. */
static int64_t read_number(const char **at)
{
    const char *digit = *at + strspn(*at, " ");
    bool negative = *digit == '-';
    int64_t number = 0;
    for (digit += negative; *digit >= '0' && *digit <= '9'; digit++)
        number = number * 10 + (*digit - '0');
    *at = digit;
    return negative ? -number : number;
}

/* As in time_namespaces(7): "monotonic SECONDS NANOSECONDS", and other clocks. */
static int64_t read_offset(void)
{
    static const char clock[] = "monotonic";
    char text[256] = "";
    int fd = sys_open(AT_FDCWD, "/proc/self/timens_offsets", O_RDONLY);
    if (fd < 0)
        return 0;
    sys_read(fd, text, sizeof text - 1);
    sys_close(fd);
    const char *line = strstr(text, clock);
    if (!line)
        return 0;
    line += strlen(clock);
    int64_t seconds = read_number(&line);
    return seconds * (int64_t)RL_SECOND + read_number(&line);
}

static void look(void)
{
    rl_clock_ahead_ns = is_in_first() ? 0 : read_offset();
    known = true;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec now = {0};
    raw_call(SYS_clock_gettime, clock, (long)&now, 0, 0, 0);
    return now.tv_sec * (int64_t)RL_SECOND + now.tv_nsec;
}

static int64_t distance(void)
{
    return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

int64_t timens_distance(void)
{
    if (!known)
        look();
    return distance() + rl_clock_ahead_ns;
}

/* Who reads one a while after the other, or after the date was set, looks for nothing. */
void timens_agree(int64_t distance_ns, bool anew)
{
    enum { UNSTEADINESS_NS = 1000000 };
    if (known && !anew)
        return;
    int64_t differs_ns = (int64_t)((uint64_t)distance() - (uint64_t)distance_ns);
    if (differs_ns < -UNSTEADINESS_NS || differs_ns > UNSTEADINESS_NS)
        look();
    else
        rl_clock_ahead_ns = 0;
    known = true;
}
