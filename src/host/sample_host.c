/* SPDX-License-Identifier: Apache-2.0 */

/* meminfo, pressure and vmstat stay open: they are what is read when memory is short, and to open a file can stall then. zram is
 * asked with the slow part alone, for every device is a file or two in /sys, and what is swapped moves slowly beside what is
 * measured at every tick.
 *
 * Each file is read for itself. What is available is known also where nobody can say how much the host stalls.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/meminfo.h"
#include "plimsoll/kernel/psi.h"
#include "plimsoll/kernel/swap.h"
#include "plimsoll/kernel/vmstat.h"
#include "sample_internal.h"

struct figure {
        size_t from, to;
};

#define FIGURE(type, source, target)                                                               \
        {                                                                                          \
                offsetof(struct type, source), offsetof(struct pl_host_sample, target)             \
        }

/* The bits are in the order of the fields; `have` stands before the figures in these structs, which shifts the bits by one. */
_Static_assert(offsetof(struct pl_meminfo, zswapped_bytes) / 8 == PL_MEMINFO_ZSWAPPED + 1, "");
_Static_assert(sizeof(struct pl_meminfo) / 8 == PL_MEMINFO_KEYS_ + 1, "a bit for each field");
_Static_assert(offsetof(struct pl_vmstat, oom_kill_count) / 8 == PL_VMSTAT_OOM_KILL + 1, "");
_Static_assert(sizeof(struct pl_vmstat) / 8 == PL_VMSTAT_KEYS_ + 1, "a bit for each field");

static void copy_all(const struct figure *figures, size_t count, const void *from, uint64_t have,
                     struct pl_host_sample *sample)
{
        for (size_t i = 0; i < count; i++)
                pl_sample_copy(from, have << 1, figures[i].from, sample, &sample->have,
                               figures[i].to);
}

/* Opens on the first need, and tries again where that failed. */
static int need(int dir_fd, const char *name, int *fd)
{
        return *fd >= 0 ? 0 : pl_file_open(dir_fd, name, fd);
}

static int read_meminfo(struct pl_sampler *sampler, struct pl_host_sample *sample)
{
        static const struct figure figures[] = {
                FIGURE(pl_meminfo, total_bytes, total_bytes),
                FIGURE(pl_meminfo, free_bytes, free_bytes),
                FIGURE(pl_meminfo, available_bytes, available_bytes),
                FIGURE(pl_meminfo, swap_total_bytes, swap_total_bytes),
                FIGURE(pl_meminfo, swap_free_bytes, swap_free_bytes),
                FIGURE(pl_meminfo, shmem_bytes, shmem_bytes),
                FIGURE(pl_meminfo, slab_unreclaimable_bytes, slab_unreclaimable_bytes),
                FIGURE(pl_meminfo, zswap_bytes, zswap_bytes),
                FIGURE(pl_meminfo, zswapped_bytes, zswapped_bytes),
        };
        struct pl_meminfo meminfo;
        int r = need(sampler->roots.proc_fd, "meminfo", &sampler->meminfo_fd);

        if (r == 0)
                r = pl_meminfo_read_again(sampler->meminfo_fd, &sampler->buffer, &meminfo);
        if (r != 0)
                return r;
        copy_all(figures, PL_ARRAY_LENGTH(figures), &meminfo, meminfo.have, sample);
        return 0;
}

/* A kernel that does not measure it is no failure. */
static int read_pressure(struct pl_sampler *sampler, struct pl_host_sample *sample)
{
        struct pl_psi psi = {};
        int r = need(sampler->roots.proc_fd, "pressure/memory", &sampler->pressure_fd);

        if (r == 0)
                r = pl_psi_read_again(sampler->pressure_fd, &sampler->buffer, &psi);
        if (r != 0 && r != PL_FILE_E_ABSENT && r != PL_FILE_E_OFF)
                return r;
        sample->some_usec = psi.some.total_usec;
        sample->full_usec = psi.full.total_usec;
        sample->have &= ~(PL_HOST_BIT(some_usec) | PL_HOST_BIT(full_usec));
        if (r == 0)
                sample->have |= PL_HOST_BIT(some_usec) | PL_HOST_BIT(full_usec);
        return 0;
}

