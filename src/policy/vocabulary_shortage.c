/* SPDX-License-Identifier: Apache-2.0 */

/* When memory is short, and what a kill is: what the engine judges by. */

#include "plimsoll/base/macro.h"
#include "type.h"
#include "vocabulary_internal.h"

static struct pl_shortage shortage_fallback;
static struct pl_kill kill_fallback;
static struct pl_backoff backoff_fallback;

static const struct pl_key shortage_keys[PL_SHORTAGE_KEYS] = {
        [PL_SHORTAGE_FLOOR] = {
                .name = "floor",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_shortage, floor),
                .flags = PL_KEY_OF_RAM,
                .fallback = "\"max(96MiB, min(1GiB, 4%))\"",
                .help = "Memory is scarce when less than this is available.",
                .features = "O5 O6",
        },
        [PL_SHORTAGE_CRITICAL] = {
                .name = "critical",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_shortage, critical_permyriad),
                .least = 100,
                .most = 10000,
                /* earlyoom, with nothing but amounts to go by, begins to ask at 10 % and kills at 5 %: half, too. */
                .fallback = "\"50%\"",
                .help = "Memory is critically scarce when less than this part of the floor is available and swap has no room left "
                        "either. Then there is a kill without waiting for stalls or for a cool-down to end.",
                .features = "O5 O6",
        },
        [PL_SHORTAGE_STALL] = {
                .name = "stall",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_shortage, stall_permyriad),
                .least = 100,
                .most = 10000,
                /* A tenth of the last second lost by everybody is what a person notices. */
                .fallback = "\"10%\"",
                .help = "How much of the last second all tasks have to have stood still, together with scarcity, for a "
                        "kill.",
                .features = "O1 O2",
        },
        [PL_SHORTAGE_HORIZON] = {
                .name = "horizon",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_shortage, horizon_usec),
                .least = PL_MILLISECONDS(100),
                .most = PL_MINUTES(1),
                .fallback = "\"2s\"",
                .help = "How near the end has to be, at the rate at which memory is going, together with scarcity, for a "
                        "kill.",
                .features = "O5",
        },
        [PL_SHORTAGE_EARLY] = {
                .name = "early",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_shortage, early_usec),
                .least = PL_MILLISECONDS(100),
                .most = PL_MINUTES(10),
                /* Reclaim, a throttle and the time to see whether they help take some five seconds. */
                .fallback = "\"10s\"",
                .help = "How near the end has to be, at the rate at which memory is going, for measures that can be taken back. Not "
                        "shorter than horizon.",
                .features = "O5 O7",
        },
        [PL_SHORTAGE_NEED] = {
                .name = "need",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_shortage, need_usec),
                .least = PL_SECONDS(1),
                .most = PL_MINUTES(10),
                .fallback = "\"30s\"",
                .help = "For how long relief has to last at the rate at which memory is going.",
                .features = "O6",
        },
        [PL_SHORTAGE_THRASH] = {
                .name = "thrash",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_shortage, thrash_usec),
                .least = PL_SECONDS(1),
                .most = PL_MINUTES(10),
                /* systemd-oomd waits 30 s, by which time nobody has got a prompt for long. */
                .fallback = "\"10s\"",
                .help = "How long swapping in circles has to last for a kill.",
                .features = "O4",
        },
        [PL_SHORTAGE_THRASH_RATE] = {
                .name = "thrash_rate",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_shortage, thrash_rate),
                .flags = PL_KEY_OF_RAM,
                /* A slow disk reads some 4 MiB a second in random pages; what a fast one does without harm grows with the host. */
                .fallback = "\"max(4MiB, 0.5%)\"",
                .help = "Swapping in circles is to read in at least this much each second of what was just swapped out or dropped "
                        "from the page cache.",
                .features = "O4",
        },
        [PL_SHORTAGE_CULPRIT] = {
                .name = "culprit",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_shortage, culprit_permyriad),
                .least = 100,
                .most = 10000,
                /* Below half of it there may be another who explains as much. */
                .fallback = "\"50%\"",
                .help = "Which part of the loss one workload alone has to explain, to be taken before those whose turn it is when "
                        "those would not make up for it.",
                .features = "O6",
        },
        [PL_SHORTAGE_LIMIT] = {
                .name = "limit",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_shortage, limit_permyriad),
                .least = 5000,
                .most = 10000,
                /* What is left is a few seconds of page cache: a workload that pages its own code in and out does not answer. */
                .fallback = "\"95%\"",
                .help = "A workload is short at its own limit when this part of it cannot be reclaimed and there is no room in swap.",
                .features = "O2",
        },
        [PL_SHORTAGE_LIVELOCK] = {
                .name = "livelock",
                .type = &pl_type_share,
                .offset = offsetof(struct pl_shortage, livelock_permyriad),
                .least = 100,
                .most = 10000,
                /* Half of its time: less is a workload that is slow, and memory.high is meant to make it slow. */
                .fallback = "\"50%\"",
                .help = "How much of its time a workload has to stand still at its memory.high, without getting below it, to count as "
                        "hanging there. ladder.livelock of its profile says what follows.",
                .features = "O9",
        },
        [PL_SHORTAGE_PATIENCE] = {
                .name = "patience",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_shortage, patience_usec),
                .least = PL_MILLISECONDS(100),
                .most = PL_MINUTES(1),
                /* Two looks at everybody that is looked at more often then: what has helped is seen by that time. */
                .fallback = "\"2s\"",
                .help = "How long a measure that can be taken back is given to help before the next one is tried.",
                .features = "O7",
        },
        [PL_SHORTAGE_THROTTLE] = {
                .name = "throttle",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_shortage, throttle_usec),
                .least = PL_SECONDS(1),
                .most = PL_MINUTES(10),
                /* Most clients and health checks give up after half a minute. */
                .fallback = "\"30s\"",
                .help = "How long a workload is throttled at most.",
                .features = "O7",
        },
        [PL_SHORTAGE_GROWTH] = {
                .name = "growth",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_shortage, growth),
                .flags = PL_KEY_OF_RAM,
                /* A GiB in a quarter of an hour; what grows more slowly is no matter of seconds. */
                .fallback = "\"1MiB\"",
                .help = "Growth of less than this each second is none. From there on who grows twice as fast goes before the other, "
                        "within the same order.",
                .features = "O6",
        },
};

