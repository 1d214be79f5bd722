/* SPDX-License-Identifier: Apache-2.0 */

/* Why not getopt_long(): it prints its own words, knows one table where each verb has its own, takes abbreviations that
 * become ambiguous with the next option added, and cannot say what was meant. */

#include "cli.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"

/* Of a word that is not understood: a line of a terminal and a half. */
enum { QUOTED_MAX = 120 };

const struct pl_cli_option pl_cli_common_options[] = {
        { "help", 'h', NULL, "Explain the verb" },
        { "json", '\0', NULL, "Print JSON instead of text" },
        { "version", '\0', NULL, "Print the version" },
        {},
};

/* Adds the names of a table to a list of candidates, which has room for all options of a verb. */
static size_t add_names(const char **names, size_t count, const struct pl_cli_option *options)
{
        for (size_t i = 0; options && options[i].name; i++) {
                pl_assert(count < PL_CLI_OPTIONS_MAX);
                names[count++] = options[i].name;
        }
        return count;
}

/* A foreign word in quotes, cut where it would push the rest of the message out of sight. */
static void add_quoted(struct pl_text *words, const char *argument)
{
        struct pl_span quoted = pl_span_of(argument);
        bool is_long = quoted.length > QUOTED_MAX;

        if (is_long)
                quoted.length = QUOTED_MAX;
        pl_text_add(words, "'");
        pl_text_add_clean(words, quoted);
        pl_text_add(words, is_long ? "...'" : "'");
}

static enum pl_cli_exit unknown_option(struct pl_cli *cli, const char *argument,
                                       struct pl_span name)
{
        const char *names[PL_CLI_OPTIONS_MAX];
        char word[PL_CLI_NAME_MAX];
        struct pl_text text;
        const char *nearest;
        size_t count;

        pl_text_init(&text, word, sizeof word);
        pl_text_add_span(&text, name);
        count = add_names(names, 0, pl_cli_common_options);
        count = add_names(names, count, cli->verb ? cli->verb->options : NULL);
        nearest = pl_nearest(word, names, count);

        pl_text_add(cli->words, "plimsoll: unknown option ");
        add_quoted(cli->words, argument);
        pl_text_add(cli->words, "\n");
        if (nearest)
                pl_text_addf(cli->words, "Did you mean '--%s'?\n", nearest);
        else
                pl_text_addf(cli->words, "'plimsoll help%s%s' lists the options.\n",
                             cli->verb ? " " : "", cli->verb ? cli->verb->name : "");
        return PL_CLI_USAGE;
}

static const struct pl_cli_option *find_option(const struct pl_cli_option *options,
                                               struct pl_span name, char letter)
{
        for (size_t i = 0; options && options[i].name; i++)
                if (letter ? options[i].letter == letter : pl_span_equals(name, options[i].name))
                        return &options[i];
        return NULL;
}

static void set_common(struct pl_cli *cli, const struct pl_cli_option *option)
{
        if (strcmp(option->name, "help") == 0)
                cli->help = true;
        else if (strcmp(option->name, "json") == 0)
                cli->json = true;
        else
                cli->version = true;
}

/* The rest of the command line, eaten from its front. */
struct arguments {
        const char *const *rest;
        size_t count;
};

/* Where a value of one of the verb's own options is kept. */
static enum pl_cli_exit set_own(struct pl_cli *cli, const struct pl_cli_option *option,
                                const char *value)
{
        cli->values[option - cli->verb->options] = value;
        if (!cli->verb->repeated || strcmp(option->name, cli->verb->repeated) != 0)
                return PL_CLI_FINE;
        if (cli->repeat_count == PL_CLI_REPEATS_MAX) {
                pl_text_addf(cli->words, "plimsoll: option '--%s' is given more than %d times\n",
                             option->name, PL_CLI_REPEATS_MAX);
                return PL_CLI_USAGE;
        }
        cli->repeats[cli->repeat_count++] = value;
        return PL_CLI_FINE;
}

/* Gives an option its value: what stands behind '=' or the letter, or the next argument. */
static enum pl_cli_exit set_option(struct pl_cli *cli, const struct pl_cli_option *option,
                                   const char *attached, struct arguments *arguments)
{
        const char *value = attached;

        if (!option->argument && attached) {
                pl_text_addf(cli->words, "plimsoll: option '--%s' takes no value\n", option->name);
                return PL_CLI_USAGE;
        }
        if (option->argument && !value && arguments->count > 0) {
                value = *arguments->rest++;
                arguments->count--;
        }
        if (option->argument && !value) {
                pl_text_addf(cli->words, "plimsoll: option '--%s' needs a value: --%s=%s\n",
                             option->name, option->name, option->argument);
                return PL_CLI_USAGE;
        }

        if (find_option(pl_cli_common_options, pl_span_of(option->name), '\0') != option)
                return set_own(cli, option, value ? value : "");
        set_common(cli, option);
        return PL_CLI_FINE;
}

