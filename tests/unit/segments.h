/* segments.h - segments in a directory of the test's own. */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "definition.h"
#include "find.h"
#include "members.h"
#include "segment.h"

static char directory_name[64];
static int directory;

static inline void remove_directory(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory_name);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", directory_name);
}

/* In memory, as the real one is. Exits if there is none. */
static inline void open_directory(void)
{
    strcpy(directory_name, "/dev/shm/rlshim-test-XXXXXX");
    if (!mkdtemp(directory_name))
        exit(SKIPPED);
    directory = open(directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* As those do who come: from the beginning of the directory on. */
static inline void clean_directory(void)
{
    int fd = open(directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    clean(fd);
    close(fd);
}

/* A configuration of these specs; of the scope that they say. */
static inline struct config *configured(struct config *config, const char *const *specs)
{
    struct config_error error;
    memset(config, 0, sizeof *config);
    config->bytes_per_token = 4;
    for (; *specs; specs++)
        if (!config_add_limit(config, "-l", *specs, &error))
            fprintf(stderr, "%s: %s", *specs, error.text);
    return config;
}

#define CONFIGURED(config, ...) configured(config, (const char *const[]){__VA_ARGS__, NULL})

static inline unsigned all_limits(const struct config *config)
{
    return (1U << config->count) - 1;
}

/* A segment of all limits of a configuration. */
static inline struct segment *made(const char *name, const struct config *config)
{
    const struct making making = {config, all_limits(config)};
    int error;
    struct segment *segment =
        segment_make(directory, name, config->count, find_fill, &making, &error);
    CHECK_EQ(error, 0);
    return segment;
}

/* The same, which nobody has mapped. */
static inline void left_behind(const char *name, const struct config *config)
{
    struct segment *segment = made(name, config);
    if (segment)
        segment_unmap(segment, config->count);
}

static inline bool is_there(const char *name)
{
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline uint64_t file_number(const char *name)
{
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

/* A child that does something and ends. Returns whether it did so well. */
static inline bool ended_well(pid_t child)
{
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static inline void kill_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static inline void sleep_ms(unsigned ms)
{
    usleep(ms * 1000);
}

#endif
