/* SPDX-License-Identifier: Apache-2.0 */

/* Of a unit that systemd owns, what is written holds only until systemd applies the unit again: on a reload (252), or when any
 * property is set. So, once everything is in force, systemd is told in one call. Not before: PID 1 writes the files itself
 * and would block in the same reclaim, or kill. The call makes systemd apply all of the unit, and with it oom.group by its
 * own OOMPolicy; so that one is written again behind it. What the profile does not set is not in the call, for systemd would
 * then hold it against whoever else has set it; but what it no longer sets, and systemd still holds on our word, is, as the
 * original.
 */

#include "plan_internal.h"

#include <string.h>

/* A call with this much more in use than memory.high would make PID 1 reclaim it. */
static bool is_far_below_use(uint64_t high, uint64_t use)
{
        pl_assert(high > 0);

        return pl_plan_add(high, high / 8) < use;
}

bool pl_plan_unit_has(const struct pl_planning *planning, enum pl_limit limit)
{
        const struct pl_plan_input *input = planning->input;

        pl_assert(limit < PL_LIMIT_COUNT);

        return input->is_unit && input->mode == PL_PLAN_APPLY &&
               input->properties & pl_limit_bit(limit) && pl_limits_has(input->kept, limit) &&
               input->kept->values[limit] != planning->target[limit];
}

/* What the call would carry. */
static struct pl_limits carried(const struct pl_planning *planning)
{
        struct pl_limits limits;

        memset(&limits, 0, sizeof limits);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (planning->input->properties & pl_limit_bit(i) && pl_plan_governs(planning, i) &&
                    (planning->plan->limits[i].why == PL_WHY_PROFILE ||
                     pl_plan_unit_has(planning, i)))
                        pl_limits_put(&limits, i, planning->target[i]);
        return limits;
}

static bool is_known(const struct pl_planning *planning, const struct pl_limits *limits)
{
        const struct pl_limits *kept = planning->input->kept;

        pl_assert(limits->set != 0);

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(limits, i) &&
                    (!pl_limits_has(kept, i) || kept->values[i] != limits->values[i]))
                        return false;
        return !planning->state->unit_is_stale;
}

/* Why the call has to wait, if it has to. */
static enum pl_limit_cause obstacle(const struct pl_planning *planning)
{
        pl_assert(planning->input->is_unit && planning->input->mode == PL_PLAN_APPLY);

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                enum pl_limit_why why = planning->plan->limits[i].why;

                if (!pl_plan_governs(planning, i) ||
                    !(planning->input->properties & pl_limit_bit(i)))
                        continue;
                if (why == PL_WHY_OVERLAY)
                        return PL_CAUSE_OVERLAY;
                if (why == PL_WHY_PUSH || !pl_plan_arrived(planning, i))
                        return PL_CAUSE_BEHIND;
        }
        if (pl_plan_governs(planning, PL_LIMIT_HIGH) &&
            is_far_below_use(planning->target[PL_LIMIT_HIGH], planning->input->current_bytes))
                return PL_CAUSE_USE;
        return PL_CAUSE_NONE;
}

void pl_plan_keep(struct pl_planning *planning)
{
        const struct pl_plan_memory *group = &planning->state->limits[PL_LIMIT_OOM_GROUP];
        struct pl_limits limits = carried(planning);

        pl_assert(group->phase != PL_PHASE_SENT || planning->plan->order_count > 0);

        if (!planning->input->is_unit || planning->input->mode != PL_PLAN_APPLY ||
            limits.set == 0 || is_known(planning, &limits) || planning->plan->order_count > 0 ||
            planning->now < planning->state->limits[PL_LIMIT_UNIT].until ||
            obstacle(planning) != PL_CAUSE_NONE)
                return;
        planning->plan->properties = limits;
        (void) pl_plan_order(planning, PL_LIMIT_UNIT, 0, PL_WHY_KEEP);
        if (group->phase == PL_PHASE_HELD)
                (void) pl_plan_order(planning, PL_LIMIT_OOM_GROUP, group->value, PL_WHY_AGAIN);
}

enum pl_limit_state pl_plan_unit_state(const struct pl_planning *planning,
                                       enum pl_limit_cause *ret_cause)
{
        const struct pl_plan_memory *memory = &planning->state->limits[PL_LIMIT_UNIT];
        struct pl_limits limits = carried(planning);

        pl_assert(ret_cause);

        *ret_cause = PL_CAUSE_NONE;
        if (!planning->input->is_unit || planning->input->mode != PL_PLAN_APPLY || limits.set == 0)
                return PL_LIMIT_UNSET;
        if (is_known(planning, &limits))
                return PL_LIMIT_IN_FORCE;
        *ret_cause = obstacle(planning);
        if (*ret_cause != PL_CAUSE_NONE)
                return PL_LIMIT_WAITING;
        *ret_cause = (enum pl_limit_cause) memory->cause;
        return memory->cause == PL_CAUSE_BUSY || memory->cause == PL_CAUSE_NONE ? PL_LIMIT_RETRYING
                                                                                : PL_LIMIT_REFUSED;
}
