/* SPDX-License-Identifier: Apache-2.0 */

#include "host.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

struct doing {
        struct sim_host *host;
        const struct sim_act *act;
        struct sim_deed *deed;
        struct sim_body *body;
        uint64_t usec; /* that it runs of this tick */
        uint64_t tick_usec;
};

/* At this rate in the time that it runs. */
static uint64_t amount(const struct doing *doing, uint64_t rate)
{
        return rate / 1000 * (doing->usec / 1000);
}

static uint64_t allocate(const struct doing *doing, uint64_t bytes)
{
        doing->body->took_usec = doing->host->now_usec;
        return sim_charge(doing->host, doing->act->cgroup, (enum sim_memory) doing->act->memory,
                          bytes, doing->tick_usec);
}

static void grow(const struct doing *doing)
{
        struct sim_deed *deed = doing->deed;
        uint64_t left = sim_less(doing->act->bytes, deed->done_bytes);

        deed->done_bytes += allocate(doing, sim_min(amount(doing, doing->act->rate), left));
        deed->is_done = deed->done_bytes >= doing->act->bytes;
}

/* What it writes to is in swap no more. */
static void leave_swap(const struct doing *doing, uint64_t bytes)
{
        bytes = sim_min(bytes, doing->body->cached);
        doing->body->cached -= bytes;
        sim_host_count_swap(doing->host, doing->act->cgroup, -(int64_t) bytes);
}

/* What is in swap goes first. */
static uint64_t give_back(const struct doing *doing, uint64_t bytes)
{
        struct sim_body *body = doing->body;
        uint64_t swapped = sim_min(bytes, body->swapped);
        uint64_t anon = sim_min(bytes - swapped, body->anon - body->locked);

        body->swapped -= swapped;
        body->anon -= anon;
        leave_swap(doing, sim_less(body->cached, body->anon));
        sim_host_count_swap(doing->host, doing->act->cgroup, -(int64_t) swapped);
        sim_host_count(doing->host, doing->act->cgroup, -(int64_t) anon);
        return swapped + anon;
}

static void saw(const struct doing *doing)
{
        struct sim_deed *deed = doing->deed;

        doing->body->took_usec = doing->host->now_usec;
        deed->held_bytes += sim_charge(doing->host, doing->act->cgroup, SIM_ANON,
                                       amount(doing, doing->act->rate), doing->tick_usec);
        if (deed->held_bytes < doing->act->bytes || !doing->body->is_populated)
                return;
        give_back(doing, deed->held_bytes);
        deed->held_bytes = 0;
}

/* Of a circle of `set` bytes, of which `there` are in memory, `volume` were asked for: so many were not there. */
static uint64_t misses(uint64_t volume, uint64_t set, uint64_t there)
{
        uint64_t share;

        if (there >= set)
                return 0;
        share = (set - there) / sim_max(set / 10000, 1);
        return sim_min(sim_min(volume / 10000 * sim_min(share, 10000) + SIM_PAGE, volume),
                       set - there);
}

static void read_file(const struct doing *doing)
{
        struct sim_body *body = doing->body;
        struct sim_host *host = doing->host;
        uint64_t speed = sim_max(host->scenario->machine.disk_speed, PL_MIB);
        uint64_t volume = amount(doing, doing->act->rate), set = doing->act->bytes, wanted, got,
                 moved;
        bool is_again = doing->deed->done_bytes >= set;

        wanted = sim_min(misses(volume, set, body->active + body->inactive), amount(doing, speed));
        got = sim_charge_file(host, doing->act->cgroup, wanted, doing->tick_usec);
        doing->deed->done_bytes += sim_less(volume, wanted - got);
        if (!body->is_populated || !is_again)
                return;
        moved = sim_min(sim_min(volume, body->inactive), sim_less(set, body->active));
        body->inactive -= moved;
        body->active += moved;
        body->refault_file += wanted / SIM_PAGE;
        host->refault_file += wanted / SIM_PAGE;
        body->majfault += wanted / SIM_PAGE / 8;
        host->majfault += wanted / SIM_PAGE / 8;
        body->stall_usec += wanted / sim_max(speed / PL_USEC_PER_SEC, 1);
}

