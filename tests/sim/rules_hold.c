/* SPDX-License-Identifier: Apache-2.0 */

/* What can be taken back: that it is, that it is not done for nothing, and not all at once. And what is only watched. */

#include "rules.h"

#include <inttypes.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"

static bool is_mild(const struct pl_decision *decision)
{
        return decision->measure == PL_MEASURE_RECLAIM ||
               decision->measure == PL_MEASURE_THROTTLE || decision->measure == PL_MEASURE_FREEZE;
}

/* Whether this step takes it back, before the decision at that place. */
static bool is_taken_back(const struct sim_run *run, uint32_t cgroup, uint32_t before)
{
        enum pl_measure undo = run->deals[cgroup].hold_measure == PL_MEASURE_FREEZE
                                       ? PL_MEASURE_THAW
                                       : PL_MEASURE_RELEASE;

        for (uint32_t i = 0; i < before; i++)
                if (run->judgement.decisions[i].measure == (uint32_t) undo &&
                    run->judgement.decisions[i].id == run->sights[cgroup].id)
                        return true;
        return false;
}

static void check_hold_ends(struct sim_run *run, uint32_t cgroup)
{
        const struct sim_deal *deal = &run->deals[cgroup];
        const char *name = run->scenario.cgroups[cgroup].name;
        uint64_t flags = run->scenario.settings.flags;

        if (is_taken_back(run, cgroup, run->judgement.decision_count))
                return;
        if (run->host.now_usec >= deal->hold_deadline_usec)
                sim_break(run, "%s is held for too long", name);
        else if (flags & (PL_SETTING_PAUSED | PL_SETTING_OBSERVE))
                sim_break(run, "%s is held while nothing may be done", name);
        else if (sim_turn(&run->sights[cgroup].facts) != PL_TURN_NEXT)
                sim_break(run, "%s is held and may not be touched any more", name);
        else if (deal->hold_scope_id == 0 &&
                 run->judgement.verdicts[0].severity == PL_SEVERITY_CALM)
                sim_break(run, "%s is held, and it is calm", name);
}

/* A step that has no room for more may leave it to the next. */
static void check_ends(struct sim_run *run)
{
        const struct pl_judgement *judgement = &run->judgement;

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (run->deals[i].hold_decision != 0 &&
                    judgement->decision_count + 3 <= PL_DECISIONS_MAX)
                        check_hold_ends(run, i);
        for (uint32_t i = 0; i < judgement->decision_count; i++) {
                uint32_t cgroup = sim_run_find(run, judgement->decisions[i].id);

                if (sim_is_end(judgement->decisions[i].measure) && cgroup != SIM_HOST &&
                    run->deals[cgroup].hold_decision != 0 && !is_taken_back(run, cgroup, i))
                        sim_break(run, "%s is held and cannot hear it",
                                  run->scenario.cgroups[cgroup].name);
        }
}

static struct sim_patience *patience_of(struct sim_run *run, uint64_t scope_id)
{
        uint32_t scope = sim_run_find(run, scope_id);

        return scope == SIM_HOST ? &run->patience[SIM_CGROUPS_MAX] : &run->patience[scope];
}

/* One at a time, in time to see what comes of it, for a shortage that is one. */
static void check_gently(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->judgement.decision_count; i++) {
                const struct pl_decision *decision = &run->judgement.decisions[i];
                struct sim_patience *patience = patience_of(run, decision->verdict.scope_id);

                if (!is_mild(decision))
                        continue;
                if (decision->verdict.severity < PL_SEVERITY_SHORT)
                        sim_break(run, "measure %u, and it is not short", decision->measure);
                else if (patience->scope_id == decision->verdict.scope_id &&
                         patience->episode == run->shortage.episode &&
                         run->host.now_usec < patience->until_usec)
                        sim_break(run, "measure %u right after another", decision->measure);
                patience->scope_id = decision->verdict.scope_id;
                patience->episode = run->shortage.episode;
                patience->until_usec = run->host.now_usec + run->scenario.settings.patience_usec;
        }
}

/* Who is only watched does not go on and on. */
static void check_observes_once(struct sim_run *run)
{
        struct sim_shortage *shortage = &run->shortage;
        const struct pl_verdict *verdict = &run->judgement.verdicts[0];

        if (verdict->severity == PL_SEVERITY_CALM ||
            !(run->scenario.settings.flags & PL_SETTING_OBSERVE)) {
                shortage->episode += verdict->severity == PL_SEVERITY_CALM;
                shortage->observed_usec = 0;
                return;
        }
        for (uint32_t i = 0; i < run->judgement.decision_count; i++) {
                const struct pl_decision *decision = &run->judgement.decisions[i];

                if (!sim_is_end(decision->measure) || decision->verdict.scope != PL_SCOPE_HOST ||
                    decision->choice == PL_CHOICE_LIVELOCK)
                        continue;
                if (shortage->observed_usec != 0 && shortage->observed_usec != run->host.now_usec &&
                    run->host.now_usec <
                            shortage->observed_usec + run->scenario.settings.backoff_hold_usec)
                        sim_break(run, "said twice in one shortage");
                shortage->observed_usec = run->host.now_usec;
        }
}

const struct sim_rule sim_rules_hold[] = {
        { "ends", check_ends },
        { "gently", check_gently },
        { "observes", check_observes_once },
        {},
};
