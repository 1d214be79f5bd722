/* SPDX-License-Identifier: Apache-2.0 */

/* Pressure: the kernel adds up, processor by processor, how long everybody that runs there stood still, and weighs the
 * processors by how much ran on them. With one workload a processor, that is the mean over workloads by what they work: so
 * one container that stands still beside idle neighbours is the host's full pressure, too.
 */

#include "host.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

/* How long an empty cgroup stays, as systemd and runtimes take to see that it is empty. */
#define EMPTY_STAYS_USEC (300 * PL_USEC_PER_MSEC)

uint64_t sim_host_free(const struct sim_host *host)
{
        uint64_t ram = host->scenario->machine.ram_bytes;

        return sim_less(ram, host->used);
}

/* si_mem_available(), mm/page_alloc.c 6.1: half of the page cache or the low watermark of it is not counted. */
uint64_t sim_host_available(const struct sim_host *host)
{
        uint64_t files = host->orphan_file, available;

        for (uint32_t i = 0; i < host->scenario->cgroup_count; i++)
                files += host->bodies[i].active + host->bodies[i].inactive;
        available = sim_host_free(host) + files - sim_min(files / 2, host->watermark_low);
        return sim_less(available, host->watermark_high);
}

uint64_t sim_host_swap_free(const struct sim_host *host)
{
        const struct sim_machine *machine = &host->scenario->machine;

        return machine->swap_kind == SIM_SWAP_NONE ? 0 : machine->swap_bytes - host->swap_used;
}

bool sim_host_is_below(const struct sim_host *host, uint32_t cgroup, uint32_t scope)
{
        if (scope == SIM_HOST)
                return true;
        while (cgroup != scope && cgroup != SIM_HOST)
                cgroup = host->bodies[cgroup].parent;
        return cgroup == scope;
}

void sim_host_count(struct sim_host *host, uint32_t cgroup, int64_t bytes)
{
        host->used = (uint64_t) ((int64_t) host->used + bytes);
        for (; cgroup != SIM_HOST; cgroup = host->bodies[cgroup].parent) {
                pl_assert((int64_t) host->bodies[cgroup].use + bytes >= 0);
                host->bodies[cgroup].use = (uint64_t) ((int64_t) host->bodies[cgroup].use + bytes);
        }
}

void sim_host_count_swap(struct sim_host *host, uint32_t cgroup, int64_t bytes)
{
        const struct sim_machine *machine = &host->scenario->machine;
        uint64_t before = host->swap_used * machine->zram_percent / 100;

        host->swap_used = (uint64_t) ((int64_t) host->swap_used + bytes);
        pl_assert(host->swap_used <= machine->swap_bytes);
        if (machine->swap_kind == SIM_SWAP_ZRAM)
                host->used += host->swap_used * machine->zram_percent / 100 - before;
        for (; cgroup != SIM_HOST; cgroup = host->bodies[cgroup].parent)
                host->bodies[cgroup].swap_use =
                        (uint64_t) ((int64_t) host->bodies[cgroup].swap_use + bytes);
}

/* ---- lives ---- */

void sim_host_freeze(struct sim_host *host, uint32_t cgroup, bool is_frozen, bool is_held)
{
        struct sim_body *body = &host->bodies[cgroup];
        uint64_t takes = host->scenario->cgroups[cgroup].freeze_usec;

        body->is_frozen = is_frozen;
        body->is_held = is_held;
        if (!is_frozen && !is_held)
                body->still_usec = SIM_NEVER;
        else if (body->still_usec == SIM_NEVER && takes != SIM_NEVER)
                body->still_usec = host->now_usec + takes;
}

bool sim_host_runs(const struct sim_host *host, uint32_t cgroup)
{
        const struct sim_body *body = &host->bodies[cgroup];

        return body->is_populated && !body->is_killed && host->now_usec < body->still_usec;
}

static void forget_deeds(struct sim_host *host, uint32_t cgroup)
{
        for (uint32_t i = 0; i < host->scenario->act_count; i++)
                if (host->scenario->acts[i].cgroup == cgroup)
                        host->deeds[i] = (struct sim_deed){};
}

