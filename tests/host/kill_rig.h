/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Workloads of real processes, children of the test, in trees that stand in for cgroupfs and /proc; and a killer over them.
 *
 * What is done by the kernel alone is the rig's: cgroup.kill, attributes, reclaim, taking memory. Signals are real, to whom the
 * rig has made and to nobody else. The trees say what the kernel would when the test says so: rig_bury() takes out who is
 * dead.
 */

#include "host/kill_internal.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "cgroups.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/memcg.h"

enum { RIG_PROCESSES = 64, RIG_ATTRIBUTES = 8, DEADLINE_MSEC = 60 * 1000 };

static struct test_tree tree, proc;
static struct pl_killer *killer;
static struct pl_outcome outcome;
static uint64_t now_usec;
static int fds_before;

/* ---- processes ---- */

struct rig_process {
        pid_t pid; /* 0: none */
        char path[32];
        bool is_away; /* it has left: it is in no list, but its directory of /proc says where it is */
};

static struct {
        struct rig_process processes[RIG_PROCESSES];
        uint32_t process_count;
        /* What the kernel answers. */
        int kill_outcome, signal_outcome, mrelease_outcome, reclaim_outcome;
        bool kill_says_done; /* and kills nobody */
        int attribute_error;
        uint32_t kills, signals;
        atomic_int mreleases, reclaims;
        void (*before_signal)(pid_t pid); /* called once */
        void (*in_reclaim)(void);
        struct {
                char name[32], value[32];
        } attributes[RIG_ATTRIBUTES];
} rig;

static inline struct rig_process *rig_find(pid_t pid)
{
        for (uint32_t i = 0; i < rig.process_count; i++)
                if (rig.processes[i].pid == pid)
                        return &rig.processes[i];
        return NULL;
}

static inline void rig_write(pid_t pid, const char *file, const char *text)
{
        char path[64];

        (void) snprintf(path, sizeof path, "%d/%s", pid, file);
        test_tree_put(&proc, path, text);
}

/* A cgroup of these figures, in bytes. */
static inline void rig_use(const char *path, uint64_t current_bytes, uint64_t swap_bytes)
{
        char text[32];

        (void) snprintf(text, sizeof text, "%llu\n", (unsigned long long) current_bytes);
        cgroup_put(&tree, path, "memory.current", text);
        (void) snprintf(text, sizeof text, "%llu\n", (unsigned long long) swap_bytes);
        cgroup_put(&tree, path, "memory.swap.current", text);
}

static inline void rig_cgroup(const char *path)
{
        cgroup_make(&tree, path);
        cgroup_put(&tree, path, "cgroup.events", "populated 0\nfrozen 0\n");
        cgroup_put(&tree, path, "cgroup.freeze", "0\n");
        rig_use(path, 64 * PL_MIB, 16 * PL_MIB);
}

/* Who is in a cgroup, as its files say it; those above it are populated as well. */
static inline void rig_list(const char *path)
{
        char pids[1024] = "", name[32];
        bool is_populated = false;
        size_t length = strlen(path);

        for (uint32_t i = 0; i < rig.process_count; i++) {
                const struct rig_process *process = &rig.processes[i];

                if (process->pid == 0 || process->is_away ||
                    strncmp(process->path, path, length) != 0 ||
                    (process->path[length] != '\0' && process->path[length] != '/'))
                        continue;
                is_populated = true;
                if (process->path[length] == '\0')
                        (void) snprintf(pids + strlen(pids), sizeof pids - strlen(pids), "%d\n",
                                        process->pid);
        }
        cgroup_put(&tree, path, "cgroup.procs", pids);
        (void) snprintf(name, sizeof name, "populated %d\nfrozen 0\n", is_populated);
        cgroup_put(&tree, path, "cgroup.events", name);
}

static inline void rig_say_where(pid_t pid, const char *path)
{
        char text[64];

        (void) snprintf(text, sizeof text, "0::/%s\n", path);
        rig_write(pid, "cgroup", text);
}

struct rig_size {
        uint64_t start_ticks, rss_kib, swap_kib;
        int score_adj;
};

static inline void rig_describe(pid_t pid, struct rig_size size)
{
        char text[512];

        (void) snprintf(text, sizeof text,
                        "%d (x) y) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %llu 4096 10 99\n", pid,
                        (unsigned long long) size.start_ticks);
        rig_write(pid, "stat", text);
        (void) snprintf(text, sizeof text,
                        "Name:\tx\nTgid:\t%d\nUid:\t0\t0\t0\t0\nVmRSS:\t%llu kB\nVmSwap:\t%llu kB\n"
                        "Threads:\t1\nCapEff:\t0000000000000000\n",
                        pid, (unsigned long long) size.rss_kib, (unsigned long long) size.swap_kib);
        rig_write(pid, "status", text);
        (void) snprintf(text, sizeof text, "%d\n", size.score_adj);
        rig_write(pid, "oom_score_adj", text);
}

