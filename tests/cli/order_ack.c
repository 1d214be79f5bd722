/* SPDX-License-Identifier: Apache-2.0 */

/* The verbs as they are run, with a child in the place of plimsolld: in force, refused, silent, and somebody else who changes
 * the policy meanwhile.
 */

#include "cli/diff_made.h"
#include "cli/order_daemon.h"
#include "cli/order_place.h"

#define WEB_FILE     "90-protect-web-c76ab372.json"
#define APPLY_FILE   "90-apply-web-c76ab372.json"
#define RESTORE_FILE "90-restore-web-c76ab372.json"

#define PROTECTS_WEB "{ \"order\": \"protect\", \"workload\": { \"unit\": \"web.service\" } }"

/* Longer than any machine takes; a verb that is answered does not wait so long. */
#define LONG_WAIT "--wait=1min"

static void assert_says(const char *text, const char *wanted)
{
        if (!strstr(text, wanted))
                fail_msg("\"%s\" is not in \"%s\"", wanted, text);
}

static void clear(void)
{
        static const char *const names[] = {
                WEB_FILE,          "90-pause.json", "90-pause-db-101.json",
                "90-restore.json", APPLY_FILE,      RESTORE_FILE,
                "90-apply.json",   "other.json",    "broken.json"
        };
        const struct pl_journal_state well = place_state();

        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                place_remove(names[i]);
        place_put_state(&well);
}

static void an_order_comes_into_force(void **state)
{
        const struct place_child takes = { .awaited = WEB_FILE, .word = PLACE_TAKES };
        pid_t pid = place_fork(&takes);
        struct test_answer answer = PLACE_RUN(protect, "web", "--for=2h", LONG_WAIT);

        (void) state;
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_string_equal(answer.words.data, "");
        assert_says(test_out, "api/web is protected until ");
        assert_says(test_out, "(2 h 0 min)");
        assert_says(place_read(WEB_FILE), "\"unit\": \"web.service\"");
        clear();
}

/* The digest in the answer is the one that `cat-config | sha256sum` prints. */
static void the_answer_for_a_script(void **state)
{
        const struct place_child takes = { .awaited = WEB_FILE, .word = PLACE_TAKES };
        pid_t pid = place_fork(&takes);
        struct test_answer answer = PLACE_RUN(protect, "web", "--json", LONG_WAIT);
        static struct pl_order_call call;
        const struct pl_order_change *undone;
        uint8_t digest[PL_SHA256_BYTES];
        char buffer[2 * PL_SHA256_BYTES + 1];
        struct pl_text hexadecimal;

        (void) state;
        place_reap(pid);
        call.directories[0] = place.low_path;
        call.directories[1] = place.orders_path;
        assert_true(pl_order_digest_now(&call, digest, &undone));
        pl_text_init(&hexadecimal, buffer, sizeof buffer);
        pl_sha256_format(&hexadecimal, digest);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "\"state\": \"in-force\"");
        assert_says(test_out, buffer);
        assert_says(test_out, "\"workload\": \"api/web\"");
        assert_says(test_out, "\"withdrawn\": []");
        clear();
}

static void a_refused_one_is_taken_back(void **state)
{
        const struct place_child refuses = { .awaited = WEB_FILE, .word = PLACE_REFUSES };
        pid_t pid = place_fork(&refuses);
        struct test_answer answer = PLACE_RUN(protect, "web", LONG_WAIT);

        (void) state;
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_says(answer.words.data, "has refused the policy as it was then: it is not liked");
        assert_string_equal(test_out, "");
        assert_false(place_has(WEB_FILE));
        clear();
}

/* What was replaced comes back as it was, byte for byte. */
static void what_was_there_before_comes_back(void **state)
{
        static const char older[] = "// by hand\n{ \"order\": \"protect\", \"workload\": "
                                    "{ \"unit\": \"web.service\" } }\n";
        const struct place_child refuses = { .awaited = "90-pause-db-101.json",
                                             .word = PLACE_REFUSES };
        pid_t pid;
        struct test_answer answer;

        (void) state;
        place_file(place.orders_path, WEB_FILE, older);
        pid = place_fork(&refuses);
        answer = PLACE_RUN(pause, "db", LONG_WAIT);
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_false(place_has("90-pause-db-101.json"));
        assert_string_equal(place_read(WEB_FILE), older);

        pid = place_fork(&(const struct place_child){
                .awaited = WEB_FILE, .gone = true, .word = PLACE_REFUSES });
        answer = PLACE_RUN(release, "web", LONG_WAIT);
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_string_equal(place_read(WEB_FILE), older);
        clear();
}

