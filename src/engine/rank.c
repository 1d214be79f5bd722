/* SPDX-License-Identifier: Apache-2.0 */

/* Who goes before whom: plimsoll-ranking(7), rule by rule. A strict total order, because the last rule is a number that no two
 * cgroups share.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"

enum pl_turn pl_engine_turn(const struct pl_cgroup_facts *facts)
{
        const uint32_t ends = UINT32_C(1) << PL_RUNG_TERM | UINT32_C(1) << PL_RUNG_KILL;

        if (facts->flags & PL_CGROUP_PROTECTED)
                return PL_TURN_PROTECTED;
        if (facts->flags & PL_CGROUP_OBSERVED)
                return PL_TURN_OBSERVED;
        if (facts->flags & PL_CGROUP_RESTORED)
                return PL_TURN_RESTORED;
        if (facts->flags & PL_CGROUP_PAUSED)
                return PL_TURN_PAUSED;
        if (!(facts->flags & PL_CGROUP_POPULATED))
                return PL_TURN_EMPTY;
        return facts->rungs & ends ? PL_TURN_NEXT : PL_TURN_NO_RUNG;
}

static bool is_hosts_own(const struct pl_cgroup_facts *facts)
{
        return facts->flags & PL_CGROUP_SYSTEM && !(facts->flags & PL_CGROUP_PROFILE) &&
               facts->score_adj <= 0;
}

/* What lowers a score for the kernel is no promise of ours: only a profile is. */
int32_t pl_engine_order(const struct pl_cgroup_facts *facts)
{
        if (facts->flags & PL_CGROUP_PROFILE)
                return facts->order;
        return is_hosts_own(facts) ? facts->score_adj : PL_MAX(facts->score_adj, 0);
}

/* ---- terms ---- */

struct key {
        int32_t order;
        bool is_hosts_own;
        bool is_over_promise;
        bool leaks;
        uint32_t growth_class;
        uint64_t gives_back_bytes;
        uint64_t id;
};

/* By powers of two, so that a few bytes more do not change who goes. */
static uint32_t growth_class(uint64_t growth, uint64_t least)
{
        uint32_t class = 0;

        for (; growth >= least && growth > 0; growth /= 2)
                class ++;
        return class;
}

static uint64_t over_promise(const struct pl_engine_cgroup *cgroup)
{
        uint64_t promise = PL_MAX(cgroup->facts.low_bytes, cgroup->facts.min_bytes);

        return cgroup->sample.current_bytes - PL_MIN(promise, cgroup->sample.current_bytes);
}

static struct key key_of(const struct pl_engine *engine, uint32_t index, uint64_t now_usec)
{
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, index);

        return (struct key){
                .order = pl_engine_order(&cgroup->facts),
                .is_hosts_own = is_hosts_own(&cgroup->facts),
                .is_over_promise = over_promise(cgroup) > 0,
                .leaks = cgroup->facts.flags & PL_CGROUP_LEAKS,
                .growth_class = growth_class(pl_cgroup_growth(cgroup, now_usec),
                                             engine->settings.growth_bytes_per_sec),
                .gives_back_bytes = pl_cgroup_gives_back(cgroup),
                .id = cgroup->facts.id,
        };
}

static bool goes_before(const struct key *a, const struct key *b)
{
        if (a->order != b->order)
                return a->order > b->order;
        if (a->is_hosts_own != b->is_hosts_own)
                return b->is_hosts_own;
        if (a->is_over_promise != b->is_over_promise)
                return a->is_over_promise;
        if (a->leaks != b->leaks)
                return a->leaks;
        if (a->growth_class != b->growth_class)
                return a->growth_class > b->growth_class;
        if (a->gives_back_bytes != b->gives_back_bytes)
                return a->gives_back_bytes > b->gives_back_bytes;
        return a->id > b->id;
}

/* ---- the orders that are kept ---- */

/* As of the last look at each, so that it changes with updates alone. */
bool pl_rank_before(const void *context, uint32_t a, uint32_t b)
{
        struct key key_a = key_of(context, a, 0), key_b = key_of(context, b, 0);

        return goes_before(&key_a, &key_b);
}

bool pl_rank_larger(const void *context, uint32_t a, uint32_t b)
{
        const struct pl_engine_cgroup *cgroup_a = pl_cgroup_at(context, a);
        const struct pl_engine_cgroup *cgroup_b = pl_cgroup_at(context, b);

        if (cgroup_a->sample.current_bytes != cgroup_b->sample.current_bytes)
                return cgroup_a->sample.current_bytes > cgroup_b->sample.current_bytes;
        return cgroup_a->facts.id > cgroup_b->facts.id;
}

bool pl_rank_faster(const void *context, uint32_t a, uint32_t b)
{
        const struct pl_engine_cgroup *cgroup_a = pl_cgroup_at(context, a);
        const struct pl_engine_cgroup *cgroup_b = pl_cgroup_at(context, b);

        if (cgroup_a->memory.growth_bytes_per_sec != cgroup_b->memory.growth_bytes_per_sec)
                return cgroup_a->memory.growth_bytes_per_sec >
                       cgroup_b->memory.growth_bytes_per_sec;
        return cgroup_a->facts.id > cgroup_b->facts.id;
}

/* ---- the list ---- */

