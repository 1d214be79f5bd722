/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* number - numbers from a seed, the same on every machine and in every run (SplitMix64), and the lesser, the larger and the
 * difference of two: functions, for they stand in one another. */

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
        uint64_t state;
};

static inline uint64_t sim_random(struct sim_random *random)
{
        uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));

        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        return z ^ (z >> 31);
}

static inline uint64_t sim_below(struct sim_random *random, uint64_t bound)
{
        return sim_random(random) % bound;
}

/* Both ends are possible. */
static inline uint64_t sim_between(struct sim_random *random, uint64_t least, uint64_t most)
{
        return least + sim_below(random, most - least + 1);
}

static inline bool sim_chance(struct sim_random *random, uint64_t percent)
{
        return sim_below(random, 100) < percent;
}

static inline uint64_t sim_min(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

static inline uint64_t sim_max(uint64_t a, uint64_t b)
{
        return a > b ? a : b;
}

/* 0 where there would be less. */
static inline uint64_t sim_less(uint64_t a, uint64_t b)
{
        return a > b ? a - b : 0;
}
