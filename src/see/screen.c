/* screen.c - see screen.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "obey.h"
#include "screen.h"

static const char enter[] = "\033[?1049h\033[?25l\033[H\033[2J";
static const char leave[] = "\033[?25h\033[?1049l";

static struct termios before;
static bool taken;
static volatile sig_atomic_t ended_by, stopped, resized;
/* Signals come while it waits, for a key or for the terminal to take a frame. */
static sigset_t usual, noted;

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void note(int number)
{
    if (number == SIGTSTP)
        stopped = 1;
    else if (number == SIGWINCH || number == SIGCONT)
        resized = 1;
    else
        ended_by = number;
}

bool screen_can(void)
{
    const char *term = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
           strcmp(term, "dumb") != 0;
}

bool screen_has_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return !no_colour || !*no_colour;
}

void screen_size(int *width, int *height)
{
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row;
    *width = known ? size.ws_col : 80;
    *height = known ? size.ws_row : 24;
}

static bool show(const char *text, size_t length)
{
    while (length > 0 && !ended_by) {
        ssize_t written = write(STDOUT_FILENO, text, length);
        if (written < 0 && errno != EINTR)
            return false;
        text += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
    return true;
}

bool screen_show(const char *text, size_t length)
{
    sigprocmask(SIG_SETMASK, &usual, NULL);
    bool shown = show(text, length);
    sigprocmask(SIG_BLOCK, &noted, NULL);
    return shown;
}

static bool set(const struct termios *state, int when)
{
    int result;
    do /* of one in the background, TTOU: it goes on when it is in the foreground */
        result = tcsetattr(STDIN_FILENO, when, state);
    while (result < 0 && errno == EINTR);
    return result == 0;
}

/* With signals it is still sent, by ISIG. */
static bool take(void)
{
    struct termios state;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    state = before;
    state.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    state.c_lflag |= ISIG;
    state.c_cc[VMIN] = 1;
    state.c_cc[VTIME] = 0;
    taken = set(&state, TCSADRAIN);
    return taken && show(enter, strlen(enter));
}

/* One that was told to stop (^S), or whose reader has, takes nothing: that ends in no wait. */
static void give_back(void)
{
    enum { PATIENCE_MS = 200 };
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (!taken)
        return;
    taken = false;
    bool takes = poll(&out, 1, PATIENCE_MS) > 0 && (out.revents & POLLOUT);
    if (takes)
        (void)!write(STDOUT_FILENO, leave, strlen(leave));
    set(&before, takes ? TCSADRAIN : TCSANOW);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, was;
    if (sigaction(number, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

bool screen_begin(void)
{
    sigemptyset(&noted);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        sigaddset(&noted, ending[i]);
    sigaddset(&noted, SIGTSTP);
    sigaddset(&noted, SIGWINCH);
    sigaddset(&noted, SIGCONT);
    sigprocmask(SIG_BLOCK, &noted, &usual);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        handle(ending[i], note);
    handle(SIGTSTP, note);
    handle(SIGWINCH, note);
    handle(SIGCONT, note);
    signal(SIGPIPE, SIG_IGN);
    return take();
}

void screen_end(void)
{
    give_back();
    sigprocmask(SIG_SETMASK, &usual, NULL);
}

static void stop(void)
{
    give_back();
    stopped = 0;
    obey(SIGTSTP); /* until SIGCONT */
    sigprocmask(SIG_BLOCK, &noted, NULL);
    handle(SIGTSTP, note);
    resized = 1;
    take();
}

static int read_key(void)
{
    char key;
    ssize_t got = read(STDIN_FILENO, &key, 1);
    if (got == 1)
        return (unsigned char)key;
    return got < 0 && (errno == EINTR || errno == EAGAIN) ? KEY_NONE : KEY_GONE;
}

int screen_wait(int milliseconds)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    struct timespec timeout = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    bool came = ended_by || stopped || resized;
    int ready = came ? 0 : ppoll(&fd, 1, &timeout, &usual);
    if (ended_by) {
        give_back();
        obey(ended_by);
    }
    if (stopped)
        stop();
    if (resized) {
        resized = 0;
        return KEY_REDRAW;
    }
    if (ready <= 0)
        return KEY_NONE;
    return fd.revents & POLLIN ? read_key() : KEY_GONE;
}
