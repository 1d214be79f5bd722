/* SPDX-License-Identifier: Apache-2.0 */

/* As the daemon looks: at the host at every step, at everybody each five seconds in pieces, at the hot ones at every step while
 * it is not calm, at a cgroup whose own events have changed soon. memory.stat may be two seconds old.
 */

#include "run.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

#define SWEEP_USEC  (5 * PL_USEC_PER_SEC)
#define EVENTS_USEC PL_USEC_PER_SEC
/* How old memory.stat becomes of those who are watched closely, and of others at the most. */
#define HOT_STAT_USEC   (PL_USEC_PER_SEC / 2)
#define SWEPT_STAT_USEC (15 * PL_USEC_PER_SEC)

static struct pl_update *add(struct sim_run *run, enum pl_update_kind kind, uint64_t id)
{
        struct pl_update *update = &run->updates[run->snapshot.update_count++];

        pl_assert(run->snapshot.update_count <= SIM_UPDATES_MAX);
        *update = (struct pl_update){ .kind = (uint32_t) kind, .id = id };
        return update;
}

/* ---- the host ---- */

struct pl_host_sample sim_sense_host(const struct sim_run *run)
{
        const struct sim_machine *machine = &run->scenario.machine;
        const struct sim_host *host = &run->host;
        bool has_swap = machine->swap_kind != SIM_SWAP_NONE;
        bool has_zram = machine->swap_kind == SIM_SWAP_ZRAM;
        struct pl_host_sample sample = {
                .at_usec = host->now_usec,
                .have = ~UINT64_C(0),
                .total_bytes = machine->ram_bytes,
                .free_bytes = sim_host_free(host),
                .available_bytes = sim_host_available(host),
                .swap_total_bytes = has_swap ? machine->swap_bytes : 0,
                .swap_free_bytes = sim_host_swap_free(host),
                .shmem_bytes = host->orphan_shmem,
                .zram_bytes = has_zram ? host->swap_used * machine->zram_percent / 100 : 0,
                .zram_data_bytes = has_zram ? host->swap_used : 0,
                .some_usec = host->some_usec,
                .full_usec = host->full_usec,
                .pgscan_kswapd_pages = host->kswapd_pages,
                .allocstall_count = host->allocstall,
                .pswpin_pages = host->swapped_in,
                .pswpout_pages = host->swapped_out,
                .refault_anon_pages = host->refault_anon,
                .refault_file_pages = host->refault_file,
                .pgmajfault_count = host->majfault,
                .oom_kill_count = host->oom_kills,
        };

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                sample.shmem_bytes += host->bodies[i].shmem;
        return sample;
}

/* ---- facts ---- */

static bool is_populated(const struct sim_run *run, uint32_t cgroup)
{
        for (uint32_t i = cgroup; i < run->scenario.cgroup_count; i++)
                if (run->host.bodies[i].is_populated && sim_host_is_below(&run->host, i, cgroup))
                        return true;
        return false;
}

static uint32_t flags_of(const struct sim_run *run, uint32_t cgroup)
{
        const struct sim_cgroup *plan = &run->scenario.cgroups[cgroup];
        const struct sim_body *body = &run->host.bodies[cgroup];
        uint64_t flags = plan->flags & ~(uint64_t) PL_CGROUP_FROZEN;

        if (plan->is_workload)
                flags |= PL_CGROUP_WORKLOAD;
        if (plan->returns_usec != SIM_NEVER)
                flags |= PL_CGROUP_RETURNS;
        if (body->is_held)
                flags |= PL_CGROUP_FROZEN;
        if (body->is_workload ? body->is_populated : is_populated(run, cgroup))
                flags |= PL_CGROUP_POPULATED;
        return (uint32_t) flags;
}

static uint64_t swap_max_of(const struct sim_run *run, uint32_t cgroup)
{
        uint64_t max = PL_SIZE_MAX;

        for (; cgroup != SIM_HOST; cgroup = run->host.bodies[cgroup].parent)
                max = sim_min(max, run->host.bodies[cgroup].swap_max);
        return max;
}

