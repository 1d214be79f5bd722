/* SPDX-License-Identifier: Apache-2.0 */

#include "rules.h"

#include <inttypes.h>

static const char *name_of(const struct sim_run *run, const struct pl_decision *decision)
{
        uint32_t cgroup = sim_run_find(run, decision->id);

        return cgroup == SIM_HOST ? "nobody" : run->scenario.cgroups[cgroup].name;
}

/* Something is done to it that takes from it. */
static bool is_against(const struct pl_decision *decision)
{
        return decision->measure != PL_MEASURE_ALARM && decision->measure != PL_MEASURE_RELEASE &&
               decision->measure != PL_MEASURE_THAW;
}

/* The facts of whom it is against as they are told; NULL if nobody was told of it. */
static const struct sim_sight *sight_of(const struct sim_run *run,
                                        const struct pl_decision *decision)
{
        uint32_t cgroup = sim_run_find(run, decision->id);

        return cgroup == SIM_HOST || run->sights[cgroup].id != decision->id ? NULL
                                                                            : &run->sights[cgroup];
}

static void check_untouchable(struct sim_run *run)
{
        const uint32_t untouchable = PL_CGROUP_PROTECTED | PL_CGROUP_OBSERVED | PL_CGROUP_RESTORED |
                                     PL_CGROUP_PAUSED;

        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                const struct sim_sight *sight = sight_of(run, decision);

                if (!is_against(decision))
                        continue;
                if (!sight)
                        sim_break(run, "%s is not there", name_of(run, decision));
                else if (sight->facts.flags & untouchable)
                        sim_break(run, "%s may not be touched: %#" PRIx32, name_of(run, decision),
                                  sight->facts.flags);
                else if (!(sight->facts.flags & PL_CGROUP_WORKLOAD))
                        sim_break(run, "%s is no workload", name_of(run, decision));
        }
}

static void check_fit(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                const struct sim_sight *sight = sight_of(run, decision);

                if (!sim_is_end(decision->measure) || !sight)
                        continue;
                if (!(sight->facts.flags & PL_CGROUP_POPULATED))
                        sim_break(run, "nobody is in %s", name_of(run, decision));
                else if (sight->sample.have == 0)
                        sim_break(run, "nothing is known of %s", name_of(run, decision));
        }
}

static void check_rungs(struct sim_run *run)
{
        static const int rungs[PL_MEASURE_KINDS] = {
                [PL_MEASURE_RECLAIM] = 1 << PL_RUNG_RECLAIM,
                [PL_MEASURE_THROTTLE] = 1 << PL_RUNG_THROTTLE,
                [PL_MEASURE_FREEZE] = 1 << PL_RUNG_FREEZE,
                [PL_MEASURE_TERM] = 1 << PL_RUNG_TERM,
                [PL_MEASURE_KILL] = 1 << PL_RUNG_KILL,
        };

        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                const struct sim_sight *sight = sight_of(run, decision);
                uint32_t rung = (uint32_t) rungs[decision->measure];

                if (sight && rung != 0 && !(sight->facts.rungs & rung))
                        sim_break(run, "%s has no such rung: measure %u", name_of(run, decision),
                                  decision->measure);
        }
}

static void check_paused(struct sim_run *run)
{
        if (!(run->scenario.settings.flags & PL_SETTING_PAUSED))
                return;
        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision))
                if (is_against(decision))
                        sim_break(run, "measure %u while everything is paused", decision->measure);
}

/* Which shortages are acted upon. */
static void check_allowed(struct sim_run *run)
{
        uint64_t flags = run->scenario.settings.flags;

        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                bool is_host = decision->verdict.scope == PL_SCOPE_HOST;
                bool is_none = decision->choice == PL_CHOICE_LIVELOCK ||
                               decision->choice == PL_CHOICE_AGAIN;
                uint64_t wanted = is_none   ? PL_SETTING_HOST | PL_SETTING_LOCAL
                                  : is_host ? PL_SETTING_HOST
                                            : PL_SETTING_LOCAL;

                if (!is_against(decision))
                        continue;
                if (!(flags & wanted))
                        sim_break(run, "measure %u against %s for a shortage that is left alone",
                                  decision->measure, name_of(run, decision));
        }
}

