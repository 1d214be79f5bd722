/* SPDX-License-Identifier: Apache-2.0 */

/* Processes are swept one workload after the other, at looks at everybody: its runtime or systemd sets its own value between the
 * fork and the program, and the first sweep would take what was there before that for what the processes have by themselves. So who
 * has just come is swept at the second look.
 *
 * Taken back is until a sweep finds nobody left: parents fork meanwhile.
 */

#include "enforce_internal.h"

/* Whose processes have an oom_score_adj of ours from before: nothing else may be noted of them. */
int pl_enforce_find_scored(struct pl_enforcer *enforcer)
{
        const struct pl_originals *originals = &enforcer->originals;
        int r = pl_table_init(&enforcer->scored, PL_ORIGINALS_CGROUPS_MAX, pl_clock_now_usec());

        if (r < 0 || !enforcer->has_originals)
                return r;
        for (uint32_t i = pl_originals_next_value(originals, 0); i != PL_POOL_NONE;
             i = pl_originals_next_value(originals, i + 1)) {
                const struct pl_original_value *value = pl_originals_value_at(originals, i);

                if (value->kind == PL_ORIGINAL_PROCESS && value->cgroup_id != 0)
                        (void) pl_table_add(&enforcer->scored, value->cgroup_id, 0);
        }
        return 0;
}

bool pl_enforce_was_scored(const struct pl_enforcer *enforcer, uint64_t id)
{
        uint32_t value;

        return enforcer->scored.count > 0 && pl_table_find(&enforcer->scored, id, &value) == 0;
}

bool pl_enforce_has_scores(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced)
{
        return enforced->adjusted.is_known || pl_enforce_was_scored(enforcer, enforced->id);
}

void pl_enforce_begin_sweep(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                            const struct pl_enforce_view *view, const struct pl_enforce_want *want)
{
        struct pl_adjust_request request = { .cgroup_id = enforced->id,
                                             .score_adj = want->score_adj };
        bool is_opened = false;

        bool is_early = !enforced->has_been_scanned && enforcer->has_looked;

        if (!view->is_scan)
                return;
        enforced->has_been_scanned = true;
        /* What a runtime or systemd has not set yet would be taken for what the processes have by themselves. */
        if ((is_early && !enforced->adjusted.is_known) || enforcer->sweeping != PL_POOL_NONE ||
            !enforcer->has_originals)
                return;
        if ((want->mode == PL_PLAN_RESTORE ||
             (want->mode == PL_PLAN_APPLY && !want->has_score_adj)) &&
            pl_enforce_has_scores(enforcer, enforced) && !enforced->is_swept_back) {
                request.aim = PL_ADJUST_RESTORE;
                request.score_adj = enforced->adjusted.set;
        } else if (want->mode != PL_PLAN_APPLY || !want->has_score_adj)
                return;
        if (pl_census_directory(enforcer->options.census, view->index, &request.cgroup_fd,
                                &is_opened) != 0)
                return;
        if (request.aim == PL_ADJUST_APPLY)
                enforced->is_swept_back = false;
        if (pl_adjust_begin(&enforcer->adjuster, &request, &enforced->adjusted) == 0) {
                enforcer->sweeping = pl_enforced_number(enforcer, enforced);
                enforcer->sweep_aim = request.aim;
        }
        if (is_opened)
                pl_cleanup_close(&request.cgroup_fd);
}

/* Said once, as long as it lasts. */
static void say_score(struct pl_enforcer *enforcer, struct pl_enforced *enforced, uint64_t now_usec)
{
        struct pl_journal_row row;

        if (enforced->adjusted.error == 0 || enforced->has_said_score) {
                enforced->has_said_score = enforced->adjusted.error != 0;
                return;
        }
        enforced->has_said_score = true;
        pl_enforce_name(enforcer, enforced, &row);
        pl_enforce_say(enforcer, &row, now_usec,
                       &(struct pl_enforce_note){ PL_NOTE_SCORE_DENIED, true,
                                                  (uint64_t) enforced->adjusted.error, NULL });
}

static void end_sweep(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        struct pl_enforced *enforced = pl_enforced_at(enforcer, enforcer->sweeping);
        bool is_back = enforcer->sweep_aim == PL_ADJUST_RESTORE;

        enforcer->sweeping = PL_POOL_NONE;
        /* Until nobody was left to be changed: parents fork meanwhile. */
        if (is_back && enforced->adjusted.changed_count == 0 && enforced->adjusted.error == 0) {
                enforced->is_swept_back = true;
                (void) pl_table_remove(&enforcer->scored, enforced->id);
        }
        say_score(enforcer, enforced, now_usec);
        /* Its row is to say so. */
        if (is_back || enforced->adjusted.changed_count > 0 || !enforced->has_been_swept)
                pl_enforce_wake(enforcer, enforced, now_usec);
        enforced->has_been_swept = true;
}

bool pl_enforce_sweep(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        if (enforcer->sweeping == PL_POOL_NONE)
                return false;
        if (pl_adjust_step(&enforcer->adjuster, PL_ENFORCE_SWEEP) == PL_ADJUST_E_MORE)
                return true;
        end_sweep(enforcer, now_usec);
        return false;
}
