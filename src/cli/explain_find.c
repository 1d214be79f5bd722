/* SPDX-License-Identifier: Apache-2.0 */

/* What belongs to a decision stands before and behind it, so it is found first. A writer may go on between the two turns, and
 * what it writes over is the oldest: at worst what was tried long before is missing.
 */

#include <string.h>

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/policy/glob.h"

/* ---- which ---- */

/* "api/web" is found as "web", too. */
bool pl_explain_is_called(const struct pl_explain_wanted *wanted, const char *name, uint64_t id)
{
        const struct pl_span pattern = pl_span_of(wanted->name);
        const char *slash = strchr(name, '/');

        for (size_t i = 0; i < wanted->id_count; i++)
                if (wanted->ids[i] == id)
                        return true;
        if (wanted->name[0] == '/')
                return false;
        return pl_glob_matches(pattern, PL_GLOB_NAME, pl_span_of(name)) ||
               (slash && pl_glob_matches(pattern, PL_GLOB_NAME, pl_span_of(slash + 1)));
}

static bool is_grave(uint32_t measure)
{
        return measure == PL_MEASURE_KILL || measure == PL_MEASURE_TERM ||
               measure == PL_MEASURE_ALARM;
}

/* That something ended which had begun is no news of a workload. */
static bool is_end(uint32_t measure)
{
        return measure == PL_MEASURE_RELEASE || measure == PL_MEASURE_THAW;
}

/* With the kill that was one too many. */
static bool goes_along(uint32_t measure)
{
        return measure == PL_MEASURE_CAP || measure == PL_MEASURE_DOWN;
}

static bool was_candidate(const struct pl_explain_wanted *wanted,
                          const struct pl_journal_decision *decision)
{
        for (uint32_t i = 0; i < pl_explain_candidate_count(decision); i++)
                if (pl_explain_is_called(wanted, decision->names[i],
                                         decision->decision.candidates[i].id))
                        return true;
        return false;
}

/* How well it fits: 0 not at all. What was done to a workload comes before what it only was a candidate for. */
static unsigned fit_of(const struct pl_explain_wanted *wanted,
                       const struct pl_journal_decision *decision)
{
        const struct pl_decision *made = &decision->decision;

        if (wanted->kind == PL_EXPLAIN_NUMBER)
                return made->number == wanted->number;
        if (wanted->kind == PL_EXPLAIN_LAST && (is_end(made->measure) || goes_along(made->measure)))
                return 0;
        if (wanted->kind == PL_EXPLAIN_LAST)
                return is_grave(made->measure) ? 2 : 1;
        if (made->id != 0 && pl_explain_is_called(wanted, decision->name, made->id))
                return is_end(made->measure) ? 1 : 3;
        return is_grave(made->measure) && was_candidate(wanted, decision) ? 2 : 0;
}

struct search {
        const struct pl_explain_wanted *wanted;
        int64_t realtime_usec;
        unsigned fit;
        int64_t offset_usec;
        struct pl_explain *found;
};

static void keep(struct search *search, const struct pl_explain_seen *seen, unsigned fit)
{
        struct pl_explain *found = search->found;

        if (search->fit > 0) {
                found->alike_count++;
                found->alike_usec = search->offset_usec + (int64_t) found->act.at_usec;
        }
        search->fit = fit;
        search->offset_usec = seen->offset_usec;
        found->run = seen->run;
        found->act = *seen->act;
        found->mate = (struct pl_journal_act){};
}

/* Times of a boot, as of now. */
static struct pl_live clock_of(const struct search *search, int64_t offset_usec)
{
        int64_t now_usec = PL_MAX(search->realtime_usec - offset_usec, INT64_C(0));

        return (struct pl_live){ .now_usec = (uint64_t) now_usec,
                                 .realtime_usec = now_usec + offset_usec };
}

/* The second process decides nothing that is written down: what it has done is an outcome of no decision. */
static void look_at_deed(struct search *search, const struct pl_explain_seen *seen)
{
        const struct pl_outcome *outcome = &seen->act->outcome.outcome;
        const struct pl_explain_wanted *wanted = search->wanted;

        if (outcome->decision != 0 || wanted->kind == PL_EXPLAIN_NUMBER ||
            (wanted->kind == PL_EXPLAIN_ABOUT &&
             !pl_explain_is_called(wanted, seen->act->outcome.name, outcome->id)))
                return;
        search->found->mate = *seen->act;
        search->found->mate_clock = clock_of(search, seen->offset_usec);
}

static bool is_of_scope(const struct pl_explain *found, const struct pl_verdict *verdict)
{
        const struct pl_verdict *own = &found->act.decision.decision.verdict;

        return verdict->scope == own->scope && verdict->scope_id == own->scope_id;
}

