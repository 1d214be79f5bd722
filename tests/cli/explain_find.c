/* SPDX-License-Identifier: Apache-2.0 */

/* Which decision is meant, where it is found, and what belongs to it; and the verb over a journal, a history, or neither. */

#include <time.h>

#include "cli/explain_made.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/history_writer.h"

static struct explain_files files;
static struct pl_explain explain;

/* Two starts of plimsolld: in the first it has killed once, as number 1; the second had the hour. */
static void make(struct made *made)
{
        struct pl_journal_act act = explain_kill(1, EXPLAIN_AGO(7000));

        made_open(made, PL_JOURNAL_BYTES_MIN);
        explain_write_start(made, EXPLAIN_AGO(7200), files.policy);
        explain_write(made, &act);
        explain_write_start(made, EXPLAIN_AGO(3600), files.policy);
        explain_write_hour(made);
        made_fill_all(made);
}

static struct made made;
static struct pl_live live;

static int make_it(void **state)
{
        (void) state;
        make(&made);
        made_look(&made, &live);
        return 0;
}

static int remove_it(void **state)
{
        (void) state;
        pl_live_close(&live);
        made_close(&made);
        return 0;
}

/* ---- which one ---- */

static int find(struct pl_explain_wanted wanted)
{
        return explain_find(&live, &wanted, &explain);
}

static uint64_t found(void)
{
        return explain.act.decision.decision.number;
}

static void the_last_is_the_last_that_did_something(void **state)
{
        (void) state;
        assert_int_equal(find((struct pl_explain_wanted){ .before_usec = INT64_MAX }), 0);
        assert_int_equal(found(), EXPLAIN_KILL);
        assert_int_equal(explain.act.sequence > 0, 1);
        assert_true(explain.has_digest);
}

static void a_number_means_the_newest_and_a_time_another(void **state)
{
        struct pl_explain_wanted wanted = explain_number(1);

        (void) state;
        assert_int_equal(find(wanted), 0);
        assert_int_equal(explain.act.decision.decision.measure, PL_MEASURE_RECLAIM);
        assert_int_equal(explain.alike_count, 1);
        assert_int_equal(explain.alike_usec, MADE_WALL - INT64_C(7000) * (int64_t) PL_USEC_PER_SEC);
        assert_false(explain.has_ended);
        wanted.before_usec = MADE_WALL - INT64_C(4000) * (int64_t) PL_USEC_PER_SEC;
        assert_int_equal(find(wanted), 0);
        assert_int_equal(explain.act.decision.decision.measure, PL_MEASURE_KILL);
        assert_int_equal(explain.alike_count, 0);
        assert_true(explain.has_ended);
        assert_int_equal(explain.outcome.type, 0);
        wanted.before_usec = explain.alike_usec;
        assert_int_equal(find(wanted), PL_EXPLAIN_E_NONE);
        assert_int_equal(explain.last_number, EXPLAIN_KILL + 1);
        assert_int_equal(find(explain_number(99)), PL_EXPLAIN_E_NONE);
        assert_int_equal(find(explain_number(0)), PL_EXPLAIN_E_NONE);
}

/* As seen from another start of the daemon, nothing of this one belongs to it. */
static void what_belongs_to_it_is_of_its_run(void **state)
{
        (void) state;
        assert_int_equal(find(explain_number(EXPLAIN_KILL)), 0);
        assert_int_equal(pl_explain_measure_count(&explain.before), 2);
        assert_int_equal(pl_explain_measure_at(&explain.before, 0)->number, 2);
        assert_int_equal(pl_explain_measure_at(&explain.before, 0)->outcome.result,
                         PL_RESULT_PARTLY);
        assert_true(pl_explain_measure_at(&explain.before, 0)->has_outcome);
        assert_false(pl_explain_measure_at(&explain.before, 1)->has_outcome);
        assert_int_equal(explain.together.total, 1);
        assert_int_equal(explain.outcome.outcome.outcome.bytes, 6144 * PL_MIB);
        assert_int_equal(explain.over_usec, EXPLAIN_AGO(1788));
        assert_non_null(pl_explain_table(&explain));
        assert_int_equal(find(explain_number(EXPLAIN_KILL + 1)), 0);
        assert_int_equal(pl_explain_table(&explain)->decision.number, EXPLAIN_KILL);
        assert_int_equal(find(explain_number(4)), 0);
        assert_null(pl_explain_table(&explain));
}

