/* SPDX-License-Identifier: Apache-2.0 */

/* All that show has to say of a workload: text and JSON are held against tests/fixtures/live/show-NAME. */

#include "cli/show.h"

#include "cli/diff_made.h"

static void say_row(struct pl_cli *cli, const struct pl_live *live,
                    const struct pl_journal_row *row, const struct pl_live_stall *stall, bool json)
{
        struct pl_standing_board board;
        const struct pl_show show = { &board, row, stall };

        assert_int_equal(pl_standing_open(live, &board), 0);
        board.vm_swappiness = 60;
        if (json)
                pl_show_print_json(cli, &show);
        else
                pl_show_print(cli, &show);
        pl_standing_close(&board);
}

static void say(struct pl_cli *cli, const struct pl_live *live, const char *name, bool json)
{
        struct pl_live_stall host, stall;
        struct pl_journal_row row;

        assert_int_equal(pl_live_find(cli, live, name, &row), PL_CLI_FINE);
        assert_int_equal(pl_live_stalls(live, &row, 1, &host, &stall), 0);
        say_row(cli, live, &row, &stall, json);
}

static const struct golden {
        const char *name, *workload;
        bool ascii, json;
} goldens[] = {
        { "container", "api/web", false, false },
        { "container-ascii", "api/web", true, false },
        { "container-json", "api/web", false, true },
        { "without-split", "session 3 of user 1000", false, false },
        { "without-split-json", "session 3 of user 1000", false, true },
        { "without-figures", "106", false, false },
        { "without-figures-ascii", "106", true, false },
        { "without-figures-json", "106", false, true },
        { "hostile", "105", false, false },
        { "hostile-json", "105", false, true },
        { "without-process", "idle", false, false },
};

/* On a board on which limits stand in all the ways there are. */
static const struct golden wanted[] = {
        { "wanted", "api/web", false, false },
        { "wanted-ascii", "api/web", true, false },
        { "wanted-json", "api/web", false, true },
        { "wanted-observed", "postgres", false, false },
        { "wanted-paused", "paused", false, false },
        { "wanted-returning", "returning", false, false },
        { "wanted-inner", "report", false, false },
};

static void compare_all(struct made *made, const struct golden *each, size_t count)
{
        struct pl_live live;

        made_look(made, &live);
        for (size_t i = 0; i < count; i++) {
                char name[64];

                (void) snprintf(name, sizeof name, "show-%s", each[i].name);
                say(made_cli_begin(each[i].ascii ? made_ascii : made_unicode), &live,
                    each[i].workload, each[i].json);
                made_compare(name);
        }
        pl_live_close(&live);
}

static void each_workload_is_shown(void **state)
{
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        compare_all(&made, goldens, PL_ARRAY_LENGTH(goldens));
        made_close(&made);
}

static void what_is_wanted_is_shown(void **state)
{
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(&made);
        compare_all(&made, wanted, PL_ARRAY_LENGTH(wanted));
        made_close(&made);
}

/* ---- promises ---- */

/* What a promise comes to, in words. */
static const struct {
        const char *name;
        uint64_t own_mib, effective_mib, current_mib;
        const char *said;
} promises[] = {
        { "none", 0, 0, 100, "memory.low       0\n" },
        { "kept", 50, 50, 100, "memory.low       50.0 MiB\n" },
        { "nothing granted", 50, 0, 100,
          "50.0 MiB; effective 0: no effect, because a cgroup above" },
        { "part granted", 50, 20, 100, "50.0 MiB; effective 20.0 MiB: the cgroups above it" },
        { "more than it uses", 50, 30, 30, "50.0 MiB; effective 30.0 MiB: all that it uses\n" },
        { "granted from above", 0, 10, 100, "0; effective 10.0 MiB, which the cgroups above" },
        { "nothing in use", 50, 0, 0, "50.0 MiB; effective 0: all that it uses\n" },
};

static void a_promise_says_what_it_is_worth(void **state)
{
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(promises); i++) {
                struct pl_journal_row row = made_row(7, PL_WORKLOAD_SERVICE, -1, NULL, "a",
                                                     "a.service", "/a.service");
                const struct pl_live_stall stall = {};

                made_fill(&row, promises[i].current_mib * PL_MIB, 0);
                made_limit(&row, PL_LIMIT_LOW, promises[i].own_mib * PL_MIB,
                           promises[i].effective_mib * PL_MIB);
                say_row(made_cli_begin(made_unicode), &live, &row, &stall, false);
                if (!strstr(made_said().data, promises[i].said))
                        fail_msg("row \"%s\": %s", promises[i].name, made_said().data);
        }
        pl_live_close(&live);
        made_close(&made);
}

/* ---- swap ---- */

static const struct {
        const char *name;
        bool has_swap_max;
        uint64_t swap_max_bytes, host_bytes;
        bool swaps;
} swaps[] = {
        { "not known", false, 0, PL_GIB, true },
        { "no limit", true, PL_SIZE_MAX, PL_GIB, true },
        { "forbidden", true, 0, PL_GIB, false },
        { "a host without swap", true, PL_SIZE_MAX, 0, false },
};

