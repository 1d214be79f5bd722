/* SPDX-License-Identifier: Apache-2.0 */

/* What check says of policies that are written down here: text and JSON are held against tests/fixtures/check/NAME. */

#include "cli/check.h"

#include "cli/verb.h"

#define PROFILE(name, rest) "{ \"profile\": \"" name "\"" rest " }\n"
#define MATCH(name)         ", \"match\": [{ \"label\": \"plimsoll.profile=" name "\" }]"

static const char batch[] =
        "{\n"
        "  \"profile\": \"batch\",\n"
        "  \"match\": [{ \"slice\": \"plimsoll-batch.slice\" }],\n"
        "  \"memory\": { \"max\": \"50%\", \"high\": \"90% of max\", "
        "\"swap_max\": \"min(8GiB, 50% of swap)\" },\n"
        "  \"budget\": { \"max\": \"60%\" },\n"
        "  \"oom\": { \"score_adj\": 500, \"order\": 600, \"kill\": \"workload\" },\n"
        "  \"ladder\": { \"rungs\": [ \"term\", \"kill\" ], \"grace\": \"10s\" },\n"
        "  \"leak\": { \"alert\": \"10MiB/h\" }\n"
        "}\n";
static const char api[] = "{\n"
                          "  \"profile\": \"api\",\n"
                          "  \"match\": [{ \"label\": \"plimsoll.profile=api\" }],\n"
                          "  \"memory\": { \"max\": \"min(4GiB, 25%)\", \"low\": \"50% of max\", "
                          "\"swap_max\": 0 },\n"
                          "  \"oom\": { \"score_adj\": -500 }\n"
                          "}\n";
static const char sshd[] = "{\n"
                           "  \"profile\": \"sshd\",\n"
                           "  \"match\": [{ \"unit\": \"sshd.service\" }],\n"
                           "  \"memory\": { \"min\": \"64MiB\" },\n"
                           "  \"oom\": { \"score_adj\": -1000 }\n"
                           "}\n";
static const char host[] = "{ \"host\": \"default\" }\n";

#define TERMINAL                                                                                   \
        {                                                                                          \
                .terminal = true, .unicode = true                                                  \
        }
#define PIPE                                                                                       \
        {                                                                                          \
                .unicode = true                                                                    \
        }

