/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* run - a scenario with the engine in it: looks at the host when the engine asks to, hands over what has changed, carries out
 * what is decided with the delays and faults of the real thing, and holds every step against the rules (rules.h).
 */

#include "host.h"
#include "plimsoll/engine/engine.h"

enum {
        SIM_UPDATES_MAX = 4 * SIM_CGROUPS_MAX + 64,
        SIM_OUTCOMES_MAX = 128,
        SIM_JOBS_MAX = 512,
        /* Incarnations of cgroups; the run ends when they are used up. */
        SIM_IDS_MAX = 8192,
        SIM_ID_FIRST = 1000,
        SIM_DECISIONS_KEPT = 64,
};

/* A measure that is being carried out. */
struct sim_job {
        uint64_t decision; /* 0: a free place */
        uint64_t id;
        uint32_t cgroup;
        uint32_t measure;
        uint64_t amount, deadline_usec;
        uint64_t act_usec; /* when it is done to the host */
        uint64_t
                tell_usec; /* when the outcome is there; SIM_NEVER: never, or it is not known yet */
        uint64_t began_usec;
        uint64_t had_bytes; /* before it */
        bool is_acted, is_over, is_lost, is_doubled, is_futile;
        uint32_t delay_usec; /* of the outcome */
        struct pl_outcome outcome;
};

/* What the daemon has seen of a cgroup, and told the engine. */
struct sim_sight {
        uint64_t id; /* 0: not told of */
        struct pl_cgroup_facts facts;
        struct pl_cgroup_sample sample; /* have is 0: not yet */
        struct pl_cgroup_sample before;
        struct pl_cgroup_sample stat; /* as memory.stat was last read */
        uint64_t stat_until_usec;
        uint64_t told_usec, told_use_bytes,
                told_swap_bytes; /* when memory.stat was last new to the engine */
};

/* What is in memory and in swap as well counts once. */
static inline uint64_t sim_swapped(const struct pl_cgroup_sample *sample)
{
        return sim_less(sample->swap_bytes, sample->swapcached_bytes);
}

static inline uint64_t sim_used(const struct pl_cgroup_sample *sample)
{
        return sample->current_bytes + sim_swapped(sample);
}

/* What was decided about a cgroup and is not over, as the rules see it. */
struct sim_deal {
        uint64_t decision;      /* of TERM or KILL; 0: none */
        uint64_t last_decision; /* whose outcome may still come */
        uint32_t measure;
        uint64_t scope_id, expected_bytes, deadline_usec, at_usec;
        uint64_t hold_decision; /* of THROTTLE or FREEZE; 0: none */
        uint32_t hold_measure;
        uint64_t hold_deadline_usec, hold_scope_id;
        uint64_t ended_usec; /* an outcome said that it is dead; 0: none */
        uint64_t stuck_usec; /* it did not die, until then */
        uint64_t loose_usec; /* asked, or not any more, until then */
};

struct sim_tally {
        uint32_t kills; /* decided, TERM or KILL anew */
        bool was_local, was_grower, was_stays, was_capped, was_downed, was_relaxed, was_ended;
        bool was_taken_by_kernel;
};

/* What the rules remember of the host's shortage. */
struct sim_shortage {
        uint64_t due_usec;      /* a kill is due since; 0: it is not */
        uint64_t critical_usec; /* no doubt at all since */
        uint64_t helpless_usec; /* there is nobody to take, and nobody was told, since */
        uint64_t answered_usec; /* kill or alarm */
        uint64_t heard_usec;    /* of that, in this episode */
        uint64_t observed_usec; /* what would have been done was said */
        uint64_t helped_usec;   /* a kill that helped has ended */
        uint64_t ended_usec;    /* a kill has ended */
        uint64_t episode;
        uint32_t dying; /* for it, before this step */
};

/* No reversible measure for this shortage before. */
struct sim_patience {
        uint64_t scope_id, episode, until_usec;
};

struct sim_run {
        struct sim_scenario scenario; /* events change it */
        struct sim_host host;
        struct sim_random random; /* of the daemon's own delays and faults */
        struct pl_engine engine;
        struct pl_engine twin; /* taken up from a checkpoint in mid-run */
        bool has_twin;
        uint64_t twin_at_step; /* 0: none is wanted */
        uint64_t end_usec, next_usec, blind_usec, swept_usec, last_step_usec, slept_usec;
        uint32_t sweep, events_done;
        bool is_resumed, is_trace, is_loud;
        uint64_t digest; /* of every judgement */
        uint64_t decisions;
        uint32_t alarms, irreversible;

        struct pl_snapshot snapshot;
        struct pl_judgement judgement;
        struct pl_update updates[SIM_UPDATES_MAX];
        struct pl_outcome outcomes[SIM_OUTCOMES_MAX];
        struct sim_job jobs[SIM_JOBS_MAX];
        uint32_t job_count;
        struct sim_sight sights[SIM_CGROUPS_MAX];
        struct sim_deal deals[SIM_CGROUPS_MAX];
        struct sim_tally tallies[SIM_CGROUPS_MAX];
        uint64_t held_usec[SIM_CGROUPS_MAX]; /* kept down, or capped, until */
        uint64_t capped_bytes[SIM_CGROUPS_MAX];
        struct sim_shortage shortage;
        struct sim_patience patience[SIM_CGROUPS_MAX + 1]; /* the last is the host's */
        uint32_t kernel_seen;
        struct pl_host_sample looks[64]; /* the last, in a ring by step */
        uint32_t of_id[SIM_IDS_MAX];     /* the cgroup of an incarnation, from SIM_ID_FIRST */

        const char *broken; /* the rule; NULL: none */
        char why[256];
};

/* How a run is to be. */
struct sim_run_options {
        bool is_trace;
        bool is_loud; /* with the ranking at every step */
        bool with_twin; /* a second engine from a checkpoint in the middle, which has to judge the same */
};

/* 0, or 1 when a rule was broken: run->broken says which. */
int sim_run(struct sim_run *run, const struct sim_scenario *scenario,
            const struct sim_run_options *options);

/* ---- between the parts ---- */

/* The cgroup of an id, whether it is still there or not; SIM_HOST: there was none. */
uint32_t sim_run_find(const struct sim_run *run, uint64_t id);

/* What has changed and what is looked at, into the snapshot. */
void sim_sense(struct sim_run *run);
struct pl_host_sample sim_sense_host(const struct sim_run *run);

void sim_carry_begin(struct sim_run *run, const struct pl_decision *decision);
/* What is due of what is being carried out. */
void sim_carry_on(struct sim_run *run);
/* When the next outcome is there. */
uint64_t sim_carry_next(const struct sim_run *run);
void sim_carry_collect(struct sim_run *run);

void sim_trace_step(const struct sim_run *run);
