/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An hour in which the host runs short: what was tried, who went, and what came of it; and the policy of that hour. */

#include "cli/explain.h"
#include "cli/live_made.h"
#include "plimsoll/policy/print.h"

#define EXPLAIN_AGO(seconds) (MADE_NOW - (seconds) *PL_USEC_PER_SEC)

enum { EXPLAIN_KILL = 5 }; /* the decision that most is about */

static inline void explain_write(struct made *made, const struct pl_journal_act *act)
{
        pl_journal_write_act(&made->writer, act);
}

/* ---- the policy ---- */

struct explain_files {
        struct pl_policy_files files;
        struct pl_diag diag;
        struct pl_policy *policy;
};

static inline void explain_read_files(struct explain_files *files)
{
        static const struct {
                const char *origin, *text;
        } texts[] = {
                { "/etc/plimsoll/policies.d/batch.json",
                  "{ \"profile\": \"batch\",\n  \"match\": [ { \"slice\": \"batch.slice\" } ],\n"
                  "  \"memory\": {\n    \"max\": \"8GiB\",\n    \"high\": \"7GiB\"\n  },\n"
                  "  \"oom\": { \"order\": 500 } }\n" },
                { "/etc/plimsoll/policies.d/cache.json",
                  "{ \"profile\": \"cache\",\n  \"match\": [ { \"slice\": \"cache.slice\" } ],\n"
                  "  \"oom\": { \"score_adj\": 500 } }\n" },
                { "/etc/plimsoll/policies.d/host.json",
                  "{ \"host\": \"mine\",\n  \"protect\": [ { \"unit\": \"sshd.service\" } ],\n"
                  "  \"shortage\": {\n    \"floor\": \"635MiB\",\n    \"stall\": \"20%\"\n  } "
                  "}\n" },
        };
        const struct pl_load_options options = {};

        *files = (struct explain_files){};
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++)
                assert_int_equal(pl_files_add_text(&files->files, texts[i].origin,
                                                   pl_span_of(texts[i].text), &files->diag),
                                 0);
        assert_int_equal(pl_policy_parse(&files->files, &options, &files->diag, &files->policy), 0);
        assert_int_equal(files->diag.errors, 0);
}

static inline void explain_close_files(struct explain_files *files)
{
        pl_diag_clear(&files->diag);
        pl_policy_free(files->policy);
        pl_files_done(&files->files);
}

/* ---- the hour ---- */

static inline struct pl_verdict explain_verdict(void)
{
        return (struct pl_verdict){
                .severity = PL_SEVERITY_SCARCE,
                .available_bytes = 600 * PL_MIB,
                .floor_bytes = 635 * PL_MIB,
                .fall_bytes_per_sec = 578 * PL_MIB,
                .end_usec = 1038 * PL_USEC_PER_MSEC,
                .stall_permyriad = 4123,
                .evidence = 1U << PL_EVIDENCE_SCARCE | 1U << PL_EVIDENCE_STALL |
                            1U << PL_EVIDENCE_END_NEAR | 1U << PL_EVIDENCE_RECLAIM,
        };
}

static inline struct pl_journal_act explain_decision(uint64_t number, uint64_t at_usec,
                                                     enum pl_measure measure, uint64_t id,
                                                     const char *name)
{
        struct pl_journal_act act = {
                .at_usec = at_usec,
                .type = PL_JOURNAL_DECISION,
                .decision.decision = { .number = number,
                                       .step = number + 900,
                                       .at_usec = at_usec,
                                       .measure = measure,
                                       .id = id,
                                       .verdict = explain_verdict() },
        };

        pl_journal_set_text(act.decision.name, sizeof act.decision.name, pl_span_of(name));
        return act;
}

static inline void explain_add_candidate(struct pl_journal_act *act, const char *name,
                                         const struct pl_candidate *candidate)
{
        uint32_t index = act->decision.decision.candidate_count++;

        assert_true(index < PL_CANDIDATES_MAX);
        act->decision.decision.candidates[index] = *candidate;
        pl_journal_set_text(act->decision.names[index], PL_JOURNAL_NAME_BYTES, pl_span_of(name));
}

/* Whose ids are those of made_fill_board(), but for the one that is gone. */
static inline struct pl_journal_act explain_kill(uint64_t number, uint64_t at_usec)
{
        struct pl_journal_act act = explain_decision(number, at_usec, PL_MEASURE_KILL, 101,
                                                     "batch/report");
        struct pl_decision *made = &act.decision.decision;

        made->table = number;
        made->expected_bytes = 6200 * PL_MIB;
        made->need_bytes = 1900 * PL_MIB;
        made->deadline_usec = at_usec + 10 * PL_USEC_PER_SEC;
        explain_add_candidate(&act, "batch/report",
                              &(struct pl_candidate){ .id = 101,
                                                      .turn = PL_TURN_CHOSEN,
                                                      .rank = 1,
                                                      .order = 500,
                                                      .over_promise_bytes = 5900 * PL_MIB,
                                                      .growth_bytes_per_sec = 570 * PL_MIB,
                                                      .gives_back_bytes = 6200 * PL_MIB,
                                                      .stays_bytes = 410 * PL_MIB });
        explain_add_candidate(&act, "cache/redis",
                              &(struct pl_candidate){ .id = 201,
                                                      .turn = PL_TURN_NEXT,
                                                      .rank = 2,
                                                      .order = 500,
                                                      .over_promise_bytes = 205 * PL_MIB,
                                                      .gives_back_bytes = 922 * PL_MIB });
        explain_add_candidate(&act, "worker/mailer",
                              &(struct pl_candidate){ .id = 105,
                                                      .turn = PL_TURN_NEXT,
                                                      .rank = 3,
                                                      .leaks = 1,
                                                      .growth_bytes_per_sec = 24 * PL_KIB,
                                                      .gives_back_bytes = 940 * PL_MIB });
        explain_add_candidate(&act, "system/sshd",
                              &(struct pl_candidate){ .id = 102,
                                                      .turn = PL_TURN_PROTECTED,
                                                      .gives_back_bytes = 7 * PL_MIB });
        return act;
}

