/* SPDX-License-Identifier: Apache-2.0 */

/* What was there before comes back, also by another daemon than the one that changed it. */

#include "adjust_rig.h"

static void apply_to_three(void)
{
        rig_put_in("a", "2\n3\n4\n");
        rig_process(2, 100);
        rig_process(3, 100);
        rig_process(4, -900);
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(3, 2, 1, 2);
}

static void born(pid_t pid, const char *all)
{
        rig_process(pid, 500);
        rig_put_in("a", all);
}

static void ends(pid_t pid, const char *others)
{
        rig_exit(pid);
        rig_put_in("a", others);
}

/* ---- of one workload ---- */

static void everybody_gets_his_own_back(void **state)
{
        (void) state;
        apply_to_three();
        born(5, "2\n3\n4\n5\n");
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(4, 0, 1, 3);
        assert_int_equal(adjusted.error, 0);
        assert_int_equal(rig_value(2), 100);
        assert_int_equal(rig_value(3), 100);
        assert_int_equal(rig_value(4), -900);
        assert_int_equal(rig_value(5), 100);
        assert_string_equal(noted_words(), "");
        assert_true(adjusted.witness == 0 && !adjusted.is_set);

        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(4, 0, 1, 0);
        assert_int_equal(rig.opened, 0);
        /* Born of one whose turn was to come. */
        born(6, "2\n3\n4\n5\n6\n");
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(5, 0, 1, 1);
        assert_int_equal(rig_value(6), 100);
        /* And once more the other way. */
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(5, 4, 1, 4);
        assert_int_equal(adjusted.baseline, 100);
}

/* Who has changed it since keeps what he has, and it is not ours to remember any more. */
static void who_has_chosen_since_keeps_it(void **state)
{
        (void) state;
        apply_to_three();
        rig_set_itself(2, 250);
        rig_set_itself(3, 100);
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(3, 0, 2, 0);
        assert_int_equal(rig_value(2), 250);
        assert_string_equal(noted_words(), "");
}

/* In the middle of giving everybody another value. */
static void both_values_are_taken_back(void **state)
{
        (void) state;
        apply_to_three();
        born(5, "5\n6\n2\n3\n");
        rig_process(6, 500);
        rig_begin(PL_ADJUST_APPLY, 300);
        assert_int_equal(pl_adjust_step(&adjuster, 2), PL_ADJUST_E_MORE);
        pl_adjust_drop(&adjuster);
        assert_int_equal(rig_value(5), 300);
        assert_int_equal(rig_value(6), 500);
        rig_sweep(PL_ADJUST_RESTORE, 300);
        assert_counts(4, 0, 0, 4);
        for (pid_t pid = 5; pid <= 6; pid++)
                assert_int_equal(rig_value(pid), 100);
        assert_string_equal(noted_words(), "");
}

/* What cannot be written is told, stays noted, and is done when it can be. */
static void refused_and_done_later(void **state)
{
        (void) state;
        apply_to_three();
        rig.is_permitted = false;
        rig.floors[2] = rig.floors[3] = 500;
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(3, 2, 1, 0);
        assert_int_equal(adjusted.error, EACCES);
        assert_true(adjusted.witness == 2 && adjusted.is_set);
        assert_string_equal(noted_words(), "1/2/102 for 7 before 100 set 500\n"
                                           "1/3/103 for 7 before 100 set 500\n");
        rig.is_permitted = true;
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(3, 0, 1, 2);
        assert_int_equal(rig.raised, 1);
        assert_string_equal(noted_words(), "");
}

/* The witness has gone to another workload since. What is his he gets all the same. */
static void the_witness_is_elsewhere(void **state)
{
        (void) state;
        apply_to_three();
        assert_int_equal(adjusted.witness, 2);
        rig_put_in("a", "3\n4\n");
        rig.written = 0;
        rig_begin(PL_ADJUST_RESTORE, 500);
        (void) rig_finish(1);
        assert_int_equal(rig.written, 2);
        assert_int_equal(rig_value(2), 100);
        assert_string_equal(noted_words(), "");
}

/* ---- by the next daemon ---- */

static void the_log_knows_the_baseline(void **state)
{
        (void) state;
        apply_to_three();
        rig_restart(true);
        rig_process(5, 100);
        rig_put_in("a", "4\n5\n2\n3\n");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(adjusted.baseline, 100);
        assert_counts(4, 3, 1, 1);
        rig_restart(true);
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(4, 0, 1, 3);
        for (pid_t pid = 2; pid <= 5; pid++)
                assert_int_equal(rig_value(pid), pid == 4 ? -900 : 100);
}

