/* SPDX-License-Identifier: Apache-2.0 */

/* The command line: what is understood, and what is said when it is not. */

#include "cli/cli.h"

#include "test.h"

static enum pl_cli_exit run_nothing(struct pl_cli *cli)
{
        pl_text_addf(cli->out, "%s ran", cli->verb->name);
        return PL_CLI_FINE;
}

static const struct pl_cli_option dig_options[] = {
        { "depth", 'd', "METRES", "How deep" },
        { "quietly", 'q', NULL, "Without a word" },
        {},
};
static const struct pl_cli_example no_examples[] = { {} };
static const struct pl_cli_verb dig = {
        .name = "dig",
        .summary = "Dig a hole",
        .operands = "[PLACE]...",
        .operands_max = 2,
        .description = "Digs.",
        .options = dig_options,
        .examples = no_examples,
        .run = run_nothing,
};
static const struct pl_cli_verb rest = {
        .name = "rest",
        .summary = "Do nothing",
        .operands = "",
        .description = "Rests.",
        .examples = no_examples,
        .run = run_nothing,
};
static const struct pl_cli_option plant_options[] = {
        { "seed", 's', "NAME", "What to plant" },
        { "deep", '\0', "METRES", "How deep" },
        {},
};
static const struct pl_cli_verb plant = {
        .name = "plant",
        .summary = "Plant something",
        .operands = "[PLACE]...",
        .operands_max = 2,
        .description = "Plants.",
        .options = plant_options,
        .repeated = "seed",
        .examples = no_examples,
        .run = run_nothing,
};
static const struct pl_cli_verb *const verbs[] = { &dig, &plant, &rest, NULL };

enum { ARGUMENTS_MAX = 8 };

