/* child.c - see child.h. */
#include "child.h"
#include "shim.h"

size_t child_room(struct child *child, char *const envp[])
{
    if (shim_limits_of(CALL_SEND) == NOT_READ_YET)
        shim_start();
    child->how = INHERIT_PRELOAD;
    return inherit_room(envp, child->how);
}