static const struct {
        const char *name;
        uint64_t number; /* 0: nothing */
} names[] = {
        { "batch/report", EXPLAIN_KILL + 1 },
        { "report", EXPLAIN_KILL + 1 },
        { "batch/*", EXPLAIN_KILL + 1 },
        { "cache/redis", 1 },
        { "mailer", EXPLAIN_KILL },
        { "system/sshd", EXPLAIN_KILL },
        { "api/web", 0 },
        { "/batch", 0 },
};

static void a_name_means_the_last_about_it(void **state)
{
        struct pl_explain_wanted wanted;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++) {
                int r = find(explain_about(names[i].name));

                assert_row(names[i].name, r == (names[i].number ? 0 : PL_EXPLAIN_E_NONE));
                assert_row(names[i].name, r != 0 || found() == names[i].number);
        }
        wanted = explain_about("/a/path");
        wanted.ids[wanted.id_count++] = 101;
        assert_int_equal(find(wanted), 0);
        assert_int_equal(found(), EXPLAIN_KILL + 1);
}

/* Its beginning is lost, and the numbers begin anew all the same. */
static void a_start_that_is_lost_is_seen_by_the_numbers(void **state)
{
        _cleanup_(pl_cleanup_live) struct pl_live other = {};
        const struct pl_explain_wanted wanted = explain_number(7);
        struct pl_journal_act act;
        struct made lost;

        (void) state;
        made_open(&lost, PL_JOURNAL_BYTES_MIN);
        act = explain_kill(7, EXPLAIN_AGO(500));
        explain_write(&lost, &act);
        act = explain_kill(7, EXPLAIN_AGO(400));
        explain_write(&lost, &act);
        act = explain_outcome(7, EXPLAIN_AGO(400), PL_MEASURE_KILL, 77);
        explain_write(&lost, &act);
        made_look(&lost, &other);
        assert_int_equal(explain_find(&other, &wanted, &explain), 0);
        assert_int_equal(explain.act.at_usec, EXPLAIN_AGO(400));
        assert_int_equal(explain.outcome.outcome.outcome.bytes, 77);
        assert_int_equal(explain.before.total, 0);
        assert_false(explain.has_digest);
        made_close(&lost);
}

/* More was tried than is kept: the last so many are. */
static void of_many_measures_the_last_are_kept(void **state)
{
        _cleanup_(pl_cleanup_live) struct pl_live other = {};
        struct pl_explain_wanted wanted = { .before_usec = INT64_MAX };
        const uint64_t many = PL_EXPLAIN_MEASURES_MAX + 5;
        struct pl_journal_act act;
        struct made crowd;

        (void) state;
        made_open(&crowd, PL_JOURNAL_BYTES_MIN);
        for (uint64_t i = 1; i <= many; i++) {
                act = explain_decision(i, EXPLAIN_AGO(500), PL_MEASURE_RECLAIM, i, "small");
                explain_write(&crowd, &act);
        }
        act = explain_kill(many + 1, EXPLAIN_AGO(400));
        explain_write(&crowd, &act);
        made_look(&crowd, &other);
        assert_int_equal(explain_find(&other, &wanted, &explain), 0);
        assert_int_equal(explain.before.total, many);
        assert_int_equal(pl_explain_measure_count(&explain.before), PL_EXPLAIN_MEASURES_MAX);
        assert_int_equal(pl_explain_measure_at(&explain.before, 0)->number, 6);
        assert_int_equal(
                pl_explain_measure_at(&explain.before, PL_EXPLAIN_MEASURES_MAX - 1)->number, many);
        made_close(&crowd);
}

static void write_workload(enum pl_journal_type type, uint64_t ago_sec, uint64_t id,
                           enum pl_workload_kind kind)
{
        struct pl_journal_act act = {
                .at_usec = EXPLAIN_AGO(ago_sec),
                .type = type,
                .workload = { .id = id, .kind = kind, .runtime = PL_RUNTIME_PODMAN }
        };

        explain_write(&made, &act);
}

