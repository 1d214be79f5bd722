/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* world - a cgroup as far as its limits go, and everybody who has to do with them: memory that grows and falls, a kernel
 * that reclaims above high and at max where there is file or swap to take, a writer whose orders fail in every way,
 * systemd, and other hands.
 *
 * The kernel does as told: a max below the use is taken at its word, and is the one thing that must not happen.
 */

#include "plimsoll/engine/plan.h"
#include "test.h"

enum { WORLD_PAGE = 4096 };

struct world {
        struct test_random random;
        uint64_t now_usec;
        struct pl_limits files, originals, kept, wanted, overlay;
        uint64_t anon, file, locked, swap, swap_room; /* bytes; locked cannot be reclaimed */
        bool has_swap, high_without_swap, is_unit;
        enum pl_plan_mode mode;
        enum pl_drift drift;
        uint32_t touched; /* limits that another hand has written */
        uint32_t faults;  /* of 100 orders */

        struct pl_plan_state state;
        struct pl_limits aim; /* what the row that is out leads to, where it was planned */
        uint32_t out_count;   /* orders that are late, the first of them done or not */
        struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX];
        uint32_t outcome_count;
        struct pl_plan plan;
};

static inline uint64_t world_use(const struct world *world)
{
        return world->anon + world->file + world->locked;
}

static inline bool world_says(unsigned limit, uint64_t value)
{
        return limit <= PL_LIMIT_LOW ? value != 0 : value != PL_SIZE_MAX;
}

static inline uint64_t world_below(struct world *world, uint64_t bound)
{
        return test_random_below(&world->random, bound);
}

static inline bool world_chance(struct world *world, unsigned percent)
{
        return test_random_below(&world->random, 100) < percent;
}

/* How much of its anonymous memory swap would take. */
static inline uint64_t world_swappable(const struct world *world)
{
        uint64_t max = world->files.values[PL_LIMIT_SWAP_MAX];
        uint64_t used = PL_MIN(max, world->swap), room = PL_MIN(world->swap_room, max - used);

        return world->has_swap ? PL_MIN(room, world->anon) : 0;
}

static inline uint64_t world_reclaimable(const struct world *world)
{
        return world->file + world_swappable(world);
}

/* Up to so many bytes: file first, then what swap takes. */
static inline void world_reclaim(struct world *world, uint64_t bytes)
{
        uint64_t file = PL_MIN(bytes, world->file);
        uint64_t swap = PL_MIN(bytes - file, world_swappable(world));

        world->file -= file;
        world->anon -= swap;
        world->swap += swap;
        world->swap_room -= swap;
}

/* A second of life: what is above high is taken back slowly, what is above max at once or by the OOM killer. */
static inline void world_live(struct world *world, uint64_t anon, uint64_t file)
{
        uint64_t high = world->files.values[PL_LIMIT_HIGH], max = world->files.values[PL_LIMIT_MAX];

        world->anon += anon;
        world->file += file;
        if (world_use(world) > high)
                world_reclaim(world, PL_MIN(world_use(world) - high, 256 * PL_MIB));
        if (world_use(world) > max)
                world_reclaim(world, world_use(world) - max);
        if (world_use(world) > max) {
                world->anon = 0;
                world->locked = PL_MIN(world->locked, max / 4);
                world->file = 0;
        }
}

/* ---- what is checked of every write ---- */

static inline bool world_disorder(const struct pl_limits *limits, unsigned lower, unsigned upper)
{
        return pl_limits_has(limits, lower) && pl_limits_has(limits, upper) &&
               world_says(lower, limits->values[lower]) &&
               world_says(upper, limits->values[upper]) &&
               limits->values[lower] > limits->values[upper];
}

/* Neither was it so before, nor is it what all this leads to, and no other hand was in it. */
static inline bool world_was_disturbed(const struct world *world, const struct pl_limits *before,
                                       unsigned lower, unsigned upper)
{
        return !(world->touched >> lower & 1) && !(world->touched >> upper & 1) &&
               world_disorder(&world->files, lower, upper) &&
               !world_disorder(before, lower, upper) && !world_disorder(&world->aim, lower, upper);
}

static inline void world_check_order(const struct world *world, const struct pl_limits *before)
{
        for (unsigned lower = 0; lower <= PL_LIMIT_MAX; lower++)
                for (unsigned upper = lower + 1; upper <= PL_LIMIT_MAX; upper++)
                        if (world_was_disturbed(world, before, lower, upper))
                                fail_msg("%s (%llu) is above %s (%llu)", pl_limit_file(lower),
                                         (unsigned long long) world->files.values[lower],
                                         pl_limit_file(upper),
                                         (unsigned long long) world->files.values[upper]);
}

