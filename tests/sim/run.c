/* SPDX-License-Identifier: Apache-2.0 */

#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "rules.h"
#include "words.h"

#define TICK_CALM_USEC (100 * PL_USEC_PER_MSEC)
#define TICK_USEC      (25 * PL_USEC_PER_MSEC)

uint32_t sim_run_find(const struct sim_run *run, uint64_t id)
{
        return id < SIM_ID_FIRST || id >= run->host.next_id ? SIM_HOST
                                                            : run->of_id[id - SIM_ID_FIRST];
}

/* ---- what happens ---- */

static void replace(struct sim_run *run, uint32_t cgroup)
{
        struct sim_body *body = &run->host.bodies[cgroup];

        if (body->id == 0 || !body->is_workload)
                return;
        sim_host_end(&run->host, cgroup);
        sim_host_remove(&run->host, cgroup);
        sim_host_begin(&run->host, cgroup);
}

/* Limits and freezing are of the host, what else a fact may be is read from the scenario. */
static void set_fact(struct sim_run *run, const struct sim_event *event)
{
        struct sim_cgroup *plan = &run->scenario.cgroups[event->cgroup];
        struct sim_body *body = &run->host.bodies[event->cgroup];

        sim_word_set(&sim_cgroup_words[event->field], plan, event->value);
        sim_host_freeze(&run->host, event->cgroup, body->is_frozen,
                        (plan->flags & PL_CGROUP_FROZEN) != 0);
        body->min = plan->min_bytes;
        body->low = plan->low_bytes;
        body->high = plan->high_bytes;
        body->max = plan->max_bytes;
        body->swap_max = plan->swap_max_bytes;
}

static void sleep_for(struct sim_run *run, uint64_t usec)
{
        run->host.now_usec += usec;
        run->end_usec += usec;
        run->slept_usec += usec;
        run->is_resumed = true;
}

static void happen(struct sim_run *run, const struct sim_event *event)
{
        switch ((enum sim_event_kind) event->kind) {
        case SIM_EVENT_FACT:
                set_fact(run, event);
                break;
        case SIM_EVENT_SETTING:
                sim_word_set(&sim_setting_words[event->field], &run->scenario.settings,
                             event->value);
                break;
        case SIM_EVENT_SLEEP:
                sleep_for(run, event->value);
                break;
        case SIM_EVENT_BLIND:
                run->blind_usec = run->host.now_usec + event->value;
                break;
        case SIM_EVENT_LATE:
                run->next_usec = run->host.now_usec + event->value;
                break;
        case SIM_EVENT_REPLACE:
                replace(run, event->cgroup);
                break;
        case SIM_EVENTS:
                pl_unreachable();
        }
}

/* Times of events are since the beginning, without what the host slept. */
static void let_happen(struct sim_run *run)
{
        while (run->events_done < run->scenario.event_count) {
                const struct sim_event *event = &run->scenario.events[run->events_done];

                if (run->host.now_usec - run->slept_usec < PL_USEC_PER_HOUR + event->at_usec)
                        return;
                run->events_done++;
                happen(run, event);
        }
}

static uint64_t tick(const struct sim_run *run, uint64_t until_usec)
{
        bool is_calm = sim_host_available(&run->host) > 3 * run->scenario.settings.floor_bytes &&
                       run->job_count == 0;
        uint64_t most = is_calm ? TICK_CALM_USEC : TICK_USEC;

        return sim_max(sim_min(most, sim_less(until_usec, run->host.now_usec)), 1000);
}

static void note_ids(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (run->host.bodies[i].id != 0)
                        run->of_id[run->host.bodies[i].id - SIM_ID_FIRST] = i;
}

static void live_until_next(struct sim_run *run)
{
        uint64_t until = sim_min(run->next_usec, sim_carry_next(run));

        do {
                sim_host_live(&run->host, tick(run, until));
                let_happen(run);
                sim_carry_on(run);
                note_ids(run);
                until = sim_min(run->next_usec, sim_carry_next(run));
        } while (run->host.now_usec < until && run->host.now_usec < run->end_usec);
}

/* ---- the second engine ---- */

static void begin_twin(struct sim_run *run)
{
        uint64_t count = pl_engine_checkpoint_count(&run->engine);
        struct pl_update *updates = calloc(count ? count : 1, sizeof *updates);
        struct pl_snapshot snapshot = {
                .step = run->snapshot.step,
                .now_usec = run->snapshot.now_usec,
                .flags = PL_SNAPSHOT_CHECKPOINT,
                .policy = 1,
                .host = run->snapshot.host,
                .update_count = count,
                .updates = updates,
        };
        static struct pl_judgement judgement;

        pl_assert(updates);
        pl_engine_checkpoint(&run->engine, updates);
        pl_assert(pl_engine_init(&run->twin, SIM_CGROUPS_MAX, run->scenario.seed + 1) == 0);
        run->has_twin = true;
        if (pl_engine_step(&run->twin, &snapshot, &judgement) != 0)
                sim_break(run, "twin: a checkpoint was not taken up");
        free(updates);
}

