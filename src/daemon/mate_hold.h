/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_hold - the cgroups that the daemon holds still, as its mate knows them: who has to be let go, and when, should the
 * daemon not do it itself. Owns their fds; never allocates.
 *
 * Who is let go is one that carries our mark, and nobody else. One whose time is over stays on the list until the daemon says
 * that it is done with it, or is gone: it could have frozen it a moment after.
 */

#include <stdbool.h>
#include <stdint.h>

#include "mate.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/kernel/file.h"

/* What the daemon may be late with what it does by its own clock: its tick is a second at the longest, and a tenth of that
 * while anybody is held. */
#define PL_MATE_HOLD_SLACK_USEC (500 * PL_USEC_PER_MSEC)

struct pl_mate_held {
        uint64_t id;       /* 0: nobody */
        int fd;            /* owned */
        uint64_t due_usec; /* UINT64_MAX: it has been let go */
};

struct pl_mate_holds {
        struct pl_mate_held held[PL_MATE_HELD_MAX];
};

/* The fd is taken over, whatever becomes of it. Of one that is there the time is a new one. False: there is no room. */
bool pl_mate_holds_add(struct pl_mate_holds *holds, uint64_t id, int cgroup_fd,
                       uint64_t deadline_usec);
void pl_mate_holds_drop(struct pl_mate_holds *holds, uint64_t id);

/* When the next is due; UINT64_MAX: none is. */
uint64_t pl_mate_holds_next_usec(const struct pl_mate_holds *holds);

/* Lets go of whose time is over, and leaves the mark to the daemon; one that cannot be is tried again a tick later. How many
 * stood still for us, and do not any more. */
uint32_t pl_mate_holds_expire(struct pl_mate_holds *holds, uint64_t now_usec,
                              struct pl_file_buffer *buffer);

/* Of everybody, at once, and takes the marks away: there is no daemon any more. Those that could not be are left on the list. */
uint32_t pl_mate_holds_release(struct pl_mate_holds *holds, struct pl_file_buffer *buffer);

bool pl_mate_holds_any(const struct pl_mate_holds *holds);
