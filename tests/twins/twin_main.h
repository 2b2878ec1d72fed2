/* twin_main.h - choosing a behaviour. Included by twin.h. */
#ifndef TWIN_MAIN_H
#define TWIN_MAIN_H

struct twin {
    const char *name;
    void (*run)(void);
};

#define TWIN(function)                                                                             \
    {                                                                                              \
#function, function                                                                        \
    }

/* Begins before main for those that send before it. */
static inline void twin_prepare(void)
{
    for (size_t i = 0; i < DATA_BYTES; i++)
        data[i] = (char)((uint32_t)(i + 1) * 2654435761u >> 24);
    report_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, REPORT_FD);
}

static inline int twin_main(int argc, char **argv, const struct twin *twins, size_t count)
{
    if (report_fd == STDOUT_FILENO)
        twin_prepare();
    for (size_t i = 0; i < count; i++) {
        if (argc == 1)
            say("%s", twins[i].name);
        else if (strcmp(argv[1], twins[i].name) == 0) {
            twins[i].run();
            say("end of %s", twins[i].name);
            return 0;
        }
    }
    return argc != 1;
}

#define TWINS(...)                                                                                 \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct twin twins[] = {__VA_ARGS__};                                          \
        return twin_main(argc, argv, twins, sizeof twins / sizeof *twins);                         \
    }

#endif
