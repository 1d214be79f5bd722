/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* status - how plimsolld is, and the host with it: looked up once (status.c), then said (status_print.c, status_json.c). */

#include "live_view.h"

struct pl_status {
        const struct pl_live *live; /* borrowed */
        struct pl_live_stall stall; /* of the host */
        /* Workloads with a process in them, those of them with a profile, and the ones without a process. */
        uint32_t populated_count, profile_count, empty_count;
        /* Of the acts that are still there, since this daemon has started. */
        uint64_t alarm_count, note_count;
};

/* 0 or -ENOMEM. */
int pl_status_look(const struct pl_live *live, struct pl_status *ret_status);

/* The last policy was refused, and an older one or none is in force. */
bool pl_status_is_refused(const struct pl_status *status);

/* "3f9a12c0d4e1": as much of a digest as tells policies apart. False, and nothing, for one of zeros: there was none. */
bool pl_status_add_digest(struct pl_text *text, const struct pl_journal_policy *policy);

/* What a script goes by: 0 while it is well or starting; PL_CLI_POLICY when the last policy was refused, PL_CLI_FAILED when it
 * is stuck, PL_CLI_NO_DAEMON when it is not running. */
enum pl_cli_exit pl_status_exit(const struct pl_status *status);

/* Where there is no journal: what plimsoll-record saw last, in the directory of its history. The time is that of the wall.
 * False: it has seen nothing, or may not be asked. */
bool pl_status_look_back(int history_fd, int64_t realtime_usec, struct pl_live *ret_live);
void pl_status_print_history(struct pl_cli *cli, const struct pl_live *live);
/* NULL: there is none. */
void pl_status_print_history_json(struct pl_cli *cli, const struct pl_live *live);

void pl_status_print(struct pl_cli *cli, const struct pl_status *status);
void pl_status_print_json(struct pl_cli *cli, const struct pl_status *status);
