/* SPDX-License-Identifier: Apache-2.0 */

/* Other hands: changes that are repaired, fought over, or left. */

#include "engine/desk.h"

static void in_force(void)
{
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_settle();
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

static void somebody_sets(uint64_t value)
{
        desk.actual.values[PL_LIMIT_MAX] = value;
}

static void the_first_drift_is_repaired_at_once(void **state)
{
        (void) state;
        in_force();
        somebody_sets(PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_DRIFT);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_DRIFT);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->drifts, 1);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->value_bytes, PL_SIZE_MAX);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_ARRIVED);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->drifts, 1);
}

static void the_same_page_is_no_drift(void **state)
{
        (void) state;
        in_force();
        somebody_sets(PL_GIB + DESK_PAGE - 1);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        somebody_sets(PL_GIB + DESK_PAGE);
        assert_string_equal(desk_plan(), "max=1024M");
}

static void a_step_on_the_way_can_drift_too(void **state)
{
        (void) state;
        desk.input.has_swap = false;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_use(2048 * PL_MIB, 0);
        desk_settle();
        somebody_sets(PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "max=2080M");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_DRIFT);
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_DRIFT);
}

/* A change that cannot be repaired now is one change, however often it is looked at. */
static void a_drift_is_counted_once(void **state)
{
        (void) state;
        desk.input.has_swap = false;
        in_force();
        desk_use(1000 * PL_MIB, 0);
        somebody_sets(1010 * PL_MIB);
        for (unsigned i = 0; i < 10; i++) {
                desk_use(PL_GIB, 0);
                assert_string_equal(desk_plan(), "");
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->drifts, 1);
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, i == 0 ? PL_NEWS_DRIFT : 0);
        }
}

/* As fast as we repair it, it is changed again. */
static void fight(unsigned rounds)
{
        for (unsigned i = 0; i < rounds; i++) {
                somebody_sets(PL_SIZE_MAX);
                assert_string_equal(desk_plan(), "max=1024M");
                desk_do();
                desk_later(PL_USEC_PER_SEC);
        }
        somebody_sets(PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "");
}

static void who_comes_again_and_again_is_stood_back_from(void **state)
{
        uint64_t back = PL_PLAN_BACK_FIRST_USEC;

        (void) state;
        in_force();
        fight(PL_PLAN_DRIFTS - 1);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_DRIFT | PL_NEWS_CONTENDED);
        for (unsigned i = 0; i < 9; i++) {
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_CONTENDED, PL_CAUSE_NONE);
                assert_in_range(desk.plan.wake_usec - desk.input.now_usec,
                                back - PL_PLAN_STAMP_USEC, back + PL_PLAN_STAMP_USEC);
                desk_later(back - PL_USEC_PER_SEC);
                assert_string_equal(desk_plan(), "");
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
                desk_later(PL_USEC_PER_SEC + PL_PLAN_STAMP_USEC);
                assert_string_equal(desk_plan(), "max=1024M");
                desk_do();
                somebody_sets(PL_SIZE_MAX);
                assert_string_equal(desk_plan(), "");
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_DRIFT);
                back = PL_MIN(2 * back, PL_PLAN_BACK_LAST_USEC);
        }
        assert_int_equal(back, PL_PLAN_BACK_LAST_USEC);
}

static void who_has_stopped_is_forgiven(void **state)
{
        (void) state;
        in_force();
        fight(PL_PLAN_DRIFTS - 1);
        desk_later(PL_PLAN_BACK_LAST_USEC);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_ARRIVED);
        /* Since we wrote it last, not since he did. */
        desk_later(PL_PLAN_WINDOW_USEC - 2 * PL_USEC_PER_SEC);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        desk_later(3 * PL_USEC_PER_SEC);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_CALM);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->drifts, 0);
        fight(PL_PLAN_DRIFTS - 1);
}

/* He comes, but so seldom that repairing costs less than standing back. */
static void the_window_slides_on(void **state)
{
        (void) state;
        in_force();
        for (unsigned i = 0; i < 50; i++) {
                somebody_sets(PL_SIZE_MAX);
                assert_string_equal(desk_plan(), "max=1024M");
                assert_string_equal(desk_next(), "");
                desk_later(PL_PLAN_WINDOW_USEC / (PL_PLAN_DRIFTS - 1));
        }
}

static void another_profile_does_not_stop_him(void **state)
{
        (void) state;
        in_force();
        fight(PL_PLAN_DRIFTS - 1);
        desk_want(PL_LIMIT_MAX, 2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_CONTENDED, PL_CAUSE_NONE);
        desk_later(PL_PLAN_BACK_FIRST_USEC + PL_PLAN_STAMP_USEC);
        assert_string_equal(desk_plan(), "max=2048M");
}

/* What he holds is in nobody else's way. */
static void the_others_go_on_meanwhile(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_HIGH, 2 * PL_GIB);
        desk_want(PL_LIMIT_MAX, 4 * PL_GIB);
        desk_settle();
        for (unsigned i = 0; i < PL_PLAN_DRIFTS; i++) {
                desk.actual.values[PL_LIMIT_HIGH] = 3 * PL_GIB;
                (void) desk_plan();
                desk_do();
        }
        desk.actual.values[PL_LIMIT_HIGH] = 3 * PL_GIB;
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_CONTENDED, PL_CAUSE_NONE);
        desk_want(PL_LIMIT_HIGH, PL_GIB);
        desk_want(PL_LIMIT_MAX, 2 * PL_GIB);
        assert_string_equal(desk_plan(), "max=2048M");
}

