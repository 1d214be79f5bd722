/* SPDX-License-Identifier: Apache-2.0 */

/* systemd forgets what we told it when the drop-ins are gone and it has read its units anew; version 252 then writes each
 * unit's files as it knows them, so nothing of ours may be among that: a memory.max of ours below a use that has grown since
 * would kill. So of a limit that is not back yet the drop-in stays.
 *
 * A property of which somebody else had a drop-in before us is set to what was there, which writes that drop-in again. A call
 * writes the unit's files as well: it carries all that systemd still holds on our word. Where it was not taken nothing is
 * read anew, for the same reason.
 *
 * A cgroup may be called like a unit and be none: whoever makes one gives it its name. So systemd is asked where its unit of
 * that name is. Where it has none running, or cannot be asked, units are where systemd would put them: below slices.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/host/dropins.h"
#include "property.h"
#include "say.h"
#include "undo_internal.h"

static bool has(uint32_t limits, enum pl_limit limit)
{
        return limits & UINT32_C(1) << limit;
}

uint32_t pl_undo_held(const struct pl_original_cgroup *noted)
{
        uint32_t limits = noted->kept.set | (noted->asked ? noted->before.set : 0), known = 0;

        if (noted->unit[0] == '\0')
                return 0;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (has(limits, i) && pl_dropin_property(i))
                        known |= UINT32_C(1) << i;
        return known;
}

/* Whether systemd may take its own word for this limit again. */
static bool may_go(const struct pl_undoing *run, const struct pl_undo_one *one,
                   const struct pl_original_cgroup *noted, enum pl_limit limit)
{
        if (!one->is_there)
                return !run->is_partial;
        if (has(one->waiting | one->refused, limit))
                return false;
        return limit != PL_LIMIT_MAX || !has(one->others, limit) ||
               one->current_bytes < noted->before.values[limit];
}

/* Also one that says what was there before: a run that was ended has set it so. */
static bool is_ours(const struct pl_original_cgroup *noted, enum pl_limit limit, uint64_t value)
{
        return pl_original_limit_is_ours(noted, limit, value) ||
               (pl_limits_has(&noted->before, limit) && noted->before.values[limit] == value);
}

/* Somebody else's before us, and to be his again. */
static bool is_foreign(const struct pl_original_cgroup *noted, enum pl_limit limit)
{
        return has(noted->foreign, limit) && pl_limits_has(&noted->before, limit) &&
               pl_property_takes(limit, noted->before.values[limit]);
}

/* What systemd holds on our word; and whether some of that was somebody else's before. */
static uint32_t find_ours(const struct pl_undoing *run, const struct pl_undo_one *one,
                          const struct pl_original_cgroup *noted, bool *ret_foreign)
{
        const uint32_t maybe = pl_undo_held(noted);
        uint32_t ours = 0;
        uint64_t value;

        *ret_foreign = false;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++) {
                if (!has(maybe, i) || !may_go(run, one, noted, i) ||
                    pl_dropins_read(run->options->root_fd, noted->unit, i, &value) != 0 ||
                    !is_ours(noted, i, value))
                        continue;
                ours |= UINT32_C(1) << i;
                *ret_foreign |= is_foreign(noted, i) && value != noted->before.values[i];
        }
        return ours;
}

static void say(const struct pl_original_cgroup *noted, const char *words)
{
        char buffer[PL_CGROUP_NAME_MAX + 1];
        struct pl_text unit;

        pl_text_init(&unit, buffer, sizeof buffer);
        pl_text_add_clean(&unit, pl_span_of(noted->unit));
        pl_say_error("%s: %s", buffer, words);
}

static bool trouble(struct pl_undoing *run, const struct pl_original_cgroup *noted, const char *why)
{
        say(noted, why);
        run->has_trouble = true;
        return false;
}

/* Once: it may take its time. */
static bool connect_systemd(struct pl_undoing *run)
{
        if (!run->has_connected)
                (void) pl_systemd_open(&run->systemd, run->options->bus_address);
        run->has_connected = true;
        return run->systemd.bus != NULL;
}

/* ---- whose the name is ---- */

enum whose {
        ITS_OWN,
        ANOTHERS,
        UNCERTAIN, /* nobody can be asked */
};

/* Below slices alone, as far as its path is noted: the first part of a long one may be the end of a name. */
static bool is_place_of_unit(const struct pl_original_cgroup *noted)
{
        struct pl_span rest = pl_span_of(noted->path), part;
        bool is_end = noted->path[0] != '/';

        pl_span_skip(&rest, '/');
        for (part = pl_span_until(&rest, '/'); !pl_span_empty(rest);
             part = pl_span_until(&rest, '/')) {
                if (!is_end && !pl_span_ends_with(part, ".slice"))
                        return false;
                is_end = false;
        }
        return is_end ? pl_span_ends_with(pl_span_of(noted->unit), noted->path)
                      : pl_span_equals(part, noted->unit);
}

