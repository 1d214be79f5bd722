/* SPDX-License-Identifier: Apache-2.0 */

/* What we set is said before it is set. A process that ends in between leaves a limit with the value before, which is ours if it
 * was in force when the new one was said. So both are kept, and neither is taken for another hand's. The same goes for what
 * the unit's properties carry: systemd may write it again at any time.
 */

#include <string.h>

#include "originals_internal.h"
#include "plimsoll/base/assert.h"

const struct pl_original_cgroup *pl_originals_find_cgroup(const struct pl_originals *originals,
                                                          uint64_t id)
{
        uint32_t index;

        pl_assert(originals);
        pl_assert(id != 0);

        if (pl_table_find(&originals->cgroups.index, id, &index) != 0)
                return NULL;
        return pl_pool_at(&originals->cgroups.pool, index);
}

uint32_t pl_originals_next_cgroup(const struct pl_originals *originals, uint32_t index)
{
        return pl_pool_next(&originals->cgroups.pool, index);
}

const struct pl_original_cgroup *pl_originals_cgroup_at(const struct pl_originals *originals,
                                                        uint32_t index)
{
        return pl_pool_at(&originals->cgroups.pool, index);
}

static bool is_value(const struct pl_limits *limits, enum pl_limit limit, uint64_t value)
{
        return pl_limits_has(limits, limit) && limits->values[limit] == value;
}

bool pl_original_limit_is_ours(const struct pl_original_cgroup *cgroup, enum pl_limit limit,
                               uint64_t actual)
{
        pl_assert(cgroup);
        pl_assert(limit < PL_LIMIT_COUNT);

        return is_value(&cgroup->set, limit, actual) || is_value(&cgroup->prior, limit, actual) ||
               is_value(&cgroup->kept, limit, actual);
}

/* A record to be changed: of what is noted, or of nothing yet. */
static bool start_cgroup(const struct pl_originals *originals, uint64_t id,
                         struct pl_originals_record *ret_record)
{
        const struct pl_original_cgroup *noted = pl_originals_find_cgroup(originals, id);

        memset(ret_record, 0, sizeof *ret_record);
        ret_record->kind = PL_ORIGINALS_CGROUP;
        if (noted)
                memcpy(&ret_record->cgroup, noted, sizeof *noted);
        ret_record->cgroup.id = id;
        return noted != NULL;
}

/* Where nothing is left of it, it goes. */
static int finish_cgroup(struct pl_originals *originals, struct pl_originals_record *record)
{
        const uint32_t known = record->cgroup.before.set | record->cgroup.kept.set;

        record->cgroup.foreign &= known;
        if (known != 0)
                return pl_originals_commit(originals, record);
        return pl_originals_drop_cgroup(originals, record->cgroup.id);
}

/* The end of a text that is too long, and no more than there is before a NUL. */
static void set_end(char *field, size_t size, struct pl_span text)
{
        text = pl_span_until(&text, '\0');
        if (text.length >= size)
                text = pl_span_from(text, text.length - size + 1);
        memset(field, 0, size);
        if (text.length > 0)
                memcpy(field, text.data, text.length);
}

int pl_originals_note_limits(struct pl_originals *originals, const struct pl_original_name *name,
                             const struct pl_limits *before)
{
        struct pl_originals_record record;
        struct pl_original_cgroup *cgroup = &record.cgroup;
        bool noted, changed = false;

        pl_assert(name);
        pl_assert(before);
        pl_assert(before->set != 0 && before->set < UINT32_C(1) << PL_LIMIT_COUNT);
        pl_assert(name->unit.length < sizeof cgroup->unit);

        noted = start_cgroup(originals, name->id, &record);
        if (!noted)
                set_end(cgroup->path, sizeof cgroup->path, name->path);
        if (cgroup->unit[0] == '\0' && name->unit.length > 0) {
                set_end(cgroup->unit, sizeof cgroup->unit, name->unit);
                changed = cgroup->unit[0] != '\0';
        }
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(before, i) && !pl_limits_has(&cgroup->before, i)) {
                        pl_limits_put(&cgroup->before, i, before->values[i]);
                        changed = true;
                }
        return changed ? pl_originals_commit(originals, &record) : PL_ORIGINALS_E_EXISTS;
}

