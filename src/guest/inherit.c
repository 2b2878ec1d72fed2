/* inherit.c - see inherit.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "guest.h"
#include "inherit.h"
#include "next.h"
#include "raw.h"
#include "readable.h"
#include "sandbox.h"

static const char preload[] = "LD_PRELOAD=", prefix[] = "RL_", tree[] = "RL_TREE=";

/* In memory that is never written again. */
static struct {
    const char *library; /* its name for LD_PRELOAD; NULL: nothing is inherited */
    const char *preload; /* the entry to be added if there is none */
    const char *tree;
    size_t count;
    const char **variables; /* RL_NAME=VALUE */
} kept;

/* For that: what most have, with room for two names that could be as long as PATH_MAX. More is
 * mapped, which takes longer. */
SPARSE _Alignas(void *) char inherit_memory[3 * PATH_MAX];

/* ld.so(8); it knows no quoting. Not by strspn(3), whose pages nobody else needs at a start. */
static bool is_separator(char c)
{
    return c == ' ' || c == ':';
}

static size_t item_length(const char *item)
{
    size_t length = 0;
    while (item[length] && !is_separator(item[length]))
        length++;
    return length;
}

/* The next item of a list; NULL if there is none. */
static const char *next_item(const char *list)
{
    while (is_separator(*list))
        list++;
    return *list ? list : NULL;
}

static bool begins(const char *entry, const char *with)
{
    return strncmp(entry, with, strlen(with)) == 0;
}

static bool is_variable(const char *entry)
{
    return begins(entry, prefix) && strchr(entry, '=');
}

static bool has(char *const envp[], const char *variable)
{
    size_t name = (size_t)(strchr(variable, '=') + 1 - variable);
    for (; *envp; envp++)
        if (strncmp(*envp, variable, name) == 0)
            return true;
    return false;
}

static bool is_library(const char *item, size_t length)
{
    return strlen(kept.library) == length && memcmp(item, kept.library, length) == 0;
}

/* Whether the last parts of the names are the same. */
static bool is_namesake(const char *item, size_t length)
{
    const char *slash = strrchr(kept.library, '/'), *name = slash ? slash + 1 : kept.library;
    size_t letters = strlen(name);
    return length >= letters && memcmp(item + length - letters, name, letters) == 0 &&
           (length == letters || item[length - letters - 1] == '/');
}

/*
 * Whether it is this library by another name: by a link, or relative to where one is. One without
 * a slash is searched for, who knows where. What is longer than any name that people use is taken
 * to be another.
 */
