/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/policy/schema.h"

#include <string.h>

#include "cli.h"
#include "plimsoll/base/nearest.h"

static enum pl_cli_exit refuse_kind(struct pl_cli *cli, const char *word,
                                    const char *const names[PL_DOCUMENT_KINDS])
{
        const char *nearest = pl_nearest(word, names, PL_DOCUMENT_KINDS);

        pl_text_add(cli->words, "plimsoll: there is no kind of policy file called '");
        pl_cli_add_plain(cli->words, cli->style,
                         pl_span(word, strnlen(word, PL_CLI_COLUMNS))); /* enough to know it by */
        pl_text_add(cli->words, "'\n");
        if (nearest)
                pl_text_addf(cli->words, "Did you mean '%s'?\n", nearest);
        else
                pl_text_addf(cli->words, "There are '%s', '%s' and '%s'.\n", names[0], names[1],
                             names[2]);
        return PL_CLI_USAGE;
}

static enum pl_cli_exit print(struct pl_cli *cli, enum pl_document_kind kind)
{
        const struct pl_json_writer_options options = {
                .sink = pl_cli_emit,
                .userdata = cli,
                .pretty = true,
        };
        struct pl_json_writer writer;
        int r;

        if (cli->json) {
                pl_cli_json_begin(cli, &writer);
                pl_json_key(&writer, "schema");
        } else {
                pl_json_writer_init(&writer, &options);
        }
        r = pl_schema_print(&writer, kind);
        if (r < 0) {
                pl_text_addf(cli->words, "plimsoll: cannot make the schema: %s\n",
                             strerrordesc_np(-r));
                return PL_CLI_FAILED;
        }
        if (cli->json)
                pl_cli_json_end(&writer);
        else
                (void) pl_json_writer_finish(&writer); /* a failure is kept and told by main() */
        return PL_CLI_FINE;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        const char *names[PL_DOCUMENT_KINDS];
        unsigned kind;

        for (kind = 0; kind < PL_DOCUMENT_KINDS; kind++)
                names[kind] = pl_document_kind_name(kind);
        if (cli->operand_count == 0)
                return print(cli, PL_DOCUMENT_KINDS);
        for (kind = 0; kind < PL_DOCUMENT_KINDS; kind++)
                if (strcmp(cli->operands[0], names[kind]) == 0)
                        return print(cli, kind);
        return refuse_kind(cli, cli->operands[0], names);
}

const struct pl_cli_verb pl_cli_verb_schema = {
        .name = "schema",
        .summary = "Print the JSON Schema of policy files",
        .operands = "[profile|host|order]",
        .operands_max = 1,
        .description =
                "Prints the JSON Schema (draft 7) of a kind of policy file, or of any policy file, "
                "for editors that complete and check while one types. It knows keys, types, units "
                "and ranges. Whether values agree with each other and with a host only "
                "'plimsoll check' can say.",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll schema", "For any policy file" },
                        { "plimsoll schema profile", "For profiles alone" },
                        {},
                },
        .run = run,
};
