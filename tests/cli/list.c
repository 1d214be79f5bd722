/* SPDX-License-Identifier: Apache-2.0 */

/* Whom list lists, in which order, and how that looks: tables and JSON are held against tests/fixtures/live/list-NAME. */

#include "cli/list.h"

#include "cli/diff_made.h"

/* ---- looks ---- */

static const struct golden {
        const char *name;
        struct pl_list_request request;
        bool ascii, json;
} goldens[] = {
        { "plain", {}, false, false },
        { "ascii", {}, true, false },
        { "json", { .all = true }, false, true },
        { "wide", { .all = true, .columns = 120 }, false, false },
        { "wider", { .all = true, .columns = 1000 }, false, false },
        { "tree", { .all = true, .tree = true }, false, false },
        { "first", { .lines_max = 2 }, false, false },
        { "one", { .profile = "api" }, false, false },
};

static void say(struct pl_cli *cli, const struct made *made, const struct pl_list_request *request,
                bool json)
{
        struct pl_live live;
        struct pl_list list;

        made_look(made, &live);
        assert_int_equal(pl_list_pick(&live, request, &list), 0);
        if (json)
                pl_list_print_json(cli, &list);
        else
                pl_list_print(cli, &list);
        pl_list_done(&list);
        pl_live_close(&live);
}

static void each_table_looks_as_it_should(void **state)
{
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                char name[64];

                (void) snprintf(name, sizeof name, "list-%s", goldens[i].name);
                say(made_cli_begin(goldens[i].ascii ? made_ascii : made_unicode), &made,
                    &goldens[i].request, goldens[i].json);
                made_compare(name);
        }
        made_close(&made);
}

static void limits_that_are_not_as_wanted_are_told(void **state)
{
        const struct pl_list_request batch = { .profile = "batch" }, all = {};
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_standings(&made);
        say(made_cli_begin(made_unicode), &made, &all, false);
        made_compare("list-limits");
        say(made_cli_begin(made_unicode), &made, &all, true);
        assert_non_null(strstr(made_said().data, "\"differing_count\": 6,\n"));
        say(made_cli_begin(made_unicode), &made, &batch, false);
        assert_non_null(strstr(made_said().data, "1 has a limit that is"));
        made_close(&made);
}

/* Figures that no host has, and numbers that index nothing: a table of them is a table. */
static void the_impossible_is_printed(void **state)
{
        const struct pl_list_request request = { .all = true };
        struct pl_journal_row row;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        row = made_row(200, PL_WORKLOAD_CONTAINER, INT32_MAX, "huge", "huge", "huge", "/huge");
        made_fill(&row, 0, 0);
        memset(&row.sample, 0xFF, sizeof row.sample);
        made_limit(&row, PL_LIMIT_MAX, 1, 1);
        row.rank = UINT32_MAX;
        row.score_adj = INT32_MIN;
        row.flags = UINT32_MAX;
        made_put(&made, &row);
        row.id = 201;
        row.rank = 7;
        row.runtime = INT32_MIN;
        row.since_usec = row.at_usec = UINT64_MAX;
        row.sample.current_bytes--;
        made_put(&made, &row);
        row.id = 202;
        row.kind = UINT32_MAX; /* of a version to come: not for us to list */
        made_put(&made, &row);
        say(made_cli_begin(made_unicode), &made, &request, false);
        made_compare("list-impossible");
        say(made_cli_begin(made_unicode), &made, &request, true);
        made_compare("list-impossible-json");
        made_close(&made);
}

