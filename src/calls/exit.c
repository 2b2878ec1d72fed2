/*
 * exit.c - ends without destructors. What ends by a signal is noticed by those who stay.
 */
#include <stdlib.h>
#include <unistd.h>

#include "real.h"
#include "report.h"

void _exit(int status)
{
    report_end();
    REAL(_exit)(status);
    __builtin_unreachable();
}

void _Exit(int status)
{
    report_end();
    REAL(_Exit)(status);
    __builtin_unreachable();
}

void quick_exit(int status)
{
    report_end();
    REAL(quick_exit)(status);
    __builtin_unreachable();
}
