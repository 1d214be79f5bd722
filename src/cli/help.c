/* SPDX-License-Identifier: Apache-2.0 */

/* All of the help is made from the table of verbs. `plimsoll help --json` says the same for completions and for the test
 * that compares it with the manual pages. */

#include <string.h>

#include "cli.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Where the second column of a list begins: "  -h, --help" and a gap. */
enum { SECOND_COLUMN = 18 };

static const struct {
        enum pl_cli_exit code;
        const char *meaning;
} exit_codes[] = {
        { PL_CLI_FINE, "fine" },
        { PL_CLI_FAILED, "failed" },
        { PL_CLI_USAGE, "the command line makes no sense" },
        { PL_CLI_POLICY, "a policy file is not valid, or an order was refused" },
        { PL_CLI_NO_DAEMON, "plimsolld is not running" },
        { PL_CLI_DENIED, "not permitted" },
        { PL_CLI_NOT_FOUND, "nothing of that name, or no profile that matches" },
        { PL_CLI_FINDINGS, "something was found that wants attention" },
        { PL_CLI_HOST_CANNOT, "plimsolld cannot run on this host" },
};

static void add_entry(struct pl_cli *cli, struct pl_text *text, const char *term, const char *words)
{
        size_t columns = 2 + pl_cli_columns(pl_span_of(term));

        pl_text_addf(text, "  %s", term);
        if (columns + 2 > SECOND_COLUMN) {
                pl_text_add(text, "\n");
                columns = 0;
        }
        pl_cli_add_blanks(text, SECOND_COLUMN - columns);
        pl_cli_add_wrapped(text, cli->style, SECOND_COLUMN, SECOND_COLUMN, words);
}

static void add_options(struct pl_cli *cli, struct pl_text *text,
                        const struct pl_cli_option *options)
{
        char buffer[2 * PL_CLI_NAME_MAX];
        struct pl_text term;

        for (size_t i = 0; options && options[i].name; i++) {
                pl_text_init(&term, buffer, sizeof buffer);
                if (options[i].letter)
                        pl_text_addf(&term, "-%c, ", options[i].letter);
                else
                        pl_text_add(&term, "    ");
                pl_text_addf(&term, "--%s", options[i].name);
                if (options[i].argument)
                        pl_text_addf(&term, "=%s", options[i].argument);
                add_entry(cli, text, term.data, options[i].help);
        }
}

/* Two lines each, the purpose first, as a shell's comment: it can be copied whole. */
static void add_examples(struct pl_text *text, const struct pl_cli_example *examples)
{
        pl_text_add(text, "\nExamples:\n");
        for (size_t i = 0; examples[i].command; i++)
                pl_text_addf(text, "  # %s\n  %s\n", examples[i].purpose, examples[i].command);
}

void pl_cli_add_overview(struct pl_cli *cli, struct pl_text *text)
{
        char code[4];
        struct pl_text term;

        pl_cli_add_wrapped(text, cli->style, 0, 0,
                           "plimsoll shows what plimsolld, the memory supervisor of a container "
                           "host, sees and does, and gives it orders. It reads what the daemon "
                           "wrote; an order is a file that the daemon finds.");
        pl_text_add(text, "\nUsage: plimsoll VERB [OPTION]...\n\nVerbs:\n");
        for (size_t i = 0; cli->verbs[i]; i++)
                add_entry(cli, text, cli->verbs[i]->name, cli->verbs[i]->summary);
        pl_text_add(text, "\nOptions of every verb:\n");
        add_options(cli, text, pl_cli_common_options);
        pl_text_add(text, "\nExit codes:\n");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(exit_codes); i++) {
                pl_text_init(&term, code, sizeof code);
                pl_text_add_u64(&term, exit_codes[i].code);
                add_entry(cli, text, term.data, exit_codes[i].meaning);
        }
        add_examples(text, pl_cli_verb_help.examples);
        pl_text_add(text, "\nMore is in the manual: man plimsoll\n");
}