static const struct golden {
        const char *name;
        struct pl_cli_style style;
        enum pl_cli_exit exit_code;
        const char *words[TEST_WORDS_MAX];
        struct test_file files[TEST_FILES_MAX];
} goldens[] = {
        { "sound",
          PIPE,
          PL_CLI_FINE,
          { "policies", "--host=ram=16GiB,swap=4GiB" },
          { { "policies/batch.json", batch },
            { "policies/api.json", api },
            { "policies/sshd.json", sshd },
            { "policies/host.json", host } } },
        { "without-swap",
          PIPE,
          PL_CLI_FINE,
          { "policies", "--host", "ram=1GiB" },
          { { "policies/batch.json", batch }, { "policies/sshd.json", sshd } } },
        { "plain",
          {},
          PL_CLI_FINE,
          { "policies", "--host=ram=1TiB" },
          { { "policies/batch.json", batch }, { "policies/host.json", host } } },
        { "host-alone",
          PIPE,
          PL_CLI_FINE,
          { "--host=ram=1.5GiB,swap=512MiB", "h.json" },
          { { "h.json", host } } },
        { "long-names",
          PIPE,
          PL_CLI_FINE,
          { "long", "--host=ram=16GiB" },
          { { "long/the-profile-of-the-longest-name-there-may-be.json",
              PROFILE("a-name-of-64-bytes-0123456789-0123456789-0123456789-0123456789-0",
                      MATCH("x") ", \"memory\": { \"max\": \"1000MiB\", \"high\": \"900MiB\" }") },
            { "long/b.json", batch } } },
        { "masked",
          PIPE,
          PL_CLI_FINE,
          { "low", "high", "--host=ram=16GiB" },
          { { "low/api.json", api },
            { "low/host.json", host },
            { "high/api.json", "/dev/null" } } },
        { "wrong-terminal",
          TERMINAL,
          PL_CLI_POLICY,
          { "policies", "--host=ram=16GiB" },
          { { "policies/api.json", "{\n  \"profile\": \"api\",\n" MATCH("api") "\n}\n" },
            { "policies/batch.json",
              "{\n\t\"profile\": \"batch\"" MATCH(
                      "batch") ",\n"
                               "\t\"memory\":\t{ \"max\": \"1Gib\" },\n"
                               "\t\"description\": \"\xC3\xA4\xC3\xB6\xC3\xBC\", \"oom_scor_adj\": "
                               "3\n}\n" } } },
        { "wrong-pipe",
          PIPE,
          PL_CLI_POLICY,
          { "policies", "--host=ram=16GiB" },
          { { "policies/b.json", PROFILE("b", MATCH("b") ", \"oom_scor_adj\": 3") },
            { "policies/a.json", api },
            { "policies/c.json", PROFILE("c", MATCH("c") ", \"mode\": 3, \"oom\": 5") } } },
        { "warned",
          TERMINAL,
          PL_CLI_FINE,
          { "policies", "--host=ram=16GiB,swap=1GiB" },
          { { "policies/a.json", PROFILE("a", MATCH("a") ",\n  \"memory\": { \"max\": \"15GiB\", "
                                                         "\"low\": \"14GiB\" }") },
            { "policies/b.json", PROFILE("b", MATCH("b")) } } },
        { "warned-strictly",
          PIPE,
          PL_CLI_POLICY,
          { "policies", "--strict", "--host=ram=16GiB,swap=1GiB" },
          { { "policies/a.json", PROFILE("a", MATCH("a") ",\n  \"memory\": { \"max\": \"15GiB\", "
                                                         "\"low\": \"14GiB\" }") } } },
        { "not-there",
          PIPE,
          PL_CLI_NOT_FOUND,
          { "nowhere", "nobody.json", "--host=ram=16GiB" },
          {} },
        { "empty",
          PIPE,
          PL_CLI_FINE,
          { "empty", "--host=ram=16GiB" },
          { { "empty/README", "nothing\n" } } },
        { "all-masked",
          PIPE,
          PL_CLI_FINE,
          { "d", "--host=ram=16GiB" },
          { { "d/a.json", "/dev/null" } } },
        { "json",
          PIPE,
          PL_CLI_FINE,
          { "policies", "--json", "--host=ram=16GiB" },
          { { "policies/batch.json", batch },
            { "policies/sshd.json", sshd },
            { "policies/host.json", host } } },
        { "json-wrong",
          PIPE,
          PL_CLI_POLICY,
          { "p.json", "q.json", "no.json", "--json", "--host=ram=16GiB" },
          { { "p.json", PROFILE("p", MATCH("p") ", \"oom_scor_adj\": 3") },
            { "q.json", PROFILE("q", MATCH("q") ", \"memory\": { \"max\": \"max\" }") } } },
};

static void each_policy_gets_its_answer(void **state)
{
        struct test_stage stage;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens); i++) {
                struct test_answer answer;
                char name[64];

                (void) snprintf(name, sizeof name, "check/%s.txt", goldens[i].name);
                test_enter(&stage, goldens[i].files);
                answer = test_run(&pl_cli_verb_check, goldens[i].style, goldens[i].words);
                test_leave(&stage);
                test_compare(pl_text_span(&answer.out), name);
                assert_row(goldens[i].name, answer.exit_code == goldens[i].exit_code);
                assert_row(goldens[i].name, answer.words.length == 0);
        }
}

static void nothing_is_wider_than_a_terminal(void **state)
{
        static const struct pl_cli_style styles[] = { TERMINAL, { .terminal = true } };
        struct test_stage stage;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(goldens) * PL_ARRAY_LENGTH(styles); i++) {
                const struct golden *golden = &goldens[i / PL_ARRAY_LENGTH(styles)];
                struct pl_cli_style style = styles[i % PL_ARRAY_LENGTH(styles)];
                struct test_answer answer;

                if (strncmp(golden->name, "json", 4) == 0)
                        continue;
                test_enter(&stage, golden->files);
                answer = test_run(&pl_cli_verb_check, style, golden->words);
                test_leave(&stage);
                test_assert_tame(golden->name, pl_text_span(&answer.out));
                for (size_t j = 0; j < answer.out.length && !style.unicode; j++)
                        assert_row(golden->name, (unsigned char) answer.out.data[j] < 0x80);
        }
}

