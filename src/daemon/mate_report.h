/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_report - from the journal into the system's log: what was read and not yet written, and the daemon's heartbeat on the
 * way. Never blocks and never allocates. Owns a mapping and a socket.
 */

#include <stdbool.h>
#include <stdint.h>

#include "journald.h"
#include "mate_message.h"
#include "mate_order.h"
#include "mate_watch.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/reader.h"

enum {
        /* That are looked at in one call, so that orders, deadlines and a daemon that stands still are seen in between. */
        PL_MATE_REPORT_ACTS_MAX = 64,
        /* That wait to be written: a minute's, of the most that can be done. */
        PL_MATE_DEEDS_MAX = 8,
        PL_MATE_KEPT_MAX = 16, /* as many as may be killed at a time */
};

struct pl_mate_report {
        struct pl_journald journald;
        bool to_stderr; /* instead */
        uint32_t pid;   /* the daemon's */
        uint64_t silence_usec;

        const void *map; /* NULL: nothing was shown yet */
        struct pl_journal_reader reader;
        struct pl_journal_cursor cursor; /* at the first act that is not written */
        uint32_t row_index;              /* of the workload that was looked for last */
        uint32_t kept_count;             /* so far */
        struct pl_journal_row
                kept[PL_MATE_KEPT_MAX]; /* of those that something was decided about */
        uint64_t written_count;         /* messages, of any kind */
        struct pl_watch watch;

        /* What has still to be said; figures, or 0. In this order, before any act. */
        uint64_t lost_count;
        uint64_t stuck_usec;
        uint64_t moves_usec;
        uint64_t thawed_count; /* for who has ended */
        uint32_t deed_count;
        struct pl_mate_deed deeds[PL_MATE_DEEDS_MAX];
        bool has_died; /* this last of all */

        struct pl_journal_act act;
        struct pl_journal_row row;
        struct pl_mate_message message;
};

/* A journal takes the place of the one before. FOREIGN and the like as of pl_journal_reader_init(), or an errno: then all
 * stays as it was. The fd is the caller's. */
int pl_mate_report_show(struct pl_mate_report *report, int journal_fd, uint64_t from_sequence,
                        uint64_t now_usec);
void pl_mate_report_done(struct pl_mate_report *report);

/* Listens for the heartbeat. At each tick. */
void pl_mate_report_listen(struct pl_mate_report *report, uint64_t now_usec);

/* How long the daemon has been silent, of what we saw ourselves; 0 also where nothing was shown. */
uint64_t pl_mate_report_silent_usec(const struct pl_mate_report *report);

/* Something was done in its stead. */
void pl_mate_report_add_deed(struct pl_mate_report *report, const struct pl_mate_deed *deed);

/* The daemon is no more: whether it said so. */
void pl_mate_report_end(struct pl_mate_report *report);

enum {
        PL_MATE_REPORT_E_MORE = PL_JOURNALD_E_AWAY + 1,
};

/* Writes what there is. 0: all of it; PL_MATE_REPORT_E_MORE: as much as one call writes; PL_JOURNALD_E_AWAY: some could not be
 * written now. */
int pl_mate_report_write(struct pl_mate_report *report, uint64_t now_usec);
