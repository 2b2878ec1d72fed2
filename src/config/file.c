/*
 * file.c - the file named by RL_CONFIG: a limit a line, comments after `#`.
 *
 * Each process that is started reads it anew. So it must be a regular file: a pipe would be empty
 * for the second one, which would then limit nothing without a word.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "errors.h"
#include "parse.h"
#include "raw.h"

enum { MOST_LINE = 1024, PIECE = 1024, END_OF_FILE = -1, READ_ERROR = -2 };

struct reader {
    int fd, error;
    size_t used, filled;
    unsigned char bytes[PIECE];
};

/* Returns a byte, END_OF_FILE, or READ_ERROR. */
static int next_byte(struct reader *reader)
{
    if (reader->used == reader->filled) {
        long got;
        do {
            got = raw_call(SYS_read, reader->fd, (long)reader->bytes, sizeof reader->bytes, 0, 0);
        } while (got == -EINTR);
        reader->error = got < 0 ? (int)-got : 0;
        if (got <= 0)
            return got == 0 ? END_OF_FILE : READ_ERROR;
        reader->used = 0;
        reader->filled = (size_t)got;
    }
    return reader->bytes[reader->used++];
}

static const char *reason(int error)
{
    return error == EINVAL  ? "it is no regular file"
           : error == EFBIG ? "it has more than a megabyte"
                            : error_words(error);
}

