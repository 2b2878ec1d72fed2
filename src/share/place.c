/* place.c - see place.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clean.h"
#include "directory.h"
#include "errors.h"
#include "place.h"
#include "system.h"
#include "timens.h"

__attribute__((format(printf, 2, 3))) static void add(struct config_error *error, const char *form,
                                                      ...)
{
    size_t used = strlen(error->text);
    va_list arguments;
    va_start(arguments, form);
    vsnprintf(error->text + used, sizeof error->text - used, form, arguments);
    va_end(arguments);
}

static const char without[] =
    "  RL_SCOPE=process limits each process by itself, and needs no directory\n";

static enum place fail(struct config_error *error, int i, const char *name, const char *why,
                       const char *advice)
{
    error->text[0] = '\0';
    add(error, "cannot share limits by %s/%s: %s\n  %s\n%s", directory_path(i), name, why, advice,
        without);
    return PLACE_FAILED;
}

static enum place fail_in_spoilt(struct config_error *error, int i, const char *why)
{
    return fail(error, i, "", why, "make it 700 again (chmod), and whatever is in it yours");
}

static enum place find_in(int i, const char *name, struct placed *placed,
                          struct config_error *error)
{
    const char *why;
    int directory = directory_open(i, false, &why);
    if (directory == DIRECTORY_SPOILT)
        return fail_in_spoilt(error, i, why);
    if (directory < 0)
        return PLACE_NONE;
    placed->segment = segment_open(directory, name, &placed->count, &why);
    sys_close(directory);
    placed->directory = i;
    if (placed->segment) {
        timens_agree(placed->segment->made_at.distance_ns, false);
        return PLACE_FOUND;
    }
    if (!why)
        return PLACE_NONE;
    return fail(error, i, name, why, "delete it, if nobody uses it, and another one will be made");
}

enum place place_find(const char *name, struct placed *placed, struct config_error *error)
{
    enum place place = PLACE_NONE;
    for (int i = 0; i < DIRECTORIES && place == PLACE_NONE; i++)
        place = find_in(i, name, placed, error);
    return place;
}

static void add_reason(struct config_error *error, int i, const char *why)
{
    if (!*error->text)
        add(error, "cannot share limits among processes: no directory can be used for that\n");
    add(error, "  %s: %s\n", directory_path(i), why);
}

/* Returns PLACE_NONE, with an errno value, if it cannot be made there. */
static enum place make_in(int directory, int i, const char *name, struct placed *placed,
                          int (*fill)(struct segment *segment, const void *argument),
                          const void *argument, struct config_error *error, int *failure)
{
    enum { TRIES = 100 };
    enum place place = PLACE_NONE;
    *failure = EEXIST;
    /* Who was faster may have ended since, and been cleaned up. */
    for (int k = 0; k < TRIES && place == PLACE_NONE && *failure == EEXIST; k++) {
        placed->segment = segment_make(directory, name, placed->count, fill, argument, failure);
        if (placed->segment)
            return PLACE_MADE;
        if (*failure == EEXIST)
            place = find_in(i, name, placed, error);
    }
    return place;
}

static void clean_from(int i)
{
    for (; i < DIRECTORIES; i++) {
        const char *why;
        int directory = directory_open(i, false, &why);
        if (directory < 0)
            continue;
        clean(directory);
        sys_close(directory);
    }
}

enum place place_make(const char *name, struct placed *placed,
                      int (*fill)(struct segment *segment, const void *argument),
                      const void *argument, struct config_error *error)
{
    error->text[0] = '\0';
    for (int i = 0; i < DIRECTORIES; i++) {
        const char *why;
        int failure, directory = directory_open(i, true, &why);
        if (directory == DIRECTORY_SPOILT)
            return fail_in_spoilt(error, i, why);
        if (directory < 0) {
            add_reason(error, i, why);
            continue;
        }
        clean(directory);
        enum place place = make_in(directory, i, name, placed, fill, argument, error, &failure);
        sys_close(directory);
        placed->directory = i;
        if (place == PLACE_MADE)
            clean_from(i + 1); /* where others had to go when there was no room here */
        if (place != PLACE_NONE)
            return place;
        add_reason(error, i, error_words(failure));
    }
    add(error, "%s", without);
    return PLACE_FAILED;
}

void place_clean(void)
{
    clean_from(0);
}
