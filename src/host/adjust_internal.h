/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of adjust share. */

#include "plimsoll/host/adjust.h"

/* ---- writing ---- */

/* Where CAP_SYS_RESOURCE is, as far as it is known within one step; zeroed at its beginning. */
struct pl_adjust_power {
        bool is_settled; /* we have put it where it is */
        bool is_in_effect;
};

/* Raises without the capability, lowers with it if it takes that. The two differ. Outcomes of file.h. */
int pl_adjust_write(struct pl_adjust_power *power, int dir_fd, int32_t actual, int32_t wanted);

/* At the end of each step: it is not in effect any more. 0 or −errno. */
int pl_adjust_end_power(struct pl_adjust_power *power);

/* ---- one process ---- */

struct pl_adjust_process {
        int dir_fd; /* owned */
        struct pl_original_value id;
        int32_t value;
        const struct pl_original_value *noted; /* or NULL; good until the log changes */
};

void pl_adjust_release(struct pl_adjust_process *process);

/* Opens it and reads who it is and what it has. GONE, too, for whom nobody may touch, and for one that began after the
 * list that it is on was read. */
int pl_adjust_hold(struct pl_adjuster *adjuster, pid_t pid, struct pl_adjust_process *ret_process);

/* Looks at one, and does to it what the sweep is for. */
void pl_adjust_look_at(struct pl_adjuster *adjuster, struct pl_adjust_power *power, pid_t pid);

/* Keeps the first error that is no ordinary outcome. */
void pl_adjust_count_error(struct pl_adjuster *adjuster, int outcome);

/* A positive errno, or 0 for what is ordinary. */
int pl_adjust_error_of(int outcome);

/* ---- the log ---- */

/* What is noted under this pid, of whatever process; NULL: nothing. */
const struct pl_original_value *pl_adjust_noted_under(const struct pl_originals *originals,
                                                      pid_t pid);

/* Whether the next daemon would find the baseline in the log, or does not need it. */
bool pl_adjust_is_witnessed(const struct pl_adjuster *adjuster);

/* Notes the process and what it is about to be set to. Outcomes of originals.h; *ret_new: it was not noted before. */
int pl_adjust_note(struct pl_adjuster *adjuster, const struct pl_adjust_process *process,
                   bool *ret_new);

/* What is ours and differs from what was before gets that back, and is counted. A process that has changed it since keeps what
 * it has. */
int pl_adjust_put_back(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                       const struct pl_adjust_process *process);

/* The same for one of the log, which is then forgotten there. Also 0 when it is gone. */
int pl_adjust_put_back_noted(struct pl_adjuster *adjuster, struct pl_adjust_power *power,
                             const struct pl_original_value *noted);
