/* SPDX-License-Identifier: Apache-2.0 */

#include "rules.h"
#include "words.h"

static bool was_taken_by_kernel(const struct sim_run *run, uint32_t cgroup)
{
        for (uint32_t i = 0; i < run->host.kill_count; i++)
                if (run->host.kills[i].cgroup == cgroup)
                        return true;
        return false;
}

static bool is_met_by(const struct sim_run *run, enum sim_expect_kind kind, uint32_t cgroup)
{
        const struct sim_tally *tally = &run->tallies[cgroup];

        switch (kind) {
        case SIM_EXPECT_DIES:
                return tally->kills > 0;
        case SIM_EXPECT_LIVES:
                return tally->kills == 0 && !was_taken_by_kernel(run, cgroup);
        case SIM_EXPECT_LOCAL:
                return tally->kills > 0 && tally->was_local;
        case SIM_EXPECT_ONCE:
                return tally->kills == 1;
        case SIM_EXPECT_STAYS:
                return tally->was_stays;
        case SIM_EXPECT_GROWER:
                return tally->was_grower;
        case SIM_EXPECT_CAP:
                return tally->was_capped;
        case SIM_EXPECT_DOWN:
                return tally->was_downed;
        case SIM_EXPECT_RELAX:
                return tally->was_relaxed;
        case SIM_EXPECT_NOBODY:
                return run->irreversible == 0;
        case SIM_EXPECT_ALARM:
                return run->alarms > 0;
        case SIM_EXPECT_QUIET:
                return run->decisions == 0;
        case SIM_EXPECT_NO_KERNEL:
                return run->host.kill_count == 0;
        case SIM_EXPECT_KINDS:
                break;
        }
        return false;
}

/* Of everybody: somebody of them is enough, but that nobody dies has to hold of each. */
static bool is_met(const struct sim_run *run, const struct sim_expect *expect)
{
        bool of_each = expect->kind == SIM_EXPECT_LIVES;

        if (expect->cgroup != SIM_HOST)
                return is_met_by(run, (enum sim_expect_kind) expect->kind, expect->cgroup);
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (is_met_by(run, (enum sim_expect_kind) expect->kind, i) != of_each)
                        return !of_each;
        return of_each;
}

void sim_rules_end(struct sim_run *run)
{
        for (uint32_t i = 0; i < run->scenario.expect_count; i++) {
                const struct sim_expect *expect = &run->scenario.expects[i];

                if (is_met(run, expect))
                        continue;
                sim_break(run, "expected: %s %s", sim_expect_names[expect->kind],
                          expect->cgroup == SIM_HOST ? ""
                                                     : run->scenario.cgroups[expect->cgroup].name);
                run->broken = "expect";
                return;
        }
}