static enum pl_turn turn_of(const struct pl_engine_cgroup *cgroup)
{
        if (pl_ladder_is_ending(cgroup))
                return PL_TURN_DYING;
        if (cgroup->memory.state == PL_STATE_STUCK)
                return PL_TURN_STUCK;
        if (pl_engine_turn(&cgroup->facts) != PL_TURN_NEXT)
                return pl_engine_turn(&cgroup->facts);
        if (cgroup->sample.have == 0)
                return PL_TURN_UNKNOWN;
        return pl_cgroup_gives_back(cgroup) < PL_LEAST_BYTES ? PL_TURN_TOO_SMALL : PL_TURN_NEXT;
}

struct pl_candidate pl_rank_candidate(const struct pl_step *step, uint32_t index)
{
        const struct pl_engine_cgroup *cgroup = pl_cgroup_at(step->engine, index);

        return (struct pl_candidate){
                .id = cgroup->facts.id,
                .turn = turn_of(cgroup),
                .order = pl_engine_order(&cgroup->facts),
                .leaks = cgroup->facts.flags & PL_CGROUP_LEAKS ? 1 : 0,
                .over_promise_bytes = over_promise(cgroup),
                .growth_bytes_per_sec = pl_cgroup_growth(cgroup, step->now_usec),
                .gives_back_bytes = pl_cgroup_gives_back(cgroup),
                .stays_bytes = cgroup->sample.shmem_bytes,
        };
}

/* Into its place among the ranked, of whom the last makes room. */
static void insert(const struct pl_step *step, struct pl_choosing *choosing, uint32_t index,
                   uint32_t most)
{
        struct key key = key_of(step->engine, index, step->now_usec);
        uint32_t at = choosing->ranked;

        for (; at > 0; at--) {
                struct key other = key_of(step->engine, choosing->indices[at - 1], step->now_usec);

                if (!goes_before(&key, &other))
                        break;
                if (at < most)
                        choosing->indices[at] = choosing->indices[at - 1];
        }
        if (at < most)
                choosing->indices[at] = index;
        choosing->ranked = PL_MIN(choosing->ranked + 1, most);
}

static bool is_ranked(const struct pl_engine_cgroup *cgroup)
{
        return turn_of(cgroup) == PL_TURN_NEXT;
}

struct aside {
        uint32_t count;
        uint32_t indices[PL_CANDIDATES_ASIDE_MAX];
};

/* The largest first. */
static void put_aside(const struct pl_engine *engine, struct aside *aside, uint32_t index)
{
        uint32_t at = aside->count;

        for (; at > 0 && pl_rank_larger(engine, index, aside->indices[at - 1]); at--)
                if (at < PL_CANDIDATES_ASIDE_MAX)
                        aside->indices[at] = aside->indices[at - 1];
        if (at < PL_CANDIDATES_ASIDE_MAX)
                aside->indices[at] = index;
        aside->count = PL_MIN(aside->count + 1, (uint32_t) PL_CANDIDATES_ASIDE_MAX);
}

/* Of the host: from the orders that are kept. Those that are ending stand among those who may go, and are no more than can be
 * under way: behind as many there is somebody, if there is anybody. */
static void list_host(const struct pl_step *step, struct pl_choosing *choosing, struct aside *aside)
{
        const struct pl_engine *engine = step->engine;
        uint32_t indices[PL_CANDIDATES_MAX + PL_ACTING_MAX], count, most;

        count = pl_heap_first(&engine->aside, PL_CANDIDATES_ASIDE_MAX, indices);
        for (uint32_t i = 0; i < count; i++)
                put_aside(engine, aside, indices[i]);
        most = PL_CANDIDATES_MAX - aside->count;
        count = pl_heap_first(&engine->order, PL_CANDIDATES_MAX + engine->acting_count, indices);
        for (uint32_t i = 0; i < count; i++)
                if (is_ranked(pl_cgroup_at(engine, indices[i])))
                        insert(step, choosing, indices[i], most);
                else
                        put_aside(engine, aside, indices[i]);
}

/* Of a cgroup: it and what is in it, and nobody else. */
static void list_local(const struct pl_step *step, struct pl_choosing *choosing,
                       struct aside *aside, uint32_t scope)
{
        const uint32_t most = PL_CANDIDATES_MAX - PL_CANDIDATES_ASIDE_MAX;
        const struct pl_engine *engine = step->engine;

        for (uint32_t i = scope; i != PL_POOL_NONE; i = pl_cgroup_walk(engine, scope, i)) {
                const struct pl_engine_cgroup *cgroup = pl_cgroup_at(engine, i);

                if (!(cgroup->facts.flags & PL_CGROUP_WORKLOAD))
                        continue;
                if (is_ranked(cgroup))
                        insert(step, choosing, i, most);
                else
                        put_aside(engine, aside, i);
        }
}

void pl_rank_list(const struct pl_step *step, const struct pl_scope_state *scope,
                  struct pl_choosing *choosing)
{
        struct aside aside = { .count = 0 };

        choosing->ranked = 0;
        if (scope->id == 0)
                list_host(step, choosing, &aside);
        else
                list_local(step, choosing, &aside, pl_cgroup_find(step->engine, scope->id));
        choosing->count = choosing->ranked;
        for (uint32_t i = 0; i < aside.count && choosing->count < PL_CANDIDATES_MAX; i++)
                choosing->indices[choosing->count++] = aside.indices[i];
        for (uint32_t i = 0; i < choosing->count; i++) {
                choosing->candidates[i] = pl_rank_candidate(step, choosing->indices[i]);
                if (i < choosing->ranked)
                        choosing->candidates[i].rank = i + 1;
        }
}
