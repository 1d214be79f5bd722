/* SPDX-License-Identifier: Apache-2.0 */

/* What makes the use fall, where memory.max waits for that: memory.high, the profile's or a push of our own. */

#include "engine/desk.h"

static void the_profiles_high_comes_before_max(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_want(PL_LIMIT_HIGH, 900 * PL_MIB);
        desk_use(2048 * PL_MIB, 2048 * PL_MIB);
        assert_string_equal(desk_plan(), "high=900M max=2080M");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_USE);
        assert_false(desk.state.is_pushing);
}

static void begin_to_push(void)
{
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_use(2048 * PL_MIB, 2048 * PL_MIB);
        assert_string_equal(desk_plan(), "high=1792M max=2080M");
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_PUSH);
        assert_int_equal(desk.plan.wake_usec, desk.input.now_usec + PL_PLAN_PUSH_LOOK_USEC);
}

static void a_push_follows_the_use_down_and_goes(void **state)
{
        (void) state;
        begin_to_push();
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_USE);
        /* It moves only by more than the margin, and not up. */
        desk_use(2030 * PL_MIB, 2030 * PL_MIB);
        assert_string_equal(desk_plan(), "");
        desk_use(2070 * PL_MIB, 2070 * PL_MIB);
        assert_string_equal(desk_plan(), "");
        desk_use(1600 * PL_MIB, 1600 * PL_MIB);
        assert_string_equal(desk_plan(), "high=1400M max=1625M");
        (void) desk_next();
        desk_use(1100 * PL_MIB, 1100 * PL_MIB);
        /* Never further than to where max has its margin. */
        desk_do();
        assert_string_equal(desk_plan(), "high=1008M max=1171456000");
        (void) desk_next();
        desk_use(990 * PL_MIB, 990 * PL_MIB);
        assert_string_equal(desk_plan(), "high=max max=1024M");
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_RETURN);
        assert_string_equal(desk_next(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, PL_NEWS_ARRIVED | PL_NEWS_RETURNED);
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_UNSET, PL_CAUSE_NONE);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

/* The last stretch to the target is pushed even where it is less than a margin. */
static void a_push_ends_where_max_has_its_margin(void **state)
{
        const uint64_t max = 1820 * PL_MIB, last = max - max / 64;

        (void) state;
        desk_want(PL_LIMIT_MAX, max);
        desk_use(2048 * PL_MIB, 2048 * PL_MIB);
        assert_string_equal(desk_plan(), "high=1792M max=2080M");
        (void) desk_next();
        desk_use(2040 * PL_MIB, 2040 * PL_MIB);
        (void) desk_plan();
        assert_int_equal(desk.plan.order_count, 1);
        assert_int_equal(desk.plan.orders[0].value_bytes, last);
        /* And then it fits. */
        desk_use(last, last);
        desk_do();
        assert_string_equal(desk_plan(), "high=max max=1820M");
}

static void a_push_without_effect_rests(void **state)
{
        uint64_t rest = PL_PLAN_REST_FIRST_USEC;

        (void) state;
        begin_to_push();
        for (unsigned i = 0; i < 9; i++) {
                (void) desk_next();
                desk_later(PL_PLAN_PUSH_USEC - 2 * PL_USEC_PER_SEC);
                assert_string_equal(desk_plan(), "");
                desk_later(2 * PL_USEC_PER_SEC);
                assert_string_equal(desk_plan(), "high=max");
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_NO_EFFECT);
                assert_string_equal(desk_next(), "");
                assert_in_range(desk.plan.wake_usec - desk.input.now_usec,
                                rest - 2 * PL_USEC_PER_SEC, rest);
                desk_later(rest - 2 * PL_USEC_PER_SEC);
                assert_string_equal(desk_plan(), "");
                desk_later(2 * PL_USEC_PER_SEC);
                assert_string_equal(desk_plan(), "high=1792M");
                rest = PL_MIN(2 * rest, PL_PLAN_REST_LAST_USEC);
        }
        assert_int_equal(rest, PL_PLAN_REST_LAST_USEC);

        /* Another profile is another chance, without a rest. */
        (void) desk_next();
        desk_later(PL_PLAN_PUSH_USEC);
        assert_string_equal(desk_plan(), "high=max");
        (void) desk_next();
        desk_want(PL_LIMIT_MAX, PL_GIB + PL_MIB);
        assert_string_equal(desk_plan(), "high=1792M");
}

