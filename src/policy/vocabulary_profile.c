/* SPDX-License-Identifier: Apache-2.0 */

/* Where a default stands here, its reason stands beside it; the design gives those that are not explained. */

#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

#define RAM   PL_KEY_OF_RAM
#define MAX   PL_KEY_OF_MAX
#define SWAP  PL_KEY_OF_SWAP
#define LIMIT PL_KEY_NO_LIMIT

const char *const pl_words_mode[] = {
        [PL_MODE_ENFORCE] = "enforce",
        [PL_MODE_OBSERVE] = "observe",
        NULL,
};

static const char *const rungs[] = {
        [PL_RUNG_RECLAIM] = "reclaim", [PL_RUNG_THROTTLE] = "throttle", [PL_RUNG_FREEZE] = "freeze",
        [PL_RUNG_TERM] = "term",       [PL_RUNG_KILL] = "kill",         NULL,
};

static const char *const livelocks[] = {
        [PL_LIVELOCK_ALARM] = "alarm",
        [PL_LIVELOCK_RELAX] = "relax",
        [PL_LIVELOCK_KILL] = "kill",
        NULL,
};

static const char *const kill_units[] = {
        [PL_KILL_WORKLOAD] = "workload",
        [PL_KILL_PROCESS] = "process",
        NULL,
};

static const char *const agains[] = {
        [PL_AGAIN_CAP] = "cap",
        [PL_AGAIN_DOWN] = "down",
        [PL_AGAIN_ALARM] = "alarm",
        NULL,
};

static const char *const drifts[] = {
        [PL_DRIFT_REPAIR] = "repair",
        [PL_DRIFT_ALARM] = "alarm",
        [PL_DRIFT_YIELD] = "yield",
        NULL,
};

static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

static struct pl_memory memory_fallback;
static struct pl_budget budget_fallback;
static struct pl_oom oom_fallback;
static struct pl_ladder ladder_fallback;
static struct pl_restart restart_fallback;
static struct pl_leak leak_fallback;
static struct pl_hook hook_fallback;
static struct pl_hooks hooks_fallback;
static struct pl_profile profile_fallback;

/* ---- memory ---- */

