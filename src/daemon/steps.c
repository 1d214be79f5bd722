/* SPDX-License-Identifier: Apache-2.0 */

#include "steps.h"

#include "plimsoll/base/assert.h"

void pl_steps_init(struct pl_steps *steps, struct pl_logbook *logbook)
{
        pl_assert(steps && logbook);

        *steps = (struct pl_steps){ .logbook = logbook };
}

/* Zeroed: what the kind does not use is 0. */
static struct pl_update *next(struct pl_steps *steps, uint64_t now_usec, enum pl_update_kind kind,
                              uint64_t id)
{
        struct pl_update *update;

        pl_assert(id != 0);

        if (steps->update_count == PL_STEPS_UPDATES ||
            (steps->update_count > 0 && steps->updates_policy != steps->policy))
                pl_steps_take(steps, now_usec);
        steps->updates_policy = steps->policy;
        update = &steps->updates[steps->update_count++];
        *update = (struct pl_update){ .kind = (uint32_t) kind, .id = id };
        return update;
}

void pl_steps_add_facts(struct pl_steps *steps, uint64_t now_usec,
                        const struct pl_cgroup_facts *facts)
{
        next(steps, now_usec, PL_UPDATE_FACTS, facts->id)->facts = *facts;
}

void pl_steps_add_sample(struct pl_steps *steps, uint64_t now_usec, uint64_t id,
                         const struct pl_cgroup_sample *sample)
{
        next(steps, now_usec, PL_UPDATE_SAMPLE, id)->sample = *sample;
}

void pl_steps_add_gone(struct pl_steps *steps, uint64_t now_usec, uint64_t id)
{
        (void) next(steps, now_usec, PL_UPDATE_GONE, id);
}

void pl_steps_take(struct pl_steps *steps, uint64_t now_usec)
{
        const struct pl_snapshot snapshot = {
                .step = ++steps->taken_count,
                .now_usec = now_usec,
                .resumed = steps->resumed,
                .policy = steps->update_count > 0 ? steps->updates_policy : steps->policy,
                .host = steps->host,
                .update_count = steps->update_count,
                .updates = steps->updates,
        };
        int r = pl_journal_begin_step(&steps->logbook->writer, &snapshot);

        /* 64 updates and no more fit into half of the smallest ring many times. */
        pl_assert(r == 0);
        pl_journal_end_step(&steps->logbook->writer, snapshot.step);
        steps->update_count = 0;
        steps->resumed = false;
}
