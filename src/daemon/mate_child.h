/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_child - the mate itself: what the forked process becomes, and the loop in which it lives.
 *
 * It allocates nothing, waits for nothing but its socket, for a tick at the longest, and ends when the daemon's end of the
 * socket has closed and what was recorded is written.
 */

#include <stdint.h>

#include "mate.h"
#include "mate_report.h"

/* What goes over the socket: a show is this and an fd, a wake is one byte. */
struct pl_mate_shown {
        uint64_t from_sequence;
};

/* The report has its journald, to_stderr, pid and silence_usec set, and is the process's own from now on. The other end of
 * the socket is closed here. */
_Noreturn void pl_mate_child(struct pl_mate_report *report, int socket_fd, int daemon_fd);
