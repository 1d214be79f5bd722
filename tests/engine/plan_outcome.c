/* SPDX-License-Identifier: Apache-2.0 */

/* What came of orders, and the modes: apply, pause, observe, restore, start anew. */

#include "engine/desk.h"

static void each_outcome_is_handled(void **state)
{
        static const struct {
                const char *name;
                enum pl_write_result result;
                enum pl_limit_state state;
                enum pl_limit_cause cause;
                unsigned news;
                uint64_t again_usec; /* 0: at once */
        } rows[] = {
                { "busy", PL_WRITE_E_AGAIN, PL_LIMIT_RETRYING, PL_CAUSE_BUSY, 0,
                  PL_PLAN_RETRY_FIRST_USEC },
                { "use", PL_WRITE_E_USE, PL_LIMIT_RETRYING, PL_CAUSE_USE, 0,
                  PL_PLAN_RETRY_FIRST_USEC },
                { "absent", PL_WRITE_E_ABSENT, PL_LIMIT_REFUSED, PL_CAUSE_FILE_ABSENT,
                  PL_NEWS_REFUSED, PL_PLAN_SELDOM_USEC },
                { "denied", PL_WRITE_E_DENIED, PL_LIMIT_REFUSED, PL_CAUSE_DENIED, PL_NEWS_REFUSED,
                  PL_PLAN_SELDOM_USEC },
                { "refused", PL_WRITE_E_REFUSED, PL_LIMIT_REFUSED, PL_CAUSE_INVALID,
                  PL_NEWS_REFUSED, PL_PLAN_SELDOM_USEC },
                { "failed", PL_WRITE_E_FAILED, PL_LIMIT_REFUSED, PL_CAUSE_FAILED, PL_NEWS_REFUSED,
                  PL_PLAN_SELDOM_USEC },
                { "skipped", PL_WRITE_E_SKIPPED, PL_LIMIT_ORDERED, PL_CAUSE_NONE, 0, 0 },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) desk_setup(state);
                desk_want(PL_LIMIT_MAX, PL_GIB);
                (void) desk_plan();
                desk_do_until(0, rows[i].result);
                (void) desk_plan();
                assert_row(rows[i].name, desk_standing(PL_LIMIT_MAX)->state == rows[i].state);
                assert_row(rows[i].name, desk_standing(PL_LIMIT_MAX)->cause == rows[i].cause);
                assert_row(rows[i].name, desk_standing(PL_LIMIT_MAX)->news == rows[i].news);
                assert_row(rows[i].name, desk.plan.order_count == (rows[i].again_usec == 0));
                if (rows[i].again_usec == 0)
                        continue;
                assert_row(rows[i].name, desk.plan.wake_usec >= desk.input.now_usec +
                                                                        rows[i].again_usec -
                                                                        PL_PLAN_STAMP_USEC);
                desk.input.now_usec = desk.plan.wake_usec - 1;
                assert_row(rows[i].name, desk_plan()[0] == '\0');
                desk_later(1);
                assert_row(rows[i].name, strcmp(desk_plan(), "max=1024M") == 0);
                /* The same again is no news. */
                desk_do_until(0, rows[i].result);
                (void) desk_plan();
                assert_row(rows[i].name, desk_standing(PL_LIMIT_MAX)->news == 0);
                /* Another profile is tried at once. */
                desk_want(PL_LIMIT_MAX, 2 * PL_GIB);
                assert_row(rows[i].name, strcmp(desk_plan(), "max=2048M") == 0);
                assert_string_equal(desk_next(), "");
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        }
}