static void nobody_is_an_answer(void **state)
{
        static const char *const nothing[] = { "nothing*" };
        static const char *const idle[] = { "idle" };
        static const struct {
                const char *name;
                struct pl_list_request request;
                const char *out, *words;
        } rows[] = {
                { "no such profile",
                  { .profile = "nobody" },
                  "No workload has the profile 'nobody'.\nNo profile of that name is in force for "
                  "anybody: 'plimsoll check' shows which there are.\n",
                  "" },
                { "a hostile profile",
                  { .profile = "\x1B[2J", .all = true },
                  "No workload has the profile '?[2J'.\nNo profile of that name is in force for "
                  "anybody: 'plimsoll check' shows which there are.\n",
                  "" },
                { "no such kind",
                  { .kind = PL_WORKLOAD_MACHINE },
                  "No workload is of the kind machine.\n",
                  "" },
                { "a profile of others",
                  { .profile = "api", .kind = PL_WORKLOAD_MACHINE },
                  "No workload has the profile 'api' and is of the kind machine.\n",
                  "" },
                { "all of a kind have one",
                  { .profile = "none", .kind = PL_WORKLOAD_CONTAINER },
                  "No workload is without a profile and is of the kind container.\n",
                  "" },
                { "a pattern",
                  { .pattern_count = 1, .patterns = nothing },
                  "",
                  "plimsoll: no workload fits the pattern\n" },
                { "one without a process",
                  { .pattern_count = 1, .patterns = idle },
                  "",
                  "plimsoll: no workload fits the pattern\n"
                  "1 that fits has no process: plimsoll list --all\n" },
        };
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        say(made_cli_begin(made_unicode), &made, &(struct pl_list_request){}, false);
        assert_string_equal(made_said().data, "There is no workload.\n");
        made_fill_all(&made);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                say(made_cli_begin(made_unicode), &made, &rows[i].request, false);
                assert_row(rows[i].name, pl_span_equals(made_said(), rows[i].out));
                assert_row(rows[i].name, strcmp(test_words, rows[i].words) == 0);
        }
        made_close(&made);
}

/* ---- who, and in which order ---- */

static const char *const of_batch[] = { "batch/*" }, *const by_unit[] = { "*.service" },
                         *const by_path[] = { "/plimsoll.slice/**" },
                         *const several[] = { "web", "sshd" }, *const by_id[] = { MADE_ID("0a1b") },
                         *const by_scope[] = { "docker-" MADE_ID("0a2c") ".scope" };

static const struct {
        const char *name;
        struct pl_list_request request;
        uint64_t ids[8]; /* ends with 0 */
} picks[] = {
        { "largest first", {}, { 101, 100, 105, 103, 102, 106 } },
        { "smallest first", { .reverse = true }, { 102, 103, 105, 100, 101, 106 } },
        { "also without a process", { .all = true }, { 101, 100, 105, 103, 102, 106, 104 } },
        { "by name", { .key = PL_LIST_NAME }, { 100, 101, 106, 103, 102, 105 } },
        { "by name, turned round",
          { .key = PL_LIST_NAME, .reverse = true },
          { 105, 102, 103, 106, 101, 100 } },
        { "by profile", { .key = PL_LIST_PROFILE }, { 106, 103, 102, 100, 101, 105 } },
        { "by kind", { .key = PL_LIST_KIND }, { 100, 101, 106, 102, 105, 103 } },
        { "by limit", { .key = PL_LIST_MAX }, { 102, 101, 100, 105, 106, 103 } },
        { "by share of the limit", { .key = PL_LIST_USE }, { 105, 100, 101, 106, 103, 102 } },
        { "by swap", { .key = PL_LIST_SWAP }, { 101, 105, 100, 102, 106, 103 } },
        { "by stall", { .key = PL_LIST_STALL }, { 100, 101, 106, 103, 102, 105 } },
        { "by oom_score_adj", { .key = PL_LIST_ADJ }, { 101, 103, 102, 105, 100, 106 } },
        { "by age", { .key = PL_LIST_AGE }, { 100, 101, 106, 103, 102, 105 } },
        { "by path", { .tree = true, .all = true }, { 100, 101, 104, 102, 103, 105, 106 } },
        { "of a profile", { .profile = "batch" }, { 101 } },
        { "without one", { .profile = "none" }, { 103, 102, 106 } },
        { "of a kind", { .kind = PL_WORKLOAD_SESSION }, { 103 } },
        { "of a pattern", { .patterns = of_batch, .pattern_count = 1 }, { 101 } },
        { "of a pattern over units", { .patterns = by_unit, .pattern_count = 1 }, { 105, 102 } },
        { "of a pattern over paths", { .patterns = by_path, .pattern_count = 1 }, { 101, 100 } },
        { "of one or the other", { .patterns = several, .pattern_count = 2 }, { 100, 102 } },
        { "of a whole id", { .patterns = by_id, .pattern_count = 1 }, { 100 } },
        { "of the last part of a path", { .patterns = by_scope, .pattern_count = 1 }, { 101 } },
        { "of a pattern and a kind",
          { .patterns = by_path, .pattern_count = 1, .kind = PL_WORKLOAD_SESSION },
          {} },
};

