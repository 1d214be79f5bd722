/* SPDX-License-Identifier: Apache-2.0 */

/* Who has set his own oom_score_adj meant something by it: PostgreSQL protects its first process and not the others, a
 * systemd in a container each service as its unit says. What we may change is what nobody has chosen, and that is told by
 * the baseline, which is what the first process that answers has when the workload is first seen. The first in the list is
 * mostly the first that was started, and what a runtime or a unit sets, it sets for that one.
 *
 * A child is born with what its parent has. So after the first sweep there is little to do: children of adjusted ones are
 * right from the start and are not noted, however many there are; who is written is who was there before, who lowers
 * himself to the baseline again, and who comes from outside, such as by `docker exec`.
 *
 * A daemon that begins anew finds adjusted processes everywhere, and asking one of them would make our own value the
 * baseline. The log is asked first. One process of each workload is always noted for that: its witness. When it is gone and
 * forgotten the next that is right takes its place, although nothing is written to it. Where the log is lost, too, the
 * first process speaks, and may say what we had set. That errs on the side of not touching: then everybody with that
 * value is right and everybody else has his own, and a restore leaves them as they are. The opposite, taking whoever
 * differs for the baseline, would push aside just those who have chosen.
 *
 * Another wanted value is given to whoever has the last one. Children that have it are known by it until a sweep has
 * reached everybody.
 *
 * Of more processes in one cgroup than PL_ADJUST_PROCESSES_MAX the kernel lists the eldest first, whose children are born
 * with what they have; the rest comes up as those end.
 */

#include "plimsoll/host/adjust.h"

#include <unistd.h>

#include "adjust_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/process.h"

/* Field by field: what is large needs no value. */
void pl_adjuster_init(struct pl_adjuster *adjuster, const struct pl_roots *roots,
                      struct pl_originals *originals)
{
        pl_assert(adjuster);
        pl_assert(roots && originals);

        adjuster->roots = *roots;
        adjuster->originals = originals;
        adjuster->request = (struct pl_adjust_request){ .cgroup_fd = -1 };
        adjuster->adjusted = NULL;
        adjuster->is_walking = false;
        adjuster->tidied = 0;
        adjuster->self = 0;
        adjuster->pid_count = adjuster->pid_next = 0;
}

void pl_adjuster_done(struct pl_adjuster *adjuster)
{
        pl_adjust_drop(adjuster);
}

bool pl_adjust_is_busy(const struct pl_adjuster *adjuster)
{
        pl_assert(adjuster);

        return adjuster->adjusted != NULL;
}

void pl_adjust_drop(struct pl_adjuster *adjuster)
{
        pl_assert(adjuster);

        if (!adjuster->adjusted)
                return;
        if (adjuster->is_walking)
                pl_cgroup_walk_done(&adjuster->walk);
        adjuster->is_walking = false;
        adjuster->pid_count = adjuster->pid_next = 0;
        pl_cleanup_close(&adjuster->request.cgroup_fd);
        adjuster->request.cgroup_fd = -1;
        adjuster->adjusted = NULL;
}

/* Something else is wanted than before: who has that still has it from us. */
static void want(struct pl_adjusted *adjusted, int32_t score_adj)
{
        if (adjusted->is_set && adjusted->set != score_adj) {
                adjusted->prior = adjusted->set;
                adjusted->has_prior = true;
        }
        adjusted->set = score_adj;
        adjusted->is_set = true;
}

int pl_adjust_begin(struct pl_adjuster *adjuster, const struct pl_adjust_request *request,
                    struct pl_adjusted *adjusted)
{
        _cleanup_close_ int fd = -1;
        int r;

        pl_assert(adjuster && !adjuster->adjusted);
        pl_assert(request && request->cgroup_id != 0);
        pl_assert(request->score_adj > PL_PROCESS_SCORE_ADJ_MIN);
        pl_assert(request->score_adj <= PL_PROCESS_SCORE_ADJ_MAX);
        pl_assert(adjusted);

        /* Opened anew: the walk moves the position, and a duplicate would share it. A directory that was removed can still be
         * opened in this way. */
        r = pl_file_open_directory(request->cgroup_fd, ".", &fd);
        if (r == 0 && pl_cgroup_absent_or_gone(fd, PL_FILE_E_ABSENT) == PL_FILE_E_GONE)
                r = PL_FILE_E_GONE;
        if (r != 0)
                return r == PL_FILE_E_ABSENT ? PL_FILE_E_GONE : r;
        adjuster->request = *request;
        adjuster->request.cgroup_fd = PL_TAKE_FD(fd);
        adjuster->adjusted = adjusted;
        adjuster->sums = (struct pl_adjusted){};
        adjuster->self = getpid();
        if (!adjusted->is_known)
                (void) pl_adjust_recall(adjuster, request->cgroup_id, adjusted);
        if (request->aim == PL_ADJUST_APPLY)
                want(adjusted, request->score_adj);
        return 0;
}