/* Of one that is on the board still that tells it; of one that is gone, acts. */
static void whom_it_was_done_to_is_known(void **state)
{
        struct pl_journal_act act = explain_kill(7, EXPLAIN_AGO(100));
        struct pl_journal_row row = {};

        (void) state;
        write_workload(PL_JOURNAL_APPEARED, 200, 777, PL_WORKLOAD_CONTAINER);
        act.decision.decision.id = 777;
        explain_write(&made, &act);
        write_workload(PL_JOURNAL_GONE, 90, 778, PL_WORKLOAD_SERVICE);
        assert_int_equal(find(explain_number(7)), 0);
        assert_int_equal(explain.whom.kind, PL_WORKLOAD_CONTAINER);
        assert_int_equal(explain.whom.runtime, PL_RUNTIME_PODMAN);
        assert_false(explain.whom.is_known);

        assert_int_equal(find(explain_number(EXPLAIN_KILL)), 0);
        assert_int_equal(explain.whom.kind, PL_WORKLOAD_CONTAINER);
        assert_int_equal(explain.whom.runtime, PL_RUNTIME_DOCKER);
        assert_true(explain.whom.is_known);
        assert_false(explain.whom.is_by_process);
        row.id = 101;
        row.flags = PL_CGROUP_BY_PROCESS;
        assert_int_equal(pl_journal_put_row(&made.writer, 1, &row), 0);
        assert_int_equal(find(explain_number(EXPLAIN_KILL)), 0);
        assert_true(explain.whom.is_by_process);
}

/* What is milder than a kill is the last as well; what only ends something, or goes along with a kill, is not. */
static void what_is_mild_is_the_last_as_well(void **state)
{
        static const struct {
                enum pl_measure measure;
                bool is_last;
        } measures[] = {
                { PL_MEASURE_THAW, false },    { PL_MEASURE_RELEASE, false },
                { PL_MEASURE_CAP, false },     { PL_MEASURE_DOWN, false },
                { PL_MEASURE_RECLAIM, true },  { PL_MEASURE_FREEZE, true },
                { PL_MEASURE_THROTTLE, true }, { PL_MEASURE_RELAX, true },
                { PL_MEASURE_TERM, true },     { PL_MEASURE_ALARM, true },
        };
        uint64_t last = EXPLAIN_KILL;

        (void) state;
        for (uint64_t i = 0; i < PL_ARRAY_LENGTH(measures); i++) {
                struct pl_journal_act act = explain_decision(
                        10 + i, EXPLAIN_AGO(500 - i), measures[i].measure, 101, "batch/report");

                explain_write(&made, &act);
                last = measures[i].is_last ? 10 + i : last;
                assert_int_equal(find((struct pl_explain_wanted){ .before_usec = INT64_MAX }), 0);
                assert_int_equal(found(), last);
        }
}

static void find_last(uint64_t number)
{
        assert_int_equal(find((struct pl_explain_wanted){ .before_usec = INT64_MAX }), 0);
        assert_int_equal(found(), number);
}

/* As long as the shortage lasts that somebody went for, it is about that. */
static void a_kill_is_the_last_until_its_shortage_is_over(void **state)
{
        struct pl_journal_act act = explain_kill(10, EXPLAIN_AGO(500));

        (void) state;
        explain_write(&made, &act);
        act = explain_decision(11, EXPLAIN_AGO(490), PL_MEASURE_RECLAIM, 201, "cache/redis");
        explain_write(&made, &act);
        find_last(10);
        act = (struct pl_journal_act){ .at_usec = EXPLAIN_AGO(485),
                                       .type = PL_JOURNAL_VERDICT,
                                       .judged.verdict = { .scope = PL_SCOPE_CGROUP,
                                                           .scope_id = 7 } };
        explain_write(&made, &act);
        act = explain_decision(12, EXPLAIN_AGO(480), PL_MEASURE_RECLAIM, 201, "cache/redis");
        explain_write(&made, &act);
        find_last(10);
        explain_write_calm(&made, EXPLAIN_AGO(470));
        find_last(10);
        act = explain_decision(13, EXPLAIN_AGO(460), PL_MEASURE_RECLAIM, 201, "cache/redis");
        explain_write(&made, &act);
        find_last(13);
}

static void write_deed(uint64_t ago_sec, uint64_t id, const char *name)
{
        struct pl_journal_act act = explain_outcome(0, EXPLAIN_AGO(ago_sec), PL_MEASURE_KILL,
                                                    PL_GIB);

        act.outcome.outcome.id = id;
        pl_journal_set_text(act.outcome.name, sizeof act.outcome.name, pl_span_of(name));
        explain_write(&made, &act);
}

