/* SPDX-License-Identifier: Apache-2.0 */

/* What explain says of a decision: text and JSON are held against tests/fixtures/live/explain-NAME. */

#include <time.h>

#include "cli/explain_made.h"
#include "plimsoll/journal/sentence.h"

static struct explain_files files;
static struct pl_explain explain;

/* ---- each way to come to a decision ---- */

static void leave_as_it_is(struct pl_journal_act *act)
{
        (void) act;
}

static void observe(struct pl_journal_act *act)
{
        act->decision.flags = PL_JOURNAL_DECISION_OBSERVED;
}

static void take_the_grower(struct pl_journal_act *act)
{
        struct pl_candidate *candidates = act->decision.decision.candidates;

        act->decision.decision.choice = PL_CHOICE_GROWER;
        act->decision.decision.verdict.evidence |= 1U << PL_EVIDENCE_CRITICAL;
        candidates[2].order = 800;
        candidates[2].rank = 1;
        candidates[0].rank = 2;
        candidates[1].rank = 3;
}

/* The first had nothing to give back without an end. */
static void reclaim_the_second(struct pl_journal_act *act)
{
        struct pl_decision *made = &act->decision.decision;

        made->measure = PL_MEASURE_RECLAIM;
        made->id = 201;
        made->amount_bytes = made->expected_bytes = 200 * PL_MIB;
        made->candidates[0].turn = PL_TURN_NEXT;
        made->candidates[1].turn = PL_TURN_CHOSEN;
        pl_journal_set_text(act->decision.name, sizeof act->decision.name,
                            pl_span_of("cache/redis"));
}

static void find_nobody(struct pl_journal_act *act)
{
        struct pl_decision *made = &act->decision.decision;

        made->measure = PL_MEASURE_ALARM;
        made->choice = PL_CHOICE_NOBODY;
        made->id = made->expected_bytes = 0;
        memset(act->decision.name, 0, sizeof act->decision.name);
        for (uint32_t i = 0; i < made->candidate_count; i++) {
                made->candidates[i].rank = 0;
                made->candidates[i].turn = i < 2 ? PL_TURN_NO_RUNG : PL_TURN_PROTECTED;
        }
}

static void hang(struct pl_journal_act *act)
{
        struct pl_decision *made = &act->decision.decision;

        made->measure = PL_MEASURE_RELAX;
        made->choice = PL_CHOICE_LIVELOCK;
        made->amount_bytes = 7680 * PL_MIB;
        made->verdict = (struct pl_verdict){ .scope = PL_SCOPE_CGROUP,
                                             .severity = PL_SEVERITY_SCARCE,
                                             .scope_id = 101,
                                             .available_bytes = 900 * PL_MIB,
                                             .end_usec = UINT64_MAX,
                                             .evidence = 1U << PL_EVIDENCE_HIGH };
        pl_journal_set_text(act->decision.scope, sizeof act->decision.scope,
                            pl_span_of("batch/report"));
}

static void be_local(struct pl_journal_act *act)
{
        hang(act);
        act->decision.decision.measure = PL_MEASURE_KILL;
        act->decision.decision.choice = PL_CHOICE_ORDER;
        act->decision.decision.verdict.fall_bytes_per_sec = 3 * PL_MIB;
        act->decision.decision.verdict.end_usec = 2 * PL_USEC_PER_SEC;
        act->decision.decision.verdict.evidence = 1U << PL_EVIDENCE_LIMIT |
                                                  1U << PL_EVIDENCE_REFAULTS;
}

static void keep_it_small(struct pl_journal_act *act)
{
        act->decision.decision.measure = PL_MEASURE_CAP;
        act->decision.decision.choice = PL_CHOICE_AGAIN;
        act->decision.decision.amount_bytes = 6 * PL_GIB;
}

static void have_no_profile(struct pl_journal_act *act)
{
        pl_journal_set_text(act->decision.name, sizeof act->decision.name,
                            pl_span_of("session 3 of user 1000"));
        act->decision.decision.verdict.evidence = 1U << PL_EVIDENCE_THRASH;
}

static void be_put_first_by_order(struct pl_journal_act *act)
{
        act->decision.decision.candidates[0].growth_bytes_per_sec = 0;
        act->decision.decision.candidates[0].gives_back_bytes = 100 * PL_MIB;
}

static void lose_the_table(struct pl_journal_act *act)
{
        act->decision.decision.candidate_count = 0;
        act->decision.decision.table = 77;
}

