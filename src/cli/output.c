/* SPDX-License-Identifier: Apache-2.0 */

#include "cli.h"

void pl_cli_json_begin(struct pl_cli *cli, struct pl_json_writer *writer)
{
        const struct pl_json_writer_options options = {
                .sink = pl_json_sink_text,
                .userdata = cli->out,
                .pretty = true,
        };

        pl_json_writer_init(writer, &options);
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "schema_version", PL_CLI_SCHEMA_VERSION);
}

void pl_cli_json_end(struct pl_json_writer *writer)
{
        pl_json_object_end(writer);
        /* The text's own mark of having been cut is looked at when it is written. */
        (void) pl_json_writer_finish(writer);
}