/* What is in force by our own hand stays beside what is about to be, until that has come to be. */
static bool set_limit(struct pl_original_cgroup *cgroup, enum pl_limit limit, uint64_t value,
                      const struct pl_limits *actual)
{
        if (is_value(&cgroup->set, limit, value))
                return false;
        if (pl_limits_has(actual, limit) && is_value(&cgroup->set, limit, actual->values[limit]))
                pl_limits_put(&cgroup->prior, limit, actual->values[limit]);
        pl_limits_put(&cgroup->set, limit, value);
        return true;
}

int pl_originals_set_limits(struct pl_originals *originals, uint64_t id,
                            const struct pl_limits *set, const struct pl_limits *actual)
{
        struct pl_originals_record record;
        bool changed = false;

        pl_assert(set);
        pl_assert(actual);

        if (!start_cgroup(originals, id, &record) || (set->set & ~record.cgroup.before.set) != 0)
                return PL_ORIGINALS_E_ABSENT;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(set, i))
                        changed |= set_limit(&record.cgroup, i, set->values[i], actual);
        return changed ? pl_originals_commit(originals, &record) : 0;
}

int pl_originals_note_foreign(struct pl_originals *originals, uint64_t id, uint32_t limits)
{
        struct pl_originals_record record;

        pl_assert(originals);

        if (!start_cgroup(originals, id, &record) ||
            (limits & ~(record.cgroup.before.set | record.cgroup.kept.set)) != 0)
                return PL_ORIGINALS_E_ABSENT;
        if ((limits & ~record.cgroup.foreign) == 0 && record.cgroup.asked)
                return 0;
        record.cgroup.foreign |= limits;
        record.cgroup.asked = 1;
        return pl_originals_commit(originals, &record);
}

static bool limits_equal(const struct pl_limits *a, const struct pl_limits *b)
{
        if (a->set != b->set)
                return false;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(a, i) && a->values[i] != b->values[i])
                        return false;
        return true;
}

int pl_originals_keep_limits(struct pl_originals *originals, uint64_t id,
                             const struct pl_limits *kept)
{
        struct pl_originals_record record;

        pl_assert(kept);
        pl_assert(kept->set < UINT32_C(1) << PL_LIMIT_COUNT);

        if (!start_cgroup(originals, id, &record))
                return PL_ORIGINALS_E_ABSENT;
        if (limits_equal(&record.cgroup.kept, kept) && (kept->set != 0 || !record.cgroup.asked))
                return 0;
        if (kept->set == 0)
                record.cgroup.foreign = record.cgroup.asked = 0;
        memset(&record.cgroup.kept, 0, sizeof record.cgroup.kept);
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(kept, i))
                        pl_limits_put(&record.cgroup.kept, i, kept->values[i]);
        return finish_cgroup(originals, &record);
}

static void remove_limits(struct pl_limits *limits, uint32_t bits)
{
        limits->set &= ~bits;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (!pl_limits_has(limits, i))
                        limits->values[i] = 0;
}

int pl_originals_drop_limits(struct pl_originals *originals, uint64_t id, uint32_t limits)
{
        struct pl_originals_record record;

        if (!start_cgroup(originals, id, &record) || (record.cgroup.before.set & limits) == 0)
                return PL_ORIGINALS_E_ABSENT;
        remove_limits(&record.cgroup.before, limits);
        remove_limits(&record.cgroup.set, limits);
        remove_limits(&record.cgroup.prior, limits);
        return finish_cgroup(originals, &record);
}

int pl_originals_drop_cgroup(struct pl_originals *originals, uint64_t id)
{
        struct pl_originals_record record;

        pl_assert(originals);
        pl_assert(id != 0);

        memset(&record, 0, sizeof record);
        record.kind = PL_ORIGINALS_CGROUP_GONE;
        record.value.cgroup_id = id;
        return pl_originals_forget(originals, &record);
}
