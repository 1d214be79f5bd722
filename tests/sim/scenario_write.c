/* SPDX-License-Identifier: Apache-2.0 */

/* Only what is not as it would be without a word is written, so that a scenario that was shrunk is as short as it can be. */

#include "scenario.h"

#include <inttypes.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "words.h"

void sim_cgroup_init(struct sim_cgroup *cgroup, bool is_workload)
{
        *cgroup = (struct sim_cgroup){
                .parent = SIM_HOST,
                .is_workload = is_workload,
                .rungs = is_workload ? 1U << PL_RUNG_TERM | 1U << PL_RUNG_KILL : 0,
                .grace_usec = 5 * PL_USEC_PER_SEC,
                .freeze_max_usec = 5 * PL_USEC_PER_SEC,
                .livelock_after_usec = PL_USEC_PER_MINUTE,
                .high_bytes = PL_SIZE_MAX,
                .max_bytes = PL_SIZE_MAX,
                .swap_max_bytes = PL_SIZE_MAX,
                .processes = 1,
                .busy_percent = 5,
                .term_usec = 200 * PL_USEC_PER_MSEC,
                .die_usec = 30 * PL_USEC_PER_MSEC,
                .returns_usec = SIM_NEVER,
                .freeze_usec = 5 * PL_USEC_PER_MSEC,
        };
}

/* As plimsoll.json(5) has them, for 4 GiB. */
static void init_settings(struct pl_settings *settings)
{
        *settings = (struct pl_settings){
                .flags = PL_SETTING_HOST,
                .floor_bytes = 4 * PL_GIB / 25,
                .critical_permyriad = 5000,
                .stall_permyriad = 1000,
                .horizon_usec = 2 * PL_USEC_PER_SEC,
                .early_usec = 10 * PL_USEC_PER_SEC,
                .need_usec = 30 * PL_USEC_PER_SEC,
                .thrash_usec = 10 * PL_USEC_PER_SEC,
                .thrash_bytes_per_sec = 16 * PL_MIB,
                .culprit_permyriad = 5000,
                .limit_permyriad = 9000,
                .livelock_permyriad = 5000,
                .patience_usec = 2 * PL_USEC_PER_SEC,
                .throttle_usec = 10 * PL_USEC_PER_SEC,
                .growth_bytes_per_sec = PL_MIB,
                .kill_floor_bytes = 4 * PL_GIB / 100,
                .kill_together = 8,
                .kill_deadline_usec = 10 * PL_USEC_PER_SEC,
                .kill_cool_down_usec = 15 * PL_USEC_PER_SEC,
                .backoff_kills = 3,
                .backoff_within_usec = 10 * PL_USEC_PER_MINUTE,
                .backoff_hold_usec = 30 * PL_USEC_PER_MINUTE,
        };
}

void sim_scenario_init(struct sim_scenario *scenario)
{
        scenario->seed = 1;
        scenario->lasts_usec = PL_USEC_PER_MINUTE;
        scenario->machine = (struct sim_machine){
                .ram_bytes = 4 * PL_GIB,
                .kernel_bytes = 200 * PL_MIB,
                .swap_speed = 100 * PL_MIB,
                .zram_percent = 33,
                .disk_speed = 200 * PL_MIB,
        };
        init_settings(&scenario->settings);
        scenario->faults = (struct sim_faults){};
        scenario->cgroup_count = scenario->act_count = 0;
        scenario->event_count = scenario->expect_count = 0;
}

/* ---- writing ---- */

static void write_pairs(const struct sim_word *words, const void *object, const void *plain,
                        FILE *out)
{
        for (; words->name; words++) {
                uint64_t value = sim_word_get(words, object);

                if (value == sim_word_get(words, plain))
                        continue;
                fprintf(out, " %s ", words->name);
                sim_word_print(words, value, out);
        }
        fputc('\n', out);
}

static void write_cgroup(const struct sim_scenario *scenario, const struct sim_cgroup *cgroup,
                         FILE *out)
{
        struct sim_cgroup plain;

        sim_cgroup_init(&plain, cgroup->is_workload);
        fprintf(out, "%s %s", cgroup->is_workload ? "workload" : "slice", cgroup->name);
        if (cgroup->parent != SIM_HOST)
                fprintf(out, " in %s", scenario->cgroups[cgroup->parent].name);
        write_pairs(sim_cgroup_words, cgroup, &plain, out);
}

static void write_span(uint64_t usec, FILE *out)
{
        const struct sim_word word = { "", SIM_WORD_SPAN, 0, 0, NULL };

        sim_word_print(&word, usec, out);
}

static void write_event(const struct sim_scenario *scenario, const struct sim_event *event,
                        FILE *out)
{
        const struct sim_word *word = event->kind == SIM_EVENT_FACT
                                              ? &sim_cgroup_words[event->field]
                                              : &sim_setting_words[event->field];

        fputs("at ", out);
        write_span(event->at_usec, out);
        fprintf(out, " %s", sim_event_names[event->kind]);
        if (event->kind == SIM_EVENT_FACT || event->kind == SIM_EVENT_REPLACE)
                fprintf(out, " %s", scenario->cgroups[event->cgroup].name);
        if (event->kind == SIM_EVENT_FACT || event->kind == SIM_EVENT_SETTING) {
                fprintf(out, " %s ", word->name);
                sim_word_print(word, event->value, out);
        } else if (event->kind != SIM_EVENT_REPLACE) {
                fputc(' ', out);
                write_span(event->value, out);
        }
        fputc('\n', out);
}

static void write_expect(const struct sim_scenario *scenario, const struct sim_expect *expect,
                         FILE *out)
{
        fprintf(out, "expect %s", sim_expect_names[expect->kind]);
        if (expect->cgroup != SIM_HOST)
                fprintf(out, " %s", scenario->cgroups[expect->cgroup].name);
        fputc('\n', out);
}

void sim_scenario_write(const struct sim_scenario *scenario, FILE *out)
{
        const struct sim_act no_act = { .until_usec = SIM_NEVER, .bytes = PL_SIZE_MAX };
        static struct sim_scenario plain;

        sim_scenario_init(&plain);
        fprintf(out, "seed %" PRIu64 "\nlasts ", scenario->seed);
        write_span(scenario->lasts_usec, out);
        fputs("\nmachine", out);
        write_pairs(sim_machine_words, &scenario->machine, &plain.machine, out);
        fputs("set", out);
        write_pairs(sim_setting_words, &scenario->settings, &plain.settings, out);
        fputs("fault", out);
        write_pairs(sim_fault_words, &scenario->faults, &plain.faults, out);
        for (uint32_t i = 0; i < scenario->cgroup_count; i++)
                write_cgroup(scenario, &scenario->cgroups[i], out);
        for (uint32_t i = 0; i < scenario->act_count; i++) {
                const struct sim_act *act = &scenario->acts[i];

                fprintf(out, "does %s %s", scenario->cgroups[act->cgroup].name,
                        sim_act_names[act->kind]);
                write_pairs(sim_act_words, act, &no_act, out);
        }
        for (uint32_t i = 0; i < scenario->event_count; i++)
                write_event(scenario, &scenario->events[i], out);
        for (uint32_t i = 0; i < scenario->expect_count; i++)
                write_expect(scenario, &scenario->expects[i], out);
}
