/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ring - records of one size, the newest over the oldest. Internal to journal. */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/journal/format.h"

/* Both ends of a ring, as somebody sees them who only reads. */
struct pl_ring {
        const _Atomic uint64_t *marks; /* the last number begun, the newest to read */
        const _Atomic uint64_t *slots;
        uint64_t capacity;
};

/* Of a journal's words. */
struct pl_ring pl_ring(const _Atomic uint64_t *words, const struct pl_journal_layout *layout,
                       enum pl_journal_ring ring);

/* Of numbers that can be read. The oldest is above the newest when there is nothing. */
uint64_t pl_ring_oldest(const struct pl_ring *ring);
uint64_t pl_ring_newest(const struct pl_ring *ring);

/* END: not written yet. OVERTAKEN: written over. TORN: it should be there, and is not. Sequences begin at 1. */
int pl_ring_read(const struct pl_ring *ring, uint64_t sequence,
                 struct pl_journal_record *ret_record);

/* Writes the record under this number, which it gets with its check, without showing it. */
void pl_ring_write(_Atomic uint64_t *words, const struct pl_journal_layout *layout,
                   enum pl_journal_ring ring, uint64_t sequence, struct pl_journal_record *record);

/* Shows everything up to this number. */
void pl_ring_publish(_Atomic uint64_t *words, enum pl_journal_ring ring, uint64_t newest);

/* After another writer: makes empty what it did not show and what is spoilt. CORRUPT, with nothing changed, if the marks
 * are not what any writer could have left. */
int pl_ring_recover(_Atomic uint64_t *words, const struct pl_journal_layout *layout,
                    enum pl_journal_ring ring, uint64_t *ret_next, uint64_t *ret_cleared_count);
