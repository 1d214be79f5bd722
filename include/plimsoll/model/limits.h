/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* limits - the settings of a cgroup that Plimsoll applies. Plain data.
 *
 * A limit that is not in `set` is not spoken of: not wanted by a profile, or not offered by this kernel. Bytes;
 * PL_SIZE_MAX is "max". Switches are 0 or 1.
 */

#include <stdbool.h>
#include <stdint.h>

enum pl_limit {
        PL_LIMIT_MIN,
        PL_LIMIT_LOW,
        PL_LIMIT_HIGH,
        PL_LIMIT_MAX,
        PL_LIMIT_SWAP_HIGH,
        PL_LIMIT_SWAP_MAX,
        PL_LIMIT_ZSWAP_MAX,
        PL_LIMIT_ZSWAP_WRITEBACK, /* a switch */
        PL_LIMIT_OOM_GROUP,       /* a switch */
        PL_LIMIT_COUNT,
};

struct pl_limits {
        uint32_t set; /* bit `1 << limit` for each value that is there */
        uint64_t values[PL_LIMIT_COUNT];
};

/* The name of the limit's file in a cgroup: "memory.max". */
const char *pl_limit_file(enum pl_limit limit);

/* A switch takes 0 and 1 alone, any other limit bytes or "max". */
bool pl_limit_is_switch(enum pl_limit limit);

static inline bool pl_limits_has(const struct pl_limits *limits, enum pl_limit limit)
{
        return limits->set & UINT32_C(1) << limit;
}

static inline void pl_limits_put(struct pl_limits *limits, enum pl_limit limit, uint64_t value)
{
        limits->values[limit] = value;
        limits->set |= UINT32_C(1) << limit;
}