/* Names of files, keys and values that would write over the terminal. */
static void what_is_hostile_is_shown_and_not_obeyed(void **state)
{
        static const struct test_file files[TEST_FILES_MAX] = {
                { "d/\xE2\x80\xAEgnp.json",
                  "{ \"profile\": \"a\", \"match\": [{ \"path\": \"\x1B[2J\" }] }\n" },
                { "d/b\xFF\xC2\x9B.json", "{ \"profile\": \"\xE2\x80\xAE\x1B]0;x\x07\", \xFF }\n" },
                { "d/c.json", "{ \"profile\": \"c\", \"\\u001b[2J\\u009b\": 1,\r \"x\": 2 }\n" },
                { "d/d.json", "\x1B[2J" },
        };
        static const char *const words[TEST_WORDS_MAX] = { "d", "--host=ram=16GiB" };
        struct test_stage stage;
        struct test_answer answer;

        (void) state;
        test_enter(&stage, files);
        answer = test_run(&pl_cli_verb_check, (struct pl_cli_style) TERMINAL, words);
        test_leave(&stage);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        test_assert_tame("hostile", pl_text_span(&answer.out));
        assert_null(strstr(answer.out.data, "\xE2\x80\xAE"));
        assert_null(strstr(answer.out.data, "\xC2\x9B"));
        for (size_t i = 0; i < answer.out.length; i++)
                assert_int_not_equal((unsigned char) answer.out.data[i], 0xFF);
}

static void more_than_a_hundred_are_counted(void **state)
{
        static char text[16 * 1024];
        static const char *const words[TEST_WORDS_MAX] = { "a.json", "--host=ram=16GiB" };
        static const struct test_file files[TEST_FILES_MAX] = { { "a.json", text } };
        struct test_answer answer;
        struct test_stage stage;
        struct pl_text document;

        (void) state;
        pl_text_init(&document, text, sizeof text);
        pl_text_add(&document, "{ \"profile\": \"a\"" MATCH("a"));
        for (int i = 0; i < 103; i++)
                pl_text_addf(&document, ",\n\"no such key %d\": 1", i);
        pl_text_add(&document, " }\n");

        test_enter(&stage, files);
        answer = test_run(&pl_cli_verb_check, (struct pl_cli_style) PIPE, words);
        assert_int_equal(answer.exit_code, PL_CLI_POLICY);
        assert_true(pl_span_ends_with(pl_text_span(&answer.out),
                                      "\xE2\x80\xA6 and 3 more errors\n103 errors in 1 file\n"));
        answer = test_run(&pl_cli_verb_check, (struct pl_cli_style){}, words);
        assert_true(pl_span_ends_with(pl_text_span(&answer.out),
                                      "... and 3 more errors\n103 errors in 1 file\n"));
        test_leave(&stage);
}

static void a_line_each_where_a_program_reads(void **state)
{
        static const struct test_file files[TEST_FILES_MAX] = {
                { "a.json", PROFILE("a", MATCH("a") ", \"oom_scor_adj\": 3, \"memori\": 1") }
        };
        static const char *const words[TEST_WORDS_MAX] = { "a.json", "--host=ram=16GiB" };
        struct test_answer answer;
        struct test_stage stage;
        struct pl_span rest;

        (void) state;
        test_enter(&stage, files);
        answer = test_run(&pl_cli_verb_check, (struct pl_cli_style) PIPE, words);
        test_leave(&stage);
        rest = pl_text_span(&answer.out);
        assert_true(pl_span_starts_with(pl_span_until(&rest, '\n'), "a.json:1:"));
        assert_true(pl_span_starts_with(pl_span_until(&rest, '\n'), "a.json:1:"));
        assert_true(pl_span_equals(rest, "2 errors in 1 file\n"));
}

static void colour_is_for_terminals_that_want_it(void **state)
{
        static const struct test_file files[TEST_FILES_MAX] = { { "a.json",
                                                                  "{ \"profile\": 3 }\n" } };
        static const char *const words[TEST_WORDS_MAX] = { "a.json", "--host=ram=16GiB" };
        struct test_answer answer;
        struct test_stage stage;

        (void) state;
        test_enter(&stage, files);
        answer = test_run(
                &pl_cli_verb_check,
                (struct pl_cli_style){ .terminal = true, .colour = true, .unicode = true }, words);
        assert_non_null(strstr(answer.out.data, "a.json:1:14: \x1B[31merror\x1B[0m: "));
        assert_non_null(strstr(answer.out.data, "\n                     \x1B[31m^\x1B[0m\n"));
        answer = test_run(&pl_cli_verb_check, (struct pl_cli_style) TERMINAL, words);
        assert_null(strchr(answer.out.data, '\x1B'));
        test_leave(&stage);
}

/* ---- the order ---- */

