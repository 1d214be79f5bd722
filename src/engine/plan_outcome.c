/* SPDX-License-Identifier: Apache-2.0 */

/* One row of orders is out at a time, and carries one number. An outcome with another number, or of what is not out, is of
 * a time that this state does not know, and says nothing: the files are read anyway.
 */

#include "plan_internal.h"

/* 250 ms doubled eight times is above the last already. */
enum { TRIES_MAX = 8 };

static void written(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(memory->phase == PL_PHASE_SENT);

        memory->cause = (uint8_t) cause;
        memory->tries = 0;
        memory->since = memory->level > 0 ? planning->now : memory->since;
        if (limit != PL_LIMIT_UNIT) {
                memory->phase = PL_PHASE_WRITTEN;
                memory->until = planning->now;
                return;
        }
        memory->phase = PL_PHASE_NEW;
        memory->until = planning->now + pl_plan_stamps(PL_PLAN_UNIT_GAP_USEC);
        planning->state->unit_is_stale = false;
}

static void try_soon(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(memory->phase == PL_PHASE_SENT);
        pl_assert(cause != PL_CAUSE_NONE);

        memory->phase = PL_PHASE_NEW;
        memory->cause = (uint8_t) cause;
        memory->until = planning->now + pl_plan_doubled(PL_PLAN_RETRY_FIRST_USEC,
                                                        PL_PLAN_RETRY_LAST_USEC, memory->tries);
        memory->tries = (uint8_t) PL_MIN(memory->tries + 1, TRIES_MAX);
}

/* Only another profile or a remount would change that. */
static void try_seldom(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(memory->phase == PL_PHASE_SENT);
        pl_assert(cause != PL_CAUSE_NONE);

        if (memory->cause != cause)
                pl_plan_tell(planning, limit, PL_NEWS_REFUSED);
        memory->phase = PL_PHASE_NEW;
        memory->cause = (uint8_t) cause;
        memory->until = planning->now + pl_plan_stamps(PL_PLAN_SELDOM_USEC);
}

/* A unit that systemd has forgotten may still have its cgroup. */
static void gone(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause)
{
        pl_assert(limit <= PL_LIMIT_UNIT);

        if (limit == PL_LIMIT_UNIT)
                try_seldom(planning, limit, cause);
        else
                planning->state->is_gone = true;
}

static void skipped(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(memory->phase == PL_PHASE_SENT);
        pl_assert(cause == PL_CAUSE_NONE);

        memory->phase = PL_PHASE_NEW;
        memory->until = planning->now;
}

/* Out it stays. */
static void late(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause)
{
        pl_assert(planning->state->limits[limit].phase == PL_PHASE_SENT);

        planning->state->limits[limit].cause = (uint8_t) cause;
}

static const struct {
        void (*take)(struct pl_planning *planning, unsigned limit, enum pl_limit_cause cause);
        enum pl_limit_cause cause;
} results[PL_WRITE_RESULTS] = {
        [PL_WRITTEN] = { written, PL_CAUSE_NONE },
        [PL_WRITE_E_AGAIN] = { try_soon, PL_CAUSE_BUSY },
        [PL_WRITE_E_USE] = { try_soon, PL_CAUSE_USE },
        [PL_WRITE_E_GONE] = { gone, PL_CAUSE_GONE },
        [PL_WRITE_E_ABSENT] = { try_seldom, PL_CAUSE_FILE_ABSENT },
        [PL_WRITE_E_DENIED] = { try_seldom, PL_CAUSE_DENIED },
        [PL_WRITE_E_REFUSED] = { try_seldom, PL_CAUSE_INVALID },
        [PL_WRITE_E_FAILED] = { try_seldom, PL_CAUSE_FAILED },
        [PL_WRITE_E_SKIPPED] = { skipped, PL_CAUSE_NONE },
        [PL_WRITE_E_LATE] = { late, PL_CAUSE_LATE },
};

static void take(struct pl_planning *planning, const struct pl_limit_outcome *outcome)
{
        pl_assert(outcome->limit <= PL_LIMIT_UNIT);
        pl_assert(outcome->result < PL_WRITE_RESULTS);

        results[outcome->result].take(planning, outcome->limit, results[outcome->result].cause);
}

void pl_plan_take_outcomes(struct pl_planning *planning)
{
        const struct pl_plan_state *state = planning->state;

        for (uint32_t i = 0; i < planning->input->outcome_count; i++) {
                const struct pl_limit_outcome *outcome = &planning->input->outcomes[i];

                pl_assert(outcome->limit <= PL_LIMIT_UNIT);
                pl_assert(outcome->result < PL_WRITE_RESULTS);
                if (state->limits[outcome->limit].phase == PL_PHASE_SENT &&
                    outcome->number == state->number)
                        take(planning, outcome);
        }
}

bool pl_plan_is_out(const struct pl_planning *planning)
{
        for (unsigned i = 0; i <= PL_LIMIT_UNIT; i++)
                if (planning->state->limits[i].phase == PL_PHASE_SENT)
                        return true;
        return false;
}
