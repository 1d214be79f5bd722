/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* drill_load - `plimsolld --drill-load`: what plimsoll-drill.service runs. It fills memory up to the limit of its cgroup, and then
 * meets that limit again and again, until somebody ends it. Returns when it may not, or cannot. Linux 4.12.
 */

#include "options.h"
#include "plimsoll/kernel/file.h"

enum {
        /* What the unit has is 64 MiB. A larger limit is not the unit's, and so is one that is hardly above what a process is. */
        PL_DRILL_MEBIBYTES_MAX = 128,
        PL_DRILL_MEBIBYTES_MIN = 16,
        /* The limit is reached in four seconds, which is slow enough to be seen coming. */
        PL_DRILL_MEBIBYTES_PER_SEC = 16,
};

/* How it is divided: what is held, and what is taken and given again so that the limit is met. */
struct pl_drill_load {
        uint64_t held_bytes;
        uint64_t turned_bytes;
};

/* From the limit, and what is in use before anything is filled. False: it is not for that. Pure. */
bool pl_drill_load_plan(uint64_t max_bytes, uint64_t used_bytes, struct pl_drill_load *ret_load);

enum pl_daemon_exit pl_drill_load(const struct pl_roots *roots);
