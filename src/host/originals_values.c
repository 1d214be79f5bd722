/* SPDX-License-Identifier: Apache-2.0 */

/* A pid has one process at a time, so that there is one place for each: who is noted under a pid that was noted with another
 * start takes the place of one that is gone.
 */

#include <string.h>

#include "originals_internal.h"
#include "plimsoll/base/assert.h"

/* Whoever `value` says, as a record of this kind. */
static void start_value(const struct pl_original_value *value, enum pl_originals_record_kind kind,
                        struct pl_originals_record *ret_record)
{
        pl_assert(value->kind > 0 && value->kind < PL_ORIGINAL_KINDS);
        pl_assert(value->kind != PL_ORIGINAL_PROCESS || value->number != 0);

        memset(ret_record, 0, sizeof *ret_record);
        ret_record->kind = kind;
        ret_record->value = *value;
        ret_record->value.have = 0;
        ret_record->value.set = ret_record->value.prior = 0;
}

const struct pl_original_value *pl_originals_find_value(const struct pl_originals *originals,
                                                        const struct pl_original_value *value)
{
        const struct pl_originals_shelf *shelf = &originals->values;
        const struct pl_original_value *noted;
        uint32_t index;

        pl_assert(value);

        if (pl_table_find(&shelf->index, pl_originals_value_key(value), &index) != 0)
                return NULL;
        noted = pl_pool_at(&shelf->pool, index);
        return noted->start_ticks == value->start_ticks ? noted : NULL;
}

uint32_t pl_originals_next_value(const struct pl_originals *originals, uint32_t index)
{
        return pl_pool_next(&originals->values.pool, index);
}

const struct pl_original_value *pl_originals_value_at(const struct pl_originals *originals,
                                                      uint32_t index)
{
        return pl_pool_at(&originals->values.pool, index);
}

bool pl_original_value_is_ours(const struct pl_original_value *value, int64_t actual)
{
        pl_assert(value);

        return (value->have & PL_ORIGINAL_HAS_SET && value->set == actual) ||
               (value->have & PL_ORIGINAL_HAS_PRIOR && value->prior == actual);
}

int pl_originals_note_value(struct pl_originals *originals, const struct pl_original_value *value)
{
        struct pl_originals_record record;

        pl_assert(originals);
        pl_assert(value);

        start_value(value, PL_ORIGINALS_VALUE, &record);
        return pl_originals_find_value(originals, value) ? PL_ORIGINALS_E_EXISTS
                                                         : pl_originals_commit(originals, &record);
}

int pl_originals_set_value(struct pl_originals *originals, const struct pl_original_value *value,
                           int64_t set, int64_t actual)
{
        const struct pl_original_value *noted = pl_originals_find_value(originals, value);
        struct pl_originals_record record;

        if (!noted)
                return PL_ORIGINALS_E_ABSENT;
        if (noted->have & PL_ORIGINAL_HAS_SET && noted->set == set)
                return 0;
        start_value(noted, PL_ORIGINALS_VALUE, &record);
        record.value = *noted;
        if (noted->have & PL_ORIGINAL_HAS_SET && noted->set == actual) {
                record.value.prior = actual;
                record.value.have |= PL_ORIGINAL_HAS_PRIOR;
        }
        record.value.set = set;
        record.value.have |= PL_ORIGINAL_HAS_SET;
        return pl_originals_commit(originals, &record);
}

int pl_originals_drop_value(struct pl_originals *originals, const struct pl_original_value *value)
{
        const struct pl_original_value *noted = pl_originals_find_value(originals, value);
        struct pl_originals_record record;

        if (!noted)
                return PL_ORIGINALS_E_ABSENT;
        start_value(noted, PL_ORIGINALS_VALUE_GONE, &record);
        return pl_originals_forget(originals, &record);
}
