/* SPDX-License-Identifier: Apache-2.0 */

/* A record that is spoilt is looked into for the next good one, at every whole unit, and there lie texts that containers
 * chose. Whatever these say, they are no record: a kind has bytes of 0, which no name in a file system has.
 */

#include <string.h>

#include "originals_internal.h"
#include "plimsoll/base/assert.h"

enum {
        HEADER_WORDS = offsetof(struct pl_originals_header, check) / sizeof(uint64_t),
        ALL_LIMITS = (1 << PL_LIMIT_COUNT) - 1,
        ALL_HAVE = PL_ORIGINAL_HAS_SET | PL_ORIGINAL_HAS_PRIOR,
};

/* Any number will do: it keeps zeros from being right. */
static const uint64_t header_seed = UINT64_C(0x6F726967696E616C);

/* Each step can be undone, so that two runs of words which differ in one of them never have the same check. */
static uint64_t check(uint64_t seed, const void *words, size_t count)
{
        const unsigned char *at = words;

        for (size_t i = 0; i < count; i++) {
                uint64_t word;

                memcpy(&word, at + i * sizeof word, sizeof word);
                seed = (seed ^ word) * UINT64_C(0x9E3779B97F4A7C15);
                seed ^= seed >> 32;
        }
        return seed;
}

uint64_t pl_originals_seed(const uint8_t boot_id[16])
{
        pl_assert(boot_id);

        return check(header_seed, boot_id, 2);
}

void pl_originals_seal_header(struct pl_originals_header *header)
{
        pl_assert(header);

        header->check = check(header_seed, header, HEADER_WORDS);
}

bool pl_originals_header_is_good(const struct pl_originals_header *header)
{
        return memcmp(header->magic, PL_ORIGINALS_MAGIC, sizeof header->magic) == 0 &&
               header->check == check(header_seed, header, HEADER_WORDS);
}

size_t pl_originals_record_bytes(uint32_t kind)
{
        switch (kind) {
        case PL_ORIGINALS_CGROUP:
                return sizeof(struct pl_originals_record);
        case PL_ORIGINALS_VALUE:
        case PL_ORIGINALS_CGROUP_GONE:
        case PL_ORIGINALS_VALUE_GONE:
                return PL_ORIGINALS_UNIT_BYTES;
        default:
                return 0;
        }
}

static uint64_t check_of(const struct pl_originals_record *record, uint64_t seed)
{
        const size_t bytes = pl_originals_record_bytes(record->kind);

        pl_assert(bytes >= PL_ORIGINALS_UNIT_BYTES && bytes % sizeof(uint64_t) == 0);

        return check(seed, (const char *) record + sizeof record->check,
                     bytes / sizeof(uint64_t) - 1);
}

void pl_originals_seal(struct pl_originals_record *record, uint64_t seed)
{
        pl_assert(record);

        record->check = check_of(record, seed);
}

static bool cgroup_can_be(const struct pl_original_cgroup *cgroup)
{
        const uint32_t before = cgroup->before.set;

        return cgroup->id != 0 && ((before | cgroup->kept.set) & ~(uint32_t) ALL_LIMITS) == 0 &&
               (cgroup->set.set & ~before) == 0 && (cgroup->prior.set & ~cgroup->set.set) == 0 &&
               (before | cgroup->kept.set) != 0 &&
               (cgroup->foreign & ~(before | cgroup->kept.set)) == 0 && cgroup->asked <= 1 &&
               (cgroup->foreign == 0 || cgroup->asked) &&
               memchr(cgroup->unit, 0, sizeof cgroup->unit) != NULL &&
               memchr(cgroup->path, 0, sizeof cgroup->path) != NULL;
}

static bool value_can_be(const struct pl_original_value *value)
{
        return value->kind > 0 && value->kind < PL_ORIGINAL_KINDS &&
               (value->have & ~ALL_HAVE) == 0 && value->have != PL_ORIGINAL_HAS_PRIOR &&
               (value->kind == PL_ORIGINAL_SETTING || value->number != 0);
}

bool pl_originals_is_good(const struct pl_originals_record *record, size_t bytes, uint64_t seed)
{
        size_t own_bytes;

        if (bytes < PL_ORIGINALS_UNIT_BYTES)
                return false;
        own_bytes = pl_originals_record_bytes(record->kind);
        if (own_bytes == 0 || own_bytes > bytes || record->check != check_of(record, seed))
                return false;
        if (record->kind == PL_ORIGINALS_CGROUP)
                return cgroup_can_be(&record->cgroup);
        if (record->kind == PL_ORIGINALS_CGROUP_GONE)
                return record->value.cgroup_id != 0;
        return value_can_be(&record->value);
}