static struct pl_cgroup_facts facts_of(const struct sim_run *run, uint32_t cgroup)
{
        const struct sim_cgroup *plan = &run->scenario.cgroups[cgroup];
        const struct sim_body *body = &run->host.bodies[cgroup];
        bool has_profile = plan->flags & PL_CGROUP_PROFILE;

        return (struct pl_cgroup_facts){
                .id = body->id,
                .parent_id = plan->parent == SIM_HOST ? 0 : run->host.bodies[plan->parent].id,
                .flags = flags_of(run, cgroup),
                .profile = has_profile ? cgroup : UINT32_MAX,
                .order = (int32_t) (has_profile ? plan->order : plan->score_adj),
                .score_adj = (int32_t) plan->score_adj,
                .rungs = (uint32_t) plan->rungs,
                .kin = (uint32_t) (plan->kin || plan->returns_usec == SIM_NEVER ? plan->kin
                                                                                : cgroup + 1),
                .again = (uint32_t) plan->again,
                .livelock = (uint32_t) plan->livelock,
                .grace_usec = plan->grace_usec,
                .freeze_max_usec = plan->freeze_max_usec,
                .livelock_after_usec = plan->livelock_after_usec,
                .low_bytes = body->low,
                .min_bytes = body->min,
                .max_bytes = sim_min(body->max, body->cap),
                .high_bytes = body->high,
                .swap_max_bytes = swap_max_of(run, cgroup),
        };
}

static void tell_facts(struct sim_run *run, uint32_t cgroup)
{
        struct sim_sight *sight = &run->sights[cgroup];
        uint64_t id = run->host.bodies[cgroup].id;
        struct pl_cgroup_facts facts;

        if (sight->id != 0 && sight->id != id) {
                add(run, PL_UPDATE_GONE, sight->id);
                *sight = (struct sim_sight){};
        }
        if (id == 0)
                return;
        facts = facts_of(run, cgroup);
        if (memcmp(&facts, &sight->facts, sizeof facts) == 0)
                return;
        sight->id = id;
        sight->facts = facts;
        add(run, PL_UPDATE_FACTS, id)->facts = facts;
}

/* ---- samples ---- */

/* Of a slice: all that is in it. */
static void add_stat(const struct sim_body *body, struct pl_cgroup_sample *sample)
{
        sample->anon_bytes += body->anon;
        sample->file_bytes += body->active + body->inactive + body->shmem;
        sample->shmem_bytes += body->shmem;
        sample->inactive_file_bytes += body->inactive;
        sample->active_file_bytes += body->active;
        sample->unevictable_bytes += body->locked;
        sample->refault_anon += body->refault_anon;
        sample->refault_file += body->refault_file;
        sample->pgmajfault += body->majfault;
        sample->pgscan += body->scanned;
        sample->swapcached_bytes += body->cached;
}

static void read_stat(struct sim_run *run, uint32_t cgroup)
{
        struct sim_sight *sight = &run->sights[cgroup];

        sight->stat = (struct pl_cgroup_sample){ .stat_at_usec = run->host.now_usec };
        if (run->host.bodies[cgroup].is_workload) {
                add_stat(&run->host.bodies[cgroup], &sight->stat);
        } else {
                for (uint32_t i = cgroup; i < run->scenario.cgroup_count; i++)
                        if (sim_host_is_below(&run->host, i, cgroup))
                                add_stat(&run->host.bodies[i], &sight->stat);
        }
        sight->stat_until_usec = run->host.now_usec + sim_below(&run->random, SWEPT_STAT_USEC);
}

/* What has become more: the daemon asks at once what of. */
static bool is_in_doubt(const struct sim_body *body, const struct pl_cgroup_sample *before)
{
        return body->use + body->swap_use >
               before->current_bytes + before->swap_bytes + 32 * PL_KIB;
}

