/* SPDX-License-Identifier: Apache-2.0 */

/* What rank makes of a journal, judged again: it is written here as the daemon writes it, by an engine of our own, and spoilt as
 * a test says.
 */

#include "cli/rank_from.h"

#include <time.h>

#include "cli/live_made.h"
#include "engine/court.h"

/* 2023-11-14T22:13:20Z: before now, whenever that is. */
#define WALL (UINT64_C(1700000000) * PL_USEC_PER_SEC)

struct record {
        struct made made;
        void (*spoil)(struct pl_journal_act *act, unsigned *copies);
        struct pl_verdict told;
};

static struct record record;

static void write_act(const struct pl_journal_act *act)
{
        static struct pl_journal_act spoilt;
        unsigned copies = 1;

        spoilt = *act;
        if (record.spoil)
                record.spoil(&spoilt, &copies);
        for (; copies > 0; copies--)
                pl_journal_write_act(&record.made.writer, &spoilt);
}

static void write_acts(void)
{
        static struct pl_journal_act act;
        const struct pl_judgement *judgement = &court.judgement;

        if (judgement->verdict_count > 0 &&
            judgement->verdicts[0].severity != record.told.severity) {
                act = (struct pl_journal_act){ .at_usec = court.now_usec,
                                               .type = PL_JOURNAL_VERDICT };
                act.judged.step = judgement->step;
                act.judged.verdict = record.told = judgement->verdicts[0];
                write_act(&act);
        }
        for (uint32_t i = 0; i < judgement->decision_count; i++) {
                const struct pl_decision *decision = &judgement->decisions[i];

                act = (struct pl_journal_act){ .at_usec = court.now_usec,
                                               .type = PL_JOURNAL_DECISION };
                memcpy(&act.decision.decision, decision, offsetof(struct pl_decision, candidates));
                memcpy(act.decision.decision.candidates, decision->candidates,
                       decision->candidate_count * sizeof *decision->candidates);
                pl_journal_set_text(act.decision.name, sizeof act.decision.name,
                                    pl_span_of("victim"));
                write_act(&act);
        }
}

/* As the daemon does it: first it is written, then judged, then told. */
static void take_step(void)
{
        const struct pl_snapshot snapshot = court_snapshot();

        assert_int_equal(pl_journal_begin_step(&record.made.writer, &snapshot), 0);
        assert_int_equal(pl_engine_step(&court.engine, &snapshot, &court.judgement), 0);
        court.update_count = court.outcome_count = 0;
        write_acts();
        pl_journal_end_step(&record.made.writer, snapshot.step);
}

static void wait_a_second(void)
{
        court_wait(PL_USEC_PER_SEC);
}

static const struct court_one people[] = {
        { .id = 100,
          .flags = PL_CGROUP_PROFILE | PL_CGROUP_SCORE_KNOWN,
          .order = -500,
          .score_adj = -500,
          .anon_bytes = 2 * PL_GIB },
        { .id = 101,
          .flags = PL_CGROUP_PROFILE | PL_CGROUP_SCORE_KNOWN,
          .order = 500,
          .score_adj = 300,
          .anon_bytes = 700 * PL_MIB },
        { .id = 102, .flags = PL_CGROUP_PROTECTED, .anon_bytes = 60 * PL_MIB },
        { .id = 900,
          .flags = PL_CGROUP_SCORE_KNOWN,
          .anon_bytes = 90 * PL_MIB }, /* which is not on the board any more */
};

static void write_names(void)
{
        static struct pl_journal_act act = { .type = PL_JOURNAL_APPEARED,
                                             .workload = { .id = 900,
                                                           .kind = PL_WORKLOAD_CONTAINER,
                                                           .runtime = PL_RUNTIME_DOCKER,
                                                           .profile = UINT32_MAX,
                                                           .name = "was-here",
                                                           .path = "/docker/was-here" } };

        struct pl_journal_row row;

        row = made_row(100, PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, "api", "web", "web", "/web");
        made_put(&record.made, &row);
        row = made_row(101, PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, "batch", "report", "report",
                       "/report");
        made_put(&record.made, &row);
        row = made_row(102, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, NULL, "sshd", "sshd.service",
                       "/system.slice/sshd.service");
        made_put(&record.made, &row);
        act.at_usec = court.now_usec;
        pl_journal_write_act(&record.made.writer, &act);
}

/* Calm, then short, and somebody goes. */
static void write_incident(void)
{
        court_put_settings();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(people); i++)
                court_put_facts(&people[i]);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(people); i++)
                court_put_sample(&people[i], 0);
        take_step();
        wait_a_second();
        take_step();
        court.host.available_bytes = 200 * PL_MIB;
        wait_a_second();
        take_step();
        wait_a_second();
        take_step();
}