static void put_options(struct pl_json_writer *writer, const struct pl_cli_option *options)
{
        pl_json_key(writer, "options");
        pl_json_array_begin(writer);
        for (size_t i = 0; options && options[i].name; i++) {
                pl_json_object_begin(writer);
                pl_json_put_string(writer, "name", pl_span_of(options[i].name));
                if (options[i].letter)
                        pl_json_put_string(writer, "letter", pl_span(&options[i].letter, 1));
                if (options[i].argument)
                        pl_json_put_string(writer, "argument", pl_span_of(options[i].argument));
                pl_json_put_string(writer, "help", pl_span_of(options[i].help));
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
}

/* The members of a verb's object, without its brackets. */
static void put_verb(struct pl_json_writer *writer, const struct pl_cli_verb *verb)
{
        pl_json_put_string(writer, "name", pl_span_of(verb->name));
        pl_json_put_string(writer, "summary", pl_span_of(verb->summary));
        pl_json_put_string(writer, "operands", pl_span_of(verb->operands));
        pl_json_put_string(writer, "description", pl_span_of(verb->description));
        put_options(writer, verb->options);
        pl_json_key(writer, "examples");
        pl_json_array_begin(writer);
        for (size_t i = 0; verb->examples[i].command; i++) {
                pl_json_object_begin(writer);
                pl_json_put_string(writer, "command", pl_span_of(verb->examples[i].command));
                pl_json_put_string(writer, "purpose", pl_span_of(verb->examples[i].purpose));
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
}

static void put_overview(struct pl_cli *cli, struct pl_json_writer *writer)
{
        put_options(writer, pl_cli_common_options);
        pl_json_key(writer, "verbs");
        pl_json_array_begin(writer);
        for (size_t i = 0; cli->verbs[i]; i++) {
                pl_json_object_begin(writer);
                put_verb(writer, cli->verbs[i]);
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
        pl_json_key(writer, "exit_codes");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(exit_codes); i++) {
                pl_json_object_begin(writer);
                pl_json_put_u64(writer, "code", exit_codes[i].code);
                pl_json_put_string(writer, "meaning", pl_span_of(exit_codes[i].meaning));
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
}

void pl_cli_add_usage(struct pl_text *text, const struct pl_cli_verb *verb)
{
        pl_text_addf(text, "Usage: plimsoll %s%s%s [OPTION]...\n", verb->name,
                     verb->operands[0] ? " " : "", verb->operands);
}

enum pl_cli_exit pl_cli_explain_verb(struct pl_cli *cli, const struct pl_cli_verb *verb)
{
        struct pl_json_writer writer;

        pl_assert(verb);

        if (cli->json) {
                pl_cli_json_begin(cli, &writer);
                put_verb(&writer, verb);
                pl_cli_json_end(&writer);
                return PL_CLI_FINE;
        }
        pl_text_addf(cli->out, "%s.\n\n", verb->summary);
        pl_cli_add_usage(cli->out, verb);
        pl_text_add(cli->out, "\n");
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, verb->description);
        pl_text_add(cli->out, "\nOptions:\n");
        add_options(cli, cli->out, verb->options);
        add_options(cli, cli->out, pl_cli_common_options);
        add_examples(cli->out, verb->examples);
        return PL_CLI_FINE;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        const struct pl_cli_verb *verb;
        struct pl_json_writer writer;

        if (cli->operand_count > 0) {
                verb = pl_cli_find_verb(cli, cli->operands[0]);
                return verb ? pl_cli_explain_verb(cli, verb) : PL_CLI_USAGE;
        }
        if (!cli->json) {
                pl_cli_add_overview(cli, cli->out);
                return PL_CLI_FINE;
        }
        pl_cli_json_begin(cli, &writer);
        put_overview(cli, &writer);
        pl_cli_json_end(&writer);
        return PL_CLI_FINE;
}

const struct pl_cli_verb pl_cli_verb_help = {
        .name = "help",
        .summary = "Explain a verb, or list them all",
        .operands = "[VERB]",
        .operands_max = 1,
        .description = "Explains a verb with its options and some examples. Without a verb, lists "
                       "all of them, the options they share, and the exit codes.",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll doctor",
                          "Find out whether this host has what plimsolld needs" },
                        { "plimsoll help doctor", "Read about a verb" },
                        {},
                },
        .run = run,
};
