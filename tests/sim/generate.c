/* SPDX-License-Identifier: Apache-2.0 */

/* Most hosts are filled so far that an incident makes them short, but not all: that nobody dies is half of what is to be shown.
 * Amounts are of the host, so that one of 512 MiB and one of 64 GiB see the same stories.
 */

#include "generate_internal.h"

#include <string.h>

#include "words.h"

/* ---- the host ---- */

static void draw_machine(struct generating *generating)
{
        struct sim_machine *machine = &generating->scenario->machine;

        machine->ram_bytes = generating->ram = 512 * PL_MIB << below(generating, 8);
        machine->kernel_bytes = share(generating, 20, 90);
        machine->disk_speed = between(generating, 50, 1500) * PL_MIB;
        if (chance(generating, 45))
                return;
        machine->swap_kind = chance(generating, 55) ? SIM_SWAP_DISK : SIM_SWAP_ZRAM;
        machine->swap_bytes = share(generating, 50, 800);
        machine->swap_speed = machine->swap_kind == SIM_SWAP_ZRAM
                                      ? between(generating, 300, 1500) * PL_MIB
                                      : between(generating, 30, 600) * PL_MIB;
        machine->zram_percent = between(generating, 20, 70);
}

static void draw_times(struct generating *generating)
{
        struct pl_settings *settings = &generating->scenario->settings;

        settings->kill_cool_down_usec = msec(generating, 0, 15000);
        settings->kill_deadline_usec = msec(generating, 1000, 10000);
        settings->patience_usec = msec(generating, 300, 3000);
        settings->throttle_usec = msec(generating, 1000, 10000);
        settings->backoff_within_usec = msec(generating, 20000, 600000);
        settings->backoff_hold_usec = msec(generating, 10000, 1800000);
        settings->thrash_usec = msec(generating, 1000, 15000);
}

static void draw_amounts(struct generating *generating)
{
        struct pl_settings *settings = &generating->scenario->settings;

        settings->floor_bytes = share(generating, 15, 120);
        settings->critical_permyriad = between(generating, 2000, 8000);
        settings->stall_permyriad = between(generating, 200, 4000);
        settings->horizon_usec = msec(generating, 300, 5000);
        settings->early_usec = msec(generating, 5000, 30000);
        settings->need_usec = between(generating, 3, 60) * PL_USEC_PER_SEC;
        settings->culprit_permyriad = between(generating, 2000, 9000);
        settings->growth_bytes_per_sec = between(generating, 256, 8192) * PL_KIB;
        settings->kill_together = between(generating, 1, 10);
        settings->backoff_kills = between(generating, 1, 4);
}

static void draw_settings(struct generating *generating)
{
        struct pl_settings *settings = &generating->scenario->settings;

        settings->floor_bytes = sim_min(sim_max(generating->ram / 25, 96 * PL_MIB), PL_GIB);
        settings->kill_floor_bytes = sim_max(generating->ram / 100, 16 * PL_MIB);
        settings->flags = chance(generating, 93) ? PL_SETTING_HOST : 0;
        if (chance(generating, 45))
                settings->flags |= PL_SETTING_LOCAL;
        if (chance(generating, 6))
                settings->flags |= PL_SETTING_OBSERVE;
        if (chance(generating, 50))
                draw_times(generating);
        if (chance(generating, 30))
                draw_amounts(generating);
}

/* ---- who lives on it ---- */

static struct sim_cgroup *add_cgroup(struct generating *generating, bool is_workload)
{
        struct sim_scenario *scenario = generating->scenario;
        struct sim_cgroup *cgroup = &scenario->cgroups[scenario->cgroup_count];

        sim_cgroup_init(cgroup, is_workload);
        snprintf(cgroup->name, sizeof cgroup->name, "%c%u", is_workload ? 'w' : 's',
                 scenario->cgroup_count++);
        return cgroup;
}

static void draw_slices(struct generating *generating)
{
        generating->slice_count = (uint32_t) below(generating, 5);
        for (uint32_t i = 0; i < generating->slice_count; i++) {
                struct sim_cgroup *slice = add_cgroup(generating, false);

                if (i > 0 && chance(generating, 40))
                        slice->parent = (uint32_t) below(generating, i);
                if (chance(generating, 40))
                        slice->max_bytes = share(generating, 80, 700);
                if (chance(generating, 10))
                        slice->high_bytes = share(generating, 80, 700);
                if (chance(generating, 10))
                        slice->swap_max_bytes = share(generating, 0, 200);
        }
}