static int read_vmstat(struct pl_sampler *sampler, struct pl_host_sample *sample)
{
        static const struct figure figures[] = {
                FIGURE(pl_vmstat, pgscan_kswapd_pages, pgscan_kswapd_pages),
                FIGURE(pl_vmstat, allocstall_count, allocstall_count),
                FIGURE(pl_vmstat, pswpin_pages, pswpin_pages),
                FIGURE(pl_vmstat, pswpout_pages, pswpout_pages),
                FIGURE(pl_vmstat, refault_anon_pages, refault_anon_pages),
                FIGURE(pl_vmstat, refault_file_pages, refault_file_pages),
                FIGURE(pl_vmstat, pgmajfault_count, pgmajfault_count),
                FIGURE(pl_vmstat, oom_kill_count, oom_kill_count),
        };
        struct pl_vmstat vmstat;
        int r = need(sampler->roots.proc_fd, "vmstat", &sampler->vmstat_fd);

        if (r == 0)
                r = pl_vmstat_read_again(sampler->vmstat_fd, &sampler->buffer, &vmstat);
        if (r != 0)
                return r;
        copy_all(figures, PL_ARRAY_LENGTH(figures), &vmstat, vmstat.have, sample);
        return 0;
}

#define ZRAM_BITS (PL_HOST_BIT(zram_bytes) | PL_HOST_BIT(zram_data_bytes))

/* Without a zram device there is nothing of it, which is not 0 bytes. */
static int read_zram(struct pl_sampler *sampler, struct pl_host_sample *sample)
{
        struct pl_swap swap;
        int r = pl_swap_read(&sampler->roots, &sampler->buffer, &swap);

        if (r != 0)
                return r;
        sample->have &= ~ZRAM_BITS;
        sample->zram_bytes = sample->zram_data_bytes = 0;
        if (swap.zram_count > 0) {
                sample->zram_bytes = swap.zram.used_bytes;
                sample->zram_data_bytes = swap.zram.original_bytes;
                sample->have |= ZRAM_BITS;
        }
        return 0;
}

/* In the order in which they are read; what is available first. */
static const struct source {
        const char *name;
        unsigned part; /* of which it is */
        int (*read)(struct pl_sampler *sampler, struct pl_host_sample *sample);
        uint64_t bits; /* that it sets */
} sources[] = {
        { "/proc/meminfo", PL_SAMPLE_HOT, read_meminfo,
          PL_HOST_BIT(total_bytes) | PL_HOST_BIT(free_bytes) | PL_HOST_BIT(available_bytes) |
                  PL_HOST_BIT(swap_total_bytes) | PL_HOST_BIT(swap_free_bytes) |
                  PL_HOST_BIT(shmem_bytes) | PL_HOST_BIT(slab_unreclaimable_bytes) |
                  PL_HOST_BIT(zswap_bytes) | PL_HOST_BIT(zswapped_bytes) },
        { "/proc/pressure/memory", PL_SAMPLE_HOT, read_pressure,
          PL_HOST_BIT(some_usec) | PL_HOST_BIT(full_usec) },
        { "/proc/vmstat", PL_SAMPLE_HOT, read_vmstat,
          PL_HOST_BIT(pgscan_kswapd_pages) | PL_HOST_BIT(allocstall_count) |
                  PL_HOST_BIT(pswpin_pages) | PL_HOST_BIT(pswpout_pages) |
                  PL_HOST_BIT(refault_anon_pages) | PL_HOST_BIT(refault_file_pages) |
                  PL_HOST_BIT(pgmajfault_count) | PL_HOST_BIT(oom_kill_count) },
        { "/proc/swaps or /sys/block", PL_SAMPLE_SLOW, read_zram, ZRAM_BITS },
};

int pl_sample_host(struct pl_sampler *sampler, unsigned parts, uint64_t now_usec,
                   struct pl_host_sample *sample)
{
        int first = 0;

        pl_assert(sampler);
        pl_assert(parts != 0 && (parts & ~(unsigned) (PL_SAMPLE_HOT | PL_SAMPLE_SLOW)) == 0);

        sampler->unread = NULL;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(sources); i++) {
                int r = sources[i].part & parts ? sources[i].read(sampler, sample) : 0;

                if (r == 0)
                        continue;
                sample->have &= ~sources[i].bits;
                if (first == 0) {
                        sampler->unread = sources[i].name;
                        first = r;
                }
        }
        if (parts & PL_SAMPLE_HOT && sample->have & PL_HOST_BIT(total_bytes))
                sample->at_usec = now_usec;
        return first;
}
