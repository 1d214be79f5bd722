/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/model/workload.h"

/* Without the profile before it, or the path. */
static const char *bare(const char *name)
{
        const char *slash = strrchr(name, '/');

        return slash ? slash + 1 : name;
}

/* Somebody who is gone, as far as the name goes that files have; or the number of his cgroup. */
static struct pl_journal_row remembered(const char *name)
{
        struct pl_journal_row row = { .kind = PL_WORKLOAD_PLAIN, .profile = UINT32_MAX };

        (void) pl_span_to_u64(pl_span_of(name), &row.id);
        pl_journal_set_text(row.name, sizeof row.name, pl_span_of(bare(name)));
        return row;
}

/* What pl_live_find() has to say against the name is kept for where nothing else is found by it. */
static enum pl_cli_exit find(struct pl_order_call *call, const char *name, struct pl_text *unsaid,
                             struct pl_journal_row *ret_row)
{
        struct pl_cli quiet = *call->cli;
        enum pl_cli_exit exit_code = PL_CLI_NOT_FOUND;

        quiet.words = unsaid;
        if (call->has_live)
                exit_code = pl_live_find(&quiet, &call->live, name, ret_row);
        if (exit_code == PL_CLI_NOT_FOUND)
                *ret_row = remembered(name);
        return exit_code;
}

static enum pl_cli_exit say_nothing_found(struct pl_cli *cli, const char *name)
{
        pl_text_add(cli->words, "plimsoll: there is no such order for '");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(name));
        pl_text_add(cli->words, "'\n");
        return PL_CLI_FINE;
}

static enum pl_cli_exit release(struct pl_order_call *call, uint32_t verbs, const char *name)
{
        struct pl_journal_row row;
        struct pl_order_wanted wanted = {
                .verbs = verbs,
                .row = &row,
                .live = call->has_live ? &call->live : NULL,
        };
        char buffer[PL_CLI_COLUMNS * 32];
        size_t before = call->change_count, elsewhere;
        enum pl_cli_exit found, exit_code;
        struct pl_text unsaid;

        pl_text_init(&unsaid, buffer, sizeof buffer);
        found = find(call, name, &unsaid, &row);
        if (found != PL_CLI_FINE && found != PL_CLI_NOT_FOUND) {
                pl_text_add(call->cli->words, buffer);
                return found;
        }
        wanted.gone = found == PL_CLI_FINE ? NULL : bare(name);
        exit_code = pl_order_withdraw(call, &wanted, &elsewhere);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (elsewhere > 0)
                return PL_CLI_FAILED;
        if (call->change_count > before)
                return PL_CLI_FINE;
        if (found == PL_CLI_FINE || unsaid.length == 0)
                return say_nothing_found(call->cli, name);
        pl_text_add(call->cli->words, buffer);
        return found;
}

enum pl_cli_exit pl_order_release_named(struct pl_order_call *call, uint32_t verbs)
{
        const struct pl_cli *cli = call->cli;
        enum pl_cli_exit result = PL_CLI_FINE;

        pl_assert(verbs != 0);

        for (size_t i = 0; i < cli->operand_count; i++) {
                enum pl_cli_exit exit_code = release(call, verbs, cli->operands[i]);

                if (exit_code != PL_CLI_FINE && exit_code != PL_CLI_FAILED)
                        return exit_code;
                result = result == PL_CLI_FINE ? exit_code : result;
        }
        return result;
}

enum pl_cli_exit pl_order_release_all(struct pl_order_call *call,
                                      const struct pl_order_wanted *wanted)
{
        size_t elsewhere;
        enum pl_cli_exit exit_code;

        pl_assert(wanted && !wanted->row);

        exit_code = pl_order_withdraw(call, wanted, &elsewhere);
        if (exit_code == PL_CLI_FINE && elsewhere == 0 && call->change_count == 0)
                pl_text_add(call->cli->words, "plimsoll: there is no such order\n");
        return exit_code == PL_CLI_FINE && elsewhere > 0 ? PL_CLI_FAILED : exit_code;
}