static void draw_profile(struct generating *generating, struct sim_cgroup *cgroup)
{
        static const int64_t orders[] = { -900, -500, 0, 0, 100, 500, 500, 1000 };

        cgroup->flags |= PL_CGROUP_PROFILE;
        cgroup->order = orders[below(generating, 8)];
        cgroup->rungs = chance(generating, 60)
                                ? 31
                                : below(generating, 32) | UINT64_C(1) << PL_RUNG_KILL;
        if (chance(generating, 4))
                cgroup->rungs &= 7;
        cgroup->again = below(generating, 3);
        cgroup->livelock = below(generating, 3);
        cgroup->grace_usec = msec(generating, 500, 12000);
        cgroup->freeze_max_usec = msec(generating, 500, 6000);
        cgroup->livelock_after_usec = msec(generating, 3000, 60000);
}

static void draw_standing(struct generating *generating, struct sim_cgroup *cgroup)
{
        static const int64_t adjs[] = { 0, 0, 0, -500, -900, 200, 500, 1000 };
        static const uint64_t set_asides[] = { PL_CGROUP_PROTECTED, PL_CGROUP_PROTECTED,
                                               PL_CGROUP_OBSERVED, PL_CGROUP_RESTORED,
                                               PL_CGROUP_PAUSED };

        if (chance(generating, 80)) {
                cgroup->flags |= PL_CGROUP_SCORE_KNOWN;
                cgroup->score_adj = adjs[below(generating, 8)];
        }
        if (chance(generating, 30))
                cgroup->flags |= PL_CGROUP_SYSTEM;
        if (chance(generating, 15))
                cgroup->flags |= set_asides[below(generating, 5)];
        if (chance(generating, 4))
                cgroup->flags |= PL_CGROUP_LEAKS;
        if (chance(generating, 2))
                cgroup->flags |= PL_CGROUP_FROZEN;
        if (chance(generating, 10)) {
                cgroup->flags |= PL_CGROUP_BY_PROCESS;
                cgroup->processes = between(generating, 1, 6);
        }
}

static void draw_ways(struct generating *generating, struct sim_cgroup *cgroup)
{
        if (chance(generating, 30))
                cgroup->returns_usec = msec(generating, 500, 15000);
        cgroup->term_usec = chance(generating, 12) ? SIM_NEVER : msec(generating, 20, 3000);
        cgroup->die_usec = chance(generating, 90)   ? msec(generating, 5, 300)
                           : chance(generating, 50) ? SIM_NEVER
                                                    : msec(generating, 1000, 20000);
        if (chance(generating, 20))
                cgroup->freeze_usec = chance(generating, 30) ? SIM_NEVER
                                                             : msec(generating, 1, 3000);
        cgroup->busy_percent = below(generating, 3) * below(generating, 50);
        if (chance(generating, 15))
                cgroup->begins_usec = msec(generating, 1000, 30000);
}

static void draw_memory(struct generating *generating, struct sim_cgroup *cgroup, uint64_t part)
{
        cgroup->anon_bytes = share(generating, part / 4, part);
        cgroup->file_bytes = share(generating, 0, part);
        if (chance(generating, 15))
                cgroup->shmem_bytes = share(generating, 0, part / 2);
        if (chance(generating, 5))
                cgroup->locked_bytes = share(generating, 0, part / 4);
        if (chance(generating, 12))
                cgroup->low_bytes = share(generating, part / 4, part * 2);
        if (chance(generating, 5))
                cgroup->min_bytes = share(generating, part / 4, part);
        if (chance(generating, 30))
                cgroup->max_bytes = cgroup->anon_bytes + share(generating, part, part * 8 + 20);
        if (chance(generating, 10))
                cgroup->high_bytes = cgroup->anon_bytes + share(generating, part, part * 6 + 20);
        if (chance(generating, 10))
                cgroup->swap_max_bytes = share(generating, 0, 100);
}

static void draw_workloads(struct generating *generating)
{
        uint64_t count = chance(generating, 1)
                                 ? between(generating, 100, 300)
                                 : between(generating, 2, 6) * between(generating, 1, 6);
        uint64_t full = between(generating, 300, 1000) / count + 1;
        bool all_protected = chance(generating, 2);

        for (uint64_t i = 0; i < count; i++) {
                struct sim_cgroup *cgroup = add_cgroup(generating, true);

                if (generating->slice_count > 0 && chance(generating, 60))
                        cgroup->parent = (uint32_t) below(generating, generating->slice_count);
                draw_standing(generating, cgroup);
                if (chance(generating, 55))
                        draw_profile(generating, cgroup);
                draw_ways(generating, cgroup);
                draw_memory(generating, cgroup, full);
                if (all_protected)
                        cgroup->flags |= PL_CGROUP_PROTECTED;
        }
}