static void begin(void (*spoil)(struct pl_journal_act *act, unsigned *copies))
{
        const struct pl_journal_options options = {
                .file_bytes = PL_JOURNAL_BYTES_MIN,
                .boot_id = { 'b', 'o', 'o', 't' },
                .now_usec = MADE_STARTED,
                .realtime_usec = WALL,
        };
        struct pl_journal_opened opened;

        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        tzset();
        record = (struct record){ .spoil = spoil };
        test_stage_make(&record.made.stage);
        (void) snprintf(record.made.path, sizeof record.made.path, "%s/journal",
                        record.made.stage.path);
        record.made.dir_fd = open(record.made.stage.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(record.made.dir_fd >= 0);
        assert_int_equal(pl_journal_writer_open(record.made.dir_fd, "journal", &options,
                                                &record.made.writer, &opened),
                         0);
        court_open();
        court.now_usec = MADE_STARTED + PL_USEC_PER_HOUR;
        write_names();
}

static void end(void)
{
        made_close(&record.made);
}

static struct test_answer ask(const char *const words[TEST_WORDS_MAX])
{
        const char *all[TEST_WORDS_MAX] = { "--from", record.made.path };

        for (size_t i = 0; i + 2 < TEST_WORDS_MAX && words[i]; i++)
                all[i + 2] = words[i];
        return test_run(&pl_cli_verb_rank, made_unicode, all);
}

static bool says(const struct test_answer *answer, const char *words)
{
        return strstr(answer->out.data, words) || strstr(answer->words.data, words);
}

/* Wherever its lines are broken. */
static bool says_unbroken(const struct test_answer *answer, const char *words)
{
        static char buffer[TEST_ANSWER_MAX];
        size_t length = 0;

        for (const char *at = answer->out.data; *at; at++)
                if (*at != ' ' && *at != '\n')
                        buffer[length++] = *at;
                else if (length == 0 || buffer[length - 1] != ' ')
                        buffer[length++] = ' ';
        buffer[length] = '\0';
        return strstr(buffer, words) != NULL;
}

/* ---- the order ---- */

static void each_answer_looks_as_it_should(void **state)
{
        static const struct {
                const char *name;
                const char *words[TEST_WORDS_MAX];
                enum pl_cli_exit exit_code;
        } rows[] = {
                { "rank-from", {}, PL_CLI_FINE },
                { "rank-from-all", { "--all" }, PL_CLI_FINE },
                { "rank-from-calm", { "--at=2023-11-14T23:13:21Z" }, PL_CLI_FINE },
                { "rank-from-name", { "api/web" }, PL_CLI_FINE },
                { "rank-from-json", { "--json", "--all" }, PL_CLI_FINE },
                { "rank-from-verified", { "--verify" }, PL_CLI_FINE },
                { "rank-from-verified-json", { "--verify", "--json" }, PL_CLI_FINE },
        };

        (void) state;
        begin(NULL);
        write_incident();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct test_answer answer = ask(rows[i].words);
                char path[128];

                (void) snprintf(path, sizeof path, "live/%s.txt", rows[i].name);
                test_compare(pl_text_span(&answer.out), path);
                assert_row(rows[i].name, answer.exit_code == rows[i].exit_code);
        }
        end();
}

static void what_cannot_be_shown_is_said(void **state)
{
        static const char *const nothing[TEST_WORDS_MAX] = {};
        struct test_answer answer;

        (void) state;
        begin(NULL);
        answer = ask((const char *const[TEST_WORDS_MAX]){ "--at=never" });
        assert_int_equal(answer.exit_code, PL_CLI_USAGE);
        answer = ask((const char *const[TEST_WORDS_MAX]){ "nobody" });
        assert_int_equal(answer.exit_code, PL_CLI_NOT_FOUND);
        write_incident();
        answer = ask((const char *const[TEST_WORDS_MAX]){ "--at=2023-11-14T22:14:00Z" });
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_true(says(&answer, "no step in it that could be judged again until then"));
        end();
        begin(NULL);
        court.step = 4; /* what was before is lost */
        write_incident();
        answer = ask(nothing);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_true(says(&answer, "4 steps are there"));
        answer = ask((const char *const[TEST_WORDS_MAX]){ "--verify" });
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_true(says(&answer, "no step could be judged again; 4 are there"));
        assert_int_equal(unlink(record.made.path), 0);
        answer = ask(nothing);
        assert_int_equal(answer.exit_code, PL_CLI_NOT_FOUND);
        assert_true(says(&answer, "there is no "));
        end();
}

