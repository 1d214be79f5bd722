/* SPDX-License-Identifier: Apache-2.0 */

/* What belongs to a figure is whether it is there: a cgroup whose pressure is hidden or whose swap is not accounted for has
 * no 0 there but nothing. Of the hot files only memory.current has to be there; without it there is no memory controller,
 * and nothing else to be read either.
 */

#include "plimsoll/host/sample.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/psi.h"
#include "sample_internal.h"

void pl_sampler_init(struct pl_sampler *sampler, const struct pl_roots *roots,
                     bool recursive_protection)
{
        pl_assert(sampler);
        pl_assert(roots);

        /* All but the buffer, which is large and filled before it is read. */
        memset(sampler, 0, offsetof(struct pl_sampler, buffer));
        sampler->roots = *roots;
        sampler->recursive_protection = recursive_protection;
        sampler->meminfo_fd = sampler->pressure_fd = sampler->vmstat_fd = -1;
        sampler->buffer.length = 0;
}

static void forget(struct pl_sampler *sampler, struct pl_sample_kept *kept)
{
        pl_assert(kept->id != 0 && sampler->kept_count > 0);

        pl_memcg_hot_close(&kept->files);
        pl_cleanup_close(&kept->local_fd);
        pl_cleanup_close(&kept->stat_fd);
        *kept = (struct pl_sample_kept){};
        sampler->kept_count--;
}

void pl_sampler_done(struct pl_sampler *sampler)
{
        pl_assert(sampler);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(sampler->kept); i++)
                if (sampler->kept[i].id != 0)
                        forget(sampler, &sampler->kept[i]);
        pl_cleanup_close(&sampler->meminfo_fd);
        pl_cleanup_close(&sampler->pressure_fd);
        pl_cleanup_close(&sampler->vmstat_fd);
        sampler->meminfo_fd = sampler->pressure_fd = sampler->vmstat_fd = -1;
}

/* ---- the figures ---- */

#define PUT(sample, figure, value)                                                                 \
        do {                                                                                       \
                (sample)->figure = (value);                                                        \
                (sample)->have |= PL_CGROUP_BIT(figure);                                           \
        } while (0)

/* The figures that are read at every look; those of memory.stat stay. */
static const uint64_t hot_bits = PL_CGROUP_BIT(current_bytes) | PL_CGROUP_BIT(swap_bytes) |
                                 PL_CGROUP_BIT(some_usec) | PL_CGROUP_BIT(full_usec) |
                                 PL_CGROUP_BIT(local_high) | PL_CGROUP_BIT(local_max) |
                                 PL_CGROUP_BIT(local_oom) | PL_CGROUP_BIT(local_oom_kill) |
                                 PL_CGROUP_BIT(oom_kill);

static void begin_hot(struct pl_cgroup_sample *sample, uint64_t now_usec)
{
        sample->at_usec = now_usec;
        sample->have &= ~hot_bits;
        sample->swap_bytes = sample->some_usec = sample->full_usec = 0;
        sample->local_high = sample->local_max = sample->local_oom = sample->local_oom_kill = 0;
        sample->oom_kill = 0;
}

static void put_local(struct pl_cgroup_sample *sample, const struct pl_memcg_events *events)
{
        PUT(sample, local_high, events->high);
        PUT(sample, local_max, events->max);
        PUT(sample, local_oom, events->oom);
        PUT(sample, local_oom_kill, events->oom_kill);
}

static void put_pressure(struct pl_cgroup_sample *sample, uint64_t some_usec, uint64_t full_usec)
{
        PUT(sample, some_usec, some_usec);
        PUT(sample, full_usec, full_usec);
}

/* Not there, switched off, or hidden by whoever owns it; the cgroup is another question. */
static bool is_without(int r)
{
        return r == PL_FILE_E_ABSENT || r == PL_FILE_E_OFF;
}

static int read_events(int fd, struct pl_file_buffer *buffer, struct pl_cgroup_sample *sample)
{
        struct pl_memcg_events events;
        int r = pl_memcg_read_events(fd, buffer, &events);

        if (r == 0)
                PUT(sample, oom_kill, events.oom_kill);
        else if (!is_without(r))
                return r;
        r = pl_memcg_read_events_local(fd, buffer, &events);
        if (r == 0)
                put_local(sample, &events);
        return is_without(r) ? 0 : r;
}

