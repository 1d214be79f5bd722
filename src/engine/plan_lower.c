/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel takes a memory.max below the use at its word: whoever writes it reclaims, and when that does not get there the
 * OOM killer takes somebody, inside of the write (mem_cgroup_memory_max_write() or memory_max_write(), mm/memcontrol.c). So
 * max goes down behind the use, and never before it. That it goes down at all while it waits keeps what was won: the
 * workload cannot grow back.
 *
 * What makes the use fall is memory.high. Where the profile has none we push with one of our own: an eighth below the use, so
 * that the tasks are slowed and not stopped, and never further than to where max has its margin. A push that takes nothing
 * off within 15 s only hurts and ends; the workload rests, and is pushed again later, for it may be another by then. It is
 * not done where it could not succeed: what cannot be reclaimed is more than max leaves.
 */

#include "plan_internal.h"

uint64_t pl_plan_margin(uint64_t use_bytes)
{
        uint64_t small = PL_MIN(PL_MAX(use_bytes / 16, 64 * PL_KIB), PL_MIB);

        return PL_MAX(small, PL_MIN(use_bytes / 64, 64 * PL_MIB));
}

static uint64_t with_margin(const struct pl_planning *planning)
{
        uint64_t use = planning->input->current_bytes;

        return pl_plan_add(use, pl_plan_margin(use));
}

/* The least that max may be ordered to. */
static uint64_t step(const struct pl_planning *planning)
{
        uint64_t page = planning->input->page_bytes;

        pl_assert(page > 0);

        return pl_plan_round(pl_plan_add(with_margin(planning), page - 1), page);
}

uint64_t pl_plan_max_now(const struct pl_planning *planning)
{
        uint64_t at = planning->at[PL_LIMIT_MAX], target = planning->target[PL_LIMIT_MAX];
        uint64_t use = planning->input->current_bytes, next;

        pl_assert(pl_plan_governs(planning, PL_LIMIT_MAX));
        pl_assert(target > 0);

        /* The use stays below what it is bound to until then, so it needs no margin. */
        if (target > at)
                return use < target || target == PL_SIZE_MAX ? target : at;
        next = PL_MAX(step(planning), target);
        /* Steps smaller than the margin are not worth a write. */
        return next == target || pl_plan_add(next, pl_plan_margin(use)) < at ? next : at;
}

bool pl_plan_is_lowering(const struct pl_planning *planning)
{
        return pl_plan_governs(planning, PL_LIMIT_MAX) &&
               planning->target[PL_LIMIT_MAX] < planning->at[PL_LIMIT_MAX] &&
               step(planning) > planning->target[PL_LIMIT_MAX];
}

bool pl_plan_may_throttle(const struct pl_plan_input *input)
{
        bool forbids_swap = pl_limits_has(input->wanted, PL_LIMIT_SWAP_MAX) &&
                            input->wanted->values[PL_LIMIT_SWAP_MAX] == 0;

        return input->high_without_swap || (input->has_swap && !forbids_swap);
}

/* Also where page cache alone is in the way, which goes without swap and without anybody standing still. That is known where less
 * than all of the use is said to be reclaimable. */
static bool may_push(const struct pl_planning *planning)
{
        return pl_plan_may_throttle(planning->input) ||
               planning->input->reclaimable_bytes < planning->input->current_bytes;
}

/* Whether no reclaim could make room for max and its margin. */
static bool would_oom(const struct pl_planning *planning)
{
        uint64_t use = planning->input->current_bytes;
        uint64_t rest = use - PL_MIN(use, planning->input->reclaimable_bytes);

        pl_assert(pl_plan_governs(planning, PL_LIMIT_MAX));

        return pl_plan_add(rest, pl_plan_margin(rest)) > planning->target[PL_LIMIT_MAX];
}

enum pl_limit_cause pl_plan_lowering_cause(const struct pl_planning *planning)
{
        pl_assert(pl_plan_is_lowering(planning));

        if (would_oom(planning))
                return PL_CAUSE_WOULD_OOM;
        if (!may_push(planning))
                return PL_CAUSE_NO_SWAP;
        return !planning->state->is_pushing && planning->now < planning->state->push_until
                       ? PL_CAUSE_NO_EFFECT
                       : PL_CAUSE_USE;
}

