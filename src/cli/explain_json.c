/* SPDX-License-Identifier: Apache-2.0 */

/* Acts have the members that `events --json` gives them, so that a script reads both alike; words stand beside them. */

#include "events.h"
#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"

/* Null where there is none. */
static void put_act(struct pl_json_writer *writer, const char *key, const struct pl_live *clock,
                    const struct pl_journal_act *act)
{
        if (act->type == 0) {
                pl_json_put_null(writer, key);
                return;
        }
        pl_json_key(writer, key);
        pl_json_object_begin(writer);
        if (act->sequence > 0)
                pl_json_put_u64(writer, "sequence", act->sequence);
        pl_live_put_time(writer, "time", clock, act->at_usec);
        pl_live_put_seconds(writer, "boot_seconds", act->at_usec);
        pl_events_put_figures(writer, clock, act);
        pl_json_object_end(writer);
}

/* ---- words ---- */

typedef void add_words(struct pl_text *text, const struct pl_explain *explain);

static void put_words(struct pl_json_writer *writer, const char *key, add_words *add,
                      const struct pl_explain *explain)
{
        struct pl_live_sentence sentence;

        add(pl_live_begin(&sentence), explain);
        pl_live_put_words(writer, key, sentence.buffer);
}

static void add_scope(struct pl_text *text, const struct pl_explain *explain)
{
        pl_explain_add_scope(text, &explain->act.decision);
}

static void put_evidence(struct pl_json_writer *writer, const struct pl_explain *explain,
                         const struct pl_explain_policy *policy)
{
        const struct pl_verdict *verdict = &explain->act.decision.decision.verdict;

        pl_json_key(writer, "evidence");
        pl_json_array_begin(writer);
        for (uint32_t i = 0; i < PL_EVIDENCES; i++) {
                struct pl_live_sentence sentence;

                if (!(verdict->evidence >> i & 1))
                        continue;
                pl_explain_add_figure(pl_live_begin(&sentence), policy, verdict, i);
                pl_json_object_begin(writer);
                pl_live_put_words(writer, "evidence", pl_journal_evidence_word(i));
                pl_live_put_words(writer, "words", pl_explain_evidence_words(i));
                pl_live_put_words(writer, "policy", sentence.buffer);
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
}

static void put_hint(struct pl_json_writer *writer, const struct pl_explain *explain,
                     const struct pl_explain_policy *policy)
{
        char buffer[2 * PL_EXPLAIN_WORDS_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_explain_add_hint(&text, explain, policy);
        pl_live_put_words(writer, "to_change_this", buffer);
        pl_json_put_bool(writer, "policy_is_the_same", policy->is_then);
}

/* ---- measures ---- */

static void put_measure(struct pl_json_writer *writer, const struct pl_explain *explain,
                        const struct pl_explain_measure *measure)
{
        const struct pl_journal_act outcome = { .at_usec = measure->outcome.ended_usec,
                                                .type = measure->has_outcome ? PL_JOURNAL_OUTCOME
                                                                             : 0,
                                                .outcome.outcome = measure->outcome };
        const char *word = pl_journal_measure_word(measure->measure);

        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "number", measure->number);
        pl_live_put_time(writer, "time", &explain->clock, measure->at_usec);
        pl_live_put_words(writer, "measure", word);
        pl_live_put_words(writer, "workload", measure->name);
        pl_json_put_u64(writer, "cgroup_id", measure->id);
        pl_json_put_u64(writer, "amount_bytes", measure->amount_bytes);
        pl_json_put_bool(writer, "observed", measure->is_observed);
        put_act(writer, "outcome", &explain->clock, &outcome);
        pl_json_object_end(writer);
}

static void put_measures(struct pl_json_writer *writer, const char *key,
                         const struct pl_explain *explain,
                         const struct pl_explain_measures *measures)
{
        pl_json_key(writer, key);
        pl_json_array_begin(writer);
        for (size_t i = 0; i < pl_explain_measure_count(measures); i++)
                put_measure(writer, explain, pl_explain_measure_at(measures, i));
        pl_json_array_end(writer);
}

/* ---- candidates ---- */

static void put_why(struct pl_json_writer *writer, const char *name, const char *from,
                    const char *why)
{
        pl_json_object_begin(writer);
        pl_live_put_words(writer, "workload", name);
        pl_live_put_words(writer, "from", from);
        pl_live_put_words(writer, "why", why);
        pl_json_object_end(writer);
}

/* Of each candidate that is asked for, or of all. */
static void put_whys(struct pl_json_writer *writer, const char *key,
                     const struct pl_explain *explain, const struct pl_explain_request *request,
                     const struct pl_explain_wanted *who)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);

        pl_json_key(writer, key);
        pl_json_array_begin(writer);
        for (uint32_t i = 0; table && i < pl_explain_candidate_count(table); i++) {
                struct pl_live_sentence sentence;

                if (who &&
                    !pl_explain_is_called(who, table->names[i], table->decision.candidates[i].id))
                        continue;
                pl_explain_add_why(pl_live_begin(&sentence), table, i);
                put_why(writer, table->names[i], "table", sentence.buffer);
        }
        if (who && request->why_not_absent)
                put_why(writer, request->why_not_absent->name,
                        request->why_not_absent->is_outside ? "scope" : "now",
                        request->why_not_absent->why);
        pl_json_array_end(writer);
}

static void put_after(struct pl_json_writer *writer, const struct pl_explain *explain)
{
        const struct pl_live wall = { .now_usec = (uint64_t) explain->clock.realtime_usec,
                                      .realtime_usec = explain->clock.realtime_usec };

        put_act(writer, "outcome", &explain->clock, &explain->outcome);
        put_words(writer, "effect", pl_explain_add_effect, explain);
        put_act(writer, "since_then", &explain->mate_clock, &explain->mate);
        pl_live_put_time(writer, "over_at", &explain->clock, explain->over_usec);
        pl_json_put_bool(writer, "daemon_ended_since", explain->has_ended);
        pl_json_put_u64(writer, "older_of_this_number", explain->alike_count);
        pl_live_put_time(writer, "newest_of_those", &wall, (uint64_t) explain->alike_usec);
}

void pl_explain_print_json(struct pl_cli *cli, const struct pl_explain *explain,
                           const struct pl_explain_request *request)
{
        static const struct pl_journal_act none;
        struct pl_json_writer writer;

        pl_assert(cli && explain);
        pl_assert(request && request->policy);

        pl_cli_json_begin(cli, &writer);
        put_act(&writer, "decision", &explain->clock, &explain->act);
        put_words(&writer, "title", pl_explain_add_title, explain);
        put_words(&writer, "seen", pl_explain_add_seen, explain);
        put_evidence(&writer, explain, request->policy);
        put_words(&writer, "whose", add_scope, explain);
        put_words(&writer, "why_this", pl_explain_add_choice, explain);
        put_measures(&writer, "before", explain, &explain->before);
        put_measures(&writer, "together", explain, &explain->together);
        put_act(&writer, "table", &explain->clock,
                explain->table.sequence != explain->act.sequence ? &explain->table : &none);
        put_whys(&writer, "whys", explain, request, NULL);
        if (request->why_not)
                put_whys(&writer, "why_not", explain, request, request->why_not);
        put_after(&writer, explain);
        put_hint(&writer, explain, request->policy);
        pl_cli_json_end(&writer);
}
