/* SPDX-License-Identifier: Apache-2.0 */

/* What a calm scan costs: nobody comes or goes, and every workload's cgroup.events, hot figures, memory.stat and limits are
 * read; against a loop that reads the directories and opens, preads and closes the same files. A hundred, a thousand and ten
 * thousand workloads, fifty to a slice, are directories with files as Linux 6.12 printed them, in /dev/shm where there is
 * one. A file there is cheaper to read than one of cgroupfs, which the kernel has to print first: the real share of ours
 * is smaller.
 *
 * The system calls are counted by a parent that traces a child through one scan; where that is not permitted there is
 * no count. Memory is what the heap holds for the census, over the number of workloads.
 */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/sample.h"

enum { LARGEST = 10000, TO_A_SLICE = 50, TURNS = 21, BUDGET = 512, PAGE = 16 * 1024 };

static const char fixture[] = FIXTURES "/cgroup/6.12/web.slice/api";

/* What a scan reads of each. */
static const char *const scanned[] = {
        "cgroup.events",       "memory.current",  "memory.swap.current", "memory.events",
        "memory.events.local", "memory.pressure", "memory.stat",         "memory.high",
        "memory.max",          "memory.swap.max", "memory.min",          "memory.low",
};

static struct {
        char path[64];
        int root_fd;
        unsigned count;
        int fds[LARGEST]; /* the census', for the bare loop too */
        int slice_fds[LARGEST / TO_A_SLICE + 1];
        unsigned slice_count;
        char buffer[PL_FILE_MAX];
        uint64_t sum; /* of what was read, so that reading cannot be left out */
} tree;

static struct pl_census census;
static struct pl_sampler sampler;
static struct pl_cgroup_sample samples[LARGEST];
static struct bench bench;

/* ---- the tree ---- */

