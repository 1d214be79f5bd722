/* SPDX-License-Identifier: Apache-2.0 */

/* In which order limits are written, and which values. */

#include "engine/desk.h"

static void tightening_goes_from_swap_over_high_to_max(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_want(PL_LIMIT_HIGH, 900 * PL_MIB);
        desk_want(PL_LIMIT_SWAP_MAX, 512 * PL_MIB);
        assert_string_equal(desk_plan(), "swap.max=512M high=900M max=1024M");
        assert_string_equal(desk_next(), "");
}

static void loosening_goes_from_max_over_high_to_swap(void **state)
{
        (void) state;
        tightening_goes_from_swap_over_high_to_max(state);
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk_want(PL_LIMIT_HIGH, 3 * PL_GIB);
        desk_want(PL_LIMIT_MAX, 4 * PL_GIB);
        assert_string_equal(desk_plan(), "max=4096M high=3072M swap.max=1024M");
        assert_string_equal(desk_next(), "");
}

static void every_file_has_its_place(void **state)
{
        (void) state;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                desk_want(i,
                          pl_limit_is_switch(i) ? i == PL_LIMIT_OOM_GROUP : (i + 1) * 256 * PL_MIB);
        assert_string_equal(desk_plan(),
                            "oom.group=1 zswap.writeback=0 low=512M min=256M swap.max=1536M "
                            "swap.high=1280M zswap.max=1792M high=768M max=1024M");
        assert_string_equal(desk_next(), "");
}

/* A profile that lowers all is let down from below, one that raises all is raised from above. */
static void promises_move_before_what_holds_them(void **state)
{
        (void) state;
        every_file_has_its_place(state);
        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++)
                desk_want(i, (i + 1) * 128 * PL_MIB);
        assert_string_equal(desk_plan(), "min=128M low=256M high=384M max=512M");
        (void) desk_next();
        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++)
                desk_want(i, (i + 1) * 512 * PL_MIB);
        assert_string_equal(desk_plan(), "max=2048M high=1536M low=1024M min=512M");
}

/* ---- every way from one order of the four to another ---- */

static bool says(unsigned limit, uint64_t value)
{
        return limit <= PL_LIMIT_LOW ? value != 0 : value != PL_SIZE_MAX;
}

static bool in_order(const uint64_t *values)
{
        for (unsigned lower = 0; lower <= PL_LIMIT_MAX; lower++)
                for (unsigned upper = lower + 1; upper <= PL_LIMIT_MAX; upper++)
                        if (says(lower, values[lower]) && says(upper, values[upper]) &&
                            values[lower] > values[upper])
                                return false;
        return true;
}

enum { LEVELS = 5, WAYS = LEVELS * LEVELS * LEVELS * LEVELS };

/* The number's digits: 0 says nothing, 1 to 4 are GiB. */
static void spread(unsigned way, uint64_t *values)
{
        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++, way /= LEVELS)
                values[i] = way % LEVELS != 0   ? (way % LEVELS) * PL_GIB
                            : i <= PL_LIMIT_LOW ? 0
                                                : PL_SIZE_MAX;
}

static void walk(const uint64_t *begin, const uint64_t *end)
{
        desk_open();
        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++) {
                desk.actual.values[i] = begin[i];
                desk_want(i, end[i]);
        }
        (void) desk_plan();
        for (uint32_t i = 0; i < desk.plan.order_count; i++) {
                desk_write(&desk.plan.orders[i]);
                assert_true(in_order(desk.actual.values));
        }
        assert_memory_equal(desk.actual.values, end, 4 * sizeof *end);
}

static void no_way_leads_through_disorder(void **state)
{
        unsigned walks = 0;

        (void) state;
        for (unsigned from = 0; from < WAYS; from++) {
                uint64_t begin[PL_LIMIT_COUNT] = {}, end[PL_LIMIT_COUNT] = {};

                spread(from, begin);
                if (!in_order(begin))
                        continue;
                for (unsigned to = 0; to < WAYS; to++) {
                        spread(to, end);
                        if (!in_order(end))
                                continue;
                        walk(begin, end);
                        walks++;
                }
        }
        /* k of four limits say one of four levels, never falling: the sum of (4 over k)(k + 3 over 3) is 192. */
        assert_int_equal(walks, 192 * 192);
}

