/* SPDX-License-Identifier: Apache-2.0 */

#include "order.h"

enum { OPTION_SHARED };

static const struct pl_cli_option options[] = {
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

static const uint32_t verbs = UINT32_C(1) << PL_ORDER_PAUSE;

static enum pl_cli_exit choose(struct pl_order_call *call)
{
        const struct pl_order_wanted everybody = { .verbs = verbs };

        return call->cli->operand_count > 0 ? pl_order_release_named(call, verbs)
                                            : pl_order_release_all(call, &everybody);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        return pl_order_run(cli, OPTION_SHARED, choose);
}

const struct pl_cli_verb pl_cli_verb_resume = {
        .name = "resume",
        .summary = "Withdraw the order to pause",
        .operands = "[NAME]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Removes the files by which everything is paused, or these workloads alone, and "
                "waits until plimsolld has taken that. Without a name nobody is paused any more. "
                "What lies in another directory than /run/plimsoll/policies.d is named and left: "
                "then the exit code is 1.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll resume", "Go on" },
                        { "plimsoll resume api/web", "Go on with one workload" },
                        {},
                },
        .run = run,
};