static void each_request_has_its_rows_in_order(void **state)
{
        struct pl_live live;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(picks); i++) {
                struct pl_list list;
                size_t count = 0;

                while (picks[i].ids[count] != 0)
                        count++;
                assert_int_equal(pl_list_pick(&live, &picks[i].request, &list), 0);
                assert_row(picks[i].name, list.count == count);
                for (size_t j = 0; j < count; j++)
                        if (list.entries[j].row->id != picks[i].ids[j])
                                fail_msg("row \"%s\": place %zu has %llu", picks[i].name, j,
                                         (unsigned long long) list.entries[j].row->id);
                pl_list_done(&list);
        }
        pl_live_close(&live);
        made_close(&made);
}

static void sums_are_of_all_that_fit(void **state)
{
        const struct pl_list_request request = { .lines_max = 1 };
        struct pl_live live;
        struct pl_list list;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        made_fill_all(&made);
        made_look(&made, &live);
        assert_int_equal(pl_list_pick(&live, &request, &list), 0);
        assert_true(list.current_bytes == (1341 + 2150 + 14 + 96 + 700) * PL_MIB);
        assert_true(list.swap_bytes == 1126 * PL_MIB + 1);
        assert_int_equal(list.empty_count, 1);
        assert_int_equal(pl_list_shown(&list), 1);
        pl_list_done(&list);
        pl_live_close(&live);
        made_close(&made);
}

/* As plimsolld has them that has only just started. */
static void what_is_not_measured_is_no_zero(void **state)
{
        const struct pl_list_request request = {};
        struct pl_journal_row row;
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        row = made_row(1, PL_WORKLOAD_SERVICE, -1, NULL, "a", "a.service", "/a.service");
        made_put(&made, &row);
        say(made_cli_begin(made_unicode), &made, &request, false);
        assert_non_null(strstr(made_said().data, "\n1 workload is not measured yet.\n"));
        say(made_cli_begin(made_unicode), &made, &request, true);
        assert_non_null(strstr(made_said().data, "\"measured_count\": 0,\n  \"current_bytes\": "
                                                 "null,\n  \"swap_bytes\": null,"));
        row.id = 2;
        made_put(&made, &row);
        say(made_cli_begin(made_unicode), &made, &request, false);
        assert_non_null(strstr(made_said().data, "\n2 workloads are not measured yet.\n"));
        row.id = 3;
        row.sample = (struct pl_cgroup_sample){ .have = PL_CGROUP_BIT(current_bytes) };
        made_put(&made, &row);
        say(made_cli_begin(made_unicode), &made, &request, false);
        assert_non_null(strstr(made_said().data,
                               "\n3 workloads use 0 of memory; 2 are not measured yet.\n"));
        made_close(&made);
}

/* Rows of any bytes, in every order and form: a table stays a table, and nothing stops the program. */
static void any_bytes_are_listed(void **state)
{
        struct test_random random = { 1 };
        struct made made;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_MIN);
        for (uint64_t i = 1; i <= 300; i++) {
                struct pl_journal_row row;
                unsigned char *bytes = (unsigned char *) &row;

                for (size_t j = 0; j < sizeof row; j++)
                        bytes[j] = (unsigned char) test_random(&random);
                row.id = 1 + i / 2; /* some ids twice, as no daemon has them */
                row.kind = (uint32_t) (i % (PL_WORKLOAD_KINDS + 1));
                if (i % 3 == 0)
                        row.sample.have = row.limits.set = row.effective.set = UINT32_MAX;
                made_put(&made, &row);
        }
        for (uint64_t i = 0; i < 4 * (uint64_t) PL_LIST_KEYS; i++) {
                const struct pl_list_request request = {
                        .key = (enum pl_list_key)(i / 4),
                        .all = true,
                        .tree = i % 4 == 2,
                };

                say(made_cli_begin(i % 2 == 0 ? made_unicode : made_ascii), &made, &request,
                    i % 4 == 3);
                assert_true(made_said().length > 0);
                if (i % 4 != 3)
                        test_assert_tame("any bytes", made_said());
        }
        made_close(&made);
}

/* ---- many of them ---- */

enum { MANY = 10000 };