/* What comes into force is another policy than was written, with the order in it. */
static void somebody_else_changes_the_policy(void **state)
{
        const struct place_child takes = {
                .awaited = WEB_FILE,
                .word = PLACE_TAKES,
                .other = "other.json",
                .text = "{ \"order\": \"protect\", \"cgroup_id\": 5 }",
        };
        pid_t pid = place_fork(&takes);
        struct test_answer answer = PLACE_RUN(protect, "web", LONG_WAIT);

        (void) state;
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_true(place_has(WEB_FILE) && place_has("other.json"));
        clear();
}

/* The same, with a file that is no good: the order goes, and the other's file is not ours. */
static void somebody_else_breaks_the_policy(void **state)
{
        const struct place_child refuses = {
                .awaited = WEB_FILE, .word = PLACE_REFUSES, .other = "broken.json", .text = "{"
        };
        pid_t pid = place_fork(&refuses);
        struct test_answer answer = PLACE_RUN(protect, "web", LONG_WAIT);

        (void) state;
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_false(place_has(WEB_FILE));
        assert_true(place_has("broken.json"));
        clear();
}

/* The policy that comes into force has it not: whoever gave it is not told that it holds. */
static void somebody_else_takes_it_away(void **state)
{
        static const struct place_child rows[] = {
                { .awaited = WEB_FILE, .removes = true, .word = PLACE_TAKES },
                { .awaited = WEB_FILE,
                  .word = PLACE_TAKES,
                  .other = WEB_FILE,
                  .text = PROTECTS_WEB },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                pid_t pid = place_fork(&rows[i]);
                struct test_answer answer = PLACE_RUN(protect, "web", "--json", LONG_WAIT);

                place_reap(pid);
                assert_int_equal(answer.exit_code, PL_CLI_FAILED);
                assert_says(answer.words.data, "somebody else has changed or removed ");
                assert_says(answer.words.data, WEB_FILE);
                assert_says(test_out, "\"state\": \"taken-away\"");
                clear();
        }
}

/* The other way round: what was withdrawn is there again. */
static void somebody_else_puts_it_back(void **state)
{
        const struct place_child puts_back = { .awaited = WEB_FILE,
                                               .gone = true,
                                               .word = PLACE_TAKES,
                                               .other = WEB_FILE,
                                               .text = PROTECTS_WEB };
        struct test_answer answer;
        pid_t pid;

        (void) state;
        place_file(place.orders_path, WEB_FILE, PROTECTS_WEB);
        pid = place_fork(&puts_back);
        answer = PLACE_RUN(release, "web", LONG_WAIT);
        place_reap(pid);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_says(answer.words.data, "somebody else has written ");
        assert_string_equal(test_out, "");
        assert_true(place_has(WEB_FILE));
        clear();
}

/* By the clock it may have been given in the same second, or the clock was set back. */
static void an_order_is_later_than_what_it_contradicts(void **state)
{
        static const char restore[] =
                "{ \"order\": \"restore\", \"issued\": \"2099-01-01T00:00:00Z\" }";
        static const char apply[] =
                "{ \"order\": \"apply\", \"issued\": \"2099-01-01T00:00:00Z\" }";

        (void) state;
        place_file(place.orders_path, "90-restore.json", restore);
        assert_int_equal(PLACE_RUN(apply, "web", "--no-wait").exit_code, PL_CLI_FINE);
        assert_says(place_read(APPLY_FILE), "\"issued\": \"2099-01-01T00:00:01Z\"");
        assert_null(strstr(place_read(APPLY_FILE), "expires"));
        /* What goes is not contradicted. */
        assert_int_equal(PLACE_RUN(apply, "--no-wait").exit_code, PL_CLI_FINE);
        assert_null(strstr(place_read("90-apply.json"), "2099"));
        clear();

        place_file(place.orders_path, "90-apply.json", apply);
        assert_int_equal(PLACE_RUN(restore, "web", "--no-wait").exit_code, PL_CLI_FINE);
        assert_says(place_read(RESTORE_FILE), "\"issued\": \"2099-01-01T00:00:01Z\"");
        clear();
}

