/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* psi - Pressure Stall Information: how long tasks stood still for want of memory, and being woken when they do.
 *
 * Owns nothing, allocates nothing, never blocks. Reading: Linux 4.20; triggers: 5.2. For the host the directory is
 * /proc/pressure and the file "memory", for a cgroup the cgroup and "memory.pressure". OFF: booted with psi=0.
 *
 * Who owns a cgroup can hide its pressure (cgroup.pressure, 6.1): the file is ABSENT then, open fds of it say GONE and its
 * triggers POLLERR, for good, while the cgroup lives on. So neither is proof that a cgroup is gone; cgroup.events is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

struct pl_psi_line {
        uint32_t avg10_permyriad; /* share of the last 10 s, 0 to 10000 */
        uint32_t avg60_permyriad;
        uint32_t avg300_permyriad;
        uint64_t total_usec; /* since boot, never falls while the cgroup lives */
};

struct pl_psi {
        struct pl_psi_line some; /* at least one task stood still */
        struct pl_psi_line full; /* all of them did */
};

int pl_psi_read(int dir_fd, const char *name, struct pl_file_buffer *buffer,
                struct pl_psi *ret_psi);
int pl_psi_read_again(int fd, struct pl_file_buffer *buffer, struct pl_psi *ret_psi);

/* Pure. Keys may come in any order; each exactly once. */
int pl_psi_parse(struct pl_span text, struct pl_psi *ret_psi);

/* A trigger: its fd becomes ready for POLLPRI at most once a window, when tasks stood still for `stall` within a window
 * that slides. POLLERR says that the file is gone, with its cgroup or without. Closing the fd ends it.
 *
 * Privileged (CAP_SYS_RESOURCE in effect): any window from the kernel's floor (500 ms before 6.5) to 10 s, and one kernel
 * thread for each cgroup with triggers. Unprivileged: windows of whole multiples of 2 s, and no thread; 6.4 and
 * 6.1-stable on, REFUSED or DENIED before. The kernel judges the thread that opens, at that moment. */
struct pl_psi_trigger {
        bool full; /* else some */
        bool unprivileged;
        uint64_t stall_usec;
        uint64_t window_usec; /* at least stall */
};
int pl_psi_trigger_open(int dir_fd, const char *name, struct pl_psi_trigger trigger, int *ret_fd);

enum pl_psi_news {
        PL_PSI_NEWS_NONE,
        PL_PSI_NEWS_STALL,
        PL_PSI_NEWS_GONE, /* no more news will come; whether the cgroup is gone too says cgroup.events */
};

/* What poll(2) or epoll(7) reported of a trigger's fd. */
enum pl_psi_news pl_psi_trigger_news(unsigned poll_events);
