/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* reader - somebody who looks at a journal, mapped read-only: it cannot slow, block or disturb the writer.
 *
 * Nothing in the file is trusted: a journal of anybody's bytes is refused, or read within its bounds and in bounded time.
 * The file must not be shortened while it is mapped; the writer never does. Opening allocates nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/journal/board.h"

struct pl_journal_reader {
        struct pl_journal_layout layout;
        struct pl_journal_header header; /* as it was when the file was opened */
        const _Atomic uint64_t *words;
        bool mapped; /* by us, and ours to unmap */
        uint64_t device, inode;
};

/* ABSENT, DENIED, FOREIGN, BYTE_ORDER, VERSION, CORRUPT; or an errno. */
int pl_journal_reader_open(int dir_fd, const char *name, struct pl_journal_reader *ret_reader);

/* The same over memory of the caller's, aligned to 8 bytes, which must outlive the reader. */
int pl_journal_reader_init(const void *image, size_t bytes, struct pl_journal_reader *ret_reader);

/* Safe on a closed one. */
void pl_journal_reader_close(struct pl_journal_reader *reader);

/* Whether the name now means another file than the one that was opened: a writer has begun a new journal, and what is
 * mapped here never changes again. An errno, or PL_JOURNAL_E_ABSENT. */
int pl_journal_reader_is_replaced(const struct pl_journal_reader *reader, int dir_fd,
                                  const char *name, bool *ret_replaced);

struct pl_journal_pulse {
        uint64_t generation; /* changes when another writer has taken over */
        uint64_t heartbeat_usec;
        uint64_t step_begun;
        uint64_t step_done;
};

void pl_journal_read_pulse(const struct pl_journal_reader *reader,
                           struct pl_journal_pulse *ret_pulse);

/* Each of these is EMPTY when this writer has not written it (its time is 0); TORN when its writer was killed in the middle of it, or, which is rare,
 * changed it each of the 256 times that were tried; CORRUPT when its check is wrong or a count makes no sense. */
int pl_journal_read_state(const struct pl_journal_reader *reader,
                          struct pl_journal_state *ret_state);
int pl_journal_read_host(const struct pl_journal_reader *reader, struct pl_journal_host *ret_host);
int pl_journal_read_ranking(const struct pl_journal_reader *reader,
                            struct pl_journal_ranking *ret_ranking);

/* Rows from here on were never used; at most layout.row_count. */
uint32_t pl_journal_rows_used(const struct pl_journal_reader *reader);

/* EMPTY when it is nobody's. The index is below layout.row_count. */
int pl_journal_read_row(const struct pl_journal_reader *reader, uint32_t index,
                        struct pl_journal_row *ret_row);