static const struct row {
        const char *name;
        const char *arguments[ARGUMENTS_MAX]; /* behind the program's name */
        enum pl_cli_exit exit_code;
        const char *words; /* the beginning of them; "" for none at all */
        const char *out;   /* likewise */
} rows[] = {
        { "a verb", { "rest" }, PL_CLI_FINE, "", "rest ran" },
        { "nothing", {}, PL_CLI_USAGE, "plimsoll shows", "" },
        { "an unknown verb, near to one",
          { "dgi" },
          PL_CLI_USAGE,
          "plimsoll: unknown verb 'dgi'\nDid you mean 'dig'?\n",
          "" },
        { "the beginning of a verb",
          { "re" },
          PL_CLI_USAGE,
          "plimsoll: unknown verb 're'\nDid you mean 'rest'?\n",
          "" },
        { "an unknown verb, near to none",
          { "status" },
          PL_CLI_USAGE,
          "plimsoll: unknown verb 'status'\n'plimsoll help' lists the verbs.\n",
          "" },
        { "an empty verb", { "" }, PL_CLI_USAGE, "plimsoll: unknown verb ''\n", "" },
        { "a verb that moves the cursor",
          { "d\x1B[2Jg" },
          PL_CLI_USAGE,
          "plimsoll: unknown verb 'd?[2Jg'\n",
          "" },
        { "an unknown option, near to one",
          { "dig", "--dpeth=3" },
          PL_CLI_USAGE,
          "plimsoll: unknown option '--dpeth=3'\nDid you mean '--depth'?\n",
          "" },
        { "one of the common options, misspelt",
          { "rest", "--jsno" },
          PL_CLI_USAGE,
          "plimsoll: unknown option '--jsno'\nDid you mean '--json'?\n",
          "" },
        { "one dash too few",
          { "rest", "-json" },
          PL_CLI_USAGE,
          "plimsoll: unknown option '-json'\nDid you mean '--json'?\n",
          "" },
        { "another verb's option",
          { "rest", "--depth=3" },
          PL_CLI_USAGE,
          "plimsoll: unknown option '--depth=3'\n'plimsoll help rest' lists the options.\n",
          "" },
        { "an option before there is a verb",
          { "-x" },
          PL_CLI_USAGE,
          "plimsoll: unknown option '-x'\n'plimsoll help' lists the options.\n",
          "" },
        { "a beginning is not taken for an option",
          { "dig", "--dep=3" },
          PL_CLI_USAGE,
          "plimsoll: unknown option '--dep=3'\nDid you mean '--depth'?\n",
          "" },
        { "a value for one that takes none",
          { "dig", "--quietly=yes" },
          PL_CLI_USAGE,
          "plimsoll: option '--quietly' takes no value\n",
          "" },
        { "letters after one that takes none",
          { "dig", "-qd" },
          PL_CLI_USAGE,
          "plimsoll: option '--quietly' takes no value\n",
          "" },
        { "no value for one that needs it",
          { "dig", "--depth" },
          PL_CLI_USAGE,
          "plimsoll: option '--depth' needs a value: --depth=METRES\n",
          "" },
        { "too many operands",
          { "dig", "a", "b", "c" },
          PL_CLI_USAGE,
          "plimsoll: too many arguments for 'dig': 'c'\nUsage: plimsoll dig [PLACE]... "
          "[OPTION]...\n",
          "" },
        { "an operand where none is wanted",
          { "rest", "here" },
          PL_CLI_USAGE,
          "plimsoll: too many arguments for 'rest': 'here'\nUsage: plimsoll rest [OPTION]...\n",
          "" },
        { "an option and no verb", { "--json" }, PL_CLI_USAGE, "plimsoll shows", "" },
        { "a word of pages is cut, the advice behind it is not",
          { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "a"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
          PL_CLI_USAGE,
          "plimsoll: unknown verb "
          "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
          "a"
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'\n'plimsoll help' lists the verbs.\n",
          "" },
        { "help of a verb", { "dig", "-h" }, PL_CLI_FINE, "", "Dig a hole.\n" },
        { "help before the verb", { "--help", "dig" }, PL_CLI_FINE, "", "Dig a hole.\n" },
        { "help alone", { "-h" }, PL_CLI_FINE, "", "plimsoll shows" },
        { "help as JSON",
          { "--help", "--json" },
          PL_CLI_FINE,
          "",
          "{\n  \"schema_version\": 1,\n  \"options\"" },
        { "the version, whatever the verb", { "dig", "--version" }, PL_CLI_FINE, "", "plimsoll " },
        { "help does not forgive a mistake",
          { "dig", "--help", "--jsno" },
          PL_CLI_USAGE,
          "plimsoll: unknown option",
          "" },
};

struct fixture {
        char out_buffer[16384], words_buffer[4096];
        struct pl_text out, words;
        struct pl_cli cli;
};

static void init(struct fixture *fixture)
{
        pl_text_init(&fixture->out, fixture->out_buffer, sizeof fixture->out_buffer);
        pl_text_init(&fixture->words, fixture->words_buffer, sizeof fixture->words_buffer);
        fixture->cli = (struct pl_cli){
                .verbs = verbs,
                .style = { .unicode = true },
                .out = &fixture->out,
                .words = &fixture->words,
        };
}

static bool begins_or_is_empty(const struct pl_text *text, const char *wanted)
{
        return wanted[0] ? pl_span_starts_with(pl_text_span(text), wanted) : text->length == 0;
}

static int count_arguments(const char *const *arguments)
{
        int count = 0;

        while (count < ARGUMENTS_MAX && arguments[count])
                count++;
        return count;
}

static void a_command_line_is_understood_or_explained(void **state)
{
        static struct fixture fixture;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const char *arguments[ARGUMENTS_MAX + 1] = { "plimsoll" };
                enum pl_cli_exit exit_code;

                init(&fixture);
                memcpy(arguments + 1, rows[i].arguments, sizeof rows[i].arguments);
                exit_code = pl_cli_run(&fixture.cli, 1 + count_arguments(rows[i].arguments),
                                       arguments);
                assert_row(rows[i].name, exit_code == rows[i].exit_code);
                assert_row(rows[i].name, begins_or_is_empty(&fixture.words, rows[i].words));
                assert_row(rows[i].name, begins_or_is_empty(&fixture.out, rows[i].out));
        }
}

static void parse(struct fixture *fixture, const char *const *arguments)
{
        init(fixture);
        assert_int_equal(pl_cli_parse(&fixture->cli, 1 + count_arguments(arguments + 1), arguments),
                         PL_CLI_FINE);
}

