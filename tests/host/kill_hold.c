/* SPDX-License-Identifier: Apache-2.0 */

/* Holding a workload still and letting it go, and having its memory pushed out. */

#include "kill_rig.h"

/* ---- held still ---- */

static void is_frozen(const char *path)
{
        cgroup_put(&tree, path, "cgroup.events", "populated 1\nfrozen 1\n");
}

static void held_and_let_go(void **state)
{
        bool is_ours;

        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        begin_with("a", PL_MEASURE_FREEZE, 0);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "1\n");
        step(1000);
        assert_nothing_to_take();
        is_frozen("a");
        step(1000);
        assert_taken(PL_MEASURE_FREEZE, PL_RESULT_DONE, 0);
        assert_int_equal(outcome.bytes, 0);
        assert_int_equal(pl_kill_is_ours(tree.fd, &is_ours), 0);
        assert_true(is_ours);

        /* Protected meanwhile: it is let go of in any case. */
        begin_with("a", PL_MEASURE_THAW, PL_CGROUP_PROTECTED | PL_CGROUP_PAUSED);
        assert_taken(PL_MEASURE_THAW, PL_RESULT_DONE, 0);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "0\n");
        assert_int_equal(pl_kill_is_ours(tree.fd, &is_ours), 0);
        assert_false(is_ours);
        begin_with("a", PL_MEASURE_THAW, 0);
        assert_taken(PL_MEASURE_THAW, PL_RESULT_DONE, 0);
}

static void not_all_stand_still(void **state)
{
        (void) state;
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        begin_with("a", PL_MEASURE_FREEZE, 0);
        step(PL_USEC_PER_SEC);
        assert_taken(PL_MEASURE_FREEZE, PL_RESULT_PARTLY, 0);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "1\n");
}

static void what_others_hold_is_theirs(void **state)
{
        (void) state;
        cgroup_put(&tree, "a", "cgroup.freeze", "1\n");
        begin_with("a", PL_MEASURE_FREEZE, 0);
        assert_taken(PL_MEASURE_FREEZE, PL_RESULT_REFUSED, EBUSY);
        begin_with("a", PL_MEASURE_THAW, 0);
        assert_taken(PL_MEASURE_THAW, PL_RESULT_REFUSED, EBUSY);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "1\n");

        /* By one above it, and by what the caller knows. */
        cgroup_put(&tree, "a", "cgroup.freeze", "0\n");
        is_frozen("a");
        begin_with("a", PL_MEASURE_FREEZE, 0);
        assert_taken(PL_MEASURE_FREEZE, PL_RESULT_REFUSED, EBUSY);
        cgroup_put(&tree, "a", "cgroup.events", "populated 1\nfrozen 0\n");
        begin_with("a", PL_MEASURE_FREEZE, PL_CGROUP_FROZEN);
        assert_taken(PL_MEASURE_FREEZE, PL_RESULT_REFUSED, 0);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "0\n");
}

/* Nobody would know whose it is after a crash. */
static void without_a_mark_it_is_not_held(void **state)
{
        (void) state;
        rig.attribute_error = EOPNOTSUPP;
        begin_with("a", PL_MEASURE_FREEZE, 0);
        assert_taken(PL_MEASURE_FREEZE, PL_RESULT_FAILED, EOPNOTSUPP);
        assert_string_equal(test_tree_get(&tree, "a/cgroup.freeze"), "0\n");
}

/* ---- pushed out ---- */

static void take_reclaimed(void)
{
        struct pollfd pollfd = { .fd = pl_killer_fd(killer), .events = POLLIN };

        for (int i = 0; !pl_killer_take(killer, &outcome); i++) {
                assert_true(i < 100);
                assert_int_equal(poll(&pollfd, 1, DEADLINE_MSEC), 1);
                step(1);
        }
        assert_int_equal(outcome.measure, PL_MEASURE_RECLAIM);
}

/* It went into swap. */
static void falls(void)
{
        rig_use("a", 54 * PL_MIB, 26 * PL_MIB);
}

