/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cursor - a place in one of the rings, between two records, and reading from there in either direction. Never allocates
 * and never blocks: END means that the writer has written no more yet.
 *
 * OVERTAKEN is a result and no error: the writer was faster, `lost` records will not be read, the cursor stands at the
 * oldest there is. TORN, too, costs only what it stands for: one record that was spoilt or one whole that is not all there;
 * the cursor has passed it. So each call moves on or says END, and a loop over them ends. What was read into is good after 0
 * alone.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/journal/act.h"
#include "plimsoll/journal/reader.h"

struct pl_journal_cursor {
        const struct pl_journal_reader *reader; /* borrowed */
        enum pl_journal_ring ring;
        uint64_t position; /* the sequence number of what next() gives */
        uint64_t lost;     /* by the last OVERTAKEN */
};

struct pl_journal_cursor pl_journal_cursor_oldest(const struct pl_journal_reader *reader,
                                                  enum pl_journal_ring ring);
/* Behind the newest: next() gives what is written from now on. */
struct pl_journal_cursor pl_journal_cursor_newest(const struct pl_journal_reader *reader,
                                                  enum pl_journal_ring ring);
/* Before this one, from 1; behind the newest if it is not there yet. */
struct pl_journal_cursor pl_journal_cursor_at(const struct pl_journal_reader *reader,
                                              enum pl_journal_ring ring, uint64_t sequence);

/* One record, as it is. END, OVERTAKEN, TORN. */
int pl_journal_next_record(struct pl_journal_cursor *cursor, struct pl_journal_record *ret_record);
int pl_journal_previous_record(struct pl_journal_cursor *cursor,
                               struct pl_journal_record *ret_record);

/* One act, whole, of the ring of acts. END, OVERTAKEN, TORN. What is left of one whose beginning is lost is passed over. */
int pl_journal_next_act(struct pl_journal_cursor *cursor, struct pl_journal_act *ret_act);
int pl_journal_previous_act(struct pl_journal_cursor *cursor, struct pl_journal_act *ret_act);

/* Where a snapshot's updates and outcomes go. */
struct pl_journal_space {
        struct pl_update *updates; /* NULL with a capacity of 0 */
        size_t update_capacity;
        struct pl_outcome *outcomes;
        size_t outcome_capacity;
};

/* One snapshot, whole, of the ring of samples. END, OVERTAKEN, TORN (also for one that was cut); or TOO_LONG: then the cursor
 * has not moved, and the counts of *ret_snapshot, at most PL_JOURNAL_UPDATES_MAX each, say how much space it takes. */
int pl_journal_next_snapshot(struct pl_journal_cursor *cursor, const struct pl_journal_space *space,
                             struct pl_snapshot *ret_snapshot);
int pl_journal_previous_snapshot(struct pl_journal_cursor *cursor,
                                 const struct pl_journal_space *space,
                                 struct pl_snapshot *ret_snapshot);

/* The same without updates and outcomes, whose counts are then 0: for whoever wants the host alone, at a fraction of the cost.
 * END, TORN. */
int pl_journal_previous_head(struct pl_journal_cursor *cursor, struct pl_snapshot *ret_snapshot);
