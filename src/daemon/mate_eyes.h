/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_eyes - the host as the mate sees it by itself: what is available, and how much of the last second all tasks stood
 * still. Its files are opened at the start and stay open. Owns fds; a look neither allocates nor blocks.
 */

#include "mate.h"
#include "mate_guard.h"
#include "plimsoll/kernel/file.h"

struct pl_mate_eyes {
        struct pl_roots roots;       /* owned; the last two are not there */
        int meminfo_fd, pressure_fd; /* owned; −1: it could not be opened */
        uint64_t looked_usec;        /* at pressure; 0: not yet */
        uint64_t stall_usec;         /* of all tasks, up to then */
        struct pl_guard_host host;
};

/* What is not there is not seen. */
void pl_mate_eyes_open(struct pl_mate_eyes *eyes, const struct pl_mate_options *options);
void pl_mate_eyes_close(struct pl_mate_eyes *eyes);

/* At each tick, while it may be needed. How long tasks stood still is known from the second look on. */
void pl_mate_eyes_look(struct pl_mate_eyes *eyes, uint64_t now_usec, struct pl_file_buffer *buffer);
