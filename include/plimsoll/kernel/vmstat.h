/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* vmstat - /proc/vmstat: the host's counters of reclaim, faults, refaults and swapping, since boot.
 *
 * All of them only grow (and wrap); what counts is the difference of two readings. Never blocks for long, allocates
 * nothing. What a kernel does not count is asked for with pl_vmstat_has(). Outcomes are those of file.h. Linux 4.13, for
 * oom_kill, built with CONFIG_VM_EVENT_COUNTERS.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

/* Bits of pl_vmstat.have, in the order in which the kernel prints the lines. */
enum pl_vmstat_key {
        PL_VMSTAT_REFAULT_ANON, /* 5.9, as the next; one figure before */
        PL_VMSTAT_REFAULT_FILE,
        PL_VMSTAT_REFAULT,
        PL_VMSTAT_PSWPIN,
        PL_VMSTAT_PSWPOUT,
        PL_VMSTAT_ALLOCSTALL,
        PL_VMSTAT_PGFAULT,
        PL_VMSTAT_PGMAJFAULT,
        PL_VMSTAT_PGSTEAL_KSWAPD,
        PL_VMSTAT_PGSTEAL_DIRECT,
        PL_VMSTAT_PGSTEAL_KHUGEPAGED, /* 6.3 */
        PL_VMSTAT_PGSTEAL_PROACTIVE,  /* after 6.12, in 6.18 */
        PL_VMSTAT_PGSCAN_KSWAPD,
        PL_VMSTAT_PGSCAN_DIRECT,
        PL_VMSTAT_PGSCAN_KHUGEPAGED, /* 6.3 */
        PL_VMSTAT_PGSCAN_PROACTIVE,  /* after 6.12, in 6.18 */
        PL_VMSTAT_OOM_KILL,
        PL_VMSTAT_COMPACT_STALL,   /* with CONFIG_COMPACTION */
        PL_VMSTAT_THP_FAULT_ALLOC, /* with CONFIG_TRANSPARENT_HUGEPAGE, as the next */
        PL_VMSTAT_THP_FAULT_FALLBACK,
        PL_VMSTAT_ZSWPIN, /* 5.19, with CONFIG_ZSWAP, as the next */
        PL_VMSTAT_ZSWPOUT,
        PL_VMSTAT_ZSWPWB, /* 6.8: what zswap wrote back to the disk after all */
        PL_VMSTAT_KEYS_,
};

struct pl_vmstat {
        uint64_t have;
        uint64_t refault_anon_pages; /* came back soon after they had been reclaimed: thrash */
        uint64_t refault_file_pages;
        uint64_t refault_pages;
        uint64_t pswpin_pages; /* of all swap, zram included and zswap not */
        uint64_t pswpout_pages;
        uint64_t
                allocstall_count; /* allocations that had to reclaim by themselves; the sum over all zones */
        uint64_t pgfault_count;
        uint64_t pgmajfault_count;
        uint64_t pgsteal_kswapd_pages;
        uint64_t pgsteal_direct_pages;
        uint64_t pgsteal_khugepaged_pages;
        uint64_t pgsteal_proactive_pages;
        uint64_t pgscan_kswapd_pages;
        uint64_t pgscan_direct_pages; /* newer kernels count reclaim at a cgroup's limit in it */
        uint64_t pgscan_khugepaged_pages;
        uint64_t pgscan_proactive_pages;
        uint64_t oom_kill_count; /* of cgroups and of the host */
        uint64_t compact_stall_count;
        uint64_t thp_fault_alloc_count;
        uint64_t thp_fault_fallback_count;
        uint64_t zswpin_pages;
        uint64_t zswpout_pages;
        uint64_t zswpwb_pages;
};

static inline bool pl_vmstat_has(const struct pl_vmstat *vmstat, enum pl_vmstat_key key)
{
        return (vmstat->have >> key & 1) != 0;
}

int pl_vmstat_read(int proc_fd, struct pl_file_buffer *buffer, struct pl_vmstat *ret_vmstat);

/* The same from a file that the caller keeps open, for the reading that is done at every tick. */
int pl_vmstat_read_again(int fd, struct pl_file_buffer *buffer, struct pl_vmstat *ret_vmstat);

/* Pure. Untouched on anything but 0. */
int pl_vmstat_parse(struct pl_span text, struct pl_vmstat *ret_vmstat);
