/* SPDX-License-Identifier: Apache-2.0 */

/* The capability is in effect for as long as it takes, work comes in pieces, and whatever there is too much of is bounded. */

#include "adjust_rig.h"

/* ---- the capability ---- */

/* The rig asserts that nothing is raised with it and that no piece ends with it. */
static void raised_without_the_capability(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n");
        rig_process(2, 0);
        rig_process(3, 0);
        rig.is_in_effect = true; /* as of root's command line */
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(2, 2, 0, 2);
        assert_false(rig.is_in_effect);
        assert_int_equal(rig.raised, 0);
        /* So it can lower itself again, to where it was and no further; and we can. */
        assert_int_equal(rig.floors[2], 0);
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(2, 0, 0, 2);
        assert_int_equal(rig.raised, 0);
        assert_int_equal(rig_value(2), 0);
}

static void lowered_with_it(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n");
        for (pid_t pid = 2; pid <= 4; pid++)
                rig_process(pid, 0);
        rig_sweep(PL_ADJUST_APPLY, -500);
        assert_counts(3, 3, 0, 3);
        assert_int_equal(rig.raised, 1); /* once for all */
        assert_int_equal(rig.floors[2], -500);
        rig_sweep(PL_ADJUST_RESTORE, -500);
        assert_counts(3, 0, 0, 3);
        assert_int_equal(rig.raised, 0);
        assert_int_equal(rig_value(4), 0);
        /* In pieces, once for each that needs it. */
        rig_process(5, 0);
        rig_put_in("a", "2\n5\n");
        adjusted = (struct pl_adjusted){};
        rig.raised = 0;
        rig_begin(PL_ADJUST_APPLY, -600);
        (void) rig_finish(1);
        assert_int_equal(rig.raised, 2);
}

/* One up, one down: with the baseline in the middle, when something else is wanted of who is noted. */
static void both_ways_in_one_sweep(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n5\n");
        rig_process(2, 0);
        rig_process(4, 0);
        rig_sweep(PL_ADJUST_APPLY, -700);
        rig_process(3, 0); /* are born before that, and come to it now */
        rig_process(5, 0);
        rig.floors[3] = rig.floors[5] = 0;
        rig_sweep(PL_ADJUST_APPLY, -300);
        assert_counts(4, 4, 0, 4);
        assert_int_equal(rig.raised, 2);
        for (pid_t pid = 2; pid <= 5; pid++)
                assert_int_equal(rig_value(pid), -300);
}

/* The refusal is told, nothing is noted for it, and the others are gone on with. */
static void the_capability_is_not_to_be_had(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n");
        for (pid_t pid = 2; pid <= 4; pid++)
                rig_process(pid, 0);
        rig.is_permitted = false;
        rig.floors[3] = -900;
        rig_sweep(PL_ADJUST_APPLY, -500);
        assert_counts(3, 1, 0, 1);
        assert_int_equal(adjusted.error, EACCES);
        assert_int_equal(rig_value(2), 0);
        assert_int_equal(rig_value(3), -500);
        assert_string_equal(noted_words(), "1/3/103 for 7 before 0 set -500\n");
        rig.is_permitted = true;
        rig_sweep(PL_ADJUST_APPLY, -500);
        assert_counts(3, 3, 0, 2);
        assert_int_equal(adjusted.error, 0);
}

/* Then nobody is pinned by us, and so nobody is raised. */
static void the_capability_cannot_be_given_up(void **state)
{
        (void) state;
        rig_put_in("a", "2\n");
        rig_process(2, 0);
        rig.is_in_effect = rig.cannot_be_lowered = true;
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(1, 0, 0, 0);
        assert_int_equal(adjusted.error, EPERM);
        assert_int_equal(rig_value(2), 0);
}

/* ---- the log ---- */

static void without_a_note_nothing_is_written(void **state)
{
        static const struct {
                int outcome, error;
        } rows[] = {
                { PL_ORIGINALS_E_FULL, ENOBUFS },
                { PL_ORIGINALS_E_NO_SPACE, ENOSPC },
                { PL_ORIGINALS_E_DENIED, EACCES },
                { -EIO, EIO },
        };

        (void) state;
        rig_put_in("a", "2\n3\n4\n");
        rig_process(2, 0);
        rig_process(3, 0);
        rig_process(4, -900);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                rig.log_outcome = rows[i].outcome;
                rig_sweep(PL_ADJUST_APPLY, 500);
                assert_counts(3, 0, 1, 0);
                assert_int_equal(adjusted.error, rows[i].error);
                assert_int_equal(rig_value(2), 0);
                rig_sweep(PL_ADJUST_RESTORE, 500);
                assert_counts(3, 0, 1, 0);
                assert_int_equal(adjusted.error, 0);
        }
        rig.log_outcome = 0;
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(3, 2, 1, 2);
}

