/* SPDX-License-Identifier: Apache-2.0 */

/* An allocation goes up its path: at a memory.max it reclaims there, and if that does not help the kernel takes somebody
 * there. Then the host has to have it: below the lowest watermark an allocation reclaims itself, and stands still meanwhile.
 */

#include "host.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

/* Page cache that is clean is dropped at about this rate by one processor. */
#define DROP_SPEED (2 * PL_GIB)

/* How long reclaiming that took. */
static uint64_t reclaim_usec(const struct sim_host *host, uint64_t bytes, uint64_t swapped)
{
        uint64_t speed = sim_max(host->scenario->machine.swap_speed, PL_MIB);

        return (bytes - swapped) / (DROP_SPEED / PL_USEC_PER_SEC) +
               swapped / sim_max(speed / PL_USEC_PER_SEC, 1);
}

static uint64_t reclaim(struct sim_host *host, uint32_t scope, struct sim_body *who, uint64_t bytes)
{
        uint64_t swapped, got = sim_reclaim(host, scope, bytes, &swapped);

        who->stall_usec += reclaim_usec(host, got, sim_min(swapped, got));
        return got;
}

/* What is to be won is on its way to swap: one waits for that, and nobody is killed. */
static bool is_writing(const struct sim_host *host)
{
        return host->swap_budget < PL_MIB && sim_host_swap_free(host) > PL_MIB;
}

/* What the limits of the path leave of it. */
static uint64_t pass_limits(struct sim_host *host, uint32_t cgroup, uint64_t bytes, uint64_t usec,
                            bool may_kill)
{
        struct sim_body *who = &host->bodies[cgroup];

        for (uint32_t at = cgroup; at != SIM_HOST; at = host->bodies[at].parent) {
                struct sim_body *body = &host->bodies[at];
                uint64_t max = sim_min(body->max, body->cap), over;

                if (max == PL_SIZE_MAX || body->use + bytes <= max)
                        continue;
                over = body->use + bytes - max;
                body->local_max += 1 + over / (64 * SIM_PAGE);
                body->met_usec = host->now_usec;
                reclaim(host, at, who, over);
                if (body->use + bytes <= max)
                        continue;
                bytes = sim_less(max, body->use);
                who->stall_usec = may_kill ? usec : who->stall_usec;
                if (!may_kill || is_writing(host))
                        continue;
                /* While somebody is dying there the kernel waits for that. */
                body->local_oom++;
                sim_oom(host, at);
        }
        return bytes;
}

/* What the host leaves of it. */
static uint64_t pass_host(struct sim_host *host, struct sim_body *who, uint64_t bytes,
                          uint64_t usec)
{
        uint64_t left = sim_host_free(host), got;

        if (bytes == 0 || left >= host->watermark_min + bytes)
                return bytes;
        host->allocstall++;
        host->reclaimed_usec = host->now_usec;
        got = reclaim(host, SIM_HOST, who, host->watermark_min + bytes - left);
        left = sim_host_free(host);
        if (left >= host->watermark_min + bytes)
                return bytes;
        who->stall_usec = usec;
        host->is_starved = host->is_starved || (got < PL_MIB && !is_writing(host));
        return sim_min(bytes, sim_less(left, host->watermark_min));
}

static uint64_t pass(struct sim_host *host, uint32_t cgroup, uint64_t bytes, uint64_t usec,
                     bool may_kill)
{
        uint64_t got = pass_limits(host, cgroup, bytes, usec, may_kill);

        /* It may have been itself that the kernel took. */
        if (!host->bodies[cgroup].is_populated)
                return 0;
        got = pass_host(host, &host->bodies[cgroup], got, usec);
        sim_host_count(host, cgroup, (int64_t) got);
        return got;
}

uint64_t sim_charge(struct sim_host *host, uint32_t cgroup, enum sim_memory memory, uint64_t bytes,
                    uint64_t usec)
{
        struct sim_body *body = &host->bodies[cgroup];
        uint64_t got = bytes == 0 ? 0 : pass(host, cgroup, bytes, usec, true);

        switch (memory) {
        case SIM_LOCKED:
                body->locked += got;
                body->anon += got;
                break;
        case SIM_SHMEM:
                body->shmem += got;
                break;
        case SIM_ANON:
        case SIM_MEMORIES:
                body->anon += got;
                break;
        }
        return got;
}

uint64_t sim_charge_file(struct sim_host *host, uint32_t cgroup, uint64_t bytes, uint64_t usec)
{
        uint64_t got = bytes == 0 ? 0 : pass(host, cgroup, bytes, usec, false);

        host->bodies[cgroup].inactive += got;
        return got;
}

/* The sleep grows with how far it is above (mem_cgroup_handle_over_high()): from a 64th of it on it does nothing else. */
void sim_charge_high(struct sim_host *host, uint32_t cgroup, uint64_t usec)
{
        struct sim_body *who = &host->bodies[cgroup];

        who->lost_permyriad = 0;
        if (who->work_permyriad < 2500)
                return;
        for (uint32_t at = cgroup; at != SIM_HOST; at = host->bodies[at].parent) {
                struct sim_body *body = &host->bodies[at];
                uint64_t high = sim_min(body->high, body->throttle), over;

                if (body->use <= high)
                        continue;
                body->local_high++;
                reclaim(host, at, who, sim_min(body->use - high, 64 * PL_MIB));
                over = sim_less(body->use, high);
                who->lost_permyriad = sim_max(
                        who->lost_permyriad,
                        sim_min(9900, 64 * (over * 100 / sim_max(high / 100, 1))));
        }
        who->stall_usec += usec * who->lost_permyriad / 10000;
}

/* ---- the kernel's own kill ---- */

/* oom_badness(), mm/oom_kill.c. */
static int64_t badness(const struct sim_host *host, uint32_t cgroup)
{
        const struct sim_body *body = &host->bodies[cgroup];
        int64_t adj = host->scenario->cgroups[cgroup].score_adj;

        if (!body->is_populated || adj <= -1000)
                return INT64_MIN;
        return (int64_t) ((body->anon + body->swapped) / SIM_PAGE / body->processes) +
               adj * (int64_t) (host->scenario->machine.ram_bytes / SIM_PAGE / 1000);
}

static bool is_dying_below(const struct sim_host *host, uint32_t scope)
{
        for (uint32_t i = 0; i < host->scenario->cgroup_count; i++)
                if (host->bodies[i].is_populated && host->bodies[i].die_usec != SIM_NEVER &&
                    sim_host_is_below(host, i, scope))
                        return true;
        return false;
}

void sim_oom(struct sim_host *host, uint32_t scope)
{
        int64_t worst = INT64_MIN;
        uint32_t victim = SIM_HOST;

        if (is_dying_below(host, scope))
                return;
        for (uint32_t i = 0; i < host->scenario->cgroup_count; i++)
                if (host->bodies[i].is_workload && sim_host_is_below(host, i, scope) &&
                    badness(host, i) > worst) {
                        worst = badness(host, i);
                        victim = i;
                }
        if (victim == SIM_HOST)
                return;
        if (host->kill_count < SIM_KILLS_MAX)
                host->kills[host->kill_count++] = (struct sim_kernel_kill){ host->now_usec, victim,
                                                                            scope };
        host->oom_kills++;
        host->bodies[victim].local_oom_kill++;
        for (uint32_t at = victim; at != SIM_HOST; at = host->bodies[at].parent)
                host->bodies[at].oom_kill++;
        sim_host_end_process(host, victim);
}
