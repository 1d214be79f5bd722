/* SPDX-License-Identifier: Apache-2.0 */

/* Whose shortage, what is done about it, and what became of that. */

#include <syslog.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/sentence.h"
#include "plimsoll/model/profile.h"
#include "sentence.h"

enum { VALUE_MAX = 32 }; /* "1023 TiB" and a duration are far below */

/* ---- verdicts ---- */

static void add_scope(struct pl_text *text, const struct pl_verdict *verdict, struct pl_span name)
{
        if (verdict->scope == PL_SCOPE_HOST)
                pl_text_add(text, "the host");
        else if (verdict->scope == PL_SCOPE_NODE)
                pl_text_addf(text, "NUMA node %llu", (unsigned long long) verdict->scope_id);
        else
                pl_sentence_add_subject(text, name, verdict->scope_id);
}

static const char *severity_words(uint32_t severity)
{
        static const char *const words[PL_SEVERITIES] = {
                [PL_SEVERITY_CALM] = " has enough memory: ",
                [PL_SEVERITY_WATCH] = " is watched more closely: ",
                [PL_SEVERITY_SHORT] = " is short of memory: ",
                [PL_SEVERITY_SCARCE] = " is so short of memory that a kill may follow: ",
                [PL_SEVERITY_CRITICAL] = " is critically short of memory: ",
        };

        return severity < PL_SEVERITIES ? words[severity] : " was judged: ";
}

static void add_verdict(struct pl_text *text, const struct pl_verdict *verdict, struct pl_span name)
{
        add_scope(text, verdict, name);
        pl_text_add(text, severity_words(verdict->severity));
        pl_bytes_format_short(text, verdict->available_bytes);
        pl_text_add(text, " available");
        if (verdict->severity == PL_SEVERITY_CALM)
                return;
        pl_text_add(text, " where ");
        pl_bytes_format_short(text, verdict->floor_bytes);
        pl_text_add(text, " should be");
        if (verdict->fall_bytes_per_sec > 0) {
                pl_text_add(text, ", falling by ");
                pl_bytes_format_short(text, verdict->fall_bytes_per_sec);
                pl_text_add(text, "/s");
        }
        if (verdict->end_usec != UINT64_MAX) {
                pl_text_add(text, ", gone in ");
                pl_duration_format_short(text, verdict->end_usec);
        }
        if (verdict->stall_permyriad > 0)
                pl_text_addf(text, ", all tasks stalled %lu.%lu %% of the last second",
                             (unsigned long) verdict->stall_permyriad / 100,
                             (unsigned long) verdict->stall_permyriad / 10 % 10);
}

void pl_sentence_add_judged(struct pl_text *text, const struct pl_journal_judged *judged)
{
        add_verdict(text, &judged->verdict, PL_SENTENCE_FIELD(judged->name));
}

int pl_sentence_severity_priority(uint32_t severity)
{
        static const int priorities[PL_SEVERITIES] = {
                [PL_SEVERITY_CALM] = LOG_INFO,     [PL_SEVERITY_WATCH] = LOG_INFO,
                [PL_SEVERITY_SHORT] = LOG_NOTICE,  [PL_SEVERITY_SCARCE] = LOG_WARNING,
                [PL_SEVERITY_CRITICAL] = LOG_CRIT,
        };

        return severity < PL_SEVERITIES ? priorities[severity] : LOG_NOTICE;
}

/* ---- measures ---- */

static const struct {
        const char *order;   /* '@' is the workload, '#' the amount */
        const char *doing;   /* the same where it is told how that went */
        bool takes_somebody; /* from those who need it */
} measures[PL_MEASURE_KINDS] = {
        [PL_MEASURE_RECLAIM] = { "take # back from @", "taking memory back from @", false },
        [PL_MEASURE_THROTTLE] = { "throttle @ at #", "throttling @", false },
        [PL_MEASURE_RELEASE] = { "throttle @ no longer", "releasing @ from its throttle", false },
        [PL_MEASURE_FREEZE] = { "freeze @", "freezing @", false },
        [PL_MEASURE_THAW] = { "thaw @", "thawing @", false },
        [PL_MEASURE_TERM] = { "ask @ to end", "asking @ to end", true },
        [PL_MEASURE_KILL] = { "kill @", "killing @", true },
        [PL_MEASURE_RELAX] = { "raise memory.high of @ to #", "raising memory.high of @", false },
        [PL_MEASURE_ALARM] = { "raise the alarm for @", "raising the alarm for @", false },
};

/* How a name was given to the candidate that it is done to. */
static struct pl_span chosen_name(const struct pl_journal_decision *decision)
{
        const struct pl_decision *made = &decision->decision;

        for (uint32_t i = 0; i < PL_MIN(made->candidate_count, (uint32_t) PL_CANDIDATES_MAX); i++)
                if (made->candidates[i].id == made->id)
                        return PL_SENTENCE_FIELD(decision->names[i]);
        return pl_span("", 0);
}

static void fill_measure(struct pl_text *text, const char *template, struct pl_span name,
                         uint64_t id, uint64_t amount_bytes)
{
        char object_buffer[PL_JOURNAL_NAME_BYTES], amount_buffer[VALUE_MAX];
        struct pl_text object, amount;

        pl_text_init(&object, object_buffer, sizeof object_buffer);
        pl_text_init(&amount, amount_buffer, sizeof amount_buffer);
        pl_sentence_add_subject(&object, name, id);
        pl_bytes_format_short(&amount, amount_bytes);
        pl_sentence_fill(text, template, pl_text_span(&object), pl_text_span(&amount));
}

