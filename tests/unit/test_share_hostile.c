/* test_share_hostile.c - any bytes in a segment: nothing crashes, and what is read can be true. */
#include <unistd.h>

#include "hostile.h"
#include "random.h"
#include "segments.h"

static struct config config;
static struct random noise = {.state = 42};
static unsigned char whole[sizeof(struct segment) + MAX_LIMITS * sizeof(struct shared_limit)];
static size_t size;

/* Where what is looked at most is; the end of each part, too. */
static const size_t parts[] = {
    0,
    offsetof(struct segment, limits),
    offsetof(struct segment, members),
    offsetof(struct segment, rules),
    offsetof(struct segment, names),
    sizeof(struct segment),
    sizeof(struct segment) + sizeof(struct shared_limit),
};
enum { PARTS = sizeof parts / sizeof *parts - 1 };

static void damage(unsigned char *bytes, size_t from, size_t to)
{
    static const unsigned char odd[] = {0, 1, 0x7f, 0x80, 0xff};
    for (uint64_t times = random_size(&noise, 64); times > 0; times--) {
        size_t at = from + random_upto(&noise, to - from - 1);
        size_t length = random_size(&noise, to - at);
        bool same = random_one_in(&noise, 2);
        unsigned char value = odd[random_upto(&noise, sizeof odd - 1)];
        for (size_t i = 0; i < length && i < 1000; i++)
            bytes[at + i] = same ? value : (unsigned char)random_next(&noise);
    }
}

static int file_of(const unsigned char *bytes, const char *name)
{
    int fd = openat(directory, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(write(fd, bytes, size) == (ssize_t)size);
    return fd;
}

static void read_whole(void)
{
    left_behind("shared-whole", &config);
    size = segment_size(config.count);
    int fd = openat(directory, "shared-whole", O_RDONLY | O_CLOEXEC);
    CHECK(pread(fd, whole, size, 0) == (ssize_t)size);
    close(fd);
    unlinkat(directory, "shared-whole", 0);
}

static void each_part_may_be_damaged(void)
{
    static unsigned char bytes[sizeof whole];
    for (unsigned part = 0; part < PARTS; part++)
        for (int i = 0; i < 1000; i++) {
            memcpy(bytes, whole, size);
            damage(bytes, parts[part], parts[part + 1]);
            int fd = file_of(bytes, "x");
            survive(fd, &config);
            close(fd);
        }
}

static void all_may_be_damaged(void)
{
    static unsigned char bytes[sizeof whole];
    for (int i = 0; i < 300; i++) {
        memcpy(bytes, whole, size);
        if (i % 2)
            for (size_t at = 64; at < size; at++)
                bytes[at] = (unsigned char)random_next(&noise);
        else
            damage(bytes, 0, size);
        int fd = file_of(bytes, "x");
        survive(fd, &config);
        close(fd);
    }
}

/* It goes through all of them, and is no worse for it. */
static void among_them_is_cleaned(void)
{
    static unsigned char bytes[sizeof whole];
    char name[32];
    for (int i = 0; i < 60; i++) {
        memcpy(bytes, whole, size);
        damage(bytes, i % 2 ? 0 : 64, size);
        snprintf(name, sizeof name, "%s%d", i % 3 ? TREE_PREFIX : SHARED_PREFIX, i);
        close(file_of(bytes, name));
    }
    clean_directory();
    CHECK(!is_there(TREE_PREFIX "1")); /* one that is damaged is nobody's */
}

int main(void)
{
    open_directory();
    CONFIGURED(&config, "connect 10/s to=example.com,*.b:80,!127.0.0.0/8",
               "out 1MB/s to=another.example", "in 3tokens/min algo=llm-token");
    read_whole();
    RUN(each_part_may_be_damaged);
    RUN(all_may_be_damaged);
    RUN(among_them_is_cleaned);
    remove_directory();
    return check_status();
}