static const struct pl_key memory_keys[PL_MEMORY_KEYS] = {
        [PL_MEMORY_MAX] = {
                .name = "max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, max),
                .flags = RAM | LIMIT,
                .help = "The hard limit, memory.max: what is beyond it is reclaimed, and if that is not enough the "
                        "kernel kills within the workload.",
                .features = "L1 L11",
        },
        [PL_MEMORY_HIGH] = {
                .name = "high",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, high),
                .flags = RAM | MAX | LIMIT,
                .help = "The limit above which the workload is slowed down and reclaimed from, memory.high. It is not "
                        "applied while the workload can have no swap, unless high_without_swap says so.",
                .features = "L2 O9",
        },
        [PL_MEMORY_LOW] = {
                .name = "low",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, low),
                .flags = RAM | MAX,
                .help = "The promise that is kept while others can be reclaimed from, memory.low. It counts only as "
                        "far as every cgroup above grants it.",
                .features = "L3 P6",
        },
        [PL_MEMORY_MIN] = {
                .name = "min",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, min),
                .flags = RAM | MAX,
                .help = "The promise that is kept at any price, memory.min: what is below it is never reclaimed, even "
                        "where that means that somebody is killed.",
                .features = "L3 P6",
        },
        [PL_MEMORY_SWAP_MAX] = {
                .name = "swap_max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, swap_max),
                .flags = RAM | MAX | SWAP | LIMIT,
                .help = "How much of the workload may be in swap, memory.swap.max. Not the sum of memory and swap that "
                        "Docker's --memory-swap is.",
                .features = "L4 P6",
        },
        [PL_MEMORY_SWAP_HIGH] = {
                .name = "swap_high",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, swap_high),
                .flags = RAM | MAX | SWAP | LIMIT,
                .help = "How much of the workload may be in swap before it is slowed down, memory.swap.high.",
                .features = "L4",
        },
        [PL_MEMORY_ZSWAP_MAX] = {
                .name = "zswap_max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_memory, zswap_max),
                .flags = RAM | MAX | LIMIT,
                .help = "How much compressed memory the workload may have in zswap, memory.zswap.max, where the kernel "
                        "has it.",
                .features = "L5",
        },
        [PL_MEMORY_ZSWAP_WRITEBACK] = {
                .name = "zswap_writeback",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, zswap_writeback),
                .help = "Whether zswap may write to the disk for this workload, memory.zswap.writeback, where the "
                        "kernel has it (6.8).",
                .features = "L5",
        },
        [PL_MEMORY_SWAPPINESS] = {
                .name = "swappiness",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_memory, swappiness),
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
                .help = "Whether the kernel's OOM killer takes the whole workload and not one of its processes, "
                        "memory.oom.group. Right for what is broken once a part is gone, wrong for a database that "
                        "survives a backend.",
                .features = "L8",
        },
        [PL_MEMORY_HIGH_WITHOUT_SWAP] = {
                .name = "high_without_swap",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, high_without_swap),
                .fallback = "false",
                .help = "Apply high even to a workload that can have no swap. A leak then sleeps at high for ever and "
                        "does not die: see ladder.livelock.",
                .features = "L2 O9",
        },
        [PL_MEMORY_RAISE_ANCESTORS] = {
                .name = "raise_ancestors",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_memory, raise_ancestors),
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
                .help = "The slice that carries the budget. Without it, plimsoll-NAME.slice of the profile's name.",
                .features = "P10",
        },
        [PL_BUDGET_MAX] = {
                .name = "max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, max),
                .flags = RAM | LIMIT,
                .help = "memory.max of the slice: what all of the class may have together.",
                .features = "P10 L1",
        },
        [PL_BUDGET_HIGH] = {
                .name = "high",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, high),
                .flags = RAM | MAX | LIMIT,
                .help = "memory.high of the slice. A share of max is of the budget's max.",
                .features = "P10 L2",
        },
        [PL_BUDGET_LOW] = {
                .name = "low",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, low),
                .flags = RAM | MAX,
                .help = "memory.low of the slice.",
                .features = "P10 L3",
        },
        [PL_BUDGET_MIN] = {
                .name = "min",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, min),
                .flags = RAM | MAX,
                .help = "memory.min of the slice.",
                .features = "P10 L3",
        },
        [PL_BUDGET_SWAP_MAX] = {
                .name = "swap_max",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_budget, swap_max),
                .flags = RAM | MAX | SWAP | LIMIT,
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

/* ---- oom ---- */

static const struct pl_key oom_keys[PL_OOM_KEYS] = {
        [PL_OOM_SCORE_ADJ] = {
                .name = "score_adj",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_oom, score_adj),
                .least = -1000,
                .most = 1000,
                .help = "oom_score_adj of every process of the workload: how the kernel's OOM killer weighs it, in "
                        "thousandths of the memory at stake. -1000 makes the workload protected: Plimsoll never kills "
                        "it, and writes -999, because a cgroup full of unkillable processes hangs at its limit.",
                .features = "L7 O10",
        },
        [PL_OOM_ORDER] = {
                .name = "order",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_oom, order),
                .least = -1000,
                .most = 1000,
                .help = "Who dies first when the host runs short: the highest. On the scale of score_adj, which it is if "
                        "it is not given.",
                .features = "O6",
        },
        [PL_OOM_KILL] = {
                .name = "kill",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_oom, kill),
                .words = kill_units,
                .help = "What a kill by Plimsoll takes: the whole workload or its largest process. Without it, as "
                        "memory.oom_group says, and the workload where that is not given either.",
                .features = "L8 O7",
        },
        [PL_OOM_AGAIN] = {
                .name = "again",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_oom, again),
                .words = agains,
                .fallback = "\"cap\"",
                .help = "What becomes of a service that comes back to be killed again and again (backoff of the host's "
                        "policy says how often that is): its limit is capped below what it had, it stays down, or "
                        "nothing but an alarm.",
                .features = "O8",
        },
};

const struct pl_object pl_object_oom = {
        .name = "oom",
        .help = "Who goes when memory runs out, for the kernel and for Plimsoll.",
        .keys = oom_keys,
        .count = PL_OOM_KEYS,
        .size = sizeof(struct pl_oom),
        .fallback = &oom_fallback,
};