static void options_may_stand_anywhere(void **state)
{
        static struct fixture fixture;
        const char *arguments[ARGUMENTS_MAX + 1] = { "plimsoll", "--json", "-q",  "dig",
                                                     "here",     "-d",     "-3m", "there" };

        (void) state;
        parse(&fixture, arguments);
        assert_ptr_equal(fixture.cli.verb, &dig);
        assert_true(fixture.cli.json);
        assert_string_equal(fixture.cli.values[0], "-3m");
        assert_string_equal(fixture.cli.values[1], "");
        assert_int_equal(fixture.cli.operand_count, 2);
        assert_string_equal(fixture.cli.operands[0], "here");
        assert_string_equal(fixture.cli.operands[1], "there");
}

static void values_may_be_attached(void **state)
{
        static struct fixture fixture;
        const char *with_equals[ARGUMENTS_MAX + 1] = { "plimsoll", "dig", "--depth=a=b" };
        const char *empty[ARGUMENTS_MAX + 1] = { "plimsoll", "dig", "--depth=" };
        const char *letter[ARGUMENTS_MAX + 1] = { "plimsoll", "dig", "-d3" };

        (void) state;
        parse(&fixture, with_equals);
        assert_string_equal(fixture.cli.values[0], "a=b");
        parse(&fixture, empty);
        assert_string_equal(fixture.cli.values[0], "");
        parse(&fixture, letter);
        assert_string_equal(fixture.cli.values[0], "3");
        assert_null(fixture.cli.values[1]);
}

static void an_option_may_be_given_again_where_the_verb_says_so(void **state)
{
        static struct fixture fixture;
        const char *arguments[ARGUMENTS_MAX + 1] = { "plimsoll", "plant", "--seed=a", "here",
                                                     "-s",       "b",     "--deep=1", "--deep=2" };
        const char *others[ARGUMENTS_MAX + 1] = { "plimsoll", "dig", "-d1", "-d2" };

        (void) state;
        parse(&fixture, arguments);
        assert_int_equal(fixture.cli.repeat_count, 2);
        assert_string_equal(fixture.cli.repeats[0], "a");
        assert_string_equal(fixture.cli.repeats[1], "b");
        assert_string_equal(fixture.cli.values[0], "b");
        assert_string_equal(fixture.cli.values[1], "2");
        assert_int_equal(fixture.cli.operand_count, 1);
        parse(&fixture, others);
        assert_int_equal(fixture.cli.repeat_count, 0);
        assert_string_equal(fixture.cli.values[0], "2");
}

static void there_is_an_end_to_repeating(void **state)
{
        static struct fixture fixture;
        const char *arguments[PL_CLI_REPEATS_MAX + 3] = { "plimsoll", "plant" };
        const int most = PL_CLI_REPEATS_MAX + 2;

        (void) state;
        for (int i = 2; i <= most; i++)
                arguments[i] = "--seed=a";
        init(&fixture);
        assert_int_equal(pl_cli_parse(&fixture.cli, most, arguments), PL_CLI_FINE);
        assert_int_equal(fixture.cli.repeat_count, PL_CLI_REPEATS_MAX);
        init(&fixture);
        assert_int_equal(pl_cli_parse(&fixture.cli, most + 1, arguments), PL_CLI_USAGE);
        assert_string_equal(fixture.words_buffer,
                            "plimsoll: option '--seed' is given more than 64 times\n");
}

static void behind_two_dashes_everything_is_an_operand(void **state)
{
        static struct fixture fixture;
        const char *arguments[ARGUMENTS_MAX + 1] = { "plimsoll", "dig", "-", "--", "--json" };

        (void) state;
        parse(&fixture, arguments);
        assert_false(fixture.cli.json);
        assert_int_equal(fixture.cli.operand_count, 2);
        assert_string_equal(fixture.cli.operands[0], "-");
        assert_string_equal(fixture.cli.operands[1], "--json");
}

static void a_program_without_any_argument_does_not_crash(void **state)
{
        static struct fixture fixture;
        const char *arguments[] = { NULL };

        (void) state;
        init(&fixture);
        assert_int_equal(pl_cli_run(&fixture.cli, 0, arguments), PL_CLI_USAGE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_command_line_is_understood_or_explained),
                cmocka_unit_test(options_may_stand_anywhere),
                cmocka_unit_test(values_may_be_attached),
                cmocka_unit_test(an_option_may_be_given_again_where_the_verb_says_so),
                cmocka_unit_test(there_is_an_end_to_repeating),
                cmocka_unit_test(behind_two_dashes_everything_is_an_operand),
                cmocka_unit_test(a_program_without_any_argument_does_not_crash),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
