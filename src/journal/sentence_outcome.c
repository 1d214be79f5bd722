/* SPDX-License-Identifier: Apache-2.0 */

/* What became of a measure. host/kill.h says what each result of the killer means; a limit that is set for a while has done,
 * failed and what is said of any.
 */

#include <errno.h>
#include <syslog.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/sentence.h"
#include "sentence.h"

enum { TIME_MAX = 40 }; /* " after 213503982 days 8 h" */

static const struct {
        const char *done;                /* '@' is the workload */
        const char *doing;               /* the same where it was not carried out */
        const char *results[PL_RESULTS]; /* '#' is how long it took; NULL: as of any */
} measures[PL_MEASURE_KINDS] = {
        [PL_MEASURE_RECLAIM] = { "took memory back from @", "taking memory back from @", {} },
        [PL_MEASURE_THROTTLE] = { "throttled @",
                                  "throttling @",
                                  { [PL_RESULT_DONE] = "in force#" } },
        [PL_MEASURE_RELEASE] = { "released @ from its throttle",
                                 "releasing @ from its throttle",
                                 {} },
        [PL_MEASURE_FREEZE] = { "froze @",
                                "freezing @",
                                { [PL_RESULT_DONE] = "it stands still#",
                                  [PL_RESULT_PARTLY] = "not all of it stands still#; the rest "
                                                       "will when the kernel lets go of it",
                                  [PL_RESULT_LATE] = "something else was done to it before it "
                                                     "stood still" } },
        [PL_MEASURE_THAW] = { "let go of @",
                              "letting go of @",
                              { [PL_RESULT_DONE] = "it goes on#" } },
        [PL_MEASURE_TERM] = { "asked @ to end",
                              "asking @ to end",
                              { [PL_RESULT_DONE] = "it has ended#",
                                [PL_RESULT_PARTLY] = "who was asked has ended, others have not#",
                                [PL_RESULT_LATE] = "it had not ended#" } },
        [PL_MEASURE_KILL] = { "killed @",
                              "killing @",
                              { [PL_RESULT_DONE] = "dead#",
                                [PL_RESULT_PARTLY] = "some of its processes may not be "
                                                     "signalled, and live on#",
                                [PL_RESULT_LATE] = "not dead#: the kernel has not let go of it "
                                                   "yet, as where a device does not answer" } },
        [PL_MEASURE_RELAX] = { "raised memory.high of @",
                               "raising memory.high of @",
                               { [PL_RESULT_DONE] = "in force#" } },
        [PL_MEASURE_ALARM] = { "raised the alarm for @", "raising the alarm for @", {} },
        [PL_MEASURE_CAP] = { "keeps @ small",
                             "keeping @ small",
                             { [PL_RESULT_DONE] = "in force#" } },
        [PL_MEASURE_DOWN] = { "keeps @ down",
                              "keeping @ down",
                              { [PL_RESULT_DONE] = "it is stopped#" } },
};

bool pl_journal_is_carried_out(const struct pl_outcome *outcome)
{
        pl_assert(outcome);

        return outcome->result == PL_RESULT_DONE || outcome->result == PL_RESULT_PARTLY ||
               (outcome->result == PL_RESULT_LATE && outcome->measure == PL_MEASURE_TERM);
}

static bool is_held_by_another(const struct pl_outcome *outcome)
{
        return outcome->result == PL_RESULT_REFUSED && outcome->error == EBUSY;
}

static const char *result_words(const struct pl_outcome *outcome)
{
        static const char *const words[PL_RESULTS] = {
                [PL_RESULT_DONE] = "done#",
                [PL_RESULT_PARTLY] = "partly done#",
                [PL_RESULT_FAILED] = "failed#",
                [PL_RESULT_GONE] = "it was gone already",
                [PL_RESULT_REFUSED] = "not done, for it is protected, observed or paused",
                [PL_RESULT_LATE] = "not done in time#",
        };

        if (outcome->result >= PL_RESULTS)
                return "what became of it is not known";
        if (is_held_by_another(outcome))
                return "not done, for somebody else holds it still";
        if (outcome->measure < PL_MEASURE_KINDS &&
            measures[outcome->measure].results[outcome->result])
                return measures[outcome->measure].results[outcome->result];
        return words[outcome->result];
}

/* "", or " after 0.4 s". */
static void add_time(struct pl_text *text, const struct pl_outcome *outcome)
{
        if (outcome->began_usec == 0 || outcome->ended_usec <= outcome->began_usec)
                return;
        pl_text_add(text, " after ");
        pl_duration_format_short(text, outcome->ended_usec - outcome->began_usec);
}

static void add_error(struct pl_text *text, const struct pl_outcome *outcome)
{
        if (outcome->error <= 0 ||
            (outcome->result != PL_RESULT_FAILED && outcome->result != PL_RESULT_PARTLY))
                return;
        pl_text_add(text, " (");
        pl_sentence_add_error(text, (uint64_t) outcome->error);
        pl_text_add(text, ")");
}