static int read_pressure(int fd, struct pl_file_buffer *buffer, struct pl_cgroup_sample *sample)
{
        struct pl_psi psi;
        int r = pl_psi_read(fd, "memory.pressure", buffer, &psi);

        if (r == 0)
                put_pressure(sample, psi.some.total_usec, psi.full.total_usec);
        /* Hidden in the middle of it: the next reading tells whether the cgroup is gone. */
        return is_without(r) || r == PL_FILE_E_GONE ? 0 : r;
}

static int read_hot(int fd, struct pl_file_buffer *buffer, struct pl_cgroup_sample *sample)
{
        uint64_t bytes;
        int r = pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, buffer, &bytes);

        if (r != 0)
                return r;
        PUT(sample, current_bytes, bytes);
        r = pl_memcg_read_figure(fd, PL_MEMCG_SWAP_CURRENT, buffer, &bytes);
        if (r == 0)
                PUT(sample, swap_bytes, bytes);
        else if (!is_without(r))
                return r;
        r = read_events(fd, buffer, sample);
        return r == 0 ? read_pressure(fd, buffer, sample) : r;
}

static void put_stat(const struct pl_memcg_stat *stat, uint64_t now_usec,
                     struct pl_cgroup_sample *sample)
{
        static const struct {
                size_t from, to;
        } figures[] = {
#define FIGURE(from, to)                                                                           \
        { offsetof(struct pl_memcg_stat, from), offsetof(struct pl_cgroup_sample, to) }
                FIGURE(anon_bytes, anon_bytes),
                FIGURE(file_bytes, file_bytes),
                FIGURE(shmem_bytes, shmem_bytes),
                FIGURE(kernel_bytes, kernel_bytes),
                FIGURE(slab_unreclaimable_bytes, slab_unreclaimable_bytes),
                FIGURE(inactive_file_bytes, inactive_file_bytes),
                FIGURE(active_file_bytes, active_file_bytes),
                FIGURE(unevictable_bytes, unevictable_bytes),
                FIGURE(workingset_refault_anon, refault_anon),
                FIGURE(workingset_refault_file, refault_file),
                FIGURE(pgmajfault, pgmajfault),
                FIGURE(pgscan, pgscan),
                FIGURE(swapcached_bytes, swapcached_bytes),
#undef FIGURE
        };

        sample->stat_at_usec = now_usec;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(figures); i++)
                pl_sample_copy(stat, stat->have, figures[i].from, sample, &sample->have,
                               figures[i].to);
}

static int read_slow(int fd, struct pl_file_buffer *buffer, uint64_t now_usec,
                     struct pl_cgroup_sample *sample)
{
        struct pl_memcg_stat stat;
        int r = pl_memcg_read_stat(fd, buffer, &stat);

        if (r == 0)
                put_stat(&stat, now_usec, sample);
        return r;
}

void pl_sample_copy(const void *from, uint64_t from_have, size_t from_offset, void *to,
                    uint64_t *to_have, size_t to_offset)
{
        const uint64_t *source = from;
        uint64_t *target = to;
        size_t i = from_offset / sizeof *source, j = to_offset / sizeof *target;

        pl_assert(i < 64 && j < 64);

        *to_have &= ~(UINT64_C(1) << j);
        target[j] = source[i];
        if (from_have >> i & 1)
                *to_have |= UINT64_C(1) << j;
}

int pl_sample_cgroup(struct pl_sampler *sampler, int cgroup_fd, unsigned parts, uint64_t now_usec,
                     struct pl_cgroup_sample *sample)
{
        struct pl_cgroup_sample fresh = *sample;
        int r = 0, hot = 0;

        pl_assert(sampler);
        pl_assert(cgroup_fd >= 0);
        pl_assert(parts != 0 && (parts & ~(unsigned) (PL_SAMPLE_HOT | PL_SAMPLE_SLOW)) == 0);

        if (parts & PL_SAMPLE_HOT) {
                begin_hot(&fresh, now_usec);
                hot = r = read_hot(cgroup_fd, &sampler->buffer, &fresh);
        }
        if (r == 0 && parts & PL_SAMPLE_SLOW)
                r = read_slow(cgroup_fd, &sampler->buffer, now_usec, &fresh);
        /* What it uses is worth having also where what it is made of cannot be read. */
        if (parts & PL_SAMPLE_HOT && r != PL_FILE_E_GONE)
                r = hot;
        if (r == 0)
                *sample = fresh;
        return r;
}

/* ---- the hot set ---- */

static struct pl_sample_kept *find_kept(struct pl_sampler *sampler, uint64_t id)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(sampler->kept); i++)
                if (sampler->kept[i].id == id)
                        return &sampler->kept[i];
        return NULL;
}