/* Many that are right already, and no place in the log for one of them: it is not tried with each. */
static void a_full_log_costs_one_try(void **state)
{
        struct pl_original_value first = process(2, rig_start_of(2), 0);

        (void) state;
        rig_put_in("a", "2\n3\n4\n5\n");
        for (pid_t pid = 2; pid <= 5; pid++)
                rig_process(pid, pid == 2 ? 0 : 500);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(pl_originals_drop_value(&noted, &first), 0);
        rig.log_outcome = PL_ORIGINALS_E_FULL;
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(4, 4, 0, 0);
        assert_int_equal(adjusted.error, ENOBUFS);
        assert_int_equal(rig.opened, 1);
}

/* ---- pieces ---- */

static void in_pieces_of_any_size(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n");
        cgroup_make(&tree, "a/empty");
        cgroup_make(&tree, "a/inner");
        rig_put_in("a/inner", "5\n6\n");
        for (pid_t pid = 2; pid <= 6; pid++)
                rig_process(pid, 0);
        for (uint32_t budget = 1; budget <= 10; budget++) {
                const int32_t wanted = budget % 2 == 0 ? 500 : -500;

                rig_begin(PL_ADJUST_APPLY, wanted);
                /* Five processes, three cgroups, and the end. */
                assert_int_equal(rig_finish(budget), (9 + budget - 1) / budget);
                assert_counts(5, 5, 0, 5);
                for (pid_t pid = 2; pid <= 6; pid++)
                        assert_int_equal(rig_value(pid), wanted);
        }
}

/* What was written stays and is noted; the counts are those of the last that came to its end. */
static void dropped_in_the_middle(void **state)
{
        int fds;

        (void) state;
        rig_put_in("a", "2\n3\n");
        cgroup_make(&tree, "a/inner");
        rig_put_in("a/inner", "4\n");
        for (pid_t pid = 2; pid <= 4; pid++)
                rig_process(pid, 0);
        fds = test_open_fds();
        for (uint32_t budget = 1; budget <= 5; budget++) {
                rig_begin(PL_ADJUST_APPLY, 500);
                assert_int_equal(pl_adjust_step(&adjuster, budget), PL_ADJUST_E_MORE);
                pl_adjust_drop(&adjuster);
                pl_adjust_drop(&adjuster);
                assert_false(pl_adjust_is_busy(&adjuster));
                assert_int_equal(test_open_fds(), fds);
                assert_counts(0, 0, 0, 0);
        }
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(3, 3, 0, 0);
        assert_int_equal(noted.values.pool.count, 3);
}

