/* members.c - see members.h. Lines of "tfd:  5 events:  19 data:  5 ...", of which more may follow.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "members.h"
#include "real.h"
#include "text.h"

enum { CHUNK = 256, WORD = 24 };

/* Words come one after the other, wherever the chunks end. */
struct reading {
    char word[WORD];
    unsigned length;
    enum { NOTHING, FD, EVENTS, DATA } next; /* what the next word is */
    int fd;
    uint32_t events;
};

static uint64_t number(const char *digits, unsigned base)
{
    uint64_t value = 0;
    for (; *digits; digits++)
        value =
            value * base + (unsigned)(*digits <= '9' ? *digits - '0' : (*digits | ' ') - 'a' + 10);
    return value;
}

/* Returns whether that was the last word of a member, whose data it is. */
static bool take_word(struct reading *reading)
{
    const char *word = reading->word;
    bool is_data = reading->next == DATA;
    if (reading->next == FD)
        reading->fd = (int)number(word, 10);
    else if (reading->next == EVENTS)
        reading->events = (uint32_t)number(word, 16);
    reading->next = strcmp(word, "tfd:") == 0      ? FD
                    : strcmp(word, "events:") == 0 ? EVENTS
                    : strcmp(word, "data:") == 0   ? DATA
                                                   : NOTHING;
    return is_data;
}

static struct text path_of(const char *directory, int fd)
{
    struct text path = {0};
    text_string(&path, directory);
    text_number(&path, (uint64_t)fd);
    return path;
}

bool members_is_set(int fd)
{
    static const char expected[] = "anon_inode:[eventpoll]";
    char name[sizeof expected] = "";
    int saved_errno = errno;
    struct text path = path_of("/proc/self/fd/", fd);
    long length =
        fd < 0 ? -1 : REAL(syscall)(SYS_readlinkat, AT_FDCWD, path.bytes, name, sizeof name);
    errno = saved_errno;
    return length == sizeof expected - 1 && memcmp(name, expected, sizeof expected - 1) == 0;
}

void members_each(int set, uint32_t of,
                  void (*note)(uint32_t of, int fd, uint32_t events, uint64_t data))
{
    struct text path = path_of("/proc/self/fdinfo/", set);
    struct reading reading = {.length = 0};
    char chunk[CHUNK];
    int saved_errno = errno;
    long fd = REAL(syscall)(SYS_openat, AT_FDCWD, path.bytes, O_RDONLY | O_CLOEXEC), got = 0;
    while (fd >= 0 && (got = REAL(syscall)(SYS_read, fd, chunk, sizeof chunk)) > 0) {
        for (long i = 0; i < got; i++) {
            bool ends = chunk[i] == ' ' || chunk[i] == '\t' || chunk[i] == '\n';
            if (!ends && reading.length < WORD - 1)
                reading.word[reading.length++] = chunk[i];
            if (!ends || reading.length == 0)
                continue;
            reading.word[reading.length] = '\0';
            reading.length = 0;
            if (take_word(&reading))
                note(of, reading.fd, reading.events, number(reading.word, 16));
        }
    }
    if (fd >= 0)
        REAL(syscall)(SYS_close, fd);
    errno = saved_errno;
}