void sim_host_begin(struct sim_host *host, uint32_t cgroup)
{
        const struct sim_cgroup *plan = &host->scenario->cgroups[cgroup];
        struct sim_body *body = &host->bodies[cgroup];

        *body = (struct sim_body){
                .id = host->next_id++,
                .parent = plan->parent,
                .is_workload = plan->is_workload,
                .is_populated = plan->is_workload,
                .still_usec = SIM_NEVER,
                .since_usec = host->now_usec,
                .took_usec = host->now_usec,
                .return_usec = SIM_NEVER,
                .die_usec = SIM_NEVER,
                .processes = sim_max(plan->processes, 1),
                .min = plan->min_bytes,
                .low = plan->low_bytes,
                .high = plan->high_bytes,
                .max = plan->max_bytes,
                .swap_max = plan->swap_max_bytes,
                .throttle = PL_SIZE_MAX,
                .cap = PL_SIZE_MAX,
        };
        sim_host_freeze(host, cgroup, false, (plan->flags & PL_CGROUP_FROZEN) != 0);
        if (!plan->is_workload)
                return;
        forget_deeds(host, cgroup);
        sim_charge(host, cgroup, SIM_LOCKED, plan->locked_bytes, PL_USEC_PER_SEC);
        sim_charge(host, cgroup, SIM_ANON, plan->anon_bytes, PL_USEC_PER_SEC);
        sim_charge(host, cgroup, SIM_SHMEM, plan->shmem_bytes, PL_USEC_PER_SEC);
        sim_charge_file(host, cgroup, plan->file_bytes, PL_USEC_PER_SEC);
        body->active = body->inactive / 2;
        body->inactive -= body->active;
}

void sim_host_end(struct sim_host *host, uint32_t cgroup)
{
        uint64_t again = host->scenario->cgroups[cgroup].returns_usec;
        struct sim_body *body = &host->bodies[cgroup];

        if (!body->is_populated)
                return;
        sim_host_count(host, cgroup, -(int64_t) body->anon);
        sim_host_count_swap(host, cgroup, -(int64_t) (body->swapped + body->cached));
        body->anon = body->locked = body->swapped = body->cached = 0;
        body->is_populated = false;
        body->die_usec = SIM_NEVER;
        body->empty_usec = host->now_usec;
        body->return_usec = again == SIM_NEVER
                                    ? SIM_NEVER
                                    : host->now_usec + sim_max(again, 2 * EMPTY_STAYS_USEC);
}

void sim_host_end_process(struct sim_host *host, uint32_t cgroup)
{
        struct sim_body *body = &host->bodies[cgroup];
        uint64_t anon = body->anon / body->processes, swapped = body->swapped / body->processes;
        uint64_t cached = body->cached / body->processes;

        if (body->processes <= 1) {
                sim_host_end(host, cgroup);
                return;
        }
        body->processes--;
        body->anon -= anon;
        body->swapped -= swapped;
        body->cached -= cached;
        body->locked = sim_min(body->locked, body->anon);
        body->die_usec = SIM_NEVER;
        sim_host_count(host, cgroup, -(int64_t) anon);
        sim_host_count_swap(host, cgroup, -(int64_t) (swapped + cached));
}

void sim_host_remove(struct sim_host *host, uint32_t cgroup)
{
        struct sim_body *body = &host->bodies[cgroup];
        uint64_t files = body->active + body->inactive;

        pl_assert(!body->is_populated);
        host->orphan_shmem += body->shmem;
        host->orphan_file += files;
        sim_host_count(host, cgroup, -(int64_t) (body->shmem + files));
        host->used += body->shmem + files;
        body->shmem = body->active = body->inactive = 0;
        body->id = 0;
}

static void come_and_go(struct sim_host *host, uint32_t cgroup)
{
        struct sim_body *body = &host->bodies[cgroup];

        if (!body->is_workload)
                return;
        if (body->is_populated && body->die_usec <= host->now_usec)
                sim_host_end(host, cgroup);
        if (body->id != 0 && !body->is_populated &&
            host->now_usec - body->empty_usec >= EMPTY_STAYS_USEC)
                sim_host_remove(host, cgroup);
        if (body->id == 0 && body->return_usec <= host->now_usec)
                sim_host_begin(host, cgroup);
}

/* ---- pressure ---- */

