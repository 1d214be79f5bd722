/* SPDX-License-Identifier: Apache-2.0 */

/* Services that come back to be killed again and again. Nobody else goes in their place: what changes is what they may have when
 * they come back.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"

static struct pl_kin_state *find(struct pl_engine *engine, uint64_t kin)
{
        for (uint32_t i = 0; i < PL_KIN_MAX; i++)
                if (engine->memory.kin[i].kin == kin)
                        return &engine->memory.kin[i];
        return NULL;
}

bool pl_again_is_held(const struct pl_engine *engine, uint64_t kin, uint64_t now_usec)
{
        for (uint32_t i = 0; kin != 0 && i < PL_KIN_MAX; i++)
                if (engine->memory.kin[i].kin == kin)
                        return now_usec < engine->memory.kin[i].hold_usec;
        return false;
}

/* The one that was killed longest ago makes room; a free place was never. */
static struct pl_kin_state *find_or_make(struct pl_engine *engine, uint64_t kin)
{
        struct pl_kin_state *found = find(engine, kin);

        if (found)
                return found;
        found = &engine->memory.kin[0];
        for (uint32_t i = 1; i < PL_KIN_MAX; i++)
                if (engine->memory.kin[i].last_usec < found->last_usec)
                        found = &engine->memory.kin[i];
        *found = (struct pl_kin_state){ .kin = kin };
        return found;
}

static void decide(struct pl_step *step, const struct pl_kin_state *kin, uint64_t id,
                   const struct pl_scope_state *scope)
{
        static const enum pl_measure measures[] = {
                [PL_AGAIN_CAP] = PL_MEASURE_CAP,
                [PL_AGAIN_DOWN] = PL_MEASURE_DOWN,
                [PL_AGAIN_ALARM] = PL_MEASURE_ALARM,
        };
        const struct pl_measure_options options = {
                .choice = PL_CHOICE_AGAIN,
                .scope = scope,
                .amount_bytes = kin->again == PL_AGAIN_CAP ? kin->cap_bytes : 0,
        };

        pl_ladder_decide(step, measures[kin->again], id, kin->hold_usec, &options);
}

/* It stays down, or somebody hears of it, from now on; a limit is for who comes back. */
void pl_again_count(struct pl_step *step, uint32_t index, const struct pl_measure_options *options)
{
        const struct pl_settings *settings = &step->engine->settings;
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);
        struct pl_kin_state *kin;

        /* One that did not die of it is not killed again, but still. */
        if (cgroup->facts.kin == 0 || cgroup->memory.is_counted != 0)
                return;
        cgroup->memory.is_counted = 1;
        pl_assert(cgroup->facts.again <= PL_AGAIN_ALARM);
        kin = find_or_make(step->engine, cgroup->facts.kin);
        if (kin->kills == 0 || step->now_usec - kin->first_usec > settings->backoff_within_usec) {
                kin->first_usec = step->now_usec;
                kin->kills = 0;
        }
        kin->kills++;
        kin->last_usec = step->now_usec;
        kin->again = cgroup->facts.again;
        /* What is in swap is part of what it had. */
        kin->cap_bytes = PL_MAX(cgroup->sample.current_bytes, pl_cgroup_gives_back(cgroup)) / 4 * 3;
        if (kin->kills < settings->backoff_kills)
                return;
        kin->hold_usec = step->now_usec + settings->backoff_hold_usec;
        if (kin->again != PL_AGAIN_CAP)
                decide(step, kin, cgroup->facts.id, options->scope);
}

void pl_again_returned(struct pl_step *step, uint32_t index)
{
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);
        const struct pl_kin_state *kin;

        /* It may have turned out to be of another kin. */
        if (!pl_again_is_held(step->engine, cgroup->facts.kin, step->now_usec) ||
            !pl_ladder_has_room(step, UINT32_MAX) || pl_setting(step->engine, PL_SETTING_PAUSED) ||
            !pl_acts_on_any(step->engine, cgroup))
                return;
        kin = find(step->engine, cgroup->facts.kin);
        pl_assert(kin);
        /* What may not be touched keeps what it has. */
        if (kin->again != PL_AGAIN_ALARM && pl_engine_turn(&cgroup->facts) == PL_TURN_NEXT)
                decide(step, kin, cgroup->facts.id, pl_scope_find(step->engine, 0));
}
