/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* meminfo - /proc/meminfo: how much memory the host has and what it is used for.
 *
 * Never blocks, allocates nothing. The kernel adds a line now and then and leaves some out by its configuration, so what
 * not every kernel from 5.10 on prints is asked for with pl_meminfo_has() before it is used. Outcomes are those of file.h.
 * Linux 3.14, for MemAvailable.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/kernel/file.h"

/* Bits of pl_meminfo.have, in the order in which the kernel prints the lines. */
enum pl_meminfo_key {
        PL_MEMINFO_TOTAL,
        PL_MEMINFO_FREE,
        PL_MEMINFO_AVAILABLE,
        PL_MEMINFO_BUFFERS,
        PL_MEMINFO_CACHED,
        PL_MEMINFO_SWAP_CACHED,
        PL_MEMINFO_ACTIVE_ANON,
        PL_MEMINFO_INACTIVE_ANON,
        PL_MEMINFO_ACTIVE_FILE,
        PL_MEMINFO_INACTIVE_FILE,
        PL_MEMINFO_UNEVICTABLE,
        PL_MEMINFO_MLOCKED,
        PL_MEMINFO_SWAP_TOTAL,
        PL_MEMINFO_SWAP_FREE,
        PL_MEMINFO_ZSWAP,    /* 5.19, with CONFIG_ZSWAP */
        PL_MEMINFO_ZSWAPPED, /* the same */
        PL_MEMINFO_DIRTY,
        PL_MEMINFO_WRITEBACK,
        PL_MEMINFO_ANON_PAGES,
        PL_MEMINFO_MAPPED,
        PL_MEMINFO_SHMEM,
        PL_MEMINFO_KRECLAIMABLE, /* 4.20 */
        PL_MEMINFO_SLAB,
        PL_MEMINFO_SLAB_RECLAIMABLE,
        PL_MEMINFO_SLAB_UNRECLAIMABLE,
        PL_MEMINFO_KERNEL_STACK,
        PL_MEMINFO_PAGE_TABLES,
        PL_MEMINFO_SECONDARY_PAGE_TABLES, /* 6.1 */
        PL_MEMINFO_COMMIT_LIMIT,
        PL_MEMINFO_COMMITTED,
        PL_MEMINFO_PER_CPU,    /* 4.20 */
        PL_MEMINFO_HUGE_TOTAL, /* with CONFIG_HUGETLB_PAGE, as the next two */
        PL_MEMINFO_HUGE_PAGE_BYTES,
        PL_MEMINFO_HUGETLB,
        PL_MEMINFO_KEYS_,
};

struct pl_meminfo {
        uint64_t have;
        uint64_t total_bytes;
        uint64_t free_bytes;
        uint64_t available_bytes; /* knows neither ZFS's cache nor what lies under memory.min */
        uint64_t buffers_bytes;
        uint64_t cached_bytes; /* with shmem */
        uint64_t swap_cached_bytes;
        uint64_t active_anon_bytes;
        uint64_t inactive_anon_bytes;
        uint64_t active_file_bytes;
        uint64_t inactive_file_bytes;
        uint64_t unevictable_bytes;
        uint64_t mlocked_bytes;
        uint64_t swap_total_bytes;
        uint64_t swap_free_bytes;
        uint64_t zswap_bytes;    /* RAM that the compressed pages take */
        uint64_t zswapped_bytes; /* what they were before */
        uint64_t dirty_bytes;
        uint64_t writeback_bytes;
        uint64_t anon_bytes;
        uint64_t mapped_bytes;
        uint64_t shmem_bytes;
        uint64_t kreclaimable_bytes;
        uint64_t slab_bytes;
        uint64_t slab_reclaimable_bytes;
        uint64_t slab_unreclaimable_bytes;
        uint64_t kernel_stack_bytes;
        uint64_t page_tables_bytes;
        uint64_t secondary_page_tables_bytes;
        uint64_t commit_limit_bytes;
        uint64_t committed_bytes;
        uint64_t per_cpu_bytes;
        uint64_t huge_total_count; /* pages of the default size */
        uint64_t huge_page_bytes;
        uint64_t hugetlb_bytes; /* of all sizes, used or not: nobody else can have them */
};

static inline bool pl_meminfo_has(const struct pl_meminfo *meminfo, enum pl_meminfo_key key)
{
        return (meminfo->have >> key & 1) != 0;
}

int pl_meminfo_read(int proc_fd, struct pl_file_buffer *buffer, struct pl_meminfo *ret_meminfo);

/* The same from a file that the caller keeps open, for the reading that is done at every tick. */
int pl_meminfo_read_again(int fd, struct pl_file_buffer *buffer, struct pl_meminfo *ret_meminfo);

/* Pure. Untouched on anything but 0. */
int pl_meminfo_parse(struct pl_span text, struct pl_meminfo *ret_meminfo);