/* ---- ladder ---- */

static const struct pl_key ladder_keys[PL_LADDER_KEYS] = {
        [PL_LADDER_RUNGS] = {
                .name = "rungs",
                .type = &pl_type_words,
                .offset = offsetof(struct pl_ladder, rungs),
                .least = 1,
                .most = PL_RUNG_COUNT,
                .words = rungs,
                /* Without freeze: a health check that meets a frozen service restarts it. */
                .fallback = "[\"reclaim\", \"throttle\", \"term\", \"kill\"]",
                .help = "What may be done to the workload, from the mildest to the hardest, in this order: reclaim from "
                        "it, throttle it, freeze it for a moment, ask it to end, kill it. Those that are left out are "
                        "not done.",
                .features = "O7",
        },
        [PL_LADDER_GRACE] = {
                .name = "grace",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_ladder, grace_usec),
                .least = 0,
                .most = PL_MINUTES(10),
                /* What Docker gives between its two signals. */
                .fallback = "\"10s\"",
                .help = "How long the workload has to end by itself after it was asked to, if there is that much time.",
                .features = "O7",
        },
        [PL_LADDER_FREEZE_MAX] = {
                .name = "freeze_max",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_ladder, freeze_max_usec),
                .least = PL_MILLISECONDS(100),
                .most = PL_SECONDS(5),
                .fallback = "\"5s\"",
                .help = "The longest that the workload may be frozen. It is thawed then, whatever happens.",
                .features = "O7",
        },
        [PL_LADDER_SIGNAL] = {
                .name = "signal",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_ladder, signal),
                .words = pl_vocabulary_signals,
                .help = "The signal that asks the workload to end. Without it, the stop signal of its unit or "
                        "container.",
                .features = "O7",
        },
        [PL_LADDER_LIVELOCK] = {
                .name = "livelock",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_ladder, livelock),
                .words = livelocks,
                .fallback = "\"alarm\"",
                .help = "What to do with a workload that sleeps at memory.high and gets nowhere: raise an alarm, relax "
                        "high to what it needs, or kill it.",
                .features = "O9",
        },
        [PL_LADDER_LIVELOCK_AFTER] = {
                .name = "livelock_after",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_ladder, livelock_after_usec),
                .least = PL_SECONDS(5),
                .most = PL_HOURS(1),
                /* Twice what a health check of Kubernetes waits by default before it gives up, 3 times 10 s. */
                .fallback = "\"60s\"",
                .help = "How long it has to have got nowhere.",
                .features = "O9",
        },
};

const struct pl_object pl_object_ladder = {
        .name = "ladder",
        .help = "What is done to the workload before it is killed.",
        .keys = ladder_keys,
        .count = PL_LADDER_KEYS,
        .size = sizeof(struct pl_ladder),
        .fallback = &ladder_fallback,
};

/* ---- leak ---- */

static const struct pl_key restart_keys[PL_RESTART_KEYS] = {
        [PL_RESTART_WINDOW] = {
                .name = "window",
                .type = &pl_type_window,
                .offset = offsetof(struct pl_restart, window),
                .flags = PL_KEY_REQUIRED,
                .help = "When it may be restarted, in the host's time. A window that ends before it begins goes over "
                        "midnight.",
                .features = "I2",
        },
        [PL_RESTART_DAYS] = {
                .name = "days",
                .type = &pl_type_words,
                .offset = offsetof(struct pl_restart, days),
                .least = 1,
                .most = 7,
                .words = days,
                .fallback = "[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]",
                .help = "The days on which the window opens.",
                .features = "I2",
        },
        [PL_RESTART_AT] = {
                .name = "at",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_restart, at_permyriad),
                .least = 100,
                .most = 10000,
                /* A leak that is called before half its limit need not be met before it is there. */
                .fallback = "\"50%\"",
                .help = "How much of memory.max has to be in use for a restart to be worth it.",
                .features = "I2",
        },
        [PL_RESTART_EVERY] = {
                .name = "every",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_restart, every_usec),
                .least = PL_HOURS(1),
                .most = PL_DAYS(30),
                .fallback = "\"1d\"",
                .help = "How much time has to lie between two planned restarts of one workload.",
                .features = "I2",
        },
};