/* Steps behind a gap are missing, and a decision of one that is not there had one. */
static void what_is_missing_fails(void **state)
{
        static const char *const nothing[TEST_WORDS_MAX] = {};
        static const char *const verify[TEST_WORDS_MAX] = { "--verify" };
        static struct pl_journal_act act = { .type = PL_JOURNAL_DECISION };
        struct test_answer answer;

        (void) state;
        begin(NULL);
        write_incident();
        court.step += 2;
        wait_a_second();
        take_step();
        answer = ask(nothing);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_true(says(&answer, "RANK"));
        assert_true(says(&answer, "1 step of it could not be judged again"));
        answer = ask(verify);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_true(says_unbroken(&answer, "or steps are missing"));
        end();
        begin(NULL);
        write_incident();
        act.at_usec = court.now_usec + 1;
        act.decision.decision.step = court.step + 7;
        write_act(&act);
        assert_int_equal(ask(nothing).exit_code, PL_CLI_FINE);
        answer = ask(verify);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_true(says_unbroken(&answer, "1 act could not be compared: the journal is damaged"));
        end();
}

/* ---- verifying ---- */

static void leave(struct pl_journal_act *act, unsigned *copies)
{
        (void) act;
        (void) copies;
}

static void drop_decision(struct pl_journal_act *act, unsigned *copies)
{
        *copies = act->type == PL_JOURNAL_DECISION ? 0 : 1;
}

static void change_victim(struct pl_journal_act *act, unsigned *copies)
{
        (void) copies;
        if (act->type == PL_JOURNAL_DECISION)
                act->decision.decision.id = 100;
}

static void change_candidate(struct pl_journal_act *act, unsigned *copies)
{
        (void) copies;
        if (act->type == PL_JOURNAL_DECISION)
                act->decision.decision.candidates[2].gives_back_bytes++;
}

static void change_verdict(struct pl_journal_act *act, unsigned *copies)
{
        (void) copies;
        if (act->type == PL_JOURNAL_VERDICT)
                act->judged.verdict.available_bytes++;
}

static void change_scope(struct pl_journal_act *act, unsigned *copies)
{
        (void) copies;
        if (act->type == PL_JOURNAL_VERDICT) {
                act->judged.verdict.scope = PL_SCOPE_CGROUP;
                act->judged.verdict.scope_id = 100;
        }
}

static void calm_another(struct pl_journal_act *act, unsigned *copies)
{
        change_scope(act, copies);
        if (act->type == PL_JOURNAL_VERDICT)
                act->judged.verdict.severity = PL_SEVERITY_CALM;
}

static void move_decision(struct pl_journal_act *act, unsigned *copies)
{
        (void) copies;
        if (act->type == PL_JOURNAL_DECISION)
                act->decision.decision.step--;
}

static void double_decision(struct pl_journal_act *act, unsigned *copies)
{
        *copies = act->type == PL_JOURNAL_DECISION ? 2 : 1;
}

static const struct {
        const char *name;
        void (*spoil)(struct pl_journal_act *act, unsigned *copies);
        const char *words; /* NULL: the same */
} spoils[] = {
        { "nothing", leave, NULL },
        { "a decision is missing", drop_decision, "what is decided now is not in the journal" },
        { "another victim", change_victim, "the cgroup of decision 1 is another" },
        { "another figure", change_candidate, "the candidates of decision 1 is another" },
        { "another verdict", change_verdict, "a verdict is another" },
        { "of somebody else", change_scope, "and now there is none" },
        { "somebody else is calm again", calm_another, NULL },
        { "of another step", move_decision, "what is decided now is not in the journal" },
        { "one too many", double_decision, "the journal has what is not decided now" },
};

static void each_difference_is_found(void **state)
{
        static const char *const verify[TEST_WORDS_MAX] = { "--verify" };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(spoils); i++) {
                struct test_answer answer;

                begin(spoils[i].spoil);
                write_incident();
                answer = ask(verify);
                assert_row(spoils[i].name,
                           answer.exit_code == (spoils[i].words ? PL_CLI_FAILED : PL_CLI_FINE));
                if (spoils[i].words && (!says_unbroken(&answer, "the same until then") ||
                                        !says_unbroken(&answer, spoils[i].words)))
                        fail_msg("row \"%s\": %s", spoils[i].name, answer.out.data);
                end();
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_answer_looks_as_it_should),
                cmocka_unit_test(what_cannot_be_shown_is_said),
                cmocka_unit_test(what_is_missing_fails),
                cmocka_unit_test(each_difference_is_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
