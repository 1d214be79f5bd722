/* SPDX-License-Identifier: Apache-2.0 */

/* The line that a finding is about, and where the caret stands below it. */

#include "cli/check.h"
#include "cli/verb.h"

#define AS_10  "aaaaaaaaaa"
#define BS_10  "bbbbbbbbbb"
#define AS_50  AS_10 AS_10 AS_10 AS_10 AS_10
#define AS_72  AS_50 AS_10 AS_10 "aa"
#define BS_50  BS_10 BS_10 BS_10 BS_10 BS_10
#define AS_100 AS_50 AS_50
#define DOTS   "\xE2\x80\xA6"

static const struct excerpt {
        const char *name;
        const char *text;
        struct pl_place place;
        bool plain;
        const char *wanted;
} excerpts[] = {
        { "a word",
          "{\n  \"max\": 3\n}\n",
          { 2, 3, 5 },
          false,
          "    2 |   \"max\": 3\n"
          "          ^~~~~\n" },
        { "a point",
          "{\n  \"max\": 3\n}\n",
          { 2, 10, 0 },
          false,
          "    2 |   \"max\": 3\n"
          "                 ^\n" },
        { "behind tabs",
          "\t\"max\":\t3\n",
          { 1, 9, 1 },
          false,
          "    1 |  \"max\": 3\n"
          "                ^\n" },
        { "behind UTF-8",
          "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\": 3",
          { 1, 8, 1 },
          false,
          "    1 | \"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\": 3\n"
          "               ^\n" },
        { "behind UTF-8, plain",
          "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\": 3",
          { 1, 8, 1 },
          true,
          "    1 | \"???\": 3\n"
          "               ^\n" },
        { "behind what is no UTF-8",
          "\xFF\xC3(\x80 3",
          { 1, 6, 1 },
          false,
          "    1 | ?"
          "?(? 3\n" /* no trigraph */
          "             ^\n" },
        { "behind control characters",
          "\x1B[2J\x7F\xC2\x9B\xE2\x80\xAE 3",
          { 1, 9, 1 },
          false,
          "    1 | ?[2J??? 3\n"
          "                ^\n" },
        { "a line that ends as on Windows",
          "{ 3\r\n}",
          { 1, 3, 1 },
          false,
          "    1 | { 3\n"
          "          ^\n" },
        { "behind the end of the line",
          "{ 3\n}",
          { 1, 4, 1 },
          false,
          "    1 | { 3\n"
          "           ^\n" },
        { "far behind the end of the line",
          "{ 3\n}",
          { 1, 400, 17 },
          false,
          "    1 | { 3\n"
          "           ^\n" },
        { "over the end of the line",
          "{ \"a\n}",
          { 1, 3, 50 },
          false,
          "    1 | { \"a\n"
          "          ^~\n" },
        { "the last line without its end",
          "{\n3",
          { 2, 1, 1 },
          false,
          "    2 | 3\n"
          "        ^\n" },
        { "a line with a number of six digits",
          NULL,
          { 123456, 1, 1 },
          false,
          "123456 | x\n"
          "         ^\n" },
        { "exactly as wide as the terminal",
          AS_72,
          { 1, 72, 1 },
          false,
          "    1 | " AS_72 "\n"
          "        "
          "                                                                       ^\n" },
        { "behind the end of the widest line",
          AS_72,
          { 1, 73, 0 },
          false,
          "    1 | " DOTS AS_50 AS_10 AS_10 "\n"
          "        "
          "                                                                       ^\n" },
        { "cut behind",
          "x" AS_72,
          { 1, 1, 3 },
          false,
          "    1 | x" AS_50 AS_10 AS_10 DOTS "\n"
          "        ^~~\n" },
        { "cut before",
          AS_100 "x",
          { 1, 101, 1 },
          false,
          "    1 | " DOTS AS_50 AS_10 AS_10 "x\n"
          "        "
          "                                                                       ^\n" },
        { "cut on both sides",
          AS_100 "x" BS_50 BS_50,
          { 1, 101, 1 },
          false,
          "    1 | " DOTS AS_10 AS_10 "aaaax" BS_10 BS_10 BS_10 BS_10 "bbbbb" DOTS "\n"
          "        "
          "                         ^\n" },
        { "cut on both sides, plain",
          AS_100 "x" BS_50 BS_50,
          { 1, 101, 1 },
          true,
          "    1 | ..." AS_10 AS_10 "aaaax" BS_10 BS_10 BS_10 BS_10 "b...\n"
          "        "
          "                           ^\n" },
        { "longer than the terminal is wide",
          "{ \"" AS_100 "\" }",
          { 1, 3, 102 },
          false,
          "    1 | { \"" AS_50 AS_10 "aaaaaaaa" DOTS "\n"
          "          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n" },
        { "no column", "{ 3\n}", { 1, 0, 0 }, false, "" },
        { "no line", "{ 3\n}", { 0, 0, 0 }, false, "" },
        { "a line too many", "{ 3\n", { 2, 1, 1 }, false, "" },
        { "the last line there can be",
          "{ 3\n",
          { UINT32_MAX, UINT32_MAX, UINT32_MAX },
          false,
          "" },
        { "nothing", "", { 1, 1, 1 }, false, "" },
};

