/* SPDX-License-Identifier: Apache-2.0 */

/* Every process of a workload gets what is wanted, but for those that have chosen, and nobody else does. */

#include "adjust_rig.h"

static const pid_t OWN_CHILD = 40;

/* ---- who ---- */

static void everybody_gets_it(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n");
        cgroup_make(&tree, "a/inner");
        rig_put_in("a/inner", "4\n");
        cgroup_make(&tree, "a/inner/deeper");
        rig_put_in("a/inner/deeper", "5\n");
        for (pid_t pid = 2; pid <= 5; pid++)
                rig_process(pid, 0);
        rig_process(6, 0); /* of another workload */

        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(4, 4, 0, 4);
        assert_true(adjusted.is_known && adjusted.baseline == 0 && adjusted.error == 0);
        for (pid_t pid = 2; pid <= 5; pid++)
                assert_int_equal(rig_value(pid), 500);
        assert_int_equal(rig_value(6), 0);
        assert_string_equal(noted_words(), "1/2/102 for 7 before 0 set 500\n"
                                           "1/3/103 for 7 before 0 set 500\n"
                                           "1/4/104 for 7 before 0 set 500\n"
                                           "1/5/105 for 7 before 0 set 500\n");

        /* Then nobody is taken hold of any more. Who is born has it; who comes from outside gets it. */
        rig_process(7, 500);
        rig_process(8, 0);
        rig_put_in("a", "2\n3\n7\n");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(5, 5, 0, 0);
        assert_int_equal(rig.opened, 0);
        rig_put_in("a", "2\n3\n7\n8\n");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(6, 6, 0, 1);
        assert_int_equal(rig.opened, 1);
        assert_int_equal(rig_value(8), 500);
        assert_int_equal(noted.values.pool.count, 5);
}

/* As a PostgreSQL whose unit protects it: the first process has what the unit says, which is the baseline, and sets its
 * children to 0. */
static void who_has_chosen_keeps_it(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n5\n");
        rig_process(2, -900);
        rig_process(3, 0);
        rig_process(4, 0);
        rig_process(5, -600);
        rig_sweep(PL_ADJUST_APPLY, -600);
        assert_counts(4, 2, 2, 1);
        assert_int_equal(rig_value(2), -600);
        assert_int_equal(rig_value(3), 0);
        rig_sweep(PL_ADJUST_APPLY, -600);
        assert_counts(4, 2, 2, 0);
        assert_string_equal(noted_words(), "1/2/102 for 7 before -900 set -600\n");
}

static void what_is_there_already_is_no_work(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n");
        rig_process(2, 500);
        rig_process(3, -900);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(2, 1, 1, 0);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(rig.opened, 0);
        assert_int_equal(noted.values.pool.count, 0);
}

/* Back at the baseline he gets it again; anything else is his choice. */
static void who_changes_it_himself(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n");
        for (pid_t pid = 2; pid <= 4; pid++)
                rig_process(pid, 0);
        rig_sweep(PL_ADJUST_APPLY, 500);
        rig_set_itself(2, 0);
        rig_set_itself(3, 200);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(3, 2, 1, 1);
        assert_int_equal(rig_value(2), 500);
        assert_int_equal(rig_value(3), 200);
        rig_set_itself(2, 0);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(3, 2, 1, 1);
        assert_int_equal(rig.opened, 1); /* not the one with 200, who is noted */
        assert_string_equal(noted_words(), "1/2/102 for 7 before 0 set 500\n"
                                           "1/3/103 for 7 before 0 set 500\n"
                                           "1/4/104 for 7 before 0 set 500\n");
}

/* Children that have the last value get the new one, as long as that can be told from what they have chosen. */
static void something_else_is_wanted(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n4\n");
        rig_process(2, 0);
        rig_process(4, -100);
        rig_sweep(PL_ADJUST_APPLY, 500);
        rig_process(3, 500); /* born */
        rig_sweep(PL_ADJUST_APPLY, 300);
        assert_counts(3, 2, 1, 2);
        assert_int_equal(rig_value(2), 300);
        assert_int_equal(rig_value(3), 300);
        assert_int_equal(rig_value(4), -100);
        assert_string_equal(noted_words(), "1/2/102 for 7 before 0 set 300 prior 500\n"
                                           "1/3/103 for 7 before 0 set 300\n");
        rig_set_itself(4, 500);
        rig_sweep(PL_ADJUST_APPLY, 300);
        assert_counts(3, 2, 1, 0);
        /* The baseline itself. */
        rig_sweep(PL_ADJUST_APPLY, 0);
        assert_counts(3, 2, 1, 2);
        assert_int_equal(rig_value(2), 0);
        assert_int_equal(rig_value(3), 0);
        rig_sweep(PL_ADJUST_APPLY, 0);
        assert_int_equal(rig.opened, 0);
}

/* Who has come from a workload that was adjusted does not make that one's value the baseline of this one. */
static void who_came_from_another_workload(void **state)
{
        struct pl_original_value other = process(2, 102, -50);

        (void) state;
        other.cgroup_id = 9;
        assert_int_equal(pl_originals_note_value(&noted, &other), 0);
        assert_int_equal(pl_originals_set_value(&noted, &other, 700, -50), 0);
        rig_put_in("a", "2\n3\n");
        rig_process(2, 700);
        rig_process(3, -50);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(adjusted.baseline, -50);
        assert_counts(2, 2, 0, 2);
        assert_string_equal(noted_words(), "1/2/102 for 9 before -50 set 500 prior 700\n"
                                           "1/3/103 for 7 before -50 set 500\n");
}

