/* SPDX-License-Identifier: Apache-2.0 */

/* What systemd keeps on our word lies in files that the daemon's sandbox cannot remove: plimsoll-tidy.service does, for all of a
 * look at once, and lets systemd read its units anew. Until that is over the originals stay noted, for a reload makes systemd
 * apply its units (252), and what it writes then is held against them once more. A property that had a drop-in of somebody
 * else's before ours is not removed but set to what it was.
 *
 * A service that ends leaves its drop-ins for its next start, and its limits are then ours from the beginning: what the new
 * cgroup has is no original. So what was noted of the old one is kept as long as the drop-ins are there, and taken over by
 * the next cgroup of that unit.
 */

#include <string.h>

#include "enforce_internal.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/dropins.h"
#include "property.h"
#include "tidy.h"

static const char tidy_unit[] = "plimsoll-tidy.service";

enum {
        /* Departed units that are looked at after each scan, two directories each. */
        DEPARTED_LOOKS = 16,
};

static bool is_ours(const struct pl_original_cgroup *cgroup, enum pl_limit limit, uint64_t value)
{
        return (pl_limits_has(&cgroup->kept, limit) && cgroup->kept.values[limit] == value) ||
               pl_original_limit_is_ours(cgroup, limit, value);
}

/* ---- the next cgroup of a unit ---- */

static uint32_t find_departed(const struct pl_enforcer *enforcer, const char *unit)
{
        for (uint32_t i = 0; i < enforcer->departed_count; i++) {
                const struct pl_original_cgroup *cgroup = pl_originals_find_cgroup(
                        &enforcer->originals, enforcer->departed[i]);

                if (cgroup && strcmp(cgroup->unit, unit) == 0)
                        return i;
        }
        return enforcer->departed_count;
}

bool pl_enforce_has_departed(const struct pl_enforcer *enforcer, const char *unit)
{
        return find_departed(enforcer, unit) < enforcer->departed_count;
}

static void forget_departed(struct pl_enforcer *enforcer, uint32_t at)
{
        (void) pl_originals_drop_cgroup(&enforcer->originals, enforcer->departed[at]);
        enforcer->departed[at] = enforcer->departed[--enforcer->departed_count];
}

void pl_enforce_inherit(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                        const struct pl_limits *actual)
{
        const char *unit = pl_census_at(enforcer->options.census, enforced->index)->name;
        uint32_t at = find_departed(enforcer, unit);
        struct pl_original_name name = { .id = enforced->target_id, .unit = pl_span_of(unit) };
        struct pl_limits before = {}, set = {};
        struct pl_original_cgroup old;
        char buffer[PL_CGROUP_PATH_MAX];
        struct pl_text path;

        if (at == enforcer->departed_count)
                return;
        old = *pl_enforce_original(enforcer, enforcer->departed[at]);
        pl_text_init(&path, buffer, sizeof buffer);
        pl_census_path(enforcer->options.census, enforced->index, &path);
        name.path = pl_text_span(&path);
        /* Also what is not written yet: systemd makes the cgroup first. */
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&old.before, i) && pl_limits_has(actual, i) &&
                    (pl_enforce_may_be_kept(&old, i) || is_ours(&old, i, actual->values[i]))) {
                        pl_limits_put(&before, i, old.before.values[i]);
                        pl_limits_put(&set, i,
                                      pl_limits_has(&old.kept, i) ? old.kept.values[i]
                                                                  : actual->values[i]);
                }
        if (before.set != 0 && pl_originals_note_limits(&enforcer->originals, &name, &before) < 0)
                return;
        if (before.set != 0) {
                (void) pl_originals_set_limits(&enforcer->originals, name.id, &set, actual);
                (void) pl_originals_note_foreign(&enforcer->originals, name.id, old.foreign);
                if (old.kept.set != 0)
                        (void) pl_originals_keep_limits(&enforcer->originals, name.id, &old.kept);
        }
        forget_departed(enforcer, at);
}

