/* SPDX-License-Identifier: Apache-2.0 */

/* How short of memory the host is, as plimsolld judged it last, and what it decided last: what whoever is woken at night asks
 * first.
 */

#include <string.h>

#include "events.h"
#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/sentence.h"
#include "status.h"

/* ---- the last decision ---- */

/* That something ended which had begun is no news. What the second process did was decided by nobody else. */
static bool is_news(const struct pl_journal_act *act)
{
        uint32_t measure = act->decision.decision.measure;

        if (act->type == PL_JOURNAL_OUTCOME)
                return act->outcome.outcome.decision == 0;
        return act->type == PL_JOURNAL_DECISION && measure != PL_MEASURE_RELEASE &&
               measure != PL_MEASURE_THAW;
}

/* Backwards to the first that is wanted: news, or what became of a decision. */
static bool find_back(const struct pl_status *status, uint64_t outcome_of,
                      struct pl_journal_act *ret_act)
{
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(&status->live->reader,
                                                                   PL_JOURNAL_ACTS);
        int r;

        while ((r = pl_journal_previous_act(&cursor, ret_act)) != PL_JOURNAL_E_END) {
                if (r != 0)
                        continue;
                if (ret_act->at_usec < status->live->state.started_usec)
                        return false;
                if (outcome_of == 0 ? is_news(ret_act)
                                    : ret_act->type == PL_JOURNAL_OUTCOME &&
                                              ret_act->outcome.outcome.decision == outcome_of)
                        return true;
        }
        return false;
}

/* "batch/report was killed, 6.00 GiB back in 0.4 s" */
static void add_decided(struct pl_text *text, const struct pl_status *status,
                        const struct pl_journal_decision *act)
{
        const struct pl_status_decided *decided = &status->decided;
        const struct pl_outcome *outcome = decided->has_outcome ? &decided->outcome : NULL;

        pl_explain_add_deed(text, act, outcome);
        if (!outcome) {
                if (!decided->is_observed && act->decision.deadline_usec > status->live->now_usec)
                        pl_text_add(text, ", which is under way");
                return;
        }
        if (!pl_journal_is_carried_out(outcome)) {
                pl_text_add(text, ": ");
                pl_journal_add_outcome(text, outcome, act->decision.amount_bytes);
        } else if (outcome->bytes > 0 && outcome->measure != PL_MEASURE_RECLAIM &&
                   outcome->ended_usec >= outcome->began_usec) {
                pl_text_add(text, ", ");
                pl_bytes_format_short(text, outcome->bytes);
                pl_text_add(text, " back in ");
                pl_duration_format_short(text, outcome->ended_usec - outcome->began_usec);
        }
}

static void take_deed(struct pl_status_decided *decided, const struct pl_journal_act *act)
{
        struct pl_text words;

        *decided = (struct pl_status_decided){ .at_usec = act->at_usec,
                                               .id = act->outcome.outcome.id,
                                               .measure = act->outcome.outcome.measure,
                                               .has_outcome = true,
                                               .outcome = act->outcome.outcome };
        memcpy(decided->name, act->outcome.name, sizeof decided->name);
        pl_text_init(&words, decided->words, sizeof decided->words);
        pl_journal_add_sentence(&words, act);
}

void pl_status_look_decided(struct pl_status *status)
{
        static struct pl_journal_act act, outcome;
        struct pl_status_decided *decided;
        struct pl_text words;

        pl_assert(status && status->live);

        decided = &status->decided;
        if (!find_back(status, 0, &act))
                return;
        if (act.type == PL_JOURNAL_OUTCOME) {
                take_deed(decided, &act);
                return;
        }
        if (act.decision.decision.number == 0)
                return;
        *decided = (struct pl_status_decided){
                .number = act.decision.decision.number,
                .at_usec = act.at_usec,
                .id = act.decision.decision.id,
                .measure = act.decision.decision.measure,
                .is_observed = act.decision.flags & PL_JOURNAL_DECISION_OBSERVED,
        };
        memcpy(decided->name, act.decision.name, sizeof decided->name);
        decided->has_outcome = find_back(status, decided->number, &outcome);
        if (decided->has_outcome)
                decided->outcome = outcome.outcome.outcome;
        pl_text_init(&words, decided->words, sizeof decided->words);
        add_decided(&words, status, &act.decision);
}