static void check_candidates_inside(struct sim_run *run, const struct pl_decision *decision)
{
        for (uint32_t i = 0; i < decision->candidate_count; i++) {
                uint32_t cgroup = sim_run_find(run, decision->candidates[i].id);

                if (cgroup == SIM_HOST || !sim_knows_below(run, cgroup, decision->verdict.scope_id))
                        sim_break(run, "a candidate is outside of the scope");
        }
}

static void check_neighbour(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                uint32_t cgroup = sim_run_find(run, decision->id);

                if (decision->verdict.scope != PL_SCOPE_CGROUP)
                        continue;
                check_candidates_inside(run, decision);
                if (is_against(decision) && cgroup != SIM_HOST &&
                    !sim_knows_below(run, cgroup, decision->verdict.scope_id))
                        sim_break(run, "%s for a shortage of its neighbours",
                                  name_of(run, decision));
        }
}

/* By which measure it is held just before this decision; PL_MEASURE_KINDS: by none. */
static uint32_t held_by(const struct sim_run *run, const struct pl_decision *decision)
{
        uint32_t cgroup = sim_run_find(run, decision->id), measure = PL_MEASURE_KINDS;

        if (cgroup != SIM_HOST && run->deals[cgroup].hold_decision != 0)
                measure = run->deals[cgroup].hold_measure;
        for (const struct pl_decision *before = run->judgement.decisions; before < decision;
             before++) {
                if (before->id != decision->id)
                        continue;
                if (before->measure == PL_MEASURE_THROTTLE || before->measure == PL_MEASURE_FREEZE)
                        measure = before->measure;
                else if (!is_against(before))
                        measure = PL_MEASURE_KINDS;
        }
        return measure;
}

/* What is taken back was done by us, and what others froze is theirs. */
static void check_ours(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                const struct sim_sight *sight = sight_of(run, decision);

                if (decision->measure == PL_MEASURE_FREEZE && sight &&
                    sight->facts.flags & PL_CGROUP_FROZEN)
                        sim_break(run, "%s was frozen by others", name_of(run, decision));
                if (decision->measure == PL_MEASURE_THAW &&
                    held_by(run, decision) != PL_MEASURE_FREEZE)
                        sim_break(run, "%s was not frozen by us", name_of(run, decision));
                if (decision->measure == PL_MEASURE_RELEASE &&
                    held_by(run, decision) != PL_MEASURE_THROTTLE)
                        sim_break(run, "%s was not throttled by us", name_of(run, decision));
        }
}

/* Kills of all that are the same service. */
static uint32_t kills_of_kin(const struct sim_run *run, uint32_t kin)
{
        uint32_t kills = 0;

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (run->scenario.cgroups[i].kin == kin || i + 1 == kin)
                        kills += run->tallies[i].kills;
        return kills;
}

static void check_again(struct sim_run *run)
{
        uint32_t now = 0;

        for (const struct pl_decision *decision = sim_next(run, NULL); decision;
             decision = sim_next(run, decision)) {
                const struct sim_sight *sight = sight_of(run, decision);

                now += sim_is_end(decision->measure);
                if (decision->choice == PL_CHOICE_AGAIN && sight &&
                    kills_of_kin(run, sight->facts.kin) + now <
                            run->scenario.settings.backoff_kills)
                        sim_break(run, "%s was not killed again and again", name_of(run, decision));
        }
}

const struct sim_rule sim_rules_who[] = {
        { "untouchable", check_untouchable },
        { "fit", check_fit },
        { "rungs", check_rungs },
        { "paused", check_paused },
        { "allowed", check_allowed },
        { "neighbour", check_neighbour },
        { "ours", check_ours },
        { "again", check_again },
        {},
};
