/* SPDX-License-Identifier: Apache-2.0 */

#include "replay.h"

#include <errno.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

enum {
        /* Of a step; a checkpoint has more. */
        UPDATES_FIRST = 1024,
        OUTCOMES_FIRST = 64,
};

int pl_replay_make_room(struct pl_journal_space *space, size_t updates, size_t outcomes)
{
        void *memory;

        if (updates > space->update_capacity) {
                memory = reallocarray(space->updates, updates, sizeof *space->updates);
                if (!memory)
                        return -ENOMEM;
                space->updates = memory;
                space->update_capacity = updates;
        }
        if (outcomes > space->outcome_capacity) {
                memory = reallocarray(space->outcomes, outcomes, sizeof *space->outcomes);
                if (!memory)
                        return -ENOMEM;
                space->outcomes = memory;
                space->outcome_capacity = outcomes;
        }
        return 0;
}

int pl_replay_open(struct pl_replay *replay, int dir_fd, const char *name)
{
        int r;

        pl_assert(replay && name);

        *replay = (struct pl_replay){};
        r = pl_journal_reader_open(dir_fd, name, &replay->reader);
        if (r != 0)
                return r;
        replay->cursor = pl_journal_cursor_oldest(&replay->reader, PL_JOURNAL_SAMPLES);
        r = pl_replay_make_room(&replay->space, UPDATES_FIRST, OUTCOMES_FIRST);
        if (r == 0)
                r = pl_engine_init(&replay->engine, PL_JOURNAL_ROWS_MAX, pl_clock_now_usec());
        if (r < 0)
                pl_replay_close(replay);
        return r;
}

void pl_replay_close(struct pl_replay *replay)
{
        pl_assert(replay);

        pl_engine_done(&replay->engine);
        free(replay->space.updates);
        free(replay->space.outcomes);
        pl_journal_reader_close(&replay->reader);
        *replay = (struct pl_replay){};
}

/* The next one that is there, whole. What is not is passed over, and seen by the number of the one behind it. */
static int read_next(struct pl_replay *replay)
{
        /* Each call passes a record or ends, but for the one that says how much room it wants. */
        uint64_t left = 2 * replay->reader.layout.ring_capacity[PL_JOURNAL_SAMPLES] + 4;

        for (; left > 0; left--) {
                int r = pl_journal_next_snapshot(&replay->cursor, &replay->space,
                                                 &replay->snapshot);

                if (r == 0 || r == PL_JOURNAL_E_END)
                        return r;
                if (r == PL_JOURNAL_E_TOO_LONG)
                        r = pl_replay_make_room(&replay->space, replay->snapshot.update_count,
                                                replay->snapshot.outcome_count);
                if (r < 0)
                        return r;
        }
        /* The writer is faster than we are. */
        return PL_JOURNAL_E_END;
}

/* An engine that knows nothing, as that of a daemon which begins. */
static int begin(struct pl_replay *replay)
{
        pl_engine_done(&replay->engine);
        replay->is_fresh = true;
        replay->beginning_count++;
        return pl_engine_init(&replay->engine, PL_JOURNAL_ROWS_MAX, pl_clock_now_usec());
}

static int take(struct pl_replay *replay)
{
        const struct pl_snapshot *snapshot = &replay->snapshot;
        int r = pl_engine_step(&replay->engine, snapshot, &replay->judgement);

        replay->has_begun = r != PL_ENGINE_E_BAD;
        replay->last_step = snapshot->step;
        return replay->has_begun ? 0 : PL_REPLAY_E_BAD;
}

/* Where the engine knows by itself what it says it is passed over: else it would hide that the engine does not. */
static int take_checkpoint(struct pl_replay *replay)
{
        int r;

        if (replay->has_begun && replay->last_step == replay->snapshot.step)
                return 0;
        r = begin(replay);
        return r < 0 ? r : take(replay);
}

/* *ret_taken is false where what was before it is missing. */
static int take_step(struct pl_replay *replay, bool *ret_taken)
{
        int r = replay->snapshot.step == 1 ? begin(replay) : 0;

        if (r < 0)
                return r;
        replay->has_begun = replay->snapshot.step == 1 ||
                            (replay->has_begun && replay->snapshot.step == replay->last_step + 1);
        *ret_taken = replay->has_begun;
        if (replay->has_begun)
                return take(replay);
        replay->left_out_count++;
        replay->lost_count += replay->beginning_count > 0;
        return 0;
}

int pl_replay_next(struct pl_replay *replay, struct pl_replay_step *ret_step)
{
        bool is_taken = false;
        int r = 0;

        pl_assert(replay && ret_step);

        while (r == 0 && !is_taken) {
                r = read_next(replay);
                if (r != 0)
                        return r;
                r = replay->snapshot.flags & PL_SNAPSHOT_CHECKPOINT ? take_checkpoint(replay)
                                                                    : take_step(replay, &is_taken);
        }
        if (r != 0)
                return r;
        *ret_step = (struct pl_replay_step){ &replay->snapshot, &replay->judgement,
                                             replay->is_fresh };
        replay->is_fresh = false;
        replay->step_count++;
        return 0;
}
