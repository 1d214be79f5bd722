/* SPDX-License-Identifier: Apache-2.0 */

/* Whose shortage it is, and how long a kill waits. */

#include "rules.h"

#include <inttypes.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"

static uint64_t left(const struct pl_host_sample *host)
{
        return host->available_bytes + sim_swap_left(host);
}

/* ---- nobody dies while it is calm ---- */

/* Of late, or since the last look if that is longer ago. */
static bool fell(const struct sim_run *run)
{
        for (uint64_t i = 1;
             i < run->snapshot.step && i < PL_ARRAY_LENGTH(run->looks) &&
             (i == 1 || sim_look(run, i)->at_usec + SIM_WINDOW_USEC > run->host.now_usec);
             i++)
                if (left(sim_look(run, i)) > left(sim_look(run, 0)))
                        return true;
        return false;
}

/* When it was last looked at before this. */
static uint64_t look_before_usec(const struct sim_run *run)
{
        return run->snapshot.step > 1 ? sim_look(run, 1)->at_usec : 0;
}

/* The look that what is seen now is held against: one of a second ago, or before a pause that was longer. */
static uint64_t look_held_against_usec(const struct sim_run *run)
{
        uint64_t at_usec = 0;

        for (uint64_t i = 1; i < run->snapshot.step && i < PL_ARRAY_LENGTH(run->looks); i++) {
                at_usec = sim_look(run, i)->at_usec;
                if (at_usec + PL_USEC_PER_SEC <= run->host.now_usec)
                        break;
        }
        return at_usec;
}

/* By the model's own truth: the host has had to reclaim of late, or since that look if it is longer ago. */
static bool reclaimed(const struct sim_run *run)
{
        return run->host.reclaimed_usec != 0 &&
               (run->host.reclaimed_usec + SIM_WINDOW_USEC > run->host.now_usec ||
                run->host.reclaimed_usec >= look_held_against_usec(run));
}

static bool swaps_in_circles(const struct sim_run *run)
{
        const struct pl_host_sample *now = sim_look(run, 0), *then = now;

        for (uint64_t i = 1; i < run->snapshot.step && i < PL_ARRAY_LENGTH(run->looks); i++) {
                then = sim_look(run, i);
                if (then->at_usec + SIM_WINDOW_USEC < now->at_usec)
                        break;
        }
        return now->pswpin_pages + now->refault_anon_pages + now->refault_file_pages >
               then->pswpin_pages + then->refault_anon_pages + then->refault_file_pages;
}

static void check_host_calm(struct sim_run *run, const struct pl_decision *decision)
{
        const struct pl_verdict *verdict = &decision->verdict;
        uint64_t floor = run->scenario.settings.floor_bytes, least = sim_available(run, true);

        if (SIM_HAS(verdict, THRASH)) {
                if (least >= 4 * floor || !reclaimed(run) || !swaps_in_circles(run))
                        sim_break(run, "nothing is swapped in circles");
        } else if (least >= floor) {
                sim_break(run, "%" PRIu64 " MiB are available, and that is enough", least / PL_MIB);
        } else if (SIM_HAS(verdict, CRITICAL)) {
                if (least >= sim_critical_bytes(run) + SIM_PAGE ||
                    sim_swap_least(run) >= floor + PL_MIB)
                        sim_break(run, "it is not critical");
        } else if (!reclaimed(run) && !fell(run)) {
                sim_break(run, "it is scarce, and neither does it get less nor does anybody wait");
        }
}

static void check_local_calm(struct sim_run *run, const struct pl_decision *decision)
{
        uint32_t scope = sim_run_find(run, decision->verdict.scope_id);
        const struct sim_sight *sight;

        if (scope == SIM_HOST) {
                sim_break(run, "the scope is not there");
                return;
        }
        sight = &run->sights[scope];
        if (sight->sample.local_max <= sight->before.local_max)
                sim_break(run, "%s did not meet its limit", run->scenario.cgroups[scope].name);
        else if (run->host.bodies[scope].met_usec + PL_USEC_PER_SEC < sight->before.at_usec)
                sim_break(run, "%s has not met its limit of late",
                          run->scenario.cgroups[scope].name);
}

static void check_livelock(struct sim_run *run, const struct pl_decision *decision)
{
        uint32_t cgroup = sim_run_find(run, decision->id);
        const struct sim_sight *sight;

        if (cgroup == SIM_HOST)
                return;
        sight = &run->sights[cgroup];
        if (sight->facts.livelock != PL_LIVELOCK_KILL)
                sim_break(run, "%s is not to be killed for a livelock",
                          run->scenario.cgroups[cgroup].name);
        else if (sight->facts.high_bytes == PL_SIZE_MAX ||
                 sight->sample.local_high <= sight->before.local_high)
                sim_break(run, "%s does not meet its memory.high",
                          run->scenario.cgroups[cgroup].name);
}

static void check_calm(struct sim_run *run)
{
        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision)) {
                if (decision->choice == PL_CHOICE_LIVELOCK)
                        check_livelock(run, decision);
                else if (decision->verdict.scope == PL_SCOPE_HOST)
                        check_host_calm(run, decision);
                else if (sim_is_new_end(decision))
                        check_local_calm(run, decision);
        }
}

/* ---- how soon after another ---- */