const struct pl_object pl_object_shortage = {
        .name = "shortage",
        .help = "When the host is short of memory.",
        .keys = shortage_keys,
        .count = PL_SHORTAGE_KEYS,
        .size = sizeof(struct pl_shortage),
        .fallback = &shortage_fallback,
};

static const struct pl_key kill_keys[PL_KILL_KEYS] = {
        [PL_KILL_FLOOR] = {
                .name = "floor",
                .type = &pl_type_size,
                .offset = offsetof(struct pl_kill, floor),
                .flags = PL_KEY_OF_RAM,
                .fallback = "\"max(16MiB, 1%)\"",
                .help = "What a kill has to give back to be worth it. The floor falls until somebody is worth it.",
                .features = "O6",
        },
        [PL_KILL_TOGETHER] = {
                .name = "together",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_kill, together),
                .least = 1,
                /* Each is watched until it is dead, beside whatever else is under way. */
                .most = 16,
                .fallback = "8",
                .help = "How many may be killed at once, where each alone gives back too little.",
                .features = "O6 O8",
        },
        [PL_KILL_DEADLINE] = {
                .name = "deadline",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_kill, deadline_usec),
                .least = PL_SECONDS(1),
                .most = PL_MINUTES(1),
                /* earlyoom waits as long for its victim. */
                .fallback = "\"10s\"",
                .help = "How long a victim may take to die before the next is looked for.",
                .features = "O8",
        },
        [PL_KILL_COOL_DOWN] = {
                .name = "cool_down",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_kill, cool_down_usec),
                .least = 0,
                .most = PL_MINUTES(10),
                /* What systemd-oomd, oomd and nohang all wait. */
                .fallback = "\"15s\"",
                .help = "How long nothing is killed after a kill that helped, unless memory is critically scarce.",
                .features = "O8",
        },
};

const struct pl_object pl_object_kill = {
        .name = "kill",
        .help = "What a kill has to be worth, and what comes after it.",
        .keys = kill_keys,
        .count = PL_KILL_KEYS,
        .size = sizeof(struct pl_kill),
        .fallback = &kill_fallback,
};

static const struct pl_key backoff_keys[PL_BACKOFF_KEYS] = {
        [PL_BACKOFF_KILLS] = {
                .name = "kills",
                .type = &pl_type_integer,
                .offset = offsetof(struct pl_backoff, kills),
                .least = 1,
                .most = 16,
                .fallback = "3",
                .help = "How many kills of one service within that time are again and again. oom.again of its profile says what "
                        "follows.",
                .features = "O8",
        },
        [PL_BACKOFF_WITHIN] = {
                .name = "within",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_backoff, within_usec),
                .least = PL_SECONDS(10),
                .most = PL_DAYS(1),
                .fallback = "\"10min\"",
                .help = "The time within which kills of one service are counted.",
                .features = "O8",
        },
        [PL_BACKOFF_HOLD] = {
                .name = "hold",
                .type = &pl_type_duration,
                .offset = offsetof(struct pl_backoff, hold_usec),
                .least = PL_SECONDS(10),
                .most = PL_DAYS(7),
                .fallback = "\"30min\"",
                .help = "How long it stays capped or down.",
                .features = "O8",
        },
};

const struct pl_object pl_object_backoff = {
        .name = "backoff",
        .help = "When a service counts as killed again and again.",
        .keys = backoff_keys,
        .count = PL_BACKOFF_KEYS,
        .size = sizeof(struct pl_backoff),
        .fallback = &backoff_fallback,
};
