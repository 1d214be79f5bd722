/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Workloads of processes in trees that stand in for cgroupfs and /proc, a log of originals, and an adjuster over them.
 *
 * Writing a value is what the kernel would make of it: the file is written whole, whoever has CAP_SYS_RESOURCE in effect moves
 * the floor of the process, and nobody else gets below it. So the capability is the rig's, too.
 */

#include "cgroups.h"
#include "noted.h"

#include "plimsoll/host/adjust.h"
#include "plimsoll/kernel/capability.h"
#include "plimsoll/kernel/process.h"

enum { RIG_CGROUP = 7, RIG_PIDS = 64 };

static struct test_tree tree, proc;
static struct pl_adjuster adjuster;
static struct pl_adjusted adjusted;
static int fds_before;

/* ---- what stands in for the kernel ---- */

static struct {
        bool is_permitted, is_in_effect, cannot_be_lowered;
        unsigned raised, pinned; /* pinned: by a raise with the capability in effect */
        int32_t floors[RIG_PIDS];
        unsigned opened, written;
        int log_outcome; /* of noting, instead of it */
        /* Between two calls of the adjuster. */
        void (*before_open)(pid_t pid);
        void (*before_write)(pid_t pid);
} rig;

int __real_pl_process_open(int proc_fd, pid_t pid, int *ret_dir_fd);
int __wrap_pl_process_open(int proc_fd, pid_t pid, int *ret_dir_fd);
int __wrap_pl_process_write_oom_score_adj(int dir_fd, int32_t score_adj);
int __wrap_pl_capability_lower(int capability, bool *ret_was);
int __wrap_pl_capability_raise(int capability);
int __real_pl_originals_note_value(struct pl_originals *originals,
                                   const struct pl_original_value *value);
int __wrap_pl_originals_note_value(struct pl_originals *originals,
                                   const struct pl_original_value *value);

int __wrap_pl_process_open(int proc_fd, pid_t pid, int *ret_dir_fd)
{
        rig.opened++;
        if (rig.before_open)
                rig.before_open(pid);
        return __real_pl_process_open(proc_fd, pid, ret_dir_fd);
}

int __wrap_pl_process_write_oom_score_adj(int dir_fd, int32_t score_adj)
{
        static struct pl_file_buffer buffer;
        struct test_tree directory = { .fd = dir_fd };
        struct pl_process_stat stat;
        char text[16];
        int32_t now;

        assert_int_equal(pl_process_read_stat(dir_fd, &buffer, &stat), 0);
        assert_true(stat.pid > 1 && stat.pid < RIG_PIDS && stat.pid != getpid());
        if (rig.before_write)
                rig.before_write(stat.pid);
        if (pl_process_read_oom_score_adj(dir_fd, &buffer, &now) != 0)
                return PL_FILE_E_GONE;
        if (score_adj < rig.floors[stat.pid] && !rig.is_in_effect)
                return PL_FILE_E_DENIED;
        rig.pinned += rig.is_in_effect && score_adj > now;
        if (rig.is_in_effect)
                rig.floors[stat.pid] = score_adj;
        (void) snprintf(text, sizeof text, "%d\n", score_adj);
        test_tree_put(&directory, "oom_score_adj", text);
        rig.written++;
        return 0;
}

int __wrap_pl_capability_lower(int capability, bool *ret_was)
{
        (void) capability;
        if (rig.cannot_be_lowered)
                return -EPERM;
        *ret_was = rig.is_in_effect;
        rig.is_in_effect = false;
        return 0;
}

int __wrap_pl_capability_raise(int capability)
{
        (void) capability;
        rig.raised++;
        if (!rig.is_permitted)
                return -EPERM;
        rig.is_in_effect = true;
        return 0;
}

int __wrap_pl_originals_note_value(struct pl_originals *originals,
                                   const struct pl_original_value *value)
{
        return rig.log_outcome != 0 ? rig.log_outcome
                                    : __real_pl_originals_note_value(originals, value);
}

/* ---- processes ---- */

struct rig_stat {
        pid_t parent; /* 0: 1 */
        char state;   /* 0: 'S' */
        uint32_t flags;
        unsigned threads; /* 0: 1 */
        uint64_t start;   /* 0: 100 and the pid */
};

static inline const char *rig_path(pid_t pid, const char *file)
{
        static char paths[4][64];
        static unsigned turn;
        char *path = paths[turn++ % 4];

        (void) snprintf(path, sizeof paths[0], "%d/%s", pid, file);
        return path;
}

static inline uint64_t rig_start_of(pid_t pid)
{
        return 100 + (uint64_t) pid;
}

