/* SPDX-License-Identifier: Apache-2.0 */

/* What has happened to limits, as acts. That limits were set is said of all of a row at once, and out of the same allowance
 * as appearances, for whoever may make cgroups can bring it about. Of a change by another hand systemd is asked first
 * who that was; the answer takes a moment, in which the repair does not wait.
 */

#include <string.h>

#include "enforce_internal.h"
#include "plimsoll/base/text.h"

void pl_enforce_name(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                     struct pl_journal_row *ret_row)
{
        const struct pl_census_entry *entry = pl_census_at(enforcer->options.census,
                                                           enforced->index);

        *ret_row = (struct pl_journal_row){ .id = enforced->id };
        pl_journal_set_text(ret_row->name, sizeof ret_row->name, pl_span_of(entry->name));
}

void pl_enforce_say(struct pl_enforcer *enforcer, const struct pl_journal_row *row,
                    uint64_t now_usec, const struct pl_enforce_note *note)
{
        struct pl_journal_act act = {
                .at_usec = now_usec,
                .type = note->is_alarm ? PL_JOURNAL_ALARM : PL_JOURNAL_NOTE,
                .note = { .id = row->id, .value = note->value, .code = (uint32_t) note->code },
        };

        pl_journal_set_name(act.note.name, row);
        if (note->words)
                pl_journal_set_text(act.note.words, sizeof act.note.words, pl_span_of(note->words));
        pl_logbook_act(enforcer->options.logbook, &act);
}

/* ---- what is in force ---- */

/* Those that are put back, or those that are not. */
static void tell_of_some(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                         const struct pl_enforce_news *news, bool is_return)
{
        struct pl_journal_act act = {
                .at_usec = news->now_usec,
                .type = PL_JOURNAL_SET,
                .set = { .id = news->row->id, .backend = enforced->backend },
        };

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                const struct pl_limit_standing *standing = &news->plan->limits[i];

                if (!(standing->news & PL_NEWS_ARRIVED) ||
                    (standing->why == PL_WHY_RETURN) != is_return)
                        continue;
                if (act.set.limits == 0)
                        act.set.why = standing->why;
                act.set.limits |= UINT32_C(1) << i;
                act.set.values[i] = standing->value_bytes;
        }
        if (act.set.limits == 0)
                return;
        memcpy(act.set.name, news->row->name, sizeof act.set.name);
        memcpy(act.set.profile_name, news->row->profile_name, sizeof act.set.profile_name);
        pl_logbook_workload(enforcer->options.logbook, &act);
}

static void tell_of_arrivals(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                             const struct pl_enforce_news *news)
{
        /* Of what was set again the drift tells, and nobody has to hear of what systemd made us set twice. */
        if (enforced->last_why == PL_WHY_DRIFT || enforced->last_why == PL_WHY_KEEP)
                return;
        tell_of_some(enforcer, enforced, news, false);
        tell_of_some(enforcer, enforced, news, true);
}

/* ---- drift ---- */

static uint32_t free_cause(const struct pl_enforcer *enforcer)
{
        _Static_assert((int) PL_ENFORCE_CAUSES_MAX == 32, "as many as there are bits");

        return enforcer->causes_used == UINT32_MAX
                       ? (uint32_t) PL_ENFORCE_CAUSES_MAX
                       : (uint32_t) __builtin_ctz(~enforcer->causes_used);
}

/* Without systemd the file was written by somebody, and who else than a person or his program writes that of a plain cgroup;
 * of a container's own, and of a pod's, it may as well have been its runtime. */
static enum pl_drift_cause cause_without_systemd(const struct pl_enforced *enforced,
                                                 const struct pl_journal_row *row)
{
        return enforced->backend == PL_BACKEND_DIRECT && !(row->flags & PL_CGROUP_POD)
                       ? PL_DRIFT_BY_HAND
                       : PL_DRIFT_BY_UNKNOWN;
}

/* Of a pod's files systemd has not heard from us, and writes them all the same. */
static bool is_systemds(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                        const struct pl_journal_row *row)
{
        return enforced->backend == PL_BACKEND_UNIT ||
               (enforced->backend == PL_BACKEND_DIRECT && row->flags & PL_CGROUP_POD &&
                pl_enforce_is_unit(enforcer, enforced->index));
}

static bool ask(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                const struct pl_journal_act *act, const struct pl_enforce_news *news)
{
        const struct pl_census_entry *entry = pl_census_at(enforcer->options.census,
                                                           enforced->index);
        const struct pl_original_cgroup *cgroup = pl_enforce_original(enforcer,
                                                                      enforced->target_id);
        char buffer[PL_CGROUP_PATH_MAX];
        struct pl_bus_unit unit = { .name = entry->name, .path = buffer };
        const struct pl_bus_question question = {
                .limit = (enum pl_limit) act->drift.limit,
                .found_bytes = act->drift.to,
                .set_bytes = act->drift.from,
                .was_kept = cgroup && pl_limits_has(&cgroup->kept, act->drift.limit) &&
                            cgroup->kept.values[act->drift.limit] == act->drift.from,
                .is_container = news->row->kind == PL_WORKLOAD_CONTAINER,
                .good_usec = enforced->good_usec,
        };
        uint32_t at = free_cause(enforcer);
        struct pl_text path;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_census_path(enforcer->options.census, enforced->index, &path);
        if (!is_systemds(enforcer, enforced, news->row) || !enforcer->bus || path.cut ||
            at == PL_ENFORCE_CAUSES_MAX ||
            pl_bus_ask_cause(enforcer->bus, pl_enforce_tag(PL_TAG_CAUSE, at, 0), &unit,
                             &question) != 0)
                return false;
        enforcer->causes[at] = (struct pl_enforce_cause){ act->at_usec, act->drift };
        enforcer->causes_used |= UINT32_C(1) << at;
        return true;
}

