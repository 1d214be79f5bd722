/* SPDX-License-Identifier: Apache-2.0 */

/* How many are on their way at a time. */

#include "rules.h"

#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

static void check_flight(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision)) {
                uint32_t count, cgroup = sim_run_find(run, decision->id);

                (void) sim_in_flight(run, decision->verdict.scope_id, &count);
                if (cgroup != SIM_HOST && run->deals[cgroup].decision != 0 &&
                    !(run->deals[cgroup].measure == PL_MEASURE_TERM &&
                      decision->measure == PL_MEASURE_KILL))
                        sim_break(run, "%s is dying already", run->scenario.cgroups[cgroup].name);
                if (!sim_is_new_end(decision) || count == 0)
                        continue;
                if (!SIM_HAS(&decision->verdict, CRITICAL))
                        sim_break(run, "%u are dying already", count);
                else if (decision->need_bytes == 0)
                        sim_break(run, "%u are dying already, and that is enough", count);
        }
}

/* Of one choice: without the last of them it would not be enough. */
static void check_together(struct sim_run *run, const struct pl_decision *first)
{
        uint64_t sum = 0, last = 0;
        uint32_t count = 0;

        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision)) {
                if (!sim_is_new_end(decision) || decision->table != first->table)
                        continue;
                count++;
                last = decision->expected_bytes;
                sum += last;
        }
        if (count > run->scenario.settings.kill_together)
                sim_break(run, "%u at a time", count);
        if (count > 1 && sum - last >= first->need_bytes)
                sim_break(run, "%u at a time, and fewer are enough", count);
        if (count > 1 && first->choice == PL_CHOICE_GROWER)
                sim_break(run, "others with the one that grows");
}

static void check_more_than_needed(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision))
                if (sim_is_new_end(decision) && decision->table == decision->number)
                        check_together(run, decision);
}

static const struct pl_decision *ends_with(const struct sim_run *run,
                                           const struct pl_decision *last, uint32_t cgroup)
{
        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision))
                if (decision != last && decision->id == run->sights[cgroup].id)
                        return decision;
        return NULL;
}

/* Over a longer time than between its last two looks. */
static bool is_said_to_grow(const struct sim_run *run, uint32_t cgroup)
{
        for (uint32_t i = 0; i < run->judgement.candidate_count; i++)
                if (run->judgement.candidates[i].id == run->sights[cgroup].id)
                        return run->judgement.candidates[i].growth_bytes_per_sec > 0;
        return false;
}

/* One that does not grow dies with others, who are all that is seen to grow, explain the fall, and give back twice what has to
 * be there. */
static void check_needless_one(struct sim_run *run, const struct pl_decision *last)
{
        uint32_t victim = sim_run_find(run, last->id);
        uint64_t bytes = sim_available(run, true), growth = 0;

        if (victim == SIM_HOST || sim_seen_growth(run, victim, SIM_WINDOW_USEC) > 0)
                return;
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++) {
                const struct pl_decision *other = ends_with(run, last, i);

                if (!run->scenario.cgroups[i].is_workload || run->sights[i].id == 0)
                        continue;
                if (!other &&
                    (sim_seen_growth(run, i, SIM_WINDOW_USEC) > 0 || is_said_to_grow(run, i)))
                        return;
                bytes += other ? other->expected_bytes : 0;
                growth += other ? sim_seen_growth(run, i, SIM_WINDOW_USEC) : 0;
        }
        /* Where nothing is left, nothing falls. */
        if (last->verdict.fall_bytes_per_sec > 0 &&
            bytes > 2 * run->scenario.settings.floor_bytes &&
            growth >= last->verdict.fall_bytes_per_sec / 10 * 9)
                sim_break(run, "%s dies with others who are enough, and does not grow",
                          run->scenario.cgroups[victim].name);
}

/* One that goes before it in the order may be too little by itself. */
static bool is_last_of_choice(const struct sim_run *run, const struct pl_decision *last)
{
        for (const struct pl_decision *decision = sim_next_end(run, last); decision;
             decision = sim_next_end(run, decision))
                if (decision->table == last->table)
                        return false;
        return true;
}

static void check_needless(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision))
                if (sim_is_new_end(decision) && decision->verdict.scope == PL_SCOPE_HOST &&
                    decision->table != decision->number && is_last_of_choice(run, decision))
                        check_needless_one(run, decision);
}

const struct sim_rule sim_rules_many[] = {
        { "flight", check_flight },
        { "together", check_more_than_needed },
        { "needless", check_needless },
        {},
};