/* The second process has done something since, without a decision: that is told, of who is meant. */
static void what_the_mate_has_done_since_is_told(void **state)
{
        static const struct {
                const char *name; /* NULL: the last */
                bool is_told;
        } rows[] = {
                { NULL, true },           { "api/web", true },       { "web", true },
                { "cache/redis", false }, { "batch/report", false },
        };

        struct pl_journal_act act = explain_kill(7, EXPLAIN_AGO(30));

        (void) state;
        write_deed(60, 100, "api/web");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                int r = rows[i].name ? find(explain_about(rows[i].name))
                                     : find((struct pl_explain_wanted){ .before_usec = INT64_MAX });

                assert_row(rows[i].name ? rows[i].name : "last",
                           (r == 0) == (!rows[i].name || !strstr(rows[i].name, "web")));
                assert_row(rows[i].name ? rows[i].name : "last",
                           (explain.mate.type != 0) == rows[i].is_told);
        }
        assert_int_equal(find(explain_number(EXPLAIN_KILL)), 0);
        assert_int_equal(explain.mate.type, 0);
        assert_int_equal(
                find((struct pl_explain_wanted){
                        .before_usec = MADE_WALL - INT64_C(100) * (int64_t) PL_USEC_PER_SEC }),
                0);
        assert_int_equal(explain.mate.type, 0);
        explain_write(&made, &act);
        assert_int_equal(find((struct pl_explain_wanted){ .before_usec = INT64_MAX }), 0);
        assert_int_equal(found(), 7);
        assert_int_equal(explain.mate.type, 0);
}

/* ---- the history ---- */

/* All acts of the journal, as plimsoll-record keeps them, of a boot before this one. */
static void keep_all(int dir_fd, uint64_t realtime_usec)
{
        const struct pl_history_options options = { PL_HISTORY_SIZE_MIN, 14 * PL_USEC_PER_DAY,
                                                    .unsynced = true };
        const struct pl_history_time at = { realtime_usec, MADE_NOW };
        struct pl_journal_cursor cursor = pl_journal_cursor_oldest(&live.reader, PL_JOURNAL_ACTS);
        static struct pl_history_writer writer;
        struct pl_journal_record record;

        assert_int_equal(pl_history_writer_open(dir_fd, &options, &writer), 0);
        assert_int_equal(pl_history_begin(&writer, &at, &(struct pl_history_identity){ "boot", 1 }),
                         0);
        while (pl_journal_next_record(&cursor, &record) == 0)
                assert_int_equal(pl_history_add_record(&writer, &record), 0);
        assert_int_equal(pl_history_end(&writer), 0);
        pl_history_writer_close(&writer);
}

static void the_history_tells_what_the_ring_has_no_more(void **state)
{
        const int64_t day_usec = (int64_t) PL_USEC_PER_DAY;
        const struct pl_explain_source source = { NULL, made.dir_fd, MADE_WALL };
        const struct pl_explain_wanted wanted = explain_number(EXPLAIN_KILL);
        char buffer[64];
        struct pl_text text;

        (void) state;
        keep_all(made.dir_fd, (uint64_t) (MADE_WALL - day_usec));
        assert_int_equal(pl_explain_find(&source, &wanted, &explain), 0);
        assert_int_equal(found(), EXPLAIN_KILL);
        assert_int_equal(pl_explain_measure_count(&explain.before), 2);
        assert_int_equal(explain.outcome.outcome.outcome.bytes, 6144 * PL_MIB);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_live_add_ago(&text, &explain.clock, explain.act.at_usec);
        assert_string_equal(buffer, "1 day 0 h ago");
        assert_int_equal(
                pl_explain_find(&source, &(struct pl_explain_wanted){ .before_usec = 1 }, &explain),
                PL_EXPLAIN_E_NONE);
        assert_true(explain.oldest_usec > 0);
}

/* ---- the verb ---- */

static char journal_option[TEST_PATH_MAX + 64], history_option[TEST_PATH_MAX + 64];

static struct test_answer run(const char *a, const char *b, const char *c)
{
        const char *words[TEST_WORDS_MAX] = {
                journal_option, history_option, "--policy=/nowhere", a, b, c
        };

        return test_run(&pl_cli_verb_explain, made_unicode, words);
}

static int make_verb(void **state)
{
        (void) make_it(state);
        (void) snprintf(journal_option, sizeof journal_option, "--journal=%s", made.path);
        (void) snprintf(history_option, sizeof history_option, "--history=%s", made.stage.path);
        return 0;
}

