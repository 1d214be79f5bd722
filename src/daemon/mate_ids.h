/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_ids - the MESSAGE_ID of each kind of message: what an operator filters by, and what systemd/plimsoll.catalog explains.
 * They are random, and stay what they are for ever. Plain data.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/journal/act.h"

/* What the mate has to say of its own accord. */
enum pl_mate_news {
        PL_MATE_STUCK,
        PL_MATE_MOVES,
        PL_MATE_DIED,
        PL_MATE_LOST,
        PL_MATE_ACTED,  /* it has done something to a workload, while the daemon stood still */
        PL_MATE_THAWED, /* the daemon has ended, and what it held still goes on */
        PL_MATE_NEWS,
};

/* Whether an act is for the system's log. Who comes and goes are thousands, each gets its limits, and verdicts are taken at
 * every step: those are in `plimsoll events`. */
bool pl_mate_reports(uint32_t type);

/* NULL for a note of a code that is not known. */
const char *pl_mate_act_id(const struct pl_journal_act *act);
const char *pl_mate_news_id(enum pl_mate_news news);
