/* SPDX-License-Identifier: Apache-2.0 */

/* The header names where the parts are, for those who read by the page of the manual. We compute that from the size, and
 * take a header that says anything else for a spoilt one.
 */

#include "header.h"

#include <string.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"

enum {
        /* The mark, of a machine that stores the other end first. */
        OTHER_BYTE_ORDER = 0x04030201,
        CHECKED_WORDS = offsetof(struct pl_journal_header, check) / sizeof(uint64_t),
};

struct pl_journal_header pl_header_make(const struct pl_journal_layout *layout)
{
        struct pl_journal_header header = {
                .byte_order = PL_JOURNAL_BYTE_ORDER,
                .version = PL_JOURNAL_VERSION,
                .file_bytes = layout->file_bytes,
                .page_bytes = (uint32_t) sysconf(_SC_PAGESIZE),
                .record_bytes = PL_JOURNAL_RECORD_BYTES,
                .rows_offset = layout->rows_offset,
                .row_bytes = PL_JOURNAL_ROW_BYTES,
                .row_count = (uint32_t) layout->row_count,
                .acts_offset = layout->ring_offset[PL_JOURNAL_ACTS],
                .acts_capacity = layout->ring_capacity[PL_JOURNAL_ACTS],
                .samples_offset = layout->ring_offset[PL_JOURNAL_SAMPLES],
                .samples_capacity = layout->ring_capacity[PL_JOURNAL_SAMPLES],
        };

        memcpy(header.magic, PL_JOURNAL_MAGIC, sizeof header.magic);
        return header;
}

static uint64_t check_of(const struct pl_journal_header *header)
{
        return pl_journal_check(PL_JOURNAL_CHECK_SEED, header, CHECKED_WORDS);
}

void pl_header_seal(struct pl_journal_header *header)
{
        pl_assert(header);

        header->check = check_of(header);
}

/* All that follows from the size. */
static bool is_for(const struct pl_journal_header *header, const struct pl_journal_layout *layout)
{
        struct pl_journal_header wanted = pl_header_make(layout);

        wanted.page_bytes = header->page_bytes;
        memcpy(wanted.boot_id, header->boot_id, sizeof wanted.boot_id);
        wanted.created_usec = header->created_usec;
        wanted.created_realtime_usec = header->created_realtime_usec;
        pl_header_seal(&wanted);
        return memcmp(&wanted, header, sizeof wanted) == 0;
}

int pl_header_check(const struct pl_journal_header *header, uint64_t file_bytes,
                    struct pl_journal_layout *ret_layout)
{
        struct pl_journal_layout layout;
        int r;

        pl_assert(header);
        pl_assert(ret_layout);

        if (memcmp(header->magic, PL_JOURNAL_MAGIC, sizeof header->magic) != 0)
                return PL_JOURNAL_E_FOREIGN;
        if (header->byte_order == OTHER_BYTE_ORDER)
                return PL_JOURNAL_E_BYTE_ORDER;
        if (header->byte_order != PL_JOURNAL_BYTE_ORDER)
                return PL_JOURNAL_E_CORRUPT;
        if (header->version != PL_JOURNAL_VERSION)
                return PL_JOURNAL_E_VERSION;
        r = pl_journal_layout(file_bytes, &layout);
        if (r != 0)
                return r;
        if (!is_for(header, &layout))
                return PL_JOURNAL_E_CORRUPT;

        *ret_layout = layout;
        return 0;
}