/* ---- what is in the way ---- */

static void a_limit_waits_behind_one_that_failed(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        desk_settle();
        desk_want(PL_LIMIT_MAX, 2 * PL_GIB);
        desk_want(PL_LIMIT_HIGH, 1536 * PL_MIB);
        assert_string_equal(desk_plan(), "max=2048M high=1536M");
        desk_do_until(0, PL_WRITE_E_AGAIN);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_RETRYING, PL_CAUSE_BUSY);
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_WAITING, PL_CAUSE_BEHIND);
        desk_later(PL_USEC_PER_SEC);
        assert_string_equal(desk_plan(), "max=2048M high=1536M");
}

static void what_nobody_wants_is_in_nobodys_way(void **state)
{
        (void) state;
        desk.actual.values[PL_LIMIT_LOW] = 2 * PL_GIB;
        desk.actual.values[PL_LIMIT_HIGH] = 3 * PL_GIB;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        assert_string_equal(desk_plan(), "max=1024M");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_LOW, PL_LIMIT_UNSET, PL_CAUSE_NONE);
}

static void a_disorder_that_is_there_does_not_stop_us(void **state)
{
        (void) state;
        desk.actual.values[PL_LIMIT_MIN] = 4 * PL_GIB;
        desk.actual.values[PL_LIMIT_LOW] = 3 * PL_GIB;
        desk.actual.values[PL_LIMIT_HIGH] = 2 * PL_GIB;
        desk.actual.values[PL_LIMIT_MAX] = PL_GIB;
        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++)
                desk_want(i, (i + 1) * 512 * PL_MIB);
        desk_settle();
        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++)
                assert_stands(i, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
}

/* ---- values ---- */

static void values_compare_rounded_down_to_pages(void **state)
{
        static const struct {
                const char *name, *row;
                uint64_t wanted, page;
                enum pl_limit limit;
        } rows[] = {
                { "a page", "max=1024M", PL_GIB, 4096, PL_LIMIT_MAX },
                { "within a page", "max=1024M", PL_GIB + 4095, 4096, PL_LIMIT_MAX },
                { "large pages", "max=1024M", PL_GIB + 65535, 65536, PL_LIMIT_MAX },
                { "the kernel's max", "", INT64_MAX, 4096, PL_LIMIT_MAX },
                { "above 2^63", "", UINT64_MAX - 1, 4096, PL_LIMIT_MAX },
                { "just below", "max=8796093022207M", (UINT64_C(1) << 63) - PL_MIB, 4096,
                  PL_LIMIT_MAX },
                { "0 of swap is meant", "swap.max=0", 0, 4096, PL_LIMIT_SWAP_MAX },
                { "less than a page is not 0", "swap.max=4096", 1, 4096, PL_LIMIT_SWAP_MAX },
                { "nor is it of high", "high=4096", 4095, 4096, PL_LIMIT_HIGH },
                { "no promise", "", 0, 4096, PL_LIMIT_MIN },
                { "a switch is not rounded", "oom.group=1", 1, 4096, PL_LIMIT_OOM_GROUP },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                (void) desk_setup(state);
                desk.input.page_bytes = rows[i].page;
                desk_want(rows[i].limit, rows[i].wanted);
                assert_row(rows[i].name, strcmp(desk_plan(), rows[i].row) == 0);
                desk_do();
                /* Whatever was written, the kernel reads it back rounded. */
                assert_row(rows[i].name, strcmp(desk_plan(), "") == 0);
                assert_row(rows[i].name, desk_standing(rows[i].limit)->state == PL_LIMIT_IN_FORCE);
        }
}