/* ---- going through it ---- */

/* In the unit of start times. */
static uint64_t now_ticks(void)
{
        long per_sec = sysconf(_SC_CLK_TCK);

        pl_assert(per_sec > 0 && per_sec <= (long) PL_USEC_PER_SEC);

        return pl_clock_now_usec() / (PL_USEC_PER_SEC / (uint64_t) per_sec);
}

/* What is below a threaded cgroup is listed by the one above. */
static void list(struct pl_adjuster *adjuster, int cgroup_fd)
{
        size_t foreign;
        int r;

        adjuster->pid_count = adjuster->pid_next = 0;
        r = pl_cgroup_read_procs(cgroup_fd, &adjuster->buffer, adjuster->pids,
                                 PL_ADJUST_PROCESSES_MAX, &adjuster->pid_count, &foreign);
        if (r != PL_CGROUP_E_MORE)
                pl_adjust_count_error(adjuster, r);
        adjuster->listed_ticks = now_ticks();
}

/* The workload's own processes, and then those of each cgroup below. False: there are no more cgroups. */
static bool list_next(struct pl_adjuster *adjuster)
{
        static const struct pl_cgroup_walk_bounds bounds = { PL_ADJUST_DEPTH_MAX,
                                                             PL_ADJUST_CGROUPS_MAX };
        struct pl_cgroup_visit visit;
        int r;

        if (!adjuster->is_walking) {
                r = pl_cgroup_walk_init(&adjuster->walk, adjuster->request.cgroup_fd, bounds);
                pl_adjust_count_error(adjuster, r);
                if (r != 0)
                        return false;
                adjuster->is_walking = true;
                list(adjuster, adjuster->request.cgroup_fd);
                return true;
        }
        /* Asked for one more, it would go through all names that are left. */
        if (adjuster->walk.visited_count == PL_ADJUST_CGROUPS_MAX)
                return false;
        r = pl_cgroup_walk_next(&adjuster->walk, &visit);
        if (r == 0 && visit.depth == PL_ADJUST_DEPTH_MAX)
                pl_cgroup_walk_skip_below(&adjuster->walk);
        if (r == 0)
                list(adjuster, visit.fd);
        else if (r != PL_CGROUP_E_END)
                pl_adjust_count_error(adjuster, r);
        return r != PL_CGROUP_E_END;
}

/* Nothing of ours is left in it. The witness may be somewhere else by now. */
static void end_restore(struct pl_adjuster *adjuster, struct pl_adjust_power *power)
{
        struct pl_adjusted *adjusted = adjuster->adjusted;
        const struct pl_original_value *noted = NULL;

        if (adjuster->sums.error == 0 && adjusted->witness != 0)
                noted = pl_adjust_noted_under(adjuster->originals, (pid_t) adjusted->witness);
        if (noted && noted->start_ticks == adjusted->witness_ticks)
                pl_adjust_count_error(adjuster, pl_adjust_put_back_noted(adjuster, power, noted));
        if (adjuster->sums.error != 0)
                return;
        adjusted->witness = 0;
        adjusted->is_set = adjusted->has_prior = false;
}

static void finish(struct pl_adjuster *adjuster)
{
        struct pl_adjusted *adjusted = adjuster->adjusted;
        const struct pl_adjusted *sums = &adjuster->sums;

        pl_assert(sums->adjusted_count + sums->own_count <= sums->process_count);

        if (sums->error == 0 && adjuster->request.aim == PL_ADJUST_APPLY)
                adjusted->has_prior = false;
        adjusted->error = sums->error;
        adjusted->process_count = sums->process_count;
        adjusted->adjusted_count = sums->adjusted_count;
        adjusted->own_count = sums->own_count;
        adjusted->changed_count = sums->changed_count;
        pl_adjust_drop(adjuster);
}

int pl_adjust_step(struct pl_adjuster *adjuster, uint32_t budget)
{
        struct pl_adjust_power power = {};
        bool more = true;

        pl_assert(pl_adjust_is_busy(adjuster));
        pl_assert(budget > 0);

        /* A cgroup counts like a process: there may be many with nobody in them. */
        for (uint32_t i = 0; i < budget && more; i++)
                if (adjuster->pid_next < adjuster->pid_count)
                        pl_adjust_look_at(adjuster, &power, adjuster->pids[adjuster->pid_next++]);
                else
                        more = list_next(adjuster);
        if (!more && adjuster->request.aim == PL_ADJUST_RESTORE)
                end_restore(adjuster, &power);
        pl_adjust_count_error(adjuster, pl_adjust_end_power(&power));
        if (more)
                return PL_ADJUST_E_MORE;
        finish(adjuster);
        return 0;
}