/* An older one that has ended is not taken for what is said now. */
static void an_order_that_has_ended_is_given_again(void **state)
{
        (void) state;
        place_file(place.orders_path, "90-apply.json",
                   "{ \"order\": \"apply\", \"expires\": \"2020-01-01T00:00:00Z\" }");
        assert_int_equal(PLACE_RUN(apply, "--no-wait").exit_code, PL_CLI_FINE);
        assert_says(test_out, "Everybody gets what the policy says");
        clear();
}

/* Of whom is gone the name is held against the unit, and not against the name of a file, which says less. */
static void a_name_is_not_taken_for_another(void **state)
{
        static const char file[] = "90-protect-my-app-12345678.json";
        static const struct {
                const char *name;
                enum pl_cli_exit exit_code;
        } rows[] = {
                { "my-app", PL_CLI_NOT_FOUND },    { "api/my-app", PL_CLI_NOT_FOUND },
                { "my*app", PL_CLI_NOT_FOUND },    { "my@app.servic", PL_CLI_NOT_FOUND },
                { "my@app", PL_CLI_FINE },         { "api/my@app", PL_CLI_FINE },
                { "my@app.service", PL_CLI_FINE },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                place_file(place.orders_path, file,
                           "{ \"order\": \"protect\", \"workload\": { \"unit\": "
                           "\"my@app.service\" } }");
                assert_row(rows[i].name, PLACE_RUN(release, rows[i].name, "--no-wait").exit_code ==
                                                 rows[i].exit_code);
                assert_row(rows[i].name, place_has(file) == (rows[i].exit_code != PL_CLI_FINE));
        }
        place_remove(file);
}

static void nobody_answers(void **state)
{
        struct test_answer answer = PLACE_RUN(protect, "web", "--wait=10ms");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_says(answer.words.data, "plimsolld has not said that it is in force");
        assert_string_equal(test_out, "");
        assert_true(place_has(WEB_FILE));
        clear();
}

static void nobody_is_waited_for(void **state)
{
        struct test_answer answer = PLACE_RUN(pause, "--no-wait", "--for=1min");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "Ordered, and not confirmed yet: Everything is paused until ");
        assert_true(place_has("90-pause.json"));
        clear();
}

static void a_dry_run_changes_nothing(void **state)
{
        struct test_answer answer = PLACE_RUN(protect, "web", "-n");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "Would write ");
        assert_says(test_out, WEB_FILE ":\n{\n  \"order\": \"protect\",\n");
        assert_false(place_has(WEB_FILE));
        place_file(place.orders_path, WEB_FILE,
                   "{ \"order\": \"protect\", \"workload\": { \"unit\": \"web.service\" } }");
        answer = PLACE_RUN(release, "web", "-n");
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(test_out, "Would remove ");
        assert_true(place_has(WEB_FILE));
        clear();
}

/* With a policy that is refused already, or by the order itself, nothing is written. */
static void what_would_be_refused_is_not_written(void **state)
{
        char reason[300] = "--reason=";
        struct test_answer answer;

        (void) state;
        memset(reason + 9, 'x', sizeof reason - 10);
        answer = PLACE_RUN(protect, "web", reason);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_says(answer.words.data, "\"reason\" has at most 256 characters");
        assert_null(strstr(answer.words.data, "plimsoll check"));
        place_file(place.orders_path, "broken.json", "{");
        answer = PLACE_RUN(protect, "web", "--json");
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_says(answer.words.data,
                    "plimsolld would refuse the policy as it would be then, for ");
        assert_says(answer.words.data, "/broken.json: nothing was ordered\n"
                                       "\xE2\x86\x92 plimsoll check\n");
        assert_says(test_out, "\"state\": \"rejected\"");
        assert_false(place_has(WEB_FILE));
        clear();
}