/* Against whom we stand back, nothing is set again for a while. */
static enum pl_drift answer_of(const struct pl_enforce_news *news, enum pl_limit limit)
{
        return news->plan->limits[limit].state == PL_LIMIT_CONTENDED ? PL_DRIFT_ALARM
                                                                     : news->want->drift;
}

static void tell_of_drift(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                          enum pl_limit limit, const struct pl_enforce_news *news)
{
        struct pl_journal_act act = {
                .at_usec = news->now_usec,
                .type = PL_JOURNAL_DRIFT,
                .drift = {
                        .id = news->row->id,
                        .from = news->plan->limits[limit].target_bytes,
                        .to = news->actual->values[limit],
                        .limit = (uint32_t) limit,
                        .cause = (uint32_t) cause_without_systemd(enforced, news->row),
                        .answer = (uint32_t) answer_of(news, limit),
                },
        };

        pl_journal_set_name(act.drift.name, news->row);
        enforced->drift_count++;
        if (ask(enforcer, enforced, &act, news))
                return;
        enforced->last_cause = (uint8_t) act.drift.cause;
        pl_logbook_act(enforcer->options.logbook, &act);
}

void pl_enforce_on_cause(struct pl_enforcer *enforcer, uint64_t tag, enum pl_drift_cause cause,
                         const char *words)
{
        uint32_t at = (uint32_t) tag;
        struct pl_journal_act act = { .type = PL_JOURNAL_DRIFT };

        if (!pl_enforce_is_tag(tag, PL_TAG_CAUSE) || at >= PL_ENFORCE_CAUSES_MAX ||
            !(enforcer->causes_used >> at & 1))
                return;
        act.at_usec = enforcer->causes[at].at_usec;
        act.drift = enforcer->causes[at].drift;
        enforcer->causes_used &= ~(UINT32_C(1) << at);
        act.drift.cause = (uint32_t) cause;
        if (words)
                pl_journal_set_text(act.drift.words, sizeof act.drift.words, pl_span_of(words));
        pl_enforce_note_cause(enforcer, act.drift.id, cause);
        pl_logbook_act(enforcer->options.logbook, &act);
}

void pl_enforce_causes_off_bus(struct pl_enforcer *enforcer)
{
        for (uint32_t i = 0; i < PL_ENFORCE_CAUSES_MAX; i++)
                if (enforcer->causes_used >> i & 1)
                        pl_enforce_on_cause(enforcer, pl_enforce_tag(PL_TAG_CAUSE, i, 0),
                                            PL_DRIFT_BY_UNKNOWN, "");
}

/* ---- trouble ---- */

static void tell_of_trouble(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                            unsigned limit, const struct pl_enforce_news *news)
{
        const struct pl_limit_standing *standing = &news->plan->limits[limit];

        if (standing->news & PL_NEWS_CONTENDED)
                pl_enforce_say(enforcer, news->row, news->now_usec,
                               &(struct pl_enforce_note){
                                       PL_NOTE_CONTENDED, true, limit,
                                       pl_journal_drift_cause_word(enforced->last_cause) });
        if (standing->news & PL_NEWS_CALM)
                pl_enforce_say(enforcer, news->row, news->now_usec,
                               &(struct pl_enforce_note){ PL_NOTE_CALM, false, limit, NULL });
        if (standing->news & PL_NEWS_REFUSED)
                pl_enforce_say(
                        enforcer, news->row, news->now_usec,
                        &(struct pl_enforce_note){ PL_NOTE_LIMIT_REFUSED, true, limit,
                                                   pl_journal_limit_cause_word(standing->cause) });
}

/* Said once, as long as it lasts. */
static void tell_of_waiting(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                            const struct pl_enforce_news *news)
{
        bool waits = news->plan->limits[PL_LIMIT_MAX].cause == PL_CAUSE_WOULD_OOM &&
                     news->row->sample.stat_at_usec != 0;

        if (waits && !enforced->has_said_wait)
                pl_enforce_say(enforcer, news->row, news->now_usec,
                               &(struct pl_enforce_note){ PL_NOTE_LIMIT_WAITS, false,
                                                          news->row->sample.current_bytes, NULL });
        enforced->has_said_wait = waits;
}

void pl_enforce_tell(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                     const struct pl_enforce_news *news)
{
        tell_of_arrivals(enforcer, enforced, news);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (news->plan->limits[i].news & PL_NEWS_DRIFT)
                        tell_of_drift(enforcer, enforced, (enum pl_limit) i, news);
        for (unsigned i = 0; i <= PL_LIMIT_COUNT; i++)
                tell_of_trouble(enforcer, enforced, i, news);
        tell_of_waiting(enforcer, enforced, news);
}