static inline pid_t rig_fork(void)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid > 0)
                return pid;
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        for (;;)
                (void) pause();
}

static inline pid_t rig_process(const char *path, struct rig_size size)
{
        pid_t pid = rig_fork();
        char name[16];

        assert_true(rig.process_count < RIG_PROCESSES);
        rig.processes[rig.process_count] = (struct rig_process){ .pid = pid };
        (void) snprintf(rig.processes[rig.process_count++].path, 32, "%s", path);
        (void) snprintf(name, sizeof name, "%d", pid);
        test_tree_mkdir(&proc, name);
        rig_say_where(pid, path);
        rig_describe(pid, size);
        rig_list(path);
        return pid;
}

static inline bool rig_is_alive(pid_t pid)
{
        siginfo_t info = {};

        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
        return info.si_pid == 0;
}

/* Who was sent something deadly is waited for. */
static inline void rig_await_death(pid_t pid)
{
        siginfo_t info = {};

        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
}

/* The dead are reaped, and leave the trees. */
static inline void rig_bury(void)
{
        for (uint32_t i = 0; i < rig.process_count; i++) {
                struct rig_process *process = &rig.processes[i];
                char name[64];

                if (process->pid == 0 || waitpid(process->pid, NULL, WNOHANG) != process->pid)
                        continue;
                static const char *const files[] = { "stat", "status", "oom_score_adj", "cgroup" };
                for (size_t k = 0; k < PL_ARRAY_LENGTH(files); k++) {
                        (void) snprintf(name, sizeof name, "%d/%s", process->pid, files[k]);
                        (void) unlinkat(proc.fd, name, 0);
                }
                (void) snprintf(name, sizeof name, "%d", process->pid);
                assert_int_equal(unlinkat(proc.fd, name, AT_REMOVEDIR), 0);
                process->pid = 0;
                rig_list(process->path);
        }
}

/* ---- what stands in for the kernel ---- */

int __real_pl_cgroup_kill(int cgroup_fd);
int __wrap_pl_cgroup_kill(int cgroup_fd);
int __real_pl_pidfd_signal(const struct pl_pidfd *pidfd, int signal);
int __wrap_pl_pidfd_signal(const struct pl_pidfd *pidfd, int signal);
int __wrap_pl_pidfd_mrelease(const struct pl_pidfd *pidfd);
int __wrap_pl_memcg_reclaim(int cgroup_fd, struct pl_memcg_reclaim reclaim);
ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size);
int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int __wrap_fremovexattr(int fd, const char *name);

static inline int answer(int result)
{
        static const int errors[] = { [PL_FILE_E_ABSENT] = ENOENT,
                                      [PL_FILE_E_GONE] = ENODEV,
                                      [PL_FILE_E_OFF] = EOPNOTSUPP,
                                      [PL_FILE_E_DENIED] = EPERM,
                                      [PL_FILE_E_AGAIN] = EAGAIN };

        if (result > 0 && result < (int) PL_ARRAY_LENGTH(errors))
                errno = errors[result];
        return result;
}

/* Everybody whom its file lists, and nobody else. */
int __wrap_pl_cgroup_kill(int cgroup_fd)
{
        static struct pl_file_buffer buffer;
        pid_t pids[RIG_PROCESSES];
        size_t count = 0, foreign;

        rig.kills++;
        if (rig.kill_outcome != 0 || rig.kill_says_done)
                return answer(rig.kill_outcome);
        if (pl_cgroup_read_procs(cgroup_fd, &buffer, pids, RIG_PROCESSES, &count, &foreign) != 0)
                return 0;
        for (size_t i = 0; i < count; i++) {
                assert_non_null(rig_find(pids[i]));
                assert_int_equal(kill(pids[i], SIGKILL), 0);
        }
        return 0;
}

int __wrap_pl_pidfd_signal(const struct pl_pidfd *pidfd, int signal)
{
        assert_non_null(rig_find(pidfd->pid));
        rig.signals++;
        if (rig.before_signal)
                PL_TAKE_PTR(rig.before_signal)(pidfd->pid);
        return rig.signal_outcome != 0 ? answer(rig.signal_outcome)
                                       : __real_pl_pidfd_signal(pidfd, signal);
}

/* By a thread, where cmocka's words are not for. */
int __wrap_pl_pidfd_mrelease(const struct pl_pidfd *pidfd)
{
        pl_assert(pidfd->pid > 1);
        atomic_fetch_add(&rig.mreleases, 1);
        return rig.mrelease_outcome;
}

int __wrap_pl_memcg_reclaim(int cgroup_fd, struct pl_memcg_reclaim reclaim)
{
        pl_assert(cgroup_fd >= 0 && reclaim.bytes > 0);
        if (rig.in_reclaim)
                rig.in_reclaim();
        atomic_fetch_add(&rig.reclaims, 1);
        return rig.reclaim_outcome == -EINTR ? (errno = EINTR, PL_FILE_E_AGAIN)
                                             : answer(rig.reclaim_outcome);
}