/* ---- in words ---- */

static const char *severity_words(uint32_t severity)
{
        static const char *const words[PL_SEVERITIES] = {
                [PL_SEVERITY_WATCH] = "no, but it is watched more closely",
                [PL_SEVERITY_SHORT] = "the host is short of memory",
                [PL_SEVERITY_SCARCE] = "the host is so short of memory that a kill may follow",
                [PL_SEVERITY_CRITICAL] = "the host is critically short of memory",
        };

        return severity < PL_SEVERITIES ? words[severity] : "in a way that a later version knows";
}

static enum pl_cli_mark severity_mark(uint32_t severity)
{
        if (severity <= PL_SEVERITY_WATCH)
                return PL_CLI_MARK_OK;
        return severity == PL_SEVERITY_SHORT ? PL_CLI_MARK_WARNING : PL_CLI_MARK_PROBLEM;
}

static void print_severity(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_verdict *verdict = &status->live->host.verdict;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!status->live->has_host || verdict->severity == PL_SEVERITY_CALM)
                return;
        pl_text_add(text, severity_words(verdict->severity));
        pl_text_add(text, ": ");
        pl_explain_add_amounts(text, verdict->available_bytes, " available where ",
                               verdict->floor_bytes);
        pl_text_add(text, " should be");
        pl_status_print_line(cli, severity_mark(verdict->severity), "short", sentence.buffer);
}

static void print_decided(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_status_decided *decided = &status->decided;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (decided->at_usec == 0)
                return;
        pl_live_add_ago(text, status->live, decided->at_usec);
        pl_text_add(text, ": ");
        pl_cli_add_plain(text, cli->style, pl_span_of(decided->words));
        if (decided->number > 0)
                pl_text_addf(text, " (plimsoll explain %llu)",
                             (unsigned long long) decided->number);
        pl_status_print_line(cli, PL_CLI_MARK_OK, decided->is_observed ? "decided" : "last act",
                             sentence.buffer);
}

void pl_status_print_short(struct pl_cli *cli, const struct pl_status *status)
{
        pl_assert(cli);
        pl_assert(status && status->live);

        print_severity(cli, status);
        print_decided(cli, status);
}

/* ---- JSON ---- */

static void put_outcome(struct pl_json_writer *writer, const struct pl_status *status)
{
        const struct pl_journal_act act = { .type = PL_JOURNAL_OUTCOME,
                                            .outcome.outcome = status->decided.outcome };

        if (!status->decided.has_outcome) {
                pl_json_put_null(writer, "outcome");
                return;
        }
        pl_json_key(writer, "outcome");
        pl_json_object_begin(writer);
        pl_live_put_time(writer, "time", status->live, status->decided.outcome.ended_usec);
        pl_events_put_figures(writer, status->live, &act);
        pl_json_object_end(writer);
}

static void put_decided(struct pl_json_writer *writer, const struct pl_status *status)
{
        const struct pl_status_decided *decided = &status->decided;

        if (decided->at_usec == 0) {
                pl_json_put_null(writer, "last_decision");
                return;
        }
        pl_json_key(writer, "last_decision");
        pl_json_object_begin(writer);
        if (decided->number > 0)
                pl_json_put_u64(writer, "number", decided->number);
        else
                pl_json_put_null(writer, "number");
        pl_live_put_time(writer, "at", status->live, decided->at_usec);
        pl_live_put_words(writer, "measure", pl_journal_measure_word(decided->measure));
        pl_live_put_words(writer, "workload", decided->name);
        pl_json_put_u64(writer, "cgroup_id", decided->id);
        pl_json_put_bool(writer, "observed", decided->is_observed);
        pl_live_put_words(writer, "words", decided->words);
        put_outcome(writer, status);
        pl_json_object_end(writer);
}

void pl_status_put_short(struct pl_json_writer *writer, const struct pl_status *status)
{
        const struct pl_verdict *verdict;

        pl_assert(status && status->live);

        verdict = &status->live->host.verdict;
        pl_live_put_words(writer, "severity",
                          status->live->has_host ? pl_journal_severity_word(verdict->severity)
                                                 : NULL);
        put_decided(writer, status);
}
