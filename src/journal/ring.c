/* SPDX-License-Identifier: Apache-2.0 */

/* Each slot is a sequence lock of its own, whose number is that of the record: 0 while it is written, then the number, which
 * never comes back. The argument is block.c's. Two marks say what can be read.
 *
 * `newest` is stored, with release, when a whole is complete: a decision of ten records appears at once or, if the writer is
 * killed in the middle of it, never; the next writer gives its numbers to others. Nobody has seen what is numbered above
 * `newest`, so a number is never seen to mean two things.
 *
 * `begun` is stored before a slot is touched. A reader that does not find its record looks there: if the slot may have been
 * needed for a later one it was overtaken, else the record is spoilt. Each step of the writer is a release (the 0, the fence
 * behind it), the reader's second look is followed by an acquire fence, so whoever saw the 0 or a word of the new record
 * sees the `begun` that was stored before it.
 */

#include "ring.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "words.h"

enum {
        BEGUN,
        NEWEST,
        MARKS_BYTES = 64, /* the marks of each ring have a line of the cache */
        SEQUENCE = 0,
        CHECK = 1,
        RECORD_WORDS = PL_JOURNAL_RECORD_BYTES / sizeof(uint64_t),
};

/* A million records a second for half a million years: a mark above it was not written by us. */
#define SEQUENCE_MAX (UINT64_C(1) << 60)

static _Atomic uint64_t *marks_of(_Atomic uint64_t *words, enum pl_journal_ring ring)
{
        return &words[pl_word_at(PL_JOURNAL_AT_RINGS + (uint64_t) ring * MARKS_BYTES)];
}

struct pl_ring pl_ring(const _Atomic uint64_t *words, const struct pl_journal_layout *layout,
                       enum pl_journal_ring ring)
{
        pl_assert(ring < PL_JOURNAL_RINGS);

        return (struct pl_ring){
                .marks = &words[pl_word_at(PL_JOURNAL_AT_RINGS + (uint64_t) ring * MARKS_BYTES)],
                .slots = &words[pl_word_at(layout->ring_offset[ring])],
                .capacity = layout->ring_capacity[ring],
        };
}

static uint64_t slot_index(uint64_t sequence, uint64_t capacity)
{
        return (sequence - 1) % capacity * RECORD_WORDS;
}

uint64_t pl_ring_newest(const struct pl_ring *ring)
{
        return PL_MIN(pl_word_acquire(&ring->marks[NEWEST]), SEQUENCE_MAX);
}

uint64_t pl_ring_oldest(const struct pl_ring *ring)
{
        uint64_t newest = pl_ring_newest(ring);
        uint64_t begun = PL_MIN(pl_word_get(&ring->marks[BEGUN]), SEQUENCE_MAX);

        begun = PL_MAX(begun, newest);
        return begun > ring->capacity ? begun - ring->capacity + 1 : 1;
}

static uint64_t check_of(const struct pl_journal_record *record)
{
        return pl_journal_check(PL_JOURNAL_CHECK_SEED ^ record->sequence, &record->at_usec,
                                RECORD_WORDS - 2);
}

static bool is_good(const struct pl_journal_record *record, uint64_t sequence)
{
        return record->sequence == sequence && record->check == check_of(record) &&
               record->length <= PL_JOURNAL_PAYLOAD_BYTES && record->part < sequence;
}

static bool copied(const _Atomic uint64_t *slot, uint64_t sequence,
                   struct pl_journal_record *ret_record)
{
        if (pl_word_acquire(&slot[SEQUENCE]) != sequence)
                return false;
        pl_words_out(ret_record, slot, RECORD_WORDS);
        atomic_thread_fence(memory_order_acquire);
        return pl_word_get(&slot[SEQUENCE]) == sequence;
}

int pl_ring_read(const struct pl_ring *ring, uint64_t sequence,
                 struct pl_journal_record *ret_record)
{
        pl_assert(sequence > 0);

