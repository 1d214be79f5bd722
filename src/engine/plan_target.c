/* SPDX-License-Identifier: Apache-2.0 */

/* What a limit should be, by who says so last: an overlay, the profile, and where nobody wants anything of it any more, what
 * was there before we wrote. So an overlay that ends, a key that leaves the profile, a push whose daemon died, and
 * `restore` are one and the same: the original is what remains.
 */

#include "plan_internal.h"

/* FNV-1a (Fowler, Noll, Vo), over 32 bits. */
static uint32_t digest(uint32_t hash, uint64_t value)
{
        for (unsigned i = 0; i < sizeof value; i++)
                hash = (hash ^ (uint8_t) (value >> 8 * i)) * UINT32_C(16777619);
        return hash;
}

static uint32_t digest_profile(const struct pl_plan_input *input)
{
        uint32_t hash = digest(UINT32_C(2166136261), input->wanted->set);

        hash = digest(hash, input->drift);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(input->wanted, i))
                        hash = digest(hash, input->wanted->values[i]);
        return hash;
}

static void forget(struct pl_plan_memory *memory)
{
        pl_assert(memory->phase <= PL_PHASE_FREE);

        if (memory->phase == PL_PHASE_SENT)
                return;
        if (memory->phase != PL_PHASE_FREE)
                memory->phase = PL_PHASE_NEW;
        memory->cause = PL_CAUSE_NONE;
        memory->tries = 0;
        /* Another hand does not stop because the profile is another. */
        if (memory->level == 0)
                memory->until = 0;
}

void pl_plan_notice_profile(struct pl_planning *planning)
{
        uint32_t profile = digest_profile(planning->input);

        if (profile == planning->state->profile)
                return;
        planning->state->profile = profile;
        planning->state->rests = 0;
        planning->state->is_pushing = false;
        planning->state->push_until = 0;
        for (unsigned i = 0; i <= PL_LIMIT_UNIT; i++)
                forget(&planning->state->limits[i]);
}

/* Only what was meant as 0 becomes 0: less than a page becomes a page. */
static uint64_t canonical(const struct pl_planning *planning, enum pl_limit limit, uint64_t value)
{
        uint64_t page = planning->input->page_bytes;

        if (pl_limit_is_switch(limit)) {
                pl_assert(value <= 1);
                return value;
        }
        return value > 0 && value < page ? page : pl_plan_round(value, page);
}

/* Whether the profile's memory.high is not applied for want of swap. */
static bool is_withheld(const struct pl_planning *planning, enum pl_limit limit)
{
        return limit == PL_LIMIT_HIGH && pl_limits_has(planning->input->wanted, limit) &&
               planning->input->wanted->values[limit] != PL_SIZE_MAX &&
               !pl_plan_may_throttle(planning->input);
}

/* Who says what it should be; NULL if nobody does. */
static const struct pl_limits *source(const struct pl_planning *planning, enum pl_limit limit,
                                      enum pl_limit_why *ret_why)
{
        const struct pl_plan_input *input = planning->input;

        pl_assert(limit < PL_LIMIT_COUNT);

        *ret_why = PL_WHY_OVERLAY;
        if (input->mode != PL_PLAN_RESTORE && pl_limits_has(input->overlay, limit))
                return input->overlay;
        *ret_why = PL_WHY_PROFILE;
        if (input->mode != PL_PLAN_RESTORE && pl_limits_has(input->wanted, limit) &&
            !is_withheld(planning, limit))
                return input->wanted;
        *ret_why = PL_WHY_RETURN;
        return pl_limits_has(input->originals, limit) &&
                               planning->state->limits[limit].phase != PL_PHASE_FREE
                       ? input->originals
                       : NULL;
}

static void refuse(struct pl_limit_standing *standing, enum pl_limit_state state,
                   enum pl_limit_cause cause)
{
        pl_assert(state != PL_LIMIT_UNSET && state != PL_LIMIT_IN_FORCE);

        standing->state = (uint8_t) state;
        standing->cause = (uint8_t) cause;
}

static void govern(struct pl_planning *planning, enum pl_limit limit, uint64_t target)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(pl_plan_offers(planning, limit));
        pl_assert(!pl_plan_governs(planning, limit));

        if (memory->phase == PL_PHASE_FREE ||
            (memory->phase == PL_PHASE_LEFT &&
             (planning->at[limit] == target || planning->input->mode == PL_PLAN_RESTORE)))
                memory->phase = PL_PHASE_NEW;
        if (memory->phase == PL_PHASE_LEFT) {
                refuse(&planning->plan->limits[limit], PL_LIMIT_LEFT,
                       planning->input->drift == PL_DRIFT_YIELD ? PL_CAUSE_YIELD : PL_CAUSE_ALARM);
                return;
        }
        planning->governed |= pl_limit_bit(limit);
        planning->target[limit] = target;
}

static void choose(struct pl_planning *planning, enum pl_limit limit)
{
        struct pl_limit_standing *standing = &planning->plan->limits[limit];
        enum pl_limit_why why;
        const struct pl_limits *from = source(planning, limit, &why);

        pl_assert(limit < PL_LIMIT_COUNT);

        planning->target[limit] = planning->at[limit];
        standing->value_bytes = standing->target_bytes = planning->at[limit];
        if (!from)
                return;
        standing->why = why;
        standing->target_bytes = canonical(planning, limit, from->values[limit]);
        if (!pl_plan_offers(planning, limit))
                refuse(standing, PL_LIMIT_ABSENT, PL_CAUSE_NONE);
        else if (standing->target_bytes == 0 && (limit == PL_LIMIT_MAX || limit == PL_LIMIT_HIGH))
                refuse(standing, PL_LIMIT_REFUSED, PL_CAUSE_ZERO);
        else
                govern(planning, limit, standing->target_bytes);
}

/* How it stands with the profile's word, once the file is back at what it was. */
static void say_withheld(struct pl_planning *planning)
{
        struct pl_limit_standing *standing = &planning->plan->limits[PL_LIMIT_HIGH];
        const struct pl_plan_input *input = planning->input;

        if (input->mode == PL_PLAN_RESTORE || pl_limits_has(input->overlay, PL_LIMIT_HIGH) ||
            !is_withheld(planning, PL_LIMIT_HIGH) || !pl_plan_offers(planning, PL_LIMIT_HIGH) ||
            !pl_plan_arrived(planning, PL_LIMIT_HIGH))
                return;
        refuse(standing, PL_LIMIT_WAITING, PL_CAUSE_NO_SWAP);
        standing->target_bytes = canonical(planning, PL_LIMIT_HIGH,
                                           input->wanted->values[PL_LIMIT_HIGH]);
}

void pl_plan_choose_targets(struct pl_planning *planning)
{
        pl_assert(planning->governed == 0);

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                choose(planning, i);
        say_withheld(planning);
}
