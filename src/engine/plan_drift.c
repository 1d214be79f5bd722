/* SPDX-License-Identifier: Apache-2.0 */

/* Only what was once in force can drift. The first changes are repaired at once: a hand slipped, or systemd has reloaded.
 * Who comes again and again is another supervisor, and writing against him would keep both busy and the workload at
 * neither's limit: we stand back, longer each time, and say so. He has stopped when a limit that we set stays for a window.
 */

#include "plan_internal.h"

/* 10 s doubled six times is above the last already. */
enum { LEVEL_MAX = 7 };

static void stand_back(struct pl_planning *planning, struct pl_plan_memory *memory,
                       enum pl_limit limit)
{
        pl_assert(memory->level <= LEVEL_MAX);
        pl_assert(memory->drifts > 0);

        if (memory->level == 0)
                pl_plan_tell(planning, limit, PL_NEWS_CONTENDED);
        memory->since = planning->now;
        memory->until = planning->now + pl_plan_doubled(PL_PLAN_BACK_FIRST_USEC,
                                                        PL_PLAN_BACK_LAST_USEC, memory->level);
        memory->level = (uint8_t) PL_MIN(memory->level + 1, LEVEL_MAX);
}

static void count(struct pl_planning *planning, struct pl_plan_memory *memory, enum pl_limit limit)
{
        pl_assert(memory == &planning->state->limits[limit]);

        if (memory->level == 0 &&
            planning->now - memory->since > pl_plan_stamps(PL_PLAN_WINDOW_USEC))
                memory->drifts = 0;
        if (memory->drifts == 0)
                memory->since = planning->now;
        memory->drifts = (uint8_t) PL_MIN(memory->drifts + 1, UINT8_MAX);
        if (memory->level > 0 || memory->drifts >= PL_PLAN_DRIFTS)
                stand_back(planning, memory, limit);
}

static void drifted(struct pl_planning *planning, enum pl_limit limit)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(pl_plan_offers(planning, limit));
        pl_assert(planning->at[limit] != memory->value);

        pl_plan_tell(planning, limit, PL_NEWS_DRIFT);
        count(planning, memory, limit);
        memory->phase = planning->input->drift == PL_DRIFT_REPAIR ||
                                        planning->input->mode == PL_PLAN_RESTORE
                                ? PL_PHASE_NEW
                                : PL_PHASE_LEFT;
}

static void calm(struct pl_planning *planning, struct pl_plan_memory *memory, enum pl_limit limit)
{
        pl_assert(planning->at[limit] == memory->value);

        if (memory->level == 0 ||
            planning->now - memory->since <= pl_plan_stamps(PL_PLAN_WINDOW_USEC))
                return;
        memory->level = 0;
        memory->drifts = 0;
        pl_plan_tell(planning, limit, PL_NEWS_CALM);
}

void pl_plan_find_drift(struct pl_planning *planning)
{
        pl_assert(!pl_plan_is_out(planning));

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                struct pl_plan_memory *memory = &planning->state->limits[i];

                if (memory->phase != PL_PHASE_WRITTEN && memory->phase != PL_PHASE_HELD)
                        continue;
                if (!pl_plan_offers(planning, i))
                        memory->phase = PL_PHASE_NEW;
                else if (planning->at[i] != memory->value)
                        drifted(planning, i);
                else
                        calm(planning, memory, i);
        }
}

/* Of a limit that is what it should be. */
static void hold(struct pl_planning *planning, enum pl_limit limit)
{
        struct pl_plan_memory *memory = &planning->state->limits[limit];

        pl_assert(pl_plan_offers(planning, limit));
        pl_assert(memory->phase != PL_PHASE_SENT && memory->phase != PL_PHASE_LEFT);

        if (memory->phase == PL_PHASE_WRITTEN)
                pl_plan_tell(planning, limit, PL_NEWS_ARRIVED);
        memory->value = planning->at[limit];
        memory->until = planning->now;
        memory->cause = PL_CAUSE_NONE;
        memory->tries = 0;
        memory->phase = PL_PHASE_HELD;
        if (planning->plan->limits[limit].why != PL_WHY_RETURN || pl_plan_unit_has(planning, limit))
                return;
        memory->phase = PL_PHASE_FREE;
        planning->governed &= ~pl_limit_bit(limit);
        pl_plan_tell(planning, limit, PL_NEWS_RETURNED);
}

void pl_plan_settle(struct pl_planning *planning)
{
        pl_assert(planning->governed >> PL_LIMIT_COUNT == 0);

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                struct pl_plan_memory *memory = &planning->state->limits[i];

                if (pl_plan_governs(planning, i) && pl_plan_arrived(planning, i))
                        hold(planning, i);
                else if (memory->phase == PL_PHASE_WRITTEN || memory->phase == PL_PHASE_HELD)
                        memory->phase = pl_plan_governs(planning, i) ? PL_PHASE_HELD : PL_PHASE_NEW;
        }
}
