/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* desk - one workload and who carries out the orders for it, for the tests of the rules: the files take what they are
 * given. What goes wrong, a test says itself. Whatever is planned is planned twice, and has to come to the same bytes.
 */

#include "plimsoll/base/text.h"
#include "plimsoll/engine/plan.h"
#include "test.h"

enum { DESK_PAGE = 4096 };

struct desk {
        struct pl_plan_state state;
        struct pl_plan_input input;
        struct pl_limits wanted, overlay, actual, originals, kept;
        struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX];
        struct pl_plan plan;
        char row[512];
};

static struct desk desk;

static inline void desk_open(void)
{
        static const uint64_t fresh[PL_LIMIT_COUNT] = {
                [PL_LIMIT_HIGH] = PL_SIZE_MAX,      [PL_LIMIT_MAX] = PL_SIZE_MAX,
                [PL_LIMIT_SWAP_HIGH] = PL_SIZE_MAX, [PL_LIMIT_SWAP_MAX] = PL_SIZE_MAX,
                [PL_LIMIT_ZSWAP_MAX] = PL_SIZE_MAX, [PL_LIMIT_ZSWAP_WRITEBACK] = 1,
        };

        memset(&desk, 0, sizeof desk);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                pl_limits_put(&desk.actual, i, fresh[i]);
        desk.input = (struct pl_plan_input){
                .now_usec = PL_USEC_PER_HOUR,
                .page_bytes = DESK_PAGE,
                .wanted = &desk.wanted,
                .overlay = &desk.overlay,
                .actual = &desk.actual,
                .originals = &desk.originals,
                .kept = &desk.kept,
                .current_bytes = 64 * PL_MIB,
                .reclaimable_bytes = 64 * PL_MIB,
                .has_swap = true,
                .outcomes = desk.outcomes,
        };
}

static inline int desk_setup(void **state)
{
        (void) state;
        desk_open();
        return 0;
}

static inline void desk_use(uint64_t current_bytes, uint64_t reclaimable_bytes)
{
        desk.input.current_bytes = current_bytes;
        desk.input.reclaimable_bytes = reclaimable_bytes;
}

static inline const char *desk_amount(char *buffer, size_t size, uint64_t value)
{
        if (value == PL_SIZE_MAX)
                return "max";
        if (value >= PL_MIB && value % PL_MIB == 0)
                (void) snprintf(buffer, size, "%lluM", (unsigned long long) (value / PL_MIB));
        else
                (void) snprintf(buffer, size, "%llu", (unsigned long long) value);
        return buffer;
}

/* "swap.max=0 high=900M max=1024M": the orders, as a test compares them. */
static inline const char *desk_row(void)
{
        struct pl_text text;

        pl_text_init(&text, desk.row, sizeof desk.row);
        for (uint32_t i = 0; i < desk.plan.order_count; i++) {
                const struct pl_limit_order *order = &desk.plan.orders[i];
                char amount[32];

                if (i > 0)
                        pl_text_add(&text, " ");
                if (order->limit == PL_LIMIT_UNIT)
                        pl_text_add(&text, "unit");
                else
                        pl_text_addf(&text, "%s=%s", pl_limit_file(order->limit) + 7,
                                     desk_amount(amount, sizeof amount, order->value_bytes));
        }
        return desk.row;
}

static inline const char *desk_plan(void)
{
        struct pl_plan_state before = desk.state, twin = desk.state;
        struct pl_plan again;

        memset(&desk.plan, 0xAA, sizeof desk.plan);
        memset(&again, 0x55, sizeof again);
        pl_plan_limits(&desk.state, &desk.input, &desk.plan);
        pl_plan_limits(&twin, &desk.input, &again);
        assert_memory_equal(&desk.plan, &again, sizeof again);
        assert_memory_equal(&desk.state, &twin, sizeof twin);
        assert_int_equal(desk.state.number - before.number, desk.plan.order_count > 0);
        desk.input.outcome_count = 0;
        return desk_row();
}

/* As the writer does it: the original is noted, then written. */
static inline void desk_write(const struct pl_limit_order *order)
{
        if (order->limit == PL_LIMIT_UNIT) {
                for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                        if (pl_limits_has(&desk.plan.properties, i))
                                pl_limits_put(&desk.kept, i, desk.plan.properties.values[i]);
                return;
        }
        if (!pl_limits_has(&desk.originals, order->limit))
                pl_limits_put(&desk.originals, order->limit, desk.actual.values[order->limit]);
        desk.actual.values[order->limit] = order->value_bytes;
}

/* The first so many orders are carried out, the next comes to `result`, the rest is skipped. */
static inline void desk_do_until(uint32_t good, enum pl_write_result result)
{
        for (uint32_t i = 0; i < desk.plan.order_count; i++) {
                const struct pl_limit_order *order = &desk.plan.orders[i];

                desk.outcomes[i] = (struct pl_limit_outcome){
                        .limit = order->limit,
                        .number = order->number,
                        .result = i < good    ? PL_WRITTEN
                                  : i == good ? result
                                              : PL_WRITE_E_SKIPPED,
                };
                if (i < good)
                        desk_write(order);
        }
        desk.input.outcome_count = desk.plan.order_count;
}

static inline void desk_do(void)
{
        desk_do_until(desk.plan.order_count, PL_WRITTEN);
}

static inline void desk_later(uint64_t usec)
{
        desk.input.now_usec += usec;
}

/* Carries out the plan, and looks a second later. */
static inline const char *desk_next(void)
{
        desk_do();
        desk_later(PL_USEC_PER_SEC);
        return desk_plan();
}

/* Until nothing is ordered; all the rows, one after the other, are in the files then. */
static inline void desk_settle(void)
{
        (void) desk_plan();
        for (unsigned i = 0; desk.plan.order_count > 0; i++) {
                assert_true(i < 20);
                (void) desk_next();
        }
}

static inline const struct pl_limit_standing *desk_standing(unsigned limit)
{
        return &desk.plan.limits[limit];
}

#define assert_stands(limit, wanted_state, wanted_cause)                                           \
        do {                                                                                       \
                assert_int_equal(desk_standing(limit)->state, wanted_state);                       \
                assert_int_equal(desk_standing(limit)->cause, wanted_cause);                       \
        } while (0)

static inline void desk_want(enum pl_limit limit, uint64_t value)
{
        pl_limits_put(&desk.wanted, limit, value);
}

static inline void desk_want_no_more(struct pl_limits *limits, enum pl_limit limit)
{
        limits->set &= ~(UINT32_C(1) << limit);
}

#define DESK_TEST(function) cmocka_unit_test_setup(function, desk_setup)