/* As long as it helps, it goes on for longer than that. */
static void a_push_with_effect_goes_on(void **state)
{
        uint64_t use = 2048;

        (void) state;
        begin_to_push();
        for (unsigned i = 0; i < 8; i++) {
                (void) desk_next();
                desk_later(PL_PLAN_PUSH_USEC - 2 * PL_USEC_PER_SEC);
                use -= 120;
                desk_use(use * PL_MIB, use * PL_MIB);
                (void) desk_plan();
                assert_true(desk.plan.order_count > 0);
                assert_true(desk.state.is_pushing);
        }
}

static void high_presses_only_where_it_may(void **state)
{
        static const struct {
                const char *name;
                bool has_swap, high_without_swap, swap_max_is_zero, high_is_wanted,
                        high_is_overlaid;
                uint64_t high_before, reclaimable;
                bool pushes;
                enum pl_limit_cause cause;
        } rows[] = {
                { "may", true, false, false, false, false, PL_SIZE_MAX, 4096, true, PL_CAUSE_USE },
                { "no swap", false, false, false, false, false, PL_SIZE_MAX, 4096, false,
                  PL_CAUSE_NO_SWAP },
                { "no swap by the profile", true, false, true, false, false, PL_SIZE_MAX, 4096,
                  false, PL_CAUSE_NO_SWAP },
                { "no swap, and yet", false, true, false, false, false, PL_SIZE_MAX, 4096, true,
                  PL_CAUSE_USE },
                { "neither swap nor by the profile, and yet", false, true, true, false, false,
                  PL_SIZE_MAX, 4096, true, PL_CAUSE_USE },
                { "max is the profile's word", true, false, false, true, false, PL_SIZE_MAX, 4096,
                  false, PL_CAUSE_USE },
                { "throttled anyway", true, false, false, false, true, PL_SIZE_MAX, 4096, false,
                  PL_CAUSE_USE },
                { "somebody's is lower", true, false, false, false, false, PL_GIB, 4096, false,
                  PL_CAUSE_USE },
                { "somebody's is higher", true, false, false, false, false, 2 * PL_GIB, 4096, true,
                  PL_CAUSE_USE },
                { "in vain", true, false, false, false, false, PL_SIZE_MAX, 1024, false,
                  PL_CAUSE_WOULD_OOM },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) desk_setup(state);
                desk_want(PL_LIMIT_MAX, PL_GIB);
                if (rows[i].swap_max_is_zero)
                        desk_want(PL_LIMIT_SWAP_MAX, 0);
                if (rows[i].high_is_wanted)
                        desk_want(PL_LIMIT_HIGH, PL_SIZE_MAX);
                if (rows[i].high_is_overlaid)
                        pl_limits_put(&desk.overlay, PL_LIMIT_HIGH, PL_SIZE_MAX);
                desk.input.has_swap = rows[i].has_swap;
                desk.input.high_without_swap = rows[i].high_without_swap;
                desk.actual.values[PL_LIMIT_HIGH] = rows[i].high_before;
                desk_use(2048 * PL_MIB, rows[i].reclaimable * PL_MIB);
                (void) desk_plan();
                assert_row(rows[i].name,
                           (strstr(desk.row, "high=1792M") != NULL) == rows[i].pushes);
                (void) desk_next();
                assert_row(rows[i].name, desk_standing(PL_LIMIT_MAX)->state == PL_LIMIT_LOWERING);
                assert_row(rows[i].name, desk_standing(PL_LIMIT_MAX)->cause == rows[i].cause);
        }
}

/* Pushed below its promise it would be throttled before it has what it was promised. */
static void what_is_promised_is_not_pushed_away(void **state)
{
        static const struct {
                const char *name;
                enum pl_limit limit;
                uint64_t is, wanted;
                bool pushes;
        } rows[] = {
                { "a low that is", PL_LIMIT_LOW, 1009 * PL_MIB, PL_SIZE_MAX, false },
                { "a min that is", PL_LIMIT_MIN, 1009 * PL_MIB, PL_SIZE_MAX, false },
                { "a low that is wanted", PL_LIMIT_LOW, 0, 1009 * PL_MIB, false },
                { "just not", PL_LIMIT_LOW, 1008 * PL_MIB, PL_SIZE_MAX, true },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) desk_setup(state);
                desk.actual.values[rows[i].limit] = rows[i].is;
                if (rows[i].wanted != PL_SIZE_MAX)
                        desk_want(rows[i].limit, rows[i].wanted);
                desk_want(PL_LIMIT_MAX, PL_GIB);
                desk_use(2048 * PL_MIB, 2048 * PL_MIB);
                (void) desk_plan();
                assert_row(rows[i].name, (strstr(desk.row, "high=") != NULL) == rows[i].pushes);
                (void) desk_next();
                assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_USE);
        }
}