uint64_t config_stamp(const struct stat *status)
{
    const uint64_t parts[] = {(uint64_t)status->st_mtim.tv_sec, (uint64_t)status->st_mtim.tv_nsec,
                              (uint64_t)status->st_size, (uint64_t)status->st_ino};
    uint64_t stamp = 1;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        stamp = (stamp ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return stamp;
}

/* From the root: the program may go to another directory, as daemons do. 0 or an errno value. */
static int find_path(struct piece name, char path[FILE_PATH])
{
    long before = 0;
    if (length(name) && *name.at != '/') {
        before = raw_call(SYS_getcwd, (long)path, FILE_PATH, 0, 0, 0);
        if (before < 0)
            return (int)-before;
        path[before - 1] = '/'; /* it counts the zero */
    }
    if (length(name) >= FILE_PATH - (size_t)before)
        return ENAMETOOLONG;
    memcpy(path + before, name.at, length(name));
    path[(size_t)before + length(name)] = '\0';
    return 0;
}

/* Under a number that programs hardly have: while one runs, it has one of those for a moment only.
 * O_NONBLOCK: a FIFO would wait for its writer. A descriptor, or a negative errno value. */
static int open_high(const char *path)
{
    enum { HIGH = 512 };
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    long low = raw_call(SYS_openat, AT_FDCWD, (long)path, flags, 0, 0);
    long high = low < 0 ? low : raw_call(SYS_fcntl, low, F_DUPFD_CLOEXEC, HIGH, 0, 0);
    if (high < 0) /* it may not have as many */
        return (int)low;
    raw_call(SYS_close, low, 0, 0, 0, 0);
    return (int)high;
}

/* What a limit a line fills is far from it; it is read while a call is held. */
enum { MOST_BYTES = 1 << 20 };

static int judge(const struct stat *status)
{
    if (S_ISDIR(status->st_mode))
        return EISDIR;
    return !S_ISREG(status->st_mode) ? EINVAL : status->st_size > MOST_BYTES ? EFBIG : 0;
}

/* Returns 0 or an errno value. */
static int open_regular(struct reader *reader, struct config *config, struct piece name)
{
    struct stat status = {0}; /* analyzers do not see what the kernel writes */
    int error = find_path(name, config->file);

    if (error)
        return error;
    reader->fd = open_high(config->file);
    if (reader->fd < 0)
        return -reader->fd;
    long result = raw_call(SYS_fstat, reader->fd, (long)&status, 0, 0, 0);
    if (result < 0)
        return (int)-result;
    config->file_stamp = config_stamp(&status);
    return judge(&status);
}

/* A `#` within a word is a part of it. */
static struct piece without_comment(struct piece line)
{
    for (const char *c = line.at; c < line.end; c++)
        if (*c == '#' && (c == line.at || c[-1] == ' ' || c[-1] == '\t'))
            line.end = c;
    return line;
}

static bool read_line(struct config *config, const struct source *source)
{
    struct piece line = trimmed(without_comment(whole(source)));
    return length(line) == 0 || parse_limit(config, line);
}

static bool read_lines(struct config *config, struct reader *reader, struct piece name,
                       struct source *source, char text[MOST_LINE])
{
    int byte;
    do {
        size_t used = 0;
        source->line++;
        while ((byte = next_byte(reader)) >= 0 && byte != '\n') {
            text[used] = (char)byte;
            source->end = text + used + 1;
            struct piece here = {source, text + used, source->end};
            if (used++ == MOST_LINE - 1)
                return complain(here, "a line has less than %d characters", MOST_LINE);
            if (byte == '\0')
                return complain(here, "a zero byte: this is not a text file");
        }
        source->end = text + used;
        if (byte == READ_ERROR)
            return complain(name, "%s cannot be read: %s", quote(name).text, reason(reader->error));
        if (!read_line(config, source))
            return false;
    } while (byte != END_OF_FILE);
    return true;
}

bool read_file(struct config *config, struct piece name)
{
    struct reader reader = {.fd = -1};
    char text[MOST_LINE];
    struct source source = {
        .name = name.at, /* a whole value, which ends with a zero */
        .text = text,
        .end = text,
        .example = "out 1MB/s burst=64KiB",
        .error = name.source->error,
    };

    unsigned before = config->count;
    int error = open_regular(&reader, config, name);
    bool good = error ? complain(name, "%s cannot be read: %s", quote(name).text, reason(error))
                      : read_lines(config, &reader, name, &source, text);
    if (reader.fd >= 0)
        raw_call(SYS_close, reader.fd, 0, 0, 0, 0);
    config->first_of_file = before;
    config->of_file = config->count - before;
    if (good && !config->of_file)
        return complain(name, "there is no limit in %s; unset RL_CONFIG, or write one",
                        quote(name).text);
    return good;
}

bool config_read_anew(struct config *config, const struct config *of, struct config_error *error)
{
    const struct source source = {
        .name = "RL_CONFIG",
        .text = of->file,
        .end = of->file + strlen(of->file),
        .example = "RL_CONFIG=/etc/rlshim.conf",
        .error = error,
    };
    int saved_errno = errno;
    set_defaults(config);
    config->usual = of->usual;
    bool good = read_file(config, whole(&source));
    errno = saved_errno;
    return good;
}

static bool same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

static bool same_rules(const struct to_rule *one, const struct to_rule *other, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (one[i].kind != other[i].kind || one[i].exclude != other[i].exclude ||
            one[i].port != other[i].port || one[i].prefix != other[i].prefix ||
            memcmp(one[i].address, other[i].address, sizeof one[i].address) != 0 ||
            !same_text(one[i].name, other[i].name))
            return false;
    return true;
}

bool config_same_but_rates(const struct config *config, const struct config *other)
{
    bool same = config->of_file == other->of_file;
    for (unsigned i = 0; i < config->of_file && same; i++) {
        const struct limit *a = &config->limits[config->first_of_file + i],
                           *b = &other->limits[other->first_of_file + i];
        same = a->calls == b->calls && a->unit == b->unit && a->algo == b->algo &&
               a->reads == b->reads && a->counted == b->counted &&
               a->only_models == b->only_models && a->cached_is_free == b->cached_is_free &&
               a->mode == b->mode && a->nonblock == b->nonblock && a->scope == b->scope &&
               a->timeout_ns == b->timeout_ns && same_text(a->shared_name, b->shared_name) &&
               a->rules == b->rules && a->locals == b->locals &&
               same_rules(config->rules + a->first_rule, other->rules + b->first_rule, a->rules) &&
               same_rules(config->rules + a->first_local, other->rules + b->first_local, a->locals);
    }
    return same;
}