static void busy_is_tried_later_each_time(void **state)
{
        uint64_t wait = PL_PLAN_RETRY_FIRST_USEC;

        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        for (unsigned i = 0; i < 12; i++) {
                assert_string_equal(desk_plan(), "max=1024M");
                desk_do_until(0, PL_WRITE_E_AGAIN);
                assert_string_equal(desk_plan(), "");
                assert_in_range(desk.plan.wake_usec - desk.input.now_usec,
                                wait - PL_PLAN_STAMP_USEC, wait + PL_PLAN_STAMP_USEC);
                desk.input.now_usec = desk.plan.wake_usec;
                wait = PL_MIN(2 * wait, PL_PLAN_RETRY_LAST_USEC);
        }
        assert_int_equal(wait, PL_PLAN_RETRY_LAST_USEC);
        /* Once it went well, the next trouble begins anew. */
        (void) desk_plan();
        (void) desk_next();
        desk_want(PL_LIMIT_MAX, 2 * PL_GIB);
        (void) desk_plan();
        desk_do_until(0, PL_WRITE_E_AGAIN);
        (void) desk_plan();
        assert_true(desk.plan.wake_usec - desk.input.now_usec < PL_USEC_PER_SEC);
}

/* Who failed does not keep those behind him waiting. */
static void what_was_skipped_goes_on(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_OOM_GROUP, 1);
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk_want(PL_LIMIT_MAX, PL_GIB);
        assert_string_equal(desk_plan(), "oom.group=1 swap.max=1024M max=1024M");
        desk_do_until(0, PL_WRITE_E_DENIED);
        assert_string_equal(desk_plan(), "swap.max=1024M max=1024M");
        assert_stands(PL_LIMIT_OOM_GROUP, PL_LIMIT_REFUSED, PL_CAUSE_DENIED);
        desk_do_until(1, PL_WRITE_E_AGAIN);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_SWAP_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_int_equal(desk_standing(PL_LIMIT_SWAP_MAX)->news, PL_NEWS_ARRIVED);
}

static void who_is_gone_is_gone(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        desk_do_until(0, PL_WRITE_E_GONE);
        for (unsigned i = 0; i < 3; i++) {
                assert_string_equal(desk_plan(), "");
                assert_true(desk.plan.ended);
                assert_int_equal(desk.plan.wake_usec, UINT64_MAX);
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_ABSENT, PL_CAUSE_GONE);
                desk_later(PL_USEC_PER_HOUR);
                desk_want(PL_LIMIT_MAX, (2 + i) * PL_GIB);
        }
}

/* ---- late ---- */

static void nothing_more_while_a_row_is_out(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        assert_int_equal(desk.plan.orders[0].verify_usec,
                         desk.input.now_usec + PL_PLAN_VERIFY_USEC);
        assert_false(desk.plan.ended);
        desk_want(PL_LIMIT_SWAP_MAX, 0);
        desk_later(PL_USEC_PER_SEC);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
        assert_stands(PL_LIMIT_SWAP_MAX, PL_LIMIT_WAITING, PL_CAUSE_BEHIND);
        assert_in_range(desk.plan.wake_usec, desk.input.now_usec,
                        desk.input.now_usec + PL_PLAN_VERIFY_USEC);
        /* Without any outcome it is late by itself. */
        desk_later(PL_PLAN_VERIFY_USEC);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_LATE);
        assert_int_equal(desk.plan.wake_usec, UINT64_MAX);
}

static void a_late_write_is_waited_for(void **state)
{
        struct pl_limit_order order;

        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        order = desk.plan.orders[0];
        desk_do_until(0, PL_WRITE_E_LATE);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_LATE);
        for (unsigned i = 0; i < 10; i++) {
                desk_later(PL_USEC_PER_HOUR);
                desk_want(PL_LIMIT_HIGH, (1 + i) * PL_MIB);
                assert_string_equal(desk_plan(), "");
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_LATE);
        }
        desk_write(&order);
        desk.outcomes[0] = (struct pl_limit_outcome){ PL_LIMIT_MAX, order.number, PL_WRITTEN, 0 };
        desk.input.outcome_count = 1;
        assert_string_equal(desk_plan(), "high=10M");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

static void outcomes_of_other_times_say_nothing(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        desk.outcomes[0] = (struct pl_limit_outcome){ PL_LIMIT_MAX, desk.state.number - 1,
                                                      PL_WRITE_E_GONE, 0 };
        desk.outcomes[1] = (struct pl_limit_outcome){ PL_LIMIT_LOW, desk.state.number,
                                                      PL_WRITE_E_GONE, 0 };
        desk.input.outcome_count = 2;
        assert_string_equal(desk_plan(), "");
        assert_false(desk.plan.ended);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
}

