/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* snapshot - all that the engine is given at one step: the time, the host, what has changed since the step before, and
 * what became of what it had decided. Plain data without padding or pointers in what is recorded, so that a step that was
 * recorded can be taken again, byte for byte.
 *
 * Cgroups are known by their id. Workloads and the cgroups above them form one tree, for a shortage may be of any of them.
 */

#include <stdint.h>

#include "plimsoll/model/limits.h"
#include "plimsoll/model/sample.h"

enum pl_cgroup_flag {
        PL_CGROUP_WORKLOAD = 1 << 0,    /* else it is one that holds workloads: a slice, say */
        PL_CGROUP_PROTECTED = 1 << 1,   /* by the policy, an order, or for what it is */
        PL_CGROUP_PROFILE = 1 << 2,     /* a profile is in force; the order is its */
        PL_CGROUP_OBSERVED = 1 << 3,    /* nothing may be done to it */
        PL_CGROUP_SYSTEM = 1 << 4,      /* root's unit in system.slice */
        PL_CGROUP_FROZEN = 1 << 5,      /* by somebody else */
        PL_CGROUP_BY_PROCESS = 1 << 6,  /* a kill takes its largest process */
        PL_CGROUP_RETURNS = 1 << 7,     /* who ended it gently would see it come back */
        PL_CGROUP_POPULATED = 1 << 8,   /* a live process is in it or below it */
        PL_CGROUP_SCORE_KNOWN = 1 << 9, /* score_adj was read of a process; else it is 0 */
        PL_CGROUP_PAUSED = 1 << 10,     /* by an order: nothing is done to it for a while */
        PL_CGROUP_RESTORED = 1 << 11,   /* by an order: it is as it was before us, until `apply` */
        PL_CGROUP_LEAKS = 1 << 12,      /* for certain */
        PL_CGROUP_DRILL = 1 << 13,      /* it is there to be killed at its own limit */
        PL_CGROUP_POD = 1 << 14,        /* in a pod of Kubernetes: kubelet keeps its limits */
};

/* Who and what a cgroup is, as far as judging it goes. */
struct pl_cgroup_facts {
        uint64_t id;
        uint64_t parent_id; /* the nearest cgroup above that the engine knows; 0: the host itself */
        uint32_t flags;     /* enum pl_cgroup_flag */
        uint32_t profile;   /* its number in the policy of this step; UINT32_MAX: none */
        int32_t order;
        int32_t score_adj; /* that its processes have */
        uint32_t rungs;    /* bit `1 << rung` of each that may be taken */
        uint32_t kin;      /* one that returns under another id has the same; 0: none */
        uint32_t again;    /* enum pl_again: what follows when it was killed again and again */
        uint32_t livelock; /* enum pl_livelock: what follows when its memory.high only stalls it */
        uint64_t grace_usec;
        uint64_t freeze_max_usec;
        uint64_t livelock_after_usec;
        uint64_t low_bytes; /* effective: as the path grants them */
        uint64_t min_bytes;
        uint64_t max_bytes; /* its own; PL_SIZE_MAX: none */
        uint64_t high_bytes;
        uint64_t swap_max_bytes; /* effective */
};

enum pl_setting_flag {
        PL_SETTING_OBSERVE = 1 << 0, /* decide and do nothing: no outcome will come */
        PL_SETTING_HOST = 1 << 1,    /* act when the host is short */
        PL_SETTING_LOCAL = 1 << 2,   /* act when a cgroup is short at its own limit */
        PL_SETTING_PAUSED = 1 << 3,  /* by an order */
        PL_SETTING_BLIND =
                1 << 4, /* not everybody has been looked at yet since the start: nothing is done */
};

/* What the host's policy says of judging, with amounts that fit this host. plimsoll.json(5) has the meaning of each; those
 * without a key of their own name are of `shortage`. */
