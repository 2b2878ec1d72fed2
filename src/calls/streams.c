/*
 * streams.c - stdio(3) on sockets: by glibc's slots (slots.h), and what has none.
 *
 * A slot does what libc's own does (_IO_new_file_write(), _IO_file_read() in fileops.c), with the
 * write and read of this library; what is no socket goes to libc's own.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "gate.h"
#include "lifecycle.h"
#include "messages.h"
#include "real.h"
#include "sandbox.h"
#include "slots.h"
#include "streams.h"

bool streams_seen;

/* Whether they will be, when streams_see is called. */
static bool can_be_seen;

/* The first, which is never freed, whatever the program makes of `stdout`. */
static FILE *standard_output;

static const char not_seen[] =
    "what stdio(3) sends and receives on sockets is not limited with this C library";

static bool any_limited(void)
{
    return shim_limits_of(CALL_WRITE) | shim_limits_of(CALL_READ);
}

/* A stream begins. */
static void begin_on(int fd)
{
    static bool said;
    fd_entry entry = fd_look(fd);
    if (fd_class(entry) != FD_STREAM && fd_class(entry) != FD_MESSAGE)
        return;
    streams_see();
    if (!streams_seen && (gate_limits(CALL_WRITE, fd) | gate_limits(CALL_READ, fd)))
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

static bool find_slots(void)
{
    return slots_find(&libc);
}

static bool take_slots(void)
{
    static const struct slots ours = {.read = read_slot, .write = write_slot, .close = close_slot};
    return slots_take(&libc, &ours);
}

/* From 2.37 on dprintf writes by itself (iovdprintf.c). */
static bool prints_by_stream(void)
{
    return streams_seen && strverscmp(gnu_get_libc_version(), "2.37") < 0;
}

extern int __vsnprintf_chk(char *text, size_t most, int flag, size_t room, const char *format,
                           va_list arguments);

/* flag: that of fortified programs, which minds a %n. */
static int format_text(char *text, size_t room, int flag, const char *format, va_list arguments)
{
    return __vsnprintf_chk(text, room, flag, room, format, arguments);
}
#else
static bool find_slots(void)
{
    return false;
}

static bool take_slots(void)
{
    return false;
}

static bool prints_by_stream(void)
{
    return false;
}

static int format_text(char *text, size_t room, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return vsnprintf(text, room, format, arguments);
}
#endif

void streams_see(void)
{
    static bool begun;
    if (!can_be_seen || __atomic_load_n(&begun, __ATOMIC_RELAXED) || in_sandbox() ||
        __atomic_exchange_n(&begun, true, __ATOMIC_RELAXED))
        return;
    int saved_errno = errno;
    streams_seen = take_slots();
    errno = saved_errno;
}

/* With streams on what was inherited. */
__attribute__((constructor)) static void construct(void)
{
    shim_start();
    if (!any_limited())
        return;
    can_be_seen = find_slots();
    standard_output = stdout;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        begin_on(fd);
}

/* What is still buffered: libc writes it after the last destructor, when all has been told. */
__attribute__((destructor)) static void flush(void)
{
    if (!streams_seen || !(shim.config.summary || shim.config.trace) ||
        ftrylockfile(standard_output) != 0)
        return;
    fflush_unlocked(standard_output);
    funlockfile(standard_output);
}

FILE *fdopen(int fd, const char *mode)
{
    FILE *stream = REAL(fdopen)(fd, mode);
    if (stream && any_limited())
        begin_on(fd);
    return stream;
}

static bool passes(int fd)
{
    return !shim_limits_of(CALL_WRITE) || fd_class(fd_look(fd)) == FD_PASS;
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
    int length = format_text(some, sizeof some, flag, format, arguments);
    size_t room = (size_t)length + 1;
    if (length >= (int)sizeof some) {
        text = malloc(room);
        length = text ? format_text(text, room, flag, format, again) : -1;
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
    if (passes(fd) || prints_by_stream())
        return REAL(vdprintf)(fd, format, arguments);
    return print(fd, 0, format, arguments);
}

int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments)
{
    if (passes(fd) || prints_by_stream())
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
