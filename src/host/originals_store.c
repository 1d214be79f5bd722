/* SPDX-License-Identifier: Apache-2.0 */

/* Pools have room for all that there may be, in memory that the kernel gives only where something is put; the index, whose
 * slots lie anywhere, grows with what is in it.
 */

#include <sys/random.h>

#include "census_internal.h"
#include "originals_internal.h"
#include "plimsoll/base/assert.h"

enum {
        /* Keys at first: a small host's, in 4 KiB. */
        INDEX_START = 128,
        /* Numbers of settings lie above all pids. */
        SETTING_SHIFT = 32,
};

static int shelf_init(struct pl_originals_shelf *shelf, uint32_t capacity, size_t size,
                      uint64_t seed)
{
        int r = pl_pool_init(&shelf->pool, capacity, size);

        return r != 0 ? r : pl_table_init(&shelf->index, INDEX_START, seed);
}

int pl_originals_store_init(struct pl_originals *originals)
{
        uint64_t seed = 0;
        int r;

        pl_assert(originals);

        /* Without randomness, early at boot, nobody is there yet who could choose ids. */
        if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
                seed = 0;
        r = shelf_init(&originals->cgroups, PL_ORIGINALS_CGROUPS_MAX,
                       sizeof(struct pl_original_cgroup), seed);
        if (r == 0)
                r = shelf_init(&originals->values, PL_ORIGINALS_VALUES_MAX,
                               sizeof(struct pl_original_value), seed);
        return r;
}

void pl_originals_store_done(struct pl_originals *originals)
{
        pl_assert(originals);

        pl_pool_done(&originals->cgroups.pool);
        pl_table_done(&originals->cgroups.index);
        pl_pool_done(&originals->values.pool);
        pl_table_done(&originals->values.index);
}

uint64_t pl_originals_value_key(const struct pl_original_value *value)
{
        return value->number | (uint64_t) (value->kind == PL_ORIGINAL_SETTING) << SETTING_SHIFT;
}

struct pl_originals_shelf *pl_originals_shelf_of(struct pl_originals *originals,
                                                 const struct pl_originals_record *record,
                                                 uint64_t *ret_key)
{
        switch (record->kind) {
        case PL_ORIGINALS_CGROUP:
                *ret_key = record->cgroup.id;
                return &originals->cgroups;
        case PL_ORIGINALS_CGROUP_GONE:
                *ret_key = record->value.cgroup_id;
                return &originals->cgroups;
        case PL_ORIGINALS_VALUE:
        case PL_ORIGINALS_VALUE_GONE:
                *ret_key = pl_originals_value_key(&record->value);
                return &originals->values;
        default:
                pl_unreachable();
        }
}

int pl_originals_reserve(struct pl_originals_shelf *shelf, uint64_t key, uint32_t *ret_index,
                         bool *ret_new)
{
        int r;

        *ret_new = pl_table_find(&shelf->index, key, ret_index) != 0;
        if (!*ret_new)
                return 0;
        if (shelf->pool.count == shelf->pool.capacity)
                return PL_ORIGINALS_E_FULL;
        r = pl_table_reserve(&shelf->index, shelf->index.count + 1);
        if (r != 0)
                return r;
        pl_assert(pl_pool_take(&shelf->pool, ret_index) == 0);
        pl_assert(pl_table_add(&shelf->index, key, *ret_index) == 0);
        return 0;
}

void pl_originals_release(struct pl_originals_shelf *shelf, uint64_t key, uint32_t index)
{
        pl_assert(pl_table_remove(&shelf->index, key) == 0);
        pl_pool_give_back(&shelf->pool, index);
}
