/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every cmocka program of the tree begins with. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plimsoll/base/macro.h"
#include "plimsoll/base/span.h"

/* Fails with the name of the table's row, which says what is special about it. */
#define assert_row(row_name, condition)                                                            \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        fail_msg("row \"%s\": %s", (row_name), #condition);                        \
        } while (0)

/* Numbers for property tests: the same on every machine and in every run (SplitMix64). A failing test prints the seed it
 * began with. */
struct test_random {
        uint64_t state;
};

static inline uint64_t test_random(struct test_random *random)
{
        uint64_t z = (random->state += UINT64_C(0x9E3779B97F4A7C15));

        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        return z ^ (z >> 31);
}

/* Evenly over the number of bits and not over the values, so that small and huge numbers both come up. */
static inline uint64_t test_random_size(struct test_random *random)
{
        return test_random(random) >> (test_random(random) % 64);
}

static inline uint64_t test_random_below(struct test_random *random, uint64_t bound)
{
        return test_random(random) % bound;
}
