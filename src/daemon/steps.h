/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* steps - what is seen, gathered to a snapshot, and the step that is taken with it.
 *
 * A step is taken when the caller says so, or when there is no more room for another update. Its whole input is in the
 * journal before it is taken, so that one which ends the daemon is the last that stands there. Allocates nothing.
 */

#include "logbook.h"
#include "plimsoll/model/snapshot.h"

enum {
        /* As many as the engine has candidates; a look at ten thousand workloads is so many steps and not one long one. */
        PL_STEPS_UPDATES = 64,
};

struct pl_steps {
        struct pl_logbook *logbook; /* borrowed */
        uint64_t taken_count;
        uint32_t policy; /* the number of the one in force */
        bool resumed;    /* the host has slept since the step before */
        struct pl_host_sample host;
        size_t update_count;
        uint32_t updates_policy; /* whose numbers of profiles they have */
        struct pl_update updates[PL_STEPS_UPDATES];
};

void pl_steps_init(struct pl_steps *steps, struct pl_logbook *logbook);

/* Each takes a step first where there is no room, or where what is gathered is of another policy. */
void pl_steps_add_facts(struct pl_steps *steps, uint64_t now_usec,
                        const struct pl_cgroup_facts *facts);
void pl_steps_add_sample(struct pl_steps *steps, uint64_t now_usec, uint64_t id,
                         const struct pl_cgroup_sample *sample);
void pl_steps_add_gone(struct pl_steps *steps, uint64_t now_usec, uint64_t id);

/* Takes a step with what there is. */
void pl_steps_take(struct pl_steps *steps, uint64_t now_usec);
