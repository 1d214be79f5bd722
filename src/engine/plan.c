/* SPDX-License-Identifier: Apache-2.0 */

/* The files say what is, the profile says what should be, and each call looks at both anew: what is remembered only keeps
 * apart what we did and what others did, and how long to wait. So a state that is lost costs nothing but that.
 *
 * A call goes from what came back to what is to be done: outcomes, drift, targets, what has come into force, the push that
 * makes use fall, the row of orders, and what systemd has to know. While a row is out nothing is ordered, for what the
 * files say may be older than what is on its way to them; a write that hangs in the kernel hangs on a lock or in reclaim,
 * and a second one behind it would hang too.
 */

#include "plan_internal.h"

#include <string.h>

uint64_t pl_plan_nothing(enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return limit == PL_LIMIT_MIN || limit == PL_LIMIT_LOW ? 0 : PL_SIZE_MAX;
}

uint64_t pl_plan_add(uint64_t a, uint64_t b)
{
        return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint32_t pl_plan_stamps(uint64_t usec)
{
        pl_assert(usec <= PL_USEC_PER_DAY);

        return (uint32_t) ((usec + PL_PLAN_STAMP_USEC - 1) >> PL_PLAN_STAMP_BITS);
}

uint32_t pl_plan_doubled(uint64_t first_usec, uint64_t last_usec, unsigned times)
{
        pl_assert(first_usec > 0 && first_usec <= last_usec);
        pl_assert(times < 16);

        return pl_plan_stamps(PL_MIN(first_usec << times, last_usec));
}

/* PAGE_COUNTER_MAX of a 64-bit kernel is LONG_MAX / PAGE_SIZE, and from there on it prints "max" (mm/page_counter.c and
 * mem_cgroup_seq_show…() in mm/memcontrol.c, 5.10 to 7.2). */
uint64_t pl_plan_round(uint64_t bytes, uint64_t page_bytes)
{
        uint64_t pages;

        pl_assert(page_bytes > 0);

        pages = bytes / page_bytes;
        return pages >= INT64_MAX / page_bytes ? PL_SIZE_MAX : pages * page_bytes;
}

static void check(const struct pl_plan_state *state, const struct pl_plan_input *input)
{
        pl_assert(state);
        pl_assert(input->wanted && input->overlay && input->actual);
        pl_assert(input->originals && input->kept);
        pl_assert(input->outcome_count == 0 || input->outcomes);
        pl_assert(input->page_bytes > 0 && (input->page_bytes & (input->page_bytes - 1)) == 0);
        pl_assert(input->now_usec >> PL_PLAN_STAMP_BITS <=
                  UINT32_MAX - pl_plan_stamps(PL_USEC_PER_DAY));
}

static void read_actual(struct pl_planning *planning)
{
        const struct pl_limits *actual = planning->input->actual;

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (!pl_limits_has(actual, i))
                        planning->at[i] = pl_plan_nothing(i);
                else if (pl_limit_is_switch(i))
                        planning->at[i] = actual->values[i];
                else
                        planning->at[i] = pl_plan_round(actual->values[i],
                                                        planning->input->page_bytes);
}

/* What happens to the limits meanwhile may happen: nobody's drift. */
static void let_go(struct pl_plan_state *state)
{
        pl_assert(!state->is_gone);

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (state->limits[i].phase == PL_PHASE_WRITTEN ||
                    state->limits[i].phase == PL_PHASE_HELD)
                        state->limits[i].phase = PL_PHASE_NEW;
}

static void act(struct pl_planning *planning)
{
        pl_assert(planning->input->mode == PL_PLAN_APPLY ||
                  planning->input->mode == PL_PLAN_RESTORE);
        pl_assert(!pl_plan_is_out(planning));

        pl_plan_find_drift(planning);
        pl_plan_choose_targets(planning);
        pl_plan_push(planning);
        pl_plan_settle(planning);
        pl_plan_write_row(planning);
        pl_plan_keep(planning);
}

void pl_plan_limits(struct pl_plan_state *state, const struct pl_plan_input *input,
                    struct pl_plan *ret_plan)
{
        struct pl_planning planning = {
                .state = state,
                .input = input,
                .plan = ret_plan,
                .now = (uint32_t) (input->now_usec >> PL_PLAN_STAMP_BITS),
        };

        check(state, input);
        pl_assert(ret_plan);

        memset(ret_plan, 0, sizeof *ret_plan); /* the same bytes also between its members */
        read_actual(&planning);
        pl_plan_take_outcomes(&planning);
        pl_plan_notice_profile(&planning);
        if (state->is_gone || pl_plan_is_out(&planning)) {
                pl_plan_choose_targets(&planning);
        } else if (input->mode == PL_PLAN_PAUSED || input->mode == PL_PLAN_OBSERVED) {
                let_go(state);
                pl_plan_choose_targets(&planning);
        } else {
                act(&planning);
        }
        pl_plan_say(&planning);
}