        if (sequence > pl_ring_newest(ring))
                return PL_JOURNAL_E_END;
        if (copied(&ring->slots[slot_index(sequence, ring->capacity)], sequence, ret_record) &&
            is_good(ret_record, sequence))
                return 0;
        atomic_thread_fence(memory_order_acquire);
        return sequence < pl_ring_oldest(ring) ? PL_JOURNAL_E_OVERTAKEN : PL_JOURNAL_E_TORN;
}

void pl_ring_write(_Atomic uint64_t *words, const struct pl_journal_layout *layout,
                   enum pl_journal_ring ring, uint64_t sequence, struct pl_journal_record *record)
{
        _Atomic uint64_t *slot = &words[pl_word_at(layout->ring_offset[ring]) +
                                        slot_index(sequence, layout->ring_capacity[ring])];
        _Atomic uint64_t *begun = &marks_of(words, ring)[BEGUN];

        pl_assert(sequence > 0 && sequence < SEQUENCE_MAX);
        pl_assert(record->length <= PL_JOURNAL_PAYLOAD_BYTES);

        record->sequence = sequence;
        record->check = check_of(record);
        /* A writer killed in the middle of a long whole had begun more than this one has yet. */
        if (pl_word_get(begun) < sequence)
                pl_word_set(begun, sequence);
        pl_word_release(&slot[SEQUENCE], 0);
        atomic_thread_fence(memory_order_release);
        pl_words_in(&slot[CHECK], &record->check, RECORD_WORDS - CHECK);
        pl_word_release(&slot[SEQUENCE], sequence);
}

void pl_ring_publish(_Atomic uint64_t *words, enum pl_journal_ring ring, uint64_t newest)
{
        pl_word_release(&marks_of(words, ring)[NEWEST], newest);
}

/* Whether the slot at this index holds a record that belongs there, if it holds one. */
static bool belongs(const struct pl_journal_record *record, uint64_t index, uint64_t capacity)
{
        return record->sequence > 0 && (record->sequence - 1) % capacity == index &&
               is_good(record, record->sequence);
}

/* No writer leaves a good record above what it said it had begun. */
static bool marks_are_sane(const struct pl_ring *ring)
{
        uint64_t begun = pl_word_get(&ring->marks[BEGUN]),
                 newest = pl_word_get(&ring->marks[NEWEST]);
        struct pl_journal_record record;

        if (begun >= SEQUENCE_MAX || newest > begun || begun - newest > ring->capacity)
                return false;
        for (uint64_t i = 0; i < ring->capacity; i++) {
                pl_words_out(&record, &ring->slots[i * RECORD_WORDS], RECORD_WORDS);
                if (belongs(&record, i, ring->capacity) && record.sequence > begun)
                        return false;
        }
        return true;
}

int pl_ring_recover(_Atomic uint64_t *words, const struct pl_journal_layout *layout,
                    enum pl_journal_ring which, uint64_t *ret_next, uint64_t *ret_cleared_count)
{
        const struct pl_ring ring = pl_ring(words, layout, which);
        _Atomic uint64_t *slots = &words[pl_word_at(layout->ring_offset[which])];
        uint64_t newest = pl_ring_newest(&ring), begun = pl_word_get(&ring.marks[BEGUN]);
        struct pl_journal_record record;
        uint64_t cleared = 0;

        if (!marks_are_sane(&ring))
                return PL_JOURNAL_E_CORRUPT;
        for (uint64_t i = 0; i < ring.capacity && i < begun; i++) {
                pl_words_out(&record, &slots[i * RECORD_WORDS], RECORD_WORDS);
                if (belongs(&record, i, ring.capacity) && record.sequence <= newest)
                        continue;
                pl_word_release(&slots[i * RECORD_WORDS], 0);
                cleared++;
        }
        *ret_next = newest + 1;
        *ret_cleared_count += cleared;
        return 0;
}