/* Before our first call whatever is there is somebody else's; later what says something else than we do. */
static uint32_t find_foreign(const struct pl_enforcer *enforcer,
                             const struct pl_original_cgroup *cgroup, uint32_t properties)
{
        uint32_t found = 0, foreign = cgroup->foreign;
        uint64_t value;

        if (enforcer->root_fd < 0 || pl_dropins_find(enforcer->root_fd, cgroup->unit, &found) != 0)
                return foreign;
        found &= properties & ~cgroup->kept.set;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (found >> i & 1 &&
                    (!cgroup->asked ||
                     (pl_dropins_read(enforcer->root_fd, cgroup->unit, i, &value) == 0 &&
                      !pl_original_limit_is_ours(cgroup, i, value))))
                        foreign |= UINT32_C(1) << i;
        return foreign;
}

int pl_enforce_note_foreign(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                            uint32_t properties)
{
        const struct pl_original_cgroup *cgroup = pl_enforce_original(enforcer,
                                                                      enforced->target_id);

        if (!cgroup)
                return PL_ORIGINALS_E_ABSENT;
        if (cgroup->asked && (properties & ~cgroup->kept.set) == 0)
                return 0;
        return pl_originals_note_foreign(&enforcer->originals, enforced->target_id,
                                         find_foreign(enforcer, cgroup, properties));
}

/* ---- those that have ended ---- */

static bool has_dropins(const struct pl_enforcer *enforcer, const struct pl_original_cgroup *cgroup)
{
        uint32_t found = 0;

        return cgroup->unit[0] != '\0' && enforcer->root_fd >= 0 &&
               pl_dropins_find(enforcer->root_fd, cgroup->unit, &found) == 0 && found != 0;
}

void pl_enforce_depart(struct pl_enforcer *enforcer, uint64_t id)
{
        const struct pl_original_cgroup *cgroup = enforcer->has_originals
                                                          ? pl_originals_find_cgroup(
                                                                    &enforcer->originals, id)
                                                          : NULL;

        if (!cgroup)
                return;
        if (cgroup->unit[0] != '\0' && enforcer->departed_count < PL_ENFORCE_DEPARTED_MAX)
                enforcer->departed[enforcer->departed_count++] = id;
        else if (!has_dropins(enforcer, cgroup))
                (void) pl_originals_drop_cgroup(&enforcer->originals, id);
}

/* At the end of the first look: whom the daemon before has noted, and nobody knows. */
void pl_enforce_find_departed(struct pl_enforcer *enforcer)
{
        const struct pl_originals *originals = &enforcer->originals;

        if (!enforcer->has_originals)
                return;
        for (uint32_t i = pl_originals_next_cgroup(originals, 0); i != PL_POOL_NONE;
             i = pl_originals_next_cgroup(originals, i + 1)) {
                const struct pl_original_cgroup *cgroup = pl_originals_cgroup_at(originals, i);

                if (!pl_enforce_knows(enforcer, cgroup->id))
                        pl_enforce_depart(enforcer, cgroup->id);
        }
}

/* systemd removes those of a transient unit some time after its end; a service's stay. */
static void look_at_departed(struct pl_enforcer *enforcer)
{
        for (uint32_t i = 0; i < DEPARTED_LOOKS && enforcer->departed_count > 0; i++) {
                uint32_t at = enforcer->departed_next++ % enforcer->departed_count;
                const struct pl_original_cgroup *cgroup = pl_originals_find_cgroup(
                        &enforcer->originals, enforcer->departed[at]);

                if (!cgroup || !has_dropins(enforcer, cgroup))
                        forget_departed(enforcer, at);
        }
}

/* ---- taking back ---- */

bool pl_enforce_may_be_kept(const struct pl_original_cgroup *cgroup, enum pl_limit limit)
{
        return pl_limits_has(&cgroup->kept, limit) ||
               (cgroup->asked && pl_limits_has(&cgroup->before, limit) &&
                pl_dropin_property(limit));
}

static const struct pl_original_cgroup *find(const struct pl_enforcer *enforcer,
                                             const struct pl_enforced *enforced)
{
        return pl_enforce_original(enforcer, enforced->target_id);
}

bool pl_enforce_undo(struct pl_enforcer *enforcer, struct pl_enforced *enforced)
{
        const struct pl_original_cgroup *cgroup = find(enforcer, enforced);

        if (!cgroup)
                return true;
        if (cgroup->kept.set == 0 && cgroup->asked) {
                /* A call was made, and whoever made it died before it was answered. */
                struct pl_limits set = cgroup->set;

                (void) pl_originals_keep_limits(&enforcer->originals, enforced->target_id, &set);
        }
        if (cgroup->kept.set == 0)
                return true;
        if (enforced->undo == PL_UNDO_NONE) {
                enforced->undo = PL_UNDO_WANTED;
                enforcer->undo_count++;
        }
        return false;
}

