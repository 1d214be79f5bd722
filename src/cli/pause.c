/* SPDX-License-Identifier: Apache-2.0 */

/* The stop button. It works without a daemon as well: whoever presses it before starting plimsolld wants it to begin with
 * doing nothing. A pause that nobody ends would leave a host without its guard for good; so each ends by itself.
 */

#include "order.h"
#include "plimsoll/base/clock.h"

enum { OPTION_FOR, OPTION_UNTIL, OPTION_SHARED };

/* Long enough to look at what goes wrong, and short enough to be forgotten. */
#define USUAL_USEC PL_USEC_PER_HOUR

static const struct pl_cli_option options[] = {
        [OPTION_FOR] = { "for", '\0', "DURATION", "Until so long from now; 1h if not given" },
        [OPTION_UNTIL] = { "until", '\0', "TIME", "Until then: 14:30, 2026-11-21 14:30" },
        PL_ORDER_SHARED_OPTIONS(OPTION_SHARED),
        {},
};

static enum pl_cli_exit choose(struct pl_order_call *call)
{
        const struct pl_cli *cli = call->cli;
        enum pl_cli_exit exit_code = pl_order_take_end(call, cli->values[OPTION_FOR],
                                                       cli->values[OPTION_UNTIL], USUAL_USEC);

        if (exit_code != PL_CLI_FINE)
                return exit_code;
        return cli->operand_count > 0 ? pl_order_give_named(call, PL_ORDER_PAUSE)
                                      : pl_order_give(call, PL_ORDER_PAUSE, NULL);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        return pl_order_run(cli, OPTION_SHARED, choose);
}

const struct pl_cli_verb pl_cli_verb_pause = {
        .name = "pause",
        .summary = "Order that plimsolld does nothing for a while",
        .operands = "[NAME]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Gives plimsolld the order to do nothing, to anybody or to these workloads alone: "
                "limits stay as they are and are not repaired, and nobody is ended. It goes on "
                "looking and writing down what it sees. A pause ends by itself, after an hour if "
                "nothing else is said, or with 'plimsoll resume'. Where plimsolld is not running "
                "it will begin with the pause. Exits with 3 when plimsolld refuses the order, and "
                "with 1 when it does not confirm it within 2 s.",
        .options = options,
        .repeated = PL_ORDER_REPEATED,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll pause", "Stop everything, for an hour" },
                        { "plimsoll pause --for=10min --reason=upgrade", "For ten minutes" },
                        { "plimsoll pause api/web", "Leave one workload alone" },
                        {},
                },
        .run = run,
};
