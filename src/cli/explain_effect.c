/* SPDX-License-Identifier: Apache-2.0 */

/* What became of it: what its outcome says, what stays, and what others say of who was killed, for they do not say why.
 */

#include "events.h"
#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/profile.h"
#include "plimsoll/model/workload.h"
#include "rank.h"

/* ---- of a measure beside it ---- */

static bool is_under_way(const struct pl_explain *explain, uint64_t deadline_usec)
{
        return !explain->has_ended && deadline_usec > explain->clock.now_usec;
}

static void add_measure_effect(struct pl_text *text, const struct pl_explain *explain,
                               const struct pl_explain_measure *measure)
{
        if (measure->has_outcome)
                pl_journal_add_outcome(text, &measure->outcome, measure->amount_bytes);
        else if (measure->is_observed)
                pl_text_add(text, "only observed");
        else
                pl_text_add(text, is_under_way(explain, measure->deadline_usec) ? "under way"
                                                                                : "no outcome");
}

void pl_explain_add_measure(struct pl_text *text, const struct pl_explain *explain,
                            const struct pl_explain_measure *measure)
{
        const char *word = pl_journal_measure_word(measure->measure);
        const bool has_told = measure->measure == PL_MEASURE_RECLAIM && measure->has_outcome;
        uint64_t at_usec = explain->act.at_usec;

        pl_text_addf(text, "#%llu %s ", (unsigned long long) measure->number,
                     word ? word : "something");
        pl_explain_add_name(text, measure->name, measure->id);
        if (measure->amount_bytes > 0 && !has_told) {
                pl_text_add(text, ", ");
                pl_bytes_format_short(text, measure->amount_bytes);
        }
        if (at_usec > measure->at_usec) {
                pl_text_add(text, ", ");
                pl_duration_format_short(text, at_usec - measure->at_usec);
                pl_text_add(text, " before");
        }
        pl_text_add(text, ": ");
        add_measure_effect(text, explain, measure);
}

/* ---- of itself ---- */

static void add_no_outcome(struct pl_text *text, const struct pl_explain *explain)
{
        const uint64_t deadline_usec = explain->act.decision.decision.deadline_usec;

        if (explain->has_ended) {
                pl_text_add(text, "Not known: plimsolld ended before it was written down.");
        } else if (is_under_way(explain, deadline_usec)) {
                pl_text_add(text, "Under way: it has ");
                pl_duration_format_short(text, deadline_usec - explain->clock.now_usec);
                pl_text_add(text, " to go.");
        } else
                pl_text_add(text, "Not known: nothing was written down.");
}

/* A sentence of its own. */
static void add_outcome(struct pl_text *text, const struct pl_explain *explain)
{
        pl_journal_add_outcome(text, &explain->outcome.outcome.outcome,
                               explain->act.decision.decision.amount_bytes);
        pl_text_add(text, ".");
        if (text->data[0] >= 'a' && text->data[0] <= 'z')
                text->data[0] = (char) (text->data[0] - 'a' + 'A');
}

/* What its end does not free. */
static void add_stays(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);
        const struct pl_decision *made = &explain->act.decision.decision;

        if ((made->measure != PL_MEASURE_KILL && made->measure != PL_MEASURE_TERM) ||
            explain->act.decision.flags & PL_JOURNAL_DECISION_OBSERVED)
                return;
        for (uint32_t i = 0; table && i < pl_explain_candidate_count(table); i++) {
                const struct pl_candidate *candidate = &table->decision.candidates[i];

                if (candidate->id != made->id || candidate->stays_bytes == 0)
                        continue;
                pl_text_add(text, " ");
                pl_bytes_format_short(text, candidate->stays_bytes);
                pl_text_add(text, " of shared memory and tmpfs outlive it: only who removes them "
                                  "frees them.");
                return;
        }
}

/* ---- what others say ---- */

/* A unit whose every process was killed is marked for systemd beforehand. One process of it is not. */
static void add_systemd(struct pl_text *text, const struct pl_explain *explain)
{
        if (explain->whom.is_known && explain->whom.is_by_process)
                pl_text_add(text, " It was its largest process alone, and to systemd that has died "
                                  "of a signal.");
        else if (explain->whom.is_known || explain->outcome.outcome.outcome.processes > 1)
                pl_text_add(text, " systemd takes that for an OOM kill: its result is oom-kill.");
}

static void add_runtime(struct pl_text *text, const struct pl_explain *explain)
{
        const int runtime = explain->whom.runtime;

        if (explain->whom.is_known && explain->whom.is_by_process)
                pl_text_add(text, " It was its largest process alone.");
        else if (runtime == PL_RUNTIME_DOCKER || runtime == PL_RUNTIME_PODMAN)
                pl_text_add(text, " Its runtime says OOMKilled=false and exit code 137 of that, "
                                  "which tells nothing of why.");
        else
                pl_text_add(text, " Who runs it sees exit code 137 and no OOM kill, which tells "
                                  "nothing of why.");
}

static void add_others(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_outcome *outcome = &explain->outcome.outcome.outcome;

        if (explain->act.decision.decision.measure != PL_MEASURE_KILL ||
            explain->outcome.type != PL_JOURNAL_OUTCOME || !pl_journal_is_carried_out(outcome))
                return;
        switch (explain->whom.kind) {
        case PL_WORKLOAD_CONTAINER:
                add_runtime(text, explain);
                break;
        case PL_WORKLOAD_SERVICE:
        case PL_WORKLOAD_SCOPE:
        case PL_WORKLOAD_SESSION:
                add_systemd(text, explain);
                break;
        default:
                break;
        }
}

void pl_explain_add_effect(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_journal_decision *act = &explain->act.decision;

        pl_assert(text && text->length == 0);

        if (act->flags & PL_JOURNAL_DECISION_OBSERVED)
                pl_text_add(text, "Observing: nothing was done.");
        else if (act->decision.measure == PL_MEASURE_ALARM)
                pl_text_add(text, "An alarm was raised; nothing was done to anybody.");
        else if (explain->outcome.type == PL_JOURNAL_OUTCOME)
                add_outcome(text, explain);
        else
                add_no_outcome(text, explain);
        add_others(text, explain);
        add_stays(text, explain);
        if (explain->over_usec > explain->act.at_usec) {
                pl_text_add(text, " The shortage was over ");
                pl_duration_format_short(text, explain->over_usec - explain->act.at_usec);
                pl_text_add(text, " later.");
        }
}

/* ---- of the second process ---- */

void pl_explain_add_mate(struct pl_text *text, const struct pl_explain *explain)
{
        pl_assert(text);
        pl_assert(explain->mate.type == PL_JOURNAL_OUTCOME);

        pl_events_add_time(text, &explain->mate_clock, explain->mate.at_usec);
        pl_text_add(text, ", ");
        pl_live_add_ago(text, &explain->mate_clock, explain->mate.at_usec);
        pl_text_add(text, ": ");
        pl_journal_add_sentence(text, &explain->mate);
}
