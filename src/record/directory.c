/* SPDX-License-Identifier: Apache-2.0 */

/* Who may write the directory may put a link in the place of a file that we are about to make, or history that never was. */

#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

int pl_directory_open(const char *path, int *ret_fd)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct stat status;

        pl_assert(ret_fd);

        if (fd < 0)
                switch (errno) {
                case ENOENT:
                case ENOTDIR:
                        return PL_DIRECTORY_E_ABSENT;
                case EACCES:
                        return PL_DIRECTORY_E_DENIED;
                default:
                        return -errno;
                }
        if (fstat(fd, &status) < 0)
                return -errno;
        if ((status.st_uid != 0 && status.st_uid != geteuid()) ||
            status.st_mode & (S_IWGRP | S_IWOTH))
                return PL_DIRECTORY_E_UNSAFE;

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}
