/* SPDX-License-Identifier: Apache-2.0 */

#include "live_view.h"
#include "order_daemon.h"
#include "order_settle.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { OPTION_ALL, OPTION_SHARED };

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Everybody" },
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

static enum pl_cli_exit restore_by_daemon(struct pl_order_call *call)
{
        struct pl_order_settling settling = { .goal = PL_ORDER_GOAL_RESTORED };
        enum pl_cli_exit exit_code = pl_order_turn(call, &settling);

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        exit_code = pl_order_carry_out(call);
        if (call->state == PL_ORDER_IN_FORCE && call->is_waiting) {
                settling.since_usec = call->in_force_usec;
                exit_code = pl_order_settle(call, &settling);
        }
        pl_order_say(call);
        return exit_code;
}

/* ---- without a daemon ---- */

/* By what the last one saw, or as it was given. */
static enum pl_cli_exit find_path(struct pl_order_call *call, const char *name,
                                  struct pl_text *option)
{
        struct pl_journal_row row;
        enum pl_cli_exit exit_code;

        pl_text_add(option, "--restore=");
        if (name[0] == '/') {
                pl_text_add(option, name);
                return PL_CLI_FINE;
        }
        if (!call->has_live)
                return pl_order_needs_daemon(call);
        exit_code = pl_live_find(call->cli, &call->live, name, &row);
        if (exit_code == PL_CLI_FINE && pl_live_is_cut(row.path)) {
                pl_text_add(call->cli->words,
                            "plimsoll: its path is too long to be known here: name it by that\n");
                return PL_CLI_NOT_FOUND;
        }
        pl_text_add(option, row.path);
        return exit_code;
}

static enum pl_cli_exit run_one(struct pl_order_call *call, const char *option)
{
        static struct pl_order_program program;

        pl_order_program_init(&program, call, option);
        if (!call->is_dry)
                return pl_order_program_run(call->cli, &program);
        pl_order_program_print(call->cli, &program);
        return PL_CLI_FINE;
}

static enum pl_cli_exit restore_without(struct pl_order_call *call)
{
        const struct pl_cli *cli = call->cli;
        enum pl_cli_exit exit_code = PL_CLI_FINE;

        if (cli->values[OPTION_ALL])
                return run_one(call, "--restore");
        for (size_t i = 0; exit_code == PL_CLI_FINE && i < cli->operand_count; i++) {
                char buffer[PATH_MAX];
                struct pl_text option;

                pl_text_init(&option, buffer, sizeof buffer);
                exit_code = find_path(call, cli->operands[i], &option);
                if (exit_code == PL_CLI_FINE)
                        exit_code = run_one(call, buffer);
        }
        return exit_code;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_order_call memory;
        _cleanup_(pl_cleanup_order) struct pl_order_call *call = &memory;
        enum pl_cli_exit exit_code;

        memory = (struct pl_order_call){};
        if ((cli->operand_count > 0) == (cli->values[OPTION_ALL] != NULL)) {
                pl_text_add(cli->words,
                            "plimsoll: restore needs either names of workloads or --all\n");
                return PL_CLI_USAGE;
        }
        exit_code = pl_order_begin(cli, OPTION_SHARED, call);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        return pl_order_has_daemon(call) ? restore_by_daemon(call) : restore_without(call);
}

const struct pl_cli_verb pl_cli_verb_restore = {
        .name = "restore",
        .summary = "Put back what was there before plimsolld, and leave it",
        .operands = "NAME...|--all",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Gives plimsolld the order to put back the limits and oom_score_adj that these "
                "workloads had before it wrote to them, and to leave them alone until 'plimsoll "
                "apply'. Waits up to 30 s until that is done; exits with 7 when it is not by then. "
                "Where plimsolld is not running, 'plimsolld --restore' puts them back at once. "
                "Exits with 3 when plimsolld refuses the order, and with 1 when it does not "
                "confirm it within 2 s.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll restore api/web", "Let one workload have its own limits" },
                        { "plimsoll restore --all", "As if plimsolld had never been there" },
                        { "plimsoll restore --all --dry-run", "Only show the order" },
                        {},
                },
        .run = run,
};
