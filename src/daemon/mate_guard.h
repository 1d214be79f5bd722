/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_guard - whether the mate kills somebody in the daemon's stead, and whom. Pure: all of it is an argument.
 *
 * The daemon has to have stood still for two of the mate's ticks, and the host to be short by the mate's own reading. It goes
 * by the daemon's last ranking while that is young; after that nobody knows who grows, and what the processes say of
 * themselves counts, as for the kernel. Nobody is taken who may not be, however short the host is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "mate.h"
#include "plimsoll/base/clock.h"

/* Older than this a ranking says who grew, and not who grows. */
#define PL_GUARD_RANKING_USEC (30 * PL_USEC_PER_SEC)

/* The host, as the mate reads it. What could not be read makes nothing short. */
struct pl_guard_host {
        bool knows_memory;
        bool knows_stall;
        uint64_t available_bytes;
        uint64_t swap_free_bytes;
        uint32_t stall_permyriad; /* all tasks, of about the last second */
};

/* One of the ranking, as it is now. */
struct pl_guard_one {
        bool is_there;      /* it is the cgroup of that id, and somebody is in it */
        bool is_tried;      /* since the daemon moved last, and lives */
        uint64_t use_bytes; /* that a kill would give back, at most */
        int32_t score_adj;
};

/* What is known beside them. */
struct pl_guard_view {
        uint64_t now_usec;
        uint64_t silent_usec; /* of the daemon; 0: it moves */
        bool is_busy;         /* somebody is dying already, or has just died */
        struct pl_guard_host host;
};

/* Whether somebody is to be killed now. */
bool pl_guard_wants(const struct pl_mate_brief *brief, const struct pl_guard_view *view);

/* The index of who it is in the ranking; −1: nobody may be. */
int pl_guard_choose(const struct pl_mate_brief *brief,
                    const struct pl_guard_one ones[PL_MATE_RANKED_MAX], uint64_t now_usec);