/* It need not know what was set, either: the profile may be gone. */
static void it_is_recalled(void **state)
{
        (void) state;
        assert_false(pl_adjust_recall(&adjuster, RIG_CGROUP, &adjusted));
        assert_false(adjusted.is_known);
        apply_to_three();
        born(5, "2\n3\n4\n5\n");
        rig_sweep(PL_ADJUST_APPLY, 300);
        rig_process(6, 300);
        rig_put_in("a", "2\n3\n4\n5\n6\n");
        rig_restart(true);
        assert_false(pl_adjust_recall(&adjuster, RIG_CGROUP + 1, &adjusted));
        assert_true(pl_adjust_recall(&adjuster, RIG_CGROUP, &adjusted));
        assert_true(adjusted.is_known && adjusted.baseline == 100);
        assert_true(adjusted.is_set && adjusted.set == 300);
        assert_true(adjusted.has_prior && adjusted.prior == 500);
        adjusted = (struct pl_adjusted){};
        rig_sweep(PL_ADJUST_RESTORE, 77);
        assert_counts(5, 0, 1, 4);
        assert_int_equal(rig_value(5), 100);
        assert_int_equal(rig_value(6), 100);
}

/* Also by another policy. */
static void something_else_is_wanted_after_a_restart(void **state)
{
        (void) state;
        apply_to_three();
        born(5, "5\n2\n3\n4\n");
        rig_restart(true);
        rig_sweep(PL_ADJUST_APPLY, 300);
        assert_counts(4, 3, 1, 3);
        assert_int_equal(rig_value(5), 300);
        assert_int_equal(adjusted.baseline, 100);
}

/* All that were written have ended, and their children are right from birth. One of them is noted in their place. */
static void a_witness_is_always_noted(void **state)
{
        (void) state;
        apply_to_three();
        born(5, "2\n3\n5\n6\n");
        rig_process(6, 500);
        rig_exit(2);
        rig_exit(3);
        rig_put_in("a", "5\n6\n");
        pl_adjust_tidy(&adjuster, 10);
        assert_string_equal(noted_words(), "");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(2, 2, 0, 0);
        assert_int_equal(rig.opened, 1);
        assert_string_equal(noted_words(), "1/5/105 for 7 before 100 set 500\n");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_int_equal(rig.opened, 0);

        rig_restart(true);
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_int_equal(rig_value(5), 100);
        assert_int_equal(rig_value(6), 100);
}

/* The first one speaks, and says what we had set. Nobody is pushed aside for that. */
static void without_the_log_nobody_is_touched(void **state)
{
        (void) state;
        apply_to_three();
        rig_restart(false);
        rig_process(5, 100);
        rig_put_in("a", "2\n3\n4\n5\n");
        rig_sweep(PL_ADJUST_APPLY, 500);
        assert_counts(4, 2, 2, 0);
        assert_int_equal(adjusted.baseline, 500);
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(4, 2, 2, 0);
        adjusted = (struct pl_adjusted){};
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_counts(4, 2, 2, 0);
        assert_int_equal(rig_value(2), 500);
        assert_string_equal(noted_words(), "");
}

/* Killed after any number of processes, the next one puts back those that are left. */
static void killed_in_the_middle(void **state)
{
        (void) state;
        rig_put_in("a", "2\n3\n5\n");
        for (uint32_t steps = 1; steps <= 5; steps++) {
                rig_process(2, 100);
                rig_process(3, 100);
                rig_process(5, 500); /* a child */
                adjusted = (struct pl_adjusted){};
                rig_put_in("a", "2\n3\n");
                rig_sweep(PL_ADJUST_APPLY, 500);
                rig_put_in("a", "2\n3\n5\n");
                rig_begin(PL_ADJUST_RESTORE, 500);
                if (pl_adjust_step(&adjuster, steps) == PL_ADJUST_E_MORE)
                        pl_adjust_drop(&adjuster);
                rig_restart(true);
                rig_sweep(PL_ADJUST_RESTORE, 500);
                for (pid_t pid = 2; pid <= 5; pid += pid == 3 ? 2 : 1) {
                        assert_int_equal(rig_value(pid), 100);
                        rig_exit(pid);
                }
                assert_string_equal(noted_words(), "");
        }
}

/* ---- of the log ---- */

static void only_those_that_are_gone_are_forgotten(void **state)
{
        const struct pl_original_value reused = process(5, 1, 0), host = setting(2, 60);

        (void) state;
        apply_to_three();
        rig_process(5, 0);
        assert_int_equal(pl_originals_note_value(&noted, &reused), 0);
        assert_int_equal(pl_originals_note_value(&noted, &host), 0);
        pl_adjust_tidy(&adjuster, 100);
        assert_string_equal(noted_words(), "1/2/102 for 7 before 100 set 500\n"
                                           "2/2/0 for 0 before 60\n"
                                           "1/3/103 for 7 before 100 set 500\n");
        ends(2, "3\n4\n5\n");
        pl_adjust_tidy(&adjuster, 100);
        assert_string_equal(noted_words(), "2/2/0 for 0 before 60\n"
                                           "1/3/103 for 7 before 100 set 500\n");
}

