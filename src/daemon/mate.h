/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mate - the second process, as its daemon sees it: started before anything else is opened, told where the journal is, woken
 * when something was written, and stopped last.
 *
 * The mate writes what the daemon records to journald, because journald may stand still and the daemon must not; and it
 * listens for the daemon's heartbeat, because who is stuck or dead cannot say so. Owns a process and two fds. Nothing here
 * waits for it but pl_mate_stop(). Linux 5.3 for pidfds; without them, too.
 *
 * What a mate has not written when it ends, no other one writes: the next begins with what its own daemon records. It is in
 * the journal as ever, and the log has a daemon that starts and none that has ended: so when the mate itself ended first, or
 * when journald was away at the end.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pl_mate {
        pid_t pid;
        int socket_fd; /* readable when the mate has gone, and never before: it sends nothing */
        int pid_fd;    /* the same; −1 where the kernel has none */
};

#define PL_MATE_NONE                                                                               \
        (struct pl_mate)                                                                           \
        {                                                                                          \
                .socket_fd = -1, .pid_fd = -1                                                      \
        }

struct pl_mate_options {
        bool to_stderr;            /* lines for a person, instead of journald */
        const char *journald_path; /* NULL: where it is */
        uint64_t silence_usec;     /* a heartbeat older than this is stuck; 0: 10 s */
};

/* Forks, and returns in the parent alone. To be called while there is one thread, and before signals are blocked or anything
 * is opened that nobody else should hold: the mate closes what it inherits, but a lock lasts until it has. -ENAMETOOLONG for
 * a path that no socket can have; or another errno. */
int pl_mate_start(const struct pl_mate_options *options, struct pl_mate *ret_mate);

/* Hands over a journal, by an fd open for reading, which stays the caller's, and the number of the act from which on to
 * report. Another one may follow: what is left of the one before is written first, if it can be at once. -EPIPE when the
 * mate has gone, -EAGAIN when it has not listened for so long that no more fits. */
int pl_mate_show(struct pl_mate *mate, int journal_fd, uint64_t from_sequence);

/* Something was written. One call that never waits; that it fails does no harm, for the mate looks each second by itself. */
void pl_mate_wake(const struct pl_mate *mate);

/* Lets it write what is left, waits for its end as long as this and no longer, and then kills it. A state on the board that
 * does not say PL_JOURNAL_STOPPED makes it say that the daemon died. Safe on PL_MATE_NONE, which it leaves behind. */
void pl_mate_stop(struct pl_mate *mate, uint64_t patience_usec);