static void max_and_high_are_never_zero(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, 0);
        desk_want(PL_LIMIT_HIGH, 0);
        desk_use(0, 0);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_ZERO);
        assert_stands(PL_LIMIT_HIGH, PL_LIMIT_REFUSED, PL_CAUSE_ZERO);

        /* Not even to restore it. */
        desk.input.mode = PL_PLAN_RESTORE;
        pl_limits_put(&desk.originals, PL_LIMIT_MAX, 0);
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_REFUSED, PL_CAUSE_ZERO);
        assert_true(desk.plan.ended);
}

static void what_the_kernel_lacks_is_not_ordered(void **state)
{
        (void) state;
        desk_want_no_more(&desk.actual, PL_LIMIT_ZSWAP_MAX);
        desk_want_no_more(&desk.actual, PL_LIMIT_LOW);
        desk_want(PL_LIMIT_ZSWAP_MAX, 0);
        desk_want(PL_LIMIT_LOW, PL_MIB);
        desk_want(PL_LIMIT_SWAP_MAX, 0);
        assert_string_equal(desk_plan(), "swap.max=0");
        assert_string_equal(desk_next(), "");
        assert_stands(PL_LIMIT_ZSWAP_MAX, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
        assert_int_equal(desk_standing(PL_LIMIT_ZSWAP_MAX)->target_bytes, 0);
        assert_stands(PL_LIMIT_LOW, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
}

static void swap_beyond_its_limit_drains(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_SWAP_MAX, PL_GIB);
        desk.input.swap_bytes = PL_GIB;
        desk_settle();
        assert_stands(PL_LIMIT_SWAP_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        desk.input.swap_bytes++;
        assert_string_equal(desk_plan(), "");
        assert_stands(PL_LIMIT_SWAP_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_DRAINS);
}

static void who_is_at_rest_is_left_in_peace(void **state)
{
        struct pl_plan_state before;

        every_file_has_its_place(state);
        before = desk.state;
        for (unsigned i = 0; i < 1000; i++) {
                desk_later(5 * PL_USEC_PER_SEC);
                assert_string_equal(desk_plan(), "");
                assert_int_equal(desk.plan.wake_usec, UINT64_MAX);
                assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
        }
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                before.limits[i].until = desk.state.limits[i].until;
        assert_memory_equal(&before, &desk.state, sizeof before);
}

static void arrival_is_said_once(void **state)
{
        (void) state;
        desk_want(PL_LIMIT_MAX, PL_GIB);
        (void) desk_plan();
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_ORDERED, PL_CAUSE_NONE);
        assert_int_equal(desk.plan.orders[0].why, PL_WHY_PROFILE);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->value_bytes, PL_SIZE_MAX);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->target_bytes, PL_GIB);
        (void) desk_next();
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, PL_NEWS_ARRIVED);
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        (void) desk_next();
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);

        /* What was right before us is no news. */
        desk_open();
        desk_want(PL_LIMIT_MAX, PL_SIZE_MAX);
        (void) desk_plan();
        assert_stands(PL_LIMIT_MAX, PL_LIMIT_IN_FORCE, PL_CAUSE_NONE);
        assert_int_equal(desk_standing(PL_LIMIT_MAX)->news, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                DESK_TEST(tightening_goes_from_swap_over_high_to_max),
                DESK_TEST(loosening_goes_from_max_over_high_to_swap),
                DESK_TEST(every_file_has_its_place),
                DESK_TEST(promises_move_before_what_holds_them),
                DESK_TEST(no_way_leads_through_disorder),
                DESK_TEST(a_limit_waits_behind_one_that_failed),
                DESK_TEST(what_nobody_wants_is_in_nobodys_way),
                DESK_TEST(a_disorder_that_is_there_does_not_stop_us),
                DESK_TEST(values_compare_rounded_down_to_pages),
                DESK_TEST(max_and_high_are_never_zero),
                DESK_TEST(what_the_kernel_lacks_is_not_ordered),
                DESK_TEST(swap_beyond_its_limit_drains),
                DESK_TEST(who_is_at_rest_is_left_in_peace),
                DESK_TEST(arrival_is_said_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
