/* SPDX-License-Identifier: Apache-2.0 */

/* Who of those in order is taken: as many as relief takes, unless they would all go and it would not last because of one that
 * grows. Then it is that one.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

uint64_t pl_choose_in_flight(const struct pl_engine *engine, const struct pl_scope_state *scope,
                             uint32_t *ret_count, uint64_t *ret_growth, uint64_t now_usec)
{
        uint64_t bytes = 0;

        *ret_count = 0;
        *ret_growth = 0;
        for (uint32_t i = 0; i < engine->acting_count; i++) {
                const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, engine->acting[i]);

                if (!pl_ladder_is_ending(cgroup) || cgroup->memory.state == PL_STATE_DEAD ||
                    !pl_cgroup_is_below(engine, engine->acting[i], scope->id))
                        continue;
                bytes += cgroup->memory.expected_bytes;
                *ret_growth += pl_cgroup_growth(cgroup, now_usec);
                ++*ret_count;
        }
        return bytes;
}

/* ---- the need ---- */

/* Who may grow: of the host, the first of all; of a cgroup, those of the list. */
static uint32_t find_growers(const struct pl_step *step, const struct pl_scope_state *scope,
                             const struct pl_choosing *choosing,
                             uint32_t indices[PL_CANDIDATES_MAX])
{
        uint32_t count = 0;

        if (scope->id == 0)
                return pl_heap_first(&step->engine->growth, PL_CANDIDATES_MAX, indices);
        for (; count < choosing->count; count++)
                indices[count] = choosing->indices[count];
        return count;
}

/* Page cache that grows is nobody's fault, and only memory.stat tells: of those who are watched closely it is read often enough. */
static bool is_known(const struct pl_engine *engine, uint32_t index)
{
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);

        return cgroup->memory.stat_usec + PL_STAT_KNOWN_USEC >= cgroup->sample.at_usec;
}

/* The fastest that is not dying already, if it explains enough of the fall. */
static void find_culprit(const struct pl_step *step, struct pl_choosing *choosing,
                         const uint32_t *growers, uint32_t count, uint64_t fall)
{
        const struct pl_engine *engine = step->engine;

        choosing->culprit = PL_POOL_NONE;
        choosing->culprit_growth = 0;
        for (uint32_t i = 0; i < count; i++) {
                const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, growers[i]);
                uint64_t growth = pl_cgroup_growth(cgroup, step->now_usec);

                if (pl_ladder_is_ending(cgroup) || growth < choosing->culprit_growth)
                        continue;
                if (growth > choosing->culprit_growth || choosing->culprit == PL_POOL_NONE ||
                    cgroup->facts.id > pl_cgroup_at(engine, choosing->culprit)->facts.id) {
                        choosing->culprit = growers[i];
                        choosing->culprit_growth = growth;
                }
        }
        if (choosing->culprit_growth == 0 ||
            choosing->culprit_growth < engine->settings.growth_bytes_per_sec ||
            choosing->culprit_growth <
                    pl_share(fall, engine->settings.culprit_permyriad, PL_PERMYRIAD) ||
            !is_known(engine, choosing->culprit))
                choosing->culprit = PL_POOL_NONE;
}

static uint64_t fall_of(const struct pl_step *step, const struct pl_scope_state *scope)
{
        if (scope->id == 0)
                return step->weather.fall_bytes_per_sec;
        return pl_cgroup_growth(pl_cgroup_at(step->engine, pl_cgroup_find(step->engine, scope->id)),
                                step->now_usec);
}

/* What is missing now: to a quarter above the floor, so that it does not begin again at once; of a cgroup a 16th of its limit. */
static uint64_t deficit_of(const struct pl_step *step, const struct pl_scope_state *scope)
{
        uint64_t enough = step->engine->settings.floor_bytes / 4 * 5;

        if (scope->id == 0)
                return enough - PL_MIN(enough, step->weather.available_bytes);
        return pl_cgroup_at(step->engine, pl_cgroup_find(step->engine, scope->id))
                       ->facts.max_bytes /
               16;
}

/* What one would take within the time for which relief has to last. */
static uint64_t will_take(const struct pl_step *step, uint32_t index)
{
        uint64_t growth = pl_cgroup_growth(pl_cgroup_at(step->engine, index), step->now_usec);

        return PL_MIN(pl_share(growth, step->engine->settings.need_usec, PL_USEC_PER_SEC),
                      pl_cgroup_headroom(step->engine, index));
}

/* Of whom it may be said that what he takes is prevented by taking him. */
static bool may_be_taken(const struct pl_engine *engine, uint32_t index)
{
        return pl_engine_turn(&pl_cgroup_at(engine, index)->facts) == PL_TURN_NEXT;
}

/* What all of them will take. For what one takes who is not to go others do not go beforehand: a moment's growth would seem as much
 * as all of them have. What falls and nobody is seen to take is nobody's: whoever went for it would go for nothing. */
static uint64_t all_will_take(const struct pl_step *step, const uint32_t *growers, uint32_t count)
{
        uint64_t sum = 0;

        for (uint32_t i = 0; i < count; i++)
                if (!pl_ladder_is_ending(pl_cgroup_at(step->engine, growers[i])) &&
                    may_be_taken(step->engine, growers[i]))
                        sum += will_take(step, growers[i]);
        return sum;
}