/* What is milder is the last only where the shortage that somebody went for is over. */
static void look_at_verdict(struct search *search, const struct pl_verdict *verdict)
{
        if (search->wanted->kind == PL_EXPLAIN_LAST && verdict->severity == PL_SEVERITY_CALM &&
            is_of_scope(search->found, verdict))
                search->fit = PL_MIN(search->fit, 1U);
}

static void look_at(void *userdata, const struct pl_explain_seen *seen)
{
        struct search *search = userdata;
        const struct pl_journal_act *act = seen->act;
        int64_t wall_usec = seen->offset_usec + (int64_t) act->at_usec;
        unsigned fit;

        if (search->found->oldest_usec == 0)
                search->found->oldest_usec = wall_usec;
        if (act->type == PL_JOURNAL_DECISION)
                search->found->last_number = act->decision.decision.number;
        if (wall_usec >= search->wanted->before_usec)
                return;
        if (act->type == PL_JOURNAL_OUTCOME)
                look_at_deed(search, seen);
        else if (act->type == PL_JOURNAL_VERDICT)
                look_at_verdict(search, &act->judged.verdict);
        if (act->type != PL_JOURNAL_DECISION)
                return;
        fit = fit_of(search->wanted, &act->decision);
        if (fit > 0 && fit >= search->fit)
                keep(search, seen, fit);
}

/* ---- what belongs to it ---- */

size_t pl_explain_measure_count(const struct pl_explain_measures *measures)
{
        return PL_MIN(measures->total, (size_t) PL_EXPLAIN_MEASURES_MAX);
}

const struct pl_explain_measure *pl_explain_measure_at(const struct pl_explain_measures *measures,
                                                       size_t index)
{
        size_t count = pl_explain_measure_count(measures);

        pl_assert(index < count);
        return &measures->items[(measures->total - count + index) % PL_EXPLAIN_MEASURES_MAX];
}

static void add_measure(struct pl_explain_measures *measures, const struct pl_journal_act *act)
{
        const struct pl_decision *made = &act->decision.decision;
        struct pl_explain_measure *item =
                &measures->items[measures->total++ % PL_EXPLAIN_MEASURES_MAX];

        *item = (struct pl_explain_measure){
                .number = made->number,
                .at_usec = act->at_usec,
                .id = made->id,
                .amount_bytes = made->amount_bytes,
                .deadline_usec = made->deadline_usec,
                .measure = made->measure,
                .is_observed = act->decision.flags & PL_JOURNAL_DECISION_OBSERVED,
        };
        memcpy(item->name, act->decision.name, sizeof item->name);
}

static void add_outcome(struct pl_explain_measures *measures, const struct pl_outcome *outcome)
{
        for (size_t i = 0; i < pl_explain_measure_count(measures); i++)
                if (measures->items[i].number == outcome->decision) {
                        measures->items[i].has_outcome = true;
                        measures->items[i].outcome = *outcome;
                }
}

struct gathering {
        struct pl_explain *found;
        bool is_behind; /* the decision was passed */
};

static void gather_decision(struct gathering *gathering, const struct pl_journal_act *act)
{
        struct pl_explain *found = gathering->found;
        const struct pl_decision *made = &act->decision.decision,
                                 *own = &found->act.decision.decision;

        if (made->candidate_count > 0 &&
            made->number == (own->table != 0 ? own->table : own->number))
                found->table = *act;
        if (made->number == own->number)
                gathering->is_behind = true;
        else if (own->table != 0 && made->table == own->table)
                add_measure(&found->together, act);
        else if (!gathering->is_behind && is_of_scope(found, &made->verdict) &&
                 !is_end(made->measure) && made->measure != PL_MEASURE_ALARM)
                add_measure(&found->before, act);
}

static void gather_outcome(struct pl_explain *found, const struct pl_journal_act *act)
{
        const struct pl_outcome *outcome = &act->outcome.outcome;

        if (outcome->decision == found->act.decision.decision.number)
                found->outcome = *act;
        add_outcome(&found->before, outcome);
        add_outcome(&found->together, outcome);
}

/* Calm ends an episode: what was tried before it was not tried for this one. */
static void gather_verdict(struct gathering *gathering, const struct pl_journal_act *act)
{
        struct pl_explain *found = gathering->found;

        if (!is_of_scope(found, &act->judged.verdict) ||
            act->judged.verdict.severity != PL_SEVERITY_CALM)
                return;
        if (!gathering->is_behind)
                found->before.total = 0;
        else if (found->over_usec == 0)
                found->over_usec = act->at_usec;
}

static void gather_policy(struct gathering *gathering, const struct pl_journal_act *act)
{
        if (gathering->is_behind)
                return;
        gathering->found->has_digest = true;
        memcpy(gathering->found->digest, act->policy.digest, sizeof gathering->found->digest);
}

/* Whom a hint would be about: at a limit it is whose limit that is. */
static uint64_t subject_of(const struct pl_explain *found)
{
        const struct pl_decision *made = &found->act.decision.decision;

        return made->verdict.scope == PL_SCOPE_CGROUP ? made->verdict.scope_id : made->id;
}

