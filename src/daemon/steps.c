/* SPDX-License-Identifier: Apache-2.0 */

#include "steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "steps_internal.h"

enum {
        /* Of the ring, that an update of a checkpoint takes at the least: on a live host it is some 60. */
        UPDATE_BYTES = 48,
        /* Cgroups that the engine has room for at first: a host with some forty containers. */
        ENGINE_FIRST = 128,
};

/* What a quarter of the ring can hold, which is touched only as far as it is used. */
static uint64_t checkpoint_max(const struct pl_logbook *logbook)
{
        uint64_t records = logbook->writer.layout.ring_capacity[PL_JOURNAL_SAMPLES] / 4;

        return PL_MIN(records * PL_JOURNAL_PAYLOAD_BYTES / UPDATE_BYTES,
                      UINT64_C(1) * PL_JOURNAL_UPDATES_MAX);
}

int pl_steps_init(struct pl_steps *steps, struct pl_logbook *logbook)
{
        uint64_t seed;
        int r;

        pl_assert(steps && logbook);

        memset(steps, 0, offsetof(struct pl_steps, judgement.verdicts));
        steps->logbook = logbook;
        steps->anchor = logbook->writer.next[PL_JOURNAL_SAMPLES];
        steps->checkpoint_max = checkpoint_max(logbook);
        steps->checkpoint = calloc(steps->checkpoint_max, sizeof *steps->checkpoint);
        if (!steps->checkpoint)
                return -ENOMEM;
        /* Without randomness, early at boot, nobody is there yet who could choose ids. */
        if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
                seed = 0;
        r = pl_engine_init_for(&steps->engine, PL_JOURNAL_ROWS_MAX, ENGINE_FIRST, seed);
        if (r < 0)
                pl_steps_done(steps);
        return r;
}

void pl_steps_done(struct pl_steps *steps)
{
        pl_assert(steps);

        pl_engine_done(&steps->engine);
        free(steps->checkpoint);
        steps->checkpoint = NULL;
}

int pl_steps_reserve(struct pl_steps *steps, uint32_t count)
{
        return pl_engine_reserve(&steps->engine, count);
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

void pl_steps_add_outcome(struct pl_steps *steps, uint64_t now_usec,
                          const struct pl_outcome *outcome)
{
        pl_assert(steps && outcome->id != 0);

        pl_steps_tell_outcome(steps, outcome);
        if (steps->outcome_count == PL_STEPS_OUTCOMES)
                pl_steps_take(steps, now_usec);
        pl_assert(steps->outcome_count < PL_STEPS_OUTCOMES);
        steps->outcomes[steps->outcome_count++] = *outcome;
}

void pl_steps_set(struct pl_steps *steps, uint64_t now_usec, const struct pl_settings *settings)
{
        if (memcmp(&steps->settings, settings, sizeof *settings) == 0)
                return;
        /* First: a step that is taken to make room is carried out by what is wanted now. */
        steps->settings = *settings;
        next(steps, now_usec, PL_UPDATE_SETTINGS, 1)->settings = *settings;
}

static void judge(struct pl_steps *steps, const struct pl_snapshot *snapshot)
{
        int r = pl_engine_step(&steps->engine, snapshot, &steps->judgement);

        /* The engine has room for as many as the board has rows, and nobody else gives it anything. */
        pl_assert(r == 0);
        pl_steps_tell(steps, snapshot->now_usec);
}

/* The snapshot is written whole before it is judged. Who has looked at the clock before somebody else took a step is taken to
 * have come when that was. */
static void take(struct pl_steps *steps, uint64_t now_usec)
{
        const struct pl_snapshot snapshot = {
                .step = ++steps->taken_count,
                .now_usec = PL_MAX(now_usec, steps->taken_usec),
                .flags = steps->resumed ? PL_SNAPSHOT_RESUMED : 0,
                .policy = steps->update_count > 0 ? steps->updates_policy : steps->policy,
                .host = steps->host,
                .update_count = steps->update_count,
                .updates = steps->updates,
                .outcome_count = steps->outcome_count,
                .outcomes = steps->outcomes,
        };
        int r = pl_journal_begin_step(&steps->logbook->writer, &snapshot);

        /* 64 updates and no more fit into half of the smallest ring many times. */
        pl_assert(r == 0);
        judge(steps, &snapshot);
        steps->taken_policy = snapshot.policy;
        steps->taken_usec = snapshot.now_usec;
        steps->taken_host = snapshot.host;
        pl_journal_end_step(&steps->logbook->writer, snapshot.step);
        steps->update_count = 0;
        steps->outcome_count = 0;
        steps->resumed = false;
        if (steps->hands.take)
                steps->hands.take(steps->hands.to, &steps->judgement);
}

void pl_steps_take(struct pl_steps *steps, uint64_t now_usec)
{
        pl_assert(steps);

        pl_steps_keep(steps, now_usec);
        take(steps, now_usec);
}