static void name_it_badly(struct pl_journal_act *act)
{
        pl_journal_set_text(act->decision.name, sizeof act->decision.name,
                            pl_span_of("\x1B[2J\nplimsolld: all is well\xFF"));
        memcpy(act->decision.names[0], act->decision.name, sizeof act->decision.name);
        memset(act->decision.names[1], 'x', sizeof act->decision.names[1] - 1);
        act->decision.names[2][0] = '\0';
}

static void come_from_later(struct pl_journal_act *act)
{
        struct pl_decision *made = &act->decision.decision;

        made->measure = made->choice = 77;
        made->verdict.evidence = UINT32_MAX;
        made->verdict.scope = PL_SCOPE_NODE;
        made->candidates[0].turn = 77;
        made->candidates[0].rank = UINT32_MAX;
        made->candidates[0].order = INT32_MIN;
        made->candidates[0].over_promise_bytes = UINT64_MAX - 1;
        made->candidates[0].growth_bytes_per_sec = UINT64_MAX - 1;
        made->candidates[0].leaks = 1;
}

static void have_a_crowd(struct pl_journal_act *act)
{
        while (act->decision.decision.candidate_count < PL_CANDIDATES_MAX) {
                uint32_t count = act->decision.decision.candidate_count;
                const struct pl_candidate candidate = {
                        .id = 1000 + count,
                        .turn = count < 40 ? PL_TURN_NEXT : (enum pl_turn)(2 + count % 11),
                        .rank = count < 40 ? count : 0,
                        .gives_back_bytes = PL_MIB,
                };

                explain_add_candidate(act, "crowd", &candidate);
        }
}

static const struct golden {
        const char *name;
        void (*change)(struct pl_journal_act *act);
        struct pl_cli_style style;
        bool json, all, has_outcome;
} goldens[] = {
        { "kill", leave_as_it_is, { .unicode = true }, false, false, true },
        { "kill-ascii", leave_as_it_is, {}, false, false, true },
        { "kill-json", leave_as_it_is, {}, true, false, true },
        { "reclaim", reclaim_the_second, { .unicode = true }, false, false, false },
        { "observed", observe, { .unicode = true }, false, false, false },
        { "grower", take_the_grower, { .unicode = true }, false, false, true },
        { "nobody", find_nobody, { .unicode = true }, false, false, false },
        { "nobody-json", find_nobody, {}, true, false, false },
        { "livelock", hang, { .unicode = true }, false, false, false },
        { "local", be_local, { .unicode = true }, false, false, true },
        { "again", keep_it_small, { .unicode = true }, false, false, false },
        { "no-profile", have_no_profile, { .unicode = true }, false, false, true },
        { "order", be_put_first_by_order, { .unicode = true }, false, false, true },
        { "no-table", lose_the_table, { .unicode = true }, false, false, true },
        { "hostile", name_it_badly, { .unicode = true }, false, false, true },
        { "hostile-json", name_it_badly, {}, true, false, true },
        { "later", come_from_later, { .unicode = true }, false, false, false },
        { "crowd", have_a_crowd, { .unicode = true }, false, false, true },
        { "crowd-all", have_a_crowd, { .unicode = true }, false, true, true },
};

static void write_changed(struct made *made, const struct golden *golden)
{
        struct pl_journal_act act = explain_kill(EXPLAIN_KILL, EXPLAIN_AGO(1800));

        golden->change(&act);
        explain_write_start(made, EXPLAIN_AGO(3600), files.policy);
        explain_write(made, &act);
        act = explain_outcome(EXPLAIN_KILL, EXPLAIN_AGO(1800), PL_MEASURE_KILL, 6144 * PL_MIB);
        if (golden->has_outcome)
                explain_write(made, &act);
}

static void say(struct pl_cli *cli, bool all, const struct pl_policy *policy)
{
        const struct pl_explain_policy held = pl_explain_hold_policy(policy, &explain);
        const struct pl_explain_request request = { .all = all, .policy = &held };

        if (cli->json)
                pl_explain_print_json(cli, &explain, &request);
        else
                pl_explain_print(cli, &explain, &request);
}