static void check_cool_down(struct sim_run *run)
{
        const struct sim_shortage *shortage = &run->shortage;

        for (const struct pl_decision *decision = sim_next_end(run, NULL); decision;
             decision = sim_next_end(run, decision)) {
                if (!sim_is_new_end(decision) || decision->verdict.scope != PL_SCOPE_HOST ||
                    SIM_HAS(&decision->verdict, CRITICAL))
                        continue;
                if (shortage->helped_usec != 0 &&
                    run->host.now_usec <
                            shortage->helped_usec + run->scenario.settings.kill_cool_down_usec)
                        sim_break(run, "a kill has just helped");
                if (shortage->ended_usec == run->host.now_usec)
                        sim_break(run, "what was before a kill is no evidence after it");
        }
}

/* ---- short and idle ---- */

static bool acts_on_host(const struct sim_run *run)
{
        uint64_t flags = run->scenario.settings.flags;

        return flags & PL_SETTING_HOST && !(flags & (PL_SETTING_PAUSED | PL_SETTING_OBSERVE));
}

/* Somebody is there who may be taken and would give back something. */
static bool somebody(const struct sim_run *run)
{
        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++) {
                const struct pl_cgroup_sample *sample = &run->sights[i].sample;

                if (sim_may_be_taken(run, i) && sample->anon_bytes + sample->swap_bytes >= PL_MIB)
                        return true;
        }
        return false;
}

static bool answers(const struct sim_run *run)
{
        for (uint32_t i = 0; i < run->judgement.decision_count; i++) {
                const struct pl_decision *decision = &run->judgement.decisions[i];

                if (sim_is_end(decision->measure) ||
                    (decision->measure == PL_MEASURE_ALARM && decision->choice == PL_CHOICE_NOBODY))
                        return true;
        }
        return false;
}

static bool is_critical(const struct sim_run *run)
{
        return sim_available(run, false) < sim_critical_bytes(run) &&
               sim_swap_left(sim_look(run, 0)) + PL_MIB < run->scenario.settings.floor_bytes;
}

static bool is_due(const struct sim_run *run)
{
        const struct pl_verdict *verdict = &run->judgement.verdicts[0];

        return is_critical(run) || SIM_HAS(verdict, THRASH) ||
               (sim_available(run, false) < run->scenario.settings.floor_bytes &&
                (SIM_HAS(verdict, STALL) || SIM_HAS(verdict, END_NEAR)));
}

static void since(uint64_t *usec, bool holds, uint64_t now_usec)
{
        if (!holds)
                *usec = 0;
        else if (*usec == 0)
                *usec = now_usec;
}

static void check_idle(struct sim_run *run)
{
        const struct pl_settings *settings = &run->scenario.settings;
        struct sim_shortage *shortage = &run->shortage;
        uint64_t now = run->host.now_usec, patience;
        uint32_t dying;

        (void) sim_in_flight(run, 0, &dying);
        since(&shortage->due_usec, acts_on_host(run) && is_due(run) && somebody(run), now);
        since(&shortage->critical_usec,
              acts_on_host(run) && is_critical(run) && somebody(run) && dying == 0 && !answers(run),
              now);
        /* Who is asked to go is given his time, and who cannot look cannot answer. */
        if (answers(run) || dying > 0)
                shortage->answered_usec = now;
        if (look_before_usec(run) + SIM_SOON_USEC < now)
                shortage->critical_usec = 0;
        patience = settings->kill_deadline_usec + settings->kill_cool_down_usec +
                   2 * PL_USEC_PER_SEC;
        if (shortage->due_usec != 0 &&
            now > sim_max(shortage->due_usec, shortage->answered_usec) + patience)
                sim_break(run, "a kill is due for long, and somebody may be taken");
        /* Evidence begins anew whenever somebody has died. */
        if (shortage->critical_usec != 0 && now > shortage->critical_usec + SIM_SOON_USEC)
                sim_break(run, "it is critical, somebody may be taken, and nothing is done");
}

/* A kill is due, there is nobody, and nobody hears of it. */
static void check_alarm(struct sim_run *run)
{
        struct sim_shortage *shortage = &run->shortage;
        uint64_t now = run->host.now_usec;
        bool is_helpless = acts_on_host(run) && is_critical(run);

        for (uint32_t i = 0; i < run->scenario.cgroup_count; i++)
                if (run->deals[i].decision != 0 || run->deals[i].ended_usec != 0 ||
                    sim_may_be_taken(run, i))
                        is_helpless = false;
        if (answers(run))
                shortage->heard_usec = now;
        if (run->judgement.verdicts[0].severity == PL_SEVERITY_CALM)
                shortage->heard_usec = 0;
        since(&shortage->helpless_usec, is_helpless && shortage->heard_usec == 0, now);
        if (shortage->helpless_usec != 0 && now > shortage->helpless_usec + PL_USEC_PER_SEC)
                sim_break(run, "it is critical, there is nobody to take, and no alarm");
}

/* The kernel was left to do it, and at the last look before that it had been due for a while. Who could not look could not help. */
static void check_kernel(struct sim_run *run)
{
        const struct sim_shortage *shortage = &run->shortage;
        bool is_left = shortage->critical_usec != 0 &&
                       look_before_usec(run) >= shortage->critical_usec + SIM_SOON_USEC / 2;

        for (uint32_t i = run->kernel_seen; i < run->host.kill_count; i++)
                if (run->host.kills[i].scope == SIM_HOST && is_left)
                        sim_break(run, "the kernel has had to take %s",
                                  run->scenario.cgroups[run->host.kills[i].cgroup].name);
        run->kernel_seen = run->host.kill_count;
}

const struct sim_rule sim_rules_when[] = {
        { "calm", check_calm }, { "cool-down", check_cool_down }, { "kernel", check_kernel },
        { "idle", check_idle }, { "alarm", check_alarm },         {},
};
