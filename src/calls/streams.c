/*
 * streams.c - stdio(3) on sockets: by glibc's slots (slots.h), and what has none.
 *
 * A slot does what libc's own does (_IO_new_file_write(), _IO_file_read() in fileops.c), with the
 * write and read of this library; what is no socket goes to libc's own.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "gate.h"
#include "lifecycle.h"
#include "messages.h"
#include "real.h"
#include "slots.h"
#include "streams.h"

bool streams_seen;

static const char *const not_seen =
    "what stdio(3) sends and receives on sockets is not limited with this C library";

static bool is_limited(enum call family, int fd)
{
    return shim_limits_of(family) && fd_class(fd_look(fd)) != FD_PASS;
}

/* Once, where a stream begins on a socket. */
static void warn_of(int fd)
{
    static bool said;
    if (!streams_seen && !shim.inert && (gate_limits(CALL_WRITE, fd) | gate_limits(CALL_READ, fd)))
        messages_warn(&said, not_seen);
}

#ifdef __GLIBC__
enum { NOT_CANCELLED = 2 }; /* _IO_FLAGS2_NOTCANCEL (libio.h): 'c' in the mode of fopen(3) */

static struct slots libc;

static int disable_point(const FILE *stream)
{
    int state = PTHREAD_CANCEL_ENABLE;
    if (stream->_flags2 & NOT_CANCELLED)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

static void restore_point(const FILE *stream, int state)
{
    if (stream->_flags2 & NOT_CANCELLED)
        pthread_setcancelstate(state, NULL);
}

static ssize_t read_slot(FILE *stream, void *bytes, ssize_t length)
{
    if (gate_passes(CALL_READ, stream->_fileno))
        return libc.read(stream, bytes, length);
    int state = disable_point(stream);
    ssize_t got = own_read(stream->_fileno, bytes, (size_t)length);
    restore_point(stream, state);
    return got;
}

static ssize_t write_slot(FILE *stream, const void *bytes, ssize_t length)
{
    if (gate_passes(CALL_WRITE, stream->_fileno))
        return libc.write(stream, bytes, length);
    int state = disable_point(stream);
    ssize_t done = 0;
    while (done < length) {
        ssize_t sent =
            own_write(stream->_fileno, (const char *)bytes + done, (size_t)(length - done));
        if (sent < 0) {
            stream->_flags |= _IO_ERR_SEEN;
            break;
        }
        done += sent;
    }
    restore_point(stream, state);
    if (stream->_offset >= 0)
        stream->_offset += done;
    return done;
}

static int close_slot(FILE *stream)
{
    lifecycle_closing(stream->_fileno);
    return libc.close(stream);
}

static bool take_slots(void)
{
    static const struct slots ours = {.read = read_slot, .write = write_slot, .close = close_slot};
    return slots_take(&ours, &libc);
}

/* From 2.37 on dprintf writes by itself (iovdprintf.c). */
static bool prints_by_stream(void)
{
    enum { BY_ITSELF = 37 };
    return streams_seen && atoi(gnu_get_libc_version() + 2) < BY_ITSELF;
}

extern int __vsnprintf_chk(char *text, size_t most, int flag, size_t room, const char *format,
                           va_list arguments);
#else
static bool take_slots(void)
{
    return false;
}

static bool prints_by_stream(void)
{
    return false;
}

static int __vsnprintf_chk(char *text, size_t most, int flag, size_t room, const char *format,
                           va_list arguments)
{
    (void)flag, (void)room;
    return vsnprintf(text, most, format, arguments);
}
#endif

/* Before anything of the program's can use a stream; but not in a library that was loaded later,
 * which does not come before libc, and may be unloaded. */
__attribute__((constructor)) static void construct(void)
{
    shim_start();
    if (!(shim_limits_of(CALL_WRITE) | shim_limits_of(CALL_READ)))
        return;
    streams_seen = take_slots();
    for (int fd = STDIN_FILENO; !streams_seen && fd <= STDERR_FILENO; fd++)
        warn_of(fd);
}

/* What is still buffered: libc writes it after the last destructor, when all has been told. */
__attribute__((destructor)) static void flush(void)
{
    if (!streams_seen || !shim.reporting || ftrylockfile(stdout) != 0)
        return;
    if (is_limited(CALL_WRITE, fileno_unlocked(stdout)))
        fflush_unlocked(stdout);
    funlockfile(stdout);
}

FILE *fdopen(int fd, const char *mode)
{
    FILE *stream = REAL(fdopen)(fd, mode);
    if (stream)
        warn_of(fd);
    return stream;
}

static int write_text(int fd, const char *text, int length)
{
    enum { AT_ONCE = 2048 }; /* as iovdprintf.c has it */
    for (int done = 0; done < length;) {
        int part = length - done < AT_ONCE ? length - done : AT_ONCE;
        ssize_t sent = own_write(fd, text + done, (size_t)part);
        if (sent >= 0)
            done += (int)sent;
        else if (errno != EINTR)
            return -1;
    }
    return length;
}

/* Memory is taken only for what is long: a handler may print. */
static int print(int fd, int flag, const char *format, va_list arguments)
{
    char some[1024], *text = some;
    va_list again;
    va_copy(again, arguments);
    int length = __vsnprintf_chk(some, sizeof some, flag, sizeof some, format, arguments);
    size_t room = (size_t)length + 1;
    if (length >= (int)sizeof some) {
        text = malloc(room);
        length = text ? __vsnprintf_chk(text, room, flag, room, format, again) : -1;
    }
    va_end(again);
    if (length > 0)
        length = write_text(fd, text, length);
    if (text != some)
        free(text);
    return length;
}

int vdprintf(int fd, const char *format, va_list arguments)
{
    if (!is_limited(CALL_WRITE, fd) || prints_by_stream())
        return REAL(vdprintf)(fd, format, arguments);
    return print(fd, 0, format, arguments);
}

int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
    if (!is_limited(CALL_WRITE, fd) || prints_by_stream())
        return REAL(__vdprintf_chk)(fd, flag, format, arguments);
    return print(fd, flag, format, arguments);
}

int dprintf(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vdprintf(fd, format, arguments);
    va_end(arguments);
    return length;
}

int __dprintf_chk(int fd, int flag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = __vdprintf_chk(fd, flag, format, arguments);
    va_end(arguments);
    return length;
}

ALIAS_OF(_IO_fdopen, fdopen);
