/* SPDX-License-Identifier: Apache-2.0 */

#include "cli.h"

#include <errno.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Whether words could be written is nobody's concern: there is nowhere left to say it. */
static void flush_words(struct pl_cli *cli)
{
        if (!cli->say || cli->words->length == 0)
                return;
        (void) cli->say(cli->say_data, pl_text_span(cli->words));
        pl_text_clear(cli->words);
}

int pl_cli_flush(struct pl_cli *cli)
{
        pl_assert(cli);
        pl_assert(cli->emit);

        flush_words(cli);
        if (cli->out->cut)
                return -ENOBUFS;
        if (cli->error == 0 && cli->out->length > 0) {
                int r = cli->emit(cli->emit_data, pl_text_span(cli->out));

                if (r < 0)
                        cli->error = r;
        }
        pl_text_clear(cli->out);
        return cli->error;
}

int pl_cli_emit(void *userdata, struct pl_span bytes)
{
        struct pl_cli *cli = userdata;

        pl_assert(cli);
        pl_assert(cli->out->size > 1);

        if (cli->out->cut)
                return -ENOBUFS;
        while (bytes.length > 0) {
                size_t room = cli->out->size - cli->out->length - 1;
                size_t part = PL_MIN(bytes.length, room);

                pl_text_add_span(cli->out, pl_span(bytes.data, part));
                bytes = pl_span_from(bytes, part);
                if (bytes.length > 0 && pl_cli_flush(cli) != 0)
                        break;
        }
        return cli->error;
}

void pl_cli_json_begin(struct pl_cli *cli, struct pl_json_writer *writer)
{
        const struct pl_json_writer_options options = {
                .sink = pl_cli_emit,
                .userdata = cli,
                .pretty = true,
        };

        pl_json_writer_init(writer, &options);
        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "schema_version", PL_CLI_SCHEMA_VERSION);
}

void pl_cli_json_end(struct pl_json_writer *writer)
{
        pl_json_object_end(writer);
        /* A failure is kept in the struct pl_cli and looked at when the rest is flushed. */
        (void) pl_json_writer_finish(writer);
}
