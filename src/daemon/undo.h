/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* undo - `plimsolld --restore`: everything that was changed is put back as it was, from the log of originals, while no daemon
 * runs.
 *
 * Limits of cgroups first, in the order that engine/plan gives them, so that nothing dies of it: a memory.max that would go
 * below the use waits for it to fall, for as long as the caller has patience. Then the drop-ins that we caused go, systemd
 * reads its units anew, and what that undid is written again. Then processes get the oom_score_adj that they had, and the
 * host its settings. What somebody else has changed since stays as it is. What could not be put back is said, stays in the
 * log, and is tried again by the next run; ended at any moment, that one goes on.
 *
 * Blocks, allocates. Linux 5.5.
 */

#include "options.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/host/originals.h"
#include "plimsoll/kernel/file.h"

struct pl_undo_options {
        struct pl_roots roots; /* borrowed */
        const char *directory; /* the daemon's, with the log */
        const char *path; /* of one cgroup, with those below it, from the tree's root; NULL: all */
        int root_fd; /* "/" of the units' drop-ins, borrowed; −1: the tree is not systemd's, and has none */
        const char *bus_address; /* NULL: the system's */
        uint64_t patience_usec;
};

/* How long a use may take to fall below what was there before. */
#define PL_UNDO_PATIENCE_USEC (10 * PL_USEC_PER_SEC)

/* FINE: all of it is back. FAILED: something is left, and was said. OCCUPIED: a daemon runs. */
enum pl_daemon_exit pl_undo_run(const struct pl_undo_options *options);

/* Says what the log "NAME" in the directory has lost when it was opened, and nobody can put back. False: nothing. */
bool pl_undo_say_lost(const char *directory, const char *name,
                      const struct pl_originals_opened *opened);

/* plimsolld --restore */
enum pl_daemon_exit pl_undo(const struct pl_daemon_options *options);