bool pl_sample_is_kept(const struct pl_sampler *sampler, uint64_t id)
{
        pl_assert(id != 0);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(sampler->kept); i++)
                if (sampler->kept[i].id == id)
                        return true;
        return false;
}

/* One that not every kernel has. */
static int open_optional(int cgroup_fd, const char *name, int *ret_fd)
{
        int r = pl_file_open(cgroup_fd, name, ret_fd);

        if (r != 0)
                *ret_fd = -1;
        return r == PL_FILE_E_ABSENT ? 0 : r;
}

int pl_sample_keep(struct pl_sampler *sampler, uint64_t id, int cgroup_fd)
{
        struct pl_sample_kept *place, kept = { .id = id, .local_fd = -1, .stat_fd = -1 };
        int r;

        pl_assert(cgroup_fd >= 0);

        if (pl_sample_is_kept(sampler, id))
                return 0;
        place = find_kept(sampler, 0);
        if (!place)
                return PL_SAMPLE_E_FULL;
        r = pl_memcg_hot_open(cgroup_fd, &kept.files);
        if (r != 0)
                return r;
        r = open_optional(cgroup_fd, "memory.events.local", &kept.local_fd);
        if (r == 0)
                r = open_optional(cgroup_fd, "memory.stat", &kept.stat_fd);
        if (r != 0) {
                pl_memcg_hot_close(&kept.files);
                pl_cleanup_close(&kept.local_fd);
                return r;
        }
        *place = kept;
        sampler->kept_count++;
        return 0;
}

void pl_sample_drop(struct pl_sampler *sampler, uint64_t id)
{
        struct pl_sample_kept *kept;

        pl_assert(id != 0);

        kept = find_kept(sampler, id);
        if (kept)
                forget(sampler, kept);
}

static int read_kept(const struct pl_sample_kept *kept, struct pl_file_buffer *buffer,
                     struct pl_cgroup_sample *sample)
{
        struct pl_memcg_hot_figures figures;
        struct pl_memcg_events events;
        int r = pl_memcg_hot_read(&kept->files, buffer, &figures);

        if (r == 0 && kept->local_fd >= 0)
                r = pl_file_read_again(kept->local_fd, buffer);
        if (r == 0 && kept->local_fd >= 0)
                r = pl_memcg_parse_events(pl_file_span(buffer), &events);
        if (r != 0)
                return r;

        PUT(sample, current_bytes, figures.current_bytes);
        PUT(sample, oom_kill, figures.events.oom_kill);
        if (figures.has_swap)
                PUT(sample, swap_bytes, figures.swap_bytes);
        if (figures.has_pressure)
                put_pressure(sample, figures.some_usec, figures.full_usec);
        if (kept->local_fd >= 0)
                put_local(sample, &events);
        return 0;
}

static int read_kept_stat(const struct pl_sample_kept *kept, struct pl_file_buffer *buffer,
                          uint64_t now_usec, struct pl_cgroup_sample *sample)
{
        struct pl_memcg_stat stat;
        int r = kept->stat_fd >= 0 ? pl_file_read_again(kept->stat_fd, buffer) : PL_FILE_E_ABSENT;

        if (r == 0)
                r = pl_memcg_parse_stat(pl_file_span(buffer), &stat);
        if (r == 0)
                put_stat(&stat, now_usec, sample);
        return r;
}

int pl_sample_again(struct pl_sampler *sampler, uint64_t id, unsigned parts, uint64_t now_usec,
                    struct pl_cgroup_sample *sample)
{
        struct pl_sample_kept *kept = find_kept(sampler, id);
        struct pl_cgroup_sample fresh = *sample;
        int r;

        pl_assert(id != 0 && kept);
        pl_assert(parts == PL_SAMPLE_HOT || parts == (PL_SAMPLE_HOT | PL_SAMPLE_SLOW));

        begin_hot(&fresh, now_usec);
        r = read_kept(kept, &sampler->buffer, &fresh);
        /* As from files that were not open: what it uses is worth having without the rest. */
        if (r == 0 && parts & PL_SAMPLE_SLOW &&
            read_kept_stat(kept, &sampler->buffer, now_usec, &fresh) == PL_FILE_E_GONE)
                r = PL_FILE_E_GONE;
        if (r == PL_FILE_E_GONE)
                forget(sampler, kept);
        if (r == 0)
                *sample = fresh;
        return r;
}
