/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the probe share: see main.c. */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/kernel/file.h"

struct probe {
        struct pl_roots roots;
        struct pl_file_buffer buffer;
        uint64_t
                planted_bytes; /* what --plant adds to every amount of memory, so that a test must notice */
};

/* Each prints lines of "KEY VALUE" and returns 0, an outcome of the kernel room, or −errno. */
typedef int probe_function(struct probe *probe, int argc, char **argv);

probe_function probe_memcg;   /* CGROUP */
probe_function probe_cgroup;  /* CGROUP */
probe_function probe_walk;    /* CGROUP [DEPTH [COUNT]] */
probe_function probe_write;   /* CGROUP LIMIT VALUE: writes one limit and reads it back */
probe_function probe_reclaim; /* CGROUP BYTES [SWAPPINESS] */
probe_function probe_kill;    /* CGROUP */
probe_function probe_freeze;  /* CGROUP 0|1 */
probe_function
        probe_hold; /* CGROUP: holds its files open until the cgroup is gone, and says what reading says then */

probe_function probe_psi; /* host | CGROUP */
probe_function
        probe_trigger; /* host|CGROUP some|full STALL WINDOW SECONDS [unprivileged]; microseconds */
probe_function probe_meminfo;
probe_function probe_vmstat;
probe_function probe_swap;
probe_function probe_kmsg;    /* every kill that the kernel's log tells of */
probe_function probe_process; /* PID */
probe_function probe_adjust;  /* PID ADJ: writes oom_score_adj and reads it back */
probe_function
        probe_signal; /* PID SIGNAL: through a pidfd, then process_mrelease after a SIGKILL, then the wait for its end */

void probe_print(const char *key, uint64_t value);
void probe_print_limit(const char *key, uint64_t value); /* "max" as the kernel says it */
void probe_print_memory(const struct probe *probe, const char *key, uint64_t bytes);
uint64_t probe_number(const char *text); /* "max" too */
int probe_open(const char *path); /* a cgroup's directory; ends the program when it is not there */