static const struct {
        const char *words[3];
        enum pl_cli_exit exit_code;
        const char *out, *said; /* parts of them; NULL: nothing */
} rows[] = {
        { {}, PL_CLI_FINE, "batch/report was killed", "" },
        { { "last" }, PL_CLI_FINE, "#5  ", "" },
        { { "1" }, PL_CLI_FINE, "1 older decision is of this number", "" },
        { { "5", "--all" }, PL_CLI_FINE, "#5  ", "" },
        { { "5", "--json" }, PL_CLI_FINE, "\"to_change_this\": ", "" },
        { { "6" }, PL_CLI_FINE, "batch/report was to be kept down", "" },
        { { "report" }, PL_CLI_FINE, "#6  ", "" },
        { { "101" }, PL_CLI_NOT_FOUND, NULL, "there is no decision 101" },
        { { "99" }, PL_CLI_NOT_FOUND, NULL, "The last one is 6;" },
        { { "nobody" }, PL_CLI_NOT_FOUND, NULL, "no decision and no workload is of 'nobody'" },
        { { "\x1Bnobody" }, PL_CLI_NOT_FOUND, NULL, "'?nobody'" },
        { { "api/weg" }, PL_CLI_NOT_FOUND, NULL, "Did you mean 'api/web'" },
        { { "api/web" }, PL_CLI_FINE, "Nothing was decided about api/web since ", "" },
        { { "sshd.service" }, PL_CLI_FINE, "#5  ", "" },
        { { "[a" }, PL_CLI_USAGE, NULL, "the name '[a' is not understood" },
        { { "--before=noon" }, PL_CLI_USAGE, NULL, "--before 'noon' is not understood" },
        { { "--before=52w" }, PL_CLI_FINE, "Nothing was decided for want of memory", "" },
        { { "--why-not=[a" }, PL_CLI_USAGE, NULL, "the name '[a'" },
        { { "--why-not=sshd" }, PL_CLI_FINE, "system/sshd: protected", "" },
        { { "--why-not=redis", "5" },
          PL_CLI_FINE,
          "cache/redis: not needed after batch/report, which comes first",
          "" },
        { { "--why-not=redis", "--json" }, PL_CLI_FINE, "\"from\": \"table\"", "" },
        { { "--why-not=idle" }, PL_CLI_FINE, "As things are now: nobody is in it", "" },
        { { "--why-not=idle", "--json" }, PL_CLI_FINE, "\"from\": \"now\"", "" },
        { { "--why-not=api/web" }, PL_CLI_FINE, "now: it may be taken", "" },
        { { "--why-not=nobody" }, PL_CLI_NOT_FOUND, NULL, "there is no workload 'nobody'" },
        { { "--before=52w", "--why-not=nobody" },
          PL_CLI_NOT_FOUND,
          NULL,
          "there is no workload 'nobody'" },
        { { "--before=52w", "--why-not=idle" },
          PL_CLI_FINE,
          "system/idle, as things are now: nobody is in it.",
          "" },
        { { "--before=52w", "--why-not=idle", "--json" },
          PL_CLI_FINE,
          "\"workload\": \"system/idle\"",
          "" },
        { { "1", "2" }, PL_CLI_USAGE, NULL, "too many arguments" },
};

/* Words that a terminal has broken are found as well. */
static bool has(const struct pl_text *text, const char *words)
{
        struct pl_span rest = pl_text_span(text), word;
        char buffer[TEST_ANSWER_MAX / 4];
        struct pl_text joined;

        pl_text_init(&joined, buffer, sizeof buffer);
        while (!pl_span_empty(word = pl_span_word(&rest))) {
                pl_text_add(&joined, joined.length > 0 ? " " : "");
                pl_text_add_span(&joined, word);
        }
        return strstr(text->data, words) || strstr(buffer, words);
}

static void the_verb_answers(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct test_answer answer = run(rows[i].words[0], rows[i].words[1],
                                                rows[i].words[2]);

                if (answer.exit_code != rows[i].exit_code || !has(&answer.words, rows[i].said) ||
                    (rows[i].out ? !has(&answer.out, rows[i].out) : answer.out.length > 0))
                        fail_msg("row %zu \"%s\": %d\n%s\n%s", i, rows[i].out, answer.exit_code,
                                 answer.out.data, answer.words.data);
        }
}

