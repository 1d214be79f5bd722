/* SPDX-License-Identifier: Apache-2.0 */

#include "order.h"

enum { OPTION_FOR, OPTION_UNTIL, OPTION_SHARED };

static const struct pl_cli_option options[] = {
        [OPTION_FOR] = { "for", '\0', "DURATION", "Until so long from now" },
        [OPTION_UNTIL] = { "until", '\0', "TIME", "Until then: 14:30, 2026-11-21 14:30" },
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

static enum pl_cli_exit choose(struct pl_order_call *call)
{
        const char *const *values = call->cli->values;
        enum pl_cli_exit exit_code = pl_order_take_end(call, values[OPTION_FOR],
                                                       values[OPTION_UNTIL], 0);

        return exit_code == PL_CLI_FINE ? pl_order_give_named(call, PL_ORDER_PROTECT) : exit_code;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        if (cli->operand_count > 0)
                return pl_order_run(cli, OPTION_SHARED, choose);
        pl_text_add(cli->words, "plimsoll: protect needs the name of a workload\n"
                                "'plimsoll list' has them.\n");
        return PL_CLI_USAGE;
}

const struct pl_cli_verb pl_cli_verb_protect = {
        .name = "protect",
        .summary = "Order that a workload is not ended when memory runs short",
        .operands = "NAME...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Gives plimsolld the order never to choose these workloads when it has to end "
                "somebody, for a while or until 'plimsoll release'. The kernel's own choice is not "
                "changed by it. A service of the system is meant by its unit, so that the order "
                "outlives its restart; whatever else there is by its cgroup, that one alone. The "
                "order is a file in /run/plimsoll/policies.d and ends with the host's next start. "
                "Exits with 3 when plimsolld refuses it, and with 1 when it does not confirm it "
                "within 2 s.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll protect api/web --for=2h", "While somebody looks into it" },
                        { "plimsoll protect nightly --until=06:00 --reason=import",
                          "Until tomorrow morning, and say why" },
                        { "plimsoll protect api/web --dry-run", "Only show the order" },
                        {},
                },
        .run = run,
};
