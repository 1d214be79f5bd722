/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* pack - a whole of many items in as few records as hold it. Internal to journal.
 *
 * An item never goes over the end of a record, so each record can be read without the one before it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/journal/format.h"
#include "plimsoll/journal/writer.h"
#include "ring.h"

enum {
        /* An update: its id and a sample. */
        PL_PACK_WORDS_MAX = 1 + sizeof(struct pl_cgroup_sample) / sizeof(uint64_t),
        /* Of an item of so many words, all of them at their largest. */
        PL_PACK_ITEM_MAX = 2 + (PL_PACK_WORDS_MAX + 1) / 2 + PL_PACK_WORDS_MAX * 8,
};

_Static_assert((int) PL_PACK_ITEM_MAX <= (int) PL_JOURNAL_PAYLOAD_BYTES,
               "a sample has grown too long for a record: give it two items");

/* The words of an item, of which there are at most PL_PACK_WORDS_MAX; how many bytes they take. The room behind those is
 * written over. Pure. */
struct pl_packed {
        uint8_t bytes[PL_PACK_ITEM_MAX + sizeof(uint64_t)];
};
size_t pl_pack_words(struct pl_packed *packed, const uint64_t *words, size_t count);

/* The same back. 0 unless exactly `count` words stand there. Pure. */
size_t pl_unpack_words(const uint8_t *bytes, size_t size, uint64_t *ret_words, size_t count);

/* ---- writing ---- */

struct pl_packer {
        struct pl_journal_writer *writer; /* NULL: it is only counted */
        enum pl_journal_ring ring;
        uint32_t parts_max;
        uint64_t first; /* sequence number of part 0 */
        bool cut;
        struct pl_journal_record record; /* the part being filled */
};

/* How many records the whole will take that was packed so, where the writer was NULL: nothing is written then. */
uint64_t pl_pack_count(const struct pl_packer *packer);

void pl_pack_begin(struct pl_packer *packer, struct pl_journal_writer *writer,
                   enum pl_journal_ring ring, uint16_t type, uint64_t at_usec);
/* A struct of words, after an id unless that is NULL. */
void pl_pack_struct(struct pl_packer *packer, enum pl_journal_item kind, const uint64_t *id,
                    const void *structure, size_t size);
/* Bytes that are no numbers: a name. */
void pl_pack_name(struct pl_packer *packer, const char *name, size_t length);
/* Shows it. TOO_LONG if it was cut. */
int pl_pack_end(struct pl_packer *packer);

/* ---- reading ---- */

struct pl_unpacker {
        struct pl_ring ring;
        uint64_t sequence; /* of the record */
        size_t offset;     /* of the next item in it */
        struct pl_journal_record record;
};

/* From a record that was read already and is part 0. */
void pl_unpack_begin(struct pl_unpacker *unpacker, const struct pl_ring *ring,
                     const struct pl_journal_record *first);

/* The kind of the item that comes next, without passing it; reads the next part when this one is at its end. END behind
 * the last; OVERTAKEN; TORN: the next part is not there, the whole was cut, or the item is of no known kind. */
int pl_unpack_peek(struct pl_unpacker *unpacker, enum pl_journal_item *ret_kind);

/* The item that comes next, which must be of this kind and size. As above. */
int pl_unpack_struct(struct pl_unpacker *unpacker, enum pl_journal_item kind, uint64_t *ret_id,
                     void *structure, size_t size);
int pl_unpack_name(struct pl_unpacker *unpacker, char *name, size_t size);
