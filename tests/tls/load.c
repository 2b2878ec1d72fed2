/*
 * load.c - run what libraries have under the name `client`: load LIBRARY... -- ARGUMENT...
 *
 * Each is loaded for itself (RTLD_LOCAL), before any of them runs. After that it is done again, in
 * the other order, and each is unloaded at once, so that others come to be where it was.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int client(int count, char **arguments);

static void *load(const char *name, client **found)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    *found = library ? (client *)dlsym(library, "client") : NULL;
    if (!*found) {
        fprintf(stderr, "load: %s\n", dlerror());
        exit(1);
    }
    return library;
}

int main(int count, char **arguments)
{
    enum { MOST = 8 };
    void *loaded[MOST];
    client *clients[MOST], *again;
    int libraries = 0, failed = 0;
    for (; libraries < MOST && strcmp(arguments[1 + libraries], "--") != 0; libraries++)
        loaded[libraries] = load(arguments[1 + libraries], &clients[libraries]);
    count -= 2 + libraries;
    char **rest = arguments + 2 + libraries;
    for (int i = 0; i < libraries; i++)
        failed |= clients[i](count, rest);
    for (int i = 0; i < libraries; i++)
        dlclose(loaded[i]);
    for (int i = libraries - 1; libraries > 1 && i >= 0; i--) {
        void *library = load(arguments[1 + i], &again);
        failed |= again(count, rest);
        dlclose(library);
    }
    return failed;
}
