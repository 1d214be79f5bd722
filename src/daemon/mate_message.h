/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_message - what is said in the system's log: a sentence, and the same in fields for machines. Pure. All of it is
 * cleaned, for `journalctl -x` prints fields on terminals.
 */

#include "journald.h"
#include "mate_ids.h"
#include "plimsoll/journal/act.h"
#include "plimsoll/journal/board.h"
#include "plimsoll/journal/sentence.h"

struct pl_mate_message {
        uint64_t at_usec; /* CLOCK_BOOTTIME */
        struct pl_text words;
        char buffer[PL_JOURNAL_SENTENCE_MAX];
        struct pl_journald_message fields;
};

/* The cgroup that the act is about, or 0. */
uint64_t pl_mate_act_subject(const struct pl_journal_act *act);

/* An act that pl_mate_reports(). The row is that of its cgroup, or NULL where the board has none (any more). */
void pl_mate_message_act(struct pl_mate_message *message, const struct pl_journal_act *act,
                         const struct pl_journal_row *row);

/* Of PL_MATE_ACTED alone `outcome`, `name` and `row`: what became of it, and whom it was done to; the row may be NULL. */
struct pl_mate_fact {
        enum pl_mate_news news;
        uint64_t at_usec;
        uint32_t pid;         /* the daemon's */
        uint64_t figure;      /* microseconds, or how many were lost or let go */
        bool without_systemd; /* nobody starts it again */
        const struct pl_outcome *outcome;
        const char *name;
        const struct pl_journal_row *row;
};

void pl_mate_message_news(struct pl_mate_message *message, const struct pl_mate_fact *fact);
