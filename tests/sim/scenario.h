/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* scenario - all that happens in a run but what the engine does: the host, who lives on it, what they do and when, which
 * faults there are, and what is expected. Read from a file, or made from a seed (generate.h); README.md has the
 * statements of a file. Plain data: one that was read and written again reads as the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "plimsoll/base/span.h"
#include "plimsoll/model/profile.h"
#include "plimsoll/model/snapshot.h"

enum {
        SIM_NAME_MAX = 24,
        SIM_CGROUPS_MAX = 340,
        SIM_ACTS_MAX = 512,
        SIM_EVENTS_MAX = 64,
        SIM_EXPECTS_MAX = 16,
        SIM_PAGE = 4096,
};

/* In place of a cgroup's index: the host itself. */
#define SIM_HOST UINT32_MAX
/* Of a time: never. */
#define SIM_NEVER UINT64_MAX

enum sim_swap {
        SIM_SWAP_NONE,
        SIM_SWAP_DISK,
        SIM_SWAP_ZRAM,
};

struct sim_machine {
        uint64_t ram_bytes;
        uint64_t kernel_bytes; /* its own, which nobody gives back */
        uint64_t swap_kind;    /* enum sim_swap */
        uint64_t swap_bytes;
        uint64_t swap_speed;   /* bytes a second */
        uint64_t zram_percent; /* of what a page was that it takes when it is compressed */
        uint64_t disk_speed;
};

/* A slice or a workload as it begins. */
struct sim_cgroup {
        char name[SIM_NAME_MAX];
        uint32_t parent; /* index of a slice before it, or SIM_HOST */
        bool is_workload;
        uint64_t flags; /* enum pl_cgroup_flag */
        int64_t order, score_adj;
        uint64_t rungs, again, livelock; /* as pl_cgroup_facts has them */
        uint64_t kin;                    /* 0: a number of its own if it returns */
        uint64_t grace_usec, freeze_max_usec, livelock_after_usec;
        uint64_t min_bytes, low_bytes, high_bytes, max_bytes, swap_max_bytes;

        uint64_t begins_usec;
        uint64_t anon_bytes, file_bytes, shmem_bytes, locked_bytes; /* locked: of anon */
        uint64_t processes;                                         /* of equal size */
        uint64_t busy_percent; /* of the time something runs in it */
        uint64_t term_usec;    /* takes so long to end when it is told to; SIM_NEVER: ignores it */
        uint64_t die_usec;     /* takes so long to die when it is killed; SIM_NEVER: never does */
        uint64_t returns_usec; /* somebody starts it again so long after; SIM_NEVER: nobody */
        uint64_t freeze_usec;  /* takes so long to stand still */
};

enum sim_act_kind {
        SIM_ACT_GROW,  /* by `rate`, until it has taken `bytes` in all */
        SIM_ACT_FREE,  /* `bytes` at once */
        SIM_ACT_READ,  /* a file of `bytes`, in circles, at `rate` */
        SIM_ACT_TOUCH, /* `bytes` of its anonymous memory, in circles, at `rate` */
        SIM_ACT_SAW,   /* grows by `rate` to `bytes` more, frees that, begins anew */
        SIM_ACT_END,   /* dies of itself */
        SIM_ACTS,
};

enum sim_memory {
        SIM_ANON,
        SIM_SHMEM,
        SIM_LOCKED,
        SIM_MEMORIES,
};

struct sim_act {
        uint32_t cgroup;
        uint32_t kind;                  /* enum sim_act_kind */
        uint64_t memory;                /* enum sim_memory; of GROW */
        uint64_t from_usec, until_usec; /* since it began, so that one that returns does it again */
        uint64_t rate;
        uint64_t bytes;
};

enum sim_event_kind {
        SIM_EVENT_FACT,    /* a field of a cgroup is another */
        SIM_EVENT_SETTING, /* a setting is another */
        SIM_EVENT_SLEEP,   /* the host sleeps for `value` */
        SIM_EVENT_BLIND,   /* cgroups are not looked at for `value` */
        SIM_EVENT_LATE,    /* everything of the daemon stands still for `value` */
        SIM_EVENT_REPLACE, /* another cgroup of the same name */
        SIM_EVENTS,
};

struct sim_event {
        uint64_t at_usec;
        uint32_t kind;   /* enum sim_event_kind */
        uint32_t cgroup; /* of FACT and REPLACE */
        uint32_t field;  /* index into the words of cgroups or settings */
        uint64_t value;
};

/* Of a hundred measures. */
struct sim_faults {
        uint64_t fails;     /* comes to nothing, with each result that there is */
        uint64_t lost;      /* no outcome ever comes */
        uint64_t late;      /* it comes seconds later */
        uint64_t doubled;   /* it comes twice */
        uint64_t partly;    /* a reclaim gives less */
        uint64_t stays;     /* a kill: what it had stays, as shared memory */
        uint64_t slow_look; /* of a hundred looks: it comes up to seconds late */
};

enum sim_expect_kind {
        SIM_EXPECT_DIES,   /* by us */
        SIM_EXPECT_LIVES,  /* neither we nor the kernel ends it */
        SIM_EXPECT_NOBODY, /* nothing irreversible is decided */
        SIM_EXPECT_ALARM,
        SIM_EXPECT_QUIET,  /* nothing is decided at all */
        SIM_EXPECT_LOCAL,  /* dies for a shortage of a cgroup, and not of the host's */
        SIM_EXPECT_ONCE,   /* one kill is decided against it, not more */
        SIM_EXPECT_STAYS,  /* it is killed, and of its memory some is said to stay */
        SIM_EXPECT_GROWER, /* it dies before its turn, for it is the one that grows */
        SIM_EXPECT_CAP,
        SIM_EXPECT_DOWN,
        SIM_EXPECT_RELAX,
        SIM_EXPECT_NO_KERNEL, /* the kernel kills nobody */
        SIM_EXPECT_KINDS,
};

struct sim_expect {
        uint32_t kind;
        uint32_t cgroup; /* SIM_HOST: of anybody; LIVES: of everybody */
};

struct sim_scenario {
        uint64_t seed; /* of what is left to chance */
        uint64_t lasts_usec;
        struct sim_machine machine;
        struct pl_settings settings;
        struct sim_faults faults;
        uint32_t cgroup_count, act_count, event_count, expect_count;
        struct sim_cgroup cgroups[SIM_CGROUPS_MAX];
        struct sim_act acts[SIM_ACTS_MAX];
        struct sim_event events[SIM_EVENTS_MAX];
        struct sim_expect expects[SIM_EXPECTS_MAX];
};

/* What a scenario holds that says nothing else: a host of 4 GiB with the default policy, and nobody on it. */
void sim_scenario_init(struct sim_scenario *scenario);
/* What a cgroup is that says nothing but its name. */
void sim_cgroup_init(struct sim_cgroup *cgroup, bool is_workload);

/* The first mistake is said on stderr, with its line. 0 or −1. */
int sim_scenario_read(struct sim_scenario *scenario, const char *file);
void sim_scenario_write(const struct sim_scenario *scenario, FILE *out);
