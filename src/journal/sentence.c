/* SPDX-License-Identifier: Apache-2.0 */

/* The answer first, the figures behind it, then what to do. What comes out of an act is foreign: its texts are cleaned, and
 * its numbers may be any, also those that no enumeration knows.
 */

#include "plimsoll/journal/sentence.h"

#include <string.h>
#include <syslog.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/workload.h"
#include "sentence.h"

/* ---- what is shared ---- */

void pl_sentence_fill(struct pl_text *text, const char *template, struct pl_span object,
                      struct pl_span value)
{
        for (const char *at = template; *at; at++)
                if (*at == '@')
                        pl_text_add_span(text, object);
                else if (*at == '#')
                        pl_text_add_span(text, value);
                else
                        pl_text_add_byte(text, *at);
}

void pl_sentence_add_subject(struct pl_text *text, struct pl_span name, uint64_t id)
{
        if (pl_span_empty(name))
                pl_text_addf(text, "cgroup %llu", (unsigned long long) id);
        else
                pl_text_add_clean(text, name);
}

void pl_sentence_add_error(struct pl_text *text, uint64_t error)
{
        const char *words = error > 0 && error <= INT32_MAX ? strerrordesc_np((int) error) : NULL;

        if (words)
                pl_text_add(text, words);
        else
                pl_text_addf(text, "error %llu", (unsigned long long) error);
}

void pl_sentence_add_words(struct pl_text *text, const char *before, struct pl_span words,
                           const char *behind)
{
        if (pl_span_empty(words))
                return;
        pl_text_add(text, before);
        pl_text_add_clean(text, words);
        pl_text_add(text, behind);
}

void pl_sentence_add_count(struct pl_text *text, uint64_t count, const char *one, const char *many)
{
        pl_text_addf(text, "%llu %s", (unsigned long long) count, count == 1 ? one : many);
}

/* ---- the daemon ---- */

/* Why a journal is not gone on with. */
static const char *aside_words(uint32_t reason)
{
        switch (reason) {
        case PL_JOURNAL_E_OTHER_BOOT:
                return "it is from before the host was started";
        case PL_JOURNAL_E_OTHER_SIZE:
                return "it has another size";
        case PL_JOURNAL_E_VERSION:
                return "it has another format";
        case PL_JOURNAL_E_BYTE_ORDER:
                return "it is of another kind of machine";
        case PL_JOURNAL_E_FOREIGN:
                return "it is no journal";
        default:
                return "it is damaged";
        }
}

static void add_started(struct pl_text *text, const struct pl_journal_started *started)
{
        pl_text_add(text, "plimsolld ");
        pl_text_add_clean(text, PL_SENTENCE_FIELD(started->version));
        pl_text_addf(text, " started (pid %lu), ", (unsigned long) started->pid);
        if (started->aside != 0)
                pl_text_addf(text, "with a new journal; the one before is journal.old, for %s",
                             aside_words(started->aside));
        else
                pl_text_add(text, started->generation > 1 ? "continuing the journal"
                                                          : "with a new journal");
}

static void add_ended(struct pl_text *text, const struct pl_journal_ended *ended)
{
        const char *name = ended->signal <= INT32_MAX ? sigabbrev_np((int) ended->signal) : NULL;

        pl_text_add(text, "plimsolld ended");
        if (ended->signal != 0 && name)
                pl_text_addf(text, ", asked by SIG%s", name);
        else if (ended->signal != 0)
                pl_text_addf(text, ", asked by signal %lu", (unsigned long) ended->signal);
        if (ended->code != 0)
                pl_text_addf(text, " with exit code %lu", (unsigned long) ended->code);
        pl_sentence_add_words(text, ": ", PL_SENTENCE_FIELD(ended->words), "");
}

/* ---- workloads ---- */

bool pl_journal_is_of_system(uint32_t kind, struct pl_span path)
{
        return (kind == PL_WORKLOAD_SERVICE || kind == PL_WORKLOAD_SCOPE ||
                kind == PL_WORKLOAD_UNIT) &&
               pl_span_starts_with(path, "/system.slice/");
}

static void add_bare_name(struct pl_text *text, const struct pl_journal_workload *workload)
{
        struct pl_span name = PL_SENTENCE_FIELD(workload->name);

        pl_sentence_add_subject(
                text, pl_span_empty(name) ? PL_SENTENCE_FIELD(workload->path) : name, workload->id);
}

