/* real.c - looking up the real functions: the one place that calls dlsym. */
#include <dlfcn.h>
#include <errno.h>

#include "real.h"

void *real_functions[REAL_CALLS];

static const char *const names[REAL_CALLS] = {
#define CALL(name) [REAL_##name] = #name,
#define ALIAS(alias, name)
#include "calls.def"
#undef CALL
#undef ALIAS
};

/* In the place of a function that this C library does not have. */
static long missing(void)
{
    errno = ENOSYS;
    return -1;
}

void *real_find(enum real call)
{
    int saved_errno = errno;
    void *function = dlsym(RTLD_NEXT, names[call]);
    if (!function)
        function = (void *)missing;
    __atomic_store_n(&real_functions[call], function, __ATOMIC_RELAXED);
    errno = saved_errno;
    return function;
}

void real_find_all(void)
{
    for (int call = 0; call < REAL_CALLS; call++)
        real_function((enum real)call);
}
