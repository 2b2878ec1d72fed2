/* top.c - the command `top`: what all limits are at, again each second. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "frame.h"
#include "screen.h"

enum { PERIOD_MS = 1000 };

struct top {
    const char *what; /* only that, or NULL */
    struct frame frame;
    struct view view;
    struct history history;
};

/* False: there is no memory. */
static bool look_anew(struct top *top)
{
    struct view earlier = top->view;
    bool good = look(&top->view);
    look_only(&top->view, top->what);
    good = good && history_add(&top->history, &top->view);
    if (top->frame.frozen)
        order_as(&top->view, &earlier);
    else
        order_view(&top->view, top->frame.order, &top->history);
    look_away(&earlier);
    return good;
}

/* In one write. False: the terminal has gone, or there is no memory. */
static bool draw(struct top *top)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return false;
    screen_size(&top->frame.width, &top->frame.height);
    frame_draw(out, &top->frame, &top->view, &top->history);
    bool good = fclose(out) == 0 && screen_show(text, length);
    free(text);
    return good;
}

/* False: it is the end. */
static bool obey(struct top *top, int key)
{
    struct frame *frame = &top->frame;
    switch (key) {
    case 'q':
    case KEY_GONE:
        return false;
    case 's':
        frame->order = (frame->order + 1) % ORDERS;
        if (!frame->frozen)
            order_view(&top->view, frame->order, &top->history);
        break;
    case 'o':
        frame->frozen = !frame->frozen;
        break;
    case 'p':
    case ' ':
        frame->paused = !frame->paused;
        break;
    case 'b':
        frame->bits = !frame->bits;
        break;
    case '?':
    case 'h':
        frame->help = !frame->help;
        break;
    default:
        break;
    }
    return true;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int watch(struct top *top)
{
    if (!screen_begin())
        return say("cannot use the terminal: %s", strerror(errno));
    bool memory = true, goes_on = true;
    int64_t next_ms = now_ms();
    while (goes_on && memory) {
        int64_t left_ms = next_ms - now_ms();
        if (left_ms <= 0) {
            next_ms = now_ms() + PERIOD_MS;
            memory = top->frame.paused || look_anew(top);
            left_ms = PERIOD_MS;
        }
        goes_on = draw(top);
        int key = goes_on ? screen_wait((int)left_ms) : KEY_GONE;
        goes_on = goes_on && obey(top, key);
    }
    screen_end();
    return memory ? 0 : say("out of memory");
}

/* Twice, since a rate is of a time. */
static int print_once(struct top *top)
{
    const struct timespec second = {.tv_sec = 1};
    bool good = look_anew(top);
    nanosleep(&second, NULL);
    good = good && look_anew(top);
    if (!good)
        return say("out of memory");
    top->frame.width = 80;
    frame_draw(stdout, &top->frame, &top->view, &top->history);
    return finish_output(0);
}

int top_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"once", no_argument, NULL, '1'},
        {"bits", no_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    static struct top top;
    bool once = !screen_can();
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":1b", options, NULL)) != -1) {
        if (option == '1')
            once = true;
        else if (option == 'b')
            top.frame.bits = true;
        else
            return common_option(option, argv, options);
    }
    if (argc - optind > 1)
        return usage_error("top shows one NAME, or all; '%s' is a second", argv[optind + 1]);
    top.what = argv[optind];
    int status = look_at_all(&top.view, top.what);
    top.frame.colour = screen_has_colour();
    if (status == 0)
        status = once ? print_once(&top) : watch(&top);
    look_away(&top.view);
    history_forget(&top.history);
    return status;
}
