/* SPDX-License-Identifier: Apache-2.0 */

/* The row of orders is found by taking, again and again, the first of a fixed order whose write disturbs nothing. The order
 * loosens from max downward, then tightens from the promises and swap upward to max. That alone is not enough: a limit that
 * said nothing and now says something goes neither up nor down. So before each write it is held against the others as
 * they are by then. It always ends: who goes up waits only for those above that go up as well, the topmost of which waits
 * for nobody; who goes down likewise for those below; and nobody waits for a limit that says nothing.
 */

#include "plan_internal.h"

enum direction { EITHER, UP, DOWN };

/* Before a limit is hit, it is said who dies then: oom.group first. */
static const struct {
        enum direction direction;
        enum pl_limit limit;
} places[] = {
        { EITHER, PL_LIMIT_OOM_GROUP }, { EITHER, PL_LIMIT_ZSWAP_WRITEBACK },
        { UP, PL_LIMIT_MAX },           { UP, PL_LIMIT_HIGH },
        { UP, PL_LIMIT_SWAP_MAX },      { UP, PL_LIMIT_SWAP_HIGH },
        { UP, PL_LIMIT_ZSWAP_MAX },     { UP, PL_LIMIT_LOW },
        { UP, PL_LIMIT_MIN },           { DOWN, PL_LIMIT_MIN },
        { DOWN, PL_LIMIT_LOW },         { DOWN, PL_LIMIT_SWAP_MAX },
        { DOWN, PL_LIMIT_SWAP_HIGH },   { DOWN, PL_LIMIT_ZSWAP_MAX },
        { DOWN, PL_LIMIT_HIGH },        { DOWN, PL_LIMIT_MAX },
};

/* min <= low <= high <= max. */
static const enum pl_limit chain[] = { PL_LIMIT_MIN, PL_LIMIT_LOW, PL_LIMIT_HIGH, PL_LIMIT_MAX };
_Static_assert(PL_LIMIT_MIN < PL_LIMIT_LOW && PL_LIMIT_LOW < PL_LIMIT_HIGH &&
                       PL_LIMIT_HIGH < PL_LIMIT_MAX,
               "who comes first in the chain is the lower one");

struct row {
        struct pl_planning *planning;
        uint64_t at[PL_LIMIT_COUNT];  /* by the end of the row so far */
        uint64_t end[PL_LIMIT_COUNT]; /* where it all leads; of what others hold, what is */
};

static bool is_disorder(enum pl_limit lower, uint64_t lower_value, enum pl_limit upper,
                        uint64_t upper_value)
{
        pl_assert(lower < upper && upper <= PL_LIMIT_MAX);

        return lower_value > upper_value && lower_value != pl_plan_nothing(lower) &&
               upper_value != pl_plan_nothing(upper);
}

/* Whether two limits are in order, one of which is given. */
static bool is_disorder_of(const uint64_t *values, enum pl_limit limit, uint64_t value,
                           enum pl_limit other)
{
        pl_assert(other != limit);

        return other < limit ? is_disorder(other, values[other], limit, value)
                             : is_disorder(limit, value, other, values[other]);
}

/* Whether writing it would bring it out of order with another, where there is order now and will be in the end. */
static bool disturbs(const struct row *row, enum pl_limit limit, uint64_t value)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        if (limit > PL_LIMIT_MAX)
                return false;
        for (unsigned i = 0; i < PL_ARRAY_LENGTH(chain); i++)
                if (chain[i] != limit && is_disorder_of(row->at, limit, value, chain[i]) &&
                    !is_disorder_of(row->at, limit, row->at[limit], chain[i]) &&
                    !is_disorder_of(row->end, limit, row->end[limit], chain[i]))
                        return true;
        return false;
}

static bool next_value(const struct row *row, unsigned place, uint64_t *ret_value)
{
        enum pl_limit limit = places[place].limit;
        uint64_t at = row->at[limit];

        pl_assert(place < PL_ARRAY_LENGTH(places));

        /* What is in the row already may not be ordered again before it is late. */
        if (!pl_plan_governs(row->planning, limit) || !pl_plan_may(row->planning, limit))
                return false;
        *ret_value = limit == PL_LIMIT_MAX ? pl_plan_max_now(row->planning)
                                           : row->planning->target[limit];
        return *ret_value != at && places[place].direction != (*ret_value > at ? DOWN : UP) &&
               !disturbs(row, limit, *ret_value);
}

