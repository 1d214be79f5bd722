/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* enforced - a rig whose board enforces: what is on its way is awaited, and files are compared. */

#include "daemon/enforce_internal.h"
#include "rig.h"

#include <poll.h>

#define CONTAINER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- who is there ---- */

static inline void make(const char *path)
{
        rig_make(path);
        cgroup_put(&tree, path, "memory.min", "0\n");
        cgroup_put(&tree, path, "memory.swap.max", "max\n");
        cgroup_put(&tree, path, "memory.oom.group", "0\n");
}

static inline void drop(const char *path)
{
        static const char *const files[] = { "memory.min", "memory.swap.max", "memory.oom.group" };
        char whole[PL_CGROUP_PATH_MAX];

        for (size_t i = 0; i < PL_ARRAY_LENGTH(files); i++) {
                (void) snprintf(whole, sizeof whole, "%s/%s", path, files[i]);
                assert_int_equal(unlinkat(tree.fd, whole, 0), 0);
        }
        rig_drop(path);
}

static inline void make_process(unsigned pid, const char *score)
{
        char name[64], text[256];

        (void) snprintf(name, sizeof name, "%u", pid);
        test_tree_mkdir(&proc, name);
        (void) snprintf(name, sizeof name, "%u/oom_score_adj", pid);
        test_tree_put(&proc, name, score);
        (void) snprintf(name, sizeof name, "%u/stat", pid);
        (void) snprintf(
                text, sizeof text,
                "%u (x) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %u 1000 100 "
                "18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
                pid, pid % 100); /* within the first second of a host, however young it is */
        test_tree_put(&proc, name, text);
}

/* ---- what happens ---- */

/* All that is on its way arrives; what waits for a time is not waited for. */
static inline void settle(void)
{
        struct pollfd polled = { .fd = pl_enforce_fd(&enforcer), .events = POLLIN };

        for (unsigned i = 0; i < 1000; i++) {
                (void) rig_work();
                if (enforcer.rows.count == 0)
                        return;
                assert_true(poll(&polled, 1, 10000) == 1);
                pl_enforce_take_reports(&enforcer, now);
        }
        fail_msg("it does not settle");
}

static inline void look(void)
{
        now += 5 * PL_USEC_PER_SEC;
        (void) rig_look();
        settle();
}

static inline void look_often(unsigned times)
{
        for (unsigned i = 0; i < times; i++)
                look();
}

/* Nobody has been looked at yet. */
static inline void begin(const char *text)
{
        rig_start(&(struct rig_options){ .enforce = true });
        rig_set_policy(rig_policy(text));
}

static inline void start(const char *text)
{
        begin(text);
        look();
}

static inline void stop(void)
{
        pl_enforcer_close(&enforcer);
        pl_steps_done(&steps);
        pl_board_close(&board);
        pl_logbook_close(&logbook);
        pl_journal_reader_close(&reader);
}

static inline void restart(const char *text)
{
        stop();
        start(text);
}

/* ---- what is then ---- */

static inline void assert_file(const char *path, const char *name, const char *wanted)
{
        _cleanup_free_ char *text = NULL;
        char whole[PL_CGROUP_PATH_MAX];
        size_t length;

        (void) snprintf(whole, sizeof whole, "%s/%s", path, name);
        assert_int_equal(pl_fd_read_file(tree.fd, whole, 4096, &text, &length), 0);
        assert_string_equal(text, wanted);
}

static inline void assert_score(unsigned pid, const char *wanted)
{
        char name[64];

        (void) snprintf(name, sizeof name, "%u/oom_score_adj", pid);
        assert_string_equal(test_tree_get(&proc, name), wanted);
}

static inline enum pl_limit_state state_of(const char *path, enum pl_limit limit)
{
        return (enum pl_limit_state) rig_row(path).standing.states[limit];
}

/* The first cgroup of which something is noted; NULL: there is none. */
static inline const struct pl_original_cgroup *first_noted(void)
{
        uint32_t index = pl_originals_next_cgroup(&enforcer.originals, 0);

        return index == PL_POOL_NONE ? NULL : pl_originals_cgroup_at(&enforcer.originals, index);
}
