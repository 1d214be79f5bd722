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

/* Reads from the beginning into memory for `size` bytes. A file that fills it has not come to its end: TOO_BIG. */
static int read_less_than(int fd, size_t size, char **ret_data, size_t *ret_length)
{
        char *data = malloc(size);
        size_t length = 0;
        int r;

        if (!data)
                return -ENOMEM;
        r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : read_up_to(fd, data, size, &length);
        if (r == 0 && length == size)
                r = PL_FD_E_TOO_BIG;
        if (r != 0) {
                free(data);
                return r;
        }

        data[length] = '\0';
        *ret_data = data;
        *ret_length = length;
        return 0;
}

int pl_fd_read_file(int dir_fd, const char *path, size_t max_bytes, char **ret_data,
                    size_t *ret_length)
{
        _cleanup_close_ int fd = -1;
        struct stat status;
        size_t size;
        int r;

        pl_assert(path);
        pl_assert(ret_data);
        pl_assert(ret_length);
        pl_assert(max_bytes < SIZE_MAX);

        r = open_regular(dir_fd, path, &fd);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return -errno;
        if ((uint64_t) status.st_size > max_bytes)
                return PL_FD_E_TOO_BIG;

        /* One byte more than the file had, to notice that it has grown; files of /proc say that they are empty. */
        size = (status.st_size > 0 ? (size_t) status.st_size : max_bytes) + 1;
        r = read_less_than(fd, size, ret_data, ret_length);
        if (r == PL_FD_E_TOO_BIG && size <= max_bytes)
                r = read_less_than(fd, max_bytes + 1, ret_data, ret_length);
        return r;
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
