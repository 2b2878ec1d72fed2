/* test_share_file.c - the files of segments: which are refused, and why; how they come. */
#include "pages.h"
#include "segments.h"

static struct config config;
static uint32_t count;

static bool is_root(void)
{
    return geteuid() == 0;
}

/* The one of that name is refused, for that reason. */
static void check_refused(const char *name, const char *expected)
{
    const char *why = "";
    struct segment *segment = segment_open(directory, name, &count, &why);
    CHECK(!segment);
    if (segment)
        segment_unmap(segment, count);
    if (!CHECK(why && strstr(why, expected)))
        fprintf(stderr, "  %s: %s, expected %s\n", name, why ? why : "there is none", expected);
}

static void check_usable(const char *name)
{
    const char *why = "";
    struct segment *segment = segment_open(directory, name, &count, &why);
    if (!CHECK(segment != NULL)) {
        fprintf(stderr, "  %s: %s\n", name, why ? why : "there is none");
        return;
    }
    CHECK_EQ(count, config.count);
    segment_unmap(segment, count);
}

static int open_file(const char *name)
{
    return openat(directory, name, O_RDWR | O_CLOEXEC);
}

static void put(const char *name, off_t at, const void *bytes, size_t length)
{
    int fd = open_file(name);
    CHECK(pwrite(fd, bytes, length, at) == (ssize_t)length);
    close(fd);
}

static void truncate_to(const char *name, off_t size)
{
    int fd = open_file(name);
    CHECK(ftruncate(fd, size) == 0);
    close(fd);
}

static void one_that_is_made_is_found(void)
{
    const char *why = "";
    CHECK(!segment_open(directory, "shared-a", &count, &why));
    CHECK(!why);
    struct segment *segment = made("shared-a", &config), *same;
    same = segment_open(directory, "shared-a", &count, &why);
    CHECK(same && same != segment);
    CHECK_EQ(count, config.count);
    CHECK(definition_is(same, 1, &config, &config.limits[1]));
    segment->shared[1].units = 17;
    CHECK_EQ(same->shared[1].units, 17);
    segment_unmap(same, count);
    segment_unmap(segment, count);
}

static void a_name_is_never_replaced(void)
{
    const struct making making = {&config, all_limits(&config)};
    int error;
    left_behind("shared-b", &config);
    uint64_t number = file_number("shared-b");
    CHECK(!segment_make(directory, "shared-b", config.count, find_fill, &making, &error));
    CHECK_EQ(error, EEXIST);
    CHECK_EQ(file_number("shared-b"), number);
    unlinkat(directory, "shared-b", 0);
}

static void whatever_the_umask(void)
{
    mode_t before = umask(0777);
    left_behind("shared-c", &config);
    umask(0);
    left_behind("shared-d", &config);
    umask(before);
    check_usable("shared-c");
    check_usable("shared-d");
}

static void of_another_kind(void)
{
    CHECK(mkdirat(directory, "shared-dir", 0700) == 0);
    check_refused("shared-dir", "Is a directory");
    CHECK(mkfifoat(directory, "shared-fifo", 0600) == 0);
    check_refused("shared-fifo", "it is no file");
    CHECK(symlinkat("shared-a", directory, "shared-link") == 0);
    check_refused("shared-link", "it is a link");
    CHECK(symlinkat("nowhere", directory, "shared-dangling") == 0);
    check_refused("shared-dangling", "it is a link");
    if (is_root() && mknodat(directory, "shared-null", S_IFCHR | 0600, 1 << 8 | 3) == 0)
        check_refused("shared-null", "it is ");
}

static void of_others(void)
{
    left_behind("shared-e", &config);
    CHECK(fchmodat(directory, "shared-e", 0644, 0) == 0);
    check_refused("shared-e", "its mode is not 600");
    CHECK(fchmodat(directory, "shared-e", 0600, 0) == 0);
    CHECK(linkat(directory, "shared-e", directory, "shared-hard", 0) == 0);
    check_refused("shared-e", "several names");
    check_refused("shared-hard", "several names");
    unlinkat(directory, "shared-hard", 0);
    check_usable("shared-e");
    if (!is_root())
        return;
    CHECK(fchownat(directory, "shared-e", 65534, 65534, 0) == 0);
    check_refused("shared-e", "another user's");
    unlinkat(directory, "shared-e", 0);
}

static void of_another_size(void)
{
    static const off_t off[] = {0, 1, 4096, 44928, -32896, -1, 1, 32896, 10 * 32896, 1 << 30};
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        left_behind("shared-f", &config);
        off_t whole = (off_t)segment_size(config.count);
        truncate_to("shared-f", i < 4 ? off[i] : whole + off[i]);
        check_refused("shared-f", "it is damaged");
        unlinkat(directory, "shared-f", 0);
    }
}

static bool has_room_at(int fd, size_t at)
{
    return lseek(fd, (off_t)at, SEEK_DATA) == (off_t)at;
}

