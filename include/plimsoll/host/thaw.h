/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* thaw - letting go of what we hold still, wherever in the tree it is: while no daemon runs, or after one that has left
 * somebody so. Who is frozen without our mark is somebody else's, and stays so.
 *
 * The struct is large, not for the stack. Does not block, nor allocate. Linux 5.7, before which nobody is held.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/kernel/cgroup.h"

struct pl_thaw_options {
        int cgroup_fd; /* the tree; borrowed */
        bool is_dry;   /* only found */
        /* Whom alone to let go, whether we hold them or not; none: everybody whom we hold. */
        size_t id_count;
        const uint64_t *ids; /* borrowed */
};

enum pl_thaw_result {
        PL_THAW_DONE, /* it goes on, or would */
        /* These three only of who was named. */
        PL_THAW_NOT,     /* nobody holds it still */
        PL_THAW_FOREIGN, /* somebody else does */
        PL_THAW_ABOVE,   /* nobody but through a cgroup above it, whoever that is */
        PL_THAW_FAILED,
};

struct pl_thaw_found {
        const char *path; /* from the root, without a slash in front; until the call is over */
        uint64_t id;
        enum pl_thaw_result result;
        /* ABOVE: so much of the path is that of the cgroup above, the nearest. 0: none that is seen in the tree. */
        size_t above_length;
        int outcome, error; /* FAILED: of file.h, and the errno */
};

struct pl_thaw {
        struct pl_thaw_options options;
        /* Told of each that was found. */
        void (*tell)(void *to, const struct pl_thaw_found *found);
        void *to;
        bool is_partial; /* not all of the tree could be looked at */
        uint32_t counts[PL_THAW_FAILED + 1];
        struct pl_cgroup_walk walk;
        struct pl_file_buffer buffer;
};

/* Fills in what stands behind `to`. 0 or −errno: then nobody was looked at. */
int pl_thaw_run(struct pl_thaw *thaw);