/* ---- what else ---- */

static uint32_t word_index(const struct sim_word *words, const char *name)
{
        return (uint32_t) (sim_word_find(words, pl_span_of(name)) - words);
}

/* One that does something, mostly. */
static uint32_t somebody_busy(struct generating *generating)
{
        const struct sim_scenario *scenario = generating->scenario;

        if (scenario->act_count == 0 || chance(generating, 30))
                return somebody(generating);
        return scenario->acts[below(generating, scenario->act_count)].cgroup;
}

static void draw_fact(struct generating *generating, struct sim_event *event)
{
        static const char *const flags[] = { "protected", "observed", "paused", "restored",
                                             "frozen" };
        static const char *const others[] = { "order", "rungs", "adj" };

        event->cgroup = somebody_busy(generating);
        if (chance(generating, 60)) {
                event->field = word_index(sim_cgroup_words, flags[below(generating, 5)]);
                event->value = below(generating, 2);
                return;
        }
        event->field = word_index(sim_cgroup_words, others[below(generating, 3)]);
        event->value = sim_cgroup_words[event->field].type == SIM_WORD_SOME
                               ? below(generating, 32)
                               : below(generating, 900);
}

static void draw_setting(struct generating *generating, struct sim_event *event)
{
        static const char *const flags[] = { "observe", "paused", "host", "local" };

        event->field = word_index(sim_setting_words, flags[below(generating, 4)]);
        event->value = below(generating, 2);
}

static void draw_event(struct generating *generating, struct sim_event *event)
{
        static const enum sim_event_kind kinds[] = {
                SIM_EVENT_FACT,  SIM_EVENT_FACT,  SIM_EVENT_FACT, SIM_EVENT_SETTING,
                SIM_EVENT_SLEEP, SIM_EVENT_BLIND, SIM_EVENT_LATE, SIM_EVENT_REPLACE,
        };

        event->kind = (uint32_t) kinds[below(generating, 8)];
        event->cgroup = SIM_HOST;
        switch (event->kind) {
        case SIM_EVENT_FACT:
                draw_fact(generating, event);
                break;
        case SIM_EVENT_SETTING:
                draw_setting(generating, event);
                break;
        case SIM_EVENT_REPLACE:
                event->cgroup = somebody_busy(generating);
                break;
        case SIM_EVENT_SLEEP:
                event->value = msec(generating, 1000, 3600000);
                break;
        case SIM_EVENT_BLIND:
                event->value = msec(generating, 1000, 20000);
                break;
        default:
                event->value = msec(generating, 100, 4000);
        }
}

static void draw_events(struct generating *generating)
{
        struct sim_scenario *scenario = generating->scenario;
        uint64_t count = chance(generating, 50) ? 0 : between(generating, 1, 6), at = 0;

        for (; count > 0; count--) {
                struct sim_event *event = &scenario->events[scenario->event_count++];

                at += msec(generating, 500, scenario->lasts_usec / 4000);
                *event = (struct sim_event){ .at_usec = at };
                draw_event(generating, event);
        }
}

static void draw_faults(struct generating *generating)
{
        struct sim_faults *faults = &generating->scenario->faults;
        uint64_t most = below(generating, 30) + 1;

        if (chance(generating, 50))
                return;
        faults->fails = below(generating, most);
        faults->lost = below(generating, most);
        faults->late = below(generating, most);
        faults->doubled = below(generating, most);
        faults->partly = below(generating, most);
        faults->stays = below(generating, most);
        faults->slow_look = chance(generating, 50) ? below(generating, 6) : 0;
}

void sim_generate(struct sim_scenario *scenario, uint64_t seed)
{
        struct generating generating = { .scenario = scenario, .random.state = seed };

        sim_scenario_init(scenario);
        scenario->seed = seed;
        scenario->lasts_usec = msec(&generating, 15000, chance(&generating, 5) ? 240000 : 50000);
        draw_machine(&generating);
        draw_settings(&generating);
        draw_slices(&generating);
        draw_workloads(&generating);
        for (uint64_t count = between(&generating, 1, 3); count > 0; count--)
                sim_draw_incident(&generating);
        draw_events(&generating);
        draw_faults(&generating);
}