/* The call that sets somebody else's properties again makes PID 1 write all of the unit. So it carries whatever systemd holds on
 * our word, as it was before and is again by now; what would be written otherwise is our old memory.max. Empty where nothing is
 * anybody else's. */
static struct pl_limits foreign_of(const struct pl_original_cgroup *cgroup)
{
        struct pl_limits limits = cgroup->before;

        limits.set &= cgroup->foreign & cgroup->kept.set ? cgroup->kept.set : 0;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&limits, i) && !pl_property_takes(i, limits.values[i]))
                        limits.set &= ~(UINT32_C(1) << i);
        return limits;
}

static void set_foreign(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                        const struct pl_limits *limits)
{
        const struct pl_census_entry *entry = pl_census_at(enforcer->options.census,
                                                           enforced->index);
        char buffer[PL_CGROUP_PATH_MAX];
        const struct pl_bus_unit unit = { .name = entry->name, .path = buffer };
        uint64_t tag = pl_enforce_tag(PL_TAG_FOREIGN, pl_enforced_number(enforcer, enforced),
                                      enforced->id);
        struct pl_text path;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_census_path(enforcer->options.census, enforced->index, &path);
        if (pl_bus_set(enforcer->bus, tag, &unit, limits) == 0)
                enforced->undo = PL_UNDO_ASKED;
}

/* They are somebody else's again, and the rest says what was there before; a unit that systemd does not know has none of it. */
static void drop_foreign(struct pl_enforcer *enforcer, struct pl_enforced *enforced, bool is_set)
{
        const struct pl_original_cgroup *cgroup = find(enforcer, enforced);
        struct pl_limits kept;

        if (!cgroup)
                return;
        kept = cgroup->kept;
        kept.set &= ~cgroup->foreign;
        for (unsigned i = 0; is_set && i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&kept, i) && pl_limits_has(&cgroup->before, i))
                        kept.values[i] = cgroup->before.values[i];
        (void) pl_originals_keep_limits(&enforcer->originals, enforced->target_id, &kept);
}

static struct pl_limits without(const struct pl_limits *limits, uint32_t bits)
{
        struct pl_limits rest = *limits;

        rest.set &= ~bits;
        return rest;
}

static void list(struct pl_enforcer *enforcer, struct pl_enforced *enforced)
{
        const struct pl_original_cgroup *cgroup = find(enforcer, enforced);
        int dir_fd = enforcer->options.logbook->dir_fd;
        struct pl_limits foreign, also;

        if (enforced->undo != PL_UNDO_WANTED || !cgroup)
                return;
        foreign = foreign_of(cgroup);
        if (foreign.set != 0) {
                set_foreign(enforcer, enforced, &foreign);
                return;
        }
        if (pl_tidy_add(dir_fd, cgroup->unit, &cgroup->kept) != 0)
                return;
        /* What a call has set of which nobody saw the end. */
        also = without(&cgroup->set, cgroup->foreign);
        (void) pl_tidy_add(dir_fd, cgroup->unit, &also);
        also = without(&cgroup->prior, cgroup->foreign);
        (void) pl_tidy_add(dir_fd, cgroup->unit, &also);
        enforced->undo = PL_UNDO_LISTED;
}

static void end_tidying(struct pl_enforcer *enforcer, bool is_done)
{
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1)) {
                struct pl_enforced *enforced = pl_enforced_at(enforcer, i);
                const struct pl_limits none = {};

                if (enforced->undo != PL_UNDO_LISTED)
                        continue;
                enforced->undo = PL_UNDO_WANTED;
                if (!is_done)
                        continue;
                (void) pl_originals_keep_limits(&enforcer->originals, enforced->target_id, &none);
                pl_enforce_end_undo(enforcer, enforced);
                enforced->is_tidied = true;
                /* What the reload has made of it is looked at as if nothing were known. */
                pl_enforce_disown(enforcer, enforced);
                enforced->state = (struct pl_plan_state){};
                pl_enforce_wake(enforcer, enforced, 0);
        }
}

