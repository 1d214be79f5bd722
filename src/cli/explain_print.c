/* SPDX-License-Identifier: Apache-2.0 */

/* The answer first, then in the order of the questions: what was seen, whose shortage it was, why this one, what was tried,
 * who else there was, what came of it, what would change it.
 */

#include "events.h"
#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "rank.h"

enum { TITLE_COLUMNS = 16 }; /* "To change this" and a gap */

static void print_line(struct pl_cli *cli, const char *title, const char *words)
{
        const struct pl_live_line line = { PL_CLI_MARK_OK, title, TITLE_COLUMNS };

        pl_live_print_line(cli, &line, words);
        (void) pl_cli_flush(cli); /* a failure is kept and told by main() */
}

/* "#17  14:02:11, 2 h ago: batch/report was killed" */
static void print_title(struct pl_cli *cli, const struct pl_explain *explain)
{
        char buffer[32];
        struct pl_live_sentence sentence;
        struct pl_text number, *text = pl_live_begin(&sentence);
        size_t column;

        pl_text_init(&number, buffer, sizeof buffer);
        pl_text_addf(&number, "#%llu", (unsigned long long) explain->act.decision.decision.number);
        column = number.length + 2;
        pl_events_add_time(text, &explain->clock, explain->act.at_usec);
        pl_text_add(text, ", ");
        pl_live_add_ago(text, &explain->clock, explain->act.at_usec);
        pl_text_add(text, ": ");
        pl_explain_add_title(text, explain);
        pl_text_add(cli->out, buffer);
        pl_cli_add_blanks(cli->out, 2);
        pl_cli_add_wrapped(cli->out, cli->style, column, column, sentence.buffer);
        pl_text_add(cli->out, "\n");
}

/* ---- what was seen ---- */

static void print_evidence(struct pl_cli *cli, const struct pl_explain *explain,
                           const struct pl_explain_policy *policy)
{
        const struct pl_verdict *verdict = &explain->act.decision.decision.verdict;
        const char *title = "Evidence";

        for (uint32_t i = 0; i < PL_EVIDENCES; i++) {
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_live_sentence sentence;
                struct pl_text figure, *text = pl_live_begin(&sentence);

                if (!(verdict->evidence >> i & 1))
                        continue;
                pl_text_init(&figure, buffer, sizeof buffer);
                pl_explain_add_figure(&figure, policy, verdict, i);
                pl_text_add(text, pl_explain_evidence_words(i));
                if (figure.length > 0)
                        pl_text_addf(text, " (%s)", buffer);
                print_line(cli, title, sentence.buffer);
                title = "";
        }
}

static void print_seen(struct pl_cli *cli, const struct pl_explain *explain,
                       const struct pl_explain_policy *policy)
{
        struct pl_live_sentence sentence;

        pl_explain_add_seen(pl_live_begin(&sentence), explain);
        print_line(cli, "What was seen", sentence.buffer);
        print_evidence(cli, explain, policy);
        pl_explain_add_scope(pl_live_begin(&sentence), &explain->act.decision);
        print_line(cli, "Whose shortage", sentence.buffer);
        pl_explain_add_choice(pl_live_begin(&sentence), explain);
        print_line(cli, "Why this", sentence.buffer);
}

/* ---- what was done beside it ---- */

static void print_measures(struct pl_cli *cli, const struct pl_explain *explain, const char *title,
                           const struct pl_explain_measures *measures)
{
        const size_t count = pl_explain_measure_count(measures);
        struct pl_live_sentence sentence;

        if (measures->total > count) {
                pl_text_addf(pl_live_begin(&sentence), "%zu measures that are not shown, and then",
                             measures->total - count);
                print_line(cli, title, sentence.buffer);
                title = "";
        }
        for (size_t i = 0; i < count; i++, title = "") {
                pl_explain_add_measure(pl_live_begin(&sentence), explain,
                                       pl_explain_measure_at(measures, i));
                print_line(cli, title, sentence.buffer);
        }
}

