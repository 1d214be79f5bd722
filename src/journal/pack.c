/* SPDX-License-Identifier: Apache-2.0 */

/* Most figures of a sample are small or 0, and a step has hundreds of them. With half a byte for the length of each number
 * and no more bytes than it has, a sample takes a third of its size, so that the ring remembers three times as long; and it
 * costs a shift and a copy a number, not a loop over its bytes. "No limit", all bits set, is common enough to have a length
 * of its own.
 */

#include "pack.h"

#include <endian.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum {
        ALL_BITS = 15, /* instead of a length */
        KIND_BYTES = 1,
        HEADING_BYTES = 1, /* behind the kind: how many words, or how many bytes of a name */
};

static unsigned length_of(uint64_t word)
{
        if (word == UINT64_MAX)
                return ALL_BITS;
        return word == 0 ? 0 : (unsigned) (71 - __builtin_clzll(word)) / 8;
}

/* All eight bytes, wherever they lie: one instruction, while a copy of as many as count would be a call. */
struct anywhere {
        uint64_t word;
} __attribute__((packed, may_alias));

size_t pl_pack_words(struct pl_packed *packed, const uint64_t *words, size_t count)
{
        uint8_t *lengths = packed->bytes + HEADING_BYTES;
        size_t at = HEADING_BYTES + (count + 1) / 2;

        pl_assert(count > 0 && count <= PL_PACK_WORDS_MAX);

        packed->bytes[0] = (uint8_t) count;
        for (size_t i = 0; i < count; i++) {
                unsigned length = length_of(words[i]);

                if (i % 2 == 0)
                        lengths[i / 2] = (uint8_t) length;
                else
                        lengths[i / 2] = (uint8_t) (lengths[i / 2] | length << 4);
                /* The next number begins over the bytes of this one that do not count. */
                ((struct anywhere *) (void *) (packed->bytes + at))->word = htole64(words[i]);
                at += length == ALL_BITS ? 0 : length;
        }
        return at;
}

size_t pl_unpack_words(const uint8_t *bytes, size_t size, uint64_t *ret_words, size_t count)
{
        size_t at = HEADING_BYTES + (count + 1) / 2;

        pl_assert(count > 0 && count <= PL_PACK_WORDS_MAX);

        if (size < at || bytes[0] != count)
                return 0;
        for (size_t i = 0; i < count; i++) {
                unsigned pair = bytes[HEADING_BYTES + i / 2];
                unsigned length = pair >> i % 2 * 4 & 15U;
                uint64_t low_first = length == ALL_BITS ? UINT64_MAX : 0;

                if (length != ALL_BITS) {
                        if (length > sizeof low_first || length > size - at)
                                return 0;
                        memcpy(&low_first, bytes + at, length);
                        at += length;
                }
                ret_words[i] = le64toh(low_first);
        }
        return at;
}

void pl_pack_begin(struct pl_packer *packer, struct pl_journal_writer *writer,
                   enum pl_journal_ring ring, uint16_t type, uint64_t at_usec)
{
        packer->writer = writer;
        packer->ring = ring;
        packer->parts_max = PL_JOURNAL_PARTS_MAX;
        packer->first = 0;
        if (writer) {
                packer->parts_max = (uint32_t) PL_MIN(writer->layout.ring_capacity[ring] / 2,
                                                      UINT64_C(1) * PL_JOURNAL_PARTS_MAX);
                packer->first = writer->next[ring];
        }
        packer->cut = false;
        packer->record = (struct pl_journal_record){ .at_usec = at_usec, .type = type };
        pl_assert(packer->parts_max > 0);
}

/* Writes the part that is full, and begins the next. */
static void turn_page(struct pl_packer *packer, uint16_t flags)
{
        struct pl_journal_writer *writer = packer->writer;
        struct pl_journal_record *record = &packer->record;

        record->flags = flags;
        if (writer)
                pl_ring_write(writer->words, &writer->layout, packer->ring,
                              packer->first + record->part, record);
        record->part++;
        record->length = 0;
        memset(record->payload, 0, sizeof record->payload);
}

/* Makes room for a next item, if there may be one more record. */
static bool makes_room(struct pl_packer *packer)
{
        packer->cut = packer->record.part + UINT32_C(1) >= packer->parts_max;
        if (!packer->cut)
                turn_page(packer, 0);
        return !packer->cut;
}

/* Behind what is in the part already, or in the next one. */
static void add(struct pl_packer *packer, enum pl_journal_item kind, const void *bytes, size_t size)
{
        struct pl_journal_record *record = &packer->record;

        pl_assert(KIND_BYTES + size <= PL_JOURNAL_PAYLOAD_BYTES);

        if (packer->cut)
                return;
        if (record->length + KIND_BYTES + size > PL_JOURNAL_PAYLOAD_BYTES && !makes_room(packer))
                return;
        record->payload[record->length] = (uint8_t) kind;
        memcpy(record->payload + record->length + KIND_BYTES, bytes, size);
        record->length = (uint16_t) (record->length + KIND_BYTES + size);
}

void pl_pack_struct(struct pl_packer *packer, enum pl_journal_item kind, const uint64_t *id,
                    const void *structure, size_t size)
{
        uint64_t words[PL_PACK_WORDS_MAX];
        const size_t before = id ? 1 : 0;
        struct pl_packed packed;
        size_t taken;

        pl_assert(size % sizeof *words == 0);
        pl_assert(before * sizeof *words + size <= sizeof words);

        words[0] = id ? *id : 0;
        memcpy(words + before, structure, size);
        taken = pl_pack_words(&packed, words, before + size / sizeof *words);
        add(packer, kind, packed.bytes, taken);
}

