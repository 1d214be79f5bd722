/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* order_settle - orders that set limits in motion, to apply and to restore: given, and waited for until what was ordered has
 * been done, which is looked up in the journal, row by row.
 */

#include "live.h"
#include "order.h"

enum pl_order_goal {
        PL_ORDER_GOAL_APPLIED, /* each limit is in force, or it is settled that it will not be soon */
        PL_ORDER_GOAL_RESTORED, /* nothing of ours is left */
};

struct pl_order_settling {
        enum pl_order_goal goal;
        uint64_t since_usec; /* rows from before say nothing */
        size_t id_count;     /* 0: everybody */
        uint64_t ids[PL_CLI_OPERANDS_MAX];
};

/* Whom the verb names, or everybody, gets the order that has this goal, and what said the contrary goes. */
enum pl_cli_exit pl_order_turn(struct pl_order_call *call, struct pl_order_settling *settling);

/* Of one workload, which is also settled where a pause keeps it from being restored. Pure. */
bool pl_order_is_settled(const struct pl_live *live, const struct pl_order_settling *settling,
                         const struct pl_journal_row *row);

/* Of how many that is not so. *ret_first is the first of them. */
size_t pl_order_count_unsettled(const struct pl_live *live,
                                const struct pl_order_settling *settling,
                                struct pl_journal_row *ret_first);

/* Waits until nobody is left, for as long as call->patience_usec says; on a terminal with how many those are meanwhile.
 * PL_CLI_FINDINGS where some are, or are paused and cannot be restored, which is said in words. */
enum pl_cli_exit pl_order_settle(struct pl_order_call *call,
                                 const struct pl_order_settling *settling);
