/* SPDX-License-Identifier: Apache-2.0 */

/* What is said of limits in every way they can stand: text and JSON are held against tests/fixtures/live/diff-NAME. */

#include "cli/diff.h"

#include "cli/diff_made.h"

static void say(struct pl_cli *cli, const struct pl_standing_board *board,
                const struct pl_diff_request *request, const uint64_t *ids, bool json)
{
        struct pl_diff diff;

        assert_int_equal(pl_diff_pick(board, request, ids, &diff), 0);
        if (json)
                pl_diff_print_json(cli, &diff);
        else
                pl_diff_print(cli, &diff);
        pl_diff_done(&diff);
}

static const struct pl_cli_style terminal = { .terminal = true, .unicode = true };

static const struct golden {
        const char *name;
        const struct pl_cli_style *style;
        bool all, rehearsal, json;
        size_t name_count;
        uint64_t ids[4];
} goldens[] = {
        { "plain", &made_unicode, false, false, false, 0, {} },
        { "all", &made_unicode, true, false, false, 0, {} },
        { "all-ascii", &made_ascii, true, false, false, 0, {} },
        { "json", &made_unicode, false, false, true, 0, {} },
        { "all-json", &made_unicode, true, false, true, 0, {} },
        { "rehearsal", &terminal, false, true, false, 0, {} },
        { "fine", &terminal, false, false, false, 1, { 209 } },
        { "fine-all", &terminal, true, false, false, 1, { 209 } },
        { "left", &terminal, false, false, false, 2, { 205, 206 } },
        { "restored", &terminal, false, false, false, 2, { 210, 209 } },
        { "restored-json", &terminal, false, false, true, 1, { 210 } },
};

static void each_answer_looks_as_it_should(void **state)
{
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                const struct pl_diff_request request = {
                        .all = goldens[i].all,
                        .rehearsal = goldens[i].rehearsal,
                        .name_count = goldens[i].name_count,
                };
                char name[64];

                (void) snprintf(name, sizeof name, "diff-%s", goldens[i].name);
                board.rehearsal = false;
                if (goldens[i].rehearsal)
                        pl_standing_rehearse(&board);
                say(made_cli_begin(*goldens[i].style), &board, &request, goldens[i].ids,
                    goldens[i].json);
                made_compare(name);
        }
        made_stand_end(&made, &live, &board);
}

/* Nobody's limits but those of cgroups that hold workloads; and then beside those of a workload. */
static void slices_are_shown(void **state)
{
        static const struct golden slices[] = {
                { "slices", &terminal, false, false, false, 0, {} },
                { "slices-all", &made_unicode, true, false, false, 0, {} },
                { "slices-json", &made_unicode, true, false, true, 0, {} },
                { "slices-and-one", &terminal, false, false, false, 0, {} },
        };
        const struct pl_journal_state said = made_state();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(slices); i++) {
                const struct pl_diff_request request = { .all = slices[i].all };
                struct pl_standing_board board;
                struct pl_live live;
                struct made made;
                char name[64];

                made_open(&made, PL_JOURNAL_BYTES_MIN);
                pl_journal_put_state(&made.writer, &said);
                made_put_holder(&made, 10, 0, "/plimsoll.slice", 0, 4 * PL_GIB);
                made_put_slices(&made);
                if (i == 3)
                        made_put_unit(&made);
                made_look(&made, &live);
                assert_int_equal(pl_standing_open(&live, &board), 0);
                say(made_cli_begin(*slices[i].style), &board, &request, NULL, slices[i].json);
                (void) snprintf(name, sizeof name, "diff-%s", slices[i].name);
                made_compare(name);
                made_stand_end(&made, &live, &board);
        }
}

/* A board on which everybody is his own ancestor, of anybody's bytes. */
static void any_bytes_are_compared(void **state)
{
        struct test_random random = { 1 };
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_stand_begin(&made, &live, &board);
        for (size_t i = 0; i < 500; i++) {
                const struct pl_diff_request request = { .all = i % 2 == 0 };

                for (size_t j = 0; j < board.row_count; j++) {
                        struct pl_journal_row *row = &board.rows[j];
                        uint64_t id = row->id;

                        for (size_t k = 0; k < sizeof *row; k++)
                                ((unsigned char *) row)[k] = (unsigned char) test_random(&random);
                        row->id = id;
                        row->parent_id = board.rows[test_random_below(&random, board.row_count)].id;
                        row->kind = j % 3 == 0 ? PL_WORKLOAD_HOLDER : PL_WORKLOAD_SERVICE;
                        row->name[sizeof row->name - 1] = row->unit[sizeof row->unit - 1] = '\0';
                        row->path[sizeof row->path - 1] = '\0';
                        row->profile_name[sizeof row->profile_name - 1] = '\0';
                }
                say(made_cli_begin(i % 3 == 0 ? made_ascii : terminal), &board, &request, NULL,
                    false);
                test_assert_tame("any bytes", made_said());
                say(made_cli_begin(made_unicode), &board, &request, NULL, true);
                assert_true(pl_span_ends_with(made_said(), "}\n"));
        }
        made_stand_end(&made, &live, &board);
}

/* ---- the verb ---- */

