/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* steps - what is seen, gathered to a snapshot, and the step that is taken with it: the engine judges, and what it says goes
 * into the journal.
 *
 * A step is taken when the caller says so, or when there is no more room for another update. Its whole input is in the
 * journal before it is taken, so that one which ends the daemon is the last that stands there. What the engine knows is written
 * there, too, now and then, for what was judged is to be judged again by somebody who has nothing older. Allocates at the
 * beginning alone.
 */

#include "logbook.h"
#include "plimsoll/engine/engine.h"
#include "plimsoll/model/snapshot.h"

enum {
        /* As many as the engine has candidates; a look at ten thousand workloads is so many steps and not one long one. */
        PL_STEPS_UPDATES = 64,
        /* A step is taken as soon as there is one; these are what can come before it. */
        PL_STEPS_OUTCOMES = 64,
        /* Shortages that were told of: as many as are judged, and as many that have ended and wait to be told of. */
        PL_STEPS_TOLD_MAX = 2 * PL_SCOPES_MAX,
};

/* How a cgroup is called, for acts; "" where nobody knows. */
struct pl_steps_names {
        void (*find)(const void *from, uint64_t id, char name[PL_JOURNAL_NAME_BYTES]);
        const void *from;
};

/* Who carries out what is decided. Called when a step is over; what it adds to the steps is of the next one. */
struct pl_steps_hands {
        void (*take)(void *to, const struct pl_judgement *judgement);
        void *to;
};

/* Of a shortage that the journal has told of. */
struct pl_steps_told {
        uint32_t scope;
        uint32_t severity;
        uint64_t scope_id;
        uint64_t at_usec; /* 0: the place is free */
};

struct pl_steps {
        struct pl_logbook *logbook; /* borrowed */
        struct pl_steps_names names;
        struct pl_steps_hands hands;
        uint64_t taken_count;
        uint32_t policy; /* the number of the one in force */
        bool resumed;    /* the host has slept since the step before */
        struct pl_host_sample host;
        size_t update_count;
        uint32_t updates_policy; /* whose numbers of profiles they have */

        /* Of the last step. */
        uint32_t taken_policy;
        uint64_t taken_usec;
        struct pl_host_sample taken_host;
        struct pl_update updates[PL_STEPS_UPDATES];
        uint32_t outcome_count;
        struct pl_outcome outcomes[PL_STEPS_OUTCOMES];

        struct pl_settings settings; /* as the engine was told */
        struct pl_engine engine;     /* owned */
        struct pl_steps_told told[PL_STEPS_TOLD_MAX];

        uint64_t anchor; /* record of the samples ring from which on nothing older is needed */
        struct pl_update *checkpoint; /* owned */
        uint64_t checkpoint_max;      /* updates that it has room for */

        struct pl_judgement
                judgement; /* of the last step; large, and touched as far as it is used */
};

/* 0 or −ENOMEM. */
int pl_steps_init(struct pl_steps *steps, struct pl_logbook *logbook);
void pl_steps_done(struct pl_steps *steps); /* safe on a zeroed or already finished one */

/* Before so many cgroups are told of: 0 or −ENOMEM. */
int pl_steps_reserve(struct pl_steps *steps, uint32_t count);

/* Each takes a step first where there is no room, or where what is gathered is of another policy. */
void pl_steps_add_facts(struct pl_steps *steps, uint64_t now_usec,
                        const struct pl_cgroup_facts *facts);
void pl_steps_add_sample(struct pl_steps *steps, uint64_t now_usec, uint64_t id,
                         const struct pl_cgroup_sample *sample);
void pl_steps_add_gone(struct pl_steps *steps, uint64_t now_usec, uint64_t id);

/* What became of a measure: an act in the journal, and for the engine at the next step. Takes a step first where there is no room. */
void pl_steps_add_outcome(struct pl_steps *steps, uint64_t now_usec,
                          const struct pl_outcome *outcome);

/* What the policy says of judging; nothing where the engine knows. Before the first of them it judges nothing. */
void pl_steps_set(struct pl_steps *steps, uint64_t now_usec, const struct pl_settings *settings);

/* Takes a step with what there is. */
void pl_steps_take(struct pl_steps *steps, uint64_t now_usec);