static void check(const struct golden *golden)
{
        const struct pl_explain_wanted wanted = explain_number(EXPLAIN_KILL);
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        char name[64];
        struct pl_cli *cli;
        struct made made;

        made_open(&made, PL_JOURNAL_BYTES_MIN);
        write_changed(&made, golden);
        made_look(&made, &live);
        assert_int_equal(explain_find(&live, &wanted, &explain), 0);
        cli = made_cli_begin(golden->style);
        cli->json = golden->json;
        say(cli, golden->all, files.policy);
        (void) snprintf(name, sizeof name, "explain-%s", golden->name);
        made_compare(name);
        made_close(&made);
}

static void each_way_to_a_decision_is_told(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++)
                check(&goldens[i]);
}

/* ---- with all that belongs to it ---- */

static const struct {
        const char *name;
        uint64_t number;
        bool json;
} stories[] = {
        { "story", EXPLAIN_KILL, false },
        { "story-json", EXPLAIN_KILL, true },
        { "story-down", EXPLAIN_KILL + 1, false },
        { "story-release", 4, false },
        { "story-throttle", 3, false },
};

static void what_belongs_to_it_is_told(void **state)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        explain_write_start(&made, EXPLAIN_AGO(3600), files.policy);
        explain_write_hour(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(stories); i++) {
                const struct pl_explain_wanted wanted = explain_number(stories[i].number);
                struct pl_cli *cli = made_cli_begin(made_unicode);
                char name[64];

                assert_int_equal(explain_find(&live, &wanted, &explain), 0);
                cli->json = stories[i].json;
                say(cli, false, files.policy);
                (void) snprintf(name, sizeof name, "explain-%s", stories[i].name);
                made_compare(name);
        }
        made_close(&made);
}

/* Another policy was in force, or none can be read: no figure and no line of it is told. */
static void figures_are_of_the_policy_of_then(void **state)
{
        const struct golden golden = { .name = "", .change = leave_as_it_is };
        const struct pl_explain_wanted wanted = explain_number(EXPLAIN_KILL);
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        write_changed(&made, &golden);
        made_look(&made, &live);
        assert_int_equal(explain_find(&live, &wanted, &explain), 0);
        say(made_cli_begin(made_unicode), false, files.policy);
        assert_non_null(strstr(made_said().data, "host.json:5"));
        say(made_cli_begin(made_unicode), false, NULL);
        assert_null(strstr(made_said().data, ".json:"));
        explain.digest[0] ^= 1;
        say(made_cli_begin(made_unicode), false, files.policy);
        assert_null(strstr(made_said().data, ".json:"));
        assert_null(strstr(made_said().data, "shortage.stall"));
        assert_non_null(strstr(made_said().data, "shortage.floor is 635 MiB"));
        assert_non_null(strstr(made_said().data, "not those that were in force"));
        made_close(&made);
}

/* ---- every word ---- */

static void everything_has_words(void **state)
{
        (void) state;
        for (uint32_t i = 0; i < PL_TURNS; i++)
                assert_row(pl_journal_turn_word(i), pl_explain_turn_words(i));
        for (uint32_t i = 0; i < PL_EVIDENCES; i++)
                assert_row(pl_journal_evidence_word(i), pl_explain_evidence_words(i));
        assert_null(pl_explain_turn_words(PL_TURNS));
        assert_null(pl_explain_evidence_words(PL_EVIDENCES));
}

/* Of each choice a sentence of its own, of each measure a title, of each result an effect. */
static void nothing_is_told_like_another(void **state)
{
        char said[PL_CHOICES + PL_MEASURE_KINDS + PL_RESULTS][PL_EXPLAIN_WORDS_MAX];
        size_t count = 0;
        struct pl_text text;

        (void) state;
        memset(&explain, 0, sizeof explain);
        explain.act.type = PL_JOURNAL_DECISION;
        explain.act.decision.decision.id = 9;
        for (uint32_t i = 0; i < PL_CHOICES; i++) {
                pl_text_init(&text, said[count++], sizeof said[0]);
                explain.act.decision.decision.choice = i;
                pl_explain_add_choice(&text, &explain);
        }
        explain.act.decision.decision.choice = PL_CHOICE_ORDER;
        for (uint32_t i = 0; i < PL_MEASURE_KINDS; i++) {
                pl_text_init(&text, said[count++], sizeof said[0]);
                explain.act.decision.decision.measure = i;
                pl_explain_add_title(&text, &explain);
        }
        explain.act.decision.decision.measure = PL_MEASURE_KILL;
        explain.outcome.type = PL_JOURNAL_OUTCOME;
        for (uint32_t i = 0; i < PL_RESULTS; i++) {
                pl_text_init(&text, said[count++], sizeof said[0]);
                explain.outcome.outcome.outcome.result = i;
                pl_explain_add_effect(&text, &explain);
        }
        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j < i; j++)
                        assert_row(said[i], said[i][0] && strcmp(said[i], said[j]) != 0);
}

