/* SPDX-License-Identifier: Apache-2.0 */

/* memory.max comes first, because shares of others are of it. memory.high comes last, because whether it is applied hangs on
 * what swap the workload can have.
 */

#include "plimsoll/policy/resolve.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Bytes of an object, from its sizes to limits: for memory and for budget alike. */
struct amount {
        size_t key;
        enum pl_limit limit;
        const struct pl_size *size;
        bool is_set;
};

enum { AMOUNTS_MAX = 7 };

static int resolve_amount(const struct amount *amount, const struct pl_host_facts *host,
                          struct pl_limits *limits)
{
        bool has_max = pl_limits_has(limits, PL_LIMIT_MAX);
        const struct pl_size_base base = {
                .ram_bytes = host->ram_bytes,
                .swap_bytes = host->swap_bytes,
                .max_bytes = has_max ? limits->values[PL_LIMIT_MAX] : PL_SIZE_MAX,
        };
        uint64_t bytes;

        if (!has_max && pl_size_uses(amount->size, PL_SIZE_SHARE_OF_MAX))
                return PL_RESOLVE_E_NO_MAX;
        if (pl_size_resolve(amount->size, &base, &bytes) != 0)
                return PL_RESOLVE_E_RANGE;
        pl_limits_put(limits, amount->limit, bytes);
        return 0;
}

/* In their order, of which max is the first. *ret_key is the one that failed. */
static int resolve_amounts(const struct amount *amounts, size_t count,
                           const struct pl_host_facts *host, struct pl_limits *limits,
                           size_t *ret_key)
{
        pl_assert(amounts[0].limit == PL_LIMIT_MAX);

        for (size_t i = 0; i < count; i++) {
                int r = amounts[i].is_set ? resolve_amount(&amounts[i], host, limits) : 0;

                if (r != 0) {
                        *ret_key = amounts[i].key;
                        return r;
                }
        }
        return 0;
}

static void resolve_switches(const struct pl_memory *memory, struct pl_limits *limits)
{
        if (PL_HAS(memory, PL_MEMORY_ZSWAP_WRITEBACK))
                pl_limits_put(limits, PL_LIMIT_ZSWAP_WRITEBACK, memory->zswap_writeback);
        if (PL_HAS(memory, PL_MEMORY_OOM_GROUP))
                pl_limits_put(limits, PL_LIMIT_OOM_GROUP, memory->oom_group);
        /* cgroup v2 has no swappiness; of its values 0 alone has a limit that means the same. */
        if (PL_HAS(memory, PL_MEMORY_SWAPPINESS) && memory->swappiness == 0 &&
            !PL_HAS(memory, PL_MEMORY_SWAP_MAX))
                pl_limits_put(limits, PL_LIMIT_SWAP_MAX, 0);
}

static void resolve_oom(const struct pl_oom *oom, struct pl_resolved *resolved)
{
        resolved->order = oom->order;
        resolved->has_score_adj = PL_HAS(oom, PL_OOM_SCORE_ADJ);
        resolved->is_protected = resolved->has_score_adj && oom->score_adj == -1000;
        /* A cgroup whose processes the kernel may not kill hangs at its limit for ever. */
        resolved->score_adj = PL_MAX(oom->score_adj, -999);
}

/* What hangs on several limits together. */
static void settle(const struct pl_memory *memory, const struct pl_host_facts *host,
                   struct pl_resolved *resolved)
{
        struct pl_limits *limits = &resolved->limits;
        uint64_t min = pl_limits_has(limits, PL_LIMIT_MIN) ? limits->values[PL_LIMIT_MIN] : 0;
        uint64_t low = pl_limits_has(limits, PL_LIMIT_LOW) ? limits->values[PL_LIMIT_LOW] : 0;

        resolved->promise_bytes = PL_MAX(min, low);
        resolved->swap_bytes = host->swap_bytes;
        if (pl_limits_has(limits, PL_LIMIT_SWAP_MAX))
                resolved->swap_bytes = PL_MIN(resolved->swap_bytes,
                                              limits->values[PL_LIMIT_SWAP_MAX]);

        resolved->wanted = *limits;
        resolved->high_left_out = pl_limits_has(limits, PL_LIMIT_HIGH) &&
                                  limits->values[PL_LIMIT_HIGH] != PL_SIZE_MAX &&
                                  resolved->swap_bytes == 0 && !memory->high_without_swap;
        if (resolved->high_left_out)
                limits->set &= ~(UINT32_C(1) << PL_LIMIT_HIGH);
}

