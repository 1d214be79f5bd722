/* SPDX-License-Identifier: Apache-2.0 */

/* Limits count along the whole path, so those of the ancestors are read too, each once in a scan: it bears the scan's
 * stamp then, and who is below it goes on from there. The root has neither limits nor a use of its own.
 *
 * crun puts a container into a cgroup of its own inside of the scope, and some versions put the limits there alone. It
 * holds all that the scope does, so its ceilings are the workload's.
 */

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "sample_internal.h"

static const enum pl_limit ceilings[] = { PL_LIMIT_HIGH, PL_LIMIT_MAX, PL_LIMIT_SWAP_MAX };
static const enum pl_limit protections[] = { PL_LIMIT_MIN, PL_LIMIT_LOW };

void pl_sample_begin(struct pl_sampler *sampler)
{
        pl_assert(sampler);

        sampler->stamp++;
        if (sampler->stamp == 0) /* which stands for never */
                sampler->stamp++;
}

/* A file that this cgroup does not have sets no limit. */
static int read_some(int fd, struct pl_file_buffer *buffer, const enum pl_limit *limits,
                     size_t count, struct pl_limits *into)
{
        for (size_t i = 0; i < count; i++) {
                uint64_t value;
                int r = pl_memcg_read_limit(fd, limits[i], buffer, &value);

                if (r == 0)
                        pl_limits_put(into, limits[i], value);
                else if (r != PL_FILE_E_ABSENT)
                        return r;
        }
        return 0;
}

static int read_own(struct pl_sampler *sampler, int fd, const uint64_t *usage_bytes,
                    struct pl_limits *ret_limits, uint64_t *ret_usage)
{
        struct pl_limits limits = {};
        uint64_t usage = usage_bytes ? *usage_bytes : 0;
        int r = 0;

        if (!usage_bytes)
                r = pl_memcg_read_figure(fd, PL_MEMCG_CURRENT, &sampler->buffer, &usage);
        /* Without a memory controller it has no limits either. */
        if (r == PL_FILE_E_ABSENT)
                r = 0;
        if (r == 0)
                r = read_some(fd, &sampler->buffer, ceilings, PL_ARRAY_LENGTH(ceilings), &limits);
        if (r == 0)
                r = read_some(fd, &sampler->buffer, protections, PL_ARRAY_LENGTH(protections),
                              &limits);
        if (r != 0)
                return r;
        *ret_limits = limits;
        *ret_usage = usage;
        return 0;
}

static int read_inner(struct pl_sampler *sampler, int fd, const struct pl_standing *standing,
                      struct pl_limits *ret_limits)
{
        _cleanup_close_ int inner_fd = -1;
        int r;

        if (standing->kind != PL_WORKLOAD_CONTAINER ||
            (standing->runtime != PL_RUNTIME_PODMAN && standing->runtime != PL_RUNTIME_CRIO))
                return 0;
        r = pl_file_open_directory(fd, "container", &inner_fd);
        if (r == 0)
                r = read_some(inner_fd, &sampler->buffer, ceilings, PL_ARRAY_LENGTH(ceilings),
                              ret_limits);
        /* It comes after the scope and goes before it. */
        return r == PL_FILE_E_ABSENT || r == PL_FILE_E_GONE ? 0 : r;
}

/* `usage_bytes` is NULL where it has to be read. The parent has been done. */
static int refresh(struct pl_sampler *sampler, struct pl_census *census, uint32_t index,
                   const uint64_t *usage_bytes)
{
        struct pl_census_entry *entry = pl_census_at(census, index);
        struct pl_census_entry *parent = pl_census_at(census, entry->parent);
        struct pl_limits own = {}, inner = {};
        uint64_t usage = 0;
        bool opened = false;
        int fd = -1, r;

        r = pl_census_directory(census, index, &fd, &opened);
        if (r != 0)
                return r;
        r = read_own(sampler, fd, usage_bytes, &own, &usage);
        if (r == 0)
                r = read_inner(sampler, fd, &entry->standing, &inner);
        if (opened)
                pl_cleanup_close(&fd);
        if (r != 0)
                return r;

        pl_reach_set(&entry->reach, &parent->reach, &own, usage);
        pl_reach_derive(&entry->reach, &parent->reach,
                        (struct pl_reach_rules){ entry->parent == PL_CENSUS_ROOT,
                                                 sampler->recursive_protection });
        pl_reach_lower(&entry->reach, &inner);
        entry->reach.stamp = sampler->stamp;
        return 0;
}

/* Itself and those on the way up, as far as this scan has not read them. Who has been read has had those above read. */
static size_t list_stale(const struct pl_sampler *sampler, const struct pl_census *census,
                         uint32_t index, uint32_t stale[PL_WORKLOAD_DEPTH_MAX + 1])
{
        size_t count = 0;

        while (index != PL_CENSUS_ROOT) {
                const struct pl_census_entry *entry = pl_census_at(census, index);

                if (entry->reach.stamp == sampler->stamp)
                        break;
                pl_assert(count <= PL_WORKLOAD_DEPTH_MAX);
                stale[count++] = index;
                index = entry->parent;
        }
        return count;
}

static int refresh_path(struct pl_sampler *sampler, struct pl_census *census, uint32_t index,
                        const uint64_t *usage_bytes)
{
        uint32_t stale[PL_WORKLOAD_DEPTH_MAX + 1];
        size_t count = list_stale(sampler, census, index, stale);
        int r = 0;

        pl_assert(sampler->stamp != 0); /* a scan was begun */

        for (size_t i = count; i > 0 && r == 0; i--)
                r = refresh(sampler, census, stale[i - 1], i == 1 ? usage_bytes : NULL);
        return r;
}

int pl_sample_limits(struct pl_sampler *sampler, struct pl_census *census, uint32_t index)
{
        pl_assert(sampler);
        pl_assert(census);

        return refresh_path(sampler, census, index, NULL);
}

int pl_sample_known(struct pl_sampler *sampler, struct pl_census *census, uint32_t index,
                    struct pl_sample_request request, struct pl_cgroup_sample *sample)
{
        struct pl_cgroup_sample fresh = *sample;
        bool opened = false;
        int fd = -1, r;

        pl_assert(index != PL_CENSUS_ROOT); /* which has none of these files */

        r = pl_census_directory(census, index, &fd, &opened);
        if (r != 0)
                return r;
        r = pl_sample_cgroup(sampler, fd, request.parts, request.now_usec, &fresh);
        if (opened)
                pl_cleanup_close(&fd);
        if (r == 0 && request.limits)
                r = refresh_path(sampler, census, index,
                                 request.parts & PL_SAMPLE_HOT ? &fresh.current_bytes : NULL);
        if (r == 0)
                *sample = fresh;
        return r;
}
