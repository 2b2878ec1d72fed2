/*
 * pretend.c - what looks like a TLS library, and answers with its NUMBER; and, built with USER, who
 * needs it and checks that: a library for load.c. With the argument `unmarked` the session has
 * nothing in it that says who made it; with `jump` it is called, by a jump, for who needs nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ssl_st {
    const void *words[8];
} SSL;
extern SSL *SSL_new(void *context);
extern int SSL_write(SSL *ssl, const void *bytes, int length);
extern size_t SSL_get_client_random(const SSL *ssl, unsigned char *random, size_t length);

#ifdef USER
extern int client(int count, char **arguments);

int client(int count, char **arguments)
{
    static char bytes[100];
    const char *how = count > 0 ? arguments[0] : "";
    SSL *ssl = SSL_new(strcmp(how, "unmarked") == 0 ? bytes : NULL);
    if (strcmp(how, "jump") == 0)
        return SSL_write(ssl, NULL, -NUMBER);
    int wrote = SSL_write(ssl, bytes, sizeof bytes);
    free(ssl);
    if (wrote != NUMBER)
        fprintf(stderr, "library %d was called instead of %d\n", wrote, NUMBER);
    return wrote != NUMBER;
}
#else
/* So that in no two of them a function is at the same place. */
#define TEXT(number)      #number
#define NUMBER_AS(number) TEXT(number)
__asm__(".text\n.skip " NUMBER_AS(NUMBER) " * 64\n");

SSL *SSL_new(void *unmarked)
{
    static const int method = NUMBER;
    SSL *ssl = calloc(1, sizeof *ssl);
    ssl->words[NUMBER % 4] = unmarked ? NULL : &method;
    return ssl;
}

int SSL_write(SSL *ssl, const void *bytes, int length)
{
    (void)ssl;
    (void)bytes;
    return length < 0 ? NUMBER + length : NUMBER;
}

size_t SSL_get_client_random(const SSL *ssl, unsigned char *random, size_t length)
{
    (void)ssl;
    memset(random, NUMBER, length);
    return length;
}
#endif
