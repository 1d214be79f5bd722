/* SPDX-License-Identifier: Apache-2.0 */

/* The one figure that is not printed as it is wanted is allocstall: there is a line for each zone, and which zones there
 * are depends on the machine. They are read into places behind the public struct and added up; before 4.10 there was one
 * line for all, which takes the public place.
 */

#include "plimsoll/kernel/vmstat.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/kernel/flat.h"

/* Of enum zone_type in include/linux/mmzone.h, the same from 5.10 to 7.2. */
enum {
        ALLOCSTALL_FIRST = PL_VMSTAT_KEYS_,
        ALLOCSTALL_DMA = ALLOCSTALL_FIRST,
        ALLOCSTALL_DMA32,
        ALLOCSTALL_NORMAL,
        ALLOCSTALL_HIGH,
        ALLOCSTALL_MOVABLE,
        ALLOCSTALL_DEVICE,
        ALL_KEYS,
        ZONES = ALL_KEYS - ALLOCSTALL_FIRST,
};

struct raw {
        struct pl_vmstat vmstat;
        uint64_t allocstall[ZONES];
};

#define VMSTAT_KEY(field, key) PL_FLAT_KEY(struct raw, vmstat.field, key)
#define ZONE_KEY(zone, key)                                                                        \
        [ALLOCSTALL_##zone] = PL_FLAT_KEY(                                                         \
                struct raw, allocstall[ALLOCSTALL_##zone - ALLOCSTALL_FIRST], "allocstall_" key)

static const struct pl_flat_key keys[ALL_KEYS] = {
        [PL_VMSTAT_REFAULT_ANON] = VMSTAT_KEY(refault_anon_pages, "workingset_refault_anon"),
        [PL_VMSTAT_REFAULT_FILE] = VMSTAT_KEY(refault_file_pages, "workingset_refault_file"),
        [PL_VMSTAT_REFAULT] = VMSTAT_KEY(refault_pages, "workingset_refault"),
        [PL_VMSTAT_PSWPIN] = VMSTAT_KEY(pswpin_pages, "pswpin"),
        [PL_VMSTAT_PSWPOUT] = VMSTAT_KEY(pswpout_pages, "pswpout"),
        [PL_VMSTAT_ALLOCSTALL] = VMSTAT_KEY(allocstall_count, "allocstall"),
        [PL_VMSTAT_PGFAULT] = VMSTAT_KEY(pgfault_count, "pgfault"),
        [PL_VMSTAT_PGMAJFAULT] = VMSTAT_KEY(pgmajfault_count, "pgmajfault"),
        [PL_VMSTAT_PGSTEAL_KSWAPD] = VMSTAT_KEY(pgsteal_kswapd_pages, "pgsteal_kswapd"),
        [PL_VMSTAT_PGSTEAL_DIRECT] = VMSTAT_KEY(pgsteal_direct_pages, "pgsteal_direct"),
        [PL_VMSTAT_PGSTEAL_KHUGEPAGED] = VMSTAT_KEY(pgsteal_khugepaged_pages, "pgsteal_khugepaged"),
        [PL_VMSTAT_PGSTEAL_PROACTIVE] = VMSTAT_KEY(pgsteal_proactive_pages, "pgsteal_proactive"),
        [PL_VMSTAT_PGSCAN_KSWAPD] = VMSTAT_KEY(pgscan_kswapd_pages, "pgscan_kswapd"),
        [PL_VMSTAT_PGSCAN_DIRECT] = VMSTAT_KEY(pgscan_direct_pages, "pgscan_direct"),
        [PL_VMSTAT_PGSCAN_KHUGEPAGED] = VMSTAT_KEY(pgscan_khugepaged_pages, "pgscan_khugepaged"),
        [PL_VMSTAT_PGSCAN_PROACTIVE] = VMSTAT_KEY(pgscan_proactive_pages, "pgscan_proactive"),
        [PL_VMSTAT_OOM_KILL] = VMSTAT_KEY(oom_kill_count, "oom_kill"),
        [PL_VMSTAT_COMPACT_STALL] = VMSTAT_KEY(compact_stall_count, "compact_stall"),
        [PL_VMSTAT_THP_FAULT_ALLOC] = VMSTAT_KEY(thp_fault_alloc_count, "thp_fault_alloc"),
        [PL_VMSTAT_THP_FAULT_FALLBACK] = VMSTAT_KEY(thp_fault_fallback_count, "thp_fault_fallback"),
        [PL_VMSTAT_ZSWPIN] = VMSTAT_KEY(zswpin_pages, "zswpin"),
        [PL_VMSTAT_ZSWPOUT] = VMSTAT_KEY(zswpout_pages, "zswpout"),
        [PL_VMSTAT_ZSWPWB] = VMSTAT_KEY(zswpwb_pages, "zswpwb"),
        ZONE_KEY(DMA, "dma"),
        ZONE_KEY(DMA32, "dma32"),
        ZONE_KEY(NORMAL, "normal"),
        ZONE_KEY(HIGH, "high"),
        ZONE_KEY(MOVABLE, "movable"),
        ZONE_KEY(DEVICE, "device"),
};

#define BIT(key) (UINT64_C(1) << (key))
#define REQUIRED                                                                                   \
        (BIT(PL_VMSTAT_PSWPIN) | BIT(PL_VMSTAT_PSWPOUT) | BIT(PL_VMSTAT_PGFAULT) |                 \
         BIT(PL_VMSTAT_PGMAJFAULT) | BIT(PL_VMSTAT_PGSTEAL_KSWAPD) |                               \
         BIT(PL_VMSTAT_PGSTEAL_DIRECT) | BIT(PL_VMSTAT_PGSCAN_KSWAPD) |                            \
         BIT(PL_VMSTAT_PGSCAN_DIRECT) | BIT(PL_VMSTAT_OOM_KILL))
#define PUBLIC (BIT(PL_VMSTAT_KEYS_) - 1)

/* The kernel's counters wrap at 64 bits, and so does their sum. */
static int sum_allocstall(struct raw *raw, uint64_t have)
{
        pl_assert(raw);

        if ((have & ~PUBLIC) == 0)
                return have & BIT(PL_VMSTAT_ALLOCSTALL) ? 0 : PL_FILE_E_MALFORMED;

        raw->vmstat.allocstall_count = 0;
        for (size_t zone = 0; zone < ZONES; zone++)
                raw->vmstat.allocstall_count += raw->allocstall[zone];
        return 0;
}

int pl_vmstat_parse(struct pl_span text, struct pl_vmstat *ret_vmstat)
{
        static const struct pl_flat_table table = { keys, ALL_KEYS, REQUIRED };
        struct raw raw = {};
        uint64_t have;
        int r;

        pl_assert(ret_vmstat);

        r = pl_flat_parse(text, &table, &raw, &have);
        if (r != 0)
                return r;
        r = sum_allocstall(&raw, have);
        if (r != 0)
                return r;

        raw.vmstat.have = (have & PUBLIC) | BIT(PL_VMSTAT_ALLOCSTALL);
        *ret_vmstat = raw.vmstat;
        return 0;
}

int pl_vmstat_read(int proc_fd, struct pl_file_buffer *buffer, struct pl_vmstat *ret_vmstat)
{
        int r;

        pl_assert(ret_vmstat);

        r = pl_file_read_long(proc_fd, "vmstat", buffer);
        return r != 0 ? r : pl_vmstat_parse(pl_file_span(buffer), ret_vmstat);
}

int pl_vmstat_read_again(int fd, struct pl_file_buffer *buffer, struct pl_vmstat *ret_vmstat)
{
        int r;

        pl_assert(ret_vmstat);

        r = pl_file_read_long_again(fd, buffer);
        return r != 0 ? r : pl_vmstat_parse(pl_file_span(buffer), ret_vmstat);
}