static void find_need(const struct pl_step *step, const struct pl_scope_state *scope,
                      struct pl_choosing *choosing)
{
        uint32_t growers[PL_CANDIDATES_MAX], dying;
        uint32_t count = find_growers(step, scope, choosing, growers);
        uint64_t dying_growth, fall = fall_of(step, scope);
        uint64_t coming = pl_choose_in_flight(step->engine, scope, &dying, &dying_growth,
                                              step->now_usec);
        uint64_t need = deficit_of(step, scope);

        fall -= PL_MIN(fall, dying_growth);
        find_culprit(step, choosing, growers, count, fall);
        if (choosing->culprit != PL_POOL_NONE && may_be_taken(step->engine, choosing->culprit))
                need += will_take(step, choosing->culprit);
        else
                need += PL_MIN(all_will_take(step, growers, count),
                               pl_share(fall, step->engine->settings.need_usec, PL_USEC_PER_SEC));
        choosing->need_bytes = need - PL_MIN(need, coming);
}

/* ---- who ---- */

/* What comes back with it. Where a cgroup goes in circles, reading again what was just reclaimed, page cache is what is fought
 * for, and with who uses it goes its use. */
static uint64_t worth(const struct pl_step *step, const struct pl_scope_state *scope,
                      uint32_t index)
{
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);
        const struct pl_cgroup_sample *sample = &cgroup->sample;
        bool is_in_circles = scope->id != 0 && scope->evidence >> PL_EVIDENCE_REFAULTS & 1;

        return pl_cgroup_gives_back(cgroup) +
               (is_in_circles ? sample->inactive_file_bytes + sample->active_file_bytes : 0);
}

/* The same, and what it would have taken. */
static uint64_t relief(const struct pl_step *step, const struct pl_scope_state *scope,
                       uint32_t index)
{
        return worth(step, scope, index) + will_take(step, index);
}

/* What a kill has to give back: to a cgroup at its own limit no more than it misses. It falls until it is worth it for somebody. */
static uint64_t floor_for(const struct pl_step *step, const struct pl_scope_state *scope,
                          const struct pl_choosing *choosing)
{
        uint64_t most = 0, floor = step->engine->settings.kill_floor_bytes;

        if (scope->id != 0)
                floor = PL_MIN(floor, deficit_of(step, scope));
        for (uint32_t i = 0; i < choosing->ranked; i++)
                most = PL_MAX(most, worth(step, scope, choosing->indices[i]));
        while (floor > most && floor >= PL_LEAST_BYTES)
                floor /= 2;
        return PL_MAX(floor, PL_LEAST_BYTES);
}

/* Do those that go before the culprit, as many as may go together, cover the need? */
static bool is_covered_before(const struct pl_step *step, const struct pl_scope_state *scope,
                              const struct pl_choosing *choosing)
{
        uint64_t floor = floor_for(step, scope, choosing), sum = 0, count = 0;

        for (uint32_t i = 0; i < choosing->ranked && choosing->indices[i] != choosing->culprit &&
                             count < step->engine->settings.kill_together;
             i++)
                if (worth(step, scope, choosing->indices[i]) >= floor) {
                        sum += relief(step, scope, choosing->indices[i]);
                        count++;
                }
        return sum >= choosing->need_bytes;
}

/* Where the culprit stands among those who may be taken; one that is beyond the list takes the place of its last. */
static bool find_place(const struct pl_step *step, struct pl_choosing *choosing, uint32_t *ret_at)
{
        struct pl_candidate candidate = pl_rank_candidate(step, choosing->culprit);

        if (candidate.turn != PL_TURN_NEXT)
                return false;
        for (uint32_t i = 0; i < choosing->ranked; i++)
                if (choosing->indices[i] == choosing->culprit) {
                        *ret_at = i;
                        return true;
                }
        pl_assert(choosing->ranked > 0);
        *ret_at = choosing->ranked - 1;
        choosing->indices[*ret_at] = choosing->culprit;
        choosing->candidates[*ret_at] = candidate;
        choosing->candidates[*ret_at].rank = choosing->ranked;
        return true;
}

static void take(struct pl_choosing *choosing, uint32_t i)
{
        choosing->candidates[i].turn = PL_TURN_CHOSEN;
        choosing->chosen++;
}

static void take_in_order(const struct pl_step *step, const struct pl_scope_state *scope,
                          struct pl_choosing *choosing)
{
        uint64_t floor = floor_for(step, scope, choosing), sum = 0;

        for (uint32_t i = 0; i < choosing->ranked; i++) {
                if (worth(step, scope, choosing->indices[i]) < floor) {
                        choosing->candidates[i].turn = PL_TURN_TOO_SMALL;
                        continue;
                }
                if (choosing->chosen == step->engine->settings.kill_together ||
                    (choosing->chosen > 0 && sum >= choosing->need_bytes))
                        return;
                sum += relief(step, scope, choosing->indices[i]);
                take(choosing, i);
        }
}

void pl_choose(struct pl_step *step, const struct pl_scope_state *scope,
               struct pl_choosing *choosing)
{
        uint32_t at;

        choosing->chosen = 0;
        choosing->table = 0;
        choosing->choice = PL_CHOICE_ORDER;
        pl_rank_list(step, scope, choosing);
        find_need(step, scope, choosing);
        if (choosing->culprit == PL_POOL_NONE ||
            relief(step, scope, choosing->culprit) < floor_for(step, scope, choosing) ||
            is_covered_before(step, scope, choosing) || !find_place(step, choosing, &at)) {
                take_in_order(step, scope, choosing);
                return;
        }
        if (at > 0)
                choosing->choice = PL_CHOICE_GROWER;
        take(choosing, at);
}