static void look_at(struct sim_run *run, uint32_t cgroup, bool is_hot)
{
        const struct sim_body *body = &run->host.bodies[cgroup];
        struct sim_sight *sight = &run->sights[cgroup];
        struct pl_cgroup_sample sample;

        if (sight->id == 0 || sight->id != body->id ||
            (sight->sample.have && sight->sample.at_usec >= run->host.now_usec))
                return;
        if (is_hot ? sight->stat.stat_at_usec + HOT_STAT_USEC <= run->host.now_usec ||
                             is_in_doubt(body, &sight->sample)
                   : sight->stat_until_usec <= run->host.now_usec)
                read_stat(run, cgroup);
        sample = sight->stat;
        sample.at_usec = run->host.now_usec;
        sample.have = ~UINT64_C(0);
        sample.current_bytes = body->use;
        sample.swap_bytes = body->swap_use;
        sample.some_usec = body->some_usec;
        sample.full_usec = body->full_usec;
        sample.local_high = body->local_high;
        sample.local_max = body->local_max;
        sample.local_oom = body->local_oom;
        sample.local_oom_kill = body->local_oom_kill;
        sample.oom_kill = body->oom_kill;
        sight->before = sight->sample;
        sight->sample = sample;
        if (sample.stat_at_usec > sight->told_usec) {
                sight->told_usec = sample.stat_at_usec;
                sight->told_use_bytes = sim_used(&sample);
                sight->told_swap_bytes = sim_swapped(&sample);
        }
        add(run, PL_UPDATE_SAMPLE, sight->id)->sample = sample;
}

static void sweep(struct sim_run *run)
{
        uint64_t count = run->scenario.cgroup_count, since = run->host.now_usec - run->swept_usec;
        uint64_t due = sim_min(count * since / SWEEP_USEC, count);

        if (due == 0)
                return;
        run->swept_usec = run->host.now_usec;
        for (; due > 0; due--)
                look_at(run, run->sweep++ % (uint32_t) count, false);
}

static void look_at_hot(struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;
        bool is_calm = judgement->verdict_count <= 1 &&
                       judgement->verdicts[0].severity == PL_SEVERITY_CALM;

        for (uint32_t i = 0; !is_calm && i < judgement->hot_count; i++) {
                uint32_t cgroup = sim_run_find(run, judgement->hot[i]);

                if (cgroup != SIM_HOST)
                        look_at(run, cgroup, true);
        }
}

/* Those that are new, and those whose own events say that they are at a limit. */
static void look_at_awake(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++) {
                const struct sim_body *body = &run->host.bodies[i];
                const struct pl_cgroup_sample *sample = &run->sights[i].sample;
                bool has_news = body->local_max != sample->local_max ||
                                body->local_high != sample->local_high;

                if (run->sights[i].id == 0 || run->sights[i].id != body->id)
                        continue;
                if (sample->have == 0
                            ? run->host.now_usec - body->since_usec >= 100 * PL_USEC_PER_MSEC
                            : has_news && run->host.now_usec - sample->at_usec >= EVENTS_USEC)
                        look_at(run, i, false);
        }
}

/* ---- all of it ---- */

void sim_sense(struct sim_run *run)
{
        struct pl_snapshot *snapshot = &run->snapshot;

        *snapshot = (struct pl_snapshot){
                .step = snapshot->step + 1,
                .now_usec = run->host.now_usec,
                .flags = run->is_resumed ? PL_SNAPSHOT_RESUMED : 0,
                .policy = 1,
                .host = sim_sense_host(run),
                .updates = run->updates,
                .outcomes = run->outcomes,
        };
        run->is_resumed = false;
        if (snapshot->step == 1 || memcmp(&run->engine.settings, &run->scenario.settings,
                                          sizeof run->scenario.settings) != 0)
                add(run, PL_UPDATE_SETTINGS, 1)->settings = run->scenario.settings;
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                tell_facts(run, i);
        sim_carry_collect(run);
        if (run->host.now_usec < run->blind_usec)
                return;
        look_at_hot(run);
        look_at_awake(run);
        sweep(run);
}
