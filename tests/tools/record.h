/*
 * record.h - a list of what departed, and when: shared by all that take part in a test, in the file
 * that the environment names as RECORD.
 *
 * A departure is just before the real call: recorder.c, a library between the shim and the C
 * library, writes down what connects and sends. What is received has departed when the call
 * returns, so those that receive write that down themselves. departures.c reads the list.
 */
#ifndef RECORD_H
#define RECORD_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "meter.h"

enum entry_kind {
    /* Departures; units are calls, or bytes. */
    CONNECTED = 'c',
    SENT = 's',
    RECEIVED = 'r',
    ACCEPTED = 'a',
    /* All are ready, and from now on it counts; until then. */
    BEGIN = 'B',
    END = 'E',
    /* All were stopped, and went on. */
    STOPPED = 'S',
    CONTINUED = 'C',
    /* Who belongs to which group; units are its number. */
    MEMBER = 'M'
};

struct entry {
    uint64_t ns; /* CLOCK_MONOTONIC; 0: its writer was killed */
    uint32_t units;
    uint32_t who; /* the thread */
    enum entry_kind kind;
};

enum { RECORD_ENTRIES = 1 << 20 };

struct record {
    uint64_t count;
    struct entry entries[RECORD_ENTRIES];
};

static struct record *record; /* NULL: none is wanted, or not open yet */

static inline void record_open_file(const char *file)
{
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    void *pages = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof *record) == 0)
        pages = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (pages == MAP_FAILED) {
        perror(file);
        _exit(1);
    }
    close(fd);
    record = pages;
}

static inline void record_open(void)
{
    const char *file = getenv("RECORD");
    if (file && !record)
        record_open_file(file);
}

/* Returns the entry, to be corrected; NULL if there is no record. Any thread, any process. */
static inline struct entry *record_add(enum entry_kind kind, uint64_t units, uint64_t ns)
{
    if (!record)
        return NULL;
    uint64_t index = __atomic_fetch_add(&record->count, 1, __ATOMIC_RELAXED);
    if (index >= RECORD_ENTRIES)
        return NULL;
    struct entry *entry = &record->entries[index];
    *entry = (struct entry){.units = (uint32_t)units, .who = (uint32_t)gettid(), .kind = kind};
    __atomic_store_n(&entry->ns, ns, __ATOMIC_RELEASE);
    return entry;
}

static inline void record_mark(enum entry_kind kind)
{
    record_add(kind, 0, now_ns());
}

#endif
