/* ioctl.c - ioctl: how much is unread, which the program then expects to receive. See told.h. */
#include "real.h"
#include "told.h"

/* The third argument, an int or a pointer if there is one, goes on as it came. */
int ioctl(int fd, ioctl_request request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);

    int result = REAL(ioctl)(fd, request, argument);
    if (__builtin_expect((unsigned)request == FIONREAD, 0) && result == 0)
        told_note(fd, *(const int *)argument, false);
    return result;
}
