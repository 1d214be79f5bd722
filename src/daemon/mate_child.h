/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate_child - the mate itself: what the forked process becomes, and the loop in which it lives.
 *
 * It allocates nothing once it has begun, waits for nothing but its socket and who is dying by its hand, for a tick at the
 * longest, and ends when the daemon's end of the socket has closed, whoever was held still goes on, and what was recorded is
 * written.
 */

#include <stdint.h>

#include "mate.h"
#include "mate_report.h"

/* The report has its journald, to_stderr, pid and silence_usec set, and is the process's own from now on. The other end of
 * the socket is closed here. */
_Noreturn void pl_mate_child(struct pl_mate_report *report, const struct pl_mate_options *options,
                             int socket_fd, int daemon_fd);
