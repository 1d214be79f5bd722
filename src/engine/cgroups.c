/* SPDX-License-Identifier: Apache-2.0 */

/* Who is there: the tree of cgroups, what is known of each, and three orders that are kept with every update, so that who
 * goes first, who may not go and who grows fastest is known without looking at everybody.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"

#define GROWTH_USEC (PL_USEC_PER_SEC / 2)
/* Since then somebody may have been fast, and slow all in all. */
#define LONG_AGO_USEC (3 * GROWTH_USEC)

uint32_t pl_cgroup_find(const struct pl_engine *engine, uint64_t id)
{
        uint32_t index;

        if (id == 0 || pl_table_find(&engine->index, id, &index) != 0)
                return PL_POOL_NONE;
        return index;
}

/* ---- the tree ---- */

static uint32_t *first_child(struct pl_engine *engine, uint32_t parent)
{
        return parent == PL_POOL_NONE ? &engine->root_child : &pl_cgroup_at(engine, parent)->child;
}

static void link_below(struct pl_engine *engine, uint32_t index, uint32_t parent)
{
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
        uint32_t *first = first_child(engine, parent);

        cgroup->parent = parent;
        /* As it is and not as it was said, so that the facts alone make the same tree again. */
        cgroup->facts.parent_id = parent == PL_POOL_NONE ? 0
                                                         : pl_cgroup_at(engine, parent)->facts.id;
        cgroup->previous = PL_POOL_NONE;
        cgroup->next = *first;
        if (*first != PL_POOL_NONE)
                pl_cgroup_at(engine, *first)->previous = index;
        *first = index;
}

static void unlink_it(struct pl_engine *engine, uint32_t index)
{
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);

        if (cgroup->previous == PL_POOL_NONE)
                *first_child(engine, cgroup->parent) = cgroup->next;
        else
                pl_cgroup_at(engine, cgroup->previous)->next = cgroup->next;
        if (cgroup->next != PL_POOL_NONE)
                pl_cgroup_at(engine, cgroup->next)->previous = cgroup->previous;
}

/* A parent that is not known, and one that would make a ring, is the host. */
static uint32_t parent_for(const struct pl_engine *engine, uint32_t index, uint64_t parent_id)
{
        uint32_t parent = pl_cgroup_find(engine, parent_id);

        for (uint32_t i = parent; i != PL_POOL_NONE; i = pl_cgroup_at(engine, i)->parent)
                if (i == index)
                        return PL_POOL_NONE;
        return parent;
}

bool pl_cgroup_is_below(const struct pl_engine *engine, uint32_t index, uint64_t scope_id)
{
        for (; scope_id != 0 && index != PL_POOL_NONE; index = pl_cgroup_at(engine, index)->parent)
                if (pl_cgroup_at(engine, index)->facts.id == scope_id)
                        return true;
        return scope_id == 0;
}

uint32_t pl_cgroup_walk(const struct pl_engine *engine, uint32_t scope, uint32_t index)
{
        if (pl_cgroup_at(engine, index)->child != PL_POOL_NONE)
                return pl_cgroup_at(engine, index)->child;
        for (; index != scope; index = pl_cgroup_at(engine, index)->parent)
                if (pl_cgroup_at(engine, index)->next != PL_POOL_NONE)
                        return pl_cgroup_at(engine, index)->next;
        return PL_POOL_NONE;
}

/* ---- what its figures come to ---- */

/* Page cache without what is in tmpfs, which cannot be dropped. */
static uint64_t cache_of(const struct pl_cgroup_sample *sample)
{
        return sample->file_bytes - PL_MIN(sample->shmem_bytes, sample->file_bytes);
}

/* Of what is in swap, what is not in memory as well: what was read back may stay in both, and has two figures. */
static uint64_t swapped(const struct pl_cgroup_sample *sample)
{
        return sample->swap_bytes - PL_MIN(sample->swapcached_bytes, sample->swap_bytes);
}

