/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* enforce - what the benchmarks of keeping limits stand on: a board with an enforcer and its threads, without a loop, a mate or
 * systemd, over a tree of cgroups in /dev/shm or over a directory of cgroupfs, and processes that are files.
 *
 * A cgroup of the tree is made beside it and moved into it, so that it appears whole, as those of the kernel do. It has the
 * files that plimsolld reads or writes and no others.
 */

#include <poll.h>
#include <sys/mman.h>

#include "daemon/board_internal.h"
#include "daemon_tree.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

enum {
        ENFORCE_NAME_MAX = 32,
        /* A wait for the threads that takes longer is a defect. */
        ENFORCE_WAIT_MSEC = 60000,
};

/* The numbers are those of the policy below. */
static const struct {
        const char *name, *value;
} enforce_limits[] = {
        { "memory.high", "33554432\n" },     { "memory.max", "67108864\n" },
        { "memory.swap.max", "16777216\n" }, { "memory.low", "1048576\n" },
        { "memory.oom.group", "1\n" },
};

static const char enforce_policy_text[] =
        "// origin: bench.json\n"
        "{ \"profile\": \"bench\", \"match\": [ { \"path\": \"/bench-*\", \"owner\": \"any\" } ],\n"
        "  \"memory\": { \"max\": \"64MiB\", \"high\": \"32MiB\", \"low\": \"1MiB\",\n"
        "              \"swap_max\": \"16MiB\", \"oom_group\": true },\n"
        "  \"oom\": { \"score_adj\": 300 } }\n";

static struct {
        char path[DAEMON_PATH_MAX]; /* of all that is made here, but for cgroups of the kernel's */
        bool is_real;               /* the cgroups are */
        int tree_fd, beside_fd, proc_fd;
        struct pl_logbook logbook;
        struct pl_steps steps;
        struct pl_board board;
        struct pl_enforcer enforcer;
        struct pl_policy *policy;
} enforce_now;

/* ---- cgroups ---- */

static inline void enforce_name(unsigned number, char ret_name[ENFORCE_NAME_MAX])
{
        (void) snprintf(ret_name, ENFORCE_NAME_MAX, "bench-%u", number);
}

