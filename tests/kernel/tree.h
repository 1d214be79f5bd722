/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A scratch directory that stands in for a cgroup tree, for what cannot be checked in: hostile names, files that are cut,
 * trees a thousand deep. Removed at the end whatever is in it. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "test.h"

struct test_tree {
        char path[64];
        int fd;
};

static inline void test_tree_make(struct test_tree *tree)
{
        strcpy(tree->path, "/tmp/plimsoll-tree-XXXXXX");
        assert_non_null(mkdtemp(tree->path));
        tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(tree->fd >= 0);
}

static inline int test_tree_unlink(const char *path, const struct stat *status, int kind,
                                   struct FTW *at)
{
        (void) status;
        (void) kind;
        (void) at;
        return remove(path);
}

static inline void test_tree_remove(struct test_tree *tree)
{
        (void) close(tree->fd);
        (void) nftw(tree->path, test_tree_unlink, 32, FTW_DEPTH | FTW_PHYS);
}

static inline void test_tree_put(struct test_tree *tree, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(tree->fd, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC,
                                        0644);

        assert_true(fd >= 0);
        assert_int_equal(pl_fd_write_all(fd, pl_span_of(text)), 0);
}

/* What a file holds now, in a buffer that the next call overwrites. */
static inline const char *test_tree_get(struct test_tree *tree, const char *name)
{
        static char text[256];
        _cleanup_close_ int fd = openat(tree->fd, name, O_RDONLY | O_CLOEXEC);
        ssize_t length = read(fd, text, sizeof text - 1);

        assert_true(length >= 0);
        text[length] = '\0';
        return text;
}

static inline void test_tree_mkdir(struct test_tree *tree, const char *name)
{
        assert_int_equal(mkdirat(tree->fd, name, 0755), 0);
}

static inline int test_fixture(const char *path)
{
        char whole[512];
        int fd;

        assert_true(snprintf(whole, sizeof whole, "%s/%s", FIXTURES, path) < (int) sizeof whole);
        fd = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                fail_msg("no fixture %s", whole);
        return fd;
}

static inline int test_open_fds(void)
{
        DIR *directory = opendir("/proc/self/fd");
        int count = 0;

        assert_non_null(directory);
        while (readdir(directory))
                count++;
        (void) closedir(directory);
        return count;
}
