/* SPDX-License-Identifier: Apache-2.0 */

/* A shell in the place of plimsolld: what it is given, and what its end comes to. */

#include "cli/order_daemon.h"

#include "cli/live_made.h"

static struct pl_order_program program;

static enum pl_cli_exit run_shell(const char *script)
{
        program.count = 0;
        pl_order_program_add(&program, "/bin/sh");
        pl_order_program_add(&program, "-c");
        pl_order_program_add(&program, script);
        return pl_order_program_run(made_cli_begin(made_unicode), &program);
}

static void its_end_is_ours(void **state)
{
        static const struct {
                const char *script;
                enum pl_cli_exit exit_code;
                const char *words;
        } rows[] = {
                { "exit 0", PL_CLI_FINE, "" },
                { "exit 1", PL_CLI_FAILED, "" },
                { "exit 2", PL_CLI_FAILED, "plimsoll: /bin/sh has ended with exit code 2\n" },
                { "exit 3", PL_CLI_POLICY, "" },
                { "exit 5", PL_CLI_DENIED, "" },
                { "exit 8", PL_CLI_HOST_CANNOT, "" },
                { "exit 9", PL_CLI_FAILED, "plimsoll: a plimsolld has been started meanwhile\n" },
                { "kill -9 $$", PL_CLI_FAILED, "plimsoll: /bin/sh has ended with signal 9\n" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                assert_row(rows[i].script, run_shell(rows[i].script) == rows[i].exit_code);
                assert_string_equal(test_words, rows[i].words);
        }
}

static void what_is_not_there(void **state)
{
        (void) state;
        program.count = 0;
        pl_order_program_add(&program, "/nowhere/plimsolld");
        assert_int_equal(pl_order_program_run(made_cli_begin(made_unicode), &program),
                         PL_CLI_FAILED);
        assert_string_equal(test_words, "plimsoll: cannot run /nowhere/plimsolld: No such file or "
                                        "directory\n");
}

/* The words of the program behind its name, in a line. */
static const char *arguments(void)
{
        static char buffer[1024];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        for (size_t i = 1; i < program.count; i++)
                pl_text_addf(&text, "%s%s", i == 1 ? "" : " ", program.words[i]);
        assert_null(program.words[program.count]);
        assert_int_equal(program.words[0][0], '/');
        return buffer;
}

static void it_is_given_what_the_verb_was_given(void **state)
{
        static struct pl_order_call call;

        (void) state;
        call.cli = made_cli_begin(made_unicode);
        call.directories[0] = "/usr/lib/plimsoll/policies.d";
        pl_order_program_init(&program, &call, "--restore");
        assert_string_equal(arguments(), "--restore");
        call.cli->repeat_count = 2;
        call.directories[0] = "/a";
        call.directories[1] = "/b/";
        call.journal = "/tmp/x/journal";
        pl_order_program_init(&program, &call, "--once");
        assert_string_equal(arguments(),
                            "--once --journal-dir=/tmp/x --policy-dir=/a --policy-dir=/b/");
        call.journal = "/tmp/x/other";
        pl_order_program_init(&program, &call, "--once");
        assert_string_equal(arguments(), "--once --policy-dir=/a --policy-dir=/b/");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(its_end_is_ours),
                cmocka_unit_test(what_is_not_there),
                cmocka_unit_test(it_is_given_what_the_verb_was_given),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
