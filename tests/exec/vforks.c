/*
 * vforks.c - `vforks COUNT PROGRAM` runs it so often, with an empty environment, from vfork
 * children, beside threads that allocate: none hangs, and no memory stays behind.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/check.h"

enum { WARM_UP = 100, THREADS = 2, BLOCKS = 64, GROWTH_KIB = 512 };

static bool over;

static void *allocate(void *seed)
{
    static __thread void *blocks[BLOCKS];
    unsigned random = *(unsigned *)seed;
    while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
        random = random * 1664525 + 1013904223;
        void **block = &blocks[(random >> 8) % BLOCKS];
        free(*block);
        *block = malloc((random >> 16) % 2000 + 1);
        if (*block)
            memset(*block, 1, 1);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return NULL;
}

/* From /proc/self/status. */
static unsigned long kib(const char *name)
{
    char line[256];
    unsigned long value = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoul(line + strlen(name), NULL, 10);
    fclose(status);
    return value;
}

static int status_of_one(const char *program)
{
    char *arguments[] = {(char *)program, NULL}, *nothing[] = {NULL};
    int status = -1;
    pid_t child = vfork();
    if (child == 0) {
        execve(program, arguments, nothing);
        _exit(126);
    }
    waitpid(child, &status, 0);
    return status;
}

static void run(const char *program, int times)
{
    while (times-- > 0 && CHECK_EQ(status_of_one(program), 0))
        ;
}

int main(int argc, char **argv)
{
    static unsigned seeds[THREADS] = {1, 2};
    pthread_t threads[THREADS];
    if (argc != 3)
        return 2;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, allocate, &seeds[i]) == 0);
    run(argv[2], WARM_UP);
    unsigned long size = kib("VmSize:"), resident = kib("VmRSS:");
    run(argv[2], atoi(argv[1]));
    unsigned long new_size = kib("VmSize:"), new_resident = kib("VmRSS:");
    printf("KiB resident %lu, then %lu; addresses %lu, then %lu\n", resident, new_resident, size,
           new_size);
    CHECK(new_resident <= resident + GROWTH_KIB);
    CHECK(new_size <= size + GROWTH_KIB);
    __atomic_store_n(&over, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return check_status();
}
