/* SPDX-License-Identifier: Apache-2.0 */

/* How it stands is worked out anew at each call from what is and what is remembered, so that it cannot say anything else than
 * what the next call would do.
 */

#include "plan_internal.h"

static void say(struct pl_limit_standing *standing, enum pl_limit_state state,
                enum pl_limit_cause cause)
{
        pl_assert(state < PL_LIMIT_STATES && cause < PL_CAUSES);

        standing->state = (uint8_t) state;
        standing->cause = (uint8_t) cause;
}

static void say_sent(const struct pl_planning *planning, unsigned limit)
{
        const struct pl_plan_memory *memory = &planning->state->limits[limit];
        bool is_late = memory->cause == PL_CAUSE_LATE || planning->now >= memory->until;

        pl_assert(memory->phase == PL_PHASE_SENT);

        say(&planning->plan->limits[limit], PL_LIMIT_ORDERED,
            is_late ? PL_CAUSE_LATE : PL_CAUSE_NONE);
}

/* Of what did not come to what was ordered. */
static enum pl_limit_state state_after(enum pl_limit_cause cause)
{
        pl_assert(cause != PL_CAUSE_NONE && cause != PL_CAUSE_LATE);

        return cause == PL_CAUSE_BUSY || cause == PL_CAUSE_USE ? PL_LIMIT_RETRYING
                                                               : PL_LIMIT_REFUSED;
}

/* Of one that should be something else and is not ordered. */
static void say_outstanding(const struct pl_planning *planning, enum pl_limit limit)
{
        const struct pl_plan_memory *memory = &planning->state->limits[limit];
        struct pl_limit_standing *standing = &planning->plan->limits[limit];

        pl_assert(pl_plan_governs(planning, limit) && !pl_plan_arrived(planning, limit));

        if (memory->level > 0)
                say(standing, PL_LIMIT_CONTENDED, PL_CAUSE_NONE);
        else if (!pl_plan_may(planning, limit))
                say(standing, state_after(memory->cause), memory->cause);
        else if (limit != PL_LIMIT_MAX)
                say(standing, PL_LIMIT_WAITING, PL_CAUSE_BEHIND);
        else if (!pl_plan_is_lowering(planning))
                say(standing, PL_LIMIT_WAITING, PL_CAUSE_USE);
        else
                say(standing, memory->phase == PL_PHASE_HELD ? PL_LIMIT_LOWERING : PL_LIMIT_WAITING,
                    pl_plan_lowering_cause(planning));
}

static void say_governed(const struct pl_planning *planning, enum pl_limit limit)
{
        bool drains = limit == PL_LIMIT_SWAP_MAX &&
                      planning->input->swap_bytes > planning->at[limit];

        pl_assert(pl_plan_offers(planning, limit));

        if (pl_plan_arrived(planning, limit))
                say(&planning->plan->limits[limit], PL_LIMIT_IN_FORCE,
                    drains ? PL_CAUSE_DRAINS : PL_CAUSE_NONE);
        else
                say_outstanding(planning, limit);
}

static bool is_watched(const struct pl_planning *planning)
{
        return planning->input->mode == PL_PLAN_PAUSED || planning->input->mode == PL_PLAN_OBSERVED;
}

static void say_limit(const struct pl_planning *planning, enum pl_limit limit)
{
        struct pl_limit_standing *standing = &planning->plan->limits[limit];

        pl_assert(limit < PL_LIMIT_COUNT);

        standing->drifts = planning->state->limits[limit].drifts;
        if (planning->state->is_gone)
                say(standing, PL_LIMIT_ABSENT, PL_CAUSE_GONE);
        else if (planning->state->limits[limit].phase == PL_PHASE_SENT)
                say_sent(planning, limit);
        else if (is_watched(planning) && pl_plan_governs(planning, limit))
                say(standing, PL_LIMIT_OBSERVED,
                    planning->input->mode == PL_PLAN_PAUSED ? PL_CAUSE_PAUSED : PL_CAUSE_NONE);
        else if (pl_plan_governs(planning, limit) && standing->state == PL_LIMIT_UNSET)
                say_governed(planning, limit);
}

static void say_unit(const struct pl_planning *planning)
{
        enum pl_limit_cause cause;
        enum pl_limit_state state = pl_plan_unit_state(planning, &cause);

        if (planning->state->limits[PL_LIMIT_UNIT].phase == PL_PHASE_SENT)
                say_sent(planning, PL_LIMIT_UNIT);
        else
                say(&planning->plan->limits[PL_LIMIT_UNIT], state, cause);
}

static uint64_t earliest(const struct pl_planning *planning, uint64_t wake_usec, uint32_t until)
{
        pl_assert(wake_usec > planning->input->now_usec);

        return until > planning->now ? PL_MIN(wake_usec, (uint64_t) until << PL_PLAN_STAMP_BITS)
                                     : wake_usec;
}

static uint64_t when_to_wake(const struct pl_planning *planning)
{
        const struct pl_plan_state *state = planning->state;
        uint64_t wake_usec = UINT64_MAX;

        if (state->is_gone || is_watched(planning))
                return UINT64_MAX;
        for (unsigned i = 0; i <= PL_LIMIT_UNIT; i++)
                if (planning->plan->limits[i].state != PL_LIMIT_IN_FORCE)
                        wake_usec = earliest(planning, wake_usec, state->limits[i].until);
        if (state->is_pushing)
                return PL_MIN(wake_usec, planning->input->now_usec + PL_PLAN_PUSH_LOOK_USEC);
        return pl_plan_is_lowering(planning) ? earliest(planning, wake_usec, state->push_until)
                                             : wake_usec;
}

void pl_plan_say(struct pl_planning *planning)
{
        pl_assert(planning->plan->order_count <= PL_LIMIT_ORDERS_MAX);

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                say_limit(planning, i);
        say_unit(planning);
        planning->plan->wake_usec = when_to_wake(planning);
        planning->plan->ended = planning->state->is_gone ||
                                (planning->input->mode == PL_PLAN_RESTORE &&
                                 planning->governed == 0 && !pl_plan_is_out(planning));
}