static void findings_go_by_file_and_place(void **state)
{
        struct pl_policy_file items[] = { { .origin = "z/a.json" }, { .origin = "b.json" } };
        static struct pl_cli_policy policy;
        static const struct {
                const char *file;
                struct pl_place place;
                const char *message;
        } added[] = {
                { "b.json", { 2, 1, 1 }, "6" },
                { "b.json", { 1, 9, 1 }, "4" },
                { "z/a.json", { 7, 7, 0 }, "3" },
                { NULL, {}, "0" },
                { "other", {}, "1" },
                { "b.json", { 1, 9, 1 }, "5" },
                { "z/a.json", {}, "2" },
        };
        struct pl_cli_findings findings;

        (void) state;
        policy = (struct pl_cli_policy){ .files = { .count = 2, .items = items } };
        for (size_t i = 0; i < PL_ARRAY_LENGTH(added); i++)
                pl_diag_error(&policy.diag, added[i].file, added[i].place, "%s", added[i].message);
        pl_cli_findings_sort(&policy, &findings);
        assert_int_equal(findings.count, PL_ARRAY_LENGTH(added));
        for (size_t i = 0; i < findings.count; i++)
                assert_int_equal(findings.entries[i]->message[0], '0' + (int) i);
}

/* A path that no kernel takes is named in a finding nevertheless. */
static void the_longest_names_fit(void **state)
{
        static char path[64 * 1024], buffer[16 * 1024];
        struct pl_diag_entry entry = { .file = path, .place = { UINT32_MAX, UINT32_MAX, 1 } };
        struct pl_text text;

        (void) state;
        memset(path, 'p', sizeof path - 1);
        memset(entry.message, 'm', sizeof entry.message - 1);
        memset(entry.hint, 'h', sizeof entry.hint - 1);
        for (int terminal = 0; terminal < 2; terminal++) {
                pl_text_init(&text, buffer, sizeof buffer);
                pl_cli_add_finding(&text, (struct pl_cli_style){ .terminal = terminal }, &entry);
                assert_false(text.cut);
                assert_non_null(strstr(buffer, "ppp:4294967295:4294967295: error: "));
                assert_non_null(strstr(buffer, " mmm"));
                assert_true(pl_span_ends_with(pl_text_span(&text), "hhh\n"));
        }
}

/* ---- exit codes ---- */

static void errors_and_strictness_make_the_exit_code(void **state)
{
        static const struct {
                size_t errors, wanting, warnings, notes;
                enum pl_cli_exit not_had;
                bool strict;
                enum pl_cli_exit exit_code;
        } rows[] = {
                { 0, 0, 0, 0, PL_CLI_FINE, false, PL_CLI_FINE },
                { 0, 0, 0, 5, PL_CLI_FINE, true, PL_CLI_FINE },
                { 0, 0, 5, 0, PL_CLI_FINE, false, PL_CLI_FINE },
                { 0, 0, 1, 0, PL_CLI_FINE, true, PL_CLI_POLICY },
                { 1, 0, 0, 0, PL_CLI_FINE, false, PL_CLI_POLICY },
                { 1, 1, 0, 0, PL_CLI_NOT_FOUND, false, PL_CLI_NOT_FOUND },
                { 2, 2, 0, 0, PL_CLI_DENIED, true, PL_CLI_DENIED },
                { 2, 1, 0, 0, PL_CLI_DENIED, false, PL_CLI_POLICY },
                { 1, 1, 1, 0, PL_CLI_NOT_FOUND, true, PL_CLI_POLICY },
        };
        static struct pl_cli_policy policy;
        const struct pl_check check = { .policy = &policy };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                policy.diag.errors = rows[i].errors;
                policy.diag.warnings = rows[i].warnings;
                policy.diag.notes = rows[i].notes;
                policy.wanting = rows[i].wanting;
                policy.not_had = rows[i].not_had;
                assert_int_equal(pl_check_exit(&check, rows[i].strict), rows[i].exit_code);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_policy_gets_its_answer),
                cmocka_unit_test(nothing_is_wider_than_a_terminal),
                cmocka_unit_test(what_is_hostile_is_shown_and_not_obeyed),
                cmocka_unit_test(more_than_a_hundred_are_counted),
                cmocka_unit_test(a_line_each_where_a_program_reads),
                cmocka_unit_test(colour_is_for_terminals_that_want_it),
                cmocka_unit_test(findings_go_by_file_and_place),
                cmocka_unit_test(the_longest_names_fit),
                cmocka_unit_test(errors_and_strictness_make_the_exit_code),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
