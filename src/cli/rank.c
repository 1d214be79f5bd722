/* SPDX-License-Identifier: Apache-2.0 */

#include "rank_from.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { OPTION_ALL, OPTION_AT, OPTION_FROM, OPTION_JOURNAL, OPTION_VERIFY };

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Also list who may not be taken, and why" },
        [OPTION_AT] = { "at", '\0', "TIME", "With --from: as of then, and not as of its end" },
        [OPTION_FROM] = { "from", '\0', "FILE",
                          "Judge again what this journal says, and show the order that comes out" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Read this journal, and not /run/plimsoll/journal" },
        [OPTION_VERIFY] = { "verify", '\0', NULL,
                            "With --from: say whether all is decided again as it was" },
        {},
};

static size_t terminal_columns(struct pl_cli_style style)
{
        struct winsize size;

        if (!style.terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
            size.ws_col < PL_CLI_COLUMNS)
                return PL_CLI_COLUMNS;
        return size.ws_col;
}

/* ---- what is asked for ---- */

enum pl_cli_exit pl_rank_find_names(struct pl_cli *cli, const struct pl_live *live,
                                    struct pl_rank_request *request)
{
        pl_assert(cli && live);
        pl_assert(request && cli->operand_count <= PL_CLI_OPERANDS_MAX);

        for (size_t i = 0; i < cli->operand_count; i++) {
                struct pl_journal_row row;
                enum pl_cli_exit exit_code = pl_live_find(cli, live, cli->operands[i], &row);

                if (exit_code != PL_CLI_FINE)
                        return exit_code;
                request->ids[request->name_count++] = row.id;
        }
        return PL_CLI_FINE;
}

static enum pl_cli_exit say_usage(struct pl_cli *cli, const char *words)
{
        pl_text_addf(cli->words, "plimsoll: %s\n", words);
        return PL_CLI_USAGE;
}

static enum pl_cli_exit take_from(struct pl_cli *cli, struct pl_rank_from *ret_from)
{
        *ret_from = (struct pl_rank_from){
                .path = cli->values[OPTION_FROM],
                .at = cli->values[OPTION_AT],
                .verify = cli->values[OPTION_VERIFY] != NULL,
        };
        if (!ret_from->path && (ret_from->at || ret_from->verify))
                return say_usage(cli, "--at and --verify go with --from=FILE, a copy of a journal");
        if (ret_from->path && cli->values[OPTION_JOURNAL])
                return say_usage(cli, "--from and --journal are two journals: give one");
        if (ret_from->verify && (ret_from->at || cli->operand_count > 0))
                return say_usage(cli, "--verify is of all steps and of everybody: leave out --at "
                                      "and names");
        return PL_CLI_FINE;
}

/* ---- the answer ---- */

static enum pl_cli_exit say_no_ranking(struct pl_cli *cli, const struct pl_live *live, int r)
{
        if (r == -ENOMEM)
                return pl_live_say_no_memory(cli);
        pl_text_add(cli->words, r == PL_JOURNAL_E_EMPTY
                                        ? "plimsoll: there is no ranking yet: plimsolld has "
                                          "judged nothing since it started\n"
                                        : "plimsoll: the ranking in the journal is damaged\n");
        return pl_live_is_running(live) ? PL_CLI_FAILED : PL_CLI_NO_DAEMON;
}

enum pl_cli_exit pl_rank_answer(struct pl_cli *cli, const struct pl_rank_board *board,
                                const struct pl_rank_request *request)
{
        _cleanup_(pl_rank_done) struct pl_rank rank = {};

        pl_assert(cli && board);
        pl_assert(request);

        if (pl_rank_pick(board, &rank) < 0)
                return pl_live_say_no_memory(cli);
        if (cli->json)
                pl_rank_print_json(cli, &rank, request);
        else
                pl_rank_print(cli, &rank, request);
        return board->is_replayed || pl_live_is_running(board->live) ? PL_CLI_FINE
                                                                     : PL_CLI_NO_DAEMON;
}

static enum pl_cli_exit answer_now(struct pl_cli *cli, const struct pl_live *live,
                                   const struct pl_rank_request *request)
{
        _cleanup_close_ int cgroup_fd = open("/sys/fs/cgroup", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        const struct pl_roots roots = { cgroup_fd, proc_fd, -1, -1 };
        _cleanup_(pl_rank_close) struct pl_rank_board board = {};
        int r = pl_rank_open(live, cgroup_fd >= 0 && proc_fd >= 0 ? &roots : NULL, &board);

        return r == 0 ? pl_rank_answer(cli, &board, request) : say_no_ranking(cli, live, r);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        struct pl_rank_request request = {
                .all = cli->values[OPTION_ALL] != NULL,
                .columns = terminal_columns(cli->style),
        };
        struct pl_rank_from from;
        enum pl_cli_exit exit_code = take_from(cli, &from);

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (from.path)
                return pl_rank_from(cli, &from, &request);
        exit_code = pl_live_open_named(cli, cli->values[OPTION_JOURNAL], &live);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        pl_live_add_trouble(cli, &live);
        exit_code = pl_rank_find_names(cli, &live, &request);
        return exit_code == PL_CLI_FINE ? answer_now(cli, &live, &request) : exit_code;
}

const struct pl_cli_verb pl_cli_verb_rank = {
        .name = "rank",
        .summary = "Say who goes first when memory runs short, and who the kernel would take",
        .operands = "[NAME]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Shows in which order workloads would be ended if the host ran short of memory "
                "now, with what the order is made of, and beside it the order in which the "
                "kernel's own OOM killer would go; where the two part it says why. "
                "plimsoll-ranking(7) has the rules. Names ask about some alone. With --from it "
                "takes "
                "the steps of a journal again, of a copy or of another host, and shows the order "
                "after them; with --verify, whether each decision comes out as it was, and exits "
                "with 1 if not. Exits with 6 when there is no such workload, with 4 when "
                "plimsolld is not running. Changes nothing.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll rank", "Who would go first?" },
                        { "plimsoll rank api/web", "Where does one stand?" },
                        { "plimsoll rank --all", "Who may not be taken, and why?" },
                        { "plimsoll rank --from=journal.copy --verify",
                          "Would this build decide as that one did?" },
                        {},
                },
        .run = run,
};
