/* SPDX-License-Identifier: Apache-2.0 */

/* Looks that are nearer to each other than a twentieth of a second may be taken for one, so either may be what was judged by. */

#include "rules.h"

#include "plimsoll/base/ratio.h"

const struct pl_host_sample *sim_look(const struct sim_run *run, uint64_t back)
{
        return &run->looks[(run->snapshot.step - back) % PL_ARRAY_LENGTH(run->looks)];
}

uint64_t sim_swap_left(const struct pl_host_sample *host)
{
        uint64_t gain = sim_less(host->zram_data_bytes, host->zram_bytes);

        return host->zram_data_bytes == 0
                       ? host->swap_free_bytes
                       : pl_ratio_scale(host->swap_free_bytes, gain, host->zram_data_bytes);
}

uint64_t sim_available(const struct sim_run *run, bool least)
{
        uint64_t found = sim_look(run, 0)->available_bytes;

        for (uint64_t i = 1;
             i < 8 && sim_look(run, i)->at_usec + SIM_SAME_LOOK_USEC > run->host.now_usec; i++)
                found = least ? sim_min(found, sim_look(run, i)->available_bytes)
                              : sim_max(found, sim_look(run, i)->available_bytes);
        return found;
}

uint64_t sim_swap_least(const struct sim_run *run)
{
        uint64_t found = sim_swap_left(sim_look(run, 0));

        for (uint64_t i = 1;
             i < 8 && sim_look(run, i)->at_usec + SIM_SAME_LOOK_USEC > run->host.now_usec; i++)
                found = sim_min(found, sim_swap_left(sim_look(run, i)));
        return found;
}

uint64_t sim_critical_bytes(const struct sim_run *run)
{
        return run->scenario.settings.floor_bytes / 10000 *
               run->scenario.settings.critical_permyriad;
}

uint64_t sim_in_flight(const struct sim_run *run, uint64_t scope_id, uint32_t *ret_count)
{
        uint64_t bytes = 0;

        *ret_count = 0;
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (run->deals[i].decision != 0 && sim_knows_below(run, i, scope_id)) {
                        bytes += run->deals[i].expected_bytes;
                        ++*ret_count;
                }
        return bytes;
}

const struct pl_decision *sim_next(const struct sim_run *run, const struct pl_decision *decision)
{
        const struct pl_judgement *judgement = &run->judgement;

        decision = decision ? decision + 1 : judgement->decisions;
        return decision < judgement->decisions + judgement->decision_count ? decision : NULL;
}

const struct pl_decision *sim_next_end(const struct sim_run *run,
                                       const struct pl_decision *decision)
{
        do {
                decision = sim_next(run, decision);
        } while (decision && !sim_is_end(decision->measure));
        return decision;
}
