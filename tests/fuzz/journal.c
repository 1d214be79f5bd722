/* SPDX-License-Identifier: Apache-2.0 */

/* A journal of 64 KiB with bytes changed: the first byte of the input says whose checks are made good again afterwards, so
 * that what lies behind them is reached; then come changes, each a place of two bytes, a length, and the bytes. With no bit
 * set everything that is read is something that was written.
 */

#include <stdint.h>

#include "journal/look.h"

#include "block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
        IMAGE_BYTES = 16 * PL_JOURNAL_PAGE_BYTES,
        SEAL_HEADER = 1 << 0,
        SEAL_RECORDS = 1 << 1,
        SEAL_BLOCKS = 1 << 2,
};

static _Alignas(PL_JOURNAL_PAGE_BYTES) unsigned char image[IMAGE_BYTES], good[IMAGE_BYTES];

static void change(const uint8_t *data, size_t size)
{
        size_t at = 0;

        while (size - at >= 4) {
                size_t place = (size_t) (data[at] | data[at + 1] << 8),
                       length = data[at + 2] % 64U + 1;

                at += 3;
                length = PL_MIN(length, size - at);
                length = PL_MIN(length, IMAGE_BYTES - place);
                memcpy(image + place, data + at, length);
                at += length;
        }
}

static void seal_records(const struct pl_journal_layout *layout)
{
        for (enum pl_journal_ring ring = 0; ring < PL_JOURNAL_RINGS; ring++)
                for (uint64_t i = 0; i < layout->ring_capacity[ring]; i++) {
                        unsigned char *record = image + layout->ring_offset[ring] +
                                                i * PL_JOURNAL_RECORD_BYTES;
                        uint64_t sequence, check;

                        memcpy(&sequence, record, 8);
                        check = pl_journal_check(PL_JOURNAL_CHECK_SEED ^ sequence, record + 16, 30);
                        memcpy(record + 8, &check, 8);
                }
}

static void seal_block(uint64_t offset, size_t content_bytes)
{
        uint64_t sequence, check;

        memcpy(&sequence, image + offset, 8);
        check = pl_journal_check(PL_JOURNAL_CHECK_SEED ^ sequence, image + offset + 16,
                                 content_bytes / 8);
        memcpy(image + offset + 8, &check, 8);
}

static void seal(unsigned flags, const struct pl_journal_layout *layout)
{
        struct pl_journal_header header;

        if (flags & SEAL_HEADER) {
                memcpy(&header, image, sizeof header);
                pl_header_seal(&header);
                memcpy(image, &header, sizeof header);
        }
        if (flags & SEAL_RECORDS)
                seal_records(layout);
        if (flags & SEAL_BLOCKS) {
                seal_block(PL_JOURNAL_AT_STATE, sizeof(struct pl_journal_state));
                seal_block(layout->host_offset, sizeof(struct pl_journal_host));
                seal_block(layout->ranking_offset, sizeof(struct pl_journal_ranking));
                for (uint64_t i = 0; i < layout->row_count; i++)
                        seal_block(layout->rows_offset + i * PL_JOURNAL_ROW_BYTES,
                                   sizeof(struct pl_journal_row));
        }
}

/* What the next writer makes of it: refused and untouched, or in order. */
static void recover(const struct pl_journal_layout *layout)
{
        uint64_t next[PL_JOURNAL_RINGS], cleared = 0;

        for (enum pl_journal_ring ring = 0; ring < PL_JOURNAL_RINGS; ring++) {
                int r = pl_ring_recover((_Atomic uint64_t *) (void *) image, layout, ring,
                                        &next[ring], &cleared);

                pl_assert(r == 0 || r == PL_JOURNAL_E_CORRUPT);
                pl_assert(r != 0 || next[ring] > 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_journal_reader reader;
        struct pl_journal_layout layout;

        if (size == 0)
                return 0;
        if (good[0] == 0)
                look_make(good, sizeof good);
        pl_assert(pl_journal_layout(sizeof image, &layout) == 0);
        memcpy(image, good, sizeof image);
        change(data + 1, size - 1);
        seal(data[0], &layout);
        look_forged = data[0] & SEAL_RECORDS;
        if (pl_journal_reader_init(image, sizeof image, &reader) == 0) {
                look_at_all(&reader);
                recover(&layout);
                look_at_all(&reader);
        }
        return 0;
}