static enum pl_cli_exit parse_option(struct pl_cli *cli, const char *argument,
                                     struct arguments *arguments)
{
        bool is_long = argument[1] == '-';
        struct pl_span rest = pl_span_of(argument + (is_long ? 2 : 1));
        struct pl_span name = is_long ? pl_span_until(&rest, '=') : pl_span(rest.data, 1);
        char letter = '\0';
        const struct pl_cli_option *option;
        const char *attached = NULL;

        if (!is_long)
                letter = argument[1];
        if (is_long && strchr(argument, '='))
                attached = strchr(argument, '=') + 1;
        else if (!is_long && argument[2] != '\0')
                attached = argument + 2;

        option = find_option(pl_cli_common_options, name, letter);
        if (!option)
                option = find_option(cli->verb ? cli->verb->options : NULL, name, letter);
        if (!option)
                return unknown_option(cli, argument, is_long ? name : pl_span_of(argument + 1));
        return set_option(cli, option, attached, arguments);
}

const struct pl_cli_verb *pl_cli_find_verb(struct pl_cli *cli, const char *name)
{
        const char *names[PL_CLI_VERBS_MAX];
        const char *nearest;
        size_t count = 0;

        for (size_t i = 0; cli->verbs[i]; i++) {
                if (strcmp(cli->verbs[i]->name, name) == 0)
                        return cli->verbs[i];
                pl_assert(count < PL_ARRAY_LENGTH(names));
                names[count++] = cli->verbs[i]->name;
        }

        nearest = pl_nearest(name, names, count);
        pl_text_add(cli->words, "plimsoll: unknown verb ");
        add_quoted(cli->words, name);
        pl_text_add(cli->words, "\n");
        if (nearest)
                pl_text_addf(cli->words, "Did you mean '%s'?\n", nearest);
        else
                pl_text_add(cli->words, "'plimsoll help' lists the verbs.\n");
        return NULL;
}

static enum pl_cli_exit add_operand(struct pl_cli *cli, const char *operand)
{
        size_t max = PL_MIN(cli->verb->operands_max, (size_t) PL_CLI_OPERANDS_MAX);

        if (cli->operand_count < max) {
                cli->operands[cli->operand_count++] = operand;
                return PL_CLI_FINE;
        }
        pl_text_addf(cli->words, "plimsoll: too many arguments for '%s': ", cli->verb->name);
        add_quoted(cli->words, operand);
        pl_text_add(cli->words, "\n");
        pl_cli_add_usage(cli->words, cli->verb);
        return PL_CLI_USAGE;
}

/* The first argument that is no option. Known before the rest is read, so that an option of the verb's may stand before
 * it; the options that all verbs share take no value, so nothing before the verb can be taken for it. */
static size_t find_verb_index(const struct arguments *arguments)
{
        for (size_t i = 0; i < arguments->count; i++)
                if (arguments->rest[i][0] != '-')
                        return i;
        return arguments->count;
}

enum pl_cli_exit pl_cli_parse(struct pl_cli *cli, int count, const char *const *arguments)
{
        struct arguments left = { arguments + 1, count > 0 ? (size_t) count - 1 : 0 };
        const char *const *verb = left.rest + find_verb_index(&left);
        bool only_operands = false;
        enum pl_cli_exit exit_code = PL_CLI_FINE;

        pl_assert(cli->verbs && cli->out && cli->words);

        if (verb < left.rest + left.count) {
                cli->verb = pl_cli_find_verb(cli, *verb);
                if (!cli->verb)
                        return PL_CLI_USAGE;
        }
        while (left.count > 0 && exit_code == PL_CLI_FINE) {
                const char *const *at = left.rest++;

                left.count--;
                if (at == verb)
                        continue;
                if (!only_operands && strcmp(*at, "--") == 0)
                        only_operands = true;
                else if (!only_operands && (*at)[0] == '-' && (*at)[1] != '\0')
                        exit_code = parse_option(cli, *at, &left);
                else if (cli->verb)
                        exit_code = add_operand(cli, *at);
        }
        return exit_code;
}

enum pl_cli_exit pl_cli_run(struct pl_cli *cli, int count, const char *const *arguments)
{
        enum pl_cli_exit exit_code = pl_cli_parse(cli, count, arguments);

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (cli->version)
                return pl_cli_print_version(cli);
        if (cli->verb && cli->help)
                return pl_cli_explain_verb(cli, cli->verb);
        if (cli->verb)
                return cli->verb->run(cli);
        if (cli->help)
                return pl_cli_verb_help.run(cli);

        pl_cli_add_overview(cli, cli->words);
        return PL_CLI_USAGE;
}
