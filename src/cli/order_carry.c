/* SPDX-License-Identifier: Apache-2.0 */

#include "order.h"

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Only in the company of a change that somebody wants: nothing is touched for the sake of what has no effect. */
static enum pl_cli_exit prepare(struct pl_order_call *call)
{
        enum pl_cli_exit exit_code = pl_order_sweep(call);

        return exit_code == PL_CLI_FINE ? pl_order_judge(call) : exit_code;
}

static enum pl_cli_exit say_refused(struct pl_order_call *call)
{
        struct pl_cli *cli = call->cli;

        pl_text_add(cli->words, "plimsoll: plimsolld has refused the policy as it was then");
        if (call->refused[0] != '\0') {
                pl_text_add(cli->words, ": ");
                pl_cli_add_plain(cli->words, cli->style, pl_span_of(call->refused));
        }
        pl_text_addf(cli->words, "\nWhat was written has been taken back.\n%s plimsoll check\n",
                     pl_live_arrow(cli->style));
        return PL_CLI_POLICY;
}

static enum pl_cli_exit say_unconfirmed(struct pl_order_call *call)
{
        struct pl_cli *cli = call->cli;

        pl_text_add(cli->words, "plimsoll: the order lies in ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(call->directory));
        pl_text_addf(cli->words,
                     ", and plimsolld has not said that it is in force%s\n"
                     "%s plimsoll status; systemctl status plimsolld\n",
                     call->live.health == PL_LIVE_STUCK ? ": it is stuck" : "",
                     pl_live_arrow(cli->style));
        return PL_CLI_FAILED;
}

static enum pl_cli_exit say_taken_away(struct pl_order_call *call)
{
        const struct pl_order_change *undone = call->undone;
        struct pl_cli *cli = call->cli;

        pl_assert(undone);

        pl_text_addf(cli->words, "plimsoll: somebody else has %s ",
                     undone->text ? "changed or removed" : "written");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(call->directory));
        pl_text_add(cli->words, "/");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(undone->name));
        pl_text_addf(cli->words, " meanwhile: that order %s\n",
                     undone->text ? "does not hold" : "is not withdrawn");
        return PL_CLI_FAILED;
}

/* Nobody is there to say anything, or nobody is asked. */
static enum pl_cli_exit leave_it_there(struct pl_order_call *call)
{
        call->state = PL_ORDER_WRITTEN;
        if (!pl_order_has_daemon(call))
                pl_text_add(call->cli->words,
                            "plimsoll: plimsolld is not running; it will find this when it "
                            "starts\n");
        return PL_CLI_FINE;
}

enum pl_cli_exit pl_order_carry_out(struct pl_order_call *call)
{
        enum pl_cli_exit exit_code;

        pl_assert(call && call->state == PL_ORDER_NOTHING);

        if (call->change_count == 0)
                return PL_CLI_FINE;
        exit_code = prepare(call);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (call->is_dry) {
                call->state = PL_ORDER_DRY;
                return PL_CLI_FINE;
        }
        exit_code = pl_order_write(call);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (!pl_order_has_daemon(call) || !call->is_waiting)
                return leave_it_there(call);
        pl_order_wait(call);
        if (call->state == PL_ORDER_IN_FORCE)
                return PL_CLI_FINE;
        if (call->state == PL_ORDER_UNCONFIRMED)
                return say_unconfirmed(call);
        if (call->state == PL_ORDER_TAKEN_AWAY)
                return say_taken_away(call);
        pl_order_take_back(call);
        return say_refused(call);
}

enum pl_cli_exit pl_order_run(struct pl_cli *cli, unsigned first,
                              enum pl_cli_exit (*choose)(struct pl_order_call *call))
{
        static struct pl_order_call memory;
        _cleanup_(pl_cleanup_order) struct pl_order_call *call = &memory;
        enum pl_cli_exit exit_code, chosen;

        pl_assert(choose);

        exit_code = pl_order_begin(cli, first, call);
        chosen = exit_code == PL_CLI_FINE ? choose(call) : exit_code;
        /* What could not be taken back for lying elsewhere is a failure, and all else is done nevertheless. */
        if (chosen != PL_CLI_FINE && (chosen != PL_CLI_FAILED || call->change_count == 0))
                return chosen;
        exit_code = pl_order_carry_out(call);
        pl_order_say(call);
        return exit_code != PL_CLI_FINE ? exit_code : chosen;
}
