/* SPDX-License-Identifier: Apache-2.0 */

/* The ring of samples goes round, and what stands in it can be judged again only by an engine that knows what came before. So
 * whenever a quarter of it was written, all that the engine knows is written behind that: three quarters at the least can be
 * judged again then, whatever is written over. What would take more than a quarter itself is left out.
 */

#include "plimsoll/base/macro.h"
#include "steps_internal.h"

enum { SHARES = 4 };

static uint64_t quarter(const struct pl_steps *steps)
{
        return steps->logbook->writer.layout.ring_capacity[PL_JOURNAL_SAMPLES] / SHARES;
}

/* A journal that has moved from memory to its place has rings that begin anew. */
static bool is_due(const struct pl_steps *steps)
{
        uint64_t next = steps->logbook->writer.next[PL_JOURNAL_SAMPLES];

        return steps->taken_count > 0 &&
               (next < steps->anchor || next - steps->anchor >= quarter(steps));
}

static bool write_all(struct pl_steps *steps)
{
        const struct pl_engine *engine = &steps->engine;
        const struct pl_snapshot snapshot = {
                .step = steps->taken_count,
                .now_usec = steps->taken_usec,
                .flags = PL_SNAPSHOT_CHECKPOINT,
                .policy = steps->taken_policy,
                .host = steps->taken_host,
                .update_count = pl_engine_checkpoint_count(engine),
                .updates = steps->checkpoint,
        };

        if (snapshot.update_count > steps->checkpoint_max)
                return false;
        pl_engine_checkpoint(engine, steps->checkpoint);
        return pl_journal_write_checkpoint(&steps->logbook->writer, &snapshot, quarter(steps)) == 0;
}

void pl_steps_keep(struct pl_steps *steps, uint64_t now_usec)
{
        uint64_t next = steps->logbook->writer.next[PL_JOURNAL_SAMPLES];

        if (!is_due(steps))
                return;
        /* Also where it was left out: it is tried again when as much was written. */
        steps->anchor = next;
        if (!write_all(steps))
                pl_logbook_say_once(steps->logbook, now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_NO_CHECKPOINT,
                                                               steps->engine.cgroups.count, NULL });
}
