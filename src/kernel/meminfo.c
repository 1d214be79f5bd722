/* SPDX-License-Identifier: Apache-2.0 */

/* The daemon reads this file more often than any other, so the table stands in the kernel's own order, which flat.h takes
 * as a hint. A line that all kernels from 5.10 on print must be there: half a reading is no reading.
 */

#include "plimsoll/kernel/meminfo.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/flat.h"

#define MEMINFO_KEY(field, key) PL_FLAT_KEY(struct pl_meminfo, field, key)

static const struct pl_flat_key keys[PL_MEMINFO_KEYS_] = {
        [PL_MEMINFO_TOTAL] = MEMINFO_KEY(total_bytes, "MemTotal"),
        [PL_MEMINFO_FREE] = MEMINFO_KEY(free_bytes, "MemFree"),
        [PL_MEMINFO_AVAILABLE] = MEMINFO_KEY(available_bytes, "MemAvailable"),
        [PL_MEMINFO_BUFFERS] = MEMINFO_KEY(buffers_bytes, "Buffers"),
        [PL_MEMINFO_CACHED] = MEMINFO_KEY(cached_bytes, "Cached"),
        [PL_MEMINFO_SWAP_CACHED] = MEMINFO_KEY(swap_cached_bytes, "SwapCached"),
        [PL_MEMINFO_ACTIVE_ANON] = MEMINFO_KEY(active_anon_bytes, "Active(anon)"),
        [PL_MEMINFO_INACTIVE_ANON] = MEMINFO_KEY(inactive_anon_bytes, "Inactive(anon)"),
        [PL_MEMINFO_ACTIVE_FILE] = MEMINFO_KEY(active_file_bytes, "Active(file)"),
        [PL_MEMINFO_INACTIVE_FILE] = MEMINFO_KEY(inactive_file_bytes, "Inactive(file)"),
        [PL_MEMINFO_UNEVICTABLE] = MEMINFO_KEY(unevictable_bytes, "Unevictable"),
        [PL_MEMINFO_MLOCKED] = MEMINFO_KEY(mlocked_bytes, "Mlocked"),
        [PL_MEMINFO_SWAP_TOTAL] = MEMINFO_KEY(swap_total_bytes, "SwapTotal"),
        [PL_MEMINFO_SWAP_FREE] = MEMINFO_KEY(swap_free_bytes, "SwapFree"),
        [PL_MEMINFO_ZSWAP] = MEMINFO_KEY(zswap_bytes, "Zswap"),
        [PL_MEMINFO_ZSWAPPED] = MEMINFO_KEY(zswapped_bytes, "Zswapped"),
        [PL_MEMINFO_DIRTY] = MEMINFO_KEY(dirty_bytes, "Dirty"),
        [PL_MEMINFO_WRITEBACK] = MEMINFO_KEY(writeback_bytes, "Writeback"),
        [PL_MEMINFO_ANON_PAGES] = MEMINFO_KEY(anon_bytes, "AnonPages"),
        [PL_MEMINFO_MAPPED] = MEMINFO_KEY(mapped_bytes, "Mapped"),
        [PL_MEMINFO_SHMEM] = MEMINFO_KEY(shmem_bytes, "Shmem"),
        [PL_MEMINFO_KRECLAIMABLE] = MEMINFO_KEY(kreclaimable_bytes, "KReclaimable"),
        [PL_MEMINFO_SLAB] = MEMINFO_KEY(slab_bytes, "Slab"),
        [PL_MEMINFO_SLAB_RECLAIMABLE] = MEMINFO_KEY(slab_reclaimable_bytes, "SReclaimable"),
        [PL_MEMINFO_SLAB_UNRECLAIMABLE] = MEMINFO_KEY(slab_unreclaimable_bytes, "SUnreclaim"),
        [PL_MEMINFO_KERNEL_STACK] = MEMINFO_KEY(kernel_stack_bytes, "KernelStack"),
        [PL_MEMINFO_PAGE_TABLES] = MEMINFO_KEY(page_tables_bytes, "PageTables"),
        [PL_MEMINFO_SECONDARY_PAGE_TABLES] = MEMINFO_KEY(secondary_page_tables_bytes,
                                                         "SecPageTables"),
        [PL_MEMINFO_COMMIT_LIMIT] = MEMINFO_KEY(commit_limit_bytes, "CommitLimit"),
        [PL_MEMINFO_COMMITTED] = MEMINFO_KEY(committed_bytes, "Committed_AS"),
        [PL_MEMINFO_PER_CPU] = MEMINFO_KEY(per_cpu_bytes, "Percpu"),
        [PL_MEMINFO_HUGE_TOTAL] = MEMINFO_KEY(huge_total_count, "HugePages_Total"),
        [PL_MEMINFO_HUGE_PAGE_BYTES] = MEMINFO_KEY(huge_page_bytes, "Hugepagesize"),
        [PL_MEMINFO_HUGETLB] = MEMINFO_KEY(hugetlb_bytes, "Hugetlb"),
};

/* What fs/proc/meminfo.c of some kernel from 5.10 to 7.2 leaves out. */
#define BIT(key) (UINT64_C(1) << (key))
#define OPTIONAL                                                                                   \
        (BIT(PL_MEMINFO_ZSWAP) | BIT(PL_MEMINFO_ZSWAPPED) | BIT(PL_MEMINFO_KRECLAIMABLE) |         \
         BIT(PL_MEMINFO_SECONDARY_PAGE_TABLES) | BIT(PL_MEMINFO_PER_CPU) |                         \
         BIT(PL_MEMINFO_HUGE_TOTAL) | BIT(PL_MEMINFO_HUGE_PAGE_BYTES) | BIT(PL_MEMINFO_HUGETLB))

int pl_meminfo_parse(struct pl_span text, struct pl_meminfo *ret_meminfo)
{
        static const struct pl_flat_table table = { keys, PL_MEMINFO_KEYS_,
                                                    (BIT(PL_MEMINFO_KEYS_) - 1) & ~OPTIONAL };
        struct pl_meminfo meminfo = {};
        int r;

        pl_assert(ret_meminfo);

        r = pl_flat_parse(text, &table, &meminfo, &meminfo.have);
        if (r != 0)
                return r;
        /* A host without memory cannot have printed this. Shares are of the total, so it must not be 0. */
        if (meminfo.total_bytes == 0)
                return PL_FILE_E_MALFORMED;

        *ret_meminfo = meminfo;
        return 0;
}

int pl_meminfo_read_again(int fd, struct pl_file_buffer *buffer, struct pl_meminfo *ret_meminfo)
{
        int r;

        pl_assert(ret_meminfo);

        r = pl_file_read_again(fd, buffer);
        return r != 0 ? r : pl_meminfo_parse(pl_file_span(buffer), ret_meminfo);
}

int pl_meminfo_read(int proc_fd, struct pl_file_buffer *buffer, struct pl_meminfo *ret_meminfo)
{
        int r;

        pl_assert(ret_meminfo);

        r = pl_file_read(proc_fd, "meminfo", buffer);
        return r != 0 ? r : pl_meminfo_parse(pl_file_span(buffer), ret_meminfo);
}
