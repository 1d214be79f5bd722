/* SPDX-License-Identifier: Apache-2.0 */

#include "type.h"
#include "vocabulary_internal.h"

#define RAM   PL_KEY_OF_RAM
#define MAX   PL_KEY_OF_MAX
#define SWAP  PL_KEY_OF_SWAP
#define LIMIT PL_KEY_NO_LIMIT

static struct pl_memory memory_fallback;
static struct pl_budget budget_fallback;

/* ---- memory ---- */

static const struct pl_key memory_keys[PL_MEMORY_KEYS] = {
        [PL_MEMORY_MAX] = {
                .name = "max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, max),
                .flags = RAM | LIMIT | PL_KEY_WORKS,
                .help = "The hard limit, memory.max: what is beyond it is reclaimed, and if that is not enough the "
                        "kernel kills within the workload.",
                .features = "L1 L11",
        },
        [PL_MEMORY_HIGH] = {
                .name = "high",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, high),
                .flags = RAM | MAX | LIMIT | PL_KEY_WORKS,
                .help = "The limit above which the workload is slowed down and reclaimed from, memory.high. It is not "
                        "applied while the workload can have no swap, unless high_without_swap says so.",
                .features = "L2 O9",
        },
        [PL_MEMORY_LOW] = {
                .name = "low",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, low),
                .flags = RAM | MAX | PL_KEY_WORKS,
                .help = "The promise that is kept while others can be reclaimed from, memory.low. It counts only as "
                        "far as every cgroup above grants it.",
                .features = "L3 P6",
        },
        [PL_MEMORY_MIN] = {
                .name = "min",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, min),
                .flags = RAM | MAX | PL_KEY_WORKS,
                .help = "The promise that is kept at any price, memory.min: what is below it is never reclaimed, even "
                        "where that means that somebody is killed.",
                .features = "L3 P6",
        },
        [PL_MEMORY_SWAP_MAX] = {
                .name = "swap_max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, swap_max),
                .flags = RAM | MAX | SWAP | LIMIT | PL_KEY_WORKS,
                .help = "How much of the workload may be in swap, memory.swap.max. Not the sum of memory and swap that "
                        "Docker's --memory-swap is.",
                .features = "L4 P6",
        },
        [PL_MEMORY_SWAP_HIGH] = {
                .name = "swap_high",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, swap_high),
                .flags = RAM | MAX | SWAP | LIMIT | PL_KEY_WORKS,
                .help = "How much of the workload may be in swap before it is slowed down, memory.swap.high.",
                .features = "L4",
        },
        [PL_MEMORY_ZSWAP_MAX] = {
                .name = "zswap_max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, zswap_max),
                .flags = RAM | MAX | LIMIT | PL_KEY_WORKS,
                .help = "How much compressed memory the workload may have in zswap, memory.zswap.max, where the kernel "
                        "has it.",
                .features = "L5",
        },
        [PL_MEMORY_ZSWAP_WRITEBACK] = {
                .name = "zswap_writeback",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, zswap_writeback),
                .flags = PL_KEY_WORKS,
                .help = "Whether zswap may write to the disk for this workload, memory.zswap.writeback, where the "
                        "kernel has it (6.8).",
                .features = "L5",
        },
        [PL_MEMORY_SWAPPINESS] = {
                .name = "swappiness",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_memory, swappiness),
                .flags = PL_KEY_WORKS,
                .least = 0,
                .most = 200,
                .help = "How readily memory is swapped out rather than files dropped. cgroup v2 has no such setting: it "
                        "is approximated by what the kernel offers, and show says how. 0 without swap_max means "
                        "swap_max 0.",
                .features = "L6",
        },
        [PL_MEMORY_OOM_GROUP] = {
                .name = "oom_group",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, oom_group),
                .flags = PL_KEY_WORKS,
                .help = "Whether the kernel's OOM killer takes the whole workload and not one of its processes, "
                        "memory.oom.group. Right for what is broken once a part is gone, wrong for a database that "
                        "survives a backend.",
                .features = "L8",
        },
        [PL_MEMORY_HIGH_WITHOUT_SWAP] = {
                .name = "high_without_swap",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, high_without_swap),
                .flags = PL_KEY_WORKS,
                .fallback = "false",
                .help = "Apply high even to a workload that can have no swap. A leak then sleeps at high for ever and "
                        "does not die: see ladder.livelock.",
                .features = "L2 O9",
        },
        [PL_MEMORY_RAISE_ANCESTORS] = {
                .name = "raise_ancestors",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, raise_ancestors),
                .flags = PL_KEY_WORKS,
                .fallback = "false",
                .help = "Raise min and low of the cgroups above, so that this workload's are granted. It changes what "
                        "belongs to others, so it is off.",
                .features = "L3",
        },
};

const struct pl_object pl_object_memory = {
        .name = "memory",
        .help = "The limits and promises of each workload of the profile. What is not given is "
                "left as it is.",
        .keys = memory_keys,
        .count = PL_MEMORY_KEYS,
        .size = sizeof(struct pl_memory),
        .fallback = &memory_fallback,
};

/* ---- budget ---- */

static const struct pl_key budget_keys[PL_BUDGET_KEYS] = {
        [PL_BUDGET_SLICE] = {
                .name = "slice",
                .type = &pl_type_slice,
                .offset = offsetof(struct pl_budget, slice),
                .flags = PL_KEY_WORKS,
                .help = "The slice that carries the budget. Without it, plimsoll-NAME.slice of the profile's name.",
                .features = "P10",
        },
        [PL_BUDGET_MAX] = {
                .name = "max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, max),
                .flags = RAM | LIMIT | PL_KEY_WORKS,
                .help = "memory.max of the slice: what all of the class may have together.",
                .features = "P10 L1",
        },
        [PL_BUDGET_HIGH] = {
                .name = "high",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, high),
                .flags = RAM | MAX | LIMIT | PL_KEY_WORKS,
                .help = "memory.high of the slice. A share of max is of the budget's max.",
                .features = "P10 L2",
        },
        [PL_BUDGET_LOW] = {
                .name = "low",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, low),
                .flags = RAM | MAX | PL_KEY_WORKS,
                .help = "memory.low of the slice.",
                .features = "P10 L3",
        },
        [PL_BUDGET_MIN] = {
                .name = "min",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, min),
                .flags = RAM | MAX | PL_KEY_WORKS,
                .help = "memory.min of the slice.",
                .features = "P10 L3",
        },
        [PL_BUDGET_SWAP_MAX] = {
                .name = "swap_max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, swap_max),
                .flags = RAM | MAX | SWAP | LIMIT | PL_KEY_WORKS,
                .help = "memory.swap.max of the slice.",
                .features = "P10 L4",
        },
};

const struct pl_object pl_object_budget = {
        .name = "budget",
        .help = "What all workloads of the profile may have together, carried by the slice that "
                "they are in.",
        .keys = budget_keys,
        .count = PL_BUDGET_KEYS,
        .size = sizeof(struct pl_budget),
        .fallback = &budget_fallback,
};
