/*
 * hidden.h - a variable that another file of the library defines, and that many use.
 *
 * -fvisibility=hidden is of what a file defines, not of what it declares. Where a declaration says
 * so as well, it is addressed directly, rather than by way of the table of symbols.
 */
#ifndef HIDDEN_H
#define HIDDEN_H

#define HIDDEN __attribute__((visibility("hidden")))

#endif
