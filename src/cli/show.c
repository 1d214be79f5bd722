/* SPDX-License-Identifier: Apache-2.0 */

#include "show.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { OPTION_JOURNAL };

static const struct pl_cli_option options[] = {
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Read this journal, and not /run/plimsoll/journal" },
        {},
};

void pl_show_print_json(struct pl_cli *cli, const struct pl_show *show)
{
        const struct pl_live *live = show->board->live;
        struct pl_json_writer writer;

        pl_assert(cli && live);
        pl_assert(show->row && show->stall);

        pl_cli_json_begin(cli, &writer);
        pl_live_put_health(&writer, live);
        pl_json_key(&writer, "workload");
        pl_live_put_row(&writer, live, show->row, show->stall);
        pl_standing_put(&writer, "standing", show->board, show->row, PL_STANDING_FINE);
        pl_cli_json_end(&writer);
}

static enum pl_cli_exit answer(struct pl_cli *cli, const struct pl_live *live,
                               const struct pl_journal_row *row)
{
        _cleanup_(pl_cleanup_standing) struct pl_standing_board board = {};
        struct pl_live_stall host, stall;
        const struct pl_show show = { &board, row, &stall };

        if (pl_live_stalls(live, row, 1, &host, &stall) < 0 || pl_standing_open(live, &board) < 0)
                return pl_live_say_no_memory(cli);
        board.vm_swappiness = pl_standing_read_swappiness();
        if (cli->json)
                pl_show_print_json(cli, &show);
        else
                pl_show_print(cli, &show);
        return pl_live_is_running(live) ? PL_CLI_FINE : PL_CLI_NO_DAEMON;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        struct pl_journal_row row;
        enum pl_cli_exit exit_code;

        if (cli->operand_count == 0) {
                pl_text_add(cli->words, "plimsoll: show needs the name of a workload\n"
                                        "'plimsoll list' has them.\n");
                return PL_CLI_USAGE;
        }
        exit_code = pl_live_open_named(cli, cli->values[OPTION_JOURNAL], &live);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        pl_live_add_trouble(cli, &live);
        exit_code = pl_live_find(cli, &live, cli->operands[0], &row);
        return exit_code == PL_CLI_FINE ? answer(cli, &live, &row) : exit_code;
}

const struct pl_cli_verb pl_cli_verb_show = {
        .name = "show",
        .summary = "Show all that is known of a workload",
        .operands = "NAME",
        .operands_max = 1,
        .description =
                "Shows who a workload is, what its memory consists of and how much of that could "
                "be dropped, its limits and promises and what they come to along its path, what "
                "its "
                "profile wants and how it stands with that, and how often and for how long it "
                "wanted for memory. NAME is what 'plimsoll list' shows, "
                "a name without its profile, a unit, a path, the first four or more characters of "
                "a container's id, or the id of a cgroup. Exits with 6 when there is no such "
                "workload, with 4 when plimsolld is not running.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll show api/web", "By its profile and its name" },
                        { "plimsoll show sshd.service", "By its unit" },
                        { "plimsoll show 3f9a12c0 --json", "By a container's id, for a script" },
                        {},
                },
        .run = run,
};
