/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* daemon_tree - what the benchmarks of plimsolld look at: a tree of as many workloads as are asked for, in /dev/shm where
 * there is one.
 *
 * Each workload has the files that plimsolld reads and no others, as Linux 6.12 printed them, and this process in it. Fifty
 * lie in a slice; or, to be under the profiles that are shipped, a fifth of them in the slice of each. A file there is
 * cheaper to read than one of cgroupfs, which the kernel has to print first: the real share of ours is smaller.
 */

#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/file.h"

enum {
        DAEMON_LARGEST = 10000,
        DAEMON_TO_A_SLICE = 50,
        DAEMON_PATH_MAX = 64,
};

struct daemon_tree {
        char path[DAEMON_PATH_MAX];
        int fd;
        unsigned count;
        bool has_profiles;
};

static struct daemon_tree daemon_tree;

/* ---- the tree ---- */

static inline void daemon_make_directory(char path[DAEMON_PATH_MAX])
{
        (void) snprintf(path, DAEMON_PATH_MAX, "%s/plimsoll-bench-XXXXXX",
                        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        pl_assert(mkdtemp(path));
}

static inline int daemon_remove_one(const char *path, const struct stat *status, int kind,
                                    struct FTW *at)
{
        (void) status;
        (void) kind;
        (void) at;
        return remove(path);
}

static inline void daemon_remove_directory(char path[DAEMON_PATH_MAX])
{
        if (path[0] != '\0')
                (void) nftw(path, daemon_remove_one, 32, FTW_DEPTH | FTW_PHYS);
        path[0] = '\0';
}

static inline void daemon_put(int dir_fd, const char *name, struct pl_span text)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                        0600);

        pl_assert(fd >= 0);
        pl_assert(pl_fd_write_all(fd, text) == 0);
}

/* What is the same of everybody. */
static inline void daemon_copy_files(int to_fd)
{
        static const char *const names[] = {
                "cgroup.events",       "memory.current",  "memory.swap.current", "memory.events",
                "memory.events.local", "memory.pressure", "memory.stat",         "memory.high",
                "memory.max",          "memory.swap.max", "memory.min",          "memory.low",
                "memory.oom.group",
        };
        static char *texts[PL_ARRAY_LENGTH(names)];
        static size_t lengths[PL_ARRAY_LENGTH(names)];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                char path[512];

                (void) snprintf(path, sizeof path, FIXTURES "/cgroup/6.12/web.slice/api/%s",
                                names[i]);
                if (!texts[i]) /* kept until the end */
                        pl_assert(pl_fd_read_file(AT_FDCWD, path, PL_FILE_MAX, &texts[i],
                                                  &lengths[i]) == 0);
                daemon_put(to_fd, names[i], pl_span(texts[i], lengths[i]));
        }
}

/* Those of a slice have no process in it itself. */
static inline int daemon_make_cgroup(int dir_fd, const char *name, bool is_slice)
{
        char procs[32];
        int fd;

        pl_assert(mkdirat(dir_fd, name, 0700) == 0);
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(fd >= 0);
        (void) snprintf(procs, sizeof procs, "%d\n", (int) getpid());
        daemon_put(fd, "cgroup.procs", pl_span_of(is_slice ? "" : procs));
        daemon_copy_files(fd);
        return fd;
}

static inline int daemon_make_slice(unsigned number)
{
        static const char *const profiles[] = { "api", "batch", "cache", "database", "worker" };
        char name[64];

        if (daemon_tree.has_profiles)
                (void) snprintf(name, sizeof name, "plimsoll-%s.slice", profiles[number]);
        else
                (void) snprintf(name, sizeof name, "s%u.slice", number);
        return daemon_make_cgroup(daemon_tree.fd, name, true);
}

static inline void daemon_make_tree(unsigned count, bool has_profiles)
{
        const unsigned to_a_slice = has_profiles ? (count + 4) / 5 : DAEMON_TO_A_SLICE;
        char name[64];
        int slice_fd = -1;

        daemon_make_directory(daemon_tree.path);
        daemon_tree.fd = open(daemon_tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(daemon_tree.fd >= 0);
        daemon_tree.count = count;
        daemon_tree.has_profiles = has_profiles;
        for (unsigned i = 0; i < count; i++) {
                if (i % to_a_slice == 0) {
                        pl_cleanup_close(&slice_fd);
                        slice_fd = daemon_make_slice(i / to_a_slice);
                }
                (void) snprintf(name, sizeof name, "workload-%u.service", i);
                (void) close(daemon_make_cgroup(slice_fd, name, false));
        }
        pl_cleanup_close(&slice_fd);
}

static inline void daemon_remove_tree(void)
{
        if (daemon_tree.count == 0)
                return;
        (void) close(daemon_tree.fd);
        daemon_remove_directory(daemon_tree.path);
        daemon_tree.count = 0;
}

/* A directory for each, and some. */
static inline void daemon_need_fds(const char *program)
{
        const rlim_t fds = DAEMON_LARGEST + DAEMON_LARGEST / DAEMON_TO_A_SLICE + 1024;
        struct rlimit limit;

        pl_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
        if (limit.rlim_cur >= fds)
                return;
        limit.rlim_cur = fds;
        limit.rlim_max = PL_MAX(limit.rlim_max, fds); /* root may */
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
                fprintf(stderr, "%s: needs %lu open files, and may not\n→ ulimit -n %lu\n", program,
                        (unsigned long) fds, (unsigned long) fds);
                exit(EXIT_FAILURE);
        }
}
