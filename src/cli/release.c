/* SPDX-License-Identifier: Apache-2.0 */

#include "order.h"

enum { OPTION_ALL, OPTION_SHARED };

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Everybody who is protected or paused by name" },
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

static const uint32_t verbs = UINT32_C(1) << PL_ORDER_PROTECT | UINT32_C(1) << PL_ORDER_PAUSE;

static enum pl_cli_exit choose(struct pl_order_call *call)
{
        const struct pl_order_wanted everybody = { .verbs = verbs, .keep_for_all = true };

        return call->cli->values[OPTION_ALL] ? pl_order_release_all(call, &everybody)
                                             : pl_order_release_named(call, verbs);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        if ((cli->operand_count > 0) != (cli->values[OPTION_ALL] != NULL))
                return pl_order_run(cli, OPTION_SHARED, choose);
        pl_text_add(cli->words, "plimsoll: release needs either names of workloads or --all\n");
        return PL_CLI_USAGE;
}

const struct pl_cli_verb pl_cli_verb_release = {
        .name = "release",
        .summary = "Withdraw the orders to protect or pause a workload",
        .operands = "NAME...|--all",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Removes the files by which these workloads are protected or paused, and waits "
                "until plimsolld has taken that. What was written for a workload that is gone is "
                "found by its name. The pause of everybody is ended by 'plimsoll resume', and what "
                "lies in another directory than /run/plimsoll/policies.d is named and left: then "
                "the exit code is 1.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll release api/web", "Protected no longer" },
                        { "plimsoll release --all", "Nobody is any more" },
                        {},
                },
        .run = run,
};
