/* SPDX-License-Identifier: Apache-2.0 */

/* An hour of a daemon that keeps limits, as far as the loop is concerned: a scan every five seconds and a tick every second,
 * over workloads that are all under a profile, with processes. In it some limit is changed by hand now and then and set
 * again by the threads, a process puts itself back and is adjusted anew, and a workload is empty for a while. Nothing of that
 * may allocate, or release.
 */

#include "counted.h"
#include "daemon/enforce_internal.h"
#include "rig.h"

#include <poll.h>

enum {
        WORKLOADS = 50,
        PROCESSES = 3, /* of each */
        FIRST_PID = 1000,
        SCANS = 720,
        TICKS = 5, /* a scan */
        /* Something happens at every so many scans, to somebody else each time. */
        HAPPENS_EVERY = 20,
};

static const char policy_text[] =
        "// origin: a.json\n"
        "{ \"profile\": \"web\", \"match\": [ { \"path\": \"/web*\", " RIG_OWNER " } ],\n"
        "  \"memory\": { \"max\": \"64MiB\", \"high\": \"32MiB\", \"low\": \"1MiB\", "
        "\"swap_max\": 0, \"oom_group\": true },\n"
        "  \"oom\": { \"score_adj\": 300 } }\n";

/* A counter that stands still would find nothing either. */
static void what_allocates_is_counted(void **state)
{
        void *volatile memory; /* or the compiler knows that nobody looks at it */
        size_t length;
        char *text;

        (void) state;
        begin_counting();
        memory = malloc(1);
        memory = realloc(memory, 2);
        memory = reallocarray(memory, 3, 1);
        free(memory);
        memory = calloc(1, 1);
        free(memory);
        memory = strdup("text");
        free(memory);
        assert_int_equal(end_counting(), 8);

        /* In the rooms as well: this one reads with malloc(). */
        test_tree_put(&tree, "file", "text");
        begin_counting();
        assert_int_equal(pl_fd_read_file(tree.fd, "file", 16, &text, &length), 0);
        assert_int_not_equal(end_counting(), 0);
        free(text);
}

/* ---- who is there ---- */

static const char *path_of(unsigned number)
{
        return rig_name("web%u", number);
}

static const char *score_of(unsigned pid)
{
        return rig_name("%u/oom_score_adj", pid);
}

static void make_process(unsigned pid)
{
        char text[128];

        test_tree_mkdir(&proc, rig_name("%u", pid));
        (void) snprintf(text, sizeof text,
                        "%u (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 4096 10 99\n", pid);
        test_tree_put(&proc, rig_name("%u/stat", pid), text);
        test_tree_put(&proc, score_of(pid), "0\n");
}

static void make_workload(unsigned number)
{
        const unsigned pid = FIRST_PID + PROCESSES * number;
        char pids[64];

        rig_make(path_of(number));
        cgroup_put(&tree, path_of(number), "memory.min", "0\n");
        cgroup_put(&tree, path_of(number), "memory.swap.max", "max\n");
        cgroup_put(&tree, path_of(number), "memory.oom.group", "0\n");
        for (unsigned i = 0; i < PROCESSES; i++)
                make_process(pid + i);
        (void) snprintf(pids, sizeof pids, "%u\n%u\n%u\n", pid, pid + 1, pid + 2);
        cgroup_put(&tree, path_of(number), "cgroup.procs", pids);
}

/* ---- what happens ---- */

/* All that is on its way arrives. */
static void settle(void)
{
        struct pollfd polled = { .fd = pl_enforce_fd(&enforcer), .events = POLLIN };

        for (unsigned i = 0; i < 1000; i++) {
                (void) rig_work();
                if (enforcer.rows.count == 0)
                        return;
                assert_true(poll(&polled, 1, 60000) == 1);
                pl_enforce_take_reports(&enforcer, now);
        }
        fail_msg("it does not settle");
}

static void go_on(void)
{
        (void) rig_look();
        settle();
        for (unsigned i = 0; i < TICKS; i++) {
                now += PL_USEC_PER_SEC;
                pl_enforce_tick(&enforcer, now);
                pl_enforce_take_reports(&enforcer, now);
                settle();
        }
}

static void somebody_changes_a_limit(unsigned number)
{
        cgroup_put(&tree, path_of(number), "memory.max", "99\n");
        go_on();
        assert_string_equal(test_tree_get(&tree, rig_name("web%u/memory.max", number)),
                            "67108864\n");
}

static void somebody_puts_himself_back(unsigned number)
{
        const unsigned pid = FIRST_PID + PROCESSES * number + 1;

        test_tree_put(&proc, score_of(pid), "0\n");
        go_on();
        assert_string_equal(test_tree_get(&proc, score_of(pid)), "300\n");
}

static void somebody_is_empty_for_a_while(unsigned number)
{
        cgroup_put(&tree, path_of(number), "cgroup.events", "populated 0\nfrozen 0\n");
        go_on();
        cgroup_put(&tree, path_of(number), "cgroup.events", "populated 1\nfrozen 0\n");
        go_on();
}

static void let_it_happen(unsigned number)
{
        somebody_changes_a_limit(number);
        somebody_puts_himself_back(number);
        somebody_is_empty_for_a_while(number);
}

/* ---- the hour ---- */

static void assert_kept(unsigned number)
{
        const struct pl_journal_row row = rig_row(rig_name("/web%u", number));

        assert_true(now - row.sample.at_usec < 3 * TICKS * PL_USEC_PER_SEC);
        assert_int_equal(row.standing.states[PL_LIMIT_MAX], PL_LIMIT_IN_FORCE);
        assert_int_equal(row.standing.states[PL_LIMIT_OOM_GROUP], PL_LIMIT_IN_FORCE);
        assert_int_equal(row.standing.process_count, PROCESSES);
        assert_int_equal(row.standing.adjusted_count, PROCESSES);
}

static void an_hour_allocates_nothing(void **state)
{
        struct pl_journal_act act;
        unsigned happened = 0;
        uint64_t begun;

        (void) state;
        for (unsigned i = 0; i < WORKLOADS; i++)
                make_workload(i);
        rig_start(&(struct rig_options){ .enforce = true });
        rig_set_policy(rig_policy(policy_text));
        for (unsigned i = 0; i < PL_BOARD_SLOW_EVERY; i++)
                go_on();
        let_it_happen(WORKLOADS - 1); /* a rehearsal */

        begun = now;
        begin_counting();
        for (unsigned scan = 0; scan < SCANS; scan++)
                if (scan % HAPPENS_EVERY == 0)
                        let_it_happen(happened++);
                else
                        go_on();
        assert_int_equal(end_counting(), 0);

        assert_true(now - begun >= 3600 * PL_USEC_PER_SEC);
        for (unsigned i = 0; i < WORKLOADS; i++)
                assert_kept(i);
        assert_int_equal(rig_acts(PL_JOURNAL_DRIFT, &act), happened + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(what_allocates_is_counted),
                RIG_TEST(an_hour_allocates_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
