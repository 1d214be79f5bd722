/* SPDX-License-Identifier: Apache-2.0 */

/* Numbers of an enumeration come from a journal, which may be anybody's, and are held against their bound.
 */

#include "explain.h"

#include <stdio.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/sentence.h"
#include "rank.h"

enum { NAME_MOST = 56 }; /* columns: a line has room for it, behind its title */

void pl_explain_add_name(struct pl_text *text, const char *name, uint64_t id)
{
        char buffer[3 * PL_LIVE_NAME_BYTES];
        struct pl_text clean;

        pl_assert(text && name);

        pl_text_init(&clean, buffer, sizeof buffer);
        pl_text_add_clean(&clean, pl_span_of(name));
        if (clean.length > 0)
                pl_live_add_cut(text, (struct pl_cli_style){}, pl_text_span(&clean), NAME_MOST);
        else if (id == 0)
                pl_text_add(text, "the host");
        else
                pl_text_addf(text, "cgroup %llu", (unsigned long long) id);
}

/* ---- what was done ---- */

static const struct {
        const char *participle;
        bool has_amount; /* behind it */
        const char *rest;
} measures[PL_MEASURE_KINDS] = {
        [PL_MEASURE_RECLAIM] = { "made to give back", true, "" },
        [PL_MEASURE_THROTTLE] = { "throttled at", true, "" },
        [PL_MEASURE_RELEASE] = { "released from its throttle", false, "" },
        [PL_MEASURE_FREEZE] = { "frozen", false, "" },
        [PL_MEASURE_THAW] = { "thawed", false, "" },
        [PL_MEASURE_TERM] = { "asked to end", false, "" },
        [PL_MEASURE_KILL] = { "killed", false, "" },
        [PL_MEASURE_RELAX] = { "given", true, " as its memory.high" },
        [PL_MEASURE_CAP] = { "kept at", true, " or less" },
        [PL_MEASURE_DOWN] = { "kept down", false, "" },
};

static const char *auxiliary_of(const struct pl_journal_decision *act,
                                const struct pl_outcome *outcome)
{
        if (act->flags & PL_JOURNAL_DECISION_OBSERVED)
                return " would have been ";
        return outcome && pl_journal_is_carried_out(outcome) ? " was " : " was to be ";
}

/* Of a reclaim also what came back, where that is less. */
static void add_amount(struct pl_text *text, const struct pl_decision *made,
                       const struct pl_outcome *outcome)
{
        if (made->measure == PL_MEASURE_RECLAIM && outcome && outcome->result == PL_RESULT_PARTLY &&
            outcome->bytes < made->amount_bytes) {
                pl_bytes_format_short(text, outcome->bytes);
                pl_text_add(text, " of ");
        }
        pl_bytes_format_short(text, made->amount_bytes);
}

static void add_alarm(struct pl_text *text, const struct pl_journal_decision *act)
{
        pl_text_add(text, "an alarm was raised");
        if (act->decision.id != 0) {
                pl_text_add(text, " for ");
                pl_explain_add_name(text, act->name, act->decision.id);
        }
        if (act->decision.choice == PL_CHOICE_NOBODY)
                pl_text_add(text, ": nobody could be taken");
}

void pl_explain_add_deed(struct pl_text *text, const struct pl_journal_decision *act,
                         const struct pl_outcome *outcome)
{
        const uint32_t measure = act->decision.measure;

        pl_assert(text);

        if (measure == PL_MEASURE_ALARM) {
                add_alarm(text, act);
                return;
        }
        pl_explain_add_name(text, act->name, act->decision.id);
        pl_text_add(text, auxiliary_of(act, outcome));
        if (measure >= PL_MEASURE_KINDS) {
                pl_text_add(text, "treated in a way that a later version knows");
                return;
        }
        pl_text_add(text, measures[measure].participle);
        if (measures[measure].has_amount) {
                pl_text_add(text, " ");
                add_amount(text, &act->decision, outcome);
        }
        pl_text_add(text, measures[measure].rest);
}

void pl_explain_add_title(struct pl_text *text, const struct pl_explain *explain)
{
        pl_explain_add_deed(text, &explain->act.decision,
                            explain->outcome.type == PL_JOURNAL_OUTCOME
                                    ? &explain->outcome.outcome.outcome
                                    : NULL);
}

/* ---- what was seen ---- */

void pl_explain_add_bytes(struct pl_text *text, const struct pl_explain *explain, uint64_t bytes)
{
        if (explain->memory_bytes > 0 && bytes > explain->memory_bytes)
                pl_text_add(text, "more than all memory");
        else
                pl_bytes_format_short(text, bytes);
}

