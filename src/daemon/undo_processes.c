/* SPDX-License-Identifier: Apache-2.0 */

/* Workload by workload first, for the sake of children that have inherited what their parents were given; then whoever is
 * noted and has moved elsewhere since. Who is born of one whose turn was to come is not on the list: so a workload is gone
 * through until nobody has to be changed any more, each time by what the log said at first.
 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "say.h"
#include "undo_internal.h"

enum {
        /* Processes at a time; nobody else waits here. */
        BUDGET = 1024,
        /* A child of the last round has a parent that was born within the round before. */
        ROUNDS_MAX = 8,
};

static inline void cleanup_table(struct pl_table *table)
{
        pl_table_done(table);
}

static int gather(const struct pl_undoing *run, struct pl_table *ret_cgroups)
{
        const struct pl_originals *originals = &run->originals;
        int r = pl_table_init(ret_cgroups, PL_MAX(originals->values.pool.count, 1U), 0);

        for (uint32_t i = pl_originals_next_value(originals, 0); r == 0 && i != PL_POOL_NONE;
             i = pl_originals_next_value(originals, i + 1)) {
                const struct pl_original_value *value = pl_originals_value_at(originals, i);

                if (value->kind == PL_ORIGINAL_PROCESS && value->cgroup_id != 0)
                        (void) pl_table_add(ret_cgroups, value->cgroup_id, i);
        }
        return r;
}

static void say_endless(struct pl_undoing *run, const struct pl_cgroup_visit *visit)
{
        char buffer[PL_ORIGINALS_PATH_BYTES];
        struct pl_text path;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_text_add_clean(&path, pl_span_of(visit->path));
        pl_say_error("%s: processes are born faster than they get their oom_score_adj back",
                     buffer);
        run->has_trouble = true;
}

/* False: it is gone; or it is one whose processes are looked at below. */
static bool sweep_once(struct pl_undoing *run, const struct pl_adjust_request *request,
                       struct pl_adjusted *adjusted)
{
        int r = pl_adjust_begin(&run->adjuster, request, adjusted);

        if (r != 0)
                return false;
        do
                r = pl_adjust_step(&run->adjuster, BUDGET);
        while (r == PL_ADJUST_E_MORE);
        run->counts.processes += adjusted->changed_count;
        return true;
}

static void sweep(struct pl_undoing *run, const struct pl_cgroup_visit *visit)
{
        struct pl_adjust_request request = { .cgroup_fd = visit->fd,
                                             .cgroup_id = visit->id,
                                             .aim = PL_ADJUST_RESTORE };
        struct pl_adjusted recalled = {}, adjusted = {};
        unsigned round = 0;

        if (!pl_adjust_recall(&run->adjuster, visit->id, &recalled) || !recalled.is_set)
                return;
        request.score_adj = recalled.set;
        do {
                adjusted = recalled;
                if (!sweep_once(run, &request, &adjusted))
                        return;
        } while (adjusted.changed_count > 0 && ++round < ROUNDS_MAX);
        if (adjusted.changed_count > 0)
                say_endless(run, visit);
        /* Who has what was there before anyway has nothing left of ours. */
        if (recalled.set != recalled.baseline)
                run->counts.processes_left += adjusted.adjusted_count;
}

static void sweep_all(struct pl_undoing *run)
{
        const struct pl_cgroup_walk_bounds bounds = { PL_CGROUP_DEPTH_MAX,
                                                      4 * PL_CGROUP_COUNT_MAX };
        _cleanup_(cleanup_table) struct pl_table cgroups = {};
        struct pl_cgroup_visit visit;
        uint32_t index;
        int r;

        if (gather(run, &cgroups) != 0 || cgroups.count == 0)
                return;
        r = pl_cgroup_walk_init(&run->walk, run->options->roots.cgroup_fd, bounds);
        if (r != 0)
                return;
        while (r != PL_CGROUP_E_END) {
                r = pl_cgroup_walk_next(&run->walk, &visit);
                if (r == 0 && pl_table_find(&cgroups, visit.id, &index) == 0 &&
                    pl_undo_chooses(run, visit.path))
                        sweep(run, &visit);
        }
        pl_cgroup_walk_done(&run->walk);
}

void pl_undo_processes(struct pl_undoing *run)
{
        uint32_t back = 0, left = 0;

        pl_assert(run->options->roots.proc_fd >= 0);

        pl_adjuster_init(&run->adjuster, &run->options->roots, &run->originals);
        sweep_all(run);
        if (!run->options->path) {
                (void) pl_adjust_restore_noted(&run->adjuster, &back, &left);
                run->counts.processes += back;
                run->counts.processes_left += left;
        }
        pl_adjuster_done(&run->adjuster);
}