void pl_sentence_add_decision(struct pl_text *text, const struct pl_journal_decision *decision)
{
        const struct pl_decision *made = &decision->decision;
        const bool is_known = made->measure < PL_MEASURE_KINDS;

        pl_text_addf(text, "decision %llu: ", (unsigned long long) made->number);
        fill_measure(text, is_known ? measures[made->measure].order : "something unknown with @",
                     chosen_name(decision), made->id, made->amount_bytes);
        if (made->expected_bytes > 0) {
                pl_text_add(text, ", which should give ");
                pl_bytes_format_short(text, made->expected_bytes);
        }
        if (made->candidate_count > 1)
                pl_text_addf(text, ", out of %lu candidates",
                             (unsigned long) made->candidate_count);
        pl_text_add(text, "; ");
        /* The scope of a cgroup has no name here; a workload alone with its trouble is its own. */
        add_verdict(text, &made->verdict,
                    made->verdict.scope_id == made->id ? chosen_name(decision) : pl_span("", 0));
}

int pl_sentence_decision_priority(const struct pl_decision *decision)
{
        if (decision->measure >= PL_MEASURE_KINDS)
                return LOG_NOTICE;
        return decision->measure == PL_MEASURE_ALARM || measures[decision->measure].takes_somebody
                       ? LOG_WARNING
                       : LOG_NOTICE;
}

/* ---- outcomes ---- */

static void add_result(struct pl_text *text, const struct pl_outcome *outcome)
{
        static const char *const words[PL_RESULTS] = {
                [PL_RESULT_DONE] = "done",
                [PL_RESULT_PARTLY] = "partly done",
                [PL_RESULT_FAILED] = "failed: ",
                [PL_RESULT_GONE] = "it was gone already",
                [PL_RESULT_REFUSED] = "not done, for it is protected, observed or paused",
                [PL_RESULT_LATE] = "not done before its deadline",
        };

        pl_text_add(text,
                    outcome->result < PL_RESULTS ? words[outcome->result] : "it is not known");
        if (outcome->result == PL_RESULT_FAILED)
                pl_sentence_add_error(text, outcome->error > 0 ? (uint64_t) outcome->error : 0);
}

void pl_sentence_add_outcome(struct pl_text *text, const struct pl_journal_outcome *act)
{
        const struct pl_outcome *outcome = &act->outcome;
        const bool is_known = outcome->measure < PL_MEASURE_KINDS;

        fill_measure(text, is_known ? measures[outcome->measure].doing : "something unknown with @",
                     PL_SENTENCE_FIELD(act->name), outcome->id, 0);
        pl_text_add(text, ": ");
        add_result(text, outcome);
        if (outcome->ended_usec > outcome->began_usec && outcome->began_usec > 0) {
                pl_text_add(text, " after ");
                pl_duration_format_short(text, outcome->ended_usec - outcome->began_usec);
        }
        if (outcome->bytes > 0) {
                pl_text_add(text, ", ");
                pl_bytes_format_short(text, outcome->bytes);
                pl_text_add(text, " came back");
        }
        if (outcome->processes > 0) {
                pl_text_add(text, ", ");
                pl_sentence_add_count(text, outcome->processes, "process", "processes");
        }
        pl_text_addf(text, " (decision %llu)", (unsigned long long) outcome->decision);
}

int pl_sentence_outcome_priority(const struct pl_outcome *outcome)
{
        if (outcome->result == PL_RESULT_FAILED || outcome->result == PL_RESULT_LATE)
                return LOG_ERR;
        return outcome->measure < PL_MEASURE_KINDS && measures[outcome->measure].takes_somebody
                       ? LOG_WARNING
                       : LOG_NOTICE;
}

/* ---- drift ---- */

static void add_limit_value(struct pl_text *text, uint32_t limit, uint64_t value)
{
        if (limit < PL_LIMIT_COUNT && pl_limit_is_switch((enum pl_limit) limit))
                pl_text_add(text, value != 0 ? "on" : "off");
        else if (value == PL_SIZE_MAX)
                pl_text_add(text, "max");
        else
                pl_bytes_format_short(text, value);
}

void pl_sentence_add_drift(struct pl_text *text, const struct pl_journal_drift *drift)
{
        static const char *const answers[] = {
                [PL_DRIFT_REPAIR] = "it is put back",
                [PL_DRIFT_ALARM] = "it stays so, for its profile only wants to know",
                [PL_DRIFT_YIELD] = "it stays so, for its profile yields",
        };

        pl_text_add(text, drift->limit < PL_LIMIT_COUNT
                                  ? pl_limit_file((enum pl_limit) drift->limit)
                                  : "a limit");
        pl_text_add(text, " of ");
        pl_sentence_add_subject(text, PL_SENTENCE_FIELD(drift->name), drift->id);
        pl_text_add(text, " was ");
        add_limit_value(text, drift->limit, drift->from);
        pl_text_add(text, " and is now ");
        add_limit_value(text, drift->limit, drift->to);
        if (drift->answer < PL_ARRAY_LENGTH(answers))
                pl_text_addf(text, ": %s", answers[drift->answer]);
        pl_sentence_add_words(text, " (", PL_SENTENCE_FIELD(drift->words), ")");
}
