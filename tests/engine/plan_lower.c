/* SPDX-License-Identifier: Apache-2.0 */

/* How memory.max goes down to where more is in use. */

#include "engine/desk.h"

static void a_max_that_fits_is_written_at_once(void **state)
{
        static const struct {
                const char *name, *row;
                uint64_t use;
        } rows[] = {
                { "nothing in use", "max=1024M", 0 },
                { "and a margin of 1 MiB below", "max=1024M", 31 * PL_MIB },
                { "just fits", "max=1024M", 1008 * PL_MIB },
                { "does not: in a step", "max=1105M", 1088 * PL_MIB },
                { "a margin is at most 64 MiB", "max=9280M", 9216 * PL_MIB },
                { "the use is not known", "", PL_SIZE_MAX },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) desk_setup(state);
                desk_use(rows[i].use, 0);
                desk_want(PL_LIMIT_MAX, PL_GIB);
                desk.input.has_swap = false;
                assert_row(rows[i].name, strcmp(desk_plan(), rows[i].row) == 0);
        }
}

/* At the very byte. */
static void the_margin_is_kept_to_the_byte(void **state)
{
        const uint64_t use = 320 * PL_MIB, target = use + use / 64;

        (void) state;
        assert_int_equal(pl_plan_margin(0), 64 * PL_KIB);
        assert_int_equal(pl_plan_margin(2 * PL_MIB), 128 * PL_KIB);
        assert_int_equal(pl_plan_margin(16 * PL_MIB), PL_MIB);
        assert_int_equal(pl_plan_margin(64 * PL_MIB), PL_MIB);
        assert_int_equal(pl_plan_margin(128 * PL_MIB), 2 * PL_MIB);
        assert_int_equal(pl_plan_margin(UINT64_MAX), 64 * PL_MIB);

        desk.input.has_swap = false;
        desk_want(PL_LIMIT_MAX, target);
        desk_use(use, 0);
        assert_string_equal(desk_plan(), "max=325M");
        /* The writer looks once more, and lets the use take half of the margin meanwhile. */
        assert_int_equal(desk.plan.orders[0].use_below_bytes, target - use / 128);
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_PROFILE);

        (void) desk_setup(state);
        desk.input.has_swap = false;
        desk_want(PL_LIMIT_MAX, target);
        desk_use(use + 64, 0);
        (void) desk_plan();
        assert_int_equal(desk.plan.order_count, 1);
        assert_int_equal(desk.plan.orders[0].value_bytes, target + DESK_PAGE);
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_STEP);
}

static void max_goes_down_behind_the_use(void **state)
{
        (void) state;
        desk.input.has_swap = false;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_use(2048 * PL_MIB, 0);
        assert_string_equal(desk_plan(), "max=2080M");
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_STEP);
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_WOULD_OOM);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->value_bytes, 2080 * PL_MIB);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->target_bytes, PL_GIB);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);

        /* Not for less than a margin. */
        desk_use(2040 * PL_MIB, 2040 * PL_MIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_LOWERING, PL_CAUSE_NO_SWAP);
        desk_use(1536 * PL_MIB, 0);
        assert_string_equal(desk_plan(), "max=1560M");
        assert_string_equal(desk_next(), "");
        /* And not up again. */
        desk_use(1559 * PL_MIB, 0);
        assert_string_equal(desk_plan(), "");
        desk_use(900 * PL_MIB, 0);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_ARRIVED);
}

static void what_cannot_be_reclaimed_is_waited_for(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk.actual.values[PL_LIMIT_MAX] = 2 * PL_GIB + PL_MIB;
        desk_use(2048 * PL_MIB, 1024 * PL_MIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_WOULD_OOM);
        /* Nor would there be room for the margin. */
        desk_use(2048 * PL_MIB, 1039 * PL_MIB);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_WOULD_OOM);
        desk_use(2048 * PL_MIB, 1040 * PL_MIB);
        assert_string_equal(desk_plan(), "high=1792M");
}

/* A max that somebody has set below what is in use is the kernel's to settle. */
static void raising_waits_until_the_use_is_below_it(void **state)
{
        (void) state;
        desk.actual.values[PL_LIMIT_MAX] = 512 * PL_MIB;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_use(PL_GIB, 0);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_WAITING, PL_CAUSE_USE);
        desk_use(PL_GIB - 1, 0);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_int_equal(desk.plan.orders[0].use_below_bytes, PL_GIB);
        (void) desk_setup(state);
        desk.actual.values[PL_LIMIT_MAX] = 512 * PL_MIB;
        desk_want(PL_LIMIT_MAX, PL_SIZE_MAX);
        desk_use(PL_SIZE_MAX, 0);
        assert_string_equal(desk_plan(), "max=max");
}

/* The use has grown between our reading and the writer's. */
static void the_writers_own_look_counts(void **state)
{
        (void) state;
        desk.input.has_swap = false;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        desk_do_until(0, PL_WRITE_E_USE);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_RETRYING, PL_CAUSE_USE);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        desk_later(PL_PLAN_RETRY_FIRST_USEC + PL_PLAN_STAMP_USEC);
        assert_string_equal(desk_plan(), "max=1024M");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                DESK_TEST(a_max_that_fits_is_written_at_once),
                DESK_TEST(the_margin_is_kept_to_the_byte),
                DESK_TEST(max_goes_down_behind_the_use),
                DESK_TEST(what_cannot_be_reclaimed_is_waited_for),
                DESK_TEST(raising_waits_until_the_use_is_below_it),
                DESK_TEST(the_writers_own_look_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
