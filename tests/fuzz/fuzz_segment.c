/*
 * fuzz_segment.c - any bytes in the file of a segment: it is refused, or all that a member does
 * with it goes well, and what is read of it is a limit that can be worked with.
 *
 * The input is what is written over a file that was whole: where (3 bytes), how much (1), the
 * bytes; and so on. Beyond its end: how long the file is from then on.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "find.h"
#include "hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct segment *whole;
static size_t whole_size;

static void prepare(void)
{
    static const char *const specs[] = {"connect 10/s to=example.com,*.b:80,!127.0.0.0/8",
                                        "out 1MB/s mode=police to=another.example",
                                        "tokens 90k/m count=input cached=free"};
    struct config_error error;
    config.bytes_per_token = 4;
    for (int i = 0; i < 3; i++)
        MUST(config_add_limit(&config, "-l", specs[i], &error));
    const struct making making = {&config, (1U << config.count) - 1};
    whole = segment_private(config.count);
    whole_size = segment_size(config.count);
    MUST(whole != NULL);
    find_fill(whole, &making);
    whole->magic = SEGMENT_MAGIC;
    whole->count = config.count;
}

/* In memory, for it has no directory: which its looks do not tell. */
static int file_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("segment", MFD_CLOEXEC);
    MUST(fd >= 0 && fchmod(fd, 0600) == 0);
    MUST(write(fd, whole, whole_size) == (ssize_t)whole_size);
    while (size >= 4) {
        size_t at = (size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2], length = data[3];
        data += 4;
        size -= 4;
        length = length < size ? length : size;
        if (at < whole_size)
            MUST(pwrite(fd, data, length, (off_t)at) == (ssize_t)length);
        else
            MUST(ftruncate(fd, (off_t)(at - whole_size)) == 0);
        data += length;
        size -= length;
    }
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!whole)
        prepare();
    int fd = file_of(data, size);
    survive(fd, &config);
    close(fd);
    return 0;
}
