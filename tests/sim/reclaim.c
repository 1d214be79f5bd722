/* SPDX-License-Identifier: Apache-2.0 */

/* Page cache that was read once goes first; then what was read again and what swap takes, in equal parts; what memory.low
 * promises goes last and what memory.min promises never. From everybody by how much he has of it. What is in swap still needs
 * no room there, nor any time.
 */

#include "host.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

enum layer {
        LAYER_INACTIVE,
        LAYER_ACTIVE,
        LAYER_ANON,
};

struct reclaiming {
        struct sim_host *host;
        uint32_t scope;
        enum layer layer;
        bool takes_low; /* what memory.low promises as well */
};

static uint64_t *layer_of(struct sim_body *body, enum layer layer)
{
        switch (layer) {
        case LAYER_INACTIVE:
                return &body->inactive;
        case LAYER_ACTIVE:
                return &body->active;
        case LAYER_ANON:
                return &body->anon;
        }
        pl_unreachable();
}

static uint64_t swap_room(const struct sim_host *host, uint32_t cgroup)
{
        uint64_t room = sim_min(sim_host_swap_free(host), host->swap_budget);

        for (; cgroup != SIM_HOST; cgroup = host->bodies[cgroup].parent) {
                const struct sim_body *body = &host->bodies[cgroup];

                room = sim_min(room, sim_less(body->swap_max, body->swap_use));
        }
        return room;
}

/* What could be taken of it. */
static uint64_t has(const struct reclaiming *reclaiming, uint32_t cgroup)
{
        struct sim_body *body = &reclaiming->host->bodies[cgroup];
        uint64_t kept = reclaiming->takes_low ? body->min : sim_max(body->low, body->min), most;

        if (!body->is_workload || body->id == 0 || body->use <= kept ||
            !sim_host_is_below(reclaiming->host, cgroup, reclaiming->scope))
                return 0;
        most = sim_min(*layer_of(body, reclaiming->layer), body->use - kept);
        if (reclaiming->layer != LAYER_ANON)
                return most;
        return sim_min(sim_min(most, body->anon - body->locked),
                       body->cached + swap_room(reclaiming->host, cgroup));
}

static void take(const struct reclaiming *reclaiming, uint32_t cgroup, uint64_t bytes)
{
        struct sim_host *host = reclaiming->host;
        struct sim_body *body = &host->bodies[cgroup];
        uint64_t there;

        *layer_of(body, reclaiming->layer) -= bytes;
        body->scanned += bytes / SIM_PAGE;
        sim_host_count(host, cgroup, -(int64_t) bytes);
        if (reclaiming->layer != LAYER_ANON)
                return;
        body->swapped += bytes;
        there = sim_min(bytes, body->cached);
        body->cached -= there;
        bytes -= there;
        host->swapped_out += bytes / SIM_PAGE;
        host->swap_budget -= bytes;
        sim_host_count_swap(host, cgroup, (int64_t) bytes);
}

/* From everybody by what he has. */
static uint64_t take_layer(const struct reclaiming *reclaiming, uint64_t bytes)
{
        static uint64_t parts[SIM_CGROUPS_MAX];
        uint32_t count = reclaiming->host->scenario->cgroup_count;
        uint64_t sum = 0, taken = 0;

        if (bytes == 0)
                return 0;
        for (uint32_t i = 0; i < count; i++)
                sum += parts[i] = has(reclaiming, i) / SIM_PAGE;
        if (sum == 0)
                return 0;
        bytes = sim_min((bytes + SIM_PAGE - 1) / SIM_PAGE, sum);
        for (uint32_t i = 0; i < count; i++) {
                uint64_t part = (bytes * parts[i] + sum - 1) / sum * SIM_PAGE;

                if (part == 0)
                        continue;
                if (reclaiming->layer == LAYER_ANON)
                        part = sim_min(part, has(reclaiming, i));
                take(reclaiming, i, part);
                taken += part;
        }
        return taken;
}

static uint64_t take_orphans(struct sim_host *host, uint32_t scope, uint64_t bytes)
{
        uint64_t taken = scope == SIM_HOST ? sim_min(host->orphan_file, bytes) : 0;

        host->orphan_file -= taken;
        host->used -= taken;
        return taken;
}

/* What a page that is swapped out leaves of itself in memory is to be won elsewhere. */
static uint64_t with_zram(const struct sim_host *host, uint64_t bytes)
{
        const struct sim_machine *machine = &host->scenario->machine;

        if (machine->swap_kind != SIM_SWAP_ZRAM || machine->zram_percent >= 100)
                return bytes;
        return bytes * 100 / (100 - machine->zram_percent);
}

static uint64_t round_of(struct reclaiming *reclaiming, uint64_t bytes, uint64_t *swapped)
{
        uint64_t taken, part;

        reclaiming->layer = LAYER_INACTIVE;
        taken = take_layer(reclaiming, bytes);
        if (taken >= bytes)
                return taken;
        reclaiming->layer = LAYER_ANON;
        part = take_layer(reclaiming, with_zram(reclaiming->host, (bytes - taken) / 2));
        *swapped += part;
        taken += part;
        if (taken >= bytes)
                return taken;
        reclaiming->layer = LAYER_ACTIVE;
        taken += take_layer(reclaiming, bytes - taken);
        if (taken >= bytes)
                return taken;
        reclaiming->layer = LAYER_ANON;
        part = take_layer(reclaiming, with_zram(reclaiming->host, bytes - taken));
        *swapped += part;
        return taken + part;
}

uint64_t sim_reclaim(struct sim_host *host, uint32_t scope, uint64_t bytes, uint64_t *ret_swapped)
{
        struct reclaiming reclaiming = { .host = host, .scope = scope };
        uint64_t taken = take_orphans(host, scope, bytes);

        *ret_swapped = 0;
        if (taken < bytes)
                taken += round_of(&reclaiming, bytes - taken, ret_swapped);
        reclaiming.takes_low = true;
        if (taken < bytes)
                taken += round_of(&reclaiming, bytes - taken, ret_swapped);
        return taken;
}

void sim_kswapd(struct sim_host *host, uint64_t usec)
{
        uint64_t left = sim_host_free(host), most = PL_GIB * (usec / 1000) / 1000, taken, swapped;

        if (left >= (host->kswapd_works ? host->watermark_high : host->watermark_low)) {
                host->kswapd_works = false;
                return;
        }
        host->kswapd_works = true;
        host->reclaimed_usec = host->now_usec;
        taken = sim_reclaim(host, SIM_HOST, sim_min(host->watermark_high - left, most), &swapped);
        /* It looks at more than it takes, above all when there is little. */
        host->kswapd_pages += 32 + 2 * taken / SIM_PAGE;
}