struct pl_settings {
        uint64_t flags; /* enum pl_setting_flag */
        uint64_t floor_bytes;
        uint64_t critical_permyriad; /* of the floor */
        uint64_t stall_permyriad;
        uint64_t horizon_usec;
        uint64_t early_usec;
        uint64_t need_usec;
        uint64_t thrash_usec;
        uint64_t thrash_bytes_per_sec;
        uint64_t culprit_permyriad;
        uint64_t limit_permyriad;
        uint64_t livelock_permyriad;
        uint64_t patience_usec;
        uint64_t throttle_usec;
        uint64_t growth_bytes_per_sec;
        uint64_t kill_floor_bytes; /* kill.floor */
        uint64_t kill_together;
        uint64_t kill_deadline_usec;
        uint64_t kill_cool_down_usec;
        uint64_t backoff_kills;
        uint64_t backoff_within_usec;
        uint64_t backoff_hold_usec;
        uint64_t reserved[2]; /* 0 */
};

enum {
        /* No more than a sample has, so that an update is not longer for it. */
        PL_STATE_WORDS = 24,
};

/* What an engine remembers, in pieces. What they mean is its own affair: engine/checkpoint. */
struct pl_state_words {
        uint64_t words[PL_STATE_WORDS];
};

enum pl_update_kind {
        PL_UPDATE_FACTS,    /* it has appeared, or they have changed */
        PL_UPDATE_SAMPLE,   /* id, sample */
        PL_UPDATE_GONE,     /* id */
        PL_UPDATE_NODE,     /* a NUMA node, id is its number + 1: sample */
        PL_UPDATE_SETTINGS, /* id is 1: settings */
        PL_UPDATE_STATE,    /* of a checkpoint: id, state that the engine keeps of the cgroup */
        PL_UPDATE_ENGINE,   /* of a checkpoint: id is the number of the piece, from 1 */
        PL_UPDATE_KINDS,
};

/* What the kind does not use is 0, so that equal updates have equal bytes. */
struct pl_update {
        uint32_t kind;     /* enum pl_update_kind */
        uint32_t reserved; /* 0 */
        uint64_t id;
        union {
                struct pl_cgroup_facts facts;
                struct pl_cgroup_sample sample;
                struct pl_settings settings;
                struct pl_state_words state;
        };
};

enum pl_measure {
        PL_MEASURE_RECLAIM,
        PL_MEASURE_THROTTLE,
        PL_MEASURE_RELEASE, /* of a throttle */
        PL_MEASURE_FREEZE,
        PL_MEASURE_THAW,
        PL_MEASURE_TERM,
        PL_MEASURE_KILL,
        PL_MEASURE_RELAX, /* memory.high, out of a livelock */
        PL_MEASURE_ALARM,
        PL_MEASURE_CAP, /* memory.max of one that returned to be killed again, until the deadline */
        PL_MEASURE_DOWN, /* it stays down until then */
        PL_MEASURE_KINDS,
};

/* What became of a measure. */
enum pl_result {
        PL_RESULT_DONE,
        PL_RESULT_PARTLY,
        PL_RESULT_FAILED,  /* error says why */
        PL_RESULT_GONE,    /* the cgroup was not there any more, or was another one */
        PL_RESULT_REFUSED, /* protected, observed, paused */
        PL_RESULT_LATE,    /* not within its deadline */
        PL_RESULTS,
};

struct pl_outcome {
        uint64_t decision; /* its number */
        uint64_t id;       /* of the cgroup */
        uint32_t measure;  /* enum pl_measure */
        uint32_t result;   /* enum pl_result */
        int32_t error;     /* a positive errno, or 0 */
        uint32_t processes;
        uint64_t began_usec;
        uint64_t ended_usec;
        uint64_t bytes; /* that came back */
};

enum pl_snapshot_flag {
        /* The host slept: what is counted between this step and the one before means nothing. */
        PL_SNAPSHOT_RESUMED = 1 << 0,
        /* No step: everything that the engine knew after the step of this number, so that what follows can be taken again
         * by one that has seen nothing before it. */
        PL_SNAPSHOT_CHECKPOINT = 1 << 1,
};

struct pl_snapshot {
        uint64_t step; /* counts from 1, without a gap */
        uint64_t now_usec;
        uint32_t flags; /* enum pl_snapshot_flag */
        /* Number of the policy in force: what profile numbers mean. The act that put it in force has its digest, so that
         * a step read out of the middle of a journal can be taken again with the settings that it was taken with. */
        uint32_t policy;
        struct pl_host_sample host;
        uint64_t update_count;
        uint64_t outcome_count;
        const struct pl_update *updates;
        const struct pl_outcome *outcomes;
};