static inline void rig_describe(pid_t pid, struct rig_stat stat)
{
        char text[256];

        (void) snprintf(text, sizeof text,
                        "%d (x) y) %c %d 1 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 %u 0 %llu 4096 10 99\n",
                        pid, stat.state ? stat.state : 'S', stat.parent ? stat.parent : 1,
                        stat.flags, stat.threads ? stat.threads : 1,
                        (unsigned long long) (stat.start ? stat.start : rig_start_of(pid)));
        test_tree_put(&proc, rig_path(pid, "stat"), text);
}

static inline void rig_say(pid_t pid, const char *text)
{
        test_tree_put(&proc, rig_path(pid, "oom_score_adj"), text);
}

static inline void rig_set_itself(pid_t pid, int32_t score_adj)
{
        char text[16];

        (void) snprintf(text, sizeof text, "%d\n", score_adj);
        rig_say(pid, text);
}

static inline void rig_process(pid_t pid, int32_t score_adj)
{
        char name[16];

        (void) snprintf(name, sizeof name, "%d", pid);
        test_tree_mkdir(&proc, name);
        rig_describe(pid, (struct rig_stat){});
        rig_set_itself(pid, score_adj);
        if (pid < RIG_PIDS)
                rig.floors[pid] = PL_MIN(score_adj, 0);
}

static inline void rig_exit(pid_t pid)
{
        char name[16];

        (void) snprintf(name, sizeof name, "%d", pid);
        (void) unlinkat(proc.fd, rig_path(pid, "stat"), 0);
        (void) unlinkat(proc.fd, rig_path(pid, "oom_score_adj"), 0);
        assert_int_equal(unlinkat(proc.fd, name, AT_REMOVEDIR), 0);
}

static inline void rig_put_in(const char *path, const char *pids)
{
        cgroup_put(&tree, path, "cgroup.procs", pids);
}

static inline int32_t rig_value(pid_t pid)
{
        return atoi(test_tree_get(&proc, rig_path(pid, "oom_score_adj")));
}

/* ---- sweeps ---- */

static inline void rig_begin(enum pl_adjust_aim aim, int32_t score_adj)
{
        _cleanup_close_ int fd = openat(tree.fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct pl_adjust_request request = { fd, RIG_CGROUP, aim, score_adj };

        assert_int_equal(pl_adjust_begin(&adjuster, &request, &adjusted), 0);
        assert_true(pl_adjust_is_busy(&adjuster));
}

/* At the end of each piece the capability is out of effect. Returns how many there were. */
static inline unsigned rig_finish(uint32_t budget)
{
        unsigned pieces = 0;
        int r;

        do {
                r = pl_adjust_step(&adjuster, budget);
                assert_true(!rig.is_in_effect || rig.cannot_be_lowered);
                assert_true(++pieces < 10 * 1000);
        } while (r == PL_ADJUST_E_MORE);
        assert_int_equal(r, 0);
        assert_false(pl_adjust_is_busy(&adjuster));
        assert_int_equal(rig.pinned, 0);
        return pieces;
}

static inline void rig_sweep(enum pl_adjust_aim aim, int32_t score_adj)
{
        rig.written = rig.opened = rig.raised = 0;
        rig_begin(aim, score_adj);
        (void) rig_finish(1000);
        assert_int_equal(adjusted.changed_count, rig.written);
}

static inline void assert_counts(uint32_t processes, uint32_t right, uint32_t own, uint32_t changed)
{
        assert_int_equal(adjusted.process_count, processes);
        assert_int_equal(adjusted.adjusted_count, right);
        assert_int_equal(adjusted.own_count, own);
        assert_int_equal(adjusted.changed_count, changed);
}

/* The daemon ends and another one begins: what it has is the log, if that is not lost. */
static inline void rig_restart(bool with_log)
{
        pl_adjuster_done(&adjuster);
        pl_originals_close(&noted);
        if (!with_log)
                noted_empty();
        noted_open();
        adjusted = (struct pl_adjusted){};
        pl_adjuster_init(&adjuster, &(struct pl_roots){ tree.fd, proc.fd, -1, -1 }, &noted);
}

/* ---- for cmocka ---- */

static inline int rig_set_up(void **state)
{
        fds_before = test_open_fds();
        (void) noted_clear(state);
        memset(&rig, 0, sizeof rig);
        rig.is_permitted = true;
        cgroups_make(&tree);
        test_tree_make(&proc);
        cgroup_make(&tree, "a");
        noted_open();
        adjusted = (struct pl_adjusted){};
        pl_adjuster_init(&adjuster, &(struct pl_roots){ tree.fd, proc.fd, -1, -1 }, &noted);
        return 0;
}

static inline int rig_tear_down(void **state)
{
        (void) state;
        pl_adjuster_done(&adjuster);
        pl_adjuster_done(&adjuster);
        pl_originals_close(&noted);
        test_tree_remove(&tree);
        test_tree_remove(&proc);
        return test_open_fds() == fds_before ? 0 : -1;
}

#define RIG_TEST(function) cmocka_unit_test_setup_teardown(function, rig_set_up, rig_tear_down)
