/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* sample - what is measured of the host and of a cgroup at one moment. Plain data, without padding and without pointers:
 * it is written into the journal as it is.
 *
 * Bytes, microseconds of CLOCK_BOOTTIME, and counts since boot or since the cgroup was made. What this kernel or this
 * cgroup does not have is 0 and not in `have`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_host_sample {
        uint64_t at_usec;
        uint64_t have; /* PL_HOST_BIT() of each figure below */
        uint64_t total_bytes;
        uint64_t free_bytes;
        uint64_t available_bytes;
        uint64_t swap_total_bytes;
        uint64_t swap_free_bytes;
        uint64_t shmem_bytes;
        uint64_t slab_unreclaimable_bytes;
        uint64_t zswap_bytes;     /* RAM that zswap's pages take */
        uint64_t zswapped_bytes;  /* what they were before */
        uint64_t zram_bytes;      /* RAM that zram's pages take */
        uint64_t zram_data_bytes; /* what they were before */
        uint64_t some_usec;       /* of memory pressure */
        uint64_t full_usec;
        uint64_t pgscan_kswapd_pages;
        uint64_t allocstall_count;
        uint64_t pswpin_pages;
        uint64_t pswpout_pages;
        uint64_t refault_anon_pages;
        uint64_t refault_file_pages;
        uint64_t pgmajfault_count;
        uint64_t oom_kill_count;
};

#define PL_HOST_BIT(figure)                                                                        \
        (UINT64_C(1) << (offsetof(struct pl_host_sample, figure) / sizeof(uint64_t)))

/* Of one cgroup, or of one NUMA node where that is said. */
struct pl_cgroup_sample {
        uint64_t at_usec;      /* when the hot figures were read: current to local_oom_kill */
        uint64_t stat_at_usec; /* when the others were; 0: never */
        uint64_t have;         /* PL_CGROUP_BIT() of each figure below */
        uint64_t current_bytes;
        uint64_t swap_bytes;
        uint64_t some_usec;
        uint64_t full_usec;
        uint64_t local_high; /* memory.events.local */
        uint64_t local_max;
        uint64_t local_oom;
        uint64_t local_oom_kill;
        uint64_t oom_kill; /* memory.events: here and below */
        uint64_t anon_bytes;
        uint64_t file_bytes;
        uint64_t shmem_bytes;
        uint64_t kernel_bytes;
        uint64_t slab_unreclaimable_bytes;
        uint64_t inactive_file_bytes;
        uint64_t active_file_bytes;
        uint64_t unevictable_bytes;
        uint64_t refault_anon;
        uint64_t refault_file;
        uint64_t pgmajfault;
        uint64_t pgscan;
        uint64_t swapcached_bytes; /* in memory and in swap as well: of both figures */
};

#define PL_CGROUP_BIT(figure)                                                                      \
        (UINT64_C(1) << (offsetof(struct pl_cgroup_sample, figure) / sizeof(uint64_t)))