static void what_is_not_known_yet_is_said(void **state)
{
        static const struct {
                uint64_t deadline_usec;
                bool has_ended;
                const char *words;
        } rows[] = {
                { MADE_NOW + 4 * PL_USEC_PER_SEC, false, "Under way: it has 4 s to go." },
                { MADE_NOW, false, "Not known: nothing was written down." },
                { MADE_NOW + 1, true, "Not known: plimsolld ended before it was written down." },
        };

        (void) state;
        memset(&explain, 0, sizeof explain);
        explain.clock.now_usec = MADE_NOW;
        explain.act.type = PL_JOURNAL_DECISION;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                explain.act.decision.decision.deadline_usec = rows[i].deadline_usec;
                explain.has_ended = rows[i].has_ended;
                pl_explain_add_effect(&text, &explain);
                assert_string_equal(buffer, rows[i].words);
        }
}

/* ---- what others say ---- */

/* What a runtime and systemd say of who was killed, as far as that is sure. */
static void what_others_say_is_told(void **state)
{
        static const struct {
                struct pl_explain_whom whom;
                enum pl_result result;
                uint32_t processes;
                const char *words; /* NULL: nothing */
        } rows[] = {
                { { .kind = PL_WORKLOAD_CONTAINER, .runtime = PL_RUNTIME_DOCKER },
                  PL_RESULT_DONE,
                  1,
                  " Its runtime says OOMKilled=false and exit code 137 of that," },
                { { .kind = PL_WORKLOAD_CONTAINER, .runtime = PL_RUNTIME_CONTAINERD },
                  PL_RESULT_PARTLY,
                  9,
                  " Who runs it sees exit code 137 and no OOM kill," },
                { { .kind = PL_WORKLOAD_CONTAINER, .is_known = true, .is_by_process = true },
                  PL_RESULT_DONE,
                  1,
                  "1 process. It was its largest process alone." },
                { { .kind = PL_WORKLOAD_CONTAINER }, PL_RESULT_LATE, 1, NULL },
                { { .kind = PL_WORKLOAD_SERVICE },
                  PL_RESULT_DONE,
                  2,
                  " systemd takes that for an OOM kill: its result is oom-kill." },
                { { .kind = PL_WORKLOAD_SERVICE, .is_known = true },
                  PL_RESULT_DONE,
                  1,
                  " its result is oom-kill." },
                { { .kind = PL_WORKLOAD_SERVICE }, PL_RESULT_DONE, 1, NULL },
                { { .kind = PL_WORKLOAD_SESSION, .is_known = true, .is_by_process = true },
                  PL_RESULT_DONE,
                  1,
                  " and to systemd that has died of a signal." },
                { { .kind = PL_WORKLOAD_PLAIN, .is_known = true }, PL_RESULT_DONE, 1, NULL },
                { { .kind = UINT32_MAX, .is_known = true }, PL_RESULT_DONE, 1, NULL },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                memset(&explain, 0, sizeof explain);
                explain.act = explain_decision(1, 1, PL_MEASURE_KILL, 9, "web");
                explain.outcome = explain_outcome(1, 1, PL_MEASURE_KILL, 0);
                explain.outcome.outcome.outcome.result = rows[i].result;
                explain.outcome.outcome.outcome.processes = rows[i].processes;
                explain.whom = rows[i].whom;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_explain_add_effect(&text, &explain);
                if (rows[i].words)
                        assert_row(rows[i].words, strstr(buffer, rows[i].words));
                else
                        assert_row(buffer,
                                   text.data[text.length - 1] == '.' && !strstr(buffer, ". "));
        }
}