static void copy_files(int to_fd)
{
        DIR *directory = opendir(fixture);
        struct dirent *entry;

        pl_assert(directory);
        while ((entry = readdir(directory))) {
                _cleanup_free_ char *data = NULL;
                _cleanup_close_ int fd = -1;
                size_t length;

                if (entry->d_type != DT_REG)
                        continue;
                pl_assert(pl_fd_read_file(dirfd(directory), entry->d_name, 1 << 20, &data,
                                          &length) == 0);
                fd = openat(to_fd, entry->d_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
                pl_assert(fd >= 0);
                pl_assert(pl_fd_write_all(fd, pl_span(data, length)) == 0);
        }
        (void) closedir(directory);
}

static int make(int dir_fd, const char *name)
{
        int fd;

        pl_assert(mkdirat(dir_fd, name, 0700) == 0);
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(fd >= 0);
        copy_files(fd);
        return fd;
}

static void make_tree(unsigned count)
{
        char name[64];
        int slice_fd = -1;

        (void) snprintf(tree.path, sizeof tree.path, "%s/plimsoll-bench-XXXXXX",
                        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        pl_assert(mkdtemp(tree.path));
        tree.root_fd = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(tree.root_fd >= 0);
        tree.count = count;
        for (unsigned i = 0; i < count; i++) {
                if (i % TO_A_SLICE == 0) {
                        if (slice_fd >= 0)
                                (void) close(slice_fd);
                        (void) snprintf(name, sizeof name, "s%u.slice", i / TO_A_SLICE);
                        slice_fd = make(tree.root_fd, name);
                }
                (void) snprintf(name, sizeof name, "workload-%u.service", i);
                (void) close(make(slice_fd, name));
        }
        (void) close(slice_fd);
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
        if (tree.count == 0)
                return;
        (void) close(tree.root_fd);
        (void) nftw(tree.path, remove_one, 32, FTW_DEPTH | FTW_PHYS);
        tree.count = 0;
}

/* ---- the scans ---- */

static void scan_ours(void *userdata)
{
        struct pl_sample_request request = { PL_SAMPLE_HOT | PL_SAMPLE_SLOW, true, 1 };

        (void) userdata;
        pl_census_begin(&census);
        while (pl_census_scan(&census, BUDGET) == PL_CENSUS_E_MORE)
                ;
        pl_sample_begin(&sampler);
        for (uint32_t i = pl_census_next(&census, 1), n = 0; i != PL_CENSUS_NONE;
             i = pl_census_next(&census, i + 1)) {
                if (!pl_census_is_workload(pl_census_at(&census, i)))
                        continue;
                pl_assert(pl_sample_known(&sampler, &census, i, request, &samples[n]) == 0);
                tree.sum += samples[n++].current_bytes;
        }
}

static void list_bare(int fd)
{
        ssize_t length;

        pl_assert(lseek(fd, 0, SEEK_SET) == 0);
        while ((length = getdents64(fd, tree.buffer, PAGE)) > 0)
                tree.sum += (uint64_t) length;
}

static void read_bare(int cgroup_fd, const char *name)
{
        _cleanup_close_ int fd = openat(cgroup_fd, name, O_RDONLY | O_CLOEXEC);
        ssize_t length = pread(fd, tree.buffer, sizeof tree.buffer, 0);

        pl_assert(length > 0);
        tree.sum += (uint64_t) length;
}

static void scan_bare(void *userdata)
{
        (void) userdata;
        for (unsigned i = 0; i < tree.slice_count; i++)
                list_bare(tree.slice_fds[i]);
        for (unsigned i = 0; i < tree.count; i++)
                for (size_t j = 0; j < PL_ARRAY_LENGTH(scanned); j++)
                        read_bare(tree.fds[i], scanned[j]);
}

/* ---- system calls ---- */

/* The child: one scan, stopped before and behind it. */
static _Noreturn void be_traced(bench_pass pass)
{
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
                _exit(1);
        (void) raise(SIGSTOP);
        pass(NULL);
        _exit(0);
}

/* Stops come in pairs, before a call and behind it; the last one, exit_group, has no second. */
static uint64_t count_calls(bench_pass pass)
{
        uint64_t stops = 0;
        int status;
        pid_t child = fork();

        if (child == 0)
                be_traced(pass);
        if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
                return 0;
        (void) ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD);
        while (ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0 &&
               waitpid(child, &status, 0) == child && WIFSTOPPED(status))
                stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
        return stops / 2;
}

static void print_calls(void)
{
        uint64_t ours = count_calls(scan_ours), bare = count_calls(scan_bare);

        if (ours > 0 && bare > 0)
                printf("census-scan %.2f system calls a workload, bare %.2f, of %u\n",
                       (double) ours / tree.count, (double) bare / tree.count, tree.count);
}

/* ---- one size ---- */

static void borrow_fds(void)
{
        unsigned count = 0;

        tree.slice_count = 0;
        for (uint32_t i = pl_census_next(&census, 0); i != PL_CENSUS_NONE;
             i = pl_census_next(&census, i + 1)) {
                const struct pl_census_entry *entry = pl_census_at(&census, i);

                pl_assert(entry->fd >= 0);
                if (pl_census_is_workload(entry))
                        tree.fds[count++] = entry->fd;
                else
                        tree.slice_fds[tree.slice_count++] = entry->fd;
        }
        pl_assert(count == tree.count);
}

static void run(unsigned count)
{
        const struct pl_census_options options = { .fds_max = 2 * LARGEST };
        struct pl_roots roots = { .proc_fd = -1, .sys_fd = -1, .dev_fd = -1 };
        struct pl_census_event event;
        size_t before;

        make_tree(count);
        roots.cgroup_fd = tree.root_fd;
        before = mallinfo2().uordblks + mallinfo2().hblkhd;
        pl_assert(pl_census_open(&census, &roots, &options) == 0);
        pl_sampler_init(&sampler, &roots, true);
        scan_ours(NULL);
        while (pl_census_next_event(&census, &event) == 0)
                ;
        borrow_fds();
        printf("census-memory %.0f bytes a workload of %u, and %zu of the census itself\n",
               (double) (mallinfo2().uordblks + mallinfo2().hblkhd - before) / count, count,
               sizeof census);

        bench_run(&bench, scan_ours, scan_bare, NULL, count);
        if (count <= 1000)
                print_calls();
        pl_sampler_done(&sampler);
        pl_census_close(&census);
        remove_tree();
}

static void need_fds(void)
{
        const rlim_t fds = LARGEST + LARGEST / TO_A_SLICE + 64;
        struct rlimit limit;

        pl_assert(getrlimit(RLIMIT_NOFILE, &limit) == 0);
        if (limit.rlim_cur >= fds)
                return;
        limit.rlim_cur = fds;
        limit.rlim_max = PL_MAX(limit.rlim_max, fds); /* root may */
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
                fprintf(stderr, "census: needs %lu open files, and may not\n→ ulimit -n %lu\n",
                        (unsigned long) fds, (unsigned long) fds);
                exit(EXIT_FAILURE);
        }
}

int main(int argc, char **argv)
{
        need_fds();
        pl_assert(atexit(remove_tree) == 0);
        bench.turns = bench_turns(argc, argv, TURNS);
        bench.name = "census-scan";
        bench.aim = "1.25";
        run(100);
        run(1000);
        if (bench.turns == TURNS)
                run(LARGEST);
        return tree.sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