static uint64_t use_of(const struct pl_cgroup_sample *sample)
{
        return sample->current_bytes + swapped(sample);
}

/* What memory.stat alone tells: page cache, which comes and goes, and what is in both figures. */
static uint64_t other_of(const struct pl_cgroup_sample *sample)
{
        return cache_of(sample) + sample->swap_bytes - swapped(sample);
}

uint64_t pl_cgroup_growth(const struct pl_engine_cgroup *cgroup, uint64_t now_usec)
{
        /* Nor does one grow in which nobody is any more, whatever was measured before. */
        if (now_usec > cgroup->sample.at_usec + PL_STALE_USEC ||
            !(cgroup->facts.flags & PL_CGROUP_POPULATED))
                return 0;
        return cgroup->memory.growth_bytes_per_sec;
}

/* memory.stat is seldom read: what has been added since counts as well, and never more than there is. */
uint64_t pl_cgroup_gives_back(const struct pl_engine_cgroup *cgroup)
{
        const struct pl_cgroup_memory *memory = &cgroup->memory;
        uint64_t use = use_of(&cgroup->sample);
        uint64_t added = use - PL_MIN(use, memory->stat_use_bytes);

        /* Before it was read all of it may be. */
        if (cgroup->sample.stat_at_usec == 0)
                return use;
        return PL_MIN(use, cgroup->sample.anon_bytes + memory->stat_swap_bytes + added);
}

uint64_t pl_cgroup_headroom(const struct pl_engine *engine, uint32_t index)
{
        uint64_t least = UINT64_MAX;

        for (; index != PL_POOL_NONE; index = pl_cgroup_at(engine, index)->parent) {
                const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
                uint64_t max = cgroup->facts.max_bytes;
                uint64_t used = PL_MIN(max, cgroup->sample.current_bytes);

                if (max != PL_SIZE_MAX && cgroup->sample.have != 0)
                        least = PL_MIN(least, max - used);
        }
        return least;
}

uint64_t pl_cgroup_swap_room(const struct pl_engine *engine, const struct pl_engine_cgroup *cgroup)
{
        uint64_t max = cgroup->facts.swap_max_bytes;
        uint64_t used = PL_MIN(max, cgroup->sample.swap_bytes);

        return PL_MIN(max - used, engine->memory.host.swap_free_bytes);
}

/* ---- growth ---- */

static uint64_t per_second(uint64_t before, uint64_t after, uint64_t span_usec)
{
        return after <= before ? 0 : pl_share(after - before, PL_USEC_PER_SEC, span_usec);
}

static void measure_stat(struct pl_cgroup_memory *memory, const struct pl_cgroup_sample *sample)
{
        if (sample->stat_at_usec <= memory->stat_usec)
                return;
        memory->stat_usec = sample->stat_at_usec;
        memory->stat_use_bytes = use_of(sample);
        memory->stat_swap_bytes = swapped(sample);
}

static struct pl_cgroup_point point_of(const struct pl_cgroup_sample *sample)
{
        return (struct pl_cgroup_point){
                .at_usec = sample->at_usec,
                .stat_usec = sample->stat_at_usec,
                .both_bytes = sample->current_bytes + sample->swap_bytes,
                .other_bytes = other_of(sample),
        };
}

static bool is_exact(const struct pl_cgroup_point *point)
{
        return point->stat_usec >= point->at_usec;
}

/* What of it was other memory then, as far as is known now. Between two readings of memory.stat it came steadily, or was gone at
 * once: it is taken fast, and nobody is to have grown for what was found out late. */
static uint64_t other_at(const struct pl_cgroup_point *then, const struct pl_cgroup_point *now)
{
        if (is_exact(then) || now->stat_usec <= then->stat_usec)
                return then->other_bytes;
        if (now->other_bytes <= then->other_bytes)
                return now->other_bytes;
        return then->other_bytes + pl_share(now->other_bytes - then->other_bytes,
                                            then->at_usec - then->stat_usec,
                                            now->stat_usec - then->stat_usec);
}

