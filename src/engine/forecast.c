/* SPDX-License-Identifier: Apache-2.0 */

/* When nothing is left, if everything goes on as it does. What grows stops at the nearest limit above it, so the fall slows
 * down with each that gets there; what no grower explains goes on.
 */

#include "engine_internal.h"
#include "plimsoll/base/assert.h"

enum {
        /* The fastest; what others add goes into what nobody explains, and so has no limit. */
        GROWERS_MAX = 16,
};

struct grower {
        uint64_t rate;
        uint64_t full_usec; /* from now, when it is at its limit */
};

struct growers {
        struct grower items[GROWERS_MAX];
        uint32_t count;
        uint64_t rate; /* of all */
};

static void add(struct growers *growers, struct grower grower)
{
        uint32_t at = growers->count++;

        growers->rate += grower.rate;
        for (; at > 0 && growers->items[at - 1].full_usec > grower.full_usec; at--)
                growers->items[at] = growers->items[at - 1];
        growers->items[at] = grower;
}

static uint64_t time_for(uint64_t bytes, uint64_t rate)
{
        pl_assert(rate > 0);

        return pl_share(bytes, PL_USEC_PER_SEC, rate);
}

/* Or as much as a number can say. */
static uint64_t sum_of(uint64_t a, uint64_t b)
{
        return a + PL_MIN(b, UINT64_MAX - a);
}

/* The nearest to its limit first. Of what they grow by, as much counts as memory really fell. */
static struct growers find_growers(const struct pl_step *step, uint64_t fall)
{
        const struct pl_engine *engine = step->engine;
        uint32_t indices[GROWERS_MAX];
        uint32_t count = pl_heap_first(&engine->growth, GROWERS_MAX, indices);
        struct growers growers = { .count = 0 };
        uint64_t sum = 0;

        for (uint32_t i = 0; i < count; i++)
                sum = sum_of(sum,
                             pl_cgroup_growth(pl_cgroup_at(engine, indices[i]), step->now_usec));
        for (uint32_t i = 0; i < count; i++) {
                uint64_t rate = pl_cgroup_growth(pl_cgroup_at(engine, indices[i]), step->now_usec);

                if (sum > fall)
                        rate = PL_MIN(pl_share(rate, fall, sum), fall - growers.rate);
                if (rate > 0)
                        add(&growers,
                            (struct grower){
                                    rate, time_for(pl_cgroup_headroom(engine, indices[i]), rate) });
        }
        return growers;
}

uint64_t pl_forecast_end(const struct pl_step *step)
{
        uint64_t fall = step->weather.steady_fall_bytes_per_sec, at_usec = 0;
        uint64_t left = step->weather.available_bytes + step->weather.swap_left_bytes;
        struct growers growers;

        if (fall == 0)
                return UINT64_MAX;
        growers = find_growers(step, fall);
        pl_assert(growers.rate <= fall);
        for (uint32_t i = 0; i < growers.count; i++) {
                uint64_t until_usec = growers.items[i].full_usec;
                uint64_t end_usec = sum_of(at_usec, time_for(left, fall));

                if (until_usec >= end_usec)
                        return end_usec;
                left -= PL_MIN(left, pl_share(fall, until_usec - at_usec, PL_USEC_PER_SEC));
                fall -= growers.items[i].rate;
                at_usec = until_usec;
        }
        return fall == 0 ? UINT64_MAX : sum_of(at_usec, time_for(left, fall));
}