/* From a disk its neighbours come with each page, whether they are wanted or not, and stay in swap as well. */
static void read_ahead(const struct doing *doing, uint64_t bytes)
{
        struct sim_body *body = doing->body;
        uint64_t ahead = sim_min(bytes, body->swapped), missing;

        body->swapped -= ahead;
        body->cached += ahead;
        missing = ahead -
                  sim_charge(doing->host, doing->act->cgroup, SIM_ANON, ahead, doing->tick_usec);
        missing = sim_min(missing, body->cached);
        body->cached -= missing;
        body->swapped += missing;
        doing->host->swapped_in += (ahead - missing) / SIM_PAGE;
}

static void touch(const struct doing *doing)
{
        struct sim_body *body = doing->body;
        struct sim_host *host = doing->host;
        uint64_t speed = sim_max(host->scenario->machine.swap_speed, PL_MIB);
        uint64_t set = sim_min(doing->act->bytes, body->anon + body->swapped), got;
        uint64_t volume = amount(doing, doing->act->rate);

        leave_swap(doing, body->anon == 0 ? 0 : volume * body->cached / body->anon);
        got = misses(volume, set, body->anon);
        got = sim_min(sim_min(got, body->swapped), amount(doing, speed));
        if (got == 0)
                return;
        /* The page leaves swap before its place in memory counts, so that a full swap does not lock itself. */
        body->swapped -= got;
        sim_host_count_swap(host, doing->act->cgroup, -(int64_t) got);
        body->stall_usec += got / sim_max(speed / PL_USEC_PER_SEC, 1);
        body->refault_anon += got / SIM_PAGE;
        host->refault_anon += got / SIM_PAGE;
        host->swapped_in += got / SIM_PAGE;
        body->majfault += got / SIM_PAGE;
        host->majfault += got / SIM_PAGE;
        sim_charge(host, doing->act->cgroup, SIM_ANON, got, doing->tick_usec);
        if (body->is_populated && host->scenario->machine.swap_kind == SIM_SWAP_DISK)
                read_ahead(doing, got);
}

static void once(const struct doing *doing)
{
        if (doing->act->kind == SIM_ACT_FREE)
                give_back(doing, doing->act->bytes);
        else
                sim_host_end(doing->host, doing->act->cgroup);
        doing->deed->is_done = true;
}

static void do_act(const struct doing *doing)
{
        switch ((enum sim_act_kind) doing->act->kind) {
        case SIM_ACT_GROW:
                grow(doing);
                break;
        case SIM_ACT_FREE:
        case SIM_ACT_END:
                once(doing);
                break;
        case SIM_ACT_READ:
                read_file(doing);
                break;
        case SIM_ACT_TOUCH:
                touch(doing);
                break;
        case SIM_ACT_SAW:
                saw(doing);
                break;
        case SIM_ACTS:
                pl_unreachable();
        }
}

static void run(struct sim_host *host, uint32_t index, uint64_t usec)
{
        const struct sim_act *act = &host->scenario->acts[index];
        struct sim_body *body = &host->bodies[act->cgroup];
        struct doing doing = { host, act, &host->deeds[index], body, 0, usec };
        uint64_t age = host->now_usec - body->since_usec;

        if (!sim_host_runs(host, act->cgroup) || doing.deed->is_done || age < act->from_usec ||
            age >= act->until_usec)
                return;
        body->work_permyriad = 10000;
        /* What it lost to stalls in the tick before it does not do in this one. */
        doing.usec = usec - sim_min(usec - 1000, usec * body->lost_permyriad / 10000);
        if (body->stall_usec >= usec)
                return;
        do_act(&doing);
}

/* Each tick begins with another, so that who stands first in the file has no advantage. */
void sim_acts_run(struct sim_host *host, uint64_t usec)
{
        uint32_t count = host->scenario->act_count;
        uint32_t first = count ? (uint32_t) sim_below(&host->random, count) : 0;

        for (uint32_t i = 0; i < count; i++)
                run(host, (first + i) % count, usec);
}