static void counting_saturates(void **state)
{
        (void) state;
        in_force();
        for (unsigned i = 0; i < 300; i++) {
                somebody_sets(PL_SIZE_MAX);
                assert_string_equal(desk_plan(), "max=1024M");
                assert_string_equal(desk_next(), "");
                desk_later(PL_PLAN_BACK_LAST_USEC);
        }
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->drifts, 1);
        fight(PL_PLAN_DRIFTS - 1);
        for (unsigned i = 0; i < 300; i++) {
                desk_later(PL_PLAN_BACK_LAST_USEC + PL_PLAN_STAMP_USEC);
                assert_string_equal(desk_plan(), "max=1024M");
                desk_do();
                somebody_sets(PL_SIZE_MAX);
                (void) desk_plan();
        }
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->drifts, UINT8_MAX);
}

/* ---- where the profile says to leave it ---- */

static void alarm_says_so_once_and_leaves(void **state)
{
        (void) state;
        desk.input.drift = PL_DRIFT_ALARM;
        in_force();
        somebody_sets(2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_DRIFT);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LEFT, PL_CAUSE_ALARM);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->target_bytes, PL_GIB);
        for (unsigned i = 0; i < 10; i++) {
                desk_later(PL_USEC_PER_MINUTE);
                somebody_sets((3 + i) * PL_GIB);
                assert_string_equal(desk_plan(), "");
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        }
        /* Put right by hand, it is in force again, and can drift again. */
        somebody_sets(PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        somebody_sets(2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_DRIFT);
}

static void yield_takes_it_until_the_profile_changes(void **state)
{
        (void) state;
        desk.input.drift = PL_DRIFT_YIELD;
        in_force();
        somebody_sets(2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LEFT, PL_CAUSE_YIELD);
        /* Neither an overlay nor another limit of the same profile changes that. */
        pl_limits_put(&desk.overlay, PL_LIMIT_MAX, PL_GIB / 2);
        assert_string_equal(desk_plan(), "");
        desk.overlay.set = 0;
        assert_string_equal(desk_plan(), "");
        desk_want(PL_LIMIT_MAX, PL_GIB + PL_MIB);
        assert_string_equal(desk_plan(), "max=1025M");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
}

/* Whatever of the profile it is that changes. */
static void every_word_of_the_profile_counts(void **state)
{
        for (unsigned i = 0; i < 3; i++) {
                (void) desk_setup(state);
                desk.input.drift = PL_DRIFT_YIELD;
                in_force();
                somebody_sets(2 * PL_GIB);
                assert_string_equal(desk_plan(), "");
                if (i == 0)
                        desk.input.drift = PL_DRIFT_REPAIR;
                else if (i == 1)
                        desk_want(PL_LIMIT_SWAP_MAX, PL_SIZE_MAX);
                else
                        desk_want(PL_LIMIT_MAX, PL_GIB + 1);
                assert_string_equal(desk_plan(), "max=1024M");
        }
}

static void what_was_left_is_restored(void **state)
{
        (void) state;
        desk.input.drift = PL_DRIFT_YIELD;
        in_force();
        somebody_sets(2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        desk.input.mode = PL_PLAN_RESTORE;
        assert_string_equal(desk_plan(), "max=max");
        /* On the way back nothing is left either. */
        desk_do();
        somebody_sets(3 * PL_GIB);
        assert_string_equal(desk_plan(), "max=max");
        assert_string_equal(desk_next(), "");
        assert_true(desk.plan.ended);
}

static void a_file_that_goes_is_no_drift(void **state)
{
        (void) state;
        in_force();
        desk_want_no_more(&desk.actual, PL_LIMIT_MAX);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
        pl_limits_put(&desk.actual, PL_LIMIT_MAX, PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
}

/* What nobody wants any more, and never had another value before us. */
static void what_nobody_wants_cannot_drift(void **state)
{
        (void) state;
        somebody_sets(PL_GIB);
        in_force();
        desk_want_no_more(&desk.wanted, PL_LIMIT_MAX);
        assert_string_equal(desk_plan(), "");
        somebody_sets(2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);

        /* Likewise when it was an overlay that held it. */
        pl_limits_put(&desk.overlay, PL_LIMIT_MAX, 2 * PL_GIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        desk.overlay.set = 0;
        assert_string_equal(desk_plan(), "");
        somebody_sets(PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                DESK_TEST(the_first_drift_is_repaired_at_once),
                DESK_TEST(the_same_page_is_no_drift),
                DESK_TEST(a_step_on_the_way_can_drift_too),
                DESK_TEST(a_drift_is_counted_once),
                DESK_TEST(who_comes_again_and_again_is_stood_back_from),
                DESK_TEST(who_has_stopped_is_forgiven),
                DESK_TEST(the_window_slides_on),
                DESK_TEST(another_profile_does_not_stop_him),
                DESK_TEST(the_others_go_on_meanwhile),
                DESK_TEST(counting_saturates),
                DESK_TEST(alarm_says_so_once_and_leaves),
                DESK_TEST(yield_takes_it_until_the_profile_changes),
                DESK_TEST(every_word_of_the_profile_counts),
                DESK_TEST(what_was_left_is_restored),
                DESK_TEST(a_file_that_goes_is_no_drift),
                DESK_TEST(what_nobody_wants_cannot_drift),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
