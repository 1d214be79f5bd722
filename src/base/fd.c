/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static int open_regular(int dir_fd, const char *path, int *ret_fd, struct stat *ret_status)
{
        _cleanup_close_ int fd = -1;

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
        if (fstat(fd, ret_status) < 0)
                return -errno;
        if (!S_ISREG(ret_status->st_mode))
                return PL_FD_E_NOT_REGULAR;

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

/* Fills the buffer or reaches the end, whichever comes first. A call that gives less than was asked for, and in all what
 * the file said it has, has reached the end: it need not be asked once more. */
static int read_up_to(int fd, char *buffer, size_t size, uint64_t said_bytes, size_t *ret_length)
{
        size_t length = 0;

        while (length < size) {
                ssize_t count = read(fd, buffer + length, size - length);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0)
                        return -errno;
                length += (size_t) count;
                if (count == 0 || (length == said_bytes && length < size))
                        break;
        }

        *ret_length = length;
        return 0;
}

/* Reads into memory for `size` bytes. A file that fills it has not come to its end: TOO_BIG. */
static int read_less_than(int fd, size_t size, uint64_t said_bytes, char **ret_data,
                          size_t *ret_length)
{
        char *data = malloc(size);
        size_t length = 0;
        int r;

        if (!data)
                return -ENOMEM;
        r = read_up_to(fd, data, size, said_bytes, &length);
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

int pl_fd_read_open_file(int fd, uint64_t said_bytes, size_t max_bytes, char **ret_data,
                         size_t *ret_length)
{
        size_t size;
        int r;

        pl_assert(fd >= 0);
        pl_assert(ret_data);
        pl_assert(ret_length);
        pl_assert(max_bytes < SIZE_MAX);

        if (said_bytes > max_bytes)
                return PL_FD_E_TOO_BIG;
        /* One byte more than the file had, to notice that it has grown; files of /proc say that they are empty. */
        size = (said_bytes > 0 ? (size_t) said_bytes : max_bytes) + 1;
        r = read_less_than(fd, size, said_bytes, ret_data, ret_length);
        if (r != PL_FD_E_TOO_BIG || size > max_bytes)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        return read_less_than(fd, max_bytes + 1, 0, ret_data, ret_length);
}

int pl_fd_read_file(int dir_fd, const char *path, size_t max_bytes, char **ret_data,
                    size_t *ret_length)
{
        _cleanup_close_ int fd = -1;
        struct stat status = {};
        int r;

        pl_assert(path);
        pl_assert(ret_data);
        pl_assert(ret_length);

        r = open_regular(dir_fd, path, &fd, &status);
        if (r != 0)
                return r;
        return pl_fd_read_open_file(fd, (uint64_t) status.st_size, max_bytes, ret_data, ret_length);
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