static void print_beside(struct pl_cli *cli, const struct pl_explain *explain)
{
        uint32_t measure = explain->act.decision.decision.measure;

        print_measures(cli, explain, "Tried before", &explain->before);
        if (explain->before.total == 0 &&
            (measure == PL_MEASURE_KILL || measure == PL_MEASURE_TERM))
                print_line(cli, "Tried before", "nothing that is written down");
        print_measures(cli, explain, "Together with", &explain->together);
}

static void print_candidates(struct pl_cli *cli, const struct pl_explain *explain, bool all)
{
        const struct pl_decision *made = &explain->act.decision.decision;

        if (pl_explain_table(explain)) {
                pl_text_add(cli->out, "\n");
                pl_explain_print_table(cli, explain, all);
                pl_text_add(cli->out, "\n");
        } else if (made->table != 0)
                print_line(cli, "Candidates", "their table is lost");
}

/* ---- why not ---- */

static void print_why_of(struct pl_cli *cli, const struct pl_explain *explain, uint32_t index,
                         const char *title)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_explain_add_name(text, table->names[index], table->decision.candidates[index].id);
        pl_text_add(text, ": ");
        pl_explain_add_why(text, table, index);
        print_line(cli, title, sentence.buffer);
}

static void print_why_not(struct pl_cli *cli, const struct pl_explain *explain,
                          const struct pl_explain_request *request)
{
        const struct pl_journal_decision *table = pl_explain_table(explain);
        struct pl_live_sentence sentence;
        const char *title = "Why not";

        for (uint32_t i = 0; request->why_not && table && i < pl_explain_candidate_count(table);
             i++) {
                if (!pl_explain_is_called(request->why_not, table->names[i],
                                          table->decision.candidates[i].id))
                        continue;
                print_why_of(cli, explain, i, title);
                title = "";
        }
        if (!request->why_not_absent)
                return;
        pl_explain_add_absent(pl_live_begin(&sentence), request->why_not_absent);
        print_line(cli, title, sentence.buffer);
}

/* ---- the rest ---- */

static void print_hint(struct pl_cli *cli, const struct pl_explain *explain,
                       const struct pl_explain_policy *policy)
{
        char buffer[2 * PL_EXPLAIN_WORDS_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_explain_add_hint(&text, explain, policy);
        if (text.length > 0)
                print_line(cli, "To change this", buffer);
        if (policy->is_kept)
                print_line(cli, "Policy",
                           "the files are not those that were in force: figures are of what "
                           "plimsolld has kept");
        else if (!policy->is_then)
                print_line(cli, "Policy",
                           "the files are not those that were in force, or cannot be "
                           "read: their figures and lines are left out");
}

/* Another of the same number is of another start of plimsolld. */
static void print_alike(struct pl_cli *cli, const struct pl_explain *explain)
{
        const struct pl_live wall = { .now_usec = (uint64_t) explain->clock.realtime_usec,
                                      .realtime_usec = explain->clock.realtime_usec };
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (explain->alike_count == 0)
                return;
        pl_text_addf(text,
                     "%zu older %s of this number, from before plimsolld was started anew; the "
                     "newest of them is of ",
                     explain->alike_count, explain->alike_count == 1 ? "decision is" : "are");
        pl_events_add_time(text, &wall, (uint64_t) explain->alike_usec);
        pl_text_add(text, " (--before)");
        print_line(cli, "Also", sentence.buffer);
}

static void print_mate(struct pl_cli *cli, const struct pl_explain *explain)
{
        struct pl_live_sentence sentence;

        if (explain->mate.type == 0)
                return;
        pl_explain_add_mate(pl_live_begin(&sentence), explain);
        print_line(cli, "Since then", sentence.buffer);
}

void pl_explain_print(struct pl_cli *cli, const struct pl_explain *explain,
                      const struct pl_explain_request *request)
{
        struct pl_live_sentence sentence;

        pl_assert(cli && explain);
        pl_assert(request && request->policy);

        print_title(cli, explain);
        print_why_not(cli, explain, request);
        print_seen(cli, explain, request->policy);
        print_beside(cli, explain);
        print_candidates(cli, explain, request->all);
        pl_explain_add_effect(pl_live_begin(&sentence), explain);
        print_line(cli, "Effect", sentence.buffer);
        print_hint(cli, explain, request->policy);
        print_mate(cli, explain);
        print_alike(cli, explain);
}
