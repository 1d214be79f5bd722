/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* events - what happened, from the journal's ring of acts: the oldest first, and with --follow what happens from now on.
 *
 * What is wanted is read from the command line (events.c, events_time.c), the ring is walked (events_show.c), and each act is
 * printed as a line (events_print.c) or as an object (events_json.c). Nothing waits but pl_events_follow().
 */

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"
#include "live.h"
#include "plimsoll/journal/cursor.h"
#include "plimsoll/journal/sentence.h"

#define PL_EVENTS_ALL UINT64_MAX

struct pl_events {
        struct pl_cli *cli; /* borrowed; its operands are patterns of names and paths */
        struct pl_live live;
        struct pl_journal_cursor cursor; /* borrows live.reader: the struct stays where it is */

        /* What is wanted. */
        const char *path;   /* of the journal */
        uint32_t types;     /* 1 << enum pl_journal_type */
        uint64_t lines;     /* so many of the last; PL_EVENTS_ALL */
        int64_t since_usec; /* of CLOCK_REALTIME; 0: since ever */
        bool follow;
        int tick_msec; /* how often it is asked for more while following */

        uint64_t count; /* that were printed */
};

/* The row that the board would have of it, as far as an act goes: so that it is called as a row is. */
struct pl_journal_row pl_events_row(const struct pl_journal_workload *workload);
struct pl_journal_row pl_events_set_row(const struct pl_journal_set *set);

/* Says of each pattern that fits no event of the journal, of whatever type and time, and nobody on the board, that nobody is
 * called so, with likely ones. */
void pl_events_say_unknown(struct pl_events *events);

/* Reads what the command line wants. PL_CLI_USAGE was said in words. The time is that of the wall, for --since. */
enum pl_cli_exit pl_events_want(struct pl_cli *cli, int64_t realtime_usec,
                                struct pl_events *ret_events);

/* Prints what is there and wanted; events->live was opened. */
void pl_events_show(struct pl_events *events);

/* Goes on, until what is printed has nobody to read it. */
void pl_events_follow(struct pl_events *events);

/* One act, as a line or as an object. */
void pl_events_print(struct pl_events *events, const struct pl_journal_act *act);
void pl_events_print_json(struct pl_events *events, const struct pl_journal_act *act);

/* Every figure of an act by its name, as members of the object that was begun. */
void pl_events_put_figures(struct pl_json_writer *writer, const struct pl_live *live,
                           const struct pl_journal_act *act);

/* "10min", "14:30", "2026-11-21 14:30", "2026-11-21T14:30:00Z" as a time of CLOCK_REALTIME, as seen from now; false for what
 * is none of these. Local times are in the zone of the process. */
bool pl_events_parse_since(const char *text, int64_t now_usec, int64_t *ret_usec);

/* "14:30:00", or with its date before it if that is not today's. */
void pl_events_add_time(struct pl_text *text, const struct pl_live *live, uint64_t at_usec);
