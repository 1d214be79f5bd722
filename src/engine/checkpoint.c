/* SPDX-License-Identifier: Apache-2.0 */

/* A checkpoint is a snapshot of everything: settings, what is remembered beside the cgroups in pieces, and of each cgroup its
 * facts, its last sample and what is remembered of it. Where they are in memory is not part of it, and nothing that is decided
 * goes by it.
 */

#include "checkpoint.h"

#include <string.h>

#include "engine_internal.h"
#include "plimsoll/base/assert.h"

enum {
        PIECE_BYTES = sizeof(struct pl_state_words),
        PIECES = (sizeof(struct pl_engine_memory) + PIECE_BYTES - 1) / PIECE_BYTES,
        UPDATES_EACH = 3,
};

_Static_assert(sizeof(struct pl_cgroup_memory) == PIECE_BYTES, "in one update");

/* ---- out ---- */

uint64_t pl_engine_checkpoint_count(const struct pl_engine *engine)
{
        return 1 + PIECES + (uint64_t) UPDATES_EACH * engine->cgroups.count;
}

static struct pl_update *add(struct pl_update **next, enum pl_update_kind kind, uint64_t id)
{
        struct pl_update *update = (*next)++;

        memset(update, 0, sizeof *update);
        update->kind = (uint32_t) kind;
        update->id = id;
        return update;
}

static size_t piece_length(uint32_t piece)
{
        size_t rest = sizeof(struct pl_engine_memory) - (size_t) piece * PIECE_BYTES;

        return PL_MIN(rest, (size_t) PIECE_BYTES);
}

void pl_engine_checkpoint(const struct pl_engine *engine, struct pl_update *ret_updates)
{
        struct pl_update *next = ret_updates;

        add(&next, PL_UPDATE_SETTINGS, 1)->settings = engine->settings;
        for (uint32_t piece = 0; piece < PIECES; piece++)
                memcpy(add(&next, PL_UPDATE_ENGINE, piece + 1)->state.words,
                       (const unsigned char *) &engine->memory + (size_t) piece * PIECE_BYTES,
                       piece_length(piece));
        for (uint32_t i = pl_pool_next(&engine->cgroups, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&engine->cgroups, i + 1)) {
                const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, i);
                uint64_t id = cgroup->facts.id;

                add(&next, PL_UPDATE_FACTS, id)->facts = cgroup->facts;
                add(&next, PL_UPDATE_SAMPLE, id)->sample = cgroup->sample;
                memcpy(add(&next, PL_UPDATE_STATE, id)->state.words, &cgroup->memory,
                       sizeof cgroup->memory);
        }
        pl_assert((uint64_t) (next - ret_updates) == pl_engine_checkpoint_count(engine));
}

/* ---- in ---- */

static int take_memory(struct pl_engine *engine, uint32_t index, const struct pl_update *update)
{
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);

        memcpy(&cgroup->memory, update->state.words, sizeof cgroup->memory);
        if (cgroup->memory.state >= PL_STATES)
                return PL_ENGINE_E_BAD;
        if (cgroup->memory.state == PL_STATE_IDLE)
                return 0;
        if (engine->acting_count == PL_ACTING_MAX)
                return PL_ENGINE_E_BAD;
        pl_ladder_note(engine, index);
        return 0;
}

static int take(struct pl_step *step, const struct pl_update *update)
{
        struct pl_engine *engine = step->engine;
        uint32_t index = pl_cgroup_find(engine, update->id);

        switch (update->kind) {
        case PL_UPDATE_SETTINGS:
                engine->settings = update->settings;
                return 0;
        case PL_UPDATE_ENGINE:
                if (update->id > PIECES)
                        return PL_ENGINE_E_BAD;
                memcpy((unsigned char *) &engine->memory + (update->id - 1) * PIECE_BYTES,
                       update->state.words, piece_length((uint32_t) update->id - 1));
                return 0;
        case PL_UPDATE_FACTS:
                pl_cgroup_take_facts(step, &update->facts);
                return step->is_full ? PL_ENGINE_E_FULL : 0;
        case PL_UPDATE_SAMPLE:
                if (index == PL_POOL_NONE)
                        return PL_ENGINE_E_BAD;
                pl_cgroup_at(engine, index)->sample = update->sample;
                return 0;
        case PL_UPDATE_STATE:
                return index == PL_POOL_NONE ? PL_ENGINE_E_BAD : take_memory(engine, index, update);
        default:
                return PL_ENGINE_E_BAD;
        }
}

/* Of a cgroup that is there, and the only one of it. */
static bool is_scope_sound(const struct pl_engine *engine, uint32_t index)
{
        const struct pl_scope_state *scopes = engine->memory.scopes;

        for (uint32_t i = 1; i < index; i++)
                if (scopes[i].id == scopes[index].id)
                        return false;
        return pl_cgroup_find(engine, scopes[index].id) != PL_POOL_NONE;
}

/* Indices into rings and tables, and cgroups that have to be there. */
static bool is_sound(const struct pl_engine *engine)
{
        const struct pl_engine_memory *memory = &engine->memory;

        if (memory->point_count > PL_WEATHER_POINTS || memory->point_next >= PL_WEATHER_POINTS ||
            memory->scopes[0].id != 0)
                return false;
        for (uint32_t i = 1; i < PL_SCOPES_MAX; i++)
                if (memory->scopes[i].id != 0 && !is_scope_sound(engine, i))
                        return false;
        for (uint32_t i = 0; i < PL_KIN_MAX; i++)
                if (memory->kin[i].again > PL_AGAIN_ALARM)
                        return false;
        return true;
}

static void forget(struct pl_engine *engine)
{
        engine->acting_count = 0;
        pl_cgroup_forget_all(engine);
        engine->settings = (struct pl_settings){};
        engine->memory = (struct pl_engine_memory){};
}

/* A parent may come after its children, so a second round finds it; and only now is there all that they are ordered by. */
static void settle(struct pl_step *step, const struct pl_snapshot *snapshot)
{
        for (uint64_t i = 0; i < snapshot->update_count; i++)
                if (snapshot->updates[i].kind == PL_UPDATE_FACTS)
                        pl_cgroup_take_facts(step, &snapshot->updates[i].facts);
        pl_cgroup_place_all(step->engine);
}

int pl_checkpoint_take(struct pl_engine *engine, const struct pl_snapshot *snapshot)
{
        struct pl_step step = { .engine = engine, .now_usec = snapshot->now_usec };
        int r = 0;

        forget(engine);
        for (uint64_t i = 0; i < snapshot->update_count && r == 0; i++)
                r = take(&step, &snapshot->updates[i]);
        if (r == 0 && !is_sound(engine))
                r = PL_ENGINE_E_BAD;
        if (r != 0) {
                forget(engine);
                return r;
        }
        settle(&step, snapshot);
        return 0;
}
