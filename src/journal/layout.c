/* SPDX-License-Identifier: Apache-2.0 */

/* The shares. A row is for a workload and an act for something that happened, both are few on a small host, while every
 * look at the host makes samples; but the default of 16 MiB has to list the 10,000 workloads of a crowded one, which takes
 * three fifths of it. What a larger file has more goes to the rings: the board stops at as many rows as Plimsoll follows.
 */

#include "plimsoll/journal/format.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        FIXED_PAGES = 3, /* header, host, ranking */
        PAGES_MIN = 8,   /* leaves some of everything */
};

/* Records begin where a line of the cache does. */
static uint64_t rounded_up(uint64_t bytes)
{
        return (bytes + PL_JOURNAL_RECORD_BYTES - 1) / PL_JOURNAL_RECORD_BYTES *
               PL_JOURNAL_RECORD_BYTES;
}

int pl_journal_layout(uint64_t file_bytes, struct pl_journal_layout *ret_layout)
{
        struct pl_journal_layout layout = { .file_bytes = file_bytes };
        uint64_t body, records;

        pl_assert(ret_layout);

        if (file_bytes % PL_JOURNAL_PAGE_BYTES != 0 || file_bytes > PL_JOURNAL_BYTES_MAX ||
            file_bytes < (uint64_t) PAGES_MIN * PL_JOURNAL_PAGE_BYTES)
                return PL_JOURNAL_E_CORRUPT;

        layout.host_offset = PL_JOURNAL_PAGE_BYTES;
        layout.ranking_offset = UINT64_C(2) * PL_JOURNAL_PAGE_BYTES;
        layout.rows_offset = (uint64_t) FIXED_PAGES * PL_JOURNAL_PAGE_BYTES;
        body = file_bytes - layout.rows_offset;
        layout.row_count = PL_MIN(body * 19 / 32 / PL_JOURNAL_ROW_BYTES,
                                  (uint64_t) PL_JOURNAL_ROWS_MAX);
        layout.ring_offset[PL_JOURNAL_ACTS] = layout.rows_offset +
                                              rounded_up(layout.row_count * PL_JOURNAL_ROW_BYTES);
        records = (file_bytes - layout.ring_offset[PL_JOURNAL_ACTS]) / PL_JOURNAL_RECORD_BYTES;
        layout.ring_capacity[PL_JOURNAL_ACTS] = records / 4;
        layout.ring_offset[PL_JOURNAL_SAMPLES] = layout.ring_offset[PL_JOURNAL_ACTS] +
                                                 records / 4 * PL_JOURNAL_RECORD_BYTES;
        layout.ring_capacity[PL_JOURNAL_SAMPLES] = records - records / 4;
        pl_assert(layout.row_count > 0 && records > 4);

        *ret_layout = layout;
        return 0;
}

/* The multiplier is 2^64 divided by the golden ratio: odd, and no bit pattern. */
uint64_t pl_journal_check(uint64_t seed, const void *words, size_t count)
{
        const unsigned char *bytes = words;
        uint64_t check = seed;

        pl_assert(words || count == 0);

        for (size_t i = 0; i < count; i++) {
                uint64_t word;

                memcpy(&word, bytes + i * sizeof word, sizeof word);
                check = (check ^ word) * UINT64_C(0x9E3779B97F4A7C15);
                check ^= check >> 32;
        }
        return check;
}
