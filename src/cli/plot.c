/* plot.c - the command `plot`: a picture of a trace, or of what `simulate` has found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "decimal.h"
#include "panel.h"
#include "svg.h"

enum { TITLE = 40, WIDTH = 800, HEIGHT = 400 }; /* pixels */

struct plot {
    const char *path, *title; /* title: or NULL */
    int width, height;        /* of a panel */
    unsigned given;           /* limits of the environment, before those of -l */
    struct config config;
    struct trace trace;
};

static bool read_pixels(const char *word, int least, int *pixels)
{
    uint64_t value;
    if (read_whole(word, &value) || value < (uint64_t)least || value > MOST_PIXELS)
        return false;
    *pixels = (int)value;
    return true;
}

static bool read_size(struct plot *plot, const char *size)
{
    char width[8] = "";
    size_t length = strcspn(size, "x");
    if (length >= sizeof width || !size[length])
        return false;
    memcpy(width, size, length);
    return read_pixels(width, LEAST_WIDTH, &plot->width) &&
           read_pixels(size + length + 1, LEAST_HEIGHT, &plot->height);
}

static const struct limit *limit_labelled(const struct config *config, const char *label)
{
    for (unsigned i = config->count; i > 0; i--)
        if (strcmp(config->limits[i - 1].label, label) == 0)
            return &config->limits[i - 1];
    return NULL;
}

/*
 * Most labels are WHAT RATE, and so are limits by themselves, but for the burst, which they do not
 * tell. Those of `name=` are none.
 */
static bool limit_of_label(const struct plot *plot, const char *label, struct limit *limit)
{
    static struct config config;
    struct config_error ignored;
    config = plot->config;
    config.count = 0;
    bool is_one = config_add_limit(&config, "label", label, &ignored);
    *limit = config.limits[0];
    return is_one;
}

/* limit: room for one. */
static void find_limit(const struct plot *plot, struct panel *panel, struct limit *limit)
{
    const char *label = panel->traced->label;
    if (plot->trace.simulated && plot->config.count > 0) {
        panel->limit = &plot->config.limits[plot->config.count - 1];
        panel->label = panel->limit->label;
        return;
    }
    panel->label = plot->trace.simulated ? "simulated" : label;
    panel->limit = limit_labelled(&plot->config, label);
    panel->assumed = !panel->limit && limit_of_label(plot, label, limit);
    if (panel->assumed)
        panel->limit = limit;
}

/* From when the first call came to the last decision. */
static void find_ends(const struct trace *trace, int64_t *first_ns, int64_t *last_ns)
{
    *first_ns = INT64_MAX;
    *last_ns = INT64_MIN;
    for (unsigned i = 0; i < trace->count; i++)
        for (size_t j = 0; j < trace->limits[i].count; j++) {
            const struct decision *decision = &trace->limits[i].decisions[j];
            int64_t came_ns = decision->at_ns - (int64_t)decision->wait_ns;
            *first_ns = came_ns < *first_ns ? came_ns : *first_ns;
            *last_ns = decision->at_ns > *last_ns ? decision->at_ns : *last_ns;
        }
    if (*last_ns == *first_ns)
        *last_ns += (int64_t)RL_SECOND;
}

static void draw_title(const struct plot *plot)
{
    const char *name = strrchr(plot->path, '/');
    name = name ? name + 1 : plot->path;
    bool named = strcmp(plot->path, "-") != 0;
    char *title = plot->title ? format("%s", plot->title)
                              : format("%s%s", named ? name : "What passed, and what was held",
                                       named ? ": what passed, and what was held" : "");
    fputs("<title>", stdout);
    svg_escaped(title);
    printf("</title>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n");
    svg_text(24, TITLE - 10, "font-size=\"18\"", title);
    free(title);
}

static void draw(const struct plot *plot)
{
    const struct trace *trace = &plot->trace;
    int64_t first_ns, last_ns;
    find_ends(trace, &first_ns, &last_ns);
    int64_t origin_ns = trace->simulated ? 0 : first_ns;
    int height = TITLE + (int)trace->count * plot->height;

    printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
           "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" height=\"%d\" "
           "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"14\">\n",
           plot->width, height, plot->width, height);
    draw_title(plot);
    for (unsigned i = 0; i < trace->count; i++) {
        struct limit limit;
        struct panel panel = {.traced = &trace->limits[i],
                              .time = trace->simulated ? "time" : "time since the first call",
                              .origin_ns = origin_ns,
                              .first = (double)(first_ns - origin_ns),
                              .last = (double)(last_ns - origin_ns),
                              .width = plot->width,
                              .height = plot->height,
                              .top = TITLE + (int)i * plot->height};
        find_limit(plot, &panel, &limit);
        draw_panel(&panel);
    }
    puts("</svg>");
}

/* A label that is not that of any row is a slip, mostly. */
static void warn_of_others(const struct plot *plot)
{
    for (unsigned i = plot->given; i < plot->config.count && !plot->trace.simulated; i++) {
        const char *label = plot->config.limits[i].label;
        bool met = false;
        for (unsigned j = 0; j < plot->trace.count; j++)
            met = met || strcmp(plot->trace.limits[j].label, label) == 0;
        if (!met)
            say("%s has nothing of '%s', but of '%s'%s", trace_name(plot->path), label,
                plot->trace.limits[0].label, plot->trace.count > 1 ? " and others" : "");
    }
}

static bool add_limits(struct plot *plot, char *const *specs, unsigned count)
{
    struct config_error error;
    bool valid = config_beside_options(&plot->config, &error);
    plot->given = plot->config.count;
    for (unsigned i = 0; i < count && valid; i++)
        valid = config_add_limit(&plot->config, "-l", specs[i], &error);
    if (!valid)
        fprintf(stderr, "rlshim: %s", error.text);
    return valid;
}

static int plot_trace(struct plot *plot)
{
    if (!trace_read(&plot->trace, plot->path))
        return EXIT_OURS;
    if (plot->trace.simulated && plot->config.count > 1)
        return usage_error("simulate has one limit, and %u are given", plot->config.count);
    warn_of_others(plot);
    draw(plot);
    return 0;
}

int plot_command(int argc, char **argv)
{
    static const struct option options[] = {
        {"limit", required_argument, NULL, 'l'}, {"size", required_argument, NULL, 's'},
        {"title", required_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},     {NULL, 0, NULL, 0},
    };
    static struct plot plot = {.path = "-", .width = WIDTH, .height = HEIGHT};
    char *specs[MAX_LIMITS];
    unsigned count = 0;
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":l:s:t:", options, NULL)) != -1) {
        if (option == 't')
            plot.title = optarg;
        else if (option == 'l' && count == MAX_LIMITS)
            return usage_error("plot takes %d limits, and '%s' is one more", MAX_LIMITS, optarg);
        else if (option == 'l')
            specs[count++] = optarg;
        else if (option != 's')
            return common_option(option, argv, options);
        else if (!read_size(&plot, optarg))
            return usage_error("'%s' is no size of a panel: it is from %dx%d to %dx%d", optarg,
                               LEAST_WIDTH, LEAST_HEIGHT, MOST_PIXELS, MOST_PIXELS);
    }
    if (argc - optind > 1)
        return usage_error("plot reads one TRACE, and '%s' is a second", argv[optind + 1]);
    if (optind < argc)
        plot.path = argv[optind];
    if (isatty(STDOUT_FILENO))
        return usage_error("plot writes a picture to standard output: add >picture.svg");
    int status = add_limits(&plot, specs, count) ? plot_trace(&plot) : EXIT_OURS;
    trace_free(&plot.trace);
    return finish_output(status);
}