static void memory_is_reclaimed(void **state)
{
        static const struct {
                int outcome;
                enum pl_result result;
                int error;
                bool falls;
        } rows[] = {
                { 0, PL_RESULT_DONE, 0, true },
                { PL_FILE_E_AGAIN, PL_RESULT_DONE, 0, true },
                { PL_FILE_E_AGAIN, PL_RESULT_PARTLY, EAGAIN, false },
                { -EINTR, PL_RESULT_LATE, EINTR, false },
                { PL_FILE_E_ABSENT, PL_RESULT_FAILED, ENOENT, false },
                { PL_FILE_E_GONE, PL_RESULT_GONE, ENODEV, false },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                rig_use("a", 64 * PL_MIB, 16 * PL_MIB);
                rig.reclaim_outcome = rows[i].outcome;
                rig.in_reclaim = rows[i].falls ? falls : NULL;
                begin_with("a", PL_MEASURE_RECLAIM, 0);
                take_reclaimed();
                assert_int_equal(outcome.result, rows[i].result);
                assert_int_equal(outcome.error, rows[i].error);
                assert_int_equal(outcome.bytes, rows[i].falls ? 10 * PL_MIB : 0);
        }
}

static int gate[2];

/* Until the signal comes, which is the end of the thread's patience. */
static void waits_for_a_signal(void)
{
        char byte;

        pl_assert(read(gate[0], &byte, 1) < 0 && errno == EINTR);
}

static void it_is_interrupted_in_time(void **state)
{
        uint64_t begun_usec;

        (void) state;
        assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
        rig.in_reclaim = waits_for_a_signal;
        rig.reclaim_outcome = -EINTR;
        begun_usec = pl_clock_now_usec();
        begin_with("a", PL_MEASURE_RECLAIM, 0);
        take_reclaimed();
        assert_int_equal(outcome.result, PL_RESULT_LATE);
        assert_true(pl_clock_now_usec() - begun_usec >= PL_USEC_PER_SEC);
        (void) close(gate[0]);
        (void) close(gate[1]);
}

static atomic_int entered_count;

static void lets_nothing_interrupt_it(void)
{
        char byte;

        atomic_fetch_add(&entered_count, 1);
        while (read(gate[0], &byte, 1) < 0)
                pl_assert(errno == EINTR);
}

/* The act comes back, whatever the thread does; and one behind it waits for its turn. */
static void one_that_cannot_be_interrupted(void **state)
{
        (void) state;
        assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
        atomic_store(&entered_count, 0);
        rig.in_reclaim = lets_nothing_interrupt_it;
        begin_with("a", PL_MEASURE_RECLAIM, 0);
        for (int i = 0; i < DEADLINE_MSEC && atomic_load(&entered_count) == 0; i++)
                (void) poll(NULL, 0, 1);
        step(2 * PL_USEC_PER_SEC);
        assert_taken(PL_MEASURE_RECLAIM, PL_RESULT_LATE, 0);
        rig_cgroup("b");
        begin_with("b", PL_MEASURE_RECLAIM, 0);
        assert_int_equal(write(gate[1], "xx", 2), 2);
        take_reclaimed();
        assert_int_equal(outcome.result, PL_RESULT_DONE);
        assert_int_equal(outcome.id, cgroup_id(&tree, "b"));
        assert_int_equal(atomic_load(&rig.reclaims), 2);
        (void) close(gate[0]);
        (void) close(gate[1]);
}

static void without_threads_nothing_is_reclaimed(void **state)
{
        (void) state;
        pl_killer_free(PL_TAKE_PTR(killer), PL_USEC_PER_MINUTE);
        assert_int_equal(
                pl_killer_new(&(struct pl_roots){ .cgroup_fd = tree.fd, .proc_fd = proc.fd },
                              &(struct pl_killer_options){ .without_threads = true }, &killer),
                0);
        begin_with("a", PL_MEASURE_RECLAIM, 0);
        assert_taken(PL_MEASURE_RECLAIM, PL_RESULT_FAILED, ENOSYS);
        (void) rig_process("a", (struct rig_size){ 100, 10, 0, 0 });
        begin_with("a", PL_MEASURE_KILL, 0);
        assert_int_equal(rig.kills, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(held_and_let_go),
                RIG_TEST(not_all_stand_still),
                RIG_TEST(what_others_hold_is_theirs),
                RIG_TEST(without_a_mark_it_is_not_held),
                RIG_TEST(memory_is_reclaimed),
                RIG_TEST(it_is_interrupted_in_time),
                RIG_TEST(one_that_cannot_be_interrupted),
                RIG_TEST(without_threads_nothing_is_reclaimed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
