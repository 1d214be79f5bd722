/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* drill - what a drill has come to so far, as the acts of a journal tell it one after the other. */

#include "order.h"
#include "plimsoll/journal/cursor.h"

struct pl_drill_view {
        int64_t issued_sec; /* of its order */
        uint64_t id;        /* of the workload that is there for it; 0: it has not begun */
        uint64_t decision;  /* the last about it; 0: none */
        bool is_over;
        uint64_t news; /* enum pl_drill_news, when it is over */
        char words[PL_JOURNAL_WORDS_BYTES];
};

/* Whether the act is one of the drill's that is to be shown. Pure. */
bool pl_drill_view_take(struct pl_drill_view *view, const struct pl_journal_act *act);

/* Follows the drill from there to its end, and says how it went. */
enum pl_cli_exit pl_drill_show(struct pl_order_call *call, struct pl_journal_cursor *cursor);
