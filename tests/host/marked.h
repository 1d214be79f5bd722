/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Extended attributes of directories as files in them, where a file system may have none; for all processes alike. To be linked
 * with --wrap of the three calls.
 */

#include <sys/xattr.h>

#include "cgroups.h"

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size);
int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int __wrap_fremovexattr(int fd, const char *name);

static int marked_error; /* of every call; 0: none */

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size)
{
        _cleanup_close_ int file_fd = openat(fd, name, O_RDONLY | O_CLOEXEC);

        errno = marked_error != 0 ? marked_error : errno;
        if (marked_error != 0)
                return -1;
        if (file_fd < 0) {
                errno = errno == ENOENT ? ENODATA : errno;
                return -1;
        }
        return read(file_fd, value, size);
}

int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
        _cleanup_close_ int file_fd = -1;

        (void) flags;
        errno = marked_error;
        if (marked_error != 0)
                return -1;
        file_fd = openat(fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        return file_fd >= 0 && write(file_fd, value, size) == (ssize_t) size ? 0 : -1;
}

int __wrap_fremovexattr(int fd, const char *name)
{
        errno = marked_error;
        return marked_error != 0 ? -1 : unlinkat(fd, name, 0);
}

/* A cgroup that stands still: by us, or by somebody else. */
static inline void marked_make(struct test_tree *tree, const char *path, bool by_us)
{
        cgroup_make(tree, path);
        cgroup_put(tree, path, "cgroup.events", "populated 1\nfrozen 1\n");
        cgroup_put(tree, path, "cgroup.freeze", "1\n");
        if (by_us)
                cgroup_put(tree, path, "user.plimsoll.held", "1");
}

static inline bool marked_stands_still(struct test_tree *tree, const char *path)
{
        char whole[PL_CGROUP_PATH_MAX];

        (void) snprintf(whole, sizeof whole, "%s/cgroup.freeze", path);
        return test_tree_get(tree, whole)[0] == '1';
}

static inline bool marked_is_ours(struct test_tree *tree, const char *path)
{
        char whole[PL_CGROUP_PATH_MAX];

        (void) snprintf(whole, sizeof whole, "%s/user.plimsoll.held", path);
        return faccessat(tree->fd, whole, F_OK, 0) == 0;
}