static enum whose ask_whose(struct pl_undoing *run, const struct pl_original_cgroup *noted)
{
        char path[PL_CGROUP_PATH_MAX];

        if (!connect_systemd(run) || !pl_systemd_find(&run->systemd, noted->unit, path))
                return is_place_of_unit(noted) ? ITS_OWN : UNCERTAIN;
        if (path[0] == '\0')
                return is_place_of_unit(noted) ? ITS_OWN : ANOTHERS;
        return pl_undo_is_at(noted, path + 1) ? ITS_OWN : ANOTHERS;
}

/* ---- one unit ---- */

/* All of it to what was there before, in one call. */
static bool set_back(struct pl_undoing *run, const struct pl_original_cgroup *noted, uint32_t ours)
{
        struct pl_limits limits = {};

        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (has(ours, i) && pl_limits_has(&noted->before, i) &&
                    pl_property_takes(i, noted->before.values[i]))
                        pl_limits_put(&limits, i, noted->before.values[i]);
        return connect_systemd(run) && pl_systemd_set(&run->systemd, noted->unit, &limits);
}

static bool remove_one(struct pl_undoing *run, const struct pl_original_cgroup *noted,
                       enum pl_limit limit)
{
        uint64_t value;
        int r = pl_dropins_read(run->options->root_fd, noted->unit, limit, &value);

        if (r == 0 && is_ours(noted, limit, value))
                r = pl_dropins_remove(run->options->root_fd, noted->unit, limit, value);
        if (r < 0 || r == PL_DROPINS_E_DENIED)
                return trouble(run, noted, "a drop-in below /run/systemd cannot be removed");
        run->counts.dropins += r == 0;
        return true;
}

static void undo_its_own(struct pl_undoing *run, struct pl_undo_one *one,
                         const struct pl_original_cgroup *noted, bool *ret_is_safe)
{
        bool has_foreign;
        const uint32_t ours = find_ours(run, one, noted, &has_foreign);

        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                one->is_clean &= !has(pl_undo_held(noted), i) || may_go(run, one, noted, i);
        /* A unit that systemd knows no more has nobody's properties. */
        if (has_foreign && !set_back(run, noted, ours) && one->is_there) {
                trouble(run, noted, run->systemd.words);
                one->is_clean = false;
                *ret_is_safe = false;
                return;
        }
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (has(ours, i) && !is_foreign(noted, i))
                        one->is_clean &= remove_one(run, noted, i);
}

/* False: nothing of it is systemd's, and there is nothing to be read anew. */
static bool undo_unit(struct pl_undoing *run, struct pl_undo_one *one,
                      const struct pl_original_cgroup *noted, bool *ret_is_safe)
{
        bool has_foreign;
        const bool any = find_ours(run, one, noted, &has_foreign) != 0;

        one->is_clean = true;
        switch (any ? ask_whose(run, noted) : ITS_OWN) {
        case ANOTHERS:
                say(noted, "systemd has the unit of this name elsewhere, and its drop-ins stay");
                return false;
        case UNCERTAIN:
                one->is_clean = trouble(run, noted,
                                        "systemd cannot be asked whose this is, and its drop-ins "
                                        "stay");
                return true;
        case ITS_OWN:
        default:
                undo_its_own(run, one, noted, ret_is_safe);
                return true;
        }
}

/* Whatever of it a run before this one has done already. */
static bool undo_all(struct pl_undoing *run, bool *ret_is_safe)
{
        bool any = false;

        *ret_is_safe = true;
        for (uint32_t i = 0; i < run->one_count; i++) {
                struct pl_undo_one *one = &run->ones[i];
                const struct pl_original_cgroup *noted = pl_undo_noted(run, one);

                one->is_clean = pl_undo_held(noted) == 0;
                if (!one->is_chosen || one->is_clean)
                        continue;
                if (run->options->root_fd < 0 || undo_unit(run, one, noted, ret_is_safe))
                        any = true;
        }
        return any;
}

static bool leave_all(struct pl_undoing *run)
{
        run->has_trouble = true;
        for (uint32_t i = 0; i < run->one_count; i++)
                run->ones[i].is_clean &= pl_undo_held(pl_undo_noted(run, &run->ones[i])) == 0;
        return false;
}

bool pl_undo_units(struct pl_undoing *run)
{
        bool is_safe;

        if (!undo_all(run, &is_safe))
                return false;
        if (run->options->root_fd < 0) {
                pl_say_error("drop-ins of units stay: this is not the tree of this host's systemd");
                return leave_all(run);
        }
        if (!is_safe) {
                pl_say_error("systemd is not told to read its units anew: it would write what it "
                             "still holds on our word");
                return leave_all(run);
        }
        if (connect_systemd(run) && pl_systemd_reload(&run->systemd))
                return true;
        pl_say_error("%s; what it holds on our word goes when it reads its units anew\n"
                     "→ systemctl daemon-reload, and plimsolld --restore again",
                     run->systemd.words);
        return leave_all(run);
}