/* ---- modes ---- */

static void pause_and_observe_order_nothing(void **state)
{
        static const struct {
                enum pl_plan_mode mode;
                enum pl_limit_cause cause;
        } rows[] = { { PL_PLAN_PAUSED, PL_CAUSE_PAUSED }, { PL_PLAN_OBSERVED, PL_CAUSE_NONE } };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) desk_setup(state);
                desk.input.mode = rows[i].mode;
                desk_want(PL_LIMIT_MAX, PL_GIB);
                desk_want(PL_LIMIT_ZSWAP_MAX, PL_GIB);
                desk_want_no_more(&desk.actual, PL_LIMIT_ZSWAP_MAX);
                assert_string_equal(desk_plan(), "");
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_OBSERVED, rows[i].cause);
                assert_stands(PL_LIMIT_ZSWAP_MAX, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
                assert_stands(PL_LIMIT_LOW, PL_LIMIT_UNSET, PL_CAUSE_NONE);
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->target_bytes, PL_GIB);
                assert_int_equal(desk.plan.wake_usec, UINT64_MAX);
                assert_false(desk.plan.ended);

                desk.input.mode = PL_PLAN_APPLY;
                desk_settle();
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);

                /* Whoever changes it while we look away is nobody's enemy; on resume it goes on. */
                desk.input.mode = rows[i].mode;
                desk.actual.values[PL_LIMIT_MAX] = 2 * PL_GIB;
                assert_string_equal(desk_plan(), "");
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
                desk.input.mode = PL_PLAN_APPLY;
                desk.input.drift = PL_DRIFT_REPAIR;
                assert_string_equal(desk_plan(), "max=1024M");
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
                assert_int_equal(desk.plan.orders[0].why, PL_WHY_PROFILE);

                /* What is out when the pause begins comes back in it. */
                desk.input.mode = rows[i].mode;
                desk_do();
                desk.input.outcome_count = 0;
                assert_string_equal(desk_plan(), "");
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
                desk.input.outcome_count = 1;
                assert_string_equal(desk_plan(), "");
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_OBSERVED, rows[i].cause);
        }
}

static void restore_goes_back_loosening_first_and_ends(void **state)
{
        (void) state;
        desk.actual.values[PL_LIMIT_LOW] = 512 * PL_MIB;
        desk_want(PL_LIMIT_LOW, 256 * PL_MIB);
        desk_want(PL_LIMIT_HIGH, 900 * PL_MIB);
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk_settle();
        desk.input.mode = PL_PLAN_RESTORE;
        assert_string_equal(desk_plan(), "max=max high=max swap.max=max low=512M");
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_RETURN);
        assert_false(desk.plan.ended);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_ARRIVED | PL_NEWS_RETURNED);
        assert_true(desk.plan.ended);
        /* Left alone from then on. */
        desk.actual.values[PL_LIMIT_MAX] = 7 * PL_GIB;
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        assert_true(desk.plan.ended);
        /* Until it is applied again. */
        desk.input.mode = PL_PLAN_APPLY;
        assert_string_equal(desk_plan(), "low=256M swap.max=1024M high=900M max=1024M");
}

/* An original may be lower than what is in use by now. */
static void restore_lowers_with_the_same_care(void **state)
{
        (void) state;
        desk.actual.values[PL_LIMIT_MAX] = 512 * PL_MIB;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_settle();
        desk_use(960 * PL_MIB, 960 * PL_MIB);
        desk.input.mode = PL_PLAN_RESTORE;
        assert_string_equal(desk_plan(), "max=975M");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_USE);
        assert_false(desk.plan.ended);
        desk_use(100 * PL_MIB, 0);
        assert_string_equal(desk_plan(), "max=512M");
        assert_string_equal(desk_next(), "");
        assert_true(desk.plan.ended);
}

static void nothing_was_written_nothing_is_restored(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk.input.mode = PL_PLAN_RESTORE;
        assert_string_equal(desk_plan(), "");
        assert_true(desk.plan.ended);
}