static void what_cannot_swap_is_told_so(void **state)
{
        const struct pl_live_stall stall = {};
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(swaps); i++) {
                struct pl_journal_row row = made_row(7, PL_WORKLOAD_SERVICE, -1, NULL, "a",
                                                     "a.service", "/a.service");

                made_fill(&row, PL_MIB, 0);
                row.sample.unevictable_bytes = 4096;
                made_limit(&row, PL_LIMIT_SWAP_MAX, PL_SIZE_MAX, swaps[i].swap_max_bytes);
                if (!swaps[i].has_swap_max)
                        row.effective.set = 0;
                live.host.sample.swap_total_bytes = swaps[i].host_bytes;
                say_row(made_cli_begin(made_unicode), &live, &row, &stall, false);
                assert_row(swaps[i].name, swaps[i].swaps == (strstr(made_said().data,
                                                                    "only swap can take") != NULL));
                assert_row(swaps[i].name,
                           swaps[i].swaps != (strstr(made_said().data, "it may not swap: nothing "
                                                                       "takes it") != NULL));
                assert_non_null(strstr(made_said().data, "locked in memory: nothing takes it"));
        }
        pl_live_close(&live);
        made_close(&made);
}

/* Whatever a row holds, it is shown and stays within its line. */
static void any_bytes_are_shown(void **state)
{
        const struct pl_live_stall stall = {};
        struct test_random random = { 1 };
        struct pl_journal_row row;
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_look(&made, &live);
        for (size_t i = 0; i < 500; i++) {
                unsigned char *bytes = (unsigned char *) &row;

                for (size_t j = 0; j < sizeof row; j++)
                        bytes[j] = (unsigned char) test_random(&random);
                if (i % 2 == 0)
                        memset(&row, i % 4 == 0 ? 0xFF : 0, offsetof(struct pl_journal_row, name));
                row.name[sizeof row.name - 1] = row.unit[sizeof row.unit - 1] = '\0';
                row.path[sizeof row.path - 1] = '\0';
                row.profile_name[sizeof row.profile_name - 1] = '\0';
                say_row(made_cli_begin(i % 3 == 0 ? made_ascii : made_unicode), &live, &row, &stall,
                        false);
                for (size_t j = 0; j < made_said().length; j++)
                        assert_true(made_said().data[j] == '\n' ||
                                    (unsigned char) made_said().data[j] >= 0x20);
                say_row(made_cli_begin(made_unicode), &live, &row, &stall, true);
                assert_true(pl_span_ends_with(made_said(), "}\n"));
        }
        pl_live_close(&live);
        made_close(&made);
}

/* ---- the verb ---- */

static const struct {
        const char *name;
        const char *words[2];
        uint32_t phase;
        enum pl_cli_exit exit_code;
        const char *said; /* on standard error */
} runs[] = {
        { "well", { "sshd" }, PL_JOURNAL_RUNNING, PL_CLI_FINE, "" },
        { "nobody", { "zzz" }, PL_JOURNAL_RUNNING, PL_CLI_NOT_FOUND, "there is no workload 'zzz'" },
        { "no name", {}, PL_JOURNAL_RUNNING, PL_CLI_USAGE, "needs the name of a workload" },
        { "two names", { "a", "b" }, PL_JOURNAL_RUNNING, PL_CLI_USAGE, "too many arguments" },
        { "stopped", { "sshd", "--json" }, PL_JOURNAL_STOPPED, PL_CLI_NO_DAEMON, "it has ended" },
};

static void the_exit_code_says_how_it_went(void **state)
{
        char option[TEST_PATH_MAX + 32];
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        (void) snprintf(option, sizeof option, "--journal=%s", made.path);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(runs); i++) {
                const char *words[TEST_WORDS_MAX] = { option, runs[i].words[0], runs[i].words[1] };
                struct pl_journal_state own = made_state();
                struct test_answer answer;

                own.pid = (uint32_t) getpid();
                own.phase = runs[i].phase;
                own.started_usec = pl_clock_now_usec();
                pl_journal_put_state(&made.writer, &own);
                pl_journal_put_heartbeat(&made.writer, own.started_usec);
                answer = test_run(&pl_cli_verb_show, made_unicode, words);
                assert_row(runs[i].name, answer.exit_code == runs[i].exit_code);
                assert_row(runs[i].name, strstr(answer.words.data, runs[i].said));
                assert_row(runs[i].name, (runs[i].said[0] == '\0') == (answer.words.length == 0));
        }
        made_close(&made);
}

static void a_journal_that_is_not_there_is_a_slip(void **state)
{
        const char *const words[TEST_WORDS_MAX] = { "sshd", "--journal=/nowhere/\x1B[2J" };
        const struct pl_cli_verb *const verbs[] = { &pl_cli_verb_show, &pl_cli_verb_list,
                                                    &pl_cli_verb_events };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(verbs); i++) {
                struct test_answer answer = test_run(verbs[i], made_unicode, words);

                assert_row(verbs[i]->name, answer.exit_code == PL_CLI_NO_DAEMON);
                assert_string_equal(answer.words.data, "plimsoll: there is no /nowhere/?[2J\n");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_workload_is_shown),
                cmocka_unit_test(what_is_wanted_is_shown),
                cmocka_unit_test(a_promise_says_what_it_is_worth),
                cmocka_unit_test(what_cannot_swap_is_told_so),
                cmocka_unit_test(any_bytes_are_shown),
                cmocka_unit_test(the_exit_code_says_how_it_went),
                cmocka_unit_test(a_journal_that_is_not_there_is_a_slip),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