static void ten_thousand_are_printed(void **state)
{
        const struct pl_list_request request = {};
        struct pl_span rest;
        struct made made;
        size_t lines = 0;

        (void) state;
        made_open(&made, PL_JOURNAL_BYTES_DEFAULT);
        for (uint64_t i = 1; i <= MANY; i++) {
                struct pl_journal_row row;
                char name[32], path[64];

                (void) snprintf(name, sizeof name, "w%05llu", (unsigned long long) i);
                (void) snprintf(path, sizeof path, "/system.slice/%s.service", name);
                row = made_row(i, PL_WORKLOAD_SERVICE, -1, NULL, name, name, path);
                made_fill(&row, i * PL_MIB, 0);
                made_put(&made, &row);
        }
        say(made_cli_begin(made_unicode), &made, &request, false);
        rest = made_said();
        assert_true(pl_span_starts_with(rest, "WORKLOAD"));
        (void) pl_span_until(&rest, '\n');
        for (; lines < MANY; lines++) {
                char wanted[32];

                (void) snprintf(wanted, sizeof wanted, "system/w%05zu ", MANY - lines);
                assert_row(wanted, pl_span_starts_with(pl_span_until(&rest, '\n'), wanted));
        }
        assert_true(pl_span_starts_with(rest, "10000 workloads use 47.7 TiB of memory"));
        made_close(&made);
}

/* ---- the verb ---- */

static const struct {
        const char *name;
        const char *words[3];
        const char *said;
} refused[] = {
        { "no such key", { "--sort=memory" }, "--sort does not know 'memory'\nThere are current" },
        { "a slip", { "--sort=curent" }, "Did you mean 'current'?" },
        { "no such kind", { "--kind=containr" }, "Did you mean 'container'?" },
        { "a holder", { "--kind=holder" }, "--kind does not know 'holder'" },
        { "a hostile one", { "--kind=\x1B[2J" }, "does not know '?[2J'" },
        { "no number", { "-n", "x" }, "--lines needs a whole number" },
        { "none", { "-n0" }, "--lines needs a whole number" },
        { "no pattern", { "a[" }, "'a[' is no pattern: it is wrong at character 2" },
        { "no path", { "/a//b" }, "is no pattern" },
        { "an empty one", { "" }, "is no pattern" },
};

static void a_request_that_makes_no_sense_is_explained(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(refused); i++) {
                const char *words[TEST_WORDS_MAX] = { refused[i].words[0], refused[i].words[1] };
                struct test_answer answer = test_run(&pl_cli_verb_list, made_unicode, words);

                assert_row(refused[i].name, answer.exit_code == PL_CLI_USAGE);
                assert_row(refused[i].name, answer.out.length == 0);
                if (!strstr(answer.words.data, refused[i].said))
                        fail_msg("row \"%s\": %s", refused[i].name, answer.words.data);
        }
}

static const struct {
        const char *name;
        uint32_t phase;
        const char *words[3];
        enum pl_cli_exit exit_code;
        const char *said; /* on standard error */
} runs[] = {
        { "well", PL_JOURNAL_RUNNING, {}, PL_CLI_FINE, "" },
        { "nobody fits", PL_JOURNAL_RUNNING, { "zzz" }, PL_CLI_NOT_FOUND, "no workload fits" },
        { "nobody fits, as JSON", PL_JOURNAL_RUNNING, { "zzz", "--json" }, PL_CLI_NOT_FOUND, "" },
        { "starting", PL_JOURNAL_STARTING, {}, PL_CLI_FINE, "plimsolld is starting" },
        { "stopped", PL_JOURNAL_STOPPED, {}, PL_CLI_NO_DAEMON, "it has ended; what follows is" },
        { "options", PL_JOURNAL_RUNNING, { "-ran", "1" }, PL_CLI_USAGE, "takes no value" },
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
                answer = test_run(&pl_cli_verb_list, made_unicode, words);
                assert_row(runs[i].name, answer.exit_code == runs[i].exit_code);
                assert_row(runs[i].name, strstr(answer.words.data, runs[i].said));
                assert_row(runs[i].name, (runs[i].said[0] == '\0') == (answer.words.length == 0));
        }
        made_close(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_table_looks_as_it_should),
                cmocka_unit_test(limits_that_are_not_as_wanted_are_told),
                cmocka_unit_test(the_impossible_is_printed),
                cmocka_unit_test(nobody_is_an_answer),
                cmocka_unit_test(each_request_has_its_rows_in_order),
                cmocka_unit_test(sums_are_of_all_that_fit),
                cmocka_unit_test(what_is_not_measured_is_no_zero),
                cmocka_unit_test(any_bytes_are_listed),
                cmocka_unit_test(ten_thousand_are_printed),
                cmocka_unit_test(a_request_that_makes_no_sense_is_explained),
                cmocka_unit_test(the_exit_code_says_how_it_went),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