/* At the rate of then, whatever stops it. */
static uint64_t plain_end_usec(const struct pl_verdict *verdict)
{
        uint64_t seconds = verdict->available_bytes / verdict->fall_bytes_per_sec;

        return seconds < UINT64_MAX / PL_USEC_PER_SEC ? seconds * PL_USEC_PER_SEC : UINT64_MAX;
}

static void add_end(struct pl_text *text, const struct pl_verdict *verdict)
{
        const bool is_cgroup = verdict->scope == PL_SCOPE_CGROUP;
        const bool is_far = !is_cgroup && plain_end_usec(verdict) < verdict->end_usec / 4;

        if (verdict->end_usec != UINT64_MAX) {
                pl_text_add(text, is_cgroup ? " and would have met it in "
                                            : " and would have been gone in ");
                pl_duration_format_short(text, verdict->end_usec);
        }
        if (is_far && verdict->end_usec != UINT64_MAX)
                pl_text_add(text, ", for swap had room, or a limit stops what grew");
        else if (is_far)
                pl_text_add(text, ", and no end was in sight: a limit stops what grew, or it had "
                                  "just begun");
}

static void add_fall(struct pl_text *text, const struct pl_explain *explain,
                     const struct pl_verdict *verdict)
{
        if (verdict->fall_bytes_per_sec == 0)
                return;
        pl_text_add(text, verdict->scope == PL_SCOPE_CGROUP ? " It grew by " : " It went by ");
        pl_explain_add_bytes(text, explain, verdict->fall_bytes_per_sec);
        pl_text_add(text, " a second");
        add_end(text, verdict);
        pl_text_add(text, ".");
}

void pl_explain_add_seen(struct pl_text *text, const struct pl_explain *explain)
{
        const struct pl_verdict *verdict = &explain->act.decision.decision.verdict;
        const char *left = verdict->scope == PL_SCOPE_CGROUP ? " were left of its limit"
                                                             : " were available";

        if (verdict->floor_bytes > 0) {
                char between[40];

                (void) snprintf(between, sizeof between, "%s, ", left);
                pl_explain_add_amounts(text, verdict->available_bytes, between,
                                       verdict->floor_bytes);
                pl_text_add(text, " should be");
        } else {
                pl_bytes_format_short(text, verdict->available_bytes);
                pl_text_add(text, left);
        }
        pl_text_add(text, ".");
        add_fall(text, explain, verdict);
        if (verdict->stall_permyriad > 0) {
                pl_text_add(text, " All tasks stood still for ");
                pl_live_add_percent(text, verdict->stall_permyriad);
                pl_text_add(text, " of the last second.");
        }
}

const char *pl_explain_evidence_words(uint32_t evidence)
{
        static const char *const words[PL_EVIDENCES] = {
                [PL_EVIDENCE_SCARCE] = "less was available than the floor",
                [PL_EVIDENCE_CRITICAL] =
                        "less than the critical part of the floor, and no room in swap either",
                [PL_EVIDENCE_STALL] =
                        "all tasks stood still for too long, and it was the host that reclaimed",
                [PL_EVIDENCE_END_NEAR] = "the end was near, in two looks in a row",
                [PL_EVIDENCE_END_COMES] = "the end was in sight",
                [PL_EVIDENCE_THRASH] = "the host swapped in circles, for too long by then",
                [PL_EVIDENCE_RECLAIM] = "the kernel had to reclaim for the host as a whole",
                [PL_EVIDENCE_OWN_MEASURE] =
                        "stalls did not count: a measure of Plimsoll's own caused some",
                [PL_EVIDENCE_LIMIT] = "its memory.max was met",
                [PL_EVIDENCE_UNRECLAIMABLE] =
                        "nearly all of it cannot be reclaimed, and swap has no room for it",
                [PL_EVIDENCE_REFAULTS] =
                        "it stood still and read again what had just been taken from it",
                [PL_EVIDENCE_HIGH] = "it stood still at its memory.high and did not get below it",
        };

        return evidence < PL_EVIDENCES ? words[evidence] : NULL;
}

void pl_explain_add_scope(struct pl_text *text, const struct pl_journal_decision *decision)
{
        const struct pl_verdict *verdict = &decision->decision.verdict;

        if (verdict->scope == PL_SCOPE_HOST) {
                pl_text_add(text, "The host's.");
        } else if (verdict->scope == PL_SCOPE_NODE) {
                pl_text_addf(text, "That of NUMA node %llu.",
                             (unsigned long long) verdict->scope_id);
        } else {
                pl_text_add(text, "That of ");
                pl_explain_add_name(text, decision->scope, verdict->scope_id);
                pl_text_add(text, ", at a limit of its own: nobody outside of it is touched.");
        }
}
