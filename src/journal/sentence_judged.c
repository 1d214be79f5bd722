/* SPDX-License-Identifier: Apache-2.0 */

/* Whose shortage, and what is done about it. */

#include <syslog.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/sentence.h"
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

/* Of a cgroup that is calm again nothing more is known than that. */
static bool has_figures(const struct pl_verdict *verdict)
{
        return verdict->scope != PL_SCOPE_CGROUP || verdict->severity != PL_SEVERITY_CALM ||
               verdict->available_bytes > 0;
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
        if (!has_figures(verdict)) {
                pl_text_add(text, " has enough memory");
                return;
        }
        pl_text_add(text, severity_words(verdict->severity));
        pl_bytes_format_short(text, verdict->available_bytes);
        pl_text_add(text, verdict->scope == PL_SCOPE_CGROUP ? " left of its limit" : " available");
        if (verdict->severity == PL_SEVERITY_CALM)
                return;
        /* Of a cgroup there is no amount that should be. */
        if (verdict->floor_bytes > 0) {
                pl_text_add(text, " where ");
                pl_bytes_format_short(text, verdict->floor_bytes);
                pl_text_add(text, " should be");
        }
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
        bool takes_somebody; /* from those who need it */
} measures[PL_MEASURE_KINDS] = {
        [PL_MEASURE_RECLAIM] = { "take # back from @", false },
        [PL_MEASURE_THROTTLE] = { "throttle @ at #", false },
        [PL_MEASURE_RELEASE] = { "throttle @ no longer", false },
        [PL_MEASURE_FREEZE] = { "freeze @", false },
        [PL_MEASURE_THAW] = { "thaw @", false },
        [PL_MEASURE_TERM] = { "ask @ to end", true },
        [PL_MEASURE_KILL] = { "kill @", true },
        [PL_MEASURE_RELAX] = { "raise memory.high of @ to #", false },
        [PL_MEASURE_ALARM] = { "raise the alarm for @", false },
        [PL_MEASURE_CAP] = { "keep @ at # or less", false },
        [PL_MEASURE_DOWN] = { "keep @ down", true },
};

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

        pl_text_addf(text, "decision %llu%s: ", (unsigned long long) made->number,
                     decision->flags & PL_JOURNAL_DECISION_OBSERVED ? ", of which nothing is done"
                                                                    : "");
        fill_measure(text, is_known ? measures[made->measure].order : "something unknown with @",
                     PL_SENTENCE_FIELD(decision->name), made->id, made->amount_bytes);
        if (made->expected_bytes > 0) {
                pl_text_add(text, ", which should give ");
                pl_bytes_format_short(text, made->expected_bytes);
        }
        if (made->candidate_count > 1)
                pl_text_addf(text, ", out of %lu candidates",
                             (unsigned long) made->candidate_count);
        pl_text_add(text, "; ");
        add_verdict(text, &made->verdict, PL_SENTENCE_FIELD(decision->scope));
}

int pl_sentence_decision_priority(const struct pl_journal_decision *act)
{
        uint32_t measure = act->decision.measure;

        if (measure == PL_MEASURE_ALARM)
                return LOG_WARNING;
        if (measure >= PL_MEASURE_KINDS || act->flags & PL_JOURNAL_DECISION_OBSERVED)
                return LOG_NOTICE;
        return measures[measure].takes_somebody ? LOG_WARNING : LOG_NOTICE;
}