static inline void enforce_put_files(int dir_fd, const char *pids)
{
        static const struct {
                const char *name, *text;
        } files[] = {
                { "memory.current", "0\n" },
                { "memory.swap.current", "0\n" },
                { "memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n" },
                { "memory.events.local", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n" },
                { "memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
                                     "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
                { "memory.stat", "anon 0\nfile 0\ninactive_file 0\nactive_file 0\n" },
                { "memory.max", "max\n" },
                { "memory.high", "max\n" },
                { "memory.swap.max", "max\n" },
                { "memory.min", "0\n" },
                { "memory.low", "0\n" },
                { "memory.oom.group", "0\n" },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++)
                daemon_put(dir_fd, files[i].name, pl_span_of(files[i].text));
        daemon_put(dir_fd, "cgroup.procs", pl_span_of(pids));
        daemon_put(dir_fd, "cgroup.events",
                   pl_span_of(pids[0] ? "populated 1\nfrozen 0\n" : "populated 0\nfrozen 0\n"));
}

/* With these processes in it; one of the kernel's has none. */
static inline void enforce_make_cgroup(unsigned number, const char *pids)
{
        _cleanup_close_ int fd = -1;
        char name[ENFORCE_NAME_MAX];

        enforce_name(number, name);
        if (enforce_now.is_real) {
                pl_assert(mkdirat(enforce_now.tree_fd, name, 0755) == 0);
                return;
        }
        pl_assert(mkdirat(enforce_now.beside_fd, name, 0700) == 0);
        fd = openat(enforce_now.beside_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(fd >= 0);
        enforce_put_files(fd, pids);
        pl_assert(renameat(enforce_now.beside_fd, name, enforce_now.tree_fd, name) == 0);
}

static inline void enforce_remove_cgroup(unsigned number)
{
        char name[ENFORCE_NAME_MAX], path[DAEMON_PATH_MAX + 2 * ENFORCE_NAME_MAX];

        enforce_name(number, name);
        if (enforce_now.is_real) {
                pl_assert(unlinkat(enforce_now.tree_fd, name, AT_REMOVEDIR) == 0);
                return;
        }
        pl_assert(renameat(enforce_now.tree_fd, name, enforce_now.beside_fd, name) == 0);
        (void) snprintf(path, sizeof path, "%s/beside/%s", enforce_now.path, name);
        pl_assert(nftw(path, daemon_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* Has all limits of the policy. */
static inline void enforce_check_cgroup(unsigned number)
{
        char name[ENFORCE_NAME_MAX], text[64];
        _cleanup_close_ int fd = -1;

        enforce_name(number, name);
        fd = openat(enforce_now.tree_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(fd >= 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(enforce_limits); i++) {
                _cleanup_close_ int file_fd = openat(fd, enforce_limits[i].name,
                                                     O_RDONLY | O_CLOEXEC);
                ssize_t length = read(file_fd, text, sizeof text - 1);

                pl_assert(length > 0);
                text[length] = '\0';
                pl_assert(strcmp(text, enforce_limits[i].value) == 0);
        }
}

/* ---- processes ---- */

static inline void enforce_put_score(unsigned pid, const char *value)
{
        char path[ENFORCE_NAME_MAX];
        _cleanup_close_ int fd = -1;

        (void) snprintf(path, sizeof path, "%u/oom_score_adj", pid);
        fd = openat(enforce_now.proc_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        pl_assert(fd >= 0 && pl_fd_write_all(fd, pl_span_of(value)) == 0);
}

static inline void enforce_make_process(unsigned pid)
{
        char name[ENFORCE_NAME_MAX], text[128];
        _cleanup_close_ int fd = -1;

        (void) snprintf(name, sizeof name, "%u", pid);
        pl_assert(mkdirat(enforce_now.proc_fd, name, 0700) == 0);
        fd = openat(enforce_now.proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void) snprintf(text, sizeof text,
                        "%u (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 4096 10 99\n", pid);
        daemon_put(fd, "stat", pl_span_of(text));
        enforce_put_score(pid, "0\n");
}

/* ---- opening ---- */

static inline int enforce_make_below(const char *name)
{
        char path[DAEMON_PATH_MAX + ENFORCE_NAME_MAX];
        int fd;

        (void) snprintf(path, sizeof path, "%s/%s", enforce_now.path, name);
        pl_assert(mkdir(path, 0700) == 0);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(fd >= 0);
        return fd;
}

/* `cgroup_root` is a directory of cgroupfs that passes on the memory controller; NULL: a tree of files. */
static inline void enforce_make_roots(const char *cgroup_root)
{
        daemon_make_directory(enforce_now.path);
        enforce_now.is_real = cgroup_root;
        enforce_now.beside_fd = enforce_make_below("beside");
        enforce_now.proc_fd = enforce_make_below("proc");
        enforce_now.tree_fd = cgroup_root ? open(cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                          : enforce_make_below("tree");
        pl_assert(enforce_now.tree_fd >= 0);
}

static inline void enforce_take_policy(void)
{
        static const struct pl_host_facts host = { 16 * PL_GIB, 4 * PL_GIB };
        static struct pl_diag diag;
        const struct pl_load_options options = {};
        struct pl_policy_files files = {};
        _cleanup_close_ int fd = memfd_create("policy", MFD_CLOEXEC);

        pl_assert(pl_fd_write_all(fd, pl_span_of(enforce_policy_text)) == 0);
        pl_assert(lseek(fd, 0, SEEK_SET) == 0);
        pl_assert(pl_files_add_stream(&files, fd, &diag) == 0);
        pl_assert(pl_policy_parse(&files, &options, &diag, &enforce_now.policy) == 0);
        pl_files_done(&files);
        enforce_now.steps.policy++;
        pl_board_set_policy(&enforce_now.board, enforce_now.policy, &host);
        pl_assert(pl_enforce_set_policy(&enforce_now.enforcer, enforce_now.policy, &host) == 0);
}

static inline void enforce_open(uint64_t now_usec)
{
        const struct pl_roots roots = { enforce_now.tree_fd, enforce_now.proc_fd, -1, -1 };
        const struct pl_logbook_options book = {
                .directory = enforce_now.path,
                .version = "1",
                .file_bytes = PL_JOURNAL_BYTES_DEFAULT,
                .now_usec = now_usec,
                .realtime_usec = now_usec,
        };
        const struct pl_enforce_options lines = { .roots = roots,
                                                  .census = &enforce_now.board.census,
                                                  .logbook = &enforce_now.logbook };
        const struct pl_board_options board = { .roots = roots,
                                                .logbook = &enforce_now.logbook,
                                                .steps = &enforce_now.steps,
                                                .enforcer = &enforce_now.enforcer };

        pl_assert(pl_logbook_open(&enforce_now.logbook, &book) == 0);
        pl_assert(pl_enforcer_open(&enforce_now.enforcer, &lines, now_usec) == 0);
        pl_assert(pl_steps_init(&enforce_now.steps, &enforce_now.logbook) == 0);
        pl_assert(pl_board_open(&enforce_now.board, &board) == 0);
        enforce_take_policy();
}

static inline void enforce_close(void)
{
        pl_enforcer_close(&enforce_now.enforcer);
        pl_board_close(&enforce_now.board);
        pl_steps_done(&enforce_now.steps);
        pl_logbook_close(&enforce_now.logbook);
        pl_policy_free(enforce_now.policy);
        enforce_now.policy = NULL;
}

/* For atexit(), too: nothing is left behind. */
static inline void enforce_remove_roots(void)
{
        if (enforce_now.path[0] == '\0')
                return;
        pl_cleanup_close(&enforce_now.tree_fd);
        pl_cleanup_close(&enforce_now.beside_fd);
        pl_cleanup_close(&enforce_now.proc_fd);
        daemon_remove_directory(enforce_now.path);
}

/* ---- running ---- */

/* What the loop does when something wakes it. */
static inline void enforce_work(void)
{
        pl_enforce_take_reports(&enforce_now.enforcer, pl_clock_now_usec());
        while (pl_board_work(&enforce_now.board, pl_clock_now_usec()))
                pl_enforce_take_reports(&enforce_now.enforcer, pl_clock_now_usec());
}

/* Sleeps until there is news of cgroups or of the threads, or somebody is due. */
static inline void enforce_wait(void)
{
        struct pollfd polled[] = {
                { .fd = pl_board_fd(&enforce_now.board), .events = POLLIN },
                { .fd = pl_enforce_fd(&enforce_now.enforcer), .events = POLLIN },
        };
        uint64_t due_usec = pl_enforce_due_usec(&enforce_now.enforcer);
        uint64_t now_usec = pl_clock_now_usec();
        int msec = due_usec > now_usec + (uint64_t) ENFORCE_WAIT_MSEC * PL_USEC_PER_MSEC
                           ? ENFORCE_WAIT_MSEC
                   : due_usec > now_usec ? (int) ((due_usec - now_usec) / PL_USEC_PER_MSEC)
                                         : 0;

        pl_assert(poll(polled, PL_ARRAY_LENGTH(polled), msec) > 0 || msec < ENFORCE_WAIT_MSEC);
}

/* Until so many are looked after, and all their orders have come back. */
static inline void enforce_settle(unsigned count)
{
        enforce_work();
        while (enforce_now.enforcer.enforced.count != count ||
               !pl_enforce_is_settled(&enforce_now.enforcer, pl_clock_now_usec())) {
                enforce_wait();
                enforce_work();
        }
}

static inline void enforce_look(void)
{
        pl_assert(pl_board_begin(&enforce_now.board, pl_clock_now_usec()));
        enforce_work();
}
