/* ids.h - who the caller is, as the kernel says, whatever fakeroot or the like make of getuid(2).
 */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>
#include <sys/syscall.h>

#include "raw.h"

struct ids {
    unsigned user, effective_user, group, effective_group;
};

/* IDs of 16 bits came first, where there are two of each call. */
#ifdef SYS_geteuid32
#define RAW_ID(call) (unsigned)raw_call(SYS_##call##32, 0, 0, 0, 0, 0)
#else
#define RAW_ID(call) (unsigned)raw_call(SYS_##call, 0, 0, 0, 0, 0)
#endif

static inline struct ids ids_of_caller(void)
{
    return (struct ids){RAW_ID(getuid), RAW_ID(geteuid), RAW_ID(getgid), RAW_ID(getegid)};
}

/* ids_differ - whether the effective ones are not the real ones. */
static inline bool ids_differ(const struct ids *ids)
{
    return ids->user != ids->effective_user || ids->group != ids->effective_group;
}

#endif
