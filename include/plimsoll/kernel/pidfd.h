/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* pidfd - a hold on one process that cannot turn into a hold on another, to signal it, to see it die, to take its memory.
 *
 * Where the kernel has no pidfd_open (before 5.3, or a sandbox forbids it), the same calls work through the process's
 * directory in /proc and kill(2). One race remains then: between the last look at the directory and the kill the process
 * can be reaped and its number given to another, for which the kernel's whole range of numbers must have gone round in
 * those microseconds.
 *
 * Signals what it is told to, but never pid 1, which would be the end of the host, nor its own process: that is asserted.
 * Owns its fds, allocates nothing. Only pl_pidfd_mrelease() blocks, for as long as the process has memory to give back and
 * its mmap lock is held; it belongs in a thread of its own. Outcomes are those of file.h and the one below.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plimsoll/kernel/file.h"

/* Far from file.h's, which come from the same functions. */
enum {
        PL_PIDFD_E_UNSUPPORTED =
                64, /* this kernel, or our sandbox, does not have the call; the caller goes on without */
};

struct pl_pidfd {
        int fd;          /* −1 where there is no pidfd_open */
        int proc_dir_fd; /* /proc/PID */
        pid_t pid;
        uint64_t start_ticks;
};

/* Life cycle. Takes hold of the process that has this pid and began at start_ticks (pl_process_read_stat() said so when it
 * was looked at), or says PL_FILE_E_GONE; PL_FILE_E_REFUSED when the number is that of a mere thread. */
int pl_pidfd_open(int proc_fd, pid_t pid, uint64_t start_ticks, struct pl_file_buffer *buffer,
                  struct pl_pidfd *ret_pidfd);
void pl_pidfd_done(
        struct pl_pidfd *pidfd); /* safe on PL_PIDFD_NONE and on an already finished one */

#define PL_PIDFD_NONE                                                                              \
        (struct pl_pidfd)                                                                          \
        {                                                                                          \
                .fd = -1, .proc_dir_fd = -1                                                        \
        }

/* Sends a signal to the process; 0 only asks whether it could be sent. A zombie takes any. PL_FILE_E_GONE once it is reaped,
 * PL_FILE_E_DENIED without the right. pid 1 and our own process are asserted against, for signal 0 as well. */
int pl_pidfd_signal(const struct pl_pidfd *pidfd, int signal);

/* Whether all its threads have ended, reaped or not. Never blocks. */
int pl_pidfd_is_dead(const struct pl_pidfd *pidfd, struct pl_file_buffer *buffer, bool *ret_dead);

/* Takes the memory of a process that is dying, in our time and not in its own (process_mrelease, 5.15).
 * PL_PIDFD_E_UNSUPPORTED; PL_FILE_E_GONE when it has none any more; PL_FILE_E_REFUSED when it is not dying;
 * PL_FILE_E_AGAIN when its lock was held too long. */
int pl_pidfd_mrelease(const struct pl_pidfd *pidfd);