/* What was asked for is told beside what came of it; what was not carried out only was to be. */
static void the_title_says_what_was_done(void **state)
{
        static const struct {
                enum pl_measure measure;
                enum pl_result result;
                const char *words;
        } rows[] = {
                { PL_MEASURE_RECLAIM, PL_RESULT_DONE, "web was made to give back 512 MiB" },
                { PL_MEASURE_RECLAIM, PL_RESULT_PARTLY,
                  "web was made to give back 38.0 MiB of 512 MiB" },
                { PL_MEASURE_RECLAIM, PL_RESULT_LATE, "web was to be made to give back 512 MiB" },
                { PL_MEASURE_TERM, PL_RESULT_LATE, "web was asked to end" },
                { PL_MEASURE_TERM, PL_RESULT_GONE, "web was to be asked to end" },
                { PL_MEASURE_KILL, PL_RESULT_LATE, "web was to be killed" },
                { PL_MEASURE_KILL, PL_RESULT_PARTLY, "web was killed" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                memset(&explain, 0, sizeof explain);
                explain.act = explain_decision(1, 1, rows[i].measure, 9, "web");
                explain.act.decision.decision.amount_bytes = 512 * PL_MIB;
                explain.outcome = explain_outcome(1, 1, rows[i].measure, 38 * PL_MIB);
                explain.outcome.outcome.outcome.result = rows[i].result;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_explain_add_title(&text, &explain);
                assert_string_equal(buffer, rows[i].words);
        }
}

/* ---- why one is before another ---- */

static struct pl_journal_decision pair(const char *first_name, struct pl_candidate first,
                                       const char *second_name, struct pl_candidate second)
{
        struct pl_journal_act act = {};

        first.rank = 1;
        second.rank = 2;
        explain_add_candidate(&act, first_name, &first);
        explain_add_candidate(&act, second_name, &second);
        return act.decision;
}

static void the_rule_that_tells_is_told(void **state)
{
        static const struct {
                struct pl_candidate first, second;
                const char *second_name;
                const char *words;
        } rows[] = {
                { { .order = 500 }, {}, "b", "its order is higher, +500 against 0" },
                { {}, { .order = 1 }, "b", "by what the table does not show" },
                { { .over_promise_bytes = 1 }, {}, "b", "above what it was promised" },
                { {},
                  { .over_promise_bytes = 1, .leaks = 1 },
                  "system/b",
                  "a unit of the system comes after" },
                { { .gives_back_bytes = 9 }, {}, "system/b", "a unit of the system comes after" },
                { {}, { .over_promise_bytes = 1 }, "b", "by what the table does not show" },
                { { .leaks = 1 }, {}, "b", "it leaks for certain" },
                { {}, { .leaks = 1 }, "b", "by what the table does not show" },
                { { .growth_bytes_per_sec = 4 * PL_MIB, .gives_back_bytes = 1 },
                  { .growth_bytes_per_sec = 4 * PL_MIB - 1, .gives_back_bytes = 2 },
                  "b",
                  "it grows faster, 4.00 MiB/s against 4.00 MiB/s" },
                { { .growth_bytes_per_sec = PL_MIB }, {}, "b", "1.00 MiB/s against 0" },
                { { .growth_bytes_per_sec = 4 * PL_MIB, .gives_back_bytes = 2 * PL_MIB },
                  { .growth_bytes_per_sec = 8 * PL_MIB - 1, .gives_back_bytes = PL_MIB },
                  "b",
                  "it gives back more, 2.00 MiB against 1.00 MiB" },
                { { .growth_bytes_per_sec = PL_MIB - 1, .gives_back_bytes = PL_MIB },
                  { .gives_back_bytes = PL_MIB + 1 },
                  "b",
                  "by what the table does not show" },
                { { .gives_back_bytes = PL_MIB + 1 },
                  { .gives_back_bytes = PL_MIB },
                  "b",
                  "it gives back more, 1048577 against 1048576 bytes" },
                { { .id = 2 }, { .id = 1 }, "b", "made later" },
                { { .id = 1 }, { .id = 2 }, "b", "by what the table does not show" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_decision table = pair("a", rows[i].first, rows[i].second_name,
                                                        rows[i].second);
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_explain_add_rule(&text, &table, 0, 1);
                if (!strstr(buffer, rows[i].words))
                        fail_msg("row %zu \"%s\": %s", i, rows[i].words, buffer);
        }
}

/* Who was passed over stands before the one that was taken; who was not needed, behind it. */
static void who_was_not_taken_is_told_why(void **state)
{
        static const struct {
                enum pl_measure measure;
                enum pl_choice choice;
                uint32_t chosen;
                const char *words;
        } rows[] = {
                { PL_MEASURE_KILL, PL_CHOICE_ORDER, 0, "not needed after a, which comes first: " },
                { PL_MEASURE_KILL, PL_CHOICE_GROWER, 0, "a made most of what was going, and was" },
                { PL_MEASURE_KILL, PL_CHOICE_GROWER, 1, "those before it would not have made up" },
                { PL_MEASURE_RECLAIM, PL_CHOICE_ORDER, 1,
                  "b comes after it, and was to be spared" },
                { PL_MEASURE_RECLAIM, PL_CHOICE_ORDER, 0, "not needed after a, which comes first" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_decision table = pair(
                        "a", (struct pl_candidate){ .order = 2, .turn = PL_TURN_NEXT }, "b",
                        (struct pl_candidate){ .order = 1, .turn = PL_TURN_NEXT });
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                table.decision.measure = rows[i].measure;
                table.decision.choice = rows[i].choice;
                table.decision.candidates[rows[i].chosen].turn = PL_TURN_CHOSEN;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_explain_add_why(&text, &table, 1 - rows[i].chosen);
                if (!strstr(buffer, rows[i].words))
                        fail_msg("row %zu \"%s\": %s", i, rows[i].words, buffer);
        }
}

/* Figures that no host has, or that say less than they seem to. */
static void odd_figures_are_told_as_what_they_are(void **state)
{
        static const struct {
                struct pl_verdict verdict;
                const char *words;
        } rows[] = {
                { { .available_bytes = PL_GIB + 1, .floor_bytes = PL_GIB },
                  "1073741825 were available, 1073741824 bytes should be." },
                { { .available_bytes = PL_GIB, .fall_bytes_per_sec = 65 * PL_GIB, .end_usec = 1 },
                  "It went by more than all memory a second and would have been gone in < 1 ms." },
                { { .available_bytes = PL_GIB,
                    .fall_bytes_per_sec = PL_GIB / 2,
                    .end_usec = 60 * PL_USEC_PER_SEC },
                  "gone in 1 min 0 s, for swap had room, or a limit stops what grew." },
                { { .available_bytes = PL_GIB,
                    .fall_bytes_per_sec = PL_GIB / 2,
                    .end_usec = UINT64_MAX },
                  "a second, and no end was in sight: a limit stops what grew, or" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                memset(&explain, 0, sizeof explain);
                explain.memory_bytes = 64 * PL_GIB;
                explain.act.decision.decision.verdict = rows[i].verdict;
                pl_text_init(&text, buffer, sizeof buffer);
                pl_explain_add_seen(&text, &explain);
                if (!strstr(buffer, rows[i].words))
                        fail_msg("row %zu \"%s\": %s", i, rows[i].words, buffer);
        }
}

/* Anybody's journal: whatever is in a decision, it is told, and no line is other than it should be. */
static void any_decision_can_be_told(void **state)
{
        (void) state;
        for (uint64_t seed = 1; seed <= 2000; seed++) {
                struct test_random random = { seed };
                struct pl_cli *cli = made_cli_begin(made_unicode);

                memset(&explain, 0, sizeof explain);
                explain.clock.now_usec = explain.act.at_usec = MADE_NOW;
                explain.clock.realtime_usec = MADE_WALL;
                explain.act.type = PL_JOURNAL_DECISION;
                for (size_t i = 0; i < offsetof(struct pl_journal_decision, name) / 8; i++)
                        ((uint64_t *) &explain.act.decision)[i] = test_random_size(&random);
                explain.table = explain.act;
                say(cli, true, files.policy);
                test_assert_tame("any", made_said());
        }
}

static int set_up(void **state)
{
        (void) state;
        explain_in_utc();
        explain_read_files(&files);
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        explain_close_files(&files);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_way_to_a_decision_is_told),
                cmocka_unit_test(what_belongs_to_it_is_told),
                cmocka_unit_test(figures_are_of_the_policy_of_then),
                cmocka_unit_test(everything_has_words),
                cmocka_unit_test(nothing_is_told_like_another),
                cmocka_unit_test(what_is_not_known_yet_is_said),
                cmocka_unit_test(what_others_say_is_told),
                cmocka_unit_test(the_title_says_what_was_done),
                cmocka_unit_test(the_rule_that_tells_is_told),
                cmocka_unit_test(who_was_not_taken_is_told_why),
                cmocka_unit_test(odd_figures_are_told_as_what_they_are),
                cmocka_unit_test(any_decision_can_be_told),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
