/*
 * reader.c - reads a stream, its standard input, to its end, and compares it with a file.
 *
 *     reader WAY FILE
 *
 * WAY is how it waits, see wait.h. It goes by the book, and no further: what is said to have hung
 * up, and not to be readable, has nothing more to read; nor has what is said to have ended at the
 * far end, and then brings a short count.
 */
#include <fcntl.h>

#include "wait.h"

int main(int argc, char **argv)
{
    enum { CALL = 65536 };
    static char file[4 << 20], got[sizeof file];
    if (argc != 3) {
        fputs("reader WAY FILE\n", stderr);
        return 2;
    }
    const struct way *way = find_way(argv[1]);
    ssize_t size = MUST(read(MUST(open(argv[2], O_RDONLY | O_CLOEXEC)), file, sizeof file));
    ssize_t length = 0, brought = 0;
    MUST(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK));
    short events = way->wait(STDIN_FILENO, POLLIN | POLLRDHUP);
    while (CHECK(length + CALL <= (ssize_t)sizeof got)) {
        if ((events & POLLHUP) && !(events & POLLIN))
            break;
        if ((brought = recv(STDIN_FILENO, got + length, CALL, 0)) == 0)
            break;
        CHECK(brought > 0 || errno == EAGAIN);
        length += brought > 0 ? brought : 0;
        bool to_eagain = way->edges && !way->by_counts; /* and looks at no count */
        if (brought > 0 && brought < CALL && (events & POLLRDHUP) && !to_eagain)
            break;
        /* Whose peer has ended needs no other edge for the end: what comes by counts has it. */
        if (brought < 0 || !way->by_counts || !(events & POLLRDHUP))
            events = (short)(wait_after(way, brought, CALL, STDIN_FILENO, POLLIN | POLLRDHUP) |
                             (events & POLLRDHUP));
    }
    CHECK_EQ(length, size);
    CHECK(memcmp(got, file, (size_t)size) == 0);
    return check_status();
}