static const struct {
        const char *name;
        const char *words[3];
        uint32_t phase;
        enum pl_cli_exit exit_code;
        const char *said;   /* on standard error */
        const char *answer; /* in what is printed */
} runs[] = {
        { "differs",
          {},
          PL_JOURNAL_RUNNING,
          PL_CLI_FINDINGS,
          "",
          "6 of 9 workloads are not as wanted." },
        { "one that differs",
          { "web" },
          PL_JOURNAL_RUNNING,
          PL_CLI_FINDINGS,
          "",
          "api/web: systemd unit\n" },
        { "fine", { "batch/fine" }, PL_JOURNAL_RUNNING, PL_CLI_FINE, "", "" },
        { "fine, all of it",
          { "fine", "--all" },
          PL_JOURNAL_RUNNING,
          PL_CLI_FINE,
          "",
          "in force; plimsoll.slice allows" },
        { "left", { "postgres", "queue" }, PL_JOURNAL_RUNNING, PL_CLI_FINE, "", "only observed" },
        { "twice the same",
          { "web", "api/web", "--json" },
          PL_JOURNAL_RUNNING,
          PL_CLI_FINDINGS,
          "",
          "\"wanted_count\": 1,\n" },
        { "nobody",
          { "web", "wbe" },
          PL_JOURNAL_RUNNING,
          PL_CLI_NOT_FOUND,
          "there is no workload 'wbe'",
          "" },
        { "unknown option",
          { "--al" },
          PL_JOURNAL_RUNNING,
          PL_CLI_USAGE,
          "Did you mean '--all'?",
          "" },
        { "stopped",
          { "--json" },
          PL_JOURNAL_STOPPED,
          PL_CLI_NO_DAEMON,
          "it has ended",
          "\"differing_count\": 6,\n" },
};

static void put_own_state(struct made *made, uint32_t phase)
{
        struct pl_journal_state own = made_state();

        own.pid = (uint32_t) getpid();
        own.phase = phase;
        own.started_usec = pl_clock_now_usec();
        pl_journal_put_state(&made->writer, &own);
        pl_journal_put_heartbeat(&made->writer, own.started_usec);
}

static void the_exit_code_says_whether_it_differs(void **state)
{
        char option[TEST_PATH_MAX + 32];
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(&made);
        (void) snprintf(option, sizeof option, "--journal=%s", made.path);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(runs); i++) {
                const char *words[TEST_WORDS_MAX] = { option, runs[i].words[0], runs[i].words[1],
                                                      runs[i].words[2] };
                struct test_answer answer;

                put_own_state(&made, runs[i].phase);
                answer = test_run(&pl_cli_verb_diff, made_unicode, words);
                assert_row(runs[i].name, answer.exit_code == runs[i].exit_code);
                assert_row(runs[i].name, strstr(answer.words.data, runs[i].said));
                assert_row(runs[i].name, (runs[i].said[0] == '\0') == (answer.words.length == 0));
                assert_row(runs[i].name, strstr(answer.out.data, runs[i].answer));
                assert_row(runs[i].name, (runs[i].answer[0] == '\0') == (answer.out.length == 0));
        }
        made_close(&made);
}

/* Of a plimsolld that was run for it, nobody wants to hear that it has ended. */
static void a_rehearsal_may_have_ended(void **state)
{
        struct pl_diff_request request = { .rehearsal = true };
        struct pl_cli *cli;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(&made);
        put_own_state(&made, PL_JOURNAL_STOPPED);
        request.journal = made.path;
        cli = made_cli_begin(made_unicode);
        assert_int_equal(pl_diff_show(cli, &request), PL_CLI_FINDINGS);
        assert_int_equal(cli->words->length, 0);
        assert_non_null(strstr(made_said().data, "6 of 9 workloads would be changed."));
        request.rehearsal = false;
        request.is_over = true;
        cli = made_cli_begin(made_unicode);
        assert_int_equal(pl_diff_show(cli, &request), PL_CLI_FINDINGS);
        assert_int_equal(cli->words->length, 0);
        assert_non_null(strstr(made_said().data, "6 of 9 workloads are not as wanted."));
        request.is_over = false;
        cli = made_cli_begin(made_unicode);
        assert_int_equal(pl_diff_show(cli, &request), PL_CLI_NO_DAEMON);
        made_close(&made);
}

static void a_journal_that_is_not_there_is_a_slip(void **state)
{
        const char *const words[TEST_WORDS_MAX] = { "--journal=/nowhere/journal" };
        struct test_answer answer = test_run(&pl_cli_verb_diff, made_unicode, words);

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_string_equal(answer.words.data, "plimsoll: there is no /nowhere/journal\n");
}

static void on_a_board_without_limits_nothing_differs(void **state)
{
        const struct pl_diff_request request = {};
        struct pl_standing_board board;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        assert_int_equal(pl_standing_open(&live, &board), 0);
        say(made_cli_begin(terminal), &board, &request, NULL, false);
        assert_string_equal(made_said().data, "Nothing differs: nothing is wanted of anybody.\n");
        say(made_cli_begin(made_unicode), &board, &request, NULL, false);
        assert_int_equal(made_said().length, 0);
        made_stand_end(&made, &live, &board);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_answer_looks_as_it_should),
                cmocka_unit_test(slices_are_shown),
                cmocka_unit_test(any_bytes_are_compared),
                cmocka_unit_test(the_exit_code_says_whether_it_differs),
                cmocka_unit_test(a_rehearsal_may_have_ended),
                cmocka_unit_test(a_journal_that_is_not_there_is_a_slip),
                cmocka_unit_test(on_a_board_without_limits_nothing_differs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