const struct pl_object pl_object_restart = {
        .name = "restart",
        .help = "The planned restart of a workload whose leak is certain: one of a profile at a "
                "time, never while the "
                "host is short of memory.",
        .keys = restart_keys,
        .count = PL_RESTART_KEYS,
        .size = sizeof(struct pl_restart),
        .fallback = &restart_fallback,
};

static const struct pl_key leak_keys[PL_LEAK_KEYS] = {
        [PL_LEAK_WATCH] = {
                .name = "watch",
                .type = &pl_type_bool,
                .offset = offsetof(struct pl_leak, watch),
                .fallback = "true",
                .help = "Whether the workload is watched for leaks.",
                .features = "I1",
        },
        [PL_LEAK_ALERT] = {
                .name = "alert",
                .type = &pl_type_rate,
                .offset = offsetof(struct pl_leak, alert),
                /* 240 MiB a day: what a service of 2 GiB does not survive for a week. */
                .fallback = "\"10MiB/h\"",
                .help = "The growth from which a leak is worth a word.",
                .features = "I1 I2",
        },
        [PL_LEAK_RESTART] = {
                .name = "restart",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_leak, restart),
                .object = &pl_object_restart,
                .help = "Restart the workload in a quiet hour. Without it nothing is restarted.",
                .features = "I2",
        },
};

const struct pl_object pl_object_leak = {
        .name = "leak",
        .help = "What to do about memory that only grows.",
        .keys = leak_keys,
        .count = PL_LEAK_KEYS,
        .size = sizeof(struct pl_leak),
        .fallback = &leak_fallback,
};

/* ---- hooks ---- */

static const struct pl_key hook_keys[PL_HOOK_KEYS] = {
        [PL_HOOK_COMMAND] = {
                .name = "command",
                .type = &pl_type_command,
                .offset = offsetof(struct pl_hook, command),
                .flags = PL_KEY_REQUIRED,
                .least = 1,
                .most = PL_STRINGS_MAX,
                .help = "The program, with its whole path, and its arguments. No shell reads them. What happened is in "
                        "the environment.",
                .features = "O12",
        },
        [PL_HOOK_TIMEOUT] = {
                .name = "timeout",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_hook, timeout_usec),
                .least = PL_SECONDS(1),
                .most = PL_SECONDS(30),
                .fallback = "\"30s\"",
                .help = "How long it may run.",
                .features = "O12",
        },
        [PL_HOOK_USER] = {
                .name = "user",
                .type = &pl_type_user,
                .offset = offsetof(struct pl_hook, user),
                .help = "Who runs it. Without it, root.",
                .features = "O12",
        },
};

const struct pl_object pl_object_hook = {
        .name = "hook",
        .help = "A program that is run as a unit of its own, apart from plimsolld.",
        .keys = hook_keys,
        .count = PL_HOOK_KEYS,
        .size = sizeof(struct pl_hook),
        .fallback = &hook_fallback,
};

static const struct pl_key hooks_keys[PL_HOOKS_KEYS] = {
        [PL_HOOKS_BEFORE] = {
                .name = "before",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_hooks, before),
                .object = &pl_object_hook,
                .help = "Runs when the workload is asked to end, if there is time; no kill waits for it.",
                .features = "O12",
        },
        [PL_HOOKS_AFTER] = {
                .name = "after",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_hooks, after),
                .object = &pl_object_hook,
                .help = "Runs after the workload was ended or killed.",
                .features = "O12",
        },
        [PL_HOOKS_LEAK] = {
                .name = "leak",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_hooks, leak),
                .object = &pl_object_hook,
                .help = "Runs when a leak is certain: the moment to take a heap profile.",
                .features = "I2 O12",
        },
};

const struct pl_object pl_object_hooks = {
        .name = "hooks",
        .help = "Programs of yours that are run when something happens to a workload.",
        .keys = hooks_keys,
        .count = PL_HOOKS_KEYS,
        .size = sizeof(struct pl_hooks),
        .fallback = &hooks_fallback,
};

/* ---- profile ---- */

