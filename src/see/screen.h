/*
 * screen.h - a terminal, taken over and given back.
 *
 * By what every terminal since the VT100 and xterm has, so no terminfo is needed. Whatever ends the
 * program, but for SIGKILL, or stops it, but for SIGSTOP, the terminal is as it was before. Signals
 * that were ignored at the start stay ignored (nohup(1)).
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* screen_can - whether there is one: both standard input and output are terminals, and TERM is not
 * `dumb`, nor empty. screen_has_colour - and NO_COLOR (no-color.org) is not set. */
bool screen_can(void);
bool screen_has_colour(void);

/* screen_begin - the alternate screen, no cursor, and keys as they come. False with errno. */
bool screen_begin(void);

/* screen_end - all as it was. */
void screen_end(void);

/* screen_size - 80 and 24, if it does not say. */
void screen_size(int *width, int *height);

/* screen_show - in one write, if the terminal takes it. False: it has gone. */
bool screen_show(const char *text, size_t length);

/* screen_wait - for a key, for so long at most. A signal that ends the program does so here, and
 * one that stops it. */
enum {
    KEY_NONE = -1,
    KEY_REDRAW = -2,
    KEY_GONE = -3
}; /* what else there is: its size or all of
      it changed; there is no terminal */
int screen_wait(int milliseconds);

#endif
