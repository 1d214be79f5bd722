/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* recorder - what of the journal goes to disk, and when: new acts at every turn, the host and each workload once a minute. Time
 * is an argument. Allocates at init; blocks as writing to a disk does.
 *
 * A row has 60 to 100 bytes. Where a day of a row a minute would take more than half of the cap, all rows come less often, so
 * that a day fits into that half; with 200 MiB from some 800 workloads on. A workload that was not measured since its last row
 * has no new one.
 */

#include "plimsoll/journal/history_writer.h"
#include "plimsoll/journal/reader.h"

/* What is known of a row of the board: what was said of whoever has it. */
struct pl_recorder_row {
        uint64_t id;
        uint64_t identity_check;
        uint64_t terms_check;
        uint64_t at_usec; /* of the last row */
        uint32_t number;
};

struct pl_recorder {
        struct pl_history_writer *writer; /* borrowed */
        struct pl_recorder_row *rows;     /* owned, PL_JOURNAL_ROWS_MAX by index on the board */
        uint32_t run;                     /* in which the numbers mean something */
        uint64_t interval_usec;
        uint64_t sweep_usec; /* CLOCK_BOOTTIME, when the next rows are due; 0: not known yet */
        uint64_t retry_usec; /* after a failure nothing is tried until then */
        uint32_t row_count;  /* of the last time */
        uint32_t workload_count;
};

/* 0 or -ENOMEM. */
int pl_recorder_init(struct pl_recorder *recorder, struct pl_history_writer *writer);
void pl_recorder_done(struct pl_recorder *recorder);

/* What there is to do now, about once a second. An errno, or PL_JOURNAL_E_NO_SPACE, where something could not be written: it
 * is tried again by a later turn, and what the ring still has by then is not lost. Rows are left out while nobody writes the
 * journal. */
int pl_recorder_turn(struct pl_recorder *recorder, const struct pl_journal_reader *reader,
                     const struct pl_history_time *now);
