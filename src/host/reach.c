/* SPDX-License-Identifier: Apache-2.0 */

/* The arithmetic is that of effective_protection() in mm/page_counter.c (mm/memcontrol.c before 6.11), so that what we
 * print as effective is what reclaim would go by. The kernel keeps the sums of the children's claims as they change; here
 * each cgroup brings its part of the sum up to date when it is read, so that a scan reads nobody twice and nobody's
 * children for his sake. The first scan knows the sums only when it is over: what it says in its middle of the first
 * children is too generous, and right from the second on.
 */

#include "plimsoll/host/reach.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

void pl_reach_init(struct pl_reach *reach)
{
        pl_assert(reach);

        *reach = (struct pl_reach){
                .own_max = PL_SIZE_MAX,
                .own_high = PL_SIZE_MAX,
                .own_swap_max = PL_SIZE_MAX,
                .max = PL_SIZE_MAX,
                .high = PL_SIZE_MAX,
                .swap_max = PL_SIZE_MAX,
        };
}

static uint64_t limit_or(const struct pl_limits *limits, enum pl_limit limit, uint64_t otherwise)
{
        return pl_limits_has(limits, limit) ? limits->values[limit] : otherwise;
}

/* What is granted of "max" has no number. */
static uint64_t add_saturated(uint64_t a, uint64_t b)
{
        return a + b < a ? UINT64_MAX : a + b;
}

static void claim(struct pl_claim *claim, struct pl_claim *parent, uint64_t own, uint64_t usage)
{
        uint64_t claimed = PL_MIN(own, usage);

        pl_assert(parent->children >= claim->claimed);

        parent->children += claimed - claim->claimed;
        claim->own = own;
        claim->claimed = claimed;
}

void pl_reach_set(struct pl_reach *reach, struct pl_reach *parent, const struct pl_limits *limits,
                  uint64_t usage_bytes)
{
        pl_assert(reach && parent && reach != parent);
        pl_assert(limits);

        usage_bytes = PL_MIN(usage_bytes, PL_REACH_USAGE_MAX);
        reach->usage_bytes = usage_bytes;
        reach->own_max = limit_or(limits, PL_LIMIT_MAX, PL_SIZE_MAX);
        reach->own_high = limit_or(limits, PL_LIMIT_HIGH, PL_SIZE_MAX);
        reach->own_swap_max = limit_or(limits, PL_LIMIT_SWAP_MAX, PL_SIZE_MAX);
        claim(&reach->min, &parent->min, limit_or(limits, PL_LIMIT_MIN, 0), usage_bytes);
        claim(&reach->low, &parent->low, limit_or(limits, PL_LIMIT_LOW, 0), usage_bytes);
}

static uint64_t granted(const struct pl_claim *claim, uint64_t usage, const struct pl_claim *parent,
                        uint64_t parent_usage, bool recursive)
{
        if (parent->children > parent->effective)
                return pl_ratio_scale(claim->claimed, parent->effective, parent->children);
        if (!recursive || parent->effective == parent->children ||
            parent_usage <= parent->children || usage <= claim->claimed)
                return claim->claimed;
        /* What nobody claims goes to those who use more than they claim, by how much more. */
        return add_saturated(claim->claimed, pl_ratio_scale(parent->effective - parent->children,
                                                            usage - claim->claimed,
                                                            parent_usage - parent->children));
}

void pl_reach_derive(struct pl_reach *reach, const struct pl_reach *parent,
                     struct pl_reach_rules rules)
{
        pl_assert(reach && parent && reach != parent);

        reach->max = PL_MIN(reach->own_max, parent->max);
        reach->high = PL_MIN(reach->own_high, parent->high);
        reach->swap_max = PL_MIN(reach->own_swap_max, parent->swap_max);
        if (rules.parent_is_root) {
                reach->min.effective = reach->min.own;
                reach->low.effective = reach->low.own;
                return;
        }
        reach->min.effective = granted(&reach->min, reach->usage_bytes, &parent->min,
                                       parent->usage_bytes, rules.recursive_protection);
        reach->low.effective = granted(&reach->low, reach->usage_bytes, &parent->low,
                                       parent->usage_bytes, rules.recursive_protection);
}

void pl_reach_lower(struct pl_reach *reach, const struct pl_limits *inner)
{
        pl_assert(reach);
        pl_assert(inner);

        reach->max = PL_MIN(reach->max, limit_or(inner, PL_LIMIT_MAX, PL_SIZE_MAX));
        reach->high = PL_MIN(reach->high, limit_or(inner, PL_LIMIT_HIGH, PL_SIZE_MAX));
        reach->swap_max = PL_MIN(reach->swap_max, limit_or(inner, PL_LIMIT_SWAP_MAX, PL_SIZE_MAX));
}

void pl_reach_leave(struct pl_reach *reach, struct pl_reach *parent)
{
        pl_assert(reach && parent && reach != parent);

        claim(&reach->min, &parent->min, 0, 0);
        claim(&reach->low, &parent->low, 0, 0);
}