void pl_journal_add_name(struct pl_text *text, const struct pl_journal_workload *workload)
{
        struct pl_span profile = PL_SENTENCE_FIELD(workload->profile_name);

        pl_assert(text);

        if (!pl_span_empty(profile))
                pl_sentence_add_words(text, "", profile, "/");
        else if (pl_journal_is_of_system(workload->kind, PL_SENTENCE_FIELD(workload->path)))
                pl_text_add(text, "system/");
        add_bare_name(text, workload);
}

void pl_journal_set_name(char field[PL_JOURNAL_NAME_BYTES], const struct pl_journal_row *row)
{
        struct pl_journal_workload workload = { .id = row->id, .kind = row->kind };
        char buffer[PL_JOURNAL_NAME_BYTES + PL_JOURNAL_PROFILE_BYTES];
        struct pl_text text;

        memcpy(workload.name, row->name, sizeof workload.name);
        memcpy(workload.profile_name, row->profile_name, sizeof workload.profile_name);
        memcpy(workload.path, row->path, sizeof workload.path);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_journal_add_name(&text, &workload);
        pl_journal_set_text(field, PL_JOURNAL_NAME_BYTES, pl_text_span(&text));
}

/* What it is, as people call it. A holder is no workload, and is spoken of only by mistake. */
static const char *kind_words(uint32_t kind)
{
        static const char *const words[PL_WORKLOAD_KINDS] = {
                [PL_WORKLOAD_HOLDER] = "slice",
                [PL_WORKLOAD_SERVICE] = "service",
                [PL_WORKLOAD_SCOPE] = "scope",
                [PL_WORKLOAD_SESSION] = "session",
                [PL_WORKLOAD_CONTAINER] = "container",
                [PL_WORKLOAD_SANDBOX] = "sandbox of a pod",
                [PL_WORKLOAD_MACHINE] = "machine",
                [PL_WORKLOAD_HELPER] = "helper of a container",
                [PL_WORKLOAD_UNIT] = "unit",
                [PL_WORKLOAD_PLAIN] = "plain cgroup",
        };

        return kind < PL_WORKLOAD_KINDS ? words[kind] : "workload";
}

static void add_appeared(struct pl_text *text, const struct pl_journal_workload *workload)
{
        struct pl_span profile = PL_SENTENCE_FIELD(workload->profile_name);

        pl_journal_add_name(text, workload);
        pl_text_addf(text, " appeared (%s, ", kind_words(workload->kind));
        pl_text_add(text, pl_span_empty(profile) ? "no profile" : "profile ");
        pl_text_add_clean(text, profile);
        pl_text_add(text, ")");
}

static void add_gone(struct pl_text *text, const struct pl_journal_workload *workload)
{
        pl_journal_add_name(text, workload);
        pl_text_add(text, " is gone");
}

static void add_changed(struct pl_text *text, const struct pl_journal_workload *workload)
{
        struct pl_span profile = PL_SENTENCE_FIELD(workload->profile_name);

        add_bare_name(text, workload);
        pl_text_add(text,
                    pl_span_empty(profile) ? " has no profile any more" : " now has the profile ");
        pl_text_add_clean(text, profile);
        if (workload->reason == PL_REASON_POLICY)
                pl_text_add(text, ", by the new policy");
        else if (workload->reason == PL_REASON_ATTRIBUTE)
                pl_text_add(text, ", by a label or attribute that has changed");
}

/* ---- orders and gaps ---- */

static void add_order(struct pl_text *text, const struct pl_journal_order *order)
{
        struct pl_span workload = PL_SENTENCE_FIELD(order->workload);
        const char *verb = pl_journal_order_word(order->verb);

        pl_text_addf(text, "order %s: %s ", order->acknowledged ? "accepted" : "refused",
                     verb ? verb : "do something unknown to");
        if (!pl_span_empty(workload) || order->id != 0)
                pl_sentence_add_subject(text, workload, order->id);
        else
                pl_text_add(text, "the whole host");
        pl_sentence_add_words(text, ", by ", PL_SENTENCE_FIELD(order->by), "");
        if (order->expires_sec > order->issued_sec && order->issued_sec > 0) {
                uint64_t seconds = (uint64_t) order->expires_sec - (uint64_t) order->issued_sec;

                pl_text_add(text, ", for ");
                pl_duration_format_short(text, pl_ratio_scale(seconds, PL_USEC_PER_SEC, 1));
        }
        pl_sentence_add_words(text, ": ", PL_SENTENCE_FIELD(order->words), "");
}