static const struct pl_key profile_keys[PL_PROFILE_KEYS] = {
        [PL_PROFILE_SCHEMA] = {
                .name = "$schema",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_profile, schema),
                .flags = PL_KEY_WORKS,
                .least = 1,
                .most = PL_URL_MAX,
                .help = "For editors: where the schema is, /usr/share/plimsoll/profile.schema.json.",
                .features = "P9",
        },
        [PL_PROFILE_NAME] = {
                .name = "profile",
                .type = &pl_type_name,
                .offset = offsetof(struct pl_profile, name),
                .flags = PL_KEY_REQUIRED | PL_KEY_WORKS,
                .help = "The name of the profile: small letters, digits, - and _.",
                .features = "P1",
        },
        [PL_PROFILE_DESCRIPTION] = {
                .name = "description",
                .type = &pl_type_text,
                .offset = offsetof(struct pl_profile, description),
                .flags = PL_KEY_WORKS,
                .least = 0,
                .most = PL_DESCRIPTION_MAX,
                .help = "What it is for, in a line.",
                .features = "P1",
        },
        [PL_PROFILE_MATCH] = {
                .name = "match",
                .type = &pl_type_objects,
                .offset = offsetof(struct pl_profile, match),
                .flags = PL_KEY_REQUIRED,
                .least = 1,
                .most = PL_SELECTORS_MAX,
                .object = &pl_object_selector,
                .help = "Whose profile it is. Profiles are tried in the order of their file names, and the first of "
                        "which an entry holds wins.",
                .features = "P5",
        },
        [PL_PROFILE_MODE] = {
                .name = "mode",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_profile, mode),
                .words = pl_words_mode,
                .fallback = "\"enforce\"",
                .help = "With observe everything is decided and explained for these workloads, and nothing is done.",
                .features = "O14",
        },
        [PL_PROFILE_MEMORY] = {
                .name = "memory",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_profile, memory),
                .object = &pl_object_memory,
                .help = "The limits and promises of each workload.",
                .features = "L1 L2 L3 L4 L5 L6 L8",
        },
        [PL_PROFILE_BUDGET] = {
                .name = "budget",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_profile, budget),
                .object = &pl_object_budget,
                .help = "What all its workloads may have together.",
                .features = "P10",
        },
        [PL_PROFILE_OOM] = {
                .name = "oom",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_profile, oom),
                .object = &pl_object_oom,
                .help = "Who goes when memory runs out.",
                .features = "L7 O6",
        },
        [PL_PROFILE_LADDER] = {
                .name = "ladder",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_profile, ladder),
                .object = &pl_object_ladder,
                .help = "What is done before a kill.",
                .features = "O7 O9",
        },
        [PL_PROFILE_LEAK] = {
                .name = "leak",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_profile, leak),
                .object = &pl_object_leak,
                .help = "What to do about memory that only grows.",
                .features = "I1 I2",
        },
        [PL_PROFILE_HOOKS] = {
                .name = "hooks",
                .type = &pl_type_object,
                .offset = offsetof(struct pl_profile, hooks),
                .object = &pl_object_hooks,
                .help = "Programs that are run when something happens.",
                .features = "O12",
        },
        [PL_PROFILE_DRIFT] = {
                .name = "drift",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_profile, drift),
                .words = drifts,
                .fallback = "\"repair\"",
                .help = "What to do when somebody else has changed a limit: put it right, raise an alarm, or leave it as "
                        "it is from then on.",
                .features = "L10",
        },
        [PL_PROFILE_KUBEPODS] = {
                .name = "kubepods",
                .type = &pl_type_word,
                .offset = offsetof(struct pl_profile, kubepods),
                .words = pl_words_mode,
                .fallback = "\"observe\"",
                .help = "Containers of Kubernetes belong to kubelet and are observed alone. With enforce, memory.high, "
                        "the order and kills apply to them too; max, min and low stay kubelet's.",
                .features = "F5 H4",
        },
};

const struct pl_object pl_object_profile = {
        .name = "profile",
        .help = "A profile: which workloads it is for, what they may have, and what happens when "
                "memory runs out.",
        .keys = profile_keys,
        .count = PL_PROFILE_KEYS,
        .size = sizeof(struct pl_profile),
        .fallback = &profile_fallback,
};