static uint64_t growth_since(const struct pl_cgroup_point *then, const struct pl_cgroup_point *now)
{
        uint64_t other = other_at(then, now);

        return per_second(then->both_bytes - PL_MIN(other, then->both_bytes),
                          now->both_bytes - PL_MIN(now->other_bytes, now->both_bytes),
                          now->at_usec - then->at_usec);
}

/* What it became since, as if that had taken half a second. */
static uint64_t growth_of_late(const struct pl_cgroup_point *then,
                               const struct pl_cgroup_point *now)
{
        uint64_t span_usec = now->at_usec - then->at_usec;

        if (span_usec == 0 || span_usec >= GROWTH_USEC)
                return 0;
        return pl_share(growth_since(then, now), span_usec, GROWTH_USEC);
}

/* Over half a second or more, for in a shorter time everybody is fast now and then; from a time at which memory.stat was read, if
 * there is one soon. Who was looked at long ago may have taken in a moment what seems slow since then: what he has become since
 * the last look counts, too. What it takes back of what was taken from it, page cache and what is in swap still, is no growth. */
static void measure_growth(struct pl_cgroup_memory *memory, const struct pl_cgroup_sample *sample)
{
        const struct pl_cgroup_point now = point_of(sample);
        uint64_t waits_usec = is_exact(&now) ? GROWTH_USEC : 3 * GROWTH_USEC;

        if (memory->newer.at_usec == 0 || now.at_usec >= memory->newer.at_usec + waits_usec) {
                memory->older = memory->newer;
                memory->newer = now;
        }
        if (memory->older.at_usec != 0)
                memory->growth_bytes_per_sec = growth_since(&memory->older, &now);
        else if (now.at_usec >= memory->newer.at_usec + GROWTH_USEC)
                memory->growth_bytes_per_sec = growth_since(&memory->newer, &now);
        if (now.at_usec > memory->older.at_usec + LONG_AGO_USEC)
                memory->growth_bytes_per_sec = PL_MAX(memory->growth_bytes_per_sec,
                                                      growth_of_late(&memory->newer, &now));
}

/* ---- updates ---- */

void pl_cgroup_place(struct pl_engine *engine, uint32_t index)
{
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);
        bool is_workload = cgroup->facts.flags & PL_CGROUP_WORKLOAD;
        bool may_go = is_workload && cgroup->sample.have != 0 &&
                      pl_cgroup_gives_back(cgroup) >= PL_LEAST_BYTES &&
                      pl_engine_turn(&cgroup->facts) == PL_TURN_NEXT;

        pl_heap_remove(may_go ? &engine->aside : &engine->order, index);
        if (is_workload) {
                pl_heap_put(may_go ? &engine->order : &engine->aside, index);
                pl_heap_put(&engine->growth, index);
        } else {
                pl_heap_remove(&engine->aside, index);
                pl_heap_remove(&engine->growth, index);
        }
}

static uint32_t add(struct pl_step *step, const struct pl_cgroup_facts *facts)
{
        struct pl_engine *engine = step->engine;
        struct pl_engine_cgroup *cgroup;
        uint32_t index;
        int r;

        if (pl_pool_take(&engine->cgroups, &index) != 0) {
                step->is_full = true;
                return PL_POOL_NONE;
        }
        r = pl_table_add(&engine->index, facts->id, index);
        pl_assert(r == 0);
        cgroup = pl_cgroup_at(engine, index);
        cgroup->child = PL_POOL_NONE;
        link_below(engine, index, PL_POOL_NONE);
        if (pl_again_is_held(engine, facts->kin, step->now_usec) &&
            step->returned_count < PL_RETURNED_MAX)
                step->returned[step->returned_count++] = index;
        return index;
}

