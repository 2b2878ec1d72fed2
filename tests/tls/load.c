/*
 * load.c - run what libraries have under the name `client`: load LIBRARY... -- ARGUMENT...
 *
 * Each is loaded for itself (RTLD_LOCAL), before any of them runs.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef int client(int count, char **arguments);

int main(int count, char **arguments)
{
    enum { MOST = 8 };
    client *clients[MOST];
    int libraries = 0, failed = 0;
    for (; libraries < MOST && strcmp(arguments[1 + libraries], "--") != 0; libraries++) {
        void *library = dlopen(arguments[1 + libraries], RTLD_NOW | RTLD_LOCAL);
        clients[libraries] = library ? (client *)dlsym(library, "client") : NULL;
        if (!clients[libraries]) {
            fprintf(stderr, "load: %s\n", dlerror());
            return 1;
        }
    }
    for (int i = 0; i < libraries; i++)
        failed |= clients[i](count - 2 - libraries, arguments + 2 + libraries);
    return failed;
}