static bool is_same(const struct pl_judgement *a, const struct pl_judgement *b)
{
        if (memcmp(a, b, offsetof(struct pl_judgement, verdicts)) != 0 ||
            memcmp(a->verdicts, b->verdicts, a->verdict_count * sizeof *a->verdicts) != 0 ||
            memcmp(a->candidates, b->candidates, a->candidate_count * sizeof *a->candidates) != 0 ||
            memcmp(a->hot, b->hot, a->hot_count * sizeof *a->hot) != 0)
                return false;
        for (uint32_t i = 0; i < a->decision_count; i++) {
                const struct pl_decision *x = &a->decisions[i], *y = &b->decisions[i];

                if (memcmp(x, y, offsetof(struct pl_decision, candidates)) != 0 ||
                    memcmp(x->candidates, y->candidates,
                           x->candidate_count * sizeof *x->candidates) != 0)
                        return false;
        }
        return true;
}

static void step_twin(struct sim_run *run)
{
        static struct pl_judgement judgement;

        if (!run->has_twin)
                return;
        (void) pl_engine_step(&run->twin, &run->snapshot, &judgement);
        if (!is_same(&run->judgement, &judgement))
                sim_break(run, "twin: one that went on from a checkpoint judges otherwise");
}

/* ---- a step ---- */

static uint64_t mix(uint64_t digest, const void *data, size_t size)
{
        const unsigned char *bytes = data;

        /* FNV-1a. */
        for (size_t i = 0; i < size; i++)
                digest = (digest ^ bytes[i]) * UINT64_C(0x100000001B3);
        return digest;
}

static void digest(struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;

        run->digest = mix(run->digest, judgement, offsetof(struct pl_judgement, verdicts));
        run->digest = mix(run->digest, judgement->verdicts, sizeof *judgement->verdicts);
        for (uint32_t i = 0; i < judgement->decision_count; i++)
                run->digest = mix(run->digest, &judgement->decisions[i],
                                  offsetof(struct pl_decision, candidates));
}

static void choose_next(struct sim_run *run)
{
        uint64_t usec = sim_max(run->judgement.look_usec, 10 * PL_USEC_PER_MSEC);

        if (sim_chance(&run->random, run->scenario.faults.slow_look))
                usec += sim_below(&run->random, 3 * PL_USEC_PER_SEC);
        run->next_usec = run->host.now_usec + usec;
}

static void carry_out(struct sim_run *run)
{
        if (run->scenario.settings.flags & PL_SETTING_OBSERVE)
                return;
        for (uint32_t i = 0; i < run->judgement.decision_count; i++)
                sim_carry_begin(run, &run->judgement.decisions[i]);
}

static void take_step(struct sim_run *run)
{
        sim_sense(run);
        if (pl_engine_step(&run->engine, &run->snapshot, &run->judgement) != 0)
                sim_break(run, "step: a snapshot was refused");
        digest(run);
        step_twin(run);
        if (run->is_trace)
                sim_trace_step(run);
        sim_rules_check(run);
        carry_out(run);
        choose_next(run);
        if (run->snapshot.step == run->twin_at_step)
                begin_twin(run);
}

/* ---- a run ---- */

static void copy_scenario(struct sim_scenario *to, const struct sim_scenario *from)
{
        memcpy(to, from, offsetof(struct sim_scenario, cgroups));
        memcpy(to->cgroups, from->cgroups, from->cgroup_count * sizeof *from->cgroups);
        memcpy(to->acts, from->acts, from->act_count * sizeof *from->acts);
        memcpy(to->events, from->events, from->event_count * sizeof *from->events);
        memcpy(to->expects, from->expects, from->expect_count * sizeof *from->expects);
}

static void begin(struct sim_run *run, const struct sim_scenario *scenario,
                  const struct sim_run_options *options)
{
        memset(run, 0, sizeof *run);
        copy_scenario(&run->scenario, scenario);
        sim_host_init(&run->host, &run->scenario);
        run->random.state = ~scenario->seed;
        run->is_trace = options->is_trace;
        run->is_loud = options->is_loud;
        run->twin_at_step = 1 + sim_below(&run->random, 200);
        if (!options->with_twin)
                run->twin_at_step = 0;
        run->end_usec = run->host.now_usec + scenario->lasts_usec;
        run->next_usec = run->swept_usec = run->host.now_usec;
        run->digest = UINT64_C(0xCBF29CE484222325);
        pl_assert(pl_engine_init(&run->engine, SIM_CGROUPS_MAX, scenario->seed) == 0);
}

int sim_run(struct sim_run *run, const struct sim_scenario *scenario,
            const struct sim_run_options *options)
{
        begin(run, scenario, options);
        while (run->host.now_usec < run->end_usec && !run->broken &&
               run->host.next_id + SIM_CGROUPS_MAX < SIM_ID_FIRST + SIM_IDS_MAX) {
                live_until_next(run);
                take_step(run);
        }
        if (!run->broken)
                sim_rules_end(run);
        pl_engine_done(&run->engine);
        if (run->has_twin)
                pl_engine_done(&run->twin);
        return run->broken ? 1 : 0;
}
