/* SPDX-License-Identifier: Apache-2.0 */

/* Where a default stands here, its reason stands beside it; the design gives those that are not explained. */

#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

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

static struct pl_oom oom_fallback;
static struct pl_ladder ladder_fallback;
static struct pl_profile profile_fallback;

/* ---- oom ---- */

static const struct pl_key oom_keys[PL_OOM_KEYS] = {
        [PL_OOM_SCORE_ADJ] = {
                .name = "score_adj",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_oom, score_adj),
                .flags = PL_KEY_WORKS,
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
                        "high to what it needs, or kill it. This is said of it and stands though act.local is "
                        "false; with act.host false as well there is an alarm and no more.",
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
                .flags = PL_KEY_WORKS,
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
                .flags = PL_KEY_WORKS,
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
                .flags = PL_KEY_WORKS,
                .words = pl_words_mode,
                .fallback = "\"observe\"",
                .help = "Containers of Kubernetes belong to kubelet and are observed alone. With enforce, memory.high, "
                        "the order and kills apply to them too; all other limits and oom_score_adj stay kubelet's.",
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