void pl_pack_name(struct pl_packer *packer, const char *name, size_t length)
{
        uint8_t bytes[HEADING_BYTES + UINT8_MAX];

        pl_assert(length <= UINT8_MAX);

        bytes[0] = (uint8_t) length;
        memcpy(bytes + HEADING_BYTES, name, length);
        add(packer, PL_JOURNAL_ITEM_NAME, bytes, HEADING_BYTES + length);
}

uint64_t pl_pack_count(const struct pl_packer *packer)
{
        return packer->cut ? UINT64_MAX : UINT64_C(1) + packer->record.part;
}

int pl_pack_end(struct pl_packer *packer)
{
        struct pl_journal_writer *writer = packer->writer;

        turn_page(packer, packer->cut ? PL_JOURNAL_LAST | PL_JOURNAL_CUT : PL_JOURNAL_LAST);
        writer->next[packer->ring] = packer->first + packer->record.part;
        pl_ring_publish(writer->words, packer->ring, writer->next[packer->ring] - 1);
        return packer->cut ? PL_JOURNAL_E_TOO_LONG : 0;
}

void pl_unpack_begin(struct pl_unpacker *unpacker, const struct pl_ring *ring,
                     const struct pl_journal_record *first)
{
        pl_assert(first->part == 0);

        unpacker->ring = *ring;
        unpacker->sequence = first->sequence;
        unpacker->offset = 0;
        unpacker->record = *first;
}

/* A part that follows is of the same whole: one number more in both of its countings, and the same act. */
static int read_next_part(struct pl_unpacker *unpacker)
{
        const uint16_t part = unpacker->record.part, type = unpacker->record.type;
        int r = pl_ring_read(&unpacker->ring, unpacker->sequence + 1, &unpacker->record);

        /* A whole is shown at once, so that one without its end is spoilt and not yet to come. */
        if (r == PL_JOURNAL_E_END)
                return PL_JOURNAL_E_TORN;
        if (r != 0)
                return r;
        if (unpacker->record.part != part + 1 || unpacker->record.type != type)
                return PL_JOURNAL_E_TORN;
        unpacker->sequence++;
        unpacker->offset = 0;
        return 0;
}

int pl_unpack_peek(struct pl_unpacker *unpacker, enum pl_journal_item *ret_kind)
{
        const struct pl_journal_record *record = &unpacker->record;

        if (unpacker->offset >= record->length) {
                int r;

                if (record->flags & PL_JOURNAL_CUT)
                        return PL_JOURNAL_E_TORN;
                if (record->flags & PL_JOURNAL_LAST)
                        return PL_JOURNAL_E_END;
                r = read_next_part(unpacker);
                if (r != 0)
                        return r;
                /* No writer leaves a part empty; else a file of them would be a long way for nothing. */
                if (record->length == 0)
                        return PL_JOURNAL_E_TORN;
        }
        if (record->payload[unpacker->offset] == 0 ||
            record->payload[unpacker->offset] >= PL_JOURNAL_ITEMS)
                return PL_JOURNAL_E_TORN;
        *ret_kind = record->payload[unpacker->offset];
        return 0;
}

/* For an item that has to be there: the end is no place for it. */
static int expect(struct pl_unpacker *unpacker, enum pl_journal_item kind)
{
        enum pl_journal_item found;
        int r = pl_unpack_peek(unpacker, &found);

        if (r == PL_JOURNAL_E_END)
                return PL_JOURNAL_E_TORN;
        if (r != 0)
                return r;
        return found == kind ? 0 : PL_JOURNAL_E_TORN;
}

int pl_unpack_struct(struct pl_unpacker *unpacker, enum pl_journal_item kind, uint64_t *ret_id,
                     void *structure, size_t size)
{
        uint64_t words[PL_PACK_WORDS_MAX];
        const size_t before = ret_id ? 1 : 0;
        size_t at, taken;
        int r = expect(unpacker, kind);

        pl_assert(before * sizeof *words + size <= sizeof words);

        if (r != 0)
                return r;
        at = unpacker->offset + KIND_BYTES;
        taken = pl_unpack_words(unpacker->record.payload + at, unpacker->record.length - at, words,
                                before + size / sizeof *words);
        if (taken == 0)
                return PL_JOURNAL_E_TORN;
        unpacker->offset = at + taken;
        if (ret_id)
                *ret_id = words[0];
        memcpy(structure, words + before, size);
        return 0;
}

int pl_unpack_name(struct pl_unpacker *unpacker, char *name, size_t size)
{
        const struct pl_journal_record *record = &unpacker->record;
        size_t at, length;
        int r = expect(unpacker, PL_JOURNAL_ITEM_NAME);

        if (r != 0)
                return r;
        at = unpacker->offset + KIND_BYTES;
        length = at < record->length ? record->payload[at] : SIZE_MAX;
        if (length >= size || length > record->length - at - HEADING_BYTES)
                return PL_JOURNAL_E_TORN;
        memset(name, 0, size);
        memcpy(name, record->payload + at + HEADING_BYTES, length);
        unpacker->offset = at + HEADING_BYTES + length;
        return 0;
}
