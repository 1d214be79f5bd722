/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* reach - what the limits of a cgroup come to, together with those of all the cgroups above it. Plain data and arithmetic:
 * pure, allocates nothing.
 *
 * A ceiling counts if it is the lowest on the way to the root. A protection counts only as far as every ancestor grants
 * it: the kernel shares out what the parent was granted among the children, by what each may claim of its own use, and
 * with the mount option memory_recursiveprot hands the rest to whoever uses memory beyond his claim. The kernel
 * works that out anew at every reclaim, from figures of that moment; what is here is the same arithmetic on figures that
 * were read one after the other, a scan at most apart: an estimate, exact while nothing moves.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/model/limits.h"

/* A use beyond it counts as this: 256 TiB, four times the largest host there is. The claims of all that may be known so
 * cannot overflow their sum. */
#define PL_REACH_USAGE_MAX (UINT64_C(1) << 48)

/* Of a protection (min or low): bytes. */
struct pl_claim {
        uint64_t own; /* the setting */
        uint64_t
                claimed; /* the smaller of that and the use, as it is counted in the parent's sum */
        uint64_t children;  /* the sum of what the children claim */
        uint64_t effective; /* what the ancestors grant of it */
};

struct pl_reach {
        uint64_t usage_bytes;
        uint64_t own_max, own_high, own_swap_max; /* PL_SIZE_MAX: none */
        uint64_t max, high, swap_max;             /* the lowest on the way to the root */
        struct pl_claim min, low;
        uint32_t stamp; /* of the scan that has read it; 0: never */
};

/* A cgroup of which nothing is known: no limits, no protection. */
void pl_reach_init(struct pl_reach *reach);

/* Takes what was read of a cgroup itself. A limit that is not in `set` is none. The parent's sums are kept right. */
void pl_reach_set(struct pl_reach *reach, struct pl_reach *parent, const struct pl_limits *limits,
                  uint64_t usage_bytes);

/* Works out what counts, from the parent's, whose own must have been worked out. `parent_is_root`: the root has neither use
 * nor limits, and what a child of its claims is granted whole. */
struct pl_reach_rules {
        bool parent_is_root;
        bool recursive_protection; /* memory_recursiveprot */
};
void pl_reach_derive(struct pl_reach *reach, const struct pl_reach *parent,
                     struct pl_reach_rules rules);

/* A ceiling of a cgroup inside of the workload that holds all of it, as crun's scope/container. */
void pl_reach_lower(struct pl_reach *reach, const struct pl_limits *inner);

/* The cgroup is gone, and claims nothing any more. */
void pl_reach_leave(struct pl_reach *reach, struct pl_reach *parent);
