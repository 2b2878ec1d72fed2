/* obey.h - doing what a signal says that was blocked, ignored, or handled until then. */
#ifndef OBEY_H
#define OBEY_H

/* obey - as if it had not been: whoever waits for the program learns of it. Returns, with the
 * signal blocked, after one that stopped the program, once it goes on. */
void obey(int number);

#endif