static void without_a_daemon(void **state)
{
        struct pl_journal_state stopped = place_state();
        struct test_answer answer;

        (void) state;
        stopped.phase = PL_JOURNAL_STOPPED;
        place_put_state(&stopped);
        answer = PLACE_RUN(protect, "web");
        assert_int_equal(answer.exit_code, PL_CLI_NO_DAEMON);
        assert_false(place_has(WEB_FILE));
        answer = PLACE_RUN(pause, "--reason=upgrade");
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_says(answer.words.data, "it will find this when it starts");
        assert_true(place_has("90-pause.json"));
        answer = PLACE_RUN(resume, NULL);
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_false(place_has("90-pause.json"));
        clear();
}

/* In the place of a plimsolld that is run once: the journal is what it leaves. */
enum pl_cli_exit __wrap_pl_order_program_run(struct pl_cli *cli,
                                             const struct pl_order_program *program);

static enum pl_cli_exit program_exit;
static char program_option[32];

enum pl_cli_exit __wrap_pl_order_program_run(struct pl_cli *cli,
                                             const struct pl_order_program *program)
{
        (void) cli;
        (void) snprintf(program_option, sizeof program_option, "%s", program->words[1]);
        return program_exit;
}

/* In the place of the one that has no limits. */
static void put_web(uint64_t max_bytes)
{
        struct pl_journal_row web = place_web();

        web.standing.backend = PL_BACKEND_DIRECT;
        made_hold(&web, PL_LIMIT_MAX, 1 * PL_GIB);
        made_limit(&web, PL_LIMIT_MAX, max_bytes, max_bytes);
        assert_int_equal(pl_journal_put_row(&place.made.writer, 0, &web), 0);
}

static void applying_without_a_daemon_says_what_came_of_it(void **state)
{
        static const struct {
                const char *name;
                enum pl_cli_exit program;
                uint64_t max_bytes;
                bool is_refused;
                enum pl_cli_exit exit_code;
                const char *words, *out;
        } rows[] = {
                { "as wanted", PL_CLI_FINE, PL_GIB, false, PL_CLI_FINE, "", "" },
                { "not as wanted", PL_CLI_FINE, 2 * PL_GIB, false, PL_CLI_FINDINGS, "",
                  "1 of 1 workload is not as wanted." },
                { "refused", PL_CLI_FINE, PL_GIB, true, PL_CLI_POLICY,
                  "plimsolld has refused the policy: it is not liked\n"
                  "\xE2\x86\x92 plimsoll check\n",
                  "" },
                { "denied", PL_CLI_DENIED, 2 * PL_GIB, true, PL_CLI_DENIED, "", "" },
        };
        const struct pl_journal_row unlimited = place_web();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_journal_state over = place_state();
                struct test_answer answer;

                over.phase = PL_JOURNAL_STOPPED;
                over.refused.at_usec = rows[i].is_refused ? pl_clock_now_usec() : 0;
                (void) snprintf(over.refused.words, sizeof over.refused.words, "it is not liked");
                place_put_state(&over);
                put_web(rows[i].max_bytes);
                program_exit = rows[i].program;
                answer = PLACE_RUN(apply, NULL);
                assert_string_equal(program_option, "--once");
                assert_row(rows[i].name, answer.exit_code == rows[i].exit_code);
                assert_says(answer.words.data, rows[i].words);
                assert_row(rows[i].name, (rows[i].words[0] == '\0') == (answer.words.length == 0));
                assert_says(test_out, rows[i].out);
                assert_row(rows[i].name, (rows[i].out[0] == '\0') == (answer.out.length == 0));
        }
        assert_int_equal(pl_journal_put_row(&place.made.writer, 0, &unlimited), 0);
        clear();
}

/* As root too: where there is a file, there can be no directory. */
static void where_nothing_can_be_written(void **state)
{
        char wrong[2 * TEST_PATH_MAX];
        const char *const words[] = { wrong, "web", NULL };
        struct test_answer answer;

        (void) state;
        (void) snprintf(wrong, sizeof wrong, "--policy-dir=%s/web.json/orders", place.low_path);
        answer = place_run(&pl_cli_verb_protect, words);
        assert_int_equal(answer.exit_code, PL_CLI_FAILED);
        assert_says(answer.words.data, "cannot write into ");
        clear();
}