struct pl_limit_order *pl_plan_order(struct pl_planning *planning, unsigned limit,
                                     uint64_t value_bytes, enum pl_limit_why why)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];
        struct pl_plan *plan = planning->plan;
        struct pl_limit_order *order;
        uint64_t patience_usec = limit == PL_LIMIT_UNIT ? PL_PLAN_UNIT_VERIFY_USEC
                                                        : PL_PLAN_VERIFY_USEC;

        pl_assert(plan->order_count < PL_LIMIT_ORDERS_MAX);
        pl_assert(memory->phase != PL_PHASE_SENT && memory->phase != PL_PHASE_LEFT);

        if (plan->order_count == 0)
                planning->state->number++;
        order = &plan->orders[plan->order_count++];
        order->limit = limit;
        order->why = why;
        order->number = planning->state->number;
        order->value_bytes = value_bytes;
        order->use_below_bytes = PL_SIZE_MAX;
        order->verify_usec = planning->input->now_usec + patience_usec;
        memory->value = value_bytes;
        memory->phase = PL_PHASE_SENT;
        memory->until = planning->now + pl_plan_stamps(patience_usec);
        return order;
}

static enum pl_limit_why why_of(const struct pl_planning *planning, enum pl_limit limit,
                                uint64_t value)
{
        pl_assert(pl_plan_governs(planning, limit));

        if (planning->plan->limits[limit].news & PL_NEWS_DRIFT)
                return PL_WHY_DRIFT;
        return value != planning->target[limit] ? PL_WHY_STEP : planning->plan->limits[limit].why;
}

/* Whether systemd has been told this, and yet it is not so: somebody has told it something else, which is undone only by a
 * call of ours. */
static bool is_told(const struct pl_planning *planning, enum pl_limit limit, uint64_t value)
{
        pl_assert(pl_plan_governs(planning, limit));

        return planning->state->limits[limit].phase == PL_PHASE_NEW &&
               planning->plan->limits[limit].why == PL_WHY_PROFILE &&
               planning->input->properties & pl_limit_bit(limit) &&
               pl_limits_has(planning->input->kept, limit) &&
               planning->input->kept->values[limit] == value;
}

static void order(struct row *row, enum pl_limit limit, uint64_t value)
{
        struct pl_planning *planning = row->planning;
        uint64_t use = planning->input->current_bytes;
        struct pl_limit_order *order;

        pl_assert(value != row->at[limit]);

        if (is_told(planning, limit, value))
                planning->state->unit_is_stale = true;
        order = pl_plan_order(planning, limit, value, why_of(planning, limit, value));
        if (limit == PL_LIMIT_MAX) {
                pl_assert(value > 0 && (value == PL_SIZE_MAX || use < value));
                /* Half the margin is for the use to grow into between two readings of it. */
                order->use_below_bytes = value > row->at[limit] ? value
                                                                : value - pl_plan_margin(use) / 2;
        }
        pl_assert(value > 0 || limit != PL_LIMIT_HIGH);
        row->at[limit] = value;
}

/* What another hand holds is not in ours, and a push leads to what was there before it. */
static uint64_t end_of(const struct pl_planning *planning, enum pl_limit limit)
{
        const struct pl_limits *originals = planning->input->originals;

        pl_assert(limit < PL_LIMIT_COUNT);

        if (!pl_plan_governs(planning, limit) || planning->state->limits[limit].level > 0)
                return planning->at[limit];
        if (planning->plan->limits[limit].why != PL_WHY_PUSH)
                return planning->target[limit];
        return pl_limits_has(originals, limit) ? originals->values[limit] : planning->at[limit];
}

static void begin(struct row *row)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                row->at[i] = row->planning->at[i];
                row->end[i] = end_of(row->planning, i);
        }
}

static bool order_next(struct row *row)
{
        for (unsigned i = 0; i < PL_ARRAY_LENGTH(places); i++) {
                uint64_t value;

                if (next_value(row, i, &value)) {
                        order(row, places[i].limit, value);
                        return true;
                }
        }
        return false;
}

void pl_plan_write_row(struct pl_planning *planning)
{
        struct row row = { .planning = planning };

        pl_assert(planning->plan->order_count == 0);

        begin(&row);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (!order_next(&row))
                        return;
}
