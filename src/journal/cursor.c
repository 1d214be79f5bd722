/* SPDX-License-Identifier: Apache-2.0 */

/* Every record says which part of its whole it is, so that the beginning is found from any of them without a search. What
 * keeps loops over a hostile file short: a call passes what it has looked at, so that each record is looked at by two calls
 * at the most, and what looks like a whole ends where a record does not follow the one before.
 */

#include "plimsoll/journal/cursor.h"

#include <string.h>

#include "act.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "ring.h"
#include "snapshot.h"

static struct pl_ring ring_of(const struct pl_journal_cursor *cursor)
{
        pl_assert(cursor->reader && cursor->reader->words);

        return pl_ring(cursor->reader->words, &cursor->reader->layout, cursor->ring);
}

struct pl_journal_cursor pl_journal_cursor_at(const struct pl_journal_reader *reader,
                                              enum pl_journal_ring ring, uint64_t sequence)
{
        struct pl_journal_cursor cursor = { .reader = reader, .ring = ring };
        struct pl_ring view;

        pl_assert(sequence > 0);

        view = ring_of(&cursor);
        cursor.position = PL_MIN(sequence, pl_ring_newest(&view) + 1);
        return cursor;
}

struct pl_journal_cursor pl_journal_cursor_newest(const struct pl_journal_reader *reader,
                                                  enum pl_journal_ring ring)
{
        return pl_journal_cursor_at(reader, ring, UINT64_MAX);
}

struct pl_journal_cursor pl_journal_cursor_oldest(const struct pl_journal_reader *reader,
                                                  enum pl_journal_ring ring)
{
        struct pl_journal_cursor cursor = { .reader = reader, .ring = ring };
        const struct pl_ring view = ring_of(&cursor);

        cursor.position = pl_ring_oldest(&view);
        return cursor;
}

/* Only forwards: behind a reader that goes back there is nothing older to lose. */
static int overtaken(struct pl_journal_cursor *cursor, const struct pl_ring *ring)
{
        uint64_t oldest = pl_ring_oldest(ring);

        cursor->lost = oldest > cursor->position ? oldest - cursor->position : 0;
        cursor->position = PL_MAX(oldest, cursor->position);
        return PL_JOURNAL_E_OVERTAKEN;
}

int pl_journal_next_record(struct pl_journal_cursor *cursor, struct pl_journal_record *ret_record)
{
        const struct pl_ring ring = ring_of(cursor);
        int r;

        pl_assert(ret_record);

        r = pl_ring_read(&ring, cursor->position, ret_record);
        if (r == PL_JOURNAL_E_OVERTAKEN)
                return overtaken(cursor, &ring);
        if (r != PL_JOURNAL_E_END)
                cursor->position++;
        return r;
}

int pl_journal_previous_record(struct pl_journal_cursor *cursor,
                               struct pl_journal_record *ret_record)
{
        const struct pl_ring ring = ring_of(cursor);
        int r;

        pl_assert(ret_record);

        if (cursor->position <= 1)
                return PL_JOURNAL_E_END;
        r = pl_ring_read(&ring, cursor->position - 1, ret_record);
        /* What is older was written over: that is the end, in this direction. */
        if (r == PL_JOURNAL_E_OVERTAKEN)
                return PL_JOURNAL_E_END;
        if (r != PL_JOURNAL_E_END)
                cursor->position--;
        return r;
}

/* Part 0 of the next whole. */
static int next_first(struct pl_journal_cursor *cursor, struct pl_journal_record *ret_record)
{
        const struct pl_ring ring = ring_of(cursor);
        int r = 0;

        for (uint64_t i = 0; i <= ring.capacity; i++) {
                r = pl_journal_next_record(cursor, ret_record);
                if (r != 0 || ret_record->part == 0)
                        return r;
        }
        /* A ring full of ends without beginnings. */
        return PL_JOURNAL_E_TORN;
}

/* Part 0 of the whole that the record before the cursor is of. What is left of one whose beginning was written over is no
 * more than that: there the cursor stays. */
static int previous_first(struct pl_journal_cursor *cursor, struct pl_journal_record *ret_record)
{
        const struct pl_ring ring = ring_of(cursor);
        int r = pl_journal_previous_record(cursor, ret_record);

        if (r != 0 || ret_record->part == 0)
                return r;
        cursor->position -= ret_record->part;
        r = pl_ring_read(&ring, cursor->position, ret_record);
        if (r == PL_JOURNAL_E_OVERTAKEN)
                return r;
        return r == 0 && ret_record->part == 0 ? 0 : PL_JOURNAL_E_TORN;
}