/* Where an earlier push still stands, max does not go below it: it would be in the way of nobody but the order. */
static void max_waits_for_a_push_that_fails(void **state)
{
        (void) state;
        begin_to_push();
        (void) desk_next();
        desk_use(1600 * PL_MIB, 1600 * PL_MIB);
        assert_string_equal(desk_plan(), "high=1400M max=1625M");
        desk_do_until(0, PL_WRITE_E_AGAIN);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_RETRYING, PL_CAUSE_BUSY);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_USE);
        desk_later(PL_USEC_PER_SEC);
        assert_string_equal(desk_plan(), "high=1400M max=1625M");
}

static void nobody_is_pushed_for_what_is_not_lowered(void **state)
{
        (void) state;
        desk_want_no_more(&desk.actual, PL_LIMIT_HIGH);
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_use(2048 * PL_MIB, 2048 * PL_MIB);
        assert_string_equal(desk_plan(), "max=2080M");

        /* A throttle by max is not the profile's. */
        (void) desk_setup(state);
        pl_limits_put(&desk.overlay, PL_LIMIT_MAX, PL_GIB);
        desk_use(2048 * PL_MIB, 2048 * PL_MIB);
        assert_string_equal(desk_plan(), "max=2080M");

        /* Refused: there is nothing to push for. */
        (void) desk_setup(state);
        begin_to_push();
        desk_do_until(1, PL_WRITE_E_DENIED);
        assert_string_equal(desk_plan(), "high=max");

        /* The use is not known. */
        (void) desk_setup(state);
        begin_to_push();
        (void) desk_next();
        desk_use(PL_SIZE_MAX, PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "high=max");

        /* Another hand has set high, and may. */
        (void) desk_setup(state);
        desk.input.drift = PL_DRIFT_YIELD;
        begin_to_push();
        (void) desk_next();
        desk.actual.values[PL_LIMIT_HIGH] = 3 * PL_GIB;
        assert_string_equal(desk_plan(), "");
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->news, PL_NEWS_DRIFT);
        assert_string_equal(desk_next(), "");

        /* Or again and again: the push is not renewed by that. */
        (void) desk_setup(state);
        begin_to_push();
        (void) desk_next();
        desk.actual.values[PL_LIMIT_HIGH] = 3 * PL_GIB;
        desk_later(PL_PLAN_PUSH_USEC);
        assert_string_equal(desk_plan(), "high=max");
}

/* ---- a profile's high without swap ---- */

static void high_is_withheld_without_swap(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_HIGH, PL_GIB);
        desk.input.has_swap = false;
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP);
        assert_int_equal(desk_standing(PL_LIMIT_HIGH)->target_bytes, PL_GIB);
        desk.input.has_swap = true;
        assert_string_equal(desk_plan(), "high=1024M");
        (void) desk_next();
        /* Switched off under it: back to what was there. */
        desk.input.has_swap = false;
        assert_string_equal(desk_plan(), "high=max");
        (void) desk_next();
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP);
        desk.input.high_without_swap = true;
        assert_string_equal(desk_plan(), "high=1024M");
        (void) desk_next();
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        /* No limit is harmless, and a throttle is bounded. */
        desk.input.high_without_swap = false;
        desk_want(PL_LIMIT_HIGH, PL_SIZE_MAX);
        assert_string_equal(desk_plan(), "high=max");
        (void) desk_next();
        desk_want(PL_LIMIT_HIGH, PL_GIB);
        pl_limits_put(&desk.overlay, PL_LIMIT_HIGH, 512 * PL_MIB);
        assert_string_equal(desk_plan(), "high=512M");
        (void) desk_next();
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        desk_want_no_more(&desk.actual, PL_LIMIT_HIGH);
        desk.overlay.set = 0;
        (void) desk_plan();
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                DESK_TEST(the_profiles_high_comes_before_max),
                DESK_TEST(a_push_follows_the_use_down_and_goes),
                DESK_TEST(a_push_ends_where_max_has_its_margin),
                DESK_TEST(a_push_without_effect_rests),
                DESK_TEST(a_push_with_effect_goes_on),
                DESK_TEST(high_presses_only_where_it_may),
                DESK_TEST(what_is_promised_is_not_pushed_away),
                DESK_TEST(max_waits_for_a_push_that_fails),
                DESK_TEST(nobody_is_pushed_for_what_is_not_lowered),
                DESK_TEST(high_is_withheld_without_swap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
