/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the two halves of making a scenario share. */

#include "generate.h"
#include "number.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

struct generating {
        struct sim_scenario *scenario;
        struct sim_random random;
        uint64_t ram;
        uint32_t slice_count;
};

static inline uint64_t below(struct generating *generating, uint64_t bound)
{
        return sim_below(&generating->random, bound);
}

static inline uint64_t between(struct generating *generating, uint64_t least, uint64_t most)
{
        return sim_between(&generating->random, least, most);
}

static inline bool chance(struct generating *generating, uint64_t percent)
{
        return sim_chance(&generating->random, percent);
}

/* So many thousandths of RAM. */
static inline uint64_t share(struct generating *generating, uint64_t least, uint64_t most)
{
        return generating->ram / 1000 * between(generating, least, most) / SIM_PAGE * SIM_PAGE;
}

static inline uint64_t msec(struct generating *generating, uint64_t least, uint64_t most)
{
        return between(generating, least, most) * PL_USEC_PER_MSEC;
}

static inline uint32_t somebody(struct generating *generating)
{
        uint32_t count = generating->scenario->cgroup_count;

        return (uint32_t) between(generating, generating->slice_count, count - 1);
}

static inline uint64_t soon(struct generating *generating)
{
        return msec(generating, 500, generating->scenario->lasts_usec / 2 / PL_USEC_PER_MSEC);
}

/* One of those that make hosts short, or look as if they did. */
void sim_draw_incident(struct generating *generating);