static void a_year_is_the_longest(void **state)
{
        struct test_answer answer = PLACE_RUN(pause, "--for=366d", "--no-wait");

        (void) state;
        assert_int_equal(answer.exit_code, PL_CLI_FINE);
        assert_true(place_has("90-pause.json"));
        clear();
}

static void what_makes_no_sense(void **state)
{
        static const struct {
                const struct pl_cli_verb *verb;
                const char *words[4];
                enum pl_cli_exit exit_code;
                const char *said;
        } rows[] = {
                { &pl_cli_verb_protect, {}, PL_CLI_USAGE, "needs the name of a workload" },
                { &pl_cli_verb_protect, { "nobody" }, PL_CLI_NOT_FOUND, "no workload 'nobody'" },
                { &pl_cli_verb_protect, { "web", "--for=x" }, PL_CLI_USAGE, "--for=2h" },
                { &pl_cli_verb_protect, { "web", "--for=0" }, PL_CLI_USAGE, "is over already" },
                { &pl_cli_verb_pause, { "--for=99999d" }, PL_CLI_USAGE, "longer than a year" },
                { &pl_cli_verb_pause, { "--for=367d" }, PL_CLI_USAGE, "longer than a year" },
                { &pl_cli_verb_pause, { "--until=2001-01-01" }, PL_CLI_USAGE, "is over already" },
                { &pl_cli_verb_pause, { "--until=1h" }, PL_CLI_USAGE, "14:30" },
                { &pl_cli_verb_pause, { "--until=14:30", "--for=1h" }, PL_CLI_USAGE, "not both" },
                { &pl_cli_verb_pause, { "--wait=0" }, PL_CLI_USAGE, "--wait=10s" },
                { &pl_cli_verb_pause, { "--wait=1s", "--no-wait" }, PL_CLI_USAGE, "contradict" },
                { &pl_cli_verb_pause, { "--policy-dir=" }, PL_CLI_USAGE, "Name a directory" },
                { &pl_cli_verb_release, {}, PL_CLI_USAGE, "names of workloads or --all" },
                { &pl_cli_verb_release, { "web", "--all" }, PL_CLI_USAGE, "or --all" },
                { &pl_cli_verb_release, { "web" }, PL_CLI_FINE, "no such order for 'web'" },
                { &pl_cli_verb_release, { "nobody" }, PL_CLI_NOT_FOUND, "no workload 'nobody'" },
                { &pl_cli_verb_release, { "--all" }, PL_CLI_FINE, "there is no such order" },
                { &pl_cli_verb_resume, {}, PL_CLI_FINE, "there is no such order" },
                { &pl_cli_verb_restore, {}, PL_CLI_USAGE, "names of workloads or --all" },
                { &pl_cli_verb_apply, { "--once" }, PL_CLI_FAILED, "drop --once" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct test_answer answer = place_run(rows[i].verb, rows[i].words);

                assert_row(rows[i].said, answer.exit_code == rows[i].exit_code);
                assert_says(answer.words.data, rows[i].said);
                assert_string_equal(test_out, "");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_order_comes_into_force),
                cmocka_unit_test(the_answer_for_a_script),
                cmocka_unit_test(a_refused_one_is_taken_back),
                cmocka_unit_test(what_was_there_before_comes_back),
                cmocka_unit_test(somebody_else_changes_the_policy),
                cmocka_unit_test(somebody_else_breaks_the_policy),
                cmocka_unit_test(somebody_else_takes_it_away),
                cmocka_unit_test(somebody_else_puts_it_back),
                cmocka_unit_test(an_order_is_later_than_what_it_contradicts),
                cmocka_unit_test(an_order_that_has_ended_is_given_again),
                cmocka_unit_test(a_name_is_not_taken_for_another),
                cmocka_unit_test(nobody_answers),
                cmocka_unit_test(nobody_is_waited_for),
                cmocka_unit_test(a_dry_run_changes_nothing),
                cmocka_unit_test(what_would_be_refused_is_not_written),
                cmocka_unit_test(without_a_daemon),
                cmocka_unit_test(applying_without_a_daemon_says_what_came_of_it),
                cmocka_unit_test(where_nothing_can_be_written),
                cmocka_unit_test(a_year_is_the_longest),
                cmocka_unit_test(what_makes_no_sense),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
