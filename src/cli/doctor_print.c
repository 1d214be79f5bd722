/* SPDX-License-Identifier: Apache-2.0 */

/* The answer comes first, then what is wrong, then what to know, then what could not be found out, and last what is well:
 * who reads only the first screen has read what matters. JSON keeps the order of the topics. */

#include <string.h>

#include "doctor.h"
#include "plimsoll/base/assert.h"

/* Behind the mark, its blank and the longest title, "release after a kill". */
enum { TITLE_COLUMNS = 22 };

static size_t second_column(struct pl_cli_style style)
{
        return pl_cli_mark_columns(style) + 1 + TITLE_COLUMNS;
}

static void print_indented(struct pl_cli *cli, const char *lead, const char *words)
{
        size_t indent = second_column(cli->style);
        size_t hang = indent + pl_cli_columns(pl_span_of(lead));

        pl_cli_add_blanks(cli->out, indent);
        pl_text_add(cli->out, lead);
        pl_cli_add_wrapped(cli->out, cli->style, hang, hang, words);
}

static void print_finding(struct pl_cli *cli, const struct pl_doctor_finding *finding)
{
        const char *arrow = cli->style.unicode ? "\xE2\x86\x92 " : "-> ";
        size_t column = second_column(cli->style), width = strlen(finding->title);

        pl_assert(width < TITLE_COLUMNS);

        pl_cli_add_mark(cli->out, cli->style, finding->mark);
        pl_text_addf(cli->out, " %s", finding->title);
        pl_cli_add_blanks(cli->out, TITLE_COLUMNS - width);
        pl_cli_add_wrapped(cli->out, cli->style, column, column, finding->found);
        if (finding->why[0] != '\0')
                print_indented(cli, "", finding->why);
        for (size_t i = 0; i < finding->advice_count; i++)
                print_indented(cli, arrow, finding->advice[i]);
}

static void add_count(struct pl_text *text, size_t count, const char *one, const char *many)
{
        if (count > 0)
                pl_text_addf(text, "%s%zu %s", text->length > 0 ? ", " : "", count,
                             count == 1 ? one : many);
}

static const char *verdict(const struct pl_doctor_report *report)
{
        if (!report->can_run)
                return "plimsolld cannot run here.";
        return report->problem_count > 0 ? "plimsolld can run here, but not do all of its work."
                                         : "plimsolld can run here.";
}

static void print_summary(struct pl_cli *cli, const struct pl_doctor_report *report)
{
        char buffer[PL_CLI_COLUMNS * 2];
        struct pl_text counts;

        pl_text_init(&counts, buffer, sizeof buffer);
        add_count(&counts, report->problem_count, "problem", "problems");
        add_count(&counts, report->warning_count, "warning", "warnings");
        add_count(&counts, report->not_known_count, "not known", "not known");
        if (counts.length == 0)
                pl_text_add(&counts, "Nothing is missing");
        pl_text_addf(&counts, ". %s", verdict(report));
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, counts.data);
}

static const char *name_or(const char *name, const char *otherwise)
{
        return name[0] != '\0' ? name : otherwise;
}

static void print_heading(struct pl_cli *cli, const struct pl_features *features,
                          const struct pl_doctor_report *report)
{
        char buffer[PL_DOCTOR_WORDS_MAX];
        struct pl_text heading;

        pl_text_init(&heading, buffer, sizeof buffer);
        pl_text_addf(&heading, "%s, Linux %s: %s", name_or(features->host_name, "This host"),
                     name_or(features->kernel_release, "of a version that is not known"),
                     verdict(report));
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, heading.data);
        pl_text_add(cli->out, "\n");
}

void pl_doctor_print(struct pl_cli *cli, const struct pl_doctor_facts *facts,
                     const struct pl_doctor_report *report)
{
        static const enum pl_cli_mark order[] = {
                PL_CLI_MARK_PROBLEM,
                PL_CLI_MARK_WARNING,
                PL_CLI_MARK_NOT_KNOWN,
                PL_CLI_MARK_OK,
        };

        print_heading(cli, &facts->features, report);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(order); i++)
                for (size_t j = 0; j < report->count; j++)
                        if (report->findings[j].mark == order[i])
                                print_finding(cli, &report->findings[j]);
        pl_text_add(cli->out, "\n");
        print_summary(cli, report);
}
