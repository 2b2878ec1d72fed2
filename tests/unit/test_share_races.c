/*
 * test_share_races.c - many who want a segment of one name, and some who delete what nobody has:
 * there is one, it is whole, and it keeps its name as long as anybody has it.
 */
#include <time.h>

#include "random.h"
#include "segments.h"

static struct config config;

/* Each that is made has a number of its own. */
static int fill(struct segment *segment, const void *argument)
{
    const struct making making = {&config, all_limits(&config)};
    (void)argument;
    int error = find_fill(segment, &making);
    segment->unused[0] = (uint64_t)getpid() << 32 ^ rl_now();
    return error;
}

/* As place_find and place_make do: who was faster may have ended since. Of a failure NULL. */
static struct segment *find_or_make(const char *name, bool *is_new)
{
    struct segment *segment = NULL;
    int error = EEXIST;
    while (!segment && error == EEXIST) {
        uint32_t count;
        const char *why;
        segment = segment_open(directory, name, &count, &why);
        *is_new = false;
        if (!segment && why) {
            fprintf(stderr, "open: %s\n", why);
            return NULL;
        }
        if (segment)
            return segment;
        segment = segment_make(directory, name, config.count, fill, NULL, &error);
        *is_new = segment != NULL;
    }
    if (!segment)
        fprintf(stderr, "make: %s\n", strerror(error));
    return segment;
}

static bool is_whole(struct segment *segment)
{
    bool whole = segment->unused[0] != 0;
    for (unsigned i = 0; i < config.count; i++)
        whole &= definition_is(segment, i, &config, &config.limits[i]);
    return whole;
}

/* Whether the name leads to what is mapped. */
static bool has_name(const struct segment *segment, const char *name)
{
    uint64_t number = 0;
    int fd, tries = 0;
    while ((fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0 &&
           errno == EWOULDBLOCK && tries++ < 1000)
        usleep(100);
    bool is =
        fd >= 0 &&
        pread(fd, &number, sizeof number, offsetof(struct segment, unused)) == sizeof number &&
        number == segment->unused[0];
    if (fd >= 0)
        close(fd);
    return is;
}

enum { RACERS = 50, ROUNDS = 20 };

static void one_of_many_makes_it(void)
{
    uint64_t *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; round < ROUNDS; round++) {
        int gate[2];
        pid_t racers[RACERS];
        CHECK(pipe(gate) == 0);
        memset(seen, 0, 4096);
        for (int i = 0; i < RACERS; i++) {
            racers[i] = fork();
            if (racers[i] == 0) {
                char byte;
                bool is_new;
                close(gate[1]);
                (void)!read(gate[0], &byte, 1);
                struct segment *segment = find_or_make("shared-race", &is_new);
                if (!segment || !is_whole(segment))
                    _exit(1);
                seen[i] = segment->unused[0];
                __atomic_fetch_add(&seen[RACERS], is_new, __ATOMIC_SEQ_CST);
                _exit(0);
            }
        }
        close(gate[0]);
        close(gate[1]);
        for (int i = 0; i < RACERS; i++) {
            CHECK(ended_well(racers[i]));
            CHECK(seen[i] && seen[i] == seen[0]);
        }
        CHECK_EQ(seen[RACERS], 1);
        unlinkat(directory, "shared-race", 0);
    }
    munmap(seen, 4096);
}

static unsigned leftovers(void)
{
    char command[128], number[16] = "";
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", directory_name);
    FILE *list = popen(command, "r");
    if (list && !fgets(number, sizeof number, list))
        number[0] = '\0';
    if (list)
        pclose(list);
    return (unsigned)strtoul(number, NULL, 10);
}

/* It has no name, or it is whole. What is left is deleted later. */
static void whenever_the_maker_is_killed(void)
{
    struct random random = {.state = 3};
    unsigned left = 0, named = 0;
    for (int i = 0; i < 300; i++) {
        bool is_new;
        char name[32];
        const char *why;
        uint32_t count;
        snprintf(name, sizeof name, TREE_PREFIX "%d", i);
        pid_t child = fork();
        if (child == 0)
            _exit(!find_or_make(name, &is_new));
        usleep((useconds_t)random_upto(&random, 600));
        kill_child(child);
        struct segment *segment = segment_open(directory, name, &count, &why);
        CHECK(segment || !why);
        if (segment) {
            CHECK(is_whole(segment));
            segment_unmap(segment, count);
            named++;
        }
    }
    left = leftovers() - named;
    clean_directory();
    CHECK_EQ(leftovers(), 0);
    printf("%u of 300 came to be, %u were left half made\n", named, left);
}

static void keep_cleaning(uint64_t until_ns)
{
    while (rl_now() < until_ns)
        clean_directory();
}

/* Again and again, for a moment each. */
static bool keep_using(uint64_t until_ns, uint64_t seed, uint64_t *made_in_all)
{
    struct random random = {.state = seed};
    while (rl_now() < until_ns) {
        bool is_new;
        struct segment *segment = find_or_make("shared-x", &is_new);
        if (!segment)
            return false;
        __atomic_fetch_add(made_in_all, is_new, __ATOMIC_RELAXED);
        bool whole = is_whole(segment), at_first = has_name(segment, "shared-x");
        usleep((useconds_t)random_upto(&random, 300));
        bool good = whole && at_first && has_name(segment, "shared-x");
        if (!good)
            fprintf(stderr, "%s %s: whole %d, name at first %d\n", is_new ? "made" : "found", "one",
                    whole, at_first);
        segment_unmap(segment, config.count);
        if (!good)
            return false;
        usleep((useconds_t)random_upto(&random, 2000));
    }
    return true;
}

static void what_somebody_has_keeps_its_name(void)
{
    enum { USERS = 4, CLEANERS = 3 };
    pid_t users[USERS], cleaners[CLEANERS];
    uint64_t until_ns = rl_now() + 3 * RL_SECOND;
    uint64_t *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < USERS; i++)
        if ((users[i] = fork()) == 0)
            _exit(!keep_using(until_ns, (uint64_t)i + 1, made));
    for (int i = 0; i < CLEANERS; i++)
        if ((cleaners[i] = fork()) == 0) {
            keep_cleaning(until_ns);
            _exit(0);
        }
    for (int i = 0; i < USERS; i++)
        CHECK(ended_well(users[i]));
    for (int i = 0; i < CLEANERS; i++)
        CHECK(ended_well(cleaners[i]));
    printf("it was made %llu times\n", (unsigned long long)*made);
    CHECK(*made > 5);
    munmap(made, 4096);
    clean_directory();
    CHECK_EQ(leftovers(), 0);
}

int main(void)
{
    open_directory();
    CONFIGURED(&config, "connect 10/s to=example.com", "out 1MB/s");
    RUN(one_of_many_makes_it);
    RUN(whenever_the_maker_is_killed);
    RUN(what_somebody_has_keeps_its_name);
    remove_directory();
    return check_status();
}