/* Of a cgroup with those below it, or of the host: sums of what its workloads lost and how much they work. */
struct strain {
        uint64_t most_usec, lost, work;
};

static void strain_add(struct strain *strain, const struct sim_body *body, uint64_t usec)
{
        uint64_t work = sim_max(body->work_permyriad, body->stall_usec * 10000 / usec);

        strain->most_usec = sim_max(strain->most_usec, body->stall_usec);
        strain->lost += body->stall_usec * work;
        strain->work += work;
}

static void count_pressure(struct sim_host *host, uint64_t usec)
{
        static struct strain strains[SIM_CGROUPS_MAX];
        uint32_t count = host->scenario->cgroup_count;
        struct strain all = {};

        memset(strains, 0, count * sizeof *strains);
        for (uint32_t i = 0; i < count; i++) {
                struct sim_body *body = &host->bodies[i];

                body->stall_usec = sim_min(body->stall_usec, usec);
                if (!body->is_workload || body->work_permyriad + body->stall_usec == 0)
                        continue;
                strain_add(&all, body, usec);
                for (uint32_t at = i; at != SIM_HOST; at = host->bodies[at].parent)
                        strain_add(&strains[at], body, usec);
        }
        for (uint32_t i = 0; i < count; i++) {
                host->bodies[i].some_usec += strains[i].most_usec;
                if (strains[i].work > 0)
                        host->bodies[i].full_usec += strains[i].lost / strains[i].work;
        }
        host->some_usec += all.most_usec;
        if (all.work > 0)
                host->full_usec += all.lost / all.work;
}

/* ---- time ---- */

static void begin_tick(struct sim_host *host, uint64_t usec)
{
        host->now_usec += usec;
        host->swap_budget = host->scenario->machine.swap_speed * (usec / 1000) / 1000;
        host->is_starved = false;
        for (uint32_t i = 0; i < host->scenario->cgroup_count; i++) {
                struct sim_body *body = &host->bodies[i];

                come_and_go(host, i);
                body->stall_usec = 0;
                body->work_permyriad = sim_host_runs(host, i)
                                               ? host->scenario->cgroups[i].busy_percent * 100
                                               : 0;
        }
}

void sim_host_live(struct sim_host *host, uint64_t usec)
{
        pl_assert(usec >= 1000);

        begin_tick(host, usec);
        sim_acts_run(host, usec);
        for (uint32_t i = 0; i < host->scenario->cgroup_count; i++)
                if (host->bodies[i].is_populated)
                        sim_charge_high(host, i, usec);
        sim_kswapd(host, usec);
        host->starved_usec = host->is_starved ? host->starved_usec + usec : 0;
        /* The kernel gives up after sixteen rounds of reclaim that found nothing: some tenths of a second. */
        if (host->starved_usec >= 300 * PL_USEC_PER_MSEC) {
                sim_oom(host, SIM_HOST);
                host->starved_usec = 0;
        }
        count_pressure(host, usec);
}

void sim_host_init(struct sim_host *host, const struct sim_scenario *scenario)
{
        uint64_t ram = scenario->machine.ram_bytes, gap;

        memset(host, 0, sizeof *host);
        host->scenario = scenario;
        host->random.state = scenario->seed;
        host->now_usec = PL_USEC_PER_HOUR;
        host->next_id = 1000;
        host->used = scenario->machine.kernel_bytes;
        /* vm.min_free_kbytes as huge pages raise it, and watermark_scale_factor 10. */
        host->watermark_min = sim_min(sim_max(ram / 64, 4 * PL_MIB), 66 * PL_MIB);
        gap = sim_max(host->watermark_min / 4, ram / 1000);
        host->watermark_low = host->watermark_min + gap;
        host->watermark_high = host->watermark_low + gap;
        for (uint32_t i = 0; i < scenario->cgroup_count; i++) {
                host->bodies[i].is_workload = scenario->cgroups[i].is_workload;
                host->bodies[i].parent = scenario->cgroups[i].parent;
                host->bodies[i].return_usec = host->now_usec + scenario->cgroups[i].begins_usec;
                if (scenario->cgroups[i].begins_usec == 0 || !scenario->cgroups[i].is_workload)
                        sim_host_begin(host, i);
        }
}