static void the_verb_tells_of_the_mate(void **state)
{
        struct test_answer answer;

        (void) state;
        write_deed(60, 999, "gone/web");
        answer = run(NULL, NULL, NULL);
        assert_true(has(&answer.out, "Since then"));
        assert_true(has(&answer.out, "killed gone/web: dead after 0.4 s, 1.00 GiB came back, 12 "
                                     "processes (by the second process, while plimsolld stood "
                                     "still)"));
        answer = run("gone/web", NULL, NULL);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_true(has(&answer.out, "Nothing was decided about gone/web"));
        assert_true(has(&answer.out, " ago: killed gone/web: dead"));
        answer = run("gone/web", "--json", NULL);
        assert_true(has(&answer.out, "\"since_then\": {"));
        assert_true(has(&answer.out, "\"by_mate\": true"));
        answer = run("5", "--json", NULL);
        assert_true(has(&answer.out, "\"since_then\": null"));
}

/* Of a journal that was named: it may be a copy, and then no daemon that is started would change it. */
static void of_a_named_journal_no_daemon_is_advised(void **state)
{
        struct test_answer answer = run("5", NULL, NULL);

        (void) state;
        assert_true(has(&answer.words, "plimsolld is not running"));
        assert_false(has(&answer.words, "systemctl"));
}

static void without_a_journal_the_history_answers(void **state)
{
        struct test_answer answer;

        (void) state;
        keep_all(made.dir_fd, (uint64_t) MADE_WALL);
        assert_int_equal(unlinkat(made.dir_fd, "journal", 0), 0);
        answer = run("5", NULL, NULL);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_true(has(&answer.out, "batch/report was killed"));
        assert_true(has(&answer.words, "plimsoll: there is no "));
        answer = run("5", "--why-not=api/web", NULL);
        assert_int_equal(answer.exit_code, PL_CLI_NOT_FOUND);
        assert_int_equal(answer.out.length, 0);
        answer = run("--before=1970-01-02", NULL, NULL);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_true(has(&answer.out, "Nothing was decided"));
}

static void without_either_there_is_nothing_to_say(void **state)
{
        struct test_answer answer;

        (void) state;
        assert_int_equal(unlinkat(made.dir_fd, "journal", 0), 0);
        answer = run(NULL, NULL, NULL);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_int_equal(answer.out.length, 0);
        history_option[0] = '\0';
        (void) snprintf(history_option, sizeof history_option, "--history=/nowhere");
        answer = run("--json", NULL, NULL);
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_int_equal(answer.out.length, 0);
}

/* Who is not in the slice that is short was never asked. */
static void who_is_outside_is_told(void **state)
{
        static const struct {
                const char *name;
                uint64_t scope_id;
                enum pl_scope scope;
                bool is_outside;
        } cases[] = {
                { "sshd", 3, PL_SCOPE_CGROUP, false },
                { "api/web", 3, PL_SCOPE_CGROUP, true },
                { "api/web", 100, PL_SCOPE_CGROUP, false },
                { "api/web", 3, PL_SCOPE_HOST, false },
        };
        struct pl_journal_row row = made_row(102, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, NULL,
                                             "sshd", "sshd.service", "/system.slice/sshd.service");

        (void) state;
        row.parent_id = 3;
        assert_int_equal(pl_journal_put_row(&made.writer, 2, &row), 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cases); i++) {
                const struct pl_verdict verdict = { .scope = cases[i].scope,
                                                    .scope_id = cases[i].scope_id };
                struct pl_explain_absent absent;
                char buffer[PL_EXPLAIN_WORDS_MAX];
                struct pl_text text;

                assert_int_equal(pl_explain_find_absent(made_cli_begin(made_unicode), &live,
                                                        cases[i].name, &verdict, &absent),
                                 PL_CLI_FINE);
                assert_row(cases[i].name, absent.is_outside == cases[i].is_outside);
                pl_text_init(&text, buffer, sizeof buffer);
                pl_explain_add_absent(&text, &absent);
                assert_row(cases[i].name, (strstr(buffer, "outside of what was short") != NULL) ==
                                                  cases[i].is_outside);
        }
}

static int print_to(void *userdata, struct pl_span bytes)
{
        return fwrite(bytes.data, 1, bytes.length, userdata) == bytes.length ? 0 : -EIO;
}