static inline void world_write(struct world *world, const struct pl_limit_order *order)
{
        struct pl_limits before = world->files;

        assert_true(pl_limits_has(&world->files, order->limit));
        assert_true(order->value_bytes != 0 ||
                    (order->limit != PL_LIMIT_MAX && order->limit != PL_LIMIT_HIGH));
        assert_true(order->value_bytes % WORLD_PAGE == 0 || order->value_bytes == PL_SIZE_MAX ||
                    pl_limit_is_switch(order->limit));
        /* Nobody dies of it. */
        if (order->limit == PL_LIMIT_MAX)
                assert_true(order->value_bytes >= world_use(world));
        if (!pl_limits_has(&world->originals, order->limit))
                pl_limits_put(&world->originals, order->limit, before.values[order->limit]);
        world->files.values[order->limit] = order->value_bytes;
        world_check_order(world, &before);
        if (order->limit == PL_LIMIT_HIGH)
                world_live(world, 0, 0);
}

static inline void world_call(struct world *world)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                if (!pl_limits_has(&world->plan.properties, i))
                        continue;
                assert_true(pl_limits_has(&world->wanted, i) || pl_limits_has(&world->kept, i));
                assert_true(i != PL_LIMIT_MAX ||
                            world->plan.properties.values[i] >= world_use(world));
                pl_limits_put(&world->kept, i, world->plan.properties.values[i]);
                world->files.values[i] = world->plan.properties.values[i];
        }
        if (pl_limits_has(&world->files, PL_LIMIT_OOM_GROUP))
                world->files.values[PL_LIMIT_OOM_GROUP] = 0;
}

/* As the writer does it, with his own look at the use. */
static inline uint32_t world_carry_out(struct world *world, const struct pl_limit_order *order)
{
        if (world_use(world) > order->use_below_bytes)
                return PL_WRITE_E_USE;
        if (world_chance(world, world->faults))
                return (uint32_t) (PL_WRITE_E_AGAIN +
                                   test_random_below(&world->random, PL_WRITE_E_FAILED));
        if (order->limit == PL_LIMIT_UNIT)
                world_call(world);
        else
                world_write(world, order);
        return PL_WRITTEN;
}

/* ---- what there is to begin with ---- */

/* Four limits in their order, or no limit. */
static inline void world_draw_chain(struct world *world, struct pl_limits *limits)
{
        uint64_t value = 4 * PL_MIB + world_below(world, 256) * PL_MIB;

        for (unsigned i = 0; i <= PL_LIMIT_MAX; i++) {
                if (world_chance(world, 70))
                        pl_limits_put(limits, i, value + world_below(world, WORLD_PAGE));
                else if (world_chance(world, 30))
                        pl_limits_put(limits, i, i <= PL_LIMIT_LOW ? 0 : PL_SIZE_MAX);
                value += world_below(world, 2) * world_below(world, 1024) * PL_MIB + WORLD_PAGE;
        }
}

static inline void world_draw_profile(struct world *world)
{
        memset(&world->wanted, 0, sizeof world->wanted);
        world_draw_chain(world, &world->wanted);
        for (unsigned i = PL_LIMIT_SWAP_HIGH; i <= PL_LIMIT_ZSWAP_MAX; i++)
                if (world_chance(world, 40))
                        pl_limits_put(&world->wanted, i,
                                      world_below(world, 3) * world_below(world, 1024) * PL_MIB);
        for (unsigned i = PL_LIMIT_ZSWAP_WRITEBACK; i < PL_LIMIT_COUNT; i++)
                if (world_chance(world, 30))
                        pl_limits_put(&world->wanted, i, world_below(world, 2));
        world->high_without_swap = world_chance(world, 30);
        world->drift = (enum pl_drift) world_below(world, 3);
}

static inline void world_draw(struct world *world, uint64_t seed)
{
        memset(world, 0, sizeof *world);
        world->random.state = seed;
        world->now_usec = world_below(world, PL_USEC_PER_DAY);
        if (world_chance(world, 50))
                world_draw_chain(world, &world->files);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (i >= PL_LIMIT_ZSWAP_WRITEBACK)
                        pl_limits_put(&world->files, i, world_below(world, 2));
                else if (!pl_limits_has(&world->files, i))
                        pl_limits_put(&world->files, i, i <= PL_LIMIT_LOW ? 0 : PL_SIZE_MAX);
                else
                        world->files.values[i] = pl_plan_round(world->files.values[i], WORLD_PAGE);
        for (unsigned i = PL_LIMIT_SWAP_HIGH; i < PL_LIMIT_COUNT; i++)
                if (world_chance(world, 15))
                        world->files.set &= ~(1U << i);
        world->has_swap = world_chance(world, 60);
        world->swap_room = world_below(world, 4096) * PL_MIB;
        world->is_unit = world_chance(world, 40);
        world->faults = world_chance(world, 50) ? (unsigned) world_below(world, 30) : 0;
        world->locked = world_below(world, 2) * world_below(world, 512) * PL_MIB;
        world_live(world, world_below(world, 1024) * PL_MIB, world_below(world, 1024) * PL_MIB);
        world_draw_profile(world);
}