void pl_cgroup_take_facts(struct pl_step *step, const struct pl_cgroup_facts *facts)
{
        struct pl_engine *engine = step->engine;
        struct pl_engine_cgroup *cgroup;
        uint32_t index = pl_cgroup_find(engine, facts->id), parent;

        pl_assert(facts->id != 0);

        if (index == PL_POOL_NONE)
                index = add(step, facts);
        if (index == PL_POOL_NONE)
                return;
        cgroup = pl_cgroup_at(engine, index);
        parent = parent_for(engine, index, facts->parent_id);
        unlink_it(engine, index);
        cgroup->facts = *facts;
        link_below(engine, index, parent);
        pl_cgroup_place(engine, index);
}

void pl_cgroup_take_sample(struct pl_step *step, uint64_t id, const struct pl_cgroup_sample *sample)
{
        struct pl_engine *engine = step->engine;
        uint32_t index = pl_cgroup_find(engine, id);
        struct pl_engine_cgroup *cgroup;
        struct pl_cgroup_sample before;

        if (index == PL_POOL_NONE)
                return;
        cgroup = pl_cgroup_at(engine, index);
        before = cgroup->sample;
        /* One that comes late says nothing of now. */
        if (sample->at_usec <= before.at_usec)
                return;
        measure_stat(&cgroup->memory, sample);
        measure_growth(&cgroup->memory, sample);
        cgroup->sample = *sample;
        pl_cgroup_place(engine, index);
        if (cgroup->memory.state == PL_STATE_DEAD && sample->at_usec > cgroup->memory.ended_usec)
                pl_ladder_change(step, index, PL_EVENT_FRESH, NULL);
        if (before.have != 0 && engine->settings.floor_bytes != 0)
                pl_attribute_local(step, index, &before);
}

/* Whoever is still below it is now below what it was in. */
static void hand_on_children(struct pl_engine *engine, uint32_t index)
{
        struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);

        while (cgroup->child != PL_POOL_NONE) {
                uint32_t child = cgroup->child;

                unlink_it(engine, child);
                link_below(engine, child, cgroup->parent);
        }
}

static void drop(struct pl_engine *engine, uint32_t index)
{
        int r = pl_table_remove(&engine->index, pl_cgroup_at(engine, index)->facts.id);

        pl_assert(r == 0);
        hand_on_children(engine, index);
        unlink_it(engine, index);
        pl_heap_remove(&engine->order, index);
        pl_heap_remove(&engine->aside, index);
        pl_heap_remove(&engine->growth, index);
        pl_pool_give_back(&engine->cgroups, index);
}

static uint32_t forget_in(uint32_t *indices, uint32_t count, uint32_t index)
{
        uint32_t kept = 0;

        for (uint32_t i = 0; i < count; i++)
                if (indices[i] != index)
                        indices[kept++] = indices[i];
        return kept;
}

void pl_cgroup_take_gone(struct pl_step *step, uint64_t id)
{
        uint32_t index = pl_cgroup_find(step->engine, id);
        struct pl_scope_state *scope = pl_scope_find(step->engine, id);

        if (index == PL_POOL_NONE)
                return;
        if (scope)
                *scope = (struct pl_scope_state){};
        pl_ladder_gone(step, index);
        step->returned_count = forget_in(step->returned, step->returned_count, index);
        step->locked_count = forget_in(step->locked, step->locked_count, index);
        drop(step->engine, index);
}

void pl_cgroup_place_all(struct pl_engine *engine)
{
        pl_heap_clear(&engine->order);
        pl_heap_clear(&engine->aside);
        pl_heap_clear(&engine->growth);
        for (uint32_t i = pl_pool_next(&engine->cgroups, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&engine->cgroups, i + 1))
                pl_cgroup_place(engine, i);
}

void pl_cgroup_forget_all(struct pl_engine *engine)
{
        for (uint32_t i = pl_pool_next(&engine->cgroups, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&engine->cgroups, i + 1))
                drop(engine, i);
}
