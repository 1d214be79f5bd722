/* SPDX-License-Identifier: Apache-2.0 */

/* What is said of each measure by what became of it. The sentences stand here as people read them. */

#include "test.h"

#include <errno.h>
#include <syslog.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/sentence.h"

#define BEGAN PL_USEC_PER_HOUR

static struct pl_journal_act act_of(uint32_t measure, uint32_t result)
{
        struct pl_journal_act act = {
                .type = PL_JOURNAL_OUTCOME,
                .outcome = { .outcome = { .decision = 17,
                                          .id = 9,
                                          .measure = measure,
                                          .result = result,
                                          .began_usec = BEGAN,
                                          .ended_usec = BEGAN + 1200 * PL_USEC_PER_MSEC },
                             .name = "report" },
        };

        return act;
}

static const char *sentence_of(const struct pl_journal_act *act)
{
        static char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_journal_add_sentence(&text, act);
        assert_false(text.cut);
        return buffer;
}

static const struct row {
        uint32_t measure, result;
        int32_t error;
        uint32_t processes;
        uint64_t bytes;
        int priority;
        const char *sentence;
} rows[] = {
        { PL_MEASURE_KILL, PL_RESULT_DONE, 0, 1, 0, LOG_WARNING,
          "killed report: dead after 1.2 s, 1 process (decision 17)" },
        { PL_MEASURE_KILL, PL_RESULT_PARTLY, EPERM, 3, 2 * PL_MIB, LOG_ERR,
          "killed report: some of its processes may not be signalled, and live on after 1.2 s "
          "(Operation not permitted), 2.00 MiB came back, 3 processes (decision 17)" },
        { PL_MEASURE_KILL, PL_RESULT_LATE, 0, 2, PL_MIB, LOG_ERR,
          "killing report: not dead after 1.2 s: the kernel has not let go of it yet, as where a "
          "device does not answer, 1.00 MiB came back, 2 processes (decision 17)" },
        { PL_MEASURE_KILL, PL_RESULT_FAILED, EPERM, 0, 0, LOG_ERR,
          "killing report: failed after 1.2 s (Operation not permitted) (decision 17)" },
        { PL_MEASURE_KILL, PL_RESULT_GONE, ENODEV, 0, 0, LOG_WARNING,
          "killing report: it was gone already (decision 17)" },
        { PL_MEASURE_KILL, PL_RESULT_REFUSED, 0, 0, 7, LOG_WARNING,
          "killing report: not done, for it is protected, observed or paused (decision 17)" },
        { PL_MEASURE_TERM, PL_RESULT_DONE, 0, 1, PL_GIB, LOG_WARNING,
          "asked report to end: it has ended after 1.2 s, 1.00 GiB came back (decision 17)" },
        { PL_MEASURE_TERM, PL_RESULT_PARTLY, 0, 1, 0, LOG_WARNING,
          "asked report to end: who was asked has ended, others have not after "
          "1.2 s (decision 17)" },
        { PL_MEASURE_TERM, PL_RESULT_LATE, 0, 1, 0, LOG_WARNING,
          "asked report to end: it had not ended after 1.2 s (decision 17)" },
        { PL_MEASURE_FREEZE, PL_RESULT_DONE, 0, 0, 0, LOG_NOTICE,
          "froze report: it stands still after 1.2 s (decision 17)" },
        { PL_MEASURE_FREEZE, PL_RESULT_PARTLY, 0, 0, 0, LOG_NOTICE,
          "froze report: not all of it stands still after 1.2 s; the rest will when the kernel "
          "lets go of it (decision 17)" },
        { PL_MEASURE_FREEZE, PL_RESULT_LATE, 0, 0, 0, LOG_NOTICE,
          "freezing report: something else was done to it before it stood still (decision 17)" },
        { PL_MEASURE_FREEZE, PL_RESULT_REFUSED, EBUSY, 0, 0, LOG_NOTICE,
          "freezing report: not done, for somebody else holds it still (decision 17)" },
        { PL_MEASURE_THAW, PL_RESULT_DONE, 0, 0, 0, LOG_NOTICE,
          "let go of report: it goes on after 1.2 s (decision 17)" },
        { PL_MEASURE_THAW, PL_RESULT_FAILED, ENODEV, 0, 0, LOG_ERR,
          "letting go of report: failed after 1.2 s (No such device) (decision 17)" },
        { PL_MEASURE_RECLAIM, PL_RESULT_DONE, 0, 0, 512 * PL_MIB, LOG_NOTICE,
          "took memory back from report: 512 MiB came back after 1.2 s (decision 17)" },
        { PL_MEASURE_RECLAIM, PL_RESULT_PARTLY, EAGAIN, 0, 38 * PL_MIB, LOG_NOTICE,
          "took memory back from report: 38.0 MiB came back after 1.2 s, less than was asked for "
          "(decision 17)" },
        { PL_MEASURE_RECLAIM, PL_RESULT_LATE, EINTR, 0, 0, LOG_NOTICE,
          "taking memory back from report: nothing came back after 1.2 s, when its time was over "
          "(decision 17)" },
        { PL_MEASURE_RECLAIM, PL_RESULT_FAILED, ENOENT, 0, 0, LOG_NOTICE,
          "taking memory back from report: this kernel has no memory.reclaim (decision 17)" },
        { PL_MEASURE_RECLAIM, PL_RESULT_FAILED, EPERM, 0, 0, LOG_NOTICE,
          "taking memory back from report: failed: Operation not permitted (decision 17)" },
        { PL_MEASURE_RECLAIM, PL_RESULT_GONE, 0, 0, 0, LOG_NOTICE,
          "taking memory back from report: it was gone already (decision 17)" },
        { PL_MEASURE_THROTTLE, PL_RESULT_DONE, 0, 0, 0, LOG_NOTICE,
          "throttled report: in force after 1.2 s (decision 17)" },
        { PL_MEASURE_RELEASE, PL_RESULT_PARTLY, 0, 0, 0, LOG_NOTICE,
          "released report from its throttle: partly done after 1.2 s (decision 17)" },
        { PL_MEASURE_RELAX, PL_RESULT_LATE, 0, 0, 0, LOG_NOTICE,
          "raising memory.high of report: not done in time after 1.2 s (decision 17)" },
        { PL_MEASURE_CAP, PL_RESULT_DONE, 0, 0, 0, LOG_NOTICE,
          "keeps report small: in force after 1.2 s (decision 17)" },
        { PL_MEASURE_DOWN, PL_RESULT_DONE, 0, 0, 0, LOG_WARNING,
          "keeps report down: it is stopped after 1.2 s (decision 17)" },
        { PL_MEASURE_ALARM, PL_RESULT_DONE, 0, 0, 0, LOG_NOTICE,
          "raised the alarm for report: done after 1.2 s (decision 17)" },
        { PL_MEASURE_KINDS, PL_RESULTS, 0, 0, 0, LOG_NOTICE,
          "something unknown with report: what became of it is not known (decision 17)" },
};