__attribute__((noinline)) static bool is_same_file(const char *item, size_t length)
{
    char path[256];
    struct stat one, other;
    if (!is_namesake(item, length) || !memchr(item, '/', length) || length >= sizeof path ||
        in_sandbox())
        return false;
    memcpy(path, item, length);
    path[length] = '\0';
    return file_status(AT_FDCWD, path, 0, &one) == 0 &&
           file_status(AT_FDCWD, kept.library, 0, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static bool is_us(const char *item, size_t length)
{
    return is_library(item, length) || is_same_file(item, length);
}

/* The first item of a list for which something is so; NULL if there is none. */
static const char *find_item(const char *list, bool (*is)(const char *item, size_t length))
{
    while ((list = next_item(list))) {
        size_t length = item_length(list);
        if (is(list, length))
            return list;
        list += length;
    }
    return NULL;
}

/* Of a list, LD_PRELOAD=LIBRARY:LIST. Returns its end. */
static char *put_in_front(char *entry, const char *list)
{
    char *end = stpcpy(stpcpy(entry, preload), kept.library);
    return *list ? stpcpy(stpcpy(end, ":"), list) : end;
}

/* Of a list, LD_PRELOAD=LIST without this library. */
static char *take_out(char *entry, const char *list)
{
    char *end = stpcpy(entry, preload);
    while ((list = next_item(list))) {
        size_t length = item_length(list);
        if (!is_us(list, length)) {
            if (end[-1] != '=')
                *end++ = ':';
            end = mempcpy(end, list, length);
        }
        list += length;
    }
    *end = '\0';
    return end;
}

/* What is put together: pointers from the beginning of the memory, strings from its end. Without
 * memory it is only measured. */
struct assembly {
    char **next;
    char *strings;
    size_t bytes;
    bool differs; /* from what the child has */
};

/* There is always room for the NULL at the end. */
static bool has_room(const struct assembly *assembly, size_t bytes)
{
    size_t left = (size_t)(assembly->strings - (char *)assembly->next);
    return assembly->next && bytes + 2 * sizeof(char *) <= left;
}

static void put(struct assembly *assembly, const char *entry)
{
    assembly->bytes += sizeof(char *);
    if (has_room(assembly, 0))
        *assembly->next++ = (char *)entry;
}

static void add(struct assembly *assembly, const char *entry)
{
    assembly->differs = true;
    put(assembly, entry);
}

static void put_preload(struct assembly *assembly, char *entry, enum inherit how)
{
    const char *list = entry + strlen(preload);
    if (!find_item(list, is_us) == (how == INHERIT_NO_PRELOAD)) {
        put(assembly, entry);
        return;
    }
    size_t bytes = strlen(preload) + strlen(kept.library) + 1 + strlen(list) + 1;
    assembly->bytes += bytes;
    if (has_room(assembly, bytes)) {
        assembly->strings -= bytes;
        (how == INHERIT_PRELOAD ? put_in_front : take_out)(assembly->strings, list);
        entry = assembly->strings;
    }
    add(assembly, entry);
}

static void add_missing(struct assembly *assembly, char *const envp[], enum inherit how)
{
    if (how == INHERIT_PRELOAD && !has(envp, preload))
        add(assembly, kept.preload);
    for (size_t i = 0; i < kept.count; i++)
        if (!has(envp, kept.variables[i]) && !(kept.tree && begins(kept.variables[i], tree)))
            add(assembly, kept.variables[i]);
    if (kept.tree && !has(envp, tree))
        add(assembly, kept.tree);
}

static void make(struct assembly *assembly, char *const envp[], enum inherit how)
{
    for (char *const *entry = envp; *entry; entry++)
        if (begins(*entry, preload))
            put_preload(assembly, *entry, how);
        else if (!kept.tree || !begins(*entry, tree) || strcmp(*entry, kept.tree) == 0)
            put(assembly, *entry);
        else
            add(assembly, kept.tree);
    add_missing(assembly, envp, how);
    assembly->bytes += sizeof(char *);
    if (assembly->next)
        *assembly->next = NULL;
}

static bool can_be_read(char *const envp[])
{
    for (; is_readable(envp, sizeof *envp); envp++) {
        if (!*envp)
            return true;
        if (!is_readable_string(*envp))
            return false;
    }
    return false;
}

static char *const empty[] = {NULL};

/*
 * Whether execve(2) refuses it (E2BIG), and what it takes would have no room on a stack either: for
 * its pointers (Linux 4.13), which are more than a quarter of the stack, or 6 MiB, but never for
 * less than 128 KiB; or for an entry of 32 pages (MAX_ARG_STRLEN).
 */
static bool is_refused(char *const envp[])
{
    const size_t always = (size_t)128 << 10, most = (size_t)6 << 20;
    const size_t longest = 32 * getauxval(AT_PAGESZ);
    struct {
        uint64_t soft, hard;
    } stack = {UINT64_MAX, UINT64_MAX};
    size_t pointers = 0;
    for (; *envp; envp++) {
        pointers += sizeof *envp;
        if (begins(*envp, preload) && strlen(*envp) >= longest)
            return true;
    }
    if (pointers > always && !in_sandbox())
        raw_call(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&stack, 0);
    return pointers > always && (pointers > stack.soft / 4 || pointers > most);
}

size_t inherit_room(char *const envp[], enum inherit how)
{
    struct assembly measured = {0};
    if (!kept.library || (envp && (!can_be_read(envp) || is_refused(envp))))
        return 0;
    make(&measured, envp ? envp : empty, how);
    return measured.differs ? measured.bytes : 0;
}

char **inherit_complete(void *memory, size_t room, char *const envp[], enum inherit how)
{
    struct assembly made = {.next = memory, .strings = (char *)memory + room};
    make(&made, envp ? envp : empty, how);
    return memory;
}

/* Where a name of the loader's stands, with the directory of now before it if it is relative: it is
 * for programs that are started elsewhere. A name that LD_PRELOAD cannot hold is left as it is. */
static char *put_absolute(char *at, const char *name)
{
    const char *rest = name;
    char *end = at;
    while (begins(rest, "./"))
        rest += strlen("./");
    if (*name != '/' && raw_call(SYS_getcwd, (long)at, PATH_MAX, 0, 0, 0) > 0 && *at == '/')
        end = stpcpy(at + strlen(at), "/");
    end = stpcpy(end, end == at ? name : rest);
    return at[item_length(at)] ? stpcpy(at, name) : end;
}

/* From the end of what is kept already. */
static void save_preload(char *at, const char *list)
{
    kept.preload = at;
    if (find_item(list, is_library))
        stpcpy(stpcpy(at, preload), list);
    else
        put_in_front(at, find_item(list, is_namesake) ? list : "");
}

static char *save_variables(char *at, char *const envp[])
{
    kept.count = 0;
    for (; *envp; envp++)
        if (is_variable(*envp)) {
            kept.variables[kept.count++] = at;
            at = stpcpy(at, *envp) + 1;
        }
    return at;
}

/* By name: where a preload of libc stands before this library, and nothing is intercepted, there is
 * no function behind to do it by number. */
static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

bool inherit_save(void)
{
    const char *name = next_own_name(), *list = "";
    char *const *envp = environ ? environ : empty;
    size_t count = 0, bytes = PATH_MAX + 1 + strlen(name) + 1;
    for (char *const *entry = envp; *entry; entry++)
        if (is_variable(*entry)) {
            count++;
            bytes += sizeof(char *) + strlen(*entry) + 1;
        } else if (begins(*entry, preload)) {
            list = *entry + strlen(preload);
        }
    bytes += strlen(preload) + PATH_MAX + 1 + strlen(name) + 1 + strlen(list) + 1;
    kept.variables = bytes <= sizeof inherit_memory ? (void *)inherit_memory : map(bytes);
    if (!kept.variables)
        return false;
    char *library = save_variables((char *)(kept.variables + count), envp);
    char *end = put_absolute(library, name) + 1;
    kept.library = library;
    save_preload(end, list);
    return true;
}

void inherit_tree(const char *entry)
{
    kept.tree = entry;
}

const char *inherit_library(void)
{
    return kept.library;
}
