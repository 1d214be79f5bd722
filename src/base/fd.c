/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static int open_regular(int dir_fd, const char *path, int *ret_fd)
{
        _cleanup_close_ int fd = -1;
        struct stat status;

        /* O_NONBLOCK so that a FIFO without a writer is refused below and does not hang the open. */
        fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                switch (errno) {
                case ENOENT:
                case ENOTDIR:
                        return PL_FD_E_ABSENT;
                case EACCES:
                case EPERM:
                        return PL_FD_E_DENIED;
                case ENXIO: /* a socket */
                        return PL_FD_E_NOT_REGULAR;
                default:
                        return -errno;
                }
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return PL_FD_E_NOT_REGULAR;

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

/* Fills the buffer or reaches the end, whichever comes first. */
static int read_up_to(int fd, char *buffer, size_t size, size_t *ret_length)
{
        size_t length = 0;

        while (length < size) {
                ssize_t count = read(fd, buffer + length, size - length);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                if (count == 0)
                        break;
                length += (size_t) count;
        }

        *ret_length = length;
        return 0;
}

/* Makes room for `size` bytes and a NUL, and fills it behind the first *length. */
static int read_on(int fd, char **data, size_t *length, size_t size)
{
        char *larger = realloc(*data, size + 1);
        size_t more = 0;
        int r;

        if (!larger)
                return -ENOMEM;
        *data = larger;
        r = read_up_to(fd, larger + *length, size - *length, &more);
        *length += more;
        return r;
}

int pl_fd_read_file(int dir_fd, const char *path, size_t max_bytes, char **ret_data,
                    size_t *ret_length)
{
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -1;
        struct stat status;
        size_t length = 0, size;
        int r;

        pl_assert(path);
        pl_assert(ret_data);
        pl_assert(ret_length);
        pl_assert(max_bytes < SIZE_MAX - 1);

        r = open_regular(dir_fd, path, &fd);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return -errno;
        if ((uint64_t) status.st_size > max_bytes)
                return PL_FD_E_TOO_BIG;

        /* One byte more than the file had, to notice that it has grown; files of /proc say that they are empty. */
        size = (status.st_size > 0 ? (size_t) status.st_size : max_bytes) + 1;
        data = malloc(size + 1);
        if (!data)
                return -ENOMEM;
        r = read_up_to(fd, data, size, &length);
        if (r < 0)
                return r;
        if (length == size && size <= max_bytes) {
                /* It grew while we read. Once more, with all the room that it may take. */
                r = read_on(fd, &data, &length, max_bytes + 1);
                if (r < 0)
                        return r;
                size = max_bytes + 1;
        }
        if (length == size)
                return PL_FD_E_TOO_BIG;

        data[length] = '\0';
        *ret_data = PL_TAKE_PTR(data);
        *ret_length = length;
        return 0;
}

int pl_fd_write_all(int fd, struct pl_span bytes)
{
        pl_assert(fd >= 0);

        while (bytes.length > 0) {
                ssize_t count = write(fd, bytes.data, bytes.length);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                bytes = pl_span_from(bytes, (size_t) count);
        }
        return 0;
}