/* The position of the caller's fd is his. */
static void the_callers_fd_is_left_alone(void **state)
{
        _cleanup_close_ int fd = openat(tree.fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct pl_adjust_request request = { fd, RIG_CGROUP, PL_ADJUST_APPLY, 500 };

        (void) state;
        cgroup_make(&tree, "a/inner");
        rig_put_in("a/inner", "2\n");
        rig_process(2, 0);
        for (off_t position = 0; position <= 2; position += 2) {
                assert_true(lseek(fd, position, SEEK_SET) == position);
                assert_int_equal(pl_adjust_begin(&adjuster, &request, &adjusted), 0);
                (void) rig_finish(1);
                assert_int_equal(adjusted.process_count, 1);
                assert_true(lseek(fd, 0, SEEK_CUR) == position);
        }
}

/* ---- the tree ---- */

static void a_cgroup_that_goes(void **state)
{
        _cleanup_close_ int fd = openat(tree.fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct pl_adjust_request request = { fd, RIG_CGROUP, PL_ADJUST_APPLY, 500 };

        (void) state;
        rig_put_in("a", "2\n");
        rig_process(2, 0);
        for (uint32_t budget = 1; budget <= 2; budget++) {
                rig_begin(PL_ADJUST_APPLY, 500);
                if (budget == 2)
                        assert_int_equal(pl_adjust_step(&adjuster, 1), PL_ADJUST_E_MORE);
                cgroup_drop(&tree, "a");
                (void) rig_finish(budget);
                assert_int_equal(adjusted.process_count, budget - 1);
                assert_int_equal(adjusted.error, 0);
                if (budget == 1) {
                        assert_int_equal(pl_adjust_begin(&adjuster, &request, &adjusted),
                                         PL_FILE_E_GONE);
                        assert_false(pl_adjust_is_busy(&adjuster));
                        cgroup_make(&tree, "a");
                        rig_put_in("a", "2\n");
                }
        }
}

/* What cannot be read of one cgroup is told, and the others are gone on with. */
static void a_cgroup_that_does_not_answer(void **state)
{
        (void) state;
        cgroup_make(&tree, "a/inner");
        cgroup_make(&tree, "a/inner/deeper");
        rig_put_in("a", "2\nrubbish\n");
        rig_put_in("a/inner", "-3\n");
        rig_put_in("a/inner/deeper", "2\n");
        rig_process(2, 0);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(1, 1, 0, 1);
        assert_int_equal(adjusted.error, EBADMSG);
        /* Nor is it one whose list is not a file. */
        assert_int_equal(unlinkat(tree.fd, "a/inner/cgroup.procs", 0), 0);
        rig_put_in("a", "");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(1, 1, 0, 0);
        assert_int_equal(adjusted.error, 0);
}

/* Twenty thousand in the list of one, of whom few are there. */
static void more_than_there_may_be(void **state)
{
        enum { LINES = 20 * 1000, FIRST = 100 * 1000 };
        static char text[LINES * 8];
        size_t length = 0;

        (void) state;
        for (unsigned i = 0; i < LINES; i++) {
                unsigned pid = i == 7                             ? 2
                               : i == PL_ADJUST_PROCESSES_MAX - 1 ? 3
                               : i == PL_ADJUST_PROCESSES_MAX     ? 4
                                                                  : FIRST + i;

                length += (size_t) snprintf(text + length, sizeof text - length, "%u\n", pid);
        }
        assert_true(length < sizeof text - 1);
        rig_put_in("a", text);
        for (pid_t pid = 2; pid <= 4; pid++)
                rig_process(pid, 0);
        rig_begin(PL_ADJUST_APPLY, 500);
        assert_int_equal(rig_finish(PL_ADJUST_PROCESSES_MAX / 4), 5);
        assert_counts(2, 2, 0, 2);
        assert_int_equal(adjusted.error, 0);
        assert_int_equal(rig_value(3), 500);
        assert_int_equal(rig_value(4), 0);
        /* When those before it are gone, its turn comes. */
        rig_put_in("a", "2\n3\n4\n");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(rig_value(4), 500);
}

static void more_cgroups_than_there_may_be(void **state)
{
        char path[PL_CGROUP_PATH_MAX] = "a";

        (void) state;
        for (pid_t pid = 2; pid <= 3; pid++)
                rig_process(pid, 0);
        for (unsigned i = 1; i <= PL_ADJUST_DEPTH_MAX + 2; i++) {
                (void) strcat(path, "/d");
                cgroup_make(&tree, path);
                if (i >= PL_ADJUST_DEPTH_MAX)
                        rig_put_in(path, i == PL_ADJUST_DEPTH_MAX ? "2\n" : "3\n");
        }
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(1, 1, 0, 1);
        assert_int_equal(rig_value(2), 500);
        assert_int_equal(rig_value(3), 0);
        assert_int_equal(adjuster.walk.unvisited_count,
                         0); /* nobody has even asked for names there */

        for (unsigned i = 0; i < PL_ADJUST_CGROUPS_MAX; i++) {
                (void) snprintf(path, sizeof path, "a/%u", i);
                cgroup_make(&tree, path);
                rig_put_in(path, "2\n");
        }
        rig_begin(PL_ADJUST_APPLY, 500);
        assert_in_range(rig_finish(1), 2 * PL_ADJUST_CGROUPS_MAX - PL_ADJUST_DEPTH_MAX,
                        2 * PL_ADJUST_CGROUPS_MAX + 2);
        assert_int_equal(adjusted.error, 0);
        assert_int_equal(adjuster.walk.unvisited_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(raised_without_the_capability),
                RIG_TEST(lowered_with_it),
                RIG_TEST(both_ways_in_one_sweep),
                RIG_TEST(the_capability_is_not_to_be_had),
                RIG_TEST(the_capability_cannot_be_given_up),
                RIG_TEST(without_a_note_nothing_is_written),
                RIG_TEST(a_full_log_costs_one_try),
                RIG_TEST(in_pieces_of_any_size),
                RIG_TEST(dropped_in_the_middle),
                RIG_TEST(the_callers_fd_is_left_alone),
                RIG_TEST(a_cgroup_that_goes),
                RIG_TEST(a_cgroup_that_does_not_answer),
                RIG_TEST(more_than_there_may_be),
                RIG_TEST(more_cgroups_than_there_may_be),
        };

        return cmocka_run_group_tests(tests, noted_set_up, noted_tear_down);
}