int pl_profile_resolve(const struct pl_profile *profile, const struct pl_host_facts *host,
                       struct pl_resolved *ret_resolved, enum pl_memory_key *ret_key)
{
        const struct pl_memory *memory = &profile->memory;
        const struct amount amounts[AMOUNTS_MAX] = {
                { PL_MEMORY_MAX, PL_LIMIT_MAX, &memory->max, PL_HAS(memory, PL_MEMORY_MAX) },
                { PL_MEMORY_HIGH, PL_LIMIT_HIGH, &memory->high, PL_HAS(memory, PL_MEMORY_HIGH) },
                { PL_MEMORY_LOW, PL_LIMIT_LOW, &memory->low, PL_HAS(memory, PL_MEMORY_LOW) },
                { PL_MEMORY_MIN, PL_LIMIT_MIN, &memory->min, PL_HAS(memory, PL_MEMORY_MIN) },
                { PL_MEMORY_SWAP_MAX, PL_LIMIT_SWAP_MAX, &memory->swap_max,
                  PL_HAS(memory, PL_MEMORY_SWAP_MAX) },
                { PL_MEMORY_SWAP_HIGH, PL_LIMIT_SWAP_HIGH, &memory->swap_high,
                  PL_HAS(memory, PL_MEMORY_SWAP_HIGH) },
                { PL_MEMORY_ZSWAP_MAX, PL_LIMIT_ZSWAP_MAX, &memory->zswap_max,
                  PL_HAS(memory, PL_MEMORY_ZSWAP_MAX) },
        };
        struct pl_resolved resolved = {};
        size_t key;
        int r;

        pl_assert(host);
        pl_assert(ret_resolved && ret_key);

        r = resolve_amounts(amounts, AMOUNTS_MAX, host, &resolved.limits, &key);
        if (r != 0) {
                *ret_key = (enum pl_memory_key) key;
                return r;
        }
        resolve_switches(memory, &resolved.limits);
        resolve_oom(&profile->oom, &resolved);
        settle(memory, host, &resolved);
        *ret_resolved = resolved;
        return 0;
}

int pl_budget_resolve(const struct pl_budget *budget, const struct pl_host_facts *host,
                      struct pl_limits *ret_limits, enum pl_budget_key *ret_key)
{
        const struct amount amounts[] = {
                { PL_BUDGET_MAX, PL_LIMIT_MAX, &budget->max, PL_HAS(budget, PL_BUDGET_MAX) },
                { PL_BUDGET_HIGH, PL_LIMIT_HIGH, &budget->high, PL_HAS(budget, PL_BUDGET_HIGH) },
                { PL_BUDGET_LOW, PL_LIMIT_LOW, &budget->low, PL_HAS(budget, PL_BUDGET_LOW) },
                { PL_BUDGET_MIN, PL_LIMIT_MIN, &budget->min, PL_HAS(budget, PL_BUDGET_MIN) },
                { PL_BUDGET_SWAP_MAX, PL_LIMIT_SWAP_MAX, &budget->swap_max,
                  PL_HAS(budget, PL_BUDGET_SWAP_MAX) },
        };
        struct pl_limits limits = {};
        size_t key;
        int r;

        pl_assert(host);
        pl_assert(ret_limits && ret_key);

        r = resolve_amounts(amounts, PL_ARRAY_LENGTH(amounts), host, &limits, &key);
        if (r != 0) {
                *ret_key = (enum pl_budget_key) key;
                return r;
        }
        *ret_limits = limits;
        return 0;
}

bool pl_budget_leaves_out_high(const struct pl_limits *limits, const struct pl_host_facts *host)
{
        bool has_swap_max;

        pl_assert(limits && host);

        has_swap_max = pl_limits_has(limits, PL_LIMIT_SWAP_MAX);
        return pl_limits_has(limits, PL_LIMIT_HIGH) &&
               limits->values[PL_LIMIT_HIGH] != PL_SIZE_MAX &&
               (host->swap_bytes == 0 || (has_swap_max && limits->values[PL_LIMIT_SWAP_MAX] == 0));
}

void pl_budget_slice(struct pl_text *text, const struct pl_profile *profile)
{
        pl_assert(profile);

        if (profile->budget.slice)
                pl_text_add(text, profile->budget.slice);
        else
                pl_text_addf(text, "plimsoll-%s.slice", profile->name);
}