/* What is kept beside the journal is read where the files are other ones. */
static void what_was_kept_of_the_policy_is_read(void **state)
{
        char path[TEST_PATH_MAX + 256], journal[TEST_PATH_MAX + 64];
        struct pl_explain_files read;
        struct pl_explain_policy held;
        struct pl_text name;
        uint8_t digest[PL_SHA256_BYTES];
        FILE *file;

        (void) state;
        memset(&explain, 0, sizeof explain);
        pl_policy_digest(files.policy, digest);
        explain.has_digest = true;
        memcpy(explain.digest, digest, sizeof digest);
        (void) snprintf(journal, sizeof journal, "%s/journal", made.stage.path);
        assert_int_equal(mkdirat(made.dir_fd, "policy", 0700), 0);
        pl_text_init(&name, path, sizeof path);
        pl_text_addf(&name, "%s/policy/", made.stage.path);
        pl_sha256_format(&name, digest);
        pl_text_add(&name, ".json");
        file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(pl_policy_print(files.policy, print_to, file), 0);
        assert_int_equal(fclose(file), 0);
        held = pl_explain_read_policy(made_cli_begin(made_unicode), NULL, journal, &explain, &read);
        assert_true(held.is_kept && held.is_then);
        assert_non_null(pl_explain_profile(&held, pl_span_of("batch")));
        pl_explain_files_done(&read);
        held = pl_explain_read_policy(made_cli_begin(made_unicode), "/nowhere", journal, &explain,
                                      &read);
        assert_false(held.is_kept || held.is_then);
        pl_explain_files_done(&read);
        explain.digest[0] ^= 1;
        held = pl_explain_read_policy(made_cli_begin(made_unicode), NULL, journal, &explain, &read);
        assert_false(held.is_kept || held.is_then);
        pl_explain_files_done(&read);
}

/* ---- nothing was decided ---- */

static void who_would_go_first_is_told(void **state)
{
        struct pl_journal_ranking ranking = { .at_usec = MADE_NOW,
                                              .count = 1,
                                              .candidates = { { .id = 101, .rank = 1 } } };
        struct pl_explain_nothing nothing = { .live = &live, .realtime_usec = MADE_WALL };
        struct pl_cli *cli = made_cli_begin(made_unicode);

        (void) state;
        pl_explain_print_nothing(cli, &nothing);
        assert_string_equal(made_said().data, "Nothing was decided for want of memory.\n");
        pl_journal_put_ranking(&made.writer, &ranking);
        cli = made_cli_begin(made_unicode);
        pl_explain_print_nothing(cli, &nothing);
        assert_non_null(strstr(made_said().data, "batch/report would go first"));
        cli = made_cli_begin(made_unicode);
        cli->json = true;
        pl_explain_print_nothing(cli, &nothing);
        assert_non_null(strstr(made_said().data, "\"next\": \"batch/report\""));
        ranking.candidates[0].rank = 0;
        pl_journal_put_ranking(&made.writer, &ranking);
        cli = made_cli_begin(made_unicode);
        pl_explain_print_nothing(cli, &nothing);
        assert_non_null(strstr(made_said().data, "nobody could be taken"));
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

#define MADE_TEST(function) cmocka_unit_test_setup_teardown(function, make_it, remove_it)
#define VERB_TEST(function) cmocka_unit_test_setup_teardown(function, make_verb, remove_it)

int main(void)
{
        const struct CMUnitTest tests[] = {
                MADE_TEST(the_last_is_the_last_that_did_something),
                MADE_TEST(a_number_means_the_newest_and_a_time_another),
                MADE_TEST(what_belongs_to_it_is_of_its_run),
                MADE_TEST(a_name_means_the_last_about_it),
                MADE_TEST(whom_it_was_done_to_is_known),
                MADE_TEST(what_is_mild_is_the_last_as_well),
                MADE_TEST(a_kill_is_the_last_until_its_shortage_is_over),
                MADE_TEST(what_the_mate_has_done_since_is_told),
                cmocka_unit_test(a_start_that_is_lost_is_seen_by_the_numbers),
                cmocka_unit_test(of_many_measures_the_last_are_kept),
                MADE_TEST(the_history_tells_what_the_ring_has_no_more),
                VERB_TEST(the_verb_answers),
                VERB_TEST(the_verb_tells_of_the_mate),
                VERB_TEST(of_a_named_journal_no_daemon_is_advised),
                VERB_TEST(without_a_journal_the_history_answers),
                VERB_TEST(without_either_there_is_nothing_to_say),
                MADE_TEST(who_is_outside_is_told),
                MADE_TEST(what_was_kept_of_the_policy_is_read),
                MADE_TEST(who_would_go_first_is_told),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