static void set_profile(struct pl_explain *found, const char profile[PL_JOURNAL_PROFILE_BYTES])
{
        found->has_profile = true;
        memcpy(found->profile, profile, sizeof found->profile);
}

static void gather_whom(struct pl_explain *found, const struct pl_journal_workload *workload)
{
        if (workload->id != found->act.decision.decision.id)
                return;
        found->whom.kind = workload->kind;
        found->whom.runtime = workload->runtime;
}

/* That it has gone says what it had last, which may be another by then. */
static void gather_profile(struct gathering *gathering, const struct pl_journal_workload *workload,
                           bool is_gone)
{
        struct pl_explain *found = gathering->found;

        if (workload->id == subject_of(found) &&
            (is_gone ? !found->has_profile : !gathering->is_behind))
                set_profile(found, workload->profile_name);
}

static void gather(void *userdata, const struct pl_explain_seen *seen)
{
        struct gathering *gathering = userdata;

        if (!pl_explain_is_same_run(seen->run, gathering->found->run)) {
                gathering->found->has_ended |= gathering->is_behind;
                return;
        }
        switch (seen->act->type) {
        case PL_JOURNAL_DECISION:
                gather_decision(gathering, seen->act);
                break;
        case PL_JOURNAL_OUTCOME:
                gather_outcome(gathering->found, seen->act);
                break;
        case PL_JOURNAL_VERDICT:
                gather_verdict(gathering, seen->act);
                break;
        case PL_JOURNAL_IN_FORCE:
                gather_policy(gathering, seen->act);
                break;
        case PL_JOURNAL_APPEARED:
        case PL_JOURNAL_CHANGED:
        case PL_JOURNAL_GONE:
                gather_profile(gathering, &seen->act->workload, seen->act->type == PL_JOURNAL_GONE);
                gather_whom(gathering->found, &seen->act->workload);
                break;
        case PL_JOURNAL_ENDED:
                gathering->found->has_ended |= gathering->is_behind;
                break;
        default:
                break;
        }
}

/* That act may be older than all that is left of the ring. */
static void take_digest_of_board(const struct pl_live *live, struct pl_explain *found)
{
        const struct pl_journal_policy *policy = &live->state.in_force;

        if (found->has_digest || found->has_ended || !pl_live_has_digest(policy) ||
            policy->at_usec > found->act.at_usec)
                return;
        found->has_digest = true;
        memcpy(found->digest, policy->digest, sizeof found->digest);
}

static void take_row(struct pl_explain *found, const struct pl_journal_row *row)
{
        if (!found->has_profile && row->id == subject_of(found))
                set_profile(found, row->profile_name);
        if (row->id == found->act.decision.decision.id)
                found->whom = (struct pl_explain_whom){ row->kind, row->runtime, true,
                                                        row->flags & PL_CGROUP_BY_PROCESS };
}

/* Likewise; and how large the host is. */
static void take_rest_of_board(const struct pl_live *live, struct pl_explain *found)
{
        const struct pl_host_sample *host = &live->host.sample;
        struct pl_journal_row row;

        if (live->has_host && host->have & PL_HOST_BIT(total_bytes))
                found->memory_bytes = host->total_bytes;
        for (uint32_t i = 0; i < pl_journal_rows_used(&live->reader); i++)
                if (pl_journal_read_row(&live->reader, i, &row) == 0 && row.id != 0)
                        take_row(found, &row);
}

const struct pl_journal_decision *pl_explain_table(const struct pl_explain *explain)
{
        return explain->table.type == PL_JOURNAL_DECISION ? &explain->table.decision : NULL;
}

uint32_t pl_explain_candidate_count(const struct pl_journal_decision *table)
{
        return PL_MIN(table->decision.candidate_count, (uint32_t) PL_CANDIDATES_MAX);
}

int pl_explain_find(const struct pl_explain_source *source, const struct pl_explain_wanted *wanted,
                    struct pl_explain *ret_explain)
{
        struct search search = { .wanted = wanted,
                                 .realtime_usec = source->realtime_usec,
                                 .found = ret_explain };
        struct gathering gathering = { .found = ret_explain };
        int r;

        pl_assert(wanted);
        pl_assert(ret_explain);

        memset(ret_explain, 0, sizeof *ret_explain);
        r = pl_explain_walk(source, look_at, &search);
        if (r != 0)
                return r;
        if (search.fit == 0)
                return PL_EXPLAIN_E_NONE;
        ret_explain->clock = clock_of(&search, search.offset_usec);
        r = pl_explain_walk(source, gather, &gathering);
        if (r == 0 && source->live) {
                take_digest_of_board(source->live, ret_explain);
                take_rest_of_board(source->live, ret_explain);
        }
        return r;
}