/* Who has the number of one that was noted is another one, and what he has is his. */
static void a_note_is_of_one_process(void **state)
{
        struct pl_original_value before = process(3, 1, 0);

        (void) state;
        before.cgroup_id = 9;
        assert_int_equal(pl_originals_note_value(&noted, &before), 0);
        assert_int_equal(pl_originals_set_value(&noted, &before, 300, 0), 0);
        rig_put_in("a", "2\n3\n");
        rig_process(2, 0);
        rig_process(3, 300);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(2, 1, 1, 1);
        assert_int_equal(rig_value(3), 300);
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(2, 0, 1, 1);
        assert_int_equal(rig_value(3), 300);
}

/* ---- who is none of it ---- */

static void who_may_not_be_touched(void **state)
{
        char pids[128];

        (void) state;
        (void) snprintf(pids, sizeof pids, "1\n%d\n%d\n8\n9\n10\n2\n0\n11\n", getpid(), OWN_CHILD);
        rig_put_in("a", pids);
        rig_process(1, -7);
        rig_process(getpid(), -7);
        rig_process(OWN_CHILD, -7);
        rig_describe(OWN_CHILD, (struct rig_stat){ .parent = getpid() });
        rig_process(8, -7);
        rig_describe(8, (struct rig_stat){ .flags = 0x00200040 }); /* a kernel thread */
        rig_process(9, -7);
        rig_describe(9, (struct rig_stat){ .state = 'Z' });
        rig_process(10, -7);
        rig_describe(10, (struct rig_stat){ .state = 'X' });
        rig_process(2, 0);
        rig_process(11, 0);
        /* Its first thread has ended, and it goes on. */
        rig_describe(11, (struct rig_stat){ .state = 'Z', .threads = 3 });
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(adjusted.baseline, 0);
        assert_counts(2, 2, 0, 2);
        for (pid_t pid = 8; pid <= 10; pid++)
                assert_int_equal(rig_value(pid), -7);
        assert_int_equal(rig_value(1), -7);
        assert_int_equal(rig_value(getpid()), -7);
        assert_int_equal(rig_value(OWN_CHILD), -7);
}

/* Since the list was read somebody else has got the number. */
static void a_pid_taken_since_the_list(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n");
        rig_process(2, 0);
        rig_process(3, 0);
        rig_describe(3, (struct rig_stat){ .start = UINT64_MAX });
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(1, 1, 0, 1);
        assert_int_equal(rig_value(3), 0);
}

static void another_takes_2(pid_t pid)
{
        assert_int_equal(pid, 2);
        rig.before_open = rig.before_write = NULL;
        assert_int_equal(renameat(proc.fd, "2", proc.fd, "gone"), 0);
        rig_process(2, 0);
        rig_describe(2, (struct rig_stat){ .start = UINT64_MAX });
}

static void a_pid_taken_at_any_moment(void **state)
{
        (void) state;
        rig_put_in("a", "2\n");
        rig_process(2, 0);
        rig.before_open = another_takes_2;
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(0, 0, 0, 0);
        assert_false(adjusted.is_known);
        assert_int_equal(rig_value(2), 0);
        assert_string_equal(test_tree_get(&proc, "gone/oom_score_adj"), "0\n");

        rig_exit(2);
        assert_int_equal(renameat(proc.fd, "gone", proc.fd, "2"), 0);
        rig.before_write = another_takes_2;
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(rig_value(2), 0);
        assert_string_equal(test_tree_get(&proc, "gone/oom_score_adj"), "500\n");
}

static void dies(pid_t pid)
{
        (void) pid;
        rig.before_open = rig.before_write = NULL;
        rig_exit(2);
}

static void who_ends_meanwhile_is_passed_over(void **state)
{
        (void) state;
        rig_put_in("a", "4\n2\n3\n");
        for (unsigned moment = 0; moment < 3; moment++) {
                rig_process(2, 0);
                rig_process(3, 0);
                rig.before_open = moment == 0 ? dies : NULL;
                rig.before_write = moment == 1 ? dies : NULL;
                if (moment == 2)
                        rig_exit(2);
                adjusted = (struct pl_adjusted){};
                rig_sweep(PL_ADJUST_APPLY, 500);
                assert_counts(1, 1, 0, 1);
                assert_int_equal(adjusted.error, 0);
                assert_int_equal(rig_value(3), 500);
                assert_string_equal(noted_words(), "1/3/103 for 7 before 0 set 500\n");
                rig_exit(3);
                rig_restart(false);
        }
}

/* As of another time of the kernel. The others get it. */
static void who_says_rubbish(void **state)
{
        static const char *const texts[] = { "", "rubbish\n", "1001\n", "500" };

        (void) state;
        rig_put_in("a", "2\n3\n");
        rig_process(2, 0);
        rig_process(3, 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++) {
                rig_say(2, texts[i]);
                rig_set_itself(3, 0);
                rig_sweep(PL_ADJUST_APPLY, 500);
                assert_counts(1, 1, 0, 1);
                assert_int_equal(adjusted.error, EBADMSG);
        }
        rig_set_itself(2, 0);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(2, 2, 0, 1);
        assert_int_equal(adjusted.error, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(everybody_gets_it),
                RIG_TEST(who_has_chosen_keeps_it),
                RIG_TEST(what_is_there_already_is_no_work),
                RIG_TEST(who_changes_it_himself),
                RIG_TEST(something_else_is_wanted),
                RIG_TEST(who_came_from_another_workload),
                RIG_TEST(a_note_is_of_one_process),
                RIG_TEST(who_may_not_be_touched),
                RIG_TEST(a_pid_taken_since_the_list),
                RIG_TEST(a_pid_taken_at_any_moment),
                RIG_TEST(who_ends_meanwhile_is_passed_over),
                RIG_TEST(who_says_rubbish),
        };

        return cmocka_run_group_tests(tests, noted_set_up, noted_tear_down);
}
