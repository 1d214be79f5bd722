/* SPDX-License-Identifier: Apache-2.0 */

/* A step, from its snapshot to its judgement. */

#include "checkpoint.h"
#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"

#include <errno.h>
#include <string.h>

/* How fast memory can be filled: what a modern host clears of it in a second, times two. */
#define FILL_BYTES_PER_SEC (8 * PL_GIB)

#define LOOK_LEAST_USEC (PL_USEC_PER_SEC / 10)
#define LOOK_WATCH_USEC (PL_USEC_PER_SEC / 4)

int pl_engine_init(struct pl_engine *engine, uint32_t capacity, uint64_t seed)
{
        return pl_engine_init_for(engine, capacity, capacity, seed);
}

int pl_engine_reserve(struct pl_engine *engine, uint32_t count)
{
        return pl_table_reserve(&engine->index, count);
}

int pl_engine_init_for(struct pl_engine *engine, uint32_t capacity, uint32_t count, uint64_t seed)
{
        pl_assert(engine && count > 0);

        *engine = (struct pl_engine){ .root_child = PL_POOL_NONE };
        if (pl_pool_init(&engine->cgroups, capacity, sizeof(struct pl_engine_cgroup)) == 0 &&
            pl_table_init(&engine->index, count, seed) == 0 &&
            pl_heap_init(&engine->order, capacity, pl_rank_before, engine) == 0 &&
            pl_heap_init(&engine->aside, capacity, pl_rank_larger, engine) == 0 &&
            pl_heap_init(&engine->growth, capacity, pl_rank_faster, engine) == 0)
                return 0;
        pl_engine_done(engine);
        return -ENOMEM;
}

void pl_engine_done(struct pl_engine *engine)
{
        pl_heap_done(&engine->growth);
        pl_heap_done(&engine->aside);
        pl_heap_done(&engine->order);
        pl_table_done(&engine->index);
        pl_pool_done(&engine->cgroups);
        *engine = (struct pl_engine){ .root_child = PL_POOL_NONE };
}

/* ---- what comes in ---- */

static bool is_sound(const struct pl_engine *engine, const struct pl_snapshot *snapshot)
{
        if (snapshot->now_usec < engine->memory.now_usec)
                return false;
        for (uint64_t i = 0; i < snapshot->update_count; i++) {
                const struct pl_update *update = &snapshot->updates[i];

                if (update->id == 0 || update->kind >= PL_UPDATE_KINDS)
                        return false;
                if (update->kind == PL_UPDATE_FACTS &&
                    (update->facts.id != update->id || update->facts.again > PL_AGAIN_ALARM))
                        return false;
        }
        return true;
}

static void take_update(struct pl_step *step, const struct pl_update *update)
{
        switch (update->kind) {
        case PL_UPDATE_FACTS:
                pl_cgroup_take_facts(step, &update->facts);
                return;
        case PL_UPDATE_SAMPLE:
                pl_cgroup_take_sample(step, update->id, &update->sample);
                return;
        case PL_UPDATE_GONE:
                pl_cgroup_take_gone(step, update->id);
                return;
        case PL_UPDATE_SETTINGS:
                step->engine->settings = update->settings;
                pl_cgroup_place_all(step->engine);
                return;
        default: /* of a node, which is judged with its host; of a checkpoint, which this is not */
                return;
        }
}

/* What is counted between two steps means nothing when the host slept between them. */
static void forget_rates(struct pl_engine *engine, uint64_t now_usec)
{
        engine->memory.point_count = 0;
        for (uint32_t i = 0; i < PL_SCOPES_MAX; i++) {
                engine->memory.scopes[i].fresh_usec = now_usec;
                engine->memory.scopes[i].near_count = 0;
                engine->memory.scopes[i].thrash_usec = 0;
        }
}

static void take_in(struct pl_step *step, const struct pl_snapshot *snapshot)
{
        struct pl_engine *engine = step->engine;

        if (snapshot->flags & PL_SNAPSHOT_RESUMED)
                forget_rates(engine, snapshot->now_usec);
        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++)
                engine->memory.scopes[i].evidence = 0;
        for (uint64_t i = 0; i < snapshot->update_count; i++)
                take_update(step, &snapshot->updates[i]);
        pl_weather_look(engine, &snapshot->host);
}

/* ---- what comes out ---- */

static void add_verdicts(struct pl_step *step)
{
        struct pl_judgement *judgement = step->judgement;
        const struct pl_scope_state *scopes = step->engine->memory.scopes;

        for (uint32_t i = 0; i < PL_SCOPES_MAX; i++)
                if (i == 0 || scopes[i].severity != PL_SEVERITY_CALM)
                        judgement->verdicts[judgement->verdict_count++] = pl_scope_verdict(
                                step, &scopes[i]);
}

