/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* diff - what is wanted of the limits of workloads beside what there is, as the journal has it: picked (diff.c), then printed
 * as a table or as JSON (diff_print.c).
 */

#include "live_standing.h"

struct pl_diff_request {
        const char *journal;      /* the file; NULL: that of the plimsolld that runs */
        const char *const *names; /* of workloads, as pl_live_find() takes them */
        size_t name_count;        /* 0: everybody of whom something is wanted, slices too */
        bool all;                 /* also what is as wanted */
        bool is_over; /* the journal is of a plimsolld that was run for this, and has ended as it should */
        bool rehearsal; /* the same, and it was run to find out what it would do */
};

/* Prints it, as text or as JSON. PL_CLI_FINE when nothing differs, PL_CLI_FINDINGS when something does; else what opening the
 * journal or finding a name came to, said in words. Where plimsolld is not running what was seen last is printed, and it
 * is PL_CLI_NO_DAEMON; but not of one that was run for this. */
enum pl_cli_exit pl_diff_show(struct pl_cli *cli, const struct pl_diff_request *request);

/* ---- its parts ---- */

struct pl_diff_entry {
        const struct pl_journal_row *row; /* of the board */
        enum pl_standing_verdict verdict;
        char name[PL_LIVE_NAME_BYTES]; /* any bytes */
};

struct pl_diff {
        const struct pl_diff_request *request; /* borrowed, as is the board */
        const struct pl_standing_board *board;
        size_t count;
        struct pl_diff_entry *entries;    /* by their names */
        struct pl_standing_count counted; /* of `entries` */
        size_t left_count; /* with something that is left as it is, and nothing that differs */
};

/* Those of these ids, or for none everybody of whom something is wanted. 0 or -ENOMEM; to be done with in either case. */
int pl_diff_pick(const struct pl_standing_board *board, const struct pl_diff_request *request,
                 const uint64_t *ids, struct pl_diff *ret_diff);
void pl_diff_done(struct pl_diff *diff);

void pl_diff_print(struct pl_cli *cli, const struct pl_diff *diff);
void pl_diff_print_json(struct pl_cli *cli, const struct pl_diff *diff);