/* Whatever is read of a whole is its parts one by one, beginning with this record. */
struct whole {
        const struct pl_journal_space *space; /* of a snapshot */
        struct pl_snapshot *snapshot;
        struct pl_journal_act *act;
};

/* Of a snapshot, without what was updated. */
static bool is_head(const struct whole *whole)
{
        return whole->snapshot && !whole->space;
}

static int read_whole(struct pl_unpacker *unpacker, const struct whole *whole)
{
        const struct pl_journal_record *first = &unpacker->record;

        if (is_head(whole))
                return first->type == PL_JOURNAL_SNAPSHOT
                               ? pl_snapshot_read_head(unpacker, whole->snapshot)
                               : PL_JOURNAL_E_TORN;
        if (whole->snapshot)
                return first->type == PL_JOURNAL_SNAPSHOT
                               ? pl_snapshot_read(unpacker, whole->space, whole->snapshot)
                               : PL_JOURNAL_E_TORN;
        if (first->type == PL_JOURNAL_DECISION)
                return pl_decision_read(unpacker, whole->act);
        return pl_act_is_single(first->type) ? pl_act_decode(first, whole->act) : PL_JOURNAL_E_TORN;
}

static int next_whole(struct pl_journal_cursor *cursor, const struct whole *whole)
{
        const struct pl_ring ring = ring_of(cursor);
        struct pl_unpacker unpacker;
        struct pl_journal_record first;
        int r = next_first(cursor, &first);

        if (r != 0)
                return r;
        pl_unpack_begin(&unpacker, &ring, &first);
        r = read_whole(&unpacker, whole);
        cursor->position = first.sequence;
        if (r == PL_JOURNAL_E_OVERTAKEN)
                return overtaken(cursor, &ring);
        if (r != PL_JOURNAL_E_TOO_LONG)
                cursor->position = unpacker.sequence + 1;
        return r;
}

static int previous_whole(struct pl_journal_cursor *cursor, const struct whole *whole)
{
        const struct pl_ring ring = ring_of(cursor);
        const uint64_t position = cursor->position;
        struct pl_unpacker unpacker;
        struct pl_journal_record first;
        int r = previous_first(cursor, &first);

        if (r == 0) {
                pl_unpack_begin(&unpacker, &ring, &first);
                r = read_whole(&unpacker, whole);
                /* It has to end where it was come from, or it is not the one that those parts are of. */
                if (r == 0 && !is_head(whole) && unpacker.sequence + 1 != position)
                        r = PL_JOURNAL_E_TORN;
        }
        if (r == PL_JOURNAL_E_TOO_LONG || r == PL_JOURNAL_E_OVERTAKEN)
                cursor->position = position;
        return r == PL_JOURNAL_E_OVERTAKEN ? PL_JOURNAL_E_END : r;
}

int pl_journal_next_act(struct pl_journal_cursor *cursor, struct pl_journal_act *ret_act)
{
        pl_assert(cursor->ring == PL_JOURNAL_ACTS);
        pl_assert(ret_act);

        return next_whole(cursor, &(struct whole){ .act = ret_act });
}

int pl_journal_previous_act(struct pl_journal_cursor *cursor, struct pl_journal_act *ret_act)
{
        pl_assert(cursor->ring == PL_JOURNAL_ACTS);
        pl_assert(ret_act);

        return previous_whole(cursor, &(struct whole){ .act = ret_act });
}

int pl_journal_next_snapshot(struct pl_journal_cursor *cursor, const struct pl_journal_space *space,
                             struct pl_snapshot *ret_snapshot)
{
        pl_assert(cursor->ring == PL_JOURNAL_SAMPLES);
        pl_assert(space && ret_snapshot);

        return next_whole(cursor, &(struct whole){ .space = space, .snapshot = ret_snapshot });
}

int pl_journal_previous_snapshot(struct pl_journal_cursor *cursor,
                                 const struct pl_journal_space *space,
                                 struct pl_snapshot *ret_snapshot)
{
        pl_assert(cursor->ring == PL_JOURNAL_SAMPLES);
        pl_assert(space && ret_snapshot);

        return previous_whole(cursor, &(struct whole){ .space = space, .snapshot = ret_snapshot });
}

int pl_journal_previous_head(struct pl_journal_cursor *cursor, struct pl_snapshot *ret_snapshot)
{
        pl_assert(cursor->ring == PL_JOURNAL_SAMPLES);
        pl_assert(ret_snapshot);

        return previous_whole(cursor, &(struct whole){ .snapshot = ret_snapshot });
}
