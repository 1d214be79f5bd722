/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"

/* A decimal number of 64 bits with its sign. The words we write ("some 150000 1000000", "64 swappiness=0") are shorter
 * than what the kernel takes for a trigger (32 bytes) or for memory.reclaim. */
enum { VALUE_MAX = 64 };

int pl_file_outcome(int error)
{
        pl_assert(error > 0);

        switch (error) {
        case ENOENT:
        case ENOTDIR:
                return PL_FILE_E_ABSENT;
        case ENODEV: /* a cgroup removed behind an open fd */
        case ESRCH:  /* a process that exited */
                return PL_FILE_E_GONE;
        case EOPNOTSUPP:
                return PL_FILE_E_OFF;
        case EACCES:
        case EPERM:
        case EROFS:
        case ELOOP: /* a link where none may be */
                return PL_FILE_E_DENIED;
        case EINVAL:
        case ERANGE:
                return PL_FILE_E_REFUSED;
        case EAGAIN:
        case EBUSY:
        case EINTR:
                return PL_FILE_E_AGAIN;
        default:
                return -error;
        }
}

int pl_file_open(int dir_fd, const char *name, int *ret_fd)
{
        int fd;

        pl_assert(name);
        pl_assert(ret_fd);

        fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return pl_file_outcome(errno);

        *ret_fd = fd;
        return 0;
}

int pl_file_open_directory(int dir_fd, const char *path, int *ret_fd)
{
        int fd;

        pl_assert(path);
        pl_assert(ret_fd);

        fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
        if (fd < 0)
                return pl_file_outcome(errno);

        *ret_fd = fd;
        return 0;
}

int pl_file_read_again(int fd, struct pl_file_buffer *buffer)
{
        ssize_t length;

        pl_assert(fd >= 0);
        pl_assert(buffer);

        length = pread(fd, buffer->data, sizeof buffer->data, 0);
        if (length < 0)
                return pl_file_outcome(errno);
        if ((size_t) length == sizeof buffer->data)
                return PL_FILE_E_TOO_BIG;

        buffer->length = (size_t) length;
        return 0;
}

int pl_file_read(int dir_fd, const char *name, struct pl_file_buffer *buffer)
{
        _cleanup_close_ int fd = -1;
        int r;

        r = pl_file_open(dir_fd, name, &fd);
        if (r != 0)
                return r;
        return pl_file_read_again(fd, buffer);
}

int pl_file_read_long_again(int fd, struct pl_file_buffer *buffer)
{
        size_t length = 0;

        pl_assert(fd >= 0);
        pl_assert(buffer);

        /* Ends: every turn but the last adds at least one byte to a bounded buffer. */
        while (length < sizeof buffer->data) {
                ssize_t count = pread(fd, buffer->data + length, sizeof buffer->data - length,
                                      (off_t) length);

                if (count < 0)
                        return pl_file_outcome(errno);
                if (count == 0) {
                        buffer->length = length;
                        return 0;
                }
                length += (size_t) count;
        }
        return PL_FILE_E_TOO_BIG;
}

int pl_file_read_long(int dir_fd, const char *name, struct pl_file_buffer *buffer)
{
        _cleanup_close_ int fd = -1;
        int r;

        r = pl_file_open(dir_fd, name, &fd);
        return r != 0 ? r : pl_file_read_long_again(fd, buffer);
}

/* What the kernel reads as something else than 0 by accident: its number parser takes "K", a form feed and the empty
 * string for 0, so the first byte is a digit or a minus, or the word is "max". */
static bool begins_with_a_value(struct pl_span words)
{
        return pl_is_digit(words.data[0]) || words.data[0] == '-' || pl_span_equals(words, "max");
}

static bool is_printable(struct pl_span words)
{
        for (size_t i = 0; i < words.length; i++)
                if (words.data[i] < ' ' || words.data[i] > '~')
                        return false;
        return true;
}

int pl_file_write_words(int dir_fd, const char *name, struct pl_span words)
{
        _cleanup_close_ int fd = -1;
        char line[VALUE_MAX + 1];
        ssize_t count;

        pl_assert(name);
        pl_assert(words.length > 0 && words.length < VALUE_MAX);
        pl_assert(begins_with_a_value(words) && is_printable(words));

        /* As echo writes it: with a newline, which the kernel strips. Its files have no length; in a tree of ordinary ones
         * what was there before must not show behind the value, and the value has to read as the kernel's do. */
        memcpy(line, words.data, words.length);
        line[words.length] = '\n';
        fd = openat(dir_fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return pl_file_outcome(errno);
        count = write(fd, line, words.length + 1);
        if (count < 0)
                return pl_file_outcome(errno);

        /* kernfs takes a value whole or not at all; half of one would be another value. */
        return (size_t) count == words.length + 1 ? 0 : -EIO;
}

int pl_file_write_u64(int dir_fd, const char *name, uint64_t value)
{
        char buffer[VALUE_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_add_u64(&text, value);
        return pl_file_write_words(dir_fd, name, pl_text_span(&text));
}

int pl_file_write_limit(int dir_fd, const char *name, uint64_t value)
{
        if (value == PL_SIZE_MAX)
                return pl_file_write_words(dir_fd, name, pl_span_of("max"));
        return pl_file_write_u64(dir_fd, name, value);
}

int pl_file_write_i64(int dir_fd, const char *name, int64_t value)
{
        char buffer[VALUE_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        if (value < 0)
                pl_text_add_byte(&text, '-');
        pl_text_add_u64(&text, value < 0 ? -(uint64_t) value : (uint64_t) value);
        return pl_file_write_words(dir_fd, name, pl_text_span(&text));
}

/* Without its newline a value was cut, and what is left of it is another value. */
int pl_file_parse_u64(struct pl_span text, uint64_t *ret_value)
{
        struct pl_span rest = text, number = pl_span_until(&rest, '\n');

        if (!pl_span_ends_with(text, "\n") || !pl_span_empty(rest))
                return PL_FILE_E_MALFORMED;
        return pl_span_to_u64(number, ret_value) == 0 ? 0 : PL_FILE_E_MALFORMED;
}

int pl_file_parse_limit(struct pl_span text, uint64_t *ret_value)
{
        pl_assert(ret_value);

        if (pl_span_equals(text, "max\n")) {
                *ret_value = PL_SIZE_MAX;
                return 0;
        }
        return pl_file_parse_u64(text, ret_value);
}