void pl_enforce_end_undo(struct pl_enforcer *enforcer, struct pl_enforced *enforced)
{
        if (enforced->undo == PL_UNDO_NONE)
                return;
        pl_assert(enforcer->undo_count > 0);
        enforced->undo = PL_UNDO_NONE;
        enforcer->undo_count--;
}

static void say_untidied(struct pl_enforcer *enforcer, uint64_t now_usec, const char *why)
{
        pl_logbook_say_once(enforcer->options.logbook, now_usec,
                            &(struct pl_logbook_note){ PL_NOTE_NOT_TIDIED, 0, why });
}

static bool has_listed(const struct pl_enforcer *enforcer)
{
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1)) {
                const struct pl_enforced *enforced = pl_pool_at(&enforcer->enforced, i);

                if (enforced->undo == PL_UNDO_LISTED)
                        return true;
        }
        return false;
}

static bool is_returning(const struct pl_enforcer *enforcer)
{
        for (uint32_t i = pl_pool_next(&enforcer->rows, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->rows, i + 1)) {
                const struct pl_enforce_row *row = pl_pool_at(&enforcer->rows, i);

                if (row->orders[0].why == PL_WHY_RETURN && row->stage != PL_OUT_BACK)
                        return true;
        }
        return false;
}

void pl_enforce_tidy(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        look_at_departed(enforcer);
        /* systemd reads its units anew, and 252 writes what it has on our word: not under somebody who is just being loosened. */
        if (is_returning(enforcer))
                return;
        if (enforcer->undo_count == 0 || enforcer->is_tidying || !enforcer->bus ||
            !pl_bus_is_up(enforcer->bus) || now_usec < enforcer->tidy_at_usec)
                return;
        /* Whose drop-ins are to go is known here; what was listed before may be wanted again by now. */
        if (pl_tidy_forget(enforcer->options.logbook->dir_fd) != 0)
                return;
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1))
                list(enforcer, pl_enforced_at(enforcer, i));
        if (!has_listed(enforcer))
                return;
        enforcer->is_tidying = pl_bus_run(enforcer->bus, pl_enforce_tag(PL_TAG_TIDY, 0, 0),
                                          PL_BUS_START, tidy_unit) == 0;
        if (!enforcer->is_tidying)
                end_tidying(enforcer, false);
}

void pl_enforce_on_job(struct pl_enforcer *enforcer, uint64_t tag, bool is_done, const char *why)
{
        if (!pl_enforce_is_tag(tag, PL_TAG_TIDY) || !enforcer->is_tidying)
                return;
        enforcer->is_tidying = false;
        end_tidying(enforcer, is_done);
        if (is_done)
                return;
        enforcer->tidy_at_usec = pl_clock_now_usec() + PL_USEC_PER_MINUTE;
        say_untidied(enforcer, pl_clock_now_usec(), why);
}

void pl_enforce_foreign_set(struct pl_enforcer *enforcer, uint64_t tag, enum pl_write_result result)
{
        uint32_t number = (uint32_t) tag;
        struct pl_enforced *enforced;

        if (!pl_pool_is_taken(&enforcer->enforced, number))
                return;
        enforced = pl_enforced_at(enforcer, number);
        if (enforced->undo != PL_UNDO_ASKED ||
            tag != pl_enforce_tag(PL_TAG_FOREIGN, number, enforced->id))
                return;
        enforced->undo = PL_UNDO_WANTED;
        if (result != PL_WRITE_E_AGAIN && result != PL_WRITE_E_LATE)
                drop_foreign(enforcer, enforced, result == PL_WRITTEN);
        if (find(enforcer, enforced) && find(enforcer, enforced)->kept.set != 0)
                return;
        pl_enforce_end_undo(enforcer, enforced);
        pl_enforce_wake(enforcer, enforced, 0);
}

/* ---- all that was asked is void ---- */

void pl_enforce_undo_off_bus(struct pl_enforcer *enforcer)
{
        enforcer->is_tidying = false;
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0);
             enforcer->undo_count > 0 && i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1)) {
                struct pl_enforced *enforced = pl_enforced_at(enforcer, i);

                if (enforced->undo != PL_UNDO_NONE)
                        enforced->undo = PL_UNDO_WANTED;
        }
}
