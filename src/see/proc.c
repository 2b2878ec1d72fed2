/* proc.c - see proc.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "proc.h"
#include "system.h"

/* Not strtoul(3): from glibc 2.38 on that is a new function, which older ones do not have. */
unsigned process_number(const char *text)
{
    unsigned long number = 0;
    for (; *text >= '0' && *text <= '9' && number <= INT32_MAX; text++)
        number = 10 * number + (unsigned long)(*text - '0');
    return *text || number > INT32_MAX ? 0 : (unsigned)number;
}

void printable(char *text, size_t size)
{
    text[size - 1] = '\0';
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

/* Returns how much there was of it, or a negated errno value. */
static long read_file(unsigned pid, const char *file, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/%s", pid, file);
    int fd = sys_open(AT_FDCWD, path, O_RDONLY);
    if (fd < 0)
        return fd;
    long length = sys_read(fd, text, size - 1);
    sys_close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

bool process_name(unsigned pid, char name[NAME_SHOWN])
{
    long length = read_file(pid, "comm", name, NAME_SHOWN);
    if (length <= 0)
        return false;
    if (name[length - 1] == '\n')
        name[length - 1] = '\0';
    printable(name, NAME_SHOWN);
    return true;
}

void process_command(unsigned pid, char command[COMMAND_SHOWN])
{
    char name[NAME_SHOWN];
    long length = read_file(pid, "cmdline", command, COMMAND_SHOWN);
    while (length > 0 && !command[length - 1])
        length--;
    for (long i = 0; i < length; i++)
        if (!command[i])
            command[i] = ' ';
    if (length <= 0)
        snprintf(command, COMMAND_SHOWN, "%s", process_name(pid, name) ? name : "");
    printable(command, COMMAND_SHOWN);
}

static bool is_listed(const struct mapped *mapped, const char *file)
{
    for (unsigned i = 0; i < mapped->count - mapped->deleted; i++)
        if (strcmp(mapped->files[i], file) == 0)
            return true;
    return false;
}

static void note(struct mapped *mapped, char *file)
{
    static const char deleted[] = " (deleted)";
    size_t length = strlen(file), most = sizeof mapped->files[0];
    if (length > strlen(deleted) && strcmp(file + length - strlen(deleted), deleted) == 0) {
        mapped->deleted++;
        mapped->count++;
        return;
    }
    unsigned listed = mapped->count - mapped->deleted;
    if (listed < 2 * MAX_LIMITS && length < most && !is_listed(mapped, file)) {
        memcpy(mapped->files[listed], file, length + 1);
        mapped->count++;
    }
}

/* The path stands behind five fields, and all of the line behind that is its. */
static void read_line(struct mapped *mapped, char *line)
{
    char *path = strchr(line, '/');
    line[strcspn(line, "\n")] = '\0';
    if (!path)
        return;
    const char *name = strrchr(path, '/') + 1;
    mapped->library |= strncmp(name, "librlshim.so", 12) == 0;
    for (int i = 0; i < DIRECTORIES; i++) {
        size_t length = strlen(directory_path(i));
        if (strncmp(path, directory_path(i), length) == 0 && path[length] == '/')
            note(mapped, path + length + 1);
    }
}

bool process_mapped(unsigned pid, struct mapped *mapped)
{
    char path[64], *line = NULL;
    size_t room = 0;
    *mapped = (struct mapped){0};
    snprintf(path, sizeof path, "/proc/%u/maps", pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return false;
    errno = 0;
    while (getline(&line, &room, maps) > 0)
        read_line(mapped, line);
    bool failed = ferror(maps);
    free(line);
    fclose(maps);
    return !failed;
}
