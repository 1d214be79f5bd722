/* SPDX-License-Identifier: Apache-2.0 */

#include "feasible_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static bool has_rung(const struct pl_ladder *ladder, enum pl_rung rung)
{
        for (size_t i = 0; i < ladder->rungs.count; i++)
                if (ladder->rungs.items[i] == rung)
                        return true;
        return false;
}

static bool is_protected(const struct pl_profile *profile)
{
        return PL_HAS(&profile->oom, PL_OOM_SCORE_ADJ) && profile->oom.score_adj == -1000;
}

static void judge_oom(const struct pl_judging *judging)
{
        const struct pl_profile *profile = &judging->document->profile;
        const struct pl_oom *oom = &profile->oom;

        if (!is_protected(profile))
                return;
        for (size_t i = 0; i < profile->match.count; i++)
                pl_judge_protected(judging, &profile->match.entries[i]);
        pl_diag_note(judging->diag, judging->document->origin, oom->fields.at[PL_OOM_SCORE_ADJ],
                     "-1000 makes these workloads protected; -999 is written, for a cgroup full of "
                     "unkillable processes hangs at its limit");
        if (PL_HAS(oom, PL_OOM_ORDER))
                pl_diag_warning(judging->diag, judging->document->origin,
                                oom->fields.at[PL_OOM_ORDER],
                                "\"order\" has no effect: the protected are never in line");
}

static void judge_ladder(const struct pl_judging *judging)
{
        const struct pl_profile *profile = &judging->document->profile;
        const struct pl_ladder *ladder = &profile->ladder;

        if (has_rung(ladder, PL_RUNG_KILL) || is_protected(profile))
                return;
        pl_diag_warning(
                judging->diag, judging->document->origin, ladder->fields.at[PL_LADDER_RUNGS],
                "without \"kill\" these workloads are never ended, and there may be nobody left "
                "to end");
        pl_diag_hint(judging->diag, "protect them by \"score_adj\": -1000 if that is meant");
}

/* A key that is about a rung which is not taken. */
static void judge_rungs(const struct pl_judging *judging)
{
        static const struct {
                enum pl_ladder_key key;
                enum pl_rung rung;
                const char *name, *rung_name;
        } rows[] = {
                { PL_LADDER_GRACE, PL_RUNG_TERM, "grace", "term" },
                { PL_LADDER_SIGNAL, PL_RUNG_TERM, "signal", "term" },
                { PL_LADDER_FREEZE_MAX, PL_RUNG_FREEZE, "freeze_max", "freeze" },
        };
        const struct pl_profile *profile = &judging->document->profile;
        const struct pl_ladder *ladder = &profile->ladder;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                if (PL_HAS(ladder, rows[i].key) && !has_rung(ladder, rows[i].rung))
                        pl_diag_warning(judging->diag, judging->document->origin,
                                        ladder->fields.at[rows[i].key],
                                        "\"%s\" has no effect without the rung \"%s\"",
                                        rows[i].name, rows[i].rung_name);
        if (PL_HAS(ladder, PL_LADDER_LIVELOCK) && !PL_HAS(&profile->memory, PL_MEMORY_HIGH))
                pl_diag_warning(judging->diag, judging->document->origin,
                                ladder->fields.at[PL_LADDER_LIVELOCK],
                                "\"livelock\" has no effect without memory.high");
}

static void judge_leak(const struct pl_judging *judging)
{
        const struct pl_profile *profile = &judging->document->profile;
        const struct pl_leak *leak = &profile->leak;
        const struct pl_restart *restart = &leak->restart;

        if (PL_HAS(leak, PL_LEAK_ALERT) && leak->alert.bytes == 0)
                pl_diag_warning(judging->diag, judging->document->origin,
                                leak->fields.at[PL_LEAK_ALERT],
                                "an alert at 0 is raised by everything that grows at all");
        if (!PL_HAS(leak, PL_LEAK_RESTART))
                return;
        if (restart->window.begin_minutes == restart->window.end_minutes)
                pl_diag_error(judging->diag, judging->document->origin,
                              restart->fields.at[PL_RESTART_WINDOW],
                              "the window ends when it begins");
        if (!leak->watch)
                pl_diag_warning(judging->diag, judging->document->origin,
                                leak->fields.at[PL_LEAK_RESTART],
                                "nothing is restarted for a leak that is not watched for");
        if (PL_HAS(restart, PL_RESTART_AT) && !PL_HAS(&profile->memory, PL_MEMORY_MAX))
                pl_diag_warning(judging->diag, judging->document->origin,
                                restart->fields.at[PL_RESTART_AT],
                                "\"at\" is a share of memory.max, which is not set");
}

void pl_judge_acts(const struct pl_judging *judging)
{
        const struct pl_profile *profile = &judging->document->profile;

        judge_oom(judging);
        judge_ladder(judging);
        judge_rungs(judging);
        judge_leak(judging);
        if (PL_HAS(profile, PL_PROFILE_MODE) && profile->mode == PL_MODE_OBSERVE)
                pl_diag_note(judging->diag, judging->document->origin,
                             profile->fields.at[PL_PROFILE_MODE],
                             "these workloads are observed: nothing is done to them");
}

void pl_judge_order(const struct pl_judging *judging)
{
        const struct pl_order *order = &judging->document->order;

        if (PL_HAS(order, PL_ORDER_WORKLOAD)) {
                pl_judge_selector(judging, &order->workload);
                if (order->verb == PL_ORDER_PROTECT)
                        pl_judge_protected(judging, &order->workload);
        } else if (order->verb == PL_ORDER_PROTECT && !PL_HAS(order, PL_ORDER_CGROUP_ID)) {
                pl_diag_warning(
                        judging->diag, judging->document->origin, order->fields.at[PL_ORDER_VERB],
                        "this protects everybody, and leaves nobody to end when memory runs out");
        }
        if (PL_HAS(order, PL_ORDER_ISSUED) && PL_HAS(order, PL_ORDER_EXPIRES) &&
            order->expires_sec <= order->issued_sec)
                pl_diag_error(judging->diag, judging->document->origin,
                              order->fields.at[PL_ORDER_EXPIRES],
                              "this order ends before it was given");
}
