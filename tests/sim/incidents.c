/* SPDX-License-Identifier: Apache-2.0 */

#include "generate_internal.h"

static struct sim_act *add_act(struct generating *generating, uint32_t cgroup,
                               enum sim_act_kind kind, uint64_t from_usec)
{
        static struct sim_act nowhere;
        struct sim_scenario *scenario = generating->scenario;
        struct sim_act *act = scenario->act_count < SIM_ACTS_MAX
                                      ? &scenario->acts[scenario->act_count++]
                                      : &nowhere;

        *act = (struct sim_act){ .cgroup = cgroup,
                                 .kind = (uint32_t) kind,
                                 .from_usec = from_usec,
                                 .until_usec = SIM_NEVER,
                                 .bytes = PL_SIZE_MAX };
        return act;
}

static void hog(struct generating *generating)
{
        struct sim_act *act = add_act(generating, somebody(generating), SIM_ACT_GROW,
                                      soon(generating));

        act->rate = share(generating, 10, 300);
        act->memory = chance(generating, 80) ? SIM_ANON : below(generating, SIM_MEMORIES);
}

static void leak(struct generating *generating)
{
        struct sim_act *act = add_act(generating, somebody(generating), SIM_ACT_GROW, 0);

        act->rate = share(generating, 1, 12);
}

/* Takes much at once and stops. */
static void pre_touch(struct generating *generating)
{
        struct sim_act *act = add_act(generating, somebody(generating), SIM_ACT_GROW,
                                      soon(generating));

        act->rate = share(generating, 100, 900);
        act->bytes = share(generating, 50, 500);
}

/* At its own limit, with more than fits. */
static void thrash_at_limit(struct generating *generating)
{
        uint32_t who = somebody(generating);
        struct sim_cgroup *cgroup = &generating->scenario->cgroups[who];
        bool of_file = chance(generating, 60);
        struct sim_act *act = add_act(generating, who, of_file ? SIM_ACT_READ : SIM_ACT_TOUCH,
                                      soon(generating));

        cgroup->max_bytes = share(generating, 30, 150);
        /* Of a file there may be little else in it. */
        cgroup->anon_bytes = cgroup->max_bytes / (of_file ? between(generating, 2, 40) : 1);
        cgroup->file_bytes = cgroup->shmem_bytes = cgroup->locked_bytes = 0;
        act->bytes = cgroup->max_bytes + share(generating, 10, 100);
        act->rate = share(generating, 50, 900);
        if (!of_file)
                add_act(generating, who, SIM_ACT_GROW, 0)->rate = share(generating, 10, 80);
}

static void tmpfs(struct generating *generating)
{
        struct sim_act *act = add_act(generating, somebody(generating), SIM_ACT_GROW,
                                      soon(generating));

        act->memory = SIM_SHMEM;
        act->rate = share(generating, 10, 150);
        act->bytes = share(generating, 100, 800);
}

static void cache_storm(struct generating *generating)
{
        add_act(generating, somebody(generating), SIM_ACT_READ, soon(generating))->rate = share(
                generating, 50, 900);
}

static void swap_circles(struct generating *generating)
{
        for (uint64_t i = between(generating, 1, 4); i > 0; i--) {
                uint32_t who = somebody(generating);
                struct sim_act *act = add_act(generating, who, SIM_ACT_TOUCH, soon(generating));

                generating->scenario->cgroups[who].anon_bytes += share(generating, 50, 300);
                act->rate = share(generating, 50, 900);
        }
}

static void crowd(struct generating *generating)
{
        for (uint32_t i = generating->slice_count; i < generating->scenario->cgroup_count; i++)
                if (chance(generating, 50))
                        add_act(generating, i, SIM_ACT_GROW, soon(generating))->rate = share(
                                generating, 2, 20);
}

static void saws(struct generating *generating)
{
        struct sim_act *act = add_act(generating, somebody(generating), SIM_ACT_SAW,
                                      soon(generating));

        act->rate = share(generating, 10, 200);
        act->bytes = share(generating, 20, 300);
}

static void livelock(struct generating *generating)
{
        uint32_t who = somebody(generating);
        struct sim_cgroup *cgroup = &generating->scenario->cgroups[who];

        cgroup->high_bytes = cgroup->anon_bytes + share(generating, 5, 100);
        cgroup->livelock_after_usec = msec(generating, 2000, 10000);
        if (chance(generating, 70))
                cgroup->swap_max_bytes = 0;
        add_act(generating, who, SIM_ACT_GROW, soon(generating))->rate = share(generating, 5, 100);
}

static void restless(struct generating *generating)
{
        uint32_t who = somebody(generating);

        generating->scenario->cgroups[who].returns_usec = msec(generating, 500, 4000);
        add_act(generating, who, SIM_ACT_GROW, msec(generating, 0, 2000))->rate = share(generating,
                                                                                        30, 300);
}

static void an_end(struct generating *generating)
{
        (void) add_act(generating, somebody(generating), SIM_ACT_END, soon(generating));
}

static void (*const incidents[])(struct generating *) = {
        hog,   hog,  hog,   leak, pre_touch, thrash_at_limit, tmpfs,    cache_storm, swap_circles,
        crowd, saws, crowd, hog,  restless,  livelock,        restless, an_end,
};

void sim_draw_incident(struct generating *generating)
{
        incidents[below(generating, PL_ARRAY_LENGTH(incidents))](generating);
}