static void each_outcome_says_what_became_of_it(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_act act = act_of(rows[i].measure, rows[i].result);

                act.outcome.outcome.error = rows[i].error;
                act.outcome.outcome.processes = rows[i].processes;
                act.outcome.outcome.bytes = rows[i].bytes;
                assert_string_equal(sentence_of(&act), rows[i].sentence);
                assert_row(rows[i].sentence, pl_journal_priority(&act) == rows[i].priority);
        }
}

/* Where it is known what was asked for, it is told. */
static void a_reclaim_is_told_beside_what_was_asked_for(void **state)
{
        static const struct {
                uint64_t bytes, asked_bytes;
                const char *words;
        } asked[] = {
                { 38 * PL_MIB, 512 * PL_MIB, "38.0 MiB of 512 MiB came back after 1.2 s" },
                { 0, 512 * PL_MIB, "nothing of 512 MiB came back after 1.2 s" },
                { 512 * PL_MIB, 512 * PL_MIB,
                  "512 MiB came back after 1.2 s, less than was asked for" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(asked); i++) {
                struct pl_outcome outcome =
                        act_of(PL_MEASURE_RECLAIM, PL_RESULT_PARTLY).outcome.outcome;
                char buffer[PL_JOURNAL_SENTENCE_MAX];
                struct pl_text text;

                outcome.bytes = asked[i].bytes;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_journal_add_outcome(&text, &outcome, asked[i].asked_bytes);
                assert_string_equal(buffer, asked[i].words);
        }
}

/* Times that are none are not told. */
static void a_deed_of_the_mate_is_told_as_one(void **state)
{
        struct pl_journal_act act = act_of(PL_MEASURE_KILL, PL_RESULT_DONE);

        (void) state;
        act.outcome.outcome.decision = 0;
        act.outcome.outcome.began_usec = act.outcome.outcome.ended_usec + 1;
        assert_string_equal(
                sentence_of(&act),
                "killed report: dead (by the second process, while plimsolld stood still)");
        act.outcome.outcome.began_usec = 0;
        assert_non_null(strstr(sentence_of(&act), "report: dead (by"));
}

static void what_was_carried_out_is_known(void **state)
{
        (void) state;
        for (uint32_t measure = 0; measure <= PL_MEASURE_KINDS; measure++)
                for (uint32_t result = 0; result <= PL_RESULTS; result++) {
                        struct pl_outcome outcome = { .measure = measure, .result = result };
                        bool is_expected = result == PL_RESULT_DONE || result == PL_RESULT_PARTLY ||
                                           (measure == PL_MEASURE_TERM && result == PL_RESULT_LATE);

                        assert_int_equal(pl_journal_is_carried_out(&outcome), is_expected);
                }
}

/* No two results of a measure read alike. */
static void no_result_reads_like_another(void **state)
{
        (void) state;
        for (uint32_t measure = 0; measure < PL_MEASURE_KINDS; measure++) {
                char said[PL_RESULTS][PL_JOURNAL_SENTENCE_MAX];

                for (uint32_t a = 0; a < PL_RESULTS; a++) {
                        struct pl_journal_act act = act_of(measure, a);

                        (void) snprintf(said[a], sizeof said[a], "%s", sentence_of(&act));
                        for (uint32_t b = 0; b < a; b++)
                                assert_row(said[a], strcmp(said[a], said[b]) != 0);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_outcome_says_what_became_of_it),
                cmocka_unit_test(a_reclaim_is_told_beside_what_was_asked_for),
                cmocka_unit_test(a_deed_of_the_mate_is_told_as_one),
                cmocka_unit_test(what_was_carried_out_is_known),
                cmocka_unit_test(no_result_reads_like_another),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