/* What is out was not noted yet, and may be done or not. */
static void restore_waits_for_what_is_out(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        desk_do();
        desk.input.mode = PL_PLAN_RESTORE;
        desk.originals.set = 0;
        desk.input.outcome_count = 0;
        assert_string_equal(desk_plan(), "");
        assert_false(desk.plan.ended);
        pl_limits_put(&desk.originals, PL_LIMIT_MAX, PL_SIZE_MAX);
        desk.input.outcome_count = 1;
        assert_string_equal(desk_plan(), "max=max");
        assert_string_equal(desk_next(), "");
        assert_true(desk.plan.ended);
}

static void what_leaves_the_profile_gets_its_original(void **state)
{
        (void) state;
        desk.actual.values[PL_LIMIT_HIGH] = 3 * PL_GIB;
        desk_want(PL_LIMIT_HIGH, PL_GIB);
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk_settle();
        desk_want_no_more(&desk.wanted, PL_LIMIT_HIGH);
        assert_string_equal(desk_plan(), "high=3072M");
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_RETURN);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, PL_NEWS_ARRIVED | PL_NEWS_RETURNED);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, 0);
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_UNSET, PL_CAUSE_NONE);
        /* Anybody's now. */
        desk.actual.values[PL_LIMIT_HIGH] = 2 * PL_GIB;
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, 0);
        desk_want(PL_LIMIT_HIGH, PL_GIB);
        assert_string_equal(desk_plan(), "high=1024M");
}

static void an_overlay_goes_before_the_profile(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_HIGH, 2 * PL_GIB);
        desk_settle();
        pl_limits_put(&desk.overlay, PL_LIMIT_HIGH, PL_GIB);
        pl_limits_put(&desk.overlay, PL_LIMIT_SWAP_HIGH, PL_GIB);
        assert_string_equal(desk_plan(), "swap.high=1024M high=1024M");
        assert_int_equal(desk.plan.orders[1].why, PL_WHY_OVERLAY);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->target_bytes, PL_GIB);
        /* Drift repair keeps it, and does not fight it. */
        desk.actual.values[PL_LIMIT_HIGH] = 2 * PL_GIB;
        assert_string_equal(desk_plan(), "high=1024M");
        assert_string_equal(desk_next(), "");
        desk.overlay.set = 0;
        assert_string_equal(desk_plan(), "high=2048M swap.high=max");
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_SWAP_HIGH)->news,
                         PL_NEWS_ARRIVED | PL_NEWS_RETURNED);
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, PL_NEWS_ARRIVED);
}

/* ---- a new daemon ---- */

static void a_state_that_is_lost_costs_nothing(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_use(2048 * PL_MIB, 2048 * PL_MIB);
        assert_string_equal(desk_plan(), "swap.max=1024M high=1792M max=2080M");
        desk_do_until(2, PL_WRITE_E_AGAIN);
        desk.input.outcome_count = 0;
        memset(&desk.state, 0, sizeof desk.state);
        assert_string_equal(desk_plan(), "max=2080M");
        (void) desk_next();
        memset(&desk.state, 0, sizeof desk.state);
        desk_use(512 * PL_MIB, 0);
        /* The push that nobody remembers is undone: the original is known. */
        assert_string_equal(desk_plan(), "high=max max=1024M");
        (void) desk_next();
        memset(&desk.state, 0, sizeof desk.state);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                DESK_TEST(each_outcome_is_handled),
                DESK_TEST(busy_is_tried_later_each_time),
                DESK_TEST(what_was_skipped_goes_on),
                DESK_TEST(who_is_gone_is_gone),
                DESK_TEST(nothing_more_while_a_row_is_out),
                DESK_TEST(a_late_write_is_waited_for),
                DESK_TEST(outcomes_of_other_times_say_nothing),
                DESK_TEST(pause_and_observe_order_nothing),
                DESK_TEST(restore_goes_back_loosening_first_and_ends),
                DESK_TEST(restore_lowers_with_the_same_care),
                DESK_TEST(nothing_was_written_nothing_is_restored),
                DESK_TEST(restore_waits_for_what_is_out),
                DESK_TEST(what_leaves_the_profile_gets_its_original),
                DESK_TEST(an_overlay_goes_before_the_profile),
                DESK_TEST(a_state_that_is_lost_costs_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
