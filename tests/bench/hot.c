/* SPDX-License-Identifier: Apache-2.0 */

/* What reading the memory controller costs beyond its system calls.
 *
 * hot-read: the figures of every tick from files kept open, against a loop that only preads the same files. slow-scan: what
 * a scan reads of a workload, opened and closed each time, against a loop that only opens, preads and closes the same
 * files. A thousand cgroups are a thousand directories with files as Linux 6.12 printed them, in /dev/shm where there is
 * one. A file there is cheaper to read than one of cgroupfs, which the kernel has to print first: the real share of ours is
 * smaller.
 */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/psi.h"

enum { CGROUPS = 1000, FDS = 5 * CGROUPS + 64, TURNS = 51 };

static const char fixture[] = FIXTURES "/cgroup/6.12/web.slice/api";

/* What a scan looks at, beside the limits. */
static const char *const scanned[] = {
        "memory.current", "memory.peak", "memory.swap.current",
        "memory.events",  "memory.stat", "memory.pressure",
};

struct tree {
        char path[64];
        int cgroup_fds[CGROUPS];
        struct pl_memcg_hot hot[CGROUPS];
        struct pl_file_buffer buffer;
        uint64_t sum; /* of what was read, so that reading cannot be left out */
};

static struct tree tree;
static struct bench bench;

static void copy_file(int from_fd, int to_fd, const char *name)
{
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -1;
        size_t length;

        pl_assert(pl_fd_read_file(from_fd, name, 1024 * 1024, &data, &length) == 0);
        fd = openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        pl_assert(fd >= 0);
        pl_assert(pl_fd_write_all(fd, pl_span(data, length)) == 0);
}

/* Every file of the fixture, as one directory of the tree. */
static void make_cgroup(int root_fd, unsigned number, int *ret_fd)
{
        DIR *directory = opendir(fixture);
        struct dirent *entry;
        char name[32];

        pl_assert(directory);
        (void) snprintf(name, sizeof name, "workload-%u", number);
        pl_assert(mkdirat(root_fd, name, 0700) == 0);
        *ret_fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(*ret_fd >= 0);
        while ((entry = readdir(directory)))
                if (entry->d_type == DT_REG)
                        copy_file(dirfd(directory), *ret_fd, entry->d_name);
        (void) closedir(directory);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
        (void) status;
        (void) kind;
        (void) at;
        return remove(path);
}

static void remove_tree(void)
{
        (void) nftw(tree.path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

static void make_tree(void)
{
        const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        _cleanup_close_ int root_fd = -1;

        (void) snprintf(tree.path, sizeof tree.path, "%s/plimsoll-bench-XXXXXX", where);
        pl_assert(mkdtemp(tree.path));
        pl_assert(atexit(remove_tree) == 0);
        root_fd = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(root_fd >= 0);
        for (unsigned i = 0; i < CGROUPS; i++) {
                make_cgroup(root_fd, i, &tree.cgroup_fds[i]);
                pl_assert(pl_memcg_hot_open(tree.cgroup_fds[i], &tree.hot[i]) == 0);
        }
}

static void hot_ours(void *userdata)
{
        (void) userdata;
        for (size_t i = 0; i < CGROUPS; i++) {
                struct pl_memcg_hot_figures figures;

                pl_assert(pl_memcg_hot_read(&tree.hot[i], &tree.buffer, &figures) == 0);
                tree.sum += figures.current_bytes;
        }
}

static void pread_only(int fd)
{
        ssize_t length = pread(fd, tree.buffer.data, sizeof tree.buffer.data, 0);

        pl_assert(length > 0);
        tree.sum += (uint64_t) length;
}

static void hot_bare(void *userdata)
{
        (void) userdata;
        for (size_t i = 0; i < CGROUPS; i++) {
                pread_only(tree.hot[i].current_fd);
                pread_only(tree.hot[i].swap_current_fd);
                pread_only(tree.hot[i].events_fd);
                pread_only(tree.hot[i].pressure_fd);
        }
}

static void scan_one(int fd)
{
        struct pl_memcg_events events;
        struct pl_memcg_stat stat;
        struct pl_limits limits;
        struct pl_psi psi;
        uint64_t current, peak, swap;

        pl_assert(pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, &tree.buffer, &current) == 0);
        pl_assert(pl_memcg_read_figure(fd, PL_MEMCG_PEAK, &tree.buffer, &peak) == 0);
        pl_assert(pl_memcg_read_figure(fd, PL_MEMCG_SWAP_CURRENT, &tree.buffer, &swap) == 0);
        pl_assert(pl_memcg_read_events(fd, &tree.buffer, &events) == 0);
        pl_assert(pl_memcg_read_stat(fd, &tree.buffer, &stat) == 0);
        pl_assert(pl_psi_read(fd, "memory.pressure", &tree.buffer, &psi) == 0);
        pl_assert(pl_memcg_read_limits(fd, &tree.buffer, &limits) == 0);
        tree.sum += current + stat.anon_bytes + limits.set;
}

static void scan_ours(void *userdata)
{
        (void) userdata;
        for (size_t i = 0; i < CGROUPS; i++)
                scan_one(tree.cgroup_fds[i]);
}

/* A file that is not there costs the same failed open in both. */
static void open_pread_close(int cgroup_fd, const char *name)
{
        _cleanup_close_ int fd = openat(cgroup_fd, name, O_RDONLY | O_CLOEXEC);

        if (fd >= 0)
                pread_only(fd);
}

static void scan_bare(void *userdata)
{
        (void) userdata;
        for (size_t i = 0; i < CGROUPS; i++) {
                for (size_t j = 0; j < PL_ARRAY_LENGTH(scanned); j++)
                        open_pread_close(tree.cgroup_fds[i], scanned[j]);
                for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++)
                        open_pread_close(tree.cgroup_fds[i], pl_limit_file(limit));
        }
}

static void need_fds(void)
{
        struct rlimit limit;

        pl_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
        if (limit.rlim_cur >= FDS)
                return;
        limit.rlim_cur = FDS;
        if (limit.rlim_max < FDS)
                limit.rlim_max = FDS; /* root may */
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
                fprintf(stderr, "hot: needs %d open files, and may not\n→ ulimit -n %d\n", FDS,
                        FDS);
                exit(EXIT_FAILURE);
        }
}

int main(int argc, char **argv)
{
        need_fds();
        make_tree();

        bench.turns = bench_turns(argc, argv, TURNS);
        bench.name = "hot-read";
        bench.aim = "1.25";
        bench_run(&bench, hot_ours, hot_bare, NULL, CGROUPS);
        bench.name = "slow-scan";
        bench_run(&bench, scan_ours, scan_bare, NULL, CGROUPS);
        return tree.sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