/* How far down a push would go in the end: to where max has its margin. */
static uint64_t push_end(const struct pl_planning *planning)
{
        uint64_t max = planning->target[PL_LIMIT_MAX], page = planning->input->page_bytes;

        pl_assert(max >= page);

        return pl_plan_round(max - PL_MIN(max - page, pl_plan_margin(max)), page);
}

/* What is promised is not pushed away. */
static bool is_promised(const struct pl_planning *planning, uint64_t bytes)
{
        pl_assert(bytes > 0);

        for (unsigned i = PL_LIMIT_MIN; i <= PL_LIMIT_LOW; i++)
                if (planning->at[i] > bytes || planning->target[i] > bytes)
                        return true;
        return false;
}

/* Whether memory.high is ours to use. */
static bool owns_high(const struct pl_planning *planning)
{
        return pl_plan_offers(planning, PL_LIMIT_HIGH) &&
               !pl_limits_has(planning->input->wanted, PL_LIMIT_HIGH) &&
               !pl_limits_has(planning->input->overlay, PL_LIMIT_HIGH) &&
               planning->state->limits[PL_LIMIT_HIGH].phase != PL_PHASE_LEFT;
}

/* Whether a push may be, and could help. */
static bool could_push(const struct pl_planning *planning)
{
        return planning->input->mode == PL_PLAN_APPLY && pl_plan_is_lowering(planning) &&
               planning->plan->limits[PL_LIMIT_MAX].why == PL_WHY_PROFILE &&
               pl_plan_may(planning, PL_LIMIT_MAX) && owns_high(planning) &&
               planning->input->current_bytes != PL_SIZE_MAX && may_push(planning) &&
               !would_oom(planning) && !is_promised(planning, push_end(planning));
}

/* Where to push to: an eighth below the use. A push that is in force moves only by more than the margin. */
static uint64_t pushed(const struct pl_planning *planning)
{
        uint64_t at = planning->at[PL_LIMIT_HIGH], last = push_end(planning);
        uint64_t use = planning->input->current_bytes;
        uint64_t next = PL_MAX(pl_plan_round(use - use / 8, planning->input->page_bytes), last);
        bool is_ours = planning->state->is_pushing &&
                       at == planning->state->limits[PL_LIMIT_HIGH].value;

        pl_assert(pl_plan_is_lowering(planning) && use != PL_SIZE_MAX);
        pl_assert(next > 0);
        if (is_ours && (next > at || (next != last && next + pl_plan_margin(use) > at)))
                return at;
        return next;
}

/* A push begins, goes on for as long as max can follow the use down, or ends. */
static bool keep_pushing(struct pl_planning *planning)
{
        struct pl_plan_state *state = planning->state;
        bool is_falling = pl_plan_max_now(planning) < planning->at[PL_LIMIT_MAX];

        pl_assert(pl_plan_is_lowering(planning));

        if (!state->is_pushing && planning->now < state->push_until)
                return false;
        if (!state->is_pushing || is_falling) {
                state->is_pushing = true;
                state->push_until = planning->now + pl_plan_stamps(PL_PLAN_PUSH_USEC);
        }
        if (planning->now < state->push_until)
                return true;
        state->is_pushing = false;
        state->push_until = planning->now + pl_plan_doubled(PL_PLAN_REST_FIRST_USEC,
                                                            PL_PLAN_REST_LAST_USEC, state->rests);
        state->rests = (uint8_t) PL_MIN(state->rests + 1, 6);
        return false;
}

void pl_plan_push(struct pl_planning *planning)
{
        const struct pl_limits *originals = planning->input->originals;
        struct pl_limit_standing *standing = &planning->plan->limits[PL_LIMIT_HIGH];
        uint64_t before, next;

        pl_assert(planning->plan->order_count == 0);

        if (!could_push(planning)) {
                planning->state->is_pushing = false;
                return;
        }
        before = pl_limits_has(originals, PL_LIMIT_HIGH) ? originals->values[PL_LIMIT_HIGH]
                                                         : planning->at[PL_LIMIT_HIGH];
        next = pushed(planning);
        /* Somebody else's high presses already. */
        if (before <= next || !keep_pushing(planning))
                return;
        if (planning->state->limits[PL_LIMIT_HIGH].phase == PL_PHASE_FREE)
                planning->state->limits[PL_LIMIT_HIGH].phase = PL_PHASE_NEW;
        planning->governed |= pl_limit_bit(PL_LIMIT_HIGH);
        planning->target[PL_LIMIT_HIGH] = standing->target_bytes = next;
        standing->why = PL_WHY_PUSH;
}