/* What came back is all that there is to say of it. */
static bool add_reclaimed(struct pl_text *text, const struct pl_outcome *outcome,
                          uint64_t asked_bytes)
{
        const bool is_short = outcome->bytes < asked_bytes;

        if (outcome->measure != PL_MEASURE_RECLAIM ||
            (outcome->result != PL_RESULT_DONE && outcome->result != PL_RESULT_PARTLY &&
             outcome->result != PL_RESULT_LATE))
                return false;
        if (outcome->bytes > 0)
                pl_bytes_format_short(text, outcome->bytes);
        else
                pl_text_add(text, "nothing");
        if (is_short) {
                pl_text_add(text, " of ");
                pl_bytes_format_short(text, asked_bytes);
        }
        pl_text_add(text, " came back");
        add_time(text, outcome);
        if (outcome->result == PL_RESULT_LATE)
                pl_text_add(text, ", when its time was over");
        else if (outcome->result == PL_RESULT_PARTLY && !is_short)
                pl_text_add(text, ", less than was asked for");
        return true;
}

static void add_failed_reclaim(struct pl_text *text, const struct pl_outcome *outcome)
{
        if (outcome->error == ENOENT) {
                pl_text_add(text, "this kernel has no memory.reclaim");
                return;
        }
        pl_text_add(text, "failed: ");
        pl_sentence_add_error(text, outcome->error > 0 ? (uint64_t) outcome->error : 0);
}

static void add_figures(struct pl_text *text, const struct pl_outcome *outcome)
{
        if (outcome->bytes > 0) {
                pl_text_add(text, ", ");
                pl_bytes_format_short(text, outcome->bytes);
                pl_text_add(text, " came back");
        }
        /* Who was asked is one, of however many. */
        if (outcome->processes > 0 && outcome->measure != PL_MEASURE_TERM) {
                pl_text_add(text, ", ");
                pl_sentence_add_count(text, outcome->processes, "process", "processes");
        }
}

void pl_journal_add_outcome(struct pl_text *text, const struct pl_outcome *outcome,
                            uint64_t asked_bytes)
{
        char buffer[TIME_MAX];
        struct pl_text took;

        pl_assert(text && outcome);

        if (add_reclaimed(text, outcome, asked_bytes))
                return;
        if (outcome->measure == PL_MEASURE_RECLAIM && outcome->result == PL_RESULT_FAILED) {
                add_failed_reclaim(text, outcome);
                return;
        }
        pl_text_init(&took, buffer, sizeof buffer);
        add_time(&took, outcome);
        pl_sentence_fill(text, result_words(outcome), pl_span("", 0), pl_text_span(&took));
        add_error(text, outcome);
        if (outcome->result != PL_RESULT_GONE && outcome->result != PL_RESULT_REFUSED)
                add_figures(text, outcome);
}

void pl_sentence_add_outcome(struct pl_text *text, const struct pl_journal_outcome *act)
{
        const struct pl_outcome *outcome = &act->outcome;
        const char *head = "something unknown with @";
        char buffer[PL_JOURNAL_NAME_BYTES];
        struct pl_text name;

        if (outcome->measure < PL_MEASURE_KINDS)
                head = pl_journal_is_carried_out(outcome) ? measures[outcome->measure].done
                                                          : measures[outcome->measure].doing;
        pl_text_init(&name, buffer, sizeof buffer);
        pl_sentence_add_subject(&name, PL_SENTENCE_FIELD(act->name), outcome->id);
        pl_sentence_fill(text, head, pl_text_span(&name), pl_span("", 0));
        pl_text_add(text, ": ");
        pl_journal_add_outcome(text, outcome, 0);
        if (outcome->decision == 0)
                pl_text_add(text, " (by the second process, while plimsolld stood still)");
        else
                pl_text_addf(text, " (decision %llu)", (unsigned long long) outcome->decision);
}

/* That a reclaim brings little or an end takes its time is ordinary, and something stronger follows. */
int pl_sentence_outcome_priority(const struct pl_outcome *outcome)
{
        const bool is_kill = outcome->measure == PL_MEASURE_KILL;
        const bool takes_somebody = is_kill || outcome->measure == PL_MEASURE_TERM ||
                                    outcome->measure == PL_MEASURE_DOWN;

        if (outcome->result == PL_RESULT_FAILED)
                return outcome->measure == PL_MEASURE_RECLAIM ? LOG_NOTICE : LOG_ERR;
        if (is_kill && (outcome->result == PL_RESULT_LATE || outcome->result == PL_RESULT_PARTLY))
                return LOG_ERR;
        return takes_somebody ? LOG_WARNING : LOG_NOTICE;
}
