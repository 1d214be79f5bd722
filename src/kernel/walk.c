/* SPDX-License-Identifier: Apache-2.0 */

/* The shape of a cgroup tree is chosen by whoever may make cgroups in it, and a container with a delegated subtree may.
 * So the walk keeps its own stack, of a fixed depth, and stops at a fixed number of cgroups; what it leaves out it counts.
 *
 * Names come from getdents64() into a page for each level, not from readdir(), whose opendir() allocates. Each level's
 * directory stays open, so its own descriptor leads to the children and no path is ever looked up a second time: a
 * cgroup that is removed and made anew under the same path is another directory, and is not entered by mistake.
 */

#include "plimsoll/kernel/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

int pl_cgroup_walk_init(struct pl_cgroup_walk *walk, int root_fd,
                        struct pl_cgroup_walk_bounds bounds)
{
        struct stat status;

        pl_assert(walk);
        pl_assert(root_fd >= 0);
        pl_assert(bounds.depth_max > 0 && bounds.depth_max <= PL_CGROUP_DEPTH_MAX);
        pl_assert(bounds.count_max > 0);

        if (fstat(root_fd, &status) < 0)
                return -errno;
        /* The fd's position belongs to whoever opened it, and may stand at the end after a walk before this one. */
        if (lseek(root_fd, 0, SEEK_SET) < 0)
                return -errno;

        /* Field by field: a compound literal would clear a quarter of a megabyte of names. */
        walk->bounds = bounds;
        walk->device = status.st_dev;
        walk->depth = 0;
        walk->descend = false;
        walk->visited_count = walk->unvisited_count = 0;
        walk->path[0] = '\0';
        walk->fds[0] = root_fd;
        walk->levels[0].path_length = 0;
        walk->levels[0].filled = walk->levels[0].used = 0;
        walk->levels[0].ended = false;
        for (uint32_t i = 1; i <= PL_MIN(bounds.depth_max + 1, (uint32_t) PL_CGROUP_DEPTH_MAX); i++)
                walk->fds[i] = -1;
        return 0;
}

/* The cgroup visited last is open at the level below the one that is being listed. */
static void close_visited(struct pl_cgroup_walk *walk)
{
        if (walk->depth == PL_CGROUP_DEPTH_MAX)
                return;
        pl_cleanup_close(&walk->fds[walk->depth + 1]);
        walk->fds[walk->depth + 1] = -1;
}

void pl_cgroup_walk_done(struct pl_cgroup_walk *walk)
{
        pl_assert(walk);

        close_visited(walk);
        while (walk->depth > 0) {
                walk->depth--;
                close_visited(walk);
        }
        walk->levels[0].ended = true;
        walk->levels[0].filled = walk->levels[0].used = 0;
        walk->descend = false;
}

void pl_cgroup_walk_skip_below(struct pl_cgroup_walk *walk)
{
        pl_assert(walk);

        walk->descend = false;
}

/* Fills a level's page of names. A directory that was removed meanwhile has no more children, which is ordinary. */
static int fill_names(struct pl_cgroup_level *level, int fd)
{
        ssize_t filled = getdents64(fd, level->names, sizeof level->names);
        int r = filled < 0 ? pl_file_outcome(errno) : 0;

        level->used = 0;
        level->filled = filled > 0 ? (uint32_t) filled : 0;
        level->ended = filled <= 0;
        return r == PL_FILE_E_ABSENT || r == PL_FILE_E_GONE ? 0 : r;
}

/* The next name of a level that may be a directory; NULL at its end. */
static int next_name(struct pl_cgroup_level *level, int fd, const char **ret_name)
{
        for (;;) {
                const struct dirent64 *entry;

                if (level->used == level->filled) {
                        int r = level->ended ? 0 : fill_names(level, fd);

                        if (r != 0 || level->ended) {
                                *ret_name = NULL;
                                return r;
                        }
                        continue;
                }
                entry = (const struct dirent64 *) (const void *) (level->names + level->used);
                level->used += entry->d_reclen;
                if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
                    strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
                        *ret_name = entry->d_name;
                        return 0;
                }
        }
}

/* Appends a name to the path of the level that is being listed; false when it does not fit. */
static bool set_path(struct pl_cgroup_walk *walk, const char *name, uint32_t *ret_length)
{
        uint32_t start = walk->levels[walk->depth].path_length;
        int length = snprintf(walk->path + start, sizeof walk->path - start, "%s%s",
                              start > 0 ? "/" : "", name);

        pl_assert(length >= 0);

        *ret_length = start + (uint32_t) length;
        return *ret_length < sizeof walk->path;
}

/* Opens a child and fills the visit. ABSENT when it is not one to be visited: gone, not a directory, a foreign mount, or
 * counted as left out. */
static int enter(struct pl_cgroup_walk *walk, const char *name, struct pl_cgroup_visit *visit)
{
        struct pl_cgroup_level *parent = &walk->levels[walk->depth];
        struct pl_cgroup_level *child = &walk->levels[walk->depth + 1];
        _cleanup_close_ int fd = -1;
        struct stat status;
        int r;

        if (!set_path(walk, name, &child->path_length)) {
                walk->unvisited_count++;
                return PL_FILE_E_ABSENT;
        }
        r = pl_file_open_directory(walk->fds[walk->depth], name, &fd);
        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return pl_file_outcome(errno);
        if (status.st_dev != walk->device)
                return PL_FILE_E_ABSENT;

        walk->fds[walk->depth + 1] = PL_TAKE_FD(fd);
        child->filled = child->used = 0;
        child->ended = false;
        *visit = (struct pl_cgroup_visit){
                .fd = walk->fds[walk->depth + 1],
                .id = status.st_ino,
                .depth = walk->depth + 1,
                .path = walk->path,
                .name = walk->path + parent->path_length + (parent->path_length > 0),
        };
        return 0;
}

int pl_cgroup_walk_next(struct pl_cgroup_walk *walk, struct pl_cgroup_visit *ret_visit)
{
        pl_assert(walk);
        pl_assert(ret_visit);

        if (walk->descend)
                walk->depth++;
        else
                close_visited(walk);
        walk->descend = false;

        /* Ends: every turn uses up a name or a level. */
        for (;;) {
                const char *name;
                int r = next_name(&walk->levels[walk->depth], walk->fds[walk->depth], &name);

                if (r != 0)
                        return r;
                if (!name && walk->depth == 0)
                        return PL_CGROUP_E_END;
                if (!name) {
                        walk->depth--;
                        close_visited(walk);
                        continue;
                }
                if (walk->depth == walk->bounds.depth_max ||
                    walk->visited_count == walk->bounds.count_max) {
                        walk->unvisited_count++;
                        continue;
                }
                r = enter(walk, name, ret_visit);
                if (r == PL_FILE_E_ABSENT || r == PL_FILE_E_GONE)
                        continue;
                if (r != 0)
                        return r;
                walk->visited_count++;
                walk->descend = true;
                return 0;
        }
}