static void check_has_room_for_the_start(int fd)
{
    CHECK(has_room_at(fd, 0));
    for (unsigned i = 0; i < config.count; i++)
        CHECK(has_room_at(fd, offsetof(struct segment, shared[i])));
}

/* Of a file that has the size, but not the room: what is in use is given that, before anybody
 * touches it. */
static void check_room_in_use(int fd)
{
    const uint32_t used = UINT32_MAX, full = RL_PLACES, learnt = LEARNT;
    check_has_room_for_the_start(fd);
    CHECK(has_room_at(fd, offsetof(struct segment, rules)));
    CHECK(has_room_at(fd, offsetof(struct segment, names[NAME_SPACE])));
    CHECK(!has_room_at(fd, offsetof(struct segment, members[MEMBERS / 2])));
    put("shared-g", offsetof(struct segment, used_groups), &used, sizeof used);
    put("shared-g", offsetof(struct segment, learnt_count), &learnt, sizeof learnt);
    put("shared-g", offsetof(struct segment, shared[1].line.extent), &full, sizeof full);
    check_usable("shared-g");
    CHECK(has_room_at(fd, offsetof(struct segment, members[MEMBERS / 2])));
    CHECK(has_room_at(fd, offsetof(struct segment, learnt[LEARNT / 2])));
    CHECK(!has_room_at(fd, offsetof(struct segment, shared[0].line.places[RL_PLACES / 2])));
    CHECK(has_room_at(fd, offsetof(struct segment, shared[1].line.places[RL_PLACES / 2])));
}

/* Where nobody can ask for it later, it is all of it. */
static void check_room_for_all(int fd)
{
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && status.st_blocks * 512 >= status.st_size);
}

static void with_holes(void)
{
    const off_t size = (off_t)segment_size(config.count);
    uint32_t any = 0;
    bool can_ask = pages_ask(&any, sizeof any) == 0;
    left_behind("shared-g", &config);
    int fd = open_file("shared-g");
    if (can_ask)
        check_has_room_for_the_start(fd);
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, size - 4096) == 0);
    CHECK(!has_room_at(fd, offsetof(struct segment, rules)));
    check_usable("shared-g");
    (can_ask ? check_room_in_use : check_room_for_all)(fd);
    CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, (off_t)segment_size(2)) == 0);
    close(fd);
    check_refused("shared-g", "damaged");
}

static void of_another_version(void)
{
    uint64_t magic = SEGMENT_MAGIC + (UINT64_C(1) << 48);
    left_behind("shared-h", &config);
    put("shared-h", 0, &magic, sizeof magic);
    check_refused("shared-h", "another version");
    magic = SEGMENT_MAGIC ^ 1;
    put("shared-h", 0, &magic, sizeof magic);
    check_refused("shared-h", "not what rlshim wrote");
    magic = 0;
    put("shared-h", 0, &magic, sizeof magic);
    check_refused("shared-h", "not what rlshim wrote");
    magic = SEGMENT_MAGIC;
    put("shared-h", 0, &magic, sizeof magic);
    check_usable("shared-h");
    for (uint32_t wrong = 0; wrong < 12; wrong++)
        if (wrong != config.count) {
            put("shared-h", offsetof(struct segment, count), &wrong, sizeof wrong);
            check_refused("shared-h", "damaged");
        }
}

/* A lease that somebody keeps: one does not wait for him for ever. */
static void kept_from_being_opened(void)
{
    left_behind("shared-i", &config);
    pid_t child = fork();
    if (child == 0) {
        int fd = open_file("shared-i");
        if (fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
            _exit(1);
        signal(SIGIO, SIG_IGN);
        sleep(20);
        _exit(0);
    }
    sleep_ms(200);
    check_refused("shared-i", "somebody keeps it");
    kill_child(child);
    check_usable("shared-i");
}

/* What did not get its name leaves nothing, whatever failed. */
static void of_a_failure_nothing_is_left(void)
{
    const struct making making = {&config, all_limits(&config)};
    int error, other = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(!segment_make(directory, "no-such/name", config.count, find_fill, &making, &error));
    CHECK_EQ(error, ENOENT);
    CHECK(!segment_make(other, "", config.count, find_fill, &making, &error));
    CHECK_EQ(error, ENOENT);
    close(other);
    char command[160];
    snprintf(command, sizeof command, "! ls -A '%s' /dev/shm | grep -q '^[.]new-'", directory_name);
    CHECK(system(command) == 0);
}

int main(void)
{
    open_directory();
    CONFIGURED(&config, "connect 10/s", "out 1MB/s to=example.com");
    RUN(one_that_is_made_is_found);
    RUN(a_name_is_never_replaced);
    RUN(whatever_the_umask);
    RUN(of_another_kind);
    RUN(of_others);
    RUN(of_another_size);
    RUN(with_holes);
    RUN(of_another_version);
    RUN(kept_from_being_opened);
    RUN(of_a_failure_nothing_is_left);
    remove_directory();
    return check_status();
}
