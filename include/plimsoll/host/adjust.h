/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* adjust - the oom_score_adj of every process of a workload, new ones included, and back.
 *
 * A process is touched only if it has the workload's baseline: what its processes had when they were first seen, or
 * what the log of originals says. Who has set his own (PostgreSQL, a systemd in a container) keeps it, and is counted.
 * Raised without CAP_SYS_RESOURCE in effect, for with it the kernel would pin the process to the value; that
 * capability is brought into effect only to lower, for as long as that takes. Never below −999.
 *
 * A sweep goes over a cgroup and all below it in pieces. One is under way at a time. Borrows the roots and the originals.
 * Allocates nothing but what originals does. Does not block. Linux 5.5.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/host/originals.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/kernel/file.h"

enum {
        PL_ADJUST_E_MORE = 400, /* there is more of it to do */
};

enum {
        /* Of one cgroup in one sweep; a bomb of more has its rest at the sweeps to come, whose children inherit. */
        PL_ADJUST_PROCESSES_MAX = 16384,
        PL_ADJUST_DEPTH_MAX = 8,
        PL_ADJUST_CGROUPS_MAX = 256, /* below one workload, in one sweep */
};

/* Of one workload, kept by the caller from one sweep to the next; zeroed: nothing is known. The counts are of the last sweep
 * that came to its end. */
struct pl_adjusted {
        int32_t baseline;
        /* What sweeps have set; and before that, while some may have it still. */
        int32_t set, prior;
        bool is_known; /* the baseline */
        bool is_set, has_prior;
        /* A noted process, whose note tells the next daemon the baseline; 0: none. */
        uint32_t witness;
        uint64_t witness_ticks;
        int32_t error; /* the first errno that was no ordinary one, or 0 */
        uint32_t process_count;
        /* That have what is wanted, by us or by themselves; while it is taken back, that have it still. */
        uint32_t adjusted_count;
        /* That have another value than that and the baseline, and are left alone. */
        uint32_t own_count;
        uint32_t changed_count; /* that were written */
};

enum pl_adjust_aim {
        PL_ADJUST_APPLY,
        PL_ADJUST_RESTORE, /* those that have what we set, back to their original, or the baseline where they have none */
};

struct pl_adjust_request {
        int cgroup_fd; /* borrowed: is duplicated */
        uint64_t cgroup_id;
        enum pl_adjust_aim aim;
        int32_t score_adj; /* wanted, or to be taken back; −999 to 1000 */
};

struct pl_adjuster {
        struct pl_roots roots;            /* borrowed */
        struct pl_originals *originals;   /* borrowed */
        struct pl_adjust_request request; /* of the sweep under way; its fd is owned */
        struct pl_adjusted *adjusted;     /* borrowed, of the sweep; NULL: none is under way */
        struct pl_adjusted sums;          /* of it, so far */
        bool is_walking;
        uint32_t tidied; /* where the look for dead processes goes on */
        pid_t self;
        uint64_t listed_ticks; /* when the pids were read, in the unit of start times */
        size_t pid_count, pid_next;
        struct pl_cgroup_walk walk;
        struct pl_file_buffer buffer;
        pid_t pids[PL_ADJUST_PROCESSES_MAX];
};

void pl_adjuster_init(struct pl_adjuster *adjuster, const struct pl_roots *roots,
                      struct pl_originals *originals);
void pl_adjuster_done(struct pl_adjuster *adjuster);

/* What the log says of this cgroup's processes, for whoever knows nothing yet: the baseline, and what was set. False: nothing,
 * and `adjusted` is untouched. Time in proportion to the log. */
bool pl_adjust_recall(const struct pl_adjuster *adjuster, uint64_t cgroup_id,
                      struct pl_adjusted *adjusted);

/* Begins a sweep; none is under way: asserted. `adjusted` has to stay until it is over or dropped. GONE, DENIED, or −errno. */
int pl_adjust_begin(struct pl_adjuster *adjuster, const struct pl_adjust_request *request,
                    struct pl_adjusted *adjusted);
bool pl_adjust_is_busy(const struct pl_adjuster *adjuster);
void pl_adjust_drop(
        struct pl_adjuster *adjuster); /* the workload is gone, or something else is wanted */

/* Looks at up to `budget` processes. PL_ADJUST_E_MORE, or 0 when the sweep is over and the counts are `adjusted`'s. What goes
 * on the way is passed over. Where originals cannot be noted (PL_ORIGINALS_E_FULL, NO_SPACE), nothing is written, and
 * `adjusted->error` is ENOBUFS or ENOSPC. */
int pl_adjust_step(struct pl_adjuster *adjuster, uint32_t budget);

/* Forgets up to `budget` noted processes that are not there any more: theirs is a place in the log. */
void pl_adjust_tidy(struct pl_adjuster *adjuster, uint32_t budget);

/* Every process that is noted and still has what we set, of whatever workload, gets its original back; for a purge. *ret_back
 * counts those, *ret_left those that could not be. 0, or the −errno of the first of the latter. */
int pl_adjust_restore_noted(struct pl_adjuster *adjuster, uint32_t *ret_back, uint32_t *ret_left);