/* One set for all cgroups: a test has one that is marked. */
static inline char *rig_attribute(const char *name, bool make)
{
        for (size_t i = 0; i < RIG_ATTRIBUTES; i++) {
                if (strcmp(rig.attributes[i].name, name) == 0)
                        return rig.attributes[i].value;
                if (make && rig.attributes[i].name[0] == '\0') {
                        (void) snprintf(rig.attributes[i].name, 32, "%s", name);
                        return rig.attributes[i].value;
                }
        }
        return NULL;
}

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size)
{
        const char *found = rig_attribute(name, false);

        (void) fd;
        if (!found || found[0] == '\0') {
                errno = ENODATA;
                return -1;
        }
        if (size < strlen(found)) {
                errno = ERANGE;
                return -1;
        }
        memcpy(value, found, strlen(found));
        return (ssize_t) strlen(found);
}

int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
        char *place = rig_attribute(name, true);

        (void) fd;
        (void) flags;
        assert_non_null(place);
        assert_true(size > 0 && size < 32);
        if (rig.attribute_error != 0) {
                errno = rig.attribute_error;
                return -1;
        }
        (void) snprintf(place, 32, "%.*s", (int) size, (const char *) value);
        return 0;
}

int __wrap_fremovexattr(int fd, const char *name)
{
        char *place = rig_attribute(name, false);

        (void) fd;
        if (place)
                place[0] = '\0';
        return 0;
}

static inline const char *rig_value(const char *name)
{
        const char *value = rig_attribute(name, false);

        return value ? value : "";
}

/* ---- acts ---- */

static inline struct pl_kill_request request_of(const char *path, enum pl_measure measure, int *fd)
{
        *fd = openat(tree.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(*fd >= 0);
        return (struct pl_kill_request){ .decision = 77,
                                         .id = cgroup_id(&tree, path),
                                         .cgroup_fd = *fd,
                                         .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED,
                                         .measure = measure,
                                         .deadline_usec = now_usec + PL_USEC_PER_SEC,
                                         .amount_bytes = PL_MIB,
                                         .swappiness = PL_MEMCG_SWAPPINESS_DEFAULT,
                                         .signal = SIGTERM };
}

static inline void begin_with(const char *path, enum pl_measure measure, uint32_t flags)
{
        int fd;
        struct pl_kill_request request = request_of(path, measure, &fd);

        request.flags |= flags;
        assert_int_equal(pl_killer_begin(killer, &request, now_usec), 0);
        (void) close(fd);
}

static inline void step(uint64_t passed_usec)
{
        now_usec += passed_usec;
        for (int i = 0; pl_killer_step(killer, now_usec, 1000) == PL_KILLER_E_MORE; i++)
                assert_true(i < 1000);
}

static inline void assert_nothing_to_take(void)
{
        assert_false(pl_killer_take(killer, &outcome));
}

/* The outcome is there. */
static inline void assert_taken(enum pl_measure measure, enum pl_result result, int error)
{
        assert_true(pl_killer_take(killer, &outcome));
        assert_int_equal(outcome.decision, 77);
        assert_int_equal(outcome.measure, measure);
        assert_int_equal(outcome.result, result);
        assert_int_equal(outcome.error, error);
        assert_int_equal(outcome.ended_usec, now_usec);
}

static inline int rig_set_up(void **state)
{
        (void) state;
        fds_before = test_open_fds();
        memset(&rig, 0, sizeof rig);
        now_usec = 1000 * PL_USEC_PER_SEC;
        cgroups_make(&tree);
        test_tree_make(&proc);
        cgroup_put(&tree, ".", "cgroup.procs", "");
        rig_cgroup("own");
        rig_cgroup("init");
        rig_cgroup("a");
        test_tree_mkdir(&proc, "1");
        rig_say_where(1, "init");
        char name[16];
        (void) snprintf(name, sizeof name, "%d", getpid());
        test_tree_mkdir(&proc, name);
        rig_say_where(getpid(), "own");
        assert_int_equal(
                pl_killer_new(&(struct pl_roots){ .cgroup_fd = tree.fd, .proc_fd = proc.fd },
                              &(struct pl_killer_options){}, &killer),
                0);
        return 0;
}

static inline int rig_tear_down(void **state)
{
        (void) state;
        pl_killer_free(PL_TAKE_PTR(killer), PL_USEC_PER_MINUTE);
        for (uint32_t i = 0; i < rig.process_count; i++)
                if (rig.processes[i].pid > 0) {
                        (void) kill(rig.processes[i].pid, SIGKILL);
                        (void) waitpid(rig.processes[i].pid, NULL, 0);
                }
        test_tree_remove(&tree);
        test_tree_remove(&proc);
        return test_open_fds() == fds_before ? 0 : -1;
}

#define RIG_TEST(function) cmocka_unit_test_setup_teardown(function, rig_set_up, rig_tear_down)