static inline struct pl_journal_act explain_outcome(uint64_t number, uint64_t began_usec,
                                                    enum pl_measure measure, uint64_t bytes)
{
        return (struct pl_journal_act){
                .at_usec = began_usec + 410 * PL_USEC_PER_MSEC,
                .type = PL_JOURNAL_OUTCOME,
                .outcome.outcome = { .decision = number,
                                     .id = 101,
                                     .measure = measure,
                                     .result = PL_RESULT_DONE,
                                     .began_usec = began_usec,
                                     .ended_usec = began_usec + 410 * PL_USEC_PER_MSEC,
                                     .processes = measure == PL_MEASURE_KILL ? 12 : 0,
                                     .bytes = bytes },
        };
}

static inline void explain_write_calm(struct made *made, uint64_t at_usec)
{
        explain_write(made,
                      &(struct pl_journal_act){ .at_usec = at_usec,
                                                .type = PL_JOURNAL_VERDICT,
                                                .judged.verdict = { .severity = PL_SEVERITY_CALM,
                                                                    .end_usec = UINT64_MAX } });
}

/* plimsolld starts, and its numbers begin anew. */
static inline void explain_write_start(struct made *made, uint64_t at_usec,
                                       const struct pl_policy *policy)
{
        struct pl_journal_act act = { .at_usec = at_usec,
                                      .type = PL_JOURNAL_STARTED,
                                      .started = { .generation = 1, .pid = 812 } };

        explain_write(made, &act);
        act = (struct pl_journal_act){ .at_usec = at_usec, .type = PL_JOURNAL_IN_FORCE };
        pl_policy_digest(policy, act.policy.digest);
        explain_write(made, &act);
}

/* One reclaim that an earlier shortage was over with; then a shortage, two measures, and the kill. */
static inline void explain_write_hour(struct made *made)
{
        struct pl_journal_act act = explain_decision(1, EXPLAIN_AGO(3000), PL_MEASURE_RECLAIM, 201,
                                                     "cache/redis");

        explain_write(made, &act);
        explain_write_calm(made, EXPLAIN_AGO(2900));
        act = explain_decision(2, EXPLAIN_AGO(1806), PL_MEASURE_RECLAIM, 101, "batch/report");
        act.decision.decision.amount_bytes = 512 * PL_MIB;
        explain_write(made, &act);
        act = explain_outcome(2, EXPLAIN_AGO(1806), PL_MEASURE_RECLAIM, 38 * PL_MIB);
        act.outcome.outcome.result = PL_RESULT_PARTLY;
        explain_write(made, &act);
        act = explain_decision(3, EXPLAIN_AGO(1804), PL_MEASURE_THROTTLE, 101, "batch/report");
        act.decision.decision.amount_bytes = 5 * PL_GIB;
        explain_write(made, &act);
        act = explain_decision(4, EXPLAIN_AGO(1800), PL_MEASURE_RELEASE, 101, "batch/report");
        act.decision.decision.choice = PL_CHOICE_OVER;
        explain_write(made, &act);
        act = explain_kill(EXPLAIN_KILL, EXPLAIN_AGO(1800));
        explain_write(made, &act);
        act = explain_decision(EXPLAIN_KILL + 1, EXPLAIN_AGO(1800), PL_MEASURE_DOWN, 101,
                               "batch/report");
        act.decision.decision.choice = PL_CHOICE_AGAIN;
        act.decision.decision.table = EXPLAIN_KILL;
        explain_write(made, &act);
        act = explain_outcome(EXPLAIN_KILL, EXPLAIN_AGO(1800), PL_MEASURE_KILL, 6144 * PL_MIB);
        explain_write(made, &act);
        explain_write_calm(made, EXPLAIN_AGO(1788));
}

/* ---- asking ---- */

static inline struct pl_explain_wanted explain_number(uint64_t number)
{
        return (struct pl_explain_wanted){ .kind = PL_EXPLAIN_NUMBER,
                                           .number = number,
                                           .before_usec = INT64_MAX };
}

static inline struct pl_explain_wanted explain_about(const char *name)
{
        return (struct pl_explain_wanted){ .kind = PL_EXPLAIN_ABOUT,
                                           .name = name,
                                           .before_usec = INT64_MAX };
}

static inline int explain_find(const struct pl_live *live, const struct pl_explain_wanted *wanted,
                               struct pl_explain *ret_explain)
{
        const struct pl_explain_source source = { live, -1, live->realtime_usec };

        return pl_explain_find(&source, wanted, ret_explain);
}

static inline void explain_in_utc(void)
{
        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        tzset();
}