/* Going round, a few at a time, everybody has his turn. */
static void the_look_for_the_dead_goes_on(void **state)
{
        enum { DEAD = 20 };

        (void) state;
        apply_to_three();
        for (uint32_t pid = 10; pid < 10 + DEAD; pid++) {
                const struct pl_original_value value = process(pid, 1, 0);

                assert_int_equal(pl_originals_note_value(&noted, &value), 0);
        }
        for (unsigned i = 0; i < (2 + DEAD) / 3 + 1; i++) {
                const uint32_t before = noted.values.pool.count;

                pl_adjust_tidy(&adjuster, 3);
                assert_true(before - noted.values.pool.count <= 3);
        }
        assert_int_equal(noted.values.pool.count, 2);
        for (unsigned i = 0; i < 4; i++)
                pl_adjust_tidy(&adjuster, 1);
        assert_int_equal(noted.values.pool.count, 2);
}

static void everybody_who_is_noted(void **state)
{
        struct pl_original_value other = process(6, rig_start_of(6), -50), dead = process(7, 1, 0);
        uint32_t back = 9, left = 9;

        (void) state;
        apply_to_three();
        rig_process(6, 700);
        other.cgroup_id = 9;
        assert_int_equal(pl_originals_note_value(&noted, &other), 0);
        assert_int_equal(pl_originals_set_value(&noted, &other, 700, -50), 0);
        assert_int_equal(pl_originals_note_value(&noted, &dead), 0);
        rig_set_itself(3, 200);
        rig.is_permitted = false;
        assert_int_equal(pl_adjust_restore_noted(&adjuster, &back, &left), -EACCES);
        assert_int_equal(back, 1);
        assert_int_equal(left, 1);
        assert_int_equal(rig_value(2), 100);
        assert_int_equal(rig_value(3), 200);
        assert_string_equal(noted_words(), "1/6/106 for 9 before -50 set 700\n");
        rig.is_permitted = true;
        assert_int_equal(pl_adjust_restore_noted(&adjuster, &back, &left), 0);
        assert_int_equal(back, 1);
        assert_int_equal(left, 0);
        assert_false(rig.is_in_effect);
        assert_int_equal(rig_value(6), -50);
        assert_string_equal(noted_words(), "");
}

/* A log that somebody else has written, with the right checks. */
static void what_cannot_be_is_not_believed(void **state)
{
        const struct pl_original_value rows[] = { process(1, rig_start_of(1), 0),
                                                  process(2, rig_start_of(2), 5000),
                                                  process(3, rig_start_of(3), INT64_MIN),
                                                  process(UINT32_MAX, 1, 0) };
        uint32_t back = 9, left = 9;

        (void) state;
        for (pid_t pid = 1; pid <= 3; pid++)
                rig_process(pid, 500);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                assert_int_equal(pl_originals_note_value(&noted, &rows[i]), 0);
                assert_int_equal(pl_originals_set_value(&noted, &rows[i], 500, 0), 0);
        }
        assert_false(pl_adjust_recall(&adjuster, RIG_CGROUP, &adjusted));
        assert_int_equal(pl_adjust_restore_noted(&adjuster, &back, &left), 0);
        assert_int_equal(back, 0);
        assert_int_equal(left, 0);
        rig_put_in("a", "1\n2\n3\n");
        rig_sweep(PL_ADJUST_RESTORE, 500);
        assert_int_equal(rig.written, 0);
        pl_adjust_tidy(&adjuster, 10);
        assert_int_equal(noted.values.pool.count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RIG_TEST(everybody_gets_his_own_back),
                RIG_TEST(who_has_chosen_since_keeps_it),
                RIG_TEST(both_values_are_taken_back),
                RIG_TEST(refused_and_done_later),
                RIG_TEST(the_witness_is_elsewhere),
                RIG_TEST(the_log_knows_the_baseline),
                RIG_TEST(it_is_recalled),
                RIG_TEST(something_else_is_wanted_after_a_restart),
                RIG_TEST(a_witness_is_always_noted),
                RIG_TEST(without_the_log_nobody_is_touched),
                RIG_TEST(killed_in_the_middle),
                RIG_TEST(only_those_that_are_gone_are_forgotten),
                RIG_TEST(the_look_for_the_dead_goes_on),
                RIG_TEST(everybody_who_is_noted),
                RIG_TEST(what_cannot_be_is_not_believed),
        };

        return cmocka_run_group_tests(tests, noted_set_up, noted_tear_down);
}
