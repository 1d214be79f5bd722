/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A tree that stands in for cgroupfs and can be changed like it. In /dev/shm where there is one: a tmpfs does not use the
 * number of an inode again, as cgroupfs does not and most disks do. */

#include <sys/vfs.h>

#include <linux/magic.h>

#include "kernel/tree.h"
#include "plimsoll/host/census.h"

static inline void cgroups_make(struct test_tree *tree)
{
        strcpy(tree->path,
               access("/dev/shm", W_OK) == 0 ? "/dev/shm/plimsoll-XXXXXX" : "/tmp/plimsoll-XXXXXX");
        assert_non_null(mkdtemp(tree->path));
        tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(tree->fd >= 0);
}

/* Whether a directory made anew is sure to have another number. */
static inline bool cgroups_have_ids(const struct test_tree *tree)
{
        struct statfs status;

        assert_int_equal(fstatfs(tree->fd, &status), 0);
        return status.f_type == TMPFS_MAGIC;
}

static inline void cgroup_put(struct test_tree *tree, const char *path, const char *file,
                              const char *text)
{
        char whole[PL_CGROUP_PATH_MAX];

        assert_true(snprintf(whole, sizeof whole, "%s/%s", path, file) < (int) sizeof whole);
        test_tree_put(tree, whole, text);
}

/* With the two files that every living cgroup has. The parent is there. */
static inline void cgroup_make(struct test_tree *tree, const char *path)
{
        test_tree_mkdir(tree, path);
        cgroup_put(tree, path, "cgroup.procs", "");
        cgroup_put(tree, path, "cgroup.events", "populated 1\nfrozen 0\n");
}

static inline void cgroup_drop(struct test_tree *tree, const char *path)
{
        static const char *const files[] = { "cgroup.procs", "cgroup.events" };
        char whole[PL_CGROUP_PATH_MAX];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                (void) snprintf(whole, sizeof whole, "%s/%s", path, files[i]);
                (void) unlinkat(tree->fd, whole, 0);
        }
        assert_int_equal(unlinkat(tree->fd, path, AT_REMOVEDIR), 0);
}

static inline uint64_t cgroup_id(struct test_tree *tree, const char *path)
{
        struct stat status;

        assert_int_equal(fstatat(tree->fd, path, &status, 0), 0);
        return status.st_ino;
}

static inline void census_start(struct pl_census *census, struct test_tree *tree,
                                struct pl_census_options options)
{
        const struct pl_roots roots = { tree->fd, -1, -1, -1 };

        assert_int_equal(pl_census_open(census, &roots, &options), 0);
}

/* Until nothing is left to look at; for a loop that never ends the test's time does. */
static inline void census_settle(struct pl_census *census)
{
        int r;

        while (pl_census_notice(census) == PL_CENSUS_E_MORE)
                ;
        while ((r = pl_census_scan(census, 64)) == PL_CENSUS_E_MORE)
                ;
        assert_int_equal(r, 0);
}

static inline void census_scan_all(struct pl_census *census)
{
        pl_census_begin(census);
        census_settle(census);
}