/* Without a text there is one whose first line has the number 123456. */
static void excerpt_of(const struct excerpt *row, const char *origin, struct pl_text *text)
{
        char line[] = "x";
        struct pl_policy_file file = { .origin = "d/a.json", .name = "a.json", .first_line = 1 };
        const struct pl_policy_files files = { .count = 1, .items = &file };
        const struct pl_diag_entry entry = { .file = origin, .place = row->place };
        const struct pl_cli_style style = { .terminal = true, .unicode = !row->plain };

        file.text = strdup(row->text ? row->text : line);
        assert_non_null(file.text);
        file.length = strlen(file.text);
        if (!row->text)
                file.first_line = 123456;
        pl_check_add_excerpt(text, style, &files, &entry);
        free(file.text);
}

static void the_caret_stands_under_what_is_meant(void **state)
{
        char buffer[1024];
        struct pl_text text;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(excerpts); i++) {
                pl_text_init(&text, buffer, sizeof buffer);
                excerpt_of(&excerpts[i], "d/a.json", &text);
                if (strcmp(buffer, excerpts[i].wanted) != 0)
                        fail_msg("row \"%s\":\n%s", excerpts[i].name, buffer);
                test_assert_tame(excerpts[i].name, pl_text_span(&text));
        }
}

/* Wherever it stands in a line of any length: within the terminal, and over the same character. */
static void the_caret_stands_under_any_column(void **state)
{
        char line[240], buffer[1024];
        struct pl_text text;

        (void) state;
        for (uint32_t length = 60; length < sizeof line; length += 7)
                for (uint32_t column = 1; column <= length; column++) {
                        struct excerpt row = { "any", line, { 1, column, 1 }, column % 2 == 0, "" };
                        struct pl_span rest, shown, caret;

                        memset(line, 'a', length);
                        line[length] = '\0';
                        line[column - 1] = 'X';
                        pl_text_init(&text, buffer, sizeof buffer);
                        excerpt_of(&row, "d/a.json", &text);
                        test_assert_tame("any", pl_text_span(&text));
                        rest = pl_text_span(&text);
                        shown = pl_span_until(&rest, '\n');
                        caret = pl_span_until(&rest, '\n');
                        assert_non_null(memchr(shown.data, 'X', shown.length));
                        shown.length = (size_t) ((const char *) memchr(shown.data, 'X',
                                                                       shown.length) -
                                                 shown.data);
                        assert_int_equal(pl_cli_columns(shown), caret.length - 1);
                }
}

static void only_policy_files_are_shown(void **state)
{
        const struct excerpt row = { "", "secret", { 1, 1, 1 }, false, "" };
        char buffer[64];
        struct pl_text text;

        (void) state;
        pl_text_init(&text, buffer, sizeof buffer);
        excerpt_of(&row, "d/b.json", &text);
        excerpt_of(&row, "a.json", &text);
        excerpt_of(&row, NULL, &text);
        assert_string_equal(buffer, "");
        excerpt_of(&row, "d/a.json", &text);
        assert_non_null(strstr(buffer, "secret"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_caret_stands_under_what_is_meant),
                cmocka_unit_test(the_caret_stands_under_any_column),
                cmocka_unit_test(only_policy_files_are_shown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
