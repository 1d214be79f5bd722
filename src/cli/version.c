/* SPDX-License-Identifier: Apache-2.0 */

#include "cli.h"

enum pl_cli_exit pl_cli_print_version(struct pl_cli *cli)
{
        struct pl_json_writer writer;

        if (!cli->json) {
                pl_text_add(cli->out, "plimsoll " PLIMSOLL_VERSION "\n");
                return PL_CLI_FINE;
        }
        pl_cli_json_begin(cli, &writer);
        pl_json_put_string(&writer, "program", pl_span_of("plimsoll"));
        pl_json_put_string(&writer, "version", pl_span_of(PLIMSOLL_VERSION));
        pl_cli_json_end(&writer);
        return PL_CLI_FINE;
}

const struct pl_cli_verb pl_cli_verb_version = {
        .name = "version",
        .summary = "Print the version",
        .operands = "",
        .description = "Prints which version of plimsoll this is.",
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll version --json", "The same for a script" },
                        {},
                },
        .run = pl_cli_print_version,
};