static void add_hot(struct pl_judgement *judgement, uint64_t id)
{
        for (uint32_t i = 0; i < judgement->hot_count; i++)
                if (judgement->hot[i] == id)
                        return;
        if (judgement->hot_count < PL_CANDIDATES_MAX)
                judgement->hot[judgement->hot_count++] = id;
}

/* The fastest, then those who go first. */
static void add_candidates(struct pl_step *step)
{
        const struct pl_engine *engine = step->engine;
        const struct pl_choosing *choosing = &step->choosing;
        struct pl_judgement *judgement = step->judgement;
        uint32_t indices[PL_CANDIDATES_ASIDE_MAX];
        uint32_t count = pl_heap_first(&engine->growth, PL_ARRAY_LENGTH(indices), indices);

        for (uint32_t i = 0; i < count; i++)
                add_hot(judgement, pl_cgroup_at(engine, indices[i])->facts.id);
        for (uint32_t i = 0; i < choosing->count; i++) {
                judgement->candidates[i] = choosing->candidates[i];
                if (i < choosing->ranked)
                        add_hot(judgement, choosing->candidates[i].id);
        }
        judgement->candidate_count = choosing->count;
}

static uint64_t look_usec(const struct pl_step *step)
{
        uint64_t severity = step->engine->memory.scopes[0].severity;
        uint64_t most_usec = severity == PL_SEVERITY_WATCH ? LOOK_WATCH_USEC : PL_USEC_PER_SEC;

        if (severity >= PL_SEVERITY_SHORT || step->engine->acting_count > 0)
                return LOOK_LEAST_USEC;
        return PL_MAX(
                PL_MIN(pl_share(step->weather.available_bytes, PL_USEC_PER_SEC, FILL_BYTES_PER_SEC),
                       most_usec),
                LOOK_LEAST_USEC);
}

/* ---- the judge ---- */

static void answer_host(struct pl_step *step)
{
        struct pl_scope_state *scope = &step->engine->memory.scopes[0];

        if (scope->severity < PL_SEVERITY_SHORT) {
                pl_rank_list(step, scope, &step->choosing);
                return;
        }
        pl_choose(step, scope, &step->choosing);
        step->judgement->need_bytes = step->choosing.need_bytes;
        pl_answer(step, scope, &step->choosing);
}

static void answer_local(struct pl_step *step)
{
        struct pl_choosing choosing;

        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++) {
                struct pl_scope_state *scope = &step->engine->memory.scopes[i];

                /* Only what was seen at this step is known to be so. */
                if (scope->evidence == 0 || scope->severity < PL_SEVERITY_SHORT)
                        continue;
                pl_choose(step, scope, &choosing);
                pl_answer(step, scope, &choosing);
        }
}

static void judge(struct pl_step *step, const struct pl_snapshot *snapshot)
{
        pl_attribute_host(step);
        pl_attribute_settle(step);
        for (uint64_t i = 0; i < snapshot->outcome_count; i++)
                pl_ladder_take_outcome(step, &snapshot->outcomes[i]);
        pl_ladder_settle(step);
        answer_host(step);
        answer_local(step);
        for (uint32_t i = 0; i < step->returned_count; i++)
                pl_again_returned(step, step->returned[i]);
        for (uint32_t i = 0; i < step->locked_count; i++)
                pl_answer_livelock(step, step->locked[i]);
        add_verdicts(step);
        add_candidates(step);
}

static void clear(struct pl_judgement *judgement, uint64_t step)
{
        judgement->step = step;
        judgement->need_bytes = 0;
        judgement->look_usec = PL_USEC_PER_SEC;
        judgement->verdict_count = 0;
        judgement->decision_count = 0;
        judgement->candidate_count = 0;
        judgement->hot_count = 0;
}

int pl_engine_step(struct pl_engine *engine, const struct pl_snapshot *snapshot,
                   struct pl_judgement *ret_judgement)
{
        struct pl_step step;

        pl_assert(engine && snapshot && ret_judgement);

        clear(ret_judgement, snapshot->step);
        if (!is_sound(engine, snapshot))
                return PL_ENGINE_E_BAD;
        if (snapshot->flags & PL_SNAPSHOT_CHECKPOINT)
                return pl_checkpoint_take(engine, snapshot);
        step.engine = engine;
        step.judgement = ret_judgement;
        step.now_usec = snapshot->now_usec;
        step.returned_count = 0;
        step.locked_count = 0;
        step.is_full = false;
        engine->memory.step = snapshot->step;
        engine->memory.now_usec = snapshot->now_usec;
        take_in(&step, snapshot);
        if (engine->settings.floor_bytes != 0) {
                judge(&step, snapshot);
                ret_judgement->look_usec = look_usec(&step);
        }
        return step.is_full ? PL_ENGINE_E_FULL : 0;
}