/* Since when it has been crowded is a time, and not a number of a record. */
static void add_crowd(struct pl_text *text, const struct pl_journal_act *act)
{
        pl_sentence_add_count(text, act->gap.count, "workload", "workloads");
        pl_text_add(text, " came, went or changed unrecorded");
        if (act->gap.first > 0 && act->gap.first < act->at_usec) {
                pl_text_add(text, " within ");
                pl_duration_format_short(text, act->at_usec - act->gap.first);
        }
        pl_text_add(text, ": there were too many to write each down");
}

static void add_gap(struct pl_text *text, const struct pl_journal_act *act)
{
        const struct pl_journal_gap *gap = &act->gap;

        if (gap->reason == PL_GAP_CROWD) {
                add_crowd(text, act);
        } else {
                if (gap->ring == PL_JOURNAL_SAMPLES)
                        pl_sentence_add_count(text, gap->count, "step is", "steps are");
                else
                        pl_sentence_add_count(text, gap->count, "event is", "events are");
                pl_text_addf(text, " missing from number %llu on", (unsigned long long) gap->first);
        }
        pl_sentence_add_words(text, ": ", PL_SENTENCE_FIELD(gap->words), "");
}

/* ---- all of them ---- */

void pl_journal_add_sentence(struct pl_text *text, const struct pl_journal_act *act)
{
        pl_assert(text && act);

        switch (act->type) {
        case PL_JOURNAL_STARTED:
                add_started(text, &act->started);
                break;
        case PL_JOURNAL_ENDED:
                add_ended(text, &act->ended);
                break;
        case PL_JOURNAL_IN_FORCE:
                pl_sentence_add_in_force(text, &act->policy);
                break;
        case PL_JOURNAL_REFUSED:
                pl_sentence_add_refused(text, &act->policy);
                break;
        case PL_JOURNAL_APPEARED:
                add_appeared(text, &act->workload);
                break;
        case PL_JOURNAL_GONE:
                add_gone(text, &act->workload);
                break;
        case PL_JOURNAL_CHANGED:
                add_changed(text, &act->workload);
                break;
        case PL_JOURNAL_VERDICT:
                pl_sentence_add_judged(text, &act->judged);
                break;
        case PL_JOURNAL_DECISION:
                pl_sentence_add_decision(text, &act->decision);
                break;
        case PL_JOURNAL_OUTCOME:
                pl_sentence_add_outcome(text, &act->outcome);
                break;
        case PL_JOURNAL_DRIFT:
                pl_sentence_add_drift(text, &act->drift);
                break;
        case PL_JOURNAL_SET:
                pl_sentence_add_set(text, &act->set);
                break;
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                pl_sentence_add_note(text, &act->note);
                break;
        case PL_JOURNAL_ORDER:
                add_order(text, &act->order);
                break;
        case PL_JOURNAL_GAP:
                add_gap(text, act);
                break;
        default:
                pl_text_addf(text, "something that this version does not know (type %lu)",
                             (unsigned long) act->type);
        }
}

int pl_journal_priority(const struct pl_journal_act *act)
{
        pl_assert(act);

        switch (act->type) {
        case PL_JOURNAL_ENDED:
                return act->ended.code == 0 ? LOG_NOTICE : LOG_ERR;
        case PL_JOURNAL_REFUSED:
                return LOG_ERR;
        case PL_JOURNAL_APPEARED:
        case PL_JOURNAL_GONE:
        case PL_JOURNAL_CHANGED:
        case PL_JOURNAL_SET:
                return LOG_INFO;
        case PL_JOURNAL_VERDICT:
                return pl_sentence_severity_priority(act->judged.verdict.severity);
        case PL_JOURNAL_DECISION:
                return pl_sentence_decision_priority(&act->decision);
        case PL_JOURNAL_OUTCOME:
                return pl_sentence_outcome_priority(&act->outcome.outcome);
        case PL_JOURNAL_DRIFT:
                return pl_sentence_drift_priority(&act->drift);
        case PL_JOURNAL_ALARM:
        case PL_JOURNAL_NOTE:
                return pl_sentence_note_priority(&act->note, act->type == PL_JOURNAL_ALARM);
        case PL_JOURNAL_ORDER:
                return act->order.acknowledged ? LOG_NOTICE : LOG_WARNING;
        case PL_JOURNAL_GAP:
                return LOG_WARNING;
        default: /* a start, a policy in force, and what is not known */
                return LOG_NOTICE;
        }
}
